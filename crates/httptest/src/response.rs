//! `Response`: an answer as a client sees it. Go's `http.Response`, as far as a recorder or a test's client fills it.

use std::io::{self, Read};

use nethttp_core::url::{self, Url};
use nethttp_core::{Body, BodyStream, Cookie, Error, Header, StatusCode, Text, parse_set_cookie};

use crate::Buffer;

/// An answer; made by [`ResponseRecorder::result`](crate::ResponseRecorder::result) and by a [`Client`](crate::Client).
///
/// ```
/// use nethttp_core::{STATUS_FOUND, io, redirect};
/// use nethttp_httptest::{new_recorder, new_request};
///
/// let mut w = new_recorder();
/// redirect(&mut w, &mut new_request("GET", "/a/b", ()), "../c", STATUS_FOUND);
///
/// let mut res = w.result();
/// assert_eq!(res.status, "302 Found");
/// assert_eq!(res.location().unwrap().path, "/c");
/// assert_eq!(io::read_all(&mut res.body).0, b"<a href=\"/c\">Found</a>.\n\n");
/// ```
// A struct literal in tests that compare with it, so neither private fields nor `#[non_exhaustive]`.
#[derive(Clone, Debug)]
pub struct Response {
    /// The code and its text: `200 OK`.
    pub status: String,
    /// The code.
    pub status_code: StatusCode,
    /// The protocol: `HTTP/1.1`.
    pub proto: Text,
    /// The major version: 1.
    pub proto_major: i32,
    /// The minor version: 1.
    pub proto_minor: i32,
    /// The header fields.
    pub header: Header,
    /// The body; clones of the response read from the same one.
    pub body: Body,
    /// What the `Content-Length` field says, in bytes; -1 where there is none that makes sense.
    pub content_length: i64,
    /// The transfer codings: `chunked`, or none as in a recorded response.
    pub transfer_encoding: Vec<Text>,
    /// Whether the connection is to be closed; never in a recorded response.
    pub close: bool,
    /// The trailer fields. Of an answer that is still coming in, the announced names without values, until
    /// [`read_all`](Self::read_all).
    pub trailer: Header,
}

impl Response {
    /// Reads the body to its end; `trailer` then has the fields that came behind it. Go's `io.ReadAll(res.Body)`.
    ///
    /// # Errors
    ///
    /// Of the connection that the answer comes over; a recorded body has none.
    pub fn read_all(&mut self) -> io::Result<Buffer> {
        let mut bytes = Vec::new();
        self.body.read_to_end(&mut bytes)?;
        if let Some(received) = BodyStream::take_trailer(&mut self.body) {
            for name in received.names() {
                self.trailer.del_raw(name);
                received.values_raw(name).for_each(|value| self.trailer.append_raw(name, value));
            }
        }
        Ok(Buffer(bytes))
    }

    /// The cookies that the answer sets, those that make no sense left out. Go's `Response.Cookies`.
    #[must_use]
    pub fn cookies(&self) -> Vec<Cookie> {
        self.header.values_raw("Set-Cookie").filter_map(|line| parse_set_cookie(line).ok()).collect()
    }

    /// The URL of the `Location` field. Go's `Response.Location` where the request is not known.
    ///
    /// # Errors
    ///
    /// [`Error::NoLocation`], or that of the URL (a [`url::Error`]).
    pub fn location(&self) -> io::Result<Url> {
        match self.header.get("Location") {
            none if none.as_bytes().is_empty() => Err(Error::NoLocation.into()),
            location => Ok(url::parse(location)?),
        }
    }

    /// Whether the protocol is at least this version. Go's `Response.ProtoAtLeast`.
    #[must_use]
    pub const fn proto_at_least(&self, major: i32, minor: i32) -> bool {
        self.proto_major > major || self.proto_major == major && self.proto_minor >= minor
    }
}

/// An empty `200 OK` of HTTP/1.1 whose length is not known.
impl Default for Response {
    fn default() -> Self {
        Self {
            status: "200 OK".to_owned(),
            status_code: StatusCode::OK,
            proto: Text::from_static("HTTP/1.1"),
            proto_major: 1,
            proto_minor: 1,
            header: Header::new(),
            body: Body::none(),
            content_length: -1,
            transfer_encoding: Vec::new(),
            close: false,
            trailer: Header::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_field(name: &str, value: &str) -> Response {
        Response { header: Header::from([(name, value)]), ..Response::default() }
    }

    #[test]
    fn a_location_is_parsed_or_missed() {
        assert_eq!(with_field("Location", "http://a.test/b").location().unwrap().host, "a.test");
        let missing = Response::default().location().unwrap_err();
        assert!(Error::NoLocation.is(&missing));
        let bad = with_field("Location", "http://a.test:x/").location().unwrap_err();
        assert_eq!(bad.to_string(), r#"parse "http://a.test:x/": invalid port ":x" after host"#);
    }

    #[test]
    fn versions_compare_by_both_numbers() {
        let response = Response::default();
        assert!(response.proto_at_least(1, 1) && response.proto_at_least(0, 9) && response.proto_at_least(1, 0));
        assert!(!response.proto_at_least(1, 2) && !response.proto_at_least(2, 0));
    }

    #[test]
    fn cookies_that_make_no_sense_are_left_out() {
        let mut response = with_field("Set-Cookie", "a=1; Path=/; HttpOnly");
        response.header.add("Set-Cookie", "=nameless");
        response.header.add("Set-Cookie", "b=2");
        let cookies = response.cookies();
        let found: Vec<(&str, &str)> = cookies.iter().map(|cookie| (&*cookie.name, &*cookie.value)).collect();
        assert_eq!(found, [("a", "1"), ("b", "2")]);
    }
}
