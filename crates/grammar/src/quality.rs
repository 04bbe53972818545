//! Weights of the Accept fields: which of several codings, charsets or languages a client takes, and how gladly.
//!
//! Reads lists of tokens; the media ranges of `Accept` itself, whose parameters may hold quoted commas, are not its
//! business.
//!
//! RFC 9110 sections 12.4.2, 12.5.2 to 12.5.4 and 8.4.1.3. Go has no counterpart.

use crate::token::{elements, eq_ignore_case, trim_ows};

/// The weight that the lines of an `Accept-Encoding` (or like) field give to `coding`, in thousandths.
///
/// - `Some(1..=1000)`: acceptable; `coding` is named, or else `*` is, which stands for all that is not named.
/// - `Some(0)`: refused.
/// - `None`: the field does not speak of it. For a coding that means not acceptable, but for `identity` acceptable:
///   it is refused only by `Some(0)`.
///
/// Names are compared whole and without case; `x-gzip` and `x-compress` are `gzip` and `compress`. A coding named
/// twice has the lower weight. An element whose weight is malformed is left out; digits of a weight behind the third
/// are dropped, but never turn a weight into a refusal.
///
/// ```
/// use nethttp_grammar::quality::accepts;
///
/// let lines = [&b"br, gzip;q=0.8"[..], b"*;q=0"];
/// assert_eq!(accepts(lines, "gzip"), Some(800));
/// assert_eq!(accepts(lines, "zstd"), Some(0));
///
/// let may_send_plain = accepts([&b"gzip"[..]], "identity") != Some(0);
/// assert!(may_send_plain);
/// ```
pub fn accepts<'a>(lines: impl IntoIterator<Item = &'a [u8]>, coding: &str) -> Option<u16> {
    let coding = coding.as_bytes();
    let mut named = None;
    let mut others = None;
    for element in lines.into_iter().flat_map(elements) {
        let (name, parameters) = cut_name(element);
        let weight = if is_same_coding(name, coding) {
            &mut named
        } else if name == b"*" {
            &mut others
        } else {
            continue;
        };
        if let Some(new) = weight_among(parameters) {
            *weight = Some(weight.map_or(new, |old: u16| old.min(new)));
        }
    }
    named.or(others)
}

fn cut_name(element: &[u8]) -> (&[u8], &[u8]) {
    let end = element.iter().position(|&byte| byte == b';').unwrap_or(element.len());
    (trim_ows(&element[..end]), &element[end..])
}

fn is_same_coding(name: &[u8], coding: &[u8]) -> bool {
    eq_ignore_case(name, coding)
        || eq_ignore_case(coding, b"gzip") && eq_ignore_case(name, b"x-gzip")
        || eq_ignore_case(coding, b"compress") && eq_ignore_case(name, b"x-compress")
}

/// The weight among `parameters`, which begin with a semicolon if there are any: 1000 when there is none, `None` when
/// it is malformed.
fn weight_among(parameters: &[u8]) -> Option<u16> {
    for parameter in parameters.split(|&byte| byte == b';') {
        if let [b'q' | b'Q', rest @ ..] = trim_ows(parameter)
            && let [b'=', weight @ ..] = trim_ows(rest)
        {
            return parse_weight(trim_ows(weight));
        }
    }
    Some(1000)
}

/// A number from 0 to 1 in thousandths.
fn parse_weight(weight: &[u8]) -> Option<u16> {
    let (whole, fraction) = match weight {
        [whole] => (whole, &[][..]),
        [whole, b'.', fraction @ ..] => (whole, fraction),
        _ => return None,
    };
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let is_fraction_zero = fraction.iter().all(|&digit| digit == b'0');
    match whole {
        b'1' if is_fraction_zero => Some(1000),
        b'0' if is_fraction_zero => Some(0),
        b'0' => {
            let digit = |at: usize| fraction.get(at).map_or(0, |digit| u16::from(digit - b'0'));
            Some((digit(0) * 100 + digit(1) * 10 + digit(2)).max(1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], coding: &str, expected: Option<u16>) {
        assert_eq!(accepts(lines.iter().map(|line| line.as_bytes()), coding), expected, "{lines:?} {coding}");
    }

    // pitfalls B1, B2, B3: whole tokens, every line, every element, weights, `*` and `identity`.
    #[test]
    fn codings() {
        check(&[], "gzip", None);
        check(&[""], "gzip", None);
        check(&["gzip"], "gzip", Some(1000));
        check(&["GZip"], "gzip", Some(1000));
        check(&["x-gzip"], "gzip", Some(1000));
        check(&["x-gzipped"], "gzip", None);
        check(&["gzipped, agzip"], "gzip", None);
        check(&["gzip;q=0"], "gzip", Some(0));
        check(&["gzip;q=1.0"], "gzip", Some(1000));
        check(&["br,gzip"], "gzip", Some(1000));
        check(&["br", "deflate, gzip;q=0.5"], "gzip", Some(500));
        check(&["gzipped, gzip;q=0.1"], "gzip", Some(100));
        check(&["deflate, gzip;q=1.0, *;q=0.5"], "gzip", Some(1000));
        check(&["*;q=0.5"], "gzip", Some(500));
        check(&["*"], "gzip", Some(1000));
        check(&["*;q=0"], "gzip", Some(0));
        check(&["gzip;q=0, *"], "gzip", Some(0));
        check(&["*, gzip;q=0"], "gzip", Some(0));
        check(&["gzip, gzip;q=0"], "gzip", Some(0));
        check(&["broken"], "br", None);
    }

    #[test]
    fn identity() {
        check(&[], "identity", None);
        check(&["gzip"], "identity", None);
        check(&["identity;q=0"], "identity", Some(0));
        check(&["*;q=0"], "identity", Some(0));
        check(&["*;q=0, identity;q=0.2"], "identity", Some(200));
        check(&["gzip;q=0.5, identity"], "identity", Some(1000));
    }

    #[test]
    fn weights() {
        for (weight, expected) in [
            ("0", Some(0)),
            ("0.", Some(0)),
            ("0.000", Some(0)),
            ("0.001", Some(1)),
            ("0.5", Some(500)),
            ("0.25", Some(250)),
            ("0.1239", Some(123)),
            ("0.0001", Some(1)),
            ("1", Some(1000)),
            ("1.", Some(1000)),
            ("1.000", Some(1000)),
            ("1.001", None),
            ("2", None),
            ("10", None),
            ("", None),
            (".5", None),
            ("-1", None),
            ("0_5", None),
            ("0.5x", None),
            ("abc", None),
        ] {
            check(&[&format!("a;q={}", weight)], "a", expected);
        }
    }

    #[test]
    fn spaces_and_other_parameters() {
        check(&["gzip ; q=0.5"], "gzip", Some(500));
        check(&["\tgzip;\tQ=0.5 ,"], "gzip", Some(500));
        check(&["gzip;q = 0.5"], "gzip", Some(500));
        check(&["gzip;level=9;q=0.5"], "gzip", Some(500));
        check(&["gzip;level=9"], "gzip", Some(1000));
        check(&["gzip;quiet=0"], "gzip", Some(1000));
        check(&["gzip;"], "gzip", Some(1000));
        check(&["gzip;q=x, *;q=0.3"], "gzip", Some(300));
        check(&[";q=0"], "gzip", None);
    }
}
