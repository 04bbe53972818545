//! `ServeMux`: routes requests to handlers by method, host and path patterns, as Go's `net/http` does.
//!
//! [`ServeMux`] is what programs use. Below it, [`Pattern`] parses and compares patterns, and [`Table`] finds the one that
//! matches, without handlers. A mux knows no server: it is a [`Handler`](nethttp_core::Handler) as any other.
//!
//! # Differences
//!
//! - A wildcard stands for an empty segment, which only CONNECT paths have, and its value is empty. In Go the value is
//!   missing, later ones move up, and asking for the last panics.
//! - An empty literal segment (`/a//b`) matches an empty segment only. In Go it acts as a wildcard without a name.
//! - A nested mux keeps the path values of the outer one. In Go they are forgotten.
//! - Of several patterns that a new one conflicts with, an error names the earliest.

#![forbid(unsafe_code)]

mod bits;
mod cell;
mod classic;
mod conflict;
mod decision;
mod default_mux;
mod dispatch;
mod error;
mod explain;
mod found;
mod hits;
mod index;
mod letters;
mod methods;
mod miss;
mod openings;
mod pattern;
mod published;
mod registry;
mod route;
mod scan;
mod scratch;
mod search;
mod serve_mux;
mod syntax;
mod table;
mod text_map;
mod tree;
mod walk;

pub use conflict::Relation;
pub use default_mux::{default_serve_mux, handle, handle_func};
pub use error::{Conflict, PatternError};
pub use explain::{Candidate, Explanation, Standing, Verdict};
pub use found::{Found, FoundValues};
pub use miss::Miss;
pub use pattern::{Pattern, Segment};
pub use route::RouteInfo;
pub use serve_mux::{ServeMux, new_serve_mux};
#[doc(hidden)]
pub use syntax::checked;
pub use table::Table;
