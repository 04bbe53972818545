//! What Go's chunked reader and writer give, however the input is cut.

use std::io::BufReader;

use nethttp_core::{Error, io::nil_or, io::read_all};

use super::*;

/// Input, and Go's answer: payload, error, what is left behind.
type Case = (&'static [u8], &'static [u8], &'static str, &'static [u8]);

const RECORDED: &[Case] = &[
    (b"0\r\n", b"", "<nil>", b""),
    (b"0\r\n\r\n", b"", "<nil>", b"\r\n"),
    (b"5\r\nhello\r\n0\r\n\r\nGET", b"hello", "<nil>", b"\r\nGET"),
    (b"5\r\nhello\r\n6\r\n world\r\n0\r\nX: y\r\n\r\n", b"hello world", "<nil>", b"X: y\r\n\r\n"),
    (b"a\r\n0123456789\r\n000\r\n", b"0123456789", "<nil>", b""),
    (b"", b"", "unexpected EOF", b""),
    (b"5", b"", "unexpected EOF", b""),
    (b"5\r\n", b"", "unexpected EOF", b""),
    (b"5\r\nhel", b"hel", "unexpected EOF", b""),
    (b"5\r\nhello", b"hello", "unexpected EOF", b""),
    (b"5\r\nhello\r", b"hello", "unexpected EOF", b""),
    (b"5\r\nhello\r\n", b"hello", "unexpected EOF", b""),
    (b"5\r\nhelloXX0\r\n", b"hello", "malformed chunked encoding", b""),
    (b"5\r\nhello\n0\r\n", b"hello", "malformed chunked encoding", b""),
    (b"5\nhello\r\n0\r\n", b"", "chunked line ends with bare LF", b""),
    (b"5\r\r\nhello\r\n", b"", "invalid CR in chunked line", b""),
    (b"\r\n", b"", "empty hex number for chunk length", b""),
    (b"x\r\n", b"", "invalid byte in chunk length", b""),
    (b"-1\r\n", b"", "invalid byte in chunk length", b""),
    (b"10000000000000000\r\n", b"", "http chunk length too large", b""),
    (b"5;a=b\r\nhello\r\n0\r\n", b"hello", "<nil>", b""),
    (b"00000000000000005\r\nhello", b"", "http chunk length too large", b""),
    (b"FF\r\nx", b"x", "unexpected EOF", b""),
];

/// Gives at most so many bytes at a time.
struct Trickle<'b>(&'b [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(buf.len());
        self.0.read(&mut buf[..count])
    }
}

fn check(input: &[u8], payload: &[u8], error: &str, rest: &[u8]) {
    for piece in [1, 2, 3, 5, input.len().max(1)] {
        for buffer in [1, 3, 4096] {
            let mut reader = BufReader::with_capacity(buffer, Trickle(input, piece));
            let mut chunks = new_chunked_reader(&mut reader);
            let (read, fault) = read_all(&mut chunks);
            assert_eq!(
                (read.as_slice(), nil_or(&fault).to_string().as_str()),
                (payload, error),
                "{}",
                input.escape_ascii()
            );
            if fault.is_none() {
                assert_eq!(chunks.read(&mut [0]).unwrap(), 0);
                assert_eq!(read_all(&mut reader).0, rest, "{}", input.escape_ascii());
            } else {
                assert_eq!(chunks.read(&mut [0]).unwrap_err().to_string(), error, "an error stays");
            }
        }
    }
}

#[test]
fn payload_errors_and_rest_are_those_of_go() {
    for &(input, payload, error, rest) in RECORDED {
        check(input, payload, error, rest);
    }
    check(&[b'0'; 5000], b"", "header line too long", b"");
}

#[test]
fn every_cut_is_an_early_end() {
    let whole = b"5;x=\"y\"\r\nhello\r\n0001\r\n!\r\n0\r\n";
    check(whole, b"hello!", "<nil>", b"");
    for end in 0..whole.len() {
        let (read, error) = read_all(&mut new_chunked_reader(&whole[..end]));
        assert!(b"hello!".starts_with(&read));
        assert!(Error::UnexpectedEof.is(&error.unwrap()), "cut at {end}");
    }
}

#[test]
fn what_the_server_refuses_is_refused() {
    for input in [&b"5 \r\nhello\r\n"[..], b"5;=\r\nhello\r\n"] {
        assert!(new_chunked_reader(input).read(&mut [0; 9]).is_err(), "{}", input.escape_ascii());
    }
}

#[test]
fn named_errors_can_be_told() {
    let error = new_chunked_reader(&[b'0'; 5000][..]).read(&mut [0]).unwrap_err();
    assert!(Error::LineTooLong.is(&error));
}

#[test]
fn a_write_is_a_chunk_and_an_empty_one_is_none() {
    // pitfall D4
    let mut chunks = new_chunked_writer(Vec::new());
    for text in ["a", "", "0123456789abcdef"] {
        assert_eq!(chunks.write(text.as_bytes()).unwrap(), text.len());
    }
    chunks.flush().unwrap();
    chunks.close().unwrap();
    assert_eq!(chunks.into_inner(), b"1\r\na\r\n10\r\n0123456789abcdef\r\n0\r\n");
}

#[test]
fn what_is_written_can_be_read() {
    let mut chunks = new_chunked_writer(Vec::new());
    let text: Vec<u8> = (0..=255).collect();
    for size in [1, 7, 100, 256] {
        chunks.write_all(&text[..size]).unwrap();
    }
    chunks.close().unwrap();
    let (read, error) = read_all(&mut new_chunked_reader(chunks.into_inner().as_slice()));
    assert!(error.is_none());
    assert_eq!(read, [&text[..1], &text[..7], &text[..100], &text].concat());
}
