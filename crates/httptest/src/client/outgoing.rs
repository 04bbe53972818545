//! A request on its way to the server: what it holds, and what frames its body. Go's `Request.Write`, without the fields
//! that Go's client adds.

use std::io::{self, Read, Write};

use nethttp_core::{Method, Request};

use super::link::Link;

/// Fields that frame the message, and follow from the request itself.
const FRAMING: [&str; 4] = ["Host", "Content-Length", "Transfer-Encoding", "Trailer"];

/// What is read of a body at once.
const PIECE: usize = 8 * 1024;

/// Sends all of the request.
pub(super) fn send(link: &mut Link, request: &mut Request) -> io::Result<()> {
    link.write_all(&head(request))?;
    let mut piece = vec![0; PIECE];
    match u64::try_from(request.content_length) {
        Ok(length) => {
            let mut body = Read::take(request.body.clone(), length);
            let mut sent = 0;
            loop {
                match body.read(&mut piece)? {
                    0 if sent == length => return Ok(()),
                    0 => return Err(short(sent, length)),
                    count => {
                        link.write_all(&piece[..count])?;
                        sent += count as u64;
                    }
                }
            }
        }
        Err(_) => loop {
            let count = request.body.read(&mut piece)?;
            link.write_all(format!("{count:x}\r\n").as_bytes())?;
            link.write_all(&piece[..count])?;
            link.write_all(b"\r\n")?;
            if count == 0 {
                return Ok(());
            }
        },
    }
}

fn head(request: &Request) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(request.method.as_str().as_bytes());
    out.push(b' ');
    if request.method == Method::CONNECT && request.url.path.as_bytes().is_empty() {
        out.extend_from_slice(request.host.as_bytes());
    } else {
        out.extend_from_slice(request.url.request_uri().as_bytes());
    }
    out.extend_from_slice(b" HTTP/1.1\r\n");
    field(&mut out, "Host", request.host.as_bytes());
    for (name, value) in request.header.iter().filter(|(name, _)| !FRAMING.contains(name)) {
        field(&mut out, name, value.as_bytes());
    }
    match request.content_length {
        ..0 => field(&mut out, "Transfer-Encoding", b"chunked"),
        0 if !matches!(request.method, Method::POST | Method::PUT | Method::PATCH) => {}
        length => field(&mut out, "Content-Length", length.to_string().as_bytes()),
    }
    if request.close {
        field(&mut out, "Connection", b"close");
    }
    out.extend_from_slice(b"\r\n");
    out
}

fn field(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        out.extend_from_slice(part);
    }
}

fn short(sent: u64, length: u64) -> io::Error {
    let text = format!("http: ContentLength={length} with Body length {sent}");
    io::Error::new(io::ErrorKind::UnexpectedEof, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::new_request;

    fn check(request: &Request, expected: &str) {
        assert_eq!(head(request).escape_ascii().to_string(), expected.replace('\n', "\\r\\n"));
    }

    #[test]
    fn heads_hold_what_the_request_holds_and_its_framing() {
        check(&new_request("GET", "/a?b=c", ()), "GET /a?b=c HTTP/1.1\nHost: example.com\n\n");
        check(&new_request("GET", "http://a.test:81", ()), "GET / HTTP/1.1\nHost: a.test:81\n\n");
        check(&new_request("POST", "/", ()), "POST / HTTP/1.1\nHost: example.com\nContent-Length: 0\n\n");
        check(&new_request("DELETE", "/", "ab"), "DELETE / HTTP/1.1\nHost: example.com\nContent-Length: 2\n\n");
        check(&new_request("OPTIONS", "*", ()), "OPTIONS * HTTP/1.1\nHost: example.com\n\n");
        check(&new_request("CONNECT", "a.test:443", ()), "CONNECT a.test:443 HTTP/1.1\nHost: a.test:443\n\n");
        let mut request = new_request("PUT", "/", ());
        request.content_length = -1;
        request.close = true;
        for (name, value) in [("X-B", "2"), ("Content-Length", "7"), ("X-A", "1"), ("X-B", "3")] {
            request.header.add(name, value);
        }
        check(
            &request,
            "PUT / HTTP/1.1\nHost: example.com\nX-A: 1\nX-B: 2\nX-B: 3\nTransfer-Encoding: chunked\n\
             Connection: close\n\n",
        );
    }
}
