//! `Registry`: what is registered; and `Routing`, what requests see of it.
//!
//! The one changes under a lock, the other never: it is made anew when it has gone stale.

use std::collections::HashSet;
use std::sync::Arc;

use crate::PatternError;
use crate::classic::Classic;
use crate::index::ConflictIndex;
use crate::miss::MissHandler;
use crate::route::{Route, RouteName};
use crate::syntax::{Fault, Invalid, Span};
use crate::table::Table;

/// What is registered; what requests see is made of it.
#[derive(Default)]
pub(crate) struct Registry {
    pub(crate) routes: Vec<Arc<Route>>,
    index: ConflictIndex,
    /// Of a classic mux.
    texts: HashSet<Box<str>>,
    pub(crate) not_found: Option<Arc<MissHandler>>,
    pub(crate) method_not_allowed: Option<Arc<MissHandler>>,
    /// Whether there is a [`Routing`], which then has to be told of changes.
    pub(crate) is_built: bool,
}

/// What requests see.
#[derive(Debug)]
pub(crate) struct Routing {
    pub(crate) rules: Rules,
    pub(crate) routes: Box<[Arc<Route>]>,
    pub(crate) not_found: Option<Arc<MissHandler>>,
    pub(crate) method_not_allowed: Option<Arc<MissHandler>>,
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for a mux, and a box would cost each request a load")]
pub(crate) enum Rules {
    Patterns(Table),
    Classic(Classic),
}

impl Registry {
    /// Checks that a name can be added, and takes note of it.
    pub(crate) fn admit(&mut self, name: &RouteName) -> Result<(), PatternError> {
        match name {
            RouteName::Pattern(pattern) => {
                let registered = |number: u32| match &self.routes[number as usize].name {
                    RouteName::Pattern(pattern) => &**pattern,
                    RouteName::Classic { .. } => unreachable!("a mux is of one kind"),
                };
                if let Some(with) = self.index.find(pattern, registered) {
                    return Err(PatternError::conflicting(pattern, registered(with)));
                }
                self.index.insert(pattern, self.routes.len() as u32);
            }
            RouteName::Classic { text, .. } => {
                if text.is_empty() {
                    let invalid = Invalid { fault: Fault::EmptyPattern, offset: 0, piece: Span::new(0, 0) };
                    return Err(PatternError::invalid(text, invalid));
                }
                if !self.texts.insert(text.clone()) {
                    return Err(PatternError::repeated(text));
                }
            }
        }
        Ok(())
    }

    /// Makes what requests see. From now on that has to be told of changes.
    pub(crate) fn build(&mut self, is_classic: bool) -> Routing {
        self.is_built = true;
        let names = self.routes.iter().map(|route| &route.name);
        let rules = if is_classic {
            Rules::Classic(Classic::new(names.map(RouteName::as_str)))
        } else {
            let patterns = names.filter_map(|name| match name {
                RouteName::Pattern(pattern) => Some(pattern.clone()),
                RouteName::Classic { .. } => None,
            });
            Rules::Patterns(Table::of(patterns.collect()))
        };
        Routing {
            rules,
            routes: self.routes.clone().into(),
            not_found: self.not_found.clone(),
            method_not_allowed: self.method_not_allowed.clone(),
        }
    }
}
