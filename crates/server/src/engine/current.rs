//! The call that this thread runs, for code below it that is about to wait.
//!
//! Set around each call by the runner and looked at only by code that the call itself runs on this thread, so that it never
//! speaks of a loop that has moved on: a claim by its number fails then.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nethttp_core::{Busy, RouteCost, Schedule};

use super::Job;
use super::shared::{HandOver, LoopShared};
use super::turn::Parked;
use crate::engine::standby::Standby;

thread_local! {
    /// The loop that this thread runs or ran last.
    static SHARED: RefCell<Option<Arc<LoopShared>>> = const { RefCell::new(None) };
    static CALL: Cell<Option<CallState>> = const { Cell::new(None) };
}

#[derive(Clone, Copy)]
struct CallState {
    parked: Parked,
    /// Whether this call gave the loop away by itself.
    gave_away: bool,
    /// When the innermost route that is worth timing was entered, and the processor time of this thread then.
    timed: Option<(Instant, Duration)>,
    /// Time spent in waits for the client, which say nothing about the route.
    client_wait: Duration,
    /// Whether this call holds one of the places of calls that compute for long.
    holds_place: bool,
}

/// Says which loop this thread runs from now on.
pub(crate) fn set_loop(shared: &Arc<LoopShared>) {
    SHARED.set(Some(Arc::clone(shared)));
}

/// Forgets the loop.
pub(crate) fn clear_loop() {
    SHARED.set(None);
}

/// A call begins, with the loop parked.
pub(crate) fn begin(parked: Parked) {
    let fresh = CallState { parked, gave_away: false, timed: None, client_wait: Duration::ZERO, holds_place: false };
    CALL.set(Some(fresh));
}

/// The call has ended.
pub(crate) fn end() {
    if let Some(CallState { holds_place: true, .. }) = CALL.take() {
        places::release();
    }
}

/// Gives the loop away, if this thread's call still has it: the call is about to wait.
pub(crate) fn give_away() {
    let Some(mut call) = CALL.get() else { return };
    if call.gave_away {
        return;
    }
    let outcome = SHARED.with_borrow(|shared| shared.as_ref().map(|shared| shared.hand_over(call.parked)));
    if matches!(outcome, Some(HandOver::Done | HandOver::Lost)) {
        call.gave_away = true;
        CALL.set(Some(call));
    }
}

/// Runs `wait`, a wait for the client; the loop is given away before.
pub(crate) fn wait_for_client<R>(wait: impl FnOnce() -> R) -> R {
    give_away();
    let start = Instant::now();
    let result = wait();
    if let Some(mut call) = CALL.get() {
        call.client_wait += start.elapsed();
        CALL.set(Some(call));
    }
    result
}

/// The hook that requests carry.
pub(crate) static SCHEDULE: Engine = Engine;

/// The engine as handlers see it.
#[derive(Debug)]
pub(crate) struct Engine;

/// Expected stall beyond which a call gives the loop away before it runs: a hand-over costs a wake of a thread, some
/// microseconds; a stall costs everybody on the loop its length.
const WORTH_A_HAND_OVER: u64 = 30_000;

/// A stall shorter than this is the noise of the clock and of the scheduler.
const NOISE: Duration = Duration::from_micros(50);

impl Schedule for Engine {
    fn enter_route(&self, cost: &RouteCost) {
        let expected = cost.expected_stall();
        if expected == 0 && !cost.computes_for_long() {
            return;
        }
        let Some(mut call) = CALL.get() else { return };
        call.timed = Some((Instant::now(), thread_time()));
        call.client_wait = Duration::ZERO;
        CALL.set(Some(call));
        if expected >= WORTH_A_HAND_OVER {
            give_away();
        }
        if cost.computes_for_long() && !call.holds_place {
            give_away();
            places::take();
            if let Some(mut call) = CALL.get() {
                call.holds_place = true;
                CALL.set(Some(call));
            }
        }
    }

    fn leave_route(&self, cost: &RouteCost) {
        let Some(mut call) = CALL.get() else { return };
        let Some((entered, before)) = call.timed.take() else {
            // Nothing was known of this route. If the loop is gone, the monitor took it: worth timing from now on.
            if is_lost(&call) {
                cost.suspect();
            }
            return;
        };
        let computed = thread_time().saturating_sub(before);
        let waited = entered.elapsed().saturating_sub(computed).saturating_sub(call.client_wait);
        cost.observe(if waited < NOISE { Duration::ZERO } else { waited }, computed);
        CALL.set(Some(call));
    }

    fn will_block(&self) {
        give_away();
    }

    fn spawn(&self, job: Box<dyn FnOnce() + Send>) -> Result<(), Busy> {
        let standby: Option<Arc<Standby<Job>>> =
            SHARED.with_borrow(|shared| shared.as_ref().map(|shared| Arc::clone(&shared.standby)));
        let Some(standby) = standby else {
            return std::thread::Builder::new().spawn(job).map(drop).map_err(|_| Busy);
        };
        standby.give(Job::Task(job)).map_err(|_| Busy)
    }
}

fn is_lost(call: &CallState) -> bool {
    !call.gave_away
        && SHARED.with_borrow(|shared| {
            shared.as_ref().is_some_and(|shared| shared.turn.parked() != Some(call.parked))
        })
}

fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Places for calls that compute for long: as many as there are processors. More of them at once would gain nothing and
/// take the processors from everybody else.
mod places {
    use std::sync::{Condvar, Mutex, PoisonError};
    use std::time::Duration;

    static TAKEN: Mutex<usize> = Mutex::new(0);
    static FREED: Condvar = Condvar::new();

    /// A call that is waited for by one that holds a place must not wait for ever.
    const PATIENCE: Duration = Duration::from_millis(250);

    pub(super) fn take() {
        let places = std::thread::available_parallelism().map_or(1, usize::from);
        let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut taken, _) = FREED
            .wait_timeout_while(taken, PATIENCE, |taken| *taken >= places)
            .unwrap_or_else(PoisonError::into_inner);
        *taken += 1;
    }

    pub(super) fn release() {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREED.notify_one();
    }
}
