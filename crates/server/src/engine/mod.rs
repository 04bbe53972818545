//! The engine: loops that run handlers inline and change hands when one of these gets stuck.
//!
//! A *loop* ([`event_loop`]) is data: a poller, its connections, timers and unfinished work. One thread at a time runs it
//! ([`runner`]). For the time of a call the runner parks the loop ([`turn`]); if the call is still there some
//! milliseconds later, the [`monitor`] gives the loop to a waiting thread ([`standby`]), and a call that knows it will wait does so by
//! itself ([`current`]). The stuck thread finishes its response alone and sends the connection back through the loop's
//! inbox ([`shared`]).

pub(crate) mod acceptor;
pub(crate) mod admission;
pub(crate) mod current;
pub(crate) mod event_loop;
pub(crate) mod monitor;
pub(crate) mod registry;
pub(crate) mod runner;
pub(crate) mod shared;
pub(crate) mod standby;
pub(crate) mod start;
pub(crate) mod sync;
pub(crate) mod thread_state;
pub(crate) mod timers;
pub(crate) mod turn;

use std::sync::Arc;
use std::sync::mpsc::Sender;

use mio::Token;
use nethttp_core::Context;

use crate::conn::call::Call;
use crate::conn::socket::Socket;
use event_loop::EventLoop;
use shared::LoopShared;

/// What a thread of the engine can be given to do.
pub(crate) enum Job {
    /// Run this loop until it ends or is lost to another thread.
    Run(Box<EventLoop>),
    /// Make this call of that loop, which goes on meanwhile.
    Call(Call, Arc<LoopShared>),
    /// Run this function: a handler that works beside the one that serves the connection.
    Task(Box<dyn FnOnce() + Send>, Arc<LoopShared>),
}

/// What other threads tell a loop.
#[derive(Debug)]
pub(crate) enum Message {
    /// A call that had lost the loop is finished.
    Returned(Call),
    /// A connection was accepted for this loop.
    Accepted(Arc<Socket>, Option<Context>),
    /// This connection belongs to a handler now.
    Hijacked(Token),
    /// Connections of this listener are to be accepted.
    Listen(acceptor::Slot),
    /// A thread is out of its handler: a call that waits may be made.
    PlaceFree,
    /// The server's state has changed: it shuts down or closes.
    StateChanged,
    /// All connections are to be closed; who asked is told when that is done.
    CloseConnections(Sender<()>),
}
