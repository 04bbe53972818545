//! `Turn`: who may touch a loop. The one place of this crate with `unsafe` code.
//!
//! A loop is owned by one thread at a time. To call a handler the owner *parks* the loop here; whoever then succeeds in a
//! compare-and-exchange on the turn's word has the loop: the owner itself when the call returns, or somebody else who
//! found the call stuck. Each parking has a number of its own, so that a late claim never meets a later parking.
//!
//! The word also says whether the owner waits for events. The monitor may sleep only when every loop does so, and whoever
//! leaves a message wakes the loop only if it does. Since a store and a later load of another word may pass each other,
//! [`Turn::resume`] pays a full fence before the caller looks whether the monitor sleeps, and [`Turn::suspend`] one before
//! the caller looks whether there is a message.

#![allow(unsafe_code)]

use super::sync::{AtomicU64, Ordering, UnsafeCell, fence};

/// The place in which a loop lies while a handler runs.
#[derive(Debug)]
pub(crate) struct Turn<T> {
    /// Number of the parking in the upper bits, state in the lower two.
    word: AtomicU64,
    /// Invariant: filled exactly while the state is `PARKED`; touched only by the owner before it stores that state,
    /// and by whoever has moved the word on from it.
    slot: UnsafeCell<Option<T>>,
}

/// A parking: what to claim the loop with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parked(u64);

const RUNNING: u64 = 0;
const PARKED: u64 = 1;
const POLLING: u64 = 2;
const STATE: u64 = 3;
const STEP: u64 = 4;

// SAFETY: the slot is handed from thread to thread by the exchanges on `word`; at any time one thread at most may touch
// it (see `slot`), so that sharing a `Turn` only ever moves the `T`, for which `T: Send` suffices.
unsafe impl<T: Send> Sync for Turn<T> {}

impl<T> Turn<T> {
    /// A turn whose loop is being run.
    pub(crate) fn new() -> Self {
        Self { word: AtomicU64::new(RUNNING), slot: UnsafeCell::new(None) }
    }

    /// Leaves the loop here for the time of a call. To be called by the owner, which is who holds the loop's only value.
    pub(crate) fn park(&self, value: T) -> Parked {
        let word = self.word.load(Ordering::Relaxed);
        assert_eq!(word & STATE, RUNNING, "a loop is parked by its owner, once");
        let next = (word & !STATE) + STEP + PARKED;
        self.slot.with_mut(|slot| {
            // SAFETY: the state is RUNNING, so that no other thread looks at the slot, and there is one owner only: it
            // passes the one `T` of this turn by value.
            unsafe { *slot = Some(value) };
        });
        // Release: who sees this word sees the slot filled.
        self.word.store(next, Ordering::Release);
        Parked(next)
    }

    /// Takes the loop out, if it still lies there from that parking. The winner is its owner.
    pub(crate) fn claim(&self, parked: Parked) -> Option<T> {
        let running = parked.0 - PARKED + RUNNING;
        // Acquire: the slot's content was written before the word.
        self.word.compare_exchange(parked.0, running, Ordering::Acquire, Ordering::Relaxed).ok()?;
        self.slot.with_mut(|slot| {
            // SAFETY: the exchange moved the word from PARKED to RUNNING, which one thread alone can do for this
            // number; the parker stored PARKED after filling the slot and does not touch it any more.
            unsafe { (*slot).take() }
        })
    }

    /// Gives the parking a new number, for another call of the same owner; `None` if the loop does not lie here any more.
    pub(crate) fn renew(&self, parked: Parked) -> Option<Parked> {
        let next = parked.0 + STEP;
        // Release: who sees this word sees the slot filled, as with the one before.
        self.word.compare_exchange(parked.0, next, Ordering::Release, Ordering::Relaxed).ok()?;
        Some(Parked(next))
    }

    /// Puts a loop that has just been claimed back under the number of that parking, for the call that lies under it to
    /// find when it returns. To be called by the claimer.
    ///
    /// A call that returns between the claim and this has lost its loop, and the monitor finds the loop parked still.
    pub(crate) fn park_again(&self, value: T, parked: Parked) {
        self.slot.with_mut(|slot| {
            // SAFETY: as in `park`: the claimer is the owner, the state is RUNNING.
            unsafe { *slot = Some(value) };
        });
        self.word.store(parked.0, Ordering::Release);
    }

    /// The parking under way, if there is one. For the monitor.
    pub(crate) fn parked(&self) -> Option<Parked> {
        let word = self.word.load(Ordering::Relaxed);
        (word & STATE == PARKED).then_some(Parked(word))
    }

    /// Whether the owner waits for events. For the monitor, and for whoever leaves a message.
    pub(crate) fn is_polling(&self) -> bool {
        self.word.load(Ordering::Relaxed) & STATE == POLLING
    }

    /// The owner is about to wait for events. Fences, so that a load that follows (is there a message?) is not made before
    /// the store.
    pub(crate) fn suspend(&self) {
        let word = self.word.load(Ordering::Relaxed);
        self.word.store((word & !STATE) | POLLING, Ordering::Release);
        fence(Ordering::SeqCst);
    }

    /// The owner has events. Fences, so that a load that follows (does the monitor sleep?) is not made before the store.
    pub(crate) fn resume(&self) {
        let word = self.word.load(Ordering::Relaxed);
        self.word.store((word & !STATE) | RUNNING, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_parked_loop_is_claimed_once() {
        let turn = Turn::new();
        let parked = turn.park("loop");
        assert_eq!(turn.parked(), Some(parked));
        assert_eq!(turn.claim(parked), Some("loop"));
        assert_eq!(turn.claim(parked), None);
        assert_eq!(turn.parked(), None);
    }

    #[test]
    fn a_parking_that_is_renewed_is_another_one() {
        let turn = Turn::new();
        let first = turn.park(1);
        let second = turn.renew(first).unwrap();
        assert_eq!(turn.parked(), Some(second));
        assert_eq!((turn.claim(first), turn.renew(first)), (None, None));
        assert_eq!(turn.claim(second), Some(1));
        assert_eq!(turn.renew(second), None);
    }

    #[test]
    fn a_late_claim_does_not_meet_a_later_parking() {
        let turn = Turn::new();
        let first = turn.park(1);
        turn.claim(first);
        let second = turn.park(2);
        assert_eq!(turn.claim(first), None);
        assert_eq!(turn.claim(second), Some(2));
    }

    #[test]
    #[should_panic(expected = "parked by its owner, once")]
    fn parking_twice_is_a_fault() {
        let turn = Turn::new();
        turn.park(1);
        turn.park(2);
    }

    #[test]
    fn polling_is_seen_and_ends() {
        let turn = Turn::<()>::new();
        turn.suspend();
        assert!(turn.is_polling());
        turn.resume();
        assert!(!turn.is_polling());
    }
}

#[cfg(all(test, loom))]
mod models {
    use loom::sync::Arc;
    use loom::sync::atomic::{AtomicBool, AtomicUsize};
    use loom::thread;

    use super::*;

    /// Owner and monitor race for a parked loop: one of them gets it, and sees all that was written to it before.
    #[test]
    fn one_claimer_wins() {
        loom::model(|| {
            let turn = Arc::new(Turn::new());
            let wins = Arc::new(AtomicUsize::new(0));
            let parked = turn.park(Box::new(7));
            let monitor = {
                let (turn, wins) = (Arc::clone(&turn), Arc::clone(&wins));
                thread::spawn(move || {
                    if let Some(seen) = turn.parked()
                        && let Some(value) = turn.claim(seen)
                    {
                        assert_eq!(*value, 7);
                        wins.fetch_add(1, Ordering::Relaxed);
                    }
                })
            };
            if let Some(value) = turn.claim(parked) {
                assert_eq!(*value, 7);
                wins.fetch_add(1, Ordering::Relaxed);
            }
            monitor.join().unwrap();
            assert_eq!(wins.load(Ordering::Relaxed), 1);
        });
    }

    /// The monitor is there before the loop is parked: it sees the loop whole or not at all.
    #[test]
    fn what_is_claimed_was_parked_whole() {
        loom::model(|| {
            let turn = Arc::new(Turn::<Box<u8>>::new());
            let monitor = {
                let turn = Arc::clone(&turn);
                thread::spawn(move || turn.claim(turn.parked()?).map(|value| *value))
            };
            let parked = turn.park(Box::new(7));
            let mine = turn.claim(parked).map(|value| *value);
            let taken = monitor.join().unwrap();
            assert!(matches!((mine, taken), (Some(7), None) | (None, Some(7))));
        });
    }

    /// The monitor claims a loop, changes it, finds nobody to give it to and puts it back, while its call returns.
    #[test]
    fn what_is_put_back_is_claimed_whole() {
        loom::model(|| {
            let turn = Arc::new(Turn::<Box<u8>>::new());
            let monitor = {
                let turn = Arc::clone(&turn);
                thread::spawn(move || {
                    if let Some(parked) = turn.parked()
                        && let Some(mut value) = turn.claim(parked)
                    {
                        *value += 1;
                        turn.park_again(value, parked);
                    }
                })
            };
            let parked = turn.park(Box::new(7));
            let mine = turn.claim(parked).map(|value| *value);
            monitor.join().unwrap();
            let left = turn.parked().and_then(|parked| turn.claim(parked)).map(|value| *value);
            assert!(matches!((mine, left), (Some(7 | 8), None) | (None, Some(8))));
        });
    }

    /// The owner renews its parking while the monitor claims: one of them is too late, and the loop is seen whole.
    #[test]
    fn a_parking_is_renewed_or_claimed() {
        loom::model(|| {
            let turn = Arc::new(Turn::<Box<u8>>::new());
            let parked = turn.park(Box::new(7));
            let monitor = {
                let turn = Arc::clone(&turn);
                thread::spawn(move || turn.claim(turn.parked()?).map(|value| *value))
            };
            let renewed = turn.renew(parked);
            let mine = renewed.and_then(|parked| turn.claim(parked)).map(|value| *value);
            let stolen = monitor.join().unwrap();
            assert!(matches!((renewed, mine, stolen), (Some(_), Some(7), None) | (_, None, Some(7))));
        });
    }

    /// The owner parks a second time while the monitor still holds the number of the first parking.
    #[test]
    fn an_old_number_claims_nothing() {
        loom::model(|| {
            let turn = Arc::new(Turn::new());
            let first = turn.park(Box::new(1));
            let monitor = {
                let turn = Arc::clone(&turn);
                thread::spawn(move || turn.claim(first).map(|value| *value))
            };
            let mine = turn.claim(first).map(|mut value| {
                *value = 2;
                let second = turn.park(value);
                *turn.claim(second).expect("nobody knows this number")
            });
            let stolen = monitor.join().unwrap();
            assert!(matches!((mine, stolen), (Some(2), None) | (None, Some(1))));
        });
    }

    /// Whoever leaves a message wakes the loop if it waits; the loop waits only if it found none after it said that it does.
    /// Never: a loop that waits beside a message.
    #[test]
    fn a_loop_does_not_wait_beside_a_message() {
        loom::model(|| {
            let turn = Arc::new(Turn::<()>::new());
            let has_mail = Arc::new(AtomicBool::new(false));
            let sender = {
                let (turn, has_mail) = (Arc::clone(&turn), Arc::clone(&has_mail));
                thread::spawn(move || {
                    has_mail.store(true, Ordering::Relaxed);
                    fence(Ordering::SeqCst);
                    // Wakes the loop if it waits.
                    turn.is_polling()
                })
            };
            turn.suspend();
            let waits = !has_mail.load(Ordering::Relaxed);
            let woken = sender.join().unwrap();
            assert!(!waits || woken);
        });
    }

    /// The monitor falls asleep only if it saw the loop polling after it said that it sleeps; the owner wakes it when it
    /// returns from polling. Never: a loop that runs beside a monitor that sleeps on.
    #[test]
    fn the_monitor_does_not_sleep_beside_a_running_loop() {
        loom::model(|| {
            let turn = Arc::new(Turn::<()>::new());
            let asleep = Arc::new(AtomicBool::new(false));
            turn.suspend();
            let owner = {
                let (turn, asleep) = (Arc::clone(&turn), Arc::clone(&asleep));
                thread::spawn(move || {
                    turn.resume();
                    // Wakes the monitor if it sleeps.
                    asleep.load(Ordering::Relaxed)
                })
            };
            asleep.store(true, Ordering::Relaxed);
            fence(Ordering::SeqCst);
            let stays_asleep = turn.is_polling();
            let woken = owner.join().unwrap();
            assert!(!stays_asleep || woken);
        });
    }
}
