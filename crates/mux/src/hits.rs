//! `Hits`: how often each route was taken, counted without threads getting in each other's way.
//!
//! A thread counts in a lane of its own, where an increment is a load and a store; only when there are more threads than
//! such lanes do the late ones share the rest, with atomic additions. Lanes have no cache line in common. Nothing is lost
//! either way.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// Counters of routes by number, which may be added at any time.
pub(crate) struct Hits {
    /// Each is twice as long as the one before; the first has [`FIRST`] routes.
    blocks: [OnceLock<Box<Block>>; BLOCKS],
}

/// The counters of a range of routes, a list for each lane.
struct Block {
    lanes: [OnceLock<Box<[Line]>>; LANES],
}

/// The counters of some routes in one lane: a cache line, or half of one.
#[derive(Default)]
#[repr(align(64))]
struct Line([AtomicU64; LINE]);

const FIRST: usize = 64;
const BLOCKS: usize = 26;
const LINE: usize = 8;
/// Lanes that belong to the thread that took the bit of the same number.
const OWN: usize = 32;
/// Lanes for the threads that found no bit, each for some of them.
const SHARED: usize = 16;
const LANES: usize = OWN + SHARED;

impl Hits {
    pub(crate) const fn new() -> Self {
        Self { blocks: [const { OnceLock::new() }; BLOCKS] }
    }

    /// Counts one call of a route.
    #[inline]
    pub(crate) fn add(&self, route: u32) {
        let (block, at) = place(route);
        // A thread that is about to end has no lane any more.
        let lane = LANE.try_with(|lane| lane.number).unwrap_or(OWN);
        let Some(lines) = self.blocks.get(block).map(|held| held.get_or_init(Block::new).lane(lane, FIRST << block))
        else {
            return;
        };
        if let Some(counter) = lines.get(at / LINE).and_then(|line| line.0.get(at % LINE)) {
            if lane < OWN {
                // No other thread writes here, so nothing can come between.
                counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
            } else {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// How often a route was called, by all threads.
    pub(crate) fn count(&self, route: u32) -> u64 {
        let (block, at) = place(route);
        let lanes = self.blocks.get(block).and_then(OnceLock::get).map_or(&[][..], |block| &block.lanes);
        let counters = lanes.iter().filter_map(|lane| lane.get()?.get(at / LINE)?.0.get(at % LINE));
        counters.map(|counter| counter.load(Ordering::Relaxed)).sum()
    }
}

impl Block {
    #[cold]
    fn new() -> Box<Self> {
        Box::new(Self { lanes: [const { OnceLock::new() }; LANES] })
    }

    #[inline]
    fn lane(&self, number: usize, length: usize) -> &[Line] {
        self.lanes[number].get_or_init(|| (0..length / LINE).map(|_| Line::default()).collect())
    }
}

impl fmt::Debug for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hits").finish_non_exhaustive()
    }
}

/// The block of a route and its index there.
#[inline]
const fn place(route: u32) -> (usize, usize) {
    let number = route as usize + FIRST;
    let block = (number / FIRST).ilog2();
    (block as usize, number - (FIRST << block))
}

/// The lane of a thread; if it is its own, given back when the thread ends.
struct Lane {
    number: usize,
}

thread_local! {
    static LANE: Lane = Lane::take();
}

/// A bit for each lane that belongs to a thread.
static TAKEN: AtomicU32 = AtomicU32::new(0);

/// How many threads came late.
static LATE: AtomicUsize = AtomicUsize::new(0);

impl Lane {
    fn take() -> Self {
        let lowest_free = |taken: u32| (taken != u32::MAX).then(|| taken | (taken + 1));
        // Acquires what the thread that had the lane before has counted.
        let number = match TAKEN.fetch_update(Ordering::Acquire, Ordering::Relaxed, lowest_free) {
            Ok(taken) => taken.trailing_ones() as usize,
            Err(_) => OWN + LATE.fetch_add(1, Ordering::Relaxed) % SHARED,
        };
        Self { number }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        if self.number < OWN {
            TAKEN.fetch_and(!(1 << self.number), Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn places_follow_each_other() {
        let mut expected = (0, 0);
        for route in 0..1_000 {
            assert_eq!(place(route), expected, "{route}");
            expected.1 += 1;
            if expected.1 == FIRST << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
    }

    #[test]
    fn nothing_is_lost_with_more_threads_than_lanes() {
        let hits = Hits::new();
        thread::scope(|scope| {
            for _ in 0..LANES + 2 {
                scope.spawn(|| (0..1_000).for_each(|turn| hits.add(turn % 200)));
            }
        });
        for route in 0..200 {
            assert_eq!(hits.count(route), 5 * (LANES as u64 + 2), "{route}");
        }
        assert_eq!(hits.count(200), 0);
        assert_eq!(hits.count(1_000_000), 0);
    }

    #[test]
    fn lanes_are_given_back() {
        let lane = || thread::spawn(|| LANE.with(|lane| lane.number)).join().unwrap();
        (0..2 * LANES).for_each(|_| assert!(lane() < LANES));
        // Other tests may hold all of them for a while.
        assert!((0..10_000).any(|_| lane() < OWN));
    }
}
