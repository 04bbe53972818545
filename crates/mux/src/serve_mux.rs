//! `ServeMux`: registers handlers for patterns and calls the one that a request matches. Go's `http.ServeMux`.

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nethttp_core::{Handler, Outcome, Request, ResponseWriter, RouteCost, Text, handler_func};

use crate::hits::Hits;
use crate::miss::{Miss, MissHandler};
use crate::published::{Current, Published};
use crate::registry::{Registry, Routing};
use crate::route::{Route, RouteInfo, RouteName};
use crate::{Explanation, Pattern, PatternError};

/// Calls the handler whose pattern matches a request best.
///
/// # Patterns
///
/// A pattern is `[METHOD ][HOST]/PATH`: `/index.html` matches this path for any method and host, `GET /static/` what
/// begins so (and HEAD requests too), `example.com/` what is asked of this host. In the path `{name}` stands for one
/// segment, `{name...}` at the end for all that remain, and `{$}` at the end for nothing more:
/// `/b/{bucket}/o/{object...}`. A handler gets what they stand for from
/// [`Request::path_value`](nethttp_core::Request::path_value). A slash at the end is a `{...}` without a name. Segments
/// are compared unescaped: `/a%2Fb` has one.
///
/// Of several patterns that match the most specific wins, which is the one whose requests the others match all and more;
/// and one with a host wins over one without. Patterns that overlap with neither more specific conflict, and the second
/// is refused. The order of registration does not matter.
///
/// # What the mux answers itself
///
/// A request for `/a/../b` or `/a//b` is sent to the clean path, and one for `/tree` to `/tree/` if only that is
/// registered, with 307. What matches but for its method is answered with 405 and the methods that there are in `Allow`,
/// and everything else with 404. Ports in the Host field are ignored. CONNECT paths are taken as they come.
///
/// # Registration
///
/// A mux is a handle: its clones share their routes. Usually all patterns are registered before the mux is given to a
/// server, but that may also happen while it serves. The first request after a registration builds the routes anew.
///
/// ```
/// use nethttp_core::fprintf;
/// use nethttp_mux::ServeMux;
///
/// let mux = ServeMux::new();
/// mux.handle_func("GET /b/{bucket}/o/{object...}", |w, r| {
///     fprintf!(w, "{} in {}\n", r.path_value("object"), r.path_value("bucket"));
/// });
/// mux.handle_func("/", |w, r| nethttp_core::not_found(w, r));
/// ```
#[derive(Clone)]
pub struct ServeMux {
    shared: Arc<Shared>,
}

struct Shared {
    is_classic: bool,
    registry: Mutex<Registry>,
    routing: Published<Routing>,
    hits: Hits,
}

impl ServeMux {
    /// A mux without patterns. Go's `NewServeMux`.
    #[must_use]
    pub fn new() -> Self {
        Self::of_kind(false)
    }

    /// A mux with the rules of Go 1.21 (`GODEBUG=httpmuxgo121=1`).
    ///
    /// A pattern is a path, or a host and a path, without method and wildcards; braces are literal. One that ends in a
    /// slash matches all paths that begin so, the longest wins, and one with a host wins over one without. Paths are
    /// compared unescaped. Redirects are 301, and there is no 405.
    ///
    /// ```
    /// use nethttp_mux::ServeMux;
    ///
    /// let mux = ServeMux::classic();
    /// mux.handle_func("/{this}/is literal/", |_, _| {});
    /// assert!(mux.try_handle_func("/{this}/is literal/", |_, _| {}).unwrap_err().is_conflict());
    /// ```
    #[must_use]
    pub fn classic() -> Self {
        Self::of_kind(true)
    }

    fn of_kind(is_classic: bool) -> Self {
        let registry = Mutex::new(Registry::default());
        Self { shared: Arc::new(Shared { is_classic, registry, routing: Published::new(), hits: Hits::new() }) }
    }

    /// Registers a handler for a pattern. Go's `Handle`.
    ///
    /// # Panics
    ///
    /// If the pattern is not valid or conflicts with a registered one, with the text of the error that
    /// [`try_handle`](Self::try_handle) returns.
    ///
    /// ```
    /// use nethttp_core::Text;
    /// use nethttp_mux::ServeMux;
    ///
    /// let api = ServeMux::new();
    /// let mux = ServeMux::new();
    /// mux.handle("/api/", api);
    /// ```
    #[track_caller]
    pub fn handle(&self, pattern: &str, handler: impl Handler + 'static) {
        if let Err(error) = self.try_handle(pattern, handler) {
            panic!("{error}");
        }
    }

    /// Registers a handler function for a pattern; it may also return `io::Result<()>`. Go's `HandleFunc`.
    ///
    /// # Panics
    ///
    /// As [`handle`](Self::handle).
    ///
    /// ```
    /// use std::io::Write;
    /// use nethttp_mux::ServeMux;
    ///
    /// let mux = ServeMux::new();
    /// mux.handle_func("GET /hello/{name}", |w, r| write!(w, "hello, {}\n", r.path_value("name")));
    /// ```
    #[track_caller]
    pub fn handle_func<F, R>(&self, pattern: &str, function: F)
    where
        F: Fn(&mut dyn ResponseWriter, &mut Request) -> R + Send + Sync + 'static,
        R: Outcome + 'static,
    {
        self.handle(pattern, handler_func(function));
    }

    /// As [`handle`](Self::handle), without the panic.
    ///
    /// # Errors
    ///
    /// The pattern is not valid, or conflicts with a registered one; the handler is dropped then.
    ///
    /// ```
    /// use nethttp_mux::ServeMux;
    ///
    /// let mux = ServeMux::new();
    /// mux.handle("/a/", ServeMux::new());
    /// let error = mux.try_handle("/a/{x...}", ServeMux::new()).unwrap_err();
    /// assert!(error.to_string().ends_with("/a/{x...} matches the same requests as /a/"));
    /// ```
    #[track_caller]
    pub fn try_handle(&self, pattern: &str, handler: impl Handler + 'static) -> Result<(), PatternError> {
        self.register(pattern, Arc::new(handler))
    }

    /// As [`handle_func`](Self::handle_func), without the panic.
    ///
    /// # Errors
    ///
    /// As [`try_handle`](Self::try_handle).
    ///
    /// ```
    /// use nethttp_mux::ServeMux;
    ///
    /// let mux = ServeMux::new();
    /// let error = mux.try_handle_func("/{a}/{a}", |_, _| {}).unwrap_err();
    /// assert_eq!(error.to_string(), r#"parsing "/{a}/{a}": at offset 5: duplicate wildcard name "a""#);
    /// ```
    #[track_caller]
    pub fn try_handle_func<F, R>(&self, pattern: &str, function: F) -> Result<(), PatternError>
    where
        F: Fn(&mut dyn ResponseWriter, &mut Request) -> R + Send + Sync + 'static,
        R: Outcome + 'static,
    {
        self.try_handle(pattern, handler_func(function))
    }

    /// Sets what answers requests that no pattern matches, in place of a plain 404.
    ///
    /// The handler writes the status itself. By default [`not_found`](nethttp_core::not_found) answers.
    ///
    /// ```
    /// use nethttp_core::{STATUS_NOT_FOUND, error};
    /// use nethttp_mux::ServeMux;
    ///
    /// let mux = ServeMux::new();
    /// mux.set_not_found(|w, _r, miss| error(w, format!("nothing at {}", miss.path()), STATUS_NOT_FOUND));
    /// ```
    pub fn set_not_found<F, R>(&self, handler: F)
    where
        F: Fn(&mut dyn ResponseWriter, &mut Request, &Miss<'_>) -> R + Send + Sync + 'static,
        R: Outcome + 'static,
    {
        self.change(|registry| registry.not_found = Some(MissHandler::new(handler)));
    }

    /// Sets what answers requests that a pattern matches but for the method, in place of a plain 405.
    ///
    /// `Allow` is set already when it is called; the handler writes the status itself.
    ///
    /// ```
    /// use nethttp_core::STATUS_METHOD_NOT_ALLOWED;
    /// use nethttp_mux::ServeMux;
    ///
    /// let mux = ServeMux::new();
    /// mux.set_method_not_allowed(|w, _r, miss| {
    ///     w.write_header(STATUS_METHOD_NOT_ALLOWED);
    ///     write!(w, "try {}", miss.allowed().join(" or "))
    /// });
    /// ```
    pub fn set_method_not_allowed<F, R>(&self, handler: F)
    where
        F: Fn(&mut dyn ResponseWriter, &mut Request, &Miss<'_>) -> R + Send + Sync + 'static,
        R: Outcome + 'static,
    {
        self.change(|registry| registry.method_not_allowed = Some(MissHandler::new(handler)));
    }

    /// The handler that would answer a request, and its pattern. Go's `Handler`.
    ///
    /// For a redirect that is the pattern that will match afterwards; it is empty if none will, and for what is answered
    /// with 404 or 405. The request is not changed: the handler finds no path values in it.
    ///
    /// ```
    /// use nethttp_core::Request;
    /// use nethttp_mux::ServeMux;
    ///
    /// let mux = ServeMux::new();
    /// mux.handle_func("GET /items/{id}", |_, _| {});
    /// let mut r = Request::new();
    /// r.assign_target(b"/items/7").unwrap();
    /// assert_eq!(mux.handler(&r).1, "GET /items/{id}");
    /// ```
    #[must_use]
    pub fn handler(&self, request: &Request) -> (Arc<dyn Handler>, Text) {
        let routing = self.routing();
        let decision = routing.decide(request);
        let pattern = routing.pattern_of(&decision);
        match decision {
            crate::decision::Decision::Found { route, .. } => (routing.routes[route as usize].handler.clone(), pattern),
            decision => {
                let mux = self.clone();
                let answer = move |w: &mut dyn ResponseWriter, r: &mut Request| {
                    mux.routing().answer(&decision, &mux.shared.hits, w, r);
                };
                (Arc::new(answer), pattern)
            }
        }
    }

    /// All routes, in the order of registration.
    ///
    /// ```
    /// use nethttp_mux::ServeMux;
    ///
    /// let mux = ServeMux::new();
    /// mux.handle_func("GET example.com/{$}", |_, _| {});
    /// let route = &mux.routes()[0];
    /// assert_eq!((&*route.method, &*route.host, &*route.path, route.hits), ("GET", "example.com", "/{$}", 0));
    /// assert!(route.location.file().ends_with(".rs"));
    /// ```
    #[must_use]
    pub fn routes(&self) -> Vec<RouteInfo> {
        let registry = self.lock();
        let routes = registry.routes.iter().zip(0..);
        routes.map(|(route, number)| RouteInfo::new(&route.name, self.shared.hits.count(number))).collect()
    }

    /// Says what becomes of a request and why: which patterns match it or would almost, which of them wins and by which
    /// rule.
    ///
    /// `host` may have a port; `path` is escaped, as in a request line, and without a query.
    ///
    /// ```
    /// use nethttp_mux::ServeMux;
    ///
    /// let mux = ServeMux::new();
    /// mux.handle_func("/items/", |_, _| {});
    /// mux.handle_func("GET /items/{id}", |_, _| {});
    /// let why = mux.explain("GET", "localhost:8080", "/items/7");
    /// assert_eq!(why.winner(), Some("GET /items/{id}"));
    /// println!("{why}");
    /// ```
    #[must_use]
    pub fn explain(&self, method: &str, host: &str, path: &str) -> Explanation {
        self.routing().explain(method, host.as_bytes(), path.as_bytes())
    }

    #[track_caller]
    fn register(&self, pattern: &str, handler: Arc<dyn Handler>) -> Result<(), PatternError> {
        let name = if self.shared.is_classic {
            RouteName::Classic { text: pattern.into(), location: Location::caller() }
        } else {
            RouteName::Pattern(Arc::new(Pattern::parse(pattern)?))
        };
        self.change(|registry| {
            registry.admit(&name)?;
            registry.routes.push(Arc::new(Route { name, handler, cost: RouteCost::new() }));
            Ok(())
        })
    }

    /// Changes what is registered, and sees to it that requests notice.
    fn change<T>(&self, change: impl FnOnce(&mut Registry) -> T) -> T {
        let mut registry = self.lock();
        let result = change(&mut registry);
        if registry.is_built {
            self.shared.routing.mark_stale();
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        // Nothing behind the lock is left half done by a panic.
        self.shared.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn routing(&self) -> Current<'_, Routing> {
        self.shared.routing.read(|| self.lock(), |registry| registry.build(self.shared.is_classic))
    }
}

impl Handler for ServeMux {
    #[inline]
    fn serve_http(&self, w: &mut dyn ResponseWriter, r: &mut Request) {
        self.routing().serve(&self.shared.hits, w, r);
    }
}

/// So that a mux which lives as long as the process, as the [default one](crate::default_serve_mux), can be handed on as it is.
impl Handler for &'static ServeMux {
    fn serve_http(&self, w: &mut dyn ResponseWriter, r: &mut Request) {
        (**self).serve_http(w, r);
    }
}

impl Default for ServeMux {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ServeMux {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let registry = self.lock();
        f.debug_set().entries(registry.routes.iter().map(|route| route.name.as_str())).finish()
    }
}

/// A mux without patterns. Go's `NewServeMux`; the same as [`ServeMux::new`].
#[must_use]
pub fn new_serve_mux() -> ServeMux {
    ServeMux::new()
}
