//! mux
#![forbid(unsafe_code)]

mod cell;
mod conflict;
mod error;
mod found;
mod index;
mod letters;
mod methods;
mod openings;
mod pattern;
mod scan;
mod scratch;
mod search;
mod syntax;
mod table;
mod text_map;
mod tree;
mod walk;

pub use conflict::Relation;
pub use error::{Conflict, PatternError};
pub use found::{Found, FoundValues};
pub use pattern::{Pattern, Segment};
#[doc(hidden)]
pub use syntax::checked;
pub use table::Table;
