//! What goes out: sending, refusing, and the ways in which a connection ends.

use std::io;

use nethttp_h1::HeadError;

use super::{After, Connection, FIRST_PAUSE, Next, Phase, Progress};
use crate::conn::call::Call;
use crate::conn::exchange::Exchange;
use crate::conn::fetch::MAX_FETCHES;
use crate::conn::output::{Disk, Sent};
use crate::conn::parts::Parts;
use crate::conn::rate::Meter;
use crate::conn::wire;
use crate::engine::timers::{Millis, NEVER};

/// How long a closed connection is listened to, in milliseconds: Go's `rstAvoidanceDelay`.
const LINGER: Millis = 500;

/// What is read of a connection that lingers, at the most, in bytes a turn.
const LINGER_READS: usize = 16;

impl Connection {
    /// The handler of this connection has lost the loop: it may take its time, and what it writes without flushing goes out
    /// all the same.
    pub(crate) fn let_go(&mut self, parts: &mut Parts) {
        if self.phase == Phase::Out && self.watch.is_some() {
            self.send_written();
            self.look_again(parts, FIRST_PAUSE);
        }
    }

    pub(super) fn look_again(&mut self, parts: &mut Parts, pause: Millis) {
        self.look_after = Some(pause);
        self.set_deadline(parts, parts.now + pause);
    }

    /// Sends what the handler has written so far, and the answers to earlier requests before that.
    pub(super) fn send_written(&self) {
        if let Some(watch) = &self.watch
            && let Some(mut wire) = wire::lock_soon(&watch.wire)
            && wire.write_error.is_none()
            && !wire.is_too_late()
        {
            // A failure shows again when the handler's own answer is sent.
            let _ = wire.output.send(&self.socket, Disk::Never);
        }
    }

    /// Skips what is left of the body of a request that has been answered, then lets the answer go.
    pub(super) fn drain(&mut self, parts: &mut Parts) -> Progress {
        let Some(mut exchange) = self.exchange.take() else { return Progress::Next(Next::Close) };
        let mut more_to_send = false;
        // There is output only if the answer began while the handler was still reading.
        match self.output.send(&self.socket, Disk::Never) {
            Ok(Sent::All) => {}
            Ok(Sent::Blocked) => parts.watch_write(self),
            Ok(Sent::Budget) => more_to_send = true,
            Ok(Sent::Cold) => {
                if let Some(call) = self.fetch(parts) {
                    self.exchange = Some(exchange);
                    return Progress::Next(Next::Call(call));
                }
            }
            Err(_) => return Progress::Next(Next::Close),
        }
        loop {
            if exchange.drain(&mut self.input) {
                self.phase = Phase::Out;
                self.lend(&mut exchange);
                return Progress::Next(Next::Call(Call::Serve(exchange)));
            }
            if !self.readable {
                self.exchange = Some(exchange);
                parts.arm(self);
                // The socket takes more, so that no event will tell.
                return Progress::Next(if more_to_send { Next::Requeue } else { Next::Wait });
            }
            match self.fill(parts) {
                Ok(0) if self.readable => exchange.end_of_input(),
                Ok(_) => {}
                Err(_) => exchange.end_of_input(),
            }
        }
    }

    /// Has the part of a file fetched that comes next in the output; gives the call that does, unless it is under way or
    /// has to wait for others.
    fn fetch(&mut self, parts: &mut Parts) -> Option<Call> {
        if self.fetches {
            return None;
        }
        let fetch = self.output.next_fetch(self.token)?;
        self.fetches = true;
        if parts.fetches >= MAX_FETCHES {
            parts.to_fetch.push_back(self.token);
            return None;
        }
        parts.fetches += 1;
        Some(Call::Fetch(Box::new(fetch)))
    }

    /// What comes next of the output may be sent, or, if it has not been fetched, asked for again.
    pub(crate) const fn fetched(&mut self, is_done: bool) {
        self.fetches = false;
        if is_done {
            self.output.set_fetched();
        }
    }

    pub(super) fn send(&mut self, parts: &mut Parts, after: After) -> Progress {
        if self.send_by <= parts.now {
            return Progress::Next(Next::Close);
        }
        let waits = match self.output.send(&self.socket, Disk::Never) {
            Ok(Sent::All) => None,
            Ok(Sent::Budget) => Some(Next::Requeue),
            Ok(Sent::Blocked) => {
                parts.watch_write(self);
                Some(Next::Wait)
            }
            Ok(Sent::Cold) => Some(self.fetch(parts).map_or(Next::Wait, Next::Call)),
            Err(error) => {
                if error.kind() == io::ErrorKind::UnexpectedEof {
                    parts.log_refusal(&self.socket, &error.to_string());
                }
                return Progress::Next(Next::Close);
            }
        };
        if let Some(next) = waits {
            // Most answers are out at once, and no clock runs for them.
            if self.rate.is_none() {
                self.measure_sending(parts);
            }
            parts.arm(self);
            return Progress::Next(next);
        }
        self.rate = None;
        match after {
            After::Continue if !parts.core.keeps_alive() => Progress::Next(Next::Close),
            After::Continue => {
                self.phase = Phase::Reading;
                Progress::Changed
            }
            After::Close => Progress::Next(Next::Close),
            After::Linger => {
                if self.read_closed && self.socket.unread() == 0 || self.socket.close_write().is_err() {
                    return Progress::Next(Next::Close);
                }
                self.phase = Phase::Lingering;
                self.input.consume(self.input.len());
                self.set_deadline(parts, parts.now + LINGER);
                Progress::Changed
            }
        }
    }

    /// Reads and forgets, so that the client gets to read the answer before its own bytes make the kernel reset the
    /// connection (pitfall F9: without a thread).
    pub(super) fn linger(&mut self, parts: &mut Parts) -> Progress {
        for _ in 0..LINGER_READS {
            if !self.readable {
                return Progress::Next(Next::Wait);
            }
            match self.fill(parts) {
                Ok(0) if self.readable => return Progress::Next(Next::Close),
                Ok(_) => self.input.consume(self.input.len()),
                Err(_) => return Progress::Next(Next::Close),
            }
        }
        Progress::Next(Next::Requeue)
    }

    /// Answers a bad request as far as it is answered, and ends the connection. Nothing behind it is looked at.
    pub(super) fn refuse(&mut self, parts: &mut Parts, error: HeadError) {
        self.was_refused |= error != HeadError::Closed;
        error.write_to(self.output.bytes());
        if self.output.is_empty() {
            self.phase = Phase::Sending(After::Close);
            return;
        }
        parts.log_refusal(&self.socket, &error.to_string());
        self.finish_refusal();
    }

    pub(super) const fn finish_refusal(&mut self) {
        self.was_refused = true;
        self.phase = Phase::Sending(After::Linger);
        (self.send_by, self.rate) = (NEVER, None);
    }

    pub(super) const fn send_first(&mut self) -> Progress {
        self.phase = Phase::Sending(After::Continue);
        // The deadline is that of sending now; a head that has begun gets its own again.
        self.in_head = false;
        Progress::Changed
    }

    /// Whether the transfer that is measured, if one is, keeps the least rate.
    pub(super) fn keeps_rate(&self, total: u64, parts: &Parts) -> bool {
        self.rate.is_none_or(|rate| rate.is_kept(total, parts))
    }

    /// Begins a window in which the least rate of what is skipped is measured.
    pub(super) fn begin_draining(&mut self, exchange: &Exchange, parts: &mut Parts) {
        self.rate = Some(Meter::start(exchange.drained(), parts));
        self.set_deadline(parts, parts.millis(exchange.read_deadline()).min(parts.rate_window()));
    }

    /// Begins a window in which the least rate of what is sent is measured.
    pub(super) fn measure_sending(&mut self, parts: &mut Parts) {
        self.rate = Some(Meter::start(self.output.arrived(&self.socket), parts));
        self.set_deadline(parts, self.send_by.min(parts.rate_window()));
    }
}
