//! Prefix codes of limited length, from frequencies.
//!
//! The lengths are those of Huffman's algorithm, worked out in place on sorted frequencies (Moffat and Katajainen 1995);
//! where one would exceed the limit, the tree is evened out from below.

/// A code: its bits in the order in which they are written, and how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) bits: u16,
    pub(super) length: u8,
}

/// The longest code that DEFLATE has.
pub(super) const LONGEST_CODE: usize = 15;
/// More symbols than any alphabet has.
const MOST_SYMBOLS: usize = 288;
/// A tree over so many symbols is no deeper.
const DEEPEST: usize = 64;

/// The length of each symbol's code: 0 for a symbol that does not occur, 1 for one that occurs alone.
pub(super) fn code_lengths<const N: usize>(frequencies: &[u32; N], limit: usize) -> [u8; N] {
    let mut lengths = [0; N];
    // Symbols that occur, the rarest first; the symbol sits in the low bits.
    let mut sorted = [0_u64; MOST_SYMBOLS];
    let mut count = 0;
    for (symbol, &frequency) in frequencies.iter().enumerate() {
        if frequency > 0 {
            sorted[count] = u64::from(frequency) << 16 | symbol as u64;
            count += 1;
        }
    }
    let sorted = &mut sorted[..count];
    let symbol = |entry: u64| (entry & 0xffff) as usize;
    if let [alone] = *sorted {
        lengths[symbol(alone)] = 1;
    }
    if count < 2 {
        return lengths;
    }
    sorted.sort_unstable();

    let mut tree = [0_u32; MOST_SYMBOLS];
    for (node, entry) in tree.iter_mut().zip(&*sorted) {
        *node = (entry >> 16) as u32;
    }
    let mut of_length = leaves_at_depths(&mut tree[..count]);
    limit_depth(&mut of_length, limit);

    let mut rarest_first = sorted.iter();
    for length in (1..=limit).rev() {
        for &entry in rarest_first.by_ref().take(of_length[length] as usize) {
            lengths[symbol(entry)] = length as u8;
        }
    }
    lengths
}

/// How many leaves Huffman's tree over these sorted weights has at each depth. Uses up the weights.
fn leaves_at_depths(weights: &mut [u32]) -> [u32; DEEPEST] {
    let count = weights.len();
    // First pass: join the two lightest, over and over. A node that has been joined holds its parent's index.
    let (mut leaf, mut node) = (0, 0);
    for next in 0..count - 1 {
        let mut lightest = |weights: &mut [u32]| {
            if leaf >= count || node < next && weights[node] < weights[leaf] {
                node += 1;
                std::mem::replace(&mut weights[node - 1], next as u32)
            } else {
                leaf += 1;
                weights[leaf - 1]
            }
        };
        let first = lightest(weights);
        let second = lightest(weights);
        weights[next] = first + second;
    }
    // Second pass: the depth of each inner node, from the root down.
    weights[count - 2] = 0;
    for node in (0..count - 2).rev() {
        weights[node] = weights[weights[node] as usize] + 1;
    }
    // Third pass: what is not an inner node at a depth is a leaf.
    let mut leaves = [0; DEEPEST];
    let mut places = 1;
    let mut inner = weights[..count - 1].iter().rev().peekable();
    for (depth, leaves) in leaves.iter_mut().enumerate() {
        let mut inner_here = 0;
        while inner.next_if(|&&at| at as usize == depth).is_some() {
            inner_here += 1;
        }
        *leaves = places - inner_here;
        places = 2 * inner_here;
    }
    leaves
}

/// Moves leaves up that lie deeper than `limit`, and others down to make room for them.
fn limit_depth(leaves: &mut [u32; DEEPEST], limit: usize) {
    let (allowed, deeper) = leaves.split_at_mut(limit + 1);
    for count in deeper {
        allowed[limit] += std::mem::take(count);
    }
    // In units of the smallest share: a leaf at the limit takes one.
    let mut taken: u32 = allowed.iter().enumerate().skip(1).map(|(depth, count)| count << (limit - depth)).sum();
    while taken > 1 << limit {
        // A leaf from above becomes two one deeper, one of which is a leaf from the limit.
        allowed[limit] -= 1;
        let Some(above) = (1..limit).rev().find(|&depth| allowed[depth] > 0) else {
            return;
        };
        allowed[above] -= 1;
        allowed[above + 1] += 2;
        taken -= 1;
    }
}

/// The codes that go with the lengths.
///
/// RFC 1951 section 3.2.2.
pub(super) fn codes<const N: usize>(lengths: &[u8; N]) -> [Code; N] {
    let mut of_length = [0_u16; LONGEST_CODE + 1];
    for &length in lengths {
        of_length[usize::from(length)] += 1;
    }
    of_length[0] = 0;
    let mut next = [0_u16; LONGEST_CODE + 1];
    for length in 1..=LONGEST_CODE {
        next[length] = (next[length - 1] + of_length[length - 1]) << 1;
    }
    lengths.map(|length| {
        if length == 0 {
            return Code::default();
        }
        let bits = &mut next[usize::from(length)];
        let code = Code { bits: bits.reverse_bits() >> (16 - length), length };
        *bits = bits.wrapping_add(1);
        code
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes are complete, within the limit, and rarer symbols have no shorter ones. Gives the total length.
    fn check<const N: usize>(frequencies: &[u32; N], limit: usize) -> u64 {
        let lengths = code_lengths(frequencies, limit);
        let used = frequencies.iter().filter(|&&frequency| frequency > 0).count();
        let mut taken = 0_u64;
        for (&frequency, &length) in frequencies.iter().zip(&lengths) {
            assert_eq!(frequency > 0, length > 0);
            assert!(usize::from(length) <= limit);
            taken += if length > 0 { 1 << (limit - usize::from(length)) } else { 0 };
            for (&other, &other_length) in frequencies.iter().zip(&lengths) {
                assert!(frequency == 0 || other <= frequency || other_length <= length);
            }
        }
        match used {
            0 => assert_eq!(taken, 0),
            1 => assert_eq!(taken, 1 << (limit - 1)),
            _ => assert_eq!(taken, 1 << limit, "{frequencies:?}"),
        }
        frequencies.iter().zip(&lengths).map(|(&frequency, &length)| u64::from(frequency) * u64::from(length)).sum()
    }

    #[test]
    fn known_trees() {
        assert_eq!(code_lengths(&[0; 4], 15), [0; 4]);
        assert_eq!(code_lengths(&[0, 9, 0], 15), [0, 1, 0]);
        assert_eq!(code_lengths(&[3, 0, 5], 15), [1, 0, 1]);
        assert_eq!(code_lengths(&[1, 1, 2, 4], 15), [3, 3, 2, 1]);
        assert_eq!(code_lengths(&[5, 5, 5, 5], 15), [2; 4]);
        // The example of the RFC.
        let codes = codes(&[3, 3, 3, 3, 3, 2, 4, 4]);
        let written = codes.map(|code| format!("{:0width$b}", code.bits, width = usize::from(code.length)));
        let expected = ["010", "011", "100", "101", "110", "00", "1110", "1111"];
        assert_eq!(written, expected.map(|bits| bits.chars().rev().collect::<String>()));
    }

    #[test]
    fn limits_hold() {
        let mut fibonacci = [1_u32; 40];
        for at in 2..40 {
            fibonacci[at] = fibonacci[at - 1] + fibonacci[at - 2];
        }
        for limit in [6, 7, 9, 15] {
            check(&fibonacci, limit);
        }
        let mut few = [0; 19];
        few[..10].copy_from_slice(&fibonacci[..10]);
        check(&few, 7);
        assert!(check(&fibonacci, 15) <= check(&fibonacci, 9));
    }

    #[test]
    fn any_frequencies_make_a_code() {
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32
        };
        for round in 0..300 {
            let mut frequencies = [0; 286];
            for frequency in &mut frequencies {
                let bits = random() % (1 + round % 20);
                *frequency = if random() % 3 == 0 { 0 } else { random() % (1 << bits) };
            }
            check(&frequencies, 15);
            check(&frequencies, 9);
        }
    }

    #[test]
    fn without_a_limit_the_code_is_huffmans() {
        // The total is the sum of all joined weights.
        let frequencies = [7_u32, 1, 9, 14, 2, 2, 30, 8, 3, 3, 3, 1];
        let mut weights = frequencies.to_vec();
        let mut total = 0;
        while weights.len() > 1 {
            weights.sort_unstable_by(|a, b| b.cmp(a));
            let joined = weights.pop().unwrap() + weights.pop().unwrap();
            total += u64::from(joined);
            weights.push(joined);
        }
        assert_eq!(check(&frequencies, 15), total);
    }
}
