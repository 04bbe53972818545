//! Dates as header fields have them, as moments: Go's `http.ParseTime` and the formatting of an `http.TimeFormat`.
//!
//! RFC 9110 section 5.6.7; the rules are in `nethttp_grammar::date`.
//!
//! Differences: the error does not say which of the three forms came closest.

use std::fmt;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nethttp_grammar::date;
use nethttp_grammar::quote::quote;

/// A date of a header field, in any of its three forms, as a moment. Go's `http.ParseTime`.
///
/// # Errors
///
/// [`TimeError`] for a text that is no date, and for a date that the platform's clock cannot say.
///
/// ```
/// use nethttp_core::{format_time, parse_time};
///
/// let time = parse_time("Sunday, 06-Nov-94 08:49:37 GMT").unwrap();
/// assert_eq!(format_time(time), "Sun, 06 Nov 1994 08:49:37 GMT");
/// assert_eq!(parse_time("soon").unwrap_err().to_string(), "\"soon\" is no date");
/// ```
pub fn parse_time(text: impl AsRef<[u8]>) -> Result<SystemTime, TimeError> {
    let text = text.as_ref();
    date::parse(text).and_then(system_time).ok_or_else(|| TimeError { text: text.to_vec() })
}

/// A moment as header fields have it. Go's `time.UTC().Format(http.TimeFormat)`.
///
/// Years from 0 to 9999 fit; a time before or after is written as the first or last second of that span.
///
/// ```
/// let time = std::time::UNIX_EPOCH;
/// assert_eq!(nethttp_core::format_time(time), "Thu, 01 Jan 1970 00:00:00 GMT");
/// ```
#[must_use]
pub fn format_time(time: SystemTime) -> String {
    date::format(unix_seconds(time)).iter().copied().map(char::from).collect()
}

/// The text of a header field is no date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeError {
    text: Vec<u8>,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no date", quote(&self.text))
    }
}

impl std::error::Error for TimeError {}

impl From<TimeError> for io::Error {
    fn from(error: TimeError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// Whole seconds since 1970, those before it negative, fractions cut towards the past.
pub(crate) fn unix_seconds(time: SystemTime) -> i64 {
    let clamp = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => clamp(after.as_secs()),
        Err(before) => {
            let before = before.duration();
            -clamp(before.as_secs() + u64::from(before.subsec_nanos() > 0))
        }
    }
}

/// `None` where the platform's clock cannot say it.
pub(crate) fn system_time(unix_seconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_secs(unix_seconds.unsigned_abs());
    if unix_seconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_formatted_parses() {
        for seconds in [-62_135_596_800, -1, 0, 784_111_777, 253_402_300_799] {
            let time = system_time(seconds).unwrap();
            assert_eq!(parse_time(format_time(time)), Ok(time), "{seconds}");
        }
    }

    #[test]
    fn fractions_are_cut_towards_the_past() {
        assert_eq!(unix_seconds(UNIX_EPOCH + Duration::from_millis(1999)), 1);
        assert_eq!(unix_seconds(UNIX_EPOCH - Duration::from_millis(1)), -1);
        assert_eq!(unix_seconds(UNIX_EPOCH - Duration::from_secs(1)), -1);
    }

    #[test]
    fn the_error_is_an_io_error() {
        let error = io::Error::from(parse_time(b"\xff").unwrap_err());
        assert_eq!(error.to_string(), "\"\\xff\" is no date");
    }
}
