//! Queries of URLs and bodies of forms: `key=value` pairs between `&`.
//!
//! Never allocates for a pair without escapes, and never yields more than [`MAX_PARAMETERS`] pairs.
//!
//! Go's `url.ParseQuery`: `;` does not separate, a bad pair is skipped, a query of too many pairs is refused whole.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::escape::{EscapeError, Mode, unescape};

/// How many parameters a query may have, empty ones between two `&` counted. Go's default.
pub const MAX_PARAMETERS: usize = 10_000;

/// Why a query, or a pair of it, was refused. `Display` is Go's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryError {
    /// The query has more than [`MAX_PARAMETERS`] parameters; none was read.
    TooManyParameters,
    /// A pair holds an unescaped `;`, which other software takes for a separator.
    Semicolon,
    /// A key or a value has a bad escape.
    Escape(EscapeError),
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyParameters => f.write_str("number of URL query parameters exceeded limit"),
            Self::Semicolon => f.write_str("invalid semicolon separator in query"),
            Self::Escape(error) => error.fmt(f),
        }
    }
}

impl Error for QueryError {}

impl From<EscapeError> for QueryError {
    fn from(error: EscapeError) -> Self {
        Self::Escape(error)
    }
}

/// All good pairs of `query` in order, and the error that Go's `ParseQuery` would return beside them.
///
/// That is the first bad escape, unless a pair holds a semicolon, which is then told in any case.
///
/// ```
/// use nethttp_grammar::query;
///
/// let (pairs, error) = query::parse(b"a=1&b=%zz&c=x+y");
/// assert_eq!(pairs, [(b"a".to_vec(), b"1".to_vec()), (b"c".to_vec(), b"x y".to_vec())]);
/// assert_eq!(error.unwrap().to_string(), r#"invalid URL escape "%zz""#);
/// ```
#[must_use]
#[expect(clippy::type_complexity, reason = "pairs and an error, each as plain as can be")]
pub fn parse(query: &[u8]) -> (Vec<(Vec<u8>, Vec<u8>)>, Option<QueryError>) {
    let mut good = Vec::new();
    let mut error = None;
    for pair in pairs(query) {
        match pair {
            Ok((key, value)) => good.push((key.into_owned(), value.into_owned())),
            // Go keeps the first escape error but lets a semicolon replace it.
            Err(QueryError::Escape(_)) if error.is_some() => {}
            Err(new) => error = Some(new),
        }
    }
    (good, error)
}

/// The pairs of `query` in order, one at a time; a bad one is an error and the next go on.
///
/// Empty parameters are passed over. A query of too many parameters yields that error alone.
///
/// ```
/// use nethttp_grammar::query;
///
/// let wanted = query::pairs(b"page=2&sort=name")
///     .flatten()
///     .find(|(key, _)| **key == *b"sort")
///     .map(|(_, value)| value);
/// assert_eq!(wanted.unwrap(), &b"name"[..]);
/// ```
pub fn pairs(query: &[u8]) -> Pairs<'_> {
    let separators = query.iter().filter(|&&byte| byte == b'&').count();
    Pairs { rest: query, is_refused: separators >= MAX_PARAMETERS }
}

/// Iterator of [`pairs`].
#[derive(Clone, Debug)]
#[must_use = "iterators do nothing unless they are consumed"]
pub struct Pairs<'a> {
    rest: &'a [u8],
    is_refused: bool,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = Result<(Cow<'a, [u8]>, Cow<'a, [u8]>), QueryError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_refused {
            self.is_refused = false;
            self.rest = &[];
            return Some(Err(QueryError::TooManyParameters));
        }
        while !self.rest.is_empty() {
            let pair = self.take_until_ampersand();
            if !pair.is_empty() {
                return Some(read_pair(pair));
            }
        }
        None
    }
}

impl std::iter::FusedIterator for Pairs<'_> {}

impl<'a> Pairs<'a> {
    fn take_until_ampersand(&mut self) -> &'a [u8] {
        let (pair, rest) = cut(self.rest, b'&');
        self.rest = rest;
        pair
    }
}

fn read_pair(pair: &[u8]) -> <Pairs<'_> as Iterator>::Item {
    if pair.contains(&b';') {
        return Err(QueryError::Semicolon);
    }
    let (key, value) = cut(pair, b'=');
    Ok((unescape(key, Mode::QueryComponent)?, unescape(value, Mode::QueryComponent)?))
}

/// What stands before and after the first `separator`; the second is empty when there is none.
fn cut(text: &[u8], separator: u8) -> (&[u8], &[u8]) {
    text.iter().position(|&byte| byte == separator).map_or((text, &[]), |at| (&text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: &[(&str, &str)], error: Option<&str>) {
        let (pairs, found) = parse(query.as_bytes());
        let expected: Vec<_> =
            expected.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec())).collect();
        assert_eq!(pairs, expected, "{query}");
        assert_eq!(found.map(|error| error.to_string()).as_deref(), error, "{query}");
    }

    #[test]
    fn pairs_and_errors() {
        let semicolon = Some("invalid semicolon separator in query");
        check("", &[], None);
        check("&&", &[], None);
        check("a", &[("a", "")], None);
        check("=", &[("", "")], None);
        check("=a", &[("", "a")], None);
        check("a=1&a=2&b", &[("a", "1"), ("a", "2"), ("b", "")], None);
        check("a=b=c", &[("a", "b=c")], None);
        check("a+b=c%2Bd%26", &[("a b", "c+d&")], None);
        check("a=1;b=2&c=3", &[("c", "3")], semicolon);
        check("a=%3B", &[("a", ";")], None);
        check("%z=1&b=%y&c", &[("c", "")], Some(r#"invalid URL escape "%z""#));
        check("%z&a;b", &[], semicolon);
        check("a;b&%z", &[], semicolon);
        check("a=%&b", &[("b", "")], Some(r#"invalid URL escape "%""#));
    }

    #[test]
    fn bytes_are_kept() {
        assert_eq!(parse(b"\xff=%FE").0, [(vec![0xff], vec![0xfe])]);
    }

    #[test]
    fn plain_pairs_are_borrowed() {
        let pair = pairs(b"a=b").next().unwrap().unwrap();
        assert!(matches!(pair, (Cow::Borrowed(b"a"), Cow::Borrowed(b"b"))));
    }

    #[test]
    fn the_limit_counts_separators() {
        let most = "&".repeat(MAX_PARAMETERS - 1);
        check(&most, &[], None);
        check(&format!("a{most}b"), &[("a", ""), ("b", "")], None);
        check(&format!("a{most}&b"), &[], Some("number of URL query parameters exceeded limit"));
        let mut refused = pairs(&[b'&'; MAX_PARAMETERS]);
        assert_eq!(refused.next(), Some(Err(QueryError::TooManyParameters)));
        assert_eq!(refused.next(), None);
    }
}
