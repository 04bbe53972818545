//! `Found`: a pattern that matches, with what its wildcards stand for.

use std::borrow::Cow;
use std::fmt;
use std::mem;
use std::ops::Range;

use crate::bits::Ends;
use crate::pattern::unescaped;
use crate::scratch::Form;
use crate::table::Table;
use crate::{Pattern, Segment};

/// A match of [`Table::find`]: the pattern, and the values of its wildcards as parts of the path that was searched.
#[derive(Clone, Copy)]
pub struct Found<'t, 'p> {
    pub(crate) table: &'t Table,
    pub(crate) route: u32,
    pub(crate) path: &'p [u8],
    /// Where segments end, as bits; none if that is not known.
    pub(crate) ends: [u64; 2],
    pub(crate) form: Form,
}

/// A wildcard of a pattern.
#[derive(Clone, Debug)]
pub(crate) struct Capture {
    pub(crate) name: Box<str>,
    /// How many segments there are between the one before it and its own.
    pub(crate) skipped: u32,
    /// Whether it stands for all segments from its own on.
    pub(crate) takes_rest: bool,
}

impl<'t, 'p> Found<'t, 'p> {
    /// The number of the pattern in the table.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.route as usize
    }

    /// The pattern.
    #[must_use]
    pub fn pattern(&self) -> &'t Pattern {
        &self.table.patterns[self.index()]
    }

    /// The names of the wildcards with their values, unescaped, in the order of the path.
    #[inline]
    #[must_use]
    pub fn values(&self) -> FoundValues<'t, 'p> {
        FoundValues {
            captures: self.table.captures.of(self.route).iter(),
            path: self.path,
            ends: self.ends,
            are_ends_known: !self.ends.is_empty(),
            start: 1,
            form: self.form,
        }
    }
}

impl fmt::Debug for Found<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found").field("pattern", self.pattern()).finish_non_exhaustive()
    }
}

/// Iterator of [`Found::values`].
#[derive(Clone, Debug)]
pub struct FoundValues<'t, 'p> {
    captures: std::slice::Iter<'t, Capture>,
    path: &'p [u8],
    /// As in [`Found`], without those before `start`.
    ends: [u64; 2],
    are_ends_known: bool,
    /// Where the first segment begins that has not been passed.
    start: usize,
    form: Form,
}

impl<'t, 'p> Iterator for FoundValues<'t, 'p> {
    type Item = (&'t str, Cow<'p, [u8]>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (name, span) = self.next_span()?;
        let value = self.path.get(span).unwrap_or(&[]);
        Some((name, if self.form == Form::Escaped { unescaped(value) } else { value.into() }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.captures.size_hint()
    }
}

impl<'t> FoundValues<'t, '_> {
    /// The next name, and the part of the path that has the value.
    #[inline]
    pub(crate) fn next_span(&mut self) -> Option<(&'t str, Range<usize>)> {
        let capture = self.captures.next()?;
        let span = if self.are_ends_known {
            capture.span(self.start, self.path.len(), |_| self.ends.next_end())
        } else {
            capture.far_span(self.start, self.path)
        };
        self.start = span.end + 1;
        Some((&capture.name, span))
    }
}

impl Capture {
    /// The part of a path of this length that it stands for. `start` is where the segment after the capture before it
    /// begins; `end_of` gives the end of the segment that begins at an index.
    #[inline(always)]
    fn span(&self, mut start: usize, len: usize, mut end_of: impl FnMut(usize) -> usize) -> Range<usize> {
        for _ in 0..self.skipped {
            start = end_of(start) + 1;
        }
        start..if self.takes_rest { len } else { end_of(start) }
    }

    /// As [`span`](Self::span), for a path of which the ends of segments are not known.
    // Takes and gives values, so that those of the caller can stay in registers.
    #[cold]
    fn far_span(&self, start: usize, path: &[u8]) -> Range<usize> {
        self.span(start, path.len(), |start| {
            let rest = path.get(start..).unwrap_or(&[]);
            rest.iter().position(|&byte| byte == b'/').map_or(path.len(), |at| start + at)
        })
    }
}

/// By route, the wildcards that have names, in the order of the path.
#[derive(Debug)]
pub(crate) struct Captures(Box<[Box<[Capture]>]>);

impl Captures {
    pub(crate) fn new<'p>(patterns: impl Iterator<Item = &'p Pattern>) -> Self {
        Self(patterns.map(Self::of_pattern).collect())
    }

    fn of_pattern(pattern: &Pattern) -> Box<[Capture]> {
        let mut captures = Vec::new();
        let mut skipped = 0;
        for segment in pattern.segments() {
            match segment.name() {
                Some(name) => {
                    let takes_rest = matches!(segment, Segment::Multi(_));
                    captures.push(Capture { name: name.into(), skipped: mem::take(&mut skipped), takes_rest });
                }
                None => skipped += 1,
            }
        }
        captures.into()
    }

    /// Those of a route.
    #[inline]
    pub(crate) fn of(&self, route: u32) -> &[Capture] {
        self.0.get(route as usize).map_or(&[], |captures| captures)
    }
}
