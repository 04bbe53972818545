//! Time limits: of heads, bodies, answers, idle connections, and the least rate.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use nethttp_core::{Error, fprintf};
use nethttp_server::Server;

use crate::client::{Client, get, post};
use crate::fixture::{PATIENCE, PROMPT, TestServer, handler, one_loop, timed};

/// Limits under test: long enough to be told from none, short enough not to be waited for.
const LIMIT: Duration = Duration::from_millis(200);

/// Asserts that something ended by a limit that began to run at `start`: neither before it nor long after it.
#[track_caller]
fn ended_in_time(start: Instant) {
    let took = start.elapsed();
    assert!(took >= LIMIT - Duration::from_millis(20), "too early: {took:?}");
    assert!(took < LIMIT + 4 * PROMPT, "too late: {took:?}");
}

fn echo() -> Option<Arc<dyn nethttp_core::Handler>> {
    handler(|w, r| {
        let (body, error) = nethttp_core::io::read_all(&mut r.body);
        fprintf!(w, "{}:{}", body.len(), error.map_or_else(|| "none".to_owned(), |error| error.to_string()));
    })
}

#[test]
fn a_silent_connection_ends() {
    // pitfall I4
    let server = TestServer::start(Server { read_header_timeout: LIMIT, handler: echo(), ..one_loop() });
    let start = Instant::now();
    let mut clients: Vec<_> = (0..5).map(|_| server.client()).collect();
    clients.iter_mut().for_each(Client::expect_end);
    ended_in_time(start);
    server.wait_for_connections(0);
}

#[test]
fn a_head_has_one_deadline_however_its_bytes_come() {
    // pitfall I1
    let server = TestServer::start(Server { read_header_timeout: LIMIT, handler: echo(), ..one_loop() });
    for first in [String::new(), get("/")] {
        let mut client = server.client();
        let start = Instant::now();
        client.send(&first);
        if !first.is_empty() {
            client.answer();
        }
        let mut drip = client;
        let mut sent = 0;
        while drip.try_send(if sent == 0 { "GET / HTTP/1.1\r\nX: " } else { "x" }).is_ok() && start.elapsed() < PATIENCE
        {
            thread::sleep(Duration::from_millis(10));
            sent += 1;
        }
        let said = drip.rest_or_reset();
        assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 4"), "{}", said.escape_ascii());
        // Writes go on for a moment while the server listens to a connection that it has closed.
        let took = start.elapsed();
        assert!(took < LIMIT + Duration::from_millis(600) + 4 * PROMPT, "{took:?}");
    }
}

#[test]
fn a_head_begun_behind_another_request_has_its_deadline_too() {
    let server = TestServer::start(Server { read_header_timeout: LIMIT, handler: echo(), ..one_loop() });
    let mut client = server.client();
    let start = Instant::now();
    client.send(format!("{}GET /half HTTP/1.1\r\nHos", get("/")));
    assert_eq!(client.answer().status, 200);
    client.rest_or_reset();
    ended_in_time(start);
}

#[test]
fn an_idle_connection_ends_and_one_in_use_does_not() {
    let server = TestServer::start(Server { idle_timeout: LIMIT, handler: echo(), ..one_loop() });
    let mut client = server.client();
    for _ in 0..4 {
        client.get("/");
        thread::sleep(LIMIT / 2);
    }
    client.get("/");
    let start = Instant::now();
    client.expect_end();
    ended_in_time(start);
}

#[test]
fn limits_fall_back_to_the_read_timeout() {
    // pitfall I5
    let server = TestServer::start(Server { read_timeout: LIMIT, handler: echo(), ..one_loop() });
    let (mut silent, mut idle) = (server.client(), server.client());
    let start = Instant::now();
    idle.get("/");
    silent.expect_end();
    ended_in_time(start);
    idle.expect_end();
    ended_in_time(start);
}

#[test]
fn without_limits_nothing_ends() {
    let server = TestServer::start(Server { handler: echo(), ..one_loop() });
    let (mut silent, mut idle, mut half) = (server.client(), server.client(), server.client());
    idle.get("/");
    half.send("GET / HT");
    for client in [&mut silent, &mut idle, &mut half] {
        client.expect_silence(Duration::from_millis(150));
    }
}

#[test]
fn limits_as_long_as_time_itself() {
    let server = TestServer::start(Server {
        read_timeout: Duration::MAX,
        read_header_timeout: Duration::MAX,
        write_timeout: Duration::MAX,
        idle_timeout: Duration::MAX,
        max_idle_worker_duration: Duration::MAX,
        min_rate: u64::MAX,
        handler: echo(),
        ..one_loop()
    });
    let mut client = server.client();
    for _ in 0..3 {
        client.send(post("/", &"x".repeat(100_000)));
        assert_eq!(client.answer().text(), "100000:none");
    }
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 70000\r\n\r\n");
    client.expect_silence(Duration::from_millis(30));
    client.send("x".repeat(70_000));
    assert_eq!(client.answer().text(), "70000:none");
    client.expect_silence(Duration::from_millis(30));
    server.shut_down();
}

#[test]
fn a_body_that_stalls_ends_the_read() {
    let server = TestServer::start(Server { read_timeout: LIMIT, handler: echo(), ..one_loop() });
    let mut client = server.client();
    let start = Instant::now();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\nhello");
    let answer = client.answer();
    ended_in_time(start);
    assert_eq!(answer.text(), "5:i/o timeout");
    assert!(answer.says_close());
    client.rest_or_reset();
}

#[test]
fn a_body_that_trickles_has_one_deadline() {
    // pitfall I1
    let server = TestServer::start(Server { read_timeout: LIMIT, handler: echo(), ..one_loop() });
    let mut client = server.client();
    let start = Instant::now();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n");
    while start.elapsed() < 2 * LIMIT && client.try_send("x").is_ok() {
        thread::sleep(Duration::from_millis(10));
    }
    let answer = client.answer();
    assert!(answer.text().ends_with(":i/o timeout"), "{}", answer.text());
}

#[test]
fn the_read_timeout_covers_head_and_body_together() {
    let limit = 3 * LIMIT;
    let server = TestServer::start(Server { read_timeout: limit, handler: echo(), ..one_loop() });
    let mut client = server.client();
    let start = Instant::now();
    client.send("POST / HTTP/1.1\r\nHost: t\r\n");
    thread::sleep(2 * LIMIT);
    client.send("Content-Length: 100000\r\n\r\n");
    assert_eq!(client.answer().text(), "0:i/o timeout");
    let took = start.elapsed();
    assert!(took < limit + LIMIT, "the body had a timeout of its own: {took:?}");
}

#[test]
fn an_answer_that_comes_after_the_write_timeout_is_not_sent() {
    let server = TestServer::start(Server {
        write_timeout: LIMIT,
        handler: handler(|w, r| {
            if &*r.url.path == "/slow" {
                thread::sleep(LIMIT + LIMIT / 2);
            }
            fprintf!(w, "hi");
        }),
        ..one_loop()
    });
    let mut client = server.client();
    assert_eq!(client.get("/quick").text(), "hi");
    thread::sleep(LIMIT + LIMIT / 2);
    assert_eq!(client.get("/quick").text(), "hi", "each request has a deadline of its own");
    client.send(get("/slow"));
    client.expect_cut();
}

#[test]
fn a_client_that_does_not_read_meets_the_write_timeout() {
    // The handler has returned long before; a connection that would be kept, and one that would not.
    for close in ["", "Connection: close\r\n"] {
        let server = TestServer::start_narrow(Server {
            write_timeout: LIMIT,
            handler: handler(|w, _| {
                w.header().set("Content-Length", "240000");
                w.write_all(&vec![b'x'; 240_000]).unwrap();
            }),
            ..one_loop()
        });
        let mut client = server.client();
        let start = Instant::now();
        client.send(format!("GET / HTTP/1.1\r\nHost: t\r\n{close}\r\n"));
        server.wait_for_connections(1);
        server.wait_for_connections(0);
        ended_in_time(start);
        assert!(client.rest_or_reset().len() < 240_000);
    }
}

#[test]
fn a_handler_that_writes_to_a_client_that_does_not_read_is_let_go() {
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&outcomes);
    let server = TestServer::start(Server {
        write_timeout: LIMIT,
        handler: handler(move |w, _| {
            let outcome = timed(|| w.write_all(&vec![b'x'; 32 << 20]).map_err(|error| Error::of(&error)));
            noted.lock().unwrap().push(outcome);
        }),
        ..one_loop()
    });
    let mut client = server.client();
    let start = Instant::now();
    client.send(get("/"));
    server.wait_for_connections(1);
    server.wait_for_connections(0);
    ended_in_time(start);
    client.rest_or_reset();
    let (outcome, _) = outcomes.lock().unwrap().pop().unwrap();
    assert_eq!(outcome, Err(Some(Error::DeadlineExceeded)));
}

#[test]
fn handlers_set_deadlines_of_their_own() {
    let server = TestServer::of(|w, r| {
        w.set_read_deadline(Some(Instant::now() + LIMIT)).unwrap();
        let (_, error) = nethttp_core::io::read_all(&mut r.body);
        w.set_write_deadline(Some(Instant::now() + LIMIT)).unwrap();
        fprintf!(w, "{}", error.map_or_else(|| "none".to_owned(), |error| error.to_string()));
    });
    let mut client = server.client();
    client.send(post("/", "whole"));
    assert_eq!(client.answer().text(), "none");
    // Deadlines of one request do not reach the next.
    thread::sleep(LIMIT + LIMIT / 2);
    let start = Instant::now();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n");
    assert_eq!(client.answer().text(), "i/o timeout");
    ended_in_time(start);
}

#[test]
fn a_deadline_of_the_handler_s_own_ends_what_is_left_to_send() {
    let server = TestServer::of_narrow(|w, _| {
        w.set_write_deadline(Some(Instant::now() + LIMIT)).unwrap();
        w.header().set("Content-Length", "240000");
        w.write_all(&vec![b'x'; 240_000]).unwrap();
    });
    let mut client = server.client();
    let start = Instant::now();
    client.send(get("/"));
    server.wait_for_connections(1);
    server.wait_for_connections(0);
    ended_in_time(start);
}

#[test]
fn whoever_does_not_keep_the_least_rate_is_cut_off() {
    // pitfall I1. The rate is measured in windows of ten seconds, so everything is tried at once.
    let wide = wide_server();
    let server = TestServer::start_narrow(Server {
        min_rate: 240,
        handler: handler(|w, r| match &*r.url.path {
            "/read" => drop(r.body.read_to_end(&mut Vec::new())),
            "/ignore" => {}
            "/ignore-and-answer" => w.write_all(&[b'x'; 4096]).unwrap(),
            "/small" => {
                w.header().set("Content-Length", "240000");
                w.write_all(&vec![b'x'; 240_000]).unwrap();
            }
            _ => drop(w.write_all(&vec![b'x'; 32 << 20])),
        }),
        ..one_loop()
    });
    let start = Instant::now();
    let body = "Content-Length: 100000\r\n\r\nbegin";
    let mut clients = Vec::new();
    for path in ["/read", "/ignore", "/ignore-and-answer", "/small", "/large"] {
        let mut client = server.client();
        let end = if matches!(path, "/small" | "/large") { "\r\n" } else { body };
        client.send(format!("POST {path} HTTP/1.1\r\nHost: t\r\n{end}"));
        clients.push(client);
    }
    // Slow, but quick enough: these get to their end, though it takes them longer than a window.
    let steady: Vec<_> = ["/read", "/ignore", "/ignore-and-answer"].map(|path| steady_sender(server.addr, path)).into();
    // These read less in a window than the kernel holds for them, so that the server sends nothing in it.
    let readers: Vec<_> = ["/large", "/file"].map(|path| steady_reader(wide.addr, path)).into();
    server.wait_for_connections(clients.len() + steady.len());
    // A byte a second is not enough, in either direction.
    while server.handle.connections() > 0 && start.elapsed() < Duration::from_secs(45) {
        for client in &mut clients[..3] {
            let _ = client.try_send("x");
        }
        thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(server.handle.connections(), 0, "after {:?}", start.elapsed());
    assert!(start.elapsed() > Duration::from_secs(9), "there is a grace of ten seconds");
    for sender in steady {
        assert_eq!(sender.join().expect("a steady client is served"), 200);
    }
    for reader in readers {
        assert!(reader.join().expect("a steady client is served") > Duration::from_secs(12));
    }
}

/// A server whose connections hold megabytes, as they do by default, for clients that read little of that in a window.
fn wide_server() -> TestServer {
    let sparse = tempfile::tempfile().unwrap();
    sparse.set_len(LONG as u64).unwrap();
    TestServer::start(Server {
        min_rate: 240,
        handler: handler(move |w, r| {
            w.header().set("Content-Length", LONG.to_string());
            if &*r.url.path == "/file" {
                w.send_file(&sparse, 0, LONG as u64).unwrap();
            } else {
                w.write_all(&vec![b'x'; LONG]).unwrap();
            }
        }),
        ..one_loop()
    })
}

/// More than any kernel has room for between a server and a client that reads little.
const LONG: usize = 32 << 20;

/// Reads for more than a window, little at a time, and sees that the connection is there still; gives how long it was.
fn steady_reader(addr: SocketAddr, path: &'static str) -> thread::JoinHandle<Duration> {
    thread::spawn(move || {
        let start = Instant::now();
        let mut client = Client::connect(addr);
        client.send(get(path));
        while start.elapsed() < Duration::from_millis(12_500) {
            client.read_exact(16_000);
            thread::sleep(Duration::from_millis(250));
        }
        let elapsed = start.elapsed();
        client.read_exact(LONG - (2 << 20));
        elapsed
    })
}

/// Sends a body in pieces for twelve seconds; gives the status of the answer.
fn steady_sender(addr: SocketAddr, path: &'static str) -> thread::JoinHandle<u16> {
    thread::spawn(move || {
        let mut client = Client::connect(addr);
        client.send(format!("POST {path} HTTP/1.1\r\nHost: t\r\nContent-Length: 96000\r\n\r\n"));
        for _ in 0..24 {
            client.send([b'x'; 4000]);
            thread::sleep(Duration::from_millis(500));
        }
        client.answer().status
    })
}
