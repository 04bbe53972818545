//! Recorded answers of Go, for tests: a line each, with bytes that are not printable as `\r`, `\n`, `\t` and `\xNN`.

use std::fmt::Write as _;

/// Call and answer of each line, which `=>` and tabs divide. Lines that begin with `#` are comments.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (call, answer) = line.split_once("\t=>").unwrap();
        (call, answer.trim_start_matches('\t'))
    })
}

/// Bytes as a fixture has them.
pub(crate) fn shown(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().fold(String::new(), |mut out, &byte| {
        match byte {
            b'\r' => out.push_str("\\r"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b' '..=b'~' if byte != b'\\' => out.push(char::from(byte)),
            _ => write!(out, "\\x{byte:02x}").unwrap(),
        }
        out
    })
}

/// The bytes that a text of a fixture means.
pub(crate) fn meant(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let (byte, length) = match escape.as_bytes()[0] {
            b'r' => (b'\r', 1),
            b'n' => (b'\n', 1),
            b't' => (b'\t', 1),
            _ => (u8::from_str_radix(&escape[1..3], 16).unwrap(), 3),
        };
        bytes.push(byte);
        rest = &escape[length..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

#[test]
fn what_is_shown_is_meant() {
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(meant(&shown(&all)), all);
}
