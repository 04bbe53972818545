//! Whole answers of the crate: compared with Go's, and case by case.
#![cfg(unix)]

mod behaviour;
mod confined;
mod precompressed;
mod recorded;
mod support;
