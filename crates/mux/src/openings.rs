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
        openings.allow_byte(b'%', FIRST | SECOND);
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
            [_, first, second, ..] => {
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
