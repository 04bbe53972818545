//! How an answer is framed, which fields it gains and loses, and whether its connection goes on: Go's rules as functions
//! without state.
//!
//! The header of an answer is planned once, when its first bytes are to leave. What went before matters only as facts:
//! the header as it was when the handler wrote it, the bytes at hand, whether the handler has returned. A length is
//! computed only when it has returned and nothing has left: from the bytes of that one hand-over, never from what a
//! buffer still holds.
//!
//! One fact is entangled with the plan: unless the connection closes anyway, Go reads the rest of the request before the
//! header leaves, and closes when there is too much of it. So a caller asks [`must_drain_first`], drains, notes how that
//! ended in [`ResponseFacts::request_body`], and then asks [`plan`].
//!
//! RFC 9112 sections 6 and 9; Go's `chunkWriter.writeHeader`, `response.WriteHeader`, `response.shouldReuseConnection`.

use crate::framing::MessageFacts;
use crate::head::RequestHead;
use crate::limits::MAX_DRAIN;
use crate::status::is_body_allowed;

mod fields;

pub use fields::{Coding, FieldFacts, Presence};

/// What of the request matters to the answer. Taken from the head: a handler may change its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RequestFacts {
    /// The method is HEAD.
    pub is_head: bool,
    /// The method is CONNECT.
    pub is_connect: bool,
    /// The version is 1.1 or later.
    pub is_11: bool,
    /// [`MessageFacts::keep_alive_10`].
    pub keep_alive_10: bool,
    /// [`MessageFacts::wants_close`].
    pub wants_close: bool,
}

impl RequestFacts {
    /// The facts of one request.
    #[must_use]
    pub fn new(head: &RequestHead<'_>, message: &MessageFacts<'_>) -> Self {
        Self {
            is_head: head.method == b"HEAD",
            is_connect: head.method == b"CONNECT",
            is_11: head.is_at_least(1, 1),
            keep_alive_10: message.keep_alive_10,
            wants_close: message.wants_close,
        }
    }
}

/// How far the request body has been read when the header of the answer is about to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RequestBody {
    /// There is none.
    #[default]
    Absent,
    /// Its end has been read, by the handler or by draining it.
    Ended,
    /// It will not be read to its end: the handler closed it before, it is broken, the peer stopped sending, or
    /// draining it gave up after [`MAX_DRAIN`] bytes.
    Abandoned,
    /// It is not at its end. How much payload is left, if the framing tells.
    Open(Option<u64>),
}

/// All that a plan depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ResponseFacts {
    /// The request.
    pub request: RequestFacts,
    /// The handler's header.
    pub fields: FieldFacts,
    /// The status, 101 or from 200 to 999.
    pub status: u16,
    /// Whether the handler has returned.
    pub is_handler_done: bool,
    /// The bytes of payload that are handed over together with the header.
    pub first_bytes: usize,
    /// The `Content-Length` that the handler set, if [`declared_length`] could read it when the header was written.
    pub declared_length: Option<u64>,
    /// Whether the server keeps connections at all: not while it shuts down.
    pub is_keep_alive_enabled: bool,
    /// Whether something decided earlier that the connection closes: a request body beyond its limit, an answer that
    /// came before the 100 that the client waits for, an HTTP/2 preface.
    pub is_closing: bool,
    /// Whether the client waits, or waited, for 100 and the body has not been read to its end.
    pub is_expecting: bool,
    /// Whether the handler reads and writes at once: then nothing is drained before the header.
    pub is_full_duplex: bool,
    /// The request body.
    pub request_body: RequestBody,
}

/// How the payload of an answer is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OutFraming {
    /// Nothing is sent: HEAD, or a status without body. What a handler writes to HEAD is thrown away.
    #[default]
    NoBody,
    /// That many bytes. Fewer close the connection; more are refused when they are written.
    Length(u64),
    /// Chunks, then trailers.
    Chunked,
    /// As it is, until the connection closes.
    UntilClose,
}

/// What becomes of an answer's header, and of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[must_use]
pub struct Plan {
    /// The framing.
    pub body: OutFraming,
    /// Whether the connection closes after the answer.
    pub close_after: bool,
    /// Whether the rest of the request is too much to read: the close is then a lingering one.
    pub is_request_too_large: bool,
    /// The handler's fields that are not sent.
    pub dropped: Dropped,
    /// The fields that are sent behind those of the handler.
    pub added: Additions,
    /// The length that the payload must have for the connection to be kept: declared by the handler or computed here.
    pub expected_length: Option<u64>,
}

/// Fields of the handler that are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Dropped {
    /// `Connection`.
    pub connection: bool,
    /// `Content-Length`.
    pub content_length: bool,
    /// `Content-Type`.
    pub content_type: bool,
    /// `Transfer-Encoding`.
    pub transfer_encoding: bool,
}

impl Dropped {
    /// Whether the field is left out. Names count in their canonical spelling only.
    #[must_use]
    #[inline]
    pub fn contains(self, name: &[u8]) -> bool {
        match name.len() {
            10 => self.connection && name == b"Connection",
            12 => self.content_type && name == b"Content-Type",
            14 => self.content_length && name == b"Content-Length",
            17 => self.transfer_encoding && name == b"Transfer-Encoding",
            _ => false,
        }
    }
}

/// Fields that an answer gains; [`encode::additions`](crate::encode::additions) writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Additions {
    /// `Date`.
    pub date: bool,
    /// `Content-Length`.
    pub content_length: Option<u64>,
    /// `Content-Type`, found by looking at the first bytes of payload.
    pub content_type: bool,
    /// `Connection`.
    pub connection: Option<Connection>,
    /// `Transfer-Encoding: chunked`.
    pub chunked: bool,
}

/// The `Connection` that an answer gains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// `close`.
    Close,
    /// `keep-alive`, to HTTP/1.0.
    KeepAlive,
}

/// The length that a handler's `Content-Length` declares; `None` when it is not a number, and then Go ignores it.
///
/// Go's `strconv.ParseInt(s, 10, 64)` and not below zero: a sign is taken, white space is not.
///
/// ```
/// use nethttp_h1::plan::declared_length;
///
/// assert_eq!(declared_length(b"05"), Some(5));
/// assert_eq!(declared_length(b"-5"), None);
/// ```
#[must_use]
pub fn declared_length(value: &[u8]) -> Option<u64> {
    let length: i64 = std::str::from_utf8(value).ok()?.parse().ok()?;
    u64::try_from(length).ok()
}

/// Whether the rest of the request body must be read before [`plan`] can answer.
///
/// Then up to [`MAX_DRAIN`] bytes of payload are to be read, trailers too, and [`ResponseFacts::request_body`] becomes
/// [`RequestBody::Ended`] or [`RequestBody::Abandoned`].
#[must_use]
pub fn must_drain_first(facts: &ResponseFacts) -> bool {
    let is_small = match facts.request_body {
        RequestBody::Absent | RequestBody::Ended | RequestBody::Abandoned => false,
        RequestBody::Open(left) => left.is_none_or(|left| left < MAX_DRAIN),
    };
    is_small && !facts.is_full_duplex && !persistence(facts, computed_length(facts)).0
}

/// Whether the rest of the request body is read after the answer has been sent, be it only to close the connection then.
///
/// Go reads on (up to [`MAX_DRAIN`] bytes of payload) unless the client asked for the close and the length is known, so a
/// client that sends its body late finds the connection open. More than that is not read, and the close is a lingering
/// one, as after [`Plan::is_request_too_large`]. `close` is [`MessageFacts::close`].
#[must_use]
pub const fn must_drain_last(request_body: RequestBody, close: bool) -> bool {
    match request_body {
        RequestBody::Open(Some(left)) => !close && left <= MAX_DRAIN,
        RequestBody::Open(None) => true,
        RequestBody::Absent | RequestBody::Ended | RequestBody::Abandoned => false,
    }
}

/// Plans the header of an answer.
///
/// ```
/// use nethttp_h1::plan::{OutFraming, RequestFacts, ResponseFacts, plan};
///
/// let facts = ResponseFacts {
///     request: RequestFacts { is_11: true, ..RequestFacts::default() },
///     status: 200,
///     is_handler_done: true,
///     first_bytes: 12,
///     is_keep_alive_enabled: true,
///     ..ResponseFacts::default()
/// };
/// assert_eq!(plan(&facts).body, OutFraming::Length(12));
/// // The handler may write more: nobody knows the length.
/// assert_eq!(plan(&ResponseFacts { is_handler_done: false, ..facts }).body, OutFraming::Chunked);
/// ```
#[inline]
pub fn plan(facts: &ResponseFacts) -> Plan {
    let ResponseFacts { request, fields, status, .. } = facts;
    let (status, computed) = (*status, computed_length(facts));
    let mut plan = Plan { expected_length: computed.or(facts.declared_length), ..Plan::default() };
    (plan.close_after, plan.added.connection) = persistence(facts, computed);
    plan.added.content_length = computed;
    judge_request_body(facts, &mut plan);

    let coding = fields.transfer_encoding;
    let is_body_allowed = is_body_allowed(status);
    if is_body_allowed {
        plan.added.content_type = fields.content_encoding != Presence::Given
            && !fields.has_content_type
            && !coding.is_given()
            && facts.first_bytes > 0;
    } else {
        plan.dropped.content_length = true;
        plan.dropped.transfer_encoding = true;
        plan.dropped.content_type = status == 304;
    }
    plan.added.date = !fields.has_date;

    // A coding of the handler's own and a length exclude one another.
    let mut length = plan.expected_length;
    if coding.is_given() && coding != Coding::Identity && length.is_some() {
        plan.dropped.content_length = true;
        length = None;
    }
    let is_tunnel = request.is_connect && (200..300).contains(&status);
    if is_tunnel {
        plan.dropped.transfer_encoding = true;
        plan.dropped.content_length = true;
        plan.added.content_length = None;
        plan.body = OutFraming::UntilClose;
    } else if request.is_head || !is_body_allowed {
        plan.dropped.transfer_encoding = true;
        plan.body = OutFraming::NoBody;
    } else if let Some(length) = length {
        plan.dropped.transfer_encoding = true;
        plan.body = OutFraming::Length(length);
    } else if request.is_11 && coding != Coding::Identity {
        plan.added.chunked = true;
        plan.dropped.content_length = true;
        plan.dropped.transfer_encoding |= coding == Coding::Chunked;
        plan.body = OutFraming::Chunked;
    } else {
        plan.close_after = true;
        plan.dropped.transfer_encoding = true;
        plan.body = OutFraming::UntilClose;
    }

    let has_close = fields.has_close && !plan.dropped.connection;
    let is_upgrade = fields.upgrade == Presence::Given && fields.names_upgrade;
    let is_switch = status == 101 && is_upgrade && !plan.dropped.connection;
    if plan.close_after && (!facts.is_keep_alive_enabled || !has_close) && !is_switch {
        plan.dropped.connection = true;
        plan.added.connection = (request.is_11 && !is_tunnel).then_some(Connection::Close);
    }
    plan
}

/// The length of the answer when it is complete with this hand-over.
///
/// Not for HEAD without payload: whether the handler wrote nothing because it saw HEAD, nobody knows.
const fn computed_length(facts: &ResponseFacts) -> Option<u64> {
    let is_known = facts.is_handler_done
        && !facts.fields.has_trailers
        && !facts.fields.transfer_encoding.is_given()
        && is_body_allowed(facts.status)
        && matches!(facts.fields.content_length, Presence::Absent)
        && (!facts.request.is_head || facts.first_bytes > 0);
    if is_known { Some(facts.first_bytes as u64) } else { None }
}

/// Whether the connection closes, as far as request and header decide, and the `Connection` that HTTP/1.0 is owed.
#[inline]
fn persistence(facts: &ResponseFacts, computed: Option<u64>) -> (bool, Option<Connection>) {
    let ResponseFacts { request, fields, .. } = facts;
    let has_own_length = fields.content_length == Presence::Given;
    let mut is_closing = facts.is_closing;
    let mut added = None;
    if request.keep_alive_10 && facts.is_keep_alive_enabled && has_own_length && fields.is_keep_alive {
        is_closing = false;
    }
    let has_length = computed.or(facts.declared_length).is_some();
    if request.keep_alive_10 && (request.is_head || has_length || !is_body_allowed(facts.status)) {
        if fields.connection == Presence::Absent {
            added = Some(Connection::KeepAlive);
        }
    } else if !request.is_11 || request.wants_close {
        is_closing = true;
    }
    is_closing |= fields.is_close || !facts.is_keep_alive_enabled;
    // The body, if it comes at all, is not waited for.
    is_closing |= facts.is_expecting;
    is_closing |= request.is_connect;
    (is_closing, added)
}

/// What an unread request body does to a connection that would be kept.
#[inline]
fn judge_request_body(facts: &ResponseFacts, plan: &mut Plan) {
    if plan.close_after || facts.is_full_duplex {
        return;
    }
    match facts.request_body {
        RequestBody::Absent | RequestBody::Ended => {}
        RequestBody::Abandoned => plan.close_after = true,
        RequestBody::Open(left) => {
            debug_assert!(left.is_some_and(|left| left >= MAX_DRAIN), "not drained: {left:?}");
            plan.close_after = true;
            plan.is_request_too_large = true;
            plan.dropped.connection = true;
            plan.added.connection = Some(Connection::Close);
        }
    }
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finish {
    /// [`Plan::close_after`], or anything later that asks for a close.
    pub is_closing: bool,
    /// The method is HEAD.
    pub is_head: bool,
    /// The status.
    pub status: u16,
    /// [`Plan::expected_length`].
    pub expected_length: Option<u64>,
    /// The bytes that the handler wrote, those that were refused included.
    pub written: u64,
    /// Whether a write to the connection failed.
    pub has_write_failed: bool,
    /// Whether the request body will not be read to its end.
    pub is_body_abandoned: bool,
}

/// Whether the connection may carry another request. Go's `response.shouldReuseConnection`.
#[must_use]
pub fn may_reuse(finish: &Finish) -> bool {
    let is_length_wrong = !finish.is_head
        && is_body_allowed(finish.status)
        && finish.expected_length.is_some_and(|length| length != finish.written);
    !finish.is_closing && !is_length_wrong && !finish.has_write_failed && !finish.is_body_abandoned
}

#[cfg(test)]
mod tests;
