//! URLs: parsing, printing, resolving, escaping, queries. Go's package `net/url`.
//!
//! A [`Url`] is a struct of public parts; [`parse`] and [`parse_request_uri`] fill it, `Display` writes it. [`Values`]
//! is a query or a form. Nothing here touches a network or allocates more than a small multiple of its input.

use std::borrow::Cow;

use nethttp_grammar::escape::{self, Mode};

pub use nethttp_grammar::escape::EscapeError;
pub use nethttp_grammar::query::QueryError;

pub use self::error::{Error, InvalidHostError, Reason};
pub use self::parts::Url;
pub use self::userinfo::Userinfo;
pub use self::values::Values;

use crate::Text;

mod error;
mod parse;
mod parts;
mod print;
mod resolve;
#[cfg(test)]
mod tests;
mod userinfo;
mod values;

/// Parses a URL, be it absolute or relative, perhaps with a fragment. Go's `url.Parse`.
///
/// # Errors
///
/// [`Error`] with the [`Reason`], for example a bad escape or a port that is no number.
///
/// ```
/// use nethttp_core::url;
///
/// let link = url::parse("https://user@example.com:8443/a%20b?q=1#top")?;
/// assert_eq!(link.hostname(), "example.com");
/// assert_eq!(link.path, "/a b");
/// assert_eq!(link.query().get("q"), "1");
/// assert_eq!(link.fragment, "top");
/// # Ok::<(), url::Error>(())
/// ```
pub fn parse(url: impl AsRef<[u8]>) -> Result<Url, Error> {
    let mut parsed = Url::default();
    parsed.assign(url.as_ref())?;
    Ok(parsed)
}

/// Parses what stands in a request line: an absolute URI or an absolute path, without a fragment. Go's
/// `url.ParseRequestURI`.
///
/// # Errors
///
/// As [`parse`], and for what is neither absolute nor begins with a slash.
///
/// ```
/// use nethttp_core::url;
///
/// assert_eq!(url::parse_request_uri("//a/b?c").unwrap().path, "//a/b");
/// let error = url::parse_request_uri("a/b").unwrap_err();
/// assert_eq!(error.to_string(), r#"parse "a/b": invalid URI for request"#);
/// ```
pub fn parse_request_uri(uri: impl AsRef<[u8]>) -> Result<Url, Error> {
    let mut parsed = Url::default();
    parsed.assign_request_uri(uri.as_ref())?;
    Ok(parsed)
}

/// The URL `base` with path elements added, cleaned of `.`, `..` and doubled slashes. Go's `url.JoinPath`.
///
/// # Errors
///
/// Those of [`parse`] for `base`, and a bad escape in an element.
///
/// ```
/// use nethttp_core::url;
///
/// assert_eq!(url::join_path("https://a.test/b/", ["../c", "d/"]).unwrap(), "https://a.test/c/d/");
/// ```
pub fn join_path<E: AsRef<[u8]>>(base: impl AsRef<[u8]>, elements: impl IntoIterator<Item = E>) -> Result<Text, Error> {
    let mut joined = parse(base)?;
    joined.join(elements).map_err(Error::bare)?;
    Ok(joined.to_text())
}

/// Escapes a text so that it can stand as one segment of a path. Go's `url.PathEscape`.
///
/// ```
/// use nethttp_core::url;
///
/// assert_eq!(url::path_escape("a/b c"), "a%2Fb%20c");
/// ```
#[must_use]
pub fn path_escape(segment: &(impl AsRef<[u8]> + ?Sized)) -> Cow<'_, str> {
    escape::escape(segment.as_ref(), Mode::PathSegment)
}

/// Undoes the escapes of a path segment; `+` stays. Go's `url.PathUnescape`.
///
/// # Errors
///
/// The first escape that is not a percent sign with two hexadecimal digits.
///
/// ```
/// use nethttp_core::url;
///
/// assert_eq!(url::path_unescape("a%2Fb+c").unwrap(), "a/b+c");
/// assert_eq!(url::path_unescape("%zz").unwrap_err().to_string(), r#"invalid URL escape "%zz""#);
/// ```
pub fn path_unescape(segment: impl AsRef<[u8]>) -> Result<Text, EscapeError> {
    Ok(Text::from(escape::unescape(segment.as_ref(), Mode::PathSegment)?))
}

/// Escapes a text so that it can stand as key or value in a query; a space becomes `+`. Go's `url.QueryEscape`.
///
/// ```
/// use nethttp_core::url;
///
/// assert_eq!(url::query_escape("a b&c"), "a+b%26c");
/// ```
#[must_use]
pub fn query_escape(text: &(impl AsRef<[u8]> + ?Sized)) -> Cow<'_, str> {
    escape::escape(text.as_ref(), Mode::QueryComponent)
}

/// Undoes the escapes of a key or a value of a query; `+` becomes a space. Go's `url.QueryUnescape`.
///
/// # Errors
///
/// As [`path_unescape`].
///
/// ```
/// use nethttp_core::url;
///
/// assert_eq!(url::query_unescape("a+b%26c").unwrap(), "a b&c");
/// ```
pub fn query_unescape(text: impl AsRef<[u8]>) -> Result<Text, EscapeError> {
    Ok(Text::from(escape::unescape(text.as_ref(), Mode::QueryComponent)?))
}

/// Parses a query: the pairs that are good, and beside them the error that Go's `url.ParseQuery` returns, if any.
///
/// ```
/// use nethttp_core::url;
///
/// let (values, error) = url::parse_query("a=1&b=2;c=3&a=4");
/// assert_eq!(values.values("a"), ["1", "4"]);
/// assert!(!values.has("b"));
/// assert_eq!(error.unwrap().to_string(), "invalid semicolon separator in query");
/// ```
#[must_use]
pub fn parse_query(query: impl AsRef<[u8]>) -> (Values, Option<QueryError>) {
    let mut values = Values::new();
    let error = values.add_query(query.as_ref());
    (values, error)
}

/// User information without a password. Go's `url.User`.
#[must_use]
pub fn user(username: impl Into<Text>) -> Userinfo {
    Userinfo::new(username)
}

/// User information with a password. Go's `url.UserPassword`.
#[must_use]
pub fn user_password(username: impl Into<Text>, password: impl Into<Text>) -> Userinfo {
    Userinfo::with_password(username, password)
}
