//! Properties of patterns and of the search, on random patterns and paths.

use nethttp_core::{Method, Request, Text, url::Url};
use nethttp_mux::{Pattern, PatternError, Relation, ServeMux, Table, Verdict};
use proptest::prelude::*;
use proptest::{collection, sample};

mod naive;

const METHODS: [&str; 6] = ["", "GET", "HEAD", "POST", "CONNECT", "FOO"];
const HOSTS: [&str; 3] = ["", "a.test", "b.test"];

/// A segment of a pattern; names are told apart by the position.
fn segment() -> impl Strategy<Value = &'static str> {
    let literals = ["a", "b", "c", "%2F", "a%2Fb", "%25", "%61", "é", "eight888", "nine99999", LONG, LONG_TOO];
    prop_oneof![3 => sample::select(&["a", "b"][..]), 2 => Just("{}"), 1 => sample::select(literals.to_vec())]
}

const LONG: &str = "a-segment-of-more-than-sixteen-bytes";
/// Begins and ends as [`LONG`] does.
const LONG_TOO: &str = "a-segment-of-more-then-sixteen-bytes";

fn pattern() -> impl Strategy<Value = String> {
    let ends = ["", "", "", "/", "/{$}", "/{rest...}"];
    let parts = (
        sample::select(&METHODS[..]),
        sample::select(&HOSTS[..]),
        collection::vec(segment(), 0..5),
        sample::select(ends.to_vec()),
    );
    parts.prop_map(|(method, host, segments, end)| {
        let mut text = if method.is_empty() { host.to_owned() } else { format!("{method} {host}") };
        for (at, segment) in segments.iter().enumerate() {
            text += &format!("/{}", segment.replace("{}", &format!("{{w{at}}}")));
        }
        text + if segments.is_empty() && end.is_empty() { "/" } else { end }
    })
}

/// A path in escaped form, mostly of what patterns have in them.
fn path() -> impl Strategy<Value = String> {
    let odd = [
        "",
        ".",
        "..",
        "%2f",
        "%2F",
        "a%2fb",
        "a%2Fb",
        "%25",
        "%61",
        "%C3%A9",
        "a%20b",
        "%FF",
        "eight888",
        "nine99999",
        LONG,
        LONG_TOO,
        "%zz",
        "~",
    ];
    let step = prop_oneof![3 => sample::select(&["a", "b", "c"][..]), 2 => sample::select(odd.to_vec())];
    let steps = prop_oneof![20 => collection::vec(step.clone(), 0..6), 1 => collection::vec(step, 30..90)];
    (steps, any::<bool>()).prop_map(|(steps, has_slash)| {
        let path = format!("/{}", steps.join("/"));
        if has_slash && path.len() > 1 { path + "/" } else { path }
    })
}

/// Patterns of which no two conflict: of any list those that a mux would accept.
fn patterns() -> impl Strategy<Value = Vec<Pattern>> {
    collection::vec(pattern(), 1..25).prop_map(|texts| {
        let mut accepted: Vec<Pattern> = Vec::new();
        for text in texts {
            let pattern = Pattern::parse(&text).unwrap_or_else(|error| panic!("{error}"));
            if !accepted.iter().any(|other| pattern.conflicts_with(other)) {
                accepted.push(pattern);
            }
        }
        accepted
    })
}

fn table(patterns: &[Pattern]) -> Table {
    Table::new(patterns.iter().cloned()).expect("no two conflict")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_search_finds_the_most_specific_pattern(
        patterns in patterns(),
        paths in collection::vec(path(), 1..12),
        method in sample::select(&METHODS[1..]),
        host in sample::select(&HOSTS[..]),
    ) {
        let table = table(&patterns);
        let known = Method::from_bytes(method.as_bytes()).unwrap();
        for path in &paths {
            let expected = naive::find(&patterns, method, host.as_bytes(), path.as_bytes());
            let found = table.find(&known, host.as_bytes(), path.as_bytes());
            prop_assert_eq!(found.as_ref().map(|found| found.pattern().as_str()), expected.map(Pattern::as_str), "{}", path);
            if let Some(found) = found {
                let values: Vec<_> = found.values().map(|(name, value)| (name.to_owned(), value.into_owned())).collect();
                prop_assert_eq!(values, naive::values(found.pattern(), path.as_bytes()), "{}", path);
            }
        }
    }

    #[test]
    fn a_mux_does_what_the_rules_say(
        patterns in patterns(),
        paths in collection::vec(path(), 1..8),
        method in sample::select(&METHODS[1..]),
        host in sample::select(&HOSTS[..]),
    ) {
        let mux = ServeMux::new();
        for pattern in &patterns {
            mux.handle_func(pattern.as_str(), |_, _| {});
        }
        for path in &paths {
            let mut r = Request::new();
            r.method = Method::from_bytes(method.as_bytes()).unwrap();
            r.host = host.into();
            // What no server lets pass cannot be asked.
            if r.assign_target(path.as_bytes()).is_err() {
                continue;
            }
            let expected = naive::decide(&patterns, method, host.as_bytes(), r.url.escaped_path().as_bytes());
            let (_, pattern) = mux.handler(&r);
            prop_assert_eq!(pattern.as_str(), expected.pattern(), "{}", path);
            let explained = mux.explain(method, host, &r.url.escaped_path());
            prop_assert_eq!(&explained.verdict, &expected.verdict(), "{}", path);
            let first = explained.candidates.first().filter(|_| matches!(explained.verdict, Verdict::Matched(_)));
            prop_assert_eq!(first.map(|candidate| &*candidate.pattern), explained.winner(), "{}", path);
        }
    }

    #[test]
    fn relations_are_those_of_the_sets(left in pattern(), right in pattern(), paths in collection::vec(path(), 40)) {
        let [left, right] = [left, right].map(|text| Pattern::parse(&text).unwrap());
        let relation = left.compare_paths(&right);
        prop_assert_eq!(relation, mirrored(right.compare_paths(&left)));
        for path in paths {
            let matches = [&left, &right].map(|pattern| pattern.matches_path(path.as_bytes()));
            let is_possible = match relation {
                Relation::Equivalent => matches[0] == matches[1],
                Relation::MoreGeneral => matches[0] || !matches[1],
                Relation::MoreSpecific => matches[1] || !matches[0],
                Relation::Disjoint => !(matches[0] && matches[1]),
                Relation::Overlaps => true,
            };
            prop_assert!(is_possible, "{} {:?} {} at {}", left, relation, right, path);
        }
    }

    #[test]
    fn precedence_is_a_strict_order(patterns in collection::vec(pattern(), 3)) {
        let patterns: Vec<_> = patterns.iter().map(|text| Pattern::parse(text).unwrap()).collect();
        let is_before = |a: usize, b: usize| patterns[a].compare(&patterns[b]) == Relation::MoreSpecific;
        prop_assert_eq!(patterns[0].compare(&patterns[0]), Relation::Equivalent);
        prop_assert!(!(is_before(0, 1) && is_before(1, 0)));
        prop_assert!(!(is_before(0, 1) && is_before(1, 2)) || is_before(0, 2));
    }

    #[test]
    fn the_order_of_registration_does_not_matter(patterns in patterns(), paths in collection::vec(path(), 1..8)) {
        let reversed: Vec<_> = patterns.iter().rev().cloned().collect();
        let (forth, back) = (table(&patterns), table(&reversed));
        for path in paths {
            let names = [&forth, &back].map(|table| {
                table.find(&Method::GET, b"a.test", path.as_bytes()).map(|found| found.pattern().as_str().to_owned())
            });
            prop_assert_eq!(&names[0], &names[1], "{}", path);
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC*|[A-Z]{0,4}[ \t]?[a-z{}/.$]{0,20}") {
        match Pattern::parse(&text) {
            Ok(pattern) => {
                prop_assert_eq!(pattern.as_str(), &text);
                prop_assert!(!pattern.segments().is_empty());
                let table = Table::new([pattern]).expect("one alone has no conflict");
                prop_assert!(table.find(&Method::GET, b"", b"nothing/like/a/path").is_none());
            }
            Err(error) => prop_assert!(error.is_invalid() && is_told(&error)),
        }
    }

    #[test]
    fn any_bytes_are_searched_for(patterns in patterns(), path in collection::vec(any::<u8>(), 0..300), host in collection::vec(any::<u8>(), 0..20)) {
        let table = table(&patterns);
        if let Some(found) = table.find(&Method::GET, &host, &path) {
            prop_assert!(found.pattern().matches("GET", &host, &path));
            prop_assert_eq!(found.values().count(), found.pattern().names().count());
        }
        let mut r = Request::new();
        r.host = Text::from(&*host);
        r.url = Url { path: Text::from(&*path), ..Url::default() };
        let mux = ServeMux::new();
        for pattern in &patterns {
            mux.handle_func(pattern.as_str(), |_, _| {});
        }
        let (_, pattern) = mux.handler(&r);
        prop_assert!(pattern.is_empty() || patterns.iter().any(|known| known.as_str() == pattern.as_str()));
    }
}

fn mirrored(relation: Relation) -> Relation {
    match relation {
        Relation::MoreGeneral => Relation::MoreSpecific,
        Relation::MoreSpecific => Relation::MoreGeneral,
        other => other,
    }
}

fn is_told(error: &PatternError) -> bool {
    let text = error.to_string();
    text == "http: invalid pattern" || text.starts_with("parsing \"") && text.contains("\": at offset ")
}
