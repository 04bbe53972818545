//! `Pattern`: the requests that a route is for, `[METHOD ][HOST]/PATH`.
//!
//! Parsing and the naive definition of matching, against which the search is tested; the search itself never comes here.
//! Go's `http.ServeMux` patterns of 1.22 and later.
//!
//! Differences: an empty literal segment (`/a//b`) matches an empty segment only, which CONNECT paths alone can have; in
//! Go it acts as a wildcard without a name.

use std::fmt;
use std::panic::Location;
use std::str::FromStr;

use nethttp_grammar::escape::{Mode, unescape};

use crate::PatternError;
use crate::syntax::{self, Span};

/// A parsed pattern: an optional method, an optional host, and a path of segments.
///
/// ```
/// use nethttp_mux::{Pattern, Segment};
///
/// let pattern = Pattern::parse("GET example.com/b/{bucket}/o/{name...}")?;
/// assert_eq!(pattern.method(), "GET");
/// assert_eq!(pattern.host(), "example.com");
/// assert_eq!(pattern.path(), "/b/{bucket}/o/{name...}");
/// assert_eq!(pattern.segments()[1], Segment::Wild("bucket".into()));
/// assert!(pattern.matches("HEAD", b"example.com", b"/b/x/o/y%2Fz/w"));
/// # Ok::<(), nethttp_mux::PatternError>(())
/// ```
#[derive(Clone)]
pub struct Pattern {
    text: Box<str>,
    method: Span,
    host: Span,
    path: Span,
    /// Invariant: not empty, and only the last may be [`Segment::Multi`].
    segments: Box<[Segment]>,
    location: &'static Location<'static>,
}

/// One step of a pattern's path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// This text, unescaped; it need not be UTF-8.
    Literal(Box<[u8]>),
    /// `{name}`: any one segment.
    Wild(Box<str>),
    /// `{name...}`: all segments that remain, at least a slash. A trailing slash is one without a name.
    Multi(Box<str>),
    /// `{$}`: a trailing slash and nothing after it. A literal `%2F` is the same, also before the end.
    End,
}

impl Pattern {
    /// Parses a pattern and remembers the caller as the place where it was registered.
    ///
    /// # Errors
    ///
    /// [`PatternError`] with the offset and the reason, if the pattern is not valid.
    #[track_caller]
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let location = Location::caller();
        let parts = syntax::check(text.as_bytes()).map_err(|invalid| PatternError::invalid(text, invalid))?;
        let segments = parts.path.of(text)[1..].split('/');
        let last = segments.clone().count() - 1;
        let segments = segments.enumerate().map(|(at, segment)| Segment::parse(segment, at == last)).collect();
        Ok(Self { text: text.into(), method: parts.method, host: parts.host, path: parts.path, segments, location })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The method; empty for any.
    #[must_use]
    pub fn method(&self) -> &str {
        self.method.of(&self.text)
    }

    /// The host; empty for any.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.of(&self.text)
    }

    /// The path as it was written.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path.of(&self.text)
    }

    /// The steps of the path, at least one.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Where the pattern was registered.
    #[must_use]
    pub const fn location(&self) -> &'static Location<'static> {
        self.location
    }

    /// The names of the wildcards, in the order of the path.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(Segment::name)
    }

    /// Whether a request matches, whatever other patterns there are.
    ///
    /// `host` is without its port, `path` escaped and clean; a path that does not begin with a slash matches nothing.
    #[must_use]
    pub fn matches(&self, method: &str, host: &[u8], path: &[u8]) -> bool {
        self.allows_method(method) && self.allows_host(host) && self.matches_path(path)
    }

    /// Whether the method matches: GET also for HEAD.
    #[must_use]
    pub fn allows_method(&self, method: &str) -> bool {
        let own = self.method();
        own.is_empty() || own == method || own == "GET" && method == "HEAD"
    }

    /// Whether the host, without its port, matches.
    #[must_use]
    pub fn allows_host(&self, host: &[u8]) -> bool {
        self.host().is_empty() || self.host().as_bytes() == host
    }

    /// Whether the path, escaped and clean, matches.
    #[must_use]
    pub fn matches_path(&self, path: &[u8]) -> bool {
        let [b'/', rest @ ..] = path else {
            return false;
        };
        let mut steps = rest.split(|&byte| byte == b'/').peekable();
        for segment in &self.segments {
            if matches!(segment, Segment::Multi(_)) {
                return steps.peek().is_some();
            }
            let Some(step) = steps.next() else {
                return false;
            };
            // An empty step at the end is the trailing slash.
            let is_slash = step.is_empty() && steps.peek().is_none();
            let step = if is_slash { b"/".into() } else { unescaped(step) };
            let is_match = match segment {
                Segment::Literal(text) => !is_slash && **text == *step,
                Segment::End => *step == *b"/",
                _ => *step != *b"/",
            };
            if !is_match {
                return false;
            }
        }
        steps.next().is_none()
    }

    pub(crate) fn is_multi(&self) -> bool {
        matches!(self.segments.last(), Some(Segment::Multi(_)))
    }
}

impl Segment {
    /// Reads a segment of a valid pattern.
    fn parse(segment: &str, is_last: bool) -> Self {
        if segment.is_empty() && is_last {
            return Self::Multi("".into());
        }
        let Some(inner) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            return match &*unescaped(segment.as_bytes()) {
                b"/" => Self::End,
                text => Self::Literal(text.into()),
            };
        };
        match inner.strip_suffix("...") {
            _ if inner == "$" => Self::End,
            Some(name) => Self::Multi(name.into()),
            None => Self::Wild(inner.into()),
        }
    }

    /// The name by which a request gives the value; `None` for what is not named.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Wild(name) | Self::Multi(name) if !name.is_empty() => Some(name),
            _ => None,
        }
    }
}

/// `segment` unescaped, or as it is if its escapes are not valid.
pub(crate) fn unescaped(segment: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    unescape(segment, Mode::PathSegment).unwrap_or(segment.into())
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}
