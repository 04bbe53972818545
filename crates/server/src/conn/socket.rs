//! `Socket`: a client's connection, shared by its loop and by the thread that runs its handler.
//!
//! Non-blocking. A handler that must wait does so in [`Socket::wait`], on a poller of its own; the loop's poller is never
//! touched from here. Only the loop registers the descriptor and forgets it; [`Socket::shutdown`] ends a connection from
//! anywhere, and wakes who waits.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nethttp_core::{Error, Origin, Text};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::net::{RecvFlags, SendFlags, Shutdown, SocketAddrAny};

/// A connected stream socket, TCP or Unix.
#[derive(Debug)]
pub(crate) struct Socket {
    fd: OwnedFd,
    peer: Peer,
}

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Inet(SocketAddr),
    /// A Unix socket, which has no name in general.
    Unnamed,
}

impl Peer {
    pub(crate) fn of(address: Option<SocketAddrAny>) -> Self {
        address.and_then(|address| SocketAddr::try_from(address).ok()).map_or(Self::Unnamed, Self::Inet)
    }

    /// The address as Go's `RemoteAddr` has it.
    pub(crate) fn write_to(self, text: &mut Text) {
        match self {
            Self::Inet(SocketAddr::V4(address)) => {
                let mut line = [0; 21];
                let length = render_v4(&mut line, address);
                text.assign(&line[..length]);
            }
            Self::Inet(address @ SocketAddr::V6(_)) => text.assign(address.to_string()),
            Self::Unnamed => text.assign("@"),
        }
    }
}

/// `ip:port` without the formatting machinery: it is done for each request.
fn render_v4(line: &mut [u8; 21], address: std::net::SocketAddrV4) -> usize {
    let mut at = 0;
    let mut number = |value: u16, end: Option<u8>| {
        let mut divisor = 10_000;
        while divisor > 1 && value < divisor {
            divisor /= 10;
        }
        while divisor > 0 {
            line[at] = b'0' + u8::try_from(value / divisor % 10).expect("a digit");
            at += 1;
            divisor /= 10;
        }
        if let Some(end) = end {
            line[at] = end;
            at += 1;
        }
    };
    let [a, b, c, d] = address.ip().octets();
    number(a.into(), Some(b'.'));
    number(b.into(), Some(b'.'));
    number(c.into(), Some(b'.'));
    number(d.into(), Some(b':'));
    number(address.port(), None);
    at
}

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    Readable,
    Writable,
}

impl Socket {
    /// A socket that is connected and non-blocking.
    pub(crate) const fn new(fd: OwnedFd, peer: Peer) -> Self {
        Self { fd, peer }
    }

    /// A connected socket that was made elsewhere.
    ///
    /// # Errors
    ///
    /// It is no socket, or not a connected one.
    pub(crate) fn adopt(fd: OwnedFd) -> io::Result<Self> {
        let peer = Peer::of(rustix::net::getpeername(&fd)?);
        rustix::io::ioctl_fionbio(&fd, true)?;
        Ok(Self::new(fd, peer))
    }

    pub(crate) const fn peer(&self) -> Peer {
        self.peer
    }

    pub(crate) fn local_addr(&self) -> Text {
        let mut text = Text::EMPTY;
        Peer::of(rustix::net::getsockname(&self.fd).ok()).write_to(&mut text);
        text
    }

    pub(crate) fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match rustix::net::recv(&self.fd, &mut *buf, RecvFlags::empty()) {
                Ok((count, _)) => return Ok(count),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match rustix::net::send(&self.fd, bytes, SendFlags::NOSIGNAL) {
                Ok(count) => return Ok(count),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The bytes that have come and not been read.
    pub(crate) fn unread(&self) -> u64 {
        rustix::io::ioctl_fionread(&self.fd).unwrap_or(0)
    }

    pub(crate) fn shutdown(&self) {
        let _ = rustix::net::shutdown(&self.fd, Shutdown::Both);
    }

    pub(crate) fn close_write(&self) -> io::Result<()> {
        Ok(rustix::net::shutdown(&self.fd, Shutdown::Write)?)
    }

    /// Waits until the socket is ready, or has failed (which the next read or write tells).
    ///
    /// # Errors
    ///
    /// [`Error::DeadlineExceeded`] at the deadline.
    pub(crate) fn wait(&self, readiness: Readiness, deadline: Option<Instant>) -> io::Result<()> {
        let flags = match readiness {
            Readiness::Readable => PollFlags::IN,
            Readiness::Writable => PollFlags::OUT,
        };
        loop {
            let timeout = match deadline {
                None => None,
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(Error::DeadlineExceeded.into());
                    }
                    Some(timespec(left))
                }
            };
            match rustix::event::poll(&mut [PollFd::new(&self.fd, flags)], timeout.as_ref()) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Origin for Socket {
    fn local_addr(&self) -> Text {
        Self::local_addr(self)
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec { tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX), tv_nsec: duration.subsec_nanos().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_as_go_writes_them() {
        for text in ["1.2.3.4:5", "127.0.0.1:54321", "255.255.255.255:65535", "0.0.0.0:0", "[::1]:8080"] {
            let mut written = Text::EMPTY;
            Peer::Inet(text.parse().unwrap()).write_to(&mut written);
            assert_eq!(written, text);
        }
    }
}
