//! `not_found_handler`: answers 404. Go's `http.NotFoundHandler`.

use nethttp_core::{Handler, HandlerFunc, not_found};

/// A handler that answers 404 with the text `404 page not found`. Go's `http.NotFoundHandler`.
///
/// ```
/// use nethttp_core::Handler;
/// use nethttp_handlers::not_found_handler;
/// use nethttp_httptest::{new_recorder, new_request};
///
/// let mut w = new_recorder();
/// not_found_handler().serve_http(&mut w, &mut new_request("GET", "/", ()));
/// assert_eq!(w.code, 404);
/// assert_eq!(w.body, "404 page not found\n");
/// ```
pub fn not_found_handler() -> impl Handler {
    HandlerFunc(not_found)
}
