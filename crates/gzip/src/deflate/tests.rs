//! The compressor against other implementations' decoders: one that many use, and a strict one.

mod sizes;
mod strict;

use std::io::Read;

use super::*;

const EFFORTS: [Effort; 7] = [
    Effort::Codes,
    Effort::Quickest,
    Effort::Quicker,
    Effort::Quick,
    Effort::Medium,
    Effort::Thorough,
    Effort::Persistent,
];

fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut decoder = flate2::bufread::DeflateDecoder::new(packed);
    decoder.read_to_end(&mut bytes).expect("a whole stream");
    assert!(decoder.into_inner().is_empty());
    // It reads bit by bit, so not all of it gets the longest streams.
    if packed.len() < 20_000 {
        assert!(strict::inflate(packed).as_ref() == Ok(&bytes));
    }
    bytes
}

fn feed(compressor: &mut Compressor, bytes: &[u8], out: &mut Vec<u8>) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let count = compressor.feed(rest, out);
        rest = &rest[count..];
    }
}

fn pack(compressor: &mut Compressor, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    feed(compressor, bytes, &mut out);
    compressor.finish(&mut out);
    out
}

/// Numbers that are the same on each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    /// Runs, repeats from near and far, and noise, in any order.
    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 1000);
        while bytes.len() < length {
            let count = 1 + self.below(600);
            match self.below(5) {
                0 => bytes.extend((0..count).map(|_| self.below(256) as u8)),
                1 => bytes.extend((0..count).map(|_| b'a' + self.below(4) as u8)),
                2 => bytes.resize(bytes.len() + count, self.below(256) as u8),
                _ if bytes.is_empty() => {}
                _ => {
                    let back = 1 + self.below(bytes.len().min(40_000));
                    for _ in 0..count {
                        bytes.push(bytes[bytes.len() - back]);
                    }
                }
            }
        }
        bytes.truncate(length);
        bytes
    }
}

#[test]
fn any_sequence_of_calls_makes_a_stream() {
    let mut random = Random(1);
    for effort in EFFORTS {
        let mut compressor = Compressor::new(effort);
        for _ in 0..12 {
            compressor.reset();
            let length = random.below(250_000);
            let bytes = random.bytes(length);
            let (mut out, mut rest) = (Vec::new(), &bytes[..]);
            while !rest.is_empty() {
                let most = [10, 1000, 100_000][random.below(3)];
                let (now, later) = rest.split_at(rest.len().min(1 + random.below(most)));
                feed(&mut compressor, now, &mut out);
                if random.below(20) == 0 {
                    compressor.sync(&mut out);
                    assert_eq!(out[out.len() - 4..], [0, 0, 0xff, 0xff]);
                }
                rest = later;
            }
            compressor.finish(&mut out);
            assert!(unpack(&out) == bytes, "{effort:?} {length}");
        }
    }
}

/// Every way to cut, with a flush at each cut: what is written does not depend on where the input is cut, but for flushes.
#[test]
fn pieces_and_flushes_anywhere() {
    let mut random = Random(8);
    let bytes = [random.bytes(1500), b"abcdefgh".repeat(30), vec![0; 300], random.bytes(500)].concat();
    for effort in EFFORTS {
        let mut compressor = Compressor::new(effort);
        let whole = pack(&mut compressor, &bytes);
        for size in [1, 2, 3, 4, 5, 7, 8, 9, 64, 1000] {
            for flushes in [false, true] {
                compressor.reset();
                let mut out = Vec::new();
                for piece in bytes.chunks(size) {
                    feed(&mut compressor, piece, &mut out);
                    if flushes {
                        compressor.sync(&mut out);
                    }
                }
                compressor.finish(&mut out);
                assert!(unpack(&out) == bytes, "{effort:?} {size} {flushes}");
                assert!(flushes || out == whole, "{effort:?} {size}");
            }
        }
    }
}

/// Around the sizes of the window, of a block and of the buffer, where something is moved or begun.
#[test]
fn lengths_around_every_limit() {
    let mut random = Random(9);
    let noise = random.bytes(200_000);
    let texts = [vec![b'r'; 200_000], b"between ".repeat(25_000), noise];
    for effort in EFFORTS {
        let mut compressor = Compressor::new(effort);
        for around in [258, 16_256, 16_384, 32_768, 65_535, 65_536, 98_304, 98_304 - 266, 131_072, 163_840] {
            for (text, length) in texts.iter().zip([around - 1, around, around + 1]) {
                compressor.reset();
                assert!(unpack(&pack(&mut compressor, &text[..length])) == text[..length], "{effort:?} {length}");
            }
        }
    }
}

/// Many symbols, each as often as two others together: the codes would be longer than DEFLATE has them.
#[test]
fn codes_of_the_greatest_length() {
    let mut bytes = Vec::new();
    let (mut count, mut next) = (1, 1);
    for symbol in 0..22 {
        bytes.resize(bytes.len() + count, symbol * 11);
        (count, next) = (next, count + next);
    }
    // Mixed, so that there are no runs.
    let mut random = Random(10);
    for at in (1..bytes.len()).rev() {
        bytes.swap(at, random.below(at + 1));
    }
    for effort in EFFORTS {
        assert!(unpack(&pack(&mut Compressor::new(effort), &bytes)) == bytes, "{effort:?}");
    }
}

#[test]
fn every_short_length_packs() {
    let mut random = Random(2);
    for effort in EFFORTS {
        let mut compressor = Compressor::new(effort);
        for length in 0..70 {
            for bytes in [vec![b'x'; length], random.bytes(length)] {
                compressor.reset();
                assert_eq!(unpack(&pack(&mut compressor, &bytes)), bytes);
            }
        }
    }
}

#[test]
fn matches_reach_back_as_far_as_they_may() {
    let unique = |count: usize, salt: u64| -> Vec<u8> {
        let mut random = Random(salt);
        (0..count).map(|_| random.below(256) as u8).collect()
    };
    for effort in [Effort::Quick, Effort::Thorough] {
        for (gap, is_found) in [(1 << 15, true), ((1 << 15) + 1, false)] {
            let run = unique(200, 3);
            let bytes = [run.clone(), unique(gap - run.len(), 4), run].concat();
            let out = pack(&mut Compressor::new(effort), &bytes);
            assert!(unpack(&out) == bytes);
            // Only a match lets it be shorter than what is in it.
            assert_eq!(out.len() < bytes.len() - 100, is_found, "{effort:?} {gap}");
        }
    }
}

// pitfall C6
#[test]
fn nothing_is_left_of_an_earlier_stream() {
    let mut random = Random(5);
    let (secret, plain) = (random.bytes(150_000), random.bytes(50_000));
    for effort in EFFORTS {
        let fresh = pack(&mut Compressor::new(effort), &plain);
        let mut compressor = Compressor::new(effort);
        for before in [&secret[..], &plain, b"short", b""] {
            feed(&mut compressor, before, &mut Vec::new());
            compressor.reset();
            assert!(pack(&mut compressor, &plain) == fresh, "{effort:?}");
            compressor.reset();
        }
    }
}

/// Places are counted round every 64 KiB: what lies farther back is forgotten, or turns out to be something else.
#[test]
fn long_streams_of_all_kinds() {
    let mut random = Random(6);
    let line = random.bytes(1000);
    for effort in EFFORTS {
        let mut compressor = Compressor::new(effort);
        for distance in [1000, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537, 66_536, 131_072] {
            let mut bytes = Vec::new();
            while bytes.len() < 400_000 {
                bytes.extend_from_slice(&line);
                bytes.resize(bytes.len() + distance - line.len(), b'.');
            }
            compressor.reset();
            assert!(unpack(&pack(&mut compressor, &bytes)) == bytes, "{effort:?} {distance}");
        }
    }
}

#[test]
fn small_flushed_messages_are_matched_too() {
    for effort in [Effort::Quick, Effort::Thorough] {
        let mut compressor = Compressor::new(effort);
        let mut out = Vec::new();
        let mut bytes = Vec::new();
        for _ in 0..100 {
            let message = b"data: tick tock\n\n";
            feed(&mut compressor, message, &mut out);
            compressor.sync(&mut out);
            bytes.extend_from_slice(message);
        }
        compressor.finish(&mut out);
        assert_eq!(unpack(&out), bytes);
        // About four bytes for each message, and five for each flush.
        assert!(out.len() < 1100, "{effort:?}: {}", out.len());
    }
}

#[test]
fn what_does_not_shrink_hardly_grows() {
    let mut random = Random(7);
    let noise: Vec<u8> = (0..300_000).map(|_| random.below(256) as u8).collect();
    for effort in EFFORTS {
        let out = pack(&mut Compressor::new(effort), &noise);
        assert!(out.len() < noise.len() + 200 && unpack(&out) == noise, "{effort:?}: {}", out.len());
    }
}
