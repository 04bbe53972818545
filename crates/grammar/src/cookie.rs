//! Cookies: reading the Cookie field, reading and writing Set-Cookie.
//!
//! Everything is borrowed from the field it was read from. Keeps no cookies and asks no clock.
//!
//! RFC 6265 sections 4.1 and 4.2; Go's `http.Cookie`, `ParseCookie`, `ParseSetCookie` and `Request.Cookies` with their
//! error texts.

use std::error::Error;
use std::fmt;

use crate::token::{is_token, trim_space};

mod set_cookie;
#[cfg(test)]
mod tests;

pub use set_cookie::{SameSite, SetCookie, SetCookieError, is_valid_domain, parse_set_cookie};

/// How many cookies a request may bring; a request with more has none. Go's default.
pub const MAX_COOKIES: usize = 3000;

/// A cookie as the client sends it back.
// Exhaustive: RFC 6265 knows nothing else in a Cookie field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pair<'a> {
    /// A token.
    pub name: &'a [u8],
    /// Printable ASCII without `"`, `;` and `\`.
    pub value: &'a [u8],
    /// Whether the value came in double quotes, which are taken off.
    pub quoted: bool,
}

/// Why a Cookie or Set-Cookie field could not be read. `Display` is Go's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CookieError {
    /// There is nothing in the field.
    Blank,
    /// A pair has no `=`.
    MissingEqualSign,
    /// The name is not a token.
    InvalidName,
    /// The value has a byte that it may not have.
    InvalidValue,
    /// There are more than [`MAX_COOKIES`].
    TooMany,
}

impl fmt::Display for CookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blank => "http: blank cookie",
            Self::MissingEqualSign => "http: '=' not found in cookie",
            Self::InvalidName => "http: invalid cookie name",
            Self::InvalidValue => "http: invalid cookie value",
            Self::TooMany => "http: number of cookies exceeded limit",
        })
    }
}

impl Error for CookieError {}

/// Reads one Cookie field, all of which must be good.
///
/// # Errors
///
/// The first that is found, see [`CookieError`].
///
/// ```
/// use nethttp_grammar::cookie;
///
/// let cookies = cookie::parse(b"a=1; b=\"2\"").unwrap();
/// assert_eq!((cookies[1].name, cookies[1].value, cookies[1].quoted), (&b"b"[..], &b"2"[..], true));
/// ```
pub fn parse(line: &[u8]) -> Result<Vec<Pair<'_>>, CookieError> {
    let count = count_parts(line);
    if count > MAX_COOKIES {
        return Err(CookieError::TooMany);
    }
    if trim_space(line).is_empty() {
        return Err(CookieError::Blank);
    }
    let mut cookies = Vec::with_capacity(count);
    for part in line.split(|&byte| byte == b';').map(trim_space) {
        let (name, value) = cut_at_equal_sign(part);
        cookies.push(check_pair(name, value.ok_or(CookieError::MissingEqualSign)?)?);
    }
    Ok(cookies)
}

/// The good cookies of a request's Cookie fields, in order; what is malformed is passed over.
///
/// None at all when there are more than [`MAX_COOKIES`], malformed ones counted.
///
/// ```
/// use nethttp_grammar::cookie;
///
/// let lines = [&b"theme=dark; bad cookie"[..], b"id=7"];
/// let names: Vec<_> = cookie::read(lines.iter().copied()).map(|cookie| cookie.name).collect();
/// assert_eq!(names, [&b"theme"[..], b"id"]);
/// ```
pub fn read<'a>(lines: impl Iterator<Item = &'a [u8]> + Clone) -> impl Iterator<Item = Pair<'a>> {
    let mut count = 0usize;
    let is_too_many = lines.clone().any(|line| {
        count += count_parts(line);
        count > MAX_COOKIES
    });
    lines.take_while(move |_| !is_too_many).flat_map(|line| line.split(|&byte| byte == b';')).filter_map(|part| {
        let (name, value) = cut_at_equal_sign(trim_space(part));
        check_pair(trim_space(name), value.unwrap_or_default()).ok()
    })
}

/// Whether `value` needs no cleaning to be a cookie's value: printable ASCII without `"`, `;` and `\`.
#[must_use]
pub fn is_valid_value(value: &[u8]) -> bool {
    value.iter().all(|&byte| is_value_byte(byte))
}

fn check_pair<'a>(name: &'a [u8], value: &'a [u8]) -> Result<Pair<'a>, CookieError> {
    if !is_token(name) {
        return Err(CookieError::InvalidName);
    }
    let (value, quoted) = match value {
        [b'"', inner @ .., b'"'] => (inner, true),
        _ => (value, false),
    };
    if !is_valid_value(value) {
        return Err(CookieError::InvalidValue);
    }
    Ok(Pair { name, value, quoted })
}

/// What stands before and behind the first `=`, if there is one.
fn cut_at_equal_sign(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    text.iter().position(|&byte| byte == b'=').map_or((text, None), |at| (&text[..at], Some(&text[at + 1..])))
}

fn count_parts(line: &[u8]) -> usize {
    line.iter().filter(|&&byte| byte == b';').count() + 1
}

#[inline]
const fn is_value_byte(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b';' | b'\\')
}
