//! What a request head says about its message: one function from the fields to body, persistence and expectation.
//!
//! This is where request smuggling is decided, so it is one function with one table of cases, and every rule is in it.
//! Checks run in Go's order, so that a request with several faults gets the answer that Go gives; what only this server
//! refuses is looked at last.
//!
//! RFC 9112 sections 3.2, 6 and 9.3, RFC 9110 sections 7.2 and 10.1.1; Go's `readRequest`, `readTransfer`,
//! `parseTransferEncoding`, `fixLength`, `fixTrailer`, `shouldClose` and `conn.readRequest`.
//!
//! Differences: refused here and served by Go are `Transfer-Encoding` together with `Content-Length` or in HTTP/1.0,
//! a repeated `Content-Length`, a `Host` that is empty or has not the form of a host, and `*` as the target of another
//! method than OPTIONS. `Transfer-Encoding` repeated, empty or with more than one coding is 400, not 501.

use nethttp_grammar::byte_set::ByteSet;
use nethttp_grammar::{host, token};

use crate::body::BodyKind;
use crate::connection::has_word;
use crate::encode;
use crate::error::HeadError;
use crate::head::{Field, RequestHead};
use crate::trailer::is_framing_field;

/// What a server needs to know of a request besides its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageFacts<'b> {
    /// How the body is framed.
    pub body: BodyKind,
    /// Whether `Content-Length` was there (it may be 0, which frames no body).
    pub declared_length: bool,
    /// Go's `Request.Close`: the version and the elements of `Connection` ask for a close.
    pub close: bool,
    /// Go's `wantsClose`: [`close`](Self::close), or the word `close` anywhere in the first `Connection`.
    pub wants_close: bool,
    /// Go's `wantsHttp10KeepAlive`: HTTP/1.0 with the word `keep-alive` in the first `Connection`.
    pub keep_alive_10: bool,
    /// What `Expect` asks for.
    pub expect: Expect,
    /// The value of `Host`; `None` when there is none, which HTTP/1.0 and CONNECT allow.
    pub host: Option<&'b [u8]>,
    /// Whether `Upgrade` is there and `Connection` names it.
    pub has_upgrade: bool,
    /// Whether `Trailer` is there and the body is chunked: see [`RequestHead::announced_trailers`].
    pub has_trailers: bool,
    /// Whether Go adds `Cache-Control: no-cache` to the request, because `Pragma` says so and `Cache-Control` is absent.
    pub adds_no_cache: bool,
    /// An answer to be given instead of calling a handler. The connection is closed after it.
    pub refusal: Option<Refusal>,
}

impl MessageFacts<'_> {
    /// Go's `Request.ContentLength`: -1 for a chunked body, 0 for none.
    #[must_use]
    pub fn content_length(&self) -> i64 {
        match self.body {
            BodyKind::None => 0,
            // Bounded by `examine`.
            BodyKind::Length(length) => i64::try_from(length).unwrap_or(i64::MAX),
            BodyKind::Chunked => -1,
        }
    }

    /// Whether Go takes the field `name` out of the header that a handler sees.
    #[must_use]
    #[inline]
    pub fn hides(&self, name: &str) -> bool {
        match name.len() {
            4 => is(name, "Host"),
            7 => self.has_trailers && is(name, "Trailer"),
            17 => is(name, "Transfer-Encoding"),
            _ => false,
        }
    }
}

/// What `Expect` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Expect {
    /// Nothing, or something that has no meaning for this message.
    #[default]
    None,
    /// `100 Continue` before the body is sent. Only with a body, and not in HTTP/1.0.
    Continue,
    /// Something unknown: the request is refused with [`Refusal::UnknownExpectation`].
    Unknown,
}

/// An answer without a handler that has the form of a handler's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// 417: `Expect` holds something else than `100-continue`.
    UnknownExpectation,
    /// 400: the target is `*`, and the method is not OPTIONS. Go's `ServeMux` gives this answer, and the HTTP/2 preface
    /// gets it too.
    MisplacedAsterisk,
}

impl Refusal {
    /// The status code.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::UnknownExpectation => 417,
            Self::MisplacedAsterisk => 400,
        }
    }

    /// Appends the whole answer to the request `head`, sent at `date`, to `out`. The connection is closed after it.
    ///
    /// ```
    /// use nethttp_h1::{FieldScratch, Limits, examine, parse_head};
    ///
    /// let mut scratch = FieldScratch::new();
    /// let text = b"PUT /a HTTP/1.1\r\nHost: b\r\nExpect: magic\r\n\r\n";
    /// let head = parse_head(text, &Limits::default(), &mut scratch)?;
    /// let mut out = Vec::new();
    /// examine(&head)?.refusal.unwrap().write_to(&mut out, &head, b"Thu, 01 Jan 1970 00:00:00 GMT");
    /// assert_eq!(
    ///     out,
    ///     b"HTTP/1.1 417 Expectation Failed\r\nConnection: close\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
    ///       Content-Length: 0\r\n\r\n",
    /// );
    /// # Ok::<(), nethttp_h1::HeadError>(())
    /// ```
    pub fn write_to(self, out: &mut Vec<u8>, head: &RequestHead<'_>, date: &[u8; 29]) {
        let is_11 = head.is_at_least(1, 1);
        encode::status_line(out, is_11, self.status());
        // The mux says it from HTTP/1.1 on, the server always.
        if is_11 || self == Self::UnknownExpectation {
            out.extend_from_slice(b"Connection: close\r\n");
        }
        encode::field_line(out, b"Date", date);
        if head.method != b"HEAD" {
            out.extend_from_slice(b"Content-Length: 0\r\n");
        }
        out.extend_from_slice(b"\r\n");
    }
}

impl<'b> RequestHead<'b> {
    /// The names that `Trailer` announces, as they are spelled.
    pub fn announced_trailers(&self) -> impl Iterator<Item = &'b [u8]> + use<'b> {
        self.fields().filter(|field| is(field.name, "Trailer")).flat_map(|field| token::elements(field.value))
    }
}

/// Decides what the message is that begins with `head`.
///
/// The target must have been parsed before: Go refuses a bad one before it looks at any field.
///
/// # Errors
///
/// Every way in which framing, host or version can be wrong or ambiguous, and [`HeadError::InvalidFieldName`]. Nothing
/// behind such a head may be interpreted.
///
/// ```
/// use nethttp_h1::{BodyKind, FieldScratch, HeadError, Limits, examine, parse_head};
///
/// let mut scratch = FieldScratch::new();
/// let text = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
/// let head = parse_head(text, &Limits::default(), &mut scratch)?;
/// assert_eq!(examine(&head)?.body, BodyKind::Length(5));
///
/// let mut scratch = FieldScratch::new();
/// let text = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
/// let head = parse_head(text, &Limits::default(), &mut scratch)?;
/// assert_eq!(examine(&head), Err(HeadError::ConflictingFraming));
/// # Ok::<(), HeadError>(())
/// ```
pub fn examine<'b>(head: &RequestHead<'b>) -> Result<MessageFacts<'b>, HeadError> {
    let found = Found::collect(head);
    let (is_10, is_11) = (head.version == (1, 0), head.is_at_least(1, 1));
    if found.hosts > 1 {
        return Err(HeadError::RepeatedHost);
    }

    let is_chunked = is_11 && found.is_chunked()?;
    let declared = found.content_length()?;
    if is_chunked && found.has_trailer {
        check_announced_trailers(head)?;
    }

    let is_preface = head.version == (2, 0) && head.method == b"PRI" && head.target == "*";
    if head.version.0 != 1 && !is_preface {
        return Err(HeadError::UnsupportedVersion);
    }
    let is_bare_preface = is_preface && head.fields().len() == 0 && !head.has_spaced_name;
    if is_11 && found.host.is_none() && head.method != b"CONNECT" && !is_bare_preface {
        return Err(HeadError::MissingHost);
    }
    let is_ordinary_host = found.host.is_none_or(is_ordinary_host);
    if !is_ordinary_host && found.host.is_some_and(|value| !host::is_valid_host_header(value)) {
        return Err(HeadError::MalformedHost);
    }
    if head.has_spaced_name {
        return Err(HeadError::InvalidFieldName);
    }
    if !is_ordinary_host {
        check_host_strictly(found.host.unwrap_or_default())?;
    }
    found.check_strictly(is_11)?;

    let body = match declared {
        _ if is_chunked => BodyKind::Chunked,
        Some(length) if length > 0 => BodyKind::Length(length),
        _ => BodyKind::None,
    };
    let expect = match found.expect {
        Some(value) if has_word(value, "100-continue") => {
            if is_11 && body != BodyKind::None {
                Expect::Continue
            } else {
                Expect::None
            }
        }
        Some(value) if !value.is_empty() => Expect::Unknown,
        _ => Expect::None,
    };
    let refusal = if expect == Expect::Unknown {
        Some(Refusal::UnknownExpectation)
    } else if head.target == "*" && head.method != b"OPTIONS" {
        Some(Refusal::MisplacedAsterisk)
    } else {
        None
    };
    let close = is_bare_preface || found.names_close || is_10 && !found.names_keep_alive;
    Ok(MessageFacts {
        body,
        declared_length: declared.is_some(),
        close,
        wants_close: close || found.has_word_close,
        keep_alive_10: is_10 && found.has_word_keep_alive,
        expect,
        host: found.host,
        has_upgrade: found.names_upgrade && found.has_upgrade,
        has_trailers: is_chunked && found.has_trailer,
        adds_no_cache: found.has_no_cache_pragma && !found.has_cache_control,
        refusal,
    })
}

/// The fields of a head that mean something here, from one pass over all.
#[derive(Default)]
struct Found<'b> {
    hosts: usize,
    host: Option<&'b [u8]>,
    codings: usize,
    coding: &'b [u8],
    lengths: usize,
    length: &'b [u8],
    has_unequal_lengths: bool,
    connections: usize,
    /// As elements of any `Connection`.
    names_close: bool,
    names_keep_alive: bool,
    names_upgrade: bool,
    /// As words of the first.
    has_word_close: bool,
    has_word_keep_alive: bool,
    expect: Option<&'b [u8]>,
    has_upgrade: bool,
    has_trailer: bool,
    pragmas: usize,
    has_no_cache_pragma: bool,
    has_cache_control: bool,
}

impl<'b> Found<'b> {
    fn collect(head: &RequestHead<'b>) -> Self {
        let mut found = Self::default();
        for Field { name, value } in head.fields() {
            // Length and first letter, whose case is bit 0x20, tell most names apart without a comparison.
            match (name.len(), name.as_bytes().first().map(|byte| byte | 0x20)) {
                (4, Some(b'h')) if is(name, "Host") => {
                    found.hosts += 1;
                    found.host.get_or_insert(value);
                }
                (6, Some(b'e')) if is(name, "Expect") => {
                    found.expect.get_or_insert(value);
                }
                (6, Some(b'p')) if is(name, "Pragma") => {
                    found.has_no_cache_pragma |= found.pragmas == 0 && value == b"no-cache";
                    found.pragmas += 1;
                }
                (7, Some(b't')) if is(name, "Trailer") => found.has_trailer = true,
                (7, Some(b'u')) if is(name, "Upgrade") => found.has_upgrade |= !value.is_empty(),
                (10, Some(b'c')) if is(name, "Connection") => found.note_connection(value),
                (13, Some(b'c')) if is(name, "Cache-Control") => found.has_cache_control = true,
                (14, Some(b'c')) if is(name, "Content-Length") => {
                    found.has_unequal_lengths |= found.lengths > 0 && found.length != value;
                    found.lengths += 1;
                    found.length = value;
                }
                (17, Some(b't')) if is(name, "Transfer-Encoding") => {
                    found.codings += 1;
                    found.coding = value;
                }
                _ => {}
            }
        }
        found
    }

    fn note_connection(&mut self, value: &[u8]) {
        let is_first = self.connections == 0;
        self.connections += 1;
        // Most say one thing.
        if is(value, "keep-alive") {
            self.names_keep_alive = true;
            self.has_word_keep_alive |= is_first;
            return;
        }
        if is(value, "close") {
            self.names_close = true;
            self.has_word_close |= is_first;
            return;
        }
        self.names_close |= token::contains_token(value, "close");
        self.names_keep_alive |= token::contains_token(value, "keep-alive");
        self.names_upgrade |= token::contains_token(value, "upgrade");
        if is_first {
            self.has_word_close = has_word(value, "close");
            self.has_word_keep_alive = has_word(value, "keep-alive");
        }
    }

    /// Whether the body is chunked, in a version that has transfer codings.
    fn is_chunked(&self) -> Result<bool, HeadError> {
        match self.codings {
            0 => Ok(false),
            1 if is(self.coding, "chunked") => Ok(true),
            1 if !self.coding.is_empty() && !self.coding.contains(&b',') => Err(HeadError::UnsupportedTransferEncoding),
            _ => Err(HeadError::AmbiguousTransferEncoding),
        }
    }

    fn content_length(&self) -> Result<Option<u64>, HeadError> {
        if self.lengths == 0 {
            return Ok(None);
        }
        if self.has_unequal_lengths {
            return Err(HeadError::InvalidContentLength);
        }
        parse_length(self.length).map(Some).ok_or(HeadError::InvalidContentLength)
    }

    /// What Go accepts.
    fn check_strictly(&self, is_11: bool) -> Result<(), HeadError> {
        if self.codings > 0 && !is_11 {
            return Err(HeadError::OutdatedTransferEncoding);
        }
        if self.codings > 0 && self.lengths > 0 {
            return Err(HeadError::ConflictingFraming);
        }
        if self.lengths > 1 {
            return Err(HeadError::RepeatedContentLength);
        }
        Ok(())
    }
}

/// Whether `host` is a plain name and perhaps a port, and so passes every check without a closer look.
fn is_ordinary_host(host: &[u8]) -> bool {
    match host.split_at(PLAIN_IN_HOST.span(host)) {
        ([], _) => false,
        (_, []) => true,
        (_, [colon, port @ ..]) => *colon == b':' && port.iter().all(u8::is_ascii_digit),
    }
}

/// Letters, digits, dot and hyphen.
const PLAIN_IN_HOST: ByteSet = ByteSet::alphanumeric_and(b".-");

/// What Go accepts, having the bytes of a host.
fn check_host_strictly(host: &[u8]) -> Result<(), HeadError> {
    if host.is_empty() {
        Err(HeadError::EmptyHost)
    } else if host::is_well_formed_host(host) {
        Ok(())
    } else {
        Err(HeadError::IllFormedHost)
    }
}

/// A `Content-Length`: digits only, below 2^63. Go's `strconv.ParseUint(s, 10, 63)`.
fn parse_length(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let mut length = 0u64;
    for byte in text {
        if !byte.is_ascii_digit() {
            return None;
        }
        length = length.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
    }
    (length <= i64::MAX as u64).then_some(length)
}

/// Bounds the names of `Trailer`, and refuses those that would frame the message.
fn check_announced_trailers(head: &RequestHead<'_>) -> Result<(), HeadError> {
    // Empty elements count, too.
    let values = head.fields().filter(|field| is(field.name, "Trailer"));
    let commas: usize = values.map(|field| field.value.iter().filter(|&&byte| byte == b',').count() + 1).sum();
    if commas > head.max_field_lines {
        return Err(HeadError::TooManyFields);
    }
    if head.announced_trailers().any(is_framing_field) {
        return Err(HeadError::ForbiddenTrailer);
    }
    Ok(())
}

/// Whether `text` is `usual`, without regard to ASCII case. Quick when it is spelled that way.
#[inline]
fn is(text: impl AsRef<[u8]>, usual: &str) -> bool {
    let text = text.as_ref();
    text == usual.as_bytes() || text.eq_ignore_ascii_case(usual.as_bytes())
}

#[cfg(test)]
mod tests;
