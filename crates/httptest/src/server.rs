//! `Server`: a server for the time of a test, without ports or on one of its own. Go's `httptest.Server`.
//!
//! Differences: [`new_test_server`] takes no `testing.T`: the server closes when it is dropped, and a handler that has
//! panicked fails the test there. The network without ports is one of socket pairs, so that a test passes through the same
//! system calls as a program. There is no TLS.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nethttp_core::{Context, Handler};

use crate::Client;
use crate::client::Network;

mod listener;
mod open;
mod watched;

pub use listener::Listener;
use open::Open;
use watched::{Panics, Watched};

/// A server for tests from one end to the other.
///
/// Most tests take [`new_test_server`]: no port is used, and the [`Client`] of the server leads to it whatever the URL
/// says. [`new_server`] listens on a port of the loopback interface, for clients of other kinds.
///
/// The settings may be changed until the server starts: a test server does so with the first call of
/// [`client`](Self::client), others with [`start`](Self::start).
///
/// ```
/// use nethttp_core::{Request, ResponseWriter, fprintf};
/// use nethttp_httptest::new_test_server;
///
/// fn hello(w: &mut dyn ResponseWriter, r: &mut Request) {
///     fprintf!(w, "hello, {}", r.url.path);
/// }
///
/// let mut server = new_test_server(hello);
/// server.config.max_header_bytes = 1024;
/// let mut answer = server.client().get("http://www.example.com/you")?;
/// assert_eq!(answer.status_code, 200);
/// assert_eq!(answer.read_all()?, "hello, /you");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// It closes when it is dropped, as by [`close`](Self::close); at once, and without waiting, when the test is panicking.
pub struct Server {
    /// The base URL, without a slash at its end: `http://127.0.0.1:port` once the server listens on a port,
    /// `http://example.com` for one without ports. Empty before the start.
    pub url: String,
    /// What the server listens on; not set where it has no port. May be replaced before the start.
    pub listener: Listener,
    /// The settings, for changes before the start; its handle closes the server. It has one loop, else the defaults of
    /// [`nethttp_server::Server`].
    pub config: nethttp_server::Server,
    kind: Kind,
    is_closed: AtomicBool,
    started: OnceLock<Started>,
}

/// Where connections come from.
#[derive(Debug)]
enum Kind {
    /// From a listener, once started.
    Loopback,
    /// From the client, unless it is started as the other kind.
    Test(Panics),
}

/// What a server has when it runs.
struct Started {
    server: nethttp_server::Server,
    client: Client,
    open: Arc<Open>,
    serving: Mutex<Option<JoinHandle<()>>>,
}

/// How long [`Server::close`] waits before it tells why it does.
const PATIENCE: Duration = Duration::from_secs(5);

/// A test server without ports, which starts with the first [`Server::client`]. Go's `httptest.NewTestServer`.
///
/// When it is closed or dropped and the handler has panicked, other than by
/// [`abort_handler`](nethttp_core::abort_handler), it panics itself and so fails the test.
///
/// ```
/// use nethttp_core::not_found;
/// use nethttp_httptest::new_test_server;
///
/// let server = new_test_server(not_found);
/// assert_eq!(server.client().get("/")?.status_code, 404);
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub fn new_test_server(handler: impl Handler + 'static) -> Server {
    let panics = Panics::default();
    let handler = Watched::new(Box::new(handler), panics.clone());
    let mut server = Server::new(Listener::default(), Arc::new(handler), Kind::Test(panics));
    server.url.push_str(NO_PORT);
    server
}

/// A server on a free port of the loopback interface, started. Go's `httptest.NewServer`.
///
/// ```
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
/// use nethttp_core::not_found;
/// use nethttp_httptest::new_server;
///
/// let server = new_server(not_found);
/// let mut stream = TcpStream::connect(server.listener.addr())?;
/// stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
/// let mut answer = String::new();
/// stream.read_to_string(&mut answer)?;
/// assert!(answer.ends_with("404 page not found\n"));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
///
/// Where no port is to be had.
#[must_use]
pub fn new_server(handler: impl Handler + 'static) -> Server {
    let mut server = new_unstarted_server(handler);
    server.start();
    server
}

/// A server that listens on a free port of the loopback interface and is to be started. Go's
/// `httptest.NewUnstartedServer`.
///
/// ```
/// use std::time::Duration;
/// use nethttp_core::not_found;
/// use nethttp_httptest::new_unstarted_server;
///
/// let mut server = new_unstarted_server(not_found);
/// server.config.read_timeout = Duration::from_secs(1);
/// server.start();
/// assert_eq!(server.url, format!("http://{}", server.listener.addr()));
/// assert_eq!(server.client().get(&server.url)?.status_code, 404);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
///
/// Where no port is to be had.
#[must_use]
pub fn new_unstarted_server(handler: impl Handler + 'static) -> Server {
    Server::new(Listener::on_loopback(), Arc::new(handler), Kind::Loopback)
}

/// Where a server without ports is, as far as URLs go.
const NO_PORT: &str = "http://example.com";

impl Server {
    fn new(listener: Listener, handler: Arc<dyn Handler>, kind: Kind) -> Self {
        let config = nethttp_server::Server { handler: Some(handler), loops: 1, ..Default::default() };
        let (url, is_closed, started) = (String::new(), AtomicBool::new(false), OnceLock::new());
        Self { url, listener, config, kind, is_closed, started }
    }

    /// Starts the server on its listener; one of [`new_test_server`] gets a port for it. Go's `Server.Start`.
    ///
    /// # Panics
    ///
    /// When it has been started or closed, when the listener is not a TCP one, or where no port is to be had.
    pub fn start(&mut self) {
        assert!(self.started.get().is_none(), "Server already started");
        assert!(!self.is_closed.load(Ordering::Relaxed), "Start of closed Server");
        if let Kind::Test(_) = self.kind {
            assert!(!self.listener.is_set(), "Server.listener is unexpectedly set");
            self.listener = Listener::on_loopback();
        }
        let address: SocketAddr = self.listener.addr().parse().expect("a listener with a TCP address");
        self.url = format!("http://{address}");
        let listener = self.listener.take().expect("a listener that has not been closed");
        let _ = self.started.get_or_init(|| {
            let started = self.prepare(|_| Network::Loopback(address));
            let server = started.server.clone();
            let serving = thread::spawn(move || {
                // It always ends with an error: that the server was closed, or that the listener failed, which the
                // client of the test sees.
                let _ = server.serve(listener);
            });
            Started { serving: Mutex::new(Some(serving)), ..started }
        });
    }

    /// What runs, but for a thread that accepts.
    fn prepare(&self, network: impl FnOnce(&nethttp_server::Server) -> Network) -> Started {
        let mut server = self.config.clone();
        let open = Arc::new(Open::default());
        server.conn_state = server.conn_state.map(|hook| open.counting(hook));
        let client = Client::new(network(&server));
        Started { server, client, open, serving: Mutex::default() }
    }

    /// A client that asks this server, wherever the URL points. The first call starts a server of
    /// [`new_test_server`]. Go's `Server.Client`.
    ///
    /// # Panics
    ///
    /// When the server is still to be started.
    #[must_use]
    pub fn client(&self) -> Client {
        let started = match (self.started.get(), &self.kind) {
            (Some(started), _) => started,
            (None, Kind::Test(_)) => {
                let network = |server: &nethttp_server::Server| Network::Pairs(Box::new(server.clone()));
                self.started.get_or_init(|| self.prepare(network))
            }
            (None, Kind::Loopback) => panic!("the server has not been started"),
        };
        started.client.clone()
    }

    /// Closes the listener and the connections that wait for a request, and waits for the requests under way. A second
    /// call waits too. Go's `Server.Close`.
    ///
    /// Functions registered for a shutdown are called, which Go's does not do. When it has waited for 5 s it says so on
    /// standard error, and waits on.
    ///
    /// # Panics
    ///
    /// When the server is one of [`new_test_server`] and its handler has panicked.
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        self.listener.close();
        let server = self.started.get().map_or(&self.config, |started| &started.server);
        if let Some(started) = self.started.get() {
            started.client.close_idle_connections();
        }
        let (ctx, _cancel) = Context::background().with_timeout(PATIENCE);
        if server.shutdown(&ctx).is_err() {
            let count = server.handle().connections();
            eprintln!("httptest::Server blocked in close after {PATIENCE:?}, waiting for {count} connections");
            // Only the end of a context ends this early.
            let _ = server.shutdown(&Context::background());
        }
        if let Some(started) = self.started.get() {
            started.join();
            started.open.wait_for_none(PATIENCE);
        }
        if let Kind::Test(panics) = &self.kind {
            panics.raise();
        }
    }

    /// Closes all connections, those with requests under way too; the listener goes on. Go's
    /// `Server.CloseClientConnections`.
    ///
    /// To call it from a handler, take `server.config.handle()` there: its `close_connections` is the same.
    pub fn close_client_connections(&self) {
        if let Some(started) = self.started.get() {
            started.server.handle().close_connections();
        }
    }
}

impl Started {
    /// Waits for the thread that accepts.
    fn join(&self) {
        let serving = self.serving.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(serving) = serving {
            // Serving does not panic, and if it does there is nothing to add.
            let _ = serving.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !thread::panicking() {
            return self.close();
        }
        // A test that fails may have left a handler waiting for what will not come.
        if let Some(started) = self.started.get() {
            started.server.close();
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("url", &self.url)
            .field("listener", &self.listener)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
