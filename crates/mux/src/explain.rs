//! `Explanation`: what becomes of a request, and why; for people.
//!
//! Made by looking at every pattern by itself ([`Pattern::matches`](crate::Pattern::matches)), so that it also checks the
//! search: tests compare the two.

use std::fmt;
use std::panic::Location;

use nethttp_core::url::Url;
use nethttp_core::{Method, Text};
use nethttp_grammar::{host, path};

use crate::conflict::Relation;
use crate::decision::{Decision, Subject};
use crate::registry::{Routing, Rules};
use crate::route::RouteName;
use crate::{Pattern, Segment};

/// The answer of [`ServeMux::explain`](crate::ServeMux::explain). Prints as a few lines of text.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// The method asked about.
    pub method: Text,
    /// The host that is looked for: without its port, but for CONNECT.
    pub host: Text,
    /// The path that is looked for: cleaned, but for CONNECT.
    pub path: Text,
    /// The patterns that match, or would but for one thing; the winner first.
    pub candidates: Vec<Candidate>,
    /// What becomes of the request.
    pub verdict: Verdict,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The handler of this pattern answers.
    Matched(String),
    /// The mux sends the client to this path.
    Redirected(Text),
    /// Only other methods match: these, sorted.
    MethodNotAllowed(Vec<String>),
    /// Nothing matches.
    NotFound,
}

/// A pattern that has to do with a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// The pattern as it was registered.
    pub pattern: String,
    /// Where it was registered.
    pub location: &'static Location<'static>,
    /// How it stands with the request.
    pub standing: Standing,
}

/// How a pattern stands with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Standing {
    /// It matches, and is chosen.
    Wins,
    /// It matches, but the winner names the host.
    LosesByHost,
    /// It matches, but the path of the winner is more specific: it matches fewer paths.
    LosesByPath,
    /// It matches, but the winner, whose path is the same, matches fewer methods.
    LosesByMethod,
    /// It would match with a slash at the end of the path.
    NeedsSlash,
    /// It would match with another method.
    OtherMethod,
    /// It would match with another host.
    OtherHost,
}

impl Explanation {
    /// The pattern whose handler answers, if one does.
    #[must_use]
    pub fn winner(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Matched(pattern) => Some(pattern),
            _ => None,
        }
    }
}

impl Routing {
    /// Explains what becomes of a request for an escaped path.
    pub(crate) fn explain(&self, method: &str, host: &[u8], path: &[u8]) -> Explanation {
        let is_connect = method == "CONNECT";
        let (sought_host, cleaned) =
            if is_connect { (host, path.into()) } else { (host::strip_port(host), path::clean(path)) };
        let standing = |name: &RouteName| match name {
            RouteName::Pattern(pattern) => standing(pattern, method, sought_host, &cleaned),
            RouteName::Classic { text, .. } => classic_standing(text, sought_host, &cleaned),
        };
        let names = self.routes.iter().map(|route| &route.name);
        let mut candidates: Vec<_> = names.filter_map(|name| Some((name, standing(name)?))).collect();
        // Of those that match each two are comparable, so that the least of all is the winner.
        let winner = candidates.iter().filter(|(_, standing)| *standing == Standing::Wins).map(|(name, _)| *name);
        let winner = winner.reduce(|best, name| if loss(name, best).is_some() { name } else { best });
        for (name, standing) in &mut candidates {
            if *standing == Standing::Wins
                && let Some(loss) = winner.and_then(|winner| loss(winner, name))
            {
                *standing = loss;
            }
        }
        candidates.sort_by_key(|(_, standing)| *standing);
        let candidate = |(name, standing): (&RouteName, Standing)| Candidate {
            pattern: name.as_str().to_owned(),
            location: name.location(),
            standing,
        };
        Explanation {
            method: method.into(),
            host: sought_host.into(),
            path: (&*cleaned).into(),
            candidates: candidates.into_iter().map(candidate).collect(),
            verdict: self.verdict(method, host, path),
        }
    }

    /// What the search says.
    fn verdict(&self, method: &str, host: &[u8], path: &[u8]) -> Verdict {
        let Ok(method) = Method::from_bytes(method.as_bytes()) else {
            return Verdict::NotFound;
        };
        let unescaped = crate::pattern::unescaped(path);
        // A raw path that is no spelling of the path is ignored; the path alone then has to do.
        let url = Url { path: (&*unescaped).into(), raw_path: path.into(), ..Url::default() };
        let subject = Subject { method: &method, host, url: &url };
        let decision = match &self.rules {
            Rules::Patterns(table) => table.decide(subject),
            Rules::Classic(classic) => classic.decide(subject),
        };
        match decision {
            Decision::Found { route, .. } => Verdict::Matched(self.routes[route as usize].name.as_str().to_owned()),
            Decision::Redirect { location, .. } => Verdict::Redirected(location.into()),
            Decision::NotAllowed(methods) => Verdict::MethodNotAllowed(methods),
            Decision::NotFound => Verdict::NotFound,
        }
    }
}

/// How a pattern stands with a request, leaving aside other patterns.
fn standing(pattern: &Pattern, method: &str, host: &[u8], path: &[u8]) -> Option<Standing> {
    let needs_slash = !pattern.matches_path(path);
    if needs_slash && !matches_exactly(pattern, path) {
        return None;
    }
    Some(match (pattern.allows_host(host), pattern.allows_method(method)) {
        (true, true) if needs_slash => Standing::NeedsSlash,
        (true, true) => Standing::Wins,
        (true, false) => Standing::OtherMethod,
        (false, true) => Standing::OtherHost,
        (false, false) => return None,
    })
}

/// Whether the path with a slash added matches, and the slash is the last that does.
fn matches_exactly(pattern: &Pattern, path: &[u8]) -> bool {
    let slashed = [path, b"/"].concat();
    let is_last = match pattern.segments().last() {
        Some(Segment::Multi(_)) => pattern.segments().len() == slashed.iter().filter(|&&byte| byte == b'/').count(),
        _ => true,
    };
    !path.is_empty() && !path.ends_with(b"/") && is_last && pattern.matches_path(&slashed)
}

fn classic_standing(text: &str, host: &[u8], path: &[u8]) -> Option<Standing> {
    let matches = |path: &[u8]| path == text.as_bytes() || text.ends_with('/') && path.starts_with(text.as_bytes());
    let unescaped = crate::pattern::unescaped(path);
    (matches(&unescaped) || matches(&[host, &unescaped].concat())).then_some(Standing::Wins)
}

/// By which rule `other` loses to `winner`, both of which match; `None` if it does not.
fn loss(winner: &RouteName, other: &RouteName) -> Option<Standing> {
    match (winner, other) {
        (RouteName::Pattern(winner), RouteName::Pattern(other)) => {
            if winner.host() != other.host() {
                return other.host().is_empty().then_some(Standing::LosesByHost);
            }
            match (winner.compare_paths(other), winner.compare_methods(other)) {
                (Relation::MoreSpecific, Relation::MoreSpecific | Relation::Equivalent) => Some(Standing::LosesByPath),
                (Relation::Equivalent, Relation::MoreSpecific) => Some(Standing::LosesByMethod),
                _ => None,
            }
        }
        (winner, other) => {
            let (winner, other) = (winner.as_str(), other.as_str());
            match (winner.starts_with('/'), other.starts_with('/')) {
                (false, true) => Some(Standing::LosesByHost),
                (true, false) => None,
                _ => (winner.len() > other.len()).then_some(Standing::LosesByPath),
            }
        }
    }
}

impl Standing {
    fn words(self) -> &'static str {
        match self {
            Self::Wins => "matches and is chosen",
            Self::LosesByHost => "matches, but the chosen pattern names the host",
            Self::LosesByPath => "matches, but the chosen pattern has a more specific path",
            Self::LosesByMethod => "matches, but the chosen pattern has a more specific method",
            Self::NeedsSlash => "would match with a slash at the end of the path",
            Self::OtherMethod => "would match with another method",
            Self::OtherHost => "would match with another host",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Matched(pattern) => write!(f, "answered by {pattern}"),
            Self::Redirected(location) => write!(f, "redirected to {location}"),
            Self::MethodNotAllowed(methods) => write!(f, "method not allowed; allowed: {}", methods.join(", ")),
            Self::NotFound => f.write_str("not found"),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}: {}", self.method, self.host, self.path, self.verdict)?;
        for Candidate { pattern, location, standing } in &self.candidates {
            write!(f, "\n  {pattern} ({}:{}) {standing}", location.file(), location.line())?;
        }
        if self.candidates.is_empty() {
            f.write_str("\n  no pattern matches, with any host or method")?;
        }
        Ok(())
    }
}
