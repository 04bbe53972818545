//! `Handler`: what answers requests. Go's `http.Handler` and `http.HandlerFunc`.
//!
//! Any `Fn(&mut dyn ResponseWriter, &mut Request)` is a handler. A function that returns `io::Result<()>`, so that `?`
//! works in it, becomes one through [`handler_func`] (and wherever a handler *function* is taken).

use std::io;
use std::sync::{Arc, OnceLock};

use crate::{Request, ResponseWriter};

/// Answers requests; shared by all threads.
///
/// ```
/// use nethttp_core::{Handler, Request, ResponseWriter, fprintf};
///
/// struct Greeter { greeting: String }
///
/// impl Handler for Greeter {
///     fn serve_http(&self, w: &mut dyn ResponseWriter, r: &mut Request) {
///         fprintf!(w, "{}, {}\n", self.greeting, r.host);
///     }
/// }
///
/// fn logging(next: impl Handler + 'static) -> impl Handler {
///     nethttp_core::handler_func(move |w, r| {
///         eprintln!("{} {}", r.method, r.url.path);
///         next.serve_http(w, r);
///     })
/// }
///
/// let handler: Box<dyn Handler> = Box::new(logging(Greeter { greeting: "hello".into() }));
/// ```
pub trait Handler: Send + Sync {
    /// Answers `r` on `w`. A panic ends the connection and is logged, but for that of [`abort_handler`].
    fn serve_http(&self, w: &mut dyn ResponseWriter, r: &mut Request);
}

impl<F: Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync> Handler for F {
    fn serve_http(&self, w: &mut dyn ResponseWriter, r: &mut Request) {
        self(w, r);
    }
}

impl<H: Handler + ?Sized> Handler for Arc<H> {
    fn serve_http(&self, w: &mut dyn ResponseWriter, r: &mut Request) {
        (**self).serve_http(w, r);
    }
}

impl Handler for Box<dyn Handler> {
    fn serve_http(&self, w: &mut dyn ResponseWriter, r: &mut Request) {
        (**self).serve_http(w, r);
    }
}

/// What a handler function may return: nothing, or `io::Result<()>`.
///
/// An error before the response began becomes the status that belongs to it (413, 400, 408, else a logged 500); after
/// that it cuts the connection. The server does this when all handlers have returned, so that wrappers of the response
/// around this handler see nothing of it. This trait is sealed.
pub trait Outcome: sealed::Sealed {
    #[doc(hidden)]
    fn settle(self, w: &mut dyn ResponseWriter);
}

impl Outcome for () {
    fn settle(self, _: &mut dyn ResponseWriter) {}
}

impl Outcome for io::Result<()> {
    fn settle(self, w: &mut dyn ResponseWriter) {
        if let Err(error) = self {
            w.fail(error);
        }
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for () {}
    impl Sealed for std::io::Result<()> {}
}

/// A function as a handler, under Go's word: `HandlerFunc(|w, r| …)`.
///
/// The bound on the struct lets the compiler infer the closure's arguments.
#[derive(Clone, Copy, Debug)]
pub struct HandlerFunc<F: Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync>(pub F);

impl<F: Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync> Handler for HandlerFunc<F> {
    fn serve_http(&self, w: &mut dyn ResponseWriter, r: &mut Request) {
        (self.0)(w, r);
    }
}

/// A function as a handler, also one that returns `io::Result<()>`.
///
/// ```
/// use std::io::Write;
/// use nethttp_core::{Handler, handler_func};
///
/// let handler = handler_func(|w, r| w.write_all(r.host.as_bytes()));
/// let boxed: Box<dyn Handler> = Box::new(handler);
/// ```
pub fn handler_func<F, R>(function: F) -> impl Handler
where
    F: Fn(&mut dyn ResponseWriter, &mut Request) -> R + Send + Sync,
    R: Outcome,
{
    HandlerFunc(move |w: &mut dyn ResponseWriter, r: &mut Request| function(w, r).settle(w))
}

static DEFAULT: OnceLock<Arc<dyn Handler>> = OnceLock::new();

/// The handler of servers that have none of their own: the default mux, once it exists; 404 before that.
#[doc(hidden)]
#[must_use]
pub fn default_handler() -> &'static dyn Handler {
    DEFAULT.get().map_or(&crate::not_found, |handler| &**handler)
}

/// Sets what [`default_handler`] gives; only the first call counts. For the default mux.
#[doc(hidden)]
pub fn set_default_handler(handler: Arc<dyn Handler>) {
    // A second default mux does not exist.
    let _ = DEFAULT.set(handler);
}

/// The payload with which [`abort_handler`] unwinds. Go's `http.ErrAbortHandler`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbortHandler;

/// Ends the handler and cuts the connection, without a log line and without the panic hook: Go's
/// `panic(http.ErrAbortHandler)`.
///
/// # Panics
///
/// Always: it unwinds with [`AbortHandler`] as its payload.
pub fn abort_handler() -> ! {
    std::panic::resume_unwind(Box::new(AbortHandler))
}
