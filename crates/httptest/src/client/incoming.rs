//! The body of an answer, read from the connection as the test reads it. At its end the connection is kept for the next
//! request, if it may be.

use std::io::{self, Read};
use std::mem;

use nethttp_core::{Body, BodyStream, Error, Header};

use super::answer::{Framing, Head, fields, malformed};
use super::link::Link;
use super::{Client, unexpected_eof};
use crate::Response;

/// The answer with its body behind it.
pub(super) fn response(head: Head, link: Link, client: &Client) -> Response {
    let Head { mut response, framing, is_kept } = head;
    let state = match framing {
        Framing::Length(left) => State::Length(left),
        Framing::Chunked => State::ChunkSize,
        Framing::UntilClose => State::UntilClose,
    };
    let home = is_kept.then(|| client.clone());
    let mut incoming = Incoming { link: Some(link), state, home, trailer: None };
    if incoming.state == State::Length(0) {
        incoming.end();
    } else {
        response.body = Body::new(incoming);
    }
    response
}

/// A body on its way.
struct Incoming {
    /// `None` once it has ended or was given up.
    link: Option<Link>,
    state: State,
    /// Who keeps the connection.
    home: Option<Client>,
    trailer: Option<Header>,
}

/// How far the body has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Bytes to come.
    Length(u64),
    UntilClose,
    ChunkSize,
    /// Bytes of the chunk to come.
    Chunk(u64),
    Ended,
    GivenUp,
}

impl BodyStream for Incoming {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.state == State::GivenUp {
            return Err(Error::BodyReadAfterClose.into());
        }
        loop {
            let Some(link) = &mut self.link else { return Ok(0) };
            match self.state {
                State::ChunkSize => match chunk_size(link)? {
                    0 => {
                        self.trailer = Some(fields(link, &mut Link::budget())?);
                        self.end();
                    }
                    size => self.state = State::Chunk(size),
                },
                State::Length(left) => {
                    let count = some(link, buf, left)?;
                    self.state = State::Length(left - count as u64);
                    if self.state == State::Length(0) {
                        self.end();
                    }
                    return Ok(count);
                }
                State::Chunk(left) => {
                    let count = some(link, buf, left)?;
                    self.state = State::Chunk(left - count as u64);
                    if self.state == State::Chunk(0) {
                        expect_line_end(link)?;
                        self.state = State::ChunkSize;
                    }
                    return Ok(count);
                }
                State::UntilClose => return link.read(buf),
                State::Ended | State::GivenUp => return Ok(0),
            }
        }
    }

    fn close(&mut self) -> io::Result<()> {
        self.link = None;
        self.state = State::GivenUp;
        Ok(())
    }

    fn take_trailer(&mut self) -> Option<Header> {
        self.trailer.take()
    }
}

impl Incoming {
    /// The body has been read.
    fn end(&mut self) {
        self.state = State::Ended;
        if let (Some(link), Some(home)) = (mem::take(&mut self.link), &self.home)
            && !link.has_unread()
        {
            home.keep(link);
        }
    }
}

/// Reads at least one byte, of `left` at the most.
fn some(link: &mut Link, buf: &mut [u8], left: u64) -> io::Result<usize> {
    let most = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
    match link.read(&mut buf[..most])? {
        0 if most > 0 => Err(unexpected_eof()),
        count => Ok(count),
    }
}

fn chunk_size(link: &mut Link) -> io::Result<u64> {
    let line = link.line(&mut { MAX_CHUNK_LINE })?;
    let digits = line.split(|&byte| byte == b';').next().unwrap_or_default();
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    text.and_then(|text| u64::from_str_radix(text, 16).ok()).ok_or_else(|| malformed("chunk size", &line))
}

fn expect_line_end(link: &mut Link) -> io::Result<()> {
    let line = link.line(&mut { MAX_CHUNK_LINE })?;
    if line.is_empty() { Ok(()) } else { Err(malformed("end of a chunk", &line)) }
}

/// Bytes of the line before a chunk.
const MAX_CHUNK_LINE: usize = 4096;
