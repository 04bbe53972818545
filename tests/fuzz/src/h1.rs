//! Request heads and bodies: what is found must not depend on how the bytes came.
//!
//! Input is turned into bytes of which some are whole pieces of messages ([`spelled`]), so that random bytes soon mean
//! something.

use nethttp_h1::head::Cutoff;
use nethttp_h1::{
    BodyDecoder, BodyError, BodyKind, BodyStep, FieldScratch, HeadError, HeadScanner, Limits, RequestHead, examine,
    parse_head,
};

use crate::pieces::spelled;

/// A head: in one piece, in small ones, and on its own it is the same.
pub fn head(input: &[u8]) {
    let Some((&[mode, stride], rest)) = input.split_first_chunk() else { return };
    let text = spelled(rest, PIECES);
    // Small limits are met more often.
    let limits = match mode % 3 {
        0 => Limits::default(),
        1 => Limits { max_head_bytes: 80, ..Limits::default() },
        _ => Limits { max_field_lines: 3, ..Limits::default() },
    };
    let mut scanner = HeadScanner::default();
    if mode & 0x40 != 0 {
        scanner.reset(mode & 0x80 != 0);
    }
    let at_once = read(&mut scanner.clone(), &text, &limits);
    let stride = usize::from(stride % 7) + 1;
    let ends = (stride..text.len()).step_by(stride).chain([text.len()]);
    let in_pieces = ends.map(|end| read(&mut scanner, &text[..end], &limits)).find(|found| *found != Ok(None));
    assert_eq!(in_pieces.unwrap_or(Ok(None)), at_once, "{}", text.escape_ascii());
    match at_once {
        Ok(None) => {
            for cutoff in [Cutoff::EndOfInput, Cutoff::Timeout] {
                assert_ne!(scanner.cut_off(&text, cutoff).to_string(), "");
            }
        }
        Ok(Some(Found { end, said })) => {
            let mut scratch = FieldScratch::new();
            let head = parse_head(&text[scanner.start()..end], &limits, &mut scratch).expect("it is a head");
            assert_eq!(said, Said::by(&head));
        }
        Err(_) => {}
    }
}

/// A body, decoded at once and in pieces of input and of output.
pub fn body(input: &[u8]) {
    let Some((&[mode, stride, most], rest)) = input.split_first_chunk() else { return };
    let text = spelled(rest, PIECES);
    let kind = if mode & 1 == 0 { BodyKind::Chunked } else { BodyKind::Length(u64::from(mode >> 1)) };
    let at_once = decode(kind, &text, text.len().max(1), usize::MAX);
    let in_pieces = decode(kind, &text, usize::from(stride % 7) + 1, usize::from(most % 5) + 1);
    assert_eq!(in_pieces, at_once, "{kind:?} {}", text.escape_ascii());
    assert!(at_once.payload.len() <= text.len());
    if let (BodyKind::Length(length), Ok(true)) = (kind, &at_once.outcome) {
        assert_eq!(at_once.payload, text[..usize::try_from(length).expect("it is short")]);
    }
}

/// What a head says, on its own.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    method: Vec<u8>,
    target: String,
    version: (u8, u8),
    fields: Vec<(String, Vec<u8>)>,
    /// What is made of the fields.
    meaning: Result<String, HeadError>,
}

impl Said {
    fn by(head: &RequestHead<'_>) -> Self {
        for field in head.fields() {
            let text = head.text_of(field.value);
            assert!(text.is_none_or(|text| text.as_bytes() == field.value));
        }
        Self {
            method: head.method.to_vec(),
            target: head.target.to_owned(),
            version: head.version,
            fields: head.fields().map(|field| (field.name.to_owned(), field.value.to_vec())).collect(),
            meaning: examine(head).map(|facts| format!("{facts:?}")),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Found {
    end: usize,
    said: Said,
}

fn read(scanner: &mut HeadScanner, text: &[u8], limits: &Limits) -> Result<Option<Found>, HeadError> {
    let mut scratch = FieldScratch::new();
    let found = scanner.read(text, limits, &mut scratch)?;
    Ok(found.map(|(end, head)| Found { end, said: Said::by(&head) }))
}

/// What was decoded, and how it ended: `true` at the end of the body, `false` where more was wanted.
#[derive(Debug, PartialEq, Eq)]
struct Decoded {
    payload: Vec<u8>,
    trailers: Vec<(Vec<u8>, Vec<u8>)>,
    /// How many bytes belonged to the body, if it ended.
    length: usize,
    outcome: Result<bool, BodyError>,
}

fn decode(kind: BodyKind, text: &[u8], stride: usize, most: usize) -> Decoded {
    let mut decoder = BodyDecoder::new(kind);
    let mut payload = Vec::new();
    let (mut at, mut come) = (0, 0);
    let outcome = loop {
        match decoder.next_up_to(&text[at..come], most) {
            Ok(BodyStep::Data { start, len }) => {
                assert!((1..=most).contains(&len));
                payload.extend_from_slice(&text[at + start..at + start + len]);
                at += start + len;
            }
            Ok(BodyStep::NeedMore { consumed }) => {
                at += consumed;
                assert_eq!(at, come, "all of it is taken");
                if come == text.len() {
                    break Ok(false);
                }
                come = text.len().min(come + stride);
            }
            Ok(BodyStep::End { consumed }) => {
                at += consumed;
                assert!(decoder.is_done());
                break Ok(true);
            }
            Err(error) => {
                assert_eq!(decoder.next(b"0\r\n\r\n"), Err(error.clone()), "it stays broken");
                break Err(error);
            }
        }
    };
    let length = if outcome == Ok(true) { at } else { 0 };
    Decoded { payload, trailers: decoder.take_trailers(), length, outcome }
}

/// Pieces of messages, for bytes that are no ASCII.
const PIECES: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\nHost: a\r\n",
    b"POST /b%20c?d HTTP/1.1\r\n",
    b"GET ",
    b"* ",
    b"http://h:1/",
    b" HTTP/1.1",
    b" HTTP/1.0",
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b": ",
    b"Host: b",
    b"Content-Length: ",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close, keep-alive\r\n",
    b"Expect: 100-continue\r\n",
    b"Trailer: X-A\r\n",
    b"X-A: 1\r\n",
    b"\r\n\t",
    b"0\r\n",
    b"3\r\nabc\r\n",
    b"1;x=y\r\na\r\n",
    b"ffffffffffffffff",
    b"18446744073709551616",
    b"\xc3\xa9",
    b"\xff",
    b"\0",
];
