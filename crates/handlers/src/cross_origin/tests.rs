//! What Go's protection says of the same requests, origins and patterns.

use nethttp_core::handler_func;
use nethttp_httptest::{new_recorder, new_request};

use super::*;

const SITE: Option<CrossOriginError> = Some(CrossOriginError::SecFetchSite);
const ORIGIN: Option<CrossOriginError> = Some(CrossOriginError::OriginIsNotHost);

/// A request: method, target, host (if it is another), `Sec-Fetch-Site`, `Origin`; and Go's verdict on it.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str, Option<CrossOriginError>);

const RECORDED: &[Case] = &[
    ("GET", "/", "", "cross-site", "https://evil.example", None),
    ("HEAD", "/", "", "cross-site", "", None),
    ("OPTIONS", "/", "", "cross-site", "", None),
    ("get", "/", "", "cross-site", "", SITE),
    ("TRACE", "/", "", "cross-site", "", SITE),
    ("POST", "/", "", "", "", None),
    ("POST", "/", "", "same-origin", "https://evil.example", None),
    ("POST", "/", "", "none", "", None),
    ("POST", "/", "", "same-site", "", SITE),
    ("POST", "/", "", "cross-site", "", SITE),
    ("POST", "/", "", "Same-Origin", "", SITE),
    ("POST", "/", "", "x", "", SITE),
    ("POST", "/", "", "cross-site", "https://trusted.example", None),
    ("POST", "/", "", "cross-site", "http://trusted.example", SITE),
    ("POST", "/", "", "", "https://trusted.example", None),
    ("POST", "/", "", "", "https://trusted.example:443", ORIGIN),
    ("POST", "/", "", "", "HTTPS://Up.example", None),
    ("POST", "/", "", "", "https://up.example", ORIGIN),
    ("POST", "/", "", "", "https://example.com", None),
    ("POST", "/", "", "", "http://example.com", None),
    ("POST", "/", "", "", "https://example.com:443", ORIGIN),
    ("POST", "/", "example.com:443", "", "https://example.com:443", None),
    ("POST", "/", "", "", "https://EXAMPLE.com", ORIGIN),
    ("POST", "/", "", "", "null", ORIGIN),
    ("POST", "/", "", "", "example.com", ORIGIN),
    ("POST", "/", "", "", "//example.com", None),
    ("POST", "/", "", "", "https://example.com/x", None),
    ("POST", "/", "", "", "https://%zz", ORIGIN),
    ("POST", "/", "", "", "https://user@example.com", None),
    ("POST", "/bypass/", "", "cross-site", "", None),
    ("POST", "/bypass/x", "", "", "https://evil.example", None),
    ("POST", "/bypass", "", "cross-site", "", SITE),
    ("POST", "/bypass/../x", "", "cross-site", "", SITE),
    ("POST", "/bypass/./x", "", "cross-site", "", SITE),
    ("POST", "//bypass/x", "", "cross-site", "", SITE),
    ("DELETE", "/bypass/x", "", "cross-site", "", None),
    ("POST", "/only-post", "", "cross-site", "", None),
    ("PUT", "/only-post", "", "cross-site", "", SITE),
    ("PUT", "/7/x", "api.example", "cross-site", "", None),
    ("PUT", "/7/x", "api.example:80", "cross-site", "", None),
    ("PUT", "/7/x", "", "cross-site", "", SITE),
    ("PUT", "/7/x/", "api.example", "cross-site", "", SITE),
];

fn request(method: &str, target: &str, host: &str, site: &str, origin: &str) -> Request {
    let mut r = new_request(method, target, ());
    if !host.is_empty() {
        r.host = host.into();
    }
    for (name, value) in [("Sec-Fetch-Site", site), ("Origin", origin)] {
        if !value.is_empty() {
            r.header.set(name, value);
        }
    }
    r
}

#[test]
fn verdicts_are_those_of_go() {
    let protection = CrossOriginProtection::new();
    protection.add_trusted_origin("https://trusted.example").unwrap();
    protection.add_trusted_origin("HTTPS://Up.example").unwrap();
    for pattern in ["/bypass/", "POST /only-post", "PUT api.example/{id}/x"] {
        protection.add_insecure_bypass_pattern(pattern);
    }
    for &(method, target, host, site, origin, verdict) in RECORDED {
        let r = request(method, target, host, site, origin);
        assert_eq!(protection.check(&r).err(), verdict, "{method} {target} {host} {site} {origin}");
    }
    let mut r = request("POST", "/", "", "", "null");
    r.host.clear();
    assert_eq!(protection.check(&r), Ok(()));
}

#[test]
fn texts_of_origins_are_those_of_go() {
    for (origin, expected) in [
        ("https://example.com", "<nil>"),
        ("https://example.com:8080", "<nil>"),
        ("http://example.com", "<nil>"),
        ("null", "invalid origin \"null\": scheme is required"),
        ("", "invalid origin \"\": scheme is required"),
        ("example.com", "invalid origin \"example.com\": scheme is required"),
        ("https://", "invalid origin \"https://\": host is required"),
        ("https://example.com/", "invalid origin \"https://example.com/\": path, query, and fragment are not allowed"),
        (
            "https://example.com/path",
            "invalid origin \"https://example.com/path\": path, query, and fragment are not allowed",
        ),
        (
            "https://example.com?q",
            "invalid origin \"https://example.com?q\": path, query, and fragment are not allowed",
        ),
        (
            "https://example.com?q=1",
            "invalid origin \"https://example.com?q=1\": path, query, and fragment are not allowed",
        ),
        (
            "https://example.com#f",
            "invalid origin \"https://example.com#f\": path, query, and fragment are not allowed",
        ),
        ("https://example.com#", "<nil>"),
        ("https://example.com?", "<nil>"),
        ("//example.com", "invalid origin \"//example.com\": scheme is required"),
        ("mailto:a@b", "invalid origin \"mailto:a@b\": host is required"),
        ("https:/x", "invalid origin \"https:/x\": host is required"),
        (":x", "invalid origin \":x\": parse \":x\": missing protocol scheme"),
        ("https://a:b", "invalid origin \"https://a:b\": parse \"https://a:b\": invalid port \":b\" after host"),
        ("https://user@h", "<nil>"),
        ("HTTPS://Example.com", "<nil>"),
        (
            "https://h\x7f",
            "invalid origin \"https://h\\x7f\": parse \"https://h\\x7f\": net/url: invalid control character in URL",
        ),
    ] {
        let result = CrossOriginProtection::new().add_trusted_origin(origin);
        assert_eq!(nethttp_core::io::nil_or_err(&result).to_string(), expected);
    }
}

#[test]
fn only_what_a_mux_would_not_redirect_is_let_through() {
    let protection = new_cross_origin_protection();
    for pattern in [
        "/a/",
        "/a/b/",
        "/c/{x}",
        "/c/{x}/",
        "/d/{$}",
        "/e/{rest...}",
        "DELETE /f/",
        "DELETE /f/g/",
        "h.example/",
        "POST /i/{x}/j/",
        "/k",
    ] {
        protection.add_insecure_bypass_pattern(pattern);
    }
    for (method, target, host, passes) in [
        ("POST", "/a/b", "", false),
        ("POST", "/a", "", false),
        ("POST", "/a/c", "", true),
        ("POST", "/c/1", "", true),
        ("POST", "/c/1/", "", true),
        ("POST", "/c", "", false),
        ("POST", "/d", "", false),
        ("POST", "/d/", "", true),
        ("POST", "/d/x", "", false),
        ("POST", "/e", "", false),
        ("POST", "/e/", "", true),
        ("POST", "/e/x", "", true),
        ("DELETE", "/f/g", "", false),
        ("POST", "/f/g", "", false),
        ("POST", "/f/", "", false),
        ("DELETE", "/f/x", "", true),
        ("POST", "/zz", "h.example", true),
        ("POST", "/zz", "h.example:81", true),
        ("POST", "/i/1/j", "", false),
        ("POST", "/k/", "", false),
        ("POST", "/k", "", true),
        ("POST", "/%6b", "", true),
        ("POST", "/a%2Fc", "", false),
        ("POST", "/a/%2e%2e/x", "", true),
        ("POST", "/a//x", "", false),
        ("CONNECT", "/a/b", "", false),
        ("CONNECT", "/a/c", "", true),
        ("CONNECT", "/a/../a/c", "", true),
        ("CONNECT", "/zz", "h.example", true),
        ("CONNECT", "/zz", "h.example:81", false),
        ("CONNECT", "h.example:443", "", false),
    ] {
        let r = request(method, target, host, "cross-site", "");
        assert_eq!(protection.check(&r).is_ok(), passes, "{method} {target} {host}");
    }
}

#[test]
fn bad_and_conflicting_patterns_are_refused() {
    let protection = CrossOriginProtection::new();
    let refused = |pattern: &str| protection.try_add_insecure_bypass_pattern(pattern).unwrap_err();
    assert_eq!(refused("").to_string(), "http: invalid pattern");
    assert_eq!(refused("/{").to_string(), "parsing \"/{\": at offset 1: bad wildcard segment (must end with '}')");
    protection.add_insecure_bypass_pattern("/a/{x}");
    let conflict = refused("/{y}/b");
    assert_eq!(conflict.conflict().unwrap().with, "/a/{x}");
    assert!(conflict.to_string().contains("cross_origin/tests.rs"), "{conflict}");
    // The refused ones have changed nothing.
    assert!(protection.check(&request("POST", "/a/1", "", "cross-site", "")).is_ok());
    assert!(protection.check(&request("POST", "/c/b", "", "cross-site", "")).is_err());
    let panic = std::panic::catch_unwind(|| CrossOriginProtection::new().add_insecure_bypass_pattern(""));
    assert_eq!(panic.unwrap_err().downcast_ref::<String>().unwrap(), "http: invalid pattern");
}

#[test]
fn refused_requests_are_answered() {
    let protection = CrossOriginProtection::new();
    let handler = protection.handler(handler_func(|w, _r| w.write_all(b"served")));
    let serve = |r: &mut Request| {
        let mut w = new_recorder();
        handler.serve_http(&mut w, r);
        let header = w.result().header;
        (w.code.as_u16(), w.body.to_string(), header.get("X-Content-Type-Options").to_string())
    };
    let site = "cross-origin request detected from Sec-Fetch-Site header\n";
    let origin = "cross-origin request detected, and/or browser is out of date: Sec-Fetch-Site is missing, and Origin \
                  does not match Host\n";
    let answer = |code: u16, body: &str, sniff: &str| (code, body.to_owned(), sniff.to_owned());
    assert_eq!(serve(&mut request("POST", "/", "", "", "")), answer(200, "served", ""));
    assert_eq!(serve(&mut request("POST", "/", "", "cross-site", "")), answer(403, site, "nosniff"));
    assert_eq!(serve(&mut request("POST", "/", "x", "", "https://y")), answer(403, origin, "nosniff"));

    // Rules that change reach handlers that are there already; a deny handler may change them, too.
    let own = protection.clone();
    protection.set_deny_handler(handler_func(move |w, _r| {
        own.unset_deny_handler();
        own.add_trusted_origin("https://y").unwrap();
        w.write_header(nethttp_core::STATUS_TEAPOT);
    }));
    assert_eq!(serve(&mut request("POST", "/", "x", "", "https://y")), answer(418, "", ""));
    assert_eq!(serve(&mut request("POST", "/", "x", "", "https://y")), answer(200, "served", ""));
    assert_eq!(serve(&mut request("POST", "/", "", "cross-site", "")), answer(403, site, "nosniff"));
}

#[test]
fn threads_may_share_it() {
    const fn is_shared<T: Send + Sync>(_: &T) {}
    let protection = CrossOriginProtection::new();
    is_shared(&protection);
    is_shared(&protection.handler(handler_func(|_w, _r| {})));
}
