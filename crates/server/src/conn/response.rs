//! `Response`: the server's own `ResponseWriter`.
//!
//! Three layers, as in Go, for each shows on the wire: up to 2,048 bytes are held back (so that a short answer gets its
//! length); what leaves them makes one chunk, preceded by the header if that is still to be written; chunks gather in the
//! output, which goes to the socket in large writes.
//!
//! Go: `response`, `chunkWriter`. What the header looks like is decided by `nethttp_h1::plan`.
//!
//! Differences: Go writes to the socket whenever 4 KiB have gathered. Here 256 KiB do, unless the handler pauses or has a
//! deadline for writing: then what has gone out is what Go would have written. `flush` sends at once in both.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use mio::Token;
use nethttp_core::{Conn, Error, Header, ReadWriter, ResponseWriter, StatusCode, TooLargeSignal};
use nethttp_h1::plan::{Finish, OutFraming, Plan, RequestBody, RequestFacts};
use nethttp_h1::{encode, plan, status};

use super::hooks::ConnInfo;
use super::output::KEEP_WAITING;
use super::wire::{self, Wire};
use crate::caller;
use crate::core::ServerCore;

mod commit;
mod file;
mod hijack;
mod waits;

/// The response of one request; made anew for each in the same buffers.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) wire: Arc<Mutex<Wire>>,
    pub(crate) core: Arc<ServerCore>,
    pub(crate) request: RequestFacts,
    /// Whether the request has a body: only then is anybody else at the wire, and is there anything to ask it about.
    pub(crate) has_body: bool,
    /// Whether the client may wait for `100 Continue`.
    pub(crate) may_await_continue: bool,
    /// The connection in its loop.
    pub(crate) token: Token,
    header: Header,
    /// The header as it was when `write_header` was called; made only if the handler touches it after that.
    frozen: Option<Header>,
    /// 0 until it is fixed.
    status: u16,
    /// Payload that is held back.
    held: Vec<u8>,
    plan: Option<Plan>,
    /// The length that the handler declared, as it was when the header was written.
    declared: Option<u64>,
    written: u64,
    trailers: Vec<String>,
    is_closing: bool,
    is_full_duplex: bool,
    is_hijacked: bool,
    /// The handler has returned.
    is_done: bool,
    /// All of the answer is on its way.
    is_finished: bool,
    too_large: Arc<AtomicBool>,
    /// An error that a handler function returned.
    failure: Option<io::Error>,
    /// For hooks, where there are any.
    info: Option<Arc<ConnInfo>>,
}

impl Response {
    pub(crate) fn new(core: Arc<ServerCore>) -> Self {
        Self {
            wire: Arc::default(),
            core,
            request: RequestFacts::default(),
            has_body: false,
            may_await_continue: false,
            token: Token(0),
            header: Header::new(),
            frozen: None,
            status: 0,
            held: Vec::new(),
            plan: None,
            declared: None,
            written: 0,
            trailers: Vec::new(),
            is_closing: false,
            is_full_duplex: false,
            is_hijacked: false,
            is_done: false,
            is_finished: false,
            too_large: Arc::default(),
            failure: None,
            info: None,
        }
    }

    /// Says whom hooks are told about.
    pub(crate) fn introduce(&mut self, info: Option<&Arc<ConnInfo>>) {
        self.info = info.cloned();
    }

    /// Makes the response new and keeps its buffers.
    pub(crate) fn reset(&mut self) {
        self.header.clear();
        self.frozen = None;
        self.status = 0;
        self.held.clear();
        self.plan = None;
        self.declared = None;
        self.written = 0;
        self.trailers.clear();
        self.is_closing = false;
        self.is_full_duplex = false;
        self.is_hijacked = false;
        self.is_done = false;
        self.is_finished = false;
        self.failure = None;
        if Arc::strong_count(&self.too_large) > 1 {
            self.too_large = Arc::default();
        } else {
            self.too_large.store(false, Ordering::Relaxed);
        }
    }

    /// Somebody may have kept the body: it stays theirs, closed, and the next request gets a wire of its own. Says whether
    /// the wire is still the same. `has_ended`: it has been [ended](Wire::end), and its buffers are gone; `has_second`: the
    /// exchange has another handle of it.
    pub(crate) fn renew_wire(&mut self, has_ended: bool, has_second: bool) -> bool {
        if !has_ended {
            let mut wire = wire::lock(&self.wire);
            wire.end();
            (wire.input, wire.output) = Default::default();
        }
        let is_shared = Arc::strong_count(&self.wire) > 1 + usize::from(has_second);
        if is_shared {
            self.wire = Arc::default();
        }
        !is_shared
    }

    pub(crate) const fn is_hijacked(&self) -> bool {
        self.is_hijacked
    }

    /// Whether anything of the answer has been put on its way.
    pub(crate) const fn is_committed(&self) -> bool {
        self.plan.is_some()
    }

    /// Takes the error that the handler function returned.
    pub(crate) const fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Replaces an answer that has not begun by an error answer with this status.
    pub(crate) fn replace_by(&mut self, status: StatusCode) {
        self.header.clear();
        self.frozen = None;
        self.status = 0;
        self.held.clear();
        self.declared = None;
        self.written = 0;
        self.is_closing = true;
        nethttp_core::error(self, nethttp_core::status_text(status), status);
    }

    /// The handler has returned: the rest of the answer is put on its way. `false` when the request body has to be
    /// skipped first, for the header depends on how that ends; then this is to be called again.
    pub(crate) fn finish(&mut self) -> bool {
        if self.is_finished {
            return true;
        }
        self.is_done = true;
        if self.status == 0 {
            self.write_header(StatusCode::OK);
        }
        if self.has_body && self.plan.is_none() {
            let mut guard = wire::lock(&self.wire);
            let wire = &mut *guard;
            if wire.body.is_open()
                && plan::must_drain_first(&self.facts(&wire.body, self.held.len()))
                && !wire.body.skip(&mut wire.input)
            {
                return false;
            }
            let is_refused = wire.body.has_strict_fault();
            drop(guard);
            if is_refused {
                self.replace_by(StatusCode::BAD_REQUEST);
            }
        }
        let held = std::mem::take(&mut self.held);
        // A failure is remembered by the wire, and ends the connection there.
        let _ = self.hand_over(&held);
        self.held = held;
        self.held.clear();
        if self.plan.is_some_and(|plan| plan.body == OutFraming::Chunked) {
            self.write_last_chunk();
        }
        self.is_finished = true;
        true
    }

    /// Whether the connection may be used again.
    pub(crate) fn may_reuse(&self, wire: &Wire) -> bool {
        plan::may_reuse(&Finish {
            is_closing: self.plan.is_none_or(|plan| plan.close_after)
                || self.is_closing
                || self.is_too_large()
                || wire.body.is_withheld(),
            is_head: self.request.is_head,
            status: self.status,
            expected_length: self.plan.and_then(|plan| plan.expected_length),
            written: self.written,
            has_write_failed: wire.write_error.is_some(),
            is_body_abandoned: wire.body.progress() == RequestBody::Abandoned,
        })
    }

    /// Whether the client may still be sending what will not be read.
    pub(crate) fn must_linger(&self, wire: &Wire) -> bool {
        self.is_too_large()
            || self.plan.is_some_and(|plan| plan.is_request_too_large)
            || matches!(wire.body.progress(), RequestBody::Open(_) | RequestBody::Abandoned)
    }

    pub(crate) fn is_too_large(&self) -> bool {
        self.too_large.load(Ordering::Acquire)
    }

    /// One hand-over of payload to the wire: a chunk, if the answer is chunked.
    fn hand_over(&mut self, payload: &[u8]) -> io::Result<()> {
        let large = match &self.plan {
            None => self.commit(payload, true)?,
            Some(plan) => put(&mut wire::lock(&self.wire), plan, payload, self.request.is_head)?,
        };
        if large { wire::send_some(&self.wire) } else { Ok(()) }
    }

    /// Go's `bufio.Writer.Write`: a large piece that finds the buffer empty passes it by.
    fn write_through(&mut self, mut bytes: &[u8], passes_by: bool) -> io::Result<()> {
        let room = self.core.config.response_buffer;
        while bytes.len() > room - self.held.len() {
            if self.held.is_empty() && (passes_by || room == 0) {
                return self.hand_over(bytes);
            }
            let (first, rest) = bytes.split_at(room - self.held.len());
            self.held.extend_from_slice(first);
            bytes = rest;
            self.flush_held()?;
        }
        self.held.extend_from_slice(bytes);
        Ok(())
    }

    /// Hands over what is held back.
    fn flush_held(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let held = std::mem::take(&mut self.held);
        let outcome = self.hand_over(&held);
        self.held = held;
        self.held.clear();
        outcome
    }

    /// The common part of all ways to write; says whether there is anything to be written.
    fn begin_write(&mut self, length: usize) -> io::Result<bool> {
        if self.is_hijacked {
            return Err(Error::Hijacked.into());
        }
        self.stop_awaiting_continue(true);
        if self.status == 0 {
            self.write_header(StatusCode::OK);
        }
        if length == 0 {
            return Ok(false);
        }
        if !status::is_body_allowed(self.status) {
            return Err(Error::BodyNotAllowed.into());
        }
        self.written += length as u64;
        if self.declared.is_some_and(|declared| self.written > declared) {
            return Err(Error::ContentLength.into());
        }
        Ok(true)
    }

    /// The client is not asked for the body any more; `for_good`: it is not waited for either.
    fn stop_awaiting_continue(&mut self, for_good: bool) {
        if !self.may_await_continue {
            return;
        }
        let mut wire = wire::lock(&self.wire);
        if wire.body.awaits_continue {
            wire.body.awaits_continue = false;
            if for_good {
                self.is_closing = true;
                wire.body.withhold();
            }
        }
    }

    fn write_informational(&mut self, status: u16) {
        {
            let mut wire = wire::lock(&self.wire);
            let fields = self.header.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            encode::informational(wire.output.bytes(), self.request.is_11, status, fields);
        }
        // A client that has gone shows when the answer is written.
        let _ = wire::send_all(&self.wire);
    }
}

/// Puts payload on its way behind a header that is there; says whether enough has gathered to be sent.
fn put(wire: &mut Wire, plan: &Plan, payload: &[u8], is_head: bool) -> io::Result<bool> {
    if is_head || payload.is_empty() {
        return Ok(false);
    }
    if let Some(kind) = wire.write_error {
        return Err(kind.into());
    }
    let out = wire.output.bytes();
    let before = out.len();
    match plan.body {
        OutFraming::Chunked => encode::chunk(out, payload),
        OutFraming::NoBody => return Ok(false),
        OutFraming::Length(_) | OutFraming::UntilClose => out.extend_from_slice(payload),
    }
    // Go writes the size line, the payload and the line end of a chunk one by one.
    let framing = out.len() - before - payload.len();
    wire.output.gather_pieces(framing.saturating_sub(2));
    wire.output.gather_one(payload.len());
    wire.output.gather_pieces(framing.min(2));
    // What a deadline would cut off goes out when Go writes it.
    Ok(wire.output.buffered() >= WRITE_AT || wire.write_deadline.is_some() && wire.output.is_due())
}

/// Output that has gathered is sent when it reaches this size: as much as may wait, since each call wakes the client. What
/// a handler that takes its time has written is sent by the loop.
const WRITE_AT: usize = KEEP_WAITING;

impl Write for Response {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.begin_write(bytes.len())? {
            self.write_through(bytes, true)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_hijacked {
            return Err(Error::Hijacked.into());
        }
        if self.status == 0 {
            self.write_header(StatusCode::OK);
        }
        self.flush_held()?;
        if self.plan.is_none() {
            self.hand_over(b"")?;
        }
        wire::send_all(&self.wire)
    }
}

impl ResponseWriter for Response {
    fn header(&mut self) -> &mut Header {
        if self.status != 0 && self.plan.is_none() && self.frozen.is_none() {
            self.frozen = Some(self.header.clone());
        }
        &mut self.header
    }

    fn write_header(&mut self, status: StatusCode) {
        if self.is_hijacked || self.status != 0 {
            let what =
                if self.is_hijacked { "write_header on hijacked connection" } else { "superfluous write_header call" };
            self.core.log(&format!("http: {what} from {}", caller::relevant()));
            return;
        }
        let code = status.as_u16();
        if code == 100 || code >= 200 {
            self.stop_awaiting_continue(code >= 200);
        }
        if (100..200).contains(&code) && code != 101 {
            self.write_informational(code);
            return;
        }
        if self.is_too_large() {
            self.header.set("Connection", "close");
        }
        self.status = code;
        let declared = self.header.values_raw("Content-Length").next().filter(|value| !value.is_empty());
        if let Some(value) = declared {
            self.declared = plan::declared_length(value.as_bytes());
            if self.declared.is_none() {
                // Go's copy of the header keeps the field, so that no length is computed in its place.
                self.frozen.get_or_insert_with(|| self.header.clone());
                self.core.log(&format!("http: invalid Content-Length of {value:?}"));
                self.header.del("Content-Length");
            }
        }
    }

    fn write_string(&mut self, text: &[u8]) -> io::Result<usize> {
        if self.begin_write(text.len())? {
            self.write_through(text, false)?;
        }
        Ok(text.len())
    }

    fn read_from(&mut self, source: &mut dyn Read) -> (u64, Option<io::Error>) {
        self.copy_from(source)
    }

    fn send_file(&mut self, file: &File, offset: u64, length: u64) -> io::Result<u64> {
        self.queue_file(file, offset, length)
    }

    fn can_flush(&mut self) -> bool {
        true
    }

    fn can_hijack(&mut self) -> bool {
        true
    }

    fn hijack(&mut self) -> io::Result<(Conn, ReadWriter)> {
        self.take_over()
    }

    fn set_read_deadline(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        wire::lock(&self.wire).read_deadline = deadline;
        Ok(())
    }

    fn set_write_deadline(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        wire::lock(&self.wire).write_deadline = deadline;
        Ok(())
    }

    fn enable_full_duplex(&mut self) -> io::Result<()> {
        self.is_full_duplex = true;
        // A conversation has pauses.
        wire::lock(&self.wire).min_rate = 0;
        Ok(())
    }

    fn fail(&mut self, error: io::Error) {
        self.failure = Some(error);
    }

    fn too_large_signal(&mut self) -> TooLargeSignal {
        TooLargeSignal::new(Arc::clone(&self.too_large))
    }
}
