//! `Compressor`: input buffered, looked through and written in blocks.

use super::block::{Bits, write_block, write_stored};
use super::matcher::{PADDING, Quick, Thorough, View, zeros};
use super::symbols::{LONGEST, WINDOW};
use super::tokens::{Token, Tokens};

/// How much work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Short codes for frequent bytes, and nothing else.
    Codes,
    /// The most recent place is looked at; every fourth run within a match is noted.
    Quickest,
    /// As before, every second.
    Quicker,
    /// As before; and a match is put off for a longer one.
    Quick,
    /// Three places are looked at; every second run within a match is noted.
    Medium,
    /// As before, most runs; and matches are put off for longer ones.
    Thorough,
    /// As before, for longer; and it is looked at what follows a match.
    Persistent,
}

/// Turns bytes into DEFLATE blocks.
pub(crate) struct Compressor {
    effort: Effort,
    finder: Finder,
    /// What matches may reach back to, then what has not been looked at.
    buffer: Box<[u8; CAPACITY + PADDING]>,
    /// So much of the buffer is filled.
    filled: usize,
    /// So much of it has been turned into tokens.
    done: usize,
    /// Where the block begins; `None` when that is no longer in the buffer.
    block_start: Option<usize>,
    /// The place of the buffer's first byte, counted round.
    base: u16,
    /// Runs were noted when the bytes that end them had not come yet.
    has_open_runs: bool,
    tokens: Tokens,
    bits: Bits,
}

enum Finder {
    Nothing,
    Quick(Quick),
    Thorough(Thorough),
}

/// What matches may reach back to, and twice as much new.
const CAPACITY: usize = 3 * WINDOW;

/// So many bytes stay back, so that matches do not end where the input happens to.
const LOOKAHEAD: usize = LONGEST + PADDING;

impl Compressor {
    pub(crate) fn new(effort: Effort) -> Self {
        let finder = match effort {
            Effort::Codes => Finder::Nothing,
            Effort::Quickest | Effort::Quicker | Effort::Quick => Finder::Quick(Quick::new()),
            Effort::Medium | Effort::Thorough | Effort::Persistent => Finder::Thorough(Thorough::new()),
        };
        Self {
            effort,
            finder,
            buffer: zeros(),
            filled: 0,
            done: 0,
            block_start: Some(0),
            base: 0,
            has_open_runs: false,
            tokens: Tokens::new(),
            bits: Bits::default(),
        }
    }

    /// Forgets everything, for the next stream.
    pub(crate) fn reset(&mut self) {
        match &mut self.finder {
            Finder::Nothing => {}
            Finder::Quick(quick) => quick.forget(),
            Finder::Thorough(thorough) => thorough.forget(),
        }
        self.base = 0;
        self.filled = 0;
        self.done = 0;
        self.block_start = Some(0);
        self.has_open_runs = false;
        self.tokens.clear();
        self.bits = Bits::default();
    }

    /// Takes from the start of `bytes` as many as there is room for, one or more, and gives that number; what comes of
    /// it is appended to `out`.
    pub(crate) fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> usize {
        let count = bytes.len().min(CAPACITY - self.filled);
        self.buffer[self.filled..self.filled + count].copy_from_slice(&bytes[..count]);
        self.filled += count;
        if self.filled == CAPACITY {
            self.work(CAPACITY - LOOKAHEAD, out);
            self.slide();
        }
        count
    }

    /// Writes all that was fed, up to a byte's end.
    pub(crate) fn sync(&mut self, out: &mut Vec<u8>) {
        self.work(self.filled, out);
        self.end_block(false, out);
        // An empty block that ends on a byte.
        write_stored(out, &mut self.bits, b"", false);
    }

    /// Writes all that was fed, and the end.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        self.work(self.filled, out);
        self.end_block(true, out);
        self.bits.align(out);
    }

    /// Turns what is buffered up to `until` into tokens, and full blocks into output.
    fn work(&mut self, until: usize, out: &mut Vec<u8>) {
        self.buffer[self.filled..self.filled + PADDING].fill(0);
        self.note_open_runs();
        while self.done < until {
            self.done = self.find(until);
            if self.tokens.are_full() {
                self.end_block(false, out);
            }
        }
        self.has_open_runs = self.done + PADDING > self.filled;
    }

    /// Looks from where the last call ended.
    fn find(&mut self, until: usize) -> usize {
        let view = View { bytes: &*self.buffer, end: self.filled, base: self.base };
        let tokens = &mut self.tokens;
        let from = self.done;
        let mut at = match (&mut self.finder, self.effort) {
            (Finder::Quick(quick), Effort::Quickest) => quick.find::<4, 0>(view, from, until, tokens),
            (Finder::Quick(quick), Effort::Quicker) => quick.find::<2, 0>(view, from, until, tokens),
            (Finder::Quick(quick), _) => quick.find::<2, 16>(view, from, until, tokens),
            (Finder::Thorough(thorough), Effort::Medium) => thorough.find::<0, false>(view, from, until, tokens),
            (Finder::Thorough(thorough), Effort::Thorough) => thorough.find::<24, false>(view, from, until, tokens),
            (Finder::Thorough(thorough), _) => thorough.find::<16, true>(view, from, until, tokens),
            (Finder::Nothing, _) => from,
        };
        // Too little is left for a match, or none is wanted.
        while at < until && !tokens.are_full() {
            if !matches!(self.finder, Finder::Nothing) && at + 4 <= self.filled {
                break;
            }
            tokens.push(Token::literal(self.buffer[at]));
            at += 1;
        }
        at
    }

    /// After a flush: the runs that begin just before it can be told now.
    fn note_open_runs(&mut self) {
        if !std::mem::take(&mut self.has_open_runs) {
            return;
        }
        let view = View { bytes: &*self.buffer, end: self.filled, base: self.base };
        for at in self.done.saturating_sub(PADDING - 1)..self.done {
            match &mut self.finder {
                Finder::Nothing => {}
                Finder::Quick(quick) => quick.note_again(view, at),
                Finder::Thorough(thorough) => thorough.note_again(view, at),
            }
        }
    }

    fn end_block(&mut self, is_last: bool, out: &mut Vec<u8>) {
        if !is_last && self.tokens.as_slice().is_empty() {
            return;
        }
        let raw = self.block_start.map(|start| &self.buffer[start..self.done]);
        write_block(out, &mut self.bits, &self.tokens, raw, is_last);
        self.tokens.clear();
        self.block_start = Some(self.done);
    }

    /// Makes room: only what matches may reach back to stays of what is done.
    fn slide(&mut self) {
        let shift = self.done.saturating_sub(WINDOW);
        self.buffer.copy_within(shift..self.filled, 0);
        self.filled -= shift;
        self.done -= shift;
        self.block_start = self.block_start.and_then(|start| start.checked_sub(shift));
        self.base = self.base.wrapping_add(shift as u16);
    }
}
