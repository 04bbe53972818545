//! The canonical spelling of header names.
//!
//! The common names sit in a table that is built at compile time and found by length, first and last bytes, so that a
//! server that meets `host` or `HOST` gets `"Host"` without an allocation and without hashing the whole name.
//!
//! Go's `http.CanonicalHeaderKey` (`textproto.CanonicalMIMEHeaderKey`).

use std::borrow::Cow;

use crate::token;

mod names;

use names::NAMES;

/// The canonical spelling of a common header name, whatever the case of `name`; `None` for all others.
///
/// ```
/// use nethttp_grammar::canonical;
///
/// assert_eq!(canonical::known(b"sec-websocket-key"), Some("Sec-Websocket-Key"));
/// assert_eq!(canonical::known(b"x-my-own"), None);
/// ```
#[must_use]
#[inline]
pub fn known(name: &[u8]) -> Option<&'static str> {
    if name.len() < 2 || name.len() > LONGEST {
        return None;
    }
    let slot = slot_of(name);
    let candidate = name_in(slot)?;
    if is_spelling_of(name, candidate) { Some(candidate) } else { known_behind(slot, name) }
}

/// Searches the slots behind one that another name had come to first; few names are found there.
#[cold]
fn known_behind(slot: usize, name: &[u8]) -> Option<&'static str> {
    let mut others = (1..SLOT_COUNT).map_while(|step| name_in((slot + step) % SLOT_COUNT));
    others.find(|candidate| is_spelling_of(name, candidate))
}

/// The name in a slot; a slot without one ends the search.
#[inline]
fn name_in(slot: usize) -> Option<&'static str> {
    // A slot holds one more than an index into the names.
    let index = usize::from(SLOTS[slot]).checked_sub(1)?;
    Some(NAMES[index])
}

/// The canonical spelling of a header name: a capital first and after each hyphen, small letters elsewhere.
///
/// A name with a byte that no header name may have (a space, say) is returned as it is. Borrowed when `name` is
/// spelled canonically already or when it is one of the [`known`] ones.
#[must_use]
pub fn canonical_header_key(name: &str) -> Cow<'_, str> {
    if let Some(known) = known(name.as_bytes()) {
        return Cow::Borrowed(known);
    }
    if !token::is_token(name.as_bytes()) || is_canonical(name.as_bytes()) {
        return Cow::Borrowed(name);
    }
    let mut spelled = String::with_capacity(name.len());
    let mut starts_word = true;
    for letter in name.chars() {
        spelled.push(if starts_word { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() });
        starts_word = letter == '-';
    }
    Cow::Owned(spelled)
}

/// Whether a token is spelled as [`canonical_header_key`] would spell it.
fn is_canonical(name: &[u8]) -> bool {
    let mut starts_word = true;
    for &byte in name {
        let wrong = if starts_word { byte.is_ascii_lowercase() } else { byte.is_ascii_uppercase() };
        if wrong {
            return false;
        }
        starts_word = byte == b'-';
    }
    true
}

/// Close to three times the names, so that most searches end at the first slot.
const SLOT_COUNT: usize = 512;

/// Where each name is looked for first: by its length and its first and last four bytes, in which hardly two names are
/// alike. Bit 0x20 folds case away. The factors were found by trying.
#[inline]
const fn slot_of(name: &[u8]) -> usize {
    const FOLD: u32 = 0x2020_2020;
    let (first, last) = outer_words(name);
    let sum = (first | FOLD)
        .wrapping_mul(0x02ad_eb01)
        .wrapping_add((last | FOLD).wrapping_mul(0x3e3f_7857))
        .wrapping_add((name.len() as u32).wrapping_mul(0xc141_15f3));
    (sum >> (u32::BITS - SLOT_COUNT.ilog2())) as usize
}

/// The first and the last four bytes of a name; all of one that has less, twice.
#[inline]
const fn outer_words(name: &[u8]) -> (u32, u32) {
    if let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) {
        return (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
    }
    let mut word = 0;
    let mut at = 0;
    while at < name.len() {
        word |= (name[at] as u32) << (8 * at);
        at += 1;
    }
    (word, word)
}

/// Whether `name` is `known` in any case.
///
/// Compares words of eight or four bytes, of which the last overlaps the one before.
#[inline]
fn is_spelling_of(name: &[u8], known: &str) -> bool {
    let known = known.as_bytes();
    if name.len() != known.len() {
        return false;
    }
    if let (Some(name_end), Some(known_end)) = (name.last_chunk(), known.last_chunk()) {
        let mut words = name.as_chunks().0.iter().zip(known.as_chunks().0);
        let is_same =
            |name: &[u8; 8], known: &[u8; 8]| is_same_word(u64::from_ne_bytes(*name), u64::from_ne_bytes(*known));
        return words.all(|(name, known)| is_same(name, known)) && is_same(name_end, known_end);
    }
    let ((first, last), (known_first, known_last)) = (outer_words(name), outer_words(known));
    let word = |first: u32, last: u32| u64::from(first) << 32 | u64::from(last);
    is_same_word(word(first, last), word(known_first, known_last))
}

/// Whether eight bytes are those of a known name in any case.
///
/// In a known name bit 0x40 is set in letters and in nothing else, and there alone the bit of case, 0x20, may differ.
#[inline]
const fn is_same_word(name: u64, known: u64) -> bool {
    const LETTERS: u64 = 0x4040_4040_4040_4040;
    (name ^ known) & !((known & LETTERS) >> 1) == 0
}

const SLOTS: [u8; SLOT_COUNT] = {
    let mut slots = [0; SLOT_COUNT];
    let mut index = 0;
    while index < NAMES.len() {
        let name = NAMES[index].as_bytes();
        let mut at = 0;
        while at < name.len() {
            assert!(name[at].is_ascii_alphanumeric() || name[at] == b'-', "only in letters may bit 0x40 be set");
            at += 1;
        }
        let mut slot = slot_of(name);
        while slots[slot] != 0 {
            slot = (slot + 1) % SLOT_COUNT;
        }
        assert!(index < 255, "an index must fit a slot");
        slots[slot] = index as u8 + 1;
        index += 1;
    }
    slots
};

const LONGEST: usize = {
    let mut longest = 0;
    let mut index = 0;
    while index < NAMES.len() {
        if NAMES[index].len() > longest {
            longest = NAMES[index].len();
        }
        index += 1;
    }
    longest
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case() {
        for name in NAMES {
            assert_eq!(known(name.as_bytes()), Some(name));
            assert_eq!(known(name.to_ascii_lowercase().as_bytes()), Some(name));
            assert_eq!(known(name.to_ascii_uppercase().as_bytes()), Some(name));
            assert!(is_canonical(name.as_bytes()), "{name}");
            assert!(token::is_token(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn names_are_sorted_and_distinct() {
        assert!(NAMES.is_sorted_by(|left, right| left < right));
    }

    #[test]
    fn a_name_that_is_only_close_is_not_found() {
        for name in NAMES {
            for at in 0..name.len() {
                let mut other = name.as_bytes().to_vec();
                other[at] = b'\'';
                assert_eq!(known(&other), None, "{name} at {at}");
                // Folding by bit 0x20 alone would take these for letters or hyphens.
                other[at] = name.as_bytes()[at] ^ 0x60;
                assert_eq!(known(&other), None, "{name} at {at}");
                assert!(known(&name.as_bytes()[..at]).is_none_or(|found| found.len() == at));
            }
        }
        assert_eq!(known(b""), None);
        assert_eq!(known(b"h"), None);
        assert_eq!(known(&[b'a'; 300]), None);
    }

    #[test]
    fn searches_are_short() {
        let probes: usize = NAMES
            .iter()
            .map(|name| {
                let mut slot = slot_of(name.as_bytes());
                let mut count = 1;
                while SLOTS[slot] == 0 || NAMES[SLOTS[slot] as usize - 1] != *name {
                    slot = (slot + 1) % SLOT_COUNT;
                    count += 1;
                }
                count
            })
            .sum();
        assert!(probes * 10 <= NAMES.len() * 11, "{probes} probes for {} names", NAMES.len());
    }

    #[test]
    fn spelling() {
        for (name, expected, borrowed) in [
            ("", "", true),
            ("Host", "Host", true),
            ("hOST", "Host", true),
            ("x-my-own", "X-My-Own", false),
            ("X-My-Own", "X-My-Own", true),
            ("X-MY--own-", "X-My--Own-", false),
            ("x_my.OWN", "X_my.own", false),
            ("x my own", "x my own", true),
            ("x-my-own:", "x-my-own:", true),
            ("x-\u{fc}ber", "x-\u{fc}ber", true),
            ("9a-9B", "9a-9b", false),
        ] {
            let spelled = canonical_header_key(name);
            assert_eq!(spelled, expected, "{name}");
            assert_eq!(matches!(spelled, Cow::Borrowed(_)), borrowed, "{name}");
        }
    }
}
