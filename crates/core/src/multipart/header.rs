//! The header of a part: field lines up to an empty one.
//!
//! Never holds more than it was told to. RFC 2046 section 5.1, RFC 5322 section 2.2; Go's `textproto` reader in what it
//! lets pass (folded lines, spaces in and behind a name) and in its error texts.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind, Read};

use nethttp_grammar::canonical::canonical_header_key;
use nethttp_grammar::quote::quote;
use nethttp_grammar::token::is_tchar;

use super::source::Source;
use crate::{Error, Header};

/// What the headers may still take up.
#[derive(Clone, Copy)]
pub(super) struct Budget {
    /// Bytes, each name counted with what a map needs for it.
    pub(super) bytes: i64,
    /// Field lines.
    pub(super) fields: i64,
}

/// What Go counts for an entry of a map.
pub(super) const ENTRY_OVERHEAD: i64 = 200;

/// Reads a header; nothing where the source ends before the empty line.
pub(super) fn read<R: Read>(source: &mut Source<R>, mut budget: Budget) -> io::Result<Option<Header>> {
    if budget.bytes < 0 {
        return Err(Error::MessageTooLarge.into());
    }
    if source.peek()?.is_some_and(is_blank) {
        let line = source.bounded_line(QUOTED_LIMIT)?.unwrap_or_default();
        return Err(malformed("malformed MIME header initial line", &line));
    }
    let mut header = Header::new();
    // Beside the header, which searches its fields one by one: a peer may send ten thousand.
    let mut seen = BTreeSet::new();
    loop {
        let Some(line) = folded_line(source, budget.bytes)? else {
            return Ok(None);
        };
        if line.is_empty() {
            return Ok(Some(header));
        }
        let Some((name, value)) = split(&line) else {
            return Err(malformed("malformed MIME header line", &line));
        };
        let canonical = canonical_header_key(&String::from_utf8_lossy(name)).into_owned();
        if !value.iter().all(|&byte| byte == b'\t' || !byte.is_ascii_control()) {
            // Go has spelled the name by now.
            return Err(malformed("malformed MIME header line", &[canonical.as_bytes(), &line[name.len()..]].concat()));
        }
        budget.fields -= 1;
        if seen.insert(canonical) {
            budget.bytes -= ENTRY_OVERHEAD + size(name);
        }
        budget.bytes -= size(value);
        if budget.fields < 0 || budget.bytes < 0 {
            return Err(Error::MessageTooLarge.into());
        }
        header.push_wire(name, value);
    }
}

/// What Go counts for a header that is kept.
pub(super) fn cost(header: &Header) -> i64 {
    let names: i64 = header.names().iter().map(|name| ENTRY_OVERHEAD + size(name.as_bytes())).sum();
    let values: i64 = header.iter().map(|(_, value)| size(value.as_bytes())).sum();
    HEADER_OVERHEAD + names + values
}

/// What Go counts for a header without fields.
const HEADER_OVERHEAD: i64 = 400;

/// How much of a bad line stands in an error.
const QUOTED_LIMIT: usize = 80;

pub(super) fn size(text: &[u8]) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

/// A field line together with the lines that continue it, each of which begins with a blank.
fn folded_line<R: Read>(source: &mut Source<R>, limit: i64) -> io::Result<Option<Vec<u8>>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let Some(first) = source.bounded_line(limit)? else {
        return Ok(None);
    };
    if first.is_empty() {
        return Ok(Some(first));
    }
    if !first.contains(&b':') {
        return Err(malformed("malformed MIME header: missing colon", &first));
    }
    let mut line = trim(&first).to_vec();
    let limit = limit - line.len();
    while skip_blanks(source)? {
        line.push(b' ');
        let Some(room) = limit.checked_sub(line.len()).filter(|&room| room > 0) else {
            return Err(Error::MessageTooLarge.into());
        };
        let Some(more) = source.bounded_line(room)? else {
            return Ok(None);
        };
        line.extend_from_slice(trim(&more));
    }
    Ok(Some(line))
}

/// Passes over blanks; whether there were any.
fn skip_blanks<R: Read>(source: &mut Source<R>) -> io::Result<bool> {
    let mut any = false;
    // Where reading fails the next line tells; until then this line stands.
    while source.peek().unwrap_or(None).is_some_and(is_blank) {
        source.consume(1);
        any = true;
    }
    Ok(any)
}

/// Name and value of a field line, if it has a name.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    // A name with a space is none, but it is let pass under its own spelling.
    let is_name = !name.is_empty() && name.iter().all(|&byte| is_tchar(byte) || byte == b' ');
    let blanks = value.iter().take_while(|&&byte| is_blank(byte)).count();
    is_name.then_some((name, &value[blanks..]))
}

fn trim(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_blank(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|&byte| !is_blank(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn malformed(what: &str, line: &[u8]) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("{what}: {}", quote(line)))
}
