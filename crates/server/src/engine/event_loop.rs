//! `EventLoop`: the data of a loop and what its runner does with it between calls.
//!
//! [`EventLoop::next`] runs until there is a call to be made, and returns it; nothing of the loop is on the stack while the
//! call runs. All that is unfinished (events not looked at, connections to go on with, calls to come) is in here.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mio::event::Source;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token, Waker};

use super::Message;
use super::acceptor::Acceptor;
use super::monitor;
use super::registry::Registry;
use super::shared::LoopShared;
use super::standby::Standby;
use super::timers::{Millis, NEVER};
use super::{Job, admission};
use crate::conn::call::Call;
use crate::conn::connection::{Back, Connection, Next, Phase};
use crate::conn::fetch::MAX_FETCHES;
use crate::conn::hooks::{ConnInfo, ConnState, HookCall};
use crate::conn::parts::Parts;
use crate::conn::socket::Socket;
use crate::core::{ServerCore, State};
use nethttp_core::Context;

/// A loop. Boxed: it changes hands with each call.
#[derive(Debug)]
pub(crate) struct EventLoop {
    pub(crate) shared: Arc<LoopShared>,
    pub(super) parts: Parts,
    pub(super) acceptor: Acceptor,
    /// All loops of the server, this one included: where accepted connections go.
    pub(super) siblings: Vec<Arc<LoopShared>>,
    poll: Poll,
    events: Events,
    connections: Registry<Connection>,
    /// Connections to go on with, in turn.
    ready: VecDeque<Token>,
    /// How many of `ready` are looked at before events are.
    round: usize,
    /// The call that was made last, when it is back.
    back: Option<Call>,
    /// Calls that wait to be made.
    calls: VecDeque<Call>,
    pub(super) queue: admission::Queue,
    /// Messages that have been taken and not looked at, the first one last.
    messages: Vec<Message>,
    has_messages: bool,
    /// A call logs lines: those that come meanwhile wait for it, so that a log that is stuck holds one thread and not more
    /// with every line.
    is_logging: bool,
    /// Until when others may get stuck as one call has: the first request of a connection is not let have the loop.
    stormy_until: Millis,
    /// Whom the loop is busy with: to be closed if the loop's own code panics.
    pub(super) current: Option<Token>,
}

/// What a runner does next.
#[derive(Debug)]
pub(crate) enum Step {
    /// Park the loop and run this.
    Call(Call),
    /// The loop has ended.
    Stop,
}

/// Tokens of the loop itself lie above those of connections.
const WAKER: Token = Token(usize::MAX);

/// The token of a listener.
pub(super) const fn listener_token(index: usize) -> Token {
    Token(usize::MAX - 1 - index)
}

/// Milliseconds after the monitor had to help in which others that have just come are likely to want the same.
const STORM: Millis = 20;

/// Events that are taken at once.
const EVENTS: usize = 256;

impl EventLoop {
    pub(crate) fn new(core: Arc<ServerCore>, standby: Arc<Standby<Job>>) -> io::Result<Box<Self>> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let shared = Arc::new(LoopShared::new(standby, Arc::clone(&core.lifecycle), waker));
        let parts = Parts::new(core, poll.registry().try_clone()?);
        Ok(Box::new(Self {
            shared,
            parts,
            acceptor: Acceptor::default(),
            siblings: Vec::new(),
            poll,
            events: Events::with_capacity(EVENTS),
            connections: Registry::new(),
            ready: VecDeque::new(),
            round: 0,
            back: None,
            calls: VecDeque::new(),
            queue: admission::Queue::default(),
            messages: Vec::new(),
            has_messages: false,
            is_logging: false,
            stormy_until: 0,
            current: None,
        }))
    }

    /// Says which loops share the server's connections.
    pub(crate) fn join(&mut self, siblings: &[Arc<LoopShared>]) {
        self.siblings = siblings.to_vec();
    }

    /// [`next`](Self::next), with panics of the loop's own code contained: the connection at fault is closed.
    pub(crate) fn next_guarded(&mut self) -> Step {
        loop {
            match catch_unwind(AssertUnwindSafe(|| self.next())) {
                Ok(step) => return step,
                Err(_) => {
                    self.parts.log("http: a loop has panicked; its connection is closed".to_owned());
                    if let Some(token) = self.current.take() {
                        self.close(token);
                    }
                }
            }
        }
    }

    /// Runs until there is something to be called.
    fn next(&mut self) -> Step {
        loop {
            if let Some(call) = self.back.take() {
                self.returned(call);
            }
            if self.has_messages || !self.messages.is_empty() {
                self.take_messages();
            }
            if let Some(call) = self.next_call() {
                self.current = call.token();
                return Step::Call(call);
            }
            if self.is_over() {
                return Step::Stop;
            }
            self.wait();
        }
    }

    fn next_call(&mut self) -> Option<Call> {
        loop {
            // Going on with a connection may have left a hook to be called, or a line to be logged.
            if let Some(call) = self.pending_call() {
                return Some(call);
            }
            if self.round == 0 {
                return None;
            }
            self.round -= 1;
            if let Some(token) = self.ready.pop_front()
                && let Some(call) = self.drive(token)
                && let Some(call) = self.admit(call)
            {
                return Some(call);
            }
        }
    }

    /// A call that is to be made before any connection is looked at.
    fn pending_call(&mut self) -> Option<Call> {
        while let Some(call) = self.calls.pop_front() {
            if let Some(call) = self.admit(call) {
                return Some(call);
            }
        }
        if !self.parts.lines.is_empty() && !self.is_logging {
            self.is_logging = true;
            return Some(Call::Log(mem::take(&mut self.parts.lines), Arc::clone(&self.parts.core)));
        }
        self.admit_waiting()
    }

    /// The loop has come to another thread, because the call it last made takes its time: what its client could have by
    /// now goes out.
    pub(super) fn taken_over(&mut self) {
        if self.shared.was_rescued() {
            self.parts.tick();
            self.stormy_until = self.parts.now + STORM;
        }
        if let Some(connection) = self.current.and_then(|token| self.connections.get_mut(token)) {
            connection.let_go(&mut self.parts);
        }
    }

    pub(super) fn is_stormy(&self) -> bool {
        self.parts.now < self.stormy_until
    }

    /// Takes a call back whose loop was not lost meanwhile; it is looked at when the loop goes on.
    pub(super) fn give_back(&mut self, call: Call) {
        self.back = Some(call);
    }

    /// A call is back.
    pub(super) fn returned(&mut self, call: Call) {
        match call {
            Call::Serve(mut exchange) => {
                let token = exchange.token;
                match self.connections.get_mut(token) {
                    Some(connection) => {
                        self.current = Some(token);
                        let back = connection.take_back(&mut exchange, &mut self.parts);
                        if back == Back::Draining {
                            connection.exchange = Some(exchange);
                        } else {
                            self.parts.put_exchange(exchange);
                        }
                        match back {
                            Back::Idle => {}
                            Back::Hijacked => self.forget(token),
                            Back::Ready | Back::Draining => {
                                self.ready.push_front(token);
                                self.round += 1;
                            }
                        }
                    }
                    None => self.parts.put_exchange(exchange),
                }
            }
            Call::Hook(hook) => {
                if let Some(token) = hook.token
                    && let Some(connection) = self.connections.get_mut(token)
                {
                    if hook.context.is_some() {
                        connection.base = hook.context;
                    }
                    if self.parts.core.lifecycle.state() == State::Running {
                        self.begin(token);
                    } else {
                        self.close(token);
                    }
                }
            }
            Call::Fetch(fetch) => self.fetched(fetch.token),
            Call::Log(..) => self.is_logging = false,
        }
    }

    /// A connection has the next part of its file in memory; some of those that wait look again whether they need theirs
    /// fetched, and all of them if there is no other fetch to wake them later.
    fn fetched(&mut self, token: Token) {
        self.parts.fetches -= 1;
        let woken = if self.parts.fetches == 0 { usize::MAX } else { MAX_FETCHES };
        let waiting = self.parts.to_fetch.len().min(woken);
        let waiting = self.parts.to_fetch.drain(..waiting).map(|token| (token, false));
        for (token, is_done) in waiting.chain([(token, true)]) {
            if let Some(connection) = self.connections.get_mut(token) {
                connection.fetched(is_done);
                self.ready.push_back(token);
            }
        }
    }

    /// Goes on with one connection; gives the call that it makes.
    fn drive(&mut self, token: Token) -> Option<Call> {
        let connection = self.connections.get_mut(token)?;
        self.current = Some(token);
        let next = connection.advance(&mut self.parts);
        self.settle(token, next)
    }

    fn settle(&mut self, token: Token, next: Next) -> Option<Call> {
        match next {
            Next::Wait => None,
            Next::Requeue => {
                self.ready.push_back(token);
                None
            }
            Next::Call(call) => Some(call),
            Next::Close => {
                self.close(token);
                None
            }
        }
    }

    /// Waits for events, or looks for them if there is more to do anyway.
    fn wait(&mut self) {
        let mut timeout = self.timeout();
        let may_sleep = timeout != Some(Duration::ZERO);
        if may_sleep {
            self.shared.turn.suspend();
            // Whoever leaves one from here on sees that the loop waits.
            if self.shared.has_mail() {
                timeout = Some(Duration::ZERO);
            }
        }
        let outcome = self.poll.poll(&mut self.events, timeout);
        if may_sleep {
            self.shared.turn.resume();
            monitor::wake_if_asleep();
        }
        self.parts.tick();
        self.shared.standby.try_again_if_short();
        self.has_messages |= self.shared.has_mail();
        if outcome.is_ok() {
            self.take_events();
        }
        self.take_timers();
        if self.acceptor.is_due(self.parts.now) {
            self.accept();
        }
        self.round = self.ready.len();
    }

    fn timeout(&self) -> Option<Duration> {
        if !self.ready.is_empty() || self.acceptor.is_ready() || self.may_admit() || self.shared.has_mail() {
            return Some(Duration::ZERO);
        }
        let next = self.parts.timers.next().unwrap_or(NEVER).min(self.acceptor.next_look());
        (next != NEVER).then(|| Duration::from_millis(next.saturating_sub(self.parts.now)))
    }

    fn take_events(&mut self) {
        for event in &self.events {
            let token = event.token();
            if token == WAKER {
                // The messages that it was woken for have been seen.
            } else if let Some(connection) = self.connections.get_mut(token) {
                let broken = event.is_error() || (event.is_read_closed() && event.is_write_closed());
                connection.notice(event.is_readable(), event.is_read_closed(), broken, &mut self.parts);
                if !matches!(connection.phase, Phase::Out | Phase::Hijacked) {
                    self.ready.push_back(token);
                }
            } else {
                self.acceptor.notice(token);
            }
        }
    }

    fn take_timers(&mut self) {
        let now = self.parts.now;
        while let Some(slot) = self.parts.timers.due(now) {
            let Some(token) = self.connections.at(slot) else { continue };
            let Some(connection) = self.connections.get_mut(token) else { continue };
            if connection.deadline > now {
                self.parts.arm(connection);
                continue;
            }
            connection.deadline = NEVER;
            self.current = Some(token);
            let next = connection.expire(&mut self.parts);
            if let Some(call) = self.settle(token, next) {
                self.calls.push_back(call);
            }
        }
    }

    fn take_messages(&mut self) {
        if self.messages.is_empty() {
            self.has_messages = false;
            self.shared.take_messages(&mut self.messages);
            self.messages.reverse();
        }
        // One by one, so that a panic amid them loses no other.
        while let Some(message) = self.messages.pop() {
            match message {
                Message::Returned(call) => self.returned(call),
                Message::Accepted(socket, base) => self.add(socket, base),
                Message::Listen(listener) => self.listen(listener),
                Message::Hijacked(token) => self.forget(token),
                // Looked at before the loop waits.
                Message::PlaceFree => {}
                Message::StateChanged => self.change_state(),
                Message::CloseConnections(done) => {
                    self.close_connections();
                    // Who asked may have given up waiting.
                    let _ = done.send(());
                }
            }
        }
    }

    /// Takes a connection in.
    pub(super) fn add(&mut self, socket: Arc<Socket>, base: Option<Context>) {
        if self.parts.core.lifecycle.state() != State::Running {
            // Accepted just before the server was told to stop.
            self.shared.connections.fetch_sub(1, Ordering::Relaxed);
            self.parts.core.lifecycle.closed();
            return;
        }
        let mut connection = Connection::new(socket);
        connection.base = base;
        let watch = self.parts.core.hooks.watch_connections();
        if watch {
            connection.phase = Phase::Out;
            connection.info = Some(Arc::new(ConnInfo::of(&connection.socket)));
        }
        let (info, base) = (connection.info.clone(), connection.base.clone());
        let fd = connection.socket.as_fd().as_raw_fd();
        let registered = self.connections.insert(connection).filter(|&token| {
            SourceFd(&fd).register(&self.parts.registry, token, Interest::READABLE).is_ok()
                || self.connections.remove(token).is_none()
        });
        let Some(token) = registered else {
            self.shared.connections.fetch_sub(1, Ordering::Relaxed);
            self.parts.core.lifecycle.closed();
            return;
        };
        if let Some(connection) = self.connections.get_mut(token) {
            connection.token = token;
        }
        match info {
            Some(info) => self.calls.push_back(self.hook(Some(token), info, &[ConnState::New], base)),
            None => self.begin(token),
        }
    }

    /// A connection may send: its first deadline runs.
    fn begin(&mut self, token: Token) {
        let Some(connection) = self.connections.get_mut(token) else { return };
        connection.begin(&mut self.parts);
        self.ready.push_back(token);
    }

    /// Closes a connection and forgets it.
    fn close(&mut self, token: Token) {
        let Some(mut connection) = self.connections.remove(token) else { return };
        connection.release(&mut self.parts);
        if let Some(info) = connection.info.take() {
            // The hook's own context is dropped where it was made: in a call.
            let base = connection.base.take();
            self.calls.push_back(self.hook(None, info, connection.last_states(), base));
        }
        if Arc::strong_count(&connection.socket) > 1 {
            // Somebody still waits for the body: neither he nor the client is to wait any longer.
            connection.socket.shutdown();
        }
        self.drop_connection(connection);
    }

    /// Forgets a connection that belongs to a handler now.
    fn forget(&mut self, token: Token) {
        let Some(mut connection) = self.connections.remove(token) else { return };
        connection.release(&mut self.parts);
        if let Some(info) = connection.info.take() {
            // Nothing is told; but the hook's own context is dropped in a call, here too.
            let base = connection.base.take();
            self.calls.push_back(self.hook(None, info, &[], base));
        }
        self.drop_connection(connection);
    }

    fn drop_connection(&self, connection: Connection) {
        self.shared.connections.fetch_sub(1, Ordering::Relaxed);
        self.parts.core.lifecycle.closed();
        // Somebody else holds the socket: dropping our handle will not take it out of the poller.
        if Arc::strong_count(&connection.socket) > 1 {
            let fd = connection.socket.as_fd().as_raw_fd();
            let _ = SourceFd(&fd).deregister(&self.parts.registry);
        }
        drop(connection);
    }

    fn hook(
        &self,
        token: Option<Token>,
        info: Arc<ConnInfo>,
        states: &'static [ConnState],
        context: Option<Context>,
    ) -> Call {
        let core = Arc::clone(&self.parts.core);
        Call::Hook(Box::new(HookCall { token, info, states, core, context }))
    }

    /// The server shuts down, closes, or keeps no connections any more.
    fn change_state(&mut self) {
        let state = self.parts.core.lifecycle.state();
        if state != State::Running {
            self.acceptor.close_all(&self.parts.registry);
        }
        for token in self.connections.tokens() {
            let Some(connection) = self.connections.get_mut(token) else { continue };
            let is_over = match state {
                State::Closed => connection.doom(),
                State::ShuttingDown => {
                    connection.hurry(&mut self.parts);
                    connection.is_idle()
                }
                // Keep-alives were switched off: who has not asked yet may do so once.
                State::Running => connection.is_idle() && connection.phase != Phase::New,
            };
            if is_over {
                self.close(token);
            }
        }
        if state == State::Closed {
            self.abandon_waiting();
        }
    }

    /// Ends all connections; those that a handler has, as soon as it returns.
    fn close_connections(&mut self) {
        for token in self.connections.tokens() {
            if self.connections.get_mut(token).is_some_and(Connection::doom) {
                self.close(token);
            }
        }
        self.abandon_waiting();
    }

    fn is_over(&self) -> bool {
        self.connections.len() == 0
            && self.queue.is_empty()
            && self.parts.lines.is_empty()
            && self.acceptor.is_empty()
            && self.parts.core.lifecycle.state() != State::Running
            && self.shared.close_inbox()
    }
}
