//! Linux and Android: `sendfile(2)` with an explicit offset, `preadv2(2)` with `RWF_NOWAIT`,
//! `posix_fadvise(2)`.
//!
//! The offset must never be null: the kernel would then use and move the position that all users of
//! the file share.

use std::num::NonZeroUsize;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::{Moved, errno};

pub(crate) const ZERO_COPY: bool = true;

/// The kernel reports an error only when nothing was sent, so bytes and an error exclude each other
/// here.
pub(super) fn send_file(file: BorrowedFd<'_>, socket: BorrowedFd<'_>, offset: u64, count: NonZeroUsize) -> Moved {
    let Ok(mut offset) = libc::off64_t::try_from(offset) else {
        return Moved { bytes: 0, error: Some(libc::EOVERFLOW) };
    };
    // SAFETY: `offset` is a live local that the kernel may read and write; both descriptors are
    // open for as long as they are borrowed.
    let sent = unsafe { libc::sendfile64(socket.as_raw_fd(), file.as_raw_fd(), &raw mut offset, count.get()) };
    match u64::try_from(sent) {
        Ok(bytes) => Moved { bytes, error: None },
        Err(_) => Moved { bytes: 0, error: Some(errno()) },
    }
}

#[cfg(all(target_os = "linux", any(target_env = "gnu", target_env = "musl")))]
pub(crate) fn is_resident_at(file: BorrowedFd<'_>, offset: u64) -> Option<bool> {
    let Ok(offset) = libc::off_t::try_from(offset) else {
        // No file is that long, or (32-bit) this call cannot name the place.
        return if i64::try_from(offset).is_ok() { None } else { Some(true) };
    };
    let mut byte = 0u8;
    let part = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    // SAFETY: `part` is one live vector that names one live, writable byte; the descriptor is open
    // for as long as it is borrowed.
    let read = unsafe { libc::preadv2(file.as_raw_fd(), &raw const part, 1, offset, libc::RWF_NOWAIT) };
    match read {
        0.. => Some(true),
        _ if errno() == libc::EAGAIN => Some(false),
        // An old kernel, or a file system that cannot promise not to wait.
        _ => None,
    }
}

#[cfg(all(target_os = "linux", any(target_env = "gnu", target_env = "musl")))]
pub(crate) fn read_resident(file: BorrowedFd<'_>, offset: u64, length: usize, out: &mut Vec<u8>) -> bool {
    let Ok(offset) = libc::off_t::try_from(offset) else {
        return false;
    };
    out.reserve(length);
    let start = out.len();
    let part = libc::iovec { iov_base: out.spare_capacity_mut().as_mut_ptr().cast(), iov_len: length };
    // SAFETY: `part` is one live vector that names `length` writable bytes, reserved above; the
    // descriptor is open for as long as it is borrowed.
    let read = unsafe { libc::preadv2(file.as_raw_fd(), &raw const part, 1, offset, libc::RWF_NOWAIT) };
    if usize::try_from(read) != Ok(length) {
        return false;
    }
    // SAFETY: the kernel says that it has written the `length` bytes that follow.
    unsafe { out.set_len(start + length) };
    true
}

/// Android's filter for apps may kill a process for a call that it does not know.
#[cfg(not(all(target_os = "linux", any(target_env = "gnu", target_env = "musl"))))]
pub(crate) fn is_resident_at(_file: BorrowedFd<'_>, _offset: u64) -> Option<bool> {
    None
}

#[cfg(not(all(target_os = "linux", any(target_env = "gnu", target_env = "musl"))))]
pub(crate) fn read_resident(_file: BorrowedFd<'_>, _offset: u64, _length: usize, _out: &mut Vec<u8>) -> bool {
    false
}

pub(crate) fn read_ahead(file: BorrowedFd<'_>, offset: u64, length: u64) {
    let Ok(offset) = libc::off_t::try_from(offset) else {
        return;
    };
    let length = libc::off_t::try_from(length).unwrap_or(libc::off_t::MAX);
    // SAFETY: the call takes numbers alone and touches no memory of ours; the descriptor is open
    // for as long as it is borrowed. Its result is an opinion on a hint.
    let _ = unsafe { libc::posix_fadvise(file.as_raw_fd(), offset, length, libc::POSIX_FADV_WILLNEED) };
}

#[cfg(all(test, any(target_env = "gnu", target_env = "musl")))]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Write;
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileExt;
    use std::time::Duration;

    const LENGTH: u64 = 1 << 20;

    /// Whether the file lives where pages can be dropped and asked for: not on tmpfs, whose pages
    /// are the file.
    fn is_on_disk(file: &File) -> bool {
        // SAFETY: all-zero bytes are a valid `statfs`, which holds integers alone.
        let mut facts: libc::statfs = unsafe { std::mem::zeroed() };
        // SAFETY: `facts` is a live local that the kernel may write; the descriptor is the file's
        // own.
        let rc = unsafe { libc::fstatfs(file.as_raw_fd(), &raw mut facts) };
        rc == 0 && [0xEF53, 0x5846_5342, 0x9123_683E].contains(&(facts.f_type as i64))
    }

    fn drop_pages(file: &File) {
        file.sync_all().unwrap();
        // SAFETY: the call takes numbers alone; the descriptor is the file's own.
        let rc = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) };
        assert_eq!(rc, 0);
    }

    // pitfall A11
    #[test]
    fn tells_cold_from_warm_and_warms_up() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![7; LENGTH as usize]).unwrap();
        if !is_on_disk(&file) || is_resident_at(file.as_fd(), 0).is_none() {
            return;
        }
        assert_eq!(is_resident_at(file.as_fd(), 0), Some(true));
        drop_pages(&file);
        assert_eq!(is_resident_at(file.as_fd(), 0), Some(false));
        assert_eq!(is_resident_at(file.as_fd(), LENGTH), Some(true), "nothing to wait for at the end");

        // Asking makes the kernel read too, so only a first question that finds the page counts.
        let warmed_up = (0..12).any(|power| {
            drop_pages(&file);
            read_ahead(file.as_fd(), LENGTH / 2, 4096);
            std::thread::sleep(Duration::from_millis(1 << power));
            is_resident_at(file.as_fd(), LENGTH / 2) == Some(true)
        });
        assert!(warmed_up);
    }

    #[test]
    fn a_gap_between_the_ends_is_seen() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![7; LENGTH as usize]).unwrap();
        if !is_on_disk(&file) || is_resident_at(file.as_fd(), 0).is_none() {
            return;
        }
        assert_eq!(crate::is_resident(file.as_fd(), 0, LENGTH), Some(true));
        drop_pages(&file);
        // SAFETY: the call takes numbers alone; the descriptor is the file's own.
        let rc = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_RANDOM) };
        assert_eq!(rc, 0, "a page that is asked for comes alone");
        for at in [0, LENGTH - 1] {
            assert_eq!(file.read_at(&mut [0], at).unwrap(), 1);
            assert_eq!(is_resident_at(file.as_fd(), at), Some(true));
        }
        assert_eq!(crate::is_resident(file.as_fd(), 0, LENGTH), Some(false));
    }

    #[test]
    fn places_beyond_any_file() {
        let file = tempfile::tempfile().unwrap();
        let (socket, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_eq!(is_resident_at(file.as_fd(), u64::MAX), Some(true));
        let refused = send_file(file.as_fd(), socket.as_fd(), u64::MAX, NonZeroUsize::MIN);
        assert_eq!(refused, Moved { bytes: 0, error: Some(libc::EOVERFLOW) });
    }
}
