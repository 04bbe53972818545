//! Sends the bytes that precede a file so that they leave in one packet with its beginning.
//!
//! It must never be the last thing that is sent before a pause: the system may hold the bytes back
//! for what follows.

use std::io;
use std::os::fd::BorrowedFd;

use crate::sys;

/// Sends `bytes` and announces that more follows at once; returns how many the socket took, from 1
/// to `bytes.len()` (0 only for no bytes).
///
/// On Linux a TCP socket then holds an incomplete packet back (for up to 200 ms) until the next
/// bytes come, so that a response head and the first bytes of its file leave together. Elsewhere,
/// and on Unix sockets, it is a plain send. Use it only when a [`Transfer`](crate::Transfer) with
/// bytes to send is driven right after it.
///
/// It never blocks, whatever the socket's mode.
///
/// # Errors
/// [`io::ErrorKind::WouldBlock`] when the socket is full, else what `send(2)` says. Interruptions
/// are retried.
///
/// ```
/// use std::os::fd::AsFd;
/// # let (socket, mut peer) = std::os::unix::net::UnixStream::pair()?;
/// # let mut got = [0; 64];
/// let head = b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n";
/// let taken = nethttp_sendfile::send_with_more(socket.as_fd(), head)?;
/// // keep `head[taken..]` for later if it is not empty, else go on with the file
/// # assert_eq!(taken, std::io::Read::read(&mut peer, &mut got)?);
/// # std::io::Result::Ok(())
/// ```
pub fn send_with_more(socket: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    if bytes.is_empty() {
        return Ok(0);
    }
    loop {
        match sys::send(socket, bytes, sys::HOLD_BACK | sys::NEVER_WAIT) {
            Err(libc::EINTR) => {}
            other => return other.map_err(io::Error::from_raw_os_error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    fn tcp_pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        server.set_nodelay(true).unwrap();
        (server, client)
    }

    #[test]
    fn delivers_on_both_kinds_of_socket() {
        let (socket, mut peer) = UnixStream::pair().unwrap();
        assert_eq!(send_with_more(socket.as_fd(), b"").unwrap(), 0);
        assert_eq!(send_with_more(socket.as_fd(), b"head").unwrap(), 4);
        let mut got = [0; 4];
        peer.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"head");

        let (socket, mut peer) = tcp_pair();
        assert_eq!(send_with_more(socket.as_fd(), b"head").unwrap(), 4);
        drop(socket);
        let mut got = Vec::new();
        peer.read_to_end(&mut got).unwrap();
        assert_eq!(got, b"head");
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn tcp_holds_the_head_back_for_the_body() {
        // A machine that stands still for 200 ms between the two steps sees the packet anyway, so
        // one success is enough.
        let held = (0..5).any(|_| {
            let (socket, peer) = tcp_pair();
            peer.set_nonblocking(true).unwrap();
            send_with_more(socket.as_fd(), b"head").unwrap();
            peer.peek(&mut [0; 8]).is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock)
        });
        assert!(held);
    }

    #[test]
    fn a_full_blocking_socket_does_not_block() {
        let (socket, _peer) = UnixStream::pair().unwrap();
        let error = loop {
            match send_with_more(socket.as_fd(), &[0; 65536]) {
                Ok(n) => assert!((1..=65536).contains(&n)),
                Err(e) => break e,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn a_gone_peer_is_an_error() {
        let (socket, peer) = UnixStream::pair().unwrap();
        drop(peer);
        let error = send_with_more(socket.as_fd(), b"head").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
