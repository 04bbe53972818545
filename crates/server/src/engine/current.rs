//! The call that this thread runs, for code below it that is about to wait.
//!
//! Set around each call by the runner and looked at only by code that the call itself runs on this thread, so that it never
//! speaks of a loop that has moved on: a claim by its number fails then.

use std::cell::RefCell;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nethttp_core::{Busy, RouteCost, Schedule};

use super::Message;
use super::shared::{HandOver, LoopShared};
use super::turn::Parked;
use crate::conn::call::Conduct;

thread_local! {
    /// The loop that this thread runs or ran last.
    static SHARED: RefCell<Option<Arc<LoopShared>>> = const { RefCell::new(None) };
    static CALL: RefCell<Option<CallState>> = const { RefCell::new(None) };
}

struct CallState {
    /// Where the loop was parked for this call; `None` if the call was given to this thread and never had the loop.
    parked: Option<Parked>,
    /// Whether this call gave the loop away by itself.
    gave_away: bool,
    /// Whether it was expected to hold its thread up, or said that it would.
    is_slow: bool,
    /// Whether a route has answered for this call: the innermost does.
    is_charged: bool,
    /// Whether this call holds one of the places of calls that compute for long.
    holds_place: bool,
    /// When the innermost route that is worth timing was entered, and the processor time of this thread then.
    timed: Option<(Instant, Duration)>,
    /// Time spent in waits for the client, which say nothing about the route.
    client_wait: Duration,
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
    CALL.set(Some(CallState::new(Some(parked))));
}

/// A call begins while its loop goes on.
pub(crate) fn begin_beside() {
    CALL.set(Some(CallState::new(None)));
}

/// The call has ended: says how it went, and where the loop was parked for it last.
pub(crate) fn end() -> (Conduct, Option<Parked>) {
    let Some(call) = CALL.take() else { return (Conduct::Waiting, None) };
    if call.holds_place {
        places::release();
    }
    let conduct = match (call.is_slow || call.is_lost(), call.gave_away) {
        (true, _) => Conduct::Slow,
        (false, true) => Conduct::Waiting,
        (false, false) => Conduct::Quick,
    };
    (conduct, call.parked)
}

/// Another request is served in the same call, which counts as a call of its own; `false` if the loop has been lost, or
/// the last one took its time.
pub(crate) fn begin_next() -> bool {
    SHARED.with_borrow(|shared| {
        let Some(shared) = shared else { return false };
        let renewed = with_call(|call| {
            if call.is_slow || call.gave_away || call.holds_place {
                return false;
            }
            let Some(parked) = call.parked.and_then(|parked| shared.turn.renew(parked)) else { return false };
            *call = CallState::new(Some(parked));
            true
        });
        let renewed = renewed == Some(true);
        if renewed {
            shared.set_route(0);
        }
        renewed
    })
}

/// Does something with the state of this thread's call, if it runs one.
fn with_call<R>(act: impl FnOnce(&mut CallState) -> R) -> Option<R> {
    CALL.with_borrow_mut(|call| call.as_mut().map(act))
}

/// Gives the loop away, if this thread's call still has it: the call is about to wait.
pub(crate) fn give_away() {
    with_call(CallState::give_away);
}

impl CallState {
    fn new(parked: Option<Parked>) -> Self {
        Self {
            parked,
            gave_away: parked.is_none(),
            is_slow: false,
            is_charged: false,
            holds_place: false,
            timed: None,
            client_wait: Duration::ZERO,
        }
    }

    fn give_away(&mut self) {
        if let (false, Some(parked)) = (self.gave_away, self.parked) {
            let outcome = SHARED.with_borrow(|shared| shared.as_ref().map(|shared| shared.hand_over(parked)));
            self.gave_away = matches!(outcome, Some(HandOver::Done | HandOver::Lost));
        }
    }

    /// Whether the monitor took the loop.
    fn is_lost(&self) -> bool {
        let is_parked = |shared: &Arc<LoopShared>| shared.turn.parked() == self.parked;
        !self.gave_away && !SHARED.with_borrow(|shared| shared.as_ref().is_none_or(is_parked))
    }
}

/// Leaves a message for the loop whose call this thread runs.
pub(crate) fn tell_loop(message: Message) {
    SHARED.with_borrow(|shared| {
        if let Some(shared) = shared {
            // The loop knows the call's connection, so it has not ended.
            drop(shared.post(message));
        }
    });
}

/// Runs `wait`, a wait for the client; the loop is given away before.
pub(crate) fn wait_for_client<R>(wait: impl FnOnce() -> R) -> R {
    give_away();
    let start = Instant::now();
    let result = wait();
    with_call(|call| call.client_wait += start.elapsed());
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

/// Expected stall beyond which not every call is timed: whether it is a little more or less makes no difference, and the
/// clock of a thread costs a system call.
const WELL_KNOWN: u64 = 1_000_000;

/// A stall shorter than this is the noise of the clock and of the scheduler.
const NOISE: Duration = Duration::from_micros(50);

impl Schedule for Engine {
    fn enter_route(&self, cost: &RouteCost) {
        let expected = cost.expected_stall();
        let computes = cost.computes_for_long();
        let route = suspicion::id(cost);
        SHARED.with_borrow(|shared| shared.as_ref().map(|shared| shared.set_route(route)));
        let is_suspect = suspicion::is_on(route);
        if expected == 0 && !computes && !is_suspect {
            return;
        }
        let is_timed = expected < WELL_KNOWN || computes || sampling::is_due();
        let needs_place = with_call(|call| {
            call.timed = is_timed.then(|| (Instant::now(), thread_time()));
            call.client_wait = Duration::ZERO;
            if expected >= WORTH_A_HAND_OVER || computes || is_suspect {
                call.is_slow = true;
                call.give_away();
            }
            computes && !mem::replace(&mut call.holds_place, computes)
        });
        if needs_place == Some(true) {
            places::take();
            // What was spent on getting the place is not the route's doing.
            with_call(|call| call.timed = Some((Instant::now(), thread_time())));
        }
    }

    fn leave_route(&self, cost: &RouteCost) {
        with_call(|call| {
            let was_charged = mem::replace(&mut call.is_charged, true);
            if let Some((entered, before)) = call.timed.take() {
                let computed = thread_time().saturating_sub(before);
                let waited = entered.elapsed().saturating_sub(computed).saturating_sub(call.client_wait);
                cost.observe(if waited < NOISE { Duration::ZERO } else { waited }, computed);
                if waited < NOISE {
                    suspicion::lift(cost);
                }
            } else if !was_charged && call.is_lost() {
                // Nothing was known of this route, and the monitor took the loop: worth timing from now on.
                cost.suspect();
                suspicion::lift(cost);
            } else if was_charged && cost.expected_stall() > 0 {
                // An outer route, once charged for what an inner one now answers for.
                cost.observe(Duration::ZERO, Duration::ZERO);
            }
        });
    }

    fn will_block(&self) {
        with_call(|call| {
            call.is_slow = true;
            call.give_away();
        });
    }

    fn spawn(&self, job: Box<dyn FnOnce() + Send>) -> Result<(), Busy> {
        let Some(shared) = SHARED.with_borrow(Clone::clone) else {
            return std::thread::Builder::new().spawn(job).map(drop).map_err(|_| Busy);
        };
        shared.give_task(job)
    }
}

fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Which calls are timed of a route that is known to be slow: one in [`EVERY`] on each thread.
mod sampling {
    use std::cell::Cell;

    thread_local! {
        static CALLS: Cell<u32> = const { Cell::new(0) };
    }

    const EVERY: u32 = 4;

    pub(super) fn is_due() -> bool {
        let call = CALLS.get();
        CALLS.set(call.wrapping_add(1));
        call.is_multiple_of(EVERY)
    }
}

/// The route of which the monitor has found a call waiting last. How long it waits is learned when it is over; until then
/// this loop again and again, and all others, would get stuck in the same route, for a tick each time.
///
/// Routes are told apart by where their costs lie. Should a new route come to lie there, one call is handed over for
/// nothing.
pub(crate) mod suspicion {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use nethttp_core::RouteCost;

    static ROUTE: AtomicUsize = AtomicUsize::new(0);

    /// What a route is known by.
    pub(super) fn id(cost: &RouteCost) -> usize {
        std::ptr::from_ref(cost).addr()
    }

    pub(super) fn is_on(route: usize) -> bool {
        ROUTE.load(Ordering::Relaxed) == route
    }

    /// The monitor found a call of it waiting; 0 for a call that has entered none.
    pub(crate) fn cast(route: usize) {
        if route != 0 {
            ROUTE.store(route, Ordering::Relaxed);
        }
    }

    /// A call of it was quick, or the one that was found waiting is over.
    pub(super) fn lift(cost: &RouteCost) {
        if is_on(id(cost)) {
            ROUTE.store(0, Ordering::Relaxed);
        }
    }
}

/// Places for calls that compute for long: as many as there are processors. More of them at once would gain nothing and
/// take the processors from everybody else.
mod places {
    use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
    use std::time::Duration;

    static TAKEN: Mutex<usize> = Mutex::new(0);
    static FREED: Condvar = Condvar::new();

    /// A call that is waited for by one that holds a place must not wait for ever.
    const PATIENCE: Duration = Duration::from_secs(1);

    pub(super) fn take() {
        // Asked once: finding it out reads files.
        static PLACES: OnceLock<usize> = OnceLock::new();
        let places = *PLACES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from));
        let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut taken, _) =
            FREED.wait_timeout_while(taken, PATIENCE, |taken| *taken >= places).unwrap_or_else(PoisonError::into_inner);
        *taken += 1;
    }

    pub(super) fn release() {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREED.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of 100 quick calls a route takes note of.
    fn noted(cost: &RouteCost) -> usize {
        let mut noted = 0;
        for _ in 0..100 {
            let before = cost.expected_stall();
            begin_beside();
            SCHEDULE.enter_route(cost);
            SCHEDULE.leave_route(cost);
            end();
            noted += usize::from(cost.expected_stall() != before);
        }
        noted
    }

    #[test]
    fn a_route_known_to_be_slow_is_timed_now_and_then() {
        let cost = RouteCost::new();
        assert_eq!(noted(&cost), 0, "of a quick route nothing is noted");
        cost.observe(Duration::from_secs(1), Duration::ZERO);
        assert_eq!(noted(&cost), 25);
        let cost = RouteCost::new();
        cost.observe(Duration::from_millis(2), Duration::ZERO);
        assert_eq!(noted(&cost), 100, "near the bound each call counts");
    }
}
