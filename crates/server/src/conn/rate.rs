//! `Meter` and `Pace`: whether a transfer keeps the least rate, so that a client that gives or takes a byte now and then
//! cannot hold a connection for ever, while one that is merely slow may take all the time it needs.
//!
//! What counts of an answer is what the client has acknowledged: a socket takes megabytes at once, and then none while the
//! client reads those.
//!
//! A meter is the loop's, on the loop's clock; a pace is that of a thread that waits for a client.

use std::time::{Duration, Instant};

use super::parts::Parts;
use crate::engine::timers::Millis;

/// The length of a window in which the rate is measured, in milliseconds: also the grace that a transfer starts with.
pub(crate) const WINDOW: Millis = 10_000;

/// Bytes and time at the start of a window.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meter {
    total: u64,
    since: Millis,
}

impl Meter {
    /// A window that starts now, with `total` bytes transferred so far.
    pub(crate) const fn start(total: u64, parts: &Parts) -> Self {
        Self { total, since: parts.now }
    }

    /// Whether enough has been transferred in this window.
    pub(crate) fn is_kept(&self, total: u64, parts: &Parts) -> bool {
        is_kept(more(self.total, total), parts.now - self.since, parts.core.config.min_rate)
    }
}

/// The rate of a transfer that a thread waits for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    since: Option<Instant>,
    total: u64,
}

impl Pace {
    /// Until when the thread may wait before it asks again; `Err` when the rate was not kept. `total` says how many bytes
    /// were transferred so far.
    pub(crate) fn allow(
        &mut self,
        now: Instant,
        rate: u64,
        total: impl FnOnce() -> u64,
    ) -> Result<Option<Instant>, TooSlow> {
        if rate == 0 {
            return Ok(None);
        }
        let window = Duration::from_millis(WINDOW);
        if let Some(since) = self.since
            && now.saturating_duration_since(since) < window
        {
            return Ok(Some(since + window));
        }
        let total = total();
        if let Some(since) = self.since {
            let elapsed = Millis::try_from(now.saturating_duration_since(since).as_millis()).unwrap_or(Millis::MAX);
            if !is_kept(more(self.total, total), elapsed, rate) {
                return Err(TooSlow);
            }
        }
        *self = Self { since: Some(now), total };
        Ok(Some(now + window))
    }
}

/// What has been added between two readings of a total, which may begin below zero: of bytes that were sent, more can be
/// on their way than this total has seen.
fn more(then: u64, now: u64) -> u64 {
    u64::try_from(now.wrapping_sub(then).cast_signed()).unwrap_or(0)
}

/// The least rate was not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooSlow;

/// Whether `bytes` in `elapsed` milliseconds are at least `rate` bytes a second.
const fn is_kept(bytes: u64, elapsed: Millis, rate: u64) -> bool {
    rate == 0 || bytes.saturating_mul(1000) >= rate.saturating_mul(elapsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_judged_window_by_window() {
        let start = Instant::now();
        let window = Duration::from_millis(WINDOW);
        let mut pace = Pace::default();
        assert_eq!(pace.allow(start, 0, || 0), Ok(None));
        // A total that began at -10.
        assert_eq!(pace.allow(start, 240, || u64::MAX - 9), Ok(Some(start + window)));
        assert_eq!(pace.allow(start + window / 2, 240, || u64::MAX), Ok(Some(start + window)));
        assert_eq!(pace.allow(start + window, 240, || 2390), Ok(Some(start + 2 * window)));
        assert_eq!(pace.allow(start + 2 * window, 240, || 4789), Err(TooSlow));
        assert_eq!(pace.allow(start + 2 * window, 240, || 0), Err(TooSlow));
    }

    #[test]
    fn the_rate_is_kept_or_not() {
        assert!(is_kept(2400, 10_000, 240));
        assert!(!is_kept(2399, 10_000, 240));
        assert!(is_kept(0, 10_000, 0));
        assert!(!is_kept(0, 10_000, 1));
    }
}
