//! How much of what was sent is still on its way: what tells a slow reader from one that reads nothing.
//!
//! A hint: it must never fail a transfer.

use std::os::fd::BorrowedFd;

use crate::sys;

/// How many bytes the socket has taken that its peer has not acknowledged; 0 where the system does not say.
///
/// A system takes megabytes for one peer and then none for a long time, so that the bytes a socket takes are no measure
/// of how fast its peer reads. These are: what was taken, less what is on its way. (Of a Unix socket on Linux it counts
/// the memory, which is more.)
///
/// ```
/// use std::io::Write;
/// use std::os::fd::AsFd;
///
/// # let (mut socket, _peer) = std::os::unix::net::UnixStream::pair()?;
/// socket.write_all(&[0; 5000])?;
/// let delivered = 5000_u64.saturating_sub(nethttp_sendfile::unacknowledged(socket.as_fd()));
/// # assert!(delivered == 0 || cfg!(not(target_os = "linux")));
/// # std::io::Result::Ok(())
/// ```
#[must_use]
pub fn unacknowledged(socket: BorrowedFd<'_>) -> u64 {
    sys::unacknowledged(socket)
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd;
    use std::time::{Duration, Instant};

    #[test]
    fn what_a_peer_reads_is_on_its_way_no_more() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut socket, _) = listener.accept().unwrap();
        assert_eq!(unacknowledged(socket.as_fd()), 0);
        socket.set_nonblocking(true).unwrap();
        let mut sent = 0;
        while let Ok(count) = socket.write(&[7; 65_536]) {
            sent += count as u64;
        }
        let before = unacknowledged(socket.as_fd());
        assert!(before > 0 && before <= sent, "{before} of {sent}");
        peer.read_exact(&mut vec![0; sent as usize]).unwrap();
        let start = Instant::now();
        while unacknowledged(socket.as_fd()) > 0 {
            assert!(start.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn what_is_no_socket_has_nothing_on_its_way() {
        assert_eq!(unacknowledged(tempfile::tempfile().unwrap().as_fd()), 0);
    }
}
