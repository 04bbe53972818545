//! `ServerCore`: what a server's loops and handlers share: handler, settings, hooks, state.

use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use http::Method;
use nethttp_core::{Context, Handler, Request, ResponseWriter, RouteCost, StatusCode};

use crate::config::Config;
use crate::conn::hooks::{ConnInfo, ConnState};
use crate::contained::contained;
use crate::engine::Message;
use crate::engine::shared::LoopShared;

/// Called with a connection and its new state.
pub type ConnStateHook = Arc<dyn Fn(&ConnInfo, ConnState) + Send + Sync>;

/// Makes the context of a connection from that of the server.
pub type ConnContextHook = Arc<dyn Fn(Context, &ConnInfo) -> Context + Send + Sync>;

/// Takes lines for the operator.
pub type LogHook = Arc<dyn Fn(&str) + Send + Sync>;

/// User code that is called about connections.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) conn_state: Option<ConnStateHook>,
    pub(crate) conn_context: Option<ConnContextHook>,
    pub(crate) error_log: Option<LogHook>,
}

impl Hooks {
    /// Whether connections need an introduction.
    pub(crate) const fn watch_connections(&self) -> bool {
        self.conn_state.is_some() || self.conn_context.is_some()
    }
}

/// One running server.
pub(crate) struct ServerCore {
    pub(crate) config: Config,
    pub(crate) hooks: Hooks,
    pub(crate) base: Context,
    /// The cost of handlers that no mux announces.
    pub(crate) root_cost: RouteCost,
    pub(crate) lifecycle: Arc<Lifecycle>,
    handler: Option<Arc<dyn Handler>>,
    answers_options: bool,
}

impl ServerCore {
    pub(crate) fn new(
        config: Config,
        hooks: Hooks,
        base: Context,
        handler: Option<Arc<dyn Handler>>,
        lifecycle: Arc<Lifecycle>,
        answers_options: bool,
    ) -> Self {
        Self { config, hooks, base, root_cost: RouteCost::new(), lifecycle, handler, answers_options }
    }

    /// Who answers a request: the server itself for `OPTIONS *`, else its handler, else the default mux.
    pub(crate) fn handler_for(&self, r: &Request) -> &dyn Handler {
        if self.answers_options && r.method == Method::OPTIONS && &*r.request_uri == "*" {
            return &options;
        }
        match &self.handler {
            Some(handler) => &**handler,
            None => nethttp_core::default_handler(),
        }
    }

    /// Whether connections are kept after an answer.
    pub(crate) fn keeps_alive(&self) -> bool {
        self.lifecycle.keeps_alive()
    }

    /// Tells the operator. May block, so never called by a loop itself.
    pub(crate) fn log(&self, line: &str) {
        match &self.hooks.error_log {
            // A log that panics has nobody to be told to.
            Some(log) => drop(contained(|| log(line))),
            None => drop(writeln!(std::io::stderr(), "{line}")),
        }
    }
}

impl fmt::Debug for ServerCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerCore").field("config", &self.config).finish_non_exhaustive()
    }
}

/// The answer to `OPTIONS *`. Go's `globalOptionsHandler`.
fn options(w: &mut dyn ResponseWriter, r: &mut Request) {
    w.header().set("Content-Length", "0");
    if r.content_length != 0 {
        // A body that nobody asked for is read a little way, so that the client sees its answer.
        let mut body = nethttp_core::max_bytes_reader(w, r.body.take(), 4 << 10);
        let _ = std::io::copy(&mut body, &mut std::io::sink());
    }
    w.write_header(StatusCode::OK);
}

/// Whether a server runs, and how many connections it has; shared by all its handles.
#[derive(Debug, Default)]
pub(crate) struct Lifecycle {
    state: AtomicU8,
    no_keep_alives: AtomicBool,
    /// Connections of all loops, hijacked ones left out.
    connections: Mutex<usize>,
    changed: Condvar,
    loops: Mutex<Vec<Arc<LoopShared>>>,
    /// Threads in handlers, those that run a loop left out.
    ///
    /// Signed: a call whose loop the monitor could give to nobody may end, and take itself back, before the monitor does.
    detached: AtomicIsize,
    /// How many there have been in all.
    hand_overs: AtomicU64,
    /// Calls that wait in the loops for one of them to end.
    waiting: AtomicUsize,
    /// How many of them there may be.
    max_workers: AtomicUsize,
}

/// The states of a server, in the only order they are passed through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Running,
    ShuttingDown,
    Closed,
}

impl Lifecycle {
    pub(crate) fn state(&self) -> State {
        match self.state.load(Ordering::Acquire) {
            0 => State::Running,
            1 => State::ShuttingDown,
            _ => State::Closed,
        }
    }

    /// Passes on to a later state and tells the loops.
    pub(crate) fn enter(&self, state: State) {
        self.state.fetch_max(state as u8, Ordering::AcqRel);
        self.tell_loops();
        drop(self.connections.lock());
        self.changed.notify_all();
    }

    pub(crate) fn tell_loops(&self) {
        for shared in self.loops.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            // A loop that has ended has no state.
            drop(shared.post(Message::StateChanged));
        }
    }

    pub(crate) fn set_loops(&self, loops: &[Arc<LoopShared>]) {
        self.loops.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(loops);
    }

    pub(crate) fn forget_loop(&self, ended: &Arc<LoopShared>) {
        self.loops.lock().unwrap_or_else(PoisonError::into_inner).retain(|shared| !Arc::ptr_eq(shared, ended));
    }

    /// Has all loops close their connections, and waits for that, for `patience` at the most.
    pub(crate) fn close_connections(&self, patience: Duration) {
        let (done, closed) = mpsc::channel();
        for shared in self.loops.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            drop(shared.post(Message::CloseConnections(done.clone())));
        }
        drop(done);
        let end = Instant::now() + patience;
        while closed.recv_timeout(end.saturating_duration_since(Instant::now())).is_ok() {}
    }

    pub(crate) fn set_max_workers(&self, max: usize) {
        self.max_workers.store(max, Ordering::Relaxed);
    }

    /// Whether no handler may be called that might need a thread of its own.
    pub(crate) fn is_full(&self) -> bool {
        let detached = usize::try_from(self.detached.load(Ordering::SeqCst)).unwrap_or(0);
        detached >= self.max_workers.load(Ordering::Relaxed)
    }

    /// How often a call has lost its loop, or got a thread beside it.
    pub(crate) fn hand_overs(&self) -> u64 {
        self.hand_overs.load(Ordering::Relaxed)
    }

    /// One more thread is in a handler.
    pub(crate) fn detached(&self) {
        self.detached.fetch_add(1, Ordering::SeqCst);
        self.hand_overs.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes [`detached`](Self::detached) back: it did not come to that. A call may wait because of it all the same.
    pub(crate) fn not_detached(&self) {
        self.hand_overs.fetch_sub(1, Ordering::Relaxed);
        self.reattached();
    }

    /// A thread is out of its handler: the loops in which calls wait for that are told.
    ///
    /// Nobody is missed: either this sees that a call waits, or its loop, which counts the call before it looks whether
    /// there is a place, sees this one.
    pub(crate) fn reattached(&self) {
        self.detached.fetch_sub(1, Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) > 0 {
            for shared in self.loops.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                drop(shared.post(Message::PlaceFree));
            }
        }
    }

    /// Counts calls that wait in a loop.
    pub(crate) fn add_waiting(&self, calls: usize) {
        self.waiting.fetch_add(calls, Ordering::SeqCst);
    }

    /// Counts calls that no longer wait.
    pub(crate) fn remove_waiting(&self, calls: usize) {
        self.waiting.fetch_sub(calls, Ordering::SeqCst);
    }

    pub(crate) fn keeps_alive(&self) -> bool {
        !self.no_keep_alives.load(Ordering::Relaxed) && self.state() == State::Running
    }

    pub(crate) fn set_keep_alives(&self, enabled: bool) {
        self.no_keep_alives.store(!enabled, Ordering::Relaxed);
        if !enabled {
            self.tell_loops();
        }
    }

    pub(crate) fn opened(&self) {
        *self.connections.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    pub(crate) fn closed(&self) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        *connections -= 1;
        if *connections == 0 {
            self.changed.notify_all();
        }
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is no connection; `false` when the context ended before.
    pub(crate) fn wait_until_empty(&self, ctx: &Context) -> bool {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        while *connections > 0 {
            if ctx.done() {
                return false;
            }
            // The context has no way to wake this wait: look at it now and then.
            let step = ctx.deadline().map_or(LOOK, |end| end.saturating_duration_since(Instant::now()).min(LOOK));
            connections = self
                .changed
                .wait_timeout(connections, step.max(Duration::from_millis(1)))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }
}

const LOOK: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_given_back_before_it_was_taken_leaves_room() {
        let lifecycle = Lifecycle::default();
        lifecycle.set_max_workers(1);
        lifecycle.detached();
        assert!(lifecycle.is_full());
        lifecycle.reattached();
        lifecycle.not_detached();
        assert!(!lifecycle.is_full(), "one too few is no wrapped number");
        lifecycle.detached();
        assert!(!lifecycle.is_full());
        lifecycle.detached();
        assert!(lifecycle.is_full());
    }
}
