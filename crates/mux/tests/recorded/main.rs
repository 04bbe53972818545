//! The mux beside recorded answers of Go's: every record of `fixtures/` is run.

use std::fs;
use std::path::Path;

use serde_json::Value;

mod conflicts;
mod helpers;
mod patterns;
mod recorder;
mod sets;

/// The records of a fixture.
fn records(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).expect("a record is JSON")).collect()
}

/// A text of a record; empty if it is left out.
fn text<'a>(record: &'a Value, name: &str) -> &'a str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A list of a record; empty if it is left out.
fn list<'a>(record: &'a Value, name: &str) -> &'a [Value] {
    record.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
