//! The porting guide, row by row: each name of Go's that a server's code can meet stands in `PORTING.md` once, beside the
//! name that it has here; and each of those names is used here, with an assertion of what it does.
//!
//! The list of Go's names is `data/go_identifiers.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::catch_unwind;

/// One line of the guide.
struct Row {
    /// Go's name, behind that of its package.
    go: &'static str,
    /// What it is here, as code.
    rust: &'static str,
    /// The check as it is written.
    code: &'static str,
    check: fn(),
}

/// Rows: `"Go's name" => "the name here" { a check that uses the latter }`.
macro_rules! rows {
    ($($go:literal => $rust:literal $check:block)*) => {
        pub(crate) const ROWS: &[crate::Row] =
            &[$(crate::Row { go: $go, rust: $rust, code: stringify!($check), check: || $check }),*];
    };
}

mod cookies;
mod errors;
mod files;
mod given;
mod handlers;
mod headers;
mod httptest;
mod httputil;
mod methods;
mod mime;
mod multipart;
mod mux;
mod protection;
mod request;
mod responses;
mod server;
mod statuses;
mod url;
mod writer;

/// The rows in the order of the guide, under its headings.
const SECTIONS: &[(&str, &[Row])] = &[
    ("Handlers", handlers::ROWS),
    ("`ServeMux`", mux::ROWS),
    ("`Server`", server::ROWS),
    ("`ResponseWriter`", writer::ROWS),
    ("`Request`", request::ROWS),
    ("`Header`", headers::ROWS),
    ("`Cookie`", cookies::ROWS),
    ("Files", files::ROWS),
    ("`CrossOriginProtection`", protection::ROWS),
    ("Errors", errors::ROWS),
    ("Status codes", statuses::ROWS),
    ("Methods, limits, formats", methods::ROWS),
    ("`Response`", responses::ROWS),
    ("Package `net/url`", url::ROWS),
    ("Package `mime`", mime::ROWS),
    ("Package `mime/multipart`", multipart::ROWS),
    ("Package `net/http/httptest`", httptest::ROWS),
    ("Package `net/http/httputil`", httputil::ROWS),
];

/// The heading of the names that are not here yet, each with its reason.
const LATER: &str = "Not here yet";

const GUIDE: &str = include_str!("../../PORTING.md");
const IDENTIFIERS: &str = include_str!("../data/go_identifiers.txt");

fn rows() -> impl Iterator<Item = &'static Row> {
    SECTIONS.iter().flat_map(|(_, rows)| rows.iter())
}

/// The lines of the guide's tables: heading, left, right.
fn lines() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut heading = "";
    let mut found = Vec::new();
    for line in GUIDE.lines() {
        if let Some(text) = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')) {
            heading = text;
        }
        if let Some((left, right)) = line.strip_prefix("| `").and_then(|line| line.split_once("` | "))
            && let Some(right) = right.strip_suffix(" |")
        {
            found.push((heading, left, right));
        }
    }
    found
}

/// The words of code.
fn words(code: &str) -> BTreeSet<&str> {
    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty()).collect()
}

#[test]
fn each_name_does_what_it_says() {
    let failed: Vec<_> = rows().filter(|row| catch_unwind(row.check).is_err()).map(|row| row.go).collect();
    assert!(failed.is_empty(), "these rows fail: {failed:?}");
}

#[test]
fn each_check_uses_the_name_of_its_row() {
    for row in rows() {
        let used = words(row.code);
        let missing: Vec<_> = words(row.rust).into_iter().filter(|word| !used.contains(word)).collect();
        assert!(missing.is_empty(), "the check of {} does not mention {missing:?}: {}", row.go, row.code);
    }
}

#[test]
fn the_guide_is_made_of_the_rows() {
    let written: Vec<_> = lines().into_iter().filter(|(heading, ..)| *heading != LATER).collect();
    let expected: Vec<_> = SECTIONS
        .iter()
        .flat_map(|(heading, rows)| rows.iter().map(|row| (*heading, row.go, format!("`{}`", row.rust))))
        .collect();
    for (written, expected) in written.iter().zip(&expected) {
        assert_eq!((written.0, written.1, written.2), (expected.0, expected.1, expected.2.as_str()));
    }
    assert_eq!(written.len(), expected.len());
}

#[test]
fn each_identifier_of_go_stands_there_once() {
    let mut counts: BTreeMap<&str, usize> = IDENTIFIERS.lines().map(|identifier| (identifier, 0)).collect();
    assert_eq!(counts.len(), IDENTIFIERS.lines().count(), "the list names each once");
    for (heading, go, _) in lines() {
        let Some(count) = counts.get_mut(go) else { panic!("{go} (in {heading}) is no identifier of Go's") };
        *count += 1;
    }
    let wrong: Vec<_> = counts.into_iter().filter(|&(_, count)| count != 1).take(20).collect();
    assert!(wrong.is_empty(), "not there once: {wrong:?}");
}

#[test]
fn what_is_not_here_has_a_reason() {
    for (_, go, reason) in lines().into_iter().filter(|(heading, ..)| *heading == LATER) {
        assert!(reason.len() > 10 && !reason.contains('`'), "{go}: {reason}");
        assert!(rows().all(|row| row.go != go), "{go} is here");
    }
}
