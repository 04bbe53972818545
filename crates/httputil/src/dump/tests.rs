//! What Go's `DumpRequest` gives for the same requests.

use nethttp_core::{Error, io::read_all};
use nethttp_httptest::new_request;

use super::*;

/// The dump with and without body; afterwards the body is still there.
fn check(make: fn() -> Request, with_body: &str, without: &str) {
    for (body, expected) in [(true, with_body), (false, without)] {
        let mut r = make();
        let dump = dump_request(&mut r, body).unwrap();
        assert_eq!(dump.escape_ascii().to_string(), expected.as_bytes().escape_ascii().to_string());
        assert_eq!(read_all(&mut r.body).0, read_all(&mut make().body).0);
    }
}

#[test]
fn dumps_are_those_of_go() {
    let plain = "GET /a?b=c HTTP/1.1\r\nHost: example.com\r\n\r\n";
    check(|| new_request("GET", "/a?b=c", ()), plain, plain);
    let absolute = || new_request("POST", "http://abs.test/x", "hello");
    check(absolute, "POST http://abs.test/x HTTP/1.1\r\n\r\nhello", "POST http://abs.test/x HTTP/1.1\r\n\r\n");
    let hostless = || {
        let mut r = new_request("GET", "/x", ());
        r.host.clear();
        r
    };
    check(hostless, "GET /x HTTP/1.1\r\n\r\n", "GET /x HTTP/1.1\r\n\r\n");
    let by_hand = || {
        let mut r = new_request("GET", "http://u.test/x?y", ());
        r.host.clear();
        r.request_uri.clear();
        r.proto_minor = 0;
        r
    };
    let expected = "GET /x?y HTTP/1.0\r\nHost: u.test\r\n\r\n";
    check(by_hand, expected, expected);
}

#[test]
fn fields_are_sorted_and_cannot_end_their_lines() {
    let make = || {
        let mut r = new_request("POST", "/a%2Fb", "hello");
        r.header.set("X-B", "2\r\nEvil: 1");
        r.header.set("Content-Length", "5");
        r.header.add("X-A", " 1 ");
        r.header.add("X-A", "\t");
        r.header.append_raw("bad name", "x");
        r.header.append_raw("lower", "y");
        r.header.suppress("X-Nil");
        for shown_elsewhere in ["Host", "Transfer-Encoding", "Trailer"] {
            r.header.set(shown_elsewhere, "no");
        }
        r
    };
    let head = "POST /a%2Fb HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\nX-A: 1\r\nX-A: \r\nX-B: 2  Evil: 1\r\n\
                lower: y\r\n\r\n";
    check(make, &format!("{head}hello"), head);
}

#[test]
fn a_chunked_body_is_one_chunk() {
    let with_codings = |codings: &[&'static str], body: &'static str| {
        let mut r = new_request("POST", "/", body);
        r.transfer_encoding = codings.iter().map(|coding| (*coding).into()).collect();
        dump_request(&mut r, true).unwrap()
    };
    let head = "POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: ";
    for (codings, body, expected) in [
        (&["chunked"][..], "hello world, chunked", "chunked\r\n\r\n14\r\nhello world, chunked\r\n0\r\n\r\n"),
        (&["chunked"], "", "chunked\r\n\r\n0\r\n\r\n"),
        (&["gzip", "chunked"], "x", "gzip,chunked\r\n\r\nx"),
    ] {
        assert_eq!(with_codings(codings, body), format!("{head}{expected}").into_bytes());
    }
}

#[test]
fn the_trailer_is_still_there() {
    let mut input = &b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n\
                       1\r\na\r\n0\r\nX-T: 1\r\n\r\n"[..];
    let mut r = crate::read_request(&mut input).unwrap();
    dump_request(&mut r, true).unwrap();
    assert_eq!(r.trailer().get("X-T"), "", "the body has not been read again");
    assert_eq!(read_all(&mut r.body).0, b"a");
    assert_eq!(r.trailer().get("X-T"), "1");
}

#[test]
fn errors_of_the_body_come_through() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(Error::UnexpectedEof.into())
        }
    }
    let broken = || new_request("POST", "/", Body::from_reader(Broken));
    assert!(Error::UnexpectedEof.is(&dump_request(&mut broken(), true).unwrap_err()));
    assert!(dump_request(&mut broken(), false).is_ok());
}
