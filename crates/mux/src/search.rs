//! The search of a table: which pattern a request belongs to.
//!
//! The first way down, literal before wildcard, is taken without looking back, and most searches end there. This file is
//! that way; if it leads nowhere though it passed another branch, and for paths that are long or have escapes,
//! [`walk`](crate::walk) tries them all.
//!
//! Go's rules for `ServeMux`, with one addition: a wildcard stands for an empty segment too (which only CONNECT has), and
//! its value is then empty; in Go asking for it panics.

use http::Method;

use crate::bits::{Bits, Ends};
use crate::cell::{Cell, DRIFTS, EDGES, MULTI, NONE, WILD, place};
use crate::found::Found;
use crate::methods::Wanted;
use crate::scan::{Line, Scan, WORD};
use crate::scratch::Form;
use crate::table::{HOSTS, Table, hash_of};

/// What is searched for.
#[derive(Clone, Copy)]
pub(crate) struct Query<'a> {
    pub(crate) wanted: Wanted,
    /// Without its port.
    pub(crate) host: &'a [u8],
    pub(crate) path: &'a [u8],
    pub(crate) form: Form,
}

/// What a search found; routes are [`NONE`] where there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// The most specific route that matches.
    pub(crate) route: u32,
    /// The route that is matched exactly by the path with a slash added, if the path itself has no such match.
    pub(crate) slashed: u32,
    /// Whether some pattern matches but for its method; perhaps only with a slash added.
    pub(crate) is_seen: bool,
    /// The path has to be cleaned; it has not been searched.
    pub(crate) is_unclean: bool,
    /// Where segments end, as bits; none if that is not known.
    pub(crate) ends: [u64; 2],
    /// Whether values have to be unescaped.
    pub(crate) form: Form,
}

impl Outcome {
    pub(crate) const NOTHING: Self =
        Self { route: NONE, slashed: NONE, is_seen: false, is_unclean: false, ends: [0, 0], form: Form::Plain };

    pub(crate) const UNCLEAN: Self = Self { is_unclean: true, ..Self::NOTHING };
}

impl Table {
    /// The most specific pattern that a request matches.
    ///
    /// `host` is without its port, `path` escaped as in a request line, and neither cleaned nor redirected: with
    /// `..` in it, it matches what a pattern spells so.
    #[inline]
    #[must_use]
    pub fn find<'t, 'p>(&'t self, method: &Method, host: &[u8], path: &'p [u8]) -> Option<Found<'t, 'p>> {
        if !self.openings.allow(path) {
            return None;
        }
        let wanted = self.methods.wanted(method);
        let Outcome { route, ends, form, .. } = self.search::<false>(Query { wanted, host, path, form: Form::Escaped });
        (route != NONE).then_some(Found { table: self, route, path, ends, form })
    }

    /// Searches; with `CLEAN` only paths that are clean.
    #[inline(always)]
    pub(crate) fn search<const CLEAN: bool>(&self, query: Query<'_>) -> Outcome {
        let mut pad = [0; WORD];
        let line = Line::new(query.path, &mut pad);
        if line.len() < u64::BOUND {
            self.search_bits::<u64, CLEAN>(line, query)
        } else if line.len() < <[u64; 2]>::BOUND {
            self.search_bits::<[u64; 2], CLEAN>(line, query)
        } else {
            self.search_long::<CLEAN>(query)
        }
    }

    #[inline(always)]
    fn search_bits<B: Bits, const CLEAN: bool>(&self, line: Line<'_>, query: Query<'_>) -> Outcome {
        let Scan { mut slashes, hash, has_percent, has_dot } = line.scan::<B, CLEAN>();
        if CLEAN && (slashes.has_neighbours() || has_dot && has_dot_segment(slashes, query.path)) {
            return Outcome::UNCLEAN;
        }
        if !slashes.take_first() {
            return Outcome { is_unclean: CLEAN, ..Outcome::NOTHING };
        }
        if has_percent {
            return self.search_canonical(query);
        }
        let site = if self.has_hosts { self.site_of(query.host) } else { 0 };
        let Some(tree) = self.sites.get(site as usize) else {
            return Outcome::NOTHING;
        };
        let mut is_seen = false;
        if tree.has_statics {
            let choices = self.texts.get(site, line.text(), hash);
            if choices != NONE {
                let route = self.pick(choices, query.wanted, &mut is_seen);
                if route != NONE {
                    return Outcome { route, ..Outcome::NOTHING };
                }
            }
        }
        if !tree.has_nodes && site == 0 {
            return Outcome { is_seen, ..Outcome::NOTHING };
        }
        // A slash at the end is none between segments.
        let has_slash = line.text().ends_with(b"/");
        if !has_slash {
            slashes.insert(line.len());
        }
        let stop = self.run(tree.root, line, slashes);
        let Some(node) = self.cells.get(stop.id as usize).map(Cell::node) else {
            return Outcome::NOTHING;
        };
        let choices = if !stop.has_arrived || has_slash && node.end == NONE {
            node.multi
        } else if has_slash {
            node.end
        } else {
            node.leaf
        };
        let route = self.pick(choices, query.wanted, &mut is_seen);
        if route != NONE || site == 0 && !stop.has_arrived && !stop.has_passed_branch {
            return Outcome { route, ends: slashes.ends(line.len()), is_seen, ..Outcome::NOTHING };
        }
        self.search_all(query)
    }

    /// The site of a host; that of all hosts if no pattern names it.
    pub(crate) fn site_of(&self, host: &[u8]) -> u32 {
        match self.texts.get(HOSTS, host, hash_of(host)) {
            NONE => 0,
            site => site,
        }
    }

    /// Goes down from `root`, at each node to the branch that is tried first.
    // Not inlined, so that what it needs stays in registers.
    #[inline(never)]
    fn run<E: Ends>(&self, root: u32, line: Line<'_>, mut ends: E) -> Stop {
        let (mut id, mut start) = (root, 1);
        let mut passed = 0;
        let mut has_arrived = false;
        while let Some(cell) = self.cells.get(id as usize) {
            if ends.is_empty() {
                has_arrived = true;
                break;
            }
            let end = ends.next_end();
            let flags = cell.shape().flags;
            let mut child = NONE;
            if flags & EDGES != 0 {
                child = self.child(id, cell, line, start, end);
            }
            if child != NONE {
                passed |= flags & (WILD | MULTI);
            } else if flags & WILD != 0 {
                child = cell.wild();
                passed |= flags & MULTI;
            } else {
                break;
            }
            (id, start) = (child, end + 1);
        }
        Stop { id, has_arrived, has_passed_branch: passed != 0 }
    }

    /// The node below the one in the cell `id` for a segment of `line`, or [`NONE`].
    #[inline(always)]
    pub(crate) fn child(&self, id: u32, cell: &Cell, line: Line<'_>, start: usize, end: usize) -> u32 {
        let key = line.key(start, end);
        let len = end.wrapping_sub(start);
        let mut at = id as usize + 1 + place(key, cell.mask(), cell.shape().turn);
        while let Some(next) = self.cells.get(at) {
            let edge = next.edge();
            let is_same = edge.key == key && edge.len as usize == len;
            if is_same && (len <= 2 * WORD || self.is_long_segment(edge.text, line, start, end)) {
                return edge.child;
            }
            if cell.shape().flags & DRIFTS == 0 || edge.child == NONE {
                break;
            }
            at += 1;
        }
        NONE
    }

    #[cold]
    fn is_long_segment(&self, text: u32, line: Line<'_>, start: usize, end: usize) -> bool {
        self.long_segments.get(text as usize..text as usize + (end - start)) == line.text().get(start..end)
    }

    /// The first of the choices that allows the method, or [`NONE`].
    #[inline(always)]
    pub(crate) fn pick(&self, choices: u32, wanted: Wanted, is_seen: &mut bool) -> u32 {
        let mut at = choices;
        while let Some(choice) = self.choices.get(at as usize) {
            if wanted.allows(choice.method) {
                return choice.route;
            }
            *is_seen = true;
            if choice.is_last {
                break;
            }
            at += 1;
        }
        NONE
    }
}

/// Where the first way down ended.
#[derive(Clone, Copy)]
struct Stop {
    /// The cell of the node.
    id: u32,
    /// Whether the path ended there; if not, there was no way on.
    has_arrived: bool,
    /// Whether another branch was passed, which then may lead somewhere.
    has_passed_branch: bool,
}

/// Whether a segment is `.` or `..`; `slashes` are those of `path`.
#[cold]
fn has_dot_segment<B: Bits>(mut slashes: B, path: &[u8]) -> bool {
    while !slashes.is_empty() {
        let slash = slashes.next_end();
        if matches!(
            path.get(slash + 1..).unwrap_or(&[]),
            [b'.'] | [b'.', b'/', ..] | [b'.', b'.'] | [b'.', b'.', b'/', ..]
        ) {
            return true;
        }
    }
    false
}
