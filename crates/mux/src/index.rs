//! `ConflictIndex`: the registered patterns that could conflict with a new one, without looking at all of them.
//!
//! Two patterns of one host share a path only if at each position both have the same literal, or one of them has a
//! wildcard there or has ended in a multi before. So the new pattern need only be compared with those that fit at the
//! one position where the fewest do. Ten thousand registrations stay far from ten thousand squared comparisons.

use std::collections::HashMap;

use crate::{Pattern, Segment};

/// Registered patterns by what they have at each position.
#[derive(Debug, Default)]
pub(crate) struct ConflictIndex {
    hosts: HashMap<Box<str>, HostIndex>,
}

/// Patterns of one host, by their numbers in the order of registration.
#[derive(Debug, Default)]
struct HostIndex {
    all: Vec<u32>,
    literals: HashMap<Place, Vec<u32>>,
    /// At a position: a wildcard for one segment.
    wilds: HashMap<usize, Vec<u32>>,
    /// At a position: a multi, which covers all positions from there on. The index is the position.
    multis: Vec<Vec<u32>>,
}

/// A literal at a position, where `None` stands for `{$}`.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Place {
    position: usize,
    text: Option<Box<[u8]>>,
}

impl ConflictIndex {
    /// Adds the pattern with the number `id`; numbers must rise.
    pub(crate) fn insert(&mut self, pattern: &Pattern, id: u32) {
        let host = match self.hosts.get_mut(pattern.host()) {
            Some(host) => host,
            None => self.hosts.entry(pattern.host().into()).or_default(),
        };
        host.insert(pattern, id);
    }

    /// The earliest registered pattern that conflicts with `pattern`; `registered` gives the pattern of a number.
    pub(crate) fn find<'p>(&self, pattern: &Pattern, registered: impl Fn(u32) -> &'p Pattern) -> Option<u32> {
        let host = self.hosts.get(pattern.host())?;
        host.candidates(pattern).filter(|&id| pattern.conflicts_with(registered(id))).min()
    }
}

impl HostIndex {
    fn insert(&mut self, pattern: &Pattern, id: u32) {
        self.all.push(id);
        for (position, segment) in pattern.segments().iter().enumerate() {
            let ids = match segment {
                Segment::Literal(text) => {
                    self.literals.entry(Place { position, text: Some(text.clone()) }).or_default()
                }
                Segment::End => self.literals.entry(Place { position, text: None }).or_default(),
                Segment::Wild(_) => self.wilds.entry(position).or_default(),
                Segment::Multi(_) => {
                    if self.multis.len() <= position {
                        self.multis.resize_with(position + 1, Vec::new);
                    }
                    &mut self.multis[position]
                }
            };
            ids.push(id);
        }
    }

    /// All that may conflict with `pattern`, and perhaps others, in no order and each at most once.
    fn candidates(&self, pattern: &Pattern) -> impl Iterator<Item = u32> {
        let best = pattern
            .segments()
            .iter()
            .enumerate()
            .filter_map(|(position, segment)| self.fitting(position, segment))
            .min_by_key(|fit| fit.count());
        // A pattern of wildcards alone may meet any other; such patterns are few, since they meet each other.
        let (same, wild, multis) =
            best.map_or((&self.all[..], &[][..], &[][..]), |fit| (fit.same, fit.wild, fit.multis));
        same.iter().chain(wild).chain(multis.iter().flatten()).copied()
    }

    /// What can stand beside a literal at `position`; `None` for a wildcard, beside which all can.
    fn fitting(&self, position: usize, segment: &Segment) -> Option<Fit<'_>> {
        let (text, wild) = match segment {
            Segment::Literal(text) => (Some(text.clone()), self.wilds.get(&position)),
            Segment::End => (None, None),
            Segment::Wild(_) | Segment::Multi(_) => return None,
        };
        Some(Fit {
            same: self.literals.get(&Place { position, text }).map_or(&[], Vec::as_slice),
            wild: wild.map_or(&[], Vec::as_slice),
            multis: &self.multis[..self.multis.len().min(position + 1)],
        })
    }
}

/// The patterns that fit beside one segment of another.
struct Fit<'a> {
    same: &'a [u32],
    wild: &'a [u32],
    multis: &'a [Vec<u32>],
}

impl Fit<'_> {
    fn count(&self) -> usize {
        self.same.len() + self.wild.len() + self.multis.iter().map(Vec::len).sum::<usize>()
    }
}
