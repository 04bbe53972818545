//! `Cell`: the nodes of the tree and their literal edges in one array.
//!
//! A node is followed by a small hash table of its edges, so that one memory access often brings both. The factor of the
//! hash is chosen for each node so that up to some fifty edges have a place each: then one comparison decides.

use crate::scan::{FACTORS, Key};

/// A node or an edge; half a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(crate) struct Cell([u64; 4]);

/// A node of the tree. Numbers that are [`NONE`] stand for nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    /// The factor by which segments are spread over the places for edges.
    pub(crate) factor: u64,
    /// The cell of the node below for any segment.
    pub(crate) wild: u32,
    /// Choices where the path ends here; where only a slash follows; where anything does.
    pub(crate) leaf: u32,
    pub(crate) end: u32,
    pub(crate) multi: u32,
    /// By how much a product is shifted to become a place, less 1; or [`NO_EDGES`].
    pub(crate) shift: u8,
    /// How far past its own place an edge may stand; [`u8::MAX`] for any distance up to a free place.
    pub(crate) drift: u8,
    /// What can follow: see [`Reach`](crate::tree::Reach).
    pub(crate) min: u8,
    pub(crate) max: u8,
    pub(crate) last: u32,
}

/// A literal segment below a node, or a free place for one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) key: Key,
    /// The cell of the node below, or [`NONE`] if the place is free.
    pub(crate) child: u32,
    pub(crate) len: u32,
    /// Where the text begins among the long segments, if it is longer than two words.
    pub(crate) text: u32,
}

/// How the edges of one node are spread over their places.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) factor: u64,
    pub(crate) shift: u8,
    /// The longest distance of an edge from its own place.
    pub(crate) drift: usize,
}

/// No cell, no choices, no route.
pub(crate) const NONE: u32 = u32::MAX;

/// The shift of a node without edges.
pub(crate) const NO_EDGES: u8 = u8::MAX;

impl Node {
    /// A node that nothing leads on from.
    pub(crate) const NOWHERE: Self = Self {
        factor: 0,
        wild: NONE,
        leaf: NONE,
        end: NONE,
        multi: NONE,
        shift: NO_EDGES,
        drift: 0,
        min: 0,
        max: 0,
        last: 0,
    };
}

impl Cell {
    #[inline]
    pub(crate) const fn node(&self) -> Node {
        let [factor, first, second, rest] = self.0;
        let [shift, drift, min, max, ..] = rest.to_le_bytes();
        Node {
            factor,
            wild: first as u32,
            leaf: (first >> 32) as u32,
            end: second as u32,
            multi: (second >> 32) as u32,
            shift,
            drift,
            min,
            max,
            last: (rest >> 32) as u32,
        }
    }

    #[inline]
    pub(crate) const fn edge(&self) -> Edge {
        let [head, tail, first, text] = self.0;
        Edge { key: Key { head, tail }, child: first as u32, len: (first >> 32) as u32, text: text as u32 }
    }
}

impl From<Node> for Cell {
    fn from(node: Node) -> Self {
        let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let bytes = u32::from_le_bytes([node.shift, node.drift, node.min, node.max]);
        Self([node.factor, pair(node.wild, node.leaf), pair(node.end, node.multi), pair(bytes, node.last)])
    }
}

impl From<Edge> for Cell {
    fn from(edge: Edge) -> Self {
        Self([edge.key.head, edge.key.tail, u64::from(edge.child) | u64::from(edge.len) << 32, edge.text.into()])
    }
}

impl Edge {
    pub(crate) const FREE: Self = Self { key: Key { head: 0, tail: 0 }, child: NONE, len: u32::MAX, text: 0 };
}

impl Spread {
    /// A spread without collisions if one is found soon; else, for many edges, one with few.
    pub(crate) fn best(edges: &[Edge]) -> Self {
        let mut best = Self { factor: 0, shift: NO_EDGES, drift: 0 };
        if edges.is_empty() {
            return best;
        }
        let least = edges.len().next_power_of_two().trailing_zeros() as u8;
        let mut factor = FACTORS[0];
        for size in least..least + 3 {
            best.drift = usize::MAX;
            for _ in 0..TRIES {
                factor = factor.wrapping_mul(FACTORS[1]).rotate_left(31) | 1;
                let mut spread = Self { factor, shift: 63 - size, drift: 0 };
                spread.drift = spread.longest_drift(edges);
                if spread.drift == 0 {
                    return spread;
                }
                if spread.drift <= best.drift {
                    best = spread;
                }
            }
        }
        best
    }

    /// How many cells the edges take; if some drift, the last is free.
    pub(crate) fn places(self) -> usize {
        if self.shift == NO_EDGES { 0 } else { (1 << (63 - self.shift)) + self.drift + usize::from(self.drift > 0) }
    }

    /// Where the search for an edge begins.
    pub(crate) const fn place(self, key: Key) -> usize {
        place(key, self.factor, self.shift)
    }

    /// How far from its place the unluckiest edge comes to stand.
    fn longest_drift(self, edges: &[Edge]) -> usize {
        let mut is_taken = vec![false; (1 << (63 - self.shift)) + edges.len()];
        let drifts = edges.iter().map(|edge| {
            let place = self.place(edge.key);
            let drift = is_taken[place..].iter().position(|is_taken| !is_taken).unwrap_or(0);
            is_taken[place + drift] = true;
            drift
        });
        drifts.max().unwrap_or(0)
    }
}

/// Among how many places, and which, the shift tells.
#[inline]
pub(crate) const fn place(key: Key, factor: u64, shift: u8) -> usize {
    (key.mixed().wrapping_mul(factor) >> 1 >> (shift & 63)) as usize
}

/// Factors that are tried for each number of places.
const TRIES: usize = 64;
