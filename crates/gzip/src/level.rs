//! `Level`: how much is compressed, in Go's numbers.
//!
//! A level is a promise about size: of ordinary content, what comes of the levels up to 6 is no more than two percent larger
//! than what comes of Go's, and often smaller, mostly in less time. 7 to 9 are left to a backend, of which short records can
//! come out eight percent larger. One short pattern that is repeated for long comes out larger at levels 1 and 7.

use std::fmt;

use crate::deflate::Effort;

/// A level of compression. Go's levels of `compress/gzip`.
///
/// ```
/// use nethttp_gzip::{BEST_COMPRESSION, DEFAULT_COMPRESSION, Level};
///
/// assert_eq!(Level::new(9), Ok(BEST_COMPRESSION));
/// assert_eq!(Level::new(-1), Ok(DEFAULT_COMPRESSION));
/// assert_eq!(Level::new(10).unwrap_err().to_string(), "gzip: invalid compression level: 10");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Level(
    /// Invariant: -2 to 9.
    i8,
);

/// Go's `gzip.NoCompression`.
pub const NO_COMPRESSION: Level = Level(0);
/// Go's `gzip.BestSpeed`.
pub const BEST_SPEED: Level = Level(1);
/// Go's `gzip.BestCompression`.
pub const BEST_COMPRESSION: Level = Level(9);
/// Go's `gzip.DefaultCompression`, which is that of level 6.
pub const DEFAULT_COMPRESSION: Level = Level(-1);

/// Go's `gzip.HuffmanOnly`: nothing that repeats is looked for, frequent bytes get short codes.
pub const HUFFMAN_ONLY: Level = Level(-2);

impl Level {
    /// The level of this number: 0 for none, 1 for the quickest to 9 for the smallest, -1 for the default, -2 for
    /// [`HUFFMAN_ONLY`].
    ///
    /// # Errors
    ///
    /// For any other number.
    pub const fn new(level: i32) -> Result<Self, InvalidLevel> {
        if level < -2 || level > 9 {
            return Err(InvalidLevel { level });
        }
        Ok(Self(level as i8))
    }

    /// The number, as given.
    #[must_use]
    pub const fn get(self) -> i32 {
        self.0 as i32
    }

    /// What does the work.
    pub(crate) const fn method(self) -> Method {
        match self.0 {
            -2 => Method::Own(Effort::Codes),
            0 => Method::Backend(0),
            1 => Method::Own(Effort::Quickest),
            2 => Method::Own(Effort::Quicker),
            3 => Method::Own(Effort::Quick),
            4 => Method::Own(Effort::Medium),
            5 => Method::Own(Effort::Thorough),
            7 => Method::Backend(5),
            8 => Method::Backend(7),
            9 => Method::Backend(8),
            _ => Method::Own(Effort::Persistent),
        }
    }
}

/// Who compresses, and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// The compressor of this crate.
    Own(Effort),
    /// The backend, at this level of its own.
    Backend(u32),
}

impl Default for Level {
    fn default() -> Self {
        DEFAULT_COMPRESSION
    }
}

impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Level({})", self.0)
    }
}

/// A number that is no level. `Display` is Go's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidLevel {
    level: i32,
}

impl fmt::Display for InvalidLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gzip: invalid compression level: {}", self.level)
    }
}

impl std::error::Error for InvalidLevel {}

impl From<InvalidLevel> for std::io::Error {
    fn from(error: InvalidLevel) -> Self {
        Self::new(std::io::ErrorKind::InvalidInput, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for level in -2..=9 {
            assert_eq!(Level::new(level).unwrap().get(), level);
        }
        assert!(Level::new(-3).is_err() && Level::new(i32::MAX).is_err());
        assert_eq!(Level::new(6).unwrap().method(), DEFAULT_COMPRESSION.method());
    }
}
