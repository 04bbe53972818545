//! Decoding of quoted-printable data, a line at a time. Go's `mime/quotedprintable`.
//!
//! Never holds more than a line of 4,096 bytes. RFC 2045 section 6.7, with what Go lets pass: bare line feeds, bytes from
//! 0x80 on, `=` before what is no escape.

use std::io::{self, ErrorKind};

use nethttp_grammar::escape::hex_value;
use nethttp_grammar::quote::quote;

use super::source::{CAPACITY, again, full};
use crate::Error;

#[derive(Default)]
pub(super) struct Decoder {
    /// Data as it came, without a whole line in it.
    encoded: Vec<u8>,
    decoded: Vec<u8>,
    /// How much of `decoded` has been handed out.
    taken: usize,
    ended: Option<io::Result<()>>,
}

impl Decoder {
    /// Reads decoded data; `source` gives the encoded.
    pub(super) fn read(
        &mut self,
        buf: &mut [u8],
        mut source: impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        while self.taken == self.decoded.len() && !buf.is_empty() {
            match &self.ended {
                Some(Ok(())) => return Ok(0),
                Some(Err(error)) => return Err(again(error)),
                None => self.next_line(&mut source),
            }
        }
        let count = buf.len().min(self.decoded.len() - self.taken);
        buf[..count].copy_from_slice(&self.decoded[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }

    /// Decodes the next line and notes how the data ends, where it does.
    fn next_line(&mut self, source: &mut impl FnMut(&mut [u8]) -> io::Result<usize>) {
        self.decoded.clear();
        self.taken = 0;
        let mut searched = 0;
        let length = loop {
            if let Some(feed) = self.encoded[searched..].iter().position(|&byte| byte == b'\n') {
                break searched + feed + 1;
            }
            searched = self.encoded.len();
            if searched == CAPACITY {
                self.ended = Some(Err(full()));
                break searched;
            }
            self.encoded.resize(CAPACITY, 0);
            let read = source(&mut self.encoded[searched..]);
            self.encoded.truncate(searched + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => self.ended = Some(Ok(())),
                Ok(_) => continue,
                Err(error) => self.ended = Some(Err(error)),
            }
            break searched;
        };
        let is_last = matches!(self.ended, Some(Ok(())));
        if let Err(error) = decode_line(&self.encoded[..length], is_last, &mut self.decoded) {
            self.ended = Some(Err(error));
        }
        self.encoded.drain(..length);
    }
}

/// Decodes a line, its end included, onto `out`; an error comes behind what was decoded before it.
fn decode_line(whole: &[u8], is_last: bool, out: &mut Vec<u8>) -> io::Result<()> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let end = whole.iter().rposition(|byte| !is_blank(byte) && !b"\r\n".contains(byte)).map_or(0, |last| last + 1);
    let (text, ending) = whole.split_at(end);
    let Some(soft) = text.strip_suffix(b"=") else {
        let line_end = match whole {
            [.., b'\r', b'\n'] => &b"\r\n"[..],
            [.., b'\n'] => b"\n",
            _ => b"",
        };
        decode_text(text, out)?;
        out.extend_from_slice(line_end);
        return Ok(());
    };
    // The `=` joins this line and the next.
    decode_text(soft, out)?;
    let ending = &ending[ending.iter().take_while(|byte| is_blank(byte)).count()..];
    let is_line_end = ending.starts_with(b"\n") || ending.starts_with(b"\r\n");
    if is_line_end || ending.is_empty() && !soft.is_empty() && is_last {
        return Ok(());
    }
    Err(malformed(format!("quotedprintable: invalid bytes after =: {}", quote(ending))))
}

/// Decodes a line without its end.
fn decode_text(mut text: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    while let [byte, rest @ ..] = text {
        text = rest;
        match (byte, rest) {
            (b'=', [high, low, behind @ ..]) if let (Some(high), Some(low)) = (hex_value(*high), hex_value(*low)) => {
                out.push(high << 4 | low);
                text = behind;
            }
            (b'=', [] | [b'\r' | b'\n']) => return Err(Error::UnexpectedEof.into()),
            (b'=', [next @ (b'\r' | b'\n'), ..]) => {
                return Err(malformed(format!("quotedprintable: invalid hex byte 0x{next:02x}")));
            }
            // `=` before anything else stands for itself.
            (b'\t' | b'\r' | b'\n' | b' '..=b'~' | 0x80.., _) => out.push(*byte),
            _ => return Err(malformed(format!("quotedprintable: invalid unescaped byte 0x{byte:02x} in body"))),
        }
    }
    Ok(())
}

fn malformed(text: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, text)
}
