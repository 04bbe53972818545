//! One pass over a path: where its slashes are, whether it has escapes or dots, and its hash.
//!
//! Eight bytes at a time and without a branch for a byte; paths up to 127 bytes keep their slashes as bits of one or two
//! words, longer ones in a list. Nothing is decoded here: a path with escapes is first brought into canonical form
//! ([`Scratch`](crate::scratch::Scratch)).

use crate::bits::Bits;

/// A path, or another text, from which words can be read: if it is shorter than a word it is padded.
#[derive(Clone, Copy)]
pub(crate) struct Line<'p> {
    /// Invariant: at least [`WORD`] bytes, and exactly `len` if that is as many.
    bytes: &'p [u8],
    len: usize,
}

/// What [`Line::scan`] finds.
pub(crate) struct Scan<B> {
    pub(crate) slashes: B,
    pub(crate) hash: u64,
    /// Whether there is a percent sign, or a byte that differs from one in the highest bit only; as the next one.
    pub(crate) has_percent: bool,
    pub(crate) has_dot: bool,
}

/// A segment as edges are compared by: up to two words this, with the length, is all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Key {
    /// The first word; 0 if the last holds all, and a hash if two words do not.
    pub(crate) head: u64,
    pub(crate) tail: u64,
}

impl<'p> Line<'p> {
    /// `text`, or its copy in `pad`, which must be 0, if it is shorter than a word.
    #[inline]
    pub(crate) fn new(text: &'p [u8], pad: &'p mut [u8; WORD]) -> Self {
        let len = text.len();
        if len >= WORD {
            return Self { bytes: text, len };
        }
        for (to, from) in pad.iter_mut().zip(text) {
            *to = *from;
        }
        Self { bytes: pad, len }
    }

    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The text itself, without padding.
    #[inline]
    pub(crate) fn text(&self) -> &'p [u8] {
        self.bytes.get(..self.len).unwrap_or(self.bytes)
    }

    /// Eight bytes from `at`, the first in the lowest bits; 0 past the end, which no caller reaches.
    #[inline]
    fn word(&self, at: usize) -> u64 {
        match self.bytes.get(at..).and_then(<[u8]>::first_chunk) {
            Some(word) => u64::from_le_bytes(*word),
            None => 0,
        }
    }

    /// The key of the part between two indices.
    #[inline(always)]
    pub(crate) fn key(&self, start: usize, end: usize) -> Key {
        let length = end.wrapping_sub(start);
        if length > 2 * WORD {
            return self.long_key(start, end);
        }
        // All words lie inside the text: near its end the last word is read, and what is before the part shifted out.
        let from = start.min(self.bytes.len().wrapping_sub(WORD));
        let first = self.word(from) >> ((8 * (start - from) as u32) & 63);
        if length > WORD {
            Key { head: first, tail: self.word(end - WORD) }
        } else {
            Key { head: 0, tail: first & LOW_BYTES[length] }
        }
    }

    /// The key of a long part: not all of it, but it depends on all of it.
    #[cold]
    fn long_key(&self, start: usize, end: usize) -> Key {
        let part = self.bytes.get(start..end).unwrap_or(&[]);
        let line = Line { bytes: part, len: part.len() };
        Key { head: line.hash(), tail: line.word(part.len() - WORD) }
    }

    /// Looks for slashes, for a percent sign and, with `DOTS`, for a dot.
    #[inline(always)]
    pub(crate) fn scan<B: Bits, const DOTS: bool>(&self) -> Scan<B> {
        let mut others = B::default();
        let (mut percent, mut dot, mut sum) = (u64::MAX, u64::MAX, 0_u64);
        let mut take = |word: u64, at: usize| {
            others.add(gather((differing(word, b'/') | word) & HIGH), at);
            percent &= differing(word, b'%');
            if DOTS {
                dot &= differing(word, b'.');
            }
            sum = fold(sum, word);
        };
        for (index, word) in self.bytes.as_chunks().0.iter().enumerate() {
            take(u64::from_le_bytes(*word), WORD * index);
        }
        // The last word overlaps the one before; what is seen twice does no harm.
        let last = self.bytes.len().wrapping_sub(WORD);
        take(self.word(last), last);
        Scan {
            slashes: others.missing(self.bytes.len()),
            hash: finish(sum, self.len),
            has_percent: percent & HIGH != HIGH,
            has_dot: DOTS && dot & HIGH != HIGH,
        }
    }

    /// The hash that [`scan`](Self::scan) finds.
    pub(crate) fn hash(&self) -> u64 {
        let words = self.bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word));
        let last = self.word(self.bytes.len().wrapping_sub(WORD));
        finish(words.chain([last]).fold(0, fold), self.len)
    }
}

impl Key {
    /// A number that depends on all bytes, its high bits more than its low ones.
    #[inline]
    pub(crate) const fn hash(self) -> u64 {
        let product = (self.tail ^ self.head.rotate_left(27)).wrapping_mul(FACTORS[0]);
        product ^ product >> 32
    }

    /// One of 32 bits.
    #[inline]
    pub(crate) const fn bit(self) -> u32 {
        1 << (self.hash() >> 59)
    }
}

pub(crate) const WORD: usize = 8;

/// Odd numbers without a pattern.
pub(crate) const FACTORS: [u64; 3] = [0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93, 0xe703_7ed1_a0b4_28db];

/// Takes one word into a hash. Each depends on the one before, which also keeps the compiler from doing several at once
/// with vector instructions: without a vector product of 64 bits they make the scan slower.
#[inline]
const fn fold(sum: u64, word: u64) -> u64 {
    (sum.rotate_left(23) ^ word).wrapping_mul(FACTORS[1])
}

#[inline]
const fn finish(sum: u64, len: usize) -> u64 {
    let sum = sum ^ (len as u64).wrapping_mul(FACTORS[2]);
    (sum ^ (sum >> 32)).wrapping_mul(FACTORS[0])
}

#[inline]
const fn splat(byte: u8) -> u64 {
    byte as u64 * 0x0101_0101_0101_0101
}

/// The highest bit of each byte tells whether it is another than `byte`, which must be ASCII, not counting the highest bit
/// itself; the other bits are of no use.
#[inline]
const fn differing(word: u64, byte: u8) -> u64 {
    ((word & !HIGH) ^ splat(byte)) + !HIGH
}

const HIGH: u64 = splat(0x80);

/// By their number, the low bytes of a word.
const LOW_BYTES: [u64; WORD + 1] =
    [0, 0xff, 0xffff, 0xff_ffff, 0xffff_ffff, 0xff_ffff_ffff, 0xffff_ffff_ffff, 0xff_ffff_ffff_ffff, u64::MAX];

/// The highest bits of the eight bytes, side by side.
#[inline]
const fn gather(word: u64) -> u64 {
    word.wrapping_mul(0x0002_0408_1020_4081) >> 56
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of all lengths that are read in different ways, with slashes here and there.
    fn texts() -> impl Iterator<Item = Vec<u8>> {
        let byte = |at: usize, turn: usize| match at * 7 + turn * 13 {
            number if number % 5 == 0 => b'/',
            number if number % 11 == 1 => 0xc0 | (number % 64) as u8,
            number => b'a' + (number % 26) as u8,
        };
        (0..=140).flat_map(move |length| (0..4).map(move |turn| (0..length).map(|at| byte(at, turn)).collect()))
    }

    fn slashes<B: Bits>(text: &[u8]) -> Option<(Vec<usize>, u64)> {
        if text.len() >= B::BOUND {
            return None;
        }
        let mut pad = [0; WORD];
        let scan = Line::new(text, &mut pad).scan::<B, true>();
        let mut rest = scan.slashes;
        let mut found = Vec::new();
        while !rest.is_empty() {
            found.push(rest.next_end());
        }
        Some((found, scan.hash))
    }

    #[test]
    fn all_slashes_are_found() {
        for text in texts() {
            let expected: Vec<_> = (0..text.len()).filter(|&at| text[at] == b'/').collect();
            let mut pad = [0; WORD];
            let hash = Line::new(&text, &mut pad).hash();
            for (found, scanned) in [slashes::<u64>(&text), slashes::<[u64; 2]>(&text)].into_iter().flatten() {
                assert_eq!(found, expected, "{text:?}");
                assert_eq!(scanned, hash, "{text:?}");
            }
        }
    }

    #[test]
    fn signs_are_found_wherever_they_are() {
        for length in 1..127 {
            for at in 0..length {
                for (sign, expected) in [(b'%', (true, false)), (b'.', (false, true)), (b'$', (false, false))] {
                    let mut text = vec![b'a'; length];
                    text[at] = sign;
                    let mut pad = [0; WORD];
                    let scan = Line::new(&text, &mut pad).scan::<[u64; 2], true>();
                    assert_eq!((scan.has_percent, scan.has_dot), expected, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn keys_tell_all_bytes_apart() {
        let whole: Vec<u8> = (0..60).map(|number| b'A' + number).collect();
        let mut pads = [[0; WORD]; 2];
        for length in 1..40 {
            for start in 0..20 {
                let part = &whole[start..start + length];
                let [first, second] = &mut pads;
                let key = Line::new(&whole, first).key(start, start + length);
                let alone = Line::new(part, second).key(0, length);
                pads = [[0; WORD]; 2];
                assert_eq!(key, alone, "the surroundings of {part:?} do not count");
                for at in 0..length {
                    let mut other = part.to_vec();
                    other[at] ^= 0x80;
                    let mut pad = [0; WORD];
                    let changed = Line::new(&other, &mut pad).key(0, length);
                    assert_ne!(changed, key, "byte {at} of {part:?}");
                }
            }
        }
    }
}
