//! The Set-Cookie field: a cookie with its attributes.
//!
//! RFC 6265 section 4.1; Go's `http.ParseSetCookie`, `Cookie.String` and `Cookie.Valid`.
//!
//! Differences: an expiry after the year 9999 is written as the last second of that year, where Go writes five digits
//! that no client reads.

use std::error::Error;
use std::fmt;

use crate::cookie::{CookieError, check_pair, cut_at_equal_sign, is_valid_value, is_value_byte};
use crate::token::{eq_ignore_case, is_token, trim_space};
use crate::{date, host, quote};

/// A cookie with its attributes, to be sent or as it was read.
// Exhaustive: built as a literal with `..Default::default()`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetCookie<'a> {
    /// A token; a cookie with another name is not written.
    pub name: &'a [u8],
    /// The value without quotes.
    pub value: &'a [u8],
    /// Whether the value came in double quotes, and is to be written in them.
    pub quoted: bool,
    /// Not written when empty.
    pub path: &'a [u8],
    /// Not written when empty or not [valid](is_valid_domain).
    pub domain: &'a [u8],
    /// Seconds since 1970-01-01 00:00:00 UTC. Not written before the year 1601, which browsers cannot keep.
    pub expires: Option<i64>,
    /// The expiry as it was read, understood or not. Not written.
    pub raw_expires: &'a [u8],
    /// Seconds; 0 means no `Max-Age`, and less than that `Max-Age=0`: delete now.
    pub max_age: i64,
    /// Sent over secure connections alone.
    pub secure: bool,
    /// Kept from scripts.
    pub http_only: bool,
    /// Whether the cookie goes with requests that other sites caused.
    pub same_site: SameSite,
    /// Kept apart for each top-level site.
    pub partitioned: bool,
    /// The whole field as it was read. Not written.
    pub raw: &'a [u8],
    /// Attributes that were not understood. Not written.
    pub unparsed: Vec<&'a [u8]>,
}

/// The `SameSite` attribute of a cookie.
// Exhaustive: Go's five values, which its programs match on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SameSite {
    /// The attribute was not there, and is not written. Go's zero value.
    #[default]
    Unset,
    /// The attribute had no known value; it is not written. Go's `SameSiteDefaultMode`.
    Default,
    /// With top-level navigations only. Go's `SameSiteLaxMode`.
    Lax,
    /// Never. Go's `SameSiteStrictMode`.
    Strict,
    /// Always. Go's `SameSiteNoneMode`.
    None,
}

/// Why a cookie ought not be sent as it is. `Display` is Go's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetCookieError {
    /// The name is not a token.
    InvalidName,
    /// The expiry lies before the year 1601.
    InvalidExpires,
    /// The value has this byte, which it may not have.
    InvalidValueByte(u8),
    /// The path has this byte, which it may not have.
    InvalidPathByte(u8),
    /// The domain is neither a host name nor an IPv4 address.
    InvalidDomain,
    /// The cookie is partitioned but not secure.
    PartitionedNotSecure,
}

impl fmt::Display for SetCookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::InvalidName => "http: invalid Cookie.Name",
            Self::InvalidExpires => "http: invalid Cookie.Expires",
            Self::InvalidValueByte(byte) => {
                return write!(f, "http: invalid byte {} in Cookie.Value", quote::quote_byte(byte));
            }
            Self::InvalidPathByte(byte) => {
                return write!(f, "http: invalid byte {} in Cookie.Path", quote::quote_byte(byte));
            }
            Self::InvalidDomain => "http: invalid Cookie.Domain",
            Self::PartitionedNotSecure => "http: partitioned cookies must be set with Secure",
        })
    }
}

impl Error for SetCookieError {}

/// Reads a Set-Cookie field. Attributes that are malformed or unknown go to [`SetCookie::unparsed`].
///
/// # Errors
///
/// When the first part is not a good `name=value`, see [`CookieError`].
///
/// ```
/// use nethttp_grammar::cookie::{SameSite, parse_set_cookie};
///
/// let cookie = parse_set_cookie(b"id=7; Path=/; Max-Age=60; SameSite=Lax; HttpOnly").unwrap();
/// assert_eq!((cookie.name, cookie.value, cookie.path), (&b"id"[..], &b"7"[..], &b"/"[..]));
/// assert_eq!((cookie.max_age, cookie.same_site, cookie.http_only), (60, SameSite::Lax, true));
/// ```
pub fn parse_set_cookie(line: &[u8]) -> Result<SetCookie<'_>, CookieError> {
    let text = trim_space(line);
    if text.is_empty() {
        return Err(CookieError::Blank);
    }
    let mut parts = text.split(|&byte| byte == b';').map(trim_space);
    let (name, value) = cut_at_equal_sign(parts.next().unwrap_or_default());
    let pair = check_pair(trim_space(name), value.ok_or(CookieError::MissingEqualSign)?)?;
    let mut cookie =
        SetCookie { name: pair.name, value: pair.value, quoted: pair.quoted, raw: line, ..SetCookie::default() };
    for attribute in parts {
        cookie.read_attribute(attribute);
    }
    Ok(cookie)
}

impl<'a> SetCookie<'a> {
    /// The text of the field; `None` when the name is not a token.
    ///
    /// Bytes that value and path may not have are left out; a value with a space or a comma gets quotes.
    ///
    /// ```
    /// use nethttp_grammar::cookie::SetCookie;
    ///
    /// let cookie = SetCookie { name: b"id", value: b"a b", path: b"/", secure: true, ..SetCookie::default() };
    /// assert_eq!(cookie.render().unwrap(), "id=\"a b\"; Path=/; Secure");
    /// ```
    #[must_use]
    pub fn render(&self) -> Option<String> {
        if !is_token(self.name) {
            return None;
        }
        // Room for the attributes as they mostly are.
        let capacity = self.name.len() + self.value.len() + self.path.len() + self.domain.len() + 128;
        let mut out = String::with_capacity(capacity);
        push_where(&mut out, self.name, |_| true);
        out.push('=');
        let quotes = if self.quoted || self.value.iter().any(|byte| b" ,".contains(byte)) { "\"" } else { "" };
        out.push_str(quotes);
        push_where(&mut out, self.value, is_value_byte);
        out.push_str(quotes);
        if !self.path.is_empty() {
            out.push_str("; Path=");
            push_where(&mut out, self.path, is_path_byte);
        }
        if is_valid_domain(self.domain) {
            out.push_str("; Domain=");
            push_where(&mut out, self.domain.strip_prefix(b".").unwrap_or(self.domain), |_| true);
        }
        if let Some(expires) = self.expires.filter(|&expires| is_valid_expiry(expires)) {
            out.push_str("; Expires=");
            push_where(&mut out, &date::format(expires), |_| true);
        }
        if self.max_age > 0 {
            out.push_str("; Max-Age=");
            out.push_str(&self.max_age.to_string());
        } else if self.max_age < 0 {
            out.push_str("; Max-Age=0");
        }
        if self.http_only {
            out.push_str("; HttpOnly");
        }
        if self.secure {
            out.push_str("; Secure");
        }
        out.push_str(match self.same_site {
            SameSite::Unset | SameSite::Default => "",
            SameSite::Lax => "; SameSite=Lax",
            SameSite::Strict => "; SameSite=Strict",
            SameSite::None => "; SameSite=None",
        });
        if self.partitioned {
            out.push_str("; Partitioned");
        }
        Some(out)
    }

    /// Whether the cookie can be sent without anything left out.
    ///
    /// # Errors
    ///
    /// The first thing wrong, see [`SetCookieError`].
    pub fn validate(&self) -> Result<(), SetCookieError> {
        if !is_token(self.name) {
            return Err(SetCookieError::InvalidName);
        }
        if self.expires.is_some_and(|expires| !is_valid_expiry(expires)) {
            return Err(SetCookieError::InvalidExpires);
        }
        if let Some(&byte) = self.value.iter().find(|&&byte| !is_value_byte(byte)) {
            return Err(SetCookieError::InvalidValueByte(byte));
        }
        if let Some(&byte) = self.path.iter().find(|&&byte| !is_path_byte(byte)) {
            return Err(SetCookieError::InvalidPathByte(byte));
        }
        if !self.domain.is_empty() && !is_valid_domain(self.domain) {
            return Err(SetCookieError::InvalidDomain);
        }
        if self.partitioned && !self.secure {
            return Err(SetCookieError::PartitionedNotSecure);
        }
        Ok(())
    }

    fn read_attribute(&mut self, attribute: &'a [u8]) {
        let (name, value) = cut_at_equal_sign(attribute);
        let value = value.unwrap_or_default();
        // A name that is not printable is passed over, not kept.
        if attribute.is_empty() || !name.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return;
        }
        if !is_valid_value(value) || !self.set_attribute(name, value) {
            self.unparsed.push(attribute);
        }
    }

    /// Whether the attribute was understood.
    fn set_attribute(&mut self, name: &[u8], value: &'a [u8]) -> bool {
        let is = |known: &[u8]| eq_ignore_case(name, known);
        if is(b"samesite") {
            self.same_site = parse_same_site(value);
        } else if is(b"secure") {
            self.secure = true;
        } else if is(b"httponly") {
            self.http_only = true;
        } else if is(b"domain") {
            self.domain = value;
        } else if is(b"max-age") {
            let Some(max_age) = parse_max_age(value) else {
                return false;
            };
            self.max_age = max_age;
        } else if is(b"expires") {
            self.raw_expires = value;
            self.expires = date::parse_cookie_expires(value);
            return self.expires.is_some();
        } else if is(b"path") {
            self.path = value;
        } else if is(b"partitioned") {
            self.partitioned = true;
        } else {
            return false;
        }
        true
    }
}

/// Whether `domain` can be a cookie's: a host name with a letter in it, perhaps behind a dot, or an IPv4 address.
#[must_use]
pub fn is_valid_domain(domain: &[u8]) -> bool {
    host::is_ipv4(domain) || is_domain_name(domain)
}

/// Labels of letters, digits and hyphens; one dot may follow the last.
fn is_domain_name(domain: &[u8]) -> bool {
    let name = domain.strip_prefix(b".").unwrap_or(domain);
    let labels = name.strip_suffix(b".").unwrap_or(name);
    let is_label = |label: &[u8]| {
        (1..=63).contains(&label.len())
            && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            && !label.starts_with(b"-")
            && !label.ends_with(b"-")
    };
    domain.len() <= 255 && labels.split(|&byte| byte == b'.').all(is_label) && name.iter().any(u8::is_ascii_alphabetic)
}

fn parse_same_site(value: &[u8]) -> SameSite {
    if eq_ignore_case(value, b"lax") {
        SameSite::Lax
    } else if eq_ignore_case(value, b"strict") {
        SameSite::Strict
    } else if eq_ignore_case(value, b"none") {
        SameSite::None
    } else {
        SameSite::Default
    }
}

/// Seconds, or -1 for all that means "delete"; a number with a leading zero is not one.
fn parse_max_age(value: &[u8]) -> Option<i64> {
    let seconds: i64 = str::from_utf8(value).ok()?.parse().ok()?;
    match seconds {
        0 => Some(-1),
        _ if value.starts_with(b"0") => None,
        _ => Some(seconds.max(-1)),
    }
}

/// Adds the bytes of `text` that are `valid`, all of which are ASCII.
fn push_where(out: &mut String, text: &[u8], valid: impl Fn(u8) -> bool) {
    out.extend(text.iter().filter(|&&byte| valid(byte)).map(|&byte| char::from(byte)));
}

const fn is_path_byte(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b';'
}

/// Whether a time lies in the year 1601 or later.
const fn is_valid_expiry(unix_seconds: i64) -> bool {
    unix_seconds >= -11_644_473_600
}
