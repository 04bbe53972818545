//! `Socket`: a client's connection, shared by its loop and by the thread that runs its handler.
//!
//! Non-blocking. A handler that must wait does so in [`Socket::wait`], on a poller of its own; the loop's poller is never
//! touched from here. Only the loop registers the descriptor and forgets it; [`Socket::shutdown`] ends a connection from
//! anywhere, and wakes who waits.

use std::io;
use std::net::{SocketAddr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nethttp_core::{Error, Origin, Text};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::net::{RecvFlags, SendFlags, Shutdown, SocketAddrAny};

/// A connected stream socket, TCP or Unix.
#[derive(Debug)]
pub(crate) struct Socket {
    fd: OwnedFd,
    /// The address of the other end, as Go's `RemoteAddr` has it: each request gets a copy.
    remote_addr: Text,
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
    fn text(self) -> Text {
        match self {
            Self::Inet(SocketAddr::V4(address)) => Text::from(ipv4(address)),
            Self::Inet(address) => Text::from(address.to_string()),
            Self::Unnamed => Text::from_static("@"),
        }
    }
}

/// As `address.to_string()`, in a tenth of the time: each connection needs it.
fn ipv4(address: SocketAddrV4) -> String {
    let mut text = String::with_capacity("255.255.255.255:65535".len());
    let [first, rest @ ..] = address.ip().octets();
    push_decimal(&mut text, first.into());
    for octet in rest {
        text.push('.');
        push_decimal(&mut text, octet.into());
    }
    text.push(':');
    push_decimal(&mut text, address.port());
    text
}

fn push_decimal(text: &mut String, number: u16) {
    if number >= 10 {
        push_decimal(text, number / 10);
    }
    // One digit.
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    Readable,
    Writable,
}

impl Socket {
    /// A socket that is connected and non-blocking.
    pub(crate) fn new(fd: OwnedFd, peer: Peer) -> Self {
        Self { fd, remote_addr: peer.text() }
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

    pub(crate) const fn remote_addr(&self) -> &Text {
        &self.remote_addr
    }

    pub(crate) fn local_addr(&self) -> Text {
        Peer::of(rustix::net::getsockname(&self.fd).ok()).text()
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

    /// How many bytes have been sent that the client has not acknowledged; 0 where nobody can say.
    pub(crate) fn unacknowledged(&self) -> u64 {
        nethttp_sendfile::unacknowledged(self.fd.as_fd())
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
        self.wait_or(readiness, deadline, None)
    }

    /// As [`wait`](Self::wait), but also until something can be read from `bell`.
    ///
    /// # Errors
    ///
    /// [`Error::DeadlineExceeded`] at the deadline.
    pub(crate) fn wait_or(
        &self,
        readiness: Readiness,
        deadline: Option<Instant>,
        bell: Option<BorrowedFd<'_>>,
    ) -> io::Result<()> {
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
            let socket = PollFd::new(&self.fd, flags);
            let outcome = match &bell {
                None => rustix::event::poll(&mut [socket], timeout.as_ref()),
                Some(bell) => rustix::event::poll(&mut [socket, PollFd::new(bell, PollFlags::IN)], timeout.as_ref()),
            };
            match outcome {
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
        for text in
            ["1.2.3.4:5", "127.0.0.1:54321", "255.255.255.255:65535", "0.0.0.0:0", "10.0.100.9:99", "[::1]:8080"]
        {
            assert_eq!(Peer::Inet(text.parse().unwrap()).text(), text);
        }
    }
}
