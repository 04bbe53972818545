//! Why a request is refused, and why an origin cannot be trusted. Texts are Go's.

use std::fmt;

use nethttp_core::Text;
use nethttp_core::url;
use nethttp_grammar::quote::quote;

/// Why [`CrossOriginProtection`](crate::CrossOriginProtection) refuses a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrossOriginError {
    /// `Sec-Fetch-Site` says that it comes from elsewhere.
    SecFetchSite,
    /// There is no `Sec-Fetch-Site`, and `Origin` is of another host than the request.
    OriginIsNotHost,
}

impl fmt::Display for CrossOriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SecFetchSite => "cross-origin request detected from Sec-Fetch-Site header",
            Self::OriginIsNotHost => {
                "cross-origin request detected, and/or browser is out of date: Sec-Fetch-Site is missing, and Origin \
                 does not match Host"
            }
        })
    }
}

impl std::error::Error for CrossOriginError {}

/// A text that is no origin, given to
/// [`add_trusted_origin`](crate::CrossOriginProtection::add_trusted_origin).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginError {
    origin: Text,
    fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Url(url::Error),
    NoScheme,
    NoHost,
    MoreThanOrigin,
}

/// Whether `origin` has the form `scheme://host[:port]`.
pub(super) fn check_origin(origin: &[u8]) -> Result<(), OriginError> {
    let parsed = match url::parse(origin) {
        Ok(parsed) => parsed,
        Err(error) => return Err(OriginError { origin: origin.into(), fault: Fault::Url(error) }),
    };
    let is_empty = |part: &Text| part.as_bytes().is_empty();
    let fault = if is_empty(&parsed.scheme) {
        Fault::NoScheme
    } else if is_empty(&parsed.host) {
        Fault::NoHost
    } else if [&parsed.path, &parsed.raw_query, &parsed.fragment].into_iter().all(is_empty) {
        return Ok(());
    } else {
        Fault::MoreThanOrigin
    };
    Err(OriginError { origin: origin.into(), fault })
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid origin {}: ", quote(self.origin.as_bytes()))?;
        match &self.fault {
            Fault::Url(error) => error.fmt(f),
            Fault::NoScheme => f.write_str("scheme is required"),
            Fault::NoHost => f.write_str("host is required"),
            Fault::MoreThanOrigin => f.write_str("path, query, and fragment are not allowed"),
        }
    }
}

impl std::error::Error for OriginError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.fault {
            Fault::Url(error) => Some(error),
            _ => None,
        }
    }
}
