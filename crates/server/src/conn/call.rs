//! `Call`: what a loop asks its runner to do outside of the loop, because it may block or is written by users.

use std::sync::Arc;

use mio::Token;

use super::exchange::Exchange;
use super::fetch::Fetch;
use super::hooks::HookCall;
use crate::core::ServerCore;

/// Something to be run in the bracket of a turn.
#[derive(Debug)]
pub(crate) enum Call {
    /// A request to be answered.
    Serve(Box<Exchange>),
    /// A hook to be called about a connection, which comes back after it.
    Hook(Box<HookCall>),
    /// A part of a file to be brought into memory, for a connection that sends it.
    Fetch(Box<Fetch>),
    /// Lines for the operator.
    Log(Vec<String>, Arc<ServerCore>),
}

/// How a handler's call went with its thread; the next one of its connection is expected to go alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conduct {
    /// It kept its loop.
    Quick,
    /// It gave its loop away to wait for the client or the disk, or never had one; that its route is slow is not known.
    Waiting,
    /// It held its thread up.
    Slow,
}

impl Call {
    /// Runs it, whatever it does; does not unwind.
    pub(crate) fn run(&mut self) {
        match self {
            Self::Serve(exchange) => exchange.run(),
            Self::Hook(hook) => hook.run(),
            Self::Fetch(fetch) => fetch.run(),
            Self::Log(lines, core) => lines.drain(..).for_each(|line| core.log(&line)),
        }
    }

    /// The connection that it is made for.
    pub(crate) fn token(&self) -> Option<Token> {
        match self {
            Self::Serve(exchange) => Some(exchange.token),
            Self::Hook(hook) => hook.token,
            Self::Fetch(fetch) => Some(fetch.token),
            Self::Log(..) => None,
        }
    }

    /// Whether a handler or a hook is to be called, which may take a thread of its own.
    pub(crate) fn needs_worker(&self) -> bool {
        match self {
            Self::Serve(exchange) => exchange.is_fresh(),
            Self::Hook(_) => true,
            Self::Fetch(_) | Self::Log(..) => false,
        }
    }

    /// Whether it is better made by another thread from the start: the last one of its connection took its time. `unknown`
    /// for the first one.
    pub(crate) fn is_slow(&self, unknown: bool) -> bool {
        let is_slow = |exchange: &Exchange| exchange.conduct.map_or(unknown, |conduct| conduct == Conduct::Slow);
        matches!(self, Self::Serve(exchange) if exchange.is_fresh() && is_slow(exchange))
    }

    /// Whether the last one of its connection kept its loop: it is likely to hold no worker.
    pub(crate) fn is_quick(&self) -> bool {
        matches!(self, Self::Serve(exchange) if exchange.conduct == Some(Conduct::Quick))
    }

    /// A call of a handler has been made.
    pub(crate) fn note(&mut self, conduct: Conduct) {
        if let Self::Serve(exchange) = self {
            exchange.conduct = Some(conduct);
        }
    }

    /// The loop has gone on without this call: what is left is done by this thread.
    pub(crate) fn finish_alone(&mut self) {
        if let Self::Serve(exchange) = self {
            exchange.send_alone();
        }
    }
}
