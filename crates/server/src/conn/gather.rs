//! `Gather`: how much of what was written Go would still hold back, to write it with what comes.
//!
//! Go's server puts a `bufio.Writer` of 4 KiB before the socket. What it holds is not seen by the client until more is
//! written or the answer is flushed; a handler that pauses or fails shows where that buffer stood. Nothing is kept here:
//! this only counts.

/// The count of bytes in Go's buffer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gather(usize);

/// Go's buffer.
const SIZE: usize = 4096;

impl Gather {
    /// The bytes at the end that are held.
    pub(crate) const fn held(self) -> usize {
        self.0
    }

    /// Small writes: the buffer goes out whenever one does not fit.
    pub(crate) const fn add_pieces(&mut self, length: usize) {
        self.0 += length;
        if self.0 > SIZE {
            self.0 = (self.0 - 1) % SIZE + 1;
        }
    }

    /// One write: what it does not fit into goes out, and the rest passes by the buffer if it is larger than that.
    pub(crate) const fn add_one(&mut self, length: usize) {
        let room = SIZE - self.0;
        if length <= room {
            self.0 += length;
            return;
        }
        let rest = if self.0 == 0 { length } else { length - room };
        self.0 = if rest > SIZE { 0 } else { rest };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_as_bufio_does() {
        let held = |writes: &[usize]| {
            let mut gather = Gather::default();
            writes.iter().for_each(|&length| gather.add_one(length));
            gather.held()
        };
        assert_eq!(held(&[100, 3996]), 4096);
        assert_eq!(held(&[100, 3997]), 1);
        assert_eq!(held(&[4096]), 4096);
        assert_eq!(held(&[4097]), 0);
        assert_eq!(held(&[100, 8092]), 4096);
        assert_eq!(held(&[100, 8093]), 0);
        assert_eq!(held(&[100, 8093, 2]), 2);
        assert_eq!(held(&[4096, 1]), 1);
        let mut gather = Gather::default();
        gather.add_pieces(4096);
        assert_eq!(gather.held(), 4096);
        gather.add_pieces(4097);
        assert_eq!(gather.held(), 1);
    }
}
