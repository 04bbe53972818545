//! `Input`: bytes read from a connection and not yet used.
//!
//! One flat buffer. Idle connections hold none: an empty `Input` has no allocation, and a loop lends its buffers to the
//! connections that have something to read.

use std::fmt;

/// Bytes that were read, between two cursors.
#[derive(Default)]
pub(crate) struct Input {
    data: Vec<u8>,
    start: usize,
    end: usize,
}

/// The size of a buffer: a request head and a small body in one read.
pub(crate) const INPUT_SIZE: usize = 32 * 1024;

impl Input {
    /// A buffer of the ordinary size.
    pub(crate) fn with_buffer() -> Self {
        Self { data: vec![0; INPUT_SIZE], start: 0, end: 0 }
    }

    /// Whether there is a buffer at all.
    pub(crate) const fn has_buffer(&self) -> bool {
        !self.data.is_empty()
    }

    /// Whether the buffer has the ordinary size, so that it may be lent to another connection.
    pub(crate) const fn is_ordinary(&self) -> bool {
        self.data.len() == INPUT_SIZE
    }

    pub(crate) fn unread(&self) -> &[u8] {
        &self.data[self.start..self.end]
    }

    pub(crate) const fn len(&self) -> usize {
        self.end - self.start
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(crate) fn consume(&mut self, count: usize) {
        debug_assert!(count <= self.len());
        self.start += count;
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Room to read into: never empty. Moves what is there to the front, or doubles the buffer, when there is little.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.data.len() - self.end < MIN_ROOM {
            if self.start > 0 {
                self.data.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            if self.data.len() - self.end < MIN_ROOM {
                self.data.resize((self.data.len() * 2).max(INPUT_SIZE), 0);
            }
        }
        &mut self.data[self.end..]
    }

    /// Says that `count` bytes were read into the room.
    pub(crate) fn filled(&mut self, count: usize) {
        self.end += count;
        debug_assert!(self.end <= self.data.len());
    }

    /// The unread bytes, leaving none.
    pub(crate) fn take_unread(&mut self) -> Vec<u8> {
        let bytes = self.unread().to_vec();
        self.consume(bytes.len());
        bytes
    }
}

/// Less room than this is not worth a system call.
const MIN_ROOM: usize = 2048;

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("len", &self.len()).field("buffer", &self.data.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_in_order_across_moves_and_growth() {
        let mut input = Input::default();
        assert!(!input.has_buffer());
        let mut expected = std::collections::VecDeque::new();
        let mut next = 0_u8;
        for round in 0..200_usize {
            let room = input.room();
            assert!(room.len() >= MIN_ROOM);
            let count = room.len().min(700 + round * 13);
            for byte in &mut room[..count] {
                *byte = next;
                expected.push_back(next);
                next = next.wrapping_add(7);
            }
            input.filled(count);
            let eat = input.len().min(500 + round * 11);
            assert!(input.unread()[..eat].iter().eq(expected.range(..eat)));
            expected.drain(..eat);
            input.consume(eat);
        }
        assert_eq!(input.take_unread(), Vec::from(expected));
        assert!(input.is_empty());
    }
}
