//! A response writer that keeps what reaches it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Instant;

use nethttp_core::{
    Conn, Error, Handler, Header, Method, RawConn, ReadWriter, Request, ResponseWriter, StatusCode, Text,
};

/// What a server would have got.
#[derive(Default)]
pub(crate) struct Sink {
    pub(crate) header: Header,
    /// Status and header, once fixed.
    pub(crate) fixed: Option<(StatusCode, Header)>,
    pub(crate) informational: Vec<StatusCode>,
    pub(crate) body: Vec<u8>,
    pub(crate) writes: usize,
    /// Length of the body at each flush.
    pub(crate) flushes: Vec<usize>,
    pub(crate) sent_files: Vec<(u64, u64)>,
    pub(crate) can_hijack: bool,
    pub(crate) is_hijacked: bool,
    /// So many bytes are taken before writing fails.
    pub(crate) limit: Option<usize>,
    pub(crate) read_deadline: Option<Instant>,
    pub(crate) failure: Option<String>,
}

impl Sink {
    /// Answers `request` with `handler`.
    pub(crate) fn of(handler: &dyn Handler, mut request: Request) -> Self {
        let mut sink = Self::default();
        handler.serve_http(&mut sink, &mut request);
        sink
    }

    /// The header that went out, or would have at the end.
    pub(crate) fn sent(&self, name: &str) -> &str {
        self.fixed.as_ref().map_or(&self.header, |(_, header)| header).get(name)
    }

    pub(crate) fn status(&self) -> u16 {
        self.fixed.as_ref().map_or(200, |(status, _)| status.as_u16())
    }

    pub(crate) fn is_packed(&self) -> bool {
        self.sent("Content-Encoding") == "gzip"
    }

    /// The body, unpacked if it is packed.
    #[track_caller]
    pub(crate) fn text(&self) -> Vec<u8> {
        if self.is_packed() { unpack(&self.body).expect("a whole stream") } else { self.body.clone() }
    }
}

/// The content of a whole gzip stream with nothing behind it.
pub(crate) fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut decoder = flate2::bufread::GzDecoder::new(packed);
    let mut text = Vec::new();
    decoder.read_to_end(&mut text)?;
    match decoder.into_inner() {
        b"" => Ok(text),
        rest => Err(io::Error::other(format!("{} bytes behind the stream", rest.len()))),
    }
}

/// As much of a stream as can be unpacked.
pub(crate) fn unpack_start(packed: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut decoder = flate2::bufread::GzDecoder::new(packed);
    let mut byte = [0];
    while let Ok(1) = decoder.read(&mut byte) {
        text.push(byte[0]);
    }
    text
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_hijacked {
            return Err(Error::Hijacked.into());
        }
        self.write_header(StatusCode::OK);
        if self.limit.is_some_and(|limit| self.body.len() + bytes.len() > limit) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.writes += 1;
        self.body.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_header(StatusCode::OK);
        self.flushes.push(self.body.len());
        Ok(())
    }
}

impl ResponseWriter for Sink {
    fn header(&mut self) -> &mut Header {
        &mut self.header
    }

    fn write_header(&mut self, status: StatusCode) {
        if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS {
            self.informational.push(status);
        } else if self.fixed.is_none() {
            self.fixed = Some((status, self.header.clone()));
        }
    }

    fn send_file(&mut self, _: &File, offset: u64, length: u64) -> io::Result<u64> {
        self.write_header(StatusCode::OK);
        self.sent_files.push((offset, length));
        Ok(length)
    }

    fn can_flush(&mut self) -> bool {
        true
    }

    fn can_hijack(&mut self) -> bool {
        self.can_hijack
    }

    fn hijack(&mut self) -> io::Result<(Conn, ReadWriter)> {
        if !self.can_hijack {
            return Err(Error::NotSupported.into());
        }
        self.is_hijacked = true;
        let conn = Conn::new(Arc::new(Nobody));
        let buffered = ReadWriter::new(&conn, Vec::new());
        Ok((conn, buffered))
    }

    fn set_read_deadline(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        self.read_deadline = deadline;
        Ok(())
    }

    fn fail(&mut self, error: io::Error) {
        self.failure = Some(error.to_string());
    }
}

/// A connection without a peer.
struct Nobody;

impl RawConn for Nobody {
    fn read(&self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }
    fn set_read_deadline(&self, _: Option<Instant>) {}
    fn set_write_deadline(&self, _: Option<Instant>) {}
    fn close_write(&self) -> io::Result<()> {
        Ok(())
    }
    fn close(&self) -> io::Result<()> {
        Ok(())
    }
    fn remote_addr(&self) -> Text {
        Text::EMPTY
    }
    fn local_addr(&self) -> Text {
        Text::EMPTY
    }
}

/// A `GET` with these fields.
pub(crate) fn get(fields: &[(&str, &str)]) -> Request {
    let mut request = Request::new();
    request.header = fields.iter().copied().collect();
    request
}

/// A `GET` of a client that takes gzip.
pub(crate) fn gzip() -> Request {
    get(&[("Accept-Encoding", "gzip")])
}

pub(crate) fn head() -> Request {
    let mut request = gzip();
    request.method = Method::HEAD;
    request
}

/// So many bytes that are no two the same for long, and still shrink.
pub(crate) fn page(length: usize) -> Vec<u8> {
    let mut page = Vec::with_capacity(length + 64);
    let mut number = 1_u32;
    while page.len() < length {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        page.extend_from_slice(format!("<tr id=\"row-{}\"><td>{}</td></tr>\n", number >> 20, number >> 12).as_bytes());
    }
    page.truncate(length);
    page
}
