//! Those that are compared, each with the routes in its own spelling.
//!
//! The others are given each path once, since they know no methods: one route for all of its methods.

use std::collections::HashMap;
use std::hint::black_box;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nethttp_core::{Handler, Header, Request, ResponseWriter, StatusCode};
use nethttp_mux::{Pattern, ServeMux, Table};

use crate::sets::{self, Route};

/// One that finds routes.
pub(crate) trait Contender {
    /// Looks a request up, and tells the values of the wildcards to `value`; gives what stands for the route.
    fn find(&mut self, request: &sets::Request, value: impl FnMut(&[u8])) -> Option<usize>;

    /// What [`find`](Self::find) gives for the route with this index.
    fn id(&self, route: usize) -> usize;
}

/// Our search alone, with methods.
pub(crate) struct Bare(Table);

/// Our mux, from a request to a handler that reads the values.
pub(crate) struct Whole {
    mux: ServeMux,
    request: Request,
    called: Arc<AtomicUsize>,
}

pub(crate) struct Matchit(matchit::Router<usize>, Vec<usize>);

pub(crate) struct Wayfind(wayfind::Router<usize>, Vec<usize>);

pub(crate) struct PathTree(path_tree::PathTree<usize>, Vec<usize>);

impl Bare {
    pub(crate) fn new(routes: &[Route]) -> Self {
        let patterns = routes.iter().map(|route| Pattern::parse(&pattern(route)).unwrap_or_else(|e| panic!("{e}")));
        Self(Table::new(patterns).unwrap_or_else(|error| panic!("{error}")))
    }
}

impl Contender for Bare {
    #[inline]
    fn find(&mut self, request: &sets::Request, mut value: impl FnMut(&[u8])) -> Option<usize> {
        let found = self.0.find(&request.method, b"", request.path.as_bytes())?;
        for (_, bytes) in found.values() {
            value(&bytes);
        }
        Some(found.index())
    }

    fn id(&self, route: usize) -> usize {
        route
    }
}

impl Whole {
    pub(crate) fn new(routes: &[Route]) -> Self {
        let mux = ServeMux::new();
        let called = Arc::new(AtomicUsize::new(usize::MAX));
        for (index, route) in routes.iter().enumerate() {
            let called = called.clone();
            mux.handle_func(&pattern(route), move |_, _| called.store(index, Ordering::Relaxed));
        }
        Self { mux, request: Request::new(), called }
    }
}

impl Contender for Whole {
    #[inline]
    fn find(&mut self, request: &sets::Request, mut value: impl FnMut(&[u8])) -> Option<usize> {
        // As a server does that keeps its requests; parsing is not part of it.
        self.request.method = request.method.clone();
        self.request.url.path.assign_str(&request.path);
        self.request.url_and_path_values().1.clear();
        self.called.store(usize::MAX, Ordering::Relaxed);
        let mut writer = Void::default();
        self.mux.serve_http(&mut writer, &mut self.request);
        black_box(&mut writer);
        match self.called.load(Ordering::Relaxed) {
            usize::MAX => None,
            route => {
                for (_, text) in self.request.url_and_path_values().1.iter() {
                    value(text.as_bytes());
                }
                Some(route)
            }
        }
    }

    fn id(&self, route: usize) -> usize {
        route
    }
}

impl Matchit {
    pub(crate) fn new(routes: &[Route]) -> Self {
        let mut router = matchit::Router::new();
        let ids = each_path_once(routes, |path, id| {
            let path = spelt(path, |name, takes_rest| format!("{{{}{name}}}", if takes_rest { "*" } else { "" }));
            router.insert(path, id).unwrap_or_else(|error| panic!("matchit: {error}"));
        });
        Self(router, ids)
    }
}

impl Contender for Matchit {
    #[inline]
    fn find(&mut self, request: &sets::Request, mut value: impl FnMut(&[u8])) -> Option<usize> {
        let found = self.0.at(&request.path).ok()?;
        found.params.iter().for_each(|(_, text)| value(text.as_bytes()));
        Some(*found.value)
    }

    fn id(&self, route: usize) -> usize {
        self.1[route]
    }
}

impl Wayfind {
    pub(crate) fn new(routes: &[Route]) -> Self {
        let mut builder = wayfind::RouterBuilder::new();
        let ids = each_path_once(routes, |path, id| {
            let path = spelt(path, |name, takes_rest| format!("<{}{name}>", if takes_rest { "*" } else { "" }));
            builder.insert(&path, id).unwrap_or_else(|error| panic!("wayfind: {error}"));
        });
        Self(builder.build(), ids)
    }
}

impl Contender for Wayfind {
    #[inline]
    fn find(&mut self, request: &sets::Request, mut value: impl FnMut(&[u8])) -> Option<usize> {
        let found = self.0.search(&request.path)?;
        found.parameters().iter().for_each(|(_, text)| value(text.as_bytes()));
        Some(*found.data())
    }

    fn id(&self, route: usize) -> usize {
        self.1[route]
    }
}

impl PathTree {
    pub(crate) fn new(routes: &[Route]) -> Self {
        let mut tree = path_tree::PathTree::new();
        let ids = each_path_once(routes, |path, id| {
            let path = spelt(path, |name, takes_rest| format!(":{name}{}", if takes_rest { "*" } else { "" }));
            let _ = tree.insert(&path, id);
        });
        Self(tree, ids)
    }
}

impl Contender for PathTree {
    #[inline]
    fn find(&mut self, request: &sets::Request, mut value: impl FnMut(&[u8])) -> Option<usize> {
        let (id, found) = self.0.find(&request.path)?;
        found.params_iter().for_each(|(_, text)| value(text.as_bytes()));
        Some(*id)
    }

    fn id(&self, route: usize) -> usize {
        self.1[route]
    }
}

/// In our spelling, with its method.
fn pattern(route: &Route) -> String {
    if route.method.is_empty() { route.path.clone() } else { format!("{} {}", route.method, route.path) }
}

/// A path with its wildcards as `wildcard` spells their names.
fn spelt(path: &str, wildcard: impl Fn(&str, bool) -> String) -> String {
    let segments = path.split('/').map(|segment| match segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
        None => segment.to_owned(),
        Some(name) => match name.strip_suffix("...") {
            Some(name) => wildcard(name, true),
            None => wildcard(name, false),
        },
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Inserts each path the first time that a route has it, with its number; gives the numbers for all routes. Paths that
/// differ in the names of their wildcards alone are the same.
fn each_path_once(routes: &[Route], mut insert: impl FnMut(&str, usize)) -> Vec<usize> {
    let mut known = HashMap::new();
    let mut numbers = Vec::new();
    for route in routes {
        let next = known.len();
        let number = *known.entry(spelt(&route.path, |_, takes_rest| format!("{{{takes_rest}}}"))).or_insert(next);
        if number == next {
            insert(&route.path, number);
        }
        numbers.push(number);
    }
    numbers
}

/// A writer whose answer nobody reads.
#[derive(Default)]
struct Void {
    header: Header,
}

impl Write for Void {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ResponseWriter for Void {
    fn header(&mut self) -> &mut Header {
        &mut self.header
    }

    fn write_header(&mut self, _: StatusCode) {}
}
