//! The text rules, by what must hold of them for any text; and forms, which must not depend on how they came.

use std::io::Read;

use nethttp_core::{Body, Request, url};
use nethttp_grammar::escape::{Mode, escape, unescape};
use nethttp_grammar::{cookie, date, etag, host, html, media_type, path, quality, quote, range, sniff, token};

use crate::pieces::spelled;

/// The first byte says which rule.
pub fn rule(input: &[u8]) {
    let Some((number, text)) = input.split_first() else { return };
    RULES[usize::from(*number) % RULES.len()](text);
}

const RULES: &[fn(&[u8])] =
    &[paths, dates, ranges, media_types, escapes, etags, cookies, hosts, lists, for_pages, urls, references];

fn paths(text: &[u8]) {
    let clean = path::clean(text);
    assert!(clean.starts_with(b"/") && path::is_clean(&clean));
    assert_eq!(path::clean(&clean), clean);
    assert_eq!(path::is_clean(text), *clean == *text);
    let posix = path::clean_posix(text);
    assert_eq!(path::clean_posix(&posix), posix);
    assert!(!posix.is_empty());
    // What stands behind a slash cannot get out.
    let below = path::clean_posix(&[b"/", text].concat()).into_owned();
    assert!(below.split(|&byte| byte == b'/').all(|segment| segment != b".."));
}

fn dates(text: &[u8]) {
    if let Some(seconds) = date::parse(text) {
        assert_eq!(date::parse(&date::format(seconds)), Some(seconds), "{}", text.escape_ascii());
    }
    let number = text.iter().fold(0_i64, |sum, &byte| sum.wrapping_mul(251).wrapping_add(byte.into()));
    // The first and the last second of the years that fit.
    let fitting = number.clamp(-62_167_219_200, 253_402_300_799);
    assert_eq!(date::parse(&date::format(number)), Some(fitting));
}

fn ranges(text: &[u8]) {
    let Some((sizes, header)) = text.split_at_checked(2) else { return };
    let size = u64::from(sizes[0]) * u64::from(sizes[1]);
    for header in [header.to_vec(), [b"bytes=", header].concat()] {
        for range in range::parse(&header, size).unwrap_or_default() {
            assert!(range.start + range.length <= size, "{range:?} of {size}");
        }
    }
}

fn media_types(text: &[u8]) {
    let Ok(parsed) = media_type::parse(text) else { return };
    let parameters = parsed.parameters.iter().map(|(name, value)| (name.as_bytes(), value.as_slice()));
    if let Some(written) = media_type::format(parsed.essence.as_bytes(), parameters)
        && parsed.parameters.keys().all(|name| !name.contains('*'))
    {
        let again = media_type::parse(written.as_bytes()).expect("it was written by this project");
        assert_eq!(again, parsed, "{written}");
    }
}

fn escapes(text: &[u8]) {
    for mode in [Mode::Path, Mode::PathSegment, Mode::UserPassword, Mode::QueryComponent, Mode::Fragment] {
        let escaped = escape(text, mode);
        assert!(escaped.is_ascii());
        assert_eq!(unescape(escaped.as_bytes(), mode).expect("it is well-formed"), text, "{mode:?}");
    }
    for mode in [Mode::Host, Mode::Zone] {
        drop((escape(text, mode), unescape(text, mode)));
    }
}

fn etags(text: &[u8]) {
    if let Some((tag, rest)) = etag::scan(text) {
        assert!(tag.ends_with(b"\"") && token::trim_space(text).ends_with(rest));
        assert!(etag::weak_match(tag, tag));
    }
    assert!(etag::list(text).count() <= text.len());
}

fn cookies(text: &[u8]) {
    if let Ok(pairs) = cookie::parse(text) {
        assert!(pairs.len() <= text.len());
    }
    assert!(cookie::read([text].into_iter()).count() <= text.len());
    let Ok(parsed) = cookie::parse_set_cookie(text) else { return };
    if let Some(written) = parsed.render() {
        let again = cookie::parse_set_cookie(written.as_bytes()).expect("it was written by this project");
        assert_eq!((again.name, again.value), (parsed.name, parsed.value), "{written}");
    }
}

fn hosts(text: &[u8]) {
    assert!(text.starts_with(host::strip_port(text)) || text.starts_with(b"["));
    if let Ok((name, port)) = host::split_host_port(text) {
        assert!(name.len() + port.len() < text.len());
    }
    let _ = (host::is_valid_host_header(text), host::is_well_formed_host(text));
    assert!(!(host::is_ipv4(text) && host::is_ipv6(text)));
}

fn lists(text: &[u8]) {
    assert!(quality::accepts([text], "gzip").is_none_or(|quality| quality <= 1000));
    for element in token::elements(text) {
        assert_eq!(token::trim_ows(element), element);
    }
    assert!(token::trim_space(text).len() <= text.len());
}

fn for_pages(text: &[u8]) {
    let escaped = html::escape_bytes(text);
    assert!(!escaped.iter().any(|byte| b"<>\"'".contains(byte)));
    assert!(sniff::detect_content_type(text).contains('/'));
    let quoted = quote::quote(text);
    assert!(quoted.len() >= text.len() + 2 && quoted.chars().all(|letter| !letter.is_control()));
}

fn urls(text: &[u8]) {
    if let Ok(parsed) = url::parse(text) {
        let written = parsed.to_string();
        assert!(url::parse(&written).is_ok_and(|again| again.to_string() == written), "{written:?}");
    }
    if let Ok(parsed) = url::parse_request_uri(text) {
        let written = parsed.to_string();
        assert!(url::parse_request_uri(&written).is_ok_and(|again| again.to_string() == written), "{written:?}");
    }
}

fn references(text: &[u8]) {
    let base = url::parse("http://a/b/c/d?q").expect("it is one");
    if let Ok(resolved) = base.parse(text) {
        assert!(!resolved.path.split('/').any(|segment| segment == ".."), "{resolved}");
    }
}

/// A multipart form, whole and in pieces.
pub fn form(input: &[u8]) {
    let Some((&[stride, memory], rest)) = input.split_first_chunk() else { return };
    let text = spelled(rest, PIECES);
    let whole = read_form(&text, text.len().max(1), i64::from(memory));
    let in_pieces = read_form(&text, usize::from(stride % 9) + 1, i64::from(memory));
    assert_eq!(in_pieces, whole, "{}", text.escape_ascii());
}

/// The fields and the files of a form; an error as text.
fn read_form(text: &[u8], stride: usize, memory: i64) -> Result<(String, Vec<String>), String> {
    let mut request = Request::new();
    request.method = nethttp_core::Method::POST;
    request.header.set("Content-Type", "multipart/form-data; boundary=B");
    request.body = Body::from_reader(Slow { text: text.to_vec(), at: 0, stride });
    request.parse_multipart_form(memory).map_err(|error| error.to_string())?;
    let form = request.multipart_form.as_ref().expect("it has just been parsed");
    let mut files = Vec::new();
    for (name, headers) in form.file.iter() {
        for header in headers {
            let mut content = Vec::new();
            header.open().and_then(|mut file| file.read_to_end(&mut content)).expect("it is in memory or in a file");
            assert_eq!(u64::try_from(content.len()), u64::try_from(header.size));
            files.push(format!("{name:?} {:?} {}", header.filename, content.escape_ascii()));
        }
    }
    Ok((format!("{:?}", form.value), files))
}

/// Gives a few bytes at a time.
struct Slow {
    text: Vec<u8>,
    at: usize,
    stride: usize,
}

impl Read for Slow {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let count = self.stride.min(buf.len()).min(self.text.len() - self.at);
        buf[..count].copy_from_slice(&self.text[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Pieces of forms, for bytes that are no ASCII.
const PIECES: &[&[u8]] = &[
    b"--B\r\n",
    b"\r\n--B\r\n",
    b"\r\n--B--\r\n",
    b"--B",
    b"\r\n",
    b"\r\n\r\n",
    b"\r\n--",
    b"Content-Disposition: form-data; name=\"a\"\r\n\r\n",
    b"Content-Disposition: form-data; name=\"b\"; filename=\"c.txt\"\r\n",
    b"Content-Disposition: form-data; name=",
    b"Content-Type: text/plain\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"=41=\r\n",
    b"; filename*=utf-8''%e2%82%ac",
    b"\xff",
];
