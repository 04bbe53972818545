//! Tokens, comma lists and field values of HTTP headers.
//!
//! Works on bytes as they came from the peer; never allocates, never panics.
//!
//! RFC 9110 sections 5.5, 5.6.1 to 5.6.3; the answers are those of Go's `golang.org/x/net/http/httpguts`
//! (`ValidHeaderFieldName`, `ValidHeaderFieldValue`, `HeaderValuesContainsToken`) and of `net/textproto.TrimString`.

use crate::byte_set::ByteSet;

/// The bytes that may stand in a token.
const TCHAR: ByteSet = ByteSet::alphanumeric_and(b"!#$%&'*+-.^_`|~");

/// Whether `byte` is a `tchar`: a letter, a digit or one of ``!#$%&'*+-.^_`|~``.
#[must_use]
#[inline]
pub const fn is_tchar(byte: u8) -> bool {
    TCHAR.contains(byte)
}

/// Whether `text` is a token: one `tchar` or more. Methods and header names are tokens.
#[must_use]
#[inline]
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && TCHAR.contains_all(text)
}

/// `text` without the optional white space (space and tab) around it.
#[must_use]
#[inline]
pub fn trim_ows(text: &[u8]) -> &[u8] {
    trim_where(text, |byte| matches!(byte, b' ' | b'\t'))
}

/// `text` without the space, tab, CR and LF around it.
///
/// Go's `textproto.TrimString`, which cookies, entity tags and ranges are read with.
#[must_use]
#[inline]
pub fn trim_space(text: &[u8]) -> &[u8] {
    trim_where(text, |byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

#[inline]
fn trim_where(mut text: &[u8], is_space: impl Fn(u8) -> bool) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_space(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_space(*last)
    {
        text = rest;
    }
    text
}

/// The elements of a comma separated list, white space trimmed, empty ones left out.
///
/// Commas inside quoted strings are not seen as such: for lists whose elements are tokens (`Connection`,
/// `Transfer-Encoding`, `Accept-Encoding`, `Vary`).
///
/// ```
/// use nethttp_grammar::token;
///
/// let list: Vec<&[u8]> = token::elements(b"gzip, , chunked ").collect();
/// assert_eq!(list, [&b"gzip"[..], b"chunked"]);
/// ```
#[inline]
pub fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(trim_ows).filter(|element| !element.is_empty())
}

/// Whether the comma separated list `value` names `token`, without regard to ASCII case.
///
/// An element with bytes outside ASCII never matches. Go's `httpguts.HeaderValuesContainsToken` for one field line.
#[must_use]
#[inline]
pub fn contains_token(value: &[u8], token: &str) -> bool {
    value.split(|&byte| byte == b',').any(|element| {
        let element = trim_ows(element);
        eq_ignore_case(element, token.as_bytes()) && element.is_ascii()
    })
}

/// Whether `value` may stand as a field value: no control characters but tab.
///
/// Bytes from 0x80 on are allowed. Go's `httpguts.ValidHeaderFieldValue`.
#[must_use]
#[inline]
pub fn is_field_value(value: &[u8]) -> bool {
    // One flat loop without early exit lets the compiler use vector instructions; values are short.
    !value.iter().fold(false, |bad, &byte| bad | ((byte < b' ' && byte != b'\t') | (byte == 0x7f)))
}

/// Whether the two texts are equal when ASCII letters are compared without case.
#[must_use]
#[inline]
pub const fn eq_ignore_case(left: &[u8], right: &[u8]) -> bool {
    left.eq_ignore_ascii_case(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tchar_is_the_set_of_rfc_9110() {
        for byte in 0..=255u8 {
            let expected = byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte);
            assert_eq!(is_tchar(byte), expected, "{byte:#x}");
        }
    }

    #[test]
    fn tokens() {
        for (text, expected) in
            [(&b""[..], false), (b"GET", true), (b"X-Y_z~", true), (b"a b", false), (b"a:", false), (b"\x80", false)]
        {
            assert_eq!(is_token(text), expected, "{text:?}");
        }
    }

    #[test]
    fn trimming() {
        assert_eq!(trim_ows(b" \t a b\t"), b"a b");
        assert_eq!(trim_ows(b"\r\na"), b"\r\na");
        assert_eq!(trim_ows(b" \t"), b"");
        assert_eq!(trim_space(b"\r\n a\n"), b"a");
        assert_eq!(trim_space(b"\x0ba\x0c"), b"\x0ba\x0c");
    }

    #[test]
    fn lists() {
        let check = |value: &[u8], expected: &[&[u8]]| {
            assert_eq!(elements(value).collect::<Vec<_>>(), expected, "{value:?}");
        };
        check(b"", &[]);
        check(b" , ,\t", &[]);
        check(b"a", &[b"a"]);
        check(b"a,b\t, c d ,", &[b"a", b"b", b"c d"]);
    }

    // pitfall E5: tokens of a list are compared whole, not as substrings.
    #[test]
    fn contains() {
        for (value, token, expected) in [
            (&b"keep-alive, Upgrade"[..], "upgrade", true),
            (b"close", "close", true),
            (b"CLOSE ", "close", true),
            (b"enclosed", "close", false),
            (b"not-close, x", "close", false),
            (b"clo se", "close", false),
            (b"", "close", false),
            // An empty element equals an empty token, as in Go.
            (b"a,,b", "", true),
            (b"\xe2\x84\xaa", "k", false),
            (b"\x80", "\u{80}", false),
        ] {
            assert_eq!(contains_token(value, token), expected, "{value:?} {token}");
        }
    }

    #[test]
    fn field_values() {
        assert!(is_field_value(b""));
        assert!(is_field_value(b"a\tb \xff"));
        for byte in (0..32u8).filter(|&byte| byte != b'\t').chain([0x7f]) {
            assert!(!is_field_value(&[b'a', byte, b'b']), "{byte:#x}");
        }
    }
}
