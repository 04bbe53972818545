//! The size line of a chunk, a byte at a time, and the account of what framing costs.
//!
//! Judges a line when it is complete, as Go does: until then it can only be too long.
//!
//! RFC 9112 section 7.1; Go's `internal.chunkedReader.beginChunk`, `readChunkLine` and `parseHexUint`.
//!
//! Differences: white space behind the size, and extensions outside the grammar, are errors; Go takes them.

use crate::body::BodyError;
use crate::extension::Extension;
use crate::limits::{FREE_CHUNK_OVERHEAD, MAX_CHUNK_LINE, MAX_CHUNK_OVERHEAD, OVERHEAD_PER_BYTE};

/// The size line that is being read.
#[derive(Clone, Debug, Default)]
pub(crate) struct SizeLine {
    /// Bytes so far, line end included.
    length: usize,
    digits: usize,
    size: u64,
    /// The first fault that Go finds in the size.
    fault: Option<BodyError>,
    part: Part,
    cr: Cr,
}

#[derive(Clone, Copy, Debug, Default)]
enum Part {
    #[default]
    Size,
    SpaceAfterSize,
    Extension(Extension),
}

/// The carriage returns of the line so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Cr {
    #[default]
    None,
    /// The last byte was one, the first of the line.
    Last,
    /// Something other than LF came behind one.
    Stray,
}

/// Framing bytes that payload has not made good.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Overhead(i64);

impl SizeLine {
    /// Takes the next byte. `Some`: the line is complete, and this is the size, or what is wrong.
    pub(crate) fn push(&mut self, byte: u8, overhead: &mut Overhead) -> Option<Result<u64, BodyError>> {
        self.length += 1;
        if byte == b'\n' {
            return Some(std::mem::take(self).finish(overhead));
        }
        if self.length >= MAX_CHUNK_LINE {
            return Some(Err(BodyError::LineTooLong));
        }
        match (self.cr, byte) {
            (Cr::None, b'\r') => self.cr = Cr::Last,
            (Cr::None, _) => self.push_content(byte),
            _ => self.cr = Cr::Stray,
        }
        None
    }

    fn push_content(&mut self, byte: u8) {
        self.part = match (self.part, byte) {
            (Part::Extension(extension), _) => Part::Extension(extension.push(byte)),
            (Part::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                self.digits += 1;
                if self.digits > 16 {
                    self.fault.get_or_insert(BodyError::SizeTooLarge);
                }
                self.size = self.size << 4 | u64::from(hex_value(byte));
                Part::Size
            }
            (_, b' ' | b'\t') => Part::SpaceAfterSize,
            (Part::Size, b';') => Part::Extension(Extension::default()),
            // Go takes white space off the end of the line only, so none may stand before this byte.
            (part, _) => {
                self.fault.get_or_insert(BodyError::InvalidSize);
                part
            }
        };
    }

    fn finish(self, overhead: &mut Overhead) -> Result<u64, BodyError> {
        match self.cr {
            Cr::None => return Err(BodyError::BareLineFeed),
            Cr::Stray => return Err(BodyError::StrayCarriageReturn),
            Cr::Last => {}
        }
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if self.digits == 0 {
            return Err(BodyError::EmptySize);
        }
        overhead.add(self.length, self.size)?;
        match self.part {
            Part::SpaceAfterSize => Err(BodyError::SpaceAfterSize),
            Part::Extension(extension) if !extension.is_complete() => Err(BodyError::InvalidExtension),
            _ => Ok(self.size),
        }
    }
}

impl Overhead {
    /// Accounts for a size line of `length` bytes, line end included, before a chunk of `size` bytes.
    fn add(&mut self, length: usize, size: u64) -> Result<(), BodyError> {
        // The line end of the line counts for the one behind the payload. Sizes from 2^61 on wrap, as they do in Go.
        let credit = FREE_CHUNK_OVERHEAD.wrapping_add(OVERHEAD_PER_BYTE.wrapping_mul(size.cast_signed()));
        let cost = i64::try_from(length).unwrap_or(i64::MAX);
        self.0 = self.0.wrapping_add(cost).wrapping_sub(credit).max(0);
        // The last chunk ends the body in any case.
        if self.0 > MAX_CHUNK_OVERHEAD && size > 0 { Err(BodyError::TooMuchOverhead) } else { Ok(()) }
    }
}

const fn hex_value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit - b'A' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of(line: &[u8]) -> Option<Result<u64, BodyError>> {
        let (mut reader, mut overhead) = (SizeLine::default(), Overhead::default());
        line.iter().find_map(|&byte| reader.push(byte, &mut overhead))
    }

    #[test]
    fn sizes() {
        let check = |line: &[u8], expected: Result<u64, BodyError>| {
            assert_eq!(size_of(line), Some(expected), "{}", line.escape_ascii());
        };
        check(b"0\r\n", Ok(0));
        check(b"a\r\n", Ok(10));
        check(b"00fF\r\n", Ok(255));
        check(b"0000000000000005\r\n", Ok(5));
        check(b"7;a\r\n", Ok(7));
        check(b"7;a=\"b;c\" ; d = e\r\n", Ok(7));
        check(b"7; a\r\n", Ok(7));
        check(b"ffffffffffffffff\r\n", Ok(u64::MAX));
        for line in [&b"\r\n"[..], b";a\r\n", b" \r\n", b"\t \r\n"] {
            check(line, Err(BodyError::EmptySize));
        }
        for line in [
            &b"x\r\n"[..],
            b"-5\r\n",
            b"+5\r\n",
            b"0x5\r\n",
            b" 5\r\n",
            b"5 a\r\n",
            b"5 5\r\n",
            b"5 ;a\r\n",
            b"5,5\r\n",
            b"5\x00\r\n",
            b"5_\r\n",
            b"\xff\r\n",
            b"0000000000000000x\r\n",
        ] {
            check(line, Err(BodyError::InvalidSize));
        }
        check(b"00000000000000005\r\n", Err(BodyError::SizeTooLarge));
        check(b"10000000000000005x\r\n", Err(BodyError::SizeTooLarge));
        check(b"5\n", Err(BodyError::BareLineFeed));
        check(b"x\n", Err(BodyError::BareLineFeed));
        check(b"\n", Err(BodyError::BareLineFeed));
        for line in [&b"5\r\r\n"[..], b"5\ra\r\n", b"5;a\rb\n", b"\r5\r\n"] {
            check(line, Err(BodyError::StrayCarriageReturn));
        }
        check(b"5 \r\n", Err(BodyError::SpaceAfterSize));
        check(b"5\t \r\n", Err(BodyError::SpaceAfterSize));
        for line in [&b"5;\r\n"[..], b"5;\x01\r\n", b"5;a=\r\n", b"5;a \r\n", b"5;a;\r\n", b"0;\r\n"] {
            check(line, Err(BodyError::InvalidExtension));
        }
        assert_eq!(size_of(b"5;zz\r"), None);
    }

    #[test]
    fn lines_have_4096_bytes() {
        let line = |length: usize| [b"5;", "e".repeat(length - 4).as_bytes(), b"\r\n"].concat();
        assert_eq!(size_of(&line(MAX_CHUNK_LINE)), Some(Ok(5)));
        assert_eq!(size_of(&line(MAX_CHUNK_LINE + 1)), Some(Err(BodyError::LineTooLong)));
        // It is too long before it is complete.
        assert_eq!(size_of(&"5".repeat(MAX_CHUNK_LINE).into_bytes()), Some(Err(BodyError::LineTooLong)));
        assert_eq!(size_of(&"5".repeat(MAX_CHUNK_LINE - 1).into_bytes()), None);
    }

    #[test]
    fn overhead() {
        let run = |line: &[u8], times: usize| {
            let mut overhead = Overhead::default();
            (0..times).find_map(|_| {
                let mut reader = SizeLine::default();
                line.iter().find_map(|&byte| reader.push(byte, &mut overhead)).unwrap().err()
            })
        };
        // One byte a chunk is legitimate for ever.
        assert_eq!(run(b"1\r\n", 100_000), None);
        assert_eq!(run(b"1;eighteen-bytes\r\n", 100_000), None);
        // This one costs a byte more than the chunk makes good.
        assert_eq!(run(b"1;nineteen--bytes\r\n", 16 * 1024), None);
        assert_eq!(run(b"1;nineteen--bytes\r\n", 16 * 1024 + 1), Some(BodyError::TooMuchOverhead));
        // The last chunk is not refused for it, nor does it wipe the debt away.
        assert_eq!(run(format!("0;{}\r\n", "e".repeat(4000)).as_bytes(), 9), None);
        // Sizes wrap as in Go.
        assert_eq!(size_of(b"5000000000000000\r\n"), Some(Err(BodyError::TooMuchOverhead)));
        assert_eq!(size_of(b"8000000000000000\r\n"), Some(Ok(1 << 63)));
    }
}
