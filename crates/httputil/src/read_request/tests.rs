//! What Go's `ReadRequest` gives, from memory and streamed, however the input is cut.

use std::io::BufReader;

use nethttp_core::Header;
use nethttp_core::io::{nil_or, read_all};

use super::*;
use crate::RequestError;

/// Input, and what Go made of it; those inputs are left out that our server refuses.
const RECORDED: &[(&[u8], &str)] = &[
    (b"", "error EOF"),
    (b"\r\n", "error malformed HTTP request \"\""),
    (b"GET", "error malformed HTTP request \"GET\""),
    (b"GET / HTTP/1.1\r\n", "error unexpected EOF"),
    (b"GET / HTTP/1.1\r\nHost: a", "error unexpected EOF"),
    (b"GET / HTTP/1.1\r\nHost: a\r\n", "error unexpected EOF"),
    (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1 1.1 host a close false length 0 te [] path / [] trailer  body  <nil> trailer  rest "),
    (b"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1 1.1 host  close false length 0 te [] path / [] trailer  body  <nil> trailer  rest "),
    (b"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0 1.0 host  close true length 0 te [] path / [] trailer  body  <nil> trailer  rest "),
    (b"GET /a%2Fb?c=d HTTP/1.1\r\nHost: a.test:80\r\nX-A: 1\r\nx-a: 2\r\nPragma: no-cache\r\n\r\nrest", "GET /a%2Fb?c=d HTTP/1.1 1.1 host a.test:80 close false length 0 te [] path /a/b [Cache-Control=no-cache,Pragma=no-cache,X-A=1|2] trailer  body  <nil> trailer  rest rest"),
    (b"GET http://u.test/x HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://u.test/x HTTP/1.1 1.1 host u.test close false length 0 te [] path /x [] trailer  body  <nil> trailer  rest "),
    (b"CONNECT h.test:443 HTTP/1.1\r\nHost: h.test:443\r\n\r\n", "CONNECT h.test:443 HTTP/1.1 1.1 host h.test:443 close false length 0 te [] path  [] trailer  body  <nil> trailer  rest "),
    (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1 1.1 host a close false length 0 te [] path * [] trailer  body  <nil> trailer  rest "),
    (b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", "GET * HTTP/1.1 1.1 host a close false length 0 te [] path * [] trailer  body  <nil> trailer  rest "),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello!", "POST / HTTP/1.1 1.1 host a close false length 5 te [] path / [Content-Length=5] trailer  body hello <nil> trailer  rest !"),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel", "POST / HTTP/1.1 1.1 host a close false length 5 te [] path / [Content-Length=5] trailer  body hel unexpected EOF trailer "),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "POST / HTTP/1.1 1.1 host a close false length 0 te [] path / [Content-Length=0] trailer  body  <nil> trailer  rest "),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nrest", "POST / HTTP/1.1 1.1 host a close false length -1 te [chunked] path / [] trailer  body hello <nil> trailer  rest rest"),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-T, x-u\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\nX-V: 2\r\n\r\nrest", "POST / HTTP/1.1 1.1 host a close false length -1 te [chunked] path / [] trailer X-T=,X-U= body hello <nil> trailer X-T=1,X-U=,X-V=2 rest rest"),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "POST / HTTP/1.1 1.1 host a close false length -1 te [chunked] path / [] trailer  body hel unexpected EOF trailer "),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "POST / HTTP/1.1 1.1 host a close false length -1 te [chunked] path / [] trailer  body  invalid byte in chunk length trailer "),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nbad\r\n\r\n", "POST / HTTP/1.1 1.1 host a close false length -1 te [chunked] path / [] trailer  body  malformed MIME header: missing colon: \"bad\" trailer "),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "POST / HTTP/1.1 1.1 host a close false length -1 te [chunked] path / [] trailer  body  http: unexpected EOF reading trailer trailer "),
    (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.1 1.1 host a close true length 0 te [] path / [Connection=close] trailer  body  <nil> trailer  rest "),
    (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET / HTTP/1.0 1.0 host  close false length 0 te [] path / [Connection=keep-alive] trailer  body  <nil> trailer  rest "),
    (b"GET / HTTP/1.1\r\nHost: a\r\nTrailer: X\r\n\r\n", "GET / HTTP/1.1 1.1 host a close false length 0 te [] path / [Trailer=X] trailer  body  <nil> trailer  rest "),
    (b"GET / HTTP/1.1 x\r\nHost: a\r\n\r\n", "error malformed HTTP version \"HTTP/1.1 x\""),
    (b"GET /\r\n\r\n", "error malformed HTTP request \"GET /\""),
    (b"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "error invalid method \"G(T\""),
    (b"GET / HTTP/11\r\nHost: a\r\n\r\n", "error malformed HTTP version \"HTTP/11\""),
    (b"GET  HTTP/1.1\r\nHost: a\r\n\r\n", "error parse \"\": empty url"),
    (b"GET foo HTTP/1.1\r\nHost: a\r\n\r\n", "error parse \"foo\": invalid URI for request"),
    (b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "error parse \"/%zz\": invalid URL escape \"%zz\""),
    (b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", "error parse \"/\\x01\": net/url: invalid control character in URL"),
    (b"CONNECT a:x HTTP/1.1\r\nHost: a\r\n\r\n", "error parse \"http://a:x\": invalid port \":x\" after host"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "error too many Host headers"),
    (b"GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n", "error malformed MIME header initial line: \" X: y\""),
    (b"GET / HTTP/1.1\r\nHost: a\r\nbad\r\n\r\n", "error malformed MIME header: missing colon: \"bad\""),
    (b"GET / HTTP/1.1\r\nHost: a\r\nb@d: x\r\n\r\n", "error malformed MIME header line: \"b@d: x\""),
    (b"GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", "error malformed MIME header line: \": x\""),
    (b"GET / HTTP/1.1\r\nHost: a\r\nx: a\x00b\r\n\r\n", "error malformed MIME header line: \"X: a\\x00b\""),
    (b"GET / HTTP/1.1\r\nHost: a\r\nbad", "error malformed MIME header: missing colon: \"bad\""),
    (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "error bad Content-Length \"x\""),
    (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", "error invalid empty Content-Length \"\""),
    (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "error http: message cannot contain multiple Content-Length headers; got [\"1\" \"2\"]"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775808\r\n\r\n", "error bad Content-Length \"9223372036854775808\""),
    (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "error bad Content-Length \"-1\""),
    (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "error unsupported transfer encoding: \"gzip\""),
    (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "error unsupported transfer encoding: \"gzip, chunked\""),
    (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "error too many transfer encodings: [\"chunked\" \"chunked\"]"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \r\n\r\n", "error unsupported transfer encoding: \"\""),
    (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: Content-Length\r\n\r\n", "error bad trailer key \"Content-Length\""),
];

fn fields(header: &Header) -> String {
    let field = |name: &&str| {
        let values: Vec<&str> = header.values_raw(name).map(|value| &**value).collect();
        format!("{name}={}", values.join("|"))
    };
    header.names().iter().map(field).collect::<Vec<_>>().join(",")
}

fn show(read: io::Result<Request>, rest: impl FnOnce() -> Vec<u8>) -> String {
    let mut r = match read {
        Ok(request) => request,
        Err(error) => return format!("error {error}"),
    };
    let announced = fields(r.trailer());
    let coding: Vec<&str> = r.transfer_encoding.iter().map(|coding| &**coding).collect();
    let mut out = format!(
        "{} {} {} {}.{} host {} close {} length {} te [{}] path {} [{}] trailer {}",
        r.method,
        r.request_uri,
        r.proto,
        r.proto_major,
        r.proto_minor,
        r.host,
        r.close,
        r.content_length,
        coding.join(" "),
        r.url.path,
        fields(&r.header),
        announced,
    );
    let (body, error) = read_all(&mut r.body);
    let body = String::from_utf8(body).unwrap();
    out += &format!(" body {body} {} trailer {}", nil_or(&error), fields(r.trailer()));
    if error.is_none() {
        out += &format!(" rest {}", String::from_utf8(rest()).unwrap());
    }
    out
}

#[test]
fn requests_and_errors_are_those_of_go() {
    for &(input, expected) in RECORDED {
        let mut reader = input;
        let read = read_request(&mut reader);
        assert_eq!(show(read, || reader.to_vec()), expected, "{}", input.escape_ascii());

        for buffer in [1, 2, 7] {
            let mut requests = RequestReader::new(BufReader::with_capacity(buffer, input));
            let read = requests.read_request();
            let rest = || read_all(&mut *requests.reader.lock().unwrap()).0;
            assert_eq!(show(read, rest), expected, "streamed: {}", input.escape_ascii());
        }
    }
}

#[test]
fn every_cut_of_a_head_is_an_early_end() {
    let whole = b"GET /a HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n\r\n";
    assert!(read_request(&mut &whole[..]).is_ok());
    for end in 1..whole.len() {
        let error = read_request(&mut &whole[..end]).unwrap_err();
        let is_line = RequestError::of(&error).is_some_and(|error| error.status() == 400);
        assert!(Error::UnexpectedEof.is(&error) || is_line, "cut at {end}: {error}");
    }
    assert!(Error::Eof.is(&read_request(&mut &b""[..]).unwrap_err()));
}

#[test]
fn what_the_server_refuses_is_refused() {
    for (input, status) in [
        (&b"GET / HTTP/1.1\nHost: a\n\n"[..], 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX Y: 1\r\n\r\n", 400),
    ] {
        let error = read_request(&mut &input[..]).unwrap_err();
        assert_eq!(RequestError::of(&error).unwrap().status(), status, "{}", input.escape_ascii());
    }
}

#[test]
fn heads_and_bodies_have_bounds() {
    // pitfall E4
    let endless = |start: &'static [u8], piece: &'static [u8]| {
        let rest = piece.iter().copied().cycle().take(3 << 20).collect::<Vec<u8>>();
        read_request(&mut BufReader::new(start.chain(&rest[..]))).unwrap_err()
    };
    for (start, piece) in
        [(&b"GET /"[..], &b"a"[..]), (b"GET / HTTP/1.1\r\nX: ", b"a"), (b"GET / HTTP/1.1\r\n", b"X: a\r\n")]
    {
        let error = endless(start, piece);
        assert_eq!(error.to_string(), "http: request too large");
        assert_eq!(RequestError::of(&error).unwrap().status(), 431);
    }

    let announced = format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", MAX_BUFFERED_BODY + 1);
    let error = read_request(&mut announced.as_bytes()).unwrap_err();
    assert_eq!(MaxBytesError::of(&error).unwrap().limit, 10 << 20);
    let head = b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\na00001\r\n";
    let error = read_request(&mut BufReader::new(head.chain(io::repeat(b'x')))).unwrap_err();
    assert!(MaxBytesError::of(&error).is_some());
    let mut streamed = RequestReader::new(io::Cursor::new(announced)).read_request().unwrap();
    assert!(Error::UnexpectedEof.is(&read_all(&mut streamed.body).1.unwrap()));
}

#[test]
fn a_closed_body_makes_way_for_the_next_request() {
    let input = b"POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut requests = RequestReader::new(&input[..]);
    let mut first = requests.read_request().unwrap();
    first.body.close().unwrap();
    assert!(Error::BodyReadAfterClose.is(&first.body.read(&mut [0]).unwrap_err()));
    assert_eq!(requests.read_request().unwrap().request_uri, "/2");
    assert!(Error::Eof.is(&requests.read_request().unwrap_err()));
}
