//! Parsing.

use nethttp_mux::{Pattern, Segment};
use serde_json::{Value, json};

use super::{list, records, text};

#[test]
fn patterns_parse_as_recorded() {
    for record in records("patterns.jsonl") {
        match Pattern::parse(text(&record, "pattern")) {
            Ok(pattern) => {
                assert_eq!(record["valid"], true, "{record}");
                assert_eq!(pattern.method(), text(&record, "method"), "{record}");
                assert_eq!(pattern.host(), text(&record, "host"), "{record}");
                let segments: Vec<_> = pattern.segments().iter().map(described).collect();
                assert_eq!(segments, list(&record, "segments"), "{record}");
            }
            Err(error) => {
                assert_eq!(error.to_string(), text(&record, "error"), "{record}");
                assert_eq!(record["valid"], false, "{record}");
            }
        }
    }
}

fn described(segment: &Segment) -> Value {
    match segment {
        Segment::Literal(literal) => match std::str::from_utf8(literal) {
            Ok(literal) => json!({ "lit": literal }),
            Err(_) => json!({ "lit_hex": literal.iter().map(|byte| format!("{byte:02x}")).collect::<String>() }),
        },
        Segment::Wild(name) => json!({ "wild": name }),
        Segment::Multi(name) => json!({ "multi": name }),
        Segment::End => json!({ "end": true }),
    }
}
