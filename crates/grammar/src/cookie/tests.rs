//! Tables of cookies, as Go reads and writes them.

use super::*;

fn pair<'a>(name: &'a str, value: &'a str, quoted: bool) -> Pair<'a> {
    Pair { name: name.as_bytes(), value: value.as_bytes(), quoted }
}

#[track_caller]
fn check_read(lines: &[&str], expected: &[(&str, &str)]) {
    let found: Vec<_> = read(lines.iter().map(|line| line.as_bytes()))
        .map(|pair| (String::from_utf8_lossy(pair.name), String::from_utf8_lossy(pair.value)))
        .collect();
    let found: Vec<_> = found.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(found, expected, "{lines:?}");
}

#[test]
fn reading_a_request() {
    check_read(&[], &[]);
    check_read(&[""], &[]);
    check_read(&["a=1"], &[("a", "1")]);
    check_read(&["a=1; b=2", "c=3;a=4"], &[("a", "1"), ("b", "2"), ("c", "3"), ("a", "4")]);
    check_read(&[" a = 1 ;; b"], &[("a", " 1"), ("b", "")]);
    check_read(&["a=\"1 2\"; b=\"; c=\"\""], &[("a", "1 2"), ("c", "")]);
    check_read(&["a b=1; =2; c=\\; d=\x7f; e=f=g"], &[("e", "f=g")]);
    check_read(&["a=1, b=2"], &[("a", "1, b=2")]);
    check_read(&["a=\u{e9}"], &[]);
}

#[test]
fn a_request_with_too_many_has_none() {
    let most = "a=1;".repeat(MAX_COOKIES - 1) + "a=1";
    assert_eq!(read([most.as_bytes()].into_iter()).count(), MAX_COOKIES);
    assert_eq!(read([most.as_bytes(), b"b=2"].into_iter()).count(), 0);
    assert_eq!(read([&b";".repeat(MAX_COOKIES)[..]].into_iter()).count(), 0);
    assert_eq!(parse(most.as_bytes()).unwrap().len(), MAX_COOKIES);
    assert_eq!(parse(format!("{most};").as_bytes()), Err(CookieError::TooMany));
}

#[test]
fn parsing_one_field() {
    assert_eq!(parse(b"a=1; b=\"2\""), Ok(vec![pair("a", "1", false), pair("b", "2", true)]));
    assert_eq!(parse(b" a=\" "), Err(CookieError::InvalidValue));
    for (line, error) in [
        ("", "http: blank cookie"),
        (" \t", "http: blank cookie"),
        (";", "http: '=' not found in cookie"),
        ("a", "http: '=' not found in cookie"),
        ("a=1;", "http: '=' not found in cookie"),
        ("=1", "http: invalid cookie name"),
        ("a =1", "http: invalid cookie name"),
        ("a=\\", "http: invalid cookie value"),
    ] {
        assert_eq!(parse(line.as_bytes()).unwrap_err().to_string(), error, "{line:?}");
    }
    assert_eq!(CookieError::TooMany.to_string(), "http: number of cookies exceeded limit");
}

#[test]
fn parsing_set_cookie() {
    let line = b" n = v;Path=/p;domain=.a.example ;Secure=no;HTTPONLY;Max-Age=-3;samesite=NONE;Partitioned;x;";
    let cookie = parse_set_cookie(line).unwrap();
    let expected = SetCookie {
        name: b"n",
        value: b" v",
        path: b"/p",
        domain: b".a.example",
        secure: true,
        http_only: true,
        max_age: -1,
        same_site: SameSite::None,
        partitioned: true,
        raw: line,
        unparsed: vec![b"x"],
        ..SetCookie::default()
    };
    assert_eq!(cookie, expected);
    for (line, error) in [
        ("", CookieError::Blank),
        (";", CookieError::MissingEqualSign),
        ("n", CookieError::MissingEqualSign),
        ("=v", CookieError::InvalidName),
        ("n=\u{e9}", CookieError::InvalidValue),
    ] {
        assert_eq!(parse_set_cookie(line.as_bytes()), Err(error), "{line:?}");
    }
}

#[test]
fn attributes_that_are_not_understood_are_kept() {
    for (attribute, expected) in [
        ("max-age=", true),
        ("max-age=x", true),
        ("max-age=01", true),
        ("max-age=9223372036854775808", true),
        ("max-age=1", false),
        ("expires=soon", true),
        ("path =/", true),
        ("path=\"/\"", true),
        ("samesite=whatever", false),
        ("", false),
        // Passed over without a trace.
        ("p\u{e4}th=/", false),
        ("pa\tth=/", false),
    ] {
        let line = format!("n=v;{attribute}");
        let cookie = parse_set_cookie(line.as_bytes()).unwrap();
        let kept = if expected { vec![attribute.as_bytes()] } else { Vec::new() };
        assert_eq!(cookie.unparsed, kept, "{attribute:?}");
    }
}

#[test]
fn expiry() {
    let cookie = parse_set_cookie(b"n=v; Expires=Sun, 06-Nov-1994 08:49:37 GMT").unwrap();
    assert_eq!(cookie.expires, Some(784_111_777));
    assert_eq!(cookie.raw_expires, b"Sun, 06-Nov-1994 08:49:37 GMT");
    assert_eq!(cookie.render().unwrap(), "n=v; Expires=Sun, 06 Nov 1994 08:49:37 GMT");
    let twice = parse_set_cookie(b"n=v; Expires=Sun, 06-Nov-1994 08:49:37 GMT; expires=soon").unwrap();
    assert_eq!((twice.expires, twice.raw_expires), (None, &b"soon"[..]));
    for (expires, expected) in [
        (-11_644_473_600, "n=v; Expires=Mon, 01 Jan 1601 00:00:00 GMT"),
        (-11_644_473_601, "n=v"),
        (i64::MAX, "n=v; Expires=Fri, 31 Dec 9999 23:59:59 GMT"),
    ] {
        let cookie = SetCookie { name: b"n", value: b"v", expires: Some(expires), ..SetCookie::default() };
        assert_eq!(cookie.render().unwrap(), expected);
        assert_eq!(cookie.validate().is_ok(), expected != "n=v");
    }
}

#[test]
fn rendering_cleans() {
    let check = |value: &str, path: &str, domain: &str, expected: &str| {
        let cookie = SetCookie {
            name: b"n",
            value: value.as_bytes(),
            path: path.as_bytes(),
            domain: domain.as_bytes(),
            ..SetCookie::default()
        };
        assert_eq!(cookie.render().unwrap(), expected);
    };
    check("a b", "", "", "n=\"a b\"");
    check("a,b", "", "", "n=\"a,b\"");
    check("a;\"\\\u{e9}\r\nb", "", "", "n=ab");
    // Nothing that could start a new attribute or a new line stays.
    check("", "/;\r\nx\"", "", "n=; Path=/x\"");
    check("", ";", "", "n=; Path=");
    check("", "", ".a.example", "n=; Domain=a.example");
    check("", "", "a b", "n=");
    assert_eq!(SetCookie { name: b"a b", ..SetCookie::default() }.render(), None);
    assert_eq!(SetCookie::default().render(), None);
}

#[test]
fn validity() {
    let good = SetCookie { name: b"n", ..SetCookie::default() };
    assert_eq!(good.validate(), Ok(()));
    for (cookie, expected) in [
        (SetCookie { name: b"", ..good.clone() }, "http: invalid Cookie.Name"),
        (SetCookie { expires: Some(i64::MIN), ..good.clone() }, "http: invalid Cookie.Expires"),
        (SetCookie { value: b"a\n", ..good.clone() }, r"http: invalid byte '\n' in Cookie.Value"),
        (SetCookie { path: b"/\xe9", ..good.clone() }, "http: invalid byte 'é' in Cookie.Path"),
        (SetCookie { domain: b"-", ..good.clone() }, "http: invalid Cookie.Domain"),
        (SetCookie { partitioned: true, ..good }, "http: partitioned cookies must be set with Secure"),
    ] {
        assert_eq!(cookie.validate().unwrap_err().to_string(), expected);
    }
}

#[test]
fn domains() {
    let label = "a".repeat(63);
    let long = format!("{label}.{label}.{label}.{label}");
    for domain in ["a", "a.example", ".a.example", "a.example.", "a-b.1", "1a", "127.0.0.1", &label, &long] {
        assert!(is_valid_domain(domain.as_bytes()), "{domain}");
    }
    for domain in [
        "",
        ".",
        "..",
        "..a",
        "a..b",
        "-a",
        "a-",
        "a.-b",
        "a-.b",
        "a_b",
        "a b",
        "1.2",
        "1.2.3.4.",
        "256.0.0.1",
        "::1",
        "\u{e9}",
        "a:80",
    ] {
        assert!(!is_valid_domain(domain.as_bytes()), "{domain}");
    }
    assert!(!is_valid_domain(format!("a{label}").as_bytes()));
    assert!(!is_valid_domain(format!("{long}.").as_bytes()));
}
