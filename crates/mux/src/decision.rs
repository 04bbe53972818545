//! `Decision`: what becomes of a request; and the general way to it, which is exact rather than fast.
//!
//! A request that is simply matched does not come here ([`dispatch`](crate::dispatch)). This is for redirects, CONNECT, what
//! is not found, and for those who only ask. Go's `ServeMux.findHandler`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use nethttp_core::url::Url;
use nethttp_core::{Method, Request, Text};
use nethttp_grammar::{host, path};

use crate::Found;
use crate::cell::NONE;
use crate::pattern::unescaped;
use crate::scratch::{Form, Scratch};
use crate::search::{Outcome, Query};
use crate::table::Table;

/// The parts of a request that matter to a mux.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) method: &'a Method,
    /// As the client sent it, perhaps with a port.
    pub(crate) host: &'a [u8],
    pub(crate) url: &'a Url,
}

/// What becomes of a request.
#[derive(Clone, Debug)]
pub(crate) enum Decision {
    /// A handler is called, with these path values.
    Found {
        route: u32,
        values: Vec<(String, Text)>,
    },
    /// The client is sent elsewhere, where this pattern will match; the pattern is empty if none will.
    Redirect {
        location: Vec<u8>,
        pattern: Goal,
    },
    /// These methods, sorted, would have matched.
    NotAllowed(Vec<String>),
    NotFound,
}

/// Where a redirect leads.
#[derive(Clone, Debug)]
pub(crate) enum Goal {
    Nowhere,
    Route(u32),
    /// The new path itself stands in place of the pattern.
    Path(Vec<u8>),
}

impl From<Vec<u8>> for Goal {
    fn from(path: Vec<u8>) -> Self {
        Self::Path(path)
    }
}

impl<'a> Subject<'a> {
    pub(crate) fn of(request: &'a Request) -> Self {
        Self { method: &request.method, host: request.host.as_bytes(), url: &request.url }
    }

    pub(crate) fn is_connect(self) -> bool {
        *self.method == Method::CONNECT
    }
}

impl Decision {
    pub(crate) fn redirect(location: Vec<u8>, route: u32) -> Self {
        Self::Redirect { location, pattern: if route == NONE { Goal::Nowhere } else { Goal::Route(route) } }
    }
}

impl Table {
    /// What becomes of a request.
    pub(crate) fn decide(&self, subject: Subject<'_>) -> Decision {
        let escaped = subject.url.escaped_path();
        let escaped = escaped.as_bytes();
        // CONNECT paths are taken as they come, and hosts with their ports.
        let (host, path) = if subject.is_connect() {
            (subject.url.host.as_bytes(), Cow::Borrowed(escaped))
        } else {
            (host::strip_port(subject.host), path::clean(escaped))
        };
        let mut outcome = self.look_up(subject.method, host, &path);
        if let Some(route) = self.slash_to_add(&outcome) {
            let slashed = [&*path, b"/"].concat();
            let pattern =
                if subject.is_connect() { Goal::Path(unescaped(&slashed).into()) } else { Goal::Route(route) };
            return Decision::Redirect { location: location(&slashed, subject.url), pattern };
        }
        if *path != *escaped {
            return Decision::redirect(location(&path, subject.url), outcome.route);
        }
        if subject.is_connect() {
            // The host asked for is looked at only now, and without a view to slashes.
            outcome = self.look_up(subject.method, subject.host, &path);
        }
        if outcome.route != NONE {
            let Outcome { route, ends, form, .. } = outcome;
            let found = Found { table: self, route, path: &path, ends, form };
            let values = found.values().map(|(name, value)| (name.to_owned(), Text::from(&*value))).collect();
            return Decision::Found { route, values };
        }
        match self.allowed_methods(host, &path) {
            methods if methods.is_empty() => Decision::NotFound,
            methods => Decision::NotAllowed(methods),
        }
    }

    /// Searches for an escaped path as it is.
    fn look_up(&self, method: &Method, host: &[u8], path: &[u8]) -> Outcome {
        self.search::<false>(Query { wanted: self.methods.wanted(method), host, path, form: Form::Escaped })
    }

    /// The route that a slash at the end of the path leads to, if it has to be added.
    #[inline]
    pub(crate) fn slash_to_add(&self, outcome: &Outcome) -> Option<u32> {
        let Outcome { route, slashed, .. } = *outcome;
        (slashed != NONE && (route == NONE || self.patterns[route as usize].is_multi())).then_some(slashed)
    }

    /// The methods with which a request for the path, or for it with a slash added, would match; sorted.
    pub(crate) fn allowed_methods(&self, host: &[u8], path: &[u8]) -> Vec<String> {
        let slashed = if path.ends_with(b"/") { None } else { Some([path, b"/"].concat()) };
        let mut routes = Vec::new();
        for path in [Some(path), slashed.as_deref()].into_iter().flatten() {
            let scratch = Scratch::canonical(path, Form::Escaped);
            self.collect_routes(self.site_of(host), scratch.bytes(), &mut routes);
            self.collect_routes(0, scratch.bytes(), &mut routes);
        }
        let mut methods: BTreeSet<&str> = routes
            .iter()
            .map(|&route| self.patterns[route as usize].method())
            .filter(|method| !method.is_empty())
            .collect();
        if methods.contains("GET") {
            methods.insert("HEAD");
        }
        methods.into_iter().map(str::to_owned).collect()
    }
}

/// The escaped path, with the query of `url`.
fn location(path: &[u8], url: &Url) -> Vec<u8> {
    let mut location = path.to_vec();
    if !url.raw_query.as_bytes().is_empty() {
        location.push(b'?');
        location.extend_from_slice(url.raw_query.as_bytes());
    }
    location
}
