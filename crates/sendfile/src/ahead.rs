//! What a loop may ask and do before it sends from a file that may not be in memory: sending itself
//! would wait for the disk.
//!
//! None of these functions may fail a transfer, or wait for the disk itself.

use std::os::fd::BorrowedFd;

use crate::sys;

/// Whether `length` bytes at `offset` of `file` could be sent without waiting for the disk; `None`
/// where the system or the file system cannot say.
///
/// A cheap guess, not a promise: it tries the first byte of the range, the last one, and up to three
/// between them, at least 128 KiB apart (`preadv2` with `RWF_NOWAIT` on Linux, calls of half a
/// microsecond). So ask it for what one turn sends, not for a whole large file. What lies beyond the
/// file's end counts as resident, and so does an empty range. Current Linux kernels also begin
/// reading the missing page when asked.
///
/// ```
/// use std::os::fd::AsFd;
/// use nethttp_sendfile::{is_resident, read_ahead};
///
/// # let file = tempfile::tempfile()?;
/// if is_resident(file.as_fd(), 0, 2 << 20) == Some(false) {
///     read_ahead(file.as_fd(), 0, 2 << 20);
///     // serve others meanwhile, or send this one from a thread that may wait
/// }
/// # std::io::Result::Ok(())
/// ```
#[must_use]
pub fn is_resident(file: BorrowedFd<'_>, offset: u64, length: u64) -> Option<bool> {
    samples_resident(offset, length, |at| sys::is_resident_at(file, at))
}

/// Asks the system to begin reading `length` bytes at `offset` of `file` into memory, without
/// waiting for it.
///
/// Best effort: the system may read only a part (Linux: as much as the device's read-ahead size at
/// once), and errors are of no consequence, so none is returned.
///
/// ```
/// use std::os::fd::AsFd;
/// # let file = tempfile::tempfile()?;
/// nethttp_sendfile::read_ahead(file.as_fd(), 0, 1 << 20);
/// # std::io::Result::Ok(())
/// ```
pub fn read_ahead(file: BorrowedFd<'_>, offset: u64, length: u64) {
    // To most systems a length of 0 means "to the end of the file".
    if length > 0 {
        sys::read_ahead(file, offset, length);
    }
}

/// Appends the `length` bytes at `offset` of `file` to `out` if they are all in memory; else (also
/// where the system cannot say, or where the file ends before) appends nothing and gives false.
///
/// For what is so short that copying it beside a response head costs less than a call of its own.
///
/// ```
/// use std::os::fd::AsFd;
/// use nethttp_sendfile::read_resident;
///
/// # let file = tempfile::tempfile()?;
/// let mut out = b"Content-Length: 9\r\n\r\n".to_vec();
/// if !read_resident(file.as_fd(), 0, 9, &mut out) {
///     // send the head, and the range after it
/// }
/// # std::io::Result::Ok(())
/// ```
pub fn read_resident(file: BorrowedFd<'_>, offset: u64, length: usize, out: &mut Vec<u8>) -> bool {
    sys::read_resident(file, offset, length, out)
}

fn samples_resident(offset: u64, length: u64, probe: impl Fn(u64) -> Option<bool>) -> Option<bool> {
    let Some(last) = length.checked_sub(1).map(|rest| offset.saturating_add(rest)) else {
        return Some(true);
    };
    let stride = STRIDE.max(length.div_ceil(STEPS));
    let mut at = offset;
    loop {
        if !probe(at)? {
            return Some(false);
        }
        if at / PAGE == last / PAGE {
            return Some(true);
        }
        at = at.saturating_add(stride).min(last);
    }
}

/// Steps from the first byte to the last of a large range.
const STEPS: u64 = 4;

/// The shortest step: what Linux reads at once around a byte that is asked for, by default. A gap
/// that is shorter costs one look at the disk at the most.
const STRIDE: u64 = 128 * 1024;

/// The smallest page in use; where pages are larger a second probe is wasted, not wrong.
const PAGE: u64 = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::io::Write;
    use std::os::fd::AsFd;

    #[test]
    fn tries_samples_and_both_ends() {
        fn check((offset, length): (u64, u64), answers: &[Option<bool>], asked: &[u64], expected: Option<bool>) {
            let log = RefCell::new(Vec::new());
            let got = samples_resident(offset, length, |at| {
                log.borrow_mut().push(at);
                answers[log.borrow().len() - 1]
            });
            assert_eq!(got, expected, "{offset}+{length}");
            assert_eq!(*log.borrow(), asked, "{offset}+{length}");
        }
        check((9, 0), &[], &[], Some(true));
        check((9, 1), &[Some(true)], &[9], Some(true));
        check((9, 1), &[Some(false)], &[9], Some(false));
        check((0, 4096), &[Some(true)], &[0], Some(true));
        check((0, 4097), &[Some(true), Some(true)], &[0, 4096], Some(true));
        check((1, 4096), &[Some(true), Some(false)], &[1, 4096], Some(false));
        check((1, 9999), &[Some(false)], &[1], Some(false));
        check((1, 9999), &[None], &[1], None);
        check((1, 9999), &[Some(true), None], &[1, 9999], None);
        let part = 128 << 10;
        check((5, 2 * part), &[Some(true); 3], &[5, part + 5, 2 * part + 4], Some(true));
        check((0, 4 * part), &[Some(true); 5], &[0, part, 2 * part, 3 * part, 4 * part - 1], Some(true));
        check((0, 4 * part), &[Some(true), Some(true), Some(false)], &[0, part, 2 * part], Some(false));
        check((u64::MAX - 9, u64::MAX), &[Some(true)], &[u64::MAX - 9], Some(true));
        check(
            (0, 4 * part + 2),
            &[Some(true); 5],
            &[0, part + 1, 2 * part + 2, 3 * part + 3, 4 * part + 1],
            Some(true),
        );
        check((0, 64 << 20), &[Some(true); 5], &[0, 16 << 20, 32 << 20, 48 << 20, (64 << 20) - 1], Some(true));
    }

    #[test]
    fn what_is_in_memory_is_appended_whole_or_not_at_all() {
        let content: Vec<u8> = (0..10_000_u32).map(|at| (at % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&content).unwrap();
        let mut can = false;
        for (offset, length) in [(0, 10_000), (9_999, 1), (4_095, 2), (0, 10_001), (10_000, 1), (u64::MAX, 1)] {
            let mut out = b"head".to_vec();
            let is_read = read_resident(file.as_fd(), offset, length, &mut out);
            can |= is_read;
            let end = if is_read { content[offset as usize..][..length].to_vec() } else { Vec::new() };
            assert!(out == [&b"head"[..], &end].concat(), "{offset}+{length}");
        }
        assert_eq!(can, is_resident(file.as_fd(), 0, 1) == Some(true), "where the system can tell");
    }

    #[test]
    fn odd_ranges_are_harmless() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[1; 10_000]).unwrap();
        for (offset, length) in
            [(0, 10_000), (0, 0), (9_999, 1), (20_000, 5), (0, u64::MAX), (i64::MAX as u64, 9), (u64::MAX, u64::MAX)]
        {
            read_ahead(file.as_fd(), offset, length);
            let answer = is_resident(file.as_fd(), offset, length);
            assert!(answer != Some(false), "{offset}+{length}: just written, or not there");
        }
    }
}
