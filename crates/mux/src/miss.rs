//! `Miss`: what a handler for requests that nothing matches is told.

use std::fmt;
use std::sync::Arc;

use nethttp_core::{Outcome, Request, ResponseWriter, Text};

use crate::Explanation;
use crate::registry::Routing;

/// Why no registered handler was called.
///
/// Given to the handlers of [`set_not_found`](crate::ServeMux::set_not_found) and
/// [`set_method_not_allowed`](crate::ServeMux::set_method_not_allowed).
///
/// ```
/// use nethttp_core::{STATUS_NOT_FOUND, error};
/// use nethttp_mux::ServeMux;
///
/// let mux = ServeMux::new();
/// // While developing: say what nearly matched.
/// mux.set_not_found(|w, _r, miss| error(w, miss.explain().to_string(), STATUS_NOT_FOUND));
/// ```
pub struct Miss<'a> {
    pub(crate) routing: &'a Routing,
    pub(crate) method: Text,
    pub(crate) host: Text,
    pub(crate) path: Text,
    pub(crate) allowed: &'a [String],
}

impl Miss<'_> {
    /// The method of the request.
    #[must_use]
    pub const fn method(&self) -> &Text {
        &self.method
    }

    /// The host that was looked for, without its port.
    #[must_use]
    pub const fn host(&self) -> &Text {
        &self.host
    }

    /// The path that was looked for: escaped and clean.
    #[must_use]
    pub const fn path(&self) -> &Text {
        &self.path
    }

    /// The methods with which the request would have matched, sorted: those of the `Allow` field. Empty if nothing is
    /// found.
    #[must_use]
    pub const fn allowed(&self) -> &[String] {
        self.allowed
    }

    /// The whole story: which patterns match but for their host or their method. Looks at every pattern, so it is for
    /// people who search for a mistake.
    #[must_use]
    pub fn explain(&self) -> Explanation {
        self.routing.explain(&self.method, self.host.as_bytes(), self.path.as_bytes())
    }
}

impl fmt::Debug for Miss<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Miss")
            .field("method", &self.method)
            .field("host", &self.host)
            .field("path", &self.path)
            .field("allowed", &self.allowed)
            .finish_non_exhaustive()
    }
}

type Answer = dyn Fn(&mut dyn ResponseWriter, &mut Request, &Miss<'_>) + Send + Sync;

/// A handler that is told why it is called.
pub(crate) struct MissHandler {
    answer: Box<Answer>,
}

impl MissHandler {
    pub(crate) fn new<F, R>(handler: F) -> Arc<Self>
    where
        F: Fn(&mut dyn ResponseWriter, &mut Request, &Miss<'_>) -> R + Send + Sync + 'static,
        R: Outcome + 'static,
    {
        Arc::new(Self { answer: Box::new(move |w, r, miss| handler(w, r, miss).settle(w)) })
    }

    pub(crate) fn call(&self, w: &mut dyn ResponseWriter, r: &mut Request, miss: &Miss<'_>) {
        (self.answer)(w, r, miss);
    }
}

impl fmt::Debug for MissHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MissHandler").finish_non_exhaustive()
    }
}
