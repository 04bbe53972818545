//! Registration: what it accepts, what it says when it refuses, and what `routes` tells afterwards.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use nethttp_core::{Handler, HandlerFunc, handler_func};
use nethttp_mux::{
    Pattern, PatternError, ServeMux, Table, default_serve_mux, handle, handle_func, new_serve_mux, pattern,
};

use super::{dispatch, get, says};

#[test]
fn handlers_of_all_kinds_are_accepted() {
    let mux = new_serve_mux();
    mux.handle("/function", says("function"));
    mux.handle("/wrapped", HandlerFunc(|w, _| nethttp_core::fprintf!(w, "wrapped")));
    mux.handle("/shared", Arc::new(handler_func(says("shared"))));
    mux.handle("/boxed", Box::new(says("boxed")) as Box<dyn Handler>);
    mux.handle_func("/fallible", |w, _| -> io::Result<()> { w.write_all(b"fallible") });
    mux.handle_func(pattern!("GET /checked/{$}"), says("checked"));
    for name in ["function", "wrapped", "shared", "boxed", "fallible"] {
        assert_eq!(get(&mux, &format!("/{name}")), (200, name.to_owned()));
    }
    assert_eq!(get(&mux, "/checked/"), (200, "checked".to_owned()));
}

#[test]
fn handle_panics_with_the_error_of_try_handle() {
    for (first, second) in [("/", "GET /{x"), ("/{a}", "/{b}"), ("/a/{x}", "/{y}/b"), ("/", "")] {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let mux = ServeMux::new();
            (mux.handle_func(first, |_, _| {}), mux.handle_func(second, |_, _| {}))
        }));
        let message = *panicked.unwrap_err().downcast::<String>().unwrap();
        let mux = ServeMux::new();
        mux.handle_func(first, |_, _| {});
        let error = mux.try_handle_func(second, |_, _| {}).unwrap_err();
        // The places differ, the lines of the reason do not.
        assert_eq!(message.lines().skip(1).collect::<Vec<_>>(), error.to_string().lines().skip(1).collect::<Vec<_>>());
        assert_eq!(message.split(' ').next(), error.to_string().split(' ').next());
    }
}

#[test]
fn a_conflict_names_both_places_and_the_earliest_pattern() {
    let mux = ServeMux::new();
    mux.handle_func("GET /a/", |_, _| {});
    mux.handle_func("POST /a/", |_, _| {});
    let here = line!() + 1;
    let error = mux.try_handle_func("/{x}/b", |_, _| {}).unwrap_err();
    let conflict = error.conflict().unwrap();
    assert!(error.is_conflict() && !error.is_invalid());
    assert_eq!((&*conflict.pattern, &*conflict.with), ("/{x}/b", "GET /a/"));
    assert_eq!((conflict.location.file(), conflict.location.line()), (file!(), here));
    assert_eq!(conflict.with_location.line(), here - 3);
    assert_eq!(
        error.to_string(),
        format!(
            "pattern \"/{{x}}/b\" (registered at {file}:{here}) conflicts with pattern \"GET /a/\" (registered at {file}:{}):\n\
             /{{x}}/b and GET /a/ both match some paths, like \"/a/b\".\n\
             But neither is more specific than the other.\n\
             /{{x}}/b matches \"/x/b\", but GET /a/ doesn't.\n\
             GET /a/ matches \"/a/\", but /{{x}}/b doesn't.",
            here - 3,
            file = file!(),
        )
    );
    // What was refused leaves no trace.
    assert_eq!(mux.routes().len(), 2);
    assert!(mux.try_handle_func("/b/{x}", |_, _| {}).is_ok());
}

#[test]
fn a_classic_mux_refuses_the_same_pattern_only() {
    let mux = ServeMux::classic();
    mux.handle_func("/{x}", says("braces"));
    mux.handle_func("/{y}", |_, _| {});
    mux.handle_func("GET /{", |_, _| {});
    let error = mux.try_handle_func("/{x}", |_, _| {}).unwrap_err();
    assert_eq!(error.to_string(), "http: multiple registrations for /{x}");
    assert!(error.is_conflict() && error.conflict().is_none());
    let error = mux.try_handle_func("", |_, _| {}).unwrap_err();
    assert_eq!((error.to_string(), error.is_invalid()), ("http: invalid pattern".to_owned(), true));
    assert_eq!(get(&mux, "/%7Bx%7D"), (200, "braces".to_owned()));
    assert_eq!(get(&mux, "/z").0, 404);
}

#[test]
fn routes_are_listed_with_their_hits() {
    let mux = ServeMux::new();
    let line = line!() + 1;
    mux.handle_func("GET a.test/x/{id}", |_, _| {});
    mux.handle_func("/", |_, _| {});
    for target in ["/x/1", "/x/2", "/y", "//y", "/x/%20"] {
        dispatch(&mux, "GET", "a.test:80", target);
    }
    dispatch(&mux, "CONNECT", "a.test", "/x/1");
    let routes = mux.routes();
    let [route, other] = &routes[..] else { panic!("{routes:?}") };
    assert_eq!(
        [&route.pattern, &route.method, &route.host, &route.path],
        ["GET a.test/x/{id}", "GET", "a.test", "/x/{id}"]
    );
    assert_eq!((route.location.file(), route.location.line()), (file!(), line));
    assert_eq!((route.hits, other.hits), (3, 2));
    assert_eq!(route.to_string(), format!("GET a.test/x/{{id}}  ({}:{line}, hits: 3)", file!()));
}

#[test]
fn the_default_mux_is_one_for_all() {
    handle("/of-the-default-mux/a", says("a"));
    handle_func("/of-the-default-mux/b", says("b"));
    assert_eq!(get(default_serve_mux(), "/of-the-default-mux/a"), (200, "a".to_owned()));
    assert_eq!(get(default_serve_mux(), "/of-the-default-mux/b"), (200, "b".to_owned()));
    assert!(format!("{:?}", default_serve_mux()).contains("/of-the-default-mux/a"));
}

#[test]
fn ten_thousand_patterns_are_registered_soon() {
    let mux = ServeMux::new();
    for number in 0..2_500 {
        mux.handle_func(&format!("GET /s{number}/{{id}}"), |_, _| {});
        mux.handle_func(&format!("/s{number}/{{id}}/files/"), |_, _| {});
        mux.handle_func(&format!("/t/{{x}}/s{number}"), |_, _| {});
        mux.handle_func(&format!("h{number}.test/{{path...}}"), |_, _| {});
    }
    assert_eq!(mux.routes().len(), 10_000);
    let (r, _) = dispatch(&mux, "GET", "h7.test", "/a/b");
    assert_eq!(r.pattern, "h7.test/{path...}");
    let (r, _) = dispatch(&mux, "GET", "", "/s2499/7/files/a");
    assert_eq!(r.pattern, "/s2499/{id}/files/");
    assert_eq!(r.path_value("id"), "7");
}

#[test]
fn a_table_numbers_its_patterns() -> Result<(), PatternError> {
    let table = Table::new(["/a", "/{x}"].map(|text| Pattern::parse(text).unwrap()))?;
    assert_eq!(table.patterns().map(Pattern::as_str).collect::<Vec<_>>(), ["/a", "/{x}"]);
    assert_eq!(format!("{table:?}"), r#"[Pattern("/a"), Pattern("/{x}")]"#);
    let conflict = Table::new(["/a/", "/a/{x...}"].map(|text| Pattern::parse(text).unwrap())).unwrap_err();
    assert_eq!(conflict.conflict().unwrap().reason, "/a/{x...} matches the same requests as /a/");
    Ok(())
}
