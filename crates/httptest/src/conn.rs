//! `Stream`: a test's end of a connection, TCP or one of a pair of Unix sockets, behind Go's words for connections.
//!
//! Blocking; deadlines become time limits of the next read or write.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nethttp_core::{Conn, Error, RawConn, Text};

/// A connection as [`Conn`] has it.
pub(crate) fn conn(socket: Socket) -> Conn {
    Conn::new(Arc::new(Stream { socket, deadlines: Mutex::default() }))
}

/// What is below.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self {
            Self::Tcp(socket) => socket.shutdown(how),
            Self::Unix(socket) => socket.shutdown(how),
        }
    }
}

#[derive(Debug)]
struct Stream {
    socket: Socket,
    deadlines: Mutex<Deadlines>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Deadlines {
    read: Option<Instant>,
    write: Option<Instant>,
}

impl Stream {
    fn deadlines(&self) -> MutexGuard<'_, Deadlines> {
        self.deadlines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is left until the deadline, as time limits of sockets have it: there is no limit of 0.
fn left(deadline: Option<Instant>) -> io::Result<Option<Duration>> {
    let Some(deadline) = deadline else { return Ok(None) };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(Error::DeadlineExceeded.into()) } else { Ok(Some(left)) }
}

/// A time limit that was reached, under its name.
fn named<T>(outcome: io::Result<T>) -> io::Result<T> {
    outcome.map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Error::DeadlineExceeded.into(),
        _ => error,
    })
}

impl RawConn for Stream {
    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        let left = left(self.deadlines().read)?;
        named(match &self.socket {
            Socket::Tcp(socket) => socket.set_read_timeout(left).and_then(|()| (&*socket).read(buf)),
            Socket::Unix(socket) => socket.set_read_timeout(left).and_then(|()| (&*socket).read(buf)),
        })
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let left = left(self.deadlines().write)?;
        named(match &self.socket {
            Socket::Tcp(socket) => socket.set_write_timeout(left).and_then(|()| (&*socket).write(bytes)),
            Socket::Unix(socket) => socket.set_write_timeout(left).and_then(|()| (&*socket).write(bytes)),
        })
    }

    fn set_read_deadline(&self, deadline: Option<Instant>) {
        self.deadlines().read = deadline;
    }

    fn set_write_deadline(&self, deadline: Option<Instant>) {
        self.deadlines().write = deadline;
    }

    fn close_write(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }

    fn close(&self) -> io::Result<()> {
        self.socket.shutdown(Shutdown::Both)
    }

    fn remote_addr(&self) -> Text {
        match &self.socket {
            Socket::Tcp(socket) => address(socket.peer_addr()),
            Socket::Unix(_) => UNNAMED,
        }
    }

    fn local_addr(&self) -> Text {
        match &self.socket {
            Socket::Tcp(socket) => address(socket.local_addr()),
            Socket::Unix(_) => UNNAMED,
        }
    }
}

/// What an end of a pair is called.
const UNNAMED: Text = Text::from_static("@");

fn address(address: io::Result<impl fmt::Display>) -> Text {
    address.map_or(Text::EMPTY, |address| Text::from(address.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_ends_a_read_and_can_be_moved() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut conn = conn(Socket::Unix(ours));
        for wait in [Duration::ZERO, Duration::from_millis(5)] {
            conn.set_read_deadline(Some(Instant::now() + wait));
            assert!(Error::DeadlineExceeded.is(&conn.read(&mut [0]).unwrap_err()));
        }
        conn.set_read_deadline(None);
        theirs.write_all(b"x").unwrap();
        let mut byte = [0];
        assert_eq!((conn.read(&mut byte).unwrap(), byte), (1, *b"x"));
        assert_eq!((conn.remote_addr(), conn.local_addr()), (UNNAMED, UNNAMED));
    }

    #[test]
    fn a_deadline_ends_a_write_into_a_full_socket() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let mut conn = conn(Socket::Unix(ours));
        conn.set_write_deadline(Some(Instant::now() + Duration::from_millis(20)));
        let error = conn.write_all(&vec![0; 64 << 20]).unwrap_err();
        assert!(Error::DeadlineExceeded.is(&error), "{error}");
    }

    #[test]
    fn both_sides_can_be_closed_by_themselves() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut conn = conn(Socket::Unix(ours));
        conn.close_write().unwrap();
        assert_eq!(theirs.read(&mut [0]).unwrap(), 0);
        theirs.write_all(b"y").unwrap();
        assert_eq!(conn.read(&mut [0]).unwrap(), 1);
        conn.close().unwrap();
        assert_eq!(conn.read(&mut [0]).unwrap(), 0);
    }
}
