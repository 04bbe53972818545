//! The mux as programs use it: what goes beyond the rules of matching, which `recorded` and `properties` test.

use nethttp_core::{Handler, Method, Request, ResponseWriter, fprintf};
use nethttp_mux::ServeMux;

#[path = "../recorded/recorder.rs"]
mod recorder;

mod explained;
mod hostile;
mod late;
mod misses;
mod registration;
mod values;

use recorder::Recorder;

/// Dispatches a request; gives the request as the handler left it, and the answer.
fn dispatch(mux: &ServeMux, method: &str, host: &str, target: &str) -> (Request, Recorder) {
    let mut r = Request::new();
    r.method = Method::from_bytes(method.as_bytes()).unwrap();
    r.assign_target(target.as_bytes()).unwrap();
    r.host = host.into();
    let mut w = Recorder::default();
    mux.serve_http(&mut w, &mut r);
    (r, w)
}

/// The status and the body of the answer to a GET request.
fn get(mux: &ServeMux, target: &str) -> (u16, String) {
    let (_, w) = dispatch(mux, "GET", "a.test", target);
    (w.status.map_or(0, |status| status.as_u16()), String::from_utf8(w.body).unwrap())
}

/// A handler that answers with a text.
fn says(text: &'static str) -> impl Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync {
    move |w, _| fprintf!(w, "{text}")
}

const fn is_shared<T: Send + Sync + Clone + 'static>() {}

#[test]
fn a_mux_may_be_shared() {
    is_shared::<ServeMux>();
}
