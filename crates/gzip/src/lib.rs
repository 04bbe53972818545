//! Compressed responses: [`Gzip`] wraps a handler, [`GzipResponseWriter`] a response writer, [`Encoder`] packs bytes for
//! who writes a wrapper of their own.
//!
//! A response is compressed when that is of use and does no harm; [`GzipOptions`] says when. The decision falls once,
//! before the first byte goes out, and until then nothing is changed.
//!
//! The crate never sees a socket. Go has a compressor (`compress/gzip`) and no such handler; levels and their names are
//! Go's.
//!
//! ```
//! use nethttp_core::{Handler, fprintf, handler_func};
//! use nethttp_gzip::{BEST_SPEED, Gzip};
//!
//! let pages = || handler_func(|w, r| fprintf!(w, "<p>{}", r.url.path));
//! let plain: Box<dyn Handler> = Box::new(Gzip::new(pages()));
//! let tuned: Box<dyn Handler> = Box::new(Gzip::new(pages()).level(BEST_SPEED).min_size(0));
//! ```

#![forbid(unsafe_code)]

mod decide;
mod deflate;
mod encoder;
mod handler;
mod level;
mod media;
mod negotiate;
mod options;
mod pool;
mod tags;
mod writer;

pub use encoder::Encoder;
pub use handler::Gzip;
pub use level::{BEST_COMPRESSION, BEST_SPEED, DEFAULT_COMPRESSION, HUFFMAN_ONLY, InvalidLevel, Level, NO_COMPRESSION};
pub use media::is_compressible;
pub use options::GzipOptions;
pub use pool::{EncoderPool, PooledEncoder};
pub use writer::GzipResponseWriter;
