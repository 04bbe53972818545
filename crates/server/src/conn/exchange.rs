//! `Exchange`: one request and its response, boxed and pooled, on its way from the loop to a handler and back.
//!
//! It owns everything that the handler uses, so that a call that loses its loop carries on without it.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mio::Token;
use nethttp_core::{AbortHandler, Context, ContextError, Request, StatusCode};
use nethttp_h1::plan::must_drain_last;

use super::call::Conduct;
use super::hooks::{self, ConnInfo, ConnState};
use super::input::Input;
use super::output::{Disk, Output};
use super::parts::Parts;
use super::response::Response;
use super::socket::Socket;
use super::wire::{self, Wire};
use crate::contained::contained;
use crate::core::ServerCore;
use crate::engine::timers::Millis;

mod batch;
mod prepare;

/// A request under way.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) token: Token,
    /// How the last call of the connection went, if there was one; after the call, how that went.
    pub(crate) conduct: Option<Conduct>,
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
    /// What the connection gets for the time of a call. Moved to and fro: counting handles is not for free.
    ///
    /// Invariant: be it here or, if `is_watched`, with the connection: it is one of `context` and of the response's wire.
    watch: Option<Watch>,
    /// Whether the connection has it.
    is_watched: bool,
    /// The request has been large: its buffers are not kept for others.
    was_large: bool,
    /// How many more requests of the connection may be served before others have their turn.
    pub(crate) budget: u32,
    /// Where the connection of the context lies in memory, which the context keeps from being used again.
    origin: usize,
    /// What the connection gets back; filled when the answer is over.
    home: Home,
}

/// Further handles of what a request has, for its connection to follow the call.
#[derive(Debug)]
pub(crate) struct Watch {
    /// To tell the handler that the client has gone.
    pub(crate) context: Context,
    /// What the handler shares with the connection.
    pub(crate) wire: Arc<Mutex<Wire>>,
}

/// What was lent to the wire for the time of a call. It is back if the socket is.
#[derive(Debug, Default)]
struct Home {
    input: Input,
    output: Output,
    socket: Option<Arc<Socket>>,
    write_deadline: Option<Instant>,
}

impl Home {
    const fn is_filled(&self) -> bool {
        self.socket.is_some()
    }

    /// Takes it back. What is here is empty.
    fn take_from(&mut self, wire: &mut Wire) {
        mem::swap(&mut self.input, &mut wire.input);
        mem::swap(&mut self.output, &mut wire.output);
        self.socket = wire.socket.take();
        self.write_deadline = wire.write_deadline;
    }
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

impl Exchange {
    pub(crate) fn new(core: &Arc<ServerCore>) -> Self {
        Self {
            token: Token(0),
            conduct: None,
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
            watch: None,
            is_watched: false,
            was_large: false,
            budget: 0,
            origin: 0,
            home: Home::default(),
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

    /// The size of a body that is worth waiting for before the handler is called; else 0.
    pub(crate) const fn awaitable_body(&self) -> usize {
        self.awaitable_body
    }

    pub(crate) const fn was_post(&self) -> bool {
        self.was_post
    }

    /// Whether the request has a body.
    pub(crate) const fn has_body(&self) -> bool {
        self.response.has_body
    }

    /// For the connection, while the call runs.
    pub(crate) fn lend_watch(&mut self) -> Watch {
        self.is_watched = true;
        self.watch
            .take()
            .unwrap_or_else(|| Watch { context: self.context.clone(), wire: Arc::clone(&self.response.wire) })
    }

    /// Takes it back.
    pub(crate) fn return_watch(&mut self, watch: Option<Watch>) {
        self.is_watched = false;
        // What belongs to a context of the connection's own is not to outlive that.
        self.watch = watch.filter(|_| !self.has_base);
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

    /// Takes over what the connection has read and what it has to send, and leaves it empty ones.
    pub(crate) fn lend(&mut self, input: &mut Input, output: &mut Output, socket: Option<Arc<Socket>>) {
        let mut wire = wire::lock(&self.response.wire);
        wire.min_rate = self.core.config.min_rate;
        if !self.response.has_body {
            wire.body.begin_none(&self.core.config.limits);
        }
        mem::swap(&mut wire.input, input);
        // The buffer of the last answer, where no other answer waits in one.
        let output = if output.is_empty() && self.has_buffer() { &mut self.home.output } else { output };
        mem::swap(&mut wire.output, output);
        wire.socket = socket;
    }

    /// Whether there is a buffer for the answer.
    pub(crate) const fn has_buffer(&self) -> bool {
        self.home.output.capacity() > 0
    }

    /// The answer is back: sends what the socket takes of it, unless the client has sent more, whose answer may go with it.
    /// What is left, or cannot be sent, the connection finds in its output.
    pub(crate) fn send_at_once(&mut self, socket: &Socket) {
        let is_whole = matches!(self.stage, Stage::Over(Fate::KeepAlive | Fate::Close | Fate::Linger));
        if !is_whole || !self.home.is_filled() || !self.home.input.is_empty() || !self.home.output.has_only_bytes() {
            return;
        }
        let output = &mut self.home.output;
        output.release();
        let _ = output.send(socket, Disk::Never);
    }

    /// Takes a buffer that has become too large to be kept here.
    pub(crate) fn take_large_buffer(&mut self, ordinary: usize) -> Option<Output> {
        (self.home.output.capacity() > ordinary).then(|| mem::take(&mut self.home.output))
    }

    /// Gives back what the connection is to go on with, and says how. What it has is empty.
    pub(crate) fn give_back(&mut self, input: &mut Input, output: &mut Output) -> GivenBack {
        let fate = match self.stage {
            Stage::Fresh => Fate::Abort,
            Stage::Draining => Fate::Draining,
            Stage::Over(fate) => fate,
        };
        if !self.home.is_filled() {
            let mut wire = wire::lock(&self.response.wire);
            self.home.take_from(&mut wire);
            if let Stage::Over(_) = self.stage {
                wire.end();
            }
        }
        self.is_clean = self.is_done && matches!(self.stage, Stage::Over(_));
        mem::swap(&mut self.home.input, input);
        if !self.home.output.is_empty() {
            mem::swap(&mut self.home.output, output);
            output.release();
        }
        GivenBack { fate, socket: self.home.socket.take(), write_deadline: self.home.write_deadline }
    }

    /// Calls the handler, or goes on where the answer waited for the body. In the bracket of the turn: whatever users
    /// wrote, and what they left to be dropped, runs here.
    pub(crate) fn run(&mut self) {
        self.serve();
        while self.begin_next() {
            self.serve();
        }
    }

    fn serve(&mut self) {
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
        if !self.is_cut && !self.response.may_finish() {
            return Fate::Draining;
        }
        // Locked once for all that is left to be done.
        let mut wire = wire::lock(&self.response.wire);
        if !self.is_cut {
            self.response.answer.finish(&mut wire);
        }
        let fate = self.settle(&mut wire);
        if fate != Fate::Draining {
            self.home.take_from(&mut wire);
            wire.end();
        }
        fate
    }

    /// The answer is on its way: what becomes of the connection.
    fn settle(&self, wire: &mut Wire) -> Fate {
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
        let answer = &self.response.answer;
        match (!self.is_cut && answer.may_reuse(wire), answer.must_linger(wire)) {
            (true, _) => Fate::KeepAlive,
            (false, true) => Fate::Linger,
            (false, false) => Fate::Close,
        }
    }

    /// Drops what belonged to the request. Contexts that somebody kept learn that the request is over.
    fn end_request(&mut self, fate: Fate) {
        // What a handler leaves behind may panic when it is dropped.
        let Self { request, context, .. } = self;
        if contained(|| if self.has_base { request.reset() } else { request.reset_within(context) }).is_none() {
            self.core.log("http: panic in a value that a request left behind");
            contained(|| self.request = Request::new());
        }
        // Held by the connection, too, unless that was hijacked.
        if self.context.is_held_beyond(self.holders()) || fate == Fate::Hijacked {
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
        if mem::take(&mut self.was_large) {
            self.request = Request::new();
            self.response.answer.drop_buffers();
        }
        // Its connection may have been forgotten, and the watch with it.
        self.is_watched = false;
        if self.home.is_filled() {
            // The connection has gone.
            self.home = Home::default();
        }
        if !self.response.renew_wire(self.is_clean, self.watch.is_some()) {
            self.watch = None;
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
        if !self.response.answer.request.is_head {
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
        let Stage::Over(Fate::KeepAlive | Fate::Close | Fate::Linger) = self.stage else { return };
        let Home { output, socket: Some(socket), write_deadline, .. } = &mut self.home else { return };
        output.release();
        let is_too_late = write_deadline.is_some_and(|deadline| deadline <= Instant::now());
        if is_too_late || output.send(socket, Disk::Wait).is_err() {
            self.stage = Stage::Over(Fate::Abort);
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
