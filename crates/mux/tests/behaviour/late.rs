//! Registration while requests are served.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use nethttp_core::fprintf;
use nethttp_mux::ServeMux;

use super::{get, says};

#[test]
fn what_is_registered_late_is_found_at_once() {
    let mux = ServeMux::new();
    mux.handle_func("/", says("all"));
    assert_eq!(get(&mux, "/late").1, "all");
    for number in 0..20 {
        let clone = mux.clone();
        clone.handle_func(&format!("/late/{number}"), move |w, _| fprintf!(w, "{number}"));
        assert_eq!(get(&mux, &format!("/late/{number}")).1, number.to_string());
        assert_eq!(get(&mux, "/late").1, "all");
    }
    let hits: u64 = mux.routes().iter().map(|route| route.hits).sum();
    assert_eq!(hits, 41);
}

#[test]
fn a_handler_may_register_with_its_own_mux() {
    let mux = ServeMux::new();
    let itself = mux.clone();
    mux.handle_func("/grow/{name}", move |w, r| {
        let name = r.path_value("name").to_string();
        let path = format!("/{name}");
        fprintf!(w, "{}", itself.try_handle_func(&path, move |w, _| fprintf!(w, "I am {name}")).is_ok());
    });
    assert_eq!(get(&mux, "/new").0, 404);
    assert_eq!(get(&mux, "/grow/new").1, "true");
    assert_eq!(get(&mux, "/new").1, "I am new");
    assert_eq!(get(&mux, "/grow/new").1, "false");
}

#[test]
fn readers_never_miss_what_was_registered_before() {
    let mux = ServeMux::new();
    mux.handle_func("/{$}", says("root"));
    let is_done = Arc::new(AtomicBool::new(false));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !is_done.load(Ordering::Acquire) {
                    assert_eq!(get(&mux, "/").1, "root");
                    // Those that are listed can be reached.
                    for route in mux.routes() {
                        let path = route.path.replace("{$}", "");
                        assert_eq!(get(&mux, &path).0, 200, "{path}");
                    }
                }
            });
        }
        for number in 0..60 {
            mux.handle_func(&format!("/n/{number}"), says("number"));
            assert_eq!(get(&mux, &format!("/n/{number}")).1, "number");
        }
        is_done.store(true, Ordering::Release);
    });
    assert_eq!(mux.routes().len(), 61);
}

#[test]
fn many_threads_begin_at_the_same_time() {
    for _ in 0..20 {
        let mux = ServeMux::new();
        mux.handle_func("/a", says("a"));
        thread::scope(|scope| {
            for number in 0..4 {
                let mux = &mux;
                scope.spawn(move || {
                    mux.handle_func(&format!("/t/{number}"), says("t"));
                    assert_eq!(get(mux, &format!("/t/{number}")).1, "t");
                    assert_eq!(get(mux, "/a").1, "a");
                });
            }
        });
        let hits: u64 = mux.routes().iter().map(|route| route.hits).sum();
        assert_eq!(hits, 8);
    }
}
