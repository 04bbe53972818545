//! Writing a URL as text. Go's `URL.String`, `URL.RequestURI` and `URL.Redacted`.

use std::fmt;

use nethttp_grammar::escape::{self, Mode};

use super::{Url, Userinfo};
use crate::Text;

impl Url {
    /// The path, escaped, and the query: what stands in a request line. Go's `URL.RequestURI`.
    ///
    /// ```
    /// use nethttp_core::url;
    ///
    /// assert_eq!(url::parse("http://a.test?b").unwrap().request_uri(), "/?b");
    /// ```
    #[must_use]
    pub fn request_uri(&self) -> Text {
        let mut out = Vec::new();
        let opaque = self.opaque.as_bytes();
        if opaque.is_empty() {
            let path = self.escaped_path();
            out.extend_from_slice(if path.is_empty() { b"/" } else { path.as_bytes() });
        } else {
            if opaque.starts_with(b"//") {
                out.extend_from_slice(self.scheme.as_bytes());
                out.push(b':');
            }
            out.extend_from_slice(opaque);
        }
        self.push_query(&mut out);
        out.into()
    }

    /// The URL as text with `xxxxx` in place of a password. Go's `URL.Redacted`.
    #[must_use]
    pub fn redacted(&self) -> Text {
        match &self.user {
            Some(user) if user.password().is_some() => {
                let user = Some(Userinfo::with_password(user.username(), "xxxxx"));
                Self { user, ..self.clone() }.to_text()
            }
            _ => self.to_text(),
        }
    }

    /// The URL as text; the exact bytes of what `Display` shows. Go's `URL.String`.
    #[must_use]
    pub fn to_text(&self) -> Text {
        let mut out = Vec::with_capacity(self.host.as_bytes().len() + self.path.as_bytes().len() + 16);
        if self.is_abs() {
            out.extend_from_slice(self.scheme.as_bytes());
            out.push(b':');
        }
        if self.opaque.as_bytes().is_empty() {
            self.push_hierarchy(&mut out);
        } else {
            out.extend_from_slice(self.opaque.as_bytes());
        }
        self.push_query(&mut out);
        if !self.fragment.as_bytes().is_empty() {
            out.push(b'#');
            out.extend_from_slice(self.escaped_fragment().as_bytes());
        }
        out.into()
    }

    /// Authority and path.
    fn push_hierarchy(&self, out: &mut Vec<u8>) {
        let has_host = !self.host.as_bytes().is_empty();
        let has_authority = has_host || self.user.is_some();
        if has_authority || self.is_abs() && !self.omit_host && !self.path.as_bytes().is_empty() {
            out.extend_from_slice(b"//");
        }
        if let Some(user) = &self.user {
            out.extend_from_slice(user.to_string().as_bytes());
            out.push(b'@');
        }
        out.extend_from_slice(escape::escape(self.host.as_bytes(), Mode::Host).as_bytes());

        let path = self.escaped_path();
        let mut path = path.as_bytes();
        if self.omit_host && !has_authority && path.starts_with(b"//") {
            // Unescaped it would read as an authority.
            out.extend_from_slice(b"%2F");
            path = &path[1..];
        }
        if has_host && !path.is_empty() && !path.starts_with(b"/") {
            out.push(b'/');
        }
        let first_segment = path.split(|&byte| byte == b'/').next().unwrap_or_default();
        if out.is_empty() && first_segment.contains(&b':') {
            // Before the colon would stand what reads as a scheme. RFC 3986 section 4.2.
            out.extend_from_slice(b"./");
        }
        out.extend_from_slice(path);
    }

    fn push_query(&self, out: &mut Vec<u8>) {
        let query = self.raw_query.as_bytes();
        if self.force_query || !query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(query);
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_text().fmt(f)
    }
}
