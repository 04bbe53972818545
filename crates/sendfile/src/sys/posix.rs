//! The calls that every Unix system has: `pread(2)` and `send(2)`.
//!
//! They must never raise `SIGPIPE` where the system lets them say so.

use std::os::fd::{AsRawFd, BorrowedFd};

#[cfg(not(any(target_os = "linux", target_os = "android")))]
use libc::{off_t as off64_t, pread as pread64};
#[cfg(any(target_os = "linux", target_os = "android"))]
use libc::{off64_t, pread64};

use super::errno;

/// Flag of [`send`]: more follows at once, an incomplete packet may wait for it. Nothing where the
/// system has no such flag.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const HOLD_BACK: i32 = libc::MSG_MORE;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const HOLD_BACK: i32 = 0;

/// Flag of [`send`]: do not wait for room, also when the socket is in blocking mode.
pub(crate) const NEVER_WAIT: i32 = libc::MSG_DONTWAIT;

/// Apple's sockets are told by the standard library, when it makes them, to raise no signal.
#[cfg(target_vendor = "apple")]
const NO_SIGNAL: i32 = 0;
#[cfg(not(target_vendor = "apple"))]
const NO_SIGNAL: i32 = libc::MSG_NOSIGNAL;

pub(crate) fn send(socket: BorrowedFd<'_>, bytes: &[u8], flags: i32) -> Result<usize, i32> {
    // SAFETY: `bytes` is initialised, readable memory of the length passed for as long as the call
    // lasts, and the descriptor is open for as long as it is borrowed.
    let sent = unsafe { libc::send(socket.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), flags | NO_SIGNAL) };
    usize::try_from(sent).map_err(|_| errno())
}

/// Bytes that were sent and not acknowledged.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn unacknowledged(socket: BorrowedFd<'_>) -> u64 {
    let mut count: libc::c_int = 0;
    // SAFETY: the request writes one `int`, which `count` is; the descriptor is open for as long as
    // it is borrowed.
    let rc = unsafe { libc::ioctl(socket.as_raw_fd(), libc::TIOCOUTQ, &raw mut count) };
    if rc == 0 { u64::try_from(count).unwrap_or(0) } else { 0 }
}

/// Other systems have other ways, or none.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn unacknowledged(_socket: BorrowedFd<'_>) -> u64 {
    0
}

pub(super) fn read_at(file: BorrowedFd<'_>, buffer: &mut [u8], offset: u64) -> Result<usize, i32> {
    let offset = off64_t::try_from(offset).map_err(|_| libc::EOVERFLOW)?;
    // SAFETY: `buffer` is writable memory of the length passed, borrowed for this call alone, and
    // the descriptor is open for as long as it is borrowed.
    let read = unsafe { pread64(file.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len(), offset) };
    usize::try_from(read).map_err(|_| errno())
}
