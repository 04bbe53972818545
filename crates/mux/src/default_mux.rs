//! The mux of the whole process, for small programs. Go's `http.DefaultServeMux`, `http.Handle`, `http.HandleFunc`.

use std::sync::{Arc, LazyLock};

use nethttp_core::{Handler, Outcome, Request, ResponseWriter, set_default_handler};

use crate::ServeMux;

/// The mux that [`handle`] and [`handle_func`] register with, and that a server without a handler uses. Go's
/// `DefaultServeMux`.
///
/// ```
/// nethttp_mux::handle_func("/ping", |_, _| {});
/// assert!(nethttp_mux::default_serve_mux().routes().iter().any(|route| route.pattern == "/ping"));
/// ```
#[must_use]
pub fn default_serve_mux() -> &'static ServeMux {
    static DEFAULT: LazyLock<ServeMux> = LazyLock::new(|| {
        let mux = ServeMux::new();
        // Servers know no mux: they ask for this one, and its copies share their routes.
        set_default_handler(Arc::new(mux.clone()));
        mux
    });
    &DEFAULT
}

/// Registers a handler with the [default mux](default_serve_mux). Go's `http.Handle`.
///
/// # Panics
///
/// As [`ServeMux::handle`].
///
/// ```
/// let api = nethttp_mux::ServeMux::new();
/// nethttp_mux::handle("/api/", api);
/// ```
#[track_caller]
pub fn handle(pattern: &str, handler: impl Handler + 'static) {
    default_serve_mux().handle(pattern, handler);
}

/// Registers a handler function with the [default mux](default_serve_mux). Go's `http.HandleFunc`.
///
/// # Panics
///
/// As [`ServeMux::handle`].
///
/// ```
/// nethttp_mux::handle_func("GET /ping", |w, _r| nethttp_core::fprintf!(w, "pong\n"));
/// ```
#[track_caller]
pub fn handle_func<F, R>(pattern: &str, function: F)
where
    F: Fn(&mut dyn ResponseWriter, &mut Request) -> R + Send + Sync + 'static,
    R: Outcome + 'static,
{
    default_serve_mux().handle_func(pattern, function);
}
