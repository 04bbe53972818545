//! `Response`: the server's own `ResponseWriter`.
//!
//! Three layers, as in Go, for each shows on the wire: up to 2,048 bytes are held back (so that a short answer gets its
//! length); what leaves them makes one chunk, preceded by the header if that is still to be written; chunks gather in the
//! output, which goes to the socket in large writes.
//!
//! Go: `response`, `chunkWriter`. What the header looks like is decided by `nethttp_h1::plan`.
//!
//! Differences: Go writes to the socket whenever 4 KiB have gathered. Here 256 KiB do, or 2 MiB in few answers at a time, unless
//! the handler pauses or has a deadline for writing: then what has gone out is what Go would have written. `flush` sends at
//! once in both.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use mio::Token;
use nethttp_core::{Conn, Error, Header, ReadWriter, ResponseWriter, StatusCode, TooLargeSignal};
use nethttp_h1::{encode, plan, status};

use super::hooks::ConnInfo;
use super::wire::{self, Wire};
use crate::caller;
use crate::core::ServerCore;

mod answer;
mod commit;
mod file;
mod hijack;
mod waits;

use answer::Answer;

/// The response of one request; made anew for each in the same buffers.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) wire: Arc<Mutex<Wire>>,
    pub(crate) answer: Answer,
    /// Whether the request has a body: only then is anybody else at the wire, and is there anything to ask it about.
    pub(crate) has_body: bool,
    /// Whether the client may wait for `100 Continue`.
    pub(crate) may_await_continue: bool,
    /// The connection in its loop.
    pub(crate) token: Token,
    is_hijacked: bool,
    /// An error that a handler function returned.
    failure: Option<io::Error>,
    /// For hooks, where there are any.
    info: Option<Arc<ConnInfo>>,
}

impl Response {
    pub(crate) fn new(core: Arc<ServerCore>) -> Self {
        Self {
            wire: Arc::default(),
            answer: Answer::new(core),
            has_body: false,
            may_await_continue: false,
            token: Token(0),
            is_hijacked: false,
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
        self.answer.reset();
        self.is_hijacked = false;
        self.failure = None;
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
        let is_kept = self.is_wire_kept(has_second);
        if is_kept {
            self.wire = Arc::default();
        }
        !is_kept
    }

    /// Whether somebody has kept the wire, which is to say the body. `has_second`: there is another known handle.
    pub(crate) fn is_wire_kept(&self, has_second: bool) -> bool {
        Arc::strong_count(&self.wire) > 1 + usize::from(has_second)
    }

    pub(crate) const fn is_hijacked(&self) -> bool {
        self.is_hijacked
    }

    /// Whether anything of the answer has been put on its way.
    pub(crate) const fn is_committed(&self) -> bool {
        self.answer.plan.is_some()
    }

    /// Takes the error that the handler function returned.
    pub(crate) const fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    /// Replaces an answer that has not begun by an error answer with this status.
    pub(crate) fn replace_by(&mut self, status: StatusCode) {
        self.answer.forget();
        self.answer.is_closing = true;
        nethttp_core::error(self, nethttp_core::status_text(status), status);
    }

    /// The handler has returned: makes ready for [`Answer::finish`]. `false` when the request body has to be skipped first,
    /// for the header depends on how that ends; then this is to be called again.
    pub(crate) fn may_finish(&mut self) -> bool {
        if self.answer.is_finished {
            return true;
        }
        self.answer.is_done = true;
        if self.answer.status == 0 {
            self.write_header(StatusCode::OK);
        }
        if self.has_body && self.answer.plan.is_none() {
            let mut guard = wire::lock(&self.wire);
            let wire = &mut *guard;
            if wire.body.is_open()
                && plan::must_drain_first(&self.answer.facts(&wire.body, self.answer.held.len()))
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
        true
    }

    /// One hand-over of payload to the wire: a chunk, if the answer is chunked.
    fn hand_over(&mut self, payload: &[u8]) -> io::Result<()> {
        if self.answer.plan.is_none() && self.is_refused(payload.len()) {
            return Ok(());
        }
        let large = self.answer.hand_over(&mut wire::lock(&self.wire), payload)?;
        if large { wire::send_some(&self.wire) } else { Ok(()) }
    }

    /// Before the header is written while the handler goes on: what of the request body has to be read first is, waiting
    /// for the client. If that shows a fault that only this server refuses, the answer becomes 400, and what the handler
    /// writes from now on is thrown away.
    pub(super) fn is_refused(&mut self, first_bytes: usize) -> bool {
        if !self.has_body || self.answer.is_done {
            return false;
        }
        let must_drain = {
            let wire = wire::lock(&self.wire);
            wire.body.is_open() && plan::must_drain_first(&self.answer.facts(&wire.body, first_bytes))
        };
        if must_drain {
            wire::drain_body(&self.wire);
        }
        if !wire::lock(&self.wire).body.has_strict_fault() {
            return false;
        }
        self.answer.is_done = true;
        self.replace_by(StatusCode::BAD_REQUEST);
        self.answer.finish(&mut wire::lock(&self.wire));
        self.answer.discard_rest();
        true
    }

    /// Go's `bufio.Writer.Write`: a large piece that finds the buffer empty passes it by.
    fn write_through(&mut self, mut bytes: &[u8], passes_by: bool) -> io::Result<()> {
        let room = self.answer.core.config.response_buffer;
        while bytes.len() > room - self.answer.held.len() {
            if self.answer.held.is_empty() && (passes_by || room == 0) {
                return self.hand_over(bytes);
            }
            let (first, rest) = bytes.split_at(room - self.answer.held.len());
            self.answer.held.extend_from_slice(first);
            bytes = rest;
            self.flush_held()?;
        }
        self.answer.held.extend_from_slice(bytes);
        Ok(())
    }

    /// Hands over what is held back.
    fn flush_held(&mut self) -> io::Result<()> {
        if self.answer.held.is_empty() {
            return Ok(());
        }
        let held = std::mem::take(&mut self.answer.held);
        let outcome = self.hand_over(&held);
        self.answer.held = held;
        self.answer.held.clear();
        outcome
    }

    /// The common part of all ways to write; says whether there is anything to be written.
    fn begin_write(&mut self, length: usize) -> io::Result<bool> {
        if self.is_hijacked {
            return Err(Error::Hijacked.into());
        }
        self.stop_awaiting_continue(true);
        if self.answer.status == 0 {
            self.write_header(StatusCode::OK);
        }
        if length == 0 {
            return Ok(false);
        }
        if !status::is_body_allowed(self.answer.status) {
            return Err(Error::BodyNotAllowed.into());
        }
        self.answer.written += length as u64;
        if self.answer.declared.is_some_and(|declared| self.answer.written > declared) {
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
                self.answer.is_closing = true;
                wire.body.withhold();
            }
        }
    }

    fn write_informational(&mut self, status: u16) {
        {
            let mut wire = wire::lock(&self.wire);
            let fields = self.answer.header.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            encode::informational(wire.output.bytes(), self.answer.request.is_11, status, fields);
        }
        // A client that has gone shows when the answer is written.
        let _ = wire::send_all(&self.wire);
    }
}

impl Write for Response {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.begin_write(bytes.len())? {
            self.write_through(bytes, true)?;
        }
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        // As everywhere, nothing is done about nothing; a write takes everything.
        if bytes.is_empty() { Ok(()) } else { self.write(bytes).map(drop) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_hijacked {
            return Err(Error::Hijacked.into());
        }
        if self.answer.status == 0 {
            self.write_header(StatusCode::OK);
        }
        self.flush_held()?;
        if self.answer.plan.is_none() {
            self.hand_over(b"")?;
        }
        wire::send_all(&self.wire)
    }
}

impl ResponseWriter for Response {
    fn header(&mut self) -> &mut Header {
        if self.answer.status != 0 && self.answer.plan.is_none() && self.answer.frozen.is_none() {
            self.answer.frozen = Some(self.answer.header.clone());
        }
        &mut self.answer.header
    }

    fn write_header(&mut self, status: StatusCode) {
        if self.is_hijacked || self.answer.status != 0 {
            let what =
                if self.is_hijacked { "write_header on hijacked connection" } else { "superfluous write_header call" };
            self.answer.core.log(&format!("http: {what} from {}", caller::relevant()));
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
        if self.answer.is_too_large() {
            self.answer.header.set("Connection", "close");
        }
        self.answer.status = code;
        let declared = self.answer.header.values_raw("Content-Length").next().filter(|value| !value.is_empty());
        if let Some(value) = declared {
            self.answer.declared = plan::declared_length(value.as_bytes());
            if self.answer.declared.is_none() {
                // Go's copy of the header keeps the field, so that no length is computed in its place.
                self.answer.frozen.get_or_insert_with(|| self.answer.header.clone());
                self.answer.core.log(&format!("http: invalid Content-Length of {value:?}"));
                self.answer.header.del("Content-Length");
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
        self.answer.is_full_duplex = true;
        // A conversation has pauses.
        wire::lock(&self.wire).min_rate = 0;
        Ok(())
    }

    fn fail(&mut self, error: io::Error) {
        self.failure = Some(error);
    }

    fn too_large_signal(&mut self) -> TooLargeSignal {
        self.answer.too_large_signal()
    }
}
