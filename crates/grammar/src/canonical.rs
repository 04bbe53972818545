//! The canonical spelling of header names.
//!
//! The common names sit in a table that is built at compile time and found by length and three bytes, so that a
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
    let mut slot = slot_of(name);
    loop {
        // A slot holds one more than an index into the names; zero ends the search.
        let index = SLOTS[slot] as usize;
        if index == 0 {
            return None;
        }
        let candidate = NAMES[index - 1];
        if candidate.len() == name.len() && is_spelling_of(name, candidate.as_bytes()) {
            return Some(candidate);
        }
        slot = (slot + 1) % SLOTS.len();
    }
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

/// Where each name is looked for first. Case folds away with bit 0x20; names have two bytes at least.
///
/// The bytes before the last tell most names of one length apart (`Allow-Headers`, `Allow-Methods`); the factors were
/// found by trying.
#[inline]
const fn slot_of(name: &[u8]) -> usize {
    let length = name.len();
    let first = (name[0] | 0x20) as usize;
    let third_last = (name[length.saturating_sub(3)] | 0x20) as usize;
    let second_last = (name[length - 2] | 0x20) as usize;
    (length * 182 + first * 98 + third_last * 107 + second_last * 167) % SLOT_COUNT
}

/// Whether `name` is `known` in any case; both have the same length.
///
/// Compares words of eight or four bytes, which overlap at the end. In a known name bit 0x40 is set in letters and in
/// nothing else, and there alone the bit of case, 0x20, may differ.
#[inline]
fn is_spelling_of(name: &[u8], known: &[u8]) -> bool {
    const LETTERS: u64 = 0x4040_4040_4040_4040;
    let differ = |name: u64, known: u64| (name ^ known) & !((known & LETTERS) >> 1);
    let differ_8 = |name: &[u8; 8], known: &[u8; 8]| differ(u64::from_ne_bytes(*name), u64::from_ne_bytes(*known));
    let differ_4 = |name: &[u8; 4], known: &[u8; 4]| {
        differ(u64::from(u32::from_ne_bytes(*name)), u64::from(u32::from_ne_bytes(*known)))
    };
    if let (Some(name_end), Some(known_end)) = (name.last_chunk(), known.last_chunk()) {
        let (words, known_words) = (name.as_chunks::<8>().0, known.as_chunks::<8>().0);
        let begin = words.iter().zip(known_words).fold(0, |bits, (name, known)| bits | differ_8(name, known));
        return begin | differ_8(name_end, known_end) == 0;
    }
    if let (Some(name_begin), Some(known_begin)) = (name.first_chunk(), known.first_chunk())
        && let (Some(name_end), Some(known_end)) = (name.last_chunk(), known.last_chunk())
    {
        return differ_4(name_begin, known_begin) | differ_4(name_end, known_end) == 0;
    }
    name.eq_ignore_ascii_case(known)
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
        assert!(probes * 10 <= NAMES.len() * 13, "{probes} probes for {} names", NAMES.len());
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
