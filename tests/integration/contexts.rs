//! The context of a request: what it carries, and when it ends.

use std::io::Read;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use nethttp_core::{Context, ContextError, Request, ResponseWriter, fprintf};
use nethttp_server::{Server, ServerHandle};

use crate::client::{Client, get};
use crate::fixture::{PATIENCE, PROMPT, TestServer, handler, one_loop, timed, until};

/// Waits for its context's end, having read the body if the path says so, and tells whether and how soon it came.
struct Watch {
    server: TestServer,
    entered: mpsc::Receiver<()>,
    outcome: mpsc::Receiver<(bool, Duration)>,
}

fn watch(patience: Duration) -> Watch {
    let (enter, entered) = mpsc::channel();
    let (tell, outcome) = mpsc::channel();
    let channels = Mutex::new((enter, tell));
    let server = TestServer::of(move |w, r| {
        let (enter, tell) = channels.lock().unwrap().clone();
        enter.send(()).unwrap();
        if &*r.url.path == "/read-late" {
            thread::sleep(Duration::from_millis(50));
        }
        if r.url.path.starts_with("/read") {
            let _ = r.body.read_to_end(&mut Vec::new());
        }
        let outcome = timed(|| r.context().wait(patience));
        fprintf!(w, "{:?}", r.context().err());
        tell.send(outcome).unwrap();
    });
    Watch { server, entered, outcome }
}

impl Watch {
    fn begin(&self, request: &str) -> Client {
        let mut client = self.server.client();
        client.send(request);
        self.entered.recv_timeout(PATIENCE).expect("the handler is called");
        client
    }

    #[track_caller]
    fn ends_soon(&self) {
        let (ended, took) = self.outcome.recv_timeout(2 * PATIENCE).unwrap();
        assert!(ended && took < 2 * PROMPT, "ended: {ended} after {took:?}");
    }
}

const UNREAD: &str = "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\nbegin";

#[test]
fn it_does_not_end_while_client_and_handler_are_there() {
    let watch = watch(Duration::from_millis(200));
    let mut client = watch.begin(&get("/"));
    assert_eq!(client.answer().text(), "None");
    let mut client = watch.begin(UNREAD);
    client.send("x".repeat(99_995));
    assert_eq!(client.answer().text(), "None");
}

#[test]
fn it_ends_when_the_client_hangs_up() {
    let watch = watch(PATIENCE);
    let client = watch.begin(&get("/"));
    drop(client);
    watch.ends_soon();
    watch.begin(&get("/")).reset();
    watch.ends_soon();
    let client = watch.begin(&get("/"));
    client.close_write();
    watch.ends_soon();
    watch.server.wait_for_connections(0);
}

#[test]
fn it_ends_at_once_when_the_client_was_gone_before() {
    let watch = watch(PATIENCE);
    let mut client = watch.server.client();
    client.send(get("/"));
    client.close_write();
    watch.ends_soon();
    assert_eq!(client.answer().text(), "Some(Canceled)");
}

#[test]
fn it_ends_with_a_reset_though_the_body_is_unread() {
    let watch = watch(PATIENCE);
    watch.begin(UNREAD).reset();
    watch.ends_soon();
}

#[test]
fn a_half_closed_body_is_seen_to_its_end_first() {
    // As in Go: what lies before the end of the input hides it.
    let watch = watch(Duration::from_millis(200));
    let body = "x".repeat(300_000);
    let client = watch.begin(&format!("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 300000\r\n\r\n{body}"));
    client.close_write();
    let (ended, _) = watch.outcome.recv_timeout(PATIENCE).unwrap();
    assert!(!ended);
}

#[test]
fn a_client_that_sends_no_more_is_not_seen_before_its_body_has_been_read() {
    // As in Go, which looks behind the body only.
    let watch = watch(Duration::from_millis(200));
    for body in ["", "he", "hello"] {
        let mut client = watch.begin(&format!("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\n{body}"));
        client.close_write();
        assert_eq!(client.answer().text(), "None");
    }
}

#[test]
fn the_client_s_end_is_seen_when_the_body_has_been_read() {
    let watch = watch(PATIENCE);
    for path in ["/read", "/read-late"] {
        let body = "x".repeat(300_000);
        let mut client = watch.server.client();
        client.send(format!("POST {path} HTTP/1.1\r\nHost: t\r\nContent-Length: 300000\r\n\r\n{body}"));
        client.close_write();
        watch.entered.recv_timeout(PATIENCE).unwrap();
        watch.ends_soon();
        assert_eq!(client.answer().text(), "Some(Canceled)");
    }
    let chunked = "POST /read HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let mut client = watch.server.client();
    client.send(chunked);
    client.close_write();
    watch.entered.recv_timeout(PATIENCE).unwrap();
    watch.ends_soon();
}

#[test]
fn it_ends_when_the_server_is_closed_and_not_when_it_shuts_down() {
    let watch = watch(Duration::from_millis(300));
    let mut client = watch.begin(&get("/"));
    let handle = watch.server.handle.clone();
    let shutting = thread::spawn(move || handle.shutdown(&Context::background()));
    let (ended, _) = watch.outcome.recv_timeout(PATIENCE).unwrap();
    assert!(!ended);
    assert_eq!(client.answer().text(), "None");
    shutting.join().unwrap().unwrap();

    let watch = self::watch(PATIENCE);
    let clients = [watch.begin(&get("/")), watch.begin(UNREAD)];
    watch.server.handle.close();
    watch.ends_soon();
    watch.ends_soon();
    drop(clients);
}

#[test]
fn a_kept_context_ends_with_its_handler_and_the_next_request_has_its_own() {
    let kept = Arc::new(Mutex::new(Vec::<Context>::new()));
    let keep = Arc::clone(&kept);
    let server = TestServer::of(move |_, r| {
        assert!(!r.context().done());
        let (derived, _) = r.context().with_cancel();
        keep.lock().unwrap().extend([r.context(), derived, r.context().with_value(7_u8)]);
    });
    let mut client = server.client();
    for _ in 0..10 {
        client.get("/");
    }
    assert!(server.log.lines().is_empty(), "{:?}", server.log.lines());
    // The answer may be out a moment before the context is ended.
    for context in &*kept.lock().unwrap() {
        assert!(context.wait(PATIENCE));
        assert_eq!(context.err(), Some(ContextError::Canceled));
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FromBase(u8);
#[derive(Debug, PartialEq, Eq)]
struct FromConn(String);

fn values(w: &mut dyn ResponseWriter, r: &mut Request) {
    let context = r.context();
    let has_server = context.value::<ServerHandle>().is_some_and(|server| server.connections() > 0);
    let base = context.value::<FromBase>().map(|base| base.0);
    let conn = context.value::<FromConn>().is_some_and(|conn| conn.0 == *r.remote_addr);
    fprintf!(w, "server {has_server} base {base:?} conn {conn}");
}

#[test]
fn it_carries_what_the_hooks_gave_it() {
    let with_base = |server: Server| Server {
        base_context: Some(Arc::new(|address| {
            assert!(address.starts_with("127.0.0.1:"), "{address}");
            Context::background().with_value(FromBase(5))
        })),
        ..server
    };
    let with_conn = |server: Server| Server {
        conn_context: Some(Arc::new(|context, conn| context.with_value(FromConn(conn.remote_addr.to_string())))),
        ..server
    };
    let plain = || Server { handler: handler(values), ..one_loop() };
    for (server, expected) in [
        (plain(), "server true base None conn false"),
        (with_base(plain()), "server true base Some(5) conn false"),
        (with_conn(plain()), "server true base None conn true"),
        (with_base(with_conn(plain())), "server true base Some(5) conn true"),
    ] {
        let server = TestServer::start(server);
        let mut client = server.client();
        for _ in 0..2 {
            assert_eq!(client.get("/").text(), expected);
        }
    }
}

#[test]
fn ending_the_base_ends_every_request() {
    let (base, cancel) = Context::background().with_cancel();
    let (enter, entered) = mpsc::channel();
    let enter = Mutex::new(enter);
    let server = TestServer::start(Server {
        base_context: Some(Arc::new(move |_| base.clone())),
        handler: handler(move |w, r| {
            enter.lock().unwrap().send(()).unwrap();
            fprintf!(w, "{}", r.context().wait(PATIENCE));
        }),
        ..one_loop()
    });
    let mut clients = [server.client(), server.client()];
    for client in &mut clients {
        client.send(get("/"));
        entered.recv_timeout(PATIENCE).unwrap();
    }
    let (_, took) = timed(|| {
        cancel.cancel();
        for client in &mut clients {
            assert_eq!(client.answer().text(), "true");
        }
    });
    assert!(took < 2 * PROMPT, "{took:?}");
}

#[test]
fn a_handler_may_close_its_server() {
    let server = TestServer::of(|w, r| {
        fprintf!(w, "bye");
        let _ = w.flush();
        r.context().value::<ServerHandle>().unwrap().close();
    });
    let mut client = server.client();
    client.send(get("/"));
    let got = client.rest_or_reset();
    // Its own last words may still get through.
    let body = got.strip_suffix(b"0\r\n\r\n").unwrap_or(&got);
    assert!(body.ends_with(b"3\r\nbye\r\n"), "{}", got.escape_ascii());
    until("all are gone", || server.handle.connections() == 0);
}
