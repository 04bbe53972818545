//! `Listener`: where a server takes connections from, and Go's ways to say which address that is.
//!
//! Go: `net.Listen` as `ListenAndServe` calls it.

use std::io;
use std::net::{Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

/// A listening socket: TCP or Unix, made here or passed in from outside.
///
/// ```
/// use nethttp_server::Listener;
///
/// let listener = Listener::bind("127.0.0.1:0")?;
/// assert!(listener.local_addr().is_some());
/// let passed_in = Listener::from(std::net::TcpListener::bind("127.0.0.1:0")?);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Listener {
    fd: OwnedFd,
    _path: Option<UnlinkOnDrop>,
}

/// Connections that may wait to be accepted; the system's own limit is lower on most machines.
const BACKLOG: i32 = 4096;

/// Go's keep-alive period of accepted connections.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

impl Listener {
    /// Listens on a TCP address in any of Go's forms: `:8080` (all addresses, IPv4 and IPv6), `host:port`,
    /// `[::1]:port`, a port by name (`:http`), port 0 for any free one.
    ///
    /// # Errors
    ///
    /// The address does not parse or resolve, or cannot be listened on.
    pub fn bind(address: &str) -> io::Result<Self> {
        let mut last = None;
        for address in resolve(address)? {
            match listen(address) {
                Ok(socket) => return Ok(Self::from(TcpListener::from(socket))),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no address to listen on")))
    }

    /// Listens on a Unix socket at `path`, which is removed when the listener is closed.
    ///
    /// # Errors
    ///
    /// The path exists, or the socket cannot be made there.
    pub fn bind_unix(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let listener = UnixListener::bind(path)?;
        Ok(Self { fd: listener.into(), _path: Some(UnlinkOnDrop(path.to_owned())) })
    }

    /// The TCP address listened on; `None` for a Unix socket.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        SockRef::from(&self.fd).local_addr().ok()?.as_socket()
    }

    /// The socket for the loop that accepts from it, and what is to live as long as it does.
    pub(crate) fn into_parts(self) -> io::Result<(OwnedFd, impl Sized)> {
        let socket = SockRef::from(&self.fd);
        socket.set_nonblocking(true)?;
        // Accepted sockets inherit these, which saves two calls for each. A Unix socket has neither.
        let _ = socket.set_tcp_nodelay(true);
        let _ = socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEP_ALIVE).with_interval(KEEP_ALIVE));
        Ok((self.fd, self._path))
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self { fd: listener.into(), _path: None }
    }
}

/// The socket file stays when the listener is closed: whoever made it removes it (pitfall G7).
impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self { fd: listener.into(), _path: None }
    }
}

#[derive(Debug)]
struct UnlinkOnDrop(PathBuf);

impl Drop for UnlinkOnDrop {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn listen(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // All addresses are those of both families, as in Go.
        socket.set_only_v6(address.ip() != Ipv6Addr::UNSPECIFIED)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket)
}

/// The socket addresses that a Go address stands for, best first.
fn resolve(address: &str) -> io::Result<Vec<SocketAddr>> {
    let invalid = |text: String| io::Error::new(io::ErrorKind::InvalidInput, text);
    let address = if address.is_empty() { ":http" } else { address };
    let Some((host, port)) = address.rsplit_once(':') else {
        return Err(invalid(format!("listen tcp: address {address}: missing port in address")));
    };
    let port: u16 = match port {
        "http" => 80,
        "https" => 443,
        "" => 0,
        port => port.parse().map_err(|_| invalid(format!("listen tcp: address {address}: invalid port")))?,
    };
    if host.is_empty() {
        return Ok(vec![(Ipv6Addr::UNSPECIFIED, port).into(), ([0, 0, 0, 0], port).into()]);
    }
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let mut found: Vec<_> = (host, port).to_socket_addrs()?.collect();
    // Go prefers IPv4 where a name has both.
    found.sort_by_key(SocketAddr::is_ipv6);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_all_of_go_s_forms() {
        let first = |address: &str| resolve(address).map(|found| found[0].to_string());
        assert_eq!(first(":8080").unwrap(), "[::]:8080");
        assert_eq!(first("").unwrap(), "[::]:80");
        assert_eq!(first(":http").unwrap(), "[::]:80");
        assert_eq!(first("127.0.0.1:https").unwrap(), "127.0.0.1:443");
        assert_eq!(first("[::1]:0").unwrap(), "[::1]:0");
        assert_eq!(first("localhost:5").unwrap(), "127.0.0.1:5");
        assert!(first("localhost").unwrap_err().to_string().contains("missing port"));
        assert!(first(":http-alt-x").unwrap_err().to_string().contains("invalid port"));
    }

    #[test]
    fn the_socket_file_goes_with_its_maker() {
        let directory = std::env::temp_dir().join(format!("nethttp-listener-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let path = directory.join("socket");
        let listener = Listener::bind_unix(&path).unwrap();
        assert!(path.exists() && listener.local_addr().is_none());
        drop(listener);
        assert!(!path.exists());
        let passed_in = Listener::from(UnixListener::bind(&path).unwrap());
        drop(passed_in);
        assert!(path.exists());
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
