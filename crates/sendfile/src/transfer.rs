//! The accounting of one file range on its way to one socket: what is owed, and which way the bytes
//! go.
//!
//! Every path advances the one pair of offset and remainder, and only by what the socket took, so a
//! change of path goes on where the other stopped. It must never wait, ask for more than is owed,
//! or keep bytes from one call to the next. Carries the behaviour of Go's `(*TCPConn).ReadFrom` for
//! files.
//!
//! Differences: Go sends from the file's position and moves it; this takes an offset and leaves the
//! position alone, so that one descriptor serves many transfers. Go goes over to copying only
//! before the first byte; this does so at any byte.

use std::io;
use std::num::NonZeroUsize;
use std::os::fd::BorrowedFd;

use crate::pool::BufferPool;
use crate::sys::{self, Calls, Kernel};

/// Ranges shorter than this many bytes are copied: below it the zero-copy call costs more than it
/// saves.
pub const MIN_SENDFILE_SIZE: u64 = 8 * 1024;

/// A range of a file that is being sent to a socket, piece by piece as the socket takes it.
///
/// It holds no descriptor: the same file and socket are lent to each call of [`send`](Self::send),
/// by an owner that keeps both open. Any number of transfers may use one file descriptor at once.
/// See the crate's page for a whole loop.
///
/// ```
/// use std::os::fd::AsFd;
/// use nethttp_sendfile::{BufferPool, Progress, Transfer};
///
/// # let mut file = tempfile::tempfile()?;
/// # std::io::Write::write_all(&mut file, b"hello, world")?;
/// # let (socket, mut peer) = std::os::unix::net::UnixStream::pair()?;
/// # let pool = BufferPool::new(1);
/// let mut transfer = Transfer::new(7, 5);
/// assert_eq!(transfer.send(file.as_fd(), socket.as_fd(), 3, &pool)?, Progress::Sent(3));
/// assert_eq!((transfer.offset(), transfer.remaining()), (10, 2));
/// assert_eq!(transfer.send(file.as_fd(), socket.as_fd(), 3, &pool)?, Progress::Done);
/// # drop(socket);
/// # assert_eq!(std::io::read_to_string(peer)?, "world");
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Transfer {
    offset: u64,
    /// Invariant: `offset + remaining` never changes, and neither is advanced but by bytes that the
    /// socket took.
    remaining: u64,
    path: Path,
}

impl Transfer {
    /// The `length` bytes at `offset`, none of them sent yet.
    #[must_use]
    pub const fn new(offset: u64, length: u64) -> Self {
        let path = if sys::ZERO_COPY && length >= MIN_SENDFILE_SIZE { Path::ZeroCopy } else { Path::Copying };
        Self { offset, remaining: length, path }
    }

    /// Sends up to `limit` bytes of what remains, now, and says why it stopped.
    ///
    /// `file` is a file that is open for reading, `socket` a connected stream socket in
    /// non-blocking mode (in blocking mode this waits until `limit` bytes are sent). A buffer of
    /// `pool` is used during the call, and only if bytes are copied. Waits for the disk where the
    /// file is not in memory: see [`is_resident`](crate::is_resident).
    ///
    /// # Errors
    /// What the system says of the file or the socket, but for "interrupted" (retried), "would
    /// block" (a [`Progress`]) and "not supported" (copied instead); an offset that no file can
    /// have is an error too. Bytes may have been sent before the error:
    /// [`remaining`](Self::remaining) has counted them. The response cannot be mended, so close the
    /// connection.
    pub fn send(
        &mut self,
        file: BorrowedFd<'_>,
        socket: BorrowedFd<'_>,
        limit: u64,
        pool: &BufferPool,
    ) -> io::Result<Progress> {
        self.drive(&mut Kernel { file, socket }, limit, pool)
    }

    /// How many bytes are still to be sent.
    #[must_use]
    pub const fn remaining(&self) -> u64 {
        self.remaining
    }

    /// Where in the file the next byte to be sent is.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether the bytes go by the system's zero-copy call; turns false for good once the system
    /// refuses it.
    #[must_use]
    pub const fn is_zero_copy(&self) -> bool {
        matches!(self.path, Path::ZeroCopy)
    }

    fn drive(&mut self, calls: &mut impl Calls, limit: u64, pool: &BufferPool) -> io::Result<Progress> {
        let owed = self.remaining;
        let mut buffer = None;
        let outcome = loop {
            let sent = owed - self.remaining;
            if self.remaining == 0 {
                break Ok(Progress::Done);
            }
            if sent >= limit {
                break Ok(Progress::Sent(sent));
            }
            let budget = self.remaining.min(limit - sent);
            let step = match self.path {
                Path::ZeroCopy => self.zero_copy(calls, budget),
                Path::Copying => self.copy(calls, budget, buffer.get_or_insert_with(|| pool.get())),
            };
            let sent = owed - self.remaining;
            match step {
                // Some systems say "full" of a call that took all there was.
                Ok(Step::Full) if self.remaining > 0 => break Ok(Progress::WouldBlock { sent }),
                Ok(Step::Ended) => {
                    break Ok(Progress::FileEnded { sent, missing: self.remaining });
                }
                Ok(Step::Moved | Step::Full) => {}
                Err(e) => break Err(io::Error::from_raw_os_error(e)),
            }
        };
        if let Some(buffer) = buffer {
            pool.put(buffer);
        }
        outcome
    }

    /// One zero-copy call. The bytes it reports count whatever else it reports.
    fn zero_copy(&mut self, calls: &mut impl Calls, budget: u64) -> Result<Step, i32> {
        let Some(ask) = NonZeroUsize::new(budget.min(MAX_CHUNK) as usize) else {
            return Ok(Step::Moved);
        };
        let moved = calls.send_file(self.offset, ask);
        self.advance(moved.bytes.min(ask.get() as u64));
        match moved.error {
            None if moved.bytes == 0 => Ok(Step::Ended),
            None | Some(libc::EINTR) => Ok(Step::Moved),
            Some(libc::EAGAIN) => Ok(Step::Full),
            Some(e) if means_unsupported(e) => {
                self.path = Path::Copying;
                Ok(Step::Moved)
            }
            Some(e) => Err(e),
        }
    }

    /// Reads one buffer and sends what the socket takes of it. The rest is forgotten, and read
    /// again when it is its turn.
    fn copy(&mut self, calls: &mut impl Calls, budget: u64, buffer: &mut [u8]) -> Result<Step, i32> {
        let ask = budget.min(buffer.len() as u64) as usize;
        let read = match calls.read_at(&mut buffer[..ask], self.offset) {
            Ok(0) => return Ok(Step::Ended),
            Ok(n) => n.min(ask),
            Err(libc::EINTR) => return Ok(Step::Moved),
            Err(e) => return Err(e),
        };
        let mut unsent = &buffer[..read];
        while !unsent.is_empty() {
            match calls.send(unsent) {
                Ok(n) => {
                    let n = n.min(unsent.len());
                    self.advance(n as u64);
                    unsent = &unsent[n..];
                    if n == 0 {
                        // A stream socket has no reason for this; asking again might never end.
                        return Ok(Step::Full);
                    }
                }
                Err(libc::EINTR) => {}
                Err(libc::EAGAIN) => return Ok(Step::Full),
                Err(e) => return Err(e),
            }
        }
        Ok(Step::Moved)
    }

    /// `sent` is at most what was asked for, and that at most what remains. The offset cannot
    /// overflow: the system has refused any from which it could.
    fn advance(&mut self, sent: u64) {
        debug_assert!(sent <= self.remaining, "{sent} of {}", self.remaining);
        self.offset = self.offset.saturating_add(sent);
        self.remaining -= sent;
    }
}

/// Why [`Transfer::send`] stopped. The byte counts are those of the one call.
///
/// Not `#[non_exhaustive]`: a loop has to act on each of these, and a new one should not compile
/// unnoticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Progress {
    /// Nothing remains.
    Done,
    /// The limit is used up (that many bytes were sent), more remains, and the socket may take
    /// more: come back soon.
    Sent(u64),
    /// The socket is full: come back when it is writable.
    WouldBlock {
        /// Bytes sent before that.
        sent: u64,
    },
    /// The file is shorter than it was promised to be: close the connection, for its peer waits for
    /// bytes that nobody has.
    FileEnded {
        /// Bytes sent before that.
        sent: u64,
        /// Bytes owed that the file does not have.
        missing: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    ZeroCopy,
    Copying,
}

enum Step {
    /// Go round again: bytes went out, or a signal came, or the path changed.
    Moved,
    Full,
    Ended,
}

/// The errors by which a system says that this call, file or socket cannot do it, and after which
/// copying may.
fn means_unsupported(error: i32) -> bool {
    // ENOTSUP is the same number as EOPNOTSUPP on some systems, so they cannot be two patterns of
    // one match.
    matches!(error, libc::EINVAL | libc::ENOSYS | libc::EOPNOTSUPP) || error == libc::ENOTSUP
}

/// The most that Linux moves in one call, and less than what overflows a 32-bit count anywhere.
const MAX_CHUNK: u64 = 0x7fff_f000;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wire_tests;
