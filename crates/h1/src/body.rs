//! Request bodies: from the bytes behind a head to payload, trailers and the end.
//!
//! The decoder never takes a byte behind the end of the message, and nothing behind a fault: what it has not consumed
//! belongs to the next request, or to nobody. It keeps no payload.
//!
//! RFC 9112 sections 6 and 7; Go's `body`, `io.LimitedReader` under it, `internal.chunkedReader` and `body.readTrailer`.
//!
//! Differences: see [`BodyError::is_strict_only`].

use crate::chunked::{Overhead, SizeLine};
use crate::limits::{Limits, MAX_TRAILER_BYTES};
use crate::trailer;

mod error;

pub use error::BodyError;

/// How a request body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum BodyKind {
    /// No body.
    #[default]
    None,
    /// That many bytes, more than 0 and less than 2^63.
    Length(u64),
    /// Chunks, and trailers behind them.
    Chunked,
}

/// What a call of [`BodyDecoder::next`] found. Positions are offsets into its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum BodyStep {
    /// Payload: `input[start..start + len]`. All up to its end is consumed.
    Data {
        /// Where the payload begins; what stands before it was framing.
        start: usize,
        /// How long it is, at least 1.
        len: usize,
    },
    /// The input was framing, or empty. Come again with what follows the first `consumed` bytes.
    NeedMore {
        /// All of the input, unless [`BodyDecoder::next_up_to`] was called with 0.
        consumed: usize,
    },
    /// The body is over.
    End {
        /// What belonged to the body.
        consumed: usize,
    },
}

/// Decodes one request body.
///
/// ```
/// use nethttp_h1::{BodyDecoder, BodyKind, BodyStep};
///
/// let input = b"5\r\nhello\r\n0\r\n\r\nGET";
/// let mut decoder = BodyDecoder::new(BodyKind::Chunked);
/// assert_eq!(decoder.next(input), Ok(BodyStep::Data { start: 3, len: 5 }));
/// assert_eq!(decoder.next(&input[8..]), Ok(BodyStep::End { consumed: 7 }));
/// assert!(decoder.is_done());
/// ```
#[derive(Clone, Debug)]
pub struct BodyDecoder {
    state: State,
    overhead: Overhead,
    /// The trailer section so far. Invariant: at most `MAX_TRAILER_BYTES`.
    section: Vec<u8>,
    trailers: Vec<(Vec<u8>, Vec<u8>)>,
    max_trailers: usize,
}

#[derive(Clone, Debug)]
enum State {
    /// Bytes left, without chunks.
    Length(u64),
    SizeLine(SizeLine),
    /// Bytes left of a chunk, at least 1.
    Chunk(u64),
    /// Behind the payload of a chunk: its line end, whose first byte may have come.
    ChunkEnd(Option<u8>),
    Trailer,
    Done,
    Failed(BodyError),
}

impl BodyDecoder {
    /// A decoder for a body framed by `kind`, with Go's default bound on trailer fields.
    #[must_use]
    pub fn new(kind: BodyKind) -> Self {
        Self::with_limits(kind, &Limits::default())
    }

    /// A decoder that takes as many trailer fields as `limits` allow field lines.
    #[must_use]
    pub fn with_limits(kind: BodyKind, limits: &Limits) -> Self {
        let state = match kind {
            BodyKind::None => State::Done,
            BodyKind::Length(length) => State::Length(length),
            BodyKind::Chunked => State::SizeLine(SizeLine::default()),
        };
        Self {
            state,
            overhead: Overhead::default(),
            section: Vec::new(),
            trailers: Vec::new(),
            max_trailers: limits.max_field_lines,
        }
    }

    /// Looks for the next piece of payload in `input`, which begins where the last step stopped.
    ///
    /// # Errors
    ///
    /// The framing is broken. The same error comes from every later call; nothing in the input may be interpreted.
    #[inline]
    pub fn next(&mut self, input: &[u8]) -> Result<BodyStep, BodyError> {
        self.next_up_to(input, usize::MAX)
    }

    /// [`next`](Self::next) with at most `max_len` bytes of payload. With 0 it stops where payload begins.
    ///
    /// # Errors
    ///
    /// Those of [`next`](Self::next).
    pub fn next_up_to(&mut self, input: &[u8], max_len: usize) -> Result<BodyStep, BodyError> {
        let mut at = 0;
        loop {
            if let State::Length(left) | State::Chunk(left) = &mut self.state
                && *left > 0
            {
                let len = (input.len() - at).min(max_len).min(usize::try_from(*left).unwrap_or(usize::MAX));
                if len == 0 {
                    return Ok(BodyStep::NeedMore { consumed: at });
                }
                *left -= len as u64;
                if let State::Chunk(0) = self.state {
                    self.state = State::ChunkEnd(None);
                }
                return Ok(BodyStep::Data { start: at, len });
            }
            match &self.state {
                State::Length(_) | State::Done => return Ok(BodyStep::End { consumed: at }),
                State::Failed(error) => return Err(error.clone()),
                _ => {}
            }
            let Some(&byte) = input.get(at) else {
                return Ok(BodyStep::NeedMore { consumed: at });
            };
            at += 1;
            if let Err(error) = self.push_framing(byte) {
                self.state = State::Failed(error.clone());
                return Err(error);
            }
        }
    }

    /// Takes a byte that is not payload.
    fn push_framing(&mut self, byte: u8) -> Result<(), BodyError> {
        match &mut self.state {
            State::SizeLine(line) => match line.push(byte, &mut self.overhead) {
                None => {}
                Some(Ok(0)) => self.state = State::Trailer,
                Some(Ok(size)) => self.state = State::Chunk(size),
                Some(Err(error)) => return Err(error),
            },
            // Go reads two bytes before it compares.
            State::ChunkEnd(first @ None) => *first = Some(byte),
            State::ChunkEnd(Some(b'\r')) if byte == b'\n' => self.state = State::SizeLine(SizeLine::default()),
            State::ChunkEnd(Some(_)) => return Err(BodyError::MalformedChunk),
            State::Trailer => self.push_trailer(byte)?,
            State::Length(_) | State::Chunk(_) | State::Done | State::Failed(_) => {}
        }
        Ok(())
    }

    fn push_trailer(&mut self, byte: u8) -> Result<(), BodyError> {
        self.section.push(byte);
        if self.section == b"\r\n" {
            self.state = State::Done;
        } else if self.section.ends_with(b"\r\n\r\n") {
            let section = std::mem::take(&mut self.section);
            trailer::parse_section(&section, self.max_trailers, &mut self.trailers)?;
            self.state = State::Done;
        } else if self.section.len() == MAX_TRAILER_BYTES {
            return Err(BodyError::TrailerTooLong);
        }
        Ok(())
    }

    /// What a read reports when the input ended before the body did. Every later call of [`next`](Self::next) fails.
    pub fn end_of_input(&mut self) -> BodyError {
        let error = match &self.state {
            State::Failed(error) => error.clone(),
            _ => self.interrupted().unwrap_or(BodyError::UnexpectedEof),
        };
        self.state = State::Failed(error.clone());
        error
    }

    /// What a read reports instead of an error of the connection (a deadline, a reset), where Go hides that error.
    ///
    /// That is so within a trailer section; `None` elsewhere.
    #[must_use]
    pub fn interrupted(&self) -> Option<BodyError> {
        match self.state {
            State::Trailer if self.section.len() < 2 => Some(BodyError::TrailerEof),
            State::Trailer => Some(BodyError::TrailerTooLong),
            _ => None,
        }
    }

    /// Whether all payload has been handed out, but the trailer section behind it is not complete.
    #[must_use]
    pub const fn is_in_trailer(&self) -> bool {
        matches!(self.state, State::Trailer)
    }

    /// The payload that is still to come; `None` when the framing does not tell (chunks before their end).
    #[must_use]
    pub const fn remaining_hint(&self) -> Option<u64> {
        match self.state {
            State::Length(left) => Some(left),
            State::Done => Some(0),
            _ => None,
        }
    }

    /// Whether the whole body has been consumed, trailers included. With a known length this is so as soon as the last
    /// byte of payload has been handed out.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.state, State::Length(0) | State::Done)
    }

    /// The trailer fields, in the order they came; names spelled canonically. Empty before the end, and the second time.
    #[must_use]
    pub fn take_trailers(&mut self) -> Vec<(Vec<u8>, Vec<u8>)> {
        std::mem::take(&mut self.trailers)
    }
}

#[cfg(test)]
mod tests;
