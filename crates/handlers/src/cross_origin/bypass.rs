//! `Bypass`: the patterns whose requests are not checked.
//!
//! A request matches only if a mux with these patterns would call the handler of one; where it would redirect instead,
//! the request does not match.

use nethttp_core::{METHOD_CONNECT, Request};
use nethttp_grammar::{host, path};
use nethttp_mux::{Found, Pattern, PatternError, Segment, Table};

/// Patterns of the mux, none of which conflict.
#[derive(Debug, Default)]
pub(super) struct Bypass {
    table: Option<Table>,
}

impl Bypass {
    #[track_caller]
    pub(super) fn add(&mut self, pattern: &str) -> Result<(), PatternError> {
        let pattern = Pattern::parse(pattern)?;
        let held = self.table.iter().flat_map(Table::patterns).cloned();
        self.table = Some(Table::new(held.chain([pattern]))?);
        Ok(())
    }

    pub(super) fn matches(&self, r: &Request) -> bool {
        self.table.as_ref().is_some_and(|table| matches(table, r))
    }
}

fn matches(table: &Table, r: &Request) -> bool {
    let path = r.url.escaped_path();
    let path = path.as_bytes();
    if r.method == METHOD_CONNECT {
        // Its path is not cleaned, and its redirect looks at the host of the target.
        return !is_redirected(table, r, r.url.host.as_bytes(), path)
            && table.find(&r.method, r.host.as_bytes(), path).is_some();
    }
    let host = host::strip_port(r.host.as_bytes());
    path::is_clean(path) && table.find(&r.method, host, path).is_some() && !is_redirected(table, r, host, path)
}

/// Whether the mux would redirect to the same path with a slash behind it.
fn is_redirected(table: &Table, r: &Request, host: &[u8], path: &[u8]) -> bool {
    let finds_exactly = |path: &[u8]| table.find(&r.method, host, path).is_some_and(|found| is_exact(&found, path));
    !path.is_empty() && !path.ends_with(b"/") && !finds_exactly(path) && finds_exactly(&[path, b"/"].concat())
}

/// Whether the pattern matches the path without leaving anything to a wildcard for the rest.
fn is_exact(found: &Found<'_, '_>, path: &[u8]) -> bool {
    let segments = found.pattern().segments();
    let takes_rest = matches!(segments.last(), Some(Segment::Multi(_)));
    !takes_rest || path.ends_with(b"/") && segments.len() == path.iter().filter(|&&byte| byte == b'/').count()
}
