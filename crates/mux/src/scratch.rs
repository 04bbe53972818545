//! `Scratch`: a text that is made for one search: on the stack, and only if it is long on the heap.
//!
//! Above all a path in canonical form, in which literals are stored: there nothing is escaped but `%` and a slash that
//! belongs to a segment.

use nethttp_grammar::escape::hex_value;

/// How the bytes of a path are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// With escapes, as in a request line.
    Escaped,
    /// Unescaped, so that a percent sign is one; of use where no segment has a slash of its own.
    Plain,
}

/// Bytes on the stack, or on the heap when they become many.
pub(crate) struct Scratch {
    near: [u8; NEAR],
    near_len: usize,
    /// Holds all bytes as soon as it holds any.
    far: Vec<u8>,
}

impl Scratch {
    /// The canonical form of `path`, segment by segment. A segment with a bad escape is taken as it is, as Go does.
    pub(crate) fn canonical(path: &[u8], form: Form) -> Self {
        let mut scratch = Self { near: [0; NEAR], near_len: 0, far: Vec::new() };
        for (at, segment) in path.split(|&byte| byte == b'/').enumerate() {
            if at > 0 {
                scratch.push(b'/');
            }
            if form == Form::Escaped && is_well_escaped(segment) {
                scratch.push_unescaped(segment, Self::push_literal);
            } else {
                segment.iter().for_each(|&byte| scratch.push_literal(byte));
            }
        }
        // At the end it is the trailing slash itself, be it escaped or not.
        if scratch.bytes().ends_with(b"/%2F") {
            scratch.truncate(scratch.bytes().len() - 3);
        }
        scratch
    }

    /// The parts one after the other.
    pub(crate) fn joined(parts: &[&[u8]]) -> Self {
        let mut scratch =
            Self { near: [0; NEAR], near_len: parts.iter().map(|part| part.len()).sum(), far: Vec::new() };
        let Some(mut rest) = scratch.near.get_mut(..scratch.near_len) else {
            scratch.far = parts.concat();
            return scratch;
        };
        for part in parts {
            let (place, after) = rest.split_at_mut(part.len());
            place.copy_from_slice(part);
            rest = after;
        }
        scratch
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        if self.far.is_empty() { &self.near[..self.near_len] } else { &self.far }
    }

    /// `text` unescaped, or as it is if its escapes are not valid.
    pub(crate) fn unescaped(text: &[u8]) -> Self {
        let mut scratch = Self { near: [0; NEAR], near_len: 0, far: Vec::new() };
        if is_well_escaped(text) {
            scratch.push_unescaped(text, Self::push);
        } else {
            text.iter().for_each(|&byte| scratch.push(byte));
        }
        scratch
    }

    fn push_unescaped(&mut self, text: &[u8], push: fn(&mut Self, u8)) {
        let mut rest = text;
        loop {
            rest = match *rest {
                [b'%', high, low, ref tail @ ..] => {
                    let digit = |byte| hex_value(byte).unwrap_or(0);
                    push(self, digit(high) << 4 | digit(low));
                    tail
                }
                [byte, ref tail @ ..] => {
                    push(self, byte);
                    tail
                }
                [] => return,
            };
        }
    }

    /// Adds a byte of a segment.
    fn push_literal(&mut self, byte: u8) {
        match byte {
            b'%' => b"%25".iter().for_each(|&byte| self.push(byte)),
            b'/' => b"%2F".iter().for_each(|&byte| self.push(byte)),
            _ => self.push(byte),
        }
    }

    fn push(&mut self, byte: u8) {
        if !self.far.is_empty() {
            self.far.push(byte);
        } else if let Some(place) = self.near.get_mut(self.near_len) {
            *place = byte;
            self.near_len += 1;
        } else {
            self.far.reserve(2 * NEAR);
            self.far.extend_from_slice(&self.near);
            self.far.push(byte);
        }
    }

    fn truncate(&mut self, length: usize) {
        if self.far.is_empty() {
            self.near_len = length;
        } else {
            self.far.truncate(length);
        }
    }
}

/// The canonical form of a literal segment.
pub(crate) fn canonical_segment(text: &[u8]) -> Vec<u8> {
    let mut canonical = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'%' => canonical.extend_from_slice(b"%25"),
            b'/' => canonical.extend_from_slice(b"%2F"),
            _ => canonical.push(byte),
        }
    }
    canonical
}

/// What a segment that is nothing but an escaped slash looks like: no wildcard stands for it.
pub(crate) const SLASH: &[u8] = b"%2F";

/// Bytes that are kept on the stack.
const NEAR: usize = 256;

fn is_well_escaped(segment: &[u8]) -> bool {
    let mut rest = segment;
    while let Some(percent) = rest.iter().position(|&byte| byte == b'%') {
        match rest[percent..] {
            [_, high, low, ref tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => rest = tail,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_brought_into_canonical_form() {
        let check = |path: &str, form: Form, expected: &str| {
            let scratch = Scratch::canonical(path.as_bytes(), form);
            assert_eq!(String::from_utf8_lossy(scratch.bytes()), expected, "{path}");
        };
        check("", Form::Escaped, "");
        check("/a/b", Form::Escaped, "/a/b");
        check("/%61/%2e%2E/%7E", Form::Escaped, "/a/../~");
        check("/a%2fb/c%25", Form::Escaped, "/a%2Fb/c%25");
        check("/%zz/%6/%/%61", Form::Escaped, "/%25zz/%256/%25/a");
        check("/%61%zz/x", Form::Escaped, "/%2561%25zz/x");
        check("/100%/%61", Form::Plain, "/100%25/%2561");
        check("/a/%2F", Form::Escaped, "/a/");
        check("/%2F/a", Form::Escaped, "/%2F/a");
        check("/a/%2F", Form::Plain, "/a/%252F");
    }

    #[test]
    fn escapes_are_undone_where_all_are_valid() {
        let check = |text: &str, expected: &[u8]| assert_eq!(Scratch::unescaped(text.as_bytes()).bytes(), expected);
        check("", b"");
        check("a%2Fb/%25%ff", b"a/b/%\xff");
        check("%41%zz", b"%41%zz");
        check("%4", b"%4");
        check(&"%61".repeat(NEAR + 1), "a".repeat(NEAR + 1).as_bytes());
    }

    #[test]
    fn parts_are_joined_at_any_length() {
        for length in [0, 1, NEAR - 3, NEAR - 2, NEAR - 1, 3 * NEAR] {
            let long = "a".repeat(length);
            let scratch = Scratch::joined(&[b"h", long.as_bytes(), b"/"]);
            assert_eq!(scratch.bytes(), format!("h{long}/").as_bytes(), "{length}");
        }
        assert_eq!(Scratch::joined(&[]).bytes(), b"");
    }

    #[test]
    fn long_paths_go_to_the_heap() {
        for length in NEAR - 5..NEAR + 5 {
            let path = "/".to_owned() + &"a".repeat(length) + "%25/%2F";
            let scratch = Scratch::canonical(path.as_bytes(), Form::Escaped);
            assert_eq!(scratch.bytes(), ("/".to_owned() + &"a".repeat(length) + "%25/").as_bytes(), "{length}");
        }
    }
}
