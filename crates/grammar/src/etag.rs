//! Entity tags: reading them off a list and comparing them.
//!
//! RFC 9110 section 8.8.3; Go's `scanETag`, `etagStrongMatch` and `etagWeakMatch` of `net/http`'s file server, and the
//! way its `checkIfMatch` and `checkIfNoneMatch` walk a list.

use crate::token::trim_space;

/// The entity tag at the start of `text`, white space before it skipped, and what follows the closing quote.
///
/// The tag keeps its quotes and its `W/`. `None` when there is none or it is malformed.
///
/// ```
/// use nethttp_grammar::etag;
///
/// assert_eq!(etag::scan(b" W/\"a\", \"b\""), Some((&b"W/\"a\""[..], &b", \"b\""[..])));
/// assert_eq!(etag::scan(b"a"), None);
/// ```
#[must_use]
pub fn scan(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = trim_space(text);
    let opaque = text.strip_prefix(b"W/").unwrap_or(text).strip_prefix(b"\"")?;
    let length = opaque.iter().position(|&byte| !matches!(byte, 0x21 | 0x23..=0x7e | 0x80..))?;
    if opaque[length] != b'"' {
        return None;
    }
    Some(text.split_at(text.len() - opaque.len() + length + 1))
}

/// Whether two tags are equal and the first is strong. For `If-Match` and `If-Range`.
#[must_use]
#[inline]
pub fn strong_match(left: &[u8], right: &[u8]) -> bool {
    left == right && left.starts_with(b"\"")
}

/// Whether two tags are equal when neither's `W/` is looked at. For `If-None-Match`.
#[must_use]
#[inline]
pub fn weak_match(left: &[u8], right: &[u8]) -> bool {
    let opaque = |tag| <[u8]>::strip_prefix(tag, b"W/").unwrap_or(tag);
    opaque(left) == opaque(right)
}

/// One element of a list of tags.
// Exhaustive: the two forms that RFC 9110 sections 13.1.1 and 13.1.2 have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element<'a> {
    /// `*`: any current representation.
    Any,
    /// A tag with its quotes and its `W/`.
    Tag(&'a [u8]),
}

/// The elements of `If-Match` or `If-None-Match`, up to the first that is malformed or is `*`.
///
/// Tags with nothing between them and empty elements are let pass, as in Go.
///
/// ```
/// use nethttp_grammar::etag::{Element, list, weak_match};
///
/// let is_current = |element| match element {
///     Element::Any => true,
///     Element::Tag(tag) => weak_match(tag, b"\"v2\""),
/// };
/// assert!(list(b"\"v1\", W/\"v2\"").any(is_current));
/// ```
pub fn list(value: &[u8]) -> List<'_> {
    List { rest: value }
}

/// Iterator of [`list`].
#[derive(Clone, Debug)]
#[must_use = "iterators do nothing unless they are consumed"]
pub struct List<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for List<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.rest = trim_space(self.rest);
            let [b',', rest @ ..] = self.rest else {
                break;
            };
            self.rest = rest;
        }
        if self.rest.starts_with(b"*") {
            self.rest = &[];
            return Some(Element::Any);
        }
        let (tag, rest) = scan(self.rest).unwrap_or_default();
        self.rest = rest;
        (!tag.is_empty()).then_some(Element::Tag(tag))
    }
}

impl std::iter::FusedIterator for List<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scanning() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let expected = expected.map(|(tag, rest)| (tag.as_bytes(), rest.as_bytes()));
            assert_eq!(scan(text.as_bytes()), expected, "{text:?}");
        };
        check("", None);
        check("W/", None);
        check("\"", None);
        check("\"\"", Some(("\"\"", "")));
        check("W/\"\"x", Some(("W/\"\"", "x")));
        check(" \t\r\n\"a\" ", Some(("\"a\"", "")));
        check("\"a b\"", None);
        check("\"a", None);
        check("\"a\x7f\"", None);
        check("\"\u{e9}!#~\"", Some(("\"\u{e9}!#~\"", "")));
        check("w/\"a\"", None);
        check("W/W/\"a\"", None);
        check("a\"b\"", None);
    }

    #[test]
    fn comparing() {
        // The table of RFC 9110 section 8.8.3.2.
        for (left, right, strong, weak) in [
            ("W/\"1\"", "W/\"1\"", false, true),
            ("W/\"1\"", "W/\"2\"", false, false),
            ("W/\"1\"", "\"1\"", false, true),
            ("\"1\"", "\"1\"", true, true),
            ("\"1\"", "W/\"1\"", false, true),
            ("", "", false, true),
        ] {
            assert_eq!(strong_match(left.as_bytes(), right.as_bytes()), strong, "{left} {right}");
            assert_eq!(weak_match(left.as_bytes(), right.as_bytes()), weak, "{left} {right}");
        }
    }

    // pitfall H8: weak tags and `*` are understood.
    #[test]
    fn lists() {
        use Element::{Any, Tag};
        let check = |value: &[u8], expected: &[Element<'_>]| {
            assert_eq!(list(value).collect::<Vec<_>>(), expected, "{value:?}");
        };
        check(b"", &[]);
        check(b" , ,", &[]);
        check(b"*", &[Any]);
        check(b" *, \"a\"", &[Any]);
        check(b"\"a\"", &[Tag(b"\"a\"")]);
        check(b"\"a\", W/\"b\" ,,\"c\"", &[Tag(b"\"a\""), Tag(b"W/\"b\""), Tag(b"\"c\"")]);
        check(b"\"a\"\"b\"", &[Tag(b"\"a\""), Tag(b"\"b\"")]);
        check(b"\"a\", b, \"c\"", &[Tag(b"\"a\"")]);
        check(b"\"a,b\"", &[Tag(b"\"a,b\"")]);
        check(b"\"a\", *", &[Tag(b"\"a\""), Any]);
    }
}
