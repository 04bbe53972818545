//! `Gzip`: a handler that compresses what another one answers.

use std::fmt;

use nethttp_core::{Handler, Request, ResponseWriter};

use crate::negotiate::is_leaving_http;
use crate::{GzipOptions, GzipResponseWriter, Level};

/// Compresses the answers of a handler, for clients that take gzip.
///
/// Left as they are: what is short, already encoded, of a type that does not shrink, marked `no-transform`, a range or
/// the answer to a request for one, without a body; and requests that leave HTTP (WebSocket, `CONNECT`). A flush reaches
/// the client; a connection can be hijacked; a handler that panics leaves a stream without an end.
///
/// ```
/// use nethttp_core::{Handler, fprintf, handler_func};
/// use nethttp_gzip::{BEST_SPEED, Gzip};
///
/// let pages = || handler_func(|w, r| fprintf!(w, "<p>{}", r.url.path));
/// let with_defaults: Box<dyn Handler> = Box::new(Gzip::new(pages()));
/// let quick_and_eager: Box<dyn Handler> = Box::new(Gzip::new(pages()).level(BEST_SPEED).min_size(0));
/// ```
#[must_use]
pub struct Gzip<H> {
    next: H,
    options: GzipOptions,
}

impl<H: Handler> Gzip<H> {
    /// Compresses what `next` answers, with the defaults.
    pub const fn new(next: H) -> Self {
        Self { next, options: GzipOptions::new() }
    }

    /// As [`new`](Self::new), with other options.
    pub const fn with_options(next: H, options: GzipOptions) -> Self {
        Self { next, options }
    }

    /// See [`GzipOptions::level`]. Default: [`DEFAULT_COMPRESSION`](crate::DEFAULT_COMPRESSION).
    pub fn level(mut self, level: Level) -> Self {
        self.options = self.options.level(level);
        self
    }

    /// See [`GzipOptions::min_size`]. Default: 1024.
    pub fn min_size(mut self, bytes: usize) -> Self {
        self.options = self.options.min_size(bytes);
        self
    }

    /// See [`GzipOptions::content_types`]. Default: [`is_compressible`](crate::is_compressible).
    pub fn content_types(mut self, filter: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.options = self.options.content_types(filter);
        self
    }

    /// See [`GzipOptions::padding`]. Default: 0.
    pub fn padding(mut self, most: usize) -> Self {
        self.options = self.options.padding(most);
        self
    }
}

impl<H: Handler> Handler for Gzip<H> {
    fn serve_http(&self, w: &mut dyn ResponseWriter, r: &mut Request) {
        if is_leaving_http(r) {
            return self.next.serve_http(w, r);
        }
        let mut packing = GzipResponseWriter::new(w, r, &self.options);
        self.next.serve_http(&mut packing, r);
        // A client that has gone is no fault of the handler.
        let _ = packing.finish();
    }
}

impl<H> fmt::Debug for Gzip<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gzip").field("options", &self.options).finish_non_exhaustive()
    }
}
