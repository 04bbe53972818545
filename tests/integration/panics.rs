//! Handlers, hooks and destructors that panic, handlers that fail: the connection at fault ends, nothing else does.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Instant;

use nethttp_core::{Body, BodyStream, Error, abort_handler, fprintf, handler_func, max_bytes_reader};
use nethttp_server::{ConnState, Server};

use crate::client::{get, post};
use crate::fixture::{PROMPT, TestServer, handler, one_loop, quiet_panic, timed, until};

#[test]
fn a_panic_before_the_first_byte_cuts_the_connection() {
    // pitfalls F10, D10
    let server = TestServer::of(|w, r| {
        if &*r.url.path == "/panic" {
            fprintf!(w, "never seen");
            quiet_panic("the handler's own words");
        }
        fprintf!(w, "fine");
    });
    for _ in 0..50 {
        let mut client = server.client();
        client.send(get("/panic"));
        client.expect_end();
    }
    assert_eq!(server.client().get("/").text(), "fine");
    until("all lines are there", || server.log.lines().len() == 50);
    let line = &server.log.lines()[0];
    assert!(line.starts_with("http: panic serving 127.0.0.1:") && line.contains("the handler's own words"), "{line}");
    server.wait_for_connections(0);
}

#[test]
fn a_panic_after_the_first_byte_cuts_the_answer_short() {
    let server = TestServer::of(|w, _| {
        fprintf!(w, "begun");
        let _ = w.flush();
        fprintf!(w, "held back, and lost");
        quiet_panic("late");
    });
    let mut client = server.client();
    client.send(get("/"));
    client.read_until(b"Transfer-Encoding: chunked\r\n\r\n");
    assert_eq!(client.rest(), b"5\r\nbegun\r\n", "no last chunk: the answer must not look complete");
    assert!(server.log.contains("late"));
}

#[test]
fn an_abort_is_silent_and_sends_nothing() {
    let server = TestServer::of(|w, r| {
        if &*r.url.path == "/begun" {
            fprintf!(w, "begun");
            let _ = w.flush();
        }
        abort_handler();
    });
    let mut client = server.client();
    client.send(get("/"));
    client.expect_end();
    let mut client = server.client();
    client.send(get("/begun"));
    assert!(client.rest().ends_with(b"\r\n\r\n5\r\nbegun\r\n"));
    assert!(server.log.lines().is_empty(), "{:?}", server.log.lines());
}

#[test]
fn payloads_of_any_kind_are_logged() {
    struct Odd;
    let server = TestServer::of(|_, r| match &*r.url.path {
        "/string" => std::panic::resume_unwind(Box::new("a string".to_owned())),
        "/odd" => std::panic::resume_unwind(Box::new(Odd)),
        _ => std::panic::resume_unwind(Box::new("a str")),
    });
    for path in ["/string", "/odd", "/str"] {
        let mut client = server.client();
        client.send(get(path));
        client.expect_end();
    }
    until("three lines", || server.log.lines().len() == 3);
    assert!(server.log.contains("a string") && server.log.contains("a str"));
}

/// Panics when it is dropped.
struct Mine;

impl Drop for Mine {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            quiet_panic("a destructor");
        }
    }
}

struct MinedBody(Mine);

impl BodyStream for MinedBody {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

/// Asserts that a server that has gone through `path` many times is whole: it serves promptly, has no connection left, and
/// shuts down.
#[track_caller]
fn survives(server: &TestServer, path: &str) {
    for _ in 0..20 {
        let mut client = server.client();
        client.send(get(path));
        client.rest_or_reset();
    }
    let (answer, took) = timed(|| server.client().get("/fine"));
    assert_eq!(answer.text(), "/fine");
    assert!(took < PROMPT, "{took:?}");
    server.wait_for_connections(0);
    server.shut_down();
}

#[test]
fn destructors_that_panic_take_only_their_connection() {
    let server = TestServer::start(Server {
        // One worker: a thread that is lost with its place would show at the second panic.
        max_workers: 1,
        handler: handler(|w, r| {
            if &*r.url.path == "/body" {
                r.body = Body::new(MinedBody(Mine));
                w.header().set("Connection", "close");
            }
            fprintf!(w, "{}", r.url.path);
        }),
        ..one_loop()
    });
    survives(&server, "/body");
}

#[test]
fn a_payload_that_panics_when_it_is_dropped() {
    let server = TestServer::start(Server {
        max_workers: 1,
        handler: handler(|w, r| {
            if &*r.url.path == "/panic" {
                std::panic::resume_unwind(Box::new(Mine));
            }
            fprintf!(w, "{}", r.url.path);
        }),
        ..one_loop()
    });
    survives(&server, "/panic");
}

#[test]
fn a_log_that_panics() {
    let server = TestServer::start(Server {
        max_workers: 1,
        error_log: Some(Arc::new(|_| quiet_panic("the log"))),
        handler: handler(|w, r| {
            if &*r.url.path == "/panic" {
                quiet_panic("the handler");
            }
            fprintf!(w, "{}", r.url.path);
        }),
        ..one_loop()
    });
    for _ in 0..5 {
        // Logged by the loop itself.
        let mut client = server.client();
        client.send("nonsense\r\n\r\n");
        assert!(client.rest_or_reset().starts_with(b"HTTP/1.1 400 "));
    }
    survives(&server, "/panic");
}

#[test]
fn hooks_that_panic() {
    let server = TestServer::start(Server {
        max_workers: 1,
        conn_state: Some(Arc::new(|_, state| {
            if state != ConnState::Idle {
                std::panic::resume_unwind(Box::new(Mine));
            }
        })),
        conn_context: Some(Arc::new(|_, _| quiet_panic("the context"))),
        handler: handler(|w, r| {
            w.header().set("Connection", "close");
            fprintf!(w, "{}", r.url.path);
        }),
        ..one_loop()
    });
    survives(&server, "/x");
    assert!(server.log.contains("connection hook"));
}

#[test]
fn a_context_value_that_panics_when_it_is_dropped() {
    struct Value(Mine);
    let server = TestServer::start(Server {
        max_workers: 1,
        conn_context: Some(Arc::new(|ctx, _| ctx.with_value(Value(Mine)))),
        handler: handler(|w, r| {
            w.header().set("Connection", "close");
            fprintf!(w, "{}", r.url.path);
        }),
        ..one_loop()
    });
    survives(&server, "/x");
}

#[test]
fn a_context_value_of_a_hijacked_connection_that_panics_when_it_is_dropped() {
    struct Value(Mine);
    let server = TestServer::start(Server {
        conn_context: Some(Arc::new(|ctx, _| ctx.with_value(Value(Mine)))),
        handler: handler(|w, _| drop(w.hijack())),
        ..one_loop()
    });
    for _ in 0..4 {
        let mut client = server.client();
        client.send(get("/"));
        client.expect_end();
    }
    server.wait_for_connections(0);
    assert!(!server.log.contains("a loop has panicked"), "{:?}", server.log.lines());
}

#[test]
fn an_error_becomes_the_status_that_belongs_to_it() {
    // pitfall D10
    let failing = handler_func(|w, r| -> io::Result<()> {
        match &*r.url.path {
            "/limit" => {
                r.body = max_bytes_reader(w, std::mem::take(&mut r.body), 3);
                r.body.read_to_end(&mut Vec::new()).map(drop)
            }
            "/body" => r.body.read_to_end(&mut Vec::new()).map(drop),
            "/deadline" => {
                w.set_read_deadline(Some(Instant::now()))?;
                r.body.read_to_end(&mut Vec::new()).map(drop)
            }
            "/own" => Err(io::Error::other("secret detail")),
            "/late" => {
                fprintf!(w, "begun");
                w.flush()?;
                Err(io::Error::other("late detail"))
            }
            "/held" => {
                fprintf!(w, "not sent yet");
                Err(Error::NotSupported.into())
            }
            _ => Ok(()),
        }
    });
    let server = TestServer::start(Server { handler: Some(Arc::new(failing)), ..one_loop() });
    let chunked =
        |path: &str, body: &str| format!("POST {path} HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
    let deadline = "POST /deadline HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n";
    for (request, status, text) in [
        (post("/limit", "hello"), 413, "Request Entity Too Large\n"),
        (post("/body", "hello"), 200, ""),
        (chunked("/body", "zz\r\n"), 400, "Bad Request\n"),
        (deadline.to_owned(), 408, "Request Timeout\n"),
        (post("/own", ""), 500, "Internal Server Error\n"),
        (post("/held", ""), 500, "Internal Server Error\n"),
    ] {
        let mut client = server.client();
        client.send(&request);
        let answer = client.answer();
        assert_eq!((answer.status, answer.text()), (status, text), "{request}");
        assert_eq!(answer.says_close(), status != 200, "{request}: {}", answer.head);
        if status != 200 {
            client.expect_end();
        }
    }
    until("own errors are logged", || server.log.contains("secret detail"));
    let mut client = server.client();
    client.send(get("/late"));
    assert!(client.rest_or_reset().ends_with(b"5\r\nbegun\r\n"));
    until("late errors are logged", || server.log.contains("late detail"));
    assert_eq!(server.client().get("/ok").status, 200);
}

#[test]
fn a_client_that_stops_in_its_body_gets_no_answer_to_the_error() {
    let failing = handler_func(|_, r| -> io::Result<()> { r.body.read_to_end(&mut Vec::new()).map(drop) });
    let server = TestServer::start(Server { handler: Some(Arc::new(failing)), ..one_loop() });
    let mut client = server.client();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhalf");
    client.close_write();
    assert_eq!(client.rest_or_reset(), b"");
    server.wait_for_connections(0);
}
