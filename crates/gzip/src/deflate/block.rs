//! Writes a block: with codes of its own, with the fixed codes, or as it is, whichever is shortest.
//!
//! RFC 1951 sections 3.2.3 to 3.2.7.

use super::huffman::{Code, LONGEST_CODE, code_lengths, codes};
use super::symbols::{
    DISTANCE_SYMBOLS, DISTANCES, END_OF_BLOCK, FIRST_LENGTH, LENGTH_INDEX, LENGTHS, LITERALS, LONGEST, SHORTEST,
    Symbol, distance_symbol,
};
use super::tokens::{Frequencies, Kind, Tokens};

/// Bits on their way into bytes.
#[derive(Default)]
pub(super) struct Bits {
    /// Invariant: bits from `count` on are zero.
    held: u64,
    /// Invariant: below 8 between calls.
    count: u32,
}

impl Bits {
    /// Appends up to 48 bits.
    #[inline]
    fn put(&mut self, out: &mut Vec<u8>, bits: u64, count: u32) {
        self.held |= bits << self.count;
        self.count += count;
        let whole = self.count / 8;
        out.extend_from_slice(&self.held.to_le_bytes()[..whole as usize]);
        self.held >>= 8 * whole;
        self.count %= 8;
    }

    /// Fills the byte that has been begun.
    pub(super) fn align(&mut self, out: &mut Vec<u8>) {
        if self.count > 0 {
            out.push(self.held as u8);
        }
        *self = Self::default();
    }
}

/// Kinds of blocks, as the header has them.
const STORED: u64 = 0;
const FIXED: u64 = 1;
const DYNAMIC: u64 = 2;

/// Writes the tokens as a block. `raw` is what they stand for, if it is still there.
pub(super) fn write_block(out: &mut Vec<u8>, bits: &mut Bits, tokens: &Tokens, raw: Option<&[u8]>, is_last: bool) {
    let frequencies = tokens.frequencies();
    let own = OwnCodes::of(&frequencies);
    let extra = extra_bits(&frequencies);
    let own_size = own.header_size + own.lengths.size(&frequencies) + extra;
    let fixed_size = FIXED_LENGTHS.size(&frequencies) + extra;
    if let Some(raw) = raw
        && 8 * (raw.len() as u64 + 5 * (1 + raw.len() as u64 / LONGEST_STORED as u64)) < own_size.min(fixed_size)
    {
        return write_stored(out, bits, raw, is_last);
    }
    let last = u64::from(is_last);
    if fixed_size <= own_size {
        bits.put(out, last | FIXED << 1, 3);
        write_tokens(out, bits, tokens, &FIXED_LENGTHS, fixed_size);
    } else {
        bits.put(out, last | DYNAMIC << 1, 3);
        own.write_header(out, bits);
        write_tokens(out, bits, tokens, &own.lengths, own_size);
    }
}

/// Writes bytes as they are, in as many blocks as that takes.
pub(super) fn write_stored(out: &mut Vec<u8>, bits: &mut Bits, raw: &[u8], is_last: bool) {
    let mut rest = raw;
    loop {
        let (now, later) = rest.split_at(rest.len().min(LONGEST_STORED));
        bits.put(out, u64::from(is_last && later.is_empty()) | STORED << 1, 3);
        bits.align(out);
        let length = now.len() as u16;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(now);
        rest = later;
        if rest.is_empty() {
            return;
        }
    }
}

const LONGEST_STORED: usize = 0xffff;

/// The lengths of the codes of a block.
struct CodeLengths {
    literals: [u8; LITERALS],
    distances: [u8; DISTANCES],
}

static FIXED_LENGTHS: CodeLengths = {
    let mut literals = [8; LITERALS];
    let mut at = 144;
    while at < 256 {
        literals[at] = 9;
        at += 1;
    }
    while at < 280 {
        literals[at] = 7;
        at += 1;
    }
    CodeLengths { literals, distances: [5; DISTANCES] }
};

impl CodeLengths {
    /// How many bits all symbols take, without those that follow them.
    fn size(&self, frequencies: &Frequencies) -> u64 {
        fn sum(frequencies: &[u32], lengths: &[u8]) -> u64 {
            frequencies.iter().zip(lengths).map(|(&frequency, &length)| u64::from(frequency) * u64::from(length)).sum()
        }
        sum(&frequencies.literals, &self.literals) + sum(&frequencies.distances, &self.distances)
    }
}

/// How many bits follow the symbols to tell their values apart.
fn extra_bits(frequencies: &Frequencies) -> u64 {
    let lengths = frequencies.literals[FIRST_LENGTH..].iter().zip(&LENGTHS);
    let distances = frequencies.distances.iter().zip(&DISTANCE_SYMBOLS);
    lengths.chain(distances).map(|(&frequency, symbol)| u64::from(frequency) * u64::from(symbol.extra_bits)).sum()
}

/// Codes made for a block, and how its header tells them.
struct OwnCodes {
    lengths: CodeLengths,
    literal_count: usize,
    distance_count: usize,
    /// The lengths, runs put together.
    steps: [Step; LITERALS + DISTANCES],
    step_count: usize,
    step_lengths: [u8; STEP_SYMBOLS],
    /// How many lengths of codes for steps there are.
    order_count: usize,
    /// In bits.
    header_size: u64,
}

/// A length, or a run of lengths.
#[derive(Clone, Copy, Default)]
struct Step {
    symbol: u8,
    extra: u8,
}

const STEP_SYMBOLS: usize = 19;
const REPEAT: u8 = 16;
const FEW_ZEROS: u8 = 17;
const MANY_ZEROS: u8 = 18;

/// How many bits follow a step.
const fn step_extra_bits(symbol: u8) -> u32 {
    match symbol {
        REPEAT => 2,
        FEW_ZEROS => 3,
        MANY_ZEROS => 7,
        _ => 0,
    }
}

/// The order in which the lengths of codes for steps are written.
const ORDER: [usize; STEP_SYMBOLS] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

impl OwnCodes {
    fn of(frequencies: &Frequencies) -> Self {
        let lengths = CodeLengths {
            literals: code_lengths(&frequencies.literals, LONGEST_CODE),
            distances: code_lengths(&frequencies.distances, LONGEST_CODE),
        };
        let count = |lengths: &[u8], least| {
            lengths.iter().rposition(|&length| length > 0).map_or(least, |at| at + 1).max(least)
        };
        let literal_count = count(&lengths.literals, FIRST_LENGTH);
        let distance_count = count(&lengths.distances, 1);
        let mut own = Self {
            literal_count,
            distance_count,
            steps: [Step::default(); LITERALS + DISTANCES],
            step_count: 0,
            step_lengths: [0; STEP_SYMBOLS],
            order_count: 0,
            header_size: 0,
            lengths,
        };
        let mut all = [0; LITERALS + DISTANCES];
        all[..literal_count].copy_from_slice(&own.lengths.literals[..literal_count]);
        all[literal_count..literal_count + distance_count].copy_from_slice(&own.lengths.distances[..distance_count]);
        own.find_steps(&all[..literal_count + distance_count]);
        own
    }

    fn find_steps(&mut self, lengths: &[u8]) {
        for run in lengths.chunk_by(|left, right| left == right) {
            let mut left = run.len();
            let length = run[0];
            if length == 0 {
                while left >= 11 {
                    self.step(MANY_ZEROS, 11, left.min(138), &mut left);
                }
                if left >= 3 {
                    self.step(FEW_ZEROS, 3, left, &mut left);
                }
            } else {
                self.step(length, 1, 1, &mut left);
                while left >= 3 {
                    self.step(REPEAT, 3, left.min(6), &mut left);
                }
            }
            while left > 0 {
                self.step(length, 1, 1, &mut left);
            }
        }
        let mut frequencies = [0; STEP_SYMBOLS];
        for step in &self.steps[..self.step_count] {
            frequencies[usize::from(step.symbol)] += 1;
        }
        self.step_lengths = code_lengths(&frequencies, 7);
        self.order_count =
            ORDER.iter().rposition(|&symbol| self.step_lengths[symbol] > 0).map_or(4, |at| at + 1).max(4);
        let size = |step: &Step| {
            u64::from(self.step_lengths[usize::from(step.symbol)]) + u64::from(step_extra_bits(step.symbol))
        };
        let steps: u64 = self.steps[..self.step_count].iter().map(size).sum();
        self.header_size = 14 + 3 * self.order_count as u64 + steps;
    }

    /// Adds a step for `count` lengths, of which a run of this symbol has `least` or more.
    fn step(&mut self, symbol: u8, least: usize, count: usize, left: &mut usize) {
        self.steps[self.step_count] = Step { symbol, extra: (count - least) as u8 };
        self.step_count += 1;
        *left -= count;
    }

    fn write_header(&self, out: &mut Vec<u8>, bits: &mut Bits) {
        bits.put(out, (self.literal_count - FIRST_LENGTH) as u64, 5);
        bits.put(out, (self.distance_count - 1) as u64, 5);
        bits.put(out, (self.order_count - 4) as u64, 4);
        for &symbol in &ORDER[..self.order_count] {
            bits.put(out, u64::from(self.step_lengths[symbol]), 3);
        }
        let step_codes = codes(&self.step_lengths);
        for step in &self.steps[..self.step_count] {
            let Code { bits: code, length } = step_codes[usize::from(step.symbol)];
            bits.put(
                out,
                u64::from(code) | u64::from(step.extra) << length,
                u32::from(length) + step_extra_bits(step.symbol),
            );
        }
    }
}

/// Bits to be written, 24 at the most, above their number in the low byte.
#[derive(Clone, Copy, Default)]
struct Packed(u32);

impl Packed {
    fn new(code: Code, extra: u32, extra_bits: u8) -> Self {
        let bits = u32::from(code.bits) | extra << code.length;
        Self(bits << 8 | u32::from(code.length + extra_bits))
    }

    #[inline]
    fn bits(self) -> u64 {
        u64::from(self.0 >> 8)
    }

    #[inline]
    const fn count(self) -> u32 {
        self.0 & 0xff
    }
}

/// Writes tokens and the end of the block, which take `size` bits or fewer.
fn write_tokens(out: &mut Vec<u8>, bits: &mut Bits, tokens: &Tokens, lengths: &CodeLengths, size: u64) {
    let literal_codes = codes(&lengths.literals);
    let distance_codes = codes(&lengths.distances).map(|code| Packed::new(code, 0, 0));
    let mut literals = [Packed::default(); 256];
    for (packed, &code) in literals.iter_mut().zip(&literal_codes) {
        *packed = Packed::new(code, 0, 0);
    }
    // A length's code and what follows it are known together.
    let mut matches = [Packed::default(); LONGEST - SHORTEST + 1];
    for (more, packed) in matches.iter_mut().enumerate() {
        let index = usize::from(LENGTH_INDEX[more]);
        let symbol = LENGTHS[index];
        let extra = (more + SHORTEST) as u32 - u32::from(symbol.first);
        *packed = Packed::new(literal_codes[FIRST_LENGTH + index], extra, symbol.extra_bits);
    }

    let start = out.len();
    // Eight bytes are written at a time, of which as many count as have been filled.
    out.resize(start + (size / 8) as usize + 16, 0);
    let room = &mut out[start..];
    let (mut held, mut count, mut at) = (bits.held, bits.count, 0);
    for token in tokens.as_slice() {
        match token.kind() {
            Kind::Literal(byte) => {
                let packed = literals[usize::from(byte)];
                held |= packed.bits() << count;
                count += packed.count();
            }
            Kind::Match { length_more, distance_less_one } => {
                let packed = matches[usize::from(length_more)];
                held |= packed.bits() << count;
                count += packed.count();
                let symbol = distance_symbol(distance_less_one);
                let packed = distance_codes[symbol];
                let Symbol { first, extra_bits } = DISTANCE_SYMBOLS[symbol];
                let extra = u64::from(distance_less_one + 1 - u32::from(first));
                held |= (packed.bits() | extra << packed.count()) << count;
                count += packed.count() + u32::from(extra_bits);
            }
        }
        // A match takes 48 bits at the most, and seven may be left from before.
        room[at..at + 8].copy_from_slice(&held.to_le_bytes());
        let whole = count / 8;
        at += whole as usize;
        held >>= 8 * whole;
        count %= 8;
    }
    out.truncate(start + at);
    *bits = Bits { held, count };
    let end = literal_codes[END_OF_BLOCK];
    bits.put(out, u64::from(end.bits), u32::from(end.length));
}
