//! Admission: whether a handler may be called now.
//!
//! Calls that have lost their loop are bounded by `max_workers`. At the bound a loop does everything but call handlers:
//! complete requests wait in a queue; beyond the queue's bound they are answered with 503 (pitfall F11). Hooks about
//! connections wait in it too; of these there are no more than connections, and none is left out.
//!
//! Those that wait do so in order, but for requests of connections whose last call kept its loop: these come first, at most
//! [`OVERTAKING`] before one of the others. A handler that waits takes a worker that has come free for good, one that does
//! not takes it for a moment only; and a quick handler behind hundreds of slow ones would be as slow as they are.

use std::collections::VecDeque;

use super::event_loop::EventLoop;
use crate::conn::call::Call;

/// Calls that wait for a worker.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Of connections whose last call kept its loop.
    quick: VecDeque<Call>,
    /// All others.
    others: VecDeque<Call>,
    /// How many of `quick` have come before the first of `others`.
    overtaken: usize,
}

/// So many quick calls may come before one of the others: the clients that make them may be many, or may lie.
const OVERTAKING: usize = 16;

/// Calls that wait in one loop; no request is added beyond this.
const MAX_WAITING: usize = 1024;

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn len(&self) -> usize {
        self.quick.len() + self.others.len()
    }

    fn push(&mut self, call: Call) {
        if call.is_quick() { self.quick.push_back(call) } else { self.others.push_back(call) }
    }

    fn pop(&mut self) -> Option<Call> {
        if (self.overtaken < OVERTAKING || self.others.is_empty())
            && let Some(call) = self.quick.pop_front()
        {
            self.overtaken += 1;
            return Some(call);
        }
        self.overtaken = 0;
        self.others.pop_front()
    }
}

impl EventLoop {
    /// Lets the call be made, or takes it into the queue, or refuses it.
    pub(super) fn admit(&mut self, mut call: Call) -> Option<Call> {
        // Whose call it is: it may have waited while others were looked at.
        self.current = call.token();
        if !call.needs_worker() || !self.is_full() {
            let call = self.send_out(call);
            if call.is_none() {
                self.taken_over();
            }
            return call;
        }
        if self.queue.len() < MAX_WAITING || !matches!(call, Call::Serve(_)) {
            self.queue.push(call);
            self.parts.core.lifecycle.add_waiting(1);
            self.taken_over();
            return None;
        }
        if let Call::Serve(exchange) = &mut call {
            exchange.refuse_busy();
        }
        self.returned(call);
        None
    }

    /// The next of the calls that waited, if it may be made now.
    pub(super) fn admit_waiting(&mut self) -> Option<Call> {
        while self.may_admit() {
            self.parts.core.lifecycle.remove_waiting(1);
            let mut call = self.queue.pop()?;
            if let Call::Serve(exchange) = &mut call
                && exchange.is_orphaned()
            {
                // Its client has gone meanwhile: those that wait behind it have not.
                exchange.abandon();
                self.returned(call);
                continue;
            }
            if let Some(call) = self.send_out(call) {
                return Some(call);
            }
        }
        None
    }

    /// Gives a call that will take its time to another thread, so that this loop need not change hands for it.
    fn send_out(&mut self, call: Call) -> Option<Call> {
        if !call.is_slow(self.is_stormy()) {
            return Some(call);
        }
        self.shared.give_call(call).err()
    }

    /// Whether a call waits that may be made.
    pub(super) fn may_admit(&self) -> bool {
        !self.queue.is_empty() && !self.is_full()
    }

    /// The server closes: requests that wait are not answered any more. Hooks still learn how each connection ends.
    pub(super) fn abandon_waiting(&mut self) {
        let Queue { quick, others, .. } = std::mem::take(&mut self.queue);
        for mut call in quick.into_iter().chain(others) {
            if let Call::Serve(exchange) = &mut call {
                exchange.abandon();
                self.parts.core.lifecycle.remove_waiting(1);
                self.returned(call);
            } else {
                self.queue.push(call);
            }
        }
    }

    fn is_full(&self) -> bool {
        self.parts.core.lifecycle.is_full()
    }
}
