//! What a block is made of: literals and matches, in order.

use super::matcher::zeros;
use super::symbols::{DISTANCES, END_OF_BLOCK, FIRST_LENGTH, LENGTH_INDEX, LITERALS, SHORTEST, distance_symbol};

/// A literal, or a length and a distance, in 32 bits.
#[derive(Clone, Copy, Default)]
pub(super) struct Token(u32);

/// What a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Literal(u8),
    Match {
        /// The length, counted from the shortest.
        length_more: u8,
        distance_less_one: u32,
    },
}

const IS_MATCH: u32 = 1 << 31;

impl Token {
    #[inline]
    pub(super) const fn literal(byte: u8) -> Self {
        Self(byte as u32)
    }

    /// `length` is 3 to 258, `distance` 1 to 32,768.
    #[inline]
    pub(super) const fn matching(length: usize, distance: u32) -> Self {
        Self(IS_MATCH | ((length - SHORTEST) as u32 & 0xff) << 16 | (distance - 1) & 0x7fff)
    }

    #[inline]
    pub(super) const fn kind(self) -> Kind {
        if self.0 & IS_MATCH == 0 {
            Kind::Literal(self.0 as u8)
        } else {
            Kind::Match { length_more: (self.0 >> 16) as u8, distance_less_one: self.0 & 0x7fff }
        }
    }
}

/// The tokens of the block that is being made.
pub(super) struct Tokens {
    held: Box<[Token; CAPACITY]>,
    count: usize,
}

/// How often each symbol occurs in a block.
pub(super) struct Frequencies {
    pub(super) literals: [u32; LITERALS],
    pub(super) distances: [u32; DISTANCES],
}

/// A power of two, so that an index needs no check.
const CAPACITY: usize = 1 << 14;
/// What may still be added once the block counts as full.
const SLACK: usize = 128;

impl Tokens {
    pub(super) fn new() -> Self {
        Self { held: zeros(), count: 0 }
    }

    #[inline]
    pub(super) fn push(&mut self, token: Token) {
        debug_assert!(self.count < CAPACITY, "what fills is asked whether it is full often enough");
        self.held[self.count % CAPACITY] = token;
        self.count += 1;
    }

    /// Whether the block is to be written; some tokens more still fit.
    #[inline]
    pub(super) const fn are_full(&self) -> bool {
        self.count >= CAPACITY - SLACK
    }

    pub(super) const fn clear(&mut self) {
        self.count = 0;
    }

    pub(super) fn as_slice(&self) -> &[Token] {
        &self.held[..self.count]
    }

    /// Counts the symbols, the end of the block included.
    pub(super) fn frequencies(&self) -> Frequencies {
        let mut frequencies = Frequencies { literals: [0; LITERALS], distances: [0; DISTANCES] };
        frequencies.literals[END_OF_BLOCK] = 1;
        for token in self.as_slice() {
            match token.kind() {
                Kind::Literal(byte) => frequencies.literals[usize::from(byte)] += 1,
                Kind::Match { length_more, distance_less_one } => {
                    let length = usize::from(LENGTH_INDEX[usize::from(length_more)]);
                    frequencies.literals[FIRST_LENGTH + length] += 1;
                    frequencies.distances[distance_symbol(distance_less_one)] += 1;
                }
            }
        }
        frequencies
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_keep_what_they_stand_for() {
        assert_eq!(Token::literal(255).kind(), Kind::Literal(255));
        for (length, distance) in [(3, 1), (258, 32_768), (4, 32_767), (100, 1000)] {
            let kind = Kind::Match { length_more: (length - 3) as u8, distance_less_one: distance - 1 };
            assert_eq!(Token::matching(length, distance).kind(), kind);
        }
    }
}
