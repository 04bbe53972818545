//! Conditional requests: whether to answer at all, with 304 or with 412, and whether a range still fits.
//!
//! RFC 9110 section 13.2.2; the order and the leniencies of Go's `checkPreconditions` in `net/http`'s `fs.go`.

use std::time::{SystemTime, UNIX_EPOCH};

use nethttp_core::{Header, Method, Request, ResponseWriter, STATUS_NOT_MODIFIED, STATUS_PRECONDITION_FAILED};
use nethttp_grammar::date;
use nethttp_grammar::etag::{Element, list, scan, strong_match, weak_match};

/// What the conditions of a request come to.
pub(crate) enum Outcome<'r> {
    /// The answer has been given.
    Answered,
    /// The content is to be sent, as far as this Range field says; empty for all of it.
    Serve { range: &'r [u8] },
}

/// Looks at all conditions, and answers if that decides it. The validators are the `Etag` of the response's header and
/// the modification time.
pub(crate) fn check<'r>(w: &mut dyn ResponseWriter, r: &'r Request, modified: Option<SystemTime>) -> Outcome<'r> {
    let current = if_match(w, r).or_else(|| is_unmodified_since(r, modified));
    if current == Some(false) {
        w.write_header(STATUS_PRECONDITION_FAILED);
        return Outcome::Answered;
    }
    // pitfall H8: the date is looked at only when there is no If-None-Match.
    match is_none_match(w, r) {
        Some(false) if is_get_or_head(r) => {
            write_not_modified(w);
            return Outcome::Answered;
        }
        Some(false) => {
            w.write_header(STATUS_PRECONDITION_FAILED);
            return Outcome::Answered;
        }
        None if is_modified_since(r, modified) == Some(false) => {
            write_not_modified(w);
            return Outcome::Answered;
        }
        _ => {}
    }
    let range = field(&r.header, "Range");
    if !range.is_empty() && if_range(w, r, modified) == Some(false) {
        return Outcome::Serve { range: b"" };
    }
    Outcome::Serve { range }
}

/// Answers 304, without what describes content that is not sent.
pub(crate) fn write_not_modified(w: &mut dyn ResponseWriter) {
    let header = w.header();
    header.del_raw("Content-Type");
    header.del_raw("Content-Length");
    header.del_raw("Content-Encoding");
    if !field(header, "Etag").is_empty() {
        header.del_raw("Last-Modified");
    }
    w.write_header(STATUS_NOT_MODIFIED);
}

/// Sets `Last-Modified`, if the time is known.
pub(crate) fn set_last_modified(header: &mut Header, modified: Option<SystemTime>) {
    if let Some(seconds) = known(modified) {
        header.set("Last-Modified", date::format(seconds));
    }
}

/// The first value of a field given in canonical spelling.
pub(crate) fn field<'h>(header: &'h Header, name: &str) -> &'h [u8] {
    header.values_raw(name).next().map(|value| value.as_bytes()).unwrap_or_default()
}

fn if_match(w: &mut dyn ResponseWriter, r: &Request) -> Option<bool> {
    let tags = field(&r.header, "If-Match");
    (!tags.is_empty()).then(|| {
        let own = field(w.header(), "Etag");
        list(tags).any(|element| match element {
            Element::Any => true,
            Element::Tag(tag) => strong_match(tag, own),
        })
    })
}

fn is_none_match(w: &mut dyn ResponseWriter, r: &Request) -> Option<bool> {
    let tags = field(&r.header, "If-None-Match");
    (!tags.is_empty()).then(|| {
        let own = field(w.header(), "Etag");
        !list(tags).any(|element| match element {
            Element::Any => true,
            Element::Tag(tag) => weak_match(tag, own),
        })
    })
}

fn is_unmodified_since(r: &Request, modified: Option<SystemTime>) -> Option<bool> {
    let since = field(&r.header, "If-Unmodified-Since");
    if since.is_empty() {
        return None;
    }
    Some(known(modified)? <= date::parse(since)?)
}

/// `None` when the request does not ask, or asks what cannot be told.
pub(crate) fn is_modified_since(r: &Request, modified: Option<SystemTime>) -> Option<bool> {
    let since = field(&r.header, "If-Modified-Since");
    if since.is_empty() || !is_get_or_head(r) {
        return None;
    }
    Some(known(modified)? > date::parse(since)?)
}

fn if_range(w: &mut dyn ResponseWriter, r: &Request, modified: Option<SystemTime>) -> Option<bool> {
    let condition = field(&r.header, "If-Range");
    if condition.is_empty() || !is_get_or_head(r) {
        return None;
    }
    if let Some((tag, _)) = scan(condition) {
        return Some(strong_match(tag, field(w.header(), "Etag")));
    }
    // The epoch counts as a known time here, as it does in Go.
    Some(modified.is_some_and(|modified| date::parse(condition) == Some(seconds_of(modified))))
}

fn is_get_or_head(r: &Request) -> bool {
    r.method == Method::GET || r.method == Method::HEAD
}

/// The modification time in whole seconds; `None` when it is unknown or the epoch, which stands for unknown.
fn known(modified: Option<SystemTime>) -> Option<i64> {
    modified.filter(|&modified| modified != UNIX_EPOCH).map(seconds_of)
}

/// Seconds since the epoch, rounded down.
pub(crate) fn seconds_of(time: SystemTime) -> i64 {
    let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => seconds(after),
        Err(before) => {
            let before = before.duration();
            -seconds(before) - i64::from(before.subsec_nanos() > 0)
        }
    }
}
