//! From a request to its handler. Go's `ServeMux.ServeHTTP`.
//!
//! The usual request, whose path is clean and matches, is searched, gets its pattern and path values, and goes to its
//! handler, without allocating, locking or writing to what other threads write to. Everything else takes the general way
//! of [`decision`](crate::decision).
//!
//! A path as it came ([`Url::raw_path`](nethttp_core::url::Url::raw_path)) is searched with its escapes. Most requests have
//! none, since escaping their path anew gives the same: then the unescaped path has the same segments and is searched.

use nethttp_core::{Method, PathValues, Request, ResponseWriter, StatusCode, Text, error, not_found, redirect};
use nethttp_grammar::{host, path};

use crate::Found;
use crate::cell::NONE;
use crate::decision::{Decision, Goal, Subject};
use crate::hits::Hits;
use crate::miss::Miss;
use crate::registry::{Routing, Rules};
use crate::scratch::{Form, Scratch};
use crate::search::{Outcome, Query};
use crate::table::Table;

impl Routing {
    /// Answers a request.
    #[inline]
    pub(crate) fn serve(&self, hits: &Hits, w: &mut dyn ResponseWriter, r: &mut Request) {
        if *r.request_uri.as_bytes() == *b"*" {
            return refuse_asterisk(w, r);
        }
        match &self.rules {
            Rules::Patterns(table) => match find(table, r) {
                Quick::Route(route) => self.call(route, hits, w, r),
                Quick::Nothing => self.answer(&Decision::NotFound, hits, w, r),
                Quick::Unsure => self.serve_generally(hits, w, r),
            },
            Rules::Classic(_) => self.serve_generally(hits, w, r),
        }
    }

    #[cold]
    fn serve_generally(&self, hits: &Hits, w: &mut dyn ResponseWriter, r: &mut Request) {
        let decision = self.decide(r);
        if matches!(self.rules, Rules::Patterns(_)) {
            r.pattern = self.pattern_of(&decision);
        }
        self.answer(&decision, hits, w, r);
    }

    pub(crate) fn decide(&self, r: &Request) -> Decision {
        match &self.rules {
            Rules::Patterns(table) => table.decide(Subject::of(r)),
            Rules::Classic(classic) => classic.decide(Subject::of(r)),
        }
    }

    /// What a request's pattern is after the decision.
    pub(crate) fn pattern_of(&self, decision: &Decision) -> Text {
        match decision {
            Decision::Found { route, .. } | Decision::Redirect { pattern: Goal::Route(route), .. } => {
                self.routes[*route as usize].name.as_str().into()
            }
            Decision::Redirect { pattern: Goal::Path(path), .. } => path.as_slice().into(),
            _ => Text::EMPTY,
        }
    }

    /// Carries out a decision.
    pub(crate) fn answer(&self, decision: &Decision, hits: &Hits, w: &mut dyn ResponseWriter, r: &mut Request) {
        match decision {
            Decision::Found { route, values } => {
                for (name, value) in values {
                    r.set_path_value(name, value.as_bytes());
                }
                self.call(*route, hits, w, r);
            }
            Decision::Redirect { location, .. } => redirect(w, r, location, self.redirect_status()),
            Decision::NotAllowed(methods) => {
                w.header().set("Allow", methods.join(", "));
                match &self.method_not_allowed {
                    Some(handler) => handler.call(w, r, &self.miss(r, methods)),
                    None => error(w, "Method Not Allowed", StatusCode::METHOD_NOT_ALLOWED),
                }
            }
            Decision::NotFound => match &self.not_found {
                Some(handler) => handler.call(w, r, &self.miss(r, &[])),
                None => not_found(w, r),
            },
        }
    }

    #[inline]
    fn call(&self, route: u32, hits: &Hits, w: &mut dyn ResponseWriter, r: &mut Request) {
        hits.add(route);
        let route = &self.routes[route as usize];
        let _left_at_the_end = r.enter_route(&route.cost);
        route.handler.serve_http(w, r);
    }

    const fn redirect_status(&self) -> StatusCode {
        match self.rules {
            Rules::Patterns(_) => StatusCode::TEMPORARY_REDIRECT,
            Rules::Classic(_) => StatusCode::MOVED_PERMANENTLY,
        }
    }

    fn miss<'a>(&'a self, r: &Request, allowed: &'a [String]) -> Miss<'a> {
        let escaped = r.url.escaped_path();
        let is_connect = r.method == Method::CONNECT;
        let (host, path) = if is_connect {
            (r.host.as_bytes(), escaped.as_bytes().into())
        } else {
            (host::strip_port(r.host.as_bytes()), path::clean(escaped.as_bytes()))
        };
        Miss { routing: self, method: r.method.as_str().into(), host: host.into(), path: (&*path).into(), allowed }
    }
}

/// What is found at once.
enum Quick {
    /// Pattern and path values are set.
    Route(u32),
    /// No pattern matches, whatever the method.
    Nothing,
    /// It may be a redirect, or a matter of the method.
    Unsure,
}

/// Looks for the route of a request, and sets its pattern and path values.
#[inline]
fn find(table: &Table, r: &mut Request) -> Quick {
    if r.method == Method::CONNECT {
        return Quick::Unsure;
    }
    let host = if table.has_hosts { host::strip_port(r.host.as_bytes()) } else { b"" };
    let form = if r.url.raw_path.as_bytes().is_empty() { Form::Plain } else { form_of(r) };
    let path = if form == Form::Plain { &r.url.path } else { &r.url.raw_path };
    let wanted = table.methods.wanted(&r.method);
    let outcome = table.search::<true>(Query { wanted, host, path: path.as_bytes(), form });
    if outcome.slashed != NONE && table.slash_to_add(&outcome).is_some() {
        return Quick::Unsure;
    }
    let Some(pattern) = table.patterns.get(outcome.route as usize) else {
        let is_sure = !outcome.is_unclean && !outcome.is_seen;
        r.pattern.clear();
        return if is_sure { Quick::Nothing } else { Quick::Unsure };
    };
    r.pattern.assign_str(pattern.as_str());
    if !table.captures.of(outcome.route).is_empty() {
        let (url, values) = r.url_and_path_values();
        let path = if form == Form::Plain { &url.path } else { &url.raw_path };
        let Outcome { route, ends, form, .. } = outcome;
        set_values(values, path, Found { table, route, path: path.as_bytes(), ends, form });
    }
    Quick::Route(outcome.route)
}

/// Sets the path values that were found in `path`.
#[inline]
fn set_values(values: &mut PathValues, path: &Text, found: Found<'_, '_>) {
    // The names of a pattern are distinct; only those of an outer mux may come again.
    let is_first = values.is_empty();
    // If the path is UTF-8, then all of its segments are, and need not be looked at once more.
    let text = if path.is_utf8() { path.as_str() } else { "" };
    let mut spans = found.values();
    while let Some((name, span)) = spans.next_span() {
        let place = if is_first { values.new_place(name) } else { values.place(name) };
        match text.get(span.clone()) {
            Some(value) if found.form == Form::Plain || !value.contains('%') => place.assign_str(value),
            _ => set_unescaped(place, path.as_bytes().get(span).unwrap_or(&[]), found.form),
        }
    }
}

/// Sets a value that is not a part of the path's text.
#[cold]
fn set_unescaped(place: &mut Text, value: &[u8], form: Form) {
    if form == Form::Escaped && value.contains(&b'%') {
        place.assign(Scratch::unescaped(value).bytes());
    } else {
        place.assign(value);
    }
}

/// How to search for a path that has a spelling of its own: as it is spelled, if that is a spelling of it.
#[cold]
fn form_of(r: &Request) -> Form {
    if *r.url.escaped_path().as_bytes() == *r.url.raw_path.as_bytes() { Form::Escaped } else { Form::Plain }
}

/// `OPTIONS *` is for the server, and reaches a mux only as a mistake.
#[cold]
fn refuse_asterisk(w: &mut dyn ResponseWriter, r: &Request) {
    if r.proto_at_least(1, 1) {
        w.header().set("Connection", "close");
    }
    w.write_header(StatusCode::BAD_REQUEST);
}
