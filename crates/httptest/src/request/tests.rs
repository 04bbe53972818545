//! What Go's `httptest.NewRequest` gives for the same arguments.

use std::io::Read;

use super::*;

/// The fields of a request on one line.
fn show(r: &Request) -> String {
    let url = &r.url;
    format!(
        "{} {} {} {}.{} host {} length {} url [{}][{}][{}][{}][{}][{}]{}",
        r.method,
        r.request_uri,
        r.proto,
        r.proto_major,
        r.proto_minor,
        r.host,
        r.content_length,
        url.scheme,
        url.opaque,
        url.host,
        url.path,
        url.raw_path,
        url.raw_query,
        if r.body.is_none() { " none" } else { "" },
    )
}

#[test]
fn fields_are_those_of_go() {
    for (method, target, expected) in [
        ("", "/", "GET / HTTP/1.1 1.1 host example.com length 0 url [][][][/][][] none"),
        ("purge", "/", "purge / HTTP/1.1 1.1 host example.com length 0 url [][][][/][][] none"),
        (
            "GET",
            "http://foo.test/path?q=1",
            "GET http://foo.test/path?q=1 HTTP/1.1 1.1 host foo.test length 0 url [http][][foo.test][/path][][q=1] none",
        ),
        (
            "GET",
            "https://foo.test:8443/",
            "GET https://foo.test:8443/ HTTP/1.1 1.1 host foo.test:8443 length 0 url [https][][foo.test:8443][/][][] none",
        ),
        (
            "GET",
            "//foo.test/x",
            "GET //foo.test/x HTTP/1.1 1.1 host example.com length 0 url [][][][//foo.test/x][][] none",
        ),
        (
            "CONNECT",
            "host.test:443",
            "CONNECT host.test:443 HTTP/1.1 1.1 host host.test:443 length 0 url [][][host.test:443][][][] none",
        ),
        ("CONNECT", "/rpc", "CONNECT /rpc HTTP/1.1 1.1 host example.com length 0 url [][][][/rpc][][] none"),
        ("OPTIONS", "*", "OPTIONS * HTTP/1.1 1.1 host example.com length 0 url [][][][*][][] none"),
        ("PRI", "*", "PRI * HTTP/1.1 1.1 host example.com length 0 url [][][][*][][] none"),
        ("GET", "/a%2Fb", "GET /a%2Fb HTTP/1.1 1.1 host example.com length 0 url [][][][/a/b][/a%2Fb][] none"),
        ("GET", "/café", "GET /café HTTP/1.1 1.1 host example.com length 0 url [][][][/café][/café][] none"),
        ("GET", "/a#b", "GET /a#b HTTP/1.1 1.1 host example.com length 0 url [][][][/a#b][/a#b][] none"),
        ("GET", "/?a;b", "GET /?a;b HTTP/1.1 1.1 host example.com length 0 url [][][][/][][a;b] none"),
        ("GET", "/?", "GET /? HTTP/1.1 1.1 host example.com length 0 url [][][][/][][] none"),
        ("GET", "http://user:pw@h/", "GET http://user:pw@h/ HTTP/1.1 1.1 host h length 0 url [http][][h][/][][] none"),
        ("GET", "mailto:a@b", "GET mailto:a@b HTTP/1.1 1.1 host example.com length 0 url [mailto][a@b][][][][] none"),
    ] {
        let request = new_request(method, target, ());
        assert_eq!(show(&request), expected);
        assert_eq!(request.remote_addr, "192.0.2.1:1234");
        assert!(!request.close && request.header.is_empty() && request.transfer_encoding.is_empty());
    }
}

#[test]
fn bad_arguments_have_the_texts_of_go() {
    for (method, target, expected) in [
        ("GET", "", r#"parse "": empty url"#),
        ("GET", "foo", r#"parse "foo": invalid URI for request"#),
        ("GET", "/a b", r#"malformed HTTP version "b HTTP/1.0""#),
        ("GET", "/a%2Fb%zz", r#"parse "/a%2Fb%zz": invalid URL escape "%zz""#),
        ("BAD METHOD", "/", r#"malformed HTTP version "/ HTTP/1.0""#),
        ("G(T", "/", r#"invalid method "G(T""#),
        ("GET\t", "/", r#"invalid method "GET\t""#),
        ("GET", "/\x7f", r#"parse "/\x7f": net/url: invalid control character in URL"#),
        ("GET", "http://h:x/", r#"parse "http://h:x/": invalid port ":x" after host"#),
        ("GET", "/a\nb", r#"malformed HTTP request "GET /a""#),
        ("GET", " /", r#"malformed HTTP version "/ HTTP/1.0""#),
        ("GET", "/ ", r#"malformed HTTP version " HTTP/1.0""#),
        ("GET", "/ HTTP/1.0\r\nX: y", r#"malformed HTTP request "GET / HTTP/1.0""#),
    ] {
        assert_eq!(read_line(method, target.as_bytes()).unwrap_err(), expected);
        let panic = std::panic::catch_unwind(|| new_request(method, target, ())).unwrap_err();
        let text = panic.downcast_ref::<String>().unwrap();
        assert_eq!(*text, format!("invalid NewRequest arguments; {expected}"));
    }
}

#[test]
fn lengths_of_bodies() {
    fn check(body: impl IntoBody, length: i64, content: &str) {
        let mut request = new_request("PUT", "/", body);
        assert_eq!(request.content_length, length);
        let mut read = String::new();
        request.body.read_to_string(&mut read).unwrap();
        assert_eq!(read, content);
    }
    check((), 0, "");
    check(Body::none(), 0, "");
    check("abc", 3, "abc");
    check("", 0, "");
    check("xyz".to_owned(), 3, "xyz");
    check(b"xyz", 3, "xyz");
    check(&b"xyz"[..], 3, "xyz");
    check(vec![b'x'; 4], 4, "xxxx");
    check(Body::from("xyz"), -1, "xyz");
    assert!(!new_request("PUT", "/", "").body.is_none());
}

#[test]
fn the_context_is_the_given_one() {
    let (ctx, cancel) = Context::background().with_cancel();
    let request = new_request_with_context(ctx, "GET", "/", ());
    assert!(!request.context().done());
    cancel.cancel();
    assert!(request.context().done());
}
