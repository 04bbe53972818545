//! `GzipResponseWriter`: the response writer that compresses.
//!
//! Until it is decided what becomes of a response, its first bytes are held back and its header is the handler's; the
//! header is changed at the moment it goes out, and not if it never does. Bytes that are not compressed, and files, pass
//! through.
//!
//! Never ends a stream that was not finished: one that a panic cut short must not look complete.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, ErrorKind, Read, Write};

use nethttp_core::{Conn, Error, Header, Method, ReadWriter, Request, ResponseWriter, StatusCode};
use nethttp_grammar::token::contains_token;

use crate::decide::{Known, Moment, Verdict, decide};
use crate::encoder::PORTION;
use crate::negotiate::{Wish, is_leaving_http};
use crate::pool::PooledEncoder;
use crate::{GzipOptions, tags};

/// Compresses what is written to it, where that is of use, and writes it to another response writer.
///
/// [`Gzip`](crate::Gzip) puts it around handlers. [`finish`](Self::finish) has to be called when the handler has
/// returned: what is dropped without it is cut short.
///
/// ```
/// use nethttp_core::{Request, ResponseWriter, fprintf};
/// use nethttp_gzip::{GzipOptions, GzipResponseWriter};
///
/// static OPTIONS: GzipOptions = GzipOptions::new();
///
/// fn page(w: &mut dyn ResponseWriter, r: &mut Request) {
///     let mut w = GzipResponseWriter::new(w, r, &OPTIONS);
///     fprintf!(&mut w, "<p>{}", "long ".repeat(1000));
///     let _ = w.finish();
/// }
/// ```
#[must_use]
pub struct GzipResponseWriter<'w> {
    inner: &'w mut dyn ResponseWriter,
    options: &'w GzipOptions,
    wish: Wish,
    has_range: bool,
    is_head: bool,
    /// The request's `If-None-Match` with the marks of compressed responses on its tags.
    marked_tags: Option<Vec<u8>>,
    state: State<'w>,
    /// The first bytes of the body, while it is not decided what becomes of them.
    held: Vec<u8>,
    /// The header as it was when the handler fixed it, if the handler has touched it since and it is not out yet.
    fixed: Option<Header>,
}

/// How far the response is.
#[expect(clippy::large_enum_variant, reason = "there is one a response, on the stack")]
enum State<'w> {
    /// The handler has not fixed the status.
    Open,
    /// It has, and nothing has gone out.
    Held(StatusCode),
    /// Everything goes to the inner writer as it is.
    Plain,
    /// Bytes are compressed.
    Packed {
        encoder: PooledEncoder<'w>,
        /// What the header is still to be made of, as long as it is not out.
        head: Option<Head>,
    },
    /// The header is that of a compressed response, whose body nobody asked for.
    HeadOnly,
}

#[derive(Clone, Copy)]
struct Head {
    status: StatusCode,
    sniffed: Option<&'static str>,
}

impl<'w> GzipResponseWriter<'w> {
    /// A writer for the answer to `r`, which ends up in `inner`.
    ///
    /// Tags in the request's `If-None-Match` and `If-Match` that come from a compressed response are given the form
    /// that the handler knows.
    pub fn new(inner: &'w mut dyn ResponseWriter, r: &mut Request, options: &'w GzipOptions) -> Self {
        let marked_tags = tags::unmark(r);
        Self {
            inner,
            options,
            wish: Wish::of(&r.header),
            has_range: r.header.contains_raw("Range"),
            is_head: r.method == Method::HEAD,
            marked_tags,
            state: if is_leaving_http(r) { State::Plain } else { State::Open },
            held: Vec::new(),
            fixed: None,
        }
    }

    /// Sends what is left and the end of the stream.
    ///
    /// # Errors
    ///
    /// Of the inner writer.
    pub fn finish(mut self) -> io::Result<()> {
        if self.is_head {
            // A header alone is all of an answer.
            self.begin();
        }
        self.settle(b"", Moment::End)?;
        let State::Packed { encoder, head } = &mut self.state else {
            return Ok(());
        };
        encoder.finish()?;
        let length = encoder.packed().len();
        if head.is_some() {
            // Fields that follow the body need chunks.
            let has_trailers = has_trailers(self.inner.header()) || self.fixed.as_ref().is_some_and(has_trailers);
            self.start_packed((!has_trailers).then_some(length));
        }
        self.send_packed()
    }

    /// Decides what becomes of the response, if that can be told, and begins with it; `new` follows what is held.
    fn settle(&mut self, new: &[u8], moment: Moment) -> io::Result<()> {
        let State::Held(status) = self.state else {
            return Ok(());
        };
        // Most bodies come in one write, which is not copied.
        if !self.held.is_empty() {
            self.held.extend_from_slice(new);
        }
        let body = if self.held.is_empty() { new } else { &self.held };
        let known = Known {
            status,
            header: self.fixed.as_ref().unwrap_or_else(|| self.inner.header()),
            wish: self.wish,
            has_range: self.has_range,
            is_head: self.is_head,
            body,
            moment,
        };
        match decide(&known, self.options) {
            Verdict::Wait => {
                if self.held.is_empty() {
                    self.held.extend_from_slice(new);
                }
                Ok(())
            }
            Verdict::Pass { varies } => {
                self.start_plain(status, varies);
                let held = std::mem::take(&mut self.held);
                self.write_all(if held.is_empty() { new } else { &held })
            }
            Verdict::Pack { sniffed } => {
                let head = Head { status, sniffed };
                if self.is_head {
                    self.start_head(head, None);
                    self.state = State::HeadOnly;
                    return Ok(());
                }
                // pitfall B4: there is no encoder before there is a byte, or a flush.
                let mut encoder = self.options.pool.get();
                if self.options.padding > 0 {
                    encoder.begin_with_padding(random_up_to(self.options.padding));
                }
                self.state = State::Packed { encoder, head: Some(head) };
                let held = std::mem::take(&mut self.held);
                self.write_all(if held.is_empty() { new } else { &held })
            }
        }
    }

    /// Sends the header of a response whose bytes stay as they are.
    fn start_plain(&mut self, status: StatusCode, varies: bool) {
        let marked_tags = self.marked_tags.take();
        self.write_fixed(status, |header| {
            if varies {
                add_vary(header);
            }
            // pitfall B11: the tag that matched is repeated as the client knows it.
            if status == StatusCode::NOT_MODIFIED
                && let Some(marked) = tags::marked(header.get("Etag").as_bytes())
                && marked_tags.is_some_and(|listed| tags::lists(&listed, &marked))
            {
                header.set("Etag", marked);
            }
        });
        self.state = State::Plain;
    }

    /// Sends the header of a compressed response, `length` bytes long if that is known.
    fn start_head(&mut self, head: Head, length: Option<usize>) {
        self.write_fixed(head.status, |header| {
            if let Some(sniffed) = head.sniffed {
                header.set("Content-Type", sniffed);
            }
            header.set("Content-Encoding", "gzip");
            add_vary(header);
            header.del("Content-Length");
            // A range could only be one of the plain bytes.
            header.del("Accept-Ranges");
            if let Some(marked) = tags::marked(header.get("Etag").as_bytes()) {
                header.set("Etag", marked);
            }
            if let Some(length) = length {
                header.set("Content-Length", length.to_string());
            }
        });
    }

    /// As [`start_head`](Self::start_head), unless the header is out.
    fn start_packed(&mut self, length: Option<usize>) {
        if let State::Packed { head, .. } = &mut self.state
            && let Some(head) = head.take()
        {
            self.start_head(head, length);
        }
    }

    /// Writes the header as the handler fixed it, with `change`; what the handler did to it since stays, for trailers.
    fn write_fixed(&mut self, status: StatusCode, change: impl FnOnce(&mut Header)) {
        let Some(fixed) = self.fixed.take() else {
            change(self.inner.header());
            return self.inner.write_header(status);
        };
        let later = std::mem::replace(self.inner.header(), fixed);
        change(self.inner.header());
        self.inner.write_header(status);
        *self.inner.header() = later;
    }

    fn pack(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while let State::Packed { encoder, .. } = &mut self.state {
            rest = encoder.pack(rest)?;
            if encoder.packed().len() >= PORTION {
                self.start_packed(None);
                self.send_packed()?;
            }
            if rest.is_empty() {
                break;
            }
        }
        Ok(())
    }

    fn send_packed(&mut self) -> io::Result<()> {
        if let State::Packed { encoder, .. } = &mut self.state {
            if !encoder.packed().is_empty() {
                self.inner.write_all(encoder.packed())?;
            }
            encoder.forget_packed();
        }
        Ok(())
    }

    /// Fixes the status, as the first write does.
    fn begin(&mut self) {
        if matches!(self.state, State::Open) {
            self.state = State::Held(StatusCode::OK);
        }
    }

    /// Whether the header has gone to the inner writer.
    const fn is_out(&self) -> bool {
        matches!(self.state, State::Plain | State::HeadOnly | State::Packed { head: None, .. })
    }
}

impl Write for GzipResponseWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begin();
        match self.state {
            State::Plain => return self.inner.write(bytes),
            State::Packed { .. } => self.pack(bytes)?,
            State::HeadOnly => {}
            State::Held(_) | State::Open => self.settle(bytes, Moment::During)?,
        }
        Ok(bytes.len())
    }

    // pitfall B8
    fn flush(&mut self) -> io::Result<()> {
        self.begin();
        self.settle(b"", Moment::Flush)?;
        if let State::Packed { encoder, .. } = &mut self.state {
            // Before the first byte there is only the header to be sent. (pitfall B12)
            if encoder.has_begun() {
                encoder.sync()?;
            }
            self.start_packed(None);
            self.send_packed()?;
        }
        self.inner.flush()
    }
}

impl ResponseWriter for GzipResponseWriter<'_> {
    fn header(&mut self) -> &mut Header {
        let is_fixed = !matches!(self.state, State::Open);
        if is_fixed && !self.is_out() && self.fixed.is_none() {
            self.fixed = Some(self.inner.header().clone());
        }
        self.inner.header()
    }

    fn write_header(&mut self, status: StatusCode) {
        match self.state {
            State::Open if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS => {
                self.inner.write_header(status);
            }
            State::Open => {
                self.state = State::Held(status);
                // Nothing is written yet, so that nothing fails.
                let _ = self.settle(b"", Moment::During);
            }
            // The inner writer says that it is one too many.
            State::Plain => self.inner.write_header(status),
            State::Held(_) | State::Packed { .. } | State::HeadOnly => {}
        }
    }

    fn write_string(&mut self, text: &[u8]) -> io::Result<usize> {
        if let State::Plain = self.state { self.inner.write_string(text) } else { self.write(text) }
    }

    fn read_from(&mut self, source: &mut dyn Read) -> (u64, Option<io::Error>) {
        let mut copied = 0;
        let mut buf = Vec::new();
        while !matches!(self.state, State::Plain) {
            buf.resize(PORTION, 0);
            let step = match source.read(&mut buf) {
                Ok(0) => return (copied, None),
                Ok(count) => self.write_all(&buf[..count]).map(|()| copied += count as u64),
                Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = step {
                return (copied, Some(error));
            }
        }
        let (rest, error) = self.inner.read_from(source);
        (copied + rest, error)
    }

    /// Passes a file on whose bytes stay as they are; others have to be read to be compressed.
    fn send_file(&mut self, file: &File, offset: u64, length: u64) -> io::Result<u64> {
        if matches!(self.state, State::Open) {
            self.begin();
            self.settle(b"", Moment::During)?;
        }
        if let State::Plain = self.state {
            return self.inner.send_file(file, offset, length);
        }
        Err(Error::NotSupported.into())
    }

    fn unwrap(&mut self) -> Option<&mut dyn ResponseWriter> {
        Some(self.inner)
    }

    /// Hands the connection on; what had been written goes out before that.
    fn hijack(&mut self) -> io::Result<(Conn, ReadWriter)> {
        if !matches!(self.state, State::Open | State::Plain) && self.can_hijack() {
            self.flush()?;
        }
        let hijacked = self.inner.hijack()?;
        self.state = State::Plain;
        Ok(hijacked)
    }

    fn fail(&mut self, error: io::Error) {
        // What was held back is given up: the client gets a proper error, or a stream without an end.
        self.state = State::Plain;
        self.held = Vec::new();
        self.fixed = None;
        self.inner.fail(error);
    }
}

impl fmt::Debug for GzipResponseWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Open => "open",
            State::Held(_) => "held",
            State::Plain => "plain",
            State::Packed { .. } => "packed",
            State::HeadOnly => "head only",
        };
        f.debug_struct("GzipResponseWriter").field("state", &state).field("wish", &self.wish).finish_non_exhaustive()
    }
}

/// Says that the response depends on what the client accepts.
fn add_vary(header: &mut Header) {
    let is_said = |value: &nethttp_core::Text| {
        contains_token(value.as_bytes(), "Accept-Encoding") || contains_token(value.as_bytes(), "*")
    };
    if !header.values_raw("Vary").any(is_said) {
        header.add("Vary", "Accept-Encoding");
    }
}

/// Whether fields are to follow the body.
fn has_trailers(header: &Header) -> bool {
    header.contains_raw("Trailer") || header.unsorted().any(|(name, _)| name.starts_with("Trailer:"))
}

/// A number from 1 to `most` that nobody can foretell.
fn random_up_to(most: usize) -> usize {
    let random = RandomState::new().build_hasher().finish();
    1 + (random % most as u64) as usize
}
