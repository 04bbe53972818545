//! `Found`: a pattern that matches, with what its wildcards stand for.

use std::borrow::Cow;
use std::fmt;

use crate::pattern::unescaped;
use crate::scan::Ends;
use crate::scratch::Form;
use crate::table::Table;
use crate::Pattern;

/// A match of [`Table::find`]: the pattern, and the values of its wildcards as parts of the path that was searched.
#[derive(Clone, Copy)]
pub struct Found<'t, 'p> {
    pub(crate) table: &'t Table,
    pub(crate) route: u32,
    pub(crate) path: &'p [u8],
    /// Where the slashes after the first and the end of the path are, as bits; all 0 if that has to be found again.
    pub(crate) ends: [u64; 2],
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
        FoundValues {
            captures: self.table.captures[self.index()].iter(),
            path: self.path,
            ends: self.ends,
            form: self.form,
            segment: 0,
            start: 1,
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
    ends: [u64; 2],
    form: Form,
    /// The segment that begins at `start`.
    segment: u32,
    start: usize,
}

impl FoundValues<'_, '_> {
    /// The end of the segment that begins at `start`.
    #[inline]
    fn end(&mut self) -> usize {
        if !self.ends.is_empty() {
            return self.ends.next_end();
        }
        let rest = self.path.get(self.start..).unwrap_or(&[]);
        self.start + rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len())
    }
}

impl<'t, 'p> Iterator for FoundValues<'t, 'p> {
    type Item = (&'t str, Cow<'p, [u8]>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let capture = self.captures.next()?;
        while self.segment < capture.segment {
            self.start = self.end() + 1;
            self.segment += 1;
        }
        let end = if capture.takes_rest { self.path.len() } else { self.end() };
        let value = self.path.get(self.start..end).unwrap_or(&[]);
        self.start = end + 1;
        self.segment += 1;
        Some((&capture.name, if self.form == Form::Escaped { unescaped(value) } else { value.into() }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.captures.size_hint()
    }
}
