//! `Found`: a pattern that matches, with what its wildcards stand for.

use std::borrow::Cow;
use std::fmt;

use crate::Pattern;
use crate::pattern::unescaped;
use crate::scratch::Form;
use crate::table::Table;

/// A match of [`Table::find`]: the pattern, and the values of its wildcards as parts of the path that was searched.
#[derive(Clone, Copy)]
pub struct Found<'t, 'p> {
    pub(crate) table: &'t Table,
    pub(crate) route: u32,
    pub(crate) path: &'p [u8],
    pub(crate) spans: Spans,
    pub(crate) form: Form,
}

/// A wildcard of a pattern.
#[derive(Clone, Debug)]
pub(crate) struct Capture {
    pub(crate) name: Box<str>,
    /// Which segment it stands for.
    pub(crate) segment: u32,
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
        let captures: &[Capture] = &self.table.captures[self.index()];
        let takes_rest = captures.last().is_some_and(|last| last.takes_rest);
        let spans = self.spans.aligned(captures.len() - usize::from(takes_rest));
        FoundValues { captures: captures.iter(), path: self.path, spans, form: self.form }
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
    /// Those of the captures that are left, if they are known.
    spans: Option<Spans>,
    form: Form,
}

impl<'t, 'p> Iterator for FoundValues<'t, 'p> {
    type Item = (&'t str, Cow<'p, [u8]>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let capture = self.captures.next()?;
        let (start, end) = match &mut self.spans {
            Some(spans) if capture.takes_rest => (spans.rest.into(), self.path.len()),
            Some(spans) => spans.take(),
            None => capture.span(self.path),
        };
        let value = self.path.get(start..end).unwrap_or(&[]);
        Some((&capture.name, if self.form == Form::Escaped { unescaped(value) } else { value.into() }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.captures.size_hint()
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

/// The parts of a path, of up to 255 bytes, that wildcards for one segment stand for; up to eight of them.
///
/// A byte for each, so that they travel in registers: memory that was written in small pieces is slow to read in larger
/// ones right after.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spans {
    /// The last is the lowest byte, until they are aligned.
    starts: u64,
    ends: u64,
    count: u32,
    /// Where the part for a multi begins.
    rest: u8,
}

impl Spans {
    /// Of paths that are long, and of those that had to be searched for longer.
    pub(crate) const UNKNOWN: Self = Self { starts: 0, ends: 0, count: u32::MAX, rest: 0 };

    #[inline]
    pub(crate) const fn push(&mut self, start: usize, end: usize) {
        self.starts = self.starts << 8 | start as u64;
        self.ends = self.ends << 8 | end as u64;
        self.count += 1;
    }

    #[inline]
    pub(crate) const fn set_rest(&mut self, start: usize) {
        self.rest = start as u8;
    }

    /// The spans with the first in the highest byte; `None` if they are not known.
    #[inline]
    fn aligned(self, count: usize) -> Option<Self> {
        if self.count as usize != count || count > 8 {
            return None;
        }
        let unused = (8 * (8 - count) as u32).min(63);
        Some(Self { starts: self.starts << unused, ends: self.ends << unused, ..self })
    }

    /// Takes the first of the aligned spans.
    #[inline]
    const fn take(&mut self) -> (usize, usize) {
        let span = ((self.starts >> 56) as usize, (self.ends >> 56) as usize);
        self.starts <<= 8;
        self.ends <<= 8;
        span
    }
}
