//! URLs against what Go answers, and the promises about buffers.

use super::*;
use crate::Header;
use crate::fixture::{self, meant, shown};

const GO: &str = include_str!("fixtures/go.txt");

/// The parts that are not empty, as the fixture has them.
fn described(url: &Url) -> String {
    let mut parts = Vec::new();
    let mut part = |name: &str, value: &Text| {
        if !value.is_empty() {
            parts.push(format!("{name}={}", shown(value)));
        }
    };
    part("scheme", &url.scheme);
    part("opaque", &url.opaque);
    if let Some(user) = &url.user {
        part("user", user.username());
        part("password", user.password().unwrap_or(&Text::EMPTY));
    }
    part("host", &url.host);
    part("path", &url.path);
    part("raw_path", &url.raw_path);
    part("omit_host", &Text::from(if url.omit_host { "true" } else { "" }));
    part("force_query", &Text::from(if url.force_query { "true" } else { "" }));
    part("raw_query", &url.raw_query);
    part("fragment", &url.fragment);
    part("raw_fragment", &url.raw_fragment);
    part("string", &url.to_text());
    part("request_uri", &url.request_uri());
    if !url.host.is_empty() {
        part("hostname", &url.hostname());
        part("port", &url.port());
    }
    if url.user.is_some() {
        part("redacted", &url.redacted());
    }
    parts.join("\t")
}

fn outcome<T>(result: Result<T, Error>, show: impl FnOnce(T) -> String) -> String {
    result.map_or_else(|error| format!("error={}", shown(error.to_string())), show)
}

#[test]
fn as_go_answers() {
    let mut warm = Url::default();
    let mut count = 0;
    for (line, expected) in fixture::lines(GO) {
        let mut call = line.split('\t');
        let kind = call.next().unwrap();
        let arguments: Vec<Vec<u8>> = call.map(meant).collect();
        let found = match (kind, &arguments[..]) {
            ("parse", [url]) => outcome(parse(url), |url| described(&url)),
            ("request", [target]) => outcome(warm.assign_request_uri(target), |()| described(&warm)),
            ("resolve", [base, reference]) => {
                outcome(parse(base).unwrap().parse(reference), |url| shown(url.to_text()))
            }
            ("join", [base, elements @ ..]) => outcome(join_path(base, elements), shown),
            _ => panic!("{line}"),
        };
        assert_eq!(found, expected, "{line}");
        count += 1;
    }
    assert!(count > 200, "{count}");
}

#[test]
fn what_parses_prints_and_parses_again() {
    for (line, _) in fixture::lines(GO) {
        let Some(text) = line.strip_prefix("parse\t") else { continue };
        let Ok(url) = parse(meant(text)) else { continue };
        let again = parse(url.to_text()).unwrap();
        assert_eq!(again.to_text(), url.to_text(), "{line}");
        assert_eq!(again.path, url.path, "{line}");
    }
}

#[test]
fn targets_cut_anywhere_do_not_panic() {
    let target = b"http://u%40:p@[fe80::1%25en]:80/a%2Fb;c?d=%zz&e#f%20";
    for start in 0..target.len() {
        for end in start..=target.len() {
            let piece = &target[start..end];
            let _ = parse(piece).map(|url| url.to_text());
            let _ = parse_request_uri(piece).map(|url| url.request_uri());
        }
    }
}

#[test]
fn a_plain_target_keeps_the_buffers() {
    let mut url = Url::default();
    url.assign_request_uri(b"/a/long/enough/path?and=a&long=query").unwrap();
    let before = (url.path.as_str().as_ptr(), url.raw_query.as_str().as_ptr());
    url.assign_request_uri(b"/b?c").unwrap();
    assert_eq!((url.path.as_str().as_ptr(), url.raw_query.as_str().as_ptr()), before);
    assert_eq!((&*url.path, &*url.raw_query), ("/b", "c"));
    url.assign_request_uri(b"/").unwrap();
    assert_eq!(url, parse_request_uri("/").unwrap());
}

#[test]
fn the_target_of_connect() {
    let mut url = Url::default();
    url.assign_authority(b"u@h.test:1").unwrap();
    assert_eq!((&*url.scheme, &*url.host, &*url.path), ("", "h.test:1", ""));
    assert_eq!(url.user, Some(user("u")));
    let error = url.assign_authority(b"h:x").unwrap_err();
    assert_eq!(error.to_string(), r#"parse "http://h:x": invalid port ":x" after host"#);
}

// pitfall E8
#[test]
fn what_was_escaped_stays_so() {
    for target in ["/a%2Fb", "/a%3Fb?c", "/%25", "/%2e%2e/a", "/a%20b%2f"] {
        let url = parse_request_uri(target).unwrap();
        assert_eq!(url.request_uri(), target);
        assert_eq!(url.to_text(), target);
    }
}

#[test]
fn a_spelling_of_another_path_is_not_used() {
    let mut url = parse("/a%2Fb").unwrap();
    url.path = "/c d".into();
    assert_eq!(url.escaped_path(), "/c%20d");
    url.path = "/a/b".into();
    url.raw_path = "/a%2fb c".into();
    assert_eq!(url.escaped_path(), "/a/b");
    url.fragment = "x".into();
    url.raw_fragment = "%79".into();
    assert_eq!(url.escaped_fragment(), "x");
}

#[test]
fn spellings_are_compared_to_their_last_byte() {
    let check = |raw: &str, path: &str, is_spelling: bool| {
        let url = Url { path: path.into(), raw_path: raw.into(), ..Url::default() };
        assert_eq!(url.escaped_path() == raw, is_spelling, "{raw} of {path}");
    };
    check("/%61%2fb", "/a/b", true);
    check("/%61%2fb", "/a/bc", false);
    check("/%61%2fb", "/a/", false);
    check("/%61%2fb%2", "/a/b%2", false);
    check("/%61%2fb%", "/a/b%", false);
    check("/%61%zz", "/a%zz", false);
    check("/%41", "/a", false);
}

#[test]
fn reasons_are_told_apart() {
    let reason = |url: &str| parse(url).unwrap_err().unwrap().clone();
    assert!(matches!(reason("http://a^/"), Reason::InvalidHost(error) if error.byte() == b'^'));
    assert!(matches!(reason("/%zz"), Reason::Escape(error) if error.bytes() == b"%zz"));
    assert_eq!(reason(":"), Reason::MissingScheme);
    let error = std::io::Error::from(parse(":").unwrap_err());
    assert_eq!(error.to_string(), r#"parse ":": missing protocol scheme"#);
}

/// Go says what of the address it could not read.
#[test]
fn a_bad_address_has_one_text() {
    for url in ["http://[::g]/", "http://[1]/", "http://[]/", "http://[::1::]/"] {
        assert!(parse(url).unwrap_err().to_string().ends_with("unable to parse IP"), "{url}");
    }
}

#[test]
fn a_password_is_not_logged() {
    let logged = format!("{:?}", user_password("u", "secret"));
    assert!(logged.contains('u') && !logged.contains("secret"), "{logged}");
}

#[test]
fn values_are_sorted_lists() {
    let mut values = Values::from([("b", "1"), ("a", "x y"), ("b", "2")]);
    assert_eq!(values.encode(), "a=x+y&b=1&b=2");
    assert_eq!(values.len(), 2);
    values.set("b", "3");
    values.add("c", b"\xff");
    assert_eq!(values.values("b"), ["3"]);
    assert_eq!(values.get("c").as_bytes(), b"\xff");
    assert!(values.values("d").is_empty());
    values.del("a");
    assert!(!values.has("a"));
    assert_eq!(values.iter().map(|(key, values)| (&**key, values.len())).collect::<Vec<_>>(), [("b", 1), ("c", 1)]);
    assert_eq!(values.encode(), "b=3&c=%FF");
    values.clear();
    assert!(values.is_empty());
    assert_eq!(values.encode(), "");
}

#[test]
fn values_of_a_header() {
    let mut header = Header::from([("B", "1"), ("A", "2"), ("B", "3")]);
    header.suppress("Date");
    let values = Values::from(&header);
    assert_eq!(values.values("B"), ["1", "3"]);
    assert!(values.has("Date"));
    assert!(values.values("Date").is_empty());
    assert_eq!(values.encode(), "A=2&B=1&B=3");
}

#[test]
fn a_query_beyond_the_limit_has_no_values() {
    let (values, error) = parse_query("a=1&".repeat(10_000));
    assert!(values.is_empty());
    assert_eq!(error.unwrap().to_string(), "number of URL query parameters exceeded limit");
    assert_eq!(parse("/?a=1&b=%zz&c;d").unwrap().query(), Values::from([("a", "1")]));
}
