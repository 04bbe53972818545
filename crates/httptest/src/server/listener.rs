//! `Listener`: what a test server listens on, and the address that it keeps when the socket has gone to the server.

use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

/// A listening socket of a test, or none.
///
/// ```
/// use std::net::TcpListener;
/// use nethttp_core::not_found;
/// use nethttp_httptest::new_unstarted_server;
///
/// let mut server = new_unstarted_server(not_found);
/// server.listener.close();
/// server.listener = TcpListener::bind("127.0.0.1:0")?.into();
/// server.start();
/// assert!(server.url.ends_with(server.listener.addr()));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Listener {
    addr: String,
    socket: Mutex<Option<nethttp_server::Listener>>,
}

impl Listener {
    /// A free port of the loopback interface.
    pub(super) fn on_loopback() -> Self {
        let bound = TcpListener::bind("127.0.0.1:0").or_else(|_| TcpListener::bind("[::1]:0"));
        match bound {
            Ok(listener) => listener.into(),
            Err(error) => panic!("httptest: failed to listen on a port: {error}"),
        }
    }

    /// The address, `ip:port`; empty where there is none. Go's `Listener.Addr().String()`.
    #[must_use]
    pub fn addr(&self) -> &str {
        &self.addr
    }

    /// Whether there is, or was, something to listen on: Go's comparison with `nil`.
    #[must_use]
    pub fn is_set(&self) -> bool {
        !self.addr.is_empty()
    }

    /// Closes the socket, if no server has it.
    pub fn close(&self) {
        self.take();
    }

    pub(super) fn take(&self) -> Option<nethttp_server::Listener> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl From<nethttp_server::Listener> for Listener {
    fn from(listener: nethttp_server::Listener) -> Self {
        let addr = listener.local_addr().map_or_else(String::new, |address| address.to_string());
        Self { addr, socket: Mutex::new(Some(listener)) }
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        nethttp_server::Listener::from(listener).into()
    }
}
