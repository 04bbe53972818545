//! Sizes beside those of Go's `compress/gzip`: a level is a promise about them.

use nethttp_gzip::{Encoder, Level};

use crate::support::page;

/// Those of Go, but for -1, which is 6.
const LEVELS: [i32; 11] = [-2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/// How much larger than Go's a sample may be here, in percent.
const LARGER: [usize; 11] = [1, 1, 2, 2, 2, 2, 2, 2, 8, 2, 2];

const WORDS: [&str; 26] = [
    "the",
    "of",
    "and",
    "a",
    "to",
    "in",
    "is",
    "you",
    "that",
    "it",
    "he",
    "was",
    "for",
    "on",
    "are",
    "server",
    "request",
    "handler",
    "connection",
    "header",
    "because",
    "through",
    "without",
    "another",
    "nothing",
    "everything",
];

fn next(state: &mut u32) -> u32 {
    *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    *state
}

fn word(number: u32) -> &'static str {
    WORDS[number as usize % WORDS.len()]
}

/// Words without sense.
fn prose(length: usize) -> Vec<u8> {
    let (mut text, mut state) = (String::new(), 7);
    while text.len() < length {
        let x = next(&mut state);
        text += word(x >> 16);
        text += if x >> 28 == 0 { ".\n" } else { " " };
    }
    text.truncate(length);
    text.into_bytes()
}

/// Lines of JSON.
fn records(length: usize) -> Vec<u8> {
    let (mut text, mut state) = (String::new(), 3);
    while text.len() < length {
        let x = next(&mut state);
        let (first, second, is_open) = (word(x >> 8 & 0xff_ffff), word(x >> 16), x >> 31 == 1);
        let (id, size) = (x >> 22, x >> 14);
        text += &format!("{{\"id\":{id},\"name\":\"{first}-{second}\",\"size\":{size},\"open\":{is_open}}},\n");
    }
    text.truncate(length);
    text.into_bytes()
}

#[test]
fn sizes_stay_near_those_of_go() {
    let samples = [
        ("page", page(150_000), [82200, 150035, 27810, 27067, 26291, 27804, 26849, 26652, 26443, 25744, 25320]),
        ("page", page(20_000), [11008, 20025, 3909, 3810, 3697, 3793, 3732, 3719, 3687, 3601, 3577]),
        ("page", page(2000), [1142, 2025, 476, 457, 458, 453, 451, 451, 448, 437, 437]),
        ("prose", prose(150_000), [75403, 150035, 38261, 36937, 37101, 34099, 33689, 32823, 32065, 30398, 29268]),
        ("prose", prose(20_000), [10088, 20025, 5347, 5166, 5157, 4872, 4754, 4676, 4550, 4397, 4361]),
        ("prose", prose(2000), [1052, 2025, 663, 635, 628, 618, 618, 615, 608, 607, 605]),
        ("records", records(150_000), [87723, 150035, 33216, 32348, 32570, 31533, 27723, 26901, 25681, 24433, 23752]),
        ("records", records(20_000), [11747, 20025, 4630, 4484, 4445, 4462, 4003, 3914, 3761, 3641, 3611]),
        ("records", records(2000), [1224, 2025, 610, 588, 577, 580, 549, 544, 535, 532, 532]),
    ];
    let mut larger = Vec::new();
    for (name, sample, sizes) in samples {
        for ((level, go), bound) in LEVELS.into_iter().zip(sizes).zip(LARGER) {
            let mut packed = Vec::new();
            let mut encoder = Encoder::new(Level::new(level).unwrap());
            encoder.write_to(&mut packed, &sample).unwrap();
            encoder.finish_to(&mut packed).unwrap();
            if packed.len() * 100 > go * (100 + bound) {
                larger.push(format!("{name} of {}, level {level}: {} for {go}", sample.len(), packed.len()));
            }
        }
    }
    assert!(larger.is_empty(), "larger than promised:\n{}", larger.join("\n"));
}
