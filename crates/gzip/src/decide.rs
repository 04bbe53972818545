//! Whether a response is compressed: one function of what is known of it.
//!
//! Changes nothing; the response writer carries the decision out.

use nethttp_core::{Header, StatusCode};
use nethttp_grammar::sniff::detect_content_type;
use nethttp_grammar::token::contains_token;

use crate::GzipOptions;
use crate::negotiate::Wish;

/// What becomes of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// More has to be known.
    Wait,
    /// Its bytes stay as they are.
    Pass {
        /// Another request would have got other bytes, or other headers.
        varies: bool,
    },
    /// Its bytes are compressed.
    Pack {
        /// The type to be set, where none was.
        sniffed: Option<&'static str>,
    },
}

/// What is known of a response whose status has been fixed.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    pub(crate) status: StatusCode,
    pub(crate) header: &'a Header,
    /// What the client takes.
    pub(crate) wish: Wish,
    /// The request asked for a range.
    pub(crate) has_range: bool,
    pub(crate) is_head: bool,
    /// The body so far.
    pub(crate) body: &'a [u8],
    pub(crate) moment: Moment,
}

/// When the question comes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// More of the body may come, and nobody waits for what there is.
    During,
    /// What there is has to go out now.
    Flush,
    /// There is no more.
    End,
}

/// Decides on a response.
pub(crate) fn decide(known: &Known<'_>, options: &GzipOptions) -> Verdict {
    const UNTOUCHED: Verdict = Verdict::Pass { varies: false };
    const PLAIN: Verdict = Verdict::Pass { varies: true };

    let Known { header, body, .. } = *known;
    match known.status {
        // pitfall B5: no body, or one that is not the response's.
        status if status.is_informational() => return UNTOUCHED,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT => return UNTOUCHED,
        // What it says of the response that was not sent has to be said here too.
        StatusCode::NOT_MODIFIED => return PLAIN,
        _ => {}
    }
    // pitfall B15
    let is_encoded = !header.get("Content-Encoding").as_bytes().is_empty();
    if is_encoded || header.values_raw("Cache-Control").any(|value| contains_token(value.as_bytes(), "no-transform")) {
        return UNTOUCHED;
    }
    let is_typed = header.contains_raw("Content-Type");
    let content_type = header.get("Content-Type").as_bytes();
    let has_type = !content_type.is_empty();
    if !has_type && body.is_empty() {
        return if known.moment == Moment::During { Verdict::Wait } else { UNTOUCHED };
    }
    // pitfall B9: the type is that of the bytes before they are compressed.
    let sniffed = if has_type { "" } else { detect_content_type(body) };
    let content_type = if has_type { content_type } else { sniffed.as_bytes() };
    let must_pack = known.wish == Wish::OnlyPacked;
    if !must_pack && !options.takes(content_type) {
        return UNTOUCHED;
    }
    // From here on it is the request that makes the difference. (pitfall B10)
    // pitfall B6: a part of the plain bytes is no part of the compressed ones.
    let is_part = known.status == StatusCode::PARTIAL_CONTENT || header.contains_raw("Content-Range");
    if known.wish == Wish::Plain || known.has_range || is_part {
        return PLAIN;
    }
    let least = if must_pack { 0 } else { options.min_size as u64 };
    let pack = Verdict::Pack { sniffed: (!is_typed).then_some(sniffed) };
    let so_far = body.len() as u64;
    // pitfalls B4, B7
    match declared_length(header) {
        Some(length) if length < least || length == 0 => PLAIN,
        // A response to HEAD that says how long the body would be says as much as the body.
        Some(_) if so_far > 0 || known.moment == Moment::Flush || known.is_head && known.moment == Moment::End => pack,
        None if so_far > 0 && so_far >= least => pack,
        // pitfalls B8, B12: somebody reads along; how long it will be nobody knows.
        None if known.moment == Moment::Flush => pack,
        _ if known.moment == Moment::End && so_far == 0 => UNTOUCHED,
        _ if known.moment == Moment::End => PLAIN,
        _ => Verdict::Wait,
    }
}

/// The length that the handler says the body has.
fn declared_length(header: &Header) -> Option<u64> {
    header.values_raw("Content-Length").next()?.parse().ok()
}

#[cfg(test)]
mod tests;
