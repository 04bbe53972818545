//! `max_bytes_handler`: limits request bodies. Go's `http.MaxBytesHandler`.

use nethttp_core::{Handler, HandlerFunc, Request, ResponseWriter, max_bytes_reader};

use crate::inner_request::InnerRequest;

/// Calls `handler` with the request body limited to `limit` bytes, as [`max_bytes_reader`] limits it. Go's
/// `http.MaxBytesHandler`.
///
/// A handler that passes the error of a longer body on with `?` answers 413.
///
/// ```
/// use nethttp_core::{Handler, MaxBytesError, STATUS_OK, STATUS_REQUEST_ENTITY_TOO_LARGE, handler_func, io};
/// use nethttp_handlers::max_bytes_handler;
/// use nethttp_httptest::{new_recorder, new_request};
///
/// let echo = handler_func(|w, r| match io::read_all(&mut r.body) {
///     (body, None) => w.write_all(&body),
///     (_, Some(err)) => Err(err),
/// });
/// let handler = max_bytes_handler(echo, 5);
///
/// for (body, code) in [("hello", STATUS_OK), ("hello!", STATUS_REQUEST_ENTITY_TOO_LARGE)] {
///     let mut w = new_recorder();
///     handler.serve_http(&mut w, &mut new_request("POST", "/", body));
///     assert_eq!(w.code, code);
/// }
/// ```
pub fn max_bytes_handler(handler: impl Handler + 'static, limit: i64) -> impl Handler {
    HandlerFunc(move |w: &mut dyn ResponseWriter, r: &mut Request| {
        let body = max_bytes_reader(w, r.body.clone(), limit);
        handler.serve_http(w, InnerRequest::with_body(r, body).request());
    })
}

#[cfg(test)]
mod tests {
    use nethttp_core::{MaxBytesError, fprintf, handler_func, io};
    use nethttp_httptest::{new_recorder, new_request};

    use super::*;

    fn check(limit: i64, body: &str, expected: &str) {
        let handler = handler_func(|w, r| {
            let (read, error) = io::read_all(&mut r.body);
            let too_large = error.as_ref().and_then(MaxBytesError::of).map(|error| error.limit);
            fprintf!(w, "{} {} {too_large:?}", read.len(), io::nil_or(&error));
        });
        let mut w = new_recorder();
        max_bytes_handler(handler, limit).serve_http(&mut w, &mut new_request("POST", "/", body));
        assert_eq!(w.body, expected, "limit {limit}, {} bytes", body.len());
    }

    #[test]
    fn bodies_up_to_the_limit_pass() {
        check(10, "", "0 <nil> None");
        check(10, "bbbbbbbbb", "9 <nil> None");
        check(10, "bbbbbbbbbb", "10 <nil> None");
        check(10, "bbbbbbbbbbb", "10 http: request body too large Some(10)");
        check(0, "", "0 <nil> None");
        check(0, "b", "0 http: request body too large Some(0)");
        check(-1, "b", "0 http: request body too large Some(0)");
    }

    #[test]
    fn the_outer_handler_keeps_its_own_body() {
        let mut r = new_request("POST", "/", "abcdef");
        let inner = handler_func(|_w, r| {
            let (read, _) = io::read_all(&mut r.body);
            assert_eq!(read, b"abc");
        });
        max_bytes_handler(inner, 3).serve_http(&mut new_recorder(), &mut r);
        // One byte more than the limit was read to see that there is one.
        assert_eq!(io::read_all(&mut r.body).0, b"ef");
    }
}
