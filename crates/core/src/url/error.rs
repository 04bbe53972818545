//! Why a URL did not parse. Go's `url.Error`, `url.InvalidHostError` and the texts of `net/url`.

use std::fmt;
use std::io;

use nethttp_grammar::quote::quote;

use super::EscapeError;
use crate::Text;

/// A URL that did not parse: what was tried, on which text, and why. Go's `url.Error`.
///
/// ```
/// use nethttp_core::url;
///
/// let error = url::parse("http://a:x/").unwrap_err();
/// assert_eq!(error.to_string(), r#"parse "http://a:x/": invalid port ":x" after host"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    /// What was tried: `"parse"`, or nothing for a path element that [`join_path`](super::join_path) refused, which
    /// Go reports by its reason alone.
    pub op: &'static str,
    /// The text at fault; empty where [`op`](Self::op) is.
    pub url: Text,
    /// The reason.
    pub err: Reason,
}

impl Error {
    pub(super) fn new(url: &[u8], err: Reason) -> Self {
        Self { op: "parse", url: url.into(), err }
    }

    pub(super) const fn bare(err: Reason) -> Self {
        Self { op: "", url: Text::EMPTY, err }
    }

    /// The reason. Go's `Error.Unwrap`.
    #[must_use]
    pub const fn unwrap(&self) -> &Reason {
        &self.err
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.op.is_empty() {
            return self.err.fmt(f);
        }
        write!(f, "{} {}: {}", self.op, quote(self.url.as_bytes()), self.err)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.err)
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}

/// Why a URL was refused. `Display` is Go's text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing at all stands where a request target should.
    Empty,
    /// A control character stands in the URL.
    ControlCharacter,
    /// It begins with a colon.
    MissingScheme,
    /// A request target that is neither absolute nor begins with a slash.
    InvalidRequestUri,
    /// A relative path whose first segment reads like a scheme.
    ColonInFirstSegment,
    /// Before the `@` stands what may not.
    InvalidUserinfo,
    /// A bracket elsewhere than first in the host, or an IPv4 address in brackets.
    InvalidIpLiteral,
    /// A bracket that is not closed.
    MissingBracket,
    /// What follows the host is no colon with digits.
    InvalidPort(Text),
    /// What stands in brackets is no address.
    InvalidAddress(Text),
    /// A byte that no host may hold.
    InvalidHost(InvalidHostError),
    /// A bad percent escape.
    Escape(EscapeError),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty url"),
            Self::ControlCharacter => f.write_str("net/url: invalid control character in URL"),
            Self::MissingScheme => f.write_str("missing protocol scheme"),
            Self::InvalidRequestUri => f.write_str("invalid URI for request"),
            Self::ColonInFirstSegment => f.write_str("first path segment in URL cannot contain colon"),
            Self::InvalidUserinfo => f.write_str("net/url: invalid userinfo"),
            Self::InvalidIpLiteral => f.write_str("invalid IP-literal"),
            Self::MissingBracket => f.write_str("missing ']' in host"),
            Self::InvalidPort(port) => write!(f, "invalid port {} after host", quote(port.as_bytes())),
            Self::InvalidAddress(address) => {
                write!(f, "invalid host: ParseAddr({}): unable to parse IP", quote(address.as_bytes()))
            }
            Self::InvalidHost(error) => error.fmt(f),
            Self::Escape(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Reason {}

impl From<EscapeError> for Reason {
    fn from(error: EscapeError) -> Self {
        match error.bytes() {
            &[byte, ..] if error.is_host_byte() => Self::InvalidHost(InvalidHostError(byte)),
            _ => Self::Escape(error),
        }
    }
}

/// A byte that may not stand in a host. Go's `url.InvalidHostError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidHostError(u8);

impl InvalidHostError {
    /// The byte at fault.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self.0
    }
}

impl fmt::Display for InvalidHostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid character {} in host name", quote(&[self.0]))
    }
}

impl std::error::Error for InvalidHostError {}
