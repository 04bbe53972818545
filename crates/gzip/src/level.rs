//! `Level`: how much is compressed, in Go's numbers.
//!
//! A level is a promise about size: each of Go's is mapped to that of the backend which is quickest among those whose
//! output is no more than two percent larger than Go's.
//!
//! Differences: Go's `HuffmanOnly` is not there, since the backend does not offer it.

use std::fmt;

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
    /// Invariant: -1 to 9.
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

impl Level {
    /// The level of this number: 0 for none, 1 for the quickest to 9 for the smallest, -1 for the default.
    ///
    /// # Errors
    ///
    /// For any other number.
    pub const fn new(level: i32) -> Result<Self, InvalidLevel> {
        if level < -1 || level > 9 {
            return Err(InvalidLevel { level });
        }
        Ok(Self(level as i8))
    }

    /// The number, as given.
    #[must_use]
    pub const fn get(self) -> i32 {
        self.0 as i32
    }

    /// The backend's level.
    pub(crate) const fn of_backend(self) -> u32 {
        match self.0 {
            0 => 0,
            1..=3 => 2,
            4 => 3,
            7 => 5,
            8 => 7,
            9 => 8,
            _ => 4,
        }
    }
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
        for level in -1..=9 {
            assert_eq!(Level::new(level).unwrap().get(), level);
        }
        assert!(Level::new(-2).is_err() && Level::new(i32::MAX).is_err());
        assert_eq!(Level::new(6).unwrap().of_backend(), DEFAULT_COMPRESSION.of_backend());
        let mut last = 0;
        for level in (0..=9).map(|level| Level::new(level).unwrap().of_backend()) {
            assert!((last..=9).contains(&level));
            last = level;
        }
    }
}
