//! Bytes out: status lines, fields, chunks.
//!
//! Appends to a buffer and decides nothing: what to write is [`crate::plan`]'s business. No text given here can end a
//! line early.
//!
//! RFC 9112 sections 4, 5 and 7; Go's `writeStatusLine`, `Header.WriteSubset`, `extraHeader.Write`, `chunkWriter`.

use nethttp_grammar::token;

use crate::plan::{Additions, Connection};
use crate::status::status_text;

/// The answer that asks for a body whose sender waits for it. No framing fields belong in it.
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What stands behind the payload of a chunk, and behind a head or a trailer section.
pub const CRLF: &[u8] = b"\r\n";

/// Appends the status line: version 1.1 or 1.0, the code, Go's text for it.
///
/// ```
/// let mut out = Vec::new();
/// nethttp_h1::encode::status_line(&mut out, true, 404);
/// nethttp_h1::encode::status_line(&mut out, false, 299);
/// assert_eq!(out, b"HTTP/1.1 404 Not Found\r\nHTTP/1.0 299 status code 299\r\n");
/// ```
pub fn status_line(out: &mut Vec<u8>, is_11: bool, status: u16) {
    if is_11 && status == 200 {
        out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
        return;
    }
    out.extend_from_slice(if is_11 { b"HTTP/1.1 " } else { b"HTTP/1.0 " });
    decimal(out, u64::from(status));
    out.push(b' ');
    match status_text(status) {
        Some(text) => out.extend_from_slice(text.as_bytes()),
        None => {
            out.extend_from_slice(b"status code ");
            decimal(out, u64::from(status));
        }
    }
    out.extend_from_slice(CRLF);
}

/// Appends a field, unless its name is no token: Go leaves such fields out, and `Trailer:` names with them.
///
/// ```
/// let mut out = Vec::new();
/// nethttp_h1::encode::field(&mut out, b"X-A", b" one\r\nX-B: two ");
/// nethttp_h1::encode::field(&mut out, b"X C", b"three");
/// assert_eq!(out, b"X-A: one  X-B: two\r\n");
/// ```
pub fn field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    if token::is_token(name) {
        field_line(out, name, value);
    }
}

/// Appends a field whose name is known to be a token. CR and LF in the value become spaces, then it is trimmed.
#[inline]
pub fn field_line(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    debug_assert!(token::is_token(name), "{}", name.escape_ascii());
    let value = token::trim_space(value);
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    let start = out.len();
    out.extend_from_slice(value);
    // A line end in a value is rare.
    if may_hold_line_end(value) {
        for byte in &mut out[start..] {
            if matches!(byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
    }
    out.extend_from_slice(CRLF);
}

/// Whether there may be a CR or LF in `value`: whether there is a byte below 0x10. Eight bytes at a time.
fn may_hold_line_end(value: &[u8]) -> bool {
    const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    const LOWEST: u64 = 0x0101_0101_0101_0101;
    // A byte is below 0x10 where its upper half is zero, which is where a one subtracted from the half borrows.
    let is_low = |word: u64| {
        let halves = (word & HIGH) >> 4;
        halves.wrapping_sub(LOWEST) & !halves & (LOWEST << 7) != 0
    };
    let (words, rest) = value.as_chunks::<8>();
    words.iter().any(|word| is_low(u64::from_ne_bytes(*word))) || rest.iter().any(|&byte| byte < 0x10)
}

/// Appends the fields that a plan adds, in Go's order. They stand behind those of the handler.
///
/// `content_type` is what the payload looks like; it is written when the plan asks for it.
pub fn additions(out: &mut Vec<u8>, added: &Additions, date: &[u8; 29], content_type: &[u8]) {
    if added.date {
        out.extend_from_slice(b"Date: ");
        out.extend_from_slice(date);
        out.extend_from_slice(CRLF);
    }
    if let Some(length) = added.content_length {
        out.extend_from_slice(b"Content-Length: ");
        decimal(out, length);
        out.extend_from_slice(CRLF);
    }
    if added.content_type && !content_type.is_empty() {
        out.extend_from_slice(b"Content-Type: ");
        out.extend_from_slice(content_type);
        out.extend_from_slice(CRLF);
    }
    match added.connection {
        Some(Connection::Close) => out.extend_from_slice(b"Connection: close\r\n"),
        Some(Connection::KeepAlive) => out.extend_from_slice(b"Connection: keep-alive\r\n"),
        None => {}
    }
    if added.chunked {
        out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
    }
}

/// Appends an informational answer (1xx but 101) with `fields` in the order given, those that frame a body left out.
///
/// Go sends neither `Date` nor anything else by itself.
pub fn informational<'a>(
    out: &mut Vec<u8>,
    is_11: bool,
    status: u16,
    fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
) {
    status_line(out, is_11, status);
    for (name, value) in fields {
        if name != b"Content-Length" && name != b"Transfer-Encoding" {
            field(out, name, value);
        }
    }
    out.extend_from_slice(CRLF);
}

/// What stands before the payload of a chunk, for writing without copying the payload.
///
/// ```
/// use nethttp_h1::encode::ChunkHead;
///
/// assert_eq!(ChunkHead::new(0x1f40).as_bytes(), b"1f40\r\n");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ChunkHead {
    text: [u8; 18],
    start: usize,
}

impl ChunkHead {
    /// The head of a chunk of `length` bytes; a chunk of none would end the body, so its head is empty.
    #[must_use]
    pub fn new(length: usize) -> Self {
        let (mut text, mut start) = (*b"................\r\n", 16);
        let mut rest = length;
        while rest > 0 {
            start -= 1;
            text[start] = b"0123456789abcdef"[rest % 16];
            rest /= 16;
        }
        Self { text, start: if length == 0 { 18 } else { start } }
    }

    /// The bytes to send.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.text[self.start..]
    }
}

/// Appends a whole chunk; nothing when `payload` is empty, for that would end the body.
pub fn chunk(out: &mut Vec<u8>, payload: &[u8]) {
    if !payload.is_empty() {
        out.extend_from_slice(ChunkHead::new(payload.len()).as_bytes());
        out.extend_from_slice(payload);
        out.extend_from_slice(CRLF);
    }
}

/// Appends the end of a chunked body, with `trailers` in the order given (Go sorts them by name).
///
/// ```
/// let mut out = Vec::new();
/// nethttp_h1::encode::last_chunk(&mut out, [(&b"X-Sum"[..], &b"cafe"[..])]);
/// assert_eq!(out, b"0\r\nX-Sum: cafe\r\n\r\n");
/// ```
pub fn last_chunk<'a>(out: &mut Vec<u8>, trailers: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) {
    out.extend_from_slice(b"0\r\n");
    for (name, value) in trailers {
        field(out, name, value);
    }
    out.extend_from_slice(CRLF);
}

/// Appends a number in decimal.
fn decimal(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = number;
    loop {
        start -= 1;
        // A remainder of 10 fits.
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    // pitfall D7: the texts of status lines are Go's.
    #[test]
    fn status_lines() {
        for (is_11, status, expected) in [
            (true, 200, "HTTP/1.1 200 OK\r\n"),
            (false, 200, "HTTP/1.0 200 OK\r\n"),
            (true, 413, "HTTP/1.1 413 Request Entity Too Large\r\n"),
            (true, 418, "HTTP/1.1 418 I'm a teapot\r\n"),
            (true, 199, "HTTP/1.1 199 status code 199\r\n"),
            (false, 999, "HTTP/1.0 999 status code 999\r\n"),
        ] {
            assert_eq!(written(|out| status_line(out, is_11, status)), expected);
        }
    }

    // pitfall D9: names are checked, and no value can end its line.
    #[test]
    fn fields() {
        let check = |name: &str, value: &str, expected: &str| {
            assert_eq!(written(|out| field(out, name.as_bytes(), value.as_bytes())), expected, "{name:?} {value:?}");
        };
        check("X-A", "b", "X-A: b\r\n");
        check("x-a", "", "x-a: \r\n");
        check("X-A", " \t b c\t ", "X-A: b c\r\n");
        check("X-A", "a\nb\rc\r\nd", "X-A: a b c  d\r\n");
        check("X-A", "\r\nb\r\n", "X-A: b\r\n");
        check("X-A", "\r\n", "X-A: \r\n");
        check("X-A", "a\u{0}b", "X-A: a\u{0}b\r\n");
        for name in ["", "X A", "X:A", "Trailer:X-A", "X\r\nB", "\u{dc}n"] {
            check(name, "b", "");
        }
        let many = "many lines\n".repeat(20);
        check("X-A", &many, &format!("X-A: {}\r\n", many.trim_end().replace('\n', " ")));
    }

    #[test]
    fn added_fields_have_their_order() {
        let added = Additions {
            date: true,
            content_length: Some(0),
            content_type: true,
            connection: Some(Connection::Close),
            chunked: true,
        };
        let date = b"Thu, 01 Jan 1970 00:00:00 GMT";
        assert_eq!(
            written(|out| additions(out, &added, date, b"text/plain")),
            "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: 0\r\nContent-Type: text/plain\r\n\
             Connection: close\r\nTransfer-Encoding: chunked\r\n",
        );
        assert_eq!(written(|out| additions(out, &Additions::default(), date, b"text/plain")), "");
        let kept = Additions { connection: Some(Connection::KeepAlive), ..Additions::default() };
        assert_eq!(written(|out| additions(out, &kept, date, b"")), "Connection: keep-alive\r\n");
    }

    // pitfall D6: informational answers have no framing fields.
    // pitfall D13: what comes before the final answer leaves its fields alone.
    #[test]
    fn informational_answers() {
        let fields: [(&[u8], &[u8]); 5] = [
            (b"Content-Length", b"5"),
            (b"Content-Type", b"text/plain"),
            (b"Link", b"</a>"),
            (b"Link", b"</b>"),
            (b"Transfer-Encoding", b"chunked"),
        ];
        assert_eq!(
            written(|out| informational(out, true, 103, fields)),
            "HTTP/1.1 103 Early Hints\r\nContent-Type: text/plain\r\nLink: </a>\r\nLink: </b>\r\n\r\n",
        );
        assert_eq!(written(|out| informational(out, true, 100, [])).as_bytes(), CONTINUE);
        assert_eq!(written(|out| informational(out, false, 150, [])), "HTTP/1.0 150 status code 150\r\n\r\n");
    }

    // pitfall D4: an empty write is not the end of the body.
    #[test]
    fn chunks() {
        assert_eq!(written(|out| chunk(out, b"")), "");
        assert_eq!(written(|out| chunk(out, b"0123456789abcdef")), "10\r\n0123456789abcdef\r\n");
        for (length, expected) in
            [(0, ""), (1, "1\r\n"), (15, "f\r\n"), (2048, "800\r\n"), (0xffff_ffff, "ffffffff\r\n")]
        {
            assert_eq!(ChunkHead::new(length).as_bytes(), expected.as_bytes());
        }
        assert_eq!(written(|out| last_chunk(out, [])), "0\r\n\r\n");
        let trailers: [(&[u8], &[u8]); 3] = [(b"X-A", b"1\n2"), (b"X-A", b"3"), (b"X B", b"4")];
        assert_eq!(written(|out| last_chunk(out, trailers)), "0\r\nX-A: 1 2\r\nX-A: 3\r\n\r\n");
    }

    #[test]
    fn numbers() {
        for number in [0, 9, 10, 2048, u64::MAX] {
            assert_eq!(written(|out| decimal(out, number)), number.to_string());
        }
    }
}
