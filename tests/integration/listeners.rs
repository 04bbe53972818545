//! Listeners: made here, passed in, several, ended from outside, short of descriptors.

use std::collections::HashMap;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use nethttp_core::{Error, fprintf};
use nethttp_server::{Listener, Server};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, SockRef, Socket, Type};

use crate::client::{Client, get};
use crate::fixture::{Gate, PATIENCE, PROMPT, TestServer, alone, handler, one_loop, timed, until};

fn hello() -> Option<Arc<dyn nethttp_core::Handler>> {
    handler(|w, r| fprintf!(w, "hello {}", r.remote_addr))
}

#[test]
fn a_listener_made_here_and_one_passed_in() {
    let server = Arc::new(Server { handler: hello(), ..one_loop() });
    let made = Listener::bind("127.0.0.1:0").unwrap();
    let passed_in = TcpListener::bind("127.0.0.1:0").unwrap();
    let addresses = [made.local_addr().unwrap(), passed_in.local_addr().unwrap()];
    let serving = [Listener::from(passed_in), made].map(|listener| {
        let server = Arc::clone(&server);
        thread::spawn(move || server.serve(listener))
    });
    for addr in addresses {
        let mut client = Client::connect(addr);
        let expected = format!("hello {}", client.local_addr());
        assert_eq!(client.get("/").text(), expected);
    }
    server.close();
    for thread in serving {
        assert!(Error::ServerClosed.is(&thread.join().unwrap().unwrap_err()));
    }
}

#[test]
fn unix_sockets() {
    let directory = tempfile::tempdir().unwrap();
    let (made, passed_in) = (directory.path().join("made"), directory.path().join("passed-in"));
    let server = Arc::new(Server { handler: hello(), ..one_loop() });
    let listeners = [Listener::bind_unix(&made).unwrap(), Listener::from(UnixListener::bind(&passed_in).unwrap())];
    let serving = listeners.map(|listener| {
        let server = Arc::clone(&server);
        thread::spawn(move || server.serve(listener))
    });
    for path in [&made, &passed_in] {
        let mut client = Client::connect_unix(path);
        for _ in 0..3 {
            assert_eq!(client.get("/").text(), "hello @");
        }
        client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
        assert_eq!(client.answer().text(), "hello @");
        client.expect_end();
    }
    server.close();
    for thread in serving {
        assert!(Error::ServerClosed.is(&thread.join().unwrap().unwrap_err()));
    }
    // pitfall G7
    assert!(!made.exists(), "who made the file removes it");
    assert!(passed_in.exists(), "who was given it does not");
}

#[test]
fn a_listener_that_ends_from_outside_ends_nothing_else() {
    // pitfall F1
    let server = Arc::new(Server { handler: hello(), ..one_loop() });
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [outside, addr, other] =
        [Ok(listeners[0].try_clone().unwrap()), Err(listeners[0].local_addr()), Err(listeners[1].local_addr())];
    let (Ok(outside), Err(Ok(addr)), Err(Ok(other))) = (outside, addr, other) else { panic!("three of a kind") };
    let mut serving = listeners.map(|listener| {
        let server = Arc::clone(&server);
        Some(thread::spawn(move || server.serve(listener)))
    });
    let mut client = Client::connect(addr);
    client.get("/");
    SockRef::from(&outside).shutdown(Shutdown::Both).unwrap();
    let ended = serving[0].take().unwrap();
    until("serve returns", || ended.is_finished());
    let error = ended.join().unwrap().unwrap_err();
    assert!(!Error::ServerClosed.is(&error), "{error}");
    assert!(TcpStream::connect(addr).is_err());
    client.get("/");
    Client::connect(other).get("/");
    // The server takes another one in its place.
    let again = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = again.local_addr().unwrap();
    let serving_again = thread::spawn({
        let server = Arc::clone(&server);
        move || server.serve(again)
    });
    Client::connect(addr).get("/");
    server.close();
    for thread in [serving[1].take().unwrap(), serving_again] {
        assert!(Error::ServerClosed.is(&thread.join().unwrap().unwrap_err()));
    }
}

#[test]
fn connections_are_spread_evenly_over_the_loops() {
    let threads = Arc::new(Mutex::new(HashMap::new()));
    let noted = Arc::clone(&threads);
    let server = TestServer::start(Server {
        loops: 4,
        handler: handler(move |w, _| {
            *noted.lock().unwrap().entry(thread::current().id()).or_insert(0_usize) += 1;
            fprintf!(w, "hi");
        }),
        ..Server::go_defaults()
    });
    let mut clients: Vec<_> = (0..40).map(|_| server.client()).collect();
    server.wait_for_connections(40);
    for client in &mut clients {
        client.get("/");
    }
    let threads = threads.lock().unwrap();
    // A loop may have changed hands, so there can be more threads than loops, but none with more than a loop's share.
    assert!(threads.len() >= 4 && threads.values().all(|&count| count <= 10), "{threads:?}");
}

#[test]
fn accepting_goes_on_though_the_loop_that_accepts_is_stuck() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let held = gate.clone();
    let server = TestServer::start(Server {
        loops: 2,
        handler: handler(move |w, r| {
            if &*r.url.path == "/stuck" {
                held.pass();
            }
            fprintf!(w, "hi");
        }),
        ..Server::go_defaults()
    });
    for held in 1..=6 {
        server.client().send(get("/stuck"));
        gate.wait_for(held);
        let (answer, took) = timed(|| server.client().get("/"));
        assert_eq!(answer.text(), "hi");
        assert!(took < PROMPT, "{took:?}");
    }
}

#[test]
fn connections_that_are_gone_before_they_are_accepted() {
    // pitfall E5
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let server = TestServer::of(move |w, r| {
        if &*r.url.path == "/stuck" {
            tell.lock().unwrap().send(()).unwrap();
            thread::sleep(Duration::from_millis(1));
        }
        fprintf!(w, "{}", r.remote_addr);
    });
    for _ in 0..100 {
        let mut client = server.client();
        client.send(get("/stuck"));
        client.reset();
        server.client().reset();
    }
    drop(told);
    let mut client = server.client();
    let expected = client.local_addr().to_string();
    assert_eq!(client.get("/").text(), expected);
    server.wait_for_connections(1);
}

#[test]
fn when_descriptors_run_out_the_listener_waits() {
    // pitfall F1
    alone("listeners::when_descriptors_run_out_the_listener_waits", || {
        let server = TestServer::of(|w, _| fprintf!(w, "hi"));
        server.client().get("/");
        let clients: Vec<_> = (0..40).map(|_| Socket::new(Domain::IPV4, Type::STREAM, None).unwrap()).collect();
        let open = std::fs::read_dir("/proc/self/fd").unwrap().count() as u64;
        let limit = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: Some(open + 20), maximum: limit.maximum }).unwrap();
        // The system takes all of their connections, the server half of them.
        for client in &clients {
            client.connect(&server.addr.into()).unwrap();
        }
        until("it is logged", || server.log.contains("http: Accept error: "));
        assert!(server.log.contains("retrying in 5ms"), "{:?}", server.log.lines());
        thread::sleep(Duration::from_millis(100));
        let lines = server.log.lines().len();
        assert!((2..20).contains(&lines), "the pauses grow: {lines} lines");
        drop(clients);
        let (_, took) = timed(|| {
            until("it accepts again", || TcpStream::connect(server.addr).is_ok());
            assert_eq!(server.client().get("/").text(), "hi");
        });
        assert!(took < PATIENCE, "{took:?}");
        server.wait_for_connections(0);
    });
}
