//! The contexts of requests on a server: what ends them, what they carry. Each with and without ports.

use std::io::Write;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use nethttp_core::{
    Conn, Context, ContextError, HandlerFunc, LOCAL_ADDR_CONTEXT_KEY, LocalAddr, Request, ResponseWriter, fprintf,
    handler_func, io::read_all,
};
use nethttp_httptest::{Server, new_test_server};
use nethttp_server::{SERVER_CONTEXT_KEY, ServerHandle};

/// Longer than anything that a test waits for may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a handler saw of its context, and how long it had to wait.
type Seen = mpsc::Receiver<(Option<ContextError>, Duration)>;

/// A server whose handler reads the request's body and waits for the end of its context, without writing. It says when it
/// begins to wait, and what it saw.
fn waiting(has_port: bool) -> (Server, mpsc::Receiver<()>, Seen) {
    let (begun, has_begun) = mpsc::channel();
    let (saw, seen) = mpsc::channel();
    let tellers = Mutex::new((begun, saw));
    let mut server = new_test_server(HandlerFunc(move |_w, r| {
        let ctx = r.context();
        assert!(read_all(&mut r.body).1.is_none());
        let tell = tellers.lock().unwrap().clone();
        tell.0.send(()).unwrap();
        let start = Instant::now();
        let has_ended = ctx.wait(PATIENCE);
        assert_eq!(has_ended, ctx.err().is_some());
        // Nobody may listen any more.
        let _ = tell.1.send((ctx.err(), start.elapsed()));
    }));
    if has_port {
        server.start();
    }
    (server, has_begun, seen)
}

/// Sends these bytes, waits for the handler, does `act`, and expects the handler's context to be cancelled by that.
fn check(bytes: &[u8], act: impl Fn(&Server, Conn)) {
    for has_port in [false, true] {
        let (server, has_begun, seen) = waiting(has_port);
        let mut conn = server.client().dial().unwrap();
        conn.write_all(bytes).unwrap();
        has_begun.recv_timeout(PATIENCE).unwrap();
        act(&server, conn);
        let (error, waited) = seen.recv_timeout(2 * PATIENCE).unwrap();
        let case = format!("{} (has a port: {has_port})", bytes[..bytes.len().min(100)].escape_ascii());
        assert_eq!(error, Some(ContextError::Canceled), "{case}");
        assert!(waited < PATIENCE / 2, "{case}: after {waited:?}");
    }
}

/// Requests whose bodies have come.
const BODY: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
const CHUNKS: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n";

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn hanging_up_ends_the_context() {
    check(GET, |_, conn| drop(conn));
    check(GET, |_, conn| conn.close().unwrap());
}

#[test]
fn hanging_up_ends_the_context_when_the_body_has_been_read() {
    check(BODY, |_, conn| drop(conn));
    check(CHUNKS, |_, conn| drop(conn));
}

#[test]
fn closing_the_server_ends_the_context() {
    for bytes in [GET, BODY] {
        check(bytes, |server, conn| {
            server.config.handle().close();
            drop(conn);
        });
        check(bytes, |server, conn| {
            server.close_client_connections();
            drop(conn);
        });
    }
}

#[test]
fn shutting_down_does_not_end_the_context() {
    for has_port in [false, true] {
        let (server, has_begun, seen) = waiting(has_port);
        let mut conn = server.client().dial().unwrap();
        conn.write_all(GET).unwrap();
        has_begun.recv_timeout(PATIENCE).unwrap();
        let (ctx, _cancel) = Context::background().with_timeout(Duration::from_millis(20));
        assert_eq!(server.config.shutdown(&ctx), Err(ContextError::DeadlineExceeded));
        assert!(seen.try_recv().is_err(), "the handler goes on");
        drop(conn);
        assert_eq!(seen.recv_timeout(PATIENCE).unwrap().0, Some(ContextError::Canceled));
    }
}

#[test]
fn the_return_of_the_handler_ends_the_context() {
    for has_port in [false, true] {
        let (keep, kept) = mpsc::channel();
        let keep = Mutex::new(keep);
        let mut server = new_test_server(HandlerFunc(move |_w, r| {
            let ctx = r.context();
            let child = ctx.with_value(1_u8);
            assert!(!ctx.done() && !child.done());
            keep.lock().unwrap().send((ctx, child)).unwrap();
        }));
        if has_port {
            server.start();
        }
        let client = server.client();
        for _ in 0..2 {
            assert_eq!(client.get("/").unwrap().status_code, 200);
            let (ctx, child) = kept.recv_timeout(PATIENCE).unwrap();
            assert!(ctx.wait(PATIENCE), "it ends with its request");
            assert_eq!((ctx.err(), child.err()), (Some(ContextError::Canceled), Some(ContextError::Canceled)));
            let (kept_too, _cancel) = ctx.with_cancel();
            assert!(kept_too.done(), "what is derived from it afterwards has ended as well");
        }
    }
}

#[test]
fn a_deadline_that_a_handler_sets_ends_its_work_and_not_the_request() {
    let server = new_test_server(HandlerFunc(|w, r| {
        let (ctx, _cancel) = r.context().with_timeout(Duration::from_millis(10));
        let inner = r.with_context(ctx.clone());
        assert!(inner.context().wait(PATIENCE));
        assert!(!r.context().done());
        fprintf!(w, "{}", ctx.err().unwrap());
    }));
    assert_eq!(server.client().get("/").unwrap().read_all().unwrap(), "context deadline exceeded");
}

#[test]
fn a_context_carries_the_server() {
    let mut server = new_test_server(handler_func(|w, r| {
        let ctx = r.context();
        let handle: &ServerHandle = ctx.value_of(SERVER_CONTEXT_KEY).unwrap();
        handle.set_keep_alives_enabled(false);
        fprintf!(w, "{} {}", handle.connections(), ctx.value::<ServerHandle>().is_some());
    }));
    let mut answer = server.client().get("/").unwrap();
    assert_eq!(answer.read_all().unwrap(), "1 true");
    assert!(answer.close);
    // Also where hooks make contexts of their own.
    server = new_test_server(HandlerFunc(|w, r| {
        let ctx = r.context();
        let has_server = ctx.value::<ServerHandle>().is_some();
        fprintf!(w, "{has_server} {} {}", ctx.value::<u8>().unwrap(), ctx.value::<&str>().unwrap());
    }));
    server.config.base_context = Some(Arc::new(|_| Context::background().with_value(7_u8)));
    server.config.conn_context = Some(Arc::new(|ctx, info| {
        assert!(ctx.value::<ServerHandle>().is_some());
        assert_eq!(info.remote_addr, "@");
        ctx.with_value("mine")
    }));
    assert_eq!(server.client().get("/").unwrap().read_all().unwrap(), "true 7 mine");
}

#[test]
fn ending_a_context_of_the_server_ends_those_of_its_requests() {
    let (base, cancel) = Context::background().with_cancel();
    let (mut server, has_begun, seen) = waiting(false);
    server.config.base_context = Some(Arc::new(move |_| base.clone()));
    let mut conn = server.client().dial().unwrap();
    conn.write_all(GET).unwrap();
    has_begun.recv_timeout(PATIENCE).unwrap();
    cancel.cancel();
    assert_eq!(seen.recv_timeout(PATIENCE).unwrap().0, Some(ContextError::Canceled));
}

/// Answers with the server's address, as the context has it.
fn address(w: &mut dyn ResponseWriter, r: &mut Request) {
    let ctx = r.context().with_value(());
    let addr = ctx.value::<LocalAddr>().expect("a request has come over a connection");
    assert_eq!(ctx.value_of(LOCAL_ADDR_CONTEXT_KEY), Some(addr));
    fprintf!(w, "{addr}");
}

#[test]
fn a_context_carries_the_address() {
    let server = new_test_server(address);
    assert_eq!(server.client().get("/").unwrap().read_all().unwrap(), "@");
    let mut server = new_test_server(address);
    server.start();
    for _ in 0..2 {
        assert_eq!(server.client().get("/").unwrap().read_all().unwrap(), server.listener.addr());
    }
    // Listening on all addresses, it is that which the client has reached.
    let mut server = nethttp_httptest::new_unstarted_server(address);
    server.listener = nethttp_server::Listener::bind("0.0.0.0:0").unwrap().into();
    let port = server.listener.addr().rsplit(':').next().unwrap().to_owned();
    server.config.base_context = Some(Arc::new(|address| Context::background().with_value(address.clone())));
    server.start();
    assert_eq!(server.client().get("/").unwrap().read_all().unwrap(), format!("127.0.0.1:{port}").as_str());
}

#[test]
fn a_kept_context_does_not_keep_the_connection() {
    let (keep, kept) = mpsc::channel();
    let keep = Mutex::new(keep);
    let server = new_test_server(HandlerFunc(move |_w, r| keep.lock().unwrap().send(r.context()).unwrap()));
    let mut conn = server.client().dial().unwrap();
    conn.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let ctx = kept.recv_timeout(PATIENCE).unwrap();
    let mut answer = Vec::new();
    conn.set_read_deadline(Some(Instant::now() + PATIENCE));
    std::io::Read::read_to_end(&mut conn, &mut answer).expect("the server closes the connection");
    assert_eq!(ctx.value::<LocalAddr>(), None, "nobody asked while there was a connection");
    assert!(ctx.done());
}

#[test]
fn without_a_server_there_is_none() {
    let ctx = nethttp_httptest::new_request("GET", "/", ()).context();
    assert!(ctx.value_of(SERVER_CONTEXT_KEY).is_none());
    assert!(ctx.value_of(LOCAL_ADDR_CONTEXT_KEY).is_none());
}
