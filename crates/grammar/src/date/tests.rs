//! Tables of dates in the three forms of HTTP, as Go reads and writes them.

use super::*;

#[track_caller]
fn check(text: &str, expected: Option<i64>) {
    assert_eq!(parse(text.as_bytes()), expected, "{text:?}");
}

const NOVEMBER: Option<i64> = Some(784_111_777);

#[test]
fn the_three_forms() {
    check("Sun, 06 Nov 1994 08:49:37 GMT", NOVEMBER);
    check("Sunday, 06-Nov-94 08:49:37 GMT", NOVEMBER);
    check("Sun Nov  6 08:49:37 1994", NOVEMBER);
    check("Sun Nov 06 08:49:37 1994", NOVEMBER);
    check("Sun Nov 6 08:49:37 1994", NOVEMBER);
}

#[test]
fn what_is_let_pass() {
    check("sUN, 06 nOV 1994 8:49:37 GMT", NOVEMBER);
    check("Sun,   06  Nov 1994 08:49:37   GMT", NOVEMBER);
    check("Sun, 06 Nov 1994 08:49:37.999 GMT", NOVEMBER);
    check("Sun, 06 Nov 1994 08:49:37,0000000000001 GMT", NOVEMBER);
    // The weekday is read but not compared.
    check("Mon, 06 Nov 1994 08:49:37 GMT", NOVEMBER);
    check("sUNDAY, 06-Nov-94 08:49:37 UTC", NOVEMBER);
}

#[test]
fn what_is_not() {
    for text in [
        "",
        "Sun",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 ",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun,06 Nov 1994 08:49:37 GMT",
        "Sun, 06 November 1994 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:9:37 GMT",
        "Sun, 06 Nov 1994 08:49:37. GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:60 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 1900 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "1994-11-06T08:49:37Z",
        "784111777",
        "Sun, 06 Nov 1994 08:49:37 GMT\0",
        "\u{ff}",
    ] {
        check(text, None);
    }
}

#[test]
fn the_century_of_two_digits() {
    check("Wednesday, 01-Jan-69 00:00:00 GMT", Some(-31_536_000));
    check("Thursday, 01-Jan-70 00:00:00 GMT", Some(0));
    check("Sunday, 01-Jan-68 00:00:00 GMT", Some(3_092_601_600));
    check("Monday, 01-Jan--1 00:00:00 GMT", Some(915_148_800));
    check("Monday, 01-Jan-+1 00:00:00 GMT", Some(978_307_200));
}

#[test]
fn zones_shift_nothing() {
    for (zone, is_read) in [
        ("GMT", true),
        ("UTC", true),
        ("EST", true),
        ("CEST", true),
        ("WITA", true),
        ("ChST", true),
        ("MeST", true),
        ("AMSTT", true),
        ("GMT+3", true),
        ("GMT-23", true),
        ("+03", true),
        ("-3x", false),
        ("+3", false),
        ("+24", false),
        ("GMT+24", false),
        ("GMT+", false),
        ("UTC+1", false),
        ("+99999999999999999999", false),
        ("Z", false),
        ("ES", false),
        ("CESX", false),
        ("AMSTX", false),
        ("ABCDET", false),
        ("est", false),
        ("", false),
    ] {
        check(&format!("Thursday, 01-Jan-70 00:00:00 {zone}"), is_read.then_some(0));
    }
}

#[test]
fn cookies_take_hyphens_and_zones() {
    for (text, expected) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", NOVEMBER),
        ("Sun, 06 Nov 1994 08:49:37 EST", NOVEMBER),
        ("Sun, 06-Nov-1994 08:49:37 UTC", NOVEMBER),
        ("Sun, 06-Nov-94 08:49:37 GMT", None),
        ("Sunday, 06-Nov-94 08:49:37 GMT", None),
        ("Sun Nov  6 08:49:37 1994", None),
    ] {
        assert_eq!(parse_cookie_expires(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn writing() {
    for (seconds, expected) in [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (253_402_300_800, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"),
        (i64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (i64::MIN, "Sat, 01 Jan 0000 00:00:00 GMT"),
    ] {
        assert_eq!(String::from_utf8_lossy(&format(seconds)), expected);
    }
}

#[test]
fn what_is_written_is_read() {
    // A step that is prime meets every weekday, month and time of day.
    for seconds in (FIRST_SECOND..=LAST_SECOND).step_by(7_654_321) {
        assert_eq!(parse(&format(seconds)), Some(seconds));
    }
}
