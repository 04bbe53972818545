//! Connections that carry more than one request: keep-alive of both versions, pipelining, input in pieces.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::Duration;

use nethttp_core::{Request, ResponseWriter, fprintf};
use nethttp_server::Server;

use crate::client::{get, post};
use crate::fixture::{PROMPT, TestServer, handler, one_loop, timed, until};

fn echo(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (body, _) = nethttp_core::io::read_all(&mut r.body);
    fprintf!(w, "{} {} {}", r.method, r.request_uri, String::from_utf8_lossy(&body));
}

fn answer_to(line: &str) -> String {
    let length = line.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{line}")
}

#[test]
fn three_requests_one_after_the_other() {
    // pitfall D8
    let server = TestServer::of(echo);
    let mut client = server.client();
    for path in ["/a", "/bb", "/ccc"] {
        client.send(get(path));
        client.expect(&answer_to(&format!("GET {path} ")));
    }
    assert_eq!(server.handle.connections(), 1);
}

#[test]
fn a_hundred_requests_in_one_write_are_answered_in_order() {
    // More than a connection's turn of 32.
    let server = TestServer::of(echo);
    let mut client = server.client();
    let batch: String = (0..100)
        .map(|n| if n % 3 == 0 { post(&format!("/{n}"), &format!("body {n}")) } else { get(&format!("/{n}")) })
        .collect();
    client.send(&batch);
    for n in 0..100 {
        let line = if n % 3 == 0 { format!("POST /{n} body {n}") } else { format!("GET /{n} ") };
        client.expect(&answer_to(&line));
    }
}

#[test]
fn a_pipelining_client_leaves_turns_to_others() {
    let server = TestServer::of(|w, r| {
        if &*r.url.path == "/busy" {
            // Quick enough for the monitor, and as many as lie in the socket at a time take a second.
            let end = std::time::Instant::now() + Duration::from_micros(400);
            while std::time::Instant::now() < end {}
        }
        fprintf!(w, "{}", r.url.path);
    });
    let busy = server.client();
    let (mut sending, mut reading) = (busy.writer(), busy.writer());
    let threads = [
        // Both end when the server is closed.
        thread::spawn(move || drop(sending.write_all(get("/busy").repeat(40_000).as_bytes()))),
        thread::spawn(move || drop(std::io::copy(&mut reading, &mut std::io::sink()))),
    ];
    let mut other = server.client();
    for _ in 0..20 {
        let (answer, took) = timed(|| other.get("/other"));
        assert_eq!(answer.text(), "/other");
        assert!(took < PROMPT, "{took:?}");
    }
    server.handle.close();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn input_byte_by_byte() {
    let server = TestServer::of(echo);
    let mut client = server.client();
    for byte in format!("{}{}{}", get("/x"), post("/y", "hello"), get("/z")).bytes() {
        client.send([byte]);
    }
    client.expect(&answer_to("GET /x "));
    client.expect(&answer_to("POST /y hello"));
    client.expect(&answer_to("GET /z "));
}

#[test]
fn input_cut_at_each_position() {
    let server = TestServer::of(echo);
    let input =
        format!("{}POST /y HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", get("/x"));
    for cut in 1..input.len() {
        let mut client = server.client();
        client.send(&input[..cut]);
        if cut % 16 == 0 {
            // Now and then the server has surely seen the first part by itself.
            thread::sleep(Duration::from_millis(1));
        }
        client.send(&input[cut..]);
        client.expect(&answer_to("GET /x "));
        client.expect(&answer_to("POST /y abc"));
    }
}

#[test]
fn versions_decide_about_the_connection() {
    // pitfall D3
    let server = TestServer::of(|w, _| fprintf!(w, "hi"));
    let typed = "Content-Type: text/plain; charset=utf-8\r\n";
    for (request, expected, stays) in [
        ("GET / HTTP/1.1\r\nHost: t\r\n\r\n", format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{typed}\r\nhi"), true),
        (
            "GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n",
            format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{typed}Connection: close\r\n\r\nhi"),
            false,
        ),
        (
            "GET / HTTP/1.1\r\nHost: t\r\nConnection: x\r\nConnection: foo, Close\r\n\r\n",
            format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{typed}Connection: close\r\n\r\nhi"),
            false,
        ),
        (
            "GET / HTTP/1.1\r\nHost: t\r\nConnection: closed\r\n\r\n",
            format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{typed}\r\nhi"),
            true,
        ),
        ("GET / HTTP/1.2\r\nHost: t\r\n\r\n", format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{typed}\r\nhi"), true),
        ("GET / HTTP/1.0\r\n\r\n", format!("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n{typed}\r\nhi"), false),
        (
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            format!("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n{typed}Connection: keep-alive\r\n\r\nhi"),
            true,
        ),
    ] {
        let mut client = server.client();
        client.send(request);
        client.expect(&expected);
        if stays {
            client.send(request);
            client.expect(&expected);
        } else {
            client.expect_end();
        }
    }
}

#[test]
fn what_follows_a_request_that_closes_is_not_served() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let server = TestServer::of(move |w, r| {
        counted.fetch_add(1, Ordering::Relaxed);
        fprintf!(w, "{}", r.url.path);
    });
    let mut client = server.client();
    client.send(format!("{}GET /b HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n{}", get("/a"), get("/c")));
    assert_eq!(client.answer().text(), "/a");
    assert_eq!(client.answer().text(), "/b");
    assert_eq!(client.rest_or_reset(), b"");
    server.wait_for_connections(0);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[test]
fn requests_and_the_end_of_input_together_are_all_served() {
    // pitfall E6
    let server = TestServer::of(echo);
    for count in [1, 3, 40] {
        let mut client = server.client();
        client.send(get("/x").repeat(count));
        client.close_write();
        for _ in 0..count {
            client.expect(&answer_to("GET /x "));
        }
        client.expect_end();
    }
}

#[test]
fn the_answer_does_not_wait_for_the_next_request() {
    // An answer goes out though what follows it is a head that is not complete, or a body that is not there.
    let server = TestServer::of(echo);
    for next in ["GET /next HTTP/1.1\r\nHo", "POST /next HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\n"] {
        let mut client = server.client();
        client.send(format!("{}{next}", get("/x")));
        let (_, took) = timed(|| client.expect(&answer_to("GET /x ")));
        assert!(took < PROMPT, "{took:?}");
        client.send(if next.starts_with("GET") { "st: t\r\n\r\n" } else { "body" });
        assert_eq!(client.answer().status, 200);
    }
}

#[test]
fn the_answer_does_not_wait_for_the_body_of_the_next_request() {
    // Too large to be awaited by the loop: the handler of the second request waits for it.
    let server = TestServer::of(echo);
    let mut client = server.client();
    let body = "b".repeat(100_000);
    client.send(format!("{}POST /y HTTP/1.1\r\nHost: t\r\nContent-Length: {}\r\n\r\n", get("/x"), body.len()));
    client.expect(&answer_to("GET /x "));
    client.send(&body);
    assert_eq!(client.answer().body.len(), "POST /y ".len() + body.len());
}

#[test]
fn the_answer_does_not_wait_for_the_next_handler() {
    let server = TestServer::of(|w, r| {
        if &*r.url.path == "/slow" {
            thread::sleep(4 * PROMPT);
        }
        fprintf!(w, "{}", r.url.path);
    });
    let mut client = server.client();
    client.send(format!("{}{}{}", get("/a"), get("/b"), get("/slow")));
    let (_, took) = timed(|| {
        assert_eq!(client.answer().text(), "/a");
        assert_eq!(client.answer().text(), "/b");
    });
    assert!(took < 2 * PROMPT, "{took:?}");
    assert_eq!(client.answer().text(), "/slow");
}

#[test]
fn handlers_run_on_the_loop_s_own_thread() {
    let threads = Arc::new(std::sync::Mutex::new(Vec::<ThreadId>::new()));
    let noted = Arc::clone(&threads);
    let server = TestServer::of(move |_, _| noted.lock().unwrap().push(thread::current().id()));
    let mut client = server.client();
    for _ in 0..200 {
        client.get("/");
    }
    let mut threads = threads.lock().unwrap().clone();
    assert_eq!(threads.len(), 200);
    threads.sort_by_key(|id| format!("{id:?}"));
    threads.dedup();
    // A machine that is busy may take a loop from a quick handler; a queue to workers would show many threads.
    assert!(threads.len() < 20, "{} threads", threads.len());
}

#[test]
fn keep_alives_can_be_switched_off_and_on() {
    let server = TestServer::start(Server { handler: handler(|w, _| fprintf!(w, "hi")), ..one_loop() });
    let mut idle = server.client();
    idle.get("/");
    let mut fresh = server.client();
    server.wait_for_connections(2);
    server.handle.set_keep_alives_enabled(false);
    idle.expect_end();
    // One that has not asked yet may do so, once.
    let answer = fresh.get("/");
    assert!(answer.says_close(), "{}", answer.head);
    fresh.expect_end();
    let mut later = server.client();
    assert!(later.get("/").says_close());
    later.expect_end();
    server.handle.set_keep_alives_enabled(true);
    let mut again = server.client();
    assert!(!again.get("/").says_close());
    again.get("/");
    until("the others are gone", || server.handle.connections() == 1);
}

#[test]
fn an_answer_begun_before_keep_alives_were_switched_off_ends_its_connection() {
    let gate = crate::fixture::Gate::default();
    let _open = gate.open_at_end();
    let held = gate.clone();
    let server = TestServer::of(move |w, r| {
        fprintf!(w, "hi");
        let _ = w.flush();
        if &*r.url.path == "/held" {
            held.pass();
        }
    });
    let mut client = server.client();
    client.send(get("/held"));
    gate.wait_for(1);
    server.handle.set_keep_alives_enabled(false);
    // When this is answered, the loop has surely heard of the change.
    server.client().get("/");
    gate.open();
    assert_eq!(client.answer().text(), "hi");
    client.expect_end();
}
