//! A form is the same however it comes.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| nethttp_fuzz::texts::form(input));
