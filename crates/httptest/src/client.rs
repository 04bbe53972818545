//! `Client`: asks a test server, and gives what it answers. What tests use of Go's `http.Client`, no more.
//!
//! Blocking. It sends what the request holds and what frames it, nothing of its own; it keeps a connection for the next
//! request where the server does. It follows no redirects, keeps no cookies, and takes no content coding off, so that
//! a test sees what was sent.
//!
//! Differences from Go's: those; each read and each write has a time limit, so that a test fails instead of hanging.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nethttp_core::{Conn, Error, METHOD_GET, METHOD_HEAD, METHOD_POST, Request, Values};
use nethttp_server::Server;

use crate::conn::{Socket, conn};
use crate::{IntoBody, Response, new_request};

mod answer;
mod incoming;
mod link;
mod outgoing;

use link::Link;

/// Asks one test server, wherever the URL points; made by [`Server::client`](crate::Server::client).
///
/// URLs are paths (the host is then `example.com`), or absolute. Clones share the connection that is kept.
///
/// ```
/// use nethttp_core::{Request, ResponseWriter, fprintf};
/// use nethttp_httptest::{new_request, new_test_server};
///
/// fn shout(w: &mut dyn ResponseWriter, r: &mut Request) {
///     let text = r.form_value("text");
///     fprintf!(w, "{} {}", r.host, text.to_uppercase());
/// }
///
/// let server = new_test_server(shout);
/// let client = server.client();
/// assert_eq!(client.get("/?text=hi")?.read_all()?, "example.com HI");
///
/// let mut answer = client.post("http://a.test/", "application/x-www-form-urlencoded", "text=hi")?;
/// assert_eq!(answer.read_all()?, "a.test HI");
///
/// let mut request = new_request("DELETE", "/?text=hi", ());
/// request.header.set("X-Reason", "test");
/// assert_eq!(client.do_(&mut request)?.status_code, 200);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    home: Arc<Home>,
    timeout: Duration,
}

/// What clones share.
struct Home {
    network: Network,
    /// The connection that the next request takes.
    idle: Mutex<Option<Link>>,
}

/// How the server is reached.
pub(crate) enum Network {
    /// A pair of sockets for each connection, one end of which is the server's.
    Pairs(Box<Server>),
    Loopback(SocketAddr),
}

/// What a read or write may take, unless it is said otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Client {
    pub(crate) fn new(network: Network) -> Self {
        Self { home: Arc::new(Home { network, idle: Mutex::default() }), timeout: TIMEOUT }
    }

    /// The client with another time limit for each single read and write. Default: 10 s.
    #[must_use]
    pub const fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Sends a GET request. Go's `Client.Get`.
    ///
    /// # Errors
    ///
    /// As [`do_`](Self::do_).
    ///
    /// # Panics
    ///
    /// Where the URL could not stand in a request line.
    pub fn get(&self, url: impl AsRef<[u8]>) -> io::Result<Response> {
        self.do_(&mut new_request(METHOD_GET, url, ()))
    }

    /// Sends a HEAD request. Go's `Client.Head`.
    ///
    /// # Errors
    ///
    /// As [`do_`](Self::do_).
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get).
    pub fn head(&self, url: impl AsRef<[u8]>) -> io::Result<Response> {
        self.do_(&mut new_request(METHOD_HEAD, url, ()))
    }

    /// Sends a POST request with a body of this media type. Go's `Client.Post`.
    ///
    /// # Errors
    ///
    /// As [`do_`](Self::do_).
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get).
    pub fn post(&self, url: impl AsRef<[u8]>, content_type: &str, body: impl IntoBody) -> io::Result<Response> {
        let mut request = new_request(METHOD_POST, url, body);
        request.header.set("Content-Type", content_type);
        self.do_(&mut request)
    }

    /// Sends a form by POST. Go's `Client.PostForm`.
    ///
    /// # Errors
    ///
    /// As [`do_`](Self::do_).
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get).
    pub fn post_form(&self, url: impl AsRef<[u8]>, data: &Values) -> io::Result<Response> {
        self.post(url, "application/x-www-form-urlencoded", data.encode())
    }

    /// Sends a request and gives the answer as soon as its header is there; the body is read from the connection as the
    /// test reads it. Interim answers (1xx, but for 101) are passed over. Go's `Client.Do`.
    ///
    /// The body goes out with its length, or in chunks where `content_length` is negative. With `close` the connection
    /// is asked to be closed.
    ///
    /// # Errors
    ///
    /// [`Error::ServerClosed`] when the server is closed, [`Error::DeadlineExceeded`] at the time limit,
    /// [`Error::UnexpectedEof`] where the server hung up without an answer; of the socket, of the request's body.
    pub fn do_(&self, request: &mut Request) -> io::Result<Response> {
        let mut link = self.link()?;
        let sent = outgoing::send(&mut link, request);
        // A server may answer and hang up before it has the whole request: the answer says more than the broken pipe.
        match (answer::receive(&mut link, request), sent) {
            (Ok(head), _) => Ok(incoming::response(head, link, self)),
            (Err(_), Err(error)) | (Err(error), Ok(())) => Err(error),
        }
    }

    /// A connection of its own, for a test that speaks HTTP by itself. It has no time limits.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use nethttp_core::not_found;
    /// use nethttp_httptest::new_test_server;
    ///
    /// let server = new_test_server(not_found);
    /// let mut conn = server.client().dial()?;
    /// conn.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    /// let mut answer = String::new();
    /// conn.read_to_string(&mut answer)?;
    /// assert!(answer.starts_with("HTTP/1.0 404 Not Found\r\n"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ServerClosed`] where the server has no port and is closed; of the socket.
    pub fn dial(&self) -> io::Result<Conn> {
        match &self.home.network {
            Network::Pairs(server) => {
                let (ours, theirs) = UnixStream::pair()?;
                server.serve_conn(theirs)?;
                Ok(conn(Socket::Unix(ours)))
            }
            Network::Loopback(address) => {
                let stream = TcpStream::connect_timeout(address, self.timeout)?;
                stream.set_nodelay(true)?;
                Ok(conn(Socket::Tcp(stream)))
            }
        }
    }

    /// Closes the connection that is kept for the next request. Go's `Client.CloseIdleConnections`.
    pub fn close_idle_connections(&self) {
        self.home.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The connection that was kept, if it is still of use, or a new one.
    fn link(&self) -> io::Result<Link> {
        let idle = self.home.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(link) = idle
            && let Some(link) = link.reuse(self.timeout)
        {
            return Ok(link);
        }
        Ok(Link::new(self.dial()?, self.timeout))
    }

    /// Keeps a connection whose answer has been read.
    fn keep(&self, link: Link) {
        *self.home.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(link);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let network = match &self.home.network {
            Network::Pairs(_) => "pairs of sockets".to_owned(),
            Network::Loopback(address) => address.to_string(),
        };
        f.debug_struct("Client").field("network", &network).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// The end of the input where there should be more.
fn unexpected_eof() -> io::Error {
    Error::UnexpectedEof.into()
}
