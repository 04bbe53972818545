//! Sets of patterns with requests: registration, matching, redirects, path values.
//!
//! # Differences
//!
//! A wildcard that stands for an empty segment of a CONNECT path has an empty value, where Go gives the next value or panics.
//! An empty literal segment matches an empty segment only, where Go takes it for a wildcard: answers in which such a
//! wildcard could have a part are not compared.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use nethttp_core::{Handler, Method, Request, Text};
use nethttp_grammar::path;
use nethttp_mux::{Pattern, ServeMux};
use serde_json::Value;

use super::recorder::Recorder;
use super::{list, records, text};

#[test]
fn requests_are_answered_as_recorded() {
    for record in records("matches.jsonl") {
        check_set(&record, false);
    }
}

#[test]
fn requests_are_answered_as_recorded_by_the_classic_mux() {
    for record in records("classic.jsonl") {
        check_set(&record, true);
    }
}

type Values = BTreeMap<String, Text>;

fn check_set(record: &Value, is_classic: bool) {
    let mux = if is_classic { ServeMux::classic() } else { ServeMux::new() };
    let found: Arc<Mutex<Option<(String, Values)>>> = Arc::default();
    let mut parsed = Vec::new();
    for (index, pattern) in list(record, "patterns").iter().enumerate() {
        let pattern = pattern.as_str().expect("a pattern is text");
        let kept = if is_classic { None } else { Pattern::parse(pattern).ok() };
        let names: Vec<String> = kept.iter().flat_map(Pattern::names).map(str::to_owned).collect();
        let (noted, own) = (found.clone(), pattern.to_owned());
        let registered = mux.try_handle_func(pattern, move |_, r| {
            let values = names.iter().map(|name| (name.clone(), r.path_value(name).clone())).collect();
            *noted.lock().unwrap() = Some((own.clone(), values));
        });
        let (outcome, error) = match registered {
            Ok(()) => ("ok", String::new()),
            Err(error) if error.is_invalid() => ("invalid", error.to_string()),
            Err(error) => ("conflict", error.to_string()),
        };
        // Where Go panics by mistake, nothing is wrong with the pattern.
        let expected =
            record["register"][index].as_str().map_or("", |word| if word == "internal" { "ok" } else { word });
        assert_eq!(outcome, expected, "{pattern} of {record}");
        if is_classic || outcome == "invalid" {
            assert_eq!(error, text(&record["errors"], &index.to_string()), "{pattern} of {record}");
        }
        if let Some(pattern) = kept {
            let conflicts: Vec<_> =
                parsed.iter().filter(|(_, other)| pattern.conflicts_with(other)).map(|(at, _)| *at).collect();
            let expected = list(&record["conflicts_with"], &index.to_string());
            assert_eq!(
                conflicts,
                expected.iter().map(|at| at.as_u64().unwrap() as usize).collect::<Vec<_>>(),
                "{record}"
            );
            if outcome == "ok" {
                parsed.push((index, pattern));
            }
        }
    }
    let wider: Vec<_> = parsed.iter().filter_map(|(_, pattern)| with_wildcards(pattern)).collect();
    for request in list(record, "requests") {
        check_request(&mux, request, &found, &wider, is_classic);
    }
}

fn check_request(
    mux: &ServeMux,
    record: &Value,
    found: &Mutex<Option<(String, Values)>>,
    wider: &[Pattern],
    is_classic: bool,
) {
    let mut r = request(record);
    let (_, pattern) = mux.handler(&r);
    let mut w = Recorder::default();
    mux.serve_http(&mut w, &mut r);
    let found = found.lock().unwrap().take();
    if wider.iter().any(|pattern| could_match(pattern, &r)) {
        return;
    }
    assert_eq!(pattern, text(record, "matched_pattern"), "{record}");
    if !is_classic && r.request_uri != "*" {
        assert_eq!(r.pattern, pattern, "{record}");
    }
    if let Some((own, values)) = found {
        assert_eq!("matched", text(record, "handler_kind"), "{record}");
        assert_eq!(own, text(record, "matched_pattern"), "{record}");
        if list(record, "path_value_panics").is_empty() {
            assert_eq!(values, expected_values(record), "{record}");
        } else {
            // pitfall H1: an empty segment of a CONNECT path is bound, and no value moves up.
            assert!(values.values().any(|value| value.is_empty()), "{record}");
        }
        return;
    }
    let status = w.status.expect("it is answered").as_u16();
    let kind = if (300..400).contains(&status) { "redirect".to_owned() } else { status.to_string() };
    assert_eq!(kind, text(record, "handler_kind"), "{record}");
    assert_eq!(u64::from(status), record["code"].as_u64().unwrap_or_default(), "{record}");
    assert_eq!(*w.header.get("Location"), text(record, "location"), "{record}");
    assert_eq!(*w.header.get("Allow"), text(record, "allow"), "{record}");
    if record.get("content_type").is_some() || record.get("body").is_some() {
        assert_eq!(*w.header.get("Content-Type"), text(record, "content_type"), "{record}");
        assert_eq!(String::from_utf8_lossy(&w.body), text(record, "body"), "{record}");
    }
}

/// A request as a server makes it of a request line and a host.
fn request(record: &Value) -> Request {
    let mut r = Request::new();
    r.method = Method::from_bytes(text(record, "method").as_bytes()).expect("it is a method");
    r.assign_target(text(record, "path").as_bytes()).expect("it is a target");
    r.host = if r.url.host.is_empty() { text(record, "host").into() } else { r.url.host.clone() };
    r
}

fn expected_values(record: &Value) -> Values {
    let of = |name: &str| record.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let readable = of("path_values").into_iter().map(|(name, value)| (name, value.as_str().unwrap().into()));
    let others = of("path_values_hex").into_iter().map(|(name, value)| (name, unhex(value.as_str().unwrap()).into()));
    readable.chain(others).collect()
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// The pattern as Go understands it, with wildcards for empty segments; `None` if it has none.
fn with_wildcards(pattern: &Pattern) -> Option<Pattern> {
    let segments: Vec<_> = pattern.path()[1..].split('/').collect();
    let last = segments.len() - 1;
    let wide = segments.iter().enumerate().map(|(at, segment)| match *segment {
        "" if at < last => format!("/{{empty{at}}}"),
        segment => format!("/{segment}"),
    });
    let wide: String = wide.collect();
    (wide != pattern.path()).then(|| Pattern::parse(&wide).expect("it is valid"))
}

/// Whether the pattern matches the path, or the path with a slash added.
fn could_match(pattern: &Pattern, r: &Request) -> bool {
    let path = r.url.escaped_path();
    let path = if r.method == Method::CONNECT { path.as_bytes().into() } else { path::clean(path.as_bytes()) };
    pattern.matches_path(&path) || pattern.matches_path(&[&path, &b"/"[..]].concat())
}
