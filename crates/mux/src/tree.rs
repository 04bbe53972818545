//! The tree of patterns while it is built: one for each host, methods at the leaves.
//!
//! Methods need no level of their own: of the patterns that match a request each two are ordered by specificity (others
//! conflict), so that the first leaf in the order literal, wildcard, multi that allows the method is the right one.
//! Patterns without any wildcard are not in the tree: they are found by the hash of the whole path.

use std::collections::BTreeMap;

use crate::scan::{Key, Line};
use crate::scratch::{SLASH, canonical_segment};
use crate::{Pattern, Segment};

/// The routes that differ in method only: number of the method and of the route.
pub(crate) type Choices = Vec<(u16, u32)>;

/// What is registered for one host.
#[derive(Debug, Default)]
pub(crate) struct Site {
    pub(crate) root: Node,
    /// Paths without wildcards, in canonical form.
    pub(crate) statics: BTreeMap<Vec<u8>, Choices>,
}

/// What follows one sequence of segments.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// By the next segment, in canonical form.
    pub(crate) literals: BTreeMap<Vec<u8>, Self>,
    pub(crate) wild: Option<Box<Self>>,
    /// Where the path ends here.
    pub(crate) leaf: Choices,
    /// Where nothing but a slash follows.
    pub(crate) end: Choices,
    /// Whatever follows.
    pub(crate) multi: Choices,
}

/// What can follow a node: a search that sees it cannot fit turns back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    /// Least and greatest number of segments; [`Reach::UNBOUNDED`] is more than any number.
    pub(crate) min: u8,
    pub(crate) max: u8,
    /// Bits of the literals that come last. All are set if something else than a literal may.
    pub(crate) last: u32,
}

impl Site {
    pub(crate) fn insert(&mut self, pattern: &Pattern, method: u16, route: u32) {
        let is_static = is_static(pattern);
        if is_static {
            self.statics.entry(static_path(pattern)).or_default().push((method, route));
        }
        // A path that ends in a slash stays in the tree too, where the path without it finds what to redirect to.
        if !is_static || pattern.segments().last() == Some(&Segment::End) {
            self.root.insert(pattern.segments(), method, route);
        }
    }
}

impl Node {
    fn insert(&mut self, segments: &[Segment], method: u16, route: u32) {
        let mut node = self;
        let mut rest = segments;
        while let [segment, after @ ..] = rest {
            rest = after;
            node = match segment {
                Segment::Multi(_) => return node.multi.push((method, route)),
                Segment::End if after.is_empty() => return node.end.push((method, route)),
                Segment::End => node.literals.entry(SLASH.to_vec()).or_default(),
                Segment::Literal(text) => node.literals.entry(canonical_segment(text)).or_default(),
                Segment::Wild(_) => node.wild.get_or_insert_default(),
            };
        }
        node.leaf.push((method, route));
    }

    /// Whether no pattern comes here.
    pub(crate) fn is_empty(&self) -> bool {
        let choices = [&self.leaf, &self.end, &self.multi];
        self.literals.is_empty() && self.wild.is_none() && choices.into_iter().all(Vec::is_empty)
    }

    /// What its own choices allow to follow.
    pub(crate) fn own_reach(&self) -> Reach {
        let mut reach = Reach { min: Reach::UNBOUNDED, max: 0, last: 0 };
        if !self.leaf.is_empty() {
            reach.add(0, 0, 0);
        }
        if !self.end.is_empty() {
            reach.add(1, 1, u32::MAX);
        }
        if !self.multi.is_empty() {
            reach.add(1, Reach::UNBOUNDED, u32::MAX);
        }
        reach
    }
}

impl Reach {
    pub(crate) const UNBOUNDED: u8 = u8::MAX;

    fn add(&mut self, min: u8, max: u8, last: u32) {
        self.min = self.min.min(min);
        self.max = self.max.max(max);
        self.last |= last;
    }

    /// Adds what follows one step further down. `bits` are those of the literals that the step may be.
    pub(crate) fn add_below(&mut self, below: Self, bits: u32) {
        let own = if below.min == 0 { bits } else { 0 };
        // A depth of 254 and more counts as 254 at least and any number at most.
        self.add(below.min.saturating_add(1).min(Self::UNBOUNDED - 1), below.max.saturating_add(1), below.last | own);
    }
}

/// The key by which a segment in canonical form is found.
pub(crate) fn segment_key(text: &[u8]) -> Key {
    let mut pad = [0; crate::scan::WORD];
    Line::new(text, &mut pad).key(0, text.len())
}

fn is_static(pattern: &Pattern) -> bool {
    pattern.segments().iter().all(|segment| matches!(segment, Segment::Literal(_) | Segment::End))
}

fn static_path(pattern: &Pattern) -> Vec<u8> {
    let mut path = Vec::new();
    for (at, segment) in pattern.segments().iter().enumerate() {
        path.push(b'/');
        match segment {
            Segment::Literal(text) => path.extend(canonical_segment(text)),
            _ if at + 1 < pattern.segments().len() => path.extend_from_slice(SLASH),
            _ => {}
        }
    }
    path
}
