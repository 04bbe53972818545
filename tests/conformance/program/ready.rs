//! Ready-made handlers.

use std::time::Duration;

use http::io::{self, nil_or, nil_or_err};
use http::{Handler, MaxBytesError, ResponseController, fprintf};
use http::{Request, ResponseWriter};
use nethttp as http;

use super::act::number;
use super::patterns::matched;
use super::requests::count;
use super::values::form;

/// Sends the client where the query says.
pub(super) fn redirect(w: &mut dyn ResponseWriter, r: &mut Request) {
    let q = r.url.query();
    if q.has("type") {
        w.header().set("Content-Type", q.get("type"));
    }
    let mut code = number(q.get("code"));
    if code == 0 {
        code = 303;
    }
    http::redirect(w, r, q.get("to"), http::status_code(code));
}

/// Reads a form of at most so many bytes.
pub(super) fn most(w: &mut dyn ResponseWriter, r: &mut Request) {
    r.body = http::max_bytes_reader(w, r.body.take(), number(r.url.query().get("n")));
    let (body, err) = io::read_all(&mut r.body);
    if let Some(too_large) = err.as_ref().and_then(MaxBytesError::of) {
        let text = format!("{} of {}: {too_large}", body.len(), too_large.limit);
        http::error(w, text, http::STATUS_REQUEST_ENTITY_TOO_LARGE);
        return;
    }
    fprintf!(w, "{} {}\n", body.len(), nil_or(&err));
}

/// Reads a form that may have 20 bytes.
pub(super) fn most_form(w: &mut dyn ResponseWriter, r: &mut Request) {
    r.body = http::max_bytes_reader(w, r.body.take(), 20);
    form(w, r);
}

/// Has handlers that run under a time limit.
pub(super) fn hurried() -> impl Handler {
    let mux = http::ServeMux::new();
    mux.handle_func("/quick", |w, _r| {
        w.header().set("X-Quick", "1");
        w.write_header(http::STATUS_ACCEPTED);
        io::write_string(w, "quick\n");
    });
    mux.handle_func("/slow", |w, r| {
        w.header().set("X-Slow", "1");
        io::write_string(w, "never seen\n");
        let _ = r.context().wait(Duration::from_secs(5));
        io::write(w, b"nor this\n");
    });
    mux.handle_func("/nothing", |_w, _r| {});
    mux.handle_func("/panic", |_w, _r| -> () { panic!("hurried") });
    mux.handle_func("/abort", |_w, _r| -> () { http::abort_handler() });
    mux.handle_func("/powers", |w, r| {
        let (flusher, hijacker) = (w.can_flush(), w.can_hijack());
        let deadline = r.context().deadline().is_some();
        let flushed = ResponseController::new(w).flush();
        fprintf!(w, "{flusher} {hijacker} {deadline} {}\n", nil_or_err(&flushed));
    });
    mux.handle_func("/long", |w, _r| {
        for _ in 0..100 {
            fprintf!(w, "{:099}\n", 7);
        }
    });
    mux.handle_func("/body", count);
    mux
}

/// Is for requests of the site itself.
pub(super) fn own_site() -> impl Handler {
    let protection = http::new_cross_origin_protection();
    protection.add_trusted_origin("https://friend.example:8443").expect("an origin");
    protection.add_insecure_bypass_pattern("/own-site/open/{any}");
    protection.add_insecure_bypass_pattern("PUT /own-site/put");
    protection.handler(http::HandlerFunc(matched))
}
