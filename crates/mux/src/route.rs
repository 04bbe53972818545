//! `Route`: a pattern with its handler, as registered; and what [`ServeMux::routes`](crate::ServeMux::routes) tells of it.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use nethttp_core::{Handler, RouteCost};

use crate::Pattern;

/// A registered pattern.
pub(crate) struct Route {
    pub(crate) name: RouteName,
    pub(crate) handler: Arc<dyn Handler>,
    /// What the engine learns of the handler.
    pub(crate) cost: RouteCost,
}

/// A pattern, or the text that a classic mux has in place of one.
#[derive(Clone)]
pub(crate) enum RouteName {
    Pattern(Arc<Pattern>),
    Classic { text: Box<str>, location: &'static Location<'static> },
}

impl RouteName {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Pattern(pattern) => pattern.as_str(),
            Self::Classic { text, .. } => text,
        }
    }

    pub(crate) fn location(&self) -> &'static Location<'static> {
        match self {
            Self::Pattern(pattern) => pattern.location(),
            Self::Classic { location, .. } => location,
        }
    }
}

/// One line of [`ServeMux::routes`](crate::ServeMux::routes). Prints as such.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteInfo {
    /// The pattern as it was registered.
    pub pattern: String,
    /// The method; empty for any.
    pub method: String,
    /// The host; empty for any.
    pub host: String,
    /// The path.
    pub path: String,
    /// Where the pattern was registered.
    pub location: &'static Location<'static>,
    /// How often the handler was called through the mux.
    pub hits: u64,
}

impl RouteInfo {
    pub(crate) fn new(name: &RouteName, hits: u64) -> Self {
        let (method, host, path) = match name {
            RouteName::Pattern(pattern) => (pattern.method(), pattern.host(), pattern.path()),
            RouteName::Classic { text, .. } => {
                let (host, path) = text.split_at(text.find('/').unwrap_or(0));
                ("", host, path)
            }
        };
        Self {
            pattern: name.as_str().to_owned(),
            method: method.to_owned(),
            host: host.to_owned(),
            path: path.to_owned(),
            location: name.location(),
            hits,
        }
    }
}

impl fmt::Display for RouteInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pattern, location, hits, .. } = self;
        write!(f, "{pattern}  ({}:{}, hits: {hits})", location.file(), location.line())
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Route").field(&self.name.as_str()).finish()
    }
}
