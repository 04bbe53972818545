//! `Bits` and `Ends`: where the slashes of a path are, as bits of one or two words.

/// A set of indices below some bound.
pub(crate) trait Bits: Ends + Default {
    /// All indices are below this.
    const BOUND: usize;

    /// Adds `at` plus the index of each of the eight low bits of `bits` that is set.
    fn add(&mut self, bits: u64, at: usize);

    /// All indices below `end` that are not in it.
    fn missing(self, end: usize) -> Self;

    /// Adds `index`.
    fn insert(&mut self, index: usize);

    /// Takes out 0, the slash that a path begins with; whether it was there.
    fn take_first(&mut self) -> bool;

    /// With `end` added, as words.
    fn ends(self, end: usize) -> [u64; 2];

    /// Whether two indices in it are neighbours.
    fn has_neighbours(self) -> bool;
}

/// The ends of segments, from left to right.
pub(crate) trait Ends: Copy {
    /// Takes the first out; not to be called if there is none.
    fn next_end(&mut self) -> usize;

    fn is_empty(&self) -> bool;
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
}

impl Bits for u64 {
    const BOUND: usize = 64;

    #[inline]
    fn add(&mut self, bits: u64, at: usize) {
        *self |= bits << (at & 63);
    }

    #[inline]
    fn missing(self, end: usize) -> Self {
        !self & !(Self::MAX << (end & 63))
    }

    #[inline]
    fn insert(&mut self, index: usize) {
        *self |= 1 << (index & 63);
    }

    #[inline]
    fn take_first(&mut self) -> bool {
        let first = *self & 1;
        *self ^= first;
        first != 0
    }

    #[inline]
    fn ends(self, end: usize) -> [u64; 2] {
        [self | 1 << (end & 63), 0]
    }

    #[inline]
    fn has_neighbours(self) -> bool {
        self & (self >> 1) != 0
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
    fn missing(self, end: usize) -> Self {
        let below = !(u128::MAX << (end & 127));
        [!self[0] & below as u64, !self[1] & (below >> 64) as u64]
    }

    #[inline]
    fn insert(&mut self, index: usize) {
        self[index >> 6 & 1] |= 1 << (index & 63);
    }

    #[inline]
    fn take_first(&mut self) -> bool {
        self[0].take_first()
    }

    #[inline]
    fn ends(mut self, end: usize) -> [u64; 2] {
        self.insert(end);
        self
    }

    #[inline]
    fn has_neighbours(self) -> bool {
        let [low, high] = self;
        low.has_neighbours() || high.has_neighbours() || low >> 63 & high & 1 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_seen_across_words() {
        for at in 0..127 {
            let mut bits = [0; 2];
            bits.insert(at);
            assert!(!Bits::has_neighbours(bits));
            bits.insert((at + 1) & 127);
            assert_eq!(Bits::has_neighbours(bits), at < 127, "{at}");
        }
    }
}
