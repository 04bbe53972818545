//! FreeBSD and DragonFly: `sendfile(2)`, whose progress comes in an out-parameter, and FreeBSD's
//! `posix_fadvise(2)`.
//!
//! A count of 0 must never be passed: it means "to the end of the file". The out-parameter is the
//! truth also beside `EAGAIN` and `EINTR`.

use std::num::NonZeroUsize;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::{Moved, errno};

pub(crate) const ZERO_COPY: bool = true;

pub(super) fn send_file(file: BorrowedFd<'_>, socket: BorrowedFd<'_>, offset: u64, count: NonZeroUsize) -> Moved {
    let Ok(offset) = libc::off_t::try_from(offset) else {
        return Moved { bytes: 0, error: Some(libc::EOVERFLOW) };
    };
    // Stays 0 when the call is refused before it begins.
    let mut sent: libc::off_t = 0;
    // SAFETY: `sent` is a live local that the kernel may write; a null header is allowed and means
    // none; both descriptors are open for as long as they are borrowed.
    let rc = unsafe {
        libc::sendfile(
            file.as_raw_fd(),
            socket.as_raw_fd(),
            offset,
            count.get(),
            std::ptr::null_mut(),
            &raw mut sent,
            0,
        )
    };
    Moved { bytes: u64::try_from(sent).unwrap_or(0), error: (rc != 0).then(errno) }
}

/// There is no read that refuses to wait, and `mincore` needs a mapping, which a shrinking file
/// makes dangerous.
pub(crate) fn is_resident_at(_file: BorrowedFd<'_>, _offset: u64) -> Option<bool> {
    None
}

pub(crate) fn read_resident(_file: BorrowedFd<'_>, _offset: u64, _length: usize, _out: &mut Vec<u8>) -> bool {
    false
}

#[cfg(target_os = "freebsd")]
pub(crate) fn read_ahead(file: BorrowedFd<'_>, offset: u64, length: u64) {
    let Ok(offset) = libc::off_t::try_from(offset) else {
        return;
    };
    let length = libc::off_t::try_from(length).unwrap_or(libc::off_t::MAX - offset);
    // SAFETY: the call takes numbers alone and touches no memory of ours; the descriptor is open
    // for as long as it is borrowed. Its result is an opinion on a hint.
    let _ = unsafe { libc::posix_fadvise(file.as_raw_fd(), offset, length, libc::POSIX_FADV_WILLNEED) };
}

/// DragonFly has no such hint.
#[cfg(not(target_os = "freebsd"))]
pub(crate) fn read_ahead(_file: BorrowedFd<'_>, _offset: u64, _length: u64) {}
