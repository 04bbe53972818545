//! What the client of a conversation does, read from `conversations/*.talk`.
//!
//! A line in brackets begins a conversation: its name, and settings as `key=value`:
//!
//! - `server`: which of the program's servers it is held with; `plain` unless said;
//! - `difference`: the row of the table of differences that tells why our answer is another;
//! - `slow`: milliseconds that an answer may take beyond what is usual, for recording.
//!
//! Then its lines, in order; what is not a command is sent:
//!
//! - `> text` is text and CRLF, `>> text` text alone, `>* 1000 text` text a thousand times. Escapes are those of
//!   [`escape`](crate::escape). `${length}` is the number of bytes that follow the first empty line of what is sent at once;
//! - `get /path` is a request for the path, of HTTP/1.1 and with a host;
//! - `wait` waits for all that is answered so far; `pause 100` for 100 milliseconds;
//! - `half-close` ends what is sent, `close` hangs up;
//! - `pieces 3`: what follows is sent in pieces of three bytes;
//! - `conn 1`: what follows is on another connection.
//!
//! A table makes many conversations of one. `with NAME` begins it, and its rows are indented: a label and a value behind a
//! bar; `${NAME}` is replaced by the value in lines (also in values of later tables) and by the label in the name of the
//! conversation. A second value is `${NAME.2}`, and `difference=ID` in the last column holds for that row. With several tables there is a conversation for
//! each combination. Lines that begin with `#` are comments.

use std::collections::BTreeSet;
use std::fmt;

use crate::escape::{escape, unescape};

/// One conversation: what the client does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Unique in its topic.
    pub name: String,
    /// The server it is held with.
    pub server: String,
    /// The row of the table of differences that it shows.
    pub difference: Option<String>,
    /// Milliseconds that an answer may take beyond what is usual.
    pub slow: u64,
    /// In order.
    pub steps: Vec<Step>,
}

/// What a client does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Sends bytes at once.
    Send(Vec<u8>),
    /// Sends bytes in pieces of this size.
    SendPieces(Vec<u8>, usize),
    /// Waits for what is answered so far.
    Wait,
    /// Does nothing for so many milliseconds.
    Pause(u64),
    /// Ends what it sends.
    HalfClose,
    /// Hangs up.
    Close,
    /// Goes on with another connection.
    Conn(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(bytes) | Self::SendPieces(bytes, _) => {
                let mut text = String::new();
                escape(&bytes[..bytes.len().min(SHOWN)], &mut text);
                write!(f, ">> {}", text.replace("\\r\\n", "\\r\\n\n>> "))?;
                if bytes.len() > SHOWN { write!(f, " and {} bytes", bytes.len() - SHOWN) } else { Ok(()) }
            }
            Self::Wait => f.write_str("wait"),
            Self::Pause(milliseconds) => write!(f, "pause {milliseconds}"),
            Self::HalfClose => f.write_str("half-close"),
            Self::Close => f.write_str("close"),
            Self::Conn(number) => write!(f, "conn {number}"),
        }
    }
}

/// Bytes of what is sent that are shown.
const SHOWN: usize = 2000;

/// A table, with its name.
#[derive(Debug)]
struct Table {
    name: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    label: String,
    values: Vec<String>,
    difference: Option<String>,
}

/// A conversation as it is written, its tables not yet put in.
#[derive(Debug, Default)]
struct Template {
    title: String,
    tables: Vec<Table>,
    lines: Vec<String>,
}

/// Reads the conversations of a topic.
///
/// # Errors
///
/// What is wrong, with the conversation.
pub fn parse(topic: &str, text: &str) -> Result<Vec<Conversation>, String> {
    let mut conversations = Vec::new();
    let mut names = BTreeSet::new();
    for template in templates(topic, text)? {
        for conversation in expand(&template).map_err(|error| format!("{topic}: {}: {error}", template.title))? {
            if !names.insert(conversation.name.clone()) {
                return Err(format!("{topic}: two conversations are called {}", conversation.name));
            }
            conversations.push(conversation);
        }
    }
    Ok(conversations)
}

fn templates(topic: &str, text: &str) -> Result<Vec<Template>, String> {
    let mut templates: Vec<Template> = Vec::new();
    for line in text.lines() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with('[') {
            templates.push(Template { title: line.to_owned(), ..Template::default() });
            continue;
        }
        let template =
            templates.last_mut().ok_or_else(|| format!("{topic}: {line:?} stands before any conversation"))?;
        if let Some(name) = line.strip_prefix("with ") {
            template.tables.push(Table { name: name.to_owned(), rows: Vec::new() });
        } else if line.starts_with("  ") {
            let table = template.tables.last_mut().ok_or_else(|| format!("{topic}: {line:?} is in no table"))?;
            table.rows.push(Row::parse(line));
        } else {
            template.lines.push(line.to_owned());
        }
    }
    Ok(templates)
}

impl Row {
    fn parse(line: &str) -> Self {
        let mut cells = line.trim_start().split('|').map(|cell| cell.strip_prefix(' ').unwrap_or(cell));
        let label = cells.next().unwrap_or_default().trim().to_owned();
        let mut values: Vec<_> = cells.map(|cell| cell.trim_end().to_owned()).collect();
        let difference = values.last().and_then(|cell| cell.strip_prefix("difference=")).map(str::to_owned);
        if difference.is_some() {
            values.pop();
        }
        Self { label, values, difference }
    }
}

/// A conversation for each combination of rows.
fn expand(template: &Template) -> Result<Vec<Conversation>, String> {
    let mut conversations = Vec::new();
    let mut picked = vec![0; template.tables.len()];
    if let Some(empty) = template.tables.iter().find(|table| table.rows.is_empty()) {
        return Err(format!("the table {} has no rows", empty.name));
    }
    loop {
        let rows: Vec<_> =
            template.tables.iter().zip(&picked).map(|(table, &row)| (&*table.name, &table.rows[row])).collect();
        conversations.push(conversation(template, &rows)?);
        // The last table turns fastest.
        let Some(at) = (0..picked.len()).rev().find(|&at| picked[at] + 1 < template.tables[at].rows.len()) else {
            return Ok(conversations);
        };
        picked[at] += 1;
        picked[at + 1..].fill(0);
    }
}

fn conversation(template: &Template, rows: &[(&str, &Row)]) -> Result<Conversation, String> {
    let mut title = template.title.clone();
    for (name, row) in rows {
        title = title.replace(&format!("${{{name}}}"), &row.label);
    }
    let (name, settings) =
        title.strip_prefix('[').and_then(|title| title.split_once(']')).ok_or("no closing bracket")?;
    let mut made = Conversation {
        name: name.to_owned(),
        server: "plain".to_owned(),
        difference: rows.iter().find_map(|(_, row)| row.difference.clone()),
        slow: 0,
        steps: Vec::new(),
    };
    for setting in settings.split_whitespace() {
        match setting.split_once('=') {
            Some(("server", value)) => made.server = value.to_owned(),
            Some(("difference", value)) => made.difference = Some(value.to_owned()),
            Some(("slow", value)) => made.slow = value.parse().map_err(|_| format!("{setting}: no number"))?,
            _ => return Err(format!("{setting} is no setting")),
        }
    }
    let mut steps = Steps::default();
    for line in &template.lines {
        steps.add(&filled(line, rows))?;
    }
    made.steps = steps.end()?;
    Ok(made)
}

/// A line with the values of the rows; a value may name an earlier table.
fn filled(line: &str, rows: &[(&str, &Row)]) -> String {
    let mut line = line.to_owned();
    for (name, row) in rows.iter().rev() {
        for (at, value) in row.values.iter().enumerate() {
            let place = if at == 0 { format!("${{{name}}}") } else { format!("${{{name}.{}}}", at + 1) };
            line = line.replace(&place, value);
        }
    }
    line
}

/// Steps as they are gathered: what is sent one after the other is sent at once.
#[derive(Debug, Default)]
struct Steps {
    done: Vec<Step>,
    to_send: Vec<u8>,
    pieces: Option<usize>,
}

impl Steps {
    fn add(&mut self, line: &str) -> Result<(), String> {
        if let Some(rest) = line.strip_prefix(">*") {
            let (count, text) = rest.trim_start().split_once(' ').ok_or("`>*` without a text")?;
            let bytes = unescape(text)?.repeat(number(count)?);
            self.to_send.extend_from_slice(&bytes);
        } else if let Some(text) = line.strip_prefix(">>") {
            self.to_send.extend(unescape(text.strip_prefix(' ').unwrap_or(text))?);
        } else if let Some(text) = line.strip_prefix('>') {
            self.to_send.extend(unescape(text.strip_prefix(' ').unwrap_or(text))?);
            self.to_send.extend_from_slice(b"\r\n");
        } else if let Some(path) = line.strip_prefix("get ") {
            let request = format!("GET {path} HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n");
            self.to_send.extend(unescape(&request)?);
        } else {
            self.command(line)?;
        }
        Ok(())
    }

    fn command(&mut self, line: &str) -> Result<(), String> {
        self.flush()?;
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        self.done.push(match word {
            "wait" => Step::Wait,
            "half-close" => Step::HalfClose,
            "close" => Step::Close,
            "pause" => Step::Pause(number(rest)? as u64),
            "conn" => Step::Conn(number(rest)?),
            "pieces" => {
                self.pieces = Some(number(rest)?);
                return Ok(());
            }
            _ => return Err(format!("{line:?} says nothing")),
        });
        Ok(())
    }

    fn flush(&mut self) -> Result<(), String> {
        let mut bytes = std::mem::take(&mut self.to_send);
        if bytes.is_empty() {
            return Ok(());
        }
        const PLACE: &[u8] = b"${length}";
        if let Some(at) = find(&bytes, PLACE) {
            let end = find(&bytes, b"\r\n\r\n").ok_or("a length of nothing")? + 4;
            let length = (bytes.len() - end).to_string();
            bytes.splice(at..at + PLACE.len(), length.into_bytes());
        }
        if find(&bytes, b"${").is_some() {
            return Err("a place that no table fills".to_owned());
        }
        self.done.push(match self.pieces {
            Some(size) => Step::SendPieces(bytes, size.max(1)),
            None => Step::Send(bytes),
        });
        Ok(())
    }

    fn end(mut self) -> Result<Vec<Step>, String> {
        self.flush()?;
        if self.done.is_empty() {
            return Err("nothing is said".to_owned());
        }
        Ok(self.done)
    }
}

fn number(text: &str) -> Result<usize, String> {
    text.trim().parse().map_err(|_| format!("{text:?} is no number"))
}

/// Where a byte string begins.
#[must_use]
pub fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_put_in_with_each_other() {
        let text = "# A comment.\n[${a}-${b}] server=tight\nwith a\n  one | 1 | uno\n  two | 2 | due | difference=x\nwith b\n  \
                    y | \\x79\n  z | z\n> ${a} ${a.2}\n>> ${b}\nwait\n>* 2 ab\nhalf-close\n";
        let made = parse("t", text).unwrap();
        let names: Vec<_> = made.iter().map(|conversation| &*conversation.name).collect();
        assert_eq!(names, ["one-y", "one-z", "two-y", "two-z"]);
        assert_eq!(
            made[0].steps,
            [Step::Send(b"1 uno\r\ny".to_vec()), Step::Wait, Step::Send(b"abab".to_vec()), Step::HalfClose]
        );
        assert_eq!((made[1].difference.as_deref(), made[2].difference.as_deref()), (None, Some("x")));
        assert_eq!(made[3].server, "tight");
    }

    #[test]
    fn lengths_are_counted() {
        let made = parse("t", "[a]\n> POST / HTTP/1.1\n> Content-Length: ${length}\n>\n>> a=1&b\n").unwrap();
        assert_eq!(made[0].steps, [Step::Send(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\na=1&b".to_vec())]);
    }

    #[test]
    fn mistakes_are_told() {
        for text in [
            "> a\n",
            "[a]\n",
            "[a]\nshout\n",
            "[a]\n> ${b}\n",
            "[a] loud\n> b\n",
            "[a]\nwait\n[a]\nwait\n",
            "[a]\n>> \\q",
        ] {
            assert!(parse("t", text).is_err(), "{text}");
        }
    }
}
