//! What `Connection` and `Expect` values say about a connection.
//!
//! Go asks in two ways that differ: as a list of comma separated elements (`httpguts.HeaderValuesContainsToken`, which
//! `nethttp_grammar::token::contains_token` is), and as words between spaces, tabs and commas (`hasToken`, here).

/// Whether `word` stands in `value` between spaces, tabs, commas and the ends, without regard to ASCII case.
///
/// Go's `hasToken`.
pub(crate) fn has_word(value: &[u8], word: &str) -> bool {
    value.split(|byte| matches!(byte, b' ' | b'\t' | b',')).any(|found| found.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // pitfall E5: a word inside of another is not that word.
    #[test]
    fn words() {
        for (value, expected) in [
            (&b""[..], false),
            (b"close", true),
            (b"Close", true),
            (b"foo,close", true),
            (b"foo close", true),
            (b"close\tfoo", true),
            (b"foo, close, bar", true),
            (b"closed", false),
            (b"not-close", false),
            (b"close;q=1", false),
            (b"\xffclose", false),
        ] {
            assert_eq!(has_word(value, "close"), expected, "{}", value.escape_ascii());
        }
        // A word that holds a boundary of words could not be found this way.
        assert!(has_word(b"100-continue", "100-continue"));
    }
}
