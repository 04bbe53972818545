//! Paths that want to cost much: as long as a server lets in, and of the worst pieces. Work grows with the length of the
//! path and with what is registered, and never with their product or with a power of either.

use std::thread;
use std::time::{Duration, Instant};

use nethttp_core::{Handler, Method, Request};
use nethttp_mux::ServeMux;

use super::recorder::Recorder;

const LENGTH: usize = 64 * 1024;

/// Thousands of times what all of it takes, and a fraction of what one quadratic step would.
const BOUND: Duration = Duration::from_secs(20);

fn paths() -> Vec<String> {
    let pieces = ["/", "/a", "/./", "/a/..", "/%2F", "%2F", "a", "%41", "/..", "/%", "/a/", "/a%FF", "/a/a/a/x"];
    let long = pieces.iter().map(|piece| format!("/{}", piece.repeat(LENGTH / piece.len())));
    long.flat_map(|path| [format!("{path}/z"), path + "/", "/a".repeat(10) + "/e7"]).collect()
}

/// Dispatches all paths with some methods, on a thread with little stack, and gives how many were answered by a handler.
fn dispatch_all(mux: &ServeMux) -> u64 {
    let mux = mux.clone();
    let start = Instant::now();
    let dispatch = move || {
        for path in paths() {
            for (method, host) in [(Method::GET, "h.test:80"), (Method::POST, "m.test"), (Method::CONNECT, "h.test")] {
                let mut r = Request::new();
                (r.method, r.host) = (method, host.into());
                if r.assign_target(path.as_bytes()).is_ok() {
                    mux.serve_http(&mut Recorder::default(), &mut r);
                }
            }
            assert!(start.elapsed() < BOUND, "{:?} at {path:.20}…", start.elapsed());
        }
        mux.routes().iter().map(|route| route.hits).sum()
    };
    thread::Builder::new().stack_size(512 * 1024).spawn(dispatch).unwrap().join().unwrap()
}

#[test]
fn long_paths_cost_little() {
    let mux = ServeMux::new();
    for pattern in ["/a/", "GET /a/{x}/b/{y...}", "/{x}/{y...}", "h.test/a/a/", "POST /{$}", "h.test/b/{x}/{y}/"] {
        mux.handle_func(pattern, |_, _| {});
    }
    let many: String = (0..100).map(|place| format!("/{{p{place}}}")).collect();
    mux.handle_func(&format!("POST m.test{many}/"), |_, _| {});
    mux.handle_func(&format!("GET m.test{many}"), |_, _| {});
    assert!(dispatch_all(&mux) > 0);
}

#[test]
fn turning_back_costs_no_more_than_looking_at_every_pattern() {
    let mux = ServeMux::new();
    for number in 0..1_024 {
        let places = (0..10).map(|place| if number >> place & 1 == 0 { "/a".into() } else { format!("/{{p{place}}}") });
        mux.handle_func(&(places.collect::<String>() + &format!("/e{number}")), |_, _| {});
    }
    assert!(dispatch_all(&mux) > 0);
}

#[test]
fn long_paths_cost_little_on_a_classic_mux() {
    let mux = ServeMux::classic();
    for pattern in ["/a/", "/a/a/", "/z", "h.test/a/a/a/", "h.test/x", "/%2F/"] {
        mux.handle_func(pattern, |_, _| {});
    }
    assert!(dispatch_all(&mux) > 0);
}
