//! What the fuzz targets do with their input: functions that panic where something is wrong.
//!
//!     cargo +nightly fuzz run --fuzz-dir tests/fuzz lookup
//!
//! `tests/fuzzed` runs the same functions with random input, so that they are tested where there is no fuzzer.

pub mod h1;
pub mod mux;
mod pieces;
pub mod texts;
