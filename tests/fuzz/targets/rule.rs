//! The text rules, for any text.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| nethttp_fuzz::texts::rule(input));
