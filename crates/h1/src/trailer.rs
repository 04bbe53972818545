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

/// Reads a trailer section, up to and with its blank line: names spelled canonically, values trimmed.
///
/// Go's own errors come first, wherever they are in the section, then those that only this server makes.
pub(crate) fn parse_section(section: &[u8], max_fields: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, BodyError> {
    let mut fields = Vec::new();
    let mut strict = None;
    let mut is_first = true;
    for line in section.split(|&byte| byte == b'\n') {
        let (line, has_cr) = line.strip_suffix(b"\r").map_or((line, false), |line| (line, true));
        if !has_cr {
            strict.get_or_insert_with(|| BodyError::StrictTrailer(line.into()));
        }
        if line.is_empty() {
            break;
        }
        match parse_line(line, is_first) {
            Ok((name, value)) => {
                if fields.len() == max_fields {
                    return Err(BodyError::TrailerTooLarge);
                }
                fields.push((name, value));
            }
            Err(error) if error.is_strict_only() => {
                strict.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
        is_first = false;
    }
    match strict {
        Some(error) => Err(error),
        None => Ok(fields),
    }
}

fn parse_line(line: &[u8], is_first: bool) -> Result<(Vec<u8>, Vec<u8>), BodyError> {
    if matches!(line.first(), Some(b' ' | b'\t')) {
        return Err(match line.len() {
            _ if !is_first => BodyError::StrictTrailer(line.into()),
            // Go reads no more than this to quote it.
            0..=80 => BodyError::TrailerInitialSpace(line.into()),
            _ => BodyError::TrailerTooLarge,
        });
    }
    let Some(colon) = line.iter().position(|&byte| byte == b':') else {
        return Err(BodyError::TrailerWithoutColon(line.into()));
    };
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let is_name = |byte: u8| token::is_tchar(byte) || byte == b' ';
    if name.is_empty() || !name.iter().all(|&byte| is_name(byte)) || !token::is_field_value(value) {
        return Err(BodyError::MalformedTrailer(token::trim_ows(line).into()));
    }
    match std::str::from_utf8(name) {
        Ok(_) if is_framing_field(name) => Err(BodyError::ForbiddenTrailer(name.into())),
        Ok(name) if !name.contains(' ') => {
            Ok((canonical_header_key(name).into_owned().into_bytes(), token::trim_ows(value).to_vec()))
        }
        _ => Err(BodyError::StrictTrailer(token::trim_ows(line).into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(found: Result<Vec<(Vec<u8>, Vec<u8>)>, BodyError>) -> Result<Vec<(String, String)>, String> {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        match found {
            Ok(fields) => Ok(fields.into_iter().map(|(name, value)| (text(name), text(value))).collect()),
            Err(error) => Err(format!("{}{error}", if error.is_strict_only() { "strict: " } else { "" })),
        }
    }

    #[test]
    fn sections() {
        let check = |section: &str, expected: Result<&[(&str, &str)], &str>| {
            let expected = expected
                .map(|fields| fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect::<Vec<_>>())
                .map_err(str::to_owned);
            assert_eq!(pairs(parse_section(section.as_bytes(), 3)), expected, "{section:?}");
        };
        check("X-T: 1\r\n\r\n", Ok(&[("X-T", "1")]));
        check("x-t:\t1 \r\nX-T: 2\r\n\r\n", Ok(&[("X-T", "1"), ("X-T", "2")]));
        check("a:\r\nb:\r\nc:\r\n\r\n", Ok(&[("A", ""), ("B", ""), ("C", "")]));
        check("a:\r\nb:\r\nc:\r\nd:\r\n\r\n", Err("message too large"));
        check("GET / HTTP/1.1\r\n\r\n", Err("malformed MIME header: missing colon: \"GET / HTTP/1.1\""));
        check("a: 1\r\nb \r\n\r\n", Err("malformed MIME header: missing colon: \"b \""));
        check(": 1\r\n\r\n", Err("malformed MIME header line: \": 1\""));
        check("a[: 1 \r\n\r\n", Err("malformed MIME header line: \"a[: 1\""));
        check("a: \x01\r\n\r\n", Err("malformed MIME header line: \"a: \\x01\""));
        check("a: b\rc\r\n\r\n", Err("malformed MIME header line: \"a: b\\rc\""));
        check(" a: 1\r\n\r\n", Err("malformed MIME header initial line: \" a: 1\""));
        check(&format!(" {}\r\n\r\n", "a".repeat(80)), Err("message too large"));
        check("a: 1\r\n b\r\n\r\n", Err("strict: malformed MIME header line: \" b\""));
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
