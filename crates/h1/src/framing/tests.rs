//! What a head says of its message (body, host, persistence, expectation): a table for each rule.

use super::*;
use crate::head::{FieldScratch, parse_head};
use crate::limits::Limits;

/// The facts of a request of `line` with `fields`, which are separated by `|`.
fn facts_of<T>(line: &str, fields: &str, look: impl FnOnce(&MessageFacts<'_>) -> T) -> Result<T, HeadError> {
    let fields: String = fields.split_terminator('|').map(|field| format!("{field}\r\n")).collect();
    let text = format!("{line}\r\n{fields}\r\n");
    let mut scratch = FieldScratch::new();
    let head = parse_head(text.as_bytes(), &Limits::default(), &mut scratch)?;
    examine(&head).map(|facts| look(&facts))
}

fn body_of(line: &str, fields: &str) -> Result<BodyKind, HeadError> {
    facts_of(line, fields, |facts| facts.body)
}

const POST: &str = "POST / HTTP/1.1";
const POST_10: &str = "POST / HTTP/1.0";

// pitfall E1: 501, 400, 400, and digits only.
// pitfall E3: no value of a length is a panic.
#[test]
fn framing() {
    use BodyKind::{Chunked, Length, None};
    use HeadError::{
        AmbiguousTransferEncoding as Ambiguous, ConflictingFraming as Conflict, InvalidContentLength as Invalid,
        OutdatedTransferEncoding as Outdated, RepeatedContentLength as Repeated,
        UnsupportedTransferEncoding as Unknown,
    };
    let check = |line: &str, fields: &str, expected: Result<BodyKind, HeadError>| {
        assert_eq!(body_of(line, &format!("Host: a|{fields}")), expected, "{line} {fields}");
    };
    check(POST, "", Ok(None));
    check("GET / HTTP/1.1", "Content-Length: 5", Ok(Length(5)));
    check(POST_10, "Content-Length: 5", Ok(Length(5)));
    check(POST, "Content-Length: 0", Ok(None));
    check(POST, "Content-Length: 005", Ok(Length(5)));
    check(POST, "content-length:\t5 ", Ok(Length(5)));
    check(POST, "Content-Length: 9223372036854775807", Ok(Length(i64::MAX as u64)));
    for value in
        ["", "x", "+5", "-5", "5 5", "5,5", "5, 5", "5x", "0x5", "1_0", "9223372036854775808", "18446744073709551621"]
    {
        check(POST, &format!("Content-Length: {value}"), Err(Invalid));
    }
    check(POST, "Content-Length: 5|Content-Length: 6", Err(Invalid));
    check(POST, "Content-Length: 5|Content-Length: 5|Content-Length: 6", Err(Invalid));
    check(POST, "Content-Length: 6|Content-Length: 5|Content-Length: 5", Err(Invalid));
    check(POST, "Content-Length: 5|Content-Length: 05", Err(Invalid));
    check(POST, "Content-Length: 5|Content-Length: 5", Err(Repeated));

    check(POST, "Transfer-Encoding: chunked", Ok(Chunked));
    check("GET / HTTP/1.2", "transfer-encoding:CHUNKED", Ok(Chunked));
    for value in ["gzip", "identity", "xchunked", "chunked;q=1", "\"chunked\"", "chun ked"] {
        check(POST, &format!("Transfer-Encoding: {value}"), Err(Unknown));
    }
    for value in ["", "chunked,", ",chunked", "gzip, chunked", "chunked, chunked", "chunked, identity"] {
        check(POST, &format!("Transfer-Encoding: {value}"), Err(Ambiguous));
    }
    check(POST, "Transfer-Encoding: chunked|Transfer-Encoding: chunked", Err(Ambiguous));
    check(POST, "Transfer-Encoding: gzip|Transfer-Encoding: chunked", Err(Ambiguous));
    check(POST, "Transfer-Encoding:|Transfer-Encoding: chunked", Err(Ambiguous));
    check(POST_10, "Transfer-Encoding: chunked", Err(Outdated));
    check(POST_10, "Transfer-Encoding:|Transfer-Encoding: x", Err(Outdated));
    check(POST_10, "Content-Length: 5|Transfer-Encoding: chunked", Err(Outdated));
    check(POST, "Transfer-Encoding: chunked|Content-Length: 5", Err(Conflict));
    check(POST, "Content-Length: 5|Transfer-Encoding: chunked", Err(Conflict));
    check(POST, "Content-Length: 0|Transfer-Encoding: chunked", Err(Conflict));
    check(POST, "Content-Length: x|Transfer-Encoding: chunked", Err(Invalid));
    check(POST, "Transfer-Encoding: gzip|Content-Length: 5", Err(Unknown));

    // Names that only look alike.
    check(POST, "Content_Length: 5|Transfer_Encoding: x|Content-Lengths: 5", Ok(None));
}

#[test]
fn declared() {
    for (fields, length, declared) in [
        ("", 0, false),
        ("Content-Length: 0", 0, true),
        ("Content-Length: 7", 7, true),
        ("Transfer-Encoding: chunked", -1, false),
    ] {
        let found =
            facts_of(POST, &format!("Host: a|{fields}"), |facts| (facts.content_length(), facts.declared_length));
        assert_eq!(found, Ok((length, declared)), "{fields}");
    }
}

#[test]
fn hosts() {
    let check = |line: &str, fields: &str, expected: Result<Option<&str>, HeadError>| {
        let found = facts_of(line, fields, |facts| facts.host.map(|host| String::from_utf8(host.to_vec()).unwrap()));
        assert_eq!(found.as_ref().map(Option::as_deref), expected.as_ref().copied(), "{line} {fields}");
    };
    let get = "GET / HTTP/1.1";
    check(get, "Host: a", Ok(Some("a")));
    check(get, "hOsT:\tA.b:80 ", Ok(Some("A.b:80")));
    check(get, "Host: [::1]:80", Ok(Some("[::1]:80")));
    check(get, "", Err(HeadError::MissingHost));
    check("GET http://a/ HTTP/1.1", "", Err(HeadError::MissingHost));
    check("GET / HTTP/1.2", "", Err(HeadError::MissingHost));
    check("GET / HTTP/1.0", "", Ok(None));
    check("CONNECT a:1 HTTP/1.1", "", Ok(None));
    for (value, expected) in [
        ("a/b", HeadError::MalformedHost),
        ("u@h", HeadError::MalformedHost),
        ("a b", HeadError::MalformedHost),
        ("\u{e9}", HeadError::MalformedHost),
        ("", HeadError::EmptyHost),
        ("a:1:2", HeadError::IllFormedHost),
        ("a:b", HeadError::IllFormedHost),
        ("[::1", HeadError::IllFormedHost),
    ] {
        check(get, &format!("Host: {value}"), Err(expected));
        check("GET / HTTP/1.0", &format!("Host: {value}"), Err(expected));
    }
    check(get, "Host: a|Host: a", Err(HeadError::RepeatedHost));
    check(get, "Host: a|Host:", Err(HeadError::RepeatedHost));
    check("GET / HTTP/1.0", "Host: a|Host: b", Err(HeadError::RepeatedHost));
}

#[test]
fn ordinary_hosts_pass_every_check() {
    for text in ["a", "A-b.c9", "a:80", "a:", "1.2.3.4:8080", "-", "a..b"] {
        assert!(is_ordinary_host(text.as_bytes()), "{text}");
        assert!(host::is_valid_host_header(text.as_bytes()) && host::is_well_formed_host(text.as_bytes()), "{text}");
    }
    for text in ["", ":80", "a_b", "a:b", "a:1:2", "[::1]", "a/b", "a b", "%41"] {
        assert!(!is_ordinary_host(text.as_bytes()), "{text}");
    }
}

#[test]
fn faults_come_in_the_order_of_go() {
    for (line, fields, expected) in [
        (POST, "Host: a|Host: a|Transfer-Encoding: x", HeadError::RepeatedHost),
        (POST, "Transfer-Encoding: x|Content-Length: x", HeadError::UnsupportedTransferEncoding),
        (POST, "Content-Length: x", HeadError::InvalidContentLength),
        ("POST / HTTP/2.0", "Content-Length: x", HeadError::InvalidContentLength),
        ("POST / HTTP/2.0", "Transfer-Encoding: x", HeadError::UnsupportedTransferEncoding),
        ("POST / HTTP/2.0", "Transfer-Encoding: chunked|Trailer: Trailer", HeadError::ForbiddenTrailer),
        ("POST / HTTP/2.0", "", HeadError::UnsupportedVersion),
        ("POST / HTTP/0.9", "Host: a|Transfer-Encoding: x", HeadError::UnsupportedVersion),
        (POST, "X : 1", HeadError::MissingHost),
        (POST, "Host : a", HeadError::MissingHost),
        (POST, "Host: a/b|X : 1", HeadError::MalformedHost),
        (POST, "Host: a|Content-Length : 5", HeadError::InvalidFieldName),
        (POST, "Host: a|Transfer-Encoding : chunked|Content-Length: 5", HeadError::InvalidFieldName),
        // What only this server refuses comes last.
        (POST, "Content-Length: 5|Content-Length: 5", HeadError::MissingHost),
        (POST, "Host:|X : 1", HeadError::InvalidFieldName),
        (POST_10, "Transfer-Encoding: chunked|X : 1", HeadError::InvalidFieldName),
    ] {
        assert_eq!(body_of(line, fields), Err(expected), "{line} {fields}");
    }
}

// pitfall E5: `Connection` is a list over all lines, and its elements are compared whole.
#[test]
fn persistence() {
    let check = |version: &str, fields: &str, close: bool, wants_close: bool, keep_alive_10: bool| {
        let found = facts_of(&format!("GET / HTTP/{version}"), &format!("Host: a|{fields}"), |facts| {
            (facts.close, facts.wants_close, facts.keep_alive_10)
        });
        assert_eq!(found, Ok((close, wants_close, keep_alive_10)), "{version} {fields}");
    };
    check("1.1", "", false, false, false);
    check("1.1", "Connection: close", true, true, false);
    check("1.1", "Connection: x, CLOSE", true, true, false);
    check("1.1", "Connection: x|Connection: close", true, true, false);
    check("1.1", "Connection: closed, not-close", false, false, false);
    check("1.1", "Connection: keep-alive", false, false, false);
    // A word of an element is enough for the answer, in the first line.
    check("1.1", "Connection: x close", false, true, false);
    check("1.1", "Connection: x|Connection: x close", false, false, false);
    check("1.2", "", false, false, false);
    check("1.0", "", true, true, false);
    check("1.0", "Connection: keep-alive", false, false, true);
    check("1.0", "Connection: Keep-Alive, x", false, false, true);
    check("1.0", "Connection: keep-alive, close", true, true, true);
    check("1.0", "Connection: x|Connection: keep-alive", false, false, false);
}

// pitfall E10: only a client that may wait for 100 is answered with it.
#[test]
fn expectations() {
    let check = |line: &str, fields: &str, expected: Expect| {
        let found = facts_of(line, &format!("Host: a|{fields}"), |facts| facts.expect);
        assert_eq!(found, Ok(expected), "{line} {fields}");
    };
    check(POST, "", Expect::None);
    check(POST, "Expect:|Content-Length: 5", Expect::None);
    for value in ["100-continue", "100-Continue", "x, 100-continue", "x 100-continue"] {
        check(POST, &format!("Expect: {value}|Content-Length: 5"), Expect::Continue);
        check(POST, &format!("Expect: {value}|Transfer-Encoding: chunked"), Expect::Continue);
        check(POST, &format!("Expect: {value}|Content-Length: 0"), Expect::None);
        check(POST, &format!("Expect: {value}"), Expect::None);
        check(POST_10, &format!("Expect: {value}|Content-Length: 5"), Expect::None);
    }
    for value in ["x", "100-continued", "100-continue;x", "200"] {
        check(POST, &format!("Expect: {value}|Content-Length: 5"), Expect::Unknown);
        check(POST_10, &format!("Expect: {value}"), Expect::Unknown);
    }
    check(POST, "Expect: 100-continue|Expect: x|Content-Length: 5", Expect::Continue);
    check(POST, "Expect: x|Expect: 100-continue|Content-Length: 5", Expect::Unknown);
}

// pitfall E9: an answer without a handler is the last of its connection.
#[test]
fn refusals() {
    let check = |line: &str, fields: &str, expected: Option<&str>| {
        let fields: String = fields.split_terminator('|').map(|field| format!("{field}\r\n")).collect();
        let text = format!("{line}\r\n{fields}\r\n");
        let mut scratch = FieldScratch::new();
        let head = parse_head(text.as_bytes(), &Limits::default(), &mut scratch).unwrap();
        let refusal = examine(&head).unwrap().refusal;
        let mut out = Vec::new();
        if let Some(refusal) = refusal {
            refusal.write_to(&mut out, &head, b"Thu, 01 Jan 1970 00:00:00 GMT");
            assert!(out.starts_with(format!("HTTP/1.{}", u8::from(head.is_at_least(1, 1))).as_bytes()));
            let status = format!(" {} ", refusal.status());
            assert!(String::from_utf8_lossy(&out).contains(&status));
        }
        let found = String::from_utf8(out).unwrap().replace("Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n", "D|");
        assert_eq!(found, expected.unwrap_or_default().replace('+', "\r\n"), "{line} {fields}");
    };
    let asterisk = Some("HTTP/1.1 400 Bad Request+Connection: close+D|Content-Length: 0++");
    check("OPTIONS * HTTP/1.1", "Host: a", None);
    check("OPTIONS * HTTP/1.0", "", None);
    check("GET /* HTTP/1.1", "Host: a", None);
    check("GET * HTTP/1.1", "Host: a", asterisk);
    check("CONNECT * HTTP/1.1", "Host: a", asterisk);
    check("options * HTTP/1.1", "Host: a", asterisk);
    check("PRI * HTTP/2.0", "", asterisk);
    check("GET * HTTP/1.0", "", Some("HTTP/1.0 400 Bad Request+D|Content-Length: 0++"));
    check("HEAD * HTTP/1.1", "Host: a", Some("HTTP/1.1 400 Bad Request+Connection: close+D|+"));
    let unknown = Some("HTTP/1.1 417 Expectation Failed+Connection: close+D|Content-Length: 0++");
    check("GET / HTTP/1.1", "Host: a|Expect: x", unknown);
    check("GET * HTTP/1.1", "Host: a|Expect: x", unknown);
    check("HEAD / HTTP/1.1", "Host: a|Expect: x", Some("HTTP/1.1 417 Expectation Failed+Connection: close+D|+"));
    check(
        "GET / HTTP/1.0",
        "Expect: x",
        Some("HTTP/1.0 417 Expectation Failed+Connection: close+D|Content-Length: 0++"),
    );
}

#[test]
fn preface_of_http_2() {
    let close = facts_of("PRI * HTTP/2.0", "", |facts| (facts.close, facts.wants_close));
    assert_eq!(close, Ok((true, true)));
    assert_eq!(body_of("PRI * HTTP/2.0", "X: 1"), Err(HeadError::MissingHost));
    assert_eq!(body_of("PRI / HTTP/2.0", ""), Err(HeadError::UnsupportedVersion));
    assert_eq!(body_of("PRI * HTTP/2.1", ""), Err(HeadError::UnsupportedVersion));
    assert_eq!(body_of("GET * HTTP/2.0", ""), Err(HeadError::UnsupportedVersion));
}

#[test]
fn trailers() {
    let names = |fields: &str| {
        let fields: String = fields.split_terminator('|').map(|field| format!("{field}\r\n")).collect();
        let text = format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let mut scratch = FieldScratch::new();
        let head = parse_head(text.as_bytes(), &Limits::default(), &mut scratch)?;
        let facts = examine(&head)?;
        let names: Vec<_> = head.announced_trailers().map(|name| String::from_utf8(name.to_vec()).unwrap()).collect();
        Ok((facts.has_trailers, names.join(" "), facts.hides("trailer")))
    };
    let chunked = "Transfer-Encoding: chunked";
    assert_eq!(names(chunked), Ok((false, String::new(), false)));
    assert_eq!(names(&format!("{chunked}|Trailer: a, B,,c|trailer: d")), Ok((true, "a B c d".into(), true)));
    assert_eq!(names("Trailer: a"), Ok((false, "a".into(), false)));
    assert_eq!(names("Trailer: Trailer"), Ok((false, "Trailer".into(), false)));
    for name in ["Trailer", "x, content-length", "Transfer-Encoding"] {
        assert_eq!(names(&format!("{chunked}|Trailer: {name}")), Err(HeadError::ForbiddenTrailer), "{name}");
    }
    // Each element counts, empty ones as well.
    assert!(names(&format!("{chunked}|Trailer: {}", ",".repeat(499))).is_ok());
    assert_eq!(names(&format!("{chunked}|Trailer: {}", ",".repeat(500))), Err(HeadError::TooManyFields));
    let two = format!("{chunked}|Trailer: a{}|Trailer: b", ",a".repeat(499));
    assert_eq!(names(&two), Err(HeadError::TooManyFields));
}

#[test]
fn fields_that_a_handler_does_not_see() {
    let hidden = facts_of(POST, "Host: a", |facts| {
        ["Host", "HOST", "transfer-encoding", "Trailer", "Content-Length", "X"].map(|name| facts.hides(name))
    });
    assert_eq!(hidden, Ok([true, true, true, false, false, false]));
}

#[test]
fn pragma() {
    for (fields, expected) in [
        ("Pragma: no-cache", true),
        ("pragma: no-cache", true),
        ("Pragma: No-Cache", false),
        ("Pragma: no-cache, x", false),
        ("Pragma: x|Pragma: no-cache", false),
        ("Pragma: no-cache|Pragma: x", true),
        ("Pragma: no-cache|Cache-Control:", false),
        ("Cache-Control: no-cache", false),
    ] {
        let found = facts_of("GET / HTTP/1.1", &format!("Host: a|{fields}"), |facts| facts.adds_no_cache);
        assert_eq!(found, Ok(expected), "{fields}");
    }
}

#[test]
fn upgrades() {
    for (fields, expected) in [
        ("Connection: Upgrade|Upgrade: websocket", true),
        ("Connection: keep-alive, upgrade|Upgrade: h2c", true),
        ("Connection: Upgrade", false),
        ("Upgrade: websocket", false),
        ("Connection: Upgrade|Upgrade:", false),
        ("Connection: upgraded|Upgrade: x", false),
    ] {
        let found = facts_of("GET / HTTP/1.1", &format!("Host: a|{fields}"), |facts| facts.has_upgrade);
        assert_eq!(found, Ok(expected), "{fields}");
    }
}
