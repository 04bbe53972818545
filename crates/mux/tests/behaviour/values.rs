//! Path values and patterns in the request, nested muxes, and the hook for the engine.

use std::sync::Mutex;

use nethttp_core::{Busy, Context, Handler, Method, Request, RouteCost, Schedule, fprintf};
use nethttp_mux::ServeMux;

use super::recorder::Recorder;
use super::{dispatch, get};

/// Shows the pattern, and the values of `a`, `b` and `rest`.
fn show(mux: &ServeMux, pattern: &str) {
    mux.handle_func(pattern, |w, r| {
        fprintf!(w, "{} {} {} {}", r.pattern, r.path_value("a"), r.path_value("b"), r.path_value("rest"));
    });
}

#[test]
fn values_are_unescaped() {
    let mux = ServeMux::new();
    show(&mux, "/{a}/x/{b}/{rest...}");
    let check = |target: &str, expected: &str| {
        assert_eq!(get(&mux, target), (200, format!("/{{a}}/x/{{b}}/{{rest...}} {expected}")), "{target}");
    };
    check("/1/x/2/3/4", "1 2 3/4");
    check("/1%202/x/%C3%A9/%2F/%2f", "1 2 é ///");
    check("/a%2Fb/%78/c%25/", "a/b c% ");
    check("/1/x/2/", "1 2 ");
    let long = "0123456789".repeat(30);
    check(&format!("/{long}/x/{long}/{long}/{long}"), &format!("{long} {long} {long}/{long}"));
    check(&format!("/%41{long}/x/{long}%42/{long}/%43/{long}"), &format!("A{long} {long}B {long}/C/{long}"));
    let deep = "y/".repeat(200);
    check(&format!("/1/x/2/{deep}"), &format!("1 2 {deep}"));
}

#[test]
fn values_need_not_be_text() {
    let mux = ServeMux::new();
    show(&mux, "/{a}/{rest...}");
    let (r, _) = dispatch(&mux, "GET", "", "/%FF%00/%FE");
    assert_eq!(r.path_value("a").as_bytes(), b"\xff\0");
    assert_eq!(r.path_value("rest").as_bytes(), b"\xfe");
}

#[test]
fn letters_are_compared_as_they_are() {
    // pitfall H10
    let mux = ServeMux::new();
    show(&mux, "/admin/{a}");
    assert_eq!(get(&mux, "/Admin/x").0, 404);
    assert_eq!(get(&mux, "/admin/x").0, 200);
    assert_eq!(get(&mux, "/admin/x/").0, 404);
}

#[test]
fn an_empty_segment_of_a_connect_path_is_bound() {
    // pitfall H1
    let mux = ServeMux::new();
    show(&mux, "/p/{a}/{b}");
    show(&mux, "/q/{a}/{rest...}");
    let check = |target: &str, expected: &str| {
        let (_, w) = dispatch(&mux, "CONNECT", "", target);
        assert_eq!(String::from_utf8_lossy(&w.body), expected, "{target}");
    };
    check("/p//b", "/p/{a}/{b}  b ");
    check("/q///x", "/q/{a}/{rest...}   /x");
}

#[test]
fn an_empty_segment_of_a_pattern_is_empty() {
    let mux = ServeMux::new();
    show(&mux, "/p//{b}");
    let (r, _) = dispatch(&mux, "CONNECT", "", "/p//x");
    assert_eq!((&*r.pattern, &**r.path_value("b")), ("/p//{b}", "x"));
    let (r, w) = dispatch(&mux, "CONNECT", "", "/p/y/x");
    assert_eq!((&*r.pattern, w.status.unwrap().as_u16()), ("", 404));
    // In Go the two meet in one place, and the second panics.
    show(&mux, "/p/{a}/{b}");
    let (r, _) = dispatch(&mux, "CONNECT", "", "/p//x");
    assert_eq!(&*r.pattern, "/p//{b}");
    let (r, _) = dispatch(&mux, "CONNECT", "", "/p/y/x");
    assert_eq!((&*r.pattern, &**r.path_value("a")), ("/p/{a}/{b}", "y"));
}

#[test]
fn a_nested_mux_keeps_the_values_of_the_outer_one() {
    // pitfall H2
    let inner = ServeMux::new();
    show(&inner, "/{x}/items/{b}");
    show(&inner, "/{a}/again");
    let outer = ServeMux::new();
    outer.handle("/{a}/", inner);
    assert_eq!(get(&outer, "/1/items/2"), (200, "/{x}/items/{b} 1 2 ".to_owned()));
    assert_eq!(get(&outer, "/1/again"), (200, "/{a}/again 1  ".to_owned()));
    // What the inner mux does not find has no pattern in the end.
    let (r, w) = dispatch(&outer, "GET", "", "/1/nothing");
    assert_eq!((w.status.unwrap().as_u16(), &*r.pattern), (404, ""));
}

#[test]
fn values_of_a_route_that_is_not_taken_are_not_seen() {
    // pitfall C5
    let inner = ServeMux::new();
    inner.handle_func("POST /{a}/{b}", |_, _| {});
    let outer = ServeMux::new();
    outer.handle_func("/", move |w, r| {
        inner.serve_http(w, r);
        fprintf!(w, " a={} b={}", r.path_value("a"), r.path_value("b"));
    });
    let (r, w) = dispatch(&outer, "GET", "", "/1/2");
    assert_eq!(*w.header.get("Allow"), "POST");
    assert_eq!(String::from_utf8_lossy(&w.body), "Method Not Allowed\n a= b=");
    assert_eq!(r.url.path, "/1/2");
}

#[test]
fn set_path_value_goes_over_what_was_matched() {
    let mux = ServeMux::new();
    mux.handle_func("/{a}", |w, r| {
        r.set_path_value("a", "other");
        r.set_path_value("new", "value");
        fprintf!(w, "{} {}", r.path_value("a"), r.path_value("new"));
    });
    assert_eq!(get(&mux, "/1"), (200, "other value".to_owned()));
}

#[test]
fn the_target_that_is_no_path_is_refused() {
    let mux = ServeMux::new();
    show(&mux, "/");
    let (r, w) = dispatch(&mux, "OPTIONS", "", "*");
    assert_eq!((w.status.unwrap().as_u16(), &*r.pattern), (400, ""));
    assert_eq!(*w.header.get("Connection"), "close");
    let mut r = Request::new();
    r.method = Method::OPTIONS;
    r.assign_target(b"*").unwrap();
    r.proto_minor = 0;
    let mut w = Recorder::default();
    mux.serve_http(&mut w, &mut r);
    assert_eq!((w.status.unwrap().as_u16(), w.header.get("Connection").is_empty()), (400, true));
}

/// Notes what it is told.
struct Notebook(Mutex<Vec<&'static str>>);

impl Notebook {
    fn note(&self, what: &'static str) {
        self.0.lock().unwrap().push(what);
    }
}

impl Schedule for Notebook {
    fn enter_route(&self, _: &RouteCost) {
        self.note("enter");
    }

    fn leave_route(&self, _: &RouteCost) {
        self.note("leave");
    }

    fn will_block(&self) {}

    fn spawn(&self, _: Box<dyn FnOnce() + Send>) -> Result<(), Busy> {
        Err(Busy)
    }
}

#[test]
fn the_engine_hears_of_the_route() {
    static NOTEBOOK: Notebook = Notebook(Mutex::new(Vec::new()));
    let mux = ServeMux::new();
    mux.handle_func("/{a}", |_, _| NOTEBOOK.note("handler"));
    mux.handle_func("/panics", |_, _| -> () { panic!("on purpose") });
    for target in ["/x", "/panics", "/not/found"] {
        let mut r = Request::new();
        r.assign_target(target.as_bytes()).unwrap();
        r.attach(Some(&NOTEBOOK), &Context::default());
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            mux.serve_http(&mut Recorder::default(), &mut r);
        }));
        NOTEBOOK.note("done");
    }
    let expected = ["enter", "handler", "leave", "done", "enter", "leave", "done", "done"];
    assert_eq!(*NOTEBOOK.0.lock().unwrap(), expected);
}
