//! `Encoder`: the gzip format as bytes in and bytes out, without a sink of its own. Go's `gzip.Writer`.
//!
//! Since the sink is passed with each call, an encoder can be kept in a pool while the writers it serves come and go.
//!
//! RFC 1952; the header is the one that Go writes.

use std::fmt;
use std::io::{self, ErrorKind, Write};

use flate2::{Compress, Compression, FlushCompress, Status};

use crate::deflate::Compressor;
use crate::level::Method;
use crate::{BEST_COMPRESSION, BEST_SPEED, Level};

/// Packs bytes into a gzip stream.
///
/// ```
/// use std::io;
/// use nethttp_core::{Header, ResponseWriter, StatusCode};
/// use nethttp_gzip::{DEFAULT_COMPRESSION, Encoder};
///
/// /// A writer that compresses everything.
/// struct Packing<'a> { inner: &'a mut dyn ResponseWriter, gz: Encoder }
///
/// impl io::Write for Packing<'_> {
///     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
///         self.gz.write_to(self.inner, bytes)?;
///         Ok(bytes.len())
///     }
///     fn flush(&mut self) -> io::Result<()> {
///         self.gz.flush_to(self.inner)?;
///         self.inner.flush()
///     }
/// }
///
/// impl Packing<'_> {
///     fn close(mut self) -> io::Result<()> {
///         self.gz.finish_to(self.inner)
///     }
/// }
/// # let _ = Encoder::new(DEFAULT_COMPRESSION);
/// ```
pub struct Encoder {
    level: Level,
    engine: Engine,
    checksum: crc32fast::Hasher,
    /// Of what was packed, cut to 32 bits as the format has it.
    length: u32,
    phase: Phase,
    /// What has been packed and not yet been handed on.
    out: Vec<u8>,
}

/// What compresses.
enum Engine {
    Own(Box<Compressor>),
    Backend(Compress),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing has been packed, the header included.
    Fresh,
    Packing,
    Finished,
}

impl Encoder {
    /// An encoder of this level. Go's `gzip.NewWriterLevel`.
    #[must_use]
    pub fn new(level: Level) -> Self {
        let engine = match level.method() {
            Method::Own(effort) => Engine::Own(Box::new(Compressor::new(effort))),
            Method::Backend(level) => Engine::Backend(Compress::new(Compression::new(level), false)),
        };
        Self { level, engine, checksum: crc32fast::Hasher::new(), length: 0, phase: Phase::Fresh, out: Vec::new() }
    }

    /// Forgets everything, for the next stream. Go's `Writer.Reset`.
    pub fn reset(&mut self) {
        // It may cost something: tables are cleared.
        if self.phase != Phase::Fresh {
            match &mut self.engine {
                Engine::Own(compressor) => compressor.reset(),
                Engine::Backend(backend) => backend.reset(),
            }
            self.checksum.reset();
            self.length = 0;
            self.phase = Phase::Fresh;
        }
        self.out.clear();
    }

    /// Packs `bytes`; what comes of it so far is written to `w`. Go's `Writer.Write`.
    ///
    /// The first call writes the header, be `bytes` empty.
    ///
    /// # Errors
    ///
    /// Of `w`; [`ErrorKind::InvalidInput`] after the end.
    pub fn write_to<W: Write + ?Sized>(&mut self, w: &mut W, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        loop {
            rest = self.pack(rest)?;
            self.hand_on(w)?;
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    /// Writes what a reader needs to unpack all bytes given so far. Go's `Writer.Flush`.
    ///
    /// # Errors
    ///
    /// As [`write_to`](Self::write_to).
    pub fn flush_to<W: Write + ?Sized>(&mut self, w: &mut W) -> io::Result<()> {
        self.sync()?;
        self.hand_on(w)
    }

    /// Writes the end of the stream. Go's `Writer.Close`, which does not close what is written to.
    ///
    /// # Errors
    ///
    /// As [`write_to`](Self::write_to). A second call writes nothing.
    pub fn finish_to<W: Write + ?Sized>(&mut self, w: &mut W) -> io::Result<()> {
        if self.phase != Phase::Finished {
            self.finish()?;
        }
        self.hand_on(w)
    }

    /// Puts a comment of that many bytes into the header, where readers skip it.
    pub(crate) fn begin_with_padding(&mut self, length: usize) {
        debug_assert_eq!(self.phase, Phase::Fresh);
        self.begin(length);
    }

    /// Packs from the start of `bytes` until about [`PORTION`] has gathered in [`packed`](Self::packed); gives the rest.
    pub(crate) fn pack<'b>(&mut self, bytes: &'b [u8]) -> io::Result<&'b [u8]> {
        match self.phase {
            Phase::Fresh => self.begin(0),
            Phase::Packing => {}
            Phase::Finished => return Err(io::Error::new(ErrorKind::InvalidInput, "gzip: the stream has ended")),
        }
        let mut rest = bytes;
        while !rest.is_empty() && self.out.len() < PORTION {
            let count = match &mut self.engine {
                Engine::Own(compressor) => compressor.feed(rest, &mut self.out),
                Engine::Backend(backend) => step(backend, rest, FlushCompress::None, &mut self.out)?.0,
            };
            self.checksum.update(&rest[..count]);
            self.length = self.length.wrapping_add(count as u32);
            rest = &rest[count..];
        }
        Ok(rest)
    }

    /// Gathers in [`packed`](Self::packed) what a reader needs for all bytes so far.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.pack(&[])?;
        match &mut self.engine {
            Engine::Own(compressor) => compressor.sync(&mut self.out),
            Engine::Backend(backend) => loop {
                let (_, status) = step(backend, &[], FlushCompress::Sync, &mut self.out)?;
                // There is more only when there was no room for it.
                if status == Status::BufError || self.out.len() < self.out.capacity() {
                    break;
                }
            },
        }
        Ok(())
    }

    /// Gathers the end of the stream in [`packed`](Self::packed).
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.pack(&[])?;
        match &mut self.engine {
            Engine::Own(compressor) => compressor.finish(&mut self.out),
            Engine::Backend(backend) => {
                while step(backend, &[], FlushCompress::Finish, &mut self.out)?.1 != Status::StreamEnd {}
            }
        }
        self.out.extend_from_slice(&self.checksum.clone().finalize().to_le_bytes());
        self.out.extend_from_slice(&self.length.to_le_bytes());
        self.phase = Phase::Finished;
        Ok(())
    }

    /// Whether there is a header already.
    pub(crate) const fn has_begun(&self) -> bool {
        !matches!(self.phase, Phase::Fresh)
    }

    /// What has been packed and not been taken.
    pub(crate) fn packed(&self) -> &[u8] {
        &self.out
    }

    /// Says that all of [`packed`](Self::packed) has been taken.
    pub(crate) fn forget_packed(&mut self) {
        self.out.clear();
    }

    fn hand_on<W: Write + ?Sized>(&mut self, w: &mut W) -> io::Result<()> {
        if !self.out.is_empty() {
            w.write_all(&self.out)?;
            self.out.clear();
        }
        Ok(())
    }

    fn begin(&mut self, padding: usize) {
        let speed = match self.level {
            BEST_COMPRESSION => 2,
            BEST_SPEED => 4,
            _ => 0,
        };
        let flags = if padding > 0 { HAS_COMMENT } else { 0 };
        self.out.extend_from_slice(&[0x1f, 0x8b, DEFLATE, flags, 0, 0, 0, 0, speed, UNKNOWN_SYSTEM]);
        if padding > 0 {
            // One of the bytes is the zero that ends the comment.
            self.out.resize(self.out.len() + padding - 1, b' ');
            self.out.push(0);
        }
        self.phase = Phase::Packing;
    }
}

/// One call of the backend: how many bytes it took, and what it says.
fn step(backend: &mut Compress, bytes: &[u8], flush: FlushCompress, out: &mut Vec<u8>) -> io::Result<(usize, Status)> {
    if out.capacity() - out.len() < LEAST_ROOM {
        out.reserve(PORTION);
    }
    let before = backend.total_in();
    let status = backend.compress_vec(bytes, out, flush).map_err(io::Error::other)?;
    // What one call takes is no longer than `bytes`.
    Ok(((backend.total_in() - before) as usize, status))
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("level", &self.level).field("phase", &self.phase).finish_non_exhaustive()
    }
}

/// So much packed output is gathered before it is handed on.
pub(crate) const PORTION: usize = 32 * 1024;
const LEAST_ROOM: usize = 1024;

/// The method of compression.
const DEFLATE: u8 = 8;
/// A flag: there is a comment.
const HAS_COMMENT: u8 = 0x10;
const UNKNOWN_SYSTEM: u8 = 255;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HUFFMAN_ONLY;

    #[test]
    fn what_is_held_has_a_bound() {
        let mut state = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(1 << 20)
        .collect();
        for level in [HUFFMAN_ONLY, BEST_SPEED, Level::default(), BEST_COMPRESSION] {
            let mut encoder = Encoder::new(level);
            for bytes in [&noise[..], &vec![b'x'; 1 << 20], &noise[..300_000]] {
                encoder.write_to(&mut io::sink(), bytes).unwrap();
                encoder.flush_to(&mut io::sink()).unwrap();
                assert!(encoder.out.capacity() <= 256 << 10, "{level:?}: {}", encoder.out.capacity());
            }
        }
    }
}
