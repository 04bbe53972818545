//! `Source`: Rust text with comments and the contents of literals blanked out, line by line, so that a search finds code.
//!
//! Knows which lines belong to tests: files named for them, and items under `#[cfg(test)]`.

/// The lines of a Rust file.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) lines: Vec<Line>,
}

/// A line: what is code in it, what is comment, and whether it is only there for tests.
#[derive(Debug, Default)]
pub(crate) struct Line {
    pub(crate) code: String,
    pub(crate) comment: String,
    pub(crate) is_test: bool,
}

/// What the scanner is in the middle of.
#[derive(Clone, Copy)]
enum Inside {
    Code,
    LineComment,
    /// With the depth of nesting.
    BlockComment(u32),
    /// A literal that ends with a quote and as many `#`; backslashes escape in one that has no `#` of its own.
    Literal {
        hashes: Option<usize>,
    },
}

impl Source {
    pub(crate) fn parse(text: &str) -> Self {
        let mut lines = vec![Line::default()];
        let mut inside = Inside::Code;
        let chars: Vec<char> = text.chars().collect();
        let mut at = 0;
        while at < chars.len() {
            let c = chars[at];
            if c == '\n' {
                if matches!(inside, Inside::LineComment) {
                    inside = Inside::Code;
                }
                lines.push(Line::default());
                at += 1;
                continue;
            }
            let line = lines.last_mut().expect("there is a line from the beginning");
            let (next, length) = match inside {
                Inside::Code => in_code(&chars, at, line),
                Inside::LineComment => {
                    line.comment.push(c);
                    (inside, 1)
                }
                Inside::BlockComment(depth) => in_block(&chars[at..], depth, line),
                Inside::Literal { hashes } => in_literal(&chars[at..], hashes, line),
            };
            inside = next;
            at += length;
        }
        let mut source = Self { lines };
        source.mark_tests();
        source
    }

    /// The lines of code with their numbers, from 1.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str, bool)> {
        self.lines.iter().enumerate().map(|(at, line)| (at + 1, line.code.as_str(), line.is_test))
    }

    /// Marks the items that stand under `#[cfg(test)]` or `#[cfg(all(test, …))]`.
    fn mark_tests(&mut self) {
        let mut at = 0;
        while at < self.lines.len() {
            let code = self.lines[at].code.trim_start();
            if !code.starts_with("#[cfg(test)]") && !code.starts_with("#[cfg(all(test") {
                at += 1;
                continue;
            }
            let end = self.end_of_item(at);
            self.lines[at..=end].iter_mut().for_each(|line| line.is_test = true);
            at = end + 1;
        }
    }

    /// The last line of the item that begins with the attribute in line `start`: to its semicolon or closing brace.
    fn end_of_item(&self, start: usize) -> usize {
        let mut depth = 0_usize;
        for (at, line) in self.lines.iter().enumerate().skip(start) {
            for c in line.code.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 1 => return at,
                    '}' => depth = depth.saturating_sub(1),
                    ';' if depth == 0 => return at,
                    _ => {}
                }
            }
        }
        self.lines.len() - 1
    }
}

fn in_code(chars: &[char], at: usize, line: &mut Line) -> (Inside, usize) {
    let rest = &chars[at..];
    match rest {
        ['/', '/', ..] => (Inside::LineComment, 2),
        ['/', '*', ..] => (Inside::BlockComment(1), 2),
        ['"', ..] => {
            line.code.push('"');
            (Inside::Literal { hashes: None }, 1)
        }
        ['r', ..] if !follows_a_word(chars, at) => {
            let hashes = rest[1..].iter().take_while(|&&c| c == '#').count();
            if rest.get(1 + hashes) == Some(&'"') {
                line.code.push('"');
                return (Inside::Literal { hashes: Some(hashes) }, hashes + 2);
            }
            line.code.push('r');
            (Inside::Code, 1)
        }
        ['\'', '\\', ..] => {
            let length = 3 + rest[3..].iter().position(|&c| c == '\'').unwrap_or(0);
            (Inside::Code, length + 1)
        }
        ['\'', _, '\'', ..] => (Inside::Code, 3),
        _ => {
            line.code.push(rest[0]);
            (Inside::Code, 1)
        }
    }
}

/// Whether the letter at `at` goes on with a name; `b` and `c` may stand before the `r` of a literal.
fn follows_a_word(chars: &[char], at: usize) -> bool {
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    match at.checked_sub(1).map(|before| &chars[before]) {
        Some('b' | 'c') => at >= 2 && is_word(&chars[at - 2]),
        Some(before) => is_word(before),
        None => false,
    }
}

fn in_block(rest: &[char], depth: u32, line: &mut Line) -> (Inside, usize) {
    match rest {
        ['/', '*', ..] => (Inside::BlockComment(depth + 1), 2),
        ['*', '/', ..] if depth == 1 => (Inside::Code, 2),
        ['*', '/', ..] => (Inside::BlockComment(depth - 1), 2),
        _ => {
            line.comment.push(rest[0]);
            (Inside::BlockComment(depth), 1)
        }
    }
}

fn in_literal(rest: &[char], hashes: Option<usize>, line: &mut Line) -> (Inside, usize) {
    let inside = Inside::Literal { hashes };
    match (rest, hashes) {
        // The end of a line is left to the caller, who counts lines.
        (['\\', next, ..], None) if *next != '\n' => (inside, 2),
        (['"', ..], None) => {
            line.code.push('"');
            (Inside::Code, 1)
        }
        (['"', after @ ..], Some(count)) if after.iter().take(count).filter(|&&c| c == '#').count() == count => {
            line.code.push('"');
            (Inside::Code, 1 + count)
        }
        _ => (inside, 1),
    }
}

/// Whether `code` holds `path` (`std::net`, or a single word) as names of their own, also as part of a group
/// (`std::{fs, net}`).
pub(crate) fn names(code: &str, path: &str) -> bool {
    if holds_word(code, path) {
        return true;
    }
    let Some((module, name)) = path.rsplit_once("::") else { return false };
    let group = format!("{module}::{{");
    code.split(&group).skip(1).any(|group| {
        let mut depth = 0_u32;
        let end = group.find(|c| {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => return true,
                '}' => depth -= 1,
                _ => {}
            }
            false
        });
        holds_word(&group[..end.unwrap_or(group.len())], name)
    })
}

fn holds_word(code: &str, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        !code[..at].chars().next_back().is_some_and(is_word)
            && !code[at + word.len()..].chars().next().is_some_and(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        let source = Source::parse(text);
        source.lines.iter().map(|line| line.code.as_str()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn only_code_is_left() {
        for (text, expected) in [
            ("a // b\nc", "a \nc"),
            ("a /* b /* c */ d */ e", "a  e"),
            (r#"f("x // y\" z", 'q')"#, r#"f("", )"#),
            ("f(r#\"a \" b\"#, br\"c\\\", 'd')", "f(\"\", b\"\", )"),
            (r"match c { '\'' => 'a, '\u{7f}' | '\\' => 1 }", "match c {  => 'a,  |  => 1 }"),
            ("for r in x { bar(\"\") }", "for r in x { bar(\"\") }"),
            ("x = \"a \\\n b\"; // c", "x = \"\n\"; "),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn comments_are_kept_apart() {
        let source = Source::parse("a // b c\n/* d\ne */ f");
        let comments: Vec<_> = source.lines.iter().map(|line| line.comment.as_str()).collect();
        assert_eq!(comments, [" b c", " d", "e "]);
    }

    #[test]
    fn items_for_tests_are_marked() {
        let text =
            "use a;\n#[cfg(test)]\nmod b;\nfn c() {}\n#[cfg(all(test, x))]\nmod tests {\n  fn d() {}\n}\nfn e() {}";
        let marked: Vec<_> = Source::parse(text).lines.iter().map(|line| line.is_test).collect();
        assert_eq!(marked, [false, true, true, false, true, true, true, true, false]);
    }

    #[test]
    fn names_are_found_as_a_whole_and_in_groups() {
        for (code, path, expected) in [
            ("use std::net;", "std::net", true),
            ("use std::network;", "std::net", false),
            ("use std::{fs, net::TcpStream};", "std::net", true),
            ("use std::{fs, io::{self, net}}; net", "std::net", true),
            ("use std::{fs, io}; use x::net;", "std::net", false),
            ("let x = mio::Poll;", "mio", true),
            ("let x = amio;", "mio", false),
            ("forbid(unsafe_code)", "unsafe", false),
        ] {
            assert_eq!(names(code, path), expected, "{code}");
        }
    }
}
