//! `ResponseRecorder`: a response writer that keeps what a handler answers. Go's `httptest.ResponseRecorder`.
//!
//! It behaves as Go's recorder does, which is not in every respect how a server does: an informational status is
//! recorded like a final one, a body that the status does not allow is kept, and a type is sniffed only where the first
//! write comes without a [`write_header`](ResponseWriter::write_header) before it.
//!
//! Differences: the body cannot be switched off; a handler that ends with an error leaves it in
//! [`error`](ResponseRecorder::error).

use std::io::{self, Write};

use nethttp_core::{Body, Error, Header, ResponseWriter, StatusCode, status_text};
use nethttp_grammar::canonical::canonical_header_key;
use nethttp_grammar::{sniff, token};

use crate::{Buffer, Response};

#[cfg(test)]
mod tests;

/// Records what a handler answers, for inspection in tests.
///
/// [`code`](Self::code) and [`body`](Self::body) show the state so far; [`result`](Self::result) gives the whole
/// answer, with the header as it was when the handler first wrote.
///
/// ```
/// use nethttp_core::{Handler, STATUS_TEAPOT, handler_func, io};
/// use nethttp_httptest::{new_recorder, new_request};
///
/// let handler = handler_func(|w, _r| {
///     w.header().set("X-Pot", "short and stout");
///     w.write_header(STATUS_TEAPOT);
///     w.header().set("X-Pot", "too late");
/// });
///
/// let mut w = new_recorder();
/// handler.serve_http(&mut w, &mut new_request("BREW", "/pot", ()));
/// assert_eq!(w.code, 418);
/// let mut res = w.result();
/// assert_eq!(res.status, "418 I'm a teapot");
/// assert_eq!(res.header.get("X-Pot"), "short and stout");
/// assert!(io::read_all(&mut res.body).0.is_empty());
/// ```
#[derive(Debug, Default)]
pub struct ResponseRecorder {
    /// The status; 200 until another one is set.
    pub code: StatusCode,
    /// What has been written.
    pub body: Buffer,
    /// Whether the handler has flushed.
    pub flushed: bool,
    header: Header,
    /// The header as it was when it was fixed.
    snapshot: Option<Header>,
    result: Option<Response>,
    error: Option<io::Error>,
}

/// A recorder on which nothing has been written. Go's `httptest.NewRecorder`.
#[must_use]
pub fn new_recorder() -> ResponseRecorder {
    ResponseRecorder::new()
}

impl ResponseRecorder {
    /// A recorder on which nothing has been written.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The header that the handler changes, also after it has been fixed. For what a client would see take
    /// [`result`](Self::result).
    pub const fn header(&mut self) -> &mut Header {
        &mut self.header
    }

    /// The answer as a client would see it. Go's `ResponseRecorder.Result`.
    ///
    /// To be called when the handler has returned: the first call fixes the answer, and later ones give it again.
    #[must_use]
    pub fn result(&mut self) -> Response {
        let result = self.result.take().unwrap_or_else(|| self.answer());
        self.result = Some(result.clone());
        result
    }

    /// The error with which the handler ended, if it returned one.
    #[must_use]
    pub const fn error(&self) -> Option<&io::Error> {
        self.error.as_ref()
    }

    fn answer(&self) -> Response {
        let header = self.snapshot.as_ref().unwrap_or(&self.header).clone();
        Response {
            status: format!("{} {}", self.code.as_str(), status_text(self.code)),
            status_code: self.code,
            content_length: content_length(header.get("Content-Length").as_bytes()),
            trailer: self.trailer(&header),
            header,
            body: Body::from(self.body.to_vec()),
            ..Response::default()
        }
    }

    /// The fields that `announced` names in `Trailer`, and those set behind the prefix `Trailer:`.
    fn trailer(&self, announced: &Header) -> Header {
        let mut trailer = Header::new();
        for name in announced.values_raw("Trailer").flat_map(|names| names.as_bytes().split(|&byte| byte == b',')) {
            let name = String::from_utf8_lossy(token::trim_space(name));
            let name = canonical_header_key(&name);
            if may_be_trailer(&name) && self.header.contains_raw(&name) {
                trailer.suppress_raw(&name);
                self.header.values_raw(&name).for_each(|value| trailer.append_raw(&name, value));
            }
        }
        for (name, value) in self.header.unsorted() {
            if let (Some(name), Some(value)) = (name.strip_prefix("Trailer:"), value) {
                trailer.add(name, value);
            }
        }
        trailer
    }

    const fn is_fixed(&self) -> bool {
        self.snapshot.is_some()
    }

    /// Fixes status and header, before the first byte of the body if need be.
    fn begin(&mut self, first: &[u8]) {
        if self.is_fixed() {
            return;
        }
        let has_coding = !self.header.get("Transfer-Encoding").as_bytes().is_empty();
        if !has_coding && !self.header.contains_raw("Content-Type") {
            self.header.set("Content-Type", sniff::detect_content_type(first));
        }
        self.write_header(StatusCode::OK);
    }
}

impl Write for ResponseRecorder {
    /// Records `bytes`; fails with [`Error::BodyNotAllowed`] where the status allows no body, and records them all the
    /// same.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begin(bytes);
        self.body.extend_from_slice(bytes);
        if allows_body(self.code) { Ok(bytes.len()) } else { Err(Error::BodyNotAllowed.into()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_header(StatusCode::OK);
        self.flushed = true;
        Ok(())
    }
}

impl ResponseWriter for ResponseRecorder {
    fn header(&mut self) -> &mut Header {
        Self::header(self)
    }

    fn write_header(&mut self, status: StatusCode) {
        if !self.is_fixed() {
            self.code = status;
            self.snapshot = Some(self.header.clone());
        }
    }

    fn can_flush(&mut self) -> bool {
        true
    }

    fn fail(&mut self, error: io::Error) {
        // Where a server would just close the connection, for the client has gone, there is nothing to record.
        if let (false, Some(status)) = (self.is_fixed(), nethttp_core::error_status(&error)) {
            nethttp_core::error(self, status_text(status), status);
        }
        self.error = Some(error);
    }
}

fn allows_body(status: StatusCode) -> bool {
    !(status.is_informational() || status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED)
}

/// Digits that fit into 63 bits, else -1.
fn content_length(value: &[u8]) -> i64 {
    let digits = token::trim_space(value);
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_number).and_then(|digits| digits.parse().ok()).unwrap_or(-1)
}

/// Whether a field may stand in a trailer. RFC 9110 section 6.5.1; Go's `httpguts.ValidTrailerHeader`.
fn may_be_trailer(name: &str) -> bool {
    !name.starts_with("If-") && !NEVER_TRAILERS.contains(&name)
}

const NEVER_TRAILERS: [&str; 21] = [
    "Authorization",
    "Cache-Control",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "Expect",
    "Host",
    "Keep-Alive",
    "Max-Forwards",
    "Pragma",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Range",
    "Realm",
    "Te",
    "Trailer",
    "Transfer-Encoding",
    "Www-Authenticate",
];
