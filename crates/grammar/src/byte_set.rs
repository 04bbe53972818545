//! `ByteSet`: a set of bytes, and how far a text stays within it.
//!
//! A table with an entry for each byte; most rules of HTTP and URLs begin with one.

/// A set of bytes.
///
/// ```
/// use nethttp_grammar::byte_set::ByteSet;
///
/// const WORD: ByteSet = ByteSet::alphanumeric_and(b"_");
/// assert!(WORD.contains(b'a'));
/// assert_eq!(WORD.span(b"two_words here"), 9);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ByteSet([bool; 256]);

/// Bytes that are looked up without a branch between them.
const BLOCK: usize = 8;

impl ByteSet {
    /// The ASCII letters and digits, and `marks`.
    #[must_use]
    pub const fn alphanumeric_and(marks: &[u8]) -> Self {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < table.len() {
            table[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        let mut at = 0;
        while at < marks.len() {
            table[marks[at] as usize] = true;
            at += 1;
        }
        Self(table)
    }

    /// Whether `byte` is in the set.
    #[must_use]
    #[inline]
    pub const fn contains(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }

    /// How many bytes at the start of `text` are in the set.
    #[must_use]
    #[inline]
    pub fn span(&self, text: &[u8]) -> usize {
        let whole = |block: &&[u8; BLOCK]| block.iter().fold(true, |all, &byte| all & self.contains(byte));
        let start = BLOCK * text.as_chunks().0.iter().take_while(whole).count();
        start + text[start..].iter().take_while(|&&byte| self.contains(byte)).count()
    }

    /// Whether all bytes of `text` are in the set.
    #[must_use]
    #[inline]
    pub fn contains_all(&self, text: &[u8]) -> bool {
        self.span(text) == text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: ByteSet = ByteSet::alphanumeric_and(b"-/");

    #[test]
    fn the_set_is_what_it_was_made_of() {
        for byte in 0..=255u8 {
            assert_eq!(SET.contains(byte), byte.is_ascii_alphanumeric() || b"-/".contains(&byte), "{byte:#x}");
        }
    }

    #[test]
    fn a_span_ends_at_the_first_byte_outside() {
        for length in 0..40 {
            let mut text = vec![b'a'; length];
            assert_eq!(SET.span(&text), length);
            assert!(SET.contains_all(&text));
            for at in 0..length {
                for other in [b'?', 0, 0xff] {
                    text[at] = other;
                    assert_eq!(SET.span(&text), at, "{length}");
                    assert!(!SET.contains_all(&text));
                }
                text[at] = b'-';
            }
        }
    }
}
