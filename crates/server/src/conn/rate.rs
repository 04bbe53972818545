//! `Meter`: whether a transfer keeps the least rate, so that a client that takes a byte now and then cannot hold a
//! connection for ever, while one that is merely slow may take all the time it needs.

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

/// Whether `bytes` in `elapsed` milliseconds are at least `rate` bytes a second.
const fn is_kept(bytes: u64, elapsed: Millis, rate: u64) -> bool {
    rate == 0 || bytes.saturating_mul(1000) >= rate.saturating_mul(elapsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_kept_or_not() {
        assert!(is_kept(2400, 10_000, 240));
        assert!(!is_kept(2399, 10_000, 240));
        assert!(is_kept(0, 10_000, 0));
        assert!(!is_kept(0, 10_000, 1));
    }
}
