//! `error`, `not_found`, `redirect`: the answers that `net/http` has ready as functions.
//!
//! Bytes are Go's: the header fields that an error answer removes, the path rules and the little page of a redirect.

use http::{Method, StatusCode};
use nethttp_grammar::{html, path};

use crate::url;
use crate::{Request, ResponseWriter, Text, fprintln, status_text};

/// Answers with an error text and a status. Go's `http.Error`.
///
/// Removes a `Content-Length` that was meant for other content, sets a plain-text type and
/// `X-Content-Type-Options: nosniff`, and leaves all other fields. The handler still has to return.
///
/// ```
/// use nethttp_core::{Request, ResponseWriter, STATUS_BAD_REQUEST, error};
///
/// fn number(w: &mut dyn ResponseWriter, r: &mut Request) {
///     if r.path_value("n").parse::<u32>().is_err() {
///         error(w, "bad n", STATUS_BAD_REQUEST);
///     }
/// }
/// ```
pub fn error<W: ResponseWriter + ?Sized>(w: &mut W, text: impl AsRef<[u8]>, status: StatusCode) {
    let header = w.header();
    header.del("Content-Length");
    header.set("Content-Type", "text/plain; charset=utf-8");
    header.set("X-Content-Type-Options", "nosniff");
    w.write_header(status);
    let mut line = text.as_ref().to_vec();
    line.push(b'\n');
    // A client that has gone is no fault of the handler.
    let _ = w.write(&line);
}

/// Answers 404 with Go's text. Go's `http.NotFound`.
pub fn not_found(w: &mut dyn ResponseWriter, _r: &mut Request) {
    error(w, "404 page not found", StatusCode::NOT_FOUND);
}

/// Answers with a redirect to `url`, which may be relative to the request's path. Go's `http.Redirect`.
///
/// The `Location` is escaped where it holds bytes that a header may not; GET and HEAD get a short HTML page unless a
/// `Content-Type` is set.
///
/// ```
/// use nethttp_core::{Request, ResponseWriter, STATUS_SEE_OTHER, redirect};
///
/// fn old(w: &mut dyn ResponseWriter, r: &mut Request) {
///     redirect(w, r, "../new", STATUS_SEE_OTHER);
/// }
/// ```
pub fn redirect(w: &mut dyn ResponseWriter, r: &Request, url: impl AsRef<[u8]>, status: StatusCode) {
    let target = absolute(r, url.as_ref());
    let had_type = w.header().contains_raw("Content-Type");
    w.header().set("Location", escape_non_ascii(&target));
    let page = r.method == Method::GET || r.method == Method::HEAD;
    if !had_type && page {
        w.header().set("Content-Type", "text/html; charset=utf-8");
    }
    w.write_header(status);
    if !had_type && r.method == Method::GET {
        let target = Text::from(html::escape_bytes(&target));
        fprintln!(w, "<a href=\"{target}\">{}</a>.\n", status_text(status));
    }
}

/// Makes a path that is not absolute one, below the request's own directory, and cleans it.
fn absolute(r: &Request, target: &[u8]) -> Vec<u8> {
    match url::parse(target) {
        Ok(parsed) if parsed.scheme.is_empty() && parsed.host.is_empty() => {}
        _ => return target.to_vec(),
    }
    let own = r.url.escaped_path();
    let own: &[u8] = if own.is_empty() { b"/" } else { own.as_bytes() };
    let mut whole = Vec::new();
    if target.first() != Some(&b'/') {
        let directory = own.iter().rposition(|&b| b == b'/').map_or(0, |slash| slash + 1);
        whole.extend_from_slice(&own[..directory]);
    }
    whole.extend_from_slice(target);
    let query = whole.iter().position(|&b| b == b'?').unwrap_or(whole.len());
    let (path, query) = whole.split_at(query);
    let mut cleaned = path::clean_posix(path).into_owned();
    if path.last() == Some(&b'/') && cleaned.last() != Some(&b'/') {
        cleaned.push(b'/');
    }
    cleaned.extend_from_slice(query);
    cleaned
}

fn escape_non_ascii(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len());
    for &byte in text {
        if byte.is_ascii() {
            escaped.push(byte);
        } else {
            escaped.push(b'%');
            escaped.extend([byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    escaped
}
