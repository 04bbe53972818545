//! `Error`: Go's sentinel errors of `net/http` and its neighbours, one variant for each.
//!
//! They travel inside `io::Error` (readers and writers return that), from which [`Error::of`] takes them out again:
//! Go's `errors.Is(err, http.ErrHandlerTimeout)`.

use std::borrow::Cow;
use std::fmt;
use std::io;

use http::StatusCode;

macro_rules! errors {
    ($($(#[$doc:meta])* $variant:ident $constant:ident $kind:ident $text:literal;)*) => {
        /// The errors that have a name. Printed they read as Go's do.
        ///
        /// ```
        /// use nethttp_core::Error;
        ///
        /// let error = std::io::Error::from(Error::HandlerTimeout);
        /// assert_eq!(error.to_string(), "http: Handler timeout");
        /// assert_eq!(Error::of(&error), Some(Error::HandlerTimeout));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Error {
            $($(#[$doc])* $variant,)*
        }

        impl fmt::Display for Error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $text,)*
                })
            }
        }

        impl Error {
            const fn kind(self) -> io::ErrorKind {
                match self {
                    $(Self::$variant => io::ErrorKind::$kind,)*
                }
            }
        }

        $(
            #[doc = concat!("[`Error::", stringify!($variant), "`] under Go's word.")]
            pub const $constant: Error = Error::$variant;
        )*
    };
}

errors! {
    /// The end of the input. Go's `io.EOF`.
    Eof EOF UnexpectedEof "EOF";
    /// The input ended in the middle. Go's `io.ErrUnexpectedEOF`.
    UnexpectedEof ERR_UNEXPECTED_EOF UnexpectedEof "unexpected EOF";
    /// The writer cannot do this. Go's `http.ErrNotSupported`.
    NotSupported ERR_NOT_SUPPORTED Unsupported "feature not supported";
    /// A `multipart/form-data` request without a boundary. Go's `http.ErrMissingBoundary`.
    MissingBoundary ERR_MISSING_BOUNDARY InvalidData "no multipart boundary param in Content-Type";
    /// The request is not `multipart/form-data`. Go's `http.ErrNotMultipart`.
    NotMultipart ERR_NOT_MULTIPART InvalidData "request Content-Type isn't multipart/form-data";
    /// The method or status allows no body. Go's `http.ErrBodyNotAllowed`.
    BodyNotAllowed ERR_BODY_NOT_ALLOWED InvalidInput "http: request method or response status code does not allow body";
    /// The connection has been hijacked. Go's `http.ErrHijacked`.
    Hijacked ERR_HIJACKED Other "http: connection has been hijacked";
    /// More was written than the declared `Content-Length`. Go's `http.ErrContentLength`.
    ContentLength ERR_CONTENT_LENGTH InvalidInput "http: wrote more than the declared Content-Length";
    /// The body was read after it was closed. Go's `http.ErrBodyReadAfterClose`.
    BodyReadAfterClose ERR_BODY_READ_AFTER_CLOSE Other "http: invalid Read on closed Body";
    /// The handler has exceeded its time. Go's `http.ErrHandlerTimeout`.
    HandlerTimeout ERR_HANDLER_TIMEOUT TimedOut "http: Handler timeout";
    /// A line of a chunked body is too long. Go's `http.ErrLineTooLong`.
    LineTooLong ERR_LINE_TOO_LONG InvalidData "header line too long";
    /// There is no file under this name in the form. Go's `http.ErrMissingFile`.
    MissingFile ERR_MISSING_FILE NotFound "http: no such file";
    /// There is no cookie of this name. Go's `http.ErrNoCookie`.
    NoCookie ERR_NO_COOKIE NotFound "http: named cookie not present";
    /// The response has no `Location`. Go's `http.ErrNoLocation`.
    NoLocation ERR_NO_LOCATION NotFound "http: no Location header in response";
    /// The server was closed or shut down. Go's `http.ErrServerClosed`.
    ServerClosed ERR_SERVER_CLOSED Other "http: Server closed";
    /// The handler ends here and the connection is cut. Go's `http.ErrAbortHandler`.
    AbortHandler ERR_ABORT_HANDLER Other "net/http: abort Handler";
    /// A multipart message exceeds its limits. Go's `multipart.ErrMessageTooLarge`.
    MessageTooLarge ERR_MESSAGE_TOO_LARGE InvalidData "multipart: message too large";
    /// A media type whose parameters do not parse. Go's `mime.ErrInvalidMediaParameter`.
    InvalidMediaParameter ERR_INVALID_MEDIA_PARAMETER InvalidData "mime: invalid media parameter";
    /// The deadline of a read or write has passed. Go's `os.ErrDeadlineExceeded`.
    DeadlineExceeded ERR_DEADLINE_EXCEEDED TimedOut "i/o timeout";
}

impl Error {
    /// The named error inside an `io::Error`, if there is one.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<Self> {
        find(error).copied()
    }

    /// Whether `error` is this one: Go's `errors.Is`.
    #[must_use]
    pub fn is(self, error: &io::Error) -> bool {
        Self::of(error) == Some(self)
    }
}

impl std::error::Error for Error {}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}

/// A body was longer than its limit; what a body limited by
/// [`max_bytes_reader`](crate::max_bytes_reader) reports. Go's `http.MaxBytesError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxBytesError {
    /// The limit, in bytes.
    pub limit: i64,
}

impl MaxBytesError {
    /// The error inside an `io::Error`, if it is one: Go's `errors.As(err, &tooBig)`.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<Self> {
        find(error).copied()
    }
}

impl fmt::Display for MaxBytesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("http: request body too large")
    }
}

impl std::error::Error for MaxBytesError {}

impl From<MaxBytesError> for io::Error {
    fn from(error: MaxBytesError) -> Self {
        Self::new(io::ErrorKind::FileTooLarge, error)
    }
}

/// The status with which a server answers when a handler function ends with this error: 413 for [`MaxBytesError`] and
/// [`Error::MessageTooLarge`], 400 for
/// [`FramingError`] and for forms that are not what the handler asked for, 408 for [`Error::DeadlineExceeded`], else 500. `None` when the client has gone, so that nobody is
/// left to be answered.
///
/// ```
/// use nethttp_core::{MaxBytesError, STATUS_REQUEST_ENTITY_TOO_LARGE, error_status};
///
/// let error = std::io::Error::from(MaxBytesError { limit: 10 });
/// assert_eq!(error_status(&error), Some(STATUS_REQUEST_ENTITY_TOO_LARGE));
/// ```
#[must_use]
pub fn error_status(error: &io::Error) -> Option<StatusCode> {
    if MaxBytesError::of(error).is_some() || Error::MessageTooLarge.is(error) {
        return Some(StatusCode::PAYLOAD_TOO_LARGE);
    }
    if FramingError::of(error).is_some() {
        return Some(StatusCode::BAD_REQUEST);
    }
    match (Error::of(error), error.kind()) {
        (Some(Error::UnexpectedEof), _) => None,
        (Some(Error::LineTooLong | Error::NotMultipart | Error::MissingBoundary | Error::MissingFile), _) => {
            Some(StatusCode::BAD_REQUEST)
        }
        (Some(Error::DeadlineExceeded), _) => Some(StatusCode::REQUEST_TIMEOUT),
        (_, io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe) => None,
        _ => Some(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// A request body that breaks the rules of its framing; the answer is 400. Displays Go's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FramingError {
    text: Cow<'static, str>,
}

impl FramingError {
    /// An error with this text.
    #[must_use]
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into() }
    }

    /// The error inside an `io::Error`, if it is one.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        find(error)
    }
}

impl fmt::Display for FramingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for FramingError {}

impl From<FramingError> for io::Error {
    fn from(error: FramingError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// The error of this type inside `error`, or inside what it came from: Go's `errors.As`.
fn find<E: std::error::Error + 'static>(error: &io::Error) -> Option<&E> {
    let mut at: &(dyn std::error::Error + 'static) = error.get_ref()?;
    loop {
        if let Some(found) = at.downcast_ref() {
            return Some(found);
        }
        at = at.source()?;
    }
}
