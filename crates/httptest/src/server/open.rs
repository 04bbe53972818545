//! Connections that a test's own `conn_state` hook has been told of: closing waits until it has heard of their end.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nethttp_server::{ConnState, ConnStateHook};

/// How many connections the hook knows as open.
#[derive(Debug, Default)]
pub(super) struct Open {
    count: Mutex<usize>,
    changed: Condvar,
}

impl Open {
    /// The hook, which counts as well.
    pub(super) fn counting(self: &Arc<Self>, hook: ConnStateHook) -> ConnStateHook {
        let this = Arc::clone(self);
        Arc::new(move |conn, state| {
            if state == ConnState::New {
                *this.count() += 1;
            }
            // Counted also where the hook panics, which the server survives.
            let _ended = matches!(state, ConnState::Hijacked | ConnState::Closed).then(|| Ended(&this));
            hook(conn, state);
        })
    }

    /// Waits until the hook has heard of every end, for `patience` at the most.
    pub(super) fn wait_for_none(&self, patience: Duration) {
        drop(self.changed.wait_timeout_while(self.count(), patience, |count| *count > 0));
    }

    fn count(&self) -> MutexGuard<'_, usize> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The hook is about to hear of a connection's end; dropped when it has.
struct Ended<'a>(&'a Open);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        *self.0.count() -= 1;
        self.0.changed.notify_all();
    }
}
