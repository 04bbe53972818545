//! `Waits`: the deadlines of a hijacked connection, and the threads that wait for it. A deadline that is set while a read or
//! write waits holds for that one too, as Go's `net.Conn.SetReadDeadline` has it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::conn::socket::{Readiness, Socket};

#[derive(Debug, Default)]
pub(super) struct Waits(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    read: Option<Instant>,
    write: Option<Instant>,
    /// Threads that wait.
    waiting: usize,
    /// Rung to have them look at the deadlines again; made for the first that waits.
    bell: Option<Arc<Bell>>,
    is_rung: bool,
}

/// One descriptor where the system has events to wait for, else a pair of sockets.
#[derive(Debug)]
struct Bell {
    heard: OwnedFd,
    #[cfg(not(target_os = "linux"))]
    rung: OwnedFd,
}

impl Bell {
    #[cfg(target_os = "linux")]
    fn new() -> io::Result<Self> {
        use rustix::event::{EventfdFlags, eventfd};
        Ok(Self { heard: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)? })
    }

    #[cfg(not(target_os = "linux"))]
    fn new() -> io::Result<Self> {
        let (heard, rung) = std::os::unix::net::UnixStream::pair()?;
        heard.set_nonblocking(true)?;
        rung.set_nonblocking(true)?;
        Ok(Self { heard: heard.into(), rung: rung.into() })
    }

    fn ring(&self) -> bool {
        #[cfg(target_os = "linux")]
        let rung = &self.heard;
        #[cfg(not(target_os = "linux"))]
        let rung = &self.rung;
        rustix::io::write(rung, &1_u64.to_ne_bytes()).is_ok()
    }

    fn silence(&self) {
        let _ = rustix::io::read(&self.heard, &mut [0; 8]);
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.heard.as_fd()
    }
}

impl Waits {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn deadline(&self, readiness: Readiness) -> Option<Instant> {
        self.lock().deadline(readiness)
    }

    pub(super) fn set_deadline(&self, readiness: Readiness, deadline: Option<Instant>) {
        let mut state = self.lock();
        match readiness {
            Readiness::Readable => state.read = deadline,
            Readiness::Writable => state.write = deadline,
        }
        if state.waiting > 0
            && !state.is_rung
            && let Some(bell) = &state.bell
        {
            // There is always room: it is silenced before it is rung again.
            state.is_rung = bell.ring();
        }
    }

    /// Waits until the socket may be ready or a deadline has been set.
    ///
    /// # Errors
    ///
    /// [`Error::DeadlineExceeded`](nethttp_core::Error::DeadlineExceeded) at the deadline.
    pub(super) fn wait(&self, socket: &Socket, readiness: Readiness) -> io::Result<()> {
        let mut state = self.lock();
        if state.bell.is_none() {
            // Where descriptors are short, deadlines hold from the next read on.
            state.bell = Bell::new().ok().map(Arc::new);
        }
        let bell = state.bell.clone();
        // Looked at under the lock: whoever sets one later rings.
        let deadline = state.deadline(readiness);
        state.waiting += 1;
        drop(state);
        let outcome = socket.wait_or(readiness, deadline, bell.as_ref().map(|bell| bell.as_fd()));
        let mut state = self.lock();
        state.waiting -= 1;
        // The last one makes it silent; until then all others are to hear it.
        if state.waiting == 0
            && std::mem::take(&mut state.is_rung)
            && let Some(bell) = &state.bell
        {
            bell.silence();
        }
        outcome
    }
}

impl State {
    const fn deadline(&self, readiness: Readiness) -> Option<Instant> {
        match readiness {
            Readiness::Readable => self.read,
            Readiness::Writable => self.write,
        }
    }
}
