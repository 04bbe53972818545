//! Requests that come in one piece: what happens to one of them must not touch those before and behind it.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use nethttp_core::{Context, Error, Request, ResponseWriter, fprintf};
use nethttp_server::Server;

use crate::client::{get, post};
use crate::fixture::{Gate, PROMPT, TestServer, handler, one_loop, timed, until};

fn tell_path(w: &mut dyn ResponseWriter, r: &mut Request) {
    fprintf!(w, "{}", r.url.path);
}

#[test]
fn each_request_has_a_context_of_its_own() {
    let kept = Arc::new(Mutex::new(Vec::<Context>::new()));
    let seen = Arc::clone(&kept);
    let server = TestServer::of(move |w, r| {
        let ctx = r.context();
        // Those of earlier requests have ended, and this one has not.
        let ended = seen.lock().unwrap().iter().filter(|ctx| ctx.done()).count();
        fprintf!(w, "{ended} {}", ctx.done());
        if r.url.path.starts_with("/keep") {
            seen.lock().unwrap().push(ctx);
        }
    });
    let mut client = server.client();
    client.send(["/keep", "/", "/keep", "/keep", "/", "/"].map(get).concat());
    for ended in [0, 1, 1, 2, 3, 3] {
        assert_eq!(client.answer().text(), format!("{ended} false"));
    }
    assert!(kept.lock().unwrap().iter().all(Context::done));
}

#[test]
fn nothing_of_a_request_is_seen_by_the_next() {
    let server = TestServer::of(|w, r| {
        fprintf!(
            w,
            "{} {} {:?} {:?} {:?} {} {:?}",
            r.method,
            r.request_uri,
            r.url.raw_query,
            r.host,
            r.header,
            r.content_length,
            r.path_value("a")
        );
        w.header().set("X-Of", "this one");
        r.set_path_value("a", "left behind");
    });
    let mut client = server.client();
    let full = "GET /full?q=1 HTTP/1.1\r\nHost: a.test\r\nX-Odd-Name: 1\r\nCookie: c=2\r\n\r\n";
    let bare = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";
    client.send([full, bare, &post("/body", "12345"), bare].concat());
    let answers: Vec<String> = (0..4).map(|_| client.answer().text().to_owned()).collect();
    assert!(answers[0].contains("X-Odd-Name") && answers[0].contains("a.test"), "{answers:?}");
    assert_eq!(answers[1], "GET / \"\" \"t\" {} 0 \"\"");
    assert!(answers[2].starts_with("POST /body \"\" \"test\" "), "{answers:?}");
    assert_eq!(answers[3], answers[1]);
}

#[test]
fn a_handler_that_waits_holds_up_only_what_is_behind_it() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let held = gate.clone();
    let server = TestServer::of(move |w, r| {
        if &*r.url.path == "/held" {
            held.pass();
        }
        tell_path(w, r);
    });
    let mut client = server.client();
    client.send(["/a", "/b", "/held", "/c", "/held", "/d"].map(get).concat());
    let (_, took) = timed(|| {
        assert_eq!(client.answer().text(), "/a");
        assert_eq!(client.answer().text(), "/b");
        // The loop is not that handler's.
        assert_eq!(server.client().get("/other").text(), "/other");
    });
    assert!(took < 2 * PROMPT, "{took:?}");
    gate.open();
    for path in ["/held", "/c", "/held", "/d"] {
        assert_eq!(client.answer().text(), path);
    }
}

#[test]
fn what_ends_the_connection_ends_it_for_those_behind() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let server = TestServer::of(move |w, r| {
        counted.fetch_add(1, Ordering::Relaxed);
        match &*r.url.path {
            "/close" => w.header().set("Connection", "close"),
            "/short" => w.header().set("Content-Length", "100"),
            "/panic" => panic!("a handler's own"),
            _ => {}
        }
        tell_path(w, r);
    });
    for end in ["/close", "/short", "/panic"] {
        calls.store(0, Ordering::Relaxed);
        let mut client = server.client();
        client.send(["/a", "/b", end, "/x"].map(get).concat());
        assert_eq!(client.answer().text(), "/a");
        assert_eq!(client.answer().text(), "/b");
        let rest = client.rest_or_reset();
        let rest = String::from_utf8_lossy(&rest);
        assert!(!rest.contains("/x"), "{rest}");
        assert_eq!(rest.contains(end), end != "/panic", "{rest}");
        assert_eq!(calls.load(Ordering::Relaxed), 3, "{end}");
    }
}

#[test]
fn whoever_takes_the_connection_over_gets_what_is_behind() {
    let server = TestServer::of(|w, r| {
        if &*r.url.path != "/take" {
            return tell_path(w, r);
        }
        let (mut conn, mut buffered) = w.hijack().unwrap();
        let mut rest = vec![0; get("/behind").len()];
        std::io::Read::read_exact(&mut buffered, &mut rest).unwrap();
        conn.write_all(&rest).unwrap();
    });
    let mut client = server.client();
    client.send(["/a", "/b", "/take", "/behind"].map(get).concat());
    assert_eq!(client.answer().text(), "/a");
    assert_eq!(client.answer().text(), "/b");
    assert_eq!(String::from_utf8(client.rest()).unwrap(), get("/behind"));
}

#[test]
fn a_bad_request_behind_good_ones_is_refused_in_its_turn() {
    let server = TestServer::of(tell_path);
    for bad in ["GET /x HTTP/1.1\r\n\r\n", "GET /x HTTP/1.1\r\nHost: t\r\nA B: c\r\n\r\n", "bad\r\n\r\n"] {
        let mut client = server.client();
        client.send(format!("{}{}{bad}{}", get("/a"), get("/b"), get("/c")));
        assert_eq!(client.answer().text(), "/a");
        assert_eq!(client.answer().text(), "/b");
        assert_eq!(client.answer().status, 400, "{bad:?}");
        client.expect_end();
    }
}

#[test]
fn keep_alives_switched_off_amid_a_batch_end_it() {
    let handle = Arc::new(Mutex::new(None::<nethttp_server::ServerHandle>));
    let switch = Arc::clone(&handle);
    let server = TestServer::start(Server {
        handler: handler(move |w, r| {
            if &*r.url.path == "/off" {
                switch.lock().unwrap().as_ref().unwrap().set_keep_alives_enabled(false);
            }
            tell_path(w, r);
        }),
        ..one_loop()
    });
    *handle.lock().unwrap() = Some(server.handle.clone());
    let mut client = server.client();
    client.send(["/a", "/off", "/b"].map(get).concat());
    assert!(!client.answer().says_close());
    assert!(client.answer().says_close());
    client.expect_end();
    until("it is gone", || server.handle.connections() == 0);
}

#[test]
fn a_body_that_was_kept_is_closed_and_not_that_of_a_later_request() {
    let kept = Arc::new(Mutex::new(None));
    let taken = Arc::clone(&kept);
    let server = TestServer::of(move |w, r| {
        if &*r.url.path == "/keep" {
            *taken.lock().unwrap() = Some(r.body.take());
        } else if let Some(body) = taken.lock().unwrap().as_mut() {
            let outcome = std::io::Read::read(body, &mut [0; 8]);
            assert!(outcome.is_err_and(|error| Error::BodyReadAfterClose.is(&error)));
        }
        tell_path(w, r);
    });
    let mut client = server.client();
    client.send([post("/keep", "secret"), get("/a"), post("/b", "other"), get("/c")].concat());
    for path in ["/keep", "/a", "/b", "/c"] {
        assert_eq!(client.answer().text(), path);
    }
}
