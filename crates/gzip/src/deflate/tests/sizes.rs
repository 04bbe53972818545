//! What a level promises: streams no more than two percent longer than those of Go's level of that number.
//!
//! Go's lengths are recorded (`compress/gzip` of Go 1.27.3, without the 18 bytes of the format around the stream).

use super::{Compressor, Random, pack};
use crate::Level;
use crate::level::Method;

fn lines(count: usize, mut line: impl FnMut(&mut Random) -> String) -> Vec<u8> {
    let mut random = Random(11);
    (0..count).map(|_| line(&mut random)).collect::<String>().into_bytes()
}

const WORDS: [&str; 24] = [
    "the",
    "of",
    "order",
    "status",
    "and",
    "to",
    "server",
    "in",
    "request",
    "a",
    "that",
    "item",
    "price",
    "is",
    "header",
    "for",
    "it",
    "connection",
    "was",
    "as",
    "customer",
    "with",
    "be",
    "response",
];

/// A word, the first ones more often.
fn word(random: &mut Random) -> &'static str {
    let most = 1 + random.below(WORDS.len());
    WORDS[random.below(most)]
}

fn html() -> Vec<u8> {
    lines(220, |random| {
        let text: Vec<_> = (0..8).map(|_| word(random)).collect();
        let (id, class) = (random.below(1_000_000), word(random));
        format!(
            "<tr id=\"row-{id}\"><td class=\"{class}\">{}</td><td><a href=\"/{class}/{id}\">more</a></td></tr>\n",
            text.join(" ")
        )
    })
}

fn json() -> Vec<u8> {
    lines(180, |random| {
        let (id, hex, name, cents) = (random.below(5000), random.below(1 << 31), word(random), random.below(100_000));
        let is_active = random.below(2) == 0;
        format!(
            "{{\"id\":{id},\"uuid\":\"{hex:032x}\",\"name\":\"{name}\",\"active\":{is_active},\"balance\":{}.{:02},\
             \"tags\":[\"{}\",\"{}\"],\"created_at\":\"2026-{:02}-{:02}T{:02}:{:02}:00Z\"}},\n",
            cents / 100,
            cents % 100,
            word(random),
            word(random),
            1 + random.below(12),
            1 + random.below(28),
            random.below(24),
            random.below(60),
        )
    })
}

fn text() -> Vec<u8> {
    lines(700, |random| {
        let words: Vec<_> = (0..6 + random.below(6)).map(|_| word(random)).collect();
        format!("{}.\n", words.join(" "))
    })
}

fn css() -> Vec<u8> {
    lines(400, |random| {
        let (class, pixels, colour) = (word(random), random.below(64), random.below(1 << 24));
        let property = ["margin", "padding", "border-radius", "font-size", "line-height"][random.below(5)];
        format!(".{class}-{} {{ {property}: {pixels}px; color: #{colour:06x}; display: flex }}\n", word(random))
    })
}

fn log() -> Vec<u8> {
    lines(400, |random| {
        let (host, path, length) = (random.below(1 << 12), word(random), random.below(60_000));
        let status = [200, 200, 200, 304, 404][random.below(5)];
        format!(
            "192.168.{}.{} \"GET /{path}/{} HTTP/1.1\" {status} {length}\n",
            host >> 8,
            host & 255,
            random.below(500)
        )
    })
}

fn integers() -> Vec<u8> {
    let mut random = Random(12);
    (0..10_000_u32).flat_map(|number| (7 * number + random.below(5) as u32).to_le_bytes()).collect()
}

fn noise() -> Vec<u8> {
    let mut random = Random(13);
    (0..40_000).map(|_| random.below(256) as u8).collect()
}

fn runs() -> Vec<u8> {
    let mut random = Random(14);
    (0..200).flat_map(|_| vec![random.below(256) as u8; 1 + random.below(900)]).collect()
}

fn mixture() -> Vec<u8> {
    Random(15).bytes(60_000)
}

/// Kind, what makes it, its length, and that of Go's streams at levels 1 to 6.
type Sample = (&'static str, fn() -> Vec<u8>, usize, [usize; 6]);

const SAMPLES: [Sample; 9] = [
    ("html", html, 27288, [6054, 5911, 5966, 5531, 5324, 5257]),
    ("json", json, 28535, [5929, 5855, 5741, 5778, 5291, 5196]),
    ("text", text, 29354, [8055, 7754, 7756, 7043, 6918, 6739]),
    ("css", css, 24642, [5291, 5220, 5174, 5006, 4719, 4589]),
    ("log", log, 19335, [5489, 5363, 5180, 5293, 5051, 4995]),
    ("integers", integers, 40000, [40007, 40007, 25383, 40007, 40007, 25383]),
    ("noise", noise, 40000, [40007, 40007, 40007, 40007, 40007, 40007]),
    ("runs", runs, 87170, [806, 780, 778, 770, 774, 765]),
    ("mixture", mixture, 60000, [19300, 19136, 18993, 18312, 18223, 18057]),
];

#[test]
fn levels_keep_their_promise() {
    let mut broken = Vec::new();
    for (kind, make, length, recorded) in SAMPLES {
        let bytes = make();
        assert_eq!(bytes.len(), length, "{kind}: Go's lengths are those of another sample");
        for (level, gos) in (1..).zip(recorded) {
            let Method::Own(effort) = Level::new(level).unwrap().method() else { panic!("{level} is not ours") };
            let ours = pack(&mut Compressor::new(effort), &bytes).len();
            if ours > gos + gos / 50 {
                broken.push(format!("{kind} at {level}: {ours} for {gos}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}
