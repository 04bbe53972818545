//! Accepting: the listeners of a loop, and to which loop each new connection goes.
//!
//! One loop accepts for all: the one with the fewest connections gets the next, so that the spread is even however the
//! connections come. A loop that is stuck in a handler changes hands within milliseconds, and so does its listener.
//!
//! An error of one connection is passed over; where descriptors or memory run short the listener pauses, from 5 ms up to a
//! second, as Go's does (pitfall F1). Any other error ends the listener, not its connections.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use mio::event::Source;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use nethttp_core::Context;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::net::SocketFlags;

use super::event_loop::{EventLoop, listener_token};
use super::timers::{Millis, NEVER};
use crate::conn::socket::{Peer, Socket};
use crate::core::State;

/// The listeners of a loop.
#[derive(Debug, Default)]
pub(crate) struct Acceptor {
    slots: Vec<Option<Slot>>,
}

/// A listener and how it stands with it.
#[derive(Debug)]
pub(crate) struct Slot {
    fd: OwnedFd,
    /// The context of its connections, where a hook made one.
    base: Option<Context>,
    ticket: Arc<Ticket>,
    /// There may be more to accept: the last look ended before it would have blocked.
    is_ready: bool,
    /// No look before this moment.
    paused_until: Millis,
    pause: Millis,
}

/// How `serve` learns of its listener's end.
#[derive(Debug, Default)]
pub(crate) struct Ticket {
    outcome: Mutex<Option<Option<io::Error>>>,
    ended: Condvar,
}

/// Connections accepted before others have their turn.
const BUDGET: usize = 64;

/// After so many at once, more are expected to wait.
const FEW: usize = 8;

/// The first and the longest pause, in milliseconds.
const PAUSES: (Millis, Millis) = (5, 1000);

impl Ticket {
    fn end(&self, error: Option<io::Error>) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        self.ended.notify_all();
    }

    /// Waits until the listener has ended; gives what ended it, unless the server closed it.
    pub(crate) fn wait(&self) -> Option<io::Error> {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(error) = outcome.take() {
                return error;
            }
            outcome = self.ended.wait(outcome).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Slot {
    /// A listening, non-blocking socket.
    pub(crate) const fn new(fd: OwnedFd, base: Option<Context>, ticket: Arc<Ticket>) -> Self {
        Self { fd, base, ticket, is_ready: false, paused_until: 0, pause: 0 }
    }
}

impl Acceptor {
    pub(super) fn is_empty(&self) -> bool {
        self.slots.iter().all(Option::is_none)
    }

    /// Whether a listener is to be looked at without waiting for an event.
    pub(super) fn is_ready(&self) -> bool {
        self.slots.iter().flatten().any(|slot| slot.is_ready && slot.paused_until == 0)
    }

    pub(super) fn is_due(&self, now: Millis) -> bool {
        self.slots.iter().flatten().any(|slot| slot.is_ready && slot.paused_until <= now)
    }

    /// When a pause ends.
    pub(super) fn next_look(&self) -> Millis {
        let paused = self.slots.iter().flatten().filter(|slot| slot.is_ready).map(|slot| slot.paused_until);
        paused.min().unwrap_or(NEVER)
    }

    /// Takes note of an event.
    pub(super) fn notice(&mut self, token: Token) {
        let slots = self.slots.iter_mut().enumerate();
        for (_, slot) in slots.filter(|(index, _)| listener_token(*index) == token) {
            if let Some(slot) = slot {
                slot.is_ready = true;
            }
        }
    }

    /// Ends all listeners: the server does not accept any more.
    pub(super) fn close_all(&mut self, registry: &Registry) {
        for slot in self.slots.drain(..).flatten() {
            let _ = SourceFd(&slot.fd.as_raw_fd()).deregister(registry);
            drop(slot.fd);
            slot.ticket.end(None);
        }
    }
}

/// Whether a connection waits to be accepted. To ask is cheap; to accept where none waits costs as much as to answer a small
/// request, for the kernel makes the new socket before it looks.
fn has_waiting(listener: &OwnedFd) -> bool {
    let mut wanted = [PollFd::new(listener, PollFlags::IN)];
    // An error of the listener is told by accepting.
    rustix::event::poll(&mut wanted, Some(&Timespec::default())) != Ok(0)
}

impl EventLoop {
    /// Begins to accept from a listener.
    pub(super) fn listen(&mut self, mut slot: Slot) {
        if self.parts.core.lifecycle.state() != State::Running {
            slot.ticket.end(None);
            return;
        }
        let index = self.acceptor.slots.iter().position(Option::is_none).unwrap_or(self.acceptor.slots.len());
        let fd = slot.fd.as_raw_fd();
        match SourceFd(&fd).register(&self.parts.registry, listener_token(index), Interest::READABLE) {
            Ok(()) => {
                slot.is_ready = true;
                self.acceptor.slots.resize_with(self.acceptor.slots.len().max(index + 1), || None);
                self.acceptor.slots[index] = Some(slot);
            }
            Err(error) => slot.ticket.end(Some(error)),
        }
    }

    /// Accepts what there is, a bounded number at a time.
    pub(super) fn accept(&mut self) {
        for index in 0..self.acceptor.slots.len() {
            let Some(mut slot) = self.acceptor.slots[index].take() else { continue };
            if !slot.is_ready || slot.paused_until > self.parts.now {
                self.acceptor.slots[index] = Some(slot);
                continue;
            }
            slot.paused_until = 0;
            match self.accept_from(&mut slot) {
                Ok(()) => self.acceptor.slots[index] = Some(slot),
                Err(error) => {
                    let _ = SourceFd(&slot.fd.as_raw_fd()).deregister(&self.parts.registry);
                    slot.ticket.end(Some(error));
                }
            }
        }
    }

    fn accept_from(&mut self, slot: &mut Slot) -> io::Result<()> {
        for count in 0..BUDGET {
            if (1..FEW).contains(&count) && !has_waiting(&slot.fd) {
                slot.is_ready = false;
                return Ok(());
            }
            match rustix::net::acceptfrom_with(&slot.fd, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK) {
                Ok((fd, address)) => {
                    slot.pause = 0;
                    self.assign(Arc::new(Socket::new(fd, Peer::of(address))), slot.base.clone());
                }
                Err(Errno::AGAIN) => {
                    slot.is_ready = false;
                    return Ok(());
                }
                Err(Errno::INTR | Errno::CONNABORTED | Errno::PROTO | Errno::PERM) => {}
                Err(error @ (Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)) => {
                    slot.pause = (slot.pause * 2).clamp(PAUSES.0, PAUSES.1);
                    slot.paused_until = self.parts.now + slot.pause;
                    let line = format!("http: Accept error: {error}; retrying in {}ms", slot.pause);
                    self.parts.log(line);
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Gives a new connection to the loop that has the fewest.
    fn assign(&mut self, socket: Arc<Socket>, base: Option<Context>) {
        let least = self.siblings.iter().min_by_key(|sibling| sibling.load());
        let chosen = least.filter(|sibling| sibling.load() < self.shared.load()).unwrap_or(&self.shared);
        if Arc::ptr_eq(chosen, &self.shared) {
            self.parts.core.lifecycle.opened();
            self.shared.count_connection();
            self.add(socket, base);
        } else {
            chosen.give_connection(socket, base);
        }
    }
}
