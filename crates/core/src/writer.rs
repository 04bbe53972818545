//! `ResponseWriter`: how a handler answers. Go's `http.ResponseWriter` with what Go keeps in optional interfaces.
//!
//! Go's `Flusher`, `Hijacker` and `ResponseController` are methods here. Those that change no body bytes forward to what
//! [`unwrap`](ResponseWriter::unwrap) gives, so that a wrapper need not mention them; at the bottom they answer
//! [`Error::NotSupported`]. Sending a file and reading from a source are not forwarded: a wrapper may change the bytes.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::time::Instant;

use http::StatusCode;

use crate::body::TooLargeSignal;
use crate::{Conn, Error, Header, ReadWriter};

/// Assembles the response to one request.
///
/// The first `write`, or [`write_header`](Self::write_header), fixes the status and the header; what is written before
/// the handler returns, up to 2,048 bytes, goes out with a `Content-Length`, more than that in chunks. `io::Write::flush`
/// is Go's `Flusher`: it sends what there is, the header first. (`BufWriter::flush` and the like pass the flush on, and
/// so commit the header too.)
///
/// ```
/// use nethttp_core::{Request, ResponseWriter, STATUS_CREATED, fprintf};
///
/// fn create(w: &mut dyn ResponseWriter, _r: &mut Request) {
///     w.header().set("Location", "/items/7");
///     w.write_header(STATUS_CREATED);
///     fprintf!(w, "created\n");
/// }
/// ```
///
/// A wrapper gives its inner writer in `unwrap` and overrides what it changes:
///
/// ```
/// use std::io::{self, Write};
/// use nethttp_core::{Header, ResponseWriter, StatusCode};
///
/// struct Counting<'a> { inner: &'a mut dyn ResponseWriter, bytes: usize }
///
/// impl Write for Counting<'_> {
///     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
///         let count = self.inner.write(bytes)?;
///         self.bytes += count;
///         Ok(count)
///     }
///     fn flush(&mut self) -> io::Result<()> {
///         self.inner.flush()
///     }
/// }
///
/// impl ResponseWriter for Counting<'_> {
///     fn header(&mut self) -> &mut Header {
///         self.inner.header()
///     }
///     fn write_header(&mut self, status: StatusCode) {
///         self.inner.write_header(status);
///     }
///     fn unwrap(&mut self) -> Option<&mut dyn ResponseWriter> {
///         Some(self.inner)
///     }
/// }
/// ```
pub trait ResponseWriter: Write + Send {
    /// The header that goes out with the response; changes after it has been written have no effect, but for trailers.
    fn header(&mut self) -> &mut Header;

    /// Sends an informational (1xx) header, or fixes the final status; a second final status is ignored and logged.
    ///
    /// Nothing is sent by a final status alone before the body, a flush or the handler's end.
    fn write_header(&mut self, status: StatusCode);

    /// Writes a string: Go's `io.WriteString`. Chunk boundaries of long strings are those of Go's `WriteString`, which
    /// are not those of its `Write`.
    ///
    /// # Errors
    ///
    /// As `write`.
    fn write_string(&mut self, text: &[u8]) -> io::Result<usize> {
        self.write(text)
    }

    /// Writes all that `source` gives: Go's `ReadFrom`, which its `io.Copy` finds. Gives the bytes written and what ended
    /// the copying early. The default copies through `write` in pieces of 32 KiB.
    fn read_from(&mut self, source: &mut dyn Read) -> (u64, Option<io::Error>) {
        crate::io::copy_through(self, source)
    }

    /// Writes `length` bytes of `file` from `offset` on, without copying them where the system can. The file's own
    /// position is neither used nor moved. The default is unsupported, and [`io::copy`](crate::io::copy) then reads and
    /// writes instead.
    ///
    /// # Errors
    ///
    /// [`Error::NotSupported`], or as `write`.
    fn send_file(&mut self, file: &File, offset: u64, length: u64) -> io::Result<u64> {
        let _ = (file, offset, length);
        Err(Error::NotSupported.into())
    }

    /// The writer that this one wraps, if it wraps one. Go's `Unwrap`.
    fn unwrap(&mut self) -> Option<&mut dyn ResponseWriter> {
        None
    }

    /// Whether `flush` reaches the client: Go's `w.(http.Flusher)`.
    fn can_flush(&mut self) -> bool {
        self.unwrap().is_some_and(|inner| inner.can_flush())
    }

    /// Whether the connection can be taken over: Go's `w.(http.Hijacker)`.
    fn can_hijack(&mut self) -> bool {
        self.unwrap().is_some_and(|inner| inner.can_hijack())
    }

    /// Takes the connection over from the server, with what had been read of it. Go's `Hijack`.
    ///
    /// # Errors
    ///
    /// [`Error::NotSupported`]; [`Error::Hijacked`] the second time.
    fn hijack(&mut self) -> io::Result<(Conn, ReadWriter)> {
        self.unwrap().map_or_else(|| Err(Error::NotSupported.into()), |inner| inner.hijack())
    }

    /// Sets the moment at which reads of the request body end with an error; `None` for never.
    ///
    /// # Errors
    ///
    /// [`Error::NotSupported`].
    fn set_read_deadline(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        self.unwrap().map_or_else(|| Err(Error::NotSupported.into()), |inner| inner.set_read_deadline(deadline))
    }

    /// Sets the moment at which writes of the response end with an error; `None` for never.
    ///
    /// # Errors
    ///
    /// [`Error::NotSupported`].
    fn set_write_deadline(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        self.unwrap().map_or_else(|| Err(Error::NotSupported.into()), |inner| inner.set_write_deadline(deadline))
    }

    /// Lets the handler read the body after it has begun to answer, which else finds the body skipped.
    ///
    /// # Errors
    ///
    /// [`Error::NotSupported`].
    fn enable_full_duplex(&mut self) -> io::Result<()> {
        self.unwrap().map_or_else(|| Err(Error::NotSupported.into()), |inner| inner.enable_full_duplex())
    }

    /// Ends the response after a handler has failed: the status that belongs to the error where nothing has been sent, else
    /// the connection is cut.
    fn fail(&mut self, error: io::Error) {
        if let Some(inner) = self.unwrap() {
            inner.fail(error);
        } else {
            crate::error(self, "Internal Server Error", StatusCode::INTERNAL_SERVER_ERROR);
        }
    }

    /// What [`max_bytes_reader`](crate::max_bytes_reader) tells that its limit was exceeded.
    #[doc(hidden)]
    fn too_large_signal(&mut self) -> TooLargeSignal {
        self.unwrap().map_or_else(TooLargeSignal::default, |inner| inner.too_large_signal())
    }
}

/// Go's `http.ResponseController`, for code that is ported as it stands: each method is the writer's own.
///
/// ```
/// use nethttp_core::{Request, ResponseController, ResponseWriter, fprintf};
///
/// fn ticks(w: &mut dyn ResponseWriter, _r: &mut Request) {
///     for tick in 0..3 {
///         fprintf!(w, "tick {tick}\n");
///         let _ = ResponseController::new(w).flush();
///     }
/// }
/// ```
pub struct ResponseController<'a> {
    writer: &'a mut dyn ResponseWriter,
}

/// A controller of `writer`. Go's `http.NewResponseController`; the same as [`ResponseController::new`].
pub fn new_response_controller(writer: &mut dyn ResponseWriter) -> ResponseController<'_> {
    ResponseController::new(writer)
}

impl<'a> ResponseController<'a> {
    /// A controller of `writer`. Go's `NewResponseController`.
    pub fn new(writer: &'a mut dyn ResponseWriter) -> Self {
        Self { writer }
    }

    /// Sends what has been written.
    ///
    /// # Errors
    ///
    /// [`Error::NotSupported`] where the writer cannot flush; else of the connection.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.writer.can_flush() { self.writer.flush() } else { Err(Error::NotSupported.into()) }
    }

    /// As [`ResponseWriter::hijack`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn hijack(&mut self) -> io::Result<(Conn, ReadWriter)> {
        self.writer.hijack()
    }

    /// As [`ResponseWriter::set_read_deadline`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn set_read_deadline(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        self.writer.set_read_deadline(deadline)
    }

    /// As [`ResponseWriter::set_write_deadline`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn set_write_deadline(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        self.writer.set_write_deadline(deadline)
    }

    /// As [`ResponseWriter::enable_full_duplex`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn enable_full_duplex(&mut self) -> io::Result<()> {
        self.writer.enable_full_duplex()
    }
}

impl fmt::Debug for ResponseController<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseController").finish_non_exhaustive()
    }
}
