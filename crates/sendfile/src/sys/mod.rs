//! Picks the platform's backend, here and nowhere else, and states what a backend promises.
//!
//! A backend file holds:
//! - `ZERO_COPY: bool`: whether `send_file` can do anything but refuse.
//! - `send_file(file, socket, offset, count) -> Moved`: one system call that sends up to `count`
//!   bytes of `file` from `offset`. It uses and moves no file position, and never passes on a count
//!   of 0, which some systems take for "all". `Moved` says how many bytes the socket took, *also
//!   when there was an error*, as systems differ in that.
//! - `is_resident_at(file, offset) -> Option<bool>`: whether the byte there (or nothing there) is
//!   in memory; never waits.
//! - `read_resident(file, offset, length, out) -> bool`: appends the bytes there if all of them are
//!   in memory, else nothing; never waits.
//! - `read_ahead(file, offset, length)`: a hint; `length` is not 0.
//!
//! Errors are `errno` values. Nothing is retried here and nothing is remembered: that is the
//! accounting's part, which reaches the system only through [`Calls`] and is tested against one
//! that misbehaves.
//!
//! `unsafe` is allowed in this folder alone.
#![allow(unsafe_code, reason = "the system calls; one in a block, on borrowed descriptors")]

use std::num::NonZeroUsize;
use std::os::fd::BorrowedFd;

#[cfg_attr(all(not(nethttp_force_copy), any(target_os = "linux", target_os = "android")), path = "linux.rs")]
#[cfg_attr(all(not(nethttp_force_copy), any(target_os = "macos", target_os = "ios")), path = "apple.rs")]
#[cfg_attr(all(not(nethttp_force_copy), any(target_os = "freebsd", target_os = "dragonfly")), path = "bsd.rs")]
#[cfg_attr(
    any(
        nethttp_force_copy,
        not(any(
            target_os = "linux",
            target_os = "android",
            target_os = "macos",
            target_os = "ios",
            target_os = "freebsd",
            target_os = "dragonfly"
        ))
    ),
    path = "unsupported.rs"
)]
mod backend;
mod posix;

pub(crate) use backend::{ZERO_COPY, is_resident_at, read_ahead, read_resident};
pub(crate) use posix::{HOLD_BACK, NEVER_WAIT, send, unacknowledged};

/// What one zero-copy call did. An error does not mean that nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) bytes: u64,
    pub(crate) error: Option<i32>,
}

/// The system calls of a transfer between one file and one socket. Counts and errors are the
/// system's own words: an implementation neither retries nor corrects.
pub(crate) trait Calls {
    /// Sends up to `count` bytes of the file from `offset`.
    fn send_file(&mut self, offset: u64, count: NonZeroUsize) -> Moved;
    /// Reads from the file at `offset` into `buffer`; 0 means the file ends there.
    fn read_at(&mut self, buffer: &mut [u8], offset: u64) -> Result<usize, i32>;
    /// Sends from `bytes`, which is not empty.
    fn send(&mut self, bytes: &[u8]) -> Result<usize, i32>;
}

/// The real thing.
#[derive(Debug)]
pub(crate) struct Kernel<'fd> {
    pub(crate) file: BorrowedFd<'fd>,
    pub(crate) socket: BorrowedFd<'fd>,
}

impl Calls for Kernel<'_> {
    fn send_file(&mut self, offset: u64, count: NonZeroUsize) -> Moved {
        backend::send_file(self.file, self.socket, offset, count)
    }

    fn read_at(&mut self, buffer: &mut [u8], offset: u64) -> Result<usize, i32> {
        posix::read_at(self.file, buffer, offset)
    }

    fn send(&mut self, bytes: &[u8]) -> Result<usize, i32> {
        // Without NEVER_WAIT, so that the socket's own mode decides, as it does for `send_file`.
        send(self.socket, bytes, 0)
    }
}

/// The calling thread's `errno`.
fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}
