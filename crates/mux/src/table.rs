//! `Table`: the patterns of a mux as flat arrays for the search.
//!
//! Nodes stand in one array, each followed by a small hash table of its literal edges with the first and last bytes of
//! their segments in it; paths without wildcards and hosts stand in another, keyed by the hash of the whole text. A table
//! never changes: a mux that gets new patterns builds a new one.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::cell::{Cell, DRIFTS, EDGES, Edge, MULTI, NONE, Node, Shape, Spread, WILD};
use crate::found::Captures;
use crate::index::ConflictIndex;
use crate::methods::Methods;
use crate::openings::Openings;
use crate::scan::{Line, WORD};
use crate::text_map::TextMap;
use crate::tree;
use crate::tree::{Choices, Reach, Site as TreeSite, segment_key};
use crate::{Pattern, PatternError};

/// An immutable set of patterns with the search over them, without handlers: what a [`ServeMux`](crate::ServeMux)
/// matches with.
///
/// ```
/// use http::Method;
/// use nethttp_mux::{Pattern, Table};
///
/// let patterns = ["GET /b/{bucket}/o/{name...}", "/b/{bucket}", "example.com/"];
/// let table = Table::new(patterns.map(|text| Pattern::parse(text).unwrap()))?;
///
/// let found = table.find(&Method::GET, b"", b"/b/x/o/y%20z/w").unwrap();
/// assert_eq!(found.index(), 0);
/// let values: Vec<_> = found.values().map(|(name, value)| (name, value.into_owned())).collect();
/// assert_eq!(values, [("bucket", b"x".to_vec()), ("name", b"y z/w".to_vec())]);
/// assert!(table.find(&Method::POST, b"", b"/b/x/o/y").is_none());
/// # Ok::<(), nethttp_mux::PatternError>(())
/// ```
pub struct Table {
    pub(crate) patterns: Box<[Arc<Pattern>]>,
    /// Nodes, each followed by its edges.
    pub(crate) cells: Box<[Cell]>,
    /// The text of all segments longer than two words.
    pub(crate) long_segments: Box<[u8]>,
    /// Lists of routes that differ in method only, each ended by `is_last`.
    pub(crate) choices: Box<[Choice]>,
    /// Whole paths by site, and hosts.
    pub(crate) texts: TextMap,
    /// Whether some pattern names a host; without one hosts are not looked at.
    pub(crate) has_hosts: bool,
    /// The root of each site's tree; that of the patterns without a host comes first.
    pub(crate) sites: Box<[Site]>,
    pub(crate) openings: Openings,
    /// Methods that patterns name, by number from [`Methods::FIRST_OWN`] on.
    pub(crate) methods: Methods,
    pub(crate) captures: Captures,
}

/// The patterns of one host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    pub(crate) root: u32,
    pub(crate) has_statics: bool,
    pub(crate) has_nodes: bool,
}

/// A route and the number of its method.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub(crate) route: u32,
    pub(crate) method: u16,
    pub(crate) is_last: bool,
}

/// The space of hosts in [`Table::texts`]; a site's paths are in the space of its number.
pub(crate) const HOSTS: u32 = u32::MAX;

impl Table {
    /// A table of patterns; they are numbered in their order.
    ///
    /// # Errors
    ///
    /// [`PatternError`] if two of them conflict.
    pub fn new(patterns: impl IntoIterator<Item = Pattern>) -> Result<Self, PatternError> {
        let mut index = ConflictIndex::default();
        let mut accepted: Vec<Arc<Pattern>> = Vec::new();
        for pattern in patterns {
            if let Some(with) = index.find(&pattern, |id| &accepted[id as usize]) {
                return Err(PatternError::conflicting(&pattern, &accepted[with as usize]));
            }
            index.insert(&pattern, accepted.len() as u32);
            accepted.push(Arc::new(pattern));
        }
        Ok(Self::of(accepted))
    }

    /// A table of patterns of which no two conflict.
    pub(crate) fn of(patterns: Vec<Arc<Pattern>>) -> Self {
        Builder::default().build(patterns)
    }

    /// The patterns, by number.
    pub fn patterns(&self) -> impl ExactSizeIterator<Item = &Pattern> {
        self.patterns.iter().map(|pattern| &**pattern)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.patterns).finish()
    }
}

/// Flattens the trees.
#[derive(Default)]
struct Builder {
    cells: Vec<Cell>,
    long_segments: Vec<u8>,
    choices: Vec<Choice>,
    texts: Vec<(u32, Vec<u8>, u32)>,
    sites: Vec<Site>,
}

impl Builder {
    fn build(mut self, patterns: Vec<Arc<Pattern>>) -> Table {
        let mut methods = Methods::default();
        let mut trees = vec![TreeSite::default()];
        let mut hosts: HashMap<&str, usize> = HashMap::from([("", 0)]);
        for (route, pattern) in patterns.iter().enumerate() {
            let site = *hosts.entry(pattern.host()).or_insert_with(|| {
                trees.push(TreeSite::default());
                trees.len() - 1
            });
            trees[site].insert(pattern, methods.add(pattern.method()), route as u32);
        }
        for (host, &site) in hosts.iter().filter(|(host, _)| !host.is_empty()) {
            self.texts.push((HOSTS, host.as_bytes().to_vec(), site as u32));
        }
        for (site, tree) in trees.iter().enumerate() {
            let (root, _) = self.add_node(&tree.root);
            let has_nodes = !tree.root.is_empty();
            self.sites.push(Site { root, has_statics: !tree.statics.is_empty(), has_nodes });
            for (path, choices) in &tree.statics {
                let choices = self.add_choices(choices);
                self.texts.push((site as u32, path.clone(), choices));
            }
        }
        let has_hosts = trees.len() > 1;
        drop(hosts);
        Table {
            cells: self.cells.into(),
            long_segments: self.long_segments.into(),
            choices: self.choices.into(),
            texts: TextMap::new(self.texts),
            has_hosts,
            openings: Openings::of(&patterns),
            sites: self.sites.into(),
            methods,
            captures: Captures::new(patterns.iter().map(|pattern| &**pattern)),
            patterns: patterns.into(),
        }
    }

    /// Adds a node and all below it; gives its cell, and what can follow it.
    fn add_node(&mut self, node: &tree::Node) -> (u32, Reach) {
        let [leaf, end, multi] = [&node.leaf, &node.end, &node.multi].map(|choices| self.add_choices(choices));
        let edges: Vec<_> = node.literals.keys().map(|text| self.edge(text)).collect();
        let spread = Spread::best(&edges);
        let id = self.cells.len();
        self.cells.resize(id + 1 + spread.places, Edge::FREE.into());
        // Children come after the edges, whose places are known then.
        let mut reach = node.own_reach();
        let wild = node.wild.as_ref().map_or(NONE, |wild| {
            let (wild, below) = self.add_node(wild);
            reach.add_below(below, u32::MAX);
            wild
        });
        for (edge, child) in edges.into_iter().zip(node.literals.values()) {
            let mut at = id + 1 + spread.place(edge.key);
            while self.cells[at].edge().child != NONE {
                at += 1;
            }
            let (child, below) = self.add_node(child);
            reach.add_below(below, edge.key.bit());
            self.cells[at] = Edge { child, ..edge }.into();
        }
        let flag = |is_set, flag| if is_set { flag } else { 0 };
        let flags = flag(!node.literals.is_empty(), EDGES)
            | flag(spread.drifts() && !node.literals.is_empty(), DRIFTS)
            | flag(wild != NONE, WILD)
            | flag(multi != NONE, MULTI);
        let Reach { min, max, last } = reach;
        let shape = Shape { turn: spread.turn, flags, min, max, last };
        self.cells[id] = Node { mask: spread.mask, wild, leaf, end, multi, shape }.into();
        (id as u32, reach)
    }

    /// An edge for a segment, as yet to nowhere.
    fn edge(&mut self, text: &[u8]) -> Edge {
        let mut start = 0;
        if text.len() > 2 * WORD {
            start = self.long_segments.len() as u32;
            self.long_segments.extend_from_slice(text);
        }
        Edge { key: segment_key(text), child: NONE, len: text.len() as u32, text: start }
    }

    /// Stores choices in the order of preference: HEAD before GET, which also allows it, and any method last.
    fn add_choices(&mut self, choices: &Choices) -> u32 {
        if choices.is_empty() {
            return NONE;
        }
        let start = self.choices.len() as u32;
        let mut sorted = choices.clone();
        sorted.sort_by_key(|&(method, _)| std::cmp::Reverse(method));
        let last = sorted.len() - 1;
        let stored = sorted.into_iter().enumerate();
        self.choices.extend(stored.map(|(at, (method, route))| Choice { route, method, is_last: at == last }));
        start
    }
}

/// The text of a path or a host with its hash.
pub(crate) fn hash_of(text: &[u8]) -> u64 {
    let mut pad = [0; WORD];
    Line::new(text, &mut pad).hash()
}
