//! The fuzz targets with random input, a fixed number of times: faults that lie near show without a fuzzer.

#[expect(unreachable_pub, reason = "it is public there")]
#[path = "../fuzz/src/h1.rs"]
mod h1;
#[expect(unreachable_pub, reason = "it is public there")]
#[path = "../fuzz/src/mux.rs"]
mod mux;
#[expect(unreachable_pub, reason = "it is public there")]
#[path = "../fuzz/src/pieces.rs"]
mod pieces;
#[expect(unreachable_pub, reason = "it is public there")]
#[path = "../fuzz/src/texts.rs"]
mod texts;

/// Input of up to `longest` bytes, other for each number and the same in each run.
fn input(number: u64, longest: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ mixed >> 31
    };
    let length = next() % (longest + 1);
    // Half of it outside of what is printable.
    (0..length).map(|_| next().to_le_bytes()[3]).map(|byte| if byte & 1 == 0 { byte | 0x80 } else { byte }).collect()
}

/// Says which input it was.
fn run(target: fn(&[u8]), count: u64, longest: u64) {
    for number in 0..count {
        let input = input(number, longest);
        let caught = std::panic::catch_unwind(|| target(&input));
        assert!(caught.is_ok(), "input {number} of up to {longest} bytes: {input:?}");
    }
}

#[test]
fn patterns() {
    run(mux::pattern, 10_000, 40);
}

#[test]
fn lookups() {
    run(mux::lookup, 2_000, 200);
}

#[test]
fn heads() {
    run(h1::head, 20_000, 30);
    run(h1::head, 2_000, 300);
}

#[test]
fn bodies() {
    run(h1::body, 20_000, 30);
    run(h1::body, 2_000, 300);
}

#[test]
fn rules() {
    run(texts::rule, 100_000, 40);
}

#[test]
fn forms() {
    run(texts::form, 10_000, 30);
    run(texts::form, 1_000, 300);
}
