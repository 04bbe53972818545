//! Request bodies: `Expect`, bodies that are not read, bodies that are kept, reading and writing at once.

use std::io::Read;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use nethttp_core::{Body, Error, Request, ResponseWriter, StatusCode, fprintf};

use crate::client::{get, post};
use crate::fixture::{PROMPT, TestServer, timed};

const TYPED: &str = "Content-Type: text/plain; charset=utf-8\r\n";

fn expecting(path: &str, more: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\n{more}\r\n")
}

/// Reads the body or not, as the path says.
fn reader(w: &mut dyn ResponseWriter, r: &mut Request) {
    match &*r.url.path {
        "/ignore" => fprintf!(w, "ignored"),
        "/asks" => {
            w.write_header(StatusCode::CONTINUE);
            let (body, _) = nethttp_core::io::read_all(&mut r.body);
            fprintf!(w, "{}", String::from_utf8_lossy(&body));
        }
        "/answers-first" => {
            w.write_header(StatusCode::OK);
            let (_, error) = nethttp_core::io::read_all(&mut r.body);
            fprintf!(w, "{}", error.map_or_else(|| "none".to_owned(), |error| error.to_string()));
        }
        _ => {
            let (body, error) = nethttp_core::io::read_all(&mut r.body);
            fprintf!(
                w,
                "{}{}",
                String::from_utf8_lossy(&body),
                error.map_or_else(String::new, |error| error.to_string())
            );
        }
    }
}

#[test]
fn continue_is_sent_when_the_body_is_read() {
    // pitfall D6
    let server = TestServer::of(reader);
    for form in ["Content-Length: 5\r\n", "Content-Length: 5\r\nExpect: 100-Continue\r\n"] {
        let mut client = server.client();
        for _ in 0..3 {
            client.send(if form.contains("Expect") {
                format!("POST / HTTP/1.1\r\nHost: t\r\n{form}\r\n")
            } else {
                expecting("/", form)
            });
            client.expect("HTTP/1.1 100 Continue\r\n\r\n");
            client.expect_silence(Duration::from_millis(20));
            client.send("hello");
            client.expect(&format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n{TYPED}\r\nhello"));
        }
    }
    let mut client = server.client();
    client.send(expecting("/", "Transfer-Encoding: chunked\r\n"));
    client.expect("HTTP/1.1 100 Continue\r\n\r\n");
    client.send("2\r\nhi\r\n0\r\n\r\n");
    client.expect(&format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{TYPED}\r\nhi"));
}

#[test]
fn a_small_body_is_awaited_before_the_handler_is_called() {
    const GRACE: Duration = Duration::from_millis(20);
    let (began, begins) = mpsc::channel();
    let server = TestServer::of(move |w, r| {
        began.send(Instant::now()).unwrap();
        reader(w, r);
    });
    // Of moments only whole milliseconds are looked at.
    let waited = |sent: Instant| begins.recv().unwrap() - sent + Duration::from_millis(2) >= GRACE;
    let mut client = server.client();
    let sent = Instant::now();
    client.send("POST /ignore HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\n");
    assert!(waited(sent));
    client.send("hello");
    client.expect(&format!("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n{TYPED}\r\nignored"));
}

#[test]
fn continue_is_sent_once_where_the_handler_asks_by_itself() {
    let server = TestServer::of(reader);
    let mut client = server.client();
    client.send(expecting("/asks", "Content-Length: 5\r\n"));
    client.expect("HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    assert_eq!(client.answer().text(), "hello");
}

#[test]
fn a_final_answer_ends_the_expectation_and_the_connection() {
    // pitfall E10
    let server = TestServer::of(reader);
    for path in ["/ignore", "/answers-first"] {
        let mut client = server.client();
        client.send(expecting(path, "Content-Length: 5\r\n"));
        let answer = client.answer();
        assert_eq!(answer.status, 200, "no 100: {}", answer.head);
        assert!(answer.says_close(), "{}", answer.head);
        if path == "/answers-first" {
            assert_eq!(answer.text(), Error::BodyReadAfterClose.to_string());
        }
        // The body may come or not; what follows it is no request.
        client.send(format!("hello{}", get("/next")));
        assert_eq!(client.rest_or_reset(), b"");
    }
}

#[test]
fn a_body_that_comes_unasked_is_read_all_the_same() {
    let server = TestServer::of(reader);
    let mut client = server.client();
    client.send(format!("{}hello{}", expecting("/", "Content-Length: 5\r\n"), get("/next")));
    client.expect("HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(client.answer().text(), "hello");
    assert_eq!(client.answer().status, 200);
}

#[test]
fn expectations_without_meaning() {
    // pitfall E9
    let server = TestServer::of(reader);
    let mut client = server.client();
    client.send(expecting("/", "Content-Length: 0\r\n"));
    client.expect("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    client.send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");
    assert_eq!(client.answer().text(), "hi", "HTTP/1.0 knows no 100");
    let mut client = server.client();
    client.send(format!("POST / HTTP/1.1\r\nHost: t\r\nExpect: foo\r\nContent-Length: 2\r\n\r\nhi{}", get("/")));
    let answer = client.answer();
    assert!(answer.status == 417 && answer.says_close(), "{}", answer.head);
    assert_eq!(client.rest_or_reset(), b"");
}

#[test]
fn a_small_body_that_nobody_read_is_skipped() {
    // pitfall E2
    let server = TestServer::of(reader);
    let mut client = server.client();
    let smuggled = get("/smuggled");
    for body in [smuggled.clone(), smuggled.repeat(500), "x".repeat((256 << 10) - 1)] {
        client.send(post("/ignore", &body));
        client.expect(&format!("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n{TYPED}\r\nignored"));
        let chunked = format!("{:x}\r\n{body}\r\n0\r\nX-Trailer: x\r\n\r\n", body.len());
        client.send(format!("POST /ignore HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}"));
        client.expect(&format!("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n{TYPED}\r\nignored"));
    }
    client.expect_silence(Duration::from_millis(20));
}

#[test]
fn a_large_body_that_nobody_read_ends_the_connection() {
    // pitfalls E4, F9: the answer arrives though the client is still sending.
    let server = TestServer::of(reader);
    let mut client = server.client();
    client.send("POST /ignore HTTP/1.1\r\nHost: t\r\nContent-Length: 999999999999999\r\n\r\n");
    let (answer, took) = timed(|| client.answer());
    assert!(answer.says_close() && took < PROMPT, "{took:?}: {}", answer.head);
    for length in [256 << 10, 300_000] {
        let mut client = server.client();
        client.send(post("/ignore", &"x".repeat(length)));
        let answer = client.answer();
        assert_eq!((answer.text(), answer.says_close()), ("ignored", true));
        client.expect_end();
    }
    let mut client = server.client();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(1 << 16));
    client.send("POST /ignore HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send(chunk.repeat(6));
    let answer = client.answer();
    assert_eq!((answer.text(), answer.says_close()), ("ignored", true));
    client.rest_or_reset();
}

#[test]
fn a_body_that_comes_late_is_waited_for_before_the_header_goes_out() {
    let server = TestServer::of(reader);
    let mut client = server.client();
    client.send("POST /ignore HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n");
    client.expect_silence(Duration::from_millis(50));
    let (answer, took) = timed(|| server.client().get("/other"));
    assert_eq!(answer.status, 200);
    assert!(took < PROMPT, "others do not wait for it: {took:?}");
    client.send("x".repeat(100_000));
    client.expect(&format!("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n{TYPED}\r\nignored"));
}

#[test]
fn a_kept_body_is_closed_when_its_handler_has_returned() {
    // pitfall C1
    let kept = Arc::new(Mutex::new(Body::none()));
    let keep = Arc::clone(&kept);
    let server = TestServer::of(move |w, r| {
        if &*r.url.path == "/keep" {
            *keep.lock().unwrap() = r.body.clone();
            return;
        }
        let mut buf = [0; 3];
        let stolen = keep.lock().unwrap().read(&mut buf).map_err(|error| Error::of(&error));
        assert_eq!(stolen, Err(Some(Error::BodyReadAfterClose)));
        let (body, _) = nethttp_core::io::read_all(&mut r.body);
        fprintf!(w, "{}", String::from_utf8_lossy(&body));
    });
    let mut client = server.client();
    for _ in 0..3 {
        client.send(format!("{}{}", post("/keep", "kept"), post("/other", "mine")));
        assert_eq!(client.answer().status, 200);
        assert_eq!(client.answer().text(), "mine");
        let outcome = kept.lock().unwrap().read(&mut [0; 3]).map_err(|error| Error::of(&error));
        assert_eq!(outcome, Err(Some(Error::BodyReadAfterClose)));
    }
}

#[test]
fn a_thread_that_reads_a_body_does_not_hold_the_connection_open() {
    // The handler answers and returns while another thread waits for the rest of the body.
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let server = TestServer::of(move |w, r| {
        let mut body = r.body.clone();
        let tell = tell.lock().unwrap().clone();
        thread::spawn(move || {
            let (_, error) = nethttp_core::io::read_all(&mut body);
            tell.send(error.map(|error| error.to_string())).unwrap();
        });
        // The other thread is to be in its wait by now; nothing tells when it is.
        thread::sleep(Duration::from_millis(30));
        w.header().set("Connection", "close");
        fprintf!(w, "done");
    });
    let mut client = server.client();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 400000\r\n\r\nbegin");
    assert_eq!(client.answer().text(), "done");
    client.expect_end();
    let error = told.recv_timeout(crate::fixture::PATIENCE).expect("the reading thread comes back");
    assert!(error.is_some(), "the body did not end properly");
    server.wait_for_connections(0);
}

#[test]
fn a_kept_request_keeps_its_parts() {
    // pitfall C1
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    let server = TestServer::of(move |_, r| keep.lock().unwrap().push(r.clone()));
    let mut client = server.client();
    for n in 0..20 {
        client.send(format!("GET /{n}?q={n} HTTP/1.1\r\nHost: h{n}\r\nX-N: {n}\r\n\r\n"));
        client.answer();
    }
    for (n, mut request) in kept.lock().unwrap().drain(..).enumerate() {
        assert_eq!(request.url.path, format!("/{n}"));
        assert_eq!(request.host, format!("h{n}"));
        assert_eq!(request.header.get("X-N"), &n.to_string());
        assert_eq!(request.form_value("q"), n.to_string());
        assert!(request.context().done());
        assert_eq!(request.body.read(&mut [0; 1]).unwrap(), 0);
    }
}

#[test]
fn reading_and_writing_at_once() {
    let server = TestServer::of(|w, r| {
        w.enable_full_duplex().unwrap();
        let mut buf = [0; 1000];
        loop {
            match r.body.read(&mut buf).unwrap() {
                0 => break,
                count => {
                    w.write_all(&buf[..count]).unwrap();
                    w.flush().unwrap();
                }
            }
        }
    });
    let mut client = server.client();
    for _ in 0..2 {
        client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (n, word) in ["one", "three", "seventeen"].into_iter().enumerate() {
            client.send(format!("{:x}\r\n{word}\r\n", word.len()));
            if n == 0 {
                client.read_until(b"\r\n\r\n");
            }
            assert_eq!(client.read_until(b"\r\n"), format!("{:x}\r\n", word.len()).as_bytes());
            assert_eq!(client.read_exact(word.len() + 2), format!("{word}\r\n").as_bytes());
        }
        client.send("0\r\n\r\n");
        assert_eq!(client.read_exact(5), b"0\r\n\r\n");
    }
}

#[test]
fn without_full_duplex_the_body_ends_with_the_answer_s_beginning() {
    let server = TestServer::of(|w, r| {
        fprintf!(w, "a");
        w.flush().unwrap();
        let (rest, error) = nethttp_core::io::read_all(&mut r.body);
        fprintf!(w, "{} {}", rest.len(), error.map_or_else(String::new, |error| error.to_string()));
    });
    let mut client = server.client();
    client.send(post("/", "hello"));
    assert_eq!(client.answer().text(), format!("a0 {}", Error::BodyReadAfterClose));
    client.get("/");
}

#[test]
fn a_full_duplex_answer_is_sent_though_the_body_is_still_to_come() {
    // The client reads the whole answer before it sends the rest of its body, and the socket does not take it at once.
    let size = 240_000;
    let server = TestServer::of_narrow(move |w, r| {
        if &*r.url.path == "/duplex" {
            w.enable_full_duplex().unwrap();
            w.header().set("Content-Length", size.to_string());
            w.write_all(&vec![b'x'; size]).unwrap();
        }
    });
    let mut client = server.client();
    client.send("POST /duplex HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhello");
    server.wait_for_connections(1);
    thread::sleep(Duration::from_millis(50));
    let (answer, took) = timed(|| client.answer());
    assert_eq!(answer.body.len(), size);
    assert!(took < 4 * PROMPT, "{took:?}");
    client.send("world");
    client.send(get("/next"));
    assert_eq!(client.answer().status, 200);
}

#[test]
fn a_client_that_talks_before_it_listens() {
    // The answer of an echo is larger than the sockets take, and the body too.
    let server = TestServer::of(|w, r| {
        let (body, error) = nethttp_core::io::read_all(&mut r.body);
        assert!(error.is_none());
        w.write_all(&body).unwrap();
    });
    let mut client = server.client();
    let body: String = (0..3_000_000).map(|n| char::from(b'a' + (n % 23) as u8)).collect();
    client.send(post("/", &body));
    let answer = client.answer();
    assert!(answer.body == body.as_bytes());
    client.get("/");
}

#[test]
fn what_gathers_goes_out_as_in_go_where_a_handler_waits() {
    let server = TestServer::of(|w, r| {
        w.enable_full_duplex().unwrap();
        w.header().set("Content-Length", "5001");
        let size = if &*r.url.path == "/small" { 3000 } else { 5000 };
        w.write_all(&b"a".repeat(size)).unwrap();
        let mut byte = [0];
        r.body.read_exact(&mut byte).unwrap();
        w.write_all(&b"a".repeat(5000 - size)).unwrap();
        w.write_all(&byte).unwrap();
    });
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 5001\r\nDate: ";
    let mut client = server.client();
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n\r\n");
    // What Go's buffer of 4 KiB has let through.
    assert!(client.read_exact(4096).starts_with(head.as_bytes()));
    client.expect_silence(Duration::from_millis(50));
    client.send("b");
    assert!(client.read_exact(1000).ends_with(b"aa"));
    let mut client = server.client();
    client.send("POST /small HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n\r\n");
    client.expect_silence(Duration::from_millis(150));
    client.send("b");
    let answer = client.answer();
    assert!(answer.body.len() == 5001 && answer.body.ends_with(b"ab"));
}

#[test]
fn a_deadline_for_writing_leaves_out_what_has_gone_before_it() {
    let server = TestServer::of(|w, _| {
        w.set_write_deadline(Some(Instant::now() + Duration::from_millis(100))).unwrap();
        w.write_all(&b"a".repeat(5000)).unwrap();
        thread::sleep(Duration::from_millis(150));
        let _ = w.write_all(b"late");
    });
    let mut client = server.client();
    client.send(get("/"));
    assert_eq!(client.rest_or_reset().len(), 4096);
}

#[test]
fn the_last_read_of_payload_takes_the_end_of_the_chunks_with_it() {
    let server = TestServer::of(|w, r| {
        let mut payload = [0; 5];
        r.body.read_exact(&mut payload).unwrap();
        fprintf!(w, "{}", String::from_utf8_lossy(&payload));
    });
    // A client that was asked to go on, and whose body has been read to its end, keeps its connection.
    let mut client = server.client();
    for _ in 0..2 {
        client.send(expecting("/", "Transfer-Encoding: chunked\r\n"));
        client.expect("HTTP/1.1 100 Continue\r\n\r\n");
        client.send("5\r\nhello\r\n0\r\n\r\n");
        client.expect(&format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n{TYPED}\r\nhello"));
    }
    // Payload that is followed by the last chunk is handed out with the trailers, not before.
    client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n");
    client.expect_silence(Duration::from_millis(50));
    client.send("\r\n");
    assert_eq!(client.answer().text(), "hello");
}
