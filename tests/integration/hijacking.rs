//! Connections that handlers take over.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use nethttp_core::{Context, Error, Request, ResponseWriter, fprintf};
use nethttp_server::Server;

use crate::client::get;
use crate::fixture::{Gate, PROMPT, TestServer, handler, one_loop, quiet_panic, timed, until};

/// Takes the connection over and sends back each line in capitals, until one says "quit".
fn shout(w: &mut dyn ResponseWriter, _: &mut Request) {
    let (_conn, mut rw) = w.hijack().unwrap();
    let _ = rw.write_string("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    let _ = rw.flush();
    loop {
        let (line, error) = rw.read_string(b'\n');
        if error.is_some() || &*line == "quit\n" {
            return;
        }
        let _ = rw.write_string(line.to_uppercase());
        let _ = rw.flush();
    }
}

#[test]
fn what_was_read_already_is_handed_over() {
    // pitfalls G8, G9
    let server = TestServer::of(shout);
    let mut client = server.client();
    client.send(format!("{}first\nsecond\nthi", get("/")));
    client.read_until(b"\r\n\r\n");
    assert_eq!(client.read_exact(13), b"FIRST\nSECOND\n");
    client.send("rd\n");
    assert_eq!(client.read_exact(6), b"THIRD\n");
    client.send("quit\n");
    client.expect_end();
}

#[test]
fn an_unread_body_is_handed_over_too() {
    let server = TestServer::of(|w, _| {
        let (mut conn, mut rw) = w.hijack().unwrap();
        let mut buf = [0; 5];
        rw.read_exact(&mut buf).unwrap();
        conn.write_all(&buf).unwrap();
    });
    let mut client = server.client();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(client.rest(), b"hello");
}

#[test]
fn deadlines_of_the_server_do_not_reach_a_hijacked_connection() {
    // pitfall G8
    let limit = Duration::from_millis(50);
    let server = TestServer::start(Server {
        read_timeout: limit,
        write_timeout: limit,
        idle_timeout: limit,
        read_header_timeout: limit,
        handler: handler(shout),
        ..one_loop()
    });
    let mut client = server.client();
    client.send(get("/"));
    client.read_until(b"\r\n\r\n");
    client.expect_silence(5 * limit);
    client.send("late\n");
    assert_eq!(client.read_exact(5), b"LATE\n");
}

#[test]
fn a_deadline_ends_a_read_that_waits() {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let server = TestServer::of(move |w, _| {
        let (mut conn, mut rw) = w.hijack().unwrap();
        let mut second = conn.clone();
        thread::scope(|scope| {
            // Two wait; the second deadline comes when the first has been heard.
            let reader = scope.spawn(|| timed(|| rw.read_string(b'\n').1.expect("nothing comes")));
            let other = scope.spawn(|| timed(|| second.read(&mut [0]).expect_err("nothing comes")));
            thread::sleep(Duration::from_millis(30));
            conn.set_read_deadline(Some(Instant::now() + Duration::from_secs(3600)));
            thread::sleep(Duration::from_millis(30));
            conn.set_read_deadline(Some(Instant::now()));
            for waiting in [reader, other] {
                let (error, took) = waiting.join().unwrap();
                assert!(Error::DeadlineExceeded.is(&error), "{error}");
                tell.lock().unwrap().send(took).unwrap();
            }
            // And the next one waits again.
            conn.set_read_deadline(None);
            assert_eq!(conn.read(&mut [0; 9]).unwrap(), 4);
        });
    });
    let mut client = server.client();
    client.send(get("/"));
    for _ in 0..2 {
        assert!(told.recv_timeout(crate::fixture::PATIENCE).unwrap() < PROMPT);
    }
    client.send("more");
    client.expect_end();
}

#[test]
fn deadlines_of_its_own_are_kept() {
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&outcomes);
    let server = TestServer::of(move |w, _| {
        let (mut conn, _rw) = w.hijack().unwrap();
        conn.set_read_deadline(Some(Instant::now() + Duration::from_millis(30)));
        let read = conn.read(&mut [0; 10]).map_err(|error| Error::of(&error));
        conn.set_deadline(None);
        conn.write_all(b"x").unwrap();
        noted.lock().unwrap().push(read);
    });
    let mut client = server.client();
    client.send(get("/"));
    assert_eq!(client.rest(), b"x");
    assert_eq!(*outcomes.lock().unwrap(), [Err(Some(Error::DeadlineExceeded))]);
}

#[test]
fn nothing_else_works_on_a_hijacked_response() {
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&outcomes);
    let server = TestServer::of(move |w, _| {
        let pair = w.hijack().unwrap();
        let write = w.write(b"x").map(drop);
        let flush = w.flush();
        let again = w.hijack().map(drop);
        w.write_header(nethttp_core::STATUS_OK);
        noted.lock().unwrap().extend([write, flush, again].map(|outcome| outcome.map_err(|error| Error::of(&error))));
        drop(pair);
    });
    let mut client = server.client();
    client.send(get("/"));
    client.expect_end();
    assert_eq!(*outcomes.lock().unwrap(), vec![Err(Some(Error::Hijacked)); 3]);
    until("the line is there", || server.log.contains("hijacked"));
}

#[test]
fn a_hijacked_connection_is_none_of_the_server_s() {
    // pitfall G4: neither counted, nor waited for, nor closed, though its handler runs on.
    let mut server = TestServer::of(shout);
    let mut client = server.client();
    client.send(get("/"));
    client.read_until(b"\r\n\r\n");
    server.wait_for_connections(0);
    let (_, took) = timed(|| server.shut_down());
    assert!(took < PROMPT, "{took:?}");
    assert!(Error::ServerClosed.is(&server.served().unwrap_err()));
    server.handle.close();
    client.send("still here\n");
    assert_eq!(client.read_exact(11), b"STILL HERE\n");
    client.send("quit\n");
    client.expect_end();
}

#[test]
fn a_conversation_may_move_to_another_thread() {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let server = TestServer::of(move |w, r| {
        if &*r.url.path == "/" {
            tell.lock().unwrap().send(w.hijack().unwrap()).unwrap();
        }
    });
    let mut client = server.client();
    client.send(format!("{}ping", get("/")));
    let (mut conn, mut rw) = told.recv().unwrap();
    server.client().get("/other");
    server.shut_down();
    drop(server);
    let mut buf = [0; 4];
    rw.read_exact(&mut buf).unwrap();
    assert_eq!(&buf, b"ping");
    conn.write_all(b"pong").unwrap();
    assert_eq!(client.read_exact(4), b"pong");
    drop((conn, rw));
    client.expect_end();
}

#[test]
fn dropping_the_connection_closes_it_though_the_handler_goes_on() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let held = gate.clone();
    let server = TestServer::of(move |w, _| {
        drop(w.hijack().unwrap());
        held.pass();
    });
    let mut client = server.client();
    client.send(get("/"));
    gate.wait_for(1);
    client.expect_end();
}

#[test]
fn a_conversation_does_not_hold_up_the_loop() {
    let server = TestServer::of(|w, r| {
        if &*r.url.path == "/hijack" {
            shout(w, r);
        } else {
            fprintf!(w, "hello");
        }
    });
    let mut talkers: Vec<_> = (0..10).map(|_| server.client()).collect();
    for talker in &mut talkers {
        talker.send(get("/hijack"));
        talker.read_until(b"\r\n\r\n");
        let (answer, took) = timed(|| server.client().get("/"));
        assert_eq!(answer.text(), "hello");
        assert!(took < PROMPT, "{took:?}");
    }
    for talker in &mut talkers {
        talker.send("x\n");
        assert_eq!(talker.read_exact(2), b"X\n");
    }
}

#[test]
fn a_panic_after_hijacking_ends_the_connection() {
    let server = TestServer::of(|w, _| {
        let _pair = w.hijack().unwrap();
        quiet_panic("in a conversation");
    });
    for _ in 0..10 {
        let mut client = server.client();
        client.send(get("/"));
        client.expect_end();
    }
    until("it is logged", || server.log.lines().len() == 10);
    server.wait_for_connections(0);
}

#[test]
fn what_was_written_before_goes_out_first() {
    let server = TestServer::of(|w, _| {
        fprintf!(w, "before");
        w.flush().unwrap();
        let (mut conn, _rw) = w.hijack().unwrap();
        conn.write_all(b"raw").unwrap();
    });
    let mut client = server.client();
    client.send(get("/"));
    assert!(client.rest().ends_with(b"\r\n\r\n6\r\nbefore\r\nraw"));
}

#[test]
fn a_context_of_a_hijacked_request_ends_with_its_handler() {
    let kept = Arc::new(Mutex::new(None::<Context>));
    let keep = Arc::clone(&kept);
    let server = TestServer::of(move |w, r| {
        *keep.lock().unwrap() = Some(r.context());
        let (_conn, mut rw) = w.hijack().unwrap();
        let (_, _) = rw.read_string(b'\n');
        assert!(!r.context().done());
    });
    let mut client = server.client();
    client.send(get("/"));
    until("the handler runs", || kept.lock().unwrap().is_some());
    thread::sleep(Duration::from_millis(5));
    client.send("end\n");
    client.expect_end();
    let context = kept.lock().unwrap().clone().unwrap();
    assert!(context.wait(crate::fixture::PATIENCE));
    assert!(server.log.lines().is_empty(), "{:?}", server.log.lines());
}
