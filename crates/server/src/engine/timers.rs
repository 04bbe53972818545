//! `Timers`: the deadlines of a loop's connections, one structure for all kinds.
//!
//! A connection changes its deadline with each phase of each request, and hardly any of them is ever reached. So the
//! deadline itself is a field of the connection; here each slot of the table has one entry in a heap, which is put in
//! anew only when it comes due or a nearer deadline is set. Entries belong to slots rather than connections: a slot that
//! is used again finds its entry still there, so that the heap never outgrows the table by more than a little.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Milliseconds since the loop began.
pub(crate) type Millis = u64;

/// No deadline.
pub(crate) const NEVER: Millis = Millis::MAX;

/// Outdated entries that are let be.
const SLACK: usize = 64;

/// When to look at which slot again.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Millis, usize)>>,
    /// By slot: the moment of its valid entry in the heap; `NEVER` for none.
    queued: Vec<Millis>,
}

impl Timers {
    /// Makes sure that `slot` is looked at by `deadline`.
    pub(crate) fn arm(&mut self, slot: usize, deadline: Millis) {
        if self.queued.len() <= slot {
            self.queued.resize(slot + 1, NEVER);
        }
        if deadline < self.queued[slot] {
            self.queued[slot] = deadline;
            self.heap.push(Reverse((deadline, slot)));
            if self.heap.len() > 2 * self.queued.len() + SLACK {
                self.sweep();
            }
        }
    }

    /// The next slot to look at; the caller compares its real deadline and arms it again if that lies ahead.
    pub(crate) fn due(&mut self, now: Millis) -> Option<usize> {
        while let Some(&Reverse((when, slot))) = self.heap.peek() {
            if when > now {
                return None;
            }
            self.heap.pop();
            if self.queued[slot] == when {
                self.queued[slot] = NEVER;
                return Some(slot);
            }
        }
        None
    }

    /// Drops outdated entries: a slot whose deadlines are near and far by turns leaves one for each far one.
    fn sweep(&mut self) {
        let queued = &self.queued;
        self.heap.retain(|Reverse((when, slot))| queued[*slot] == *when);
    }

    /// The moment of the next entry; it may turn out to be an outdated one.
    pub(crate) fn next(&self) -> Option<Millis> {
        self.heap.peek().map(|Reverse((when, _))| *when)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_come_due_in_order_and_once() {
        let mut timers = Timers::default();
        timers.arm(3, 30);
        timers.arm(1, 10);
        timers.arm(2, 20);
        assert_eq!(timers.next(), Some(10));
        assert_eq!(timers.due(9), None);
        assert_eq!(timers.due(25), Some(1));
        assert_eq!(timers.due(25), Some(2));
        assert_eq!(timers.due(25), None);
        assert_eq!(timers.due(30), Some(3));
        assert_eq!(timers.due(NEVER), None);
    }

    #[test]
    fn a_nearer_deadline_replaces_and_a_later_one_waits_for_its_entry() {
        let mut timers = Timers::default();
        timers.arm(0, 100);
        timers.arm(0, 500);
        timers.arm(0, 50);
        assert_eq!(timers.due(60), Some(0));
        timers.arm(0, 70);
        assert_eq!(timers.due(80), Some(0));
        assert_eq!(timers.due(1000), None, "the entry of 100 is outdated");
    }

    #[test]
    fn near_and_far_deadlines_by_turns_leave_few_entries() {
        let mut timers = Timers::default();
        let far = 1_000_000;
        for now in (0..100_000).step_by(20) {
            timers.arm(0, now + far);
            timers.arm(0, now + 20);
            assert_eq!(timers.due(now + 20), Some(0));
            assert!(timers.heap.len() <= SLACK + 2, "{} entries after {now}", timers.heap.len());
        }
        timers.arm(0, 200_000);
        assert_eq!(timers.due(199_999), None);
        assert_eq!(timers.due(200_000), Some(0));
    }

    #[test]
    fn many_requests_on_one_slot_leave_one_entry() {
        let mut timers = Timers::default();
        for request in 0..10_000 {
            timers.arm(0, 10_000 + request);
        }
        assert_eq!(timers.heap.len(), 1);
    }
}
