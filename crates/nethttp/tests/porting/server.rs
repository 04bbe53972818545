//! The server: its fields, hooks, and ways to begin and to end.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use nethttp as http;

use http::httptest::{new_request, new_test_server};
use http::{Context, Request, ResponseWriter, Server};

use crate::given::{configured, served, text};

/// Longer than anything that a check waits for may take.
const PATIENCE: Duration = Duration::from_secs(10);

fn hello(w: &mut dyn ResponseWriter, _r: &mut Request) {
    http::fprintf!(w, "hello");
}

/// A server with this handler and one loop.
fn server() -> Server {
    Server { handler: Some(Arc::new(hello)), loops: 1, ..Default::default() }
}

/// An address that nobody listens on.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").to_string()
}

/// What the server at an address answers to `GET /`, once it listens.
fn ask(address: &str) -> String {
    let end = Instant::now() + PATIENCE;
    let mut stream = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(error) => assert!(Instant::now() < end, "{address}: {error}"),
        }
        thread::sleep(Duration::from_millis(1));
    };
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.rsplit("\r\n").next().unwrap_or_default().to_owned()
}

/// How long a connection stays open that sends `bytes` and no more.
fn kept(server: Server, bytes: &[u8]) -> Duration {
    let mut test = new_test_server(hello);
    test.config = Server { handler: Some(Arc::new(hello)), ..server };
    let mut conn = test.client().dial().expect("a connection");
    conn.write_all(bytes).expect("a request");
    let start = Instant::now();
    conn.set_read_deadline(Some(start + PATIENCE));
    http::io::read_all(&mut conn);
    start.elapsed()
}

/// The states that a connection goes through when `act` is done to its server.
fn states(act: impl FnOnce(&http::httptest::Server)) -> Vec<http::ConnState> {
    let states: Arc<Mutex<Vec<http::ConnState>>> = Arc::default();
    let seen = Arc::clone(&states);
    let mut server = new_test_server(http::HandlerFunc(|w, r| {
        if r.url.path == "/hijack" {
            w.hijack().expect("a connection");
        }
    }));
    server.config.conn_state = Some(Arc::new(move |_, state| seen.lock().unwrap().push(state)));
    act(&server);
    server.close();
    let states = states.lock().unwrap();
    states.clone()
}

const SHORT: Duration = Duration::from_millis(20);

rows! {
    "http.Server" => "http::Server { addr, handler, ..Default::default() }" {
        let (addr, handler) = (free_address(), Some(Arc::new(hello) as Arc<dyn http::Handler>));
        let server = http::Server { addr, handler, ..Default::default() };
        server.close();
        assert!(http::ERR_SERVER_CLOSED.is(&server.listen_and_serve().unwrap_err()));
    }
    "http.ListenAndServe" => "http::listen_and_serve(addr, handler)" {
        let address = free_address();
        let (addr, handler) = (address.clone(), hello);
        // It serves until the process ends.
        thread::spawn(move || http::listen_and_serve(&addr, handler));
        assert_eq!(ask(&address), "hello");
    }
    "http.Serve" => "http::serve(listener, handler)" {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, handler) = (listener.local_addr().unwrap().to_string(), hello);
        thread::spawn(move || http::serve(listener, handler));
        assert_eq!(ask(&address), "hello");
    }
    "http.Server.ListenAndServe" => "server.listen_and_serve()" {
        let server = Server { addr: free_address(), ..server() };
        thread::scope(|scope| {
            let serving = scope.spawn(|| server.listen_and_serve());
            assert_eq!(ask(&server.addr), "hello");
            server.close();
            assert!(http::ERR_SERVER_CLOSED.is(&serving.join().unwrap().unwrap_err()));
        });
    }
    "http.Server.Serve" => "server.serve(listener)" {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = server();
        thread::scope(|scope| {
            let serving = scope.spawn(|| server.serve(listener));
            assert_eq!(ask(&address), "hello");
            server.close();
            assert!(http::ERR_SERVER_CLOSED.is(&serving.join().unwrap().unwrap_err()));
        });
    }
    "http.Server.Close" => "server.close()" {
        let server = new_test_server(hello);
        let mut conn = server.client().dial().unwrap();
        let server = &server.config;
        server.close();
        assert_eq!(http::io::read_all(&mut conn).0, b"");
    }
    "http.Server.Shutdown" => "server.shutdown(&ctx)" {
        let test = new_test_server(hello);
        assert_eq!(text(test.client().get("/").unwrap()), "hello");
        let (ctx, _cancel) = Context::background().with_timeout(PATIENCE);
        let server = &test.config;
        assert_eq!(server.shutdown(&ctx), Ok(()));
        assert!(test.client().get("/").is_err());
        // The same from a handle, which is cheap to clone.
        let server = server.handle();
        assert_eq!(server.shutdown(&ctx), Ok(()));
    }
    "http.Server.RegisterOnShutdown" => "server.register_on_shutdown(function)" {
        let server = server();
        let (tell, told) = mpsc::channel();
        let tell = Mutex::new(tell);
        let function = move || tell.lock().unwrap().send("shut down").unwrap();
        server.register_on_shutdown(function);
        server.shutdown(&Context::background()).unwrap();
        assert_eq!(told.recv_timeout(PATIENCE), Ok("shut down"));
    }
    "http.Server.SetKeepAlivesEnabled" => "server.set_keep_alives_enabled(enabled)" {
        let enabled = false;
        let answer = configured(|server| server.set_keep_alives_enabled(enabled), hello);
        assert!(answer.close);
    }
    "http.Server.Addr" => "server.addr" {
        let server = Server { addr: free_address(), ..server() };
        let listener = TcpListener::bind(&server.addr).unwrap();
        let error = server.listen_and_serve().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
        drop(listener);
    }
    "http.Server.Handler" => "server.handler" {
        let answer = configured(|server| server.handler = Some(Arc::new(http::not_found)), hello);
        assert_eq!(answer.status_code, 404);
    }
    "http.Server.DisableGeneralOptionsHandler" => "server.disable_general_options_handler" {
        for (disable, expected) in [(false, ""), (true, "hello")] {
            let mut test = new_test_server(hello);
            let server = &mut test.config;
            server.disable_general_options_handler = disable;
            let answer = test.client().do_(&mut new_request("OPTIONS", "*", ())).unwrap();
            assert_eq!(text(answer), expected);
        }
    }
    "http.Server.ReadTimeout" => "server.read_timeout" {
        let mut server = server();
        (server.read_timeout, server.read_header_timeout) = (SHORT, Duration::ZERO);
        assert!(kept(server, b"GET / HT") < PATIENCE / 2);
    }
    "http.Server.ReadHeaderTimeout" => "server.read_header_timeout" {
        let mut server = server();
        server.read_header_timeout = SHORT;
        assert!(kept(server, b"GET / HT") < PATIENCE / 2);
    }
    "http.Server.WriteTimeout" => "server.write_timeout" {
        let mut test = new_test_server(http::HandlerFunc(|w, _| {
            thread::sleep(2 * SHORT);
            http::fprintf!(w, "too late");
        }));
        let server = &mut test.config;
        server.write_timeout = SHORT;
        assert!(test.client().get("/").is_err());
    }
    "http.Server.IdleTimeout" => "server.idle_timeout" {
        let mut server = server();
        server.idle_timeout = SHORT;
        assert!(kept(server, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") < PATIENCE / 2);
    }
    "http.Server.MaxHeaderBytes" => "server.max_header_bytes" {
        let mut test = new_test_server(hello);
        let server = &mut test.config;
        server.max_header_bytes = 1;
        let mut r = new_request("GET", "/", ());
        r.header.set("X-A", "x".repeat(5000));
        assert_eq!(test.client().do_(&mut r).unwrap().status_code, 431);
    }
    "http.Server.MaxHeaderValueCount" => "server.max_header_value_count" {
        let mut test = new_test_server(hello);
        let server = &mut test.config;
        server.max_header_value_count = 2;
        let mut r = new_request("GET", "/", ());
        ["1", "2", "3"].iter().for_each(|value| r.header.add("X-A", value));
        assert_eq!(test.client().do_(&mut r).unwrap().status_code, 431);
    }
    "http.Server.ErrorLog" => "server.error_log" {
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&lines);
        let set = |server: &mut Server| {
            server.error_log = Some(Arc::new(move |line| log.lock().unwrap().push(line.to_owned())));
        };
        configured(set, |w, _| {
            w.write_header(http::STATUS_OK);
            w.write_header(http::STATUS_GONE);
        });
        let lines = lines.lock().unwrap();
        assert!(lines.len() == 1 && lines[0].contains("superfluous"), "{lines:?}");
    }
    "http.Server.BaseContext" => "server.base_context" {
        let set = |server: &mut Server| {
            server.base_context = Some(Arc::new(|_| Context::background().with_value(7_u8)));
        };
        let answer = configured(set, |w, r| http::fprintf!(w, "{:?}", r.context().value::<u8>()));
        assert_eq!(text(answer), "Some(7)");
    }
    "http.Server.ConnContext" => "server.conn_context" {
        let set = |server: &mut Server| {
            server.conn_context = Some(Arc::new(|ctx, info| ctx.with_value(info.remote_addr.clone())));
        };
        let answer = configured(set, |w, r| http::fprintf!(w, "{}", r.context().value::<http::Text>().unwrap()));
        assert_eq!(text(answer), "@");
    }
    "http.ServerContextKey" => "ctx.value_of(http::SERVER_CONTEXT_KEY)" {
        let answer = served(|w, r| {
            let ctx = r.context();
            let server: &http::ServerHandle = ctx.value_of(http::SERVER_CONTEXT_KEY).unwrap();
            http::fprintf!(w, "{} connection", server.connections());
        });
        assert_eq!(text(answer), "1 connection");
    }
    "http.LocalAddrContextKey" => "ctx.value_of(http::LOCAL_ADDR_CONTEXT_KEY)" {
        let answer = served(|w, r| {
            let ctx = r.context();
            let addr: &http::LocalAddr = ctx.value_of(http::LOCAL_ADDR_CONTEXT_KEY).unwrap();
            http::fprintf!(w, "{addr}");
        });
        assert_eq!(text(answer), "@");
    }
    "http.Server.ConnState" => "server.conn_state" {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        let set = |server: &mut Server| {
            server.conn_state = Some(Arc::new(move |_, _| {
                counter.fetch_add(1, Ordering::SeqCst);
            }));
        };
        configured(set, hello);
        assert_eq!(count.load(Ordering::SeqCst), 4);
    }
    "http.ConnState" => "http::ConnState" {
        let state: http::ConnState = http::ConnState::New;
        assert_eq!(states(|server| drop(server.client().get("/"))).first(), Some(&state));
    }
    "http.ConnState.String" => "state.to_string()" {
        let state = http::ConnState::Active;
        assert_eq!(state.to_string(), "active");
    }
    "http.StateNew" => "http::STATE_NEW" {
        let seen = states(|server| drop(server.client().get("/").unwrap()));
        assert_eq!((seen.len(), seen[0]), (4, http::STATE_NEW));
    }
    "http.StateActive" => "http::STATE_ACTIVE" {
        let seen = states(|server| drop(server.client().get("/").unwrap()));
        assert_eq!((seen.len(), seen[1]), (4, http::STATE_ACTIVE));
    }
    "http.StateIdle" => "http::STATE_IDLE" {
        let seen = states(|server| drop(server.client().get("/").unwrap()));
        assert_eq!((seen.len(), seen[2]), (4, http::STATE_IDLE));
    }
    "http.StateHijacked" => "http::STATE_HIJACKED" {
        let seen = states(|server| drop(server.client().get("/hijack")));
        assert_eq!((seen.len(), seen[2]), (3, http::STATE_HIJACKED));
    }
    "http.StateClosed" => "http::STATE_CLOSED" {
        let seen = states(|server| drop(server.client().get("/").unwrap()));
        assert_eq!((seen.len(), seen[3]), (4, http::STATE_CLOSED));
    }
}
