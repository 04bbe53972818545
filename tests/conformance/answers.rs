//! What a server answered, kept in `answers/*.txt`.
//!
//! A line in brackets names the conversation; `ours` behind it means that it is our answer, where that is another than
//! Go's. Then what was answered: `< text` is text and CRLF, `<< text` text alone, `<* 1000 a` a byte a thousand times, with
//! the escapes of [`escape`](crate::escape). `| wait` is where the client waited, and `| open` or `| closed` how the
//! connection was left. `| conn 1` begins what was answered on another connection.
//!
//! Dates are those of [`DATE`], boundaries all of one letter: see [`mask`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use nethttp as http;

use crate::escape::{escape, unescape};
use crate::script::find;

/// What stands for the date of an answer.
pub const DATE: &str = "Thu, 01 Jan 1970 00:00:00 GMT";

/// As many equal bytes are written as a number.
const MANY: usize = 40;

/// What was answered in a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// By Go.
    pub go: Option<Exchange>,
    /// By us, where we differ on purpose.
    pub ours: Option<Exchange>,
}

/// What was answered on each connection of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// By number.
    pub sides: BTreeMap<usize, Side>,
}

/// What was answered on a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// All that came, masked.
    pub bytes: Vec<u8>,
    /// How much had come at each wait.
    pub marks: Vec<usize>,
    /// Whether the server had closed the connection in the end.
    pub closed: bool,
}

impl Recorded {
    /// Adds its lines to a file.
    pub fn print(&self, name: &str, text: &mut String) {
        for (exchange, whose) in [(&self.go, ""), (&self.ours, " ours")] {
            if let Some(exchange) = exchange {
                let _ = writeln!(text, "[{name}]{whose}");
                exchange.print(text);
                text.push('\n');
            }
        }
    }
}

impl Exchange {
    /// Adds its lines to a text.
    pub fn print(&self, text: &mut String) {
        for (number, side) in &self.sides {
            if *number != 0 {
                let _ = writeln!(text, "| conn {number}");
            }
            let mut from = 0;
            for &mark in &side.marks {
                print_bytes(&side.bytes[from..mark], text);
                text.push_str("| wait\n");
                from = mark;
            }
            print_bytes(&side.bytes[from..], text);
            text.push_str(if side.closed { "| closed\n" } else { "| open\n" });
        }
    }
}

fn print_bytes(mut bytes: &[u8], text: &mut String) {
    while let Some(&first) = bytes.first() {
        let run = bytes.iter().take_while(|&&byte| byte == first).count();
        if run >= MANY {
            let _ = write!(text, "<* {run} ");
            escape(&[first], text);
            text.push('\n');
            bytes = &bytes[run..];
            continue;
        }
        let line = bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |at| at + 1);
        // Up to the end of the line, or to a run of equal bytes in it.
        let length = (1..line).find(|&at| starts_run(&bytes[at..line])).unwrap_or(line);
        let (piece, rest) = bytes.split_at(length);
        let (mark, piece) = piece.strip_suffix(b"\r\n").map_or(("<<", piece), |piece| ("<", piece));
        text.push_str(mark);
        if !piece.is_empty() {
            text.push(' ');
            escape(piece, text);
        }
        text.push('\n');
        bytes = rest;
    }
}

fn starts_run(bytes: &[u8]) -> bool {
    bytes.len() >= MANY && bytes[..MANY].iter().all(|&byte| byte == bytes[0])
}

/// Reads the answers of a topic.
///
/// # Errors
///
/// What is wrong, with the line.
pub fn parse(topic: &str, text: &str) -> Result<BTreeMap<String, Recorded>, String> {
    let mut all: BTreeMap<String, Recorded> = BTreeMap::new();
    let mut exchange: Option<&mut Exchange> = None;
    let mut conn = 0;
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        let wrong = |what: &str| format!("answers of {topic}, line {}: {what}: {line}", at + 1);
        if let Some((name, whose)) = line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            let recorded = all.entry(name.to_owned()).or_default();
            let place = if whose == " ours" { &mut recorded.ours } else { &mut recorded.go };
            exchange = Some(place.get_or_insert_default());
            conn = 0;
            continue;
        }
        let Some(exchange) = exchange.as_deref_mut() else { return Err(wrong("belongs to no conversation")) };
        if let Some(number) = line.strip_prefix("| conn ") {
            conn = number.parse().map_err(|_| wrong("no number"))?;
            continue;
        }
        let side = exchange.sides.entry(conn).or_default();
        match line {
            "| wait" => side.marks.push(side.bytes.len()),
            "| open" => side.closed = false,
            "| closed" => side.closed = true,
            _ => side.bytes.extend(parse_bytes(line).map_err(|error| wrong(&error))?),
        }
    }
    Ok(all)
}

fn parse_bytes(line: &str) -> Result<Vec<u8>, String> {
    let (mark, text) = line.split_once(' ').unwrap_or((line, ""));
    match mark {
        "<" => {
            let mut bytes = unescape(text)?;
            bytes.extend_from_slice(b"\r\n");
            Ok(bytes)
        }
        "<<" => unescape(text),
        "<*" => {
            let (count, byte) = text.split_once(' ').ok_or("no byte")?;
            Ok(unescape(byte)?.repeat(count.parse().map_err(|_| "no number")?))
        }
        _ => Err("says nothing".to_owned()),
    }
}

/// Takes out what is another at each run: the dates of answers, if they are of now, and the boundaries of multipart answers.
/// What is put in is as long.
pub fn mask(bytes: &mut [u8]) {
    const FIELD: &[u8] = b"\r\nDate: ";
    let mut from = 0;
    while let Some(at) = find(&bytes[from..], FIELD) {
        from += at + FIELD.len();
        if let Some(value) = bytes.get_mut(from..from + DATE.len())
            && is_now(value)
        {
            value.copy_from_slice(DATE.as_bytes());
        }
    }
    const BOUNDARY: &[u8] = b"multipart/byteranges; boundary=";
    if let Some(at) = find(bytes, BOUNDARY).map(|at| at + BOUNDARY.len()) {
        let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let boundary = bytes[at..at + length].to_vec();
        // Also where a handler has changed its letters to capital ones.
        for at in 0..=bytes.len() - length {
            if length > 0 && bytes[at..at + length].eq_ignore_ascii_case(&boundary) {
                bytes[at..at + length].fill(b'=');
            }
        }
    }
}

fn is_now(value: &[u8]) -> bool {
    let text = String::from_utf8_lossy(value);
    let Ok(date) = http::parse_time(&*text) else { return false };
    let now = SystemTime::now();
    let apart = now.duration_since(date).or_else(|_| date.duration_since(now)).unwrap_or(Duration::MAX);
    http::format_time(date) == *text && apart < Duration::from_secs(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_they_were_written() {
        let mut bytes = b"HTTP/1.1 200 OK\r\nA: b \r\n\r\nline\nno end \\ \xff".to_vec();
        bytes.extend([b'a'; 5000]);
        bytes.extend_from_slice(b"b\r\r\n");
        let marks = vec![17, bytes.len()];
        let one = Side { bytes, marks, closed: true };
        let go = Exchange { sides: [(0, one.clone()), (2, Side::default())].into() };
        let ours = Exchange { sides: [(0, Side { closed: false, ..one })].into() };
        let recorded = Recorded { go: Some(go), ours: Some(ours) };
        let mut text = String::new();
        recorded.print("x/y", &mut text);
        assert!(text.contains("<* 5000 a\n"), "{text}");
        assert_eq!(parse("t", &text).unwrap(), BTreeMap::from([("x/y".to_owned(), recorded)]));
    }

    #[test]
    fn dates_of_now_and_boundaries_are_masked() {
        let now = http::format_time(SystemTime::now());
        let mut bytes =
            format!("x\r\nDate: {now}\r\nC: multipart/byteranges; boundary=ab1\r\n\r\n--ab1--").into_bytes();
        mask(&mut bytes);
        let masked = format!("x\r\nDate: {DATE}\r\nC: multipart/byteranges; boundary====\r\n\r\n--===--");
        assert_eq!(bytes, masked.as_bytes());
        let mut old = b"\r\nDate: Sat, 09 Oct 2021 08:07:06 GMT\r\n".to_vec();
        mask(&mut old);
        assert_eq!(old, b"\r\nDate: Sat, 09 Oct 2021 08:07:06 GMT\r\n");
    }
}
