//! The rules of the mux, written down as they are said: every pattern is tried.

use std::collections::BTreeSet;

use nethttp_grammar::escape::{Mode, unescape};
use nethttp_grammar::path;
use nethttp_mux::{Pattern, Relation, Segment, Verdict};

/// The pattern that wins, of those that match.
pub(crate) fn find<'p>(patterns: &'p [Pattern], method: &str, host: &[u8], path: &[u8]) -> Option<&'p Pattern> {
    let matching = patterns.iter().filter(|pattern| pattern.matches(method, host, path));
    matching.reduce(|best, pattern| match (best.host().is_empty(), pattern.host().is_empty()) {
        (true, false) => pattern,
        (false, true) => best,
        _ if pattern.compare(best) == Relation::MoreSpecific => pattern,
        _ => best,
    })
}

/// What the wildcards of a pattern stand for in a path that matches.
pub(crate) fn values(pattern: &Pattern, path: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut rest = &path[1..];
    let mut values = Vec::new();
    for segment in pattern.segments() {
        let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
        let part = if matches!(segment, Segment::Multi(_)) { rest } else { &rest[..end] };
        if let Some(name) = segment.name() {
            let value = unescape(part, Mode::PathSegment).map_or(part.to_vec(), |value| value.into_owned());
            values.push((name.to_owned(), value));
        }
        rest = rest.get(end + 1..).unwrap_or(&[]);
    }
    values
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Decision {
    Matched(String),
    /// With the pattern, or the path in its place.
    Redirected(String, String),
    MethodNotAllowed(Vec<String>),
    NotFound,
}

impl Decision {
    pub(crate) fn pattern(&self) -> &str {
        match self {
            Self::Matched(pattern) | Self::Redirected(_, pattern) => pattern,
            _ => "",
        }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        match self {
            Self::Matched(pattern) => Verdict::Matched(pattern.clone()),
            Self::Redirected(location, _) => Verdict::Redirected(location.as_str().into()),
            Self::MethodNotAllowed(methods) => Verdict::MethodNotAllowed(methods.clone()),
            Self::NotFound => Verdict::NotFound,
        }
    }
}

/// What becomes of a request for an escaped path.
pub(crate) fn decide(patterns: &[Pattern], method: &str, host: &[u8], escaped: &[u8]) -> Decision {
    let is_connect = method == "CONNECT";
    // The host of a CONNECT target alone is looked at for redirects; it has none here.
    let (host_of_target, cleaned) = if is_connect { (&b""[..], escaped.into()) } else { (host, path::clean(escaped)) };
    let found = find(patterns, method, host_of_target, &cleaned);
    let slashed = [&*cleaned, b"/"].concat();
    let with_slash = find(patterns, method, host_of_target, &slashed).filter(|pattern| is_exact(pattern, &slashed));
    if let Some(pattern) = with_slash
        && !cleaned.ends_with(b"/")
        && !found.is_some_and(|pattern| is_exact(pattern, &cleaned))
    {
        let name = if is_connect { text(&unescape(&slashed, Mode::Path).unwrap()) } else { pattern.to_string() };
        return Decision::Redirected(text(&slashed), name);
    }
    if *cleaned != *escaped {
        return Decision::Redirected(text(&cleaned), found.map_or(String::new(), Pattern::to_string));
    }
    if let Some(pattern) = find(patterns, method, host, &cleaned) {
        return Decision::Matched(pattern.to_string());
    }
    let paths = if cleaned.ends_with(b"/") { vec![&*cleaned] } else { vec![&*cleaned, &*slashed] };
    let allowing = patterns
        .iter()
        .filter(|pattern| pattern.allows_host(host_of_target) && paths.iter().any(|path| pattern.matches_path(path)));
    let mut methods: BTreeSet<&str> = allowing.map(Pattern::method).filter(|method| !method.is_empty()).collect();
    if methods.contains("GET") {
        methods.insert("HEAD");
    }
    match methods.is_empty() {
        true => Decision::NotFound,
        false => Decision::MethodNotAllowed(methods.into_iter().map(str::to_owned).collect()),
    }
}

/// Whether nothing is left to a multi.
fn is_exact(pattern: &Pattern, path: &[u8]) -> bool {
    let is_multi = matches!(pattern.segments().last(), Some(Segment::Multi(_)));
    let slashes = path.iter().filter(|&&byte| byte == b'/').count();
    !is_multi || path.ends_with(b"/") && pattern.segments().len() == slashes
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
