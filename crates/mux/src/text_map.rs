//! `TextMap`: whole texts by their hash: paths without wildcards, and hosts.
//!
//! Open addressing with the 64-bit hash in the entry, so that the text is compared once, to make sure.

use crate::cell::NONE;
use crate::table::hash_of;

/// From a text within a space to a number.
#[derive(Debug)]
pub(crate) struct TextMap {
    /// A power of two in number; at least three quarters are free.
    entries: Box<[Entry]>,
    shift: u32,
    texts: Box<[u8]>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u64,
    start: u32,
    len: u32,
    space: u32,
    /// [`NONE`] if the entry is free.
    value: u32,
}

impl TextMap {
    /// A map of texts that differ within their spaces; no value is [`NONE`].
    pub(crate) fn new(items: Vec<(u32, Vec<u8>, u32)>) -> Self {
        // Where it costs little memory, most searches for what is not there shall end at the first look.
        let places = if items.len() < 512 { 16 } else { 4 };
        let capacity = (places * items.len()).next_power_of_two().max(4);
        let shift = u64::BITS - capacity.trailing_zeros();
        let mut entries = vec![Entry { hash: 0, start: 0, len: 0, space: 0, value: NONE }; capacity];
        let mut texts = Vec::new();
        for (space, text, value) in items {
            let hash = salted(hash_of(&text), space);
            let mut at = (hash >> shift) as usize;
            while entries[at].value != NONE {
                at = (at + 1) % capacity;
            }
            entries[at] = Entry { hash, start: texts.len() as u32, len: text.len() as u32, space, value };
            texts.extend(text);
        }
        Self { entries: entries.into(), shift, texts: texts.into() }
    }

    /// The number of `text`, whose hash is `hash`, or [`NONE`].
    #[inline]
    pub(crate) fn get(&self, space: u32, text: &[u8], hash: u64) -> u32 {
        let hash = salted(hash, space);
        let mask = self.entries.len() - 1;
        let mut at = (hash >> self.shift) as usize;
        // Ends at a free entry at the latest.
        while let Some(entry) = self.entries.get(at & mask) {
            if entry.hash == hash && entry.space == space && self.text(entry) == text {
                return entry.value;
            }
            if entry.value == NONE {
                break;
            }
            at += 1;
        }
        NONE
    }

    #[inline]
    fn text(&self, entry: &Entry) -> &[u8] {
        self.texts.get(entry.start as usize..(entry.start + entry.len) as usize).unwrap_or(&[])
    }
}

#[inline]
const fn salted(hash: u64, space: u32) -> u64 {
    hash ^ (space as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_in_their_space_alone() {
        let texts: Vec<_> =
            (0..1_000).map(|number: u32| (number % 3, format!("/{number}/x").into_bytes(), number)).collect();
        let map = TextMap::new(texts.clone());
        for (space, text, value) in &texts {
            assert_eq!(map.get(*space, text, hash_of(text)), *value);
            assert_eq!(map.get(space + 1, text, hash_of(text)), NONE);
        }
        assert_eq!(map.get(0, b"/1000/x", hash_of(b"/1000/x")), NONE);
        assert_eq!(TextMap::new(Vec::new()).get(0, b"", hash_of(b"")), NONE);
    }

    #[test]
    fn equal_hashes_do_not_mean_equal_texts() {
        let map = TextMap::new(vec![(0, b"/a".to_vec(), 7)]);
        assert_eq!(map.get(0, b"/b", hash_of(b"/a")), NONE);
    }
}
