//! How answers are framed: the table of Go's measured behaviour.

use std::sync::{Arc, Mutex};

use nethttp_core::{
    Error, STATUS_NO_CONTENT, STATUS_NOT_MODIFIED, STATUS_OK, STATUS_RESET_CONTENT, StatusCode, fprintf,
};

use crate::client::get;
use crate::fixture::TestServer;

const TYPED: &str = "Content-Type: text/plain; charset=utf-8\r\n";

/// `n` bytes, written in pieces of `piece`, all at once if that is 0; then a flush or an empty write if asked for.
fn sizes() -> TestServer {
    TestServer::of(|w, r| {
        let query = r.url.query();
        let number = |name: &str| query.get(name).parse::<usize>().unwrap_or(0);
        let body = vec![b'x'; number("n")];
        match number("piece") {
            0 if body.is_empty() => {}
            0 => w.write_all(&body).unwrap(),
            piece => body.chunks(piece).for_each(|part| w.write_all(part).unwrap()),
        }
        if !query.get("empty").is_empty() {
            assert_eq!(w.write(b"").unwrap(), 0);
        }
        if !query.get("flush").is_empty() {
            w.flush().unwrap();
        }
    })
}

fn with_length(n: usize) -> String {
    let typed = if n > 0 { TYPED } else { "" };
    format!("HTTP/1.1 200 OK\r\nContent-Length: {n}\r\n{typed}\r\n{}", "x".repeat(n))
}

#[test]
fn up_to_2048_bytes_have_a_length_and_more_are_chunked() {
    // pitfall D1
    let server = sizes();
    let mut client = server.client();
    for n in [0, 1, 511, 512, 513, 2047, 2048] {
        for piece in [0, 1, 7, 1024, 2048] {
            client.send(get(&format!("/?n={n}&piece={piece}")));
            client.expect(&with_length(n));
        }
        client.send(get(&format!("/?n={n}&empty=1")));
        client.expect(&with_length(n));
    }
    for n in [2049, 3000, 4096, 4097, 10_000, 100_000] {
        for piece in [0, 1, 1000, 2048, 4096] {
            let answer = client.get(&format!("/?n={n}&piece={piece}"));
            assert_eq!(
                answer.head,
                format!("HTTP/1.1 200 OK\r\n{TYPED}Transfer-Encoding: chunked\r\n\r\n"),
                "{n} by {piece}"
            );
            assert_eq!(answer.body, vec![b'x'; n], "{n} by {piece}");
        }
    }
}

#[test]
fn chunks_are_those_of_go() {
    let server = sizes();
    let mut client = server.client();
    let chunk = |n: usize| format!("{n:x}\r\n{}\r\n", "x".repeat(n));
    for (query, chunks) in [
        ("n=2049", vec![2049]),
        ("n=2049&piece=1", vec![2048, 1]),
        ("n=2049&piece=2048", vec![2048, 1]),
        ("n=4096&piece=2048", vec![2048, 2048]),
        ("n=6000&piece=1500", vec![2048, 2048, 1904]),
        ("n=10000", vec![10_000]),
    ] {
        let answer = client.get(&format!("/?{query}"));
        let expected: String = chunks.into_iter().map(chunk).chain(["0\r\n\r\n".to_owned()]).collect();
        assert_eq!(String::from_utf8(answer.framed).unwrap(), expected, "{query}");
    }
}

#[test]
fn a_flush_sends_the_header_and_an_empty_write_does_not_end_the_body() {
    // pitfall D4
    let server = sizes();
    let mut client = server.client();
    client.send(get("/?flush=1"));
    client.expect("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    client.send(get("/?n=2&flush=1"));
    client.expect(&format!("HTTP/1.1 200 OK\r\n{TYPED}Transfer-Encoding: chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n"));
    let server = TestServer::of(|w, _| {
        w.flush().unwrap();
        assert_eq!(w.write(b"").unwrap(), 0);
        fprintf!(w, "ab");
        w.flush().unwrap();
        assert_eq!(w.write(b"").unwrap(), 0);
        fprintf!(w, "c");
    });
    let mut client = server.client();
    client.send(get("/"));
    client.expect("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
}

#[test]
fn head_has_the_header_of_get_and_never_a_body() {
    // pitfalls D2, D11
    let server = sizes();
    let mut client = server.client();
    for (query, expected) in [
        ("n=0", "HTTP/1.1 200 OK\r\n\r\n".to_owned()),
        ("n=0&empty=1", "HTTP/1.1 200 OK\r\n\r\n".to_owned()),
        ("n=1", format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n{TYPED}\r\n")),
        ("n=2048", format!("HTTP/1.1 200 OK\r\nContent-Length: 2048\r\n{TYPED}\r\n")),
        ("n=2049", format!("HTTP/1.1 200 OK\r\n{TYPED}\r\n")),
        ("n=5&flush=1", format!("HTTP/1.1 200 OK\r\n{TYPED}\r\n")),
    ] {
        client.send(format!("HEAD /?{query} HTTP/1.1\r\nHost: t\r\n\r\n"));
        client.expect_head(&expected);
    }
    client.send(get("/?n=1"));
    client.expect(&with_length(1));
}

#[test]
fn head_stays_head_though_the_handler_changes_the_method() {
    // pitfall D2
    let server = TestServer::of(|w, r| {
        r.method = nethttp_core::Method::GET;
        fprintf!(w, "body");
    });
    let mut client = server.client();
    client.send(format!("HEAD / HTTP/1.1\r\nHost: t\r\n\r\n{}", get("/")));
    client.expect_head(&format!("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n{TYPED}\r\n"));
    assert_eq!(client.answer().text(), "body");
}

#[test]
fn statuses_without_body_have_no_framing() {
    // pitfalls D6, D7
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&outcomes);
    let server = TestServer::of(move |w, r| {
        let status: u16 = r.url.path.trim_start_matches('/').parse().unwrap();
        w.header().set("Content-Length", "5");
        w.header().set("Content-Type", "text/x");
        w.write_header(StatusCode::from_u16(status).unwrap());
        noted.lock().unwrap().push(w.write(b"hello").map_err(|error| Error::of(&error)));
    });
    let mut client = server.client();
    client.send(get("/204"));
    client.expect("HTTP/1.1 204 No Content\r\nContent-Type: text/x\r\n\r\n");
    client.send(get("/304"));
    client.expect("HTTP/1.1 304 Not Modified\r\n\r\n");
    client.send(get("/200"));
    client.expect("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/x\r\n\r\nhello");
    let refused = Err(Some(Error::BodyNotAllowed));
    assert_eq!(*outcomes.lock().unwrap(), [refused, refused, Ok(5)]);
}

#[test]
fn statuses_without_body_written_plainly() {
    let server = TestServer::of(|w, r| {
        w.write_header(match &*r.url.path {
            "/204" => STATUS_NO_CONTENT,
            "/304" => STATUS_NOT_MODIFIED,
            _ => STATUS_RESET_CONTENT,
        });
    });
    let mut client = server.client();
    for (path, expected) in [
        ("/204", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("/304", "HTTP/1.1 304 Not Modified\r\n\r\n"),
        ("/205", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"),
        ("/204", "HTTP/1.1 204 No Content\r\n\r\n"),
    ] {
        client.send(get(path));
        client.expect(expected);
    }
}

#[test]
fn a_declared_length_is_kept_or_the_connection_ends() {
    // pitfall D5
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&outcomes);
    let server = TestServer::of(move |w, r| {
        w.header().set("Content-Length", r.url.query().get("declared"));
        w.header().set("Content-Type", "text/x");
        for part in r.url.query().get("write").split(',').filter(|part| !part.is_empty()) {
            noted.lock().unwrap().push(w.write(part.as_bytes()).map_err(|error| Error::of(&error)));
        }
    });
    for (query, body, stays, results) in [
        ("declared=5&write=hello", "hello", true, vec![Ok(5)]),
        ("declared=10&write=hello", "hello", false, vec![Ok(5)]),
        ("declared=10", "", false, vec![]),
        ("declared=3&write=hello", "", false, vec![Err(Some(Error::ContentLength))]),
        ("declared=5&write=hello,x", "hello", false, vec![Ok(5), Err(Some(Error::ContentLength))]),
        ("declared=0", "", true, vec![]),
    ] {
        let mut client = server.client();
        client.send(get(&format!("/?{query}")));
        let head = client.read_until(b"\r\n\r\n");
        assert!(String::from_utf8(head).unwrap().contains("Content-Length: "), "{query}");
        if stays {
            assert_eq!(client.read_exact(body.len()), body.as_bytes(), "{query}");
            client.send(get("/?declared=0"));
            client.answer();
        } else {
            assert_eq!(client.rest_or_reset(), body.as_bytes(), "{query}");
        }
        assert_eq!(std::mem::take(&mut *outcomes.lock().unwrap()), results, "{query}");
    }
}

#[test]
fn a_body_of_unknown_length_ends_an_old_connection() {
    let server = sizes();
    let mut client = server.client();
    client.send("GET /?n=2049 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    client.expect(&format!("HTTP/1.0 200 OK\r\n{TYPED}\r\n{}", "x".repeat(2049)));
    client.expect_end();
}

#[test]
fn a_hundred_header_fields_of_any_value() {
    // pitfall D9
    let server = TestServer::of(|w, _| {
        for n in 0..100 {
            w.header().set(&format!("X-{n:03}"), format!("a{n}\r\nInjected: yes"));
        }
        w.write_header(STATUS_OK);
    });
    let mut client = server.client();
    let answer = client.get("/");
    assert_eq!(answer.head.lines().filter(|line| line.starts_with("X-")).count(), 100);
    assert_eq!(answer.field("X-042"), "a42  Injected: yes");
    assert_eq!(answer.field("Injected"), "");
}

#[test]
fn informational_answers_and_second_statuses() {
    // pitfall D13
    let server = TestServer::of(|w, _| {
        w.header().set("Link", "</x>");
        w.write_header(nethttp_core::STATUS_EARLY_HINTS);
        w.write_header(nethttp_core::STATUS_EARLY_HINTS);
        w.header().del("Link");
        w.write_header(nethttp_core::STATUS_CREATED);
        w.write_header(STATUS_OK);
        w.write_header(nethttp_core::STATUS_EARLY_HINTS);
        fprintf!(w, "x");
    });
    let mut client = server.client();
    client.send(get("/"));
    client.expect("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
    client.expect("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
    client.expect(&format!("HTTP/1.1 201 Created\r\nContent-Length: 1\r\n{TYPED}\r\nx"));
    let superfluous = server.log.lines().iter().filter(|line| line.contains("superfluous")).count();
    assert_eq!(superfluous, 2, "{:?}", server.log.lines());
    assert!(server.log.contains("framing.rs"), "the line names who called: {:?}", server.log.lines());
}

#[test]
fn no_error_leaks_into_the_next_answer() {
    // pitfalls C6, C7: what one request set is gone for the next in the same buffers.
    let server = TestServer::of(|w, r| {
        if &*r.url.path == "/first" {
            w.header().set("X-Secret", "s");
            w.header().set("Trailer", "X-Late");
            w.write_header(nethttp_core::STATUS_TEAPOT);
            r.set_path_value("name", "secret");
            let _ = r.parse_form();
            fprintf!(w, "secret");
            let _ = w.flush();
            w.header().set("X-Late", "late");
            return;
        }
        fprintf!(w, "[{}][{}][{}]", r.path_value("name"), r.form.get("q"), r.header.get("X-In"));
    });
    let mut client = server.client();
    client.send("GET /first?q=secret HTTP/1.1\r\nHost: t\r\nX-In: secret\r\n\r\n");
    let first = client.answer();
    assert!(first.status == 418 && first.framed.ends_with(b"0\r\nX-Late: late\r\n\r\n"), "{first:?}");
    client.send(get("/second"));
    client.expect(&format!("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n{TYPED}\r\n[][][]"));
}
