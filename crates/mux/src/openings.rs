//! `Openings`: how paths can begin so that something may match.
//!
//! Sends most paths that match nothing away after two bytes. Of use only where the whole path need not be looked at anyway.

use std::fmt;
use std::sync::Arc;

use crate::scratch::canonical_segment;
use crate::{Pattern, Segment};

/// Which bytes may come first and second after the slash.
pub(crate) struct Openings {
    allowed: [u8; 256],
}

const FIRST: u8 = 1;
const SECOND: u8 = 2;

impl Openings {
    pub(crate) fn of(patterns: &[Arc<Pattern>]) -> Self {
        let mut openings = Self { allowed: [0; 256] };
        // An escape may stand for anything.
        openings.allow_byte(b'%', SECOND);
        for pattern in patterns {
            if let Some(Segment::Literal(text)) = pattern.segments().first() {
                let mut bytes = canonical_segment(text);
                // After a segment of one byte comes a slash; after an empty one, anything.
                bytes.push(b'/');
                openings.allow_byte(bytes[0], FIRST);
                match bytes.get(1) {
                    Some(&second) => openings.allow_byte(second, SECOND),
                    None => openings.allow_all(SECOND),
                }
            } else {
                openings.allow_all(FIRST | SECOND);
            }
        }
        openings
    }

    /// Whether some pattern, of any host, may match the path or the path with a slash added.
    #[inline]
    pub(crate) fn allow(&self, path: &[u8]) -> bool {
        match path {
            [_, first, second, ..] if *first != b'%' => {
                self.allowed[usize::from(*first)] & self.allowed[usize::from(*second)] >> 1 & FIRST != 0
            }
            _ => true,
        }
    }

    fn allow_byte(&mut self, byte: u8, places: u8) {
        self.allowed[usize::from(byte)] |= places;
    }

    fn allow_all(&mut self, places: u8) {
        self.allowed.iter_mut().for_each(|allowed| *allowed |= places);
    }
}

impl fmt::Debug for Openings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Openings").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn openings(patterns: &[&str]) -> Openings {
        let patterns: Vec<_> = patterns.iter().map(|text| Arc::new(Pattern::parse(text).unwrap())).collect();
        Openings::of(&patterns)
    }

    #[test]
    fn what_may_match_is_let_through() {
        let check = |patterns: &[&str], path: &str, expected: bool| {
            assert_eq!(openings(patterns).allow(path.as_bytes()), expected, "{path} for {patterns:?}");
        };
        check(&["/ab/c", "h/xy"], "/ab/z", true);
        check(&["/ab/c", "h/xy"], "/xz", false);
        check(&["/ab/c", "h/xy"], "/ay", true);
        check(&["/ab/c"], "/b", true);
        check(&["/ab/c"], "/", true);
        check(&["/ab/c"], "/bb", false);
        check(&["/ab/c"], "/%61b/c", true);
        check(&["/ab/c"], "/a%62/c", true);
        check(&["/a/b"], "/a/", true);
        check(&["/a/b"], "/ab", false);
        check(&["/{$}"], "/ab", true);
        check(&["/a/b", "/{x}"], "/zz", true);
        check(&["/%2Fa"], "/%2fa", true);
        check(&["//a"], "//a", true);
        check(&[], "/a/b", false);
    }
}
