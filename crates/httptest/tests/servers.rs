//! Test servers, with and without ports: Go's `httptest.Server` as its tests and documentation have it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use nethttp_core::{Error, Handler, HandlerFunc, Request, ResponseWriter, STATUS_TEAPOT, abort_handler, fprintf};
use nethttp_httptest::{Server, new_server, new_test_server, new_unstarted_server};
use nethttp_server::{ConnState, ServerHandle};

/// Longer than anything that a test waits for may take.
const PATIENCE: Duration = Duration::from_secs(10);

fn hello(w: &mut dyn ResponseWriter, _r: &mut Request) {
    fprintf!(w, "hello");
}

fn handler<F: Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync + 'static>(function: F) -> impl Handler {
    HandlerFunc(function)
}

/// A kind of server: its name, and how one of it is made.
type Kind = (&'static str, fn(Box<dyn Handler>) -> Server);

/// The kinds of servers that go through the same tests.
const KINDS: [Kind; 3] = [
    ("without ports", |handler| new_test_server(handler)),
    ("on a port", |handler| new_server(handler)),
    ("for tests, on a port", |handler| {
        let mut server = new_test_server(handler);
        server.start();
        server
    }),
];

fn for_each_kind(test: impl Fn(fn(Box<dyn Handler>) -> Server)) {
    for (name, make) in KINDS {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| test(make))) {
            eprintln!("the server {name}:");
            resume_unwind(panic);
        }
    }
}

#[test]
fn a_server_answers_until_it_is_closed() {
    for_each_kind(|make| {
        let server = make(Box::new(hello));
        let client = server.client();
        assert_eq!(client.get(&server.url).unwrap().read_all().unwrap(), "hello");
        assert_eq!(client.get("/").unwrap().read_all().unwrap(), "hello");
        server.close();
        assert!(client.get("/").is_err());
        server.close();
    });
}

#[test]
fn a_server_without_ports_says_why_it_does_not_answer() {
    let server = new_test_server(hello);
    let client = server.client();
    server.close();
    assert!(Error::ServerClosed.is(&client.get("/").unwrap_err()));
    assert!(Error::ServerClosed.is(&client.dial().unwrap_err()));
}

#[test]
fn closing_does_not_wait_for_connections_without_a_request() {
    for_each_kind(|make| {
        let server = make(Box::new(hello));
        let client = server.client();
        let mut fresh = client.dial().unwrap();
        let mut idle = client.dial().unwrap();
        idle.write_all(b"HEAD / HTTP/1.1\r\nHost: foo\r\n\r\n").unwrap();
        let mut answer = [0; 15];
        idle.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        let start = Instant::now();
        server.close();
        assert!(start.elapsed() < PATIENCE / 4);
        fresh.set_read_deadline(Some(Instant::now() + PATIENCE));
        assert_eq!(fresh.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn closing_waits_for_requests_under_way() {
    for_each_kind(|make| {
        let (entered, is_entered) = mpsc::channel();
        let entered = Mutex::new(entered);
        let done = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&done);
        let server = make(Box::new(handler(move |w, _r| {
            entered.lock().unwrap().send(()).unwrap();
            thread::sleep(Duration::from_millis(50));
            counter.fetch_add(1, Ordering::SeqCst);
            fprintf!(w, "late");
        })));
        let client = server.client();
        let asking = thread::spawn(move || client.get("/").unwrap().read_all().unwrap());
        is_entered.recv_timeout(PATIENCE).unwrap();
        server.close();
        assert_eq!(done.load(Ordering::SeqCst), 1);
        assert_eq!(asking.join().unwrap(), "late");
    });
}

#[test]
fn connections_can_be_closed_under_a_server_that_goes_on() {
    for_each_kind(|make| {
        let handle: Arc<Mutex<Option<ServerHandle>>> = Arc::default();
        let inner = Arc::clone(&handle);
        let server = make(Box::new(handler(move |w, r| {
            if r.url.path == "/cut" {
                // In the middle of its own request.
                inner.lock().unwrap().as_ref().unwrap().close_connections();
            }
            fprintf!(w, "hello");
        })));
        *handle.lock().unwrap() = Some(server.config.handle());
        let client = server.client();
        let mut fresh = client.dial().unwrap();
        assert_eq!(client.get("/").unwrap().read_all().unwrap(), "hello");
        server.close_client_connections();
        fresh.set_read_deadline(Some(Instant::now() + PATIENCE));
        assert_eq!(fresh.read(&mut [0]).unwrap(), 0);
        assert!(client.get("/cut").is_err());
        assert_eq!(client.get("/").unwrap().read_all().unwrap(), "hello");
    });
}

#[test]
fn a_hijacked_connection_is_not_waited_for() {
    for_each_kind(|make| {
        let (taken, is_taken) = mpsc::channel();
        let taken = Mutex::new(taken);
        let server = make(Box::new(handler(move |w, _r| {
            taken.lock().unwrap().send(w.hijack().unwrap()).unwrap();
        })));
        let mut conn = server.client().dial().unwrap();
        conn.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nmore").unwrap();
        let (_, mut pair) = is_taken.recv_timeout(PATIENCE).unwrap();
        server.close();
        let mut more = [0; 4];
        pair.read_exact(&mut more).unwrap();
        pair.write_all(&more).unwrap();
        pair.flush().unwrap();
        drop(pair);
        conn.read_exact(&mut more).unwrap();
        assert_eq!(&more, b"more");
    });
}

#[test]
fn settings_count_until_the_start() {
    let states: Arc<Mutex<Vec<ConnState>>> = Arc::default();
    let mut server = new_test_server(hello);
    server.config.max_header_bytes = 1;
    let seen = Arc::clone(&states);
    server.config.conn_state = Some(Arc::new(move |_, state| seen.lock().unwrap().push(state)));
    let client = server.client();
    assert_eq!(server.url, "http://example.com");
    assert!(!server.listener.is_set());
    let mut request = nethttp_httptest::new_request("GET", "/", ());
    request.header.set("X", "y".repeat(5000));
    assert_eq!(client.do_(&mut request).unwrap().status_code, 431);
    server.close();
    assert_eq!(*states.lock().unwrap(), [ConnState::New, ConnState::Active, ConnState::Closed]);
}

#[test]
fn an_unstarted_server_has_its_port_already() {
    let mut server = new_unstarted_server(hello);
    let mut stream = TcpStream::connect(server.listener.addr()).unwrap();
    assert_eq!(server.url, "");
    server.start();
    assert_eq!(server.url, format!("http://{}", server.listener.addr()));
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("\r\n\r\nhello"), "{answer}");
    server.close();
    assert!(TcpStream::connect(server.listener.addr()).is_err(), "its port is free again");
}

#[test]
fn an_unstarted_server_can_be_closed() {
    let server = new_unstarted_server(hello);
    server.close();
    assert!(TcpStream::connect(server.listener.addr()).is_err());
    new_test_server(hello).close();
}

#[test]
fn a_listener_can_be_replaced() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    let mut server = new_unstarted_server(hello);
    server.listener = listener.into();
    server.start();
    assert_eq!(server.listener.addr(), addr);
    assert_eq!(server.client().get("/").unwrap().read_all().unwrap(), "hello");
}

/// The text with which something panics.
fn panic_of(act: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(act)).expect_err("it does not panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a text")).to_owned(),
    }
}

#[test]
fn mistakes_panic_as_in_go() {
    let mut server = new_server(hello);
    assert_eq!(panic_of(|| server.start()), "Server already started");
    let mut server = new_unstarted_server(hello);
    assert_eq!(panic_of(|| drop(server.client())), "the server has not been started");
    server.close();
    assert_eq!(panic_of(|| server.start()), "Start of closed Server");
    let mut server = new_test_server(hello);
    server.listener = TcpListener::bind("127.0.0.1:0").unwrap().into();
    assert_eq!(panic_of(|| server.start()), "Server.listener is unexpectedly set");
}

#[test]
fn a_panic_of_the_handler_fails_the_test() {
    let panicking = || handler(|_, _| std::panic::resume_unwind(Box::new("oh no")));
    let server = new_test_server(panicking());
    assert!(server.client().get("/").is_err());
    let text = "httptest: panic in server handler: oh no";
    assert_eq!(panic_of(|| server.close()), text);
    // It has been told.
    drop(server);
    let server = new_test_server(panicking());
    assert!(server.client().get("/").is_err());
    assert_eq!(panic_of(|| drop(server)), text);
}

#[test]
fn an_aborting_handler_fails_nothing() {
    let server = new_test_server(HandlerFunc(|_, _| -> () { abort_handler() }));
    let error = server.client().get("/").unwrap_err();
    assert!(Error::UnexpectedEof.is(&error), "{error}");
}

#[test]
fn a_test_that_panics_does_not_wait_for_its_handlers() {
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let start = Instant::now();
    let text = panic_of(|| {
        let server = new_test_server(handler(move |_, _| {
            let _ = released.lock().unwrap().recv_timeout(PATIENCE);
        }));
        let mut conn = server.client().dial().unwrap();
        conn.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        resume_unwind(Box::new("the test fails"));
    });
    assert_eq!(text, "the test fails");
    assert!(start.elapsed() < PATIENCE / 2);
    drop(release);
}

#[test]
fn without_ports_the_address_is_that_of_no_socket() {
    let server = new_test_server(handler(|w, r| fprintf!(w, "{} {}", r.remote_addr, r.host)));
    let client = server.client();
    assert_eq!(client.get("http://www.example.org/").unwrap().read_all().unwrap(), "@ www.example.org");
    let answers: Vec<_> = thread::scope(|scope| {
        let asking: Vec<_> = (0..8)
            .map(|number| {
                let client = client.clone();
                scope.spawn(move || client.get(format!("http://h{number}/")).unwrap().read_all().unwrap())
            })
            .collect();
        asking.into_iter().map(|thread| thread.join().unwrap().string().to_string()).collect()
    });
    let expected: Vec<_> = (0..8).map(|number| format!("@ h{number}")).collect();
    assert_eq!(answers, expected);
}

#[test]
fn a_server_may_be_closed_while_it_starts() {
    let start = Instant::now();
    for _ in 0..200 {
        new_server(hello).close();
    }
    assert!(start.elapsed() < PATIENCE);
}

#[test]
fn what_is_no_connection_is_refused() {
    let server = nethttp_server::Server { loops: 1, ..Default::default() };
    assert!(server.serve_conn(std::fs::File::open("/dev/null").unwrap()).is_err());
    assert!(server.serve_conn(TcpListener::bind("127.0.0.1:0").unwrap()).is_err());
    assert_eq!(server.handle().connections(), 0);
    server.close();
    let (_ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    assert!(Error::ServerClosed.is(&server.serve_conn(theirs).unwrap_err()));
}

#[test]
fn many_servers_leave_nothing_behind() {
    let descriptors = || std::fs::read_dir("/dev/fd").unwrap().count();
    let ask = || {
        let server = new_test_server(|w: &mut dyn ResponseWriter, _: &mut Request| w.write_header(STATUS_TEAPOT));
        assert_eq!(server.client().get("/").unwrap().status_code, 418);
    };
    ask();
    let before = descriptors();
    for _ in 0..100 {
        ask();
    }
    // Loops end on threads of their own, and other tests run beside this one.
    let end = Instant::now() + PATIENCE;
    while descriptors() > before + 50 {
        assert!(Instant::now() < end, "{} descriptors, {before} at first", descriptors());
        thread::sleep(Duration::from_millis(5));
    }
}
