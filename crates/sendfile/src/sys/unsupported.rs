//! Systems without a call that this crate knows, and builds that force the copying path: every
//! request is refused.

use std::num::NonZeroUsize;
use std::os::fd::BorrowedFd;

use super::Moved;

pub(crate) const ZERO_COPY: bool = false;

pub(super) fn send_file(_file: BorrowedFd<'_>, _socket: BorrowedFd<'_>, _offset: u64, _count: NonZeroUsize) -> Moved {
    Moved { bytes: 0, error: Some(libc::ENOSYS) }
}

pub(crate) fn is_resident_at(_file: BorrowedFd<'_>, _offset: u64) -> Option<bool> {
    None
}

pub(crate) fn read_resident(_file: BorrowedFd<'_>, _offset: u64, _length: usize, _out: &mut Vec<u8>) -> bool {
    false
}

pub(crate) fn read_ahead(_file: BorrowedFd<'_>, _offset: u64, _length: u64) {}
