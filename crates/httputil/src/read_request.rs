//! Reading requests from any source. Go's `http.ReadRequest`.
//!
//! Heads and bodies go through the machine that the server reads with, so that the two never differ about where a
//! message ends.
//!
//! RFC 9112 sections 2 to 7.
//!
//! Differences: what only our server refuses is refused here too (line ends without CR, folded lines, two framings at
//! once, a version other than 1.x, and the like); a head has the size and number of fields that a server allows by
//! default.

use std::io::{self, BufRead, Read};
use std::sync::{Arc, Mutex, PoisonError};

use nethttp_core::{Body, Error, MaxBytesError, Method, Request, Text};
use nethttp_h1::{
    BodyDecoder, BodyKind, FieldScratch, HeadError, HeadScanner, Limits, RequestHead, examine, parse_head,
};

use crate::body::{Buffered, Fault, Streamed, read_payload, trailer_of};
use crate::faults::{head_fault, parse_target};

#[cfg(test)]
mod tests;

/// Reads a request with its body, and nothing behind it. Go's `http.ReadRequest`.
///
/// Waits for the body, which is kept in memory: see [`RequestReader`] for one that does not. A body that is cut off or
/// malformed is no error here: reading it gives what came, then the error.
///
/// ```
/// use nethttp_core::io;
/// use nethttp_httputil::read_request;
///
/// let mut input = &b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\nHost: h\r\n\r\n"[..];
/// let mut first = read_request(&mut input)?;
/// assert_eq!((&*first.url.path, &*first.host), ("/a", "h"));
/// assert_eq!(io::read_all(&mut first.body).0, b"hi");
/// assert_eq!(read_request(&mut input)?.url.path, "/b");
/// assert_eq!(read_request(&mut input).unwrap_err().to_string(), "EOF");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Eof`] where the input ends before the first byte, [`Error::UnexpectedEof`] where it ends in the head;
/// [`RequestError`](crate::RequestError) for a bad head; [`MaxBytesError`] for a body of more than
/// [`MAX_BUFFERED_BODY`] bytes; those of the reader.
pub fn read_request<R: BufRead + ?Sized>(reader: &mut R) -> io::Result<Request> {
    let (mut request, kind) = read_head(reader)?;
    request.body = read_body(reader, kind)?;
    Ok(request)
}

/// The longest body that [`read_request`] keeps: 10 MiB.
pub const MAX_BUFFERED_BODY: usize = 10 << 20;

/// Reads one request after the other from a source that it owns; bodies are read from there as they are asked for.
///
/// A body has to be read to its end, or closed, before the next request is read, as with Go's `http.ReadRequest`.
///
/// ```
/// use nethttp_core::io;
/// use nethttp_httputil::RequestReader;
///
/// let input = &b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhiGET /b HTTP/1.1\r\nHost: h\r\n\r\n"[..];
/// let mut requests = RequestReader::new(input);
/// let mut first = requests.read_request()?;
/// assert_eq!(io::read_all(&mut first.body).0, b"hi");
/// assert_eq!(requests.read_request()?.url.path, "/b");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct RequestReader<R> {
    reader: Arc<Mutex<R>>,
}

impl<R: BufRead + Send + 'static> RequestReader<R> {
    /// A reader of the requests in `reader`.
    pub fn new(reader: R) -> Self {
        Self { reader: Arc::new(Mutex::new(reader)) }
    }

    /// Reads the head of the next request.
    ///
    /// # Errors
    ///
    /// As [`read_request`]; a body of any length is allowed.
    pub fn read_request(&mut self) -> io::Result<Request> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut request, kind) = read_head(&mut *reader)?;
        drop(reader);
        if kind != BodyKind::None {
            request.body = Body::new(Streamed::new(Arc::clone(&self.reader), BodyDecoder::new(kind)));
        }
        Ok(request)
    }
}

fn read_head<R: BufRead + ?Sized>(reader: &mut R) -> io::Result<(Request, BodyKind)> {
    let limits = Limits::default();
    let mut head = Vec::new();
    let mut scanner = HeadScanner::default();
    while scanner.scan(&head, &limits).map_err(|fault| head_fault(fault, &head))?.is_none() {
        // One byte more than allowed makes the scanner see that it is too long.
        let room = (limits.max_head_bytes + 1).saturating_sub(head.len()) as u64;
        let before = head.len();
        (&mut *reader).take(room).read_until(b'\n', &mut head)?;
        if head.is_empty() {
            return Err(Error::Eof.into());
        }
        let is_too_long = head.len() > limits.max_head_bytes;
        if head.len() == before || head.last() != Some(&b'\n') && !is_too_long {
            return Err(cut_off(head, &limits));
        }
    }
    let mut scratch = FieldScratch::new();
    let parsed = parse_head(&head, &limits, &mut scratch).map_err(|fault| head_fault(fault, &head))?;
    match fill(&parsed) {
        // A server needs it and Go's reader does not; nothing else depends on it.
        Err(HeadError::MissingHost) => read_hostless_head(&head, &limits),
        filled => filled.map_err(|fault| head_fault(fault, &head)),
    }
}

fn read_hostless_head(head: &[u8], limits: &Limits) -> io::Result<(Request, BodyKind)> {
    let end = head.iter().position(|&byte| byte == b'\n').map_or(head.len(), |at| at + 1);
    let (line, rest) = head.split_at(end);
    let named = [line, b"Host: absent\r\n", rest].concat();
    let mut scratch = FieldScratch::new();
    let (mut request, kind) = parse_head(&named, limits, &mut scratch)
        .and_then(|parsed| fill(&parsed))
        .map_err(|fault| head_fault(fault, head))?;
    request.host.assign(&request.url.host);
    Ok((request, kind))
}

/// The input has ended within a head. Its last line counts as if it were whole.
fn cut_off(mut head: Vec<u8>, limits: &Limits) -> io::Error {
    if head.last() == Some(&b'\n') {
        return Error::UnexpectedEof.into();
    }
    head.extend_from_slice(b"\r\n");
    match HeadScanner::default().scan(&head, limits) {
        Err(fault) => head_fault(fault, &head),
        Ok(_) => Error::UnexpectedEof.into(),
    }
}

fn fill(head: &RequestHead<'_>) -> Result<(Request, BodyKind), HeadError> {
    let mut request = Request::new();
    parse_target(&mut request.url, head.method, head.target.as_bytes()).map_err(|_| HeadError::InvalidTarget)?;
    let facts = examine(head)?;
    let (major, minor) = head.version;
    request.method = Method::from_bytes(head.method).map_err(|_| HeadError::InvalidMethod)?;
    request.request_uri.assign(head.target);
    request.proto = Text::from(format!("HTTP/{major}.{minor}"));
    (request.proto_major, request.proto_minor) = (i32::from(major), i32::from(minor));
    request.host = match request.url.host.as_bytes() {
        b"" => Text::from(facts.host.unwrap_or_default()),
        host => Text::from(host),
    };
    request.close = facts.close;
    request.content_length = facts.content_length();
    for field in head.fields().filter(|field| !facts.hides(field.name)) {
        request.header.push_wire(field.name.as_bytes(), field.value);
    }
    if facts.adds_no_cache {
        request.header.set("Cache-Control", "no-cache");
    }
    if facts.body == BodyKind::Chunked {
        request.transfer_encoding.push(Text::from_static("chunked"));
        for name in head.announced_trailers() {
            request.announce_trailer(&String::from_utf8_lossy(name));
        }
    }
    Ok((request, facts.body))
}

fn read_body<R: BufRead + ?Sized>(reader: &mut R, kind: BodyKind) -> io::Result<Body> {
    if kind == BodyKind::None {
        return Ok(Body::none());
    }
    let too_large = || io::Error::from(MaxBytesError { limit: MAX_BUFFERED_BODY as i64 });
    if matches!(kind, BodyKind::Length(length) if length > MAX_BUFFERED_BODY as u64) {
        return Err(too_large());
    }
    let mut decoder = BodyDecoder::new(kind);
    let (mut payload, mut piece) = (Vec::new(), [0; 8192]);
    let fault = loop {
        match read_payload(reader, &mut decoder, &mut piece) {
            Ok(0) => break None,
            Ok(count) if payload.len() + count > MAX_BUFFERED_BODY => return Err(too_large()),
            Ok(count) => payload.extend_from_slice(&piece[..count]),
            Err(Fault::Body(error)) => break Some(error),
            Err(Fault::Reader(error)) => return Err(error),
        }
    };
    let trailer = trailer_of(&mut decoder);
    Ok(Body::new(Buffered { payload: io::Cursor::new(payload), trailer, fault }))
}
