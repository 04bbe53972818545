//! `Cell`: the nodes of the tree and their literal edges in one array.
//!
//! A node is followed by a small hash table of its edges, so that one memory access often brings both. Which bits of the
//! hash count is chosen for each node so that up to some fifty edges have a place each: then one comparison decides.

use crate::scan::Key;

/// A node or an edge; half a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(crate) struct Cell([u64; 4]);

/// A node of the tree. Numbers that are [`NONE`] stand for nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    /// One less than the number of places for edges, a power of two.
    pub(crate) mask: u64,
    /// The cell of the node below for any segment.
    pub(crate) wild: u32,
    /// Choices where the path ends here; where only a slash follows; where anything does.
    pub(crate) leaf: u32,
    pub(crate) end: u32,
    pub(crate) multi: u32,
    pub(crate) shape: Shape,
}

/// What a node has, and what can follow it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// By how many bits a hash is rotated before it is masked.
    pub(crate) turn: u8,
    /// Of the constants below.
    pub(crate) flags: u8,
    /// See [`Reach`](crate::tree::Reach), as the next two.
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
    pub(crate) mask: u64,
    pub(crate) turn: u8,
    /// How many cells the edges take; if some drift, the last is free.
    pub(crate) places: usize,
    /// The longest distance of an edge from the place where it belongs.
    drift: usize,
}

/// No cell, no choices, no route.
pub(crate) const NONE: u32 = u32::MAX;

/// The node has literal edges.
pub(crate) const EDGES: u8 = 1;
/// Some edge stands behind the place where it belongs, in the next one that was free.
pub(crate) const DRIFTS: u8 = 2;
/// The node has a wildcard.
pub(crate) const WILD: u8 = 4;
/// The node has a multi.
pub(crate) const MULTI: u8 = 8;

impl Cell {
    #[inline]
    pub(crate) const fn node(&self) -> Node {
        Node {
            mask: self.0[0],
            wild: self.wild(),
            leaf: (self.0[1] >> 32) as u32,
            end: self.0[2] as u32,
            multi: (self.0[2] >> 32) as u32,
            shape: self.shape(),
        }
    }

    #[inline]
    pub(crate) const fn mask(&self) -> u64 {
        self.0[0]
    }

    #[inline]
    pub(crate) const fn wild(&self) -> u32 {
        self.0[1] as u32
    }

    #[inline]
    pub(crate) const fn shape(&self) -> Shape {
        let [turn, flags, min, max, ..] = self.0[3].to_le_bytes();
        Shape { turn, flags, min, max, last: (self.0[3] >> 32) as u32 }
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
        let Shape { turn, flags, min, max, last } = node.shape;
        let shape = pair(u32::from_le_bytes([turn, flags, min, max]), last);
        Self([node.mask, pair(node.wild, node.leaf), pair(node.end, node.multi), shape])
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
    /// A spread in which no edge drifts, if one is found; else, for many edges, one in which they drift little.
    pub(crate) fn best(edges: &[Edge]) -> Self {
        let mut best = Self { mask: 0, turn: 0, places: 0, drift: usize::MAX };
        if edges.is_empty() {
            return best;
        }
        let least = edges.len().next_power_of_two();
        for places in [least, 2 * least, 4 * least] {
            best.drift = usize::MAX;
            for turn in 0..u64::BITS as u8 {
                let spread = Self { mask: places as u64 - 1, turn, places, drift: 0 }.tried(edges);
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

    pub(crate) const fn drifts(self) -> bool {
        self.drift > 0
    }

    /// Where the search for an edge begins.
    pub(crate) const fn place(self, key: Key) -> usize {
        place(key, self.mask, self.turn)
    }

    /// Finds out how far from its place the unluckiest edge comes to stand.
    fn tried(mut self, edges: &[Edge]) -> Self {
        let mut is_taken = vec![false; self.places + edges.len()];
        for edge in edges {
            let place = self.place(edge.key);
            let drift = is_taken[place..].iter().position(|is_taken| !is_taken).unwrap_or(0);
            is_taken[place + drift] = true;
            self.drift = self.drift.max(drift);
        }
        if self.drifts() {
            self.places += self.drift + 1;
        }
        self
    }
}

/// The place of an edge among those of its node.
#[inline]
pub(crate) const fn place(key: Key, mask: u64, turn: u8) -> usize {
    (key.hash().rotate_left(turn as u32) & mask) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::segment_key;

    fn edges(number: usize) -> Vec<Edge> {
        let texts = (0..number).map(|number| format!("segment-{number}"));
        texts.map(|text| Edge { key: segment_key(text.as_bytes()), len: text.len() as u32, ..Edge::FREE }).collect()
    }

    #[test]
    fn some_tens_of_edges_do_not_collide() {
        for number in 0..48 {
            let spread = Spread::best(&edges(number));
            assert!(!spread.drifts() || number == 0, "{number}");
            assert!(spread.places <= 8 * number.max(1), "{number}");
        }
    }

    #[test]
    fn many_edges_drift_little() {
        let spread = Spread::best(&edges(5_000));
        assert!(spread.drift < 40, "{spread:?}");
        assert!(spread.places < 9 * 5_000, "{spread:?}");
    }

    #[test]
    fn cells_give_back_what_they_hold() {
        let shape = Shape { turn: 61, flags: EDGES | MULTI, min: 1, max: u8::MAX, last: 0x8000_0001 };
        let node = Node { mask: u64::MAX - 4, wild: 1, leaf: 2, end: NONE, multi: 4, shape };
        assert_eq!(format!("{:?}", Cell::from(node).node()), format!("{node:?}"));
        let edge = Edge { key: Key { head: 1, tail: u64::MAX }, child: 3, len: 17, text: NONE };
        assert_eq!(format!("{:?}", Cell::from(edge).edge()), format!("{edge:?}"));
    }
}
