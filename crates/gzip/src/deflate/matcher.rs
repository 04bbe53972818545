//! Finds what has occurred before.
//!
//! Two ways to look. [`Quick`] remembers one place for each run of five bytes. [`Thorough`] remembers two places for each
//! run of eight, which finds the long matches, and one for each run of four, which finds the others. Both can put a match
//! off when the next byte begins a longer one.
//!
//! These are the loops in which nearly all the time goes: what they call is made part of them (`inline(always)`), which the
//! compiler else leaves out for a tenth of the speed.
//!
//! Places are counted in 16 bits, round and round: a table is small, which counts for more than what else could be done.
//! Of a place that was noted more than 64 KiB ago a wrong one is read; like every other, it is only a match if the bytes
//! there are the same.

use super::symbols::{LONGEST, WINDOW};
use super::tokens::{Token, Tokens};

/// The bytes to be looked at.
#[derive(Clone, Copy)]
pub(super) struct View<'b> {
    /// What came before and what is to be looked at, with [`PADDING`] bytes behind it that do not belong to it.
    pub(super) bytes: &'b [u8],
    /// Where they end.
    pub(super) end: usize,
    /// The place of the first of them, counted round.
    pub(super) base: u16,
}

/// So many bytes can be read behind the end.
pub(super) const PADDING: usize = 8;

/// The shortest match that is looked for. (One of three bytes seldom pays.)
const SHORTEST_FOUND: usize = 4;

impl View<'_> {
    #[inline(always)]
    fn word(&self, at: usize) -> u64 {
        self.bytes[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }

    #[inline(always)]
    const fn place(&self, at: usize) -> u16 {
        self.base.wrapping_add(at as u16)
    }

    #[inline(always)]
    fn literal(&self, at: usize) -> Token {
        Token::literal(self.bytes[at])
    }

    /// Up to where a match may begin, if `until` is where the work ends.
    fn searchable(&self, until: usize) -> usize {
        until.min((self.end + 1).saturating_sub(SHORTEST_FOUND))
    }

    /// How many bytes from `at` on are as those `distance` before, if four or more, 258 at the most; else 0.
    #[inline(always)]
    fn matching(&self, at: usize, word: u64, distance: u16, at_least: usize) -> usize {
        // Zero is turned down too.
        if distance.wrapping_sub(1) >= WINDOW as u16 {
            return 0;
        }
        let Some(before) = at.checked_sub(distance as usize) else {
            return 0;
        };
        let most = (self.end - at).min(LONGEST);
        let differing = self.word(before) ^ word;
        if differing as u32 != 0 {
            return 0;
        }
        if differing != 0 {
            return ((differing.trailing_zeros() / 8) as usize).min(most);
        }
        // Not longer than the best if it does not go on as that does.
        if at_least >= most || at_least >= 8 && self.bytes[before + at_least] != self.bytes[at + at_least] {
            return 0;
        }
        self.extend(at, before, most)
    }

    /// As many bytes as are the same at both places, eight of which are known to be.
    #[inline(always)]
    fn extend(&self, at: usize, before: usize, most: usize) -> usize {
        let mut length = 8;
        while length < most {
            let differing = self.word(at + length) ^ self.word(before + length);
            if differing != 0 {
                length += (differing.trailing_zeros() / 8) as usize;
                break;
            }
            length += 8;
        }
        length.min(most)
    }
}

/// A match.
#[derive(Clone, Copy)]
struct Found {
    length: usize,
    distance: u16,
}

/// Literals while nothing is found: the longer that takes, the more bytes are passed over unseen, for what does not
/// repeat is often long. Gives where to go on.
#[inline(always)]
fn pass_over(view: View<'_>, tokens: &mut Tokens, at: usize, until: usize, misses: &mut usize, patience: u32) -> usize {
    *misses += 1;
    let unseen = (*misses >> patience).min(16);
    let stop = (at + 1 + unseen).min(until);
    for at in at..stop {
        tokens.push(view.literal(at));
    }
    stop
}

#[inline(always)]
const fn hash(word: u64, bytes: u32, bits: u32) -> usize {
    // The golden ratio: its product spreads well into the high bits.
    ((word << (64 - 8 * bytes)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - bits)) as usize
}

/// One place for each run of five bytes.
pub(super) struct Quick {
    places: Box<[u16; 1 << QUICK_BITS]>,
}

const QUICK_BITS: u32 = 15;
const QUICK_RUN: u32 = 5;

impl Quick {
    pub(super) fn new() -> Self {
        Self { places: zeros() }
    }

    #[inline(always)]
    fn note(&mut self, word: u64, place: u16) -> u16 {
        let slot = hash(word, QUICK_RUN, QUICK_BITS) % self.places.len();
        std::mem::replace(&mut self.places[slot], place)
    }

    /// Notes a run that was seen before it had ended.
    pub(super) fn note_again(&mut self, view: View<'_>, at: usize) {
        self.note(view.word(at), view.place(at));
    }

    /// The match here, if it is longer than `length`.
    #[inline(always)]
    fn best(&mut self, view: View<'_>, at: usize, length: usize) -> Option<Found> {
        let (word, place) = (view.word(at), view.place(at));
        let distance = place.wrapping_sub(self.note(word, place));
        let found = Found { length: view.matching(at, word, distance, length), distance };
        (found.length > length).then_some(found)
    }

    /// Looks from `at` on until `until`, or until the tokens are full; gives where to go on.
    ///
    /// Within matches every `STRIDE`th run is noted. A match shorter than `PATIENCE` is put off for a longer one that
    /// begins at the next byte.
    pub(super) fn find<const STRIDE: usize, const PATIENCE: usize>(
        &mut self,
        view: View<'_>,
        mut at: usize,
        until: usize,
        tokens: &mut Tokens,
    ) -> usize {
        let searchable = view.searchable(until);
        let mut misses = 0;
        while at < searchable && !tokens.are_full() {
            let Some(mut found) = self.best(view, at, SHORTEST_FOUND - 1) else {
                at = pass_over(view, tokens, at, searchable, &mut misses, 5);
                continue;
            };
            misses = 0;
            let mut within = at + 1;
            if found.length < PATIENCE && within < searchable {
                if let Some(longer) = self.best(view, within, found.length) {
                    tokens.push(view.literal(at));
                    at += 1;
                    found = longer;
                }
                within += 1;
            }
            tokens.push(Token::matching(found.length, u32::from(found.distance)));
            at += found.length;
            let stop = at.min(searchable);
            while within < stop {
                self.note(view.word(within), view.place(within));
                within += STRIDE;
            }
        }
        at
    }

    /// Forgets all places, for the next stream.
    pub(super) fn forget(&mut self) {
        self.places.fill(0);
    }
}

/// So many bytes may be put before a match that is better than the one that begins at once.
const SKIPPED: usize = 2;

/// Two places for each run of eight bytes, one for each run of four.
pub(super) struct Thorough {
    long: Box<[[u16; 2]; 1 << LONG_BITS]>,
    short: Box<[u16; 1 << SHORT_BITS]>,
}

const LONG_BITS: u32 = 14;
const LONG_RUN: u32 = 8;
const SHORT_BITS: u32 = 14;
const SHORT_RUN: u32 = 4;

/// A match of four bytes takes more bits than the bytes would when it lies farther back.
const FARTHEST_OF_FOUR: u16 = 8192;

impl Thorough {
    pub(super) fn new() -> Self {
        Self { long: zeros(), short: zeros() }
    }

    /// The places of the run of eight that begins here.
    #[inline(always)]
    fn long(&mut self, word: u64) -> &mut [u16; 2] {
        &mut self.long[hash(word, LONG_RUN, LONG_BITS) % (1 << LONG_BITS)]
    }

    /// Notes the run of eight that begins here; gives the places at which it was noted before.
    #[inline(always)]
    fn note_long(&mut self, word: u64, place: u16) -> [u16; 2] {
        let long = self.long(word);
        let [newer, older] = *long;
        *long = [place, newer];
        [newer, older]
    }

    /// Notes the runs that begin here; gives the places at which they were noted before.
    #[inline(always)]
    fn note(&mut self, word: u64, place: u16) -> [u16; 3] {
        let slot = hash(word, SHORT_RUN, SHORT_BITS) % self.short.len();
        let short = std::mem::replace(&mut self.short[slot], place);
        let [newer, older] = self.note_long(word, place);
        [newer, older, short]
    }

    /// Notes a run that was seen before it had ended.
    pub(super) fn note_again(&mut self, view: View<'_>, at: usize) {
        self.note(view.word(at), view.place(at));
    }

    /// The longest match here, if it is longer than `length`.
    #[inline(always)]
    fn best(&mut self, view: View<'_>, at: usize, length: usize) -> Option<Found> {
        let word = view.word(at);
        let place = view.place(at);
        let mut best = Found { length, distance: 0 };
        for before in self.note(word, place) {
            let distance = place.wrapping_sub(before);
            let length = view.matching(at, word, distance, best.length);
            if length > best.length && (length > SHORTEST_FOUND || distance <= FARTHEST_OF_FOUR) {
                best = Found { length, distance };
            }
        }
        (best.distance > 0).then_some(best)
    }

    /// A longer match that begins here or up to [`SKIPPED`] bytes later, if what follows behind this one has occurred
    /// behind the same bytes elsewhere: that place may be none of those that were looked at. Gives where it begins, too.
    #[inline(always)]
    fn longer(&mut self, view: View<'_>, at: usize, found: Found, searchable: usize) -> (usize, Found) {
        let end = at + found.length;
        if found.length < LONG_RUN as usize || end >= searchable {
            return (at, found);
        }
        let later = at + SKIPPED;
        let (word, mut start, mut best) = (view.word(later), at, found);
        for before in *self.long(view.word(end)) {
            let distance = view.place(end).wrapping_sub(before);
            let length = view.matching(later, word, distance, best.length);
            if length > best.length {
                (start, best) = (later, Found { length, distance });
            }
        }
        let is_same =
            |at: usize| at.checked_sub(best.distance.into()).is_some_and(|from| view.bytes[from] == view.bytes[at]);
        while start > at && best.length < LONGEST && is_same(start - 1) {
            start -= 1;
            best.length += 1;
        }
        (start, best)
    }

    /// Looks from `at` on until `until`, or until the tokens are full; gives where to go on.
    ///
    /// A match shorter than `PATIENCE` is put off for a longer one that begins at the next byte. With `AHEAD` it is looked
    /// at what follows a match. Within matches every second run is noted, and, where matches are put off, all of eight.
    pub(super) fn find<const PATIENCE: usize, const AHEAD: bool>(
        &mut self,
        view: View<'_>,
        mut at: usize,
        until: usize,
        tokens: &mut Tokens,
    ) -> usize {
        let searchable = view.searchable(until);
        let mut misses = 0;
        while at < searchable && !tokens.are_full() {
            let Some(mut found) = self.best(view, at, SHORTEST_FOUND - 1) else {
                at = pass_over(view, tokens, at, searchable, &mut misses, 6);
                continue;
            };
            misses = 0;
            let mut next = at + 1;
            while found.length < PATIENCE && next < searchable {
                let longer = self.best(view, next, found.length);
                next += 1;
                let Some(longer) = longer else {
                    break;
                };
                tokens.push(view.literal(at));
                at += 1;
                found = longer;
            }
            if AHEAD {
                let start;
                (start, found) = self.longer(view, at, found, searchable);
                for at in at..start {
                    tokens.push(view.literal(at));
                }
                at = start;
            }
            tokens.push(Token::matching(found.length, u32::from(found.distance)));
            at += found.length;
            self.note_within::<PATIENCE>(view, next, at.min(searchable));
        }
        at
    }

    /// Notes runs from `next` on that begin before `stop`.
    #[inline(always)]
    fn note_within<const PATIENCE: usize>(&mut self, view: View<'_>, mut next: usize, stop: usize) {
        while next < stop {
            self.note(view.word(next), view.place(next));
            if PATIENCE > 0 && next + 1 < stop {
                self.note_long(view.word(next + 1), view.place(next + 1));
            }
            next += 2;
        }
    }

    /// Forgets all places, for the next stream.
    pub(super) fn forget(&mut self) {
        self.long.fill([0; 2]);
        self.short.fill(0);
    }
}

/// An array on the heap that was never on the stack.
pub(super) fn zeros<T: Clone + Default, const N: usize>() -> Box<[T; N]> {
    match vec![T::default(); N].into_boxed_slice().try_into() {
        Ok(boxed) => boxed,
        Err(_) => unreachable!("the slice has that length"),
    }
}
