//! Tables of media types and dispositions, as Go reads and writes them.

use super::*;

#[track_caller]
fn check(value: &str, essence: &str, parameters: &[(&str, &str)]) {
    let parsed = parse(value.as_bytes()).unwrap_or_else(|error| panic!("{value:?}: {error}"));
    assert_eq!(parsed.essence, essence, "{value:?}");
    let found: Vec<_> =
        parsed.parameters.iter().map(|(name, value)| (name.as_str(), value.escape_ascii().to_string())).collect();
    let found: Vec<_> = found.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(found, parameters, "{value:?}");
}

#[track_caller]
fn check_error(value: &str, expected: &str) {
    assert_eq!(parse(value.as_bytes()).unwrap_err().to_string(), expected, "{value:?}");
}

#[test]
fn plain() {
    check("text/html", "text/html", &[]);
    check(" Text/HTML ; ", "text/html", &[]);
    check("attachment", "attachment", &[]);
    check("text/html; Charset=UTF-8", "text/html", &[("charset", "UTF-8")]);
    check("a/b;c=d ;\te = f", "a/b", &[("c", "d"), ("e", "f")]);
    check("a/b; c=d; c=d", "a/b", &[("c", "d")]);
    check("a/b;{}=}", "a/b", &[("{}", "}")]);
    check("\u{2003}a/b\u{3000};\u{a0}c\u{85}=\u{2028}d", "a/b", &[("c", "d")]);
    check("text/\u{212a}\u{130}", "text/ki", &[]);
}

#[test]
fn quoted() {
    check("a; b=\"\"", "a", &[("b", "")]);
    check("a; b=\"c d;e\"; f=g", "a", &[("b", "c d;e"), ("f", "g")]);
    check(r#"a; b="\"\\x\"""#, "a", &[("b", r#"\"\\x\""#)]);
    // What browsers of old sent for a Windows path.
    check(r#"a; b="C:\dev\go""#, "a", &[("b", r"C:\\dev\\go")]);
    check("a; b=\"\u{e9}\"", "a", &[("b", r"\xc3\xa9")]);
}

#[test]
fn in_pieces() {
    check("a; b*=utf-8''%C3%A9%41", "a", &[("b", r"\xc3\xa9A")]);
    check("a; b*=US-ASCII'en'x'y", "a", &[("b", "x\\'y")]);
    check("a; b*=latin1''x; c=d", "a", &[("c", "d")]);
    check("a; b*=utf-8x", "a", &[]);
    check("a; b*=utf-8''%4", "a", &[]);
    check("a; b*=\"utf-8''%4x\"; b=c", "a", &[("b", "c")]);
    check("a; b=c; b*=utf-8''d", "a", &[("b", "d")]);
    check("a; b*0=c; b*1=\"d e\"; b*3=f", "a", &[("b", "cd e")]);
    check("a; b*1=d; b*0=c", "a", &[("b", "cd")]);
    check("a; b*0*=utf-8''%41; b*1*=%42; b*2=%43", "a", &[("b", "AB%43")]);
    check("a; b*0*=latin1''x; b*1=c", "a", &[("b", "c")]);
    check("a; b*0=c; b*1*=%4; b*2=d", "a", &[("b", "cd")]);
    check("a; b*1=c", "a", &[]);
    check("a; b*01=c; b*x=d", "a", &[]);
}

#[test]
fn errors() {
    let parameter = "mime: invalid media parameter";
    check_error("", "mime: no media type");
    check_error(" ; a=b", "mime: no media type");
    check_error("/a", "mime: no media type");
    check_error("a b", "mime: expected slash after first token");
    check_error("a/", "mime: expected token after slash");
    check_error("a/b c", "mime: unexpected content after media subtype");
    check_error("a/b/c", "mime: unexpected content after media subtype");
    check_error("\u{e9}", "mime: no media type");
    check_error("a/b; c=d; C=e", "mime: duplicate parameter name");
    check_error("a/b; c*0=d; c*0=e", "mime: duplicate parameter name");
    for value in ["a; b", "a; b=", "a; =b", "a;;", "a; b=c d", "a; b=\"c", "a; b=\"c\r\"", "a; b=c,", "a; b c=d"] {
        check_error(value, parameter);
    }
    let error = parse(b"Text/Plain; b").unwrap_err();
    assert_eq!(error, MediaTypeError::InvalidParameter { essence: "text/plain".to_owned() });
}

// Every parameter a new one: the time must not grow with their square.
#[test]
fn many_parameters() {
    let mut value = "a/b".to_owned();
    for number in 0..100_000 {
        value.push_str(&format!(";x{number}=y;z*{number}=1"));
    }
    let parsed = parse(value.as_bytes()).unwrap();
    assert_eq!(parsed.parameters.len(), 100_001);
    assert_eq!(parsed.parameters["z"].len(), 100_000);
}

#[test]
fn writing() {
    let check = |essence: &str, parameters: &[(&str, &str)], expected: Option<&str>| {
        let pairs = parameters.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        assert_eq!(format(essence.as_bytes(), pairs).as_deref(), expected, "{essence} {parameters:?}");
    };
    check("Text/HTML", &[], Some("text/html"));
    check("inline", &[], Some("inline"));
    check("a/b", &[("d", "x"), ("C", "")], Some("a/b; c=\"\"; d=x"));
    check("a", &[("b", "c \"d\"\\\t")], Some("a; b=\"c \\\"d\\\"\\\\\t\""));
    check("a", &[("b", "\u{e9} *'%a;")], Some("a; b*=utf-8''%C3%A9%20%2A%27%25a%3B"));
    check("a", &[("b", "\r\n")], Some("a; b*=utf-8''%0D%0A"));
    check("", &[], None);
    check("a/", &[], None);
    check("/b", &[], None);
    check("a/b/c", &[], None);
    check("a b", &[], None);
    check("a", &[("", "x")], None);
    check("a", &[("b c", "x")], None);
    check("\u{e9}", &[], None);
}
