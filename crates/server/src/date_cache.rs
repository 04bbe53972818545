//! The `Date` of answers, rendered once a second and thread.

use std::cell::Cell;

use rustix::time::{ClockId, clock_gettime};

thread_local! {
    static RENDERED: Cell<(i64, [u8; 29])> = const { Cell::new((i64::MIN, [0; 29])) };
}

/// The present second in the form of RFC 9110 section 5.6.7.
pub(crate) fn now() -> [u8; 29] {
    // The coarse clock is some milliseconds behind and costs a fifth of the precise one.
    #[cfg(target_os = "linux")]
    let clock = ClockId::RealtimeCoarse;
    #[cfg(not(target_os = "linux"))]
    let clock = ClockId::Realtime;
    let second = clock_gettime(clock).tv_sec;
    let (held, text) = RENDERED.get();
    if held == second {
        return text;
    }
    let text = nethttp_grammar::date::format(second);
    RENDERED.set((second, text));
    text
}

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    #[test]
    fn the_date_is_now() {
        let seconds = nethttp_grammar::date::parse(&super::now()).unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert!(now.abs_diff(u64::try_from(seconds).unwrap()) <= 1);
        assert_eq!(super::now().len(), 29);
    }
}
