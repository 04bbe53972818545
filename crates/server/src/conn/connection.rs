//! `Connection`: one client, as its loop sees it: a phase, what was read, what is to be sent, one deadline.
//!
//! The loop calls [`Connection::advance`] when something may have changed; it goes as far as it can without waiting and
//! says what is to happen next. It never calls a handler: it returns the call.
//!
//! mio reports edges. `readable` therefore stays set until a read came back short or would block; whoever stops earlier
//! (budget, back-pressure) finds it set the next time (pitfall F7).

use std::io;
use std::sync::Arc;

use mio::Token;
use nethttp_core::{Context, ContextError};
use nethttp_h1::head::Cutoff;
use nethttp_h1::plan::RequestBody;
use nethttp_h1::{FieldScratch, HeadError, HeadScanner};

use super::call::{Call, Conduct};
use super::exchange::{Exchange, Fate, GivenBack, Watch};
use super::hooks::{ConnInfo, ConnState};
use super::input::Input;
use super::output::{Disk, Output};
use super::parts::Parts;
use super::rate::Meter;
use super::socket::Socket;
use super::wire;
use crate::engine::timers::{Millis, NEVER};

mod outgoing;

/// A client's connection in its loop's table.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) socket: Arc<Socket>,
    /// The handle that each call gets; counting handles is not for free.
    lent: Option<Arc<Socket>>,
    pub(crate) token: Token,
    pub(crate) phase: Phase,
    pub(crate) deadline: Millis,
    /// The request under way, while its body is awaited before or skipped after the handler.
    pub(crate) exchange: Option<Box<Exchange>>,
    /// While a handler runs: what to follow it with.
    watch: Option<Watch>,
    /// While a handler runs without the loop: how long the loop waits before it sends what was written meanwhile.
    look_after: Option<Millis>,
    /// While a handler runs: its request has a body.
    has_body: bool,
    /// The connection's own context, where a hook made one.
    pub(crate) base: Option<Context>,
    /// For hooks, where there are any.
    pub(crate) info: Option<Arc<ConnInfo>>,
    input: Input,
    output: Output,
    scanner: HeadScanner,
    /// A part of a file that comes next in the output is being fetched.
    fetches: bool,
    readable: bool,
    /// The client will send no more.
    read_closed: bool,
    /// Whether the loop is told when the socket takes more. Asked for when it is first needed.
    pub(crate) watches_write: bool,
    /// How the last call of a handler went.
    conduct: Option<Conduct>,
    /// To be closed when the call that has it returns.
    doomed: bool,
    /// A request of it was answered without a handler.
    was_refused: bool,
    /// Requests answered in this turn.
    turn_requests: u32,
    /// Whether the deadline is that of a head, which is not set anew while the head comes in.
    in_head: bool,
    /// When the head of the request under way began to come in.
    head_since: Millis,
    /// The moment by which the output has to be out, whatever its rate.
    send_by: Millis,
    /// What is measured while the client takes its time over the output, or over a body that is skipped.
    rate: Option<Meter>,
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Waits for the first byte it ever sends.
    New,
    /// Waits for a request, or for the rest of its head.
    Reading,
    /// A head is complete; its small body is awaited for a moment, so that the handler need not wait for it.
    AwaitingBody,
    /// A call has it.
    Out,
    /// The handler has answered; what is left of the request body is skipped before the header goes out.
    Draining,
    /// Output has to go out before anything else, and then this.
    Sending(After),
    /// The answer is out and the sending side closed; reads until the client has closed too.
    Lingering,
    /// Belongs to a handler for good.
    Hijacked,
}

/// What follows when the output is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Continue,
    Close,
    Linger,
}

/// What a connection wants of its loop.
#[derive(Debug)]
pub(crate) enum Next {
    /// An event, or the deadline.
    Wait,
    /// Another turn, behind the others.
    Requeue,
    /// This call made.
    Call(Call),
    /// To be closed and forgotten.
    Close,
}

/// What a connection wants that a call has brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Back {
    /// An event, or the deadline.
    Idle,
    /// Its turn.
    Ready,
    /// Its turn, and the exchange: the answer waits for the rest of the request.
    Draining,
    /// To be forgotten.
    Hijacked,
}

/// How far a phase got.
enum Progress {
    /// Look again: the phase has changed.
    Changed,
    Next(Next),
}

/// Requests of a connection that are answered before others have their turn.
const TURN_REQUESTS: u32 = 32;

/// How long a head that has begun is waited for when the server shuts down, in milliseconds.
const LAST_HEAD: Millis = 1000;

/// How long a small body is awaited before the handler is called without it, in milliseconds.
const BODY_GRACE: Millis = 20;

/// How long a handler may run before it is told that its client sends no more, in milliseconds.
const END_GRACE: Millis = 5;

/// How soon the loop sends what a handler has written that has lost it, in milliseconds; and how much later each next time,
/// at the most.
const FIRST_PAUSE: Millis = 20;
const LONGEST_PAUSE: Millis = 100;

impl Connection {
    pub(crate) fn new(socket: Arc<Socket>) -> Self {
        Self {
            socket,
            lent: None,
            token: Token(usize::MAX),
            phase: Phase::New,
            deadline: NEVER,
            exchange: None,
            watch: None,
            look_after: None,
            has_body: false,
            base: None,
            info: None,
            input: Input::default(),
            output: Output::default(),
            scanner: HeadScanner::default(),
            fetches: false,
            readable: false,
            read_closed: false,
            watches_write: false,
            conduct: None,
            doomed: false,
            was_refused: false,
            turn_requests: 0,
            in_head: false,
            head_since: 0,
            send_by: NEVER,
            rate: None,
        }
    }

    /// Takes note of an event. Closed and error bits are hints: reading or writing says the truth.
    pub(crate) fn notice(&mut self, readable: bool, read_closed: bool, broken: bool, parts: &mut Parts) {
        self.readable |= readable || read_closed || broken;
        self.read_closed |= read_closed || broken;
        if self.phase == Phase::Out {
            if broken {
                self.tell_gone(true);
            }
            self.watch_end(parts);
        }
    }

    /// A handler that answers at once is not told that the client has sent its last, for that client may wait for the
    /// answer; one that is still at it a moment later is.
    fn watch_end(&mut self, parts: &mut Parts) {
        if self.read_closed && self.watch.is_some() && self.deadline > parts.now + END_GRACE {
            self.set_deadline(parts, parts.now + END_GRACE);
        }
    }

    /// Cancels the context of the request under way if the client has gone: for good, or having sent its last.
    ///
    /// The end of its sending counts as that, as in Go, though it might still wait for the answer; but only once the body
    /// of this request has been read, and where no other request lies unread behind it: Go does not see that end before.
    fn tell_gone(&self, broken: bool) {
        let Some(Watch { context, .. }) = &self.watch else { return };
        if broken || self.has_read_body() && self.socket.unread() == 0 {
            context.end(ContextError::Canceled, None);
        }
    }

    /// Whether the handler has read the body of its request to the end.
    fn has_read_body(&self) -> bool {
        !self.has_body
            || self
                .watch
                .as_ref()
                .and_then(|watch| wire::lock_soon(&watch.wire))
                .is_some_and(|wire| matches!(wire.body.progress(), RequestBody::Ended | RequestBody::Absent))
    }

    /// Goes on as far as possible without waiting.
    pub(crate) fn advance(&mut self, parts: &mut Parts) -> Next {
        loop {
            let progress = match self.phase {
                Phase::Out | Phase::Hijacked => Progress::Next(Next::Wait),
                Phase::New | Phase::Reading => self.read_head(parts),
                Phase::AwaitingBody => self.await_body(parts),
                Phase::Draining => self.drain(parts),
                Phase::Sending(after) => self.send(parts, after),
                Phase::Lingering => self.linger(parts),
            };
            if let Progress::Next(next) = progress {
                return next;
            }
        }
    }

    /// The deadline has passed.
    pub(crate) fn expire(&mut self, parts: &mut Parts) -> Next {
        match self.phase {
            Phase::New | Phase::Reading => {
                let error = self.scanner.cut_off(self.input.unread(), Cutoff::Timeout);
                self.refuse(parts, error);
            }
            Phase::AwaitingBody => return self.dispatch(parts),
            Phase::Draining => {
                let Some(exchange) = self.exchange.take() else { return Next::Close };
                let is_in_time = parts.now < parts.millis(exchange.read_deadline());
                if is_in_time && self.keeps_rate(exchange.drained(), parts) {
                    self.begin_draining(&exchange, parts);
                    self.exchange = Some(exchange);
                    return Next::Wait;
                }
                exchange.give_up_draining();
                self.exchange = Some(exchange);
            }
            Phase::Sending(_)
                if parts.now < self.send_by
                    && (self.fetches || self.keeps_rate(self.output.arrived(&self.socket), parts)) =>
            {
                self.measure_sending(parts);
                return Next::Wait;
            }
            Phase::Sending(_) | Phase::Lingering => return Next::Close,
            Phase::Out => {
                if self.read_closed {
                    self.tell_gone(false);
                }
                if let Some(pause) = self.look_after {
                    self.send_written();
                    self.look_again(parts, (2 * pause).min(LONGEST_PAUSE));
                }
                return Next::Wait;
            }
            Phase::Hijacked => return Next::Wait,
        }
        self.advance(parts)
    }

    /// The connection may send; its first deadline runs from here.
    pub(crate) fn begin(&mut self, parts: &mut Parts) {
        self.phase = Phase::New;
        self.begin_head(parts);
    }

    /// A call brings the connection back; says what is to be done with it.
    pub(crate) fn take_back(&mut self, exchange: &mut Exchange, parts: &mut Parts) -> Back {
        exchange.return_watch(self.watch.take());
        (self.look_after, self.deadline, self.rate) = (None, NEVER, None);
        exchange.send_at_once(&self.socket);
        let GivenBack { fate, socket, write_deadline } = exchange.give_back(&mut self.input, &mut self.output);
        self.lent = socket;
        self.conduct = exchange.conduct;
        self.turn_requests = TURN_REQUESTS - exchange.budget;
        self.send_by = parts.millis(write_deadline);
        self.scanner.reset(exchange.was_post());
        self.phase = match fate {
            _ if self.doomed => Phase::Sending(After::Close),
            // The server may have stopped keeping connections after the header was written.
            Fate::KeepAlive if !parts.core.keeps_alive() => Phase::Sending(After::Close),
            Fate::KeepAlive => Phase::Reading,
            Fate::Close => Phase::Sending(After::Close),
            Fate::Linger => Phase::Sending(After::Linger),
            Fate::Draining => Phase::Draining,
            Fate::Hijacked => Phase::Hijacked,
            Fate::Abort => {
                self.output.clear();
                Phase::Sending(After::Close)
            }
        };
        match self.phase {
            Phase::Draining => {
                self.begin_draining(exchange, parts);
                Back::Draining
            }
            Phase::Hijacked => Back::Hijacked,
            // As most are: answered, and with nothing more to read.
            Phase::Reading if self.input.is_empty() && self.output.is_empty() && !self.readable => {
                self.turn_requests = 0;
                self.become_idle(parts);
                Back::Idle
            }
            _ => Back::Ready,
        }
    }

    /// What hooks are told when the connection is closed.
    pub(crate) const fn last_states(&self) -> &'static [ConnState] {
        // A request that was refused has made the connection active, though no handler saw it.
        if self.was_refused { &[ConnState::Active, ConnState::Closed] } else { &[ConnState::Closed] }
    }

    /// The server shuts down: says whether the connection can be closed at once, because nothing is under way on it.
    pub(crate) const fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::New | Phase::Reading) && self.input.is_empty() && self.output.is_empty()
    }

    /// The server shuts down: a head that has begun has to be complete soon, or a client could hold up the end by half of
    /// one.
    pub(crate) fn hurry(&mut self, parts: &mut Parts) {
        let end = parts.now + LAST_HEAD;
        if matches!(self.phase, Phase::New | Phase::Reading) && end < self.deadline {
            self.set_deadline(parts, end);
        }
    }

    /// The server closes: ends what is under way; `true` if the connection can be forgotten at once.
    pub(crate) fn doom(&mut self) -> bool {
        self.socket.shutdown();
        self.doomed = true;
        if let Some(Watch { context, .. }) = &self.watch {
            context.end(ContextError::Canceled, None);
        }
        self.phase != Phase::Out
    }

    /// Gives the buffers back to the loop.
    pub(crate) fn release(&mut self, parts: &mut Parts) {
        self.lent = None;
        parts.put_input(std::mem::take(&mut self.input));
        parts.put_output(std::mem::take(&mut self.output));
        if let Some(exchange) = self.exchange.take() {
            parts.put_exchange(exchange);
        }
    }

    /// Reads and parses until a head is complete.
    fn read_head(&mut self, parts: &mut Parts) -> Progress {
        loop {
            if !self.input.is_empty() {
                if self.output.is_crowded() {
                    return self.send_first();
                }
                if self.turn_requests >= TURN_REQUESTS {
                    self.turn_requests = 0;
                    return Progress::Next(Next::Requeue);
                }
                match self.parse_head(parts) {
                    Ok(Some(progress)) => return progress,
                    Ok(None) => {}
                    Err(error) => {
                        self.refuse(parts, error);
                        return Progress::Changed;
                    }
                }
            }
            if !self.output.is_empty() {
                return self.send_first();
            }
            if !self.readable {
                self.turn_requests = 0;
                if self.input.is_empty() {
                    self.become_idle(parts);
                }
                return Progress::Next(Next::Wait);
            }
            match self.fill(parts) {
                Ok(0) if self.readable => {
                    let error = self.scanner.cut_off(self.input.unread(), Cutoff::EndOfInput);
                    self.refuse(parts, error);
                    return Progress::Changed;
                }
                Ok(_) => {}
                Err(_) => return Progress::Next(Next::Close),
            }
        }
    }

    /// Looks for a complete head; makes its call.
    fn parse_head(&mut self, parts: &mut Parts) -> Result<Option<Progress>, HeadError> {
        let mut scratch = FieldScratch::new();
        let limits = parts.limits();
        let Some((end, head)) = self.scanner.read(self.input.unread(), &limits, &mut scratch)? else {
            self.begin_head(parts);
            return Ok(None);
        };
        let mut exchange = parts.take_exchange();
        let outcome = exchange.prepare(&head, end, &self.socket, self.base.as_ref(), self.token);
        match outcome {
            Ok(None) => {}
            Ok(Some(refusal)) => {
                refusal.write_to(self.output.bytes(), &head, &crate::date_cache::now());
                parts.put_exchange(exchange);
                parts.log_refusal(&self.socket, "unknown expectation or misplaced asterisk");
                self.finish_refusal();
                return Ok(Some(Progress::Changed));
            }
            Err(error) => {
                parts.put_exchange(exchange);
                return Err(error);
            }
        }
        self.input.consume(end);
        if !std::mem::take(&mut self.in_head) {
            self.head_since = parts.now;
        }
        self.turn_requests += 1;
        self.exchange = Some(exchange);
        if self.lacks_small_body() {
            self.phase = Phase::AwaitingBody;
            self.set_deadline(parts, parts.now + BODY_GRACE);
            return Ok(Some(Progress::Changed));
        }
        Ok(Some(Progress::Next(self.dispatch(parts))))
    }

    /// Whether the request has an announced small body that has not all come.
    fn lacks_small_body(&self) -> bool {
        self.exchange.as_ref().is_some_and(|exchange| exchange.awaitable_body() > self.input.len())
    }

    fn await_body(&mut self, parts: &mut Parts) -> Progress {
        while self.lacks_small_body() {
            if !self.readable {
                // The client may wait for an earlier answer before it sends on.
                if !self.output.is_empty() && self.output.send(&self.socket, Disk::Never).is_err() {
                    return Progress::Next(Next::Close);
                }
                return Progress::Next(Next::Wait);
            }
            match self.fill(parts) {
                // The handler learns of the end when it reads.
                Ok(0) if self.readable => break,
                Ok(_) => {}
                Err(_) => return Progress::Next(Next::Close),
            }
        }
        Progress::Next(self.dispatch(parts))
    }

    /// Makes the call of the request that has been read.
    fn dispatch(&mut self, parts: &mut Parts) -> Next {
        let Some(mut exchange) = self.exchange.take() else { return Next::Close };
        self.phase = Phase::Out;
        self.deadline = NEVER;
        exchange.set_deadlines(parts, self.head_since);
        if self.info.is_some() {
            exchange.introduce(self.info.as_ref());
        }
        if self.output.capacity() == 0 && !exchange.has_buffer() {
            self.output = parts.take_output();
        }
        if self.input.is_empty() && !exchange.has_body() {
            // A handler that takes its time needs no buffer for what will not come.
            parts.put_input(std::mem::take(&mut self.input));
        }
        self.watch = Some(exchange.lend_watch());
        self.has_body = exchange.has_body();
        self.output.begin_answer();
        self.lend(&mut exchange);
        exchange.conduct = self.conduct;
        exchange.budget = TURN_REQUESTS.saturating_sub(self.turn_requests);
        self.watch_end(parts);
        Next::Call(Call::Serve(exchange))
    }

    fn lend(&mut self, exchange: &mut Exchange) {
        let socket = self.lent.take().unwrap_or_else(|| Arc::clone(&self.socket));
        exchange.lend(&mut self.input, &mut self.output, Some(socket));
    }

    /// One read. 0 with `readable` still set is the end of the input; 0 without it means that there is nothing yet.
    fn fill(&mut self, parts: &mut Parts) -> io::Result<usize> {
        if !self.input.has_buffer() {
            self.input = parts.take_input();
        }
        let room = self.input.room();
        let wanted = room.len();
        match self.socket.read(room) {
            Ok(count) => {
                self.input.filled(count);
                // A short read has emptied the socket: more makes a new edge. An end that is known of makes none.
                self.readable = count == wanted || count == 0 || self.read_closed;
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.readable = false;
                Ok(0)
            }
            Err(error) => Err(error),
        }
    }

    /// Nothing is under way: no buffers, and the deadline for the next request. (The first head's has run since the
    /// connection was accepted, pitfall I4.)
    fn become_idle(&mut self, parts: &mut Parts) {
        parts.put_input(std::mem::take(&mut self.input));
        parts.put_output(std::mem::take(&mut self.output));
        if self.phase != Phase::New {
            self.in_head = false;
            self.set_deadline(parts, parts.idle_deadline());
        }
    }

    /// The first byte of a head has come: its deadline runs from here, whatever comes later (pitfall I1).
    pub(crate) fn begin_head(&mut self, parts: &mut Parts) {
        if !self.in_head {
            self.in_head = true;
            self.head_since = parts.now;
            self.set_deadline(parts, parts.head_deadline());
        }
    }

    fn set_deadline(&mut self, parts: &mut Parts, deadline: Millis) {
        self.deadline = deadline;
        parts.arm(self);
    }
}
