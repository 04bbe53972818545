//! One line of a request head: the request line and the field lines, by Go's rules.
//!
//! This is the slow and exact way. Heads that are complete and ordinary go through `httparse` (see [`crate::head`]); this
//! module judges the lines of incomplete ones as they arrive, and the heads that `httparse` does not take.
//!
//! RFC 9112 sections 2.2, 3 and 5; Go's `parseRequestLine`, `validMethod`, `ParseHTTPVersion` and
//! `textproto.readMIMEHeader`.
//!
//! Differences: an empty target is refused with CONNECT, too, which Go serves; the others are those of [`crate::head`].

use nethttp_grammar::{token, version::parse_http_version};

use crate::error::HeadError;

/// The three fields of a request line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestLine<'b> {
    pub(crate) method: &'b [u8],
    pub(crate) target: &'b str,
    pub(crate) version: (u8, u8),
}

impl<'b> RequestLine<'b> {
    /// Reads `line`, which comes without its line end.
    pub(crate) fn parse(line: &'b [u8]) -> Result<Self, HeadError> {
        let (method, rest) = cut(line, b' ').ok_or(HeadError::MalformedRequestLine)?;
        let (target, version) = cut(rest, b' ').ok_or(HeadError::MalformedRequestLine)?;
        if !token::is_token(method) {
            return Err(HeadError::InvalidMethod);
        }
        let version = parse_http_version(version).ok_or(HeadError::MalformedVersion)?;
        if target.is_empty() || target.iter().any(u8::is_ascii_control) {
            return Err(HeadError::InvalidTarget);
        }
        let target = std::str::from_utf8(target).ok().filter(|target| target.is_ascii());
        let target = target.ok_or(HeadError::NonAsciiTarget)?;
        Ok(Self { method, target, version })
    }
}

/// A field line that Go's reader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldLine<'b> {
    /// Name and value, the white space around the value taken off.
    Valid(&'b str, &'b [u8]),
    /// The name has spaces. Go reads the line, and refuses the request after it has looked at everything else.
    SpacedName,
}

impl<'b> FieldLine<'b> {
    /// Reads `line`, which comes without its line end and is not empty.
    pub(crate) fn parse(line: &'b [u8], is_first: bool) -> Result<Self, HeadError> {
        if matches!(line.first(), Some(b' ' | b'\t')) {
            // Go has nothing that the first line could continue.
            return Err(if is_first { HeadError::MalformedField } else { HeadError::FoldedField });
        }
        let (name, value) = cut(line, b':').ok_or(HeadError::MalformedField)?;
        let is_name = |byte: u8| token::is_tchar(byte) || byte == b' ';
        if name.is_empty() || !name.iter().all(|&byte| is_name(byte)) || !token::is_field_value(value) {
            return Err(HeadError::MalformedField);
        }
        match std::str::from_utf8(name) {
            Ok(name) if !name.contains(' ') => Ok(Self::Valid(name, token::trim_ows(value))),
            _ => Ok(Self::SpacedName),
        }
    }
}

/// Takes the line that begins at `at` off `text`: the line without CRLF, and where the next one begins.
///
/// `None` while the line is not complete.
pub(crate) fn take_line(text: &[u8], at: usize) -> Option<Result<(&[u8], usize), HeadError>> {
    let rest = text.get(at..)?;
    let end = rest.iter().position(|&byte| byte == b'\n')?;
    Some(match rest[..end].strip_suffix(b"\r") {
        Some(line) => Ok((line, at + end + 1)),
        None => Err(HeadError::BareLineFeed),
    })
}

/// `text` before and behind the first `mark`.
fn cut(text: &[u8], mark: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|&byte| byte == mark)?;
    Some((&text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines() {
        let check = |line: &[u8], expected: Result<(&str, &str, (u8, u8)), HeadError>| {
            let found = RequestLine::parse(line);
            let expected =
                expected.map(|(method, target, version)| RequestLine { method: method.as_bytes(), target, version });
            assert_eq!(found, expected, "{}", line.escape_ascii());
        };
        check(b"GET / HTTP/1.1", Ok(("GET", "/", (1, 1))));
        check(b"!#$%&'*+-.^_`|~ /a?b HTTP/1.0", Ok(("!#$%&'*+-.^_`|~", "/a?b", (1, 0))));
        check(b"GET /|^\\{}\"<>` HTTP/2.7", Ok(("GET", "/|^\\{}\"<>`", (2, 7))));
        for line in [&b""[..], b"GET", b"GET /", b"GET /echo", b"/"] {
            check(line, Err(HeadError::MalformedRequestLine));
        }
        for line in [&b" / HTTP/1.1"[..], b"G:T / HTTP/1.1", b"G\x00 / HTTP/1.1", b"\x16\x03\x01 / HTTP/1.1"] {
            check(line, Err(HeadError::InvalidMethod));
        }
        for line in [
            &b"GET / a HTTP/1.1"[..],
            b"GET / HTTP/1.1 ",
            b"GET /  HTTP/1.1",
            b"GET / HTTP/11",
            b"GET / http/1.1",
            b"GET / HTTP/1.32",
            b"GET / ICE/1.0",
            b"GET / HTTP/1.1\r",
            b"GET / ",
        ] {
            check(line, Err(HeadError::MalformedVersion));
        }
        for line in [&b"GET  HTTP/1.1"[..], b"GET /\x00 HTTP/1.1", b"GET /\x7f HTTP/1.1", b"GET /\t HTTP/1.1"] {
            check(line, Err(HeadError::InvalidTarget));
        }
        check(b"GET /\xc3\xa9 HTTP/1.1", Err(HeadError::NonAsciiTarget));
        check(b"GET /\xff HTTP/1.1", Err(HeadError::NonAsciiTarget));
    }

    #[test]
    fn field_lines() {
        let check = |line: &[u8], expected: Result<FieldLine<'_>, HeadError>| {
            assert_eq!(FieldLine::parse(line, false), expected, "{}", line.escape_ascii());
        };
        check(b"Host: a", Ok(FieldLine::Valid("Host", b"a")));
        check(b"x:", Ok(FieldLine::Valid("x", b"")));
        check(b"x: \t a b\t ", Ok(FieldLine::Valid("x", b"a b")));
        check(b"x:a:b", Ok(FieldLine::Valid("x", b"a:b")));
        check(b"x:\x80\xff", Ok(FieldLine::Valid("x", b"\x80\xff")));
        check(b"X : 1", Ok(FieldLine::SpacedName));
        check(b"X A: 1", Ok(FieldLine::SpacedName));
        for line in [
            &b"x"[..],
            b": a",
            b"x\t: a",
            b"x[]: a",
            b"\xc3\xa9: a",
            b"x: \x00",
            b"x: a\rb",
            b"x: a\r",
            b"x: \x7f",
            b"x\r: a",
            b"\r",
        ] {
            check(line, Err(HeadError::MalformedField));
        }
        check(b" x: 1", Err(HeadError::FoldedField));
        check(b"\tx: 1", Err(HeadError::FoldedField));
        assert_eq!(FieldLine::parse(b" x: 1", true), Err(HeadError::MalformedField));
    }

    #[test]
    fn lines() {
        assert_eq!(take_line(b"ab\r\nc", 0), Some(Ok((&b"ab"[..], 4))));
        assert_eq!(take_line(b"ab\r\nc", 4), None);
        assert_eq!(take_line(b"ab\r\nc", 9), None);
        assert_eq!(take_line(b"\r\n", 0), Some(Ok((&b""[..], 2))));
        assert_eq!(take_line(b"a\r\r\n", 0), Some(Ok((&b"a\r"[..], 4))));
        assert_eq!(take_line(b"ab\n", 0), Some(Err(HeadError::BareLineFeed)));
        assert_eq!(take_line(b"\n", 0), Some(Err(HeadError::BareLineFeed)));
    }
}
