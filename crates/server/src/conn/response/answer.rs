//! `Answer`: what a handler has said so far of its answer, and the plan by which it goes out.
//!
//! It does not wait and does not send: whatever it puts on its way goes into the [`Wire`], which the caller has locked, once
//! for all that is to be done.
//!
//! Go: `response`, `chunkWriter`. What the header looks like is decided by `nethttp_h1::plan`.

use std::io;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nethttp_core::{Header, TooLargeSignal};
use nethttp_h1::plan::{Finish, OutFraming, Plan, RequestBody, RequestFacts};
use nethttp_h1::{encode, plan};

use crate::conn::wire::Wire;
use crate::core::ServerCore;

/// The answer of one request; made anew for each in the same buffers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) core: Arc<ServerCore>,
    pub(crate) request: RequestFacts,
    pub(super) header: Header,
    /// The header as it was when `write_header` was called; made only if the handler touches it after that.
    pub(super) frozen: Option<Header>,
    /// 0 until it is fixed.
    pub(super) status: u16,
    /// Payload that is held back.
    pub(super) held: Vec<u8>,
    pub(super) plan: Option<Plan>,
    /// The length that the handler declared, as it was when the header was written.
    pub(super) declared: Option<u64>,
    pub(super) written: u64,
    pub(super) trailers: Vec<String>,
    pub(super) is_closing: bool,
    pub(super) is_full_duplex: bool,
    /// The handler has returned.
    pub(super) is_done: bool,
    /// All of the answer is on its way.
    pub(super) is_finished: bool,
    /// Its header has been large: the buffers are not kept for others.
    pub(super) was_large: bool,
    too_large: Arc<AtomicBool>,
}

impl Answer {
    pub(super) fn new(core: Arc<ServerCore>) -> Self {
        Self {
            core,
            request: RequestFacts::default(),
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
            is_done: false,
            is_finished: false,
            was_large: false,
            too_large: Arc::default(),
        }
    }

    /// Makes the answer new and keeps its buffers.
    pub(super) fn reset(&mut self) {
        self.forget();
        self.plan = None;
        self.trailers.clear();
        self.is_closing = false;
        self.is_full_duplex = false;
        self.is_done = false;
        self.is_finished = false;
        if mem::take(&mut self.was_large) {
            self.drop_buffers();
        }
        if Arc::strong_count(&self.too_large) > 1 {
            self.too_large = Arc::default();
        } else {
            self.too_large.store(false, Ordering::Relaxed);
        }
    }

    /// Gives up the buffers of a header that has gone.
    pub(crate) fn drop_buffers(&mut self) {
        self.header = Header::new();
    }

    /// Forgets what the handler has said, none of which is on its way.
    pub(super) fn forget(&mut self) {
        self.header.clear();
        self.frozen = None;
        self.status = 0;
        self.held.clear();
        self.declared = None;
        self.written = 0;
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

    pub(super) fn is_too_large(&self) -> bool {
        self.too_large.load(Ordering::Acquire)
    }

    pub(super) fn too_large_signal(&self) -> TooLargeSignal {
        TooLargeSignal::new(Arc::clone(&self.too_large))
    }

    /// Puts what is left of the answer on its way: the handler has returned.
    pub(crate) fn finish(&mut self, wire: &mut Wire) {
        if self.is_finished {
            return;
        }
        let held = mem::take(&mut self.held);
        // A failure is remembered by the wire, and ends the connection there.
        let _ = self.hand_over(wire, &held);
        self.held = held;
        self.held.clear();
        if self.plan.is_some_and(|plan| plan.body == OutFraming::Chunked) {
            self.write_last_chunk(wire);
        }
        self.is_finished = true;
    }

    /// An answer has gone out in place of that of the handler, who goes on: what he writes is thrown away.
    pub(super) const fn discard_rest(&mut self) {
        (self.is_done, self.is_finished) = (false, false);
        if let Some(plan) = &mut self.plan {
            plan.body = OutFraming::NoBody;
        }
    }

    /// One hand-over of payload to the wire (a chunk, if the answer is chunked), behind the header if that is still to be
    /// written. Says whether enough has gathered to be sent.
    pub(super) fn hand_over(&mut self, wire: &mut Wire, payload: &[u8]) -> io::Result<bool> {
        match &self.plan {
            None => self.commit(wire, payload, true),
            Some(plan) => put(wire, plan, payload, self.request.is_head),
        }
    }
}

/// Puts payload on its way behind a header that is there; says whether enough has gathered to be sent.
pub(super) fn put(wire: &mut Wire, plan: &Plan, payload: &[u8], is_head: bool) -> io::Result<bool> {
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
    Ok(wire.output.has_gathered() || wire.write_deadline.is_some() && wire.output.is_due())
}
