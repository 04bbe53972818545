//! Trailer sections: reading that of a request, and which fields an answer may send there.
//!
//! RFC 9110 section 6.5 and RFC 9112 section 7.1.2; Go's `body.readTrailer`, `textproto.readMIMEHeader`,
//! `response.declareTrailer` and `httpguts.ValidTrailerHeader`.
//!
//! Differences: a section with LF alone, folded lines, spaces in a name, or a field that frames the message
//! ([`is_framing_field`]) is an error; Go reads it.

use std::borrow::Cow;

use nethttp_grammar::{canonical::canonical_header_key, token};

use crate::body::BodyError;

/// What a handler puts before the name of a field to send it as a trailer that it has not announced. Go's
/// `http.TrailerPrefix`. No field has such a name, so nothing is sent under it.
pub const TRAILER_PREFIX: &str = "Trailer:";

/// Whether `name` is a field that frames the message, which neither `Trailer` nor a trailer section may name.
#[must_use]
pub fn is_framing_field(name: &[u8]) -> bool {
    ["content-length", "transfer-encoding", "trailer"].iter().any(|field| name.eq_ignore_ascii_case(field.as_bytes()))
}

/// The names that the value of an answer's `Trailer` announces, spelled canonically; those that
/// [may not be trailers](is_allowed) and those that no field can have are left out.
///
/// ```
/// use nethttp_h1::trailer::announced;
///
/// assert_eq!(announced(b"x-sum, Host,, a b, X-Count").collect::<Vec<_>>(), ["X-Sum", "X-Count"]);
/// ```
pub fn announced(value: &[u8]) -> impl Iterator<Item = Cow<'_, str>> {
    token::elements(value)
        .filter(|name| token::is_token(name))
        .filter_map(|name| std::str::from_utf8(name).ok())
        .map(canonical_header_key)
        .filter(|name| is_allowed(name))
}

/// Whether the field with the canonical name `name` may be announced as a trailer of an answer. Go's
/// `httpguts.ValidTrailerHeader`.
#[must_use]
pub fn is_allowed(name: &str) -> bool {
    const FORBIDDEN: [&str; 21] = [
        "Authorization",
        "Cache-Control",
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "Content-Range",
        "Content-Type",
        "Expect",
        "Host",
        "Keep-Alive",
        "Max-Forwards",
        "Pragma",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "Proxy-Connection",
        "Range",
        "Realm",
        "Te",
        "Trailer",
        "Transfer-Encoding",
        "Www-Authenticate",
    ];
    !name.starts_with("If-") && !FORBIDDEN.contains(&name)
}

/// Reads a trailer section, up to and with its blank line, `into` a list: names spelled canonically, values trimmed.
///
/// Go's own errors come first, wherever they are in the section, then those that only this server makes. With an error
/// the list stays as it was.
pub(crate) fn parse_section(
    section: &[u8],
    max_fields: usize,
    into: &mut Vec<(Vec<u8>, Vec<u8>)>,
) -> Result<(), BodyError> {
    let mut lines = section.split(|&byte| byte == b'\n').peekable();
    let (mut fields, mut count) = (Vec::new(), 0);
    let mut strict = None;
    while let Some(line) = lines.next() {
        let line = strip_cr(line, &mut strict);
        if line.is_empty() {
            break;
        }
        if count == 0 && is_continuation(line) {
            // Go reads no more than this to quote it.
            let is_quoted = line.len() <= 80;
            return Err(if is_quoted {
                BodyError::TrailerInitialSpace(line.into())
            } else {
                BodyError::TrailerTooLarge
            });
        }
        if !line.contains(&b':') {
            return Err(BodyError::TrailerWithoutColon(line.into()));
        }
        let mut whole = Cow::Borrowed(token::trim_ows(line));
        while let Some(next) = lines.next_if(|next| is_continuation(next)) {
            let whole = whole.to_mut();
            whole.push(b' ');
            whole.extend_from_slice(token::trim_ows(strip_cr(next, &mut strict)));
            strict.get_or_insert_with(|| BodyError::StrictTrailer(whole.as_slice().into()));
        }
        match parse_field(&whole) {
            Ok(field) => fields.push(field),
            Err(error) if error.is_strict_only() => drop(strict.get_or_insert(error)),
            Err(error) => return Err(error),
        }
        count += 1;
        if count > max_fields {
            return Err(BodyError::TrailerTooLarge);
        }
    }
    if let Some(error) = strict {
        return Err(error);
    }
    into.append(&mut fields);
    Ok(())
}

/// `line` without the CR of its line end; it is a fault if there is none.
fn strip_cr<'s>(line: &'s [u8], strict: &mut Option<BodyError>) -> &'s [u8] {
    line.strip_suffix(b"\r").unwrap_or_else(|| {
        strict.get_or_insert_with(|| BodyError::StrictTrailer(line.into()));
        line
    })
}

fn is_continuation(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t'))
}

/// Reads a field line that has a colon, trimmed.
fn parse_field(line: &[u8]) -> Result<(Vec<u8>, Vec<u8>), BodyError> {
    let colon = line.iter().position(|&byte| byte == b':').unwrap_or_default();
    let (name, rest) = line.split_at(colon);
    let is_name = |byte: u8| token::is_tchar(byte) || byte == b' ';
    if name.is_empty() || !name.iter().all(|&byte| is_name(byte)) {
        return Err(BodyError::MalformedTrailer(line.into()));
    }
    // These bytes are ASCII.
    let name = String::from_utf8_lossy(name);
    let name = canonical_header_key(&name);
    let value = token::trim_ows(&rest[1..]);
    if !token::is_field_value(value) {
        // Go has changed the spelling when it quotes the line.
        return Err(BodyError::MalformedTrailer([name.as_bytes(), rest].concat().into()));
    }
    if name.contains(' ') {
        return Err(BodyError::StrictTrailer(line.into()));
    }
    if is_framing_field(name.as_bytes()) {
        return Err(BodyError::ForbiddenTrailer(name.as_bytes().into()));
    }
    Ok((name.into_owned().into_bytes(), value.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections() {
        let check = |section: &str, expected: Result<&[(&str, &str)], &str>| {
            let mut found = Vec::new();
            let error = parse_section(section.as_bytes(), 3, &mut found).err();
            let error = error.map(|error| format!("{}{error}", if error.is_strict_only() { "strict: " } else { "" }));
            assert_eq!(error.as_deref(), expected.err(), "{section:?}");
            let pairs = expected.unwrap_or_default().iter();
            let pairs: Vec<_> =
                pairs.map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect();
            assert_eq!(found, pairs, "{section:?}");
        };
        check("X-T: 1\r\n\r\n", Ok(&[("X-T", "1")]));
        check("x-t:\t1 \r\nX-T: 2\r\n\r\n", Ok(&[("X-T", "1"), ("X-T", "2")]));
        check("a:\r\nb:\r\nc:\r\n\r\n", Ok(&[("A", ""), ("B", ""), ("C", "")]));
        check("a:\r\nb:\r\nc:\r\nd:\r\n\r\n", Err("message too large"));
        check("GET / HTTP/1.1\r\n\r\n", Err("malformed MIME header: missing colon: \"GET / HTTP/1.1\""));
        check("a: 1\r\nb \r\n\r\n", Err("malformed MIME header: missing colon: \"b \""));
        check(": 1\r\n\r\n", Err("malformed MIME header line: \": 1\""));
        check("a[: 1 \r\n\r\n", Err("malformed MIME header line: \"a[: 1\""));
        check("x-y: \x01\r\n\r\n", Err("malformed MIME header line: \"X-Y: \\x01\""));
        check("x y: \x01\r\n\r\n", Err("malformed MIME header line: \"x y: \\x01\""));
        check("A: b\rc\r\n\r\n", Err("malformed MIME header line: \"A: b\\rc\""));
        check("a[: 1\r\n  2 \r\n\r\n", Err("malformed MIME header line: \"a[: 1 2\""));
        check("a: 1\r\n \x01\r\n\r\n", Err("malformed MIME header line: \"A: 1 \\x01\""));
        check(" a: 1\r\n\r\n", Err("malformed MIME header initial line: \" a: 1\""));
        check(&format!(" {}\r\n\r\n", "a".repeat(80)), Err("message too large"));
        check("a: 1\r\n b\r\n\r\n", Err("strict: malformed MIME header line: \"a: 1 b\""));
        check("a b: 1\r\n\r\n", Err("strict: malformed MIME header line: \"a b: 1\""));
        check("a: 1\nb: 2\r\n\r\n", Err("strict: malformed MIME header line: \"a: 1\""));
        check("content-length: 5\r\n\r\n", Err("strict: bad trailer key \"Content-Length\""));
        // Go's own error wins over one that comes earlier and that only this server makes.
        check("a: 1\r\n b\r\nc\r\n\r\n", Err("malformed MIME header: missing colon: \"c\""));
    }

    #[test]
    fn allowed() {
        for (name, expected) in
            [("X-Sum", true), ("Etag", true), ("Host", false), ("If-Match", false), ("If", true), ("Te", false)]
        {
            assert_eq!(is_allowed(name), expected, "{name}");
        }
        assert_eq!(announced(b"X-Sum, x-count").collect::<Vec<_>>(), ["X-Sum", "X-Count"]);
        assert_eq!(announced(b" , ").count(), 0);
        assert_eq!(announced(b"transfer-encoding,content-length,trailer,\xff").count(), 0);
    }
}
