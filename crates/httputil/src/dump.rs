//! `dump_request`: a request as text, for looking at. Go's `httputil.DumpRequest`.
//!
//! Not what came over the wire: the order and the spelling of fields are lost when a request is read.

use std::io;

use nethttp_core::{Body, BodyStream, Header, Request};
use nethttp_h1::encode;

use crate::body::Buffered;

#[cfg(test)]
mod tests;

/// The request as it might have come over the wire, with its body if `body` says so. Go's `httputil.DumpRequest`.
///
/// The body is read into memory and put back, so that the handler still finds it. However long it is: limit it with
/// [`max_bytes_reader`](nethttp_core::max_bytes_reader) first where clients are not trusted.
///
/// ```
/// use nethttp_httputil::{dump_request, read_request};
///
/// let mut input = &b"POST /a HTTP/1.1\r\nhost: h\r\nx-b: 2\r\ncontent-length: 2\r\n\r\nhi"[..];
/// let mut r = read_request(&mut input)?;
/// let dump = dump_request(&mut r, true)?;
/// assert_eq!(dump, b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nX-B: 2\r\n\r\nhi");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// Of the body; what was read of it is then lost.
pub fn dump_request(r: &mut Request, body: bool) -> io::Result<Vec<u8>> {
    let payload = if body { Some(drain(&mut r.body)?) } else { None };
    let mut out = Vec::new();
    out.extend_from_slice(r.method.as_str().as_bytes());
    out.push(b' ');
    match r.request_uri.as_bytes() {
        b"" => out.extend_from_slice(r.url.request_uri().as_bytes()),
        target => out.extend_from_slice(target),
    }
    out.extend_from_slice(format!(" HTTP/{}.{}\r\n", r.proto_major, r.proto_minor).as_bytes());

    let target = r.request_uri.as_bytes();
    let is_absolute = target.starts_with(b"http://") || target.starts_with(b"https://");
    let host = if r.host.as_bytes().is_empty() { &r.url.host } else { &r.host };
    if !is_absolute && !host.as_bytes().is_empty() {
        push_line(&mut out, b"Host: ", host.as_bytes());
    }
    if !r.transfer_encoding.is_empty() {
        let codings: Vec<&[u8]> = r.transfer_encoding.iter().map(|coding| coding.as_bytes()).collect();
        push_line(&mut out, b"Transfer-Encoding: ", &codings.join(&b','));
    }
    push_fields(&mut out, &r.header);
    out.extend_from_slice(encode::CRLF);

    if let Some(payload) = payload {
        if r.transfer_encoding.first().is_some_and(|coding| *coding == "chunked") {
            encode::chunk(&mut out, &payload);
            encode::last_chunk(&mut out, []);
        } else {
            out.extend_from_slice(&payload);
        }
    }
    Ok(out)
}

fn push_line(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(value);
    out.extend_from_slice(encode::CRLF);
}

/// The fields that are not shown elsewhere. Go's `Header.WriteSubset`.
fn push_fields(out: &mut Vec<u8>, header: &Header) {
    let is_shown = |name: &str| !["Host", "Transfer-Encoding", "Trailer"].contains(&name);
    for (name, value) in header.iter().filter(|(name, _)| is_shown(name)) {
        encode::field(out, name.as_bytes(), value.as_bytes());
    }
}

/// Reads the body to its end and puts one that gives the same again, trailer included, in its place.
fn drain(body: &mut Body) -> io::Result<Vec<u8>> {
    if body.is_none() {
        return Ok(Vec::new());
    }
    let mut payload = Vec::new();
    io::Read::read_to_end(body, &mut payload)?;
    let trailer = BodyStream::take_trailer(body);
    body.close()?;
    *body = Body::new(Buffered { payload: io::Cursor::new(payload.clone()), trailer, fault: None });
    Ok(payload)
}
