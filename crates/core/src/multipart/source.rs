//! The buffer between a multipart reader and what it reads from.
//!
//! Never holds more than [`CAPACITY`] bytes. An error of the source, like its end, is there for good.

use std::io::{self, ErrorKind, Read};

use crate::{Error, FramingError, MaxBytesError};

/// As much as a line outside of the parts may have, as in Go.
pub(super) const CAPACITY: usize = 4096;

pub(super) struct Source<R> {
    reader: R,
    buffer: Box<[u8]>,
    /// What is buffered and not yet consumed: `buffer[start..end]`.
    start: usize,
    end: usize,
    ended: Option<Ended>,
}

enum Ended {
    Eof,
    /// The error as the source gave it, until somebody was told, and a copy.
    Failed(Option<io::Error>, io::Error),
}

/// What an attempt to buffer more came to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pulled {
    More,
    /// Nothing comes any more.
    Ended,
    /// There is no room.
    Full,
}

/// A line, up to and with its line feed, or what is left before the end of the source.
pub(super) enum Line {
    Whole(Vec<u8>),
    Cut(Vec<u8>),
}

impl<R: Read> Source<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, buffer: vec![0; CAPACITY].into(), start: 0, end: 0, ended: None }
    }

    pub(super) fn buffered(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.start += count;
        debug_assert!(self.start <= self.end);
    }

    /// Whether nothing can come any more behind what is buffered.
    pub(super) const fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Reads more behind what is buffered.
    pub(super) fn pull(&mut self) -> Pulled {
        if self.has_ended() {
            return Pulled::Ended;
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == CAPACITY {
            return Pulled::Full;
        }
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = Some(Ended::Eof),
                Ok(count) => {
                    self.end += count;
                    return Pulled::More;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    let copy = again(&error);
                    self.ended = Some(Ended::Failed(Some(error), copy));
                }
            }
            return Pulled::Ended;
        }
    }

    /// The error that ended the source, if it was one.
    pub(super) fn check(&mut self) -> io::Result<()> {
        match &mut self.ended {
            Some(Ended::Failed(first, copy)) => Err(first.take().unwrap_or_else(|| again(copy))),
            _ => Ok(()),
        }
    }

    /// As [`pull`](Self::pull); whether there is more now.
    fn fill(&mut self) -> io::Result<bool> {
        match self.pull() {
            Pulled::More => Ok(true),
            Pulled::Ended => self.check().map(|()| false),
            Pulled::Full => Err(full()),
        }
    }

    /// The next byte, without consuming it.
    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        if self.buffered().is_empty() && !self.fill()? {
            return Ok(None);
        }
        Ok(self.buffered().first().copied())
    }

    /// The next line; it must fit the buffer.
    pub(super) fn line(&mut self) -> io::Result<Line> {
        let mut searched = 0;
        loop {
            let buffered = self.buffered();
            if let Some(feed) = buffered[searched..].iter().position(|&byte| byte == b'\n') {
                let line = buffered[..=searched + feed].to_vec();
                self.consume(line.len());
                return Ok(Line::Whole(line));
            }
            searched = buffered.len();
            if !self.fill()? {
                let rest = self.buffered().to_vec();
                self.consume(rest.len());
                return Ok(Line::Cut(rest));
            }
        }
    }

    /// The next line without its line end, which the end of the source is too; nothing when only that is left.
    ///
    /// Fails with [`Error::MessageTooLarge`] where the line is longer than `limit`. An error of the source comes behind
    /// what was read before it.
    pub(super) fn bounded_line(&mut self, limit: usize) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let mut is_whole = false;
        while !is_whole && (!self.buffered().is_empty() || self.pull() == Pulled::More) {
            let buffered = self.buffered();
            let feed = buffered.iter().position(|&byte| byte == b'\n');
            let count = feed.map_or(buffered.len(), |feed| feed + 1);
            line.extend_from_slice(&buffered[..count]);
            self.consume(count);
            is_whole = feed.is_some();
            // The line end does not count.
            if line.len() > limit.saturating_add(2) {
                break;
            }
        }
        if line.is_empty() {
            return self.check().map(|()| None);
        }
        if is_whole {
            line.pop();
            line.pop_if(|last| *last == b'\r');
        }
        if line.len() > limit {
            return Err(Error::MessageTooLarge.into());
        }
        Ok(Some(line))
    }
}

/// More than the buffer takes, in Go's words.
pub(super) fn full() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "bufio: buffer full")
}

/// The same error once more. `io::Error` cannot be cloned; those with a name stay what they are.
pub(super) fn again(error: &io::Error) -> io::Error {
    if let Some(named) = Error::of(error) {
        return named.into();
    }
    if let Some(too_large) = MaxBytesError::of(error) {
        return too_large.into();
    }
    if let Some(framing) = FramingError::of(error) {
        return framing.clone().into();
    }
    io::Error::new(error.kind(), error.to_string())
}
