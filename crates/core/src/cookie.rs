//! Cookies: [`Cookie`] with all its attributes, to set and to read. Go's `http.Cookie` and its functions.
//!
//! What a cookie may not hold is left out when it is written; [`Cookie::valid`] tells beforehand.
//!
//! RFC 6265; the rules themselves are in `nethttp_grammar::cookie`.
//!
//! Differences: nothing is logged when bytes or a domain are left out; an expiry after the year 9999 is written as the
//! last second of that year.

use std::fmt;
use std::time::SystemTime;

use nethttp_grammar::cookie::{self as grammar, MAX_COOKIES, SetCookie};

pub use nethttp_grammar::cookie::{CookieError, SameSite, SetCookieError};

use crate::time::{system_time, unix_seconds};
use crate::{Error, Header, Request, ResponseWriter, Text};

/// [`SameSite::Default`] under Go's word.
pub const SAME_SITE_DEFAULT_MODE: SameSite = SameSite::Default;
/// [`SameSite::Lax`] under Go's word.
pub const SAME_SITE_LAX_MODE: SameSite = SameSite::Lax;
/// [`SameSite::Strict`] under Go's word.
pub const SAME_SITE_STRICT_MODE: SameSite = SameSite::Strict;
/// [`SameSite::None`] under Go's word.
pub const SAME_SITE_NONE_MODE: SameSite = SameSite::None;

/// A cookie: as a client sends it back (name, value, quotes), or as a server sets it. Go's `http.Cookie`.
///
/// `Display` writes the `Set-Cookie` value, or nothing if the name is not a token.
///
/// ```
/// use nethttp_core::{Cookie, SameSite};
///
/// let cookie = Cookie {
///     name: "session".into(),
///     value: "abc".into(),
///     path: "/".into(),
///     max_age: 3600,
///     http_only: true,
///     same_site: SameSite::Lax,
///     ..Cookie::default()
/// };
/// assert_eq!(cookie.to_string(), "session=abc; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax");
/// ```
// A struct literal in Go programs, so not `#[non_exhaustive]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cookie {
    /// A token.
    pub name: Text,
    /// The value, without quotes.
    pub value: Text,
    /// Whether the value came in double quotes, and is to be written in them.
    pub quoted: bool,
    /// The path below which the cookie is sent; not written when empty.
    pub path: Text,
    /// The domain to whose hosts it is sent; not written when empty or no domain.
    pub domain: Text,
    /// When the cookie ends; not written before the year 1601.
    pub expires: Option<SystemTime>,
    /// The expiry as it was read. Not written.
    pub raw_expires: Text,
    /// Seconds until the cookie ends; 0 writes no `Max-Age`, and less than that `Max-Age=0`: delete now.
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
    pub raw: Text,
    /// Attributes that were not understood. Not written.
    pub unparsed: Vec<Text>,
}

impl Cookie {
    /// Whether the cookie can be written without anything left out. Go's `Cookie.Valid`.
    ///
    /// # Errors
    ///
    /// The first thing wrong, in Go's words.
    ///
    /// ```
    /// use nethttp_core::Cookie;
    ///
    /// let cookie = Cookie { name: "a".into(), value: "x\ny".into(), ..Cookie::default() };
    /// assert_eq!(cookie.valid().unwrap_err().to_string(), r"http: invalid byte '\n' in Cookie.Value");
    /// ```
    pub fn valid(&self) -> Result<(), SetCookieError> {
        self.parts().validate()
    }

    fn parts(&self) -> SetCookie<'_> {
        SetCookie {
            name: self.name.as_bytes(),
            value: self.value.as_bytes(),
            quoted: self.quoted,
            path: self.path.as_bytes(),
            domain: self.domain.as_bytes(),
            expires: self.expires.map(unix_seconds),
            max_age: self.max_age,
            secure: self.secure,
            http_only: self.http_only,
            same_site: self.same_site,
            partitioned: self.partitioned,
            ..SetCookie::default()
        }
    }
}

impl fmt::Display for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.parts().render().unwrap_or_default())
    }
}

impl From<SetCookie<'_>> for Cookie {
    fn from(parts: SetCookie<'_>) -> Self {
        Self {
            name: parts.name.into(),
            value: parts.value.into(),
            quoted: parts.quoted,
            path: parts.path.into(),
            domain: parts.domain.into(),
            expires: parts.expires.and_then(system_time),
            raw_expires: parts.raw_expires.into(),
            max_age: parts.max_age,
            secure: parts.secure,
            http_only: parts.http_only,
            same_site: parts.same_site,
            partitioned: parts.partitioned,
            raw: parts.raw.into(),
            unparsed: parts.unparsed.into_iter().map(Text::from).collect(),
        }
    }
}

impl From<grammar::Pair<'_>> for Cookie {
    fn from(pair: grammar::Pair<'_>) -> Self {
        Self { name: pair.name.into(), value: pair.value.into(), quoted: pair.quoted, ..Self::default() }
    }
}

/// Adds a `Set-Cookie` field to a response; nothing if the cookie's name is not a token. Go's `http.SetCookie`.
///
/// ```
/// use nethttp_core::{Cookie, Request, ResponseWriter, set_cookie};
///
/// fn login(w: &mut dyn ResponseWriter, _r: &mut Request) {
///     set_cookie(w, &Cookie { name: "session".into(), value: "abc".into(), ..Cookie::default() });
/// }
/// ```
pub fn set_cookie(w: &mut dyn ResponseWriter, cookie: &Cookie) {
    if let Some(field) = cookie.parts().render() {
        w.header().add("Set-Cookie", field);
    }
}

/// Reads one `Cookie` field, all of which must be good. Go's `http.ParseCookie`.
///
/// # Errors
///
/// The first thing wrong, in Go's words.
///
/// ```
/// let cookies = nethttp_core::parse_cookie("a=1; b=\"2\"").unwrap();
/// assert_eq!((&*cookies[1].name, &*cookies[1].value, cookies[1].quoted), ("b", "2", true));
/// assert_eq!(nethttp_core::parse_cookie("a").unwrap_err().to_string(), "http: '=' not found in cookie");
/// ```
pub fn parse_cookie(line: impl AsRef<[u8]>) -> Result<Vec<Cookie>, CookieError> {
    Ok(grammar::parse(line.as_ref())?.into_iter().map(Cookie::from).collect())
}

/// Reads one `Set-Cookie` field. Go's `http.ParseSetCookie`.
///
/// # Errors
///
/// What is wrong with name or value, in Go's words; attributes that are malformed go to [`Cookie::unparsed`].
///
/// ```
/// let cookie = nethttp_core::parse_set_cookie("id=7; Path=/; Max-Age=60; Secure; Priority=High").unwrap();
/// assert_eq!((&*cookie.name, &*cookie.path, cookie.max_age, cookie.secure), ("id", "/", 60, true));
/// assert_eq!(cookie.unparsed, ["Priority=High"]);
/// ```
pub fn parse_set_cookie(line: impl AsRef<[u8]>) -> Result<Cookie, CookieError> {
    Ok(grammar::parse_set_cookie(line.as_ref())?.into())
}

/// The cookies that the `Set-Cookie` fields of a response set; malformed fields are passed over. Go's
/// `Response.Cookies`.
///
/// None at all where there are more than 3,000 fields.
///
/// ```
/// use nethttp_core::{Header, cookie};
///
/// let header = Header::from([("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "=?")]);
/// assert_eq!(cookie::read_set_cookies(&header).len(), 1);
/// ```
#[must_use]
pub fn read_set_cookies(header: &Header) -> Vec<Cookie> {
    let fields = header.values("Set-Cookie");
    if fields.clone().count() > MAX_COOKIES {
        return Vec::new();
    }
    fields.filter_map(|field| parse_set_cookie(field).ok()).collect()
}

impl Request {
    /// The cookies sent with the request, malformed ones left out. Go's `Request.Cookies`.
    ///
    /// None at all where there are more than 3,000.
    #[must_use]
    pub fn cookies(&self) -> Vec<Cookie> {
        self.pairs().map(Cookie::from).collect()
    }

    /// The cookies of this name sent with the request. Go's `Request.CookiesNamed`.
    #[must_use]
    pub fn cookies_named(&self, name: &str) -> Vec<Cookie> {
        self.pairs().filter(|pair| pair.name == name.as_bytes()).map(Cookie::from).collect()
    }

    /// The first cookie of this name sent with the request. Go's `Request.Cookie`.
    ///
    /// # Errors
    ///
    /// [`Error::NoCookie`] when there is none.
    ///
    /// ```
    /// use nethttp_core::{Error, Request};
    ///
    /// let mut request = Request::new();
    /// request.header.set("Cookie", "theme=dark; id=7");
    /// assert_eq!(request.cookie("id").unwrap().value, "7");
    /// assert_eq!(request.cookie("name").unwrap_err(), Error::NoCookie);
    /// ```
    pub fn cookie(&self, name: &str) -> Result<Cookie, Error> {
        let found = self.pairs().find(|pair| pair.name == name.as_bytes());
        found.map(Cookie::from).ok_or(Error::NoCookie)
    }

    /// Adds a cookie to the request's `Cookie` field: name and value only. Go's `Request.AddCookie`.
    ///
    /// ```
    /// use nethttp_core::{Cookie, Request};
    ///
    /// let mut request = Request::new();
    /// request.add_cookie(&Cookie { name: "a".into(), value: "x y".into(), path: "/".into(), ..Cookie::default() });
    /// request.add_cookie(&Cookie { name: "b".into(), value: "2".into(), ..Cookie::default() });
    /// assert_eq!(request.header.get("Cookie"), "a=\"x y\"; b=2");
    /// ```
    pub fn add_cookie(&mut self, cookie: &Cookie) {
        let held = self.header.get("Cookie").as_bytes();
        let mut field = held.to_vec();
        if !held.is_empty() {
            field.extend_from_slice(b"; ");
        }
        // A name that would end the line must not; any other is sent as it is.
        field
            .extend(cookie.name.as_bytes().iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b'-' } else { byte }));
        let value =
            SetCookie { name: b"n", value: cookie.value.as_bytes(), quoted: cookie.quoted, ..SetCookie::default() };
        field.extend_from_slice(value.render().unwrap_or_default().strip_prefix('n').unwrap_or_default().as_bytes());
        self.header.set("Cookie", field);
    }

    fn pairs(&self) -> impl Iterator<Item = grammar::Pair<'_>> {
        grammar::read(self.header.values("Cookie").map(Text::as_bytes))
    }
}

#[cfg(test)]
mod tests;
