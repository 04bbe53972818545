//! `Meter` and `Pace`: whether a transfer keeps the least rate, so that a client that gives or takes a byte now and then
//! cannot hold a connection for ever, while one that is merely slow may take all the time it needs.
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
        is_kept(total - self.total.min(total), parts.now - self.since, parts.core.config.min_rate)
    }
}

/// The rate of a transfer that a thread waits for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    since: Option<Instant>,
    bytes: u64,
}

impl Pace {
    /// So many bytes were transferred.
    pub(crate) const fn note(&mut self, bytes: u64) {
        self.bytes += bytes;
    }

    /// Until when the thread may wait before it asks again; `Err` when the rate was not kept.
    pub(crate) fn allow(&mut self, now: Instant, rate: u64) -> Result<Option<Instant>, TooSlow> {
        if rate == 0 {
            return Ok(None);
        }
        let window = Duration::from_millis(WINDOW);
        if let Some(since) = self.since {
            let elapsed = now.saturating_duration_since(since);
            if elapsed < window {
                return Ok(Some(since + window));
            }
            if !is_kept(self.bytes, Millis::try_from(elapsed.as_millis()).unwrap_or(Millis::MAX), rate) {
                return Err(TooSlow);
            }
        }
        *self = Self { since: Some(now), bytes: 0 };
        Ok(Some(now + window))
    }
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
        assert_eq!(pace.allow(start, 0), Ok(None));
        assert_eq!(pace.allow(start, 240), Ok(Some(start + window)));
        assert_eq!(pace.allow(start + window / 2, 240), Ok(Some(start + window)));
        pace.note(2400);
        assert_eq!(pace.allow(start + window, 240), Ok(Some(start + 2 * window)));
        pace.note(2399);
        assert_eq!(pace.allow(start + 2 * window, 240), Err(TooSlow));
    }

    #[test]
    fn the_rate_is_kept_or_not() {
        assert!(is_kept(2400, 10_000, 240));
        assert!(!is_kept(2399, 10_000, 240));
        assert!(is_kept(0, 10_000, 0));
        assert!(!is_kept(0, 10_000, 1));
    }
}
