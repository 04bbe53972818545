//! Replays answers of Go 1.27.3 (`net/http`, `net/url`, `mime`, `path`, `html`, `strconv`) that `fixtures/` records.
//!
//! A line holds, between tabs, the name of a question, its arguments, `=>`, and the fields of the answer. Bytes that
//! are not printable ASCII, and backslashes, are written `\xNN`; nothing at all is written `\e`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use nethttp_grammar::cookie::{self, SameSite, SetCookie};
use nethttp_grammar::escape::Mode;
use nethttp_grammar::{
    canonical, date, escape, etag, host, html, media_type, path, query, quote, range, sniff, token, version,
};

type Fields = Vec<Vec<u8>>;

/// Asks each question of the fixture `name` and compares the answers; all that differ are shown.
fn replay(name: &str, answer: impl Fn(&str, &[Vec<u8>]) -> Fields) {
    let file = format!("{}/tests/fixtures/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&file).expect("a fixture for each test");
    let mut count = 0;
    let mut report = String::new();
    for line in text.lines() {
        let mut fields = line.split('\t').map(decode);
        let question = String::from_utf8(fields.next().expect("a question")).expect("an ASCII name");
        let arguments: Fields = fields.by_ref().take_while(|field| field != b"=>").collect();
        let expected: Fields = fields.collect();
        let found = answer(&question, &arguments);
        count += 1;
        if found != expected {
            let _ = writeln!(report, "{line}\n  found: {}", encode(&found));
        }
    }
    assert!(count > 4, "{file} holds {count} questions only");
    assert!(report.is_empty(), "{name}: not as recorded\n{report}");
}

fn decode(field: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = if field == "\\e" { &[] } else { field.as_bytes() };
    while let [byte, tail @ ..] = rest {
        if *byte == b'\\' {
            let digits = std::str::from_utf8(&tail[1..3]).expect("two digits");
            out.push(u8::from_str_radix(digits, 16).expect("two hexadecimal digits"));
            rest = &tail[3..];
        } else {
            out.push(*byte);
            rest = tail;
        }
    }
    out
}

fn encode(fields: &[Vec<u8>]) -> String {
    fields.iter().map(|field| field.escape_ascii().to_string()).collect::<Vec<_>>().join("\t")
}

fn yes(answer: bool) -> Vec<u8> {
    if answer { b"yes".to_vec() } else { b"no".to_vec() }
}

fn is_yes(field: &[u8]) -> bool {
    field == b"yes"
}

fn text(field: &[u8]) -> &str {
    std::str::from_utf8(field).expect("text")
}

fn number<T: std::str::FromStr>(field: &[u8]) -> T {
    text(field).parse().ok().expect("a number")
}

fn unknown(question: &str) -> ! {
    panic!("no test asks {question:?}")
}

#[test]
fn tokens() {
    replay("token", |question, arguments| match (question, arguments) {
        ("contains", [value, token]) => vec![yes(token::contains_token(value, text(token)))],
        ("value", [value]) => vec![yes(token::is_field_value(value))],
        ("name", [name]) => vec![yes(token::is_token(name))],
        _ => unknown(question),
    });
}

#[test]
fn header_names() {
    replay("canonical", |_, arguments| {
        vec![canonical::canonical_header_key(text(&arguments[0])).into_owned().into_bytes()]
    });
}

#[test]
fn escapes() {
    const MODES: [Mode; 7] = [
        Mode::Path,
        Mode::PathSegment,
        Mode::Host,
        Mode::Zone,
        Mode::UserPassword,
        Mode::QueryComponent,
        Mode::Fragment,
    ];
    replay("escape", |question, arguments| {
        let mode = MODES[number::<usize>(&arguments[0])];
        let text = &arguments[1];
        match question {
            "escape" => vec![escape::escape(text, mode).into_owned().into_bytes()],
            "unescape" => match escape::unescape(text, mode) {
                Ok(plain) => vec![b"ok".to_vec(), plain.into_owned()],
                Err(error) => vec![b"error".to_vec(), error.to_string().into_bytes()],
            },
            "valid" => vec![yes(escape::is_valid_encoded(text, mode))],
            _ => unknown(question),
        }
    });
}

#[test]
fn paths() {
    replay("path", |question, arguments| match question {
        "clean" => vec![path::clean(&arguments[0]).into_owned()],
        "posix" => vec![path::clean_posix(&arguments[0]).into_owned()],
        _ => unknown(question),
    });
}

#[test]
fn what_a_mux_asks() {
    replay("mux", |question, arguments| match question {
        "cleanPath" => vec![path::clean(&arguments[0]).into_owned()],
        "stripHostPort" => vec![host::strip_port(&arguments[0]).to_vec()],
        "escapedPath" => {
            let target = &arguments[0];
            let path = target.split(|&byte| byte == b'?').next().unwrap_or_default();
            if escape::is_valid_encoded(path, Mode::Path) {
                return vec![path.to_vec()];
            }
            let plain = escape::unescape(path, Mode::Path).expect("a target that parses");
            vec![escape::escape(&plain, Mode::Path).into_owned().into_bytes()]
        }
        _ => unknown(question),
    });
}

#[test]
fn hosts() {
    replay("host", |question, arguments| {
        let host = &arguments[0];
        match question {
            "strip" => vec![host::strip_port(host).to_vec()],
            "split" => match host::split_host_port(host) {
                Ok((host, port)) => vec![b"ok".to_vec(), host.to_vec(), port.to_vec()],
                Err(reason) => vec![b"error".to_vec(), reason.as_bytes().to_vec()],
            },
            "header" => vec![yes(host::is_valid_host_header(host))],
            "ipv4" => vec![yes(host::is_ipv4(host))],
            "ipv6" => vec![yes(host::is_ipv6(host))],
            _ => unknown(question),
        }
    });
}

#[test]
fn queries() {
    replay("query", |_, arguments| {
        let (pairs, error) = query::parse(&arguments[0]);
        let mut sorted: BTreeMap<Vec<u8>, Fields> = BTreeMap::new();
        for (key, value) in pairs {
            sorted.entry(key).or_default().push(value);
        }
        let mut answer = vec![error.map(|error| error.to_string()).unwrap_or_default().into_bytes()];
        for (key, values) in sorted {
            for value in values {
                answer.extend([key.clone(), value]);
            }
        }
        answer
    });
}

#[test]
fn dates() {
    replay("date", |question, arguments| match question {
        "parse" => {
            let seconds = date::parse(&arguments[0]);
            vec![seconds.map_or("none".to_owned(), |seconds| seconds.to_string()).into_bytes()]
        }
        "format" => vec![date::format(number(&arguments[0])).to_vec()],
        _ => unknown(question),
    });
}

#[test]
fn entity_tags() {
    use etag::Element;
    replay("etag", |question, arguments| match (question, arguments) {
        ("scan", [text]) => {
            let (tag, rest) = etag::scan(text).unwrap_or_default();
            vec![tag.to_vec(), rest.to_vec()]
        }
        ("list", [value, current]) => {
            let any = |is_match: fn(&[u8], &[u8]) -> bool| {
                yes(etag::list(value).any(|element| match element {
                    Element::Any => true,
                    Element::Tag(tag) => is_match(tag, current),
                }))
            };
            vec![any(etag::strong_match), any(etag::weak_match)]
        }
        ("match", [left, right]) => vec![yes(etag::strong_match(left, right)), yes(etag::weak_match(left, right))],
        _ => unknown(question),
    });
}

#[test]
fn ranges() {
    replay("range", |_, arguments| match range::parse(&arguments[0], number(&arguments[1])) {
        Ok(ranges) => {
            let mut answer = vec![Vec::new()];
            for range in ranges {
                answer.extend([range.start, range.length].map(|number| number.to_string().into_bytes()));
            }
            answer
        }
        Err(error) => vec![error.to_string().into_bytes()],
    });
}

#[test]
fn media_types() {
    replay("media_type", |question, arguments| match question {
        "parse" => match media_type::parse(&arguments[0]) {
            Ok(parsed) => {
                let mut answer = vec![Vec::new(), parsed.essence.into_bytes()];
                for (name, value) in parsed.parameters {
                    answer.extend([name.into_bytes(), value]);
                }
                answer
            }
            Err(error) => {
                let message = error.to_string().into_bytes();
                let essence = match error {
                    media_type::MediaTypeError::InvalidParameter { essence } => essence,
                    _ => String::new(),
                };
                vec![message, essence.into_bytes()]
            }
        },
        "format" => {
            let (essence, parameters) = arguments.split_first().expect("a type");
            let parameters = parameters.chunks(2).map(|pair| (&*pair[0], &*pair[1]));
            vec![media_type::format(essence, parameters).unwrap_or_default().into_bytes()]
        }
        _ => unknown(question),
    });
}

#[test]
fn sniffing() {
    replay("sniff", |_, arguments| vec![sniff::detect_content_type(&arguments[0]).as_bytes().to_vec()]);
}

#[test]
fn cookies() {
    replay("cookie", |question, arguments| match question {
        "parse" => match cookie::parse(&arguments[0]) {
            Ok(pairs) => [vec![Vec::new()], pair_fields(pairs)].concat(),
            Err(error) => vec![error.to_string().into_bytes()],
        },
        "read" => pair_fields(cookie::read(arguments.iter().map(Vec::as_slice))),
        "set" => match cookie::parse_set_cookie(&arguments[0]) {
            Ok(cookie) => set_cookie_fields(&cookie),
            Err(error) => vec![error.to_string().into_bytes()],
        },
        "render" => {
            let cookie = set_cookie_from(arguments);
            vec![cookie.render().unwrap_or_default().into_bytes(), validity(&cookie)]
        }
        "domain" => vec![yes(cookie::is_valid_domain(&arguments[0]))],
        _ => unknown(question),
    });
}

const SAME_SITE: [SameSite; 5] = [SameSite::Unset, SameSite::Default, SameSite::Lax, SameSite::Strict, SameSite::None];

fn pair_fields<'a>(pairs: impl IntoIterator<Item = cookie::Pair<'a>>) -> Fields {
    pairs.into_iter().flat_map(|pair| [pair.name.to_vec(), pair.value.to_vec(), yes(pair.quoted)]).collect()
}

fn set_cookie_from(arguments: &[Vec<u8>]) -> SetCookie<'_> {
    let [name, value, quoted, path, domain, expires, max_age, secure, http_only, same_site, partitioned] = arguments
    else {
        panic!("eleven arguments make a cookie");
    };
    SetCookie {
        name,
        value,
        quoted: is_yes(quoted),
        path,
        domain,
        expires: (!expires.is_empty()).then(|| number(expires)),
        max_age: number(max_age),
        secure: is_yes(secure),
        http_only: is_yes(http_only),
        same_site: SAME_SITE[number::<usize>(same_site)],
        partitioned: is_yes(partitioned),
        ..SetCookie::default()
    }
}

fn set_cookie_fields(cookie: &SetCookie<'_>) -> Fields {
    let same_site = SAME_SITE.iter().position(|same_site| *same_site == cookie.same_site).unwrap_or_default();
    let mut fields = vec![
        Vec::new(),
        cookie.name.to_vec(),
        cookie.value.to_vec(),
        yes(cookie.quoted),
        cookie.path.to_vec(),
        cookie.domain.to_vec(),
        cookie.expires.map(|expires| expires.to_string()).unwrap_or_default().into_bytes(),
        cookie.raw_expires.to_vec(),
        cookie.max_age.to_string().into_bytes(),
        yes(cookie.secure),
        yes(cookie.http_only),
        same_site.to_string().into_bytes(),
        yes(cookie.partitioned),
        cookie.render().unwrap_or_default().into_bytes(),
        validity(cookie),
    ];
    fields.extend(cookie.unparsed.iter().map(|attribute| attribute.to_vec()));
    fields
}

fn validity(cookie: &SetCookie<'_>) -> Vec<u8> {
    cookie.validate().err().map(|error| error.to_string()).unwrap_or_default().into_bytes()
}

#[test]
fn html_text() {
    replay("html", |_, arguments| vec![html::escape_bytes(&arguments[0]).into_owned()]);
}

#[test]
fn versions() {
    replay("version", |_, arguments| {
        let parsed = version::parse_http_version(&arguments[0]);
        let (major, minor) = parsed.unwrap_or_default();
        vec![yes(parsed.is_some()), major.to_string().into_bytes(), minor.to_string().into_bytes()]
    });
}

#[test]
fn quotes() {
    replay("quote", |question, arguments| match question {
        "quote" => vec![quote::quote(&arguments[0]).into_bytes()],
        "quote-byte" => vec![quote::quote_byte(arguments[0][0]).into_bytes()],
        _ => unknown(question),
    });
}
