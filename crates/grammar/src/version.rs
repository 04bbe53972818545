//! The version at the end of a request line and the start of a status line.
//!
//! RFC 9112 section 2.3; Go's `http.ParseHTTPVersion`.

/// The major and minor number of `HTTP/d.d`, each one digit; `None` for anything else.
///
/// ```
/// use nethttp_grammar::version::parse_http_version;
///
/// assert_eq!(parse_http_version(b"HTTP/1.1"), Some((1, 1)));
/// assert_eq!(parse_http_version(b"http/1.1"), None);
/// ```
#[must_use]
#[inline]
pub const fn parse_http_version(version: &[u8]) -> Option<(u8, u8)> {
    match version {
        [b'H', b'T', b'T', b'P', b'/', major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9'] => {
            Some((*major - b'0', *minor - b'0'))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (version, expected) in [
            (&b"HTTP/0.9"[..], Some((0, 9))),
            (b"HTTP/1.0", Some((1, 0))),
            (b"HTTP/1.1", Some((1, 1))),
            (b"HTTP/2.0", Some((2, 0))),
            (b"HTTP/9.9", Some((9, 9))),
            (b"HTTP/2", None),
            (b"HTTP/1.1 ", None),
            (b"HTTP/1.10", None),
            (b"HTTP/+.1", None),
            (b"HTTP/1,1", None),
            (b"HTTP/1.", None),
            (b"Http/1.1", None),
            (b"", None),
        ] {
            assert_eq!(parse_http_version(version), expected, "{version:?}");
        }
    }
}
