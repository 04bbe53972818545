//! The client of test servers: answers of all framings, as bytes that a hijacking handler sends; requests, as a handler
//! sees them.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use nethttp_core::{
    Body, Error, HandlerFunc, Request, STATUS_EARLY_HINTS, STATUS_FOUND, STATUS_SWITCHING_PROTOCOLS, Values, fprintf,
    handler_func,
};
use nethttp_httptest::{Client, Response, Server, new_request, new_test_server};

/// Longer than anything that a test waits for may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that answers each request with these bytes, and then hangs up.
fn speaking(bytes: &'static [u8]) -> Server {
    new_test_server(handler_func(move |w, _r| -> io::Result<()> {
        let (mut conn, _) = w.hijack()?;
        // Piece by piece, so that nothing is read in one go.
        for piece in bytes.chunks(3) {
            conn.write_all(piece)?;
        }
        Ok(())
    }))
}

fn ask(method: &str, bytes: &'static [u8]) -> io::Result<Response> {
    speaking(bytes).client().do_(&mut new_request(method, "/", ()))
}

#[test]
fn answers_of_all_framings() {
    let check = |method: &str, bytes: &'static [u8], status: &str, length: i64, body: &str| {
        let mut answer = ask(method, bytes).unwrap();
        assert_eq!((answer.status.as_str(), answer.content_length), (status, length), "{}", bytes.escape_ascii());
        assert_eq!(answer.read_all().unwrap(), body, "{}", bytes.escape_ascii());
        assert_eq!(answer.read_all().unwrap(), "", "the body has been read");
    };
    check("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellomore", "200 OK", 5, "hello");
    check("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200 OK", 0, "");
    check("GET", b"HTTP/1.0 200 OK\r\n\r\nto the end", "200 OK", -1, "to the end");
    check("GET", b"HTTP/1.1 404\r\n\r\n", "404", -1, "");
    check(
        "GET",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n",
        "200 OK",
        -1,
        "abc0123456789",
    );
    check("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200 OK", 5, "");
    check("HEAD", b"HTTP/1.1 200 OK\r\n\r\n", "200 OK", -1, "");
    check("GET", b"HTTP/1.1 204 No Content\r\n\r\nno", "204 No Content", 0, "");
    check("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "304 Not Modified", 9, "");
    check(
        "GET",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n\
        HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        "200 OK",
        1,
        "x",
    );
    check("CONNECT", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200 OK", 5, "");
}

#[test]
fn what_is_no_answer_is_an_error() {
    let check = |bytes: &'static [u8], text: &str| {
        let error = ask("GET", bytes).unwrap_err();
        assert_eq!(error.to_string(), text, "{}", bytes.escape_ascii());
    };
    check(b"", "unexpected EOF");
    check(b"HTTP/1.1 200 OK\r\n", "unexpected EOF");
    check(b"HTTP/1.1 200 OK\r\nX: ", "unexpected EOF");
    check(b"ICY 200 OK\r\n\r\n", "malformed status line in an answer: \"ICY 200 OK\"");
    check(b"HTTP/1.1 20\r\n\r\n", "malformed status line in an answer: \"HTTP/1.1 20\"");
    check(b"HTTP/1.1 2000 OK\r\n\r\n", "malformed status line in an answer: \"HTTP/1.1 2000 OK\"");
    check(b"HTTP/1.1 200 OK\r\nX\r\n\r\n", "malformed field in an answer: \"X\"");
    check(b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n", "malformed Content-Length in an answer: \"+1\"");
}

#[test]
fn a_body_that_is_cut_short_is_an_error() {
    let check = |bytes: &'static [u8], text: &str| {
        let error = ask("GET", bytes).unwrap().read_all().unwrap_err();
        assert_eq!(error.to_string(), text, "{}", bytes.escape_ascii());
    };
    check(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "unexpected EOF");
    check(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell", "unexpected EOF");
    check(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n", "unexpected EOF");
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n";
    check(chunked, "malformed chunk size in an answer: \"-1\"");
    let longer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nhe\r\n";
    check(longer, "malformed end of a chunk in an answer: \"e\"");
}

#[test]
fn trailers_come_with_the_end_of_the_body() {
    let server = new_test_server(HandlerFunc(|w, _| {
        w.header().set("Trailer", "X-Sum");
        fprintf!(w, "body");
        w.header().set("X-Sum", "7");
        w.header().set("Trailer:X-Late", "8");
    }));
    let mut answer = server.client().get("/").unwrap();
    assert_eq!(answer.transfer_encoding, ["chunked"]);
    assert!(!answer.header.contains("Trailer") && answer.trailer.contains("X-Sum"));
    assert_eq!(answer.trailer.get("X-Sum"), "");
    assert_eq!(answer.read_all().unwrap(), "body");
    assert_eq!((answer.trailer.get("X-Sum"), answer.trailer.get("X-Late")), (&"7".into(), &"8".into()));
}

#[test]
fn a_switch_of_protocols_is_an_answer() {
    let answer = ask("GET", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nhi").unwrap();
    assert_eq!(answer.status_code, STATUS_SWITCHING_PROTOCOLS);
    assert_eq!(answer.header.get("Upgrade"), "x");
}

#[test]
fn connections_are_kept_where_the_server_keeps_them() {
    for has_port in [false, true] {
        let mut server = new_test_server(HandlerFunc(|w, r| {
            if r.url.path == "/close" {
                w.header().set("Connection", "close");
            }
            fprintf!(w, "{}", r.url.path);
        }));
        let count = Arc::new(AtomicUsize::new(0));
        let opened = Arc::clone(&count);
        server.config.conn_state = Some(Arc::new(move |_, state| {
            opened.fetch_add((state == nethttp_server::STATE_NEW).into(), Ordering::SeqCst);
        }));
        if has_port {
            server.start();
        }
        let client = server.client();
        for (path, close) in [("/a", false), ("/b", false), ("/close", true), ("/c", false)] {
            let mut answer = client.get(path).unwrap();
            assert_eq!((answer.read_all().unwrap().string().as_str(), answer.close), (path, close));
        }
        assert_eq!(count.load(Ordering::SeqCst), 2, "one, and one more after that which was closed");
        // A body that is not read takes its connection with it.
        drop(client.get("/d").unwrap());
        server.config.handle().set_keep_alives_enabled(false);
        assert!(client.get("/e").unwrap().close);
        server.close_client_connections();
        assert!(client.get("/f").is_ok());
        client.close_idle_connections();
    }
}

#[test]
fn requests_arrive_as_they_were_made() {
    let server = new_test_server(HandlerFunc(|w, r| {
        let (body, error) = nethttp_core::io::read_all(&mut r.body);
        assert!(error.is_none());
        fprintf!(w, "{} {} {} {:?} close={} ", r.method, r.request_uri, r.content_length, r.transfer_encoding, r.close);
        fprintf!(w, "{}", String::from_utf8_lossy(&body));
    }));
    let client = server.client();
    let check = |request: &mut Request, expected: &str| {
        assert_eq!(client.do_(request).unwrap().read_all().unwrap(), expected);
    };
    check(&mut new_request("GET", "http://a.test?q=1", ()), "GET /?q=1 0 [] close=false ");
    check(&mut new_request("PUT", "/a%2fb", "xyz"), "PUT /a%2fb 3 [] close=false xyz");
    let stream = || Body::from_reader(io::repeat(b'x').take(20_000));
    let text = format!("POST / -1 [\"chunked\"] close=false {}", "x".repeat(20_000));
    check(&mut new_request("POST", "/", stream()), &text);
    let mut request = new_request("POST", "/", stream());
    (request.content_length, request.close) = (4, true);
    check(&mut request, "POST / 4 [] close=true xxxx");
    let data = Values::from([("a", "1&2"), ("b", "é")]);
    let mut answer = client.post_form("/", &data).unwrap();
    assert_eq!(answer.read_all().unwrap(), "POST / 16 [] close=false a=1%262&b=%C3%A9");
}

#[test]
fn a_body_shorter_than_its_length_is_an_error_of_the_request() {
    let server = new_test_server(HandlerFunc(|_, r| drop(nethttp_core::io::read_all(&mut r.body))));
    let mut request = new_request("POST", "/", "ab");
    request.content_length = 5;
    let error = server.client().timeout(Duration::from_millis(20)).do_(&mut request).unwrap_err();
    assert_eq!(error.to_string(), "http: ContentLength=5 with Body length 2");
}

#[test]
fn a_refusal_is_seen_though_the_request_was_not_read() {
    let server = new_test_server(HandlerFunc(|w, _| {
        nethttp_core::error(w, "too much", nethttp_core::STATUS_REQUEST_ENTITY_TOO_LARGE);
    }));
    let mut request = new_request("POST", "/", Body::from_reader(io::repeat(b'x').take(64 << 20)));
    let mut answer = server.client().do_(&mut request).unwrap();
    assert_eq!((answer.status_code.as_u16(), answer.close), (413, true));
    assert_eq!(answer.read_all().unwrap(), "too much\n");
}

#[test]
fn a_stream_is_read_while_it_is_written() {
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let may_go_on = Mutex::new(may_go_on);
    let server = new_test_server(handler_func(move |w, _r| -> io::Result<()> {
        for tick in 0..3 {
            fprintf!(w, "tick {tick}\n");
            w.flush()?;
            may_go_on.lock().unwrap().recv_timeout(PATIENCE).map_err(io::Error::other)?;
        }
        Ok(())
    }));
    let mut answer = server.client().get("/").unwrap();
    for tick in 0..3 {
        let mut line = [0; 7];
        answer.body.read_exact(&mut line).unwrap();
        assert_eq!(line, *format!("tick {tick}\n").as_bytes());
        go_on.send(()).unwrap();
    }
    assert_eq!(answer.read_all().unwrap(), "");
}

#[test]
fn redirects_and_interim_answers_are_left_alone() {
    let server = new_test_server(HandlerFunc(|w, r| {
        w.header().set("Link", "</style.css>");
        w.write_header(STATUS_EARLY_HINTS);
        nethttp_core::redirect(w, r, "/other", STATUS_FOUND);
    }));
    let answer = server.client().head("http://a.test/").unwrap();
    assert_eq!(answer.status, "302 Found");
    assert_eq!(answer.location().unwrap().path, "/other");
    assert_eq!(answer.header.get("Link"), "</style.css>");
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let server = new_test_server(HandlerFunc(|_, r| assert!(r.context().wait(PATIENCE))));
    let error = server.client().timeout(Duration::from_millis(10)).get("/").unwrap_err();
    assert!(Error::DeadlineExceeded.is(&error), "{error}");
}

#[test]
fn a_body_that_was_given_up_is_not_read() {
    let server = new_test_server(HandlerFunc(|w, _| fprintf!(w, "hello")));
    let mut answer = server.client().get("/").unwrap();
    answer.body.close().unwrap();
    assert!(Error::BodyReadAfterClose.is(&answer.read_all().unwrap_err()));
}

#[test]
fn a_client_may_move_to_other_threads() {
    const fn is_portable<T: Send + Sync + Clone + 'static>() {}
    const fn may_be_shared<T: Send + Sync + 'static>() {}
    is_portable::<Client>();
    may_be_shared::<Server>();
    let server = new_test_server(HandlerFunc(|w, _| fprintf!(w, "hello")));
    let client = server.client();
    thread::spawn(move || assert_eq!(client.get("/").unwrap().read_all().unwrap(), "hello")).join().unwrap();
    assert!(format!("{:?} {server:?}", server.client()).contains("pairs of sockets"));
}
