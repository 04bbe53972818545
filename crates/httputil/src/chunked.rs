//! The chunked coding by itself: [`ChunkedReader`] and [`ChunkedWriter`]. Go's `httputil.NewChunkedReader` and
//! `NewChunkedWriter`.
//!
//! RFC 9112 section 7.1.
//!
//! Differences: white space behind a chunk's size, and extensions outside the grammar, are errors, as they are in the
//! server.

use std::io::{self, BufRead, ErrorKind, Read, Write};

use nethttp_h1::encode::{CRLF, ChunkHead};
use nethttp_h1::{BodyDecoder, BodyError, BodyKind, BodyStep};

use crate::faults::body_fault;

#[cfg(test)]
mod tests;

/// A reader of the payload that `reader` gives in chunks. Go's `httputil.NewChunkedReader`.
///
/// It ends behind the line of the last chunk: trailer fields and the blank line behind them stay in `reader`, which is
/// to be had again with [`ChunkedReader::into_inner`] (or was given as `&mut`). Handlers have no use for it: the body
/// of a request is decoded already.
///
/// ```
/// use std::io::Read;
/// use nethttp_httputil::new_chunked_reader;
///
/// let mut input = &b"5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n"[..];
/// let mut text = String::new();
/// new_chunked_reader(&mut input).read_to_string(&mut text).unwrap();
/// assert_eq!(text, "hello, world");
/// assert_eq!(input, b"\r\n");
/// ```
pub fn new_chunked_reader<R: BufRead>(reader: R) -> ChunkedReader<R> {
    ChunkedReader { reader, decoder: BodyDecoder::new(BodyKind::Chunked), is_done: false }
}

/// Reads payload out of chunks; made by [`new_chunked_reader`].
///
/// Reads fail with Go's texts: [`Error::UnexpectedEof`](nethttp_core::Error::UnexpectedEof) where the input ends too
/// early, [`Error::LineTooLong`](nethttp_core::Error::LineTooLong), and others for what is no chunk.
#[derive(Debug)]
pub struct ChunkedReader<R> {
    reader: R,
    decoder: BodyDecoder,
    is_done: bool,
}

impl<R> ChunkedReader<R> {
    /// The reader below, which stands behind what has been read.
    pub fn into_inner(self) -> R {
        self.reader
    }
}

impl<R: BufRead> Read for ChunkedReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while !self.is_done && !buf.is_empty() {
            let input = match self.reader.fill_buf() {
                Ok([]) => return Err(body_fault(self.decoder.end_of_input())),
                Ok(input) => input,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            // Framing goes in byte by byte: the decoder knows of trailers, which are to be left alone.
            if let BodyStep::NeedMore { consumed: 0 } = self.decoder.next_up_to(&input[..1], 0).map_err(body_fault)? {
                let BodyStep::Data { start, len } = self.decoder.next_up_to(input, buf.len()).map_err(body_fault)?
                else {
                    continue;
                };
                buf[..len].copy_from_slice(&input[start..start + len]);
                self.reader.consume(start + len);
                return Ok(len);
            }
            self.reader.consume(1);
            self.is_done = self.decoder.interrupted() == Some(BodyError::TrailerEof);
        }
        Ok(0)
    }
}

/// A writer that sends what is written to it to `writer` in chunks, one for each write. Go's
/// `httputil.NewChunkedWriter`.
///
/// [`close`](ChunkedWriter::close) sends the last chunk; trailer fields and the blank line behind them are the
/// caller's. Handlers have no use for it: the server sends long answers in chunks by itself.
///
/// ```
/// use std::io::Write;
/// use nethttp_httputil::new_chunked_writer;
///
/// let mut out = Vec::new();
/// let mut chunks = new_chunked_writer(&mut out);
/// chunks.write_all(b"hello").unwrap();
/// chunks.write_all(b", world").unwrap();
/// chunks.close().unwrap();
/// out.extend_from_slice(b"\r\n");
/// assert_eq!(out, b"5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n");
/// ```
pub const fn new_chunked_writer<W: Write>(writer: W) -> ChunkedWriter<W> {
    ChunkedWriter { writer }
}

/// Writes payload in chunks; made by [`new_chunked_writer`].
#[derive(Debug)]
pub struct ChunkedWriter<W> {
    writer: W,
}

impl<W: Write> ChunkedWriter<W> {
    /// Sends the last chunk, without the blank line that ends the message. Dropping the writer does not.
    ///
    /// # Errors
    ///
    /// Of the writer below.
    pub fn close(&mut self) -> io::Result<()> {
        self.writer.write_all(b"0\r\n")
    }

    /// The writer below.
    pub fn into_inner(self) -> W {
        self.writer
    }
}

impl<W: Write> Write for ChunkedWriter<W> {
    /// Sends `bytes` as one chunk; nothing where there are none, for that would be the last one.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // pitfall D4
        if !bytes.is_empty() {
            self.writer.write_all(ChunkHead::new(bytes.len()).as_bytes())?;
            self.writer.write_all(bytes)?;
            self.writer.write_all(CRLF)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
