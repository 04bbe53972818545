//! Text in double quotes for messages: what is not printable is escaped.
//!
//! Go's `strconv.Quote`, which its error texts are written with (`%q`).
//!
//! Differences: whether a character outside ASCII is printable is asked of Rust's Unicode tables, whose version can be
//! another than Go's.

use std::fmt::Write as _;

/// `text` in double quotes, with the escapes of a Go string literal.
///
/// ```
/// use nethttp_grammar::quote::quote;
///
/// assert_eq!(quote(b"a\"b\n\xff"), r#""a\"b\n\xff""#);
/// ```
#[must_use]
pub fn quote(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            push_escaped(&mut out, c, '"');
        }
        for byte in chunk.invalid() {
            push_hex(&mut out, "\\x", u32::from(*byte), 2);
        }
    }
    out.push('"');
    out
}

/// `byte` as a character in single quotes, read as the code point of the same number.
///
/// What Go prints for a byte with `%q`, as in `http: invalid byte '\n' in Cookie.Value`.
#[must_use]
pub fn quote_byte(byte: u8) -> String {
    let mut out = String::with_capacity(8);
    out.push('\'');
    push_escaped(&mut out, char::from(byte), '\'');
    out.push('\'');
    out
}

fn push_escaped(out: &mut String, c: char, delimiter: char) {
    match c {
        '\\' => out.push_str("\\\\"),
        _ if c == delimiter => out.extend(['\\', c]),
        ' '..='~' => out.push(c),
        '\u{07}' => out.push_str("\\a"),
        '\u{08}' => out.push_str("\\b"),
        '\u{0c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{0b}' => out.push_str("\\v"),
        '\0'..='\u{1f}' | '\u{7f}' => push_hex(out, "\\x", u32::from(c), 2),
        _ if is_printable(c) => out.push(c),
        _ if u32::from(c) < 0x1_0000 => push_hex(out, "\\u", u32::from(c), 4),
        _ => push_hex(out, "\\U", u32::from(c), 8),
    }
}

/// Whether a character outside ASCII shows by itself: a letter, mark, number, punctuation or symbol.
fn is_printable(c: char) -> bool {
    let mut utf8 = [0; 4];
    // Behind another character `str::escape_debug` escapes exactly what is not printable; alone it escapes marks too.
    let text = ['.', c];
    let mut buffer = String::with_capacity(5);
    buffer.extend(text);
    buffer.escape_debug().skip(1).eq(c.encode_utf8(&mut utf8).chars())
}

fn push_hex(out: &mut String, prefix: &str, value: u32, width: usize) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{prefix}{value:0width$x}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting() {
        let check = |text: &[u8], expected: &str| assert_eq!(quote(text), expected, "{text:?}");
        check(b"", r#""""#);
        check(b"a'b \"c\" \\d", r#""a'b \"c\" \\d""#);
        check(b"\0\x07\x08\t\n\x0b\x0c\r\x1b\x7f", r#""\x00\a\b\t\n\v\f\r\x1b\x7f""#);
        check(b"\xff\xc3\xe2\x82", r#""\xff\xc3\xe2\x82""#);
        check("é\u{301}\u{fffd}".as_bytes(), "\"é\u{301}\u{fffd}\"");
        check("\u{85}\u{a0}\u{ad}\u{200b}".as_bytes(), r#""\u0085\u00a0\u00ad\u200b""#);
        check("\u{1f600}\u{e0001}".as_bytes(), "\"\u{1f600}\\U000e0001\"");
    }

    #[test]
    fn quoting_a_byte() {
        for (byte, expected) in [
            (b'a', "'a'"),
            (b'\'', r"'\''"),
            (b'"', "'\"'"),
            (b'\\', r"'\\'"),
            (b'\n', r"'\n'"),
            (0x80, r"'\u0080'"),
            (0xe9, "'é'"),
        ] {
            assert_eq!(quote_byte(byte), expected);
        }
    }
}
