//! `Classic`: the matching of Go 1.21 (`GODEBUG=httpmuxgo121=1`).
//!
//! A pattern is a text: a path, perhaps with a host before it. It matches a path that is the same, or if it ends in a slash
//! one that begins so; the longest wins, one with a host before one without. Braces, spaces and percent signs are nothing
//! special, and paths are compared unescaped.

use nethttp_core::url::Url;
use nethttp_grammar::{host, path};

use crate::cell::NONE;
use crate::decision::{Decision, Subject};
use crate::scratch::Scratch;
use crate::table::hash_of;
use crate::text_map::TextMap;

/// The patterns of a classic mux.
#[derive(Debug)]
pub(crate) struct Classic {
    texts: TextMap,
    /// Whether some pattern does not begin with a slash; without one hosts are not looked at.
    has_hosts: bool,
    /// The length of the longest pattern that ends in a slash; 0 if there is none.
    longest_tree: usize,
}

/// All patterns are in one space.
const SPACE: u32 = 0;

impl Classic {
    /// Patterns in the order of their numbers, no two the same and none empty.
    pub(crate) fn new<'p>(patterns: impl Iterator<Item = &'p str> + Clone) -> Self {
        let has_hosts = patterns.clone().any(|pattern| !pattern.starts_with('/'));
        let trees = patterns.clone().filter(|pattern| pattern.ends_with('/'));
        let longest_tree = trees.map(str::len).max().unwrap_or(0);
        let texts = patterns.zip(0..).map(|(pattern, number)| (SPACE, pattern.as_bytes().to_vec(), number)).collect();
        Self { texts: TextMap::new(texts), has_hosts, longest_tree }
    }

    /// What becomes of a request.
    pub(crate) fn decide(&self, subject: Subject<'_>) -> Decision {
        let Subject { url, .. } = subject;
        if subject.is_connect() {
            return match self.add_slash(url.host.as_bytes(), url.path.as_bytes(), url) {
                Some(redirect) => redirect,
                None => self.handler(subject.host, url.path.as_bytes()),
            };
        }
        let host = host::strip_port(subject.host);
        let cleaned = path::clean(url.path.as_bytes());
        if let Some(redirect) = self.add_slash(host, &cleaned, url) {
            return redirect;
        }
        if *cleaned != *url.path.as_bytes() {
            let route = self.find(host, &cleaned);
            return Decision::redirect(location(&cleaned, url), route);
        }
        self.handler(host, &cleaned)
    }

    fn handler(&self, host: &[u8], path: &[u8]) -> Decision {
        match self.find(host, path) {
            NONE => Decision::NotFound,
            route => Decision::Found { route, values: Vec::new() },
        }
    }

    /// The redirect to the path with a slash added, if that is registered and the path is not.
    fn add_slash(&self, host: &[u8], path: &[u8], url: &Url) -> Option<Decision> {
        if path.is_empty() || path.ends_with(b"/") || self.longest_tree == 0 || self.has(path) {
            return None;
        }
        let host = if self.has_hosts { host } else { b"" };
        let joined = Scratch::joined(&[host, path, b"/"]);
        let with_host = joined.bytes();
        let slashed = &with_host[host.len()..];
        let is_there = !self.has(&with_host[..with_host.len() - 1]) && (self.has(slashed) || self.has(with_host));
        is_there.then(|| Decision::Redirect { location: location(slashed, url), pattern: slashed.to_vec().into() })
    }

    /// The route for a path, or [`NONE`].
    pub(crate) fn find(&self, host: &[u8], path: &[u8]) -> u32 {
        if self.has_hosts {
            let route = self.find_text(Scratch::joined(&[host, path]).bytes());
            if route != NONE {
                return route;
            }
        }
        self.find_text(path)
    }

    /// The text itself, or the longest that ends in a slash with which it begins.
    fn find_text(&self, text: &[u8]) -> u32 {
        let exact = self.get(text);
        if exact != NONE {
            return exact;
        }
        // Hashing each beginning of a long path of slashes would take the square of its length.
        let start = &text[..text.len().min(self.longest_tree)];
        let slashes = start.iter().enumerate().rev().filter(|(_, byte)| **byte == b'/');
        slashes.map(|(at, _)| self.get(&start[..=at])).find(|&route| route != NONE).unwrap_or(NONE)
    }

    fn has(&self, text: &[u8]) -> bool {
        self.get(text) != NONE
    }

    fn get(&self, text: &[u8]) -> u32 {
        self.texts.get(SPACE, text, hash_of(text))
    }
}

/// The path and the query of `url`, as one writes them.
fn location(path: &[u8], url: &Url) -> Vec<u8> {
    let target = Url { path: path.into(), raw_query: url.raw_query.clone(), ..Url::default() };
    target.to_text().into_bytes()
}
