//! `Wire`: what a request's body and its response share: the socket, the bytes read, the bytes to send.
//!
//! It lies behind a lock of its own for the time of a call, since a handler may read the body on one thread and write the
//! answer on another. Nobody waits while holding the lock: who must wait drops it, waits on the socket, and looks again.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Instant;

use nethttp_core::Error;
use nethttp_h1::BodyStep;

use super::body_side::{BodySide, Fault};
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
    /// Bytes of the body that were read from the socket.
    read: u64,
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

    fn is_too_late_to_read(&self) -> bool {
        self.read_deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Until when a thread may wait to read.
    fn may_read_until(&mut self) -> io::Result<Option<Instant>> {
        let total = self.read;
        let pace =
            self.read_pace.allow(Instant::now(), self.min_rate, || total).map_err(|_| Error::DeadlineExceeded)?;
        Ok(earlier(self.read_deadline, pace))
    }

    /// Until when a thread may wait to write.
    fn may_write_until(&mut self) -> io::Result<Option<Instant>> {
        // Not what this thread has sent: the loop may have, too.
        let arrived = || self.socket.as_ref().map_or(0, |socket| self.output.arrived(socket));
        let pace =
            self.write_pace.allow(Instant::now(), self.min_rate, arrived).map_err(|_| Error::DeadlineExceeded)?;
        Ok(earlier(self.write_deadline, pace))
    }

    /// Sends what is due, before a wait for a client that may wait for it. A failure shows again with the next write.
    fn send_due(&mut self, socket: &Socket) {
        if self.write_error.is_none() && self.output.is_due() && !self.is_too_late() {
            let _ = self.output.send(socket, Disk::Wait);
        }
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
            let brings_the_end = this.body.decoder.is_in_trailer();
            drop(guard);
            if brings_the_end {
                // As in Go, the last of the payload comes together with the trailers.
                drain_body(wire);
            }
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
                this.send_due(&socket);
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
        wire.read += count as u64;
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
    wire.read += count as u64;
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
                this.read += count as u64;
                this.input.filled(count);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let Some(until) = this.may_read_until().ok().filter(|_| !this.is_too_late_to_read()) else {
                    this.body.give_up_waiting();
                    continue;
                };
                this.send_due(&socket);
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
    lock(wire).output.release();
    send(wire, false)
}

/// Sends output that is due as far as the socket takes it. Waits only where more is left than may lie in memory.
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
        let blocked = match this.output.send(&socket, Disk::Wait) {
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
