//! The Range field of a request for bytes.
//!
//! RFC 9110 section 14.1.2; the ranges and errors of Go's `parseRange` in `net/http`'s file server.

use std::error::Error;
use std::fmt;

use crate::token::trim_space;

/// How many ranges one field may ask for; a field with more is ignored. Go's default.
pub const MAX_RANGES: usize = 200;

/// A stretch of a representation.
// Exhaustive: start and length say all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ByteRange {
    /// Offset of the first byte.
    pub start: u64,
    /// Number of bytes. Zero for `bytes=-0` and for every suffix of something empty.
    pub length: u64,
}

/// Why a Range field cannot be served. `Display` is Go's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RangeError {
    /// The field is malformed, or its unit is not bytes.
    Malformed,
    /// The field is well formed, but all of its ranges begin behind the end.
    OutsideContent,
}

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "invalid range",
            Self::OutsideContent => "invalid range: failed to overlap",
        })
    }
}

impl Error for RangeError {}

/// The ranges that `header` asks of something `size` bytes long, in the order asked, cut to what exists.
///
/// None for an empty field and for one with more than [`MAX_RANGES`] ranges: both mean the whole. A range that begins
/// behind the end is left out. Ranges may overlap and add up to more than `size`; that is the caller's to weigh.
///
/// # Errors
///
/// See [`RangeError`].
///
/// ```
/// use nethttp_grammar::range::{ByteRange, RangeError, parse};
///
/// assert_eq!(parse(b"bytes=0-1,-2", 10).unwrap(), [
///     ByteRange { start: 0, length: 2 },
///     ByteRange { start: 8, length: 2 },
/// ]);
/// assert_eq!(parse(b"bytes=10-", 10), Err(RangeError::OutsideContent));
/// ```
pub fn parse(header: &[u8], size: u64) -> Result<Vec<ByteRange>, RangeError> {
    if header.is_empty() {
        return Ok(Vec::new());
    }
    let specs = header.strip_prefix(b"bytes=").ok_or(RangeError::Malformed)?;
    if specs.iter().filter(|&&byte| byte == b',').count() >= MAX_RANGES {
        return Ok(Vec::new());
    }
    let mut ranges = Vec::new();
    let mut is_any_outside = false;
    for spec in specs.split(|&byte| byte == b',').map(trim_space) {
        if spec.is_empty() {
            continue;
        }
        match parse_one(spec, size)? {
            Some(range) => ranges.push(range),
            None => is_any_outside = true,
        }
    }
    if ranges.is_empty() && is_any_outside {
        return Err(RangeError::OutsideContent);
    }
    Ok(ranges)
}

/// One range; `None` when it begins behind the end.
fn parse_one(spec: &[u8], size: u64) -> Result<Option<ByteRange>, RangeError> {
    let dash = spec.iter().position(|&byte| byte == b'-').ok_or(RangeError::Malformed)?;
    let (first, last) = (trim_space(&spec[..dash]), trim_space(&spec[dash + 1..]));
    if first.is_empty() {
        // The last so many bytes.
        if last.starts_with(b"-") {
            return Err(RangeError::Malformed);
        }
        let length = parse_offset(last)?.min(size);
        return Ok(Some(ByteRange { start: size - length, length }));
    }
    let start = parse_offset(first)?;
    if start >= size {
        // What stands behind the dash is not even read, as in Go.
        return Ok(None);
    }
    let last = if last.is_empty() { size - 1 } else { parse_offset(last)? };
    if last < start {
        return Err(RangeError::Malformed);
    }
    let length = last.min(size - 1) - start + 1;
    Ok(Some(ByteRange { start, length }))
}

/// A decimal offset that fits 63 bits. A sign is let pass, since Go's number parser does.
fn parse_offset(digits: &[u8]) -> Result<u64, RangeError> {
    str::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.parse::<i64>().ok())
        .and_then(|offset| u64::try_from(offset).ok())
        .ok_or(RangeError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, size: u64, expected: Result<&[(u64, u64)], RangeError>) {
        let expected = expected
            .map(|ranges| ranges.iter().map(|&(start, length)| ByteRange { start, length }).collect::<Vec<_>>());
        assert_eq!(parse(header.as_bytes(), size), expected, "{header} of {size}");
    }

    const MALFORMED: Result<&[(u64, u64)], RangeError> = Err(RangeError::Malformed);
    const OUTSIDE: Result<&[(u64, u64)], RangeError> = Err(RangeError::OutsideContent);

    #[test]
    fn good_ranges() {
        check("", 10, Ok(&[]));
        check("bytes=", 10, Ok(&[]));
        check("bytes=, ,", 10, Ok(&[]));
        check("bytes=0-0", 10, Ok(&[(0, 1)]));
        check("bytes=0-9", 10, Ok(&[(0, 10)]));
        check("bytes=0-", 10, Ok(&[(0, 10)]));
        check("bytes=5-99", 10, Ok(&[(5, 5)]));
        check("bytes=-3", 10, Ok(&[(7, 3)]));
        check("bytes=-30", 10, Ok(&[(0, 10)]));
        check("bytes=-0", 10, Ok(&[(10, 0)]));
        check("bytes=-5", 0, Ok(&[(0, 0)]));
        check("bytes= 1 - 2 ,\t3-4", 10, Ok(&[(1, 2), (3, 2)]));
        check("bytes=0-0,20-30,-1", 10, Ok(&[(0, 1), (9, 1)]));
        check("bytes=0-9223372036854775807", 10, Ok(&[(0, 10)]));
        check("bytes=+1-+2", 10, Ok(&[(1, 2)]));
        check("bytes=0--0", 10, Ok(&[(0, 1)]));
    }

    // pitfall H7: malformed and out of reach are different answers, and several ranges are served.
    #[test]
    fn bad_ranges() {
        for header in [
            "bytes",
            "bytes=a",
            "bytes=1",
            "bytes=-",
            "bytes=a-",
            "bytes=2-1",
            "bytes=1-a",
            "bytes=--1",
            "bytes=1--2",
            "Bytes=0-1",
            "lines=0-1",
            "bytes =0-1",
            "bytes=0-9223372036854775808",
            "bytes=0-1,x",
            "bytes=0-1;2-3",
            "bytes=1_0-2",
        ] {
            check(header, 100, MALFORMED);
        }
        check("bytes=10-", 10, OUTSIDE);
        check("bytes=10-5", 10, OUTSIDE);
        check("bytes=10-x, 11-12", 10, OUTSIDE);
        check("bytes=0-", 0, OUTSIDE);
        check("bytes=10-,x", 10, MALFORMED);
    }

    #[test]
    fn too_many_ranges_mean_the_whole() {
        let header = |count| format!("bytes={}", vec!["0-0"; count].join(","));
        assert_eq!(parse(header(MAX_RANGES).as_bytes(), 10).unwrap().len(), MAX_RANGES);
        check(&header(MAX_RANGES + 1), 10, Ok(&[]));
    }
}
