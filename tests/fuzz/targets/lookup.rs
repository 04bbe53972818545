//! A search finds what the rules say, in any set of patterns.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| nethttp_fuzz::mux::lookup(input));
