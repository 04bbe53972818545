//! What can be wrong with a request head, and the one table of what is answered to it.
//!
//! An answer never repeats anything the peer sent. The texts are those of Go's `conn.serve` and `conn.readRequest`.
//!
//! Differences: faults that only this server finds ([`HeadError::is_strict_only`]) are answered like Go's unnamed ones,
//! with `400 Bad Request`; a repeated, empty or listed `Transfer-Encoding` is one of them, for which Go has 501.

use std::fmt;

/// Why a request head is refused; each refusal ends the connection.
///
/// `Display` is for logs: it names the rule and holds nothing of the peer's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeadError {
    /// The input ended, or time ran out, where Go closes without an answer.
    Closed,
    /// The input ended within the head.
    Incomplete,
    /// The request line does not have three fields with one space between them.
    MalformedRequestLine,
    /// The method is not a token.
    InvalidMethod,
    /// The version is not `HTTP/d.d`.
    MalformedVersion,
    /// The target is no URL, or has control bytes. Found by whoever parses the URL, or here.
    InvalidTarget,
    /// The target has bytes outside ASCII.
    NonAsciiTarget,
    /// A line ends with LF alone.
    BareLineFeed,
    /// A field line without colon, with a name that is no token, with control bytes in its value, or a first one that
    /// begins with a space.
    MalformedField,
    /// A field line is continued on the next (obs-fold).
    FoldedField,
    /// The name of a field has a space in it, or behind it.
    InvalidFieldName,
    /// The head is longer than [`Limits::max_head_bytes`](crate::Limits::max_head_bytes).
    TooLarge,
    /// There are more field lines, or announced trailers, than
    /// [`Limits::max_field_lines`](crate::Limits::max_field_lines).
    TooManyFields,
    /// More than one `Host`.
    RepeatedHost,
    /// No `Host` where HTTP/1.1 requires one.
    MissingHost,
    /// `Host` has bytes that no host has.
    MalformedHost,
    /// `Host` has the bytes of a host, but not its form.
    IllFormedHost,
    /// `Host` is empty.
    EmptyHost,
    /// One transfer coding, and not `chunked`.
    UnsupportedTransferEncoding,
    /// `Transfer-Encoding` more than once, empty, or a list.
    AmbiguousTransferEncoding,
    /// `Transfer-Encoding` in HTTP/1.0, where it means nothing.
    OutdatedTransferEncoding,
    /// `Transfer-Encoding` and `Content-Length` together.
    ConflictingFraming,
    /// `Content-Length` is not a decimal number below 2^63, or there are two that differ.
    InvalidContentLength,
    /// `Content-Length` more than once, equal ones.
    RepeatedContentLength,
    /// `Trailer` announces a field that frames the message.
    ForbiddenTrailer,
    /// A version other than 1.x.
    UnsupportedVersion,
}

impl HeadError {
    /// The answer that Go gives to this fault; `None` when the connection is closed without one.
    ///
    /// ```
    /// use nethttp_h1::HeadError;
    ///
    /// let answer = HeadError::MissingHost.response().unwrap();
    /// assert_eq!(answer.status, 400);
    /// assert_eq!(answer.body, "400 Bad Request: missing required Host header");
    /// assert!(HeadError::Closed.response().is_none());
    /// ```
    #[must_use]
    pub const fn response(self) -> Option<ErrorResponse> {
        self.row().0
    }

    /// Appends the whole answer to `out`, and nothing for a fault that is not answered. The connection is closed after it.
    pub fn write_to(self, out: &mut Vec<u8>) {
        if let Some(response) = self.response() {
            response.write_to(out);
        }
    }

    /// Whether Go would have served the request, or answered it with another status.
    #[must_use]
    pub const fn is_strict_only(self) -> bool {
        self.row().1
    }

    /// The table: what is answered, whether only this server refuses, what a log says.
    const fn row(self) -> (Option<ErrorResponse>, bool, &'static str) {
        const BAD: Option<ErrorResponse> = Some(ErrorResponse::BAD_REQUEST);
        const TOO_LARGE: Option<ErrorResponse> = Some(ErrorResponse::same(431, "431 Request Header Fields Too Large"));
        match self {
            Self::Closed => (None, false, "connection ended between requests"),
            Self::Incomplete => (BAD, false, "input ended within the request head"),
            Self::MalformedRequestLine => (BAD, false, "malformed request line"),
            Self::InvalidMethod => (BAD, false, "invalid method"),
            Self::MalformedVersion => (BAD, false, "malformed HTTP version"),
            Self::InvalidTarget => (BAD, false, "invalid request target"),
            Self::NonAsciiTarget => (BAD, true, "request target with bytes outside ASCII"),
            Self::BareLineFeed => (BAD, true, "line ends without CR"),
            Self::MalformedField => (BAD, false, "malformed field line"),
            Self::FoldedField => (BAD, true, "folded field line"),
            Self::InvalidFieldName => {
                (Some(ErrorResponse::same(400, "400 Bad Request: invalid header name")), false, "space in a field name")
            }
            Self::TooLarge => (TOO_LARGE, false, "request head too large"),
            Self::TooManyFields => (TOO_LARGE, false, "too many field lines"),
            Self::RepeatedHost => (BAD, false, "too many Host fields"),
            Self::MissingHost => (
                Some(ErrorResponse::same(400, "400 Bad Request: missing required Host header")),
                false,
                "missing required Host field",
            ),
            Self::MalformedHost => (
                Some(ErrorResponse::same(400, "400 Bad Request: malformed Host header")),
                false,
                "malformed Host field",
            ),
            Self::IllFormedHost => (BAD, true, "Host field is no host"),
            Self::EmptyHost => (BAD, true, "empty Host field"),
            Self::UnsupportedTransferEncoding => (
                Some(ErrorResponse { status: 501, line: "501 Not Implemented", body: "Unsupported transfer encoding" }),
                false,
                "unsupported transfer coding",
            ),
            Self::AmbiguousTransferEncoding => (BAD, true, "Transfer-Encoding is repeated, empty or a list"),
            Self::OutdatedTransferEncoding => (BAD, true, "Transfer-Encoding in HTTP/1.0"),
            Self::ConflictingFraming => (BAD, true, "Transfer-Encoding and Content-Length together"),
            Self::InvalidContentLength => (BAD, false, "invalid Content-Length"),
            Self::RepeatedContentLength => (BAD, true, "repeated Content-Length"),
            Self::ForbiddenTrailer => (BAD, false, "forbidden field announced as trailer"),
            Self::UnsupportedVersion => (
                Some(ErrorResponse::same(505, "505 HTTP Version Not Supported: unsupported protocol version")),
                false,
                "unsupported protocol version",
            ),
        }
    }
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().2)
    }
}

impl std::error::Error for HeadError {}

/// An answer that a server gives by itself, without a handler: short, typed as text, and the last of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorResponse {
    /// The status code.
    pub status: u16,
    /// The status code and what stands behind it on the status line.
    pub line: &'static str,
    /// The body.
    pub body: &'static str,
}

impl ErrorResponse {
    /// `400 Bad Request`: Go's answer to faults that it does not name, and ours to what only we refuse.
    pub const BAD_REQUEST: Self = Self::same(400, "400 Bad Request");

    const fn same(status: u16, line: &'static str) -> Self {
        Self { status, line, body: line }
    }

    /// Appends the whole answer to `out`. Always HTTP/1.1 and without `Date`, as Go sends it.
    ///
    /// ```
    /// let mut out = Vec::new();
    /// nethttp_h1::ErrorResponse::BAD_REQUEST.write_to(&mut out);
    /// assert_eq!(
    ///     out,
    ///     b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n\
    ///       400 Bad Request",
    /// );
    /// ```
    pub fn write_to(self, out: &mut Vec<u8>) {
        for part in [
            "HTTP/1.1 ",
            self.line,
            "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n",
            self.body,
        ] {
            out.extend_from_slice(part.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(error: HeadError) -> String {
        let mut out = Vec::new();
        error.write_to(&mut out);
        String::from_utf8(out).unwrap()
    }

    // pitfall E7: a refused head is answered, and the answer says that the connection closes.
    #[test]
    fn answers_are_those_of_go() {
        let rest = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n";
        for (error, line, body) in [
            (HeadError::MalformedField, "400 Bad Request", "400 Bad Request"),
            (
                HeadError::MissingHost,
                "400 Bad Request: missing required Host header",
                "400 Bad Request: missing required Host header",
            ),
            (
                HeadError::MalformedHost,
                "400 Bad Request: malformed Host header",
                "400 Bad Request: malformed Host header",
            ),
            (
                HeadError::InvalidFieldName,
                "400 Bad Request: invalid header name",
                "400 Bad Request: invalid header name",
            ),
            (HeadError::TooLarge, "431 Request Header Fields Too Large", "431 Request Header Fields Too Large"),
            (HeadError::TooManyFields, "431 Request Header Fields Too Large", "431 Request Header Fields Too Large"),
            (HeadError::UnsupportedTransferEncoding, "501 Not Implemented", "Unsupported transfer encoding"),
            (
                HeadError::UnsupportedVersion,
                "505 HTTP Version Not Supported: unsupported protocol version",
                "505 HTTP Version Not Supported: unsupported protocol version",
            ),
        ] {
            assert_eq!(written(error), format!("HTTP/1.1 {line}{rest}{body}"), "{error:?}");
        }
        assert_eq!(written(HeadError::Closed), "");
    }

    #[test]
    fn what_only_we_refuse_is_plain() {
        for error in [
            HeadError::NonAsciiTarget,
            HeadError::BareLineFeed,
            HeadError::FoldedField,
            HeadError::IllFormedHost,
            HeadError::EmptyHost,
            HeadError::AmbiguousTransferEncoding,
            HeadError::OutdatedTransferEncoding,
            HeadError::ConflictingFraming,
            HeadError::RepeatedContentLength,
        ] {
            assert!(error.is_strict_only(), "{error:?}");
            assert_eq!(error.response(), Some(ErrorResponse::BAD_REQUEST), "{error:?}");
        }
        assert!(!HeadError::RepeatedHost.is_strict_only());
    }

    #[test]
    fn status_and_line_agree() {
        for error in [HeadError::TooLarge, HeadError::UnsupportedTransferEncoding, HeadError::UnsupportedVersion] {
            let response = error.response().unwrap();
            assert!(response.line.starts_with(&response.status.to_string()), "{error:?}");
        }
        assert_eq!(HeadError::MissingHost.to_string(), "missing required Host field");
    }
}
