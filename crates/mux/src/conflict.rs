//! How the requests of two patterns relate, and what to say when they conflict.
//!
//! A pattern with a host beats one without; otherwise the more specific one wins, and two that overlap with neither more
//! specific (or that are equal) conflict. Go's rules, and Go's words for a conflict.

use nethttp_grammar::quote::quote;

use crate::{Pattern, Segment};

/// How the set of requests that one pattern matches relates to that of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Both match the same requests.
    Equivalent,
    /// The first matches all that the second matches, and more.
    MoreGeneral,
    /// The second matches all that the first matches, and more.
    MoreSpecific,
    /// No request matches both.
    Disjoint,
    /// Some requests match both, and each matches some that the other does not.
    Overlaps,
}

impl Relation {
    /// The relation of pairs from the relations of their parts, each part taken by itself.
    ///
    /// ```
    /// use nethttp_mux::Relation;
    ///
    /// assert_eq!(Relation::MoreGeneral.and(Relation::Equivalent), Relation::MoreGeneral);
    /// assert_eq!(Relation::MoreGeneral.and(Relation::MoreSpecific), Relation::Overlaps);
    /// ```
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        let (Some((left, right)), Some((other_left, other_right))) = (self.surplus(), other.surplus()) else {
            return Self::Disjoint;
        };
        Self::of_surplus(left || other_left, right || other_right)
    }

    /// Whether two patterns that relate so cannot both be registered for one host.
    #[must_use]
    pub const fn is_conflict(self) -> bool {
        matches!(self, Self::Equivalent | Self::Overlaps)
    }

    /// Whether the first and the second match something that the other does not; `None` if they share nothing.
    const fn surplus(self) -> Option<(bool, bool)> {
        match self {
            Self::Equivalent => Some((false, false)),
            Self::MoreGeneral => Some((true, false)),
            Self::MoreSpecific => Some((false, true)),
            Self::Overlaps => Some((true, true)),
            Self::Disjoint => None,
        }
    }

    const fn of_surplus(left: bool, right: bool) -> Self {
        match (left, right) {
            (false, false) => Self::Equivalent,
            (true, false) => Self::MoreGeneral,
            (false, true) => Self::MoreSpecific,
            (true, true) => Self::Overlaps,
        }
    }
}

impl Pattern {
    /// How the methods of two patterns relate.
    ///
    /// ```
    /// use nethttp_mux::{Pattern, Relation};
    ///
    /// let (get, head) = (Pattern::parse("GET /").unwrap(), Pattern::parse("HEAD /").unwrap());
    /// assert_eq!(get.compare_methods(&head), Relation::MoreGeneral);
    /// ```
    #[must_use]
    pub fn compare_methods(&self, other: &Self) -> Relation {
        let (own, other) = (self.method(), other.method());
        if own == other {
            Relation::Equivalent
        } else if own.is_empty() || (own, other) == ("GET", "HEAD") {
            Relation::MoreGeneral
        } else if other.is_empty() || (own, other) == ("HEAD", "GET") {
            Relation::MoreSpecific
        } else {
            Relation::Disjoint
        }
    }

    /// How the paths of two patterns relate.
    ///
    /// ```
    /// use nethttp_mux::{Pattern, Relation};
    ///
    /// let (wild, literal) = (Pattern::parse("/{x}/b").unwrap(), Pattern::parse("/a/{y}").unwrap());
    /// assert_eq!(wild.compare_paths(&literal), Relation::Overlaps);
    /// ```
    #[must_use]
    pub fn compare_paths(&self, other: &Self) -> Relation {
        let (own, others) = (self.segments(), other.segments());
        // Only what ends in a multi can share paths with a longer one.
        let by_length = if own.len() < others.len() {
            if self.is_multi() { Relation::MoreGeneral } else { Relation::Disjoint }
        } else if others.len() < own.len() {
            if other.is_multi() { Relation::MoreSpecific } else { Relation::Disjoint }
        } else {
            Relation::Equivalent
        };
        own.iter().zip(others).fold(by_length, |relation, (left, right)| relation.and(compare_segments(left, right)))
    }

    /// How the requests of two patterns relate, hosts left aside.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Relation {
        match self.compare_methods(other) {
            Relation::Disjoint => Relation::Disjoint,
            methods => methods.and(self.compare_paths(other)),
        }
    }

    /// Whether the two cannot be registered on one mux. Patterns of different hosts never conflict.
    #[must_use]
    pub fn conflicts_with(&self, other: &Self) -> bool {
        self.host() == other.host() && self.compare(other).is_conflict()
    }
}

fn compare_segments(left: &Segment, right: &Segment) -> Relation {
    use Segment::{End, Multi, Wild};
    match (left, right) {
        (Multi(_), Multi(_)) | (Wild(_), Wild(_)) => Relation::Equivalent,
        (Multi(_), _) => Relation::MoreGeneral,
        (_, Multi(_)) => Relation::MoreSpecific,
        // A wildcard stands for a segment, not for the slash at the end.
        (Wild(_), End) | (End, Wild(_)) => Relation::Disjoint,
        (Wild(_), _) => Relation::MoreGeneral,
        (_, Wild(_)) => Relation::MoreSpecific,
        _ if left == right => Relation::Equivalent,
        _ => Relation::Disjoint,
    }
}

/// Says why two patterns that conflict do.
pub(crate) fn describe(left: &Pattern, right: &Pattern) -> String {
    let (methods, paths) = (left.compare_methods(right), left.compare_paths(right));
    match (methods.and(paths), methods, paths) {
        (Relation::Equivalent, ..) => format!("{left} matches the same requests as {right}"),
        (_, _, Relation::Overlaps) => {
            let shared = quote(&common_path(left, right));
            let [left_only, right_only] = [(left, right), (right, left)].map(|(a, b)| quote(&difference_path(a, b)));
            format!(
                "{left} and {right} both match some paths, like {shared}.\n\
                 But neither is more specific than the other.\n\
                 {left} matches {left_only}, but {right} doesn't.\n\
                 {right} matches {right_only}, but {left} doesn't."
            )
        }
        (_, Relation::MoreGeneral, _) => {
            format!("{left} matches more methods than {right}, but has a more specific path pattern")
        }
        _ => format!("{left} matches fewer methods than {right}, but has a more general path pattern"),
    }
}

/// A path that both match, if their paths have one in common.
fn common_path(left: &Pattern, right: &Pattern) -> Vec<u8> {
    let (left, right) = (left.segments(), right.segments());
    let shared = left.len().min(right.len());
    let mut path = Vec::new();
    for (left, right) in left.iter().zip(right) {
        let is_open = matches!(left, Segment::Wild(_) | Segment::Multi(_));
        push_sample(&mut path, if is_open { right } else { left });
    }
    for segment in left[shared..].iter().chain(&right[shared..]) {
        push_sample(&mut path, segment);
    }
    path
}

/// A path that `own` matches and `other` does not, if their paths overlap.
fn difference_path(own: &Pattern, other: &Pattern) -> Vec<u8> {
    let (own, other) = (own.segments(), other.segments());
    let mut path = Vec::new();
    for (own, other) in own.iter().zip(other) {
        match (own, other) {
            // The difference lies before the end of both.
            (Segment::Multi(_), Segment::Multi(_)) => {
                path.push(b'/');
                return path;
            }
            // The slash alone tells them apart, or any segment where the other wants just the slash.
            (Segment::Multi(name), _) => {
                path.push(b'/');
                if *other == Segment::End {
                    path.extend_from_slice(if name.is_empty() { b"x" } else { name.as_bytes() });
                }
                return path;
            }
            (Segment::Wild(name), Segment::Literal(text)) if *name.as_bytes() == **text => {
                push_sample(&mut path, other);
                path.push(b'x');
            }
            _ => push_sample(&mut path, own),
        }
    }
    let shared = own.len().min(other.len());
    for segment in own[shared..].iter().chain(&other[shared..]) {
        push_sample(&mut path, segment);
    }
    path
}

/// Adds a step that `segment` matches: a wildcard stands for its own name.
fn push_sample(path: &mut Vec<u8>, segment: &Segment) {
    path.push(b'/');
    match segment {
        Segment::Literal(text) => path.extend_from_slice(text),
        Segment::Wild(name) => path.extend_from_slice(name.as_bytes()),
        Segment::Multi(_) | Segment::End => {}
    }
}
