//! Closing and shutting down.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use nethttp_core::{Context, ContextError, Error, Request, ResponseWriter, fprintf};
use nethttp_server::{Server, ServerHandle};

use crate::client::{Client, get};
use crate::fixture::{Gate, PATIENCE, PROMPT, TestServer, handler, one_loop, timed, until};

/// `/stuck` waits at the gate; `/begun` flushes and then waits there.
fn gated(gate: &Gate) -> impl Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync + use<> {
    let gate = gate.clone();
    move |w, r| {
        if &*r.url.path == "/begun" {
            fprintf!(w, "begun, ");
            let _ = w.flush();
        }
        if &*r.url.path != "/" {
            gate.pass();
        }
        fprintf!(w, "{}", r.url.path);
    }
}

/// Shuts down on a thread of its own; tells how that ended.
fn shut_down(handle: &ServerHandle, limit: Duration) -> mpsc::Receiver<Result<(), ContextError>> {
    let (tell, told) = mpsc::channel();
    let handle = handle.clone();
    thread::spawn(move || {
        let (ctx, _cancel) = Context::background().with_timeout(limit);
        let _ = tell.send(handle.shutdown(&ctx));
    });
    told
}

#[test]
fn idle_and_silent_connections_end_at_once() {
    // pitfalls G1, G2
    let mut server =
        TestServer::start(Server { loops: 2, handler: handler(gated(&Gate::default())), ..Server::go_defaults() });
    let mut clients: Vec<_> = (0..10).map(|_| server.client()).collect();
    clients[..5].iter_mut().for_each(|client| drop(client.get("/")));
    server.wait_for_connections(10);
    let (_, took) = timed(|| server.shut_down());
    assert!(took < PROMPT, "{took:?}");
    clients.iter_mut().for_each(Client::expect_end);
    assert_eq!(server.handle.connections(), 0);
    assert!(Error::ServerClosed.is(&server.served().unwrap_err()));
    assert!(TcpStream::connect(server.addr).is_err(), "nobody listens any more");
}

#[test]
fn requests_under_way_are_answered_and_say_that_the_connection_closes() {
    // pitfall G3
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let mut server = TestServer::of(gated(&gate));
    let mut kept = server.client();
    kept.get("/");
    kept.send(format!("{}{}", get("/stuck"), get("/")));
    gate.wait_for(1);
    let ended = shut_down(&server.handle, PATIENCE);
    assert!(Error::ServerClosed.is(&server.served().unwrap_err()), "serve does not wait for them");
    assert!(ended.recv_timeout(Duration::from_millis(100)).is_err(), "shutdown does");
    assert!(TcpStream::connect(server.addr).is_err());
    gate.open();
    let answer = kept.answer();
    assert_eq!((answer.text(), answer.says_close()), ("/stuck", true));
    assert_eq!(kept.rest_or_reset(), b"", "what waited behind it is not begun");
    assert_eq!(ended.recv_timeout(PROMPT).expect("it is counted down, not polled for"), Ok(()));
}

#[test]
fn an_answer_begun_before_the_shutdown_ends_its_connection_too() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let server = TestServer::of(gated(&gate));
    let (mut plain, mut pipelined) = (server.client(), server.client());
    plain.send(get("/begun"));
    gate.wait_for(1);
    pipelined.send(format!("{}{}", get("/begun"), get("/")));
    gate.wait_for(2);
    let ended = shut_down(&server.handle, PATIENCE);
    until("the shutdown has begun", || TcpStream::connect(server.addr).is_err());
    gate.open();
    for client in [&mut plain, &mut pipelined] {
        assert_eq!(client.answer().text(), "begun, /begun");
        assert_eq!(client.rest_or_reset(), b"");
    }
    assert_eq!(ended.recv_timeout(2 * PROMPT), Ok(Ok(())));
}

#[test]
fn an_answer_that_a_slow_client_still_reads_is_waited_for() {
    let size = 240_000;
    let server = TestServer::of_narrow(move |w, _| {
        w.header().set("Content-Length", size.to_string());
        w.write_all(&vec![b'x'; size]).unwrap();
    });
    let mut client = server.client();
    client.send(get("/"));
    client.read_exact(1);
    thread::sleep(Duration::from_millis(20));
    let ended = shut_down(&server.handle, PATIENCE);
    assert!(ended.recv_timeout(Duration::from_millis(100)).is_err());
    assert!(client.rest().len() > size);
    assert_eq!(ended.recv_timeout(2 * PROMPT), Ok(Ok(())));
}

#[test]
fn a_context_that_ends_first_ends_the_wait_and_nothing_else() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let server = TestServer::of(gated(&gate));
    let mut client = server.client();
    client.send(get("/stuck"));
    gate.wait_for(1);
    let start = Instant::now();
    let ended = shut_down(&server.handle, Duration::from_millis(50));
    assert_eq!(ended.recv_timeout(PROMPT), Ok(Err(ContextError::DeadlineExceeded)));
    assert!(start.elapsed() >= Duration::from_millis(50));
    let (ctx, cancel) = Context::background().with_cancel();
    let handle = server.handle.clone();
    let waiting = thread::spawn(move || handle.shutdown(&ctx));
    cancel.cancel();
    assert_eq!(waiting.join().unwrap(), Err(ContextError::Canceled));
    gate.open();
    assert_eq!(client.answer().text(), "/stuck");
    server.shut_down();
}

#[test]
fn a_head_that_is_half_there_may_be_finished() {
    let server = TestServer::of(gated(&Gate::default()));
    let mut client = server.client();
    client.send("GET / HTTP/1.1\r\nHo");
    server.wait_for_connections(1);
    thread::sleep(Duration::from_millis(20));
    let ended = shut_down(&server.handle, PATIENCE);
    assert!(ended.recv_timeout(Duration::from_millis(50)).is_err());
    client.send("st: t\r\n\r\n");
    let answer = client.answer();
    assert_eq!((answer.text(), answer.says_close()), ("/", true));
    client.expect_end();
    assert_eq!(ended.recv_timeout(2 * PROMPT), Ok(Ok(())));
}

#[test]
fn a_head_that_is_never_finished_does_not_hold_up_the_end() {
    // pitfall G1
    let server = TestServer::of(gated(&Gate::default()));
    let (mut fresh, mut kept, mut blank) = (server.client(), server.client(), server.client());
    kept.get("/");
    blank.get("/");
    for (client, input) in [(&mut fresh, "GET / HT"), (&mut kept, "GET / HT"), (&mut blank, "\r\n")] {
        client.send(input);
    }
    server.wait_for_connections(3);
    thread::sleep(Duration::from_millis(20));
    let ended = shut_down(&server.handle, PATIENCE);
    assert_eq!(ended.recv_timeout(PATIENCE), Ok(Ok(())));
    for client in [&mut fresh, &mut kept, &mut blank] {
        client.rest_or_reset();
    }
}

#[test]
fn functions_that_do_not_return_do_not_hold_up_the_end() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let server = TestServer::of(|_, _| ());
    let held = gate.clone();
    server.handle.register_on_shutdown(move || held.pass());
    server.handle.register_on_shutdown(|| crate::fixture::quiet_panic("a function"));
    let (_, took) = timed(|| server.shut_down());
    assert!(took < PROMPT, "{took:?}");
    gate.wait_for(1);
}

#[test]
fn functions_are_called_when_it_begins() {
    let server = TestServer::of(|_, _| ());
    let called = Arc::new(AtomicUsize::new(0));
    for _ in 0..3 {
        let called = Arc::clone(&called);
        server.handle.register_on_shutdown(move || {
            called.fetch_add(1, Ordering::Relaxed);
        });
    }
    server.shut_down();
    until("they are called", || called.load(Ordering::Relaxed) == 3);
    server.shut_down();
    assert_eq!(called.load(Ordering::Relaxed), 3);
}

#[test]
fn close_cuts_everything() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let mut server = TestServer::of(gated(&gate));
    let (mut idle, mut silent, mut half) = (server.client(), server.client(), server.client());
    let (mut stuck, mut begun) = (server.client(), server.client());
    idle.get("/");
    half.send("GET / HT");
    stuck.send(get("/stuck"));
    begun.send(get("/begun"));
    gate.wait_for(2);
    server.wait_for_connections(5);
    let (_, took) = timed(|| server.handle.close());
    assert!(took < PROMPT, "{took:?}");
    assert!(Error::ServerClosed.is(&server.served().unwrap_err()));
    for client in [&mut idle, &mut silent, &mut half, &mut stuck] {
        client.expect_cut();
    }
    assert!(begun.rest_or_reset().ends_with(b"begun, \r\n"));
    server.wait_for_connections(2);
    gate.open();
    server.wait_for_connections(0);
}

#[test]
fn a_server_that_has_ended_serves_no_more() {
    let server = Arc::new(Server { handler: handler(|_, _| ()), addr: "127.0.0.1:0".to_owned(), ..one_loop() });
    server.close();
    for error in [
        server.listen_and_serve().unwrap_err(),
        server.serve(std::net::TcpListener::bind("127.0.0.1:0").unwrap()).unwrap_err(),
    ] {
        assert!(Error::ServerClosed.is(&error), "{error}");
    }
    assert_eq!(server.shutdown(&Context::background()), Ok(()));
    server.close();
}

#[test]
fn connections_that_come_during_the_end_do_not_hold_it_up() {
    // A connection may be accepted just before, or be on its way to another loop.
    for round in 0..30 {
        let mut server = TestServer::start(Server {
            loops: 3,
            conn_state: (round % 2 == 0).then(|| -> nethttp_server::ConnStateHook { Arc::new(|_, _| ()) }),
            handler: handler(|w, _| fprintf!(w, "hi")),
            ..Server::go_defaults()
        });
        let stop = Arc::new(AtomicBool::new(false));
        let crowd: Vec<_> = (0..3)
            .map(|n| {
                let (stop, addr) = (Arc::clone(&stop), server.addr);
                thread::spawn(move || {
                    let mut kept = Vec::new();
                    while !stop.load(Ordering::Relaxed) && kept.len() < 40 {
                        let Ok(mut stream) = TcpStream::connect(addr) else { break };
                        if n > 0 {
                            let _ = stream.write_all(get("/").as_bytes());
                        }
                        kept.push(stream);
                    }
                    kept
                })
            })
            .collect();
        until("a crowd has come", || server.handle.connections() > 10);
        if round % 3 == 0 {
            server.handle.close();
            server.wait_for_connections(0);
        } else {
            server.shut_down();
        }
        stop.store(true, Ordering::Relaxed);
        assert!(Error::ServerClosed.is(&server.served().unwrap_err()));
        crowd.into_iter().for_each(|thread| drop(thread.join().unwrap()));
        assert_eq!(server.handle.connections(), 0);
    }
}

#[test]
fn serving_and_closing_at_the_same_time() {
    // However the two fall together, serve returns.
    for _ in 0..200 {
        let mut server = TestServer::start(Server { loops: 2, handler: handler(|_, _| ()), ..Server::go_defaults() });
        server.handle.close();
        assert!(Error::ServerClosed.is(&server.served().unwrap_err()));
    }
}

#[test]
fn a_connection_whose_hook_runs_when_it_begins() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let held = gate.clone();
    let server = TestServer::start(Server {
        conn_state: Some(Arc::new(move |_, state| {
            if state == nethttp_server::STATE_NEW {
                held.pass();
            }
        })),
        handler: handler(|_, _| ()),
        ..one_loop()
    });
    let mut client = server.client();
    gate.wait_for(1);
    let ended = shut_down(&server.handle, PATIENCE);
    until("the shutdown has begun", || TcpStream::connect(server.addr).is_err());
    gate.open();
    client.expect_end();
    assert_eq!(ended.recv_timeout(2 * PROMPT), Ok(Ok(())));
}
