//! `Wire`: what a request's body and its response share: the socket, the bytes read, the bytes to send.
//!
//! It lies behind a lock of its own for the time of a call, since a handler may read the body on one thread and write the
//! answer on another. Nobody waits while holding the lock: who must wait drops it, waits on the socket, and looks again.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Instant;

use nethttp_core::{Error, FramingError, Header};
use nethttp_h1::limits::MAX_DRAIN;
use nethttp_h1::plan::RequestBody;
use nethttp_h1::{BodyDecoder, BodyError, BodyKind, BodyStep};

use super::input::Input;
use super::output::{Disk, Output, Sent};
use super::rate::Pace;
use super::socket::{Readiness, Socket};
use crate::engine::current;

/// The wire side of one request.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    /// `None` outside a call: whoever still holds the body then finds it closed.
    pub(crate) socket: Option<Arc<Socket>>,
    pub(crate) input: Input,
    pub(crate) output: Output,
    pub(crate) body: BodySide,
    pub(crate) read_deadline: Option<Instant>,
    pub(crate) write_deadline: Option<Instant>,
    /// Bytes a second that the client has to give or take; 0 for none.
    pub(crate) min_rate: u64,
    read_pace: Pace,
    write_pace: Pace,
    /// The first failure of a write; nothing is sent after it.
    pub(crate) write_error: Option<io::ErrorKind>,
}

impl Wire {
    /// Whether the deadline of writes has passed.
    pub(crate) fn is_too_late(&self) -> bool {
        self.write_deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Whether `unread` bytes that have come and not been read are all part of the body.
    pub(crate) fn goes_on_for(&self, unread: u64) -> bool {
        self.body.announced_rest().is_some_and(|rest| rest >= unread + self.input.len() as u64)
    }

    fn is_too_late_to_read(&self) -> bool {
        self.read_deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Until when a thread may wait to read.
    fn may_read_until(&mut self) -> io::Result<Option<Instant>> {
        let pace = self.read_pace.allow(Instant::now(), self.min_rate).map_err(|_| Error::DeadlineExceeded)?;
        Ok(earlier(self.read_deadline, pace))
    }

    /// Until when a thread may wait to write.
    fn may_write_until(&mut self) -> io::Result<Option<Instant>> {
        let pace = self.write_pace.allow(Instant::now(), self.min_rate).map_err(|_| Error::DeadlineExceeded)?;
        Ok(earlier(self.write_deadline, pace))
    }

    /// Drops an answer whose deadline has passed. Those before it have theirs kept, and go out as far as the socket takes
    /// them.
    pub(crate) fn fail_late(&mut self, socket: &Socket) -> io::Error {
        self.output.drop_latest();
        // The connection ends here in any case.
        let _ = self.output.send(socket, Disk::Wait);
        fail(self, socket, Error::DeadlineExceeded.into())
    }

    /// The request is over: whoever still holds the body finds it closed.
    pub(crate) fn end(&mut self) {
        self.socket = None;
        self.read_deadline = None;
        self.write_deadline = None;
        self.write_error = None;
        (self.read_pace, self.write_pace) = Default::default();
        self.body.close();
    }
}

/// The earlier of two moments that may be never.
fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Waits for the client, up to a moment at which the caller asks again whether it may wait longer.
fn wait(socket: &Socket, readiness: Readiness, until: Option<Instant>) -> io::Result<()> {
    match current::wait_for_client(|| socket.wait(readiness, until)) {
        Err(error) if Error::DeadlineExceeded.is(&error) => Ok(()),
        outcome => outcome,
    }
}

/// The state of the request body.
#[derive(Debug)]
pub(crate) struct BodySide {
    decoder: BodyDecoder,
    has_body: bool,
    /// Closed by the handler, or by the server because the answer has begun.
    is_closed: bool,
    /// Kept from the handler, because the client was answered before it was asked to send it.
    is_withheld: bool,
    /// Given up before its end: the connection cannot be used again.
    is_abandoned: bool,
    /// The client waits for `100 Continue`.
    pub(crate) awaits_continue: bool,
    /// Whether the client waits or waited for it.
    pub(crate) expects_continue: bool,
    /// The client asked for the connection to be closed: a body of known length need not be skipped for its sake.
    pub(crate) is_last: bool,
    fault: Option<Fault>,
    /// The input ended within a body of known length. Go tells a reader so once, and then takes it for the body's end.
    is_cut: bool,
    trailer: Option<Header>,
    drained: u64,
}

/// What a read of the body ended with; it ends every later one too.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    Framing(BodyError),
    Io(io::ErrorKind),
    TimedOut,
}

impl Fault {
    fn error(&self) -> io::Error {
        match self {
            Self::Framing(BodyError::UnexpectedEof) => Error::UnexpectedEof.into(),
            Self::Framing(BodyError::LineTooLong) => Error::LineTooLong.into(),
            Self::Framing(error) => FramingError::new(error.to_string()).into(),
            Self::Io(kind) => (*kind).into(),
            Self::TimedOut => Error::DeadlineExceeded.into(),
        }
    }

    /// Whether later reads find the body closed, instead of the same fault.
    const fn closes(&self) -> bool {
        matches!(self, Self::Framing(error) if error.is_in_trailer())
    }
}

impl Default for BodySide {
    fn default() -> Self {
        Self {
            decoder: BodyDecoder::new(BodyKind::None),
            has_body: false,
            is_closed: true,
            is_withheld: false,
            is_abandoned: false,
            awaits_continue: false,
            expects_continue: false,
            is_last: false,
            fault: None,
            is_cut: false,
            trailer: None,
            drained: 0,
        }
    }
}

impl BodySide {
    /// The body of a request that has just been read.
    pub(crate) fn begin(&mut self, kind: BodyKind, limits: &nethttp_h1::Limits, expects_continue: bool) {
        self.has_body = kind != BodyKind::None;
        if self.has_body {
            self.decoder = BodyDecoder::with_limits(kind, limits);
        }
        self.is_closed = false;
        self.is_withheld = false;
        self.is_abandoned = false;
        self.awaits_continue = expects_continue;
        self.expects_continue = expects_continue;
        self.is_last = false;
        self.fault = None;
        self.is_cut = false;
        self.trailer = None;
        self.drained = 0;
    }

    /// Whether reads might give more.
    pub(crate) const fn remains(&self) -> bool {
        self.has_body && !self.is_cut && (!self.decoder.is_done() || self.fault.is_some())
    }

    /// A fault that only this server sees, so that the answer becomes 400 if it has not begun.
    pub(crate) fn has_strict_fault(&self) -> bool {
        matches!(&self.fault, Some(Fault::Framing(error)) if error.is_strict_only())
    }

    /// How far the body has been read, as the answer's plan wants to know it.
    pub(crate) fn progress(&self) -> RequestBody {
        if !self.has_body {
            RequestBody::Absent
        } else if self.fault.is_none() && self.decoder.is_done() || self.is_cut && !self.is_abandoned {
            RequestBody::Ended
        } else if self.fault.is_some() || self.is_closed || self.is_abandoned {
            RequestBody::Abandoned
        } else {
            RequestBody::Open(self.decoder.remaining_hint())
        }
    }

    /// Whether there is a body of which something may still be read.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.progress(), RequestBody::Open(_))
    }

    /// Gives up what is left of the body.
    pub(crate) fn give_up(&mut self) {
        self.is_abandoned |= self.is_open();
    }

    /// The client has been answered without having been asked for the body.
    pub(crate) const fn withhold(&mut self) {
        self.awaits_continue = false;
        self.is_withheld = true;
    }

    /// Whether the client was answered, or is to be, without having been asked for the body: then the connection closes.
    pub(crate) const fn is_withheld(&self) -> bool {
        self.is_withheld
    }

    /// Closes the body after it has been skipped for the handler; says what was wrong with it.
    fn close_skipped(&mut self) -> io::Result<()> {
        self.is_closed = true;
        // The end of the input is the end of the body, too: nothing follows that could be taken for part of it.
        self.is_abandoned &= !self.is_cut;
        self.fault.as_ref().map_or(Ok(()), |fault| Err(fault.error()))
    }

    /// Gives the body up where it stands.
    pub(crate) const fn close(&mut self) {
        self.is_closed = true;
    }

    /// No more input will come, or none in time.
    pub(crate) fn cut_off(&mut self) {
        if self.fault.is_none() {
            self.is_cut = self.decoder.remaining_hint().is_some();
            let error = self.decoder.end_of_input();
            self.fault = Some(Fault::Framing(error));
        }
    }

    /// The connection has failed, or its deadline has passed. Within the trailer section Go tells of the section instead.
    fn fail(&mut self, fault: Fault) {
        if self.fault.is_none() {
            self.fault = Some(self.decoder.interrupted().map_or(fault, Fault::Framing));
        }
    }

    /// The body takes too long.
    pub(crate) fn give_up_waiting(&mut self) {
        self.fail(Fault::TimedOut);
    }

    pub(crate) fn take_trailer(&mut self) -> Option<Header> {
        self.trailer.take()
    }

    /// The bytes that are announced and not read, if the framing tells.
    pub(crate) fn announced_rest(&self) -> Option<u64> {
        if self.has_body { self.decoder.remaining_hint() } else { Some(0) }
    }

    /// Takes payload from `input` into `buf`; `None` when more input is needed.
    fn take(&mut self, input: &mut Input, buf: &mut [u8]) -> Option<Result<usize, io::Error>> {
        if let Some(fault) = &self.fault {
            let error = fault.error();
            self.is_closed |= fault.closes();
            if self.is_cut {
                self.fault = None;
            }
            return Some(Err(error));
        }
        if self.is_cut {
            return Some(Ok(0));
        }
        match self.decoder.next_up_to(input.unread(), buf.len()) {
            Ok(BodyStep::Data { start, len }) => {
                buf[..len].copy_from_slice(&input.unread()[start..start + len]);
                input.consume(start + len);
                Some(Ok(len))
            }
            Ok(BodyStep::NeedMore { consumed }) => {
                input.consume(consumed);
                None
            }
            Ok(BodyStep::End { consumed }) => {
                input.consume(consumed);
                let trailers = self.decoder.take_trailers();
                if !trailers.is_empty() {
                    self.trailer = Some(trailers.iter().map(|(name, value)| (text(name), value)).collect());
                }
                Some(Ok(0))
            }
            Err(error) => {
                let fault = Fault::Framing(error);
                let error = fault.error();
                self.is_closed |= fault.closes();
                self.fault = Some(fault);
                Some(Err(error))
            }
        }
    }

    /// The bytes that have been skipped.
    pub(crate) const fn drained(&self) -> u64 {
        self.drained
    }

    /// Skips payload in `input`; says whether the end of skipping is reached: of the body, of patience, or by a fault.
    pub(crate) fn skip(&mut self, input: &mut Input) -> bool {
        loop {
            let too_much =
                self.drained > MAX_DRAIN || self.decoder.remaining_hint().is_some_and(|rest| rest > MAX_DRAIN);
            if !self.has_body || self.fault.is_some() || too_much {
                self.is_abandoned |= self.has_body;
                return true;
            }
            match self.decoder.next(input.unread()) {
                Ok(BodyStep::Data { start, len }) => {
                    input.consume(start + len);
                    self.drained += len as u64;
                }
                Ok(BodyStep::NeedMore { consumed }) => {
                    input.consume(consumed);
                    return false;
                }
                Ok(BodyStep::End { consumed }) => {
                    input.consume(consumed);
                    return true;
                }
                Err(error) => self.fault = Some(Fault::Framing(error)),
            }
        }
    }
}

/// Names of trailer fields are tokens, so that nothing is lost.
fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// Locks the wire; a panic elsewhere has left it whole, for its parts are changed one at a time.
pub(crate) fn lock(wire: &Mutex<Wire>) -> MutexGuard<'_, Wire> {
    wire.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks the wire of a call for the call's loop, which must not wait for the disk that the call may be sending from:
/// `None` where the lock is not let go of soon. Whoever holds it for longer is sending what there is.
pub(crate) fn lock_soon(wire: &Mutex<Wire>) -> Option<MutexGuard<'_, Wire>> {
    for _ in 0..LOCK_TRIES {
        match wire.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => std::thread::yield_now(),
        }
    }
    None
}

/// Some hundred microseconds: all that is done behind the lock, but for sending, takes one or two.
const LOCK_TRIES: u32 = 500;

/// Reads payload of the body, waiting for the client where there is none.
pub(crate) fn read_body(wire: &Mutex<Wire>, buf: &mut [u8]) -> io::Result<usize> {
    if buf.is_empty() {
        return Ok(0);
    }
    loop {
        let mut guard = lock(wire);
        let this = &mut *guard;
        let Some(socket) = this.socket.clone() else { return Err(Error::BodyReadAfterClose.into()) };
        if this.body.is_closed || this.body.is_withheld {
            return Err(Error::BodyReadAfterClose.into());
        }
        if this.body.awaits_continue {
            this.body.awaits_continue = false;
            this.output.bytes().extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
            drop(guard);
            send_all(wire)?;
            continue;
        }
        if let Some(outcome) = this.body.take(&mut this.input, buf) {
            return outcome;
        }
        match read_some(this, &socket, buf) {
            Ok(Some(count)) => return Ok(count),
            Ok(None) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let Ok(until) = this.may_read_until() else {
                    this.body.give_up_waiting();
                    continue;
                };
                drop(guard);
                if let Err(error) = wait(&socket, Readiness::Readable, until) {
                    lock(wire).body.fail(Fault::Io(error.kind()));
                }
            }
            Err(error) => {
                this.body.fail(Fault::Io(error.kind()));
                return Err(error);
            }
        }
    }
}

/// Reads from the socket once: into `buf` itself where all that comes is payload, else into the input.
fn read_some(wire: &mut Wire, socket: &Socket, buf: &mut [u8]) -> io::Result<Option<usize>> {
    if wire.is_too_late_to_read() {
        wire.body.give_up_waiting();
        return Ok(None);
    }
    let rest = wire.body.announced_rest().and_then(|rest| usize::try_from(rest).ok()).unwrap_or(0);
    if wire.input.is_empty() && buf.len() >= DIRECT && rest >= DIRECT {
        let room = buf.len().min(rest);
        let count = socket.read(&mut buf[..room])?;
        wire.read_pace.note(count as u64);
        if count == 0 {
            wire.body.cut_off();
            return Ok(None);
        }
        // A body of known length is its own payload; the decoder only counts.
        let step = wire.body.decoder.next(&buf[..count]);
        debug_assert!(matches!(step, Ok(BodyStep::Data { start: 0, len }) if len == count));
        return Ok(Some(count));
    }
    let count = socket.read(wire.input.room())?;
    wire.read_pace.note(count as u64);
    wire.input.filled(count);
    if count == 0 {
        wire.body.cut_off();
    }
    Ok(None)
}

/// A read of this size goes straight into the handler's buffer.
const DIRECT: usize = 4096;

/// Skips the rest of the body, waiting for the client, before a header that depends on it goes out.
pub(crate) fn drain_body(wire: &Mutex<Wire>) {
    loop {
        let mut guard = lock(wire);
        let this = &mut *guard;
        if this.body.skip(&mut this.input) {
            return;
        }
        let Some(socket) = this.socket.clone() else { return };
        let outcome = socket.read(this.input.room());
        match outcome {
            Ok(0) => this.body.cut_off(),
            Ok(count) => {
                this.read_pace.note(count as u64);
                this.input.filled(count);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let Some(until) = this.may_read_until().ok().filter(|_| !this.is_too_late_to_read()) else {
                    this.body.give_up_waiting();
                    continue;
                };
                drop(guard);
                if let Err(error) = wait(&socket, Readiness::Readable, until) {
                    lock(wire).body.fail(Fault::Io(error.kind()));
                }
            }
            Err(error) => this.body.fail(Fault::Io(error.kind())),
        }
    }
}

/// Skips the body for a handler that gives it up, waiting for the client.
///
/// # Errors
///
/// What is wrong with the rest of the body.
pub(crate) fn close_body(wire: &Mutex<Wire>) -> io::Result<()> {
    {
        let mut wire = lock(wire);
        let body = &mut wire.body;
        if body.is_cut || body.is_closed || body.is_last && body.announced_rest().is_some() {
            body.is_closed = true;
            return Ok(());
        }
    }
    drain_body(wire);
    lock(wire).body.close_skipped()
}

/// Sends all output, waiting for the client where the socket is full.
///
/// # Errors
///
/// Of the socket, or that the deadline has passed; the same error ends every later write.
pub(crate) fn send_all(wire: &Mutex<Wire>) -> io::Result<()> {
    send(wire, false)
}

/// Sends output as far as the socket takes it. Waits only where more is left than may lie in memory.
///
/// # Errors
///
/// As [`send_all`].
pub(crate) fn send_some(wire: &Mutex<Wire>) -> io::Result<()> {
    send(wire, true)
}

fn send(wire: &Mutex<Wire>, may_leave: bool) -> io::Result<()> {
    loop {
        let mut guard = lock(wire);
        let this = &mut *guard;
        if let Some(kind) = this.write_error {
            return Err(kind.into());
        }
        let Some(socket) = this.socket.clone() else { return Ok(()) };
        if this.is_too_late() {
            return Err(this.fail_late(&socket));
        }
        let before = this.output.total;
        let outcome = this.output.send(&socket, Disk::Wait);
        this.write_pace.note(this.output.total - before);
        let blocked = match outcome {
            Ok(Sent::All) => {
                // Nothing is owed: the next wait has its grace again.
                this.write_pace = Pace::default();
                return Ok(());
            }
            Ok(Sent::Budget | Sent::Cold) => false,
            Ok(Sent::Blocked) if may_leave && this.output.may_wait() => return Ok(()),
            Ok(Sent::Blocked) => true,
            Err(error) => return Err(fail(this, &socket, error)),
        };
        if blocked {
            let until = match this.may_write_until() {
                Ok(until) => until,
                Err(error) => return Err(fail(this, &socket, error)),
            };
            drop(guard);
            if let Err(error) = wait(&socket, Readiness::Writable, until) {
                return Err(fail(&mut lock(wire), &socket, error));
            }
        }
    }
}

/// Ends the answer, and with it the connection, where it stands.
pub(crate) fn fail(wire: &mut Wire, socket: &Socket, error: io::Error) -> io::Error {
    wire.write_error = Some(error.kind());
    wire.output.clear();
    // Go closes the connection, which ends the body too.
    socket.shutdown();
    error
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_loop_does_not_wait_for_a_wire_that_is_held() {
        let wire = Mutex::new(Wire::default());
        assert!(lock_soon(&wire).is_some());
        let (tell, told) = mpsc::channel();
        let (go, gate) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            let wire = &wire;
            scope.spawn(move || {
                let _held = lock(wire);
                tell.send(()).unwrap();
                gate.recv().unwrap();
            });
            told.recv().unwrap();
            assert!(lock_soon(wire).is_none());
            go.send(()).unwrap();
        });
        assert!(lock_soon(&wire).is_some());
    }
}
