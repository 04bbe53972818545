//! `Found`: a pattern that matches, with what its wildcards stand for.

use std::borrow::Cow;
use std::fmt;

use crate::Pattern;
use crate::pattern::unescaped;
use crate::scan::Ends;
use crate::scratch::Form;
use crate::table::Table;

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
    /// Which segment it stands for.
    pub(crate) segment: u32,
    /// How many segments there are after the capture before it.
    pub(crate) skipped: u32,
    /// Whether also for all after it.
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
            captures: self.table.captures[self.index()].iter(),
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
    /// Where the segment after the last capture begins.
    start: usize,
    form: Form,
}

impl<'t, 'p> Iterator for FoundValues<'t, 'p> {
    type Item = (&'t str, Cow<'p, [u8]>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let capture = self.captures.next()?;
        let (start, end) = if self.are_ends_known { self.take(capture) } else { capture.span(self.path) };
        let value = self.path.get(start..end).unwrap_or(&[]);
        Some((&capture.name, if self.form == Form::Escaped { unescaped(value) } else { value.into() }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.captures.size_hint()
    }
}

impl FoundValues<'_, '_> {
    /// The part of the path that the next capture stands for.
    #[inline]
    fn take(&mut self, capture: &Capture) -> (usize, usize) {
        for _ in 0..capture.skipped {
            self.start = self.ends.next_end() + 1;
        }
        let end = if capture.takes_rest { self.path.len() } else { self.ends.next_end() };
        (std::mem::replace(&mut self.start, end + 1), end)
    }
}

impl Capture {
    /// The part of `path` that it stands for.
    #[cold]
    fn span(&self, path: &[u8]) -> (usize, usize) {
        let mut slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        let start = slashes.nth(self.segment as usize).map_or(path.len(), |slash| slash + 1);
        let end = if self.takes_rest { None } else { slashes.next() };
        (start, end.unwrap_or(path.len()))
    }
}
