//! Feeds every function with all recorded arguments, cut at each position and with each byte replaced: no input makes
//! one panic, and what the functions promise of each other holds for all of them.

use nethttp_grammar::cookie::{self, SetCookie};
use nethttp_grammar::escape::Mode;
use nethttp_grammar::{
    canonical, date, escape, etag, host, html, media_type, path, quality, query, quote, range, sniff, token, version,
};

const FIXTURES: [&str; 6] = [
    include_str!("fixtures/cookie.txt"),
    include_str!("fixtures/date.txt"),
    include_str!("fixtures/etag.txt"),
    include_str!("fixtures/host.txt"),
    include_str!("fixtures/media_type.txt"),
    include_str!("fixtures/mux.txt"),
];

/// The fields as they stand, escapes not undone: hostile enough.
fn samples() -> impl Iterator<Item = &'static [u8]> {
    let mut fields: Vec<_> = FIXTURES.iter().flat_map(|text| text.split(['\t', '\n'])).map(str::as_bytes).collect();
    fields.sort_unstable();
    fields.dedup();
    fields.into_iter()
}

fn ask_everything(text: &[u8]) {
    ask_header_rules(text);
    ask_url_rules(text);
    ask_media_types(text);
    ask_cookies(text);
}

fn ask_header_rules(text: &[u8]) {
    assert_eq!(token::is_token(text), !text.is_empty() && text.iter().all(|&byte| token::is_tchar(byte)));
    let _ = token::contains_token(text, "close");
    assert!(token::elements(text).all(|element| !element.is_empty() && token::trim_ows(element) == element));
    if let Some(known) = canonical::known(text) {
        assert!(known.as_bytes().eq_ignore_ascii_case(text));
    }
    if let Ok(text) = std::str::from_utf8(text) {
        let spelled = canonical::canonical_header_key(text);
        assert_eq!(canonical::canonical_header_key(&spelled), spelled);
        assert_eq!(html::escape(text).as_bytes(), &*html::escape_bytes(text.as_bytes()));
    }

    if let Some(seconds) = date::parse(text) {
        assert_eq!(date::parse(&date::format(seconds)), Some(seconds));
    }
    for element in etag::list(text) {
        if let etag::Element::Tag(tag) = element {
            assert_eq!(etag::scan(tag), Some((tag, &b""[..])));
        }
    }
    for size in [0, 1, 1000, u64::MAX] {
        for range in range::parse(text, size).unwrap_or_default() {
            assert!(range.start + range.length <= size);
        }
    }
    assert!(quality::accepts([text], "gzip").is_none_or(|weight| weight <= 1000));
    let _ = version::parse_http_version(text);
    let _ = quote::quote(text);
}

fn ask_url_rules(text: &[u8]) {
    let cleaned = path::clean(text);
    assert!(path::is_clean(&cleaned));
    assert_eq!(path::clean(&cleaned), cleaned);
    let cleaned = path::clean_posix(text);
    assert_eq!(path::clean_posix(&cleaned), cleaned);

    for mode in [Mode::Path, Mode::PathSegment, Mode::UserPassword, Mode::QueryComponent, Mode::Fragment] {
        let escaped = escape::escape(text, mode);
        assert!(escape::is_valid_encoded(escaped.as_bytes(), mode));
        assert_eq!(escape::unescape(escaped.as_bytes(), mode).as_deref(), Ok(text));
        let _ = escape::unescape(text, mode);
    }
    for mode in [Mode::Host, Mode::Zone] {
        let _ = escape::escape(text, mode);
        let _ = escape::unescape(text, mode);
    }
    assert_eq!(query::parse(text).0.len(), query::pairs(text).flatten().count());

    if host::is_well_formed_host(text) {
        assert!(host::is_valid_host_header(text));
    }
    if let Ok((name, port)) = host::split_host_port(text) {
        assert_eq!(host::strip_port(text), name);
        assert!(!port.contains(&b':'));
    }
}

fn ask_media_types(text: &[u8]) {
    if let Ok(parsed) = media_type::parse(text) {
        let pairs = parsed.parameters.iter().map(|(name, value)| (name.as_bytes(), value.as_slice()));
        if let Some(written) = media_type::format(parsed.essence.as_bytes(), pairs) {
            assert_eq!(media_type::parse(written.as_bytes()), Ok(parsed));
        }
    }
    let _ = sniff::detect_content_type(text);
}

fn ask_cookies(text: &[u8]) {
    if let Ok(all) = cookie::parse(text) {
        assert!(cookie::read([text].into_iter()).eq(all));
    }
    if let Ok(cookie) = cookie::parse_set_cookie(text) {
        let written = cookie.render().expect("a name that was read");
        assert!(token::is_field_value(written.as_bytes()));
        let again = cookie::parse_set_cookie(written.as_bytes()).expect("what was written");
        assert_eq!((again.name, again.value), (cookie.name, cookie.value));
        assert_eq!(again.render(), Some(written));
    }
    let hostile = SetCookie { name: b"n", value: text, path: text, domain: text, ..SetCookie::default() };
    let written = hostile.render().expect("a good name");
    assert!(token::is_field_value(written.as_bytes()));
    assert!(written.matches(';').count() <= 2, "{written}");
}

#[test]
fn cut_at_each_position() {
    for sample in samples() {
        for at in 0..=sample.len() {
            ask_everything(&sample[..at]);
            ask_everything(&sample[at..]);
        }
    }
}

#[test]
fn with_each_byte_replaced() {
    for sample in samples() {
        let mut changed = sample.to_vec();
        for at in 0..sample.len() {
            for byte in *b"\0\n%\";\xff" {
                changed[at] = byte;
                ask_everything(&changed);
            }
            changed[at] = sample[at];
        }
    }
}
