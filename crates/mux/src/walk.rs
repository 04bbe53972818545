//! The search of all branches of a table.
//!
//! Literal before wildcard before multi, turning back where nothing fits; a branch is not entered if the number of
//! segments left or the last of them cannot fit. On the way it notes what a path with a slash added would match. Allocates
//! for paths with over 63 slashes, and for those with escapes that are longer than 256 bytes.

use crate::cell::{EDGES, NONE, Node, WILD};
use crate::scan::{Line, WORD};
use crate::scratch::{SLASH, Scratch};
use crate::search::{Outcome, Query};
use crate::table::{Table, hash_of};

impl Table {
    /// Searches for a path that has escapes, or percent signs that are none.
    #[cold]
    pub(crate) fn search_canonical(&self, query: Query<'_>) -> Outcome {
        let scratch = Scratch::canonical(query.path, query.form);
        let mut outcome = self.search_all(Query { path: scratch.bytes(), ..query });
        // An escaped slash at the end is one for patterns, but not for adding one.
        if scratch.bytes().ends_with(b"/") && !query.path.ends_with(b"/") {
            let slashed = [query.path, b"/"].concat();
            let with_slash = self.search_canonical(Query { path: &slashed, ..query });
            outcome.is_seen |= with_slash.is_seen;
            if self.is_exact(with_slash.route, &slashed) {
                outcome.slashed = with_slash.route;
            }
        }
        Outcome { form: query.form, ..outcome }
    }

    /// Searches for a path of any length; with `CLEAN` only if it is clean.
    #[cold]
    pub(crate) fn search_long<const CLEAN: bool>(&self, query: Query<'_>) -> Outcome {
        if CLEAN && !nethttp_grammar::path::is_clean(query.path) {
            return Outcome::UNCLEAN;
        }
        if query.path.first() != Some(&b'/') {
            return Outcome::NOTHING;
        }
        if query.path.contains(&b'%') { self.search_canonical(query) } else { self.search_all(query) }
    }

    /// Searches for a path that begins with a slash and is in canonical form: the patterns of the host, then those
    /// without one.
    #[cold]
    pub(crate) fn search_all(&self, query: Query<'_>) -> Outcome {
        let mut pad = [0; WORD];
        let line = Line::new(query.path, &mut pad);
        let has_slash = query.path.ends_with(b"/");
        let slashes = query.path.iter().enumerate().skip(1).filter(|(_, byte)| **byte == b'/').map(|(at, _)| at as u32);
        let ends = slashes.chain((!has_slash).then_some(query.path.len() as u32));
        let mut near = [0; 64];
        let mut count = 0;
        for (place, end) in near.iter_mut().zip(ends.clone()) {
            *place = end;
            count += 1;
        }
        let far: Vec<u32>;
        let list = if count < near.len() {
            &near[..count]
        } else {
            far = ends.collect();
            &far
        };
        let mut walk = Walk { table: self, query, line, has_slash, last_bit: None, outcome: Outcome::NOTHING };
        let host_site = if self.has_hosts { self.site_of(query.host) } else { 0 };
        for site in [host_site, 0] {
            let mut route = walk.pick(self.texts.get(site, query.path, line.hash()));
            if let Some(tree) = self.sites.get(site as usize)
                && route == NONE
            {
                route = walk.descend(tree.root, 1, list);
            }
            walk.outcome.route = route;
            if route != NONE || site == 0 {
                break;
            }
        }
        walk.outcome
    }

    /// Whether the route's pattern matches `path`, which it does, without a rest that a multi takes.
    fn is_exact(&self, route: u32, path: &[u8]) -> bool {
        self.patterns.get(route as usize).is_some_and(|pattern| {
            let slashes = || path.iter().filter(|&&byte| byte == b'/').count();
            !pattern.is_multi() || path.ends_with(b"/") && pattern.segments().len() == slashes()
        })
    }

    /// All routes of a site that match a path, whatever their methods; `path` is in canonical form.
    pub(crate) fn collect_routes(&self, site: u32, path: &[u8], routes: &mut Vec<u32>) {
        let mut add = |mut at: u32| {
            while let Some(choice) = self.choices.get(at as usize) {
                routes.push(choice.route);
                if choice.is_last {
                    break;
                }
                at += 1;
            }
        };
        add(self.texts.get(site, path, hash_of(path)));
        let mut open = vec![(self.sites[site as usize].root, path)];
        while let Some((id, rest)) = open.pop() {
            let cell = &self.cells[id as usize];
            let node = cell.node();
            let [b'/', rest @ ..] = rest else {
                add(node.leaf);
                continue;
            };
            add(node.multi);
            if rest.is_empty() {
                add(node.end);
                continue;
            }
            let (segment, rest) = rest.split_at(rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len()));
            if node.wild != NONE && segment != SLASH {
                open.push((node.wild, rest));
            }
            if node.shape.flags & EDGES != 0 {
                let mut pad = [0; WORD];
                let child = self.child(id, cell, Line::new(segment, &mut pad), 0, segment.len());
                if child != NONE {
                    open.push((child, rest));
                }
            }
        }
    }
}

/// A search under way.
struct Walk<'a> {
    table: &'a Table,
    query: Query<'a>,
    line: Line<'a>,
    /// Whether the path ends in a slash, which is then not among the ends of segments.
    has_slash: bool,
    /// The bit of the last segment, once it was needed; 0 if the path ends in a slash.
    last_bit: Option<u32>,
    outcome: Outcome,
}

impl Walk<'_> {
    /// The best route below the node in the cell `id` for the segments from `start` on.
    fn descend(&mut self, mut id: u32, mut start: usize, ends: &[u32]) -> u32 {
        let table = self.table;
        let mut ends = ends.iter();
        while let Some(cell) = table.cells.get(id as usize) {
            let node = cell.node();
            if !self.is_within_reach(&node, ends.len()) {
                return NONE;
            }
            let Some(&end) = ends.next() else {
                return self.arrive(&node);
            };
            let end = end as usize;
            let has_edges = node.shape.flags & EDGES != 0;
            let literal = if has_edges { table.child(id, cell, self.line, start, end) } else { NONE };
            let is_slash = || self.line.text().get(start..end) == Some(SLASH);
            let wild = if node.shape.flags & WILD != 0 && !is_slash() { node.wild } else { NONE };
            start = end + 1;
            // The last branch needs no coming back.
            (id, _) = match (literal, wild, node.multi) {
                (next, NONE, NONE) | (NONE, next, NONE) if next != NONE => (next, ()),
                _ => {
                    for next in [literal, wild] {
                        let route = if next == NONE { NONE } else { self.descend(next, start, ends.as_slice()) };
                        if route != NONE {
                            return route;
                        }
                    }
                    return self.pick(node.multi);
                }
            };
        }
        NONE
    }

    /// The route where the path ends at `node`; if there is none, notes what a slash would lead to.
    fn arrive(&mut self, node: &Node) -> u32 {
        if !self.has_slash {
            let route = self.pick(node.leaf);
            if route != NONE || self.outcome.slashed != NONE {
                return route;
            }
        }
        let route = match self.pick(node.end) {
            NONE => self.pick(node.multi),
            route => route,
        };
        if self.has_slash {
            return route;
        }
        self.outcome.slashed = route;
        NONE
    }

    /// Whether a pattern below `node` can have `left` segments more and end in the last of the path.
    fn is_within_reach(&mut self, node: &Node, left: usize) -> bool {
        // A slash is a segment itself; without one at the end patterns that have it matter too.
        let least = left + usize::from(self.has_slash);
        let shape = node.shape;
        if left + 1 < shape.min.into() || least > shape.max.into() && shape.max != u8::MAX {
            return false;
        }
        let bit = match self.last_bit {
            Some(bit) => bit,
            None => *self.last_bit.insert(last_bit(self.line)),
        };
        shape.last & bit == bit || left == 0
    }

    fn pick(&mut self, choices: u32) -> u32 {
        self.table.pick(choices, self.query.wanted, &mut self.outcome.is_seen)
    }
}

fn last_bit(line: Line<'_>) -> u32 {
    let text = line.text();
    let start = text.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    if start == text.len() { 0 } else { line.key(start, text.len()).bit() }
}
