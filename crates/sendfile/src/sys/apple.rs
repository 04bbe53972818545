//! macOS and iOS: `sendfile(2)`, whose length goes in as the request and comes out as the progress,
//! and `F_RDADVISE`.
//!
//! A length of 0 must never go in: it means "to the end of the file". The length that comes out is
//! the truth also beside `EAGAIN` and `EINTR`.

use std::num::NonZeroUsize;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::{Moved, errno};

pub(crate) const ZERO_COPY: bool = true;

pub(super) fn send_file(file: BorrowedFd<'_>, socket: BorrowedFd<'_>, offset: u64, count: NonZeroUsize) -> Moved {
    let (Ok(offset), Ok(mut length)) = (libc::off_t::try_from(offset), libc::off_t::try_from(count.get())) else {
        return Moved { bytes: 0, error: Some(libc::EOVERFLOW) };
    };
    // SAFETY: `length` is a live local that the kernel may read and write; a null header is allowed
    // and means none; both descriptors are open for as long as they are borrowed.
    let rc = unsafe {
        libc::sendfile(file.as_raw_fd(), socket.as_raw_fd(), offset, &raw mut length, std::ptr::null_mut(), 0)
    };
    let error = (rc != 0).then(errno);
    let bytes = match error {
        // The kernel writes the length on each way out of the call. A sandbox or filter in front of
        // the call does not, and then our own request is still in there.
        Some(libc::ENOSYS | libc::EPERM) => 0,
        _ => u64::try_from(length).unwrap_or(0),
    };
    Moved { bytes, error }
}

/// There is no read that refuses to wait, and `mincore` needs a mapping, which a shrinking file
/// makes dangerous.
pub(crate) fn is_resident_at(_file: BorrowedFd<'_>, _offset: u64) -> Option<bool> {
    None
}

pub(crate) fn read_resident(_file: BorrowedFd<'_>, _offset: u64, _length: usize, _out: &mut Vec<u8>) -> bool {
    false
}

pub(crate) fn read_ahead(file: BorrowedFd<'_>, offset: u64, length: u64) {
    let Ok(ra_offset) = libc::off_t::try_from(offset) else {
        return;
    };
    let advice = libc::radvisory { ra_offset, ra_count: libc::c_int::try_from(length).unwrap_or(libc::c_int::MAX) };
    // SAFETY: `F_RDADVISE` takes a pointer to a live `radvisory`, which it only reads; the
    // descriptor is open for as long as it is borrowed. Its result is an opinion on a hint.
    let _ = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_RDADVISE, &raw const advice) };
}
