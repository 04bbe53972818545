//! `Exchange`: one request and its response, boxed and pooled, on its way from the loop to a handler and back.
//!
//! It owns everything that the handler uses, so that a call that loses its loop carries on without it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use http::Method;
use mio::Token;
use nethttp_core::{AbortHandler, Body, Context, ContextError, Header, Origin, Request, StatusCode, Text};
use nethttp_h1::plan::{RequestFacts, must_drain_last};
use nethttp_h1::{BodyKind, Expect, HeadError, MessageFacts, Refusal, RequestHead, examine};

use super::hooks::{self, ConnInfo, ConnState};
use super::input::Input;
use super::output::{Disk, Output};
use super::parts::Parts;
use super::request_body::RequestBody;
use super::response::Response;
use super::socket::Socket;
use super::wire::{self, Wire};
use crate::contained::contained;
use crate::core::ServerCore;
use crate::engine::current;
use crate::engine::timers::Millis;

/// A request under way.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) token: Token,
    /// Whether the handler is expected to hold its thread up, if anything is; after the call, whether it was so.
    pub(crate) is_slow: Option<bool>,
    core: Arc<ServerCore>,
    request: Request,
    response: Response,
    context: Context,
    stage: Stage,
    was_post: bool,
    /// Whether the context is derived from one of the connection's own.
    has_base: bool,
    awaitable_body: usize,
    /// The client asked for the connection to be closed.
    client_closes: bool,
    /// The handler has panicked: what it wrote and has not been sent is lost.
    is_cut: bool,
    /// The handler has returned and what belonged to its request is gone.
    is_done: bool,
    /// Nothing is left of the last request: it may be used again as it is.
    is_clean: bool,
    /// For hooks, where there are any.
    info: Option<Arc<ConnInfo>>,
    /// Another handle of the response's wire.
    second_wire: Option<Arc<Mutex<Wire>>>,
}

/// What is to be done with the exchange, and then with its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The handler has not been called.
    Fresh,
    /// The handler has returned; the answer waits for the request body to be skipped.
    Draining,
    Over(Fate),
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    KeepAlive,
    Close,
    /// Close, but read on for a while: the client may still be sending.
    Linger,
    /// The answer waits for the rest of the request body.
    Draining,
    Hijacked,
    /// Close without sending what waits.
    Abort,
}

/// What a connection gets back from a call, besides its buffers.
#[derive(Debug)]
pub(crate) struct GivenBack {
    pub(crate) fate: Fate,
    pub(crate) socket: Option<Arc<Socket>>,
    pub(crate) write_deadline: Option<Instant>,
}

/// Sent where the calls that are under way leave no room for another.
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n\
Retry-After: 1\r\nConnection: close\r\n\r\n";

/// Its body.
const BUSY_TEXT: &[u8] = b"503 Service Unavailable";

/// A body of this size is awaited by the loop before the handler is called, unless the client waits for `100 Continue`.
const AWAITABLE: u64 = 64 * 1024;

impl Exchange {
    pub(crate) fn new(core: &Arc<ServerCore>) -> Self {
        Self {
            token: Token(0),
            is_slow: None,
            core: Arc::clone(core),
            request: Request::new(),
            response: Response::new(Arc::clone(core)),
            context: Context::with_values_of(&core.base),
            stage: Stage::Fresh,
            was_post: false,
            has_base: false,
            awaitable_body: 0,
            client_closes: false,
            is_cut: false,
            is_done: false,
            is_clean: true,
            info: None,
            second_wire: None,
        }
    }

    /// Says whom hooks are told about.
    pub(crate) fn introduce(&mut self, info: Option<&Arc<ConnInfo>>) {
        self.info = info.cloned();
        self.response.introduce(info);
    }

    fn tell(&self, state: ConnState) {
        if let Some(info) = &self.info {
            hooks::tell(&self.core, info, state);
        }
    }

    /// Fills the exchange from a head. `Some`: an answer that is given without a handler.
    pub(crate) fn prepare(
        &mut self,
        head: &RequestHead<'_>,
        socket: &Arc<Socket>,
        base: Option<&Context>,
        token: Token,
        core: &ServerCore,
    ) -> Result<Option<Refusal>, HeadError> {
        (self.is_done, self.is_clean) = (false, false);
        let request = &mut self.request;
        request.method = Method::from_bytes(head.method).map_err(|_| HeadError::InvalidMethod)?;
        request.assign_target_text(head.target).map_err(|_| HeadError::InvalidTarget)?;
        let facts = examine(head)?;
        if facts.refusal.is_some() {
            return Ok(facts.refusal);
        }
        set_version(request, head.version);
        if request.url.host.is_empty() {
            request.assign_host(facts.host.unwrap_or_default());
        } else {
            let host = std::mem::take(&mut request.url.host);
            request.host.assign(&host);
            request.url.host = host;
        }
        take_fields(&mut request.header, head, &facts);
        if facts.adds_no_cache {
            request.header.set("Cache-Control", "no-cache");
        }
        if facts.has_trailers {
            for name in head.announced_trailers() {
                request.announce_trailer(&String::from_utf8_lossy(name));
            }
        }
        request.close = facts.close;
        request.remote_addr.assign_str(socket.remote_addr());
        self.renew_context(socket, base, core);
        self.begin(head, &facts, token, core);
        Ok(None)
    }

    /// A context for the next request: that of the last one, made new, if nobody holds it.
    fn renew_context(&mut self, socket: &Arc<Socket>, base: Option<&Context>, core: &ServerCore) {
        let origin: Weak<dyn Origin> = Arc::<Socket>::downgrade(socket);
        self.has_base = base.is_some();
        match base {
            Some(base) => self.context = base.with_origin(origin),
            None if self.context.renew(&origin) => {}
            None => {
                self.context = Context::with_values_of(&core.base);
                self.context.renew(&origin);
            }
        }
    }

    fn begin(&mut self, head: &RequestHead<'_>, facts: &MessageFacts<'_>, token: Token, core: &ServerCore) {
        self.token = token;
        self.response.token = token;
        self.stage = Stage::Fresh;
        self.was_post = head.method == b"POST";
        self.client_closes = facts.close;
        self.is_cut = false;
        self.response.request = RequestFacts::new(head, facts);
        self.request.attach(Some(&current::SCHEDULE), self.context.clone());
        let expects_continue = facts.expect == Expect::Continue;
        let content_length = facts.content_length();
        self.request.content_length = content_length;
        self.awaitable_body = 0;
        self.response.may_await_continue = expects_continue;
        self.response.has_body = facts.body != BodyKind::None;
        if self.response.has_body {
            let mut wire = wire::lock(&self.response.wire);
            wire.body.begin(facts.body, &core.config.limits, expects_continue);
            wire.body.is_last = facts.close;
            drop(wire);
            self.request.body =
                Body::shared(Arc::new(Mutex::new(RequestBody { wire: Arc::clone(&self.response.wire) })));
            if content_length < 0 {
                self.request.transfer_encoding.push(Text::from_static("chunked"));
            } else if !expects_continue && content_length.unsigned_abs() <= AWAITABLE {
                self.awaitable_body = usize::try_from(content_length).unwrap_or(0);
            }
        }
    }

    /// The size of a body that is worth waiting for before the handler is called; else 0.
    pub(crate) const fn awaitable_body(&self) -> usize {
        self.awaitable_body
    }

    pub(crate) const fn was_post(&self) -> bool {
        self.was_post
    }

    pub(crate) fn context(&self) -> Context {
        self.context.clone()
    }

    /// Whether the request has a body.
    pub(crate) const fn has_body(&self) -> bool {
        self.response.has_body
    }

    /// The wire, for the connection while the call runs. Moved to and fro: counting handles is not for free.
    pub(crate) fn second_wire(&mut self) -> Arc<Mutex<Wire>> {
        self.second_wire.take().unwrap_or_else(|| Arc::clone(&self.response.wire))
    }

    /// Takes it back.
    pub(crate) fn keep_second_wire(&mut self, wire: Option<Arc<Mutex<Wire>>>) {
        self.second_wire = wire;
    }

    /// The deadlines of the request: that of reading runs since its head began to come in, that of writing from now on.
    pub(crate) fn set_deadlines(&self, parts: &Parts, head_since: Millis) {
        let config = &parts.core.config;
        if config.read_timeout.is_some() || config.write_timeout.is_some() {
            let now = Instant::now();
            let mut wire = wire::lock(&self.response.wire);
            let spent = Duration::from_millis(parts.now.saturating_sub(head_since));
            wire.read_deadline = config.read_timeout.and_then(|timeout| now.checked_add(timeout.saturating_sub(spent)));
            wire.write_deadline = config.write_timeout.and_then(|timeout| now.checked_add(timeout));
        }
    }

    pub(crate) fn read_deadline(&self) -> Option<Instant> {
        wire::lock(&self.response.wire).read_deadline
    }

    /// Takes over what the connection has read and what it has to send.
    pub(crate) fn lend(&self, input: &mut Input, output: &mut Output, socket: Arc<Socket>) {
        let mut wire = wire::lock(&self.response.wire);
        wire.min_rate = self.core.config.min_rate;
        if !self.response.has_body {
            wire.body.begin(BodyKind::None, &self.core.config.limits, false);
        }
        wire.input = std::mem::take(input);
        wire.output = std::mem::take(output);
        wire.socket = Some(socket);
    }

    /// Gives back what the connection is to go on with, and says how.
    pub(crate) fn give_back(&mut self, input: &mut Input, output: &mut Output) -> GivenBack {
        let mut wire = wire::lock(&self.response.wire);
        *input = std::mem::take(&mut wire.input);
        *output = std::mem::take(&mut wire.output);
        output.release();
        let socket = wire.socket.take();
        let write_deadline = wire.write_deadline;
        let fate = match self.stage {
            Stage::Fresh => Fate::Abort,
            Stage::Draining => Fate::Draining,
            Stage::Over(fate) => {
                wire.end();
                self.is_clean = self.is_done;
                fate
            }
        };
        GivenBack { fate, socket, write_deadline }
    }

    /// Calls the handler, or goes on where the answer waited for the body. In the bracket of the turn: whatever users
    /// wrote, and what they left to be dropped, runs here.
    pub(crate) fn run(&mut self) {
        let fate = match self.stage {
            Stage::Fresh => {
                self.tell(ConnState::Active);
                let fate = self.call_handler();
                self.end_request(fate);
                fate
            }
            Stage::Draining | Stage::Over(_) => self.finish(),
        };
        if fate == Fate::KeepAlive {
            self.tell(ConnState::Idle);
        }
        self.stage = if fate == Fate::Draining { Stage::Draining } else { Stage::Over(fate) };
        if fate != Fate::Draining {
            self.response.reset();
            self.is_done = true;
        }
    }

    fn call_handler(&mut self) -> Fate {
        let Self { core, request, response, .. } = self;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let cost = request.enter_route(&core.root_cost);
            core.handler_for(request).serve_http(response, request);
            drop(cost);
        }));
        if self.response.is_hijacked() {
            if let Err(payload) = outcome {
                self.log_panic(&*payload);
                contained(|| drop(payload));
            }
            return Fate::Hijacked;
        }
        match outcome {
            Ok(()) => match self.settle_failure() {
                Some(fate) => fate,
                None => self.finish(),
            },
            Err(payload) => {
                self.log_panic(&*payload);
                contained(|| drop(payload));
                self.is_cut = true;
                self.finish()
            }
        }
    }

    /// What becomes of an answer whose handler returned an error.
    fn settle_failure(&mut self) -> Option<Fate> {
        if let Some(error) = self.response.take_failure() {
            let status = nethttp_core::error_status(&error);
            if status.is_none_or(|status| status == StatusCode::INTERNAL_SERVER_ERROR) {
                let core = &self.core;
                core.log(&format!("http: handler of {} failed: {error}", self.request.request_uri));
            }
            match status {
                Some(status) if !self.response.is_committed() => self.response.replace_by(status),
                _ => return Some(Fate::Close),
            }
        }
        None
    }

    fn finish(&mut self) -> Fate {
        if !self.is_cut && !self.response.finish() {
            return Fate::Draining;
        }
        let mut guard = wire::lock(&self.response.wire);
        let wire = &mut *guard;
        if wire.write_error.is_some() {
            return Fate::Abort;
        }
        if wire.is_too_late()
            && wire.output.has_latest()
            && let Some(socket) = wire.socket.clone()
        {
            wire.fail_late(&socket);
            return Fate::Abort;
        }
        // What is left of the body stands before the next request; Go reads it even where there will be none.
        if must_drain_last(wire.body.progress(), self.client_closes) {
            if !wire.body.skip(&mut wire.input) {
                return Fate::Draining;
            }
        } else {
            wire.body.give_up();
        }
        match (!self.is_cut && self.response.may_reuse(wire), self.response.must_linger(wire)) {
            (true, _) => Fate::KeepAlive,
            (false, true) => Fate::Linger,
            (false, false) => Fate::Close,
        }
    }

    /// Drops what belonged to the request. Contexts that somebody kept learn that the request is over.
    fn end_request(&mut self, fate: Fate) {
        // What a handler leaves behind may panic when it is dropped.
        if contained(|| self.request.reset()).is_none() {
            self.core.log("http: panic in a value that a request left behind");
            contained(|| self.request = Request::new());
        }
        // Held by the connection, too, unless that was hijacked.
        if self.context.is_held_beyond(2) || fate == Fate::Hijacked {
            self.context.end(ContextError::Canceled, None);
        }
        if self.has_base {
            // The context of the connection ends with it, and not when this exchange is used again.
            self.context = Context::with_values_of(&self.core.base);
        }
    }

    /// Makes the exchange ready for another request.
    pub(crate) fn recycle(&mut self) {
        if !self.is_clean {
            self.request.reset();
            self.response.reset();
        }
        if !self.response.renew_wire(self.is_clean, self.second_wire.is_some()) {
            self.second_wire = None;
        }
    }

    /// Skips body bytes in `input`; says whether the answer can go on.
    pub(crate) fn drain(&self, input: &mut Input) -> bool {
        wire::lock(&self.response.wire).body.skip(input)
    }

    /// How much of the body has been skipped.
    pub(crate) fn drained(&self) -> u64 {
        wire::lock(&self.response.wire).body.drained()
    }

    /// No more of the body will come.
    pub(crate) fn end_of_input(&self) {
        wire::lock(&self.response.wire).body.cut_off();
    }

    /// The body takes too long.
    pub(crate) fn give_up_draining(&self) {
        wire::lock(&self.response.wire).body.give_up_waiting();
    }

    /// Whether the handler has not been called.
    pub(crate) fn is_fresh(&self) -> bool {
        self.stage == Stage::Fresh
    }

    /// There is no worker for the handler: an answer that says so, and the end of the connection.
    pub(crate) fn refuse_busy(&mut self) {
        let mut wire = wire::lock(&self.response.wire);
        wire.output.bytes().extend_from_slice(BUSY);
        if !self.response.request.is_head {
            wire.output.bytes().extend_from_slice(BUSY_TEXT);
        }
        drop(wire);
        self.stage = Stage::Over(Fate::Linger);
    }

    /// Whether the client has gone before the handler was called.
    pub(crate) fn is_orphaned(&self) -> bool {
        self.context.err().is_some()
    }

    /// The handler is not called: the server closes, or the client has gone.
    pub(crate) fn abandon(&mut self) {
        self.stage = Stage::Over(Fate::Abort);
    }

    /// The call has lost its loop: what can be sent without waiting is sent by this thread.
    pub(crate) fn send_alone(&mut self) {
        if let Stage::Over(Fate::KeepAlive | Fate::Close | Fate::Linger) = self.stage {
            let mut guard = wire::lock(&self.response.wire);
            let wire = &mut *guard;
            wire.output.release();
            if let Some(socket) = wire.socket.clone()
                && (wire.is_too_late() || wire.output.send(&socket, Disk::Wait).is_err())
            {
                self.stage = Stage::Over(Fate::Abort);
            }
        }
    }

    fn log_panic(&self, payload: &(dyn Any + Send)) {
        if payload.is::<AbortHandler>() {
            return;
        }
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("(no text)");
        self.core.log(&format!("http: panic serving {}: {text}", self.request.remote_addr));
    }
}

/// Copies what a handler may see of the fields.
// Not inlined, so that what it needs stays in registers.
#[inline(never)]
fn take_fields(header: &mut Header, head: &RequestHead<'_>, facts: &MessageFacts<'_>) {
    for field in head.fields().filter(|field| !facts.hides(field.name)) {
        match head.text_of(field.value) {
            Some(value) => header.push_wire_text(field.name, value),
            None => header.push_wire(field.name.as_bytes(), field.value),
        }
    }
}

fn set_version(request: &mut Request, (major, minor): (u8, u8)) {
    request.proto_major = major.into();
    request.proto_minor = minor.into();
    match (major, minor) {
        (1, 1) => request.proto = Text::from_static("HTTP/1.1"),
        (1, 0) => request.proto = Text::from_static("HTTP/1.0"),
        _ => request.proto.assign(format!("HTTP/{major}.{minor}")),
    }
}
