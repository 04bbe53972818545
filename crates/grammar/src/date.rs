//! Dates of header fields, as seconds since 1970-01-01 00:00:00 UTC.
//!
//! Asks no clock and knows no time zones.
//!
//! RFC 9110 section 5.6.7; Go's `http.TimeFormat` and `http.ParseTime`, with what its `time.Parse` lets pass: names in
//! any case, a one-digit hour, several spaces for one, a fraction of a second (dropped), a weekday that is not the
//! date's.
//!
//! Differences: Go gives a zone abbreviation of the machine's own time zone that zone's offset; here every named zone
//! is read as UTC, as Go does on a machine that runs in UTC.

#[cfg(test)]
mod tests;

/// `unix_seconds` as an IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// Years from 0 to 9999 fit; a time before or after is written as the first or last second of that span.
///
/// ```
/// assert_eq!(&nethttp_grammar::date::format(784111777), b"Sun, 06 Nov 1994 08:49:37 GMT");
/// ```
#[must_use]
pub fn format(unix_seconds: i64) -> [u8; 29] {
    let date = Civil::at(unix_seconds.clamp(FIRST_SECOND, LAST_SECOND));
    let mut out = *b"Sun, 00 Jan 0000 00:00:00 GMT";
    out[..3].copy_from_slice(&SHORT_WEEKDAYS[date.weekday].as_bytes()[..3]);
    out[5..7].copy_from_slice(&two_digits(date.day));
    out[8..11].copy_from_slice(MONTHS[date.month as usize - 1].as_bytes());
    let year = date.year as u32;
    out[12..14].copy_from_slice(&two_digits(year / 100));
    out[14..16].copy_from_slice(&two_digits(year % 100));
    out[17..19].copy_from_slice(&two_digits(date.second_of_day / 3600));
    out[20..22].copy_from_slice(&two_digits(date.second_of_day / 60 % 60));
    out[23..25].copy_from_slice(&two_digits(date.second_of_day % 60));
    out
}

/// Reads a date in one of the three forms of HTTP: IMF-fixdate, RFC 850 or asctime.
///
/// ```
/// use nethttp_grammar::date::parse;
///
/// assert_eq!(parse(b"Sun, 06 Nov 1994 08:49:37 GMT"), Some(784111777));
/// assert_eq!(parse(b"Sunday, 06-Nov-94 08:49:37 GMT"), Some(784111777));
/// assert_eq!(parse(b"Sun Nov  6 08:49:37 1994"), Some(784111777));
/// assert_eq!(parse(b"yesterday"), None);
/// ```
#[must_use]
pub fn parse(text: &[u8]) -> Option<i64> {
    use Field::*;
    const IMF_FIXDATE: &[Field] =
        &[ShortWeekday, Text(b","), Space, TwoDigitDay, Space, Month, Space, Year, Space, Time, Space, Text(b"GMT")];
    const RFC_850: &[Field] = &[
        LongWeekday,
        Text(b","),
        Space,
        TwoDigitDay,
        Text(b"-"),
        Month,
        Text(b"-"),
        ShortYear,
        Space,
        Time,
        Space,
        Zone,
    ];
    const ASCTIME: &[Field] = &[ShortWeekday, Space, Month, Space, Day, Space, Time, Space, Year];

    parse_as(IMF_FIXDATE, text).or_else(|| parse_as(RFC_850, text)).or_else(|| parse_as(ASCTIME, text))
}

/// Reads the `Expires` of a cookie: an IMF-fixdate, with spaces or hyphens in the date and any zone.
#[must_use]
pub(crate) fn parse_cookie_expires(text: &[u8]) -> Option<i64> {
    use Field::*;
    const SPACED: &[Field] =
        &[ShortWeekday, Text(b","), Space, TwoDigitDay, Space, Month, Space, Year, Space, Time, Space, Zone];
    const HYPHENED: &[Field] =
        &[ShortWeekday, Text(b","), Space, TwoDigitDay, Text(b"-"), Month, Text(b"-"), Year, Space, Time, Space, Zone];

    parse_as(SPACED, text).or_else(|| parse_as(HYPHENED, text))
}

/// A part of a date's layout.
#[derive(Clone, Copy, Debug)]
enum Field {
    ShortWeekday,
    LongWeekday,
    Month,
    /// One or two digits.
    Day,
    TwoDigitDay,
    /// Four digits.
    Year,
    /// Two characters: 69 to 99 is of the last century. Go takes a signed digit too.
    ShortYear,
    Time,
    /// An abbreviation or a signed hour. Shifts nothing, see the head of this file.
    Zone,
    /// One space or more; none is needed where the text ends.
    Space,
    Text(&'static [u8]),
}

fn parse_as(layout: &[Field], text: &[u8]) -> Option<i64> {
    let mut reader = Reader { rest: text };
    let (mut year, mut month, mut day, mut second_of_day) = (0, 1, 1, 0);
    for field in layout {
        match *field {
            Field::ShortWeekday => drop(reader.name(&SHORT_WEEKDAYS)?),
            Field::LongWeekday => drop(reader.name(&LONG_WEEKDAYS)?),
            Field::Month => month = reader.name(&MONTHS)? as u32 + 1,
            Field::Day => day = reader.short_number()?,
            Field::TwoDigitDay => day = reader.two_digits()?,
            Field::Year => year = reader.year()?,
            Field::ShortYear => year = reader.short_year()?,
            Field::Time => second_of_day = reader.time()?,
            Field::Zone => reader.zone()?,
            Field::Space => reader.spaces()?,
            Field::Text(text) => reader.rest = reader.rest.strip_prefix(text)?,
        }
    }
    if !reader.rest.is_empty() || day < 1 || day > days_in(month, year) {
        return None;
    }
    Some(days_since_1970(year, month, day) * SECONDS_PER_DAY + i64::from(second_of_day))
}

/// The text still to be read; each method takes something off its front.
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    /// The index of the name that comes next, in any case.
    fn name<const N: usize>(&mut self, names: &[&str; N]) -> Option<usize> {
        let index = names.iter().position(|name| {
            self.rest.get(..name.len()).is_some_and(|front| front.eq_ignore_ascii_case(name.as_bytes()))
        })?;
        self.rest = &self.rest[names[index].len()..];
        Some(index)
    }

    fn spaces(&mut self) -> Option<()> {
        if self.rest.first().is_some_and(|&byte| byte != b' ') {
            return None;
        }
        while let [b' ', rest @ ..] = self.rest {
            self.rest = rest;
        }
        Some(())
    }

    fn two_digits(&mut self) -> Option<u32> {
        let [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] = self.rest else {
            return None;
        };
        self.rest = rest;
        Some(u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
    }

    /// One digit or two.
    fn short_number(&mut self) -> Option<u32> {
        if let Some(number) = self.two_digits() {
            return Some(number);
        }
        let [digit @ b'0'..=b'9', rest @ ..] = self.rest else {
            return None;
        };
        self.rest = rest;
        Some(u32::from(digit - b'0'))
    }

    fn year(&mut self) -> Option<i64> {
        let century = self.two_digits()?;
        Some(i64::from(century * 100 + self.two_digits()?))
    }

    fn short_year(&mut self) -> Option<i64> {
        let year = match self.rest {
            [b'+', digit @ b'0'..=b'9', rest @ ..] => {
                self.rest = rest;
                i64::from(digit - b'0')
            }
            [b'-', digit @ b'0'..=b'9', rest @ ..] => {
                self.rest = rest;
                -i64::from(digit - b'0')
            }
            _ => i64::from(self.two_digits()?),
        };
        Some(year + if year >= 69 { 1900 } else { 2000 })
    }

    /// `15:04:05`, perhaps with a fraction behind a full stop or a comma, as seconds.
    fn time(&mut self) -> Option<u32> {
        let hour = self.short_number()?;
        self.rest = self.rest.strip_prefix(b":")?;
        let minute = self.two_digits()?;
        self.rest = self.rest.strip_prefix(b":")?;
        let second = self.two_digits()?;
        if let [b'.' | b',', fraction @ ..] = self.rest
            && let digits @ 1.. = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count()
        {
            self.rest = &fraction[digits..];
        }
        (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
    }

    fn zone(&mut self) -> Option<()> {
        let length = match self.rest {
            [b'C', b'h', b'S', b'T', ..] | [b'M', b'e', b'S', b'T', ..] => 4,
            [b'G', b'M', b'T', offset @ ..] => 3 + signed_hour_length(offset).unwrap_or(0),
            [b'U', b'T', b'C', ..] => 3,
            // Like all zones, a signed hour has three characters to be looked at.
            [b'+' | b'-', _, _, ..] => signed_hour_length(self.rest)?,
            _ => abbreviation_length(self.rest)?,
        };
        self.rest = &self.rest[length..];
        Some(())
    }
}

/// The length of a sign and a number up to 23 at the start of `text`.
fn signed_hour_length(text: &[u8]) -> Option<usize> {
    let [b'+' | b'-', number @ ..] = text else {
        return None;
    };
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let hour = number[..digits]
        .iter()
        .fold(0u32, |hour, digit| hour.saturating_mul(10).saturating_add(u32::from(digit - b'0')));
    (digits > 0 && hour <= 23).then_some(1 + digits)
}

/// The length of an abbreviation of three to five capitals; one longer than three ends in `T`, but for `WITA`.
fn abbreviation_length(text: &[u8]) -> Option<usize> {
    let capitals = text.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
    match (&text[..capitals], capitals) {
        (_, 3) | (b"WITA", _) | ([_, _, _, b'T'], _) | ([_, _, _, _, b'T'], _) => Some(capitals),
        _ => None,
    }
}

/// A day of the proleptic Gregorian calendar and a time in it.
struct Civil {
    year: i64,
    /// 1 to 12.
    month: u32,
    day: u32,
    /// 0 is Sunday.
    weekday: usize,
    second_of_day: u32,
}

impl Civil {
    fn at(unix_seconds: i64) -> Self {
        let days = unix_seconds.div_euclid(SECONDS_PER_DAY);
        // Years are counted from 1 March, so that the leap day is the last one; 0000-03-01 is day zero.
        let shifted = days + DAYS_TO_1970;
        let era = shifted.div_euclid(DAYS_PER_ERA);
        let day_of_era = shifted.rem_euclid(DAYS_PER_ERA);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        Self {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month: month as u32,
            day: (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32,
            // 1970-01-01 was a Thursday.
            weekday: (days + 4).rem_euclid(7) as usize,
            second_of_day: unix_seconds.rem_euclid(SECONDS_PER_DAY) as u32,
        }
    }
}

/// Days from 1970-01-01 to a date; `year` is small enough for no overflow.
const fn days_since_1970(year: i64, month: u32, day: u32) -> i64 {
    let year_from_march = if month <= 2 { year - 1 } else { year };
    let era = year_from_march.div_euclid(400);
    let year_of_era = year_from_march.rem_euclid(400);
    let month_from_march = (month as i64 + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day as i64 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970
}

const fn days_in(month: u32, year: i64) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const fn two_digits(number: u32) -> [u8; 2] {
    [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]
}

const SECONDS_PER_DAY: i64 = 86_400;
/// Days in 400 years, after which the calendar repeats.
const DAYS_PER_ERA: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;
/// The first second of the year 0.
const FIRST_SECOND: i64 = days_since_1970(0, 1, 1) * SECONDS_PER_DAY;
/// The last second of the year 9999.
const LAST_SECOND: i64 = days_since_1970(10_000, 1, 1) * SECONDS_PER_DAY - 1;

const SHORT_WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const LONG_WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
