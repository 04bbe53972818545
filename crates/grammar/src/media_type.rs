//! Media types and dispositions with their parameters: `text/html; charset=utf-8`.
//!
//! Work and memory are proportional to the text, even where every parameter is a new one.
//!
//! RFC 2045 section 5.1, RFC 2183 and RFC 2231; Go's `mime.ParseMediaType` and `mime.FormatMediaType` with their
//! results and error texts.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use crate::escape::{UPPER_HEX, hex_value};
use crate::token::is_tchar;

#[cfg(test)]
mod tests;

/// A media type or disposition taken apart.
// Exhaustive: a type and its parameters, nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaType {
    /// Type and subtype, or the disposition, in small letters.
    pub essence: String,
    /// Names in small letters with their values, unquoted and decoded. Values need not be UTF-8.
    pub parameters: BTreeMap<String, Vec<u8>>,
}

/// Why a media type could not be read. `Display` is Go's text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaTypeError {
    /// There is no type.
    Missing,
    /// The type is followed by something that is neither a slash nor a semicolon.
    NoSlash,
    /// There is no subtype behind the slash.
    NoSubtype,
    /// The subtype is followed by something that is not a semicolon.
    UnexpectedContent,
    /// A parameter comes twice with different values.
    DuplicateParameter,
    /// The parameters are malformed; the type, which was read, is kept. Go's `ErrInvalidMediaParameter`.
    InvalidParameter {
        /// The type, as [`MediaType::essence`].
        essence: String,
    },
}

impl fmt::Display for MediaTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "mime: no media type",
            Self::NoSlash => "mime: expected slash after first token",
            Self::NoSubtype => "mime: expected token after slash",
            Self::UnexpectedContent => "mime: unexpected content after media subtype",
            Self::DuplicateParameter => "mime: duplicate parameter name",
            Self::InvalidParameter { .. } => "mime: invalid media parameter",
        })
    }
}

impl Error for MediaTypeError {}

/// Takes a Content-Type or Content-Disposition value apart.
///
/// Values may be quoted; names with stars (`filename*=utf-8''…`, `name*0=…`) are decoded and put together.
///
/// # Errors
///
/// See [`MediaTypeError`].
///
/// ```
/// use nethttp_grammar::media_type;
///
/// let form = media_type::parse(b"Multipart/Form-Data; boundary=\"a b\"").unwrap();
/// assert_eq!(form.essence, "multipart/form-data");
/// assert_eq!(form.parameters["boundary"], b"a b");
/// ```
pub fn parse(value: &[u8]) -> Result<MediaType, MediaTypeError> {
    let end = value.iter().position(|&byte| byte == b';').unwrap_or(value.len());
    let essence = parse_essence(&value[..end])?;

    let mut parameters = BTreeMap::new();
    // Names with a star, by what stands before it: they are values in pieces.
    let mut pieces: BTreeMap<String, Pieces> = BTreeMap::new();
    let mut rest = trim_start(&value[end..]);
    while !rest.is_empty() {
        let Some(parameter) = read_parameter(rest) else {
            if trim_end(rest) == b";" {
                break;
            }
            return Err(MediaTypeError::InvalidParameter { essence });
        };
        let Parameter { name, value, after } = parameter;
        let group = match name.split_once('*') {
            Some((base, _)) => pieces.entry(base.to_owned()).or_default(),
            None => &mut parameters,
        };
        if group.get(&name).is_some_and(|earlier| *earlier != *value) {
            return Err(MediaTypeError::DuplicateParameter);
        }
        group.insert(name, value.into_owned());
        rest = trim_start(after);
    }
    for (base, pieces) in pieces {
        if let Some(value) = join_pieces(&base, pieces) {
            parameters.insert(base, value);
        }
    }
    Ok(MediaType { essence, parameters })
}

/// Writes a media type with parameters, sorted by name; type and names in small letters.
///
/// A value is quoted where it is not a token, and written as RFC 2231 has it where it is not printable ASCII. `None`
/// when the type, the subtype or a name is not a token.
///
/// ```
/// use nethttp_grammar::media_type;
///
/// let written = media_type::format(b"attachment", [(&b"filename"[..], "é.txt".as_bytes())]);
/// assert_eq!(written.unwrap(), "attachment; filename*=utf-8''%C3%A9.txt");
/// ```
#[must_use]
pub fn format<'a>(essence: &[u8], parameters: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Option<String> {
    let slash = essence.iter().position(|&byte| byte == b'/');
    let (major, sub) = slash.map_or((essence, None), |at| (&essence[..at], Some(&essence[at + 1..])));
    let mut out = String::new();
    push_lower(&mut out, major)?;
    if let Some(sub) = sub {
        out.push('/');
        push_lower(&mut out, sub)?;
    }
    let mut parameters: Vec<_> = parameters.into_iter().collect();
    parameters.sort_unstable();
    for (name, value) in parameters {
        out.push_str("; ");
        push_lower(&mut out, name)?;
        push_value(&mut out, value);
    }
    Some(out)
}

/// The pieces of one value, by the whole name of each.
type Pieces = BTreeMap<String, Vec<u8>>;

/// Type and subtype, or a disposition, as [`MediaType::essence`].
fn parse_essence(text: &[u8]) -> Result<String, MediaTypeError> {
    let text = to_lower(trim_end(trim_start(text)));
    let (major, rest) = take_token(&text);
    if major.is_empty() {
        return Err(MediaTypeError::Missing);
    }
    let is_whole = match rest {
        [] => true,
        [b'/', rest @ ..] => {
            let (sub, rest) = take_token(rest);
            if sub.is_empty() {
                return Err(MediaTypeError::NoSubtype);
            }
            rest.is_empty()
        }
        _ => return Err(MediaTypeError::NoSlash),
    };
    if !is_whole {
        return Err(MediaTypeError::UnexpectedContent);
    }
    // Tokens and a slash are ASCII.
    String::from_utf8(text.into_owned()).map_err(|_| MediaTypeError::UnexpectedContent)
}

/// A parameter and the text behind it.
struct Parameter<'a> {
    /// In small letters.
    name: String,
    /// Unquoted.
    value: Cow<'a, [u8]>,
    after: &'a [u8],
}

/// `; name=value` at the start of `text`.
fn read_parameter(text: &[u8]) -> Option<Parameter<'_>> {
    let text = trim_start(text.strip_prefix(b";")?);
    let (name, rest) = take_token(text);
    let rest = trim_start(trim_start(rest).strip_prefix(b"=")?);
    let (value, after) = match rest {
        [b'"', quoted @ ..] => read_quoted(quoted)?,
        _ => match take_token(rest) {
            ([], _) => return None,
            (token, after) => (Cow::Borrowed(token), after),
        },
    };
    let mut lower = String::with_capacity(name.len());
    push_lower(&mut lower, name)?;
    Some(Parameter { name: lower, value, after })
}

/// What stands before the closing quote, and what after it.
///
/// A backslash counts as an escape only before what could not stand unquoted: browsers of old sent Windows paths with
/// single backslashes.
fn read_quoted(text: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let mut value = Vec::new();
    // Up to here `text` is in `value` already.
    let mut copied = 0;
    let mut at = 0;
    loop {
        match *text.get(at)? {
            b'"' => break,
            b'\r' | b'\n' => return None,
            b'\\' if text.get(at + 1).is_some_and(|&next| is_special(next)) => {
                value.extend_from_slice(&text[copied..at]);
                copied = at + 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    let tail = &text[copied..at];
    let rest = &text[at + 1..];
    if copied == 0 {
        return Some((Cow::Borrowed(tail), rest));
    }
    value.extend_from_slice(tail);
    Some((Cow::Owned(value), rest))
}

/// The value that the pieces of `base` make; `None` when they make none.
///
/// `base*` is the whole value with its charset; otherwise the pieces `base*0`, `base*1` and so on are joined up to the
/// first that is missing. A piece with a star at the end is escaped, and the first of those names the charset.
fn join_pieces(base: &str, mut pieces: Pieces) -> Option<Vec<u8>> {
    if let Some(whole) = pieces.get(&format!("{base}*")) {
        return decode_with_charset(whole);
    }
    let mut joined = None;
    for number in 0.. {
        let mut name = format!("{base}*{number}");
        let piece = if let Some(plain) = pieces.remove(&name) {
            plain
        } else {
            name.push('*');
            let Some(escaped) = pieces.remove(&name) else {
                break;
            };
            // A piece that does not decode is as good as empty.
            let decoded = if number == 0 { decode_with_charset(&escaped) } else { decode_escapes(&escaped) };
            decoded.unwrap_or_default()
        };
        match &mut joined {
            None => joined = Some(piece),
            Some(joined) => joined.extend_from_slice(&piece),
        }
    }
    joined
}

/// Undoes `charset'language'escaped`, for the two charsets whose text is taken as it is.
fn decode_with_charset(text: &[u8]) -> Option<Vec<u8>> {
    let mut parts = text.splitn(3, |&byte| byte == b'\'');
    let charset = parts.next()?;
    let (_language, escaped) = (parts.next()?, parts.next()?);
    let charset = to_lower(charset);
    if !matches!(&*charset, b"us-ascii" | b"utf-8") {
        return None;
    }
    decode_escapes(escaped)
}

fn decode_escapes(mut text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    while let [byte, rest @ ..] = text {
        text = match (byte, rest) {
            (b'%', [high, low, rest @ ..]) => {
                out.push(hex_value(*high)? << 4 | hex_value(*low)?);
                rest
            }
            (b'%', _) => return None,
            _ => {
                out.push(*byte);
                rest
            }
        };
    }
    Some(out)
}

/// `=` and the value, in whichever of the three forms fits it.
fn push_value(out: &mut String, value: &[u8]) {
    if !value.iter().all(|&byte| matches!(byte, b'\t' | b' '..=b'~')) {
        out.push_str("*=utf-8''");
        for &byte in value {
            if byte.is_ascii_graphic() && !is_special(byte) && !matches!(byte, b'*' | b'\'' | b'%') {
                out.push(char::from(byte));
            } else {
                out.push('%');
                out.push(char::from(UPPER_HEX[usize::from(byte >> 4)]));
                out.push(char::from(UPPER_HEX[usize::from(byte & 15)]));
            }
        }
        return;
    }
    let needs_quotes = value.is_empty() || !value.iter().all(|&byte| is_token_byte(byte));
    out.push_str(if needs_quotes { "=\"" } else { "=" });
    for &byte in value {
        if matches!(byte, b'"' | b'\\') {
            out.push('\\');
        }
        out.push(char::from(byte));
    }
    if needs_quotes {
        out.push('"');
    }
}

/// Adds `token` in small letters; `None` when it is not a token.
fn push_lower(out: &mut String, token: &[u8]) -> Option<()> {
    if token.is_empty() {
        return None;
    }
    for &byte in token {
        if !is_token_byte(byte) {
            return None;
        }
        out.push(char::from(byte.to_ascii_lowercase()));
    }
    Some(())
}

/// The token at the start of `text`, perhaps empty, and the rest.
fn take_token(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&byte| !is_token_byte(byte)).unwrap_or(text.len());
    text.split_at(end)
}

/// A token of MIME has braces besides what one of HTTP has.
const fn is_token_byte(byte: u8) -> bool {
    is_tchar(byte) || matches!(byte, b'{' | b'}')
}

/// The `tspecials` of RFC 2045, which stand in quoted strings alone.
const fn is_special(byte: u8) -> bool {
    byte.is_ascii_graphic() && !is_token_byte(byte)
}

/// Small letters, as far as the result can be ASCII: the Kelvin sign and the dotted capital I have small letters there.
fn to_lower(text: &[u8]) -> Cow<'_, [u8]> {
    if text.is_ascii() {
        if text.iter().any(u8::is_ascii_uppercase) {
            return Cow::Owned(text.to_ascii_lowercase());
        }
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        rest = match rest {
            [0xe2, 0x84, 0xaa, tail @ ..] => {
                out.push(b'k');
                tail
            }
            [0xc4, 0xb0, tail @ ..] => {
                out.push(b'i');
                tail
            }
            _ => {
                out.push(byte.to_ascii_lowercase());
                tail
            }
        };
    }
    Cow::Owned(out)
}

/// `text` without white space, Unicode's included, before it.
fn trim_start(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b'\t'..=b'\r' | b' ', rest @ ..] => rest,
            [a, b, rest @ ..] if is_wide_space(&[*a, *b]) => rest,
            [a, b, c, rest @ ..] if is_wide_space(&[*a, *b, *c]) => rest,
            _ => return text,
        };
    }
}

/// `text` without white space, Unicode's included, behind it.
fn trim_end(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [rest @ .., b'\t'..=b'\r' | b' '] => rest,
            [rest @ .., a, b] if is_wide_space(&[*a, *b]) => rest,
            [rest @ .., a, b, c] if is_wide_space(&[*a, *b, *c]) => rest,
            _ => return text,
        };
    }
}

/// Whether `utf8` is one white space character of two or three bytes.
fn is_wide_space(utf8: &[u8]) -> bool {
    str::from_utf8(utf8).is_ok_and(|text| {
        let mut chars = text.chars();
        chars.next().is_some_and(|c| !c.is_ascii() && c.is_whitespace()) && chars.next().is_none()
    })
}
