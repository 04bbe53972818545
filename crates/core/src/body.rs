//! `Body`: what comes behind the head of a request, read as a stream.
//!
//! A body is a handle: clones read from the same stream, so that a copied request
//! ([`Request::with_context`](crate::Request::with_context)) shares it. Reading an empty body allocates nothing.
//!
//! Go: `Request.Body`, `http.NoBody`, `http.MaxBytesReader`.

use std::fmt;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use crate::{Error, Header, MaxBytesError, ResponseWriter};

/// A source of body bytes. Implemented by servers, and by whoever wraps a body.
pub trait BodyStream: Send {
    /// Reads as [`Read::read`] does; 0 at the end of the body.
    ///
    /// # Errors
    ///
    /// What the stream says; see [`Body`].
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize>;

    /// Gives the body up; what is left of it may be skipped. The default does nothing.
    ///
    /// # Errors
    ///
    /// What the stream says.
    fn close(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// The trailer fields, once the end has been read; taken out of the stream. The default has none.
    fn take_trailer(&mut self) -> Option<Header> {
        None
    }

    /// Whether [`max_bytes_reader`] limits the stream, so that a form needs no limit of its own.
    #[doc(hidden)]
    fn is_limited(&self) -> bool {
        false
    }
}

/// The body of a request.
///
/// Reads give Go's errors: [`Error::BodyReadAfterClose`], [`Error::UnexpectedEof`] where the client stopped early,
/// [`FramingError`](crate::FramingError) where the chunks are malformed, [`MaxBytesError`] behind
/// [`max_bytes_reader`].
///
/// ```
/// use std::io::Read;
/// use nethttp_core::Body;
///
/// let mut body = Body::from("hello");
/// let mut text = String::new();
/// body.read_to_string(&mut text).unwrap();
/// assert_eq!(text, "hello");
/// assert!(Body::none().is_none());
/// ```
#[derive(Clone, Default)]
pub struct Body {
    stream: Option<Arc<Mutex<dyn BodyStream>>>,
}

/// The body of a request that has none. Go's `http.NoBody`.
pub const NO_BODY: Body = Body::none();

impl Body {
    /// The body of a request that has none. Go's `http.NoBody`.
    #[must_use]
    pub const fn none() -> Self {
        Self { stream: None }
    }

    /// A body that reads from `stream`.
    pub fn new(stream: impl BodyStream + 'static) -> Self {
        Self::shared(Arc::new(Mutex::new(stream)))
    }

    /// A body that reads from a stream somebody else holds too.
    pub fn shared(stream: Arc<Mutex<dyn BodyStream>>) -> Self {
        Self { stream: Some(stream) }
    }

    /// A body that reads from any reader. Go's `io.NopCloser`.
    pub fn from_reader(reader: impl Read + Send + 'static) -> Self {
        Self::new(Plain(reader))
    }

    /// Whether there is no body at all (Go's `r.Body == http.NoBody`), as against an empty one.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.stream.is_none()
    }

    /// The body, leaving none behind, so that it can be wrapped.
    ///
    /// Where `std::io::Read` is in scope, its own `take` comes first in the method syntax: write
    /// `Body::take(&mut r.body)` there.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Gives the body up; later reads fail with [`Error::BodyReadAfterClose`]. Go's `Body.Close`.
    ///
    /// # Errors
    ///
    /// What the stream says.
    pub fn close(&mut self) -> io::Result<()> {
        self.with(BodyStream::close).unwrap_or(Ok(()))
    }

    pub(crate) fn is_limited(&self) -> bool {
        self.with(|stream| stream.is_limited()).unwrap_or(false)
    }

    pub(crate) fn take_trailer(&self) -> Option<Header> {
        self.with(BodyStream::take_trailer).flatten()
    }

    fn with<R>(&self, act: impl FnOnce(&mut (dyn BodyStream + 'static)) -> R) -> Option<R> {
        let stream = self.stream.as_ref()?;
        Some(act(&mut *stream.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Read for Body {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.with(|stream| stream.read(buf)).unwrap_or(Ok(0))
    }
}

impl BodyStream for Body {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Read::read(self, buf)
    }

    fn close(&mut self) -> io::Result<()> {
        Self::close(self)
    }

    fn take_trailer(&mut self) -> Option<Header> {
        Self::take_trailer(self)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_none() { "Body::none()" } else { "Body(..)" })
    }
}

macro_rules! body_from {
    ($($source:ty),*) => {$(
        impl From<$source> for Body {
            fn from(bytes: $source) -> Self {
                Self::from_reader(io::Cursor::new(bytes))
            }
        }
    )*};
}

body_from!(String, Vec<u8>, &'static str, &'static [u8]);

/// A reader as a body.
struct Plain<R>(R);

impl<R: Read + Send> BodyStream for Plain<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

/// Limits `body` to `limit` bytes: a read beyond fails with [`MaxBytesError`], and the connection is closed after the
/// answer. Go's `http.MaxBytesReader`.
///
/// A negative limit counts as 0.
///
/// ```
/// use nethttp_core::{Request, ResponseWriter, io, max_bytes_reader};
///
/// fn upload(w: &mut dyn ResponseWriter, r: &mut Request) {
///     r.body = max_bytes_reader(w, r.body.take(), 1 << 20);
///     let (_data, err) = io::read_all(&mut r.body);
///     if err.is_some() {
///         nethttp_core::error(w, "too large", nethttp_core::STATUS_REQUEST_ENTITY_TOO_LARGE);
///     }
/// }
/// ```
pub fn max_bytes_reader(w: &mut dyn ResponseWriter, body: Body, limit: i64) -> Body {
    let limit = limit.max(0);
    Body::new(MaxBytes { body, limit, left: limit.unsigned_abs(), exceeded: w.too_large_signal(), failed: None })
}

/// Tells the server that a limit was exceeded, so that it closes the connection after the answer.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct TooLargeSignal(Option<Arc<std::sync::atomic::AtomicBool>>);

impl TooLargeSignal {
    /// A signal that sets `flag`.
    #[must_use]
    pub const fn new(flag: Arc<std::sync::atomic::AtomicBool>) -> Self {
        Self(Some(flag))
    }

    fn raise(&self) {
        if let Some(flag) = &self.0 {
            flag.store(true, std::sync::atomic::Ordering::Release);
        }
    }
}

struct MaxBytes {
    body: Body,
    limit: i64,
    left: u64,
    exceeded: TooLargeSignal,
    failed: Option<Failure>,
}

#[derive(Clone, Copy)]
enum Failure {
    TooLarge,
    Named(Error),
    Other(io::ErrorKind),
}

impl MaxBytes {
    fn fail(&mut self, error: io::Error) -> io::Error {
        self.failed = Some(Error::of(&error).map_or(Failure::Other(error.kind()), Failure::Named));
        error
    }

    fn too_large(&self) -> io::Error {
        MaxBytesError { limit: self.limit }.into()
    }
}

impl BodyStream for MaxBytes {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.failed {
            Some(Failure::TooLarge) => return Err(self.too_large()),
            Some(Failure::Named(error)) => return Err(error.into()),
            Some(Failure::Other(kind)) => return Err(kind.into()),
            None if buf.is_empty() => return Ok(0),
            None => {}
        }
        if self.left == 0 {
            // One byte more than allowed has to be seen before the body counts as too large: it may end just here.
            let mut probe = [0];
            return match Read::read(&mut self.body, &mut probe) {
                Ok(0) => Ok(0),
                Ok(_) => {
                    self.failed = Some(Failure::TooLarge);
                    self.exceeded.raise();
                    Err(self.too_large())
                }
                Err(error) => Err(self.fail(error)),
            };
        }
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        match Read::read(&mut self.body, &mut buf[..want]) {
            Ok(count) => {
                self.left -= count as u64;
                Ok(count)
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    fn close(&mut self) -> io::Result<()> {
        self.body.close()
    }

    fn take_trailer(&mut self) -> Option<Header> {
        self.body.take_trailer()
    }

    fn is_limited(&self) -> bool {
        true
    }
}
