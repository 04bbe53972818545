//! Bodies whole, cut and byte by byte, and recorded ones.

use nethttp_grammar::quote::quote;

use super::*;
use crate::recorded::{arrivals, cases};

/// Chunked bodies behind which the client stopped sending, and what a handler that reads all saw: payload, error,
/// trailers.
const RECORDED: &str = include_str!("../../fixtures/chunked.txt");

/// What a handler sees, and how much of the input was taken.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    text: String,
    consumed: usize,
    is_strict_only: bool,
}

/// Feeds `input` as it arrives, taking at most `max_len` bytes of payload at a time.
fn feed(kind: BodyKind, input: &[u8], arrival: &[usize], max_len: usize) -> Seen {
    let mut decoder = BodyDecoder::new(kind);
    let (mut payload, mut at) = (Vec::new(), 0);
    let mut result = None;
    'feeding: for &arrived in arrival {
        loop {
            match decoder.next_up_to(&input[at..arrived], max_len) {
                Ok(BodyStep::Data { start, len }) => {
                    assert!(len > 0 && len <= max_len);
                    payload.extend_from_slice(&input[at + start..at + start + len]);
                    at += start + len;
                }
                Ok(BodyStep::NeedMore { consumed }) => {
                    at += consumed;
                    assert_eq!(at, arrived);
                    break;
                }
                Ok(BodyStep::End { consumed }) => {
                    at += consumed;
                    assert!(decoder.is_done());
                    assert_eq!(decoder.next(&input[at..]), Ok(BodyStep::End { consumed: 0 }));
                    result = Some(None);
                    break 'feeding;
                }
                Err(error) => {
                    assert_eq!(decoder.next(b"0\r\n\r\n"), Err(error.clone()));
                    assert_eq!(decoder.end_of_input(), error);
                    result = Some(Some(error));
                    break 'feeding;
                }
            }
        }
    }
    let error = result.unwrap_or_else(|| {
        assert!(!decoder.is_done());
        Some(decoder.end_of_input())
    });
    // A fault lies somewhere in what had arrived: how far the decoder looked does not matter.
    let consumed = if error.is_none() { at } else { 0 };
    let mut trailers: Vec<_> = decoder
        .take_trailers()
        .into_iter()
        .map(|(name, value)| format!("{}={}", String::from_utf8(name).unwrap(), quote(&value)))
        .collect();
    trailers.sort();
    let is_strict_only = error.as_ref().is_some_and(BodyError::is_strict_only);
    let error = error.map_or_else(|| "<nil>".into(), |error| error.to_string());
    Seen { text: format!("{} {error} [{}]", quote(&payload), trailers.join(" ")), consumed, is_strict_only }
}

#[test]
fn chunks_are_read_as_go_reads_them() {
    let mut strict = 0;
    for (input, observed) in cases(RECORDED) {
        let seen = feed(BodyKind::Chunked, &input, &[input.len()], usize::MAX);
        if seen.is_strict_only {
            assert!(observed.contains("<nil>") || observed.contains(" http: "), "{}", input.escape_ascii());
            strict += 1;
        } else {
            assert_eq!(format!("200 {}", seen.text), observed, "{}", input.escape_ascii());
        }
    }
    // Each of them has its row in a table of its own.
    assert_eq!(strict, 52);
}

#[test]
fn arrival_does_not_matter() {
    for (input, _) in cases(RECORDED) {
        let whole = feed(BodyKind::Chunked, &input, &[input.len()], usize::MAX);
        for arrival in arrivals(&input) {
            for max_len in [1, 3, usize::MAX] {
                let seen = feed(BodyKind::Chunked, &input, &arrival, max_len);
                assert_eq!(seen, whole, "{} {arrival:?} {max_len}", input.escape_ascii());
            }
        }
    }
}

// pitfall E2: what stands behind a body is the next request, whatever the body was.
#[test]
fn nothing_behind_the_body_is_taken() {
    let rest = b"GET /next HTTP/1.1\r\n\r\n";
    for (kind, body) in [
        (BodyKind::None, &b""[..]),
        (BodyKind::Length(5), b"hello"),
        (BodyKind::Chunked, b"5\r\nhello\r\n0\r\n\r\n"),
        (BodyKind::Chunked, b"0\r\n\r\n"),
        (BodyKind::Chunked, b"2;a=b\r\nhe\r\n3\r\nllo\r\n0;x\r\nX-T: 1\r\n\r\n"),
    ] {
        let text = [body, rest].concat();
        for arrival in arrivals(&text) {
            let seen = feed(kind, &text, &arrival, usize::MAX);
            assert_eq!(seen.consumed, body.len(), "{kind:?} {arrival:?}");
            assert!(seen.text.contains("<nil>"), "{}", seen.text);
        }
    }
}

#[test]
fn lengths() {
    let mut decoder = BodyDecoder::new(BodyKind::Length(5));
    assert_eq!(decoder.remaining_hint(), Some(5));
    assert_eq!(decoder.next(b""), Ok(BodyStep::NeedMore { consumed: 0 }));
    assert_eq!(decoder.next_up_to(b"hello", 2), Ok(BodyStep::Data { start: 0, len: 2 }));
    assert_eq!(decoder.next_up_to(b"llo", 0), Ok(BodyStep::NeedMore { consumed: 0 }));
    assert_eq!((decoder.remaining_hint(), decoder.is_done()), (Some(3), false));
    assert_eq!(decoder.next(b"lloGET"), Ok(BodyStep::Data { start: 0, len: 3 }));
    assert_eq!((decoder.remaining_hint(), decoder.is_done()), (Some(0), true));
    assert_eq!(decoder.next(b"GET"), Ok(BodyStep::End { consumed: 0 }));

    let mut decoder = BodyDecoder::new(BodyKind::Length(i64::MAX as u64));
    assert_eq!(decoder.next(b"x"), Ok(BodyStep::Data { start: 0, len: 1 }));
    assert_eq!(decoder.end_of_input(), BodyError::UnexpectedEof);
    assert_eq!(decoder.next(b"x"), Err(BodyError::UnexpectedEof));

    let mut none = BodyDecoder::new(BodyKind::None);
    assert_eq!((none.remaining_hint(), none.is_done()), (Some(0), true));
    assert_eq!(none.next(b"GET"), Ok(BodyStep::End { consumed: 0 }));
}

#[test]
fn positions_in_the_input() {
    let input = b"5;x\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n";
    let mut decoder = BodyDecoder::new(BodyKind::Chunked);
    assert_eq!(decoder.remaining_hint(), None);
    assert_eq!(decoder.next(input), Ok(BodyStep::Data { start: 5, len: 5 }));
    assert_eq!(decoder.next(&input[10..]), Ok(BodyStep::Data { start: 5, len: 3 }));
    assert_eq!(decoder.next(&input[18..21]), Ok(BodyStep::NeedMore { consumed: 3 }));
    assert_eq!(decoder.next(&input[21..]), Ok(BodyStep::End { consumed: 4 }));
    // With no room for payload it still reads framing.
    let mut decoder = BodyDecoder::new(BodyKind::Chunked);
    assert_eq!(decoder.next_up_to(input, 0), Ok(BodyStep::NeedMore { consumed: 5 }));
}

#[test]
fn trailers() {
    let mut decoder = BodyDecoder::new(BodyKind::Chunked);
    let input = b"0\r\nx-sum: a\r\nX-Count:  2\t\r\nx-sum:b\r\n\r\n";
    assert_eq!(decoder.next(input), Ok(BodyStep::End { consumed: input.len() }));
    let pair = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    assert_eq!(decoder.take_trailers(), [pair("X-Sum", "a"), pair("X-Count", "2"), pair("X-Sum", "b")]);
    assert_eq!(decoder.take_trailers(), []);

    let limits = Limits { max_field_lines: 2, ..Limits::default() };
    let mut decoder = BodyDecoder::with_limits(BodyKind::Chunked, &limits);
    assert_eq!(decoder.next(input), Err(BodyError::TrailerTooLarge));
    assert_eq!(decoder.take_trailers(), []);
}

// pitfall E4: what is kept of a body has a bound.
#[test]
fn trailer_sections_have_a_bound() {
    let section = |length: usize| format!("0\r\nX: {}\r\n\r\n", "y".repeat(length - 7)).into_bytes();
    for (length, expected) in [(4095, None), (4096, None), (4097, Some(BodyError::TrailerTooLong))] {
        let input = section(length);
        let found = BodyDecoder::new(BodyKind::Chunked).next(&input);
        assert_eq!(found.err(), expected, "{length}");
    }
    // It is too long when the last byte that could have ended it has come, and the decoder keeps nothing of it.
    let mut decoder = BodyDecoder::new(BodyKind::Chunked);
    assert_eq!(decoder.next(&section(5000)[..3 + 4095]), Ok(BodyStep::NeedMore { consumed: 3 + 4095 }));
    assert_eq!(decoder.next(b"y"), Err(BodyError::TrailerTooLong));
}

#[test]
fn cut_off() {
    for (input, eof, interrupted) in [
        ("", "unexpected EOF", None),
        ("5\r\nhe", "unexpected EOF", None),
        ("5\r\nhello\r", "unexpected EOF", None),
        ("0\r", "unexpected EOF", None),
        ("0\r\n", "http: unexpected EOF reading trailer", Some("http: unexpected EOF reading trailer")),
        ("0\r\n\r", "http: unexpected EOF reading trailer", Some("http: unexpected EOF reading trailer")),
        (
            "0\r\nX-T: 1\r\n",
            "http: suspiciously long trailer after chunked body",
            Some("http: suspiciously long trailer after chunked body"),
        ),
    ] {
        let mut decoder = BodyDecoder::new(BodyKind::Chunked);
        let mut rest = input.as_bytes();
        while let Ok(BodyStep::Data { start, len }) = decoder.next(rest) {
            rest = &rest[start + len..];
        }
        assert_eq!(decoder.interrupted().map(|error| error.to_string()).as_deref(), interrupted, "{input:?}");
        let error = decoder.end_of_input();
        assert_eq!(error.to_string(), eof, "{input:?}");
        assert!(!error.is_strict_only());
        assert_eq!(decoder.next(b"\r\n"), Err(error));
    }
}

#[test]
fn overhead_of_extensions() {
    let body = |extension: usize, times: usize| {
        let chunk = format!("1;{}\r\nx\r\n", "e".repeat(extension));
        format!("{}0\r\n\r\n", chunk.repeat(times)).into_bytes()
    };
    for (extension, times, read) in [(1, 2000, 2000), (17, 3000, 3000), (1000, 16, 16), (1000, 17, 16), (4000, 5, 4)] {
        let input = body(extension, times);
        let seen = feed(BodyKind::Chunked, &input, &[input.len()], usize::MAX);
        let error = if read == times { "<nil>" } else { "chunked encoding contains too much non-data" };
        assert_eq!(seen.text, format!("\"{}\" {error} []", "x".repeat(read)), "{extension} {times}");
    }
}
