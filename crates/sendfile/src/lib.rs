//! Moves a range of a file into a socket without copying it through user space, and by copying
//! where that is not possible.
//!
//! A [`Transfer`] is one range on its way to one socket: it knows the next offset and how much is
//! owed, and every call of [`Transfer::send`] goes on where the last one stopped, whichever way the
//! bytes went before. It is made for a non-blocking socket in an event loop: it never waits for the
//! socket, never sleeps and sends no more than it is told to in one turn.
//!
//! | system | call |
//! |---|---|
//! | Linux, Android | `sendfile(2)` with an explicit offset |
//! | macOS, iOS | `sendfile(2)`, progress from its in-and-out length |
//! | FreeBSD, DragonFly | `sendfile(2)`, progress from its out-parameter |
//! | other Unix systems | `pread(2)` and `send(2)` through a buffer of a [`BufferPool`] |
//!
//! The same copying is used for ranges shorter than [`MIN_SENDFILE_SIZE`] and for files or sockets
//! that the system's call refuses. Built with `--cfg nethttp_force_copy` the crate uses it for
//! everything. On systems that are not Unix the crate is empty.
//!
//! What it must never do: use or move the file's own position, duplicate a descriptor, ask the
//! kernel for more than is owed, send a byte twice, or make up bytes that the file does not have.
//!
//! Bytes that the socket has accepted but not yet put on the wire are, on the zero-copy path, still
//! the file's pages: who overwrites a file in place while it is being sent changes them. Replace
//! files by renaming instead.
//!
//! A peer that has gone makes the system raise `SIGPIPE`, which the Rust runtime ignores; a program
//! that takes the signal back must expect it from here too, since not every `sendfile` can be told
//! otherwise.
//!
//! ```
//! use std::io::Read;
//! use std::os::fd::AsFd;
//! use std::os::unix::net::UnixStream;
//! use nethttp_sendfile::{BufferPool, Progress, Transfer};
//!
//! let mut file = tempfile::tempfile()?;
//! std::io::Write::write_all(&mut file, &[b'x'; 20_000])?;
//! let (socket, mut peer) = UnixStream::pair()?;
//! socket.set_nonblocking(true)?;
//!
//! let pool = BufferPool::new(16);
//! let mut transfer = Transfer::new(5_000, 10_000);
//! let mut got = Vec::new();
//! let mut part = [0; 4096];
//! loop {
//!     match transfer.send(file.as_fd(), socket.as_fd(), 64 * 1024, &pool)? {
//!         Progress::Done => break,
//!         Progress::Sent(_) => {} // this turn's share is used up: serve others, then come back
//!         Progress::WouldBlock { .. } => {
//!             // an event loop waits until it is writable; here the peer reads to make it so
//!             let n = peer.read(&mut part)?;
//!             got.extend_from_slice(&part[..n]);
//!         }
//!         Progress::FileEnded { missing, .. } => panic!("{missing} bytes are gone"),
//!     }
//! }
//! drop(socket);
//! peer.read_to_end(&mut got)?;
//! assert_eq!(got, [b'x'; 10_000]);
//! # std::io::Result::Ok(())
//! ```
#![cfg(unix)]
#![deny(unsafe_code)]

mod ahead;
mod head;
mod pool;
mod queue;
mod sys;
mod transfer;

pub use ahead::{is_resident, read_ahead, read_resident};
pub use head::send_with_more;
pub use pool::{BUFFER_SIZE, BufferPool};
pub use queue::unacknowledged;
pub use transfer::{MIN_SENDFILE_SIZE, Progress, Transfer};
