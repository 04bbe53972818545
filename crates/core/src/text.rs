//! `Text`: a string from a peer, which is bytes that need not be UTF-8.
//!
//! Go's `string` holds any bytes; a header value, a path after unescaping or a form value may carry `%FF`. [`Text`] keeps
//! the exact bytes and reads as `str` all the same: valid text as it is, invalid sequences as U+FFFD. Printed through
//! [`fprintf!`](crate::fprintf) it puts out its exact bytes.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use crate::print;

/// A string of bytes that reads as `str`.
///
/// `Deref<Target = str>` costs nothing where the bytes are UTF-8; else it shows them with U+FFFD in place of what is
/// not. [`as_bytes`](Self::as_bytes) is always exact, and so are comparison, hashing and order.
///
/// ```
/// use nethttp_core::Text;
///
/// let plain = Text::from("/a/b");
/// assert!(plain.starts_with("/a"));
///
/// let odd = Text::from(&b"caf\xe9"[..]);
/// assert_eq!(&*odd, "caf\u{fffd}");
/// assert_eq!(odd.as_bytes(), b"caf\xe9");
/// ```
#[derive(Clone)]
pub struct Text(Repr);

#[derive(Clone)]
enum Repr {
    Static(&'static str),
    Owned(String),
    /// Invariant: `bytes` is not UTF-8; `lossy` is its reading with U+FFFD.
    Invalid(Box<Invalid>),
}

#[derive(Clone)]
struct Invalid {
    bytes: Vec<u8>,
    lossy: String,
}

impl Text {
    /// The empty text.
    pub const EMPTY: Self = Self::from_static("");

    /// A text that borrows a literal; never allocates.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self(Repr::Static(text))
    }

    /// The exact bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Static(text) => text.as_bytes(),
            Repr::Owned(text) => text.as_bytes(),
            Repr::Invalid(invalid) => &invalid.bytes,
        }
    }

    /// The text as `str`, invalid sequences as U+FFFD.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Static(text) => text,
            Repr::Owned(text) => text,
            Repr::Invalid(invalid) => &invalid.lossy,
        }
    }

    /// Whether the bytes are UTF-8, so that [`as_str`](Self::as_str) is exact.
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        !matches!(self.0, Repr::Invalid(_))
    }

    /// The texts one after the other with `separator` between them. Go's `strings.Join`.
    ///
    /// ```
    /// use nethttp_core::Text;
    ///
    /// assert_eq!(Text::join(&["a".into(), "b".into()], ", "), "a, b");
    /// ```
    #[must_use]
    pub fn join(texts: &[Self], separator: impl AsRef<[u8]>) -> Self {
        texts.join(separator.as_ref()).into()
    }

    /// What is before and what is after the first `separator`, and whether there is one; without it all is before. Go's
    /// `strings.Cut`, on the exact bytes.
    ///
    /// ```
    /// use nethttp_core::Text;
    ///
    /// let (name, value, found) = Text::from("a=b=c").cut("=");
    /// assert_eq!((&*name, &*value, found), ("a", "b=c", true));
    /// ```
    #[must_use]
    pub fn cut(&self, separator: impl AsRef<[u8]>) -> (Self, Self, bool) {
        let (bytes, separator) = (self.as_bytes(), separator.as_ref());
        let at = (0..=bytes.len()).find(|&at| bytes[at..].starts_with(separator));
        match at {
            Some(at) => (bytes[..at].into(), bytes[at + separator.len()..].into(), true),
            None => (self.clone(), Self::EMPTY, false),
        }
    }

    /// Replaces the content by a copy of `bytes`, in the buffer already held where there is one.
    #[inline]
    pub fn assign(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        // What a server assigns is often what was there: an answer's fields are those of the answer before it.
        if self.as_bytes() != bytes {
            self.assign_other(bytes);
        }
    }

    fn assign_other(&mut self, bytes: &[u8]) {
        let mut padded = Padded::SPACES;
        match padded.read(bytes) {
            Some(text) => self.assign_str(text),
            None => self.0 = Repr::Invalid(Box::new(Invalid::new(bytes.to_vec()))),
        }
    }

    /// As [`assign`](Self::assign), for what is known to be UTF-8.
    #[inline]
    pub fn assign_str(&mut self, text: &str) {
        if let Repr::Owned(held) = &mut self.0 {
            held.clear();
            held.push_str(text);
        } else {
            self.replace(text);
        }
    }

    /// Assigns to a text that has no buffer.
    fn replace(&mut self, text: &str) {
        self.0 = if text.is_empty() { Repr::Static("") } else { Repr::Owned(text.to_owned()) };
    }

    /// Makes the text empty and keeps its buffer for the next [`assign`](Self::assign).
    #[inline]
    pub fn clear(&mut self) {
        if let Repr::Owned(held) = &mut self.0 {
            held.clear();
        } else {
            self.0 = Repr::Static("");
        }
    }

    /// The exact bytes as a vector of their own.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self.0 {
            Repr::Static(text) => text.as_bytes().to_vec(),
            Repr::Owned(text) => text.into_bytes(),
            Repr::Invalid(invalid) => invalid.bytes,
        }
    }

    /// The text as an owned `String`, invalid sequences as U+FFFD.
    #[must_use]
    pub fn into_string(self) -> String {
        match self.0 {
            Repr::Static(text) => text.to_owned(),
            Repr::Owned(text) => text,
            Repr::Invalid(invalid) => invalid.lossy,
        }
    }
}

/// Room for the check of a short text.
///
/// The standard library looks at two words at a time where these are aligned and whole, and else at single bytes: most
/// texts are so short that this would be all of the work. So they are looked at in an aligned place, with spaces behind.
#[repr(align(16))]
struct Padded([u8; 64]);

impl Padded {
    const SPACES: Self = Self([b' '; 64]);

    /// `bytes` as text, if they are UTF-8. For one reading.
    fn read<'t>(&'t mut self, bytes: &'t [u8]) -> Option<&'t str> {
        let Some(room) = self.0.get_mut(..bytes.len()) else { return std::str::from_utf8(bytes).ok() };
        room.copy_from_slice(bytes);
        let text = std::str::from_utf8(&self.0[..bytes.len().next_multiple_of(16)]).ok()?;
        Some(&text[..bytes.len()])
    }
}

impl Invalid {
    fn new(bytes: Vec<u8>) -> Self {
        let lossy = String::from_utf8_lossy(&bytes).into_owned();
        Self { bytes, lossy }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<std::path::Path> for Text {
    fn as_ref(&self) -> &std::path::Path {
        self.as_str().as_ref()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Invalid(invalid) if f.width().is_none() && f.precision().is_none() => {
                print::write_exact(f, &invalid.bytes, &invalid.lossy)
            }
            _ => f.pad(self.as_str()),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

macro_rules! equal_to {
    ($($other:ty),*) => {$(
        impl PartialEq<$other> for Text {
            fn eq(&self, other: &$other) -> bool {
                let other: &str = other.as_ref();
                self.as_bytes() == other.as_bytes()
            }
        }

        impl PartialEq<Text> for $other {
            fn eq(&self, other: &Text) -> bool {
                other == self
            }
        }
    )*};
}

equal_to!(str, &str, String);

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Repr::Owned(text.to_owned()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Repr::Owned(text))
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Cow<'_, str>> for Text {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(text.into_owned())
    }
}

impl From<&Self> for Text {
    fn from(text: &Self) -> Self {
        text.clone()
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self(Repr::Owned(text)),
            Err(error) => Self(Repr::Invalid(Box::new(Invalid::new(error.into_bytes())))),
        }
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self::from(bytes.to_vec())
    }
}

impl From<Cow<'_, [u8]>> for Text {
    fn from(bytes: Cow<'_, [u8]>) -> Self {
        Self::from(bytes.into_owned())
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_three_words() {
        assert_eq!(size_of::<Text>(), 3 * size_of::<usize>());
    }

    #[test]
    fn equality_is_of_bytes_not_of_readings() {
        let one = Text::from(&b"\xff"[..]);
        let two = Text::from(&b"\xfe"[..]);
        assert_eq!(one.as_str(), two.as_str());
        assert_ne!(one, two);
        assert_ne!(one, "\u{fffd}");
        assert_eq!(Text::from("a"), "a");
    }

    #[test]
    fn assign_keeps_the_buffer() {
        let mut text = Text::from("a long enough value");
        let before = text.as_str().as_ptr();
        text.assign(b"short");
        assert_eq!(text, "short");
        assert_eq!(text.as_str().as_ptr(), before);
        text.clear();
        assert_eq!(text, "");
        text.assign(b"\xff");
        assert!(!text.is_utf8());
        text.assign("again");
        assert_eq!(text.into_bytes(), b"again");
    }

    #[test]
    fn assign_looks_at_texts_of_all_lengths() {
        for length in 0..140 {
            let mut text = Text::from("before");
            let mut bytes = vec![b'a'; length];
            text.assign(&bytes);
            assert!(text.is_utf8());
            assert_eq!(text.as_bytes(), bytes);
            for at in 0..length {
                // Alone it is no character, and at the end none is begun.
                bytes[at] = 0xc3;
                text.assign(&bytes);
                assert!(!text.is_utf8(), "{at} of {length}");
                assert_eq!(text.as_bytes(), bytes);
                bytes[at] = b'a';
            }
            let whole = "\u{e9}".repeat(length / 2);
            text.assign(&whole);
            assert!(text.is_utf8());
            assert_eq!(text, whole);
        }
    }

    #[test]
    fn cut_and_join_keep_exact_bytes() {
        let cut = |text: &[u8], separator: &str| {
            let (before, after, found) = Text::from(text).cut(separator);
            (before.into_bytes(), after.into_bytes(), found)
        };
        assert_eq!(cut(b"\xff:\xfe:", ":"), (b"\xff".to_vec(), b"\xfe:".to_vec(), true));
        assert_eq!(cut(b"ab", ":"), (b"ab".to_vec(), Vec::new(), false));
        assert_eq!(cut(b"", ""), (Vec::new(), Vec::new(), true));
        assert_eq!(cut(b"a--b", "--"), (b"a".to_vec(), b"b".to_vec(), true));
        assert_eq!(Text::join(&[Text::from(&b"\xff"[..]), Text::from("b")], "").as_bytes(), b"\xffb");
        assert_eq!(Text::join(&[], ","), "");
    }

    #[test]
    fn display_pads_like_str() {
        assert_eq!(format!("[{:>4}]", Text::from("ab")), "[  ab]");
        assert_eq!(format!("[{}]", Text::from(&b"a\xff"[..])), "[a\u{fffd}]");
    }
}
