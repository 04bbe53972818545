//! Entity tags of compressed responses: the tag of the plain one with a mark, which is taken off again when a client
//! sends it back.
//!
//! A compressed response is another representation, so that it may not carry the strong tag of the plain one (RFC 9110
//! section 8.8.3.3). With a weak tag instead, a client could not use `If-Match` any more.

use nethttp_core::{Header, Request};
use nethttp_grammar::etag::{Element, list};

/// The marked form of a strong tag; `None` for a weak one, which holds for both representations.
// pitfall B11
pub(crate) fn marked(tag: &[u8]) -> Option<Vec<u8>> {
    let front = tag.strip_suffix(b"\"").filter(|front| front.starts_with(b"\""))?;
    Some([front, MARK].concat())
}

/// Whether a field that lists tags has this one, weak or strong.
pub(crate) fn lists(field: &[u8], tag: &[u8]) -> bool {
    list(field).any(|element| match element {
        Element::Any => false,
        Element::Tag(listed) => nethttp_grammar::etag::weak_match(listed, tag),
    })
}

/// Takes the marks off the tags of `If-None-Match` and `If-Match`, so that handlers see their own; gives the
/// `If-None-Match` as it was, if it changed.
///
/// `If-Range` keeps its mark, and so matches nothing: a range of the plain bytes must not be joined to compressed ones.
pub(crate) fn unmark(r: &mut Request) -> Option<Vec<u8>> {
    unmark_field(&mut r.header, "If-Match");
    unmark_field(&mut r.header, "If-None-Match")
}

fn unmark_field(header: &mut Header, name: &str) -> Option<Vec<u8>> {
    let value = header.values_raw(name).next()?.as_bytes();
    if !value.windows(MARK.len()).any(|bytes| bytes == MARK) {
        return None;
    }
    let original = value.to_vec();
    let mut plain = Vec::with_capacity(original.len());
    let mut rest = &original[..];
    while let Some(at) = rest.windows(MARK.len()).position(|bytes| bytes == MARK) {
        plain.extend_from_slice(&rest[..at]);
        plain.push(b'"');
        rest = &rest[at + MARK.len()..];
    }
    plain.extend_from_slice(rest);
    header.set(name, plain);
    Some(original)
}

/// Ends a marked tag.
const MARK: &[u8] = b"-gzip\"";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks() {
        for (tag, expected) in [
            ("\"v1\"", Some("\"v1-gzip\"")),
            ("\"\"", Some("\"-gzip\"")),
            ("W/\"v1\"", None),
            ("\"", None),
            ("v1", None),
            ("", None),
        ] {
            assert_eq!(marked(tag.as_bytes()).as_deref(), expected.map(str::as_bytes), "{tag}");
        }
    }

    #[test]
    fn unmarking() {
        for (value, expected) in [
            ("\"v1-gzip\"", "\"v1\""),
            ("W/\"v1-gzip\", \"v2\",\"v3-gzip\"", "W/\"v1\", \"v2\",\"v3\""),
            ("\"v1\"", "\"v1\""),
            ("*", "*"),
            ("\"gzip\"", "\"gzip\""),
        ] {
            let mut request = Request::new();
            for name in ["If-None-Match", "If-Match", "If-Range"] {
                request.header.set(name, value);
            }
            let original = unmark(&mut request);
            assert_eq!(request.header.get("If-None-Match"), expected);
            assert_eq!(request.header.get("If-Match"), expected);
            assert_eq!(request.header.get("If-Range"), value);
            assert_eq!(original.as_deref(), (value != expected).then_some(value.as_bytes()));
        }
    }

    #[test]
    fn lists_of_tags() {
        assert!(lists(b"\"a\", W/\"b-gzip\"", b"\"b-gzip\""));
        assert!(!lists(b"\"a\", *", b"\"b\""));
        assert!(!lists(b"", b"\"b\""));
    }
}
