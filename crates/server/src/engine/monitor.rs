//! The monitor: one thread of the process that takes loops away from handlers that are stuck.
//!
//! It looks at every loop's turn once a millisecond, or every fourth while all is well. A loop that lies parked with the same
//! number as at the last look has been in one handler all that time; if the handler's thread waits for something, the
//! monitor claims the loop and gives it to a waiting thread. A thread that computes, or has no processor to compute on, is
//! left alone a little longer. The monitor never logs, never runs what users wrote, and makes no threads: where none waits,
//! it tries again at the next look.
//!
//! A look that came late (the machine was busy, the process stopped) proves nothing about the handlers and counts as the
//! first one. When all loops have waited for events for a while, the monitor sleeps until one of them runs again.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread::Thread;
use std::time::{Duration, Instant};

use super::shared::LoopShared;
use super::sync::{Ordering, fence};
use super::thread_state;
use super::turn::Parked;

/// How often the turns are looked at.
const TICK: Duration = Duration::from_millis(1);

/// How often they are looked at while all is well: no loop is in a call now, and for [`CALM`] no call was found stuck. Each
/// look takes a processor away from a loop for some microseconds.
const LONG_TICK: Duration = Duration::from_millis(4);

/// How long the monitor stays on its guard after a call was stuck.
const CALM: Duration = Duration::from_secs(1);

/// A look that comes so much later than it should is void.
const LATE: Duration = Duration::from_millis(3);

/// Looks that find every loop waiting before the monitor falls asleep.
const QUIET_TICKS: u32 = 20;

static ASLEEP: AtomicBool = AtomicBool::new(false);
static WATCHED: Mutex<Vec<Watched>> = Mutex::new(Vec::new());
static THREAD: OnceLock<Option<Thread>> = OnceLock::new();

struct Watched {
    shared: Weak<LoopShared>,
    seen: Option<Parked>,
    /// Looks since then.
    looks: u32,
}

/// Looks for which a handler may compute before the loop is taken away from it.
const COMPUTING_TICKS: u32 = 4;

/// Puts a loop under the monitor's eyes; until its shared part is dropped.
pub(crate) fn watch(shared: &Arc<LoopShared>) {
    let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    watched.push(Watched { shared: Arc::downgrade(shared), seen: None, looks: 0 });
    drop(watched);
    THREAD.get_or_init(|| {
        let builder = std::thread::Builder::new().name("nethttp-monitor".to_owned()).stack_size(128 * 1024);
        builder.spawn(run).ok().map(|handle| handle.thread().clone())
    });
    wake();
}

/// Called by a loop's owner each time it returns from waiting for events, after [`Turn::resume`](super::turn::Turn::resume).
pub(crate) fn wake_if_asleep() {
    if ASLEEP.load(Ordering::Relaxed) {
        wake();
    }
}

fn wake() {
    if ASLEEP.swap(false, Ordering::Relaxed)
        && let Some(Some(thread)) = THREAD.get()
    {
        thread.unpark();
    }
}

fn run() {
    let (mut last, mut stuck) = (Instant::now(), Instant::now());
    let (mut quiet, mut pause) = (0, TICK);
    loop {
        std::thread::sleep(pause);
        let now = Instant::now();
        let seen = look(now.duration_since(last) > pause + LATE);
        last = now;
        if seen.stuck {
            stuck = now;
        }
        pause = if seen.parked || now.duration_since(stuck) < CALM { TICK } else { LONG_TICK };
        quiet = if seen.all_polling { quiet + 1 } else { 0 };
        if quiet >= QUIET_TICKS {
            sleep_while_quiet();
            quiet = 0;
            last = Instant::now();
        }
    }
}

/// What a look found.
struct Seen {
    /// Every loop waits for events.
    all_polling: bool,
    /// A loop is in a call: whether that is stuck, the next look tells.
    parked: bool,
    /// A loop is in the same call as at the look before.
    stuck: bool,
}

/// One look at all loops.
fn look(late: bool) -> Seen {
    let mut found = Seen { all_polling: true, parked: false, stuck: false };
    let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    watched.retain_mut(|entry| {
        let Some(shared) = entry.shared.upgrade() else { return false };
        found.all_polling &= shared.turn.is_polling();
        match shared.turn.parked() {
            Some(parked) if entry.seen == Some(parked) && !late => {
                (found.parked, found.stuck) = (true, true);
                entry.looks += 1;
                let computes = thread_state::is_runnable(shared.runner());
                if (!computes || entry.looks >= COMPUTING_TICKS) && shared.rescue(parked, !computes) {
                    entry.seen = None;
                }
            }
            seen => {
                found.parked |= seen.is_some();
                entry.seen = seen;
                entry.looks = 0;
            }
        }
        true
    });
    found
}

fn sleep_while_quiet() {
    ASLEEP.store(true, Ordering::Relaxed);
    fence(Ordering::SeqCst);
    // Whoever resumed before the fence is seen running here; whoever does so after it sees that we sleep.
    if !look(true).all_polling {
        ASLEEP.store(false, Ordering::Relaxed);
    }
    while ASLEEP.load(Ordering::Relaxed) {
        std::thread::park();
    }
}
