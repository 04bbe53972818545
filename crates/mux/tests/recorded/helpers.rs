//! The rules for texts that the mux rests on.

use nethttp_core::url;
use nethttp_grammar::{host, path};

use super::{records, text};

#[test]
fn texts_are_treated_as_recorded() {
    for record in records("helpers.jsonl") {
        let given = text(&record, "in");
        let made = match text(&record, "fn") {
            "cleanPath" => path::clean(given.as_bytes()).into_owned(),
            "stripHostPort" => host::strip_port(given.as_bytes()).to_vec(),
            "escapedPath" => url::parse_request_uri(given).expect(given).escaped_path().as_bytes().to_vec(),
            other => panic!("{other} is not known"),
        };
        assert_eq!(String::from_utf8_lossy(&made), text(&record, "out"), "{record}");
    }
}
