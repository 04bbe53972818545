//! What the mux does, as JSON, so that it can be compared with recorded answers of Go's.
//!
//! Reads lines like those of the mux's test data on standard input: `patterns`, which are registered in order on a new mux
//! (a refused one is left out), and `requests`, each of which is dispatched. For each line it writes one with what came of
//! it, in the same words; what the line says of that is not looked at. With `--classic` the mux has the rules of Go 1.21.
//!
//!     cargo run --release --example mux_probe < crates/mux/tests/fixtures/matches.jsonl

use std::error::Error;
use std::io::{self, BufRead, BufWriter, Write};
use std::sync::{Arc, Mutex, PoisonError};

use nethttp as http;

use http::{Handler, Header, Method, Pattern, Request, ResponseWriter, ServeMux, StatusCode, Text};
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let is_classic = std::env::args().skip(1).any(|argument| argument == "--classic");
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let set: Value = serde_json::from_str(&line?)?;
        serde_json::to_writer(&mut out, &probe(&set, is_classic))?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Registers the patterns of a line and dispatches its requests.
fn probe(set: &Value, is_classic: bool) -> Value {
    let mux = if is_classic { ServeMux::classic() } else { ServeMux::new() };
    let called = Called::default();
    let mut answer = Map::new();
    let mut errors = Map::new();
    let mut register = Vec::new();
    for (index, pattern) in items(set, "patterns").enumerate() {
        let pattern = pattern.as_str().unwrap_or_default();
        let outcome = match mux.try_handle(pattern, called.handler(pattern, is_classic)) {
            Ok(()) => "ok",
            Err(error) => {
                // Which of several patterns a conflict names is a matter of taste, so the text is left out.
                if error.is_invalid() || is_classic {
                    errors.insert(index.to_string(), error.to_string().into());
                }
                if error.is_invalid() { "invalid" } else { "conflict" }
            }
        };
        register.push(outcome);
    }
    if let Some(id) = set.get("id") {
        answer.insert("id".into(), id.clone());
    }
    answer.insert("register".into(), register.into());
    put(&mut answer, "errors", errors);
    let requests = items(set, "requests").map(|request| dispatch(&mux, &called, request)).collect();
    answer.insert("requests".into(), Value::Array(requests));
    answer.into()
}

fn dispatch(mux: &ServeMux, called: &Called, asked: &Value) -> Value {
    let text = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default();
    let Some(mut r) = request(text("method"), text("host"), text("path")) else {
        return json!({ "handler_kind": "400", "matched_pattern": "", "code": 400 });
    };
    let (_, pattern) = mux.handler(&r);
    let mut w = Recorder::default();
    mux.serve_http(&mut w, &mut r);

    let mut answer = Map::new();
    answer.insert("matched_pattern".into(), replace_invalid(pattern.as_bytes()).into());
    if let Some(values) = called.take() {
        answer.insert("handler_kind".into(), "matched".into());
        let (readable, others): (Vec<_>, Vec<_>) = values.into_iter().partition(|(_, value)| value.is_utf8());
        put(
            &mut answer,
            "path_values",
            readable.iter().map(|(name, value)| (name.clone(), (**value).into())).collect(),
        );
        put(
            &mut answer,
            "path_values_hex",
            others.iter().map(|(name, value)| (name.clone(), hex(value).into())).collect(),
        );
        return answer.into();
    }
    let code = w.status.map_or(200, |status| status.as_u16());
    let kind = if (300..400).contains(&code) { "redirect".to_owned() } else { code.to_string() };
    answer.insert("handler_kind".into(), kind.into());
    answer.insert("code".into(), code.into());
    for (key, field) in [("location", "Location"), ("allow", "Allow")] {
        let value = w.header.get(field);
        if !value.is_empty() {
            answer.insert(key.into(), (**value).into());
        }
    }
    answer.into()
}

/// A request as a server would make it; `None` if the target is none.
fn request(method: &str, host: &str, target: &str) -> Option<Request> {
    let mut r = Request::new();
    r.method = Method::from_bytes(method.as_bytes()).ok()?;
    r.assign_target(target.as_bytes()).ok()?;
    // The host of the target counts more than that of the header.
    r.host = if r.url.host.is_empty() { host.trim().into() } else { r.url.host.clone() };
    Some(r)
}

/// The wildcards of a pattern and what they stand for.
type Values = Vec<(String, Text)>;

/// The path values that the handler found, if one was called.
#[derive(Clone, Default)]
struct Called(Arc<Mutex<Option<Values>>>);

impl Called {
    /// A handler that notes the values of all wildcards of its pattern.
    fn handler(&self, pattern: &str, is_classic: bool) -> impl Handler + use<> {
        let pattern = if is_classic { None } else { Pattern::parse(pattern).ok() };
        let called = self.clone();
        http::handler_func(move |_w, r| {
            let names = pattern.iter().flat_map(Pattern::names);
            let values = names.map(|name| (name.to_owned(), r.path_value(name).clone())).collect();
            *called.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(values);
        })
    }

    fn take(&self) -> Option<Vec<(String, Text)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Keeps the status and the header of an answer, and no body.
#[derive(Default)]
struct Recorder {
    status: Option<StatusCode>,
    header: Header,
}

impl Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ResponseWriter for Recorder {
    fn header(&mut self) -> &mut Header {
        &mut self.header
    }

    fn write_header(&mut self, status: StatusCode) {
        self.status.get_or_insert(status);
    }
}

/// The elements of an array; none if there is no array.
fn items<'a>(object: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    object.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// Adds an object unless it is empty.
fn put(object: &mut Map<String, Value>, name: &str, value: Map<String, Value>) {
    if !value.is_empty() {
        object.insert(name.to_owned(), value.into());
    }
}

fn hex(text: &Text) -> String {
    text.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// U+FFFD for each byte that is not UTF-8, as Go's encoder writes it.
fn replace_invalid(text: &[u8]) -> String {
    let chunks = text.utf8_chunks();
    chunks.map(|chunk| format!("{}{}", chunk.valid(), "\u{fffd}".repeat(chunk.invalid().len()))).collect()
}
