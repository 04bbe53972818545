//! `LoopShared`: the part of a loop that other threads may touch: its turn, its inbox, its waker, its load.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mio::Waker;
use nethttp_core::{Busy, Context};

use super::current::suspicion;
use super::event_loop::EventLoop;
use super::standby::Standby;
use super::sync::fence;
use super::turn::{Parked, Turn};
use super::{Job, Message, thread_state};
use crate::conn::call::Call;
use crate::conn::socket::Socket;
use crate::core::Lifecycle;

/// What a loop shares with the threads that run its handlers, with other loops and with the monitor.
pub(crate) struct LoopShared {
    pub(crate) turn: Turn<Box<EventLoop>>,
    pub(crate) standby: Arc<Standby<Job>>,
    /// Connections of this loop; for whoever accepts, to give the next one to the loop with the fewest.
    pub(crate) connections: AtomicUsize,
    lifecycle: Arc<Lifecycle>,
    /// The thread that runs the loop.
    runner: AtomicU32,
    /// The route of its call, as [`suspicion`](super::current::suspicion) knows it.
    route: AtomicUsize,
    /// The monitor has had to take the loop away from a call that waited; until its next runner knows.
    was_rescued: AtomicBool,
    inbox: Mutex<Inbox>,
    /// Whether there is something in the inbox; changed under its lock.
    has_mail: AtomicBool,
    waker: Waker,
}

/// What other threads have told a loop.
#[derive(Debug, Default)]
struct Inbox {
    messages: Vec<Message>,
    /// The loop has ended: nobody will look again.
    is_closed: bool,
}

impl LoopShared {
    pub(crate) fn new(standby: Arc<Standby<Job>>, lifecycle: Arc<Lifecycle>, waker: Waker) -> Self {
        Self {
            turn: Turn::new(),
            standby,
            connections: AtomicUsize::new(0),
            lifecycle,
            runner: AtomicU32::new(0),
            route: AtomicUsize::new(0),
            was_rescued: AtomicBool::new(false),
            inbox: Mutex::default(),
            has_mail: AtomicBool::new(false),
            waker,
        }
    }

    /// Leaves a message for the loop; gives it back when the loop has ended. The loop is woken only by the first one, for it
    /// takes all when it looks, and only if it waits, for it looks before it does.
    pub(crate) fn post(&self, message: Message) -> Result<(), Message> {
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        if inbox.is_closed {
            return Err(message);
        }
        let first = inbox.messages.is_empty();
        inbox.messages.push(message);
        if first {
            self.has_mail.store(true, Ordering::Relaxed);
        }
        drop(inbox);
        if first {
            fence(Ordering::SeqCst);
        }
        if first && self.turn.is_polling() {
            // It fails only where the loop's poller is gone, and with it who would read the message.
            let _ = self.waker.wake();
        }
        Ok(())
    }

    /// Gives a new connection to the loop; where the loop has ended, the connection is closed.
    pub(crate) fn give_connection(&self, socket: Arc<Socket>, base: Option<Context>) {
        self.lifecycle.opened();
        self.count_connection();
        if self.post(Message::Accepted(socket, base)).is_err() {
            self.connections.fetch_sub(1, Ordering::Relaxed);
            self.lifecycle.closed();
        }
    }

    /// Whether a message waits. A loop that is about to wait asks after it has [said so](Turn::suspend).
    pub(crate) fn has_mail(&self) -> bool {
        self.has_mail.load(Ordering::Relaxed)
    }

    /// Ends the loop, unless a message waits for it; says whether it has ended.
    pub(crate) fn close_inbox(&self) -> bool {
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        inbox.is_closed = inbox.messages.is_empty();
        inbox.is_closed
    }

    /// The loop has ended, and its server no longer knows it. The monitor, which may for as long as somebody holds this,
    /// takes it for one that waits.
    pub(crate) fn retire(self: &Arc<Self>) {
        self.lifecycle.forget_loop(self);
        self.turn.suspend();
        self.standby.loop_ended();
    }

    /// Takes all messages, leaving `spare` (an empty vector with room) in their place.
    pub(crate) fn take_messages(&self, spare: &mut Vec<Message>) {
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut inbox.messages, spare);
        self.has_mail.store(false, Ordering::Relaxed);
    }

    /// Takes the loop away from the call for which it was parked and gives it to a waiting thread. For the monitor: makes
    /// no thread. Says whether the loop has changed hands (to whomever). That a call waits is held against its route; that it
    /// computes, or has no processor, is not.
    pub(crate) fn rescue(&self, parked: Parked, waits: bool) -> bool {
        // Asked first: a loop that is claimed has to be given to somebody.
        if STAYS || !self.standby.has_waiting() {
            return false;
        }
        let Some(event_loop) = self.turn.claim(parked) else { return true };
        let route = self.route.load(Ordering::Relaxed);
        self.was_rescued.store(waits, Ordering::Relaxed);
        self.lifecycle.detached();
        if let Err(Job::Run(event_loop)) = self.standby.give_waiting(Job::Run(event_loop)) {
            // Another loop has got the waiting thread: back to where it was.
            self.lifecycle.not_detached();
            self.turn.park_again(event_loop, parked);
            return false;
        }
        if waits {
            suspicion::cast(route);
        }
        true
    }

    /// Hands the loop over from within its call, to a waiting or a new thread. Says whether this call has lost it.
    pub(crate) fn hand_over(&self, parked: Parked) -> HandOver {
        if STAYS {
            return HandOver::NoThread;
        }
        let Some(event_loop) = self.turn.claim(parked) else { return HandOver::Lost };
        self.lifecycle.detached();
        match self.standby.give(Job::Run(event_loop)) {
            Ok(()) => HandOver::Done,
            Err(Job::Run(event_loop)) => {
                self.lifecycle.not_detached();
                self.turn.park_again(event_loop, parked);
                HandOver::NoThread
            }
            Err(Job::Call(..) | Job::Task(..)) => unreachable!("what was given is a loop"),
        }
    }

    /// Has a waiting or a new thread make a call beside the loop; gives it back if there is no thread.
    pub(crate) fn give_call(self: &Arc<Self>, call: Call) -> Result<(), Call> {
        if STAYS {
            return Err(call);
        }
        self.lifecycle.detached();
        match self.standby.queue(Job::Call(call, Arc::clone(self))) {
            Ok(()) => Ok(()),
            Err(Job::Call(call, _)) => {
                self.lifecycle.not_detached();
                Err(call)
            }
            Err(Job::Run(_) | Job::Task(..)) => unreachable!("what was given is a call"),
        }
    }

    /// Lets a waiting or a new thread run a handler beside the calls, if there may be one more.
    pub(crate) fn give_task(self: &Arc<Self>, task: Box<dyn FnOnce() + Send>) -> Result<(), Busy> {
        if self.lifecycle.is_full() {
            return Err(Busy);
        }
        self.lifecycle.detached();
        let place = Place(Arc::clone(self));
        let task = Box::new(move || {
            let _place = place;
            task();
        });
        self.standby.give(Job::Task(task, Arc::clone(self))).map_err(|_| Busy)?;
        // It may have taken the thread that waited for this loop.
        self.standby.keep_one_waiting();
        Ok(())
    }

    /// A call that had lost this loop has come to its end.
    pub(crate) fn reattached(&self) {
        self.lifecycle.reattached();
    }

    /// This thread runs the loop from now on.
    pub(crate) fn set_runner(&self) {
        self.runner.store(thread_state::own(), Ordering::Relaxed);
    }

    /// The call that is made now belongs to this route; 0: to none.
    pub(crate) fn set_route(&self, route: usize) {
        self.route.store(route, Ordering::Relaxed);
    }

    /// Whether the monitor took the loop away from the call that had it last, because it waited; asked once.
    pub(crate) fn was_rescued(&self) -> bool {
        self.was_rescued.load(Ordering::Relaxed) && self.was_rescued.swap(false, Ordering::Relaxed)
    }

    pub(crate) fn runner(&self) -> u32 {
        self.runner.load(Ordering::Relaxed)
    }

    /// A connection is on its way to this loop.
    pub(crate) fn count_connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn load(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// The place of a task among the threads that are in handlers; given back however the task ends (pitfall C3).
struct Place(Arc<LoopShared>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.reattached();
    }
}

/// Built so for measurements alone: no loop changes hands, as if there were no threads, so that it shows what that is worth.
const STAYS: bool = cfg!(nethttp_no_hand_over);

/// How handing a loop over went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandOver {
    /// It runs on another thread now.
    Done,
    /// It was taken away before.
    Lost,
    /// No thread could be made; it still lies parked.
    NoThread,
}

impl fmt::Debug for LoopShared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopShared").field("connections", &self.connections).finish_non_exhaustive()
    }
}
