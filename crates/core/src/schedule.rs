//! The hook between handlers and the engine that runs them: what a route costs, and that a wait is coming.
//!
//! A server that runs handlers inline wants to know which route a call belongs to (routes that block are handed to a
//! thread of their own before they run) and wants to be told before a handler waits. A mux and a handler that waits say
//! so through their [`Request`](crate::Request); outside such a server nothing happens.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What an engine offers to the code it calls. Implemented by servers.
pub trait Schedule: Sync {
    /// The call that runs on this thread now belongs to the route that `cost` stands for.
    fn enter_route(&self, cost: &RouteCost);

    /// The route entered last on this thread is left again; called also while a panic unwinds.
    fn leave_route(&self, cost: &RouteCost);

    /// This thread is about to wait: whoever depends on it should go on without it.
    fn will_block(&self);

    /// Runs `job` on another thread.
    ///
    /// # Errors
    ///
    /// [`Busy`] when no thread is to be had; never waits for one.
    fn spawn(&self, job: Box<dyn FnOnce() + Send>) -> Result<(), Busy>;
}

/// No thread is free and none may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no thread is free")
    }
}

impl std::error::Error for Busy {}

/// What a route has cost its server so far; one for each registered route.
///
/// Quick calls of a route that has never been slow write nothing here, so that a route served by many threads shares no
/// cache line between them.
#[derive(Debug, Default)]
pub struct RouteCost {
    /// Nanoseconds by which a call is expected to hold its thread up without computing: a decaying mean.
    stall_nanos: AtomicU64,
    /// Nanoseconds for which a call is expected to compute: a decaying mean.
    compute_nanos: AtomicU64,
}

impl RouteCost {
    /// A route of which nothing is known.
    #[must_use]
    pub const fn new() -> Self {
        Self { stall_nanos: AtomicU64::new(0), compute_nanos: AtomicU64::new(0) }
    }

    /// The expected stall of a call, in nanoseconds; 0 for a route that has never been slow.
    #[must_use]
    pub fn expected_stall(&self) -> u64 {
        self.stall_nanos.load(Ordering::Relaxed)
    }

    /// Whether a call is expected to compute for so long (a millisecond) that more of them at once than there are
    /// processors gain nothing.
    #[must_use]
    pub fn computes_for_long(&self) -> bool {
        self.compute_nanos.load(Ordering::Relaxed) > 1_000_000
    }

    /// A call has held its thread up, for what reason is not known: the next hundred or so are worth timing.
    pub fn suspect(&self) {
        self.stall_nanos.fetch_max(SUSPICION, Ordering::Relaxed);
    }

    /// Takes one timed call into the means, with weight 1/16 (updates that race may lose one observation, no more). Quick
    /// calls bring a mean down to 0 in the end, and the route is no longer timed.
    pub fn observe(&self, stall: Duration, compute: Duration) {
        for (mean, seen) in [(&self.stall_nanos, stall), (&self.compute_nanos, compute)] {
            let seen = u64::try_from(seen.as_nanos()).unwrap_or(u64::MAX).min(MAX_SEEN);
            let old = mean.load(Ordering::Relaxed);
            let new = old.saturating_sub((old / 16).max(1)) + seen / 16;
            if new != old {
                mean.store(new, Ordering::Relaxed);
            }
        }
    }
}

/// One observation counts for a second at most, so that a single accident is forgotten after some tens of calls.
const MAX_SEEN: u64 = 1_000_000_000;

/// The mean, in nanoseconds, of a route that is suspected: it falls to 0 in some hundred quick calls.
const SUSPICION: u64 = 10_000;

/// Marks a route as left when dropped; made by [`Request::enter_route`](crate::Request::enter_route).
#[must_use]
pub struct RouteGuard<'a> {
    pub(crate) schedule: Option<&'static dyn Schedule>,
    pub(crate) cost: &'a RouteCost,
}

impl fmt::Debug for RouteGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouteGuard").field("cost", self.cost).finish_non_exhaustive()
    }
}

impl Drop for RouteGuard<'_> {
    fn drop(&mut self) {
        if let Some(schedule) = self.schedule {
            schedule.leave_route(self.cost);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_rises_with_stalls_and_falls_with_quick_calls() {
        let cost = RouteCost::new();
        assert_eq!(cost.expected_stall(), 0);
        cost.suspect();
        assert_eq!(cost.expected_stall(), SUSPICION);
        cost.observe(Duration::from_millis(16), Duration::ZERO);
        assert!((1_000_000..1_010_000).contains(&cost.expected_stall()));
        for _ in 0..300 {
            cost.observe(Duration::ZERO, Duration::ZERO);
        }
        assert_eq!(cost.expected_stall(), 0);
        cost.observe(Duration::MAX, Duration::MAX);
        assert!(cost.expected_stall() <= MAX_SEEN);
    }

    #[test]
    fn a_route_that_computes_is_told_from_one_that_waits() {
        let cost = RouteCost::new();
        for _ in 0..8 {
            cost.observe(Duration::ZERO, Duration::from_millis(5));
        }
        assert!(cost.computes_for_long());
        assert_eq!(cost.expected_stall(), 0);
    }
}
