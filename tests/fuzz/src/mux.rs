//! Patterns and searches of the mux.
//!
//! Input is turned into text of which some bytes are whole pieces of patterns ([`text`]), so that random bytes soon mean
//! something.

use std::io::{self, Write};

use nethttp_core::{Handler, Header, Method, Request, ResponseWriter, StatusCode};
use nethttp_grammar::host::strip_port;
use nethttp_mux::{Pattern, Relation, Segment, ServeMux, Table, Verdict};

// The rules as the tests of the crate have them.
#[path = "../../../crates/mux/tests/properties/naive.rs"]
mod naive;

/// Parses the input; checks what comes of it against itself.
pub fn pattern(input: &[u8]) {
    for text in text(input).lines() {
        let pattern = match Pattern::parse(text) {
            Ok(pattern) => pattern,
            Err(error) => {
                assert!(error.is_invalid() && error.conflict().is_none(), "{text:?}");
                assert!(error.to_string().contains(": at offset ") || text.is_empty(), "{error}");
                continue;
            }
        };
        assert_eq!(pattern.as_str(), text);
        assert!(text.ends_with(&format!("{}{}", pattern.host(), pattern.path())) && text.starts_with(pattern.method()));
        assert_eq!(pattern.compare(&pattern), Relation::Equivalent, "{text:?}");
        let (path, values) = sample(&pattern);
        assert!(pattern.matches_path(&path), "{text:?}");
        let table = Table::new([pattern]).unwrap_or_else(|error| panic!("one alone has no conflict: {error}"));
        let pattern = table.patterns().next().expect("there is one");
        let method = Method::from_bytes(pattern.method().as_bytes()).unwrap_or_default();
        let found = table.find(&method, pattern.host().as_bytes(), &path).unwrap_or_else(|| panic!("{text:?}"));
        let found: Vec<_> = found.values().map(|(name, value)| (name.to_owned(), value.into_owned())).collect();
        assert_eq!(found, values, "{text:?}");
    }
}

/// Registers the first half of the input as patterns, a line each, and asks for the lines of the second half.
pub fn lookup(input: &[u8]) {
    let (first, second) = input.split_at(input.len() / 2);
    let mux = ServeMux::new();
    let mut patterns: Vec<Pattern> = Vec::new();
    for line in text(first).lines().take(40) {
        let registered = mux.try_handle_func(line, |_, _| {});
        let Ok(pattern) = Pattern::parse(line) else {
            assert!(registered.is_err_and(|error| error.is_invalid()), "{line:?}");
            continue;
        };
        let other = patterns.iter().find(|other| pattern.conflicts_with(other));
        let named = registered.err().map(|error| error.conflict().expect("it is valid").with.clone());
        assert_eq!(named.as_deref(), other.map(Pattern::as_str), "{line:?}");
        if other.is_none() {
            patterns.push(pattern);
        }
    }
    let table = Table::new(patterns.iter().cloned()).expect("no two conflict");
    for (line, turn) in text(second).lines().take(40).zip(0..) {
        let method = METHODS[turn % METHODS.len()];
        let host = HOSTS[turn % HOSTS.len()];
        search(&patterns, &table, method, host, line.as_bytes());
        ask(&patterns, &mux, method, host, line.as_bytes());
    }
    // Bytes that are no text, too.
    search(&patterns, &table, "GET", "", second);
}

/// The search alone.
fn search(patterns: &[Pattern], table: &Table, method: &str, host: &str, path: &[u8]) {
    let known = Method::from_bytes(method.as_bytes()).expect("it is a method");
    let found = table.find(&known, host.as_bytes(), path);
    let expected = naive::find(patterns, method, host.as_bytes(), path);
    assert_eq!(found.map(|found| found.pattern().as_str()), expected.map(Pattern::as_str), "{method} {host} {path:?}");
    if let Some(found) = found {
        let values: Vec<_> = found.values().map(|(name, value)| (name.to_owned(), value.into_owned())).collect();
        assert_eq!(values, naive::values(found.pattern(), path), "{path:?}");
    }
}

/// The mux, with its redirects and refusals.
fn ask(patterns: &[Pattern], mux: &ServeMux, method: &str, host: &str, target: &[u8]) {
    let mut r = Request::new();
    r.method = Method::from_bytes(method.as_bytes()).expect("it is a method");
    r.host = host.into();
    // What no server lets pass cannot be asked; CONNECT and hosts in the target have rules that are tested elsewhere.
    if r.assign_target(target).is_err() || !r.url.host.is_empty() || r.request_uri == "*" {
        return;
    }
    let escaped = r.url.escaped_path();
    let expected = naive::decide(patterns, method, strip_port(host.as_bytes()), escaped.as_bytes());
    let asked = format!("{method} {host} {escaped}");
    assert_eq!(mux.handler(&r).1, expected.pattern(), "{asked}");
    assert_eq!(mux.explain(method, host, &escaped).verdict, expected.verdict(), "{asked}");
    let mut w = Answer::default();
    mux.serve_http(&mut w, &mut r);
    let status = match expected.verdict() {
        Verdict::Matched(_) => 0,
        Verdict::MethodNotAllowed(_) => 405,
        Verdict::NotFound => 404,
        _ => 307,
    };
    assert_eq!(w.status.map_or(0, |status| status.as_u16()), status, "{asked}");
    assert_eq!(r.pattern, expected.pattern(), "{asked}");
}

/// A path that the pattern matches, and the values that it has in it.
fn sample(pattern: &Pattern) -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
    let mut path = Vec::new();
    let mut values = Vec::new();
    let last = pattern.segments().len() - 1;
    for (segment, at) in pattern.segments().iter().zip(0..) {
        path.push(b'/');
        let value = match segment {
            Segment::Literal(text) => {
                text.iter().for_each(|byte| path.extend(format!("%{byte:02X}").bytes()));
                continue;
            }
            Segment::End if at == last => continue,
            Segment::End => b"%2F".to_vec(),
            Segment::Wild(_) => format!("v{at}").into_bytes(),
            Segment::Multi(_) => b"a/b/".to_vec(),
        };
        path.extend_from_slice(&value);
        values.extend(segment.name().map(|name| (name.to_owned(), value)));
    }
    (path, values)
}

/// Reads input as text: printable ASCII is itself, any other byte one of [`PIECES`].
fn text(input: &[u8]) -> String {
    let piece = |byte: &u8| match byte {
        0x20..=0x7e => char::from(*byte).to_string(),
        other => PIECES[usize::from(*other) % PIECES.len()].to_owned(),
    };
    input.iter().map(piece).collect()
}

const METHODS: &[&str] = &["GET", "HEAD", "POST", "FOO"];

const HOSTS: &[&str] = &["", "a.test", "b.test", "a.test:80"];

/// What patterns and paths are made of; the rarer a thing should be, the less often it stands here.
const PIECES: &[&str] = &[
    "\n",
    "\n",
    "\n/",
    "\n/",
    "\n/a",
    "\n/{x}",
    "\nGET /",
    "\nHEAD ",
    "\nPOST ",
    "\na.test/",
    "\nCONNECT /",
    "/",
    "/",
    "/",
    "/a",
    "/a",
    "/a",
    "/b",
    "/b",
    "/{x}",
    "/{y}",
    "/{z}",
    "/{w}/",
    "/{r...}",
    "/{$}",
    "{",
    "}",
    "...",
    "$",
    "%2F",
    "%2f",
    "/%2F/",
    "%25",
    "%",
    "%zz",
    "%FF",
    "%61",
    "%E9",
    "/.",
    "/..",
    "//",
    "é",
    "名",
    "\t",
    "\\",
    "\u{7f}",
    "\u{2028}",
    "/eight888",
    "/a-segment-of-more-than-sixteen-bytes",
    "/a-segment-of-more-then-sixteen-bytes",
    "/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a",
];

/// Keeps the status of an answer.
#[derive(Default)]
struct Answer {
    status: Option<StatusCode>,
    header: Header,
}

impl Write for Answer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ResponseWriter for Answer {
    fn header(&mut self) -> &mut Header {
        &mut self.header
    }

    fn write_header(&mut self, status: StatusCode) {
        self.status.get_or_insert(status);
    }
}
