//! Requests outside a server: [`dump_request`] prints one, [`read_request`] and [`RequestReader`] read them from any
//! source, [`new_chunked_reader`] and [`new_chunked_writer`] speak the chunked coding.
//!
//! Go's package `net/http/httputil`, and `http.ReadRequest`. No sockets here: what reads takes a
//! [`BufRead`](std::io::BufRead), what writes a [`Write`](std::io::Write).

#![forbid(unsafe_code)]

mod body;
mod chunked;
mod dump;
mod faults;
mod read_request;

pub use chunked::{ChunkedReader, ChunkedWriter, new_chunked_reader, new_chunked_writer};
pub use dump::dump_request;
pub use faults::RequestError;
pub use nethttp_core::ERR_LINE_TOO_LONG;
pub use read_request::{MAX_BUFFERED_BODY, RequestReader, read_request};
