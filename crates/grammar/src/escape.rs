//! Percent-escapes of URLs: what each part of a URL may hold as it is, and the way there and back.
//!
//! Never allocates when there is nothing to change; a result is never longer than three times its input.
//!
//! RFC 3986 section 2, in the reading of Go's `net/url` (`PathEscape`, `QueryUnescape` and their unexported kin),
//! whose tables and error texts these are.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::quote;

/// The part of a URL that a text stands in.
// Exhaustive: the parts of a URL are settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Mode {
    /// A whole path, slashes included.
    Path = 1 << 0,
    /// One segment of a path: a slash in it is escaped.
    PathSegment = 1 << 1,
    /// A host, with brackets and port. Escapes of ASCII are refused, but for `%25`.
    Host = 1 << 2,
    /// The zone of an IPv6 address in a host.
    Zone = 1 << 3,
    /// A user name or a password.
    UserPassword = 1 << 4,
    /// A key or a value of a query; a space is written `+`.
    QueryComponent = 1 << 5,
    /// What follows `#`.
    Fragment = 1 << 6,
}

impl Mode {
    /// Whether `byte` stands in this part as it is.
    #[inline]
    const fn allows(self, byte: u8) -> bool {
        ALLOWED[byte as usize] & self as u8 != 0
    }
}

/// An escape or a byte that must not stand where it was found. `Display` is Go's text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EscapeError {
    kind: ErrorKind,
    bytes: [u8; 3],
    length: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ErrorKind {
    Escape,
    HostByte,
}

impl EscapeError {
    /// An error about the first three bytes of `rest` (or all of it, if that is shorter).
    fn new(kind: ErrorKind, rest: &[u8]) -> Self {
        let length = rest.len().min(3);
        let mut bytes = [0; 3];
        bytes[..length].copy_from_slice(&rest[..length]);
        Self { kind, bytes, length: length as u8 }
    }

    /// The bytes at fault: a percent sign and up to two bytes after it, or one byte of a host.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// Whether a byte of a host name is at fault and not an escape.
    #[must_use]
    pub const fn is_host_byte(&self) -> bool {
        matches!(self.kind, ErrorKind::HostByte)
    }
}

impl fmt::Display for EscapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = quote::quote(self.bytes());
        match self.kind {
            ErrorKind::Escape => write!(f, "invalid URL escape {quoted}"),
            ErrorKind::HostByte => write!(f, "invalid character {quoted} in host name"),
        }
    }
}

impl fmt::Debug for EscapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EscapeError").field("kind", &self.kind).field("bytes", &quote::quote(self.bytes())).finish()
    }
}

impl Error for EscapeError {}

/// Escapes `text` for the part `mode` of a URL.
///
/// ```
/// use nethttp_grammar::escape::{Mode, escape};
///
/// assert_eq!(escape(b"a b/c", Mode::Path), "a%20b/c");
/// assert_eq!(escape(b"a b/c", Mode::PathSegment), "a%20b%2Fc");
/// assert_eq!(escape(b"a b/c", Mode::QueryComponent), "a+b%2Fc");
/// ```
#[must_use]
pub fn escape(text: &[u8], mode: Mode) -> Cow<'_, str> {
    let stands = text.iter().take_while(|&&byte| mode.allows(byte)).count();
    // Allowed bytes are ASCII, so a text without others is valid UTF-8.
    if stands == text.len()
        && let Ok(text) = str::from_utf8(text)
    {
        return Cow::Borrowed(text);
    }
    let changed = text[stands..].iter().filter(|&&byte| !mode.allows(byte)).count();
    let mut escaped = String::with_capacity(text.len() + 2 * changed);
    for &byte in text {
        if mode.allows(byte) {
            escaped.push(char::from(byte));
        } else if byte == b' ' && mode == Mode::QueryComponent {
            escaped.push('+');
        } else {
            escaped.push('%');
            escaped.push(char::from(UPPER_HEX[usize::from(byte >> 4)]));
            escaped.push(char::from(UPPER_HEX[usize::from(byte & 15)]));
        }
    }
    Cow::Owned(escaped)
}

/// Undoes the escapes of `text`, which stands in the part `mode` of a URL.
///
/// In a query `+` becomes a space. In a host only `%25` and escapes of bytes from 0x80 on are accepted, and unescaped
/// ASCII only where a host may have it; a zone takes besides the escapes of what could stand there unescaped.
///
/// # Errors
///
/// The first escape that is cut short, has digits that are not hexadecimal, or is refused as said above; in a host or
/// a zone the first byte that may not stand there.
///
/// ```
/// use nethttp_grammar::escape::{Mode, unescape};
///
/// assert_eq!(*unescape(b"a%20b+c", Mode::Path).unwrap(), *b"a b+c");
/// assert_eq!(*unescape(b"a%20b+c", Mode::QueryComponent).unwrap(), *b"a b c");
/// assert_eq!(
///     unescape(b"100%zz", Mode::Path).unwrap_err().to_string(),
///     r#"invalid URL escape "%zz""#
/// );
/// ```
pub fn unescape(text: &[u8], mode: Mode) -> Result<Cow<'_, [u8]>, EscapeError> {
    let is_host = matches!(mode, Mode::Host | Mode::Zone);
    let is_as_it_is = if is_host {
        text.iter().all(|&byte| byte != b'%' && is_host_byte(byte))
    } else {
        // Searching for one byte is the quicker loop, and most texts have none to be found.
        !(text.contains(&b'%') || mode == Mode::QueryComponent && text.contains(&b'+'))
    };
    if is_as_it_is {
        return Ok(Cow::Borrowed(text));
    }
    let mut rest = text;
    let mut out = Vec::with_capacity(text.len());
    while let [byte, tail @ ..] = rest {
        match *byte {
            b'%' => {
                out.push(decode_one(rest, mode)?);
                rest = &rest[3..];
                continue;
            }
            b'+' if mode == Mode::QueryComponent => out.push(b' '),
            byte if is_host && !is_host_byte(byte) => {
                return Err(EscapeError::new(ErrorKind::HostByte, &rest[..1]));
            }
            byte => out.push(byte),
        }
        rest = tail;
    }
    Ok(Cow::Owned(out))
}

/// The byte that the escape at the start of `rest` stands for.
fn decode_one(rest: &[u8], mode: Mode) -> Result<u8, EscapeError> {
    let refused = || EscapeError::new(ErrorKind::Escape, rest);
    let [_, high, low, ..] = *rest else {
        return Err(refused());
    };
    let (Some(high), Some(low)) = (hex_value(high), hex_value(low)) else {
        return Err(refused());
    };
    let byte = high << 4 | low;
    let is_allowed = match mode {
        Mode::Host => byte == b'%' || byte >= 0x80,
        // What a zone may hold could be written unescaped, but Windows has spaces in its zone names.
        Mode::Zone => matches!(byte, b'%' | b' ') || Mode::Host.allows(byte),
        _ => true,
    };
    if is_allowed { Ok(byte) } else { Err(refused()) }
}

/// Whether `text` could be an escaped form for the part `mode`: it has no byte that must have been escaped.
///
/// Looser than what [`escape`] writes (all delimiters of RFC 3986 and brackets pass), and the digits of escapes are
/// not looked at. Go's `validEncoded`, by which `URL.EscapedPath` decides whether the path as sent can be kept.
#[must_use]
pub fn is_valid_encoded(text: &[u8], mode: Mode) -> bool {
    text.iter().all(|&byte| {
        mode.allows(byte)
            || matches!(
                byte,
                b'!' | b'$'
                    | b'&'
                    | b'\''
                    | b'('
                    | b')'
                    | b'*'
                    | b'+'
                    | b','
                    | b';'
                    | b'='
                    | b':'
                    | b'@'
                    | b'['
                    | b']'
                    | b'%'
            )
    })
}

/// The value of a hexadecimal digit of either case.
#[must_use]
#[inline]
pub const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// What a host or a zone may hold unescaped. International names come as raw UTF-8.
#[inline]
const fn is_host_byte(byte: u8) -> bool {
    byte >= 0x80 || Mode::Host.allows(byte)
}

/// The digits that escapes are written with.
pub(crate) const UPPER_HEX: &[u8; 16] = b"0123456789ABCDEF";

/// For each byte the set of modes, one bit each, in which it stands unescaped.
const ALLOWED: [u8; 256] = {
    const EVERYWHERE: u8 = 0x7f;
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            table[byte] = EVERYWHERE;
        }
        byte += 1;
    }
    let table = allow(table, EVERYWHERE, b"-._~");
    let table = allow(table, Mode::Path as u8, b"$&+,/:;=@");
    let table = allow(table, Mode::PathSegment as u8, b"$&+:=@");
    let table = allow(table, Mode::Host as u8 | Mode::Zone as u8, b"!\"$&'()*+,:;<=>[]");
    let table = allow(table, Mode::UserPassword as u8, b"$&+,;=");
    allow(table, Mode::Fragment as u8, b"!$&()*+,/:;=?@")
};

const fn allow(mut table: [u8; 256], modes: u8, bytes: &[u8]) -> [u8; 256] {
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] |= modes;
        at += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaping_borrows_what_needs_no_change() {
        assert!(matches!(escape(b"/a/b;c,d", Mode::Path), Cow::Borrowed("/a/b;c,d")));
        assert!(matches!(escape(b"", Mode::QueryComponent), Cow::Borrowed("")));
        assert_eq!(escape(b"\xff \x00?", Mode::Path), "%FF%20%00%3F");
        assert_eq!(escape("é".as_bytes(), Mode::Fragment), "%C3%A9");
        assert_eq!(escape(b"u:p@h", Mode::UserPassword), "u%3Ap%40h");
    }

    #[test]
    fn unescaping_borrows_what_needs_no_change() {
        assert!(matches!(unescape(b"/a+b", Mode::Path), Ok(Cow::Borrowed(b"/a+b"))));
        assert!(matches!(unescape(b"h:80", Mode::Host), Ok(Cow::Borrowed(b"h:80"))));
        assert!(matches!(unescape(b"", Mode::QueryComponent), Ok(Cow::Borrowed(b""))));
    }

    #[test]
    fn errors_read_as_in_go() {
        let check = |text: &[u8], mode, expected: &str| {
            assert_eq!(unescape(text, mode).unwrap_err().to_string(), expected, "{text:?}");
        };
        check(b"%", Mode::Path, r#"invalid URL escape "%""#);
        check(b"a%1", Mode::Path, r#"invalid URL escape "%1""#);
        check(b"%zzz", Mode::Path, r#"invalid URL escape "%zz""#);
        check(b"%\xff\"", Mode::Path, r#"invalid URL escape "%\xff\"""#);
        check("%é".as_bytes(), Mode::Path, "invalid URL escape \"%é\"");
        check(b"%41", Mode::Host, r#"invalid URL escape "%41""#);
        check(b"a b", Mode::Host, r#"invalid character " " in host name"#);
        check(b"a{%zz", Mode::Host, r#"invalid character "{" in host name"#);
        check(b"%00", Mode::Zone, r#"invalid URL escape "%00""#);
        let host = unescape(b"a^", Mode::Host).unwrap_err();
        assert!(host.is_host_byte());
        assert_eq!(host.bytes(), b"^");
        assert!(format!("{host:?}").contains("HostByte"));
    }

    #[test]
    fn what_is_escaped_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        for mode in [Mode::Path, Mode::PathSegment, Mode::UserPassword, Mode::QueryComponent, Mode::Fragment] {
            let escaped = escape(&all, mode);
            assert!(escaped.is_ascii());
            assert!(is_valid_encoded(escaped.as_bytes(), mode), "{mode:?}");
            assert_eq!(*unescape(escaped.as_bytes(), mode).unwrap(), *all, "{mode:?}");
        }
    }

    // pitfall E8: a path as sent is kept where it can be, so that %2F stays what it was.
    #[test]
    fn encoded_forms_that_can_be_kept() {
        assert!(is_valid_encoded(b"/a%2Fb!$&'()*+,;=:@[]", Mode::Path));
        assert!(!is_valid_encoded(b"/a b", Mode::Path));
        assert!(!is_valid_encoded(b"/a\"b", Mode::Path));
        assert!(!is_valid_encoded("/é".as_bytes(), Mode::Path));
        assert!(!is_valid_encoded(b"/a?b", Mode::Path));
    }
}
