//! Ranges of content: what their header fields say, and the frame of a `multipart/byteranges` body.
//!
//! RFC 9110 sections 14.4 and 14.6; the layout of Go's `multipart.Writer` with the part header of `httpRange`.

use std::io::Write;

use nethttp_core::multipart;
use nethttp_grammar::range::ByteRange;

/// `bytes 0-9/100`, as `Content-Range` has it.
pub(crate) fn content_range(range: ByteRange, size: u64) -> String {
    // The last byte of an empty range is the one before its first, be it -1, as Go prints it.
    let last = i128::from(range.start) + i128::from(range.length) - 1;
    format!("bytes {}-{last}/{size}", range.start)
}

/// The frame around several ranges.
pub(crate) struct Parts<'a> {
    boundary: String,
    content_type: &'a [u8],
    size: u64,
}

impl<'a> Parts<'a> {
    /// A frame with a new random boundary, for content of this type and size.
    pub(crate) fn new(content_type: &'a [u8], size: u64) -> Self {
        let boundary = multipart::new_writer(std::io::sink()).boundary().to_owned();
        Self { boundary, content_type, size }
    }

    pub(crate) fn media_type(&self) -> String {
        format!("multipart/byteranges; boundary={}", self.boundary)
    }

    /// What stands before the bytes of `range`, in place of what `head` held.
    pub(crate) fn write_head(&self, head: &mut Vec<u8>, range: ByteRange, is_first: bool) {
        head.clear();
        let line_end = if is_first { "" } else { "\r\n" };
        let range = content_range(range, self.size);
        // Writing to a vector does not fail.
        let _ = write!(head, "{line_end}--{}\r\nContent-Range: {range}\r\nContent-Type: ", self.boundary);
        head.extend_from_slice(self.content_type);
        head.extend_from_slice(b"\r\n\r\n");
    }

    /// What stands behind the last range.
    pub(crate) fn tail(&self) -> String {
        format!("\r\n--{}--\r\n", self.boundary)
    }

    /// The length of the whole body.
    pub(crate) fn length(&self, ranges: &[ByteRange]) -> u64 {
        let mut head = Vec::new();
        let mut length = self.tail().len() as u64;
        for (index, &range) in ranges.iter().enumerate() {
            self.write_head(&mut head, range, index == 0);
            length += head.len() as u64 + range.length;
        }
        length
    }
}

/// Whether the ranges ask for more bytes than there are, which is an attack or a confused client: they are ignored.
pub(crate) fn are_wasteful(ranges: &[ByteRange], size: u64) -> bool {
    ranges.iter().fold(0_u64, |sum, range| sum.saturating_add(range.length)) > size
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn range(start: u64, length: u64) -> ByteRange {
        ByteRange { start, length }
    }

    #[test]
    fn content_range_fields() {
        for (start, length, size, expected) in [
            (0, 1, 1, "bytes 0-0/1"),
            (2, 8, 10, "bytes 2-9/10"),
            (10, 0, 10, "bytes 10-9/10"),
            (0, 0, 0, "bytes 0--1/0"),
            ((1 << 63) - 1, 1, 1 << 63, "bytes 9223372036854775807-9223372036854775807/9223372036854775808"),
        ] {
            assert_eq!(content_range(range(start, length), size), expected);
        }
    }

    #[test]
    fn the_length_is_that_of_what_is_written() {
        let parts = Parts::new(b"text/plain", 62);
        let ranges = [range(0, 2), range(4, 0), range(60, 2)];
        let (mut body, mut head) = (Vec::new(), Vec::new());
        for (index, &range) in ranges.iter().enumerate() {
            parts.write_head(&mut head, range, index == 0);
            body.extend_from_slice(&head);
            body.resize(body.len() + range.length as usize, b'x');
        }
        body.extend_from_slice(parts.tail().as_bytes());
        assert_eq!(parts.length(&ranges), body.len() as u64);
        assert_eq!(parts.boundary.len(), 60);
    }

    #[test]
    fn waste() {
        assert!(!are_wasteful(&[], 0));
        assert!(!are_wasteful(&[range(0, 5), range(5, 5)], 10));
        assert!(are_wasteful(&[range(0, 5), range(4, 6)], 10));
        assert!(are_wasteful(&[range(0, u64::MAX), range(0, u64::MAX)], 10));
    }
}
