//! The symbols that stand for lengths and distances, and the bits that follow them.
//!
//! RFC 1951 section 3.2.5.

/// How many literal and length symbols there are. The last two stand for nothing, but have their share in the fixed
/// codes.
pub(super) const LITERALS: usize = 288;
/// How many symbols stand for lengths.
const LENGTH_SYMBOLS: usize = 29;
/// How many distance symbols there are.
pub(super) const DISTANCES: usize = 30;
/// The symbol that ends a block.
pub(super) const END_OF_BLOCK: usize = 256;
/// The first symbol that stands for a length.
pub(super) const FIRST_LENGTH: usize = 257;

pub(super) const SHORTEST: usize = 3;
pub(super) const LONGEST: usize = 258;
/// The greatest distance.
pub(super) const WINDOW: usize = 1 << 15;

/// A symbol's first value, and how many bits tell which of its values is meant.
#[derive(Clone, Copy)]
pub(super) struct Symbol {
    pub(super) first: u16,
    pub(super) extra_bits: u8,
}

/// Length symbols, from [`FIRST_LENGTH`] on.
pub(super) static LENGTHS: [Symbol; LENGTH_SYMBOLS] = {
    let mut symbols = [Symbol { first: 0, extra_bits: 0 }; LENGTH_SYMBOLS];
    let mut first = SHORTEST as u16;
    let mut at = 0;
    while at < symbols.len() {
        // Eight of one value each, then four of each size.
        let extra_bits = if at < 8 { 0 } else { at as u8 / 4 - 1 };
        symbols[at] = Symbol { first, extra_bits };
        first += 1 << extra_bits;
        at += 1;
    }
    // The greatest length has a symbol of its own.
    symbols[at - 1] = Symbol { first: LONGEST as u16, extra_bits: 0 };
    symbols
};

/// Distance symbols.
pub(super) static DISTANCE_SYMBOLS: [Symbol; DISTANCES] = {
    let mut symbols = [Symbol { first: 0, extra_bits: 0 }; DISTANCES];
    let mut first = 1_u16;
    let mut at = 0;
    while at < symbols.len() {
        // Four of one value each, then two of each size.
        let extra_bits = if at < 4 { 0 } else { at as u8 / 2 - 1 };
        symbols[at] = Symbol { first, extra_bits };
        first = first.wrapping_add(1 << extra_bits);
        at += 1;
    }
    symbols
};

/// For each length from the shortest on: the index of its symbol in [`LENGTHS`].
pub(super) static LENGTH_INDEX: [u8; LONGEST - SHORTEST + 1] = {
    let mut index = [0; LONGEST - SHORTEST + 1];
    let mut symbol = 0;
    let mut at = 0;
    while at < index.len() {
        if symbol + 1 < LENGTHS.len() && LENGTHS[symbol + 1].first as usize == at + SHORTEST {
            symbol += 1;
        }
        index[at] = symbol as u8;
        at += 1;
    }
    index
};

/// The symbol of a distance less one.
#[inline]
pub(super) const fn distance_symbol(distance_less_one: u32) -> usize {
    if distance_less_one < 4 {
        return distance_less_one as usize;
    }
    let highest = 31 - distance_less_one.leading_zeros();
    (2 * highest + (distance_less_one >> (highest - 1) & 1)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_of_the_rfc() {
        let first = |symbol: usize| (LENGTHS[symbol - FIRST_LENGTH].first, LENGTHS[symbol - FIRST_LENGTH].extra_bits);
        for (symbol, expected) in [
            (257, (3, 0)),
            (264, (10, 0)),
            (265, (11, 1)),
            (269, (19, 2)),
            (280, (115, 4)),
            (284, (227, 5)),
            (285, (258, 0)),
        ] {
            assert_eq!(first(symbol), expected, "{symbol}");
        }
        let first = |symbol: usize| (DISTANCE_SYMBOLS[symbol].first, DISTANCE_SYMBOLS[symbol].extra_bits);
        for (symbol, expected) in
            [(0, (1, 0)), (3, (4, 0)), (4, (5, 1)), (7, (13, 2)), (18, (513, 8)), (29, (24_577, 13))]
        {
            assert_eq!(first(symbol), expected, "{symbol}");
        }
    }

    #[test]
    fn every_length_and_distance_has_its_symbol() {
        for length in SHORTEST..=LONGEST {
            let symbol = LENGTHS[usize::from(LENGTH_INDEX[length - SHORTEST])];
            let more = length - usize::from(symbol.first);
            assert!(more < 1 << symbol.extra_bits, "{length}");
        }
        for distance in 1..=WINDOW as u32 {
            let symbol = DISTANCE_SYMBOLS[distance_symbol(distance - 1)];
            let more = distance - u32::from(symbol.first);
            assert!(more < 1 << symbol.extra_bits, "{distance}");
        }
    }
}
