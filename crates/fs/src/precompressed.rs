//! Precompressed siblings: `app.js.gz` in place of `app.js`, for clients that take gzip.
//!
//! Never makes such a file, and never remembers that there is one. No counterpart in Go.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use nethttp_core::{Header, Method, Request, Text};
use nethttp_grammar::quality::accepts;
use nethttp_grammar::token::contains_token;

use crate::conditions::{field, seconds_of};
use crate::{File, FileInfo, FileSystem};

/// Sets what goes with either variant of a file, and gives the compressed one if it is to be sent.
// pitfalls B10, B11: `Vary` on both variants, and a tag of its own for each.
pub(crate) fn choose(
    root: &dyn FileSystem,
    name: &Text,
    plain: &FileInfo,
    header: &mut Header,
    r: &Request,
) -> Option<(Box<dyn File>, FileInfo)> {
    let is_read = r.method == Method::GET || r.method == Method::HEAD;
    if !is_read || !plain.is_regular || !field(header, "Content-Encoding").is_empty() {
        return None;
    }
    if !header.values_raw("Vary").any(|value| contains_token(value.as_bytes(), "Accept-Encoding")) {
        header.add("Vary", "Accept-Encoding");
    }
    // pitfall H8: looked for each time, for it may come and go.
    let sibling = takes_gzip(&r.header).then(|| open_sibling(root, name, plain).ok().flatten()).flatten();
    let own = field(header, "Etag");
    let tag = match &sibling {
        Some((_, info)) if own.is_empty() => tag_of(info, "-gz"),
        Some(_) => marked(own),
        None if own.is_empty() => tag_of(plain, ""),
        None => return None,
    };
    header.set("Etag", tag);
    sibling
}

/// Whether gzip is acceptable, and no less welcome than the file as it is.
// pitfalls B1, B2, B3
fn takes_gzip(header: &Header) -> bool {
    let lines = || header.values_raw("Accept-Encoding").map(|line| line.as_bytes());
    let gzip = accepts(lines(), "gzip").unwrap_or(0);
    gzip > 0 && accepts(lines(), "identity").is_none_or(|identity| identity <= gzip)
}

/// The compressed file, unless it is older than the plain one: then it was forgotten.
fn open_sibling(root: &dyn FileSystem, name: &Text, plain: &FileInfo) -> io::Result<Option<(Box<dyn File>, FileInfo)>> {
    let file = root.open(&Text::from([name.as_bytes(), b".gz"].concat()))?;
    let info = file.stat()?;
    let seconds = |info: &FileInfo| info.mod_time.map(seconds_of);
    let is_current = info.is_regular && seconds(&info) >= seconds(plain);
    Ok(is_current.then_some((file, info)))
}

/// A strong tag from time and size.
fn tag_of(info: &FileInfo, suffix: &str) -> Vec<u8> {
    let since_epoch = info.mod_time.unwrap_or(UNIX_EPOCH).duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("\"{:x}-{:x}{suffix}\"", since_epoch.as_nanos(), info.size).into_bytes()
}

/// The tag of the plain variant, made that of the compressed one.
fn marked(tag: &[u8]) -> Vec<u8> {
    match tag.strip_suffix(b"\"") {
        Some(front) => [front, b"-gz\""].concat(),
        None => tag.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        assert_eq!(marked(b"\"v1\""), b"\"v1-gz\"");
        assert_eq!(marked(b"W/\"v1\""), b"W/\"v1-gz\"");
        assert_eq!(marked(b"v1"), b"v1");
        let info = FileInfo::file("x", 255, Some(UNIX_EPOCH + std::time::Duration::from_nanos(0x1f)));
        assert_eq!(tag_of(&info, "-gz"), b"\"1f-ff-gz\"");
        assert_eq!(tag_of(&FileInfo::file("x", 0, None), ""), b"\"0-0\"");
    }

    #[test]
    fn preferences() {
        for (lines, expected) in [
            (&[][..], false),
            (&["gzip"][..], true),
            (&["br", "gzip;q=0.5"], true),
            (&["gzip;q=0"], false),
            (&["x-gzipped"], false),
            (&["*"], true),
            (&["gzip;q=0.5, identity"], false),
            (&["gzip;q=0.5, identity;q=0.5"], true),
            (&["gzip;q=0.1, identity;q=0"], true),
        ] {
            let header: Header = lines.iter().map(|line| ("Accept-Encoding", line)).collect();
            assert_eq!(takes_gzip(&header), expected, "{lines:?}");
        }
    }
}
