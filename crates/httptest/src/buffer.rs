//! `Buffer`: recorded body bytes under the words of Go's `bytes.Buffer`.

use std::fmt;
use std::ops::{Deref, DerefMut};

use nethttp_core::Text;

/// The bytes of a recorded body; a `Vec<u8>` that compares with text and can be read as such.
///
/// ```
/// use nethttp_httptest::Buffer;
///
/// let buffer = Buffer(b"hello".to_vec());
/// assert_eq!(buffer, "hello");
/// assert_eq!(buffer.string().to_uppercase(), "HELLO");
/// assert_eq!(buffer.len(), 5);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Buffer(pub Vec<u8>);

impl Buffer {
    /// The bytes as text, which keeps what is not UTF-8. Go's `Buffer.String`.
    #[must_use]
    pub fn string(&self) -> Text {
        Text::from(self.0.as_slice())
    }

    /// The bytes. Go's `Buffer.Bytes`.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Deref for Buffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl fmt::Display for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.string().fmt(f)
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer(\"{}\")", self.0.escape_ascii())
    }
}

macro_rules! equal_to {
    ($($other:ty),*) => {$(
        impl PartialEq<$other> for Buffer {
            fn eq(&self, other: &$other) -> bool {
                let other: &[u8] = other.as_ref();
                self.0 == other
            }
        }
    )*};
}

equal_to!(str, &str, String, [u8], &[u8], Vec<u8>);

impl<const LENGTH: usize> PartialEq<&[u8; LENGTH]> for Buffer {
    fn eq(&self, other: &&[u8; LENGTH]) -> bool {
        self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_by_bytes_and_shows_what_is_not_text() {
        let odd = Buffer(b"a\xff\"".to_vec());
        assert_eq!(odd, b"a\xff\"");
        assert_ne!(odd, "a\u{fffd}\"");
        assert_eq!(odd.string().as_bytes(), b"a\xff\"");
        assert_eq!(format!("{odd:?} {odd}"), "Buffer(\"a\\xff\\\"\") a\u{fffd}\"");
    }
}
