//! Helpers of the package.

use std::time::Duration;

use http::io::{self, nil_or, nil_or_err};
use http::{Handler, MaxBytesError, Request, ResponseController, ResponseWriter, fprintf};
use nethttp as http;

use crate::requests::write_values;
use crate::strconv;

pub(crate) fn fail(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (code, _) = strconv::atoi(r.path_value("code"));
    w.header().set("Content-Length", "999");
    w.header().set("Content-Type", "application/json");
    w.header().set("X-Kept", "yes");
    http::error(w, r.url.query().get("msg"), http::status_code(code));
}

pub(crate) fn redirect(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (mut code, err) = strconv::atoi(r.url.query().get("code"));
    if err.is_some() {
        code = 302;
    }
    let query = r.url.query();
    let ct = query.get("ct");
    if ct != "" {
        w.header().set("Content-Type", ct);
    }
    http::redirect(w, r, r.url.query().get("to"), http::status_code(code));
}

/// Is behind a `max_bytes_handler`.
pub(crate) fn limited(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (body, err) = io::read_all(&mut r.body);
    if let Some(too_big) = err.as_ref().and_then(MaxBytesError::of) {
        http::error(
            w,
            format!("{too_big} (limit {}, read {})", too_big.limit, body.len()),
            http::STATUS_REQUEST_ENTITY_TOO_LARGE,
        );
        return;
    }
    fprintf!(w, "read {} {}\n", body.len(), nil_or(&err));
}

pub(crate) fn limit_reader(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (n, _) = strconv::atoi(r.url.query().get("n"));
    r.body = http::max_bytes_reader(w, r.body.take(), n);
    if let Err(err) = r.parse_form() {
        http::error(w, err.to_string(), http::STATUS_BAD_REQUEST);
        return;
    }
    write_values(w, "form", &r.post_form);
    io::write_string(w, "done\n");
}

pub(crate) fn timeouts() -> impl Handler {
    let mux = http::ServeMux::new();
    mux.handle_func("/timeout/fast", |w, _r| {
        w.header().set("X-Fast", "yes");
        w.write_header(http::STATUS_CREATED);
        io::write_string(w, "fast\n");
    });
    mux.handle_func("/timeout/slow", sleepy);
    mux.handle_func("/timeout/partial", |w, r| {
        w.header().set("X-Partial", "lost");
        io::write_string(w, "lost\n");
        sleepy(w, r);
    });
    mux.handle_func("/timeout/empty", |_w, _r| {});
    mux.handle_func("/timeout/panic", |_w, _r| -> () { panic!("inside") });
    mux.handle_func("/timeout/flusher", |w, _r| {
        let ok = w.can_flush();
        fprintf!(w, "flusher={ok}\n");
        let err = ResponseController::new(w).flush();
        fprintf!(w, "controller={}\n", nil_or_err(&err));
    });
    mux
}

/// Waits for its context and then tries to write.
pub(crate) fn sleepy(w: &mut dyn ResponseWriter, r: &mut Request) {
    let _ = r.context().wait(Duration::from_secs(2));
    let (_, err) = io::write_string(w, "slow\n");
    eprintln!("sleepy: {}", nil_or(&err));
}
