//! What the mux answers itself, and with handlers of one's own.

use nethttp_core::{Handler, Request, STATUS_METHOD_NOT_ALLOWED, STATUS_NOT_FOUND, error};
use nethttp_mux::{Miss, ServeMux, Standing};

use super::recorder::Recorder;
use super::{dispatch, get, says};

fn mux() -> ServeMux {
    let mux = ServeMux::new();
    mux.handle_func("GET /a/{x}", says("a"));
    mux.handle_func("PUT /a/{x}", says("put"));
    mux.handle_func("b.test/only/there", says("there"));
    mux.handle_func("/tree/", says("tree"));
    mux
}

#[test]
fn what_is_not_found_is_answered_as_in_go() {
    let (_, w) = dispatch(&mux(), "GET", "a.test", "/nothing");
    assert_eq!(w.status.unwrap(), 404);
    assert_eq!(w.body, b"404 page not found\n");
    assert_eq!(*w.header.get("Content-Type"), "text/plain; charset=utf-8");
    assert_eq!(*w.header.get("X-Content-Type-Options"), "nosniff");

    let (_, w) = dispatch(&mux(), "DELETE", "a.test", "/a/1");
    assert_eq!(w.status.unwrap(), 405);
    assert_eq!(*w.header.get("Allow"), "GET, HEAD, PUT");
    assert_eq!(w.body, b"Method Not Allowed\n");

    let (r, w) = dispatch(&mux(), "POST", "a.test", "/tree?q=1");
    assert_eq!((w.status.unwrap().as_u16(), &*r.pattern), (307, "/tree/"));
    assert_eq!(*w.header.get("Location"), "/tree/?q=1");
    assert_eq!(w.body, b"");
}

#[test]
fn handlers_of_ones_own_are_told_why() {
    let mux = mux();
    mux.set_not_found(|w, r, miss| {
        let elsewhere = miss.explain().candidates;
        let elsewhere: Vec<_> = elsewhere.iter().map(|candidate| (&*candidate.pattern, candidate.standing)).collect();
        error(
            w,
            format!("{} {} {} {:?} for {}", miss.method(), miss.host(), miss.path(), elsewhere, r.pattern),
            STATUS_NOT_FOUND,
        );
    });
    mux.set_method_not_allowed(|w, _, miss| error(w, format!("try {:?}", miss.allowed()), STATUS_METHOD_NOT_ALLOWED));

    assert_eq!(get(&mux, "/nothing%20here"), (404, "GET a.test /nothing%20here [] for \n".to_owned()));
    let expected = format!("GET a.test /only/there {:?} for \n", [("b.test/only/there", Standing::OtherHost)]);
    assert_eq!(get(&mux, "/only/there"), (404, expected));

    let (r, w) = dispatch(&mux, "DELETE", "a.test:80", "/a/1");
    assert_eq!((w.status.unwrap().as_u16(), &*r.pattern), (405, ""));
    assert_eq!(*w.header.get("Allow"), "GET, HEAD, PUT");
    assert_eq!(w.body, b"try [\"GET\", \"HEAD\", \"PUT\"]\n");
    // Redirects come before.
    assert_eq!(get(&mux, "/tree").0, 307);
    assert_eq!(get(&mux, "//nothing").0, 307);
}

#[test]
fn handlers_of_ones_own_may_fail_and_may_be_changed() {
    let mux = ServeMux::new();
    mux.set_not_found(|w: &mut dyn nethttp_core::ResponseWriter, _: &mut Request, _: &Miss<'_>| w.write_all(b"first"));
    assert_eq!(get(&mux, "/"), (200, "first".to_owned()));
    mux.set_not_found(|w, _, _| w.write_all(b"second"));
    assert_eq!(get(&mux, "/"), (200, "second".to_owned()));
}

#[test]
fn a_handler_that_was_asked_for_answers_like_the_mux() {
    let mux = mux();
    mux.set_not_found(|w, _, miss| error(w, format!("no {}", miss.path()), STATUS_NOT_FOUND));
    for (method, host, target, pattern) in [
        ("GET", "a.test", "/a/1", "GET /a/{x}"),
        ("POST", "a.test", "/a/1", ""),
        ("GET", "a.test", "/tree", "/tree/"),
        ("GET", "a.test", "/x//y", ""),
        ("GET", "a.test", "/nothing", ""),
        ("CONNECT", "a.test", "/tree", "/tree/"),
    ] {
        let (mut r, expected) = dispatch(&mux, method, host, target);
        let (handler, found) = mux.handler(&r);
        assert_eq!(found, pattern, "{method} {target}");
        let mut w = Recorder::default();
        handler.serve_http(&mut w, &mut r);
        assert_eq!(w.status, expected.status, "{method} {target}");
        assert_eq!(w.body, expected.body, "{method} {target}");
        assert_eq!(w.header.get("Location"), expected.header.get("Location"), "{method} {target}");
        assert_eq!(w.header.get("Allow"), expected.header.get("Allow"), "{method} {target}");
    }
}

#[test]
fn a_classic_mux_redirects_for_good_and_knows_no_methods() {
    let mux = ServeMux::classic();
    mux.handle_func("/tree/", says("tree"));
    mux.handle_func("b.test/", says("host"));
    let (r, w) = dispatch(&mux, "POST", "a.test", "/tree?q=1");
    assert_eq!((w.status.unwrap().as_u16(), &**w.header.get("Location")), (301, "/tree/?q=1"));
    assert_eq!(r.pattern, "");
    assert_eq!(dispatch(&mux, "FOO", "b.test:80", "/tree/x").1.body, b"host");
    assert_eq!(dispatch(&mux, "FOO", "a.test:80", "/tree/x").1.body, b"tree");
    assert_eq!(get(&mux, "/").0, 404);
}
