//! How patterns relate, and what is said of those that conflict.

use nethttp_mux::{Pattern, Relation, ServeMux};
use serde_json::Value;

use super::{records, text};

#[test]
fn patterns_relate_as_recorded() {
    for record in records("conflicts.jsonl") {
        let [first, second] = ["p1", "p2"].map(|name| Pattern::parse(text(&record, name)).expect("it is valid"));
        assert_eq!(first.host() == second.host(), is(&record, "same_host"), "{record}");
        check(first.compare_methods(&second), &record, "method_relation");
        check(first.compare_paths(&second), &record, "path_relation");
        check(first.compare(&second), &record, "relation");
        assert_eq!(first.conflicts_with(&second), is(&record, "conflict"), "{record}");
        assert_eq!(second.conflicts_with(&first), is(&record, "conflict"), "{record}");
    }
}

#[test]
fn conflicts_are_described_as_recorded() {
    for record in records("conflicts.jsonl") {
        let mux = ServeMux::new();
        mux.handle_func(text(&record, "p1"), |_, _| {});
        let registered = mux.try_handle_func(text(&record, "p2"), |_, _| {});
        if is(&record, "conflict") {
            let error = registered.unwrap_err();
            let places =
                error.conflict().map(|conflict| [conflict.location, conflict.with_location]).expect("it is one");
            let told = places.iter().fold(error.to_string(), |told, place| {
                told.replace(&format!("{}:{}", place.file(), place.line()), "LOC")
            });
            assert_eq!(told, text(&record, "error"), "{record}");
        } else {
            // Where Go panics by mistake (`internal`), the two do not conflict.
            assert!(registered.is_ok(), "{record}");
        }
    }
}

#[track_caller]
fn check(relation: Relation, record: &Value, name: &str) {
    let word = match relation {
        Relation::Equivalent => "equivalent",
        Relation::MoreGeneral => "moreGeneral",
        Relation::MoreSpecific => "moreSpecific",
        Relation::Disjoint => "disjoint",
        Relation::Overlaps => "overlaps",
    };
    assert_eq!(word, text(record, name), "{record}");
}

fn is(record: &Value, name: &str) -> bool {
    record[name] == true
}
