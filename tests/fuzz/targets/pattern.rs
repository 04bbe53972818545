//! Any text is a pattern or gets a reason why not.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| nethttp_fuzz::mux::pattern(input));
