//! References against a base, and paths put together. Go's `URL.ResolveReference`, `URL.Parse` and `URL.JoinPath`.
//!
//! RFC 3986 section 5.2, in the reading of Go.

use nethttp_grammar::path::clean_posix;

use super::{Error, Reason, Url};
use crate::Text;

impl Url {
    /// Parses a reference that stands in a document at this URL. Go's `URL.Parse`.
    ///
    /// # Errors
    ///
    /// Those of [`url::parse`](super::parse) for `reference`.
    ///
    /// ```
    /// use nethttp_core::url;
    ///
    /// let base = url::parse("http://a.test/b/c?d").unwrap();
    /// assert_eq!(base.parse("../e").unwrap().to_string(), "http://a.test/e");
    /// assert_eq!(base.parse("//f/g").unwrap().to_string(), "http://f/g");
    /// ```
    pub fn parse(&self, reference: impl AsRef<[u8]>) -> Result<Self, Error> {
        Ok(self.resolve_reference(&super::parse(reference)?))
    }

    /// The URL that `reference` means in a document at this one. Go's `URL.ResolveReference`.
    #[must_use]
    pub fn resolve_reference(&self, reference: &Self) -> Self {
        let mut url = reference.clone();
        if !reference.is_abs() {
            url.scheme = self.scheme.clone();
        }
        if reference.is_abs() || !is_empty(&reference.host) || reference.user.is_some() {
            url.set_resolved(reference.escaped_path().as_bytes(), b"");
            return url;
        }
        if !is_empty(&reference.opaque) {
            url.clear_hierarchy();
            return url;
        }
        if is_empty(&reference.path) && !reference.force_query && is_empty(&reference.raw_query) {
            url.raw_query = self.raw_query.clone();
            if is_empty(&reference.fragment) {
                url.fragment = self.fragment.clone();
                url.raw_fragment = self.raw_fragment.clone();
            }
        }
        if is_empty(&reference.path) && !is_empty(&self.opaque) {
            url.opaque = self.opaque.clone();
            url.clear_hierarchy();
            return url;
        }
        url.host = self.host.clone();
        url.user = self.user.clone();
        url.set_resolved(self.escaped_path().as_bytes(), reference.escaped_path().as_bytes());
        url
    }

    /// This URL with elements added to its path, which is cleaned of `.`, `..` and doubled slashes.
    ///
    /// Where an element has a bad escape the URL comes back as it is; [`url::join_path`](super::join_path) tells the
    /// error. Go's `URL.JoinPath`.
    ///
    /// ```
    /// use nethttp_core::url;
    ///
    /// let base = url::parse("http://a.test/b").unwrap();
    /// assert_eq!(base.join_path(["c", "../d/"]).to_string(), "http://a.test/b/d/");
    /// ```
    #[must_use]
    pub fn join_path<E: AsRef<[u8]>>(&self, elements: impl IntoIterator<Item = E>) -> Self {
        let mut url = self.clone();
        // A bad escape leaves the path unchanged, as promised above.
        let _ = url.join(elements);
        url
    }

    pub(super) fn join<E: AsRef<[u8]>>(&mut self, elements: impl IntoIterator<Item = E>) -> Result<(), Reason> {
        let base = self.escaped_path();
        let is_rooted = base.starts_with('/');
        let mut joined = Vec::from(if is_rooted { "" } else { "/" });
        joined.extend_from_slice(base.as_bytes());
        let mut ends_in_slash = joined.ends_with(b"/");
        for element in elements {
            let element = element.as_ref();
            joined.push(b'/');
            joined.extend_from_slice(element);
            ends_in_slash = element.ends_with(b"/");
        }
        let mut path = clean_posix(&joined).into_owned();
        if !is_rooted {
            path.remove(0);
        }
        if ends_in_slash && !path.ends_with(b"/") {
            path.push(b'/');
        }
        self.set_path(&path)
    }

    /// Leaves the parts that an opaque URL has no place for empty.
    fn clear_hierarchy(&mut self) {
        self.user = None;
        self.host.clear();
        self.path.clear();
    }

    fn set_resolved(&mut self, base: &[u8], reference: &[u8]) {
        // Both are escaped paths, and taking segments out breaks no escape.
        let _ = self.set_path(&resolve_path(base, reference));
    }
}

fn is_empty(text: &Text) -> bool {
    text.as_bytes().is_empty()
}

/// The path of `reference` in a document at the path `base`, without `.` and `..` segments. Empty segments stay.
fn resolve_path(base: &[u8], reference: &[u8]) -> Vec<u8> {
    let full = match reference {
        [] => base.to_vec(),
        [b'/', ..] => reference.to_vec(),
        _ => {
            let directory = base.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
            [&base[..directory], reference].concat()
        }
    };
    if full.is_empty() {
        return full;
    }
    // Segments below the root; an empty first one is the slash of a rooted path.
    let mut kept: Vec<&[u8]> = Vec::new();
    for segment in full.split(|&byte| byte == b'/') {
        match segment {
            b"." if kept.is_empty() => kept.push(b""),
            b"." => {}
            b".." => {
                kept.pop();
                if kept == [b""] {
                    kept.clear();
                }
            }
            _ => kept.push(segment),
        }
    }
    let mut path = vec![b'/'];
    path.extend_from_slice(&kept.join(&b'/'));
    if matches!(full.rsplit(|&byte| byte == b'/').next(), Some(b"." | b"..")) {
        path.push(b'/');
    }
    if path.starts_with(b"//") {
        path.remove(0);
    }
    path
}
