//! The search of a table: which pattern a request belongs to.
//!
//! Whole paths first, then down the tree: literal before wildcard before multi. The first way down is taken without
//! looking back, and most searches end there; if it leads nowhere and passed another branch, all are tried, but for those
//! where the number of segments left or the last of them cannot fit. On the way the search notes what a path with a slash
//! added would match. It allocates for paths only that are long (over 127 bytes) with over 63 slashes, or with escapes and
//! over 256 bytes.
//!
//! Go's rules for `ServeMux`, with one addition: a wildcard stands for an empty segment too (which only CONNECT has), and
//! its value is then empty; in Go asking for it panics.

use http::Method;

use crate::cell::{NO_EDGES, NONE, Node, place};
use crate::found::Found;
use crate::methods::Wanted;
use crate::scan::{Bits, Ends, Line, Scan, WORD};
use crate::scratch::{Form, SLASH, Scratch};
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
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    /// The most specific route that matches.
    pub(crate) route: u32,
    /// The route that is matched exactly by the path with a slash added, if the path itself has no such match.
    pub(crate) slashed: u32,
    /// Whether some pattern matches but for its method; perhaps only with a slash added.
    pub(crate) is_seen: bool,
    /// The path has to be cleaned; it has not been searched.
    pub(crate) is_unclean: bool,
    /// Where segments end, as bits; all 0 if that was not kept.
    pub(crate) ends: [u64; 2],
    pub(crate) form: Form,
}

impl Outcome {
    const NOTHING: Self =
        Self { route: NONE, slashed: NONE, is_seen: false, is_unclean: false, ends: [0, 0], form: Form::Plain };

    const UNCLEAN: Self = Self { is_unclean: true, ..Self::NOTHING };
}

impl Table {
    /// The most specific pattern that a request matches.
    ///
    /// `host` is without its port, `path` escaped as in a request line, and neither cleaned nor redirected: with
    /// `..` in it, it matches what a pattern spells so.
    #[inline]
    #[must_use]
    pub fn find<'t, 'p>(&'t self, method: &Method, host: &[u8], path: &'p [u8]) -> Option<Found<'t, 'p>> {
        let wanted = self.methods.wanted(method);
        let Outcome { route, ends, form, .. } =
            self.search::<false>(Query { wanted, host, path, form: Form::Escaped });
        (route != NONE).then_some(Found { table: self, route, path, ends, form })
    }

    /// Searches; with `CLEAN` only paths that are clean.
    #[inline]
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

    #[inline]
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
        let has_slash = line.text().ends_with(b"/");
        slashes.add(u64::from(!has_slash), line.len());
        let task = Task { line, hash, has_slash, wanted: query.wanted };
        let mut ends = slashes;
        ends.add(1, line.len());
        Outcome { ends: ends.as_words(), ..self.search_sites::<B, false>(task, slashes, query.host) }
    }

    /// Searches for a path that has escapes, or percent signs that are none.
    #[cold]
    fn search_canonical(&self, query: Query<'_>) -> Outcome {
        let scratch = Scratch::canonical(query.path, query.form);
        let mut outcome = self.search_list(Query { path: scratch.bytes(), ..query });
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

    #[cold]
    fn search_long<const CLEAN: bool>(&self, query: Query<'_>) -> Outcome {
        if CLEAN && !nethttp_grammar::path::is_clean(query.path) {
            return Outcome::UNCLEAN;
        }
        if query.path.first() != Some(&b'/') {
            return Outcome::NOTHING;
        }
        if query.path.contains(&b'%') { self.search_canonical(query) } else { self.search_list(query) }
    }

    /// Searches for a path of any length that begins with a slash and is in canonical form.
    fn search_list(&self, query: Query<'_>) -> Outcome {
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
            &far[..]
        };
        let task = Task { line, hash: line.hash(), has_slash, wanted: query.wanted };
        self.search_sites::<_, true>(task, list, query.host)
    }

    /// Searches the patterns of the host, then those without one.
    #[inline]
    fn search_sites<E: Ends, const ESCAPED: bool>(&self, task: Task<'_>, ends: E, host: &[u8]) -> Outcome {
        let mut outcome = Outcome::NOTHING;
        let mut site = if self.has_hosts { self.site_of(host) } else { 0 };
        loop {
            self.search_site::<E, ESCAPED>(site, task, ends, &mut outcome);
            if site == 0 || outcome.route != NONE {
                return outcome;
            }
            site = 0;
        }
    }

    /// The site of a host; that of all hosts if no pattern names it.
    fn site_of(&self, host: &[u8]) -> u32 {
        match self.texts.get(HOSTS, host, hash_of(host)) {
            NONE => 0,
            site => site,
        }
    }

    #[inline(always)]
    fn search_site<E: Ends, const ESCAPED: bool>(&self, site: u32, task: Task<'_>, ends: E, outcome: &mut Outcome) {
        let Some(tree) = self.sites.get(site as usize) else {
            return;
        };
        if tree.has_statics {
            let choices = self.texts.get(site, task.line.text(), task.hash);
            outcome.route = self.pick(choices, task.wanted, &mut outcome.is_seen);
            if outcome.route != NONE {
                return;
            }
        }
        let stop = self.run::<E, ESCAPED>(tree.root, task, ends);
        outcome.route = if stop.has_arrived {
            self.arrive(&stop.node, task, outcome)
        } else {
            self.pick(stop.node.multi, task.wanted, &mut outcome.is_seen)
        };
        if outcome.route == NONE && stop.has_passed_branch {
            let mut walk = Walk { table: self, task, last_bit: None, outcome };
            walk.outcome.route = walk.turn_back::<E, ESCAPED>(&stop, tree.root, ends);
        }
    }

    /// Goes down from `root`, at each node to the branch that is tried first.
    #[inline(always)]
    fn run<E: Ends, const ESCAPED: bool>(&self, root: u32, task: Task<'_>, mut ends: E) -> Stop {
        let mut stop = Stop {
            node: Node::NOWHERE,
            has_arrived: false,
            has_passed_branch: false,
            is_wild_nearer: false,
            multi: NONE,
        };
        let (mut id, mut start) = (root, 1);
        while let Some(cell) = self.cells.get(id as usize) {
            stop.node = cell.node();
            if ends.is_empty() {
                stop.has_arrived = true;
                break;
            }
            let end = ends.next_end();
            let mut child = NONE;
            if stop.node.shift != NO_EDGES {
                child = self.child(id, &stop.node, task.line, start, end);
            }
            if child == NONE {
                child = stop.node.wild;
                if child == NONE || ESCAPED && is_slash(task.line, start, end) {
                    break;
                }
                if stop.node.multi != NONE {
                    (stop.multi, stop.is_wild_nearer, stop.has_passed_branch) = (stop.node.multi, false, true);
                }
            } else if stop.node.wild & stop.node.multi != NONE {
                stop.is_wild_nearer |= stop.node.wild != NONE;
                if stop.node.multi != NONE {
                    (stop.multi, stop.is_wild_nearer) = (stop.node.multi, stop.node.wild != NONE);
                }
                stop.has_passed_branch = true;
            }
            (id, start) = (child, end + 1);
        }
        stop
    }

    /// The node below the one in the cell `id` for a segment of `line`, or [`NONE`].
    #[inline(always)]
    fn child(&self, id: u32, node: &Node, line: Line<'_>, start: usize, end: usize) -> u32 {
        let key = line.key(start, end);
        let len = end - start;
        let mut at = id as usize + 1 + place(key, node.factor, node.shift);
        let mut drift = node.drift;
        while let Some(cell) = self.cells.get(at) {
            let edge = cell.edge();
            let is_same = edge.key == key && edge.len as usize == len;
            if is_same && (len <= 2 * WORD || self.is_long_segment(edge.text, line, start, end)) {
                return edge.child;
            }
            if drift == 0 || edge.child == NONE {
                break;
            }
            drift -= u8::from(drift < u8::MAX);
            at += 1;
        }
        NONE
    }

    #[cold]
    fn is_long_segment(&self, text: u32, line: Line<'_>, start: usize, end: usize) -> bool {
        self.long_segments.get(text as usize..text as usize + (end - start)) == line.text().get(start..end)
    }

    /// The route where the path ends at `node`; if there is none, notes what a slash would lead to.
    #[inline(always)]
    fn arrive(&self, node: &Node, task: Task<'_>, outcome: &mut Outcome) -> u32 {
        let (first, second) = if task.has_slash { (node.end, node.multi) } else { (node.leaf, NONE) };
        let mut route = self.pick(first, task.wanted, &mut outcome.is_seen);
        if route == NONE {
            route = self.pick(second, task.wanted, &mut outcome.is_seen);
        }
        if route == NONE && !task.has_slash && outcome.slashed == NONE && node.end & node.multi != NONE {
            outcome.slashed = self.pick(node.end, task.wanted, &mut outcome.is_seen);
            if outcome.slashed == NONE {
                outcome.slashed = self.pick(node.multi, task.wanted, &mut outcome.is_seen);
            }
        }
        route
    }

    /// The first of the choices that allows the method, or [`NONE`].
    #[inline(always)]
    fn pick(&self, choices: u32, wanted: Wanted, is_seen: &mut bool) -> u32 {
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

    /// Whether the route's pattern matches `path`, which it does, without a rest that a multi takes.
    pub(crate) fn is_exact(&self, route: u32, path: &[u8]) -> bool {
        self.patterns.get(route as usize).is_some_and(|pattern| {
            let slashes = || path.iter().filter(|&&byte| byte == b'/').count();
            !pattern.is_multi() || path.ends_with(b"/") && pattern.segments().len() == slashes()
        })
    }

    /// All routes that match a path, whatever their methods; `path` is in canonical form.
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
            let node = self.cells[id as usize].node();
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
            if node.shift != NO_EDGES {
                let mut pad = [0; WORD];
                let child = self.child(id, &node, Line::new(segment, &mut pad), 0, segment.len());
                if child != NONE {
                    open.push((child, rest));
                }
            }
        }
    }
}

/// A search of one path.
#[derive(Clone, Copy)]
struct Task<'a> {
    line: Line<'a>,
    hash: u64,
    /// Whether the path ends in a slash, which is then no end of a segment.
    has_slash: bool,
    wanted: Wanted,
}

/// Where the first way down ended, and what it passed.
struct Stop {
    node: Node,
    /// Whether the path ended there; if not, there was no way on.
    has_arrived: bool,
    /// Whether there was another branch somewhere.
    has_passed_branch: bool,
    /// Whether the last wildcard not taken comes before the last multi not taken.
    is_wild_nearer: bool,
    /// The choices of the last multi not taken.
    multi: u32,
}

/// A search of all branches.
struct Walk<'a> {
    table: &'a Table,
    task: Task<'a>,
    /// The bit of the last segment, once it was needed; 0 if the path ends in a slash.
    last_bit: Option<u32>,
    outcome: &'a mut Outcome,
}

impl Walk<'_> {
    /// The best route of a tree, given that the first way down led nowhere.
    #[cold]
    fn turn_back<E: Ends, const ESCAPED: bool>(&mut self, stop: &Stop, root: u32, ends: E) -> u32 {
        if !stop.is_wild_nearer {
            let route = self.pick(stop.multi);
            if route != NONE {
                return route;
            }
        }
        self.descend::<E, ESCAPED>(root, 1, ends, ends.count())
    }

    /// The best route below the node in the cell `id` for the segments from `start` on, of which `left` are left.
    fn descend<E: Ends, const ESCAPED: bool>(&mut self, mut id: u32, mut start: usize, mut ends: E, left: u32) -> u32 {
        let table = self.table;
        let mut left = left;
        while let Some(cell) = table.cells.get(id as usize) {
            let node = cell.node();
            if left == 0 {
                return table.arrive(&node, self.task, self.outcome);
            }
            if !self.is_within_reach(&node, left) {
                return NONE;
            }
            let end = ends.next_end();
            left -= 1;
            let mut next = NONE;
            if node.shift != NO_EDGES {
                next = table.child(id, &node, self.task.line, start, end);
            }
            let is_open = node.wild != NONE && !(ESCAPED && is_slash(self.task.line, start, end));
            if next != NONE && (is_open || node.multi != NONE) {
                let route = self.descend::<E, ESCAPED>(next, end + 1, ends, left);
                if route != NONE {
                    return route;
                }
                next = NONE;
            }
            if next == NONE && is_open {
                next = node.wild;
                if node.multi != NONE {
                    let route = self.descend::<E, ESCAPED>(next, end + 1, ends, left);
                    if route != NONE {
                        return route;
                    }
                    next = NONE;
                }
            }
            if next == NONE {
                return self.pick(node.multi);
            }
            (id, start) = (next, end + 1);
        }
        NONE
    }

    /// Whether a pattern below `node` can have so many segments more and end in the last of the path.
    #[inline]
    fn is_within_reach(&mut self, node: &Node, left: u32) -> bool {
        // Without a slash at the end patterns with one segment more matter too; a slash is a segment itself.
        let (least, most) = if self.task.has_slash { (left + 1, left + 1) } else { (left, left + 1) };
        if most < node.min.into() || least > node.max.into() && node.max != u8::MAX {
            return false;
        }
        let bit = match self.last_bit {
            Some(bit) => bit,
            None => *self.last_bit.insert(last_bit(self.task.line)),
        };
        node.last & bit == bit
    }

    fn pick(&mut self, choices: u32) -> u32 {
        self.table.pick(choices, self.task.wanted, &mut self.outcome.is_seen)
    }
}

/// Whether the segment is an escaped slash, for which no wildcard stands.
#[inline]
fn is_slash(line: Line<'_>, start: usize, end: usize) -> bool {
    line.text().get(start..end) == Some(SLASH)
}

#[cold]
fn last_bit(line: Line<'_>) -> u32 {
    let text = line.text();
    let start = text.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    if start == text.len() { 0 } else { line.key(start, text.len()).bit() }
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
