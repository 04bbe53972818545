//! What the checks are made of: requests, and what a handler answers.

use nethttp as http;

use http::httptest::{ResponseRecorder, new_recorder, new_request, new_test_server};
use http::{Handler, Request, Response, ResponseWriter, Server};

/// What a handler answers to `GET target`.
pub(crate) fn get(handler: impl Handler, target: &str) -> ResponseRecorder {
    answer(handler, &mut new_request("GET", target, ()))
}

/// What a handler answers to a request.
#[expect(clippy::needless_pass_by_value, reason = "as handlers are handed on elsewhere")]
pub(crate) fn answer(handler: impl Handler, r: &mut Request) -> ResponseRecorder {
    let mut w = new_recorder();
    handler.serve_http(&mut w, r);
    w
}

/// What a server answers to `GET /` with this handler.
pub(crate) fn served<F>(handler: F) -> Response
where
    F: Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync + 'static,
{
    configured(|_| {}, handler)
}

/// What a server with these settings answers to `GET /` with this handler; its body has been read.
pub(crate) fn configured<F>(set: impl FnOnce(&mut Server), handler: F) -> Response
where
    F: Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync + 'static,
{
    let mut server = new_test_server(handler);
    set(&mut server.config);
    let mut answer = server.client().get("/").expect("an answer");
    let body = answer.read_all().expect("a body");
    answer.body = body.to_vec().into();
    answer
}

/// The body of an answer as text.
pub(crate) fn text(mut answer: Response) -> String {
    answer.read_all().expect("a body").string().to_string()
}

/// A request with a form: `POST /?a=query` with `a=body&b=2`.
pub(crate) fn form() -> Request {
    let mut r = new_request("POST", "/?a=query", "a=body&b=2");
    r.header.set("Content-Type", "application/x-www-form-urlencoded");
    r
}

/// A multipart message with the field `a` (`1`) and the file `f` (`f.txt`, `file`), its boundary `X`.
pub(crate) const MULTIPART: &[u8] = b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\nfile\r\n\
--X--\r\n";

/// A request with a multipart form.
pub(crate) fn multipart() -> Request {
    let mut r = new_request("POST", "/?a=query", MULTIPART);
    r.header.set("Content-Type", "multipart/form-data; boundary=X");
    r
}

/// The text with which something panics.
pub(crate) fn panic_of(act: impl FnOnce()) -> String {
    let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act)).expect_err("it does not panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a text")).to_owned(),
    }
}
