//! `Url`: the parts of a URL as public fields. Go's `url.URL`.

use std::borrow::Cow;

use nethttp_grammar::escape::{self, Mode};

use super::{Userinfo, Values};
use crate::Text;

/// The parts of a URL.
///
/// The general form is `[scheme:][//[user@]host][/]path[?query][#fragment]`; a scheme without a slash after its colon
/// takes the form `scheme:opaque[?query][#fragment]`.
///
/// [`path`](Self::path) is unescaped, so that `/a%2Fb` and `/a/b` look alike there: where that matters use
/// [`escaped_path`](Self::escaped_path).
///
/// ```
/// use nethttp_core::url::Url;
///
/// let link = Url { scheme: "https".into(), host: "a.test".into(), path: "/x y".into(), ..Url::default() };
/// assert_eq!(link.to_string(), "https://a.test/x%20y");
/// ```
// A struct literal in Go programs, so neither private fields nor `#[non_exhaustive]`.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Url {
    /// The scheme in small letters, without its colon; empty in a relative URL.
    pub scheme: Text,
    /// What follows the scheme of a URL like `mailto:a@b`, escaped as it came.
    pub opaque: Text,
    /// User name and password.
    pub user: Option<Userinfo>,
    /// `host` or `host:port`; an IPv6 address stands in brackets. See [`hostname`](Self::hostname) and
    /// [`port`](Self::port).
    pub host: Text,
    /// The path, unescaped.
    pub path: Text,
    /// The path as it came, where escaping [`path`](Self::path) would spell it otherwise; else empty.
    pub raw_path: Text,
    /// There is a scheme and a path but no `//`, as in `file:/a`.
    pub omit_host: bool,
    /// A `?` stands there though the query is empty.
    pub force_query: bool,
    /// The query as it came, without the `?`.
    pub raw_query: Text,
    /// The fragment, unescaped, without the `#`.
    pub fragment: Text,
    /// The fragment as it came, where escaping [`fragment`](Self::fragment) would spell it otherwise; else empty.
    pub raw_fragment: Text,
}

impl Url {
    /// Empties all parts and keeps their buffers for the next URL.
    pub fn clear(&mut self) {
        self.scheme.clear();
        self.opaque.clear();
        self.user = None;
        self.host.clear();
        self.path.clear();
        self.raw_path.clear();
        self.omit_host = false;
        self.force_query = false;
        self.raw_query.clear();
        self.fragment.clear();
        self.raw_fragment.clear();
    }

    /// The path, escaped: as it came if it came that way, else in the default spelling. Go's `URL.EscapedPath`.
    ///
    /// ```
    /// use nethttp_core::url;
    ///
    /// assert_eq!(url::parse("/a%2Fb").unwrap().escaped_path(), "/a%2Fb");
    /// ```
    // pitfall E8: what was `%2F` in the request stays so.
    #[must_use]
    pub fn escaped_path(&self) -> Cow<'_, str> {
        match raw_of(&self.raw_path, &self.path, Mode::Path) {
            Some(raw) => Cow::Borrowed(raw),
            // The target of `OPTIONS *` is no path and stays as it is.
            None if self.path == "*" => Cow::Borrowed("*"),
            None => escape::escape(self.path.as_bytes(), Mode::Path),
        }
    }

    /// The fragment, escaped, as [`escaped_path`](Self::escaped_path) does it. Go's `URL.EscapedFragment`.
    #[must_use]
    pub fn escaped_fragment(&self) -> Cow<'_, str> {
        match raw_of(&self.raw_fragment, &self.fragment, Mode::Fragment) {
            Some(raw) => Cow::Borrowed(raw),
            None => escape::escape(self.fragment.as_bytes(), Mode::Fragment),
        }
    }

    /// The query's pairs, those that do not parse left out. Go's `URL.Query`.
    ///
    /// Parses anew at each call; [`parse_query`](super::parse_query) tells the errors too.
    #[must_use]
    pub fn query(&self) -> Values {
        super::parse_query(&self.raw_query).0
    }

    /// Whether there is a scheme. Go's `URL.IsAbs`.
    #[must_use]
    pub fn is_abs(&self) -> bool {
        !self.scheme.as_bytes().is_empty()
    }

    /// The host without its port, and without the brackets of an IPv6 address. Go's `URL.Hostname`.
    #[must_use]
    pub fn hostname(&self) -> Text {
        split_port(self.host.as_bytes()).0.into()
    }

    /// The port, without its colon; empty when there is none. Go's `URL.Port`.
    ///
    /// ```
    /// use nethttp_core::url;
    ///
    /// let link = url::parse("http://[::1]:8080/").unwrap();
    /// assert_eq!(link.hostname(), "::1");
    /// assert_eq!(link.port(), "8080");
    /// ```
    #[must_use]
    pub fn port(&self) -> Text {
        split_port(self.host.as_bytes()).1.into()
    }
}

/// The spelling as it came, if it is one of `plain`.
fn raw_of<'u>(raw: &'u Text, plain: &Text, mode: Mode) -> Option<&'u str> {
    let bytes = raw.as_bytes();
    if bytes.is_empty() || !escape::is_valid_encoded(bytes, mode) {
        return None;
    }
    is_spelling(bytes, plain.as_bytes()).then_some(raw.as_str())
}

/// Whether `raw` with its escapes undone is `plain`. Makes nothing: a mux asks it of each request that has a raw path.
fn is_spelling(raw: &[u8], mut plain: &[u8]) -> bool {
    let mut raw = raw;
    while let [first, rest @ ..] = raw {
        let byte;
        (byte, raw) = match (first, rest) {
            (b'%', [high, low, rest @ ..]) => match (escape::hex_value(*high), escape::hex_value(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, rest),
                _ => return false,
            },
            (b'%', _) => return false,
            (byte, rest) => (*byte, rest),
        };
        plain = match plain {
            [expected, rest @ ..] if *expected == byte => rest,
            _ => return false,
        };
    }
    plain.is_empty()
}

fn split_port(host_port: &[u8]) -> (&[u8], &[u8]) {
    let (host, port) = match host_port.iter().rposition(|&byte| byte == b':') {
        Some(colon) if is_port_text(&host_port[colon + 1..]) => (&host_port[..colon], &host_port[colon + 1..]),
        _ => (host_port, &[][..]),
    };
    match host {
        [b'[', inner @ .., b']'] => (inner, port),
        _ => (host, port),
    }
}

/// Digits, perhaps none.
pub(super) fn is_port_text(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}
