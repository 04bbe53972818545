//! One pass over a path: where its slashes are, whether it has escapes or dots, and its hash.
//!
//! Eight bytes at a time and without a branch for a byte; paths up to 127 bytes keep their slashes as bits of one or two
//! words, longer ones in a list. Nothing is decoded here: a path with escapes is first brought into canonical form
//! ([`Scratch`](crate::scratch::Scratch)).

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
        word(self.bytes, at)
    }

    /// The key of the part between two indices.
    #[inline(always)]
    pub(crate) fn key(&self, start: usize, end: usize) -> Key {
        let length = end.wrapping_sub(start);
        if length > 2 * WORD {
            return self.long_key(start, end);
        }
        // Both words lie inside the text; the last may begin before the part, whose bytes are then shifted down, or go
        // beyond it, which is then cut off.
        let from = end.saturating_sub(WORD);
        let skipped = 8 * start.saturating_sub(from) as u32;
        let half = 4 * length.min(WORD) as u32;
        let tail = (self.word(from) >> (skipped & 63)) & !(u64::MAX << half << half);
        let head = self.word(start.min(self.bytes.len() - WORD));
        Key { head: if length > WORD { head } else { 0 }, tail }
    }

    /// The key of a long part: not all of it, but it depends on all of it.
    #[cold]
    fn long_key(&self, start: usize, end: usize) -> Key {
        let part = self.bytes.get(start..end).unwrap_or(&[]);
        Key { head: Line { bytes: part, len: part.len() }.hash(), tail: word(part, part.len() - WORD) }
    }

    /// Looks for slashes, for a percent sign and, with `DOTS`, for a dot.
    #[inline(always)]
    pub(crate) fn scan<B: Bits, const DOTS: bool>(&self) -> Scan<B> {
        let mut slashes = B::default();
        let (mut percent, mut dot, mut sum) = (0, 0, 0_u64);
        let mut take = |at: usize, factor: u64| {
            let word = self.word(at);
            slashes.add(gather(zero_bytes(word ^ splat(b'/'))), at);
            percent |= zero_byte(word ^ splat(b'%'));
            if DOTS {
                dot |= zero_byte(word ^ splat(b'.'));
            }
            sum = sum.wrapping_add(word.wrapping_mul(factor));
        };
        let last = self.bytes.len() - WORD;
        for index in 0..B::BOUND / WORD {
            if index * WORD >= last {
                break;
            }
            take(index * WORD, FACTORS[index % FACTORS.len()]);
        }
        // The last word overlaps the one before; what is seen twice does no harm.
        take(last, LAST_FACTOR);
        Scan { slashes, hash: finish(sum, self.len), has_percent: percent != 0, has_dot: dot != 0 }
    }

    /// The hash that [`scan`](Self::scan) finds.
    pub(crate) fn hash(&self) -> u64 {
        let last = self.bytes.len() - WORD;
        let factors = FACTORS.iter().cycle();
        let words = (0..last).step_by(WORD).zip(factors).map(|(at, factor)| self.word(at).wrapping_mul(*factor));
        let sum = words.fold(self.word(last).wrapping_mul(LAST_FACTOR), u64::wrapping_add);
        finish(sum, self.len)
    }
}

impl Key {
    /// A number that depends on all bytes; only the high bits of its product with a large odd number are of use.
    #[inline]
    pub(crate) const fn mixed(self) -> u64 {
        self.tail ^ self.head.rotate_left(27)
    }

    /// One of 32 bits.
    #[inline]
    pub(crate) const fn bit(self) -> u32 {
        1 << (self.mixed().wrapping_mul(FACTORS[0]) >> 59)
    }
}

/// A set of indices below some bound.
pub(crate) trait Bits: Ends + Default {
    /// All indices are below this.
    const BOUND: usize;

    /// Adds `at` plus the index of each of the eight low bits of `bits` that is set.
    fn add(&mut self, bits: u64, at: usize);

    /// Takes out 0, the slash that a path begins with; whether it was there.
    fn take_first(&mut self) -> bool;

    /// Whether two indices in it are neighbours.
    fn has_neighbours(self) -> bool;

    fn as_words(self) -> [u64; 2];
}

/// The ends of segments, from left to right.
pub(crate) trait Ends: Copy {
    /// Takes the first out; not to be called if there is none.
    fn next_end(&mut self) -> usize;

    fn is_empty(&self) -> bool;

    fn count(&self) -> u32;
}

impl Ends for u64 {
    #[inline]
    fn next_end(&mut self) -> usize {
        let end = self.trailing_zeros() as usize;
        *self &= self.wrapping_sub(1);
        end
    }

    #[inline]
    fn is_empty(&self) -> bool {
        *self == 0
    }

    fn count(&self) -> u32 {
        self.count_ones()
    }
}

impl Bits for u64 {
    const BOUND: usize = 64;

    #[inline]
    fn add(&mut self, bits: u64, at: usize) {
        *self |= bits << (at & 63);
    }

    #[inline]
    fn take_first(&mut self) -> bool {
        let first = *self & 1;
        *self ^= first;
        first != 0
    }

    #[inline]
    fn has_neighbours(self) -> bool {
        self & (self >> 1) != 0
    }

    #[inline]
    fn as_words(self) -> [u64; 2] {
        [self, 0]
    }
}

impl Ends for [u64; 2] {
    #[inline]
    fn next_end(&mut self) -> usize {
        let [low, high] = self;
        if *low != 0 { low.next_end() } else { 64 + high.next_end() }
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self[0] | self[1] == 0
    }

    fn count(&self) -> u32 {
        self[0].count_ones() + self[1].count_ones()
    }
}

impl Bits for [u64; 2] {
    const BOUND: usize = 128;

    #[inline]
    fn add(&mut self, bits: u64, at: usize) {
        let wide = u128::from(bits) << (at & 127);
        self[0] |= wide as u64;
        self[1] |= (wide >> 64) as u64;
    }

    #[inline]
    fn take_first(&mut self) -> bool {
        self[0].take_first()
    }

    #[inline]
    fn has_neighbours(self) -> bool {
        let [low, high] = self;
        low.has_neighbours() || high.has_neighbours() || low >> 63 & high & 1 != 0
    }

    #[inline]
    fn as_words(self) -> [u64; 2] {
        self
    }
}

impl Ends for &[u32] {
    fn next_end(&mut self) -> usize {
        match self.split_first() {
            Some((&end, rest)) => {
                *self = rest;
                end as usize
            }
            None => 0,
        }
    }

    fn is_empty(&self) -> bool {
        <[u32]>::is_empty(self)
    }

    fn count(&self) -> u32 {
        self.len() as u32
    }
}

pub(crate) const WORD: usize = 8;

/// Odd numbers without a pattern.
pub(crate) const FACTORS: [u64; 8] = [
    0x9e37_79b9_7f4a_7c15,
    0xd6e8_feb8_6659_fd93,
    0xa076_1d64_78bd_642f,
    0xe703_7ed1_a0b4_28db,
    0x8ebc_6af0_9c88_c6e3,
    0x5899_65cc_7537_4cc3,
    0x1d8e_4e27_c47d_124f,
    0xeb44_acca_b455_d165,
];

const LAST_FACTOR: u64 = 0xc2b2_ae3d_27d4_eb4f;

#[inline]
const fn finish(sum: u64, len: usize) -> u64 {
    let sum = sum ^ (len as u64).wrapping_mul(FACTORS[3]);
    (sum ^ (sum >> 32)).wrapping_mul(FACTORS[0])
}

#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + WORD).and_then(|word| word.try_into().ok()).map_or(0, u64::from_le_bytes)
}

#[inline]
const fn splat(byte: u8) -> u64 {
    byte as u64 * 0x0101_0101_0101_0101
}

/// The highest bit of each byte that is 0.
#[inline]
const fn zero_bytes(word: u64) -> u64 {
    const LOW: u64 = splat(0x7f);
    !(((word & LOW) + LOW) | word | LOW)
}

/// Not 0 if some byte is 0.
#[inline]
const fn zero_byte(word: u64) -> u64 {
    word.wrapping_sub(splat(1)) & !word & splat(0x80)
}

/// The highest bits of the eight bytes, side by side.
#[inline]
const fn gather(word: u64) -> u64 {
    word.wrapping_mul(0x0002_0408_1020_4081) >> 56
}
