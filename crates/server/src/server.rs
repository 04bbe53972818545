//! `Server`: Go's `http.Server`: its fields, and serving, closing, shutting down.
//!
//! Differences: `Server::default()` has limits where Go's zero value has none; [`Server::go_defaults`] is Go's.

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nethttp_core::{Context, ContextError, ContextKey, Error, Handler, Text};
use nethttp_h1::Limits;

use crate::config::{Config, limit};
use crate::conn::socket::Socket;
use crate::core::{ConnContextHook, ConnStateHook, Hooks, Lifecycle, LogHook, ServerCore, State};
use crate::engine::Message;
use crate::engine::acceptor::{Slot, Ticket};
use crate::engine::current;
use crate::engine::shared::LoopShared;
use crate::engine::start::start;
use crate::listener::Listener;

/// Makes the base context of the requests that come over a listener, from its address.
pub type BaseContextHook = Arc<dyn Fn(&Text) -> Context + Send + Sync>;

/// The settings of a server, and the server.
///
/// A zero in a field means what it means in Go. The fields are read when serving begins. A clone is the same server with
/// settings of its own: it shares what runs.
///
/// ```no_run
/// use std::sync::Arc;
/// use std::time::Duration;
/// use nethttp_core::{Request, ResponseWriter, fprintf};
/// use nethttp_server::Server;
///
/// fn hello(w: &mut dyn ResponseWriter, _r: &mut Request) {
///     fprintf!(w, "hello\n");
/// }
///
/// let server = Server {
///     addr: ":8080".to_owned(),
///     handler: Some(Arc::new(hello)),
///     write_timeout: Duration::from_secs(30),
///     ..Default::default()
/// };
/// server.listen_and_serve()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Server {
    /// The TCP address to listen on, in Go's forms (`:8080`, `host:port`). Empty: `:http`. Default: empty.
    pub addr: String,
    /// The handler; `None` is the default mux. Default: `None`.
    pub handler: Option<Arc<dyn Handler>>,
    /// Whether `OPTIONS *` goes to the handler instead of being answered with 200. Default: `false`.
    pub disable_general_options_handler: bool,
    /// How long reading a request may take in all, body included. 0: no limit. Default: 0.
    pub read_timeout: Duration,
    /// How long reading a request's head may take. 0: as `read_timeout`. Default: 10 s.
    pub read_header_timeout: Duration,
    /// How long a response may take, from the end of the request's head. 0: no limit. Default: 0.
    pub write_timeout: Duration,
    /// How long a connection is kept without a request. 0: as `read_timeout`. Default: 120 s.
    pub idle_timeout: Duration,
    /// Bytes of a request's head; 4,096 more are let pass, as in Go. 0: 1 MiB. Default: 64 KiB.
    pub max_header_bytes: usize,
    /// Field lines of a request. 0: 500. Default: 0.
    pub max_header_value_count: usize,
    /// Called when a connection changes its state. Default: `None`.
    pub conn_state: Option<ConnStateHook>,
    /// Takes the lines for the operator. `None`: they go to standard error. Default: `None`.
    pub error_log: Option<LogHook>,
    /// Makes the base context of requests. `None`: a background context. Default: `None`.
    pub base_context: Option<BaseContextHook>,
    /// Makes the context of a connection. `None`: that of the server. Default: `None`.
    pub conn_context: Option<ConnContextHook>,
    /// Event loops. 0: one for each processor. Default: 0.
    pub loops: usize,
    /// Calls that may run beside the loops at the same time. 0: 10,000. Default: 0.
    ///
    /// At this bound no handler is called until one of those is done: up to 1,024 requests of each loop wait, further ones
    /// get 503 with `Retry-After`. Of a connection whose last handler neither waited nor took long the next request comes
    /// first, but 16 of them at the most before one of the others.
    pub max_workers: usize,
    /// How long a thread waits for work before it ends. 0: 10 s. Default: 0.
    pub max_idle_worker_duration: Duration,
    /// Bytes of stack of the threads that handlers run on. 0: the standard library's default. Default: 0.
    pub thread_stack_size: usize,
    /// Bytes of a response that are held back so that a short one gets its length. Default: 2,048, as in Go.
    pub response_buffer_size: usize,
    /// Bytes a second that a client must send of a body, or take of a response, after 10 s of grace. 0: no limit.
    /// Default: 240.
    pub min_rate: u64,
    #[doc(hidden)]
    pub state: ServerState,
}

/// Go's `bufferBeforeChunkingSize`.
const RESPONSE_BUFFER: usize = 2048;

/// What a server has besides its settings.
#[derive(Clone, Default)]
pub struct ServerState {
    lifecycle: Arc<Lifecycle>,
    running: Arc<Mutex<Running>>,
}

#[derive(Default)]
struct Running {
    loops: Vec<Arc<LoopShared>>,
    /// The loop that takes the next listener.
    next: usize,
    on_shutdown: Vec<Arc<dyn Fn() + Send + Sync>>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            read_header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(120),
            max_header_bytes: 64 << 10,
            min_rate: 240,
            ..Self::go_defaults()
        }
    }
}

impl Server {
    /// A server with Go's zero values: no time limits, heads of up to 1 MiB, no least rate.
    #[must_use]
    pub fn go_defaults() -> Self {
        Self {
            addr: String::new(),
            handler: None,
            disable_general_options_handler: false,
            read_timeout: Duration::ZERO,
            read_header_timeout: Duration::ZERO,
            write_timeout: Duration::ZERO,
            idle_timeout: Duration::ZERO,
            max_header_bytes: 0,
            max_header_value_count: 0,
            conn_state: None,
            error_log: None,
            base_context: None,
            conn_context: None,
            loops: 0,
            max_workers: 0,
            max_idle_worker_duration: Duration::ZERO,
            thread_stack_size: 0,
            response_buffer_size: RESPONSE_BUFFER,
            min_rate: 0,
            state: ServerState::default(),
        }
    }

    /// Listens on `addr` and serves, until the server is closed. Go's `ListenAndServe`.
    ///
    /// # Errors
    ///
    /// Always: [`Error::ServerClosed`] after [`close`](Self::close) or [`shutdown`](Self::shutdown), else why it could
    /// not listen or accept.
    pub fn listen_and_serve(&self) -> io::Result<()> {
        if self.state.lifecycle.state() != State::Running {
            return Err(Error::ServerClosed.into());
        }
        self.serve(Listener::bind(&self.addr)?)
    }

    /// Serves the connections of a listener, until the server is closed or the listener fails. May be called for several
    /// listeners, from several threads. Go's `Serve`.
    ///
    /// # Errors
    ///
    /// Always, as [`listen_and_serve`](Self::listen_and_serve). Connections that are open when a listener fails go on.
    pub fn serve(&self, listener: impl Into<Listener>) -> io::Result<()> {
        let listener = listener.into();
        if self.state.lifecycle.state() != State::Running {
            return Err(Error::ServerClosed.into());
        }
        let address = listener.local_addr().map_or(Text::EMPTY, |address| Text::from(address.to_string()));
        let base = self.base_for(&address);
        let (fd, _path) = listener.into_parts()?;
        let ticket = Arc::new(Ticket::default());
        if self.acceptor()?.post(Message::Listen(Slot::new(fd, base, Arc::clone(&ticket)))).is_err() {
            // Closed since we looked.
            return Err(Error::ServerClosed.into());
        }
        match ticket.wait() {
            Some(error) => Err(error),
            None => Err(Error::ServerClosed.into()),
        }
    }

    /// Serves one connection that is there already, and returns at once: for programs that accept by themselves, that get
    /// an accepted socket from elsewhere, or that speak to a server in the same process over a pair of Unix sockets.
    ///
    /// The connection is served as one that came over a listener; its address is `@` where it is a Unix socket.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    /// use std::sync::Arc;
    /// use nethttp_core::{Request, ResponseWriter, fprintf};
    /// use nethttp_server::Server;
    ///
    /// fn hello(w: &mut dyn ResponseWriter, _r: &mut Request) {
    ///     fprintf!(w, "hello\n");
    /// }
    ///
    /// let server = Server { handler: Some(Arc::new(hello)), loops: 1, ..Default::default() };
    /// let (mut ours, theirs) = UnixStream::pair()?;
    /// server.serve_conn(theirs)?;
    ///
    /// ours.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    /// let mut answer = String::new();
    /// ours.read_to_string(&mut answer)?;
    /// assert!(answer.ends_with("\r\n\r\nhello\n"));
    /// # server.close();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ServerClosed`], or why a loop cannot be started or the descriptor cannot be used as a stream socket.
    pub fn serve_conn(&self, conn: impl Into<OwnedFd>) -> io::Result<()> {
        if self.state.lifecycle.state() != State::Running {
            return Err(Error::ServerClosed.into());
        }
        let socket = Arc::new(Socket::adopt(conn.into())?);
        let base = self.base_for(&socket.local_addr());
        let running = self.running()?;
        if let Some(least) = running.loops.iter().min_by_key(|shared| shared.load()) {
            least.give_connection(socket, base);
        }
        Ok(())
    }

    /// A handle that can close the server from anywhere.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        ServerHandle { state: self.state.clone() }
    }

    /// As [`ServerHandle::close`].
    pub fn close(&self) {
        self.handle().close();
    }

    /// As [`ServerHandle::shutdown`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn shutdown(&self, ctx: &Context) -> Result<(), ContextError> {
        self.handle().shutdown(ctx)
    }

    /// As [`ServerHandle::register_on_shutdown`].
    pub fn register_on_shutdown(&self, function: impl Fn() + Send + Sync + 'static) {
        self.handle().register_on_shutdown(function);
    }

    /// As [`ServerHandle::set_keep_alives_enabled`].
    pub fn set_keep_alives_enabled(&self, enabled: bool) {
        self.handle().set_keep_alives_enabled(enabled);
    }

    /// The context of the connections of one listener, where a hook makes one.
    fn base_for(&self, address: &Text) -> Option<Context> {
        self.base_context.as_ref().map(|make| make(address).with_value(self.handle()))
    }

    /// The loop that is to accept from the next listener.
    fn acceptor(&self) -> io::Result<Arc<LoopShared>> {
        let mut running = self.running()?;
        running.next += 1;
        Ok(Arc::clone(&running.loops[(running.next - 1) % running.loops.len()]))
    }

    /// What runs; the first call starts the loops.
    fn running(&self) -> io::Result<MutexGuard<'_, Running>> {
        let mut running = self.state.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.loops.is_empty() {
            let core = Arc::new(self.core());
            let loops = match self.loops {
                0 => std::thread::available_parallelism().map_or(1, usize::from),
                loops => loops,
            };
            let idle = limit(self.max_idle_worker_duration).unwrap_or(Duration::from_secs(10));
            running.loops = start(&core, loops, self.thread_stack_size, idle)?;
        }
        Ok(running)
    }

    pub(crate) fn core(&self) -> ServerCore {
        let read_timeout = limit(self.read_timeout);
        let config = Config {
            limits: Limits::from_server(self.max_header_bytes, self.max_header_value_count),
            read_timeout,
            read_header_timeout: limit(self.read_header_timeout).or(read_timeout),
            write_timeout: limit(self.write_timeout),
            idle_timeout: limit(self.idle_timeout).or(read_timeout),
            response_buffer: self.response_buffer_size,
            min_rate: self.min_rate,
        };
        self.state.lifecycle.set_max_workers(if self.max_workers == 0 { 10_000 } else { self.max_workers });
        let hooks = Hooks {
            conn_state: self.conn_state.clone(),
            conn_context: self.conn_context.clone(),
            error_log: self.error_log.clone(),
        };
        ServerCore::new(
            config,
            hooks,
            Context::background().with_value(self.handle()),
            self.handler.clone(),
            Arc::clone(&self.state.lifecycle),
            !self.disable_general_options_handler,
        )
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl fmt::Debug for ServerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerState").field("state", &self.lifecycle.state()).finish_non_exhaustive()
    }
}

/// Closes or shuts down a server from anywhere; cheap to clone. A request's context carries it:
/// `r.context().value::<ServerHandle>()` (or, in Go's words, [`SERVER_CONTEXT_KEY`]).
#[derive(Clone, Debug)]
pub struct ServerHandle {
    state: ServerState,
}

impl ServerHandle {
    /// Closes listeners and connections at once. Go's `Close`.
    pub fn close(&self) {
        self.state.lifecycle.enter(State::Closed);
    }

    /// Closes the listeners and idle connections, waits for the requests under way, then closes their connections.
    /// Hijacked connections are not waited for. Go's `Shutdown`.
    ///
    /// # Errors
    ///
    /// The context ended first; connections that are still busy go on.
    pub fn shutdown(&self, ctx: &Context) -> Result<(), ContextError> {
        self.state.lifecycle.enter(State::ShuttingDown);
        let functions =
            std::mem::take(&mut self.state.running.lock().unwrap_or_else(PoisonError::into_inner).on_shutdown);
        for function in functions {
            // A function that takes its time must not hold up a wait that has a limit.
            let own = Arc::clone(&function);
            if std::thread::Builder::new().name("nethttp-end".to_owned()).spawn(move || own()).is_err() {
                function();
            }
        }
        if self.state.lifecycle.wait_until_empty(ctx) {
            return Ok(());
        }
        Err(ctx.err().unwrap_or(ContextError::Canceled))
    }

    /// Adds a function that [`shutdown`](Self::shutdown) calls when it begins, on a thread of its own: to tell connections
    /// that have been hijacked. It is called once, and not waited for. Go's `RegisterOnShutdown`.
    pub fn register_on_shutdown(&self, function: impl Fn() + Send + Sync + 'static) {
        let mut running = self.state.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.on_shutdown.push(Arc::new(function));
    }

    /// Closes all connections at once, hijacked ones left out; listeners go on. The requests under way find their contexts
    /// cancelled and their answers discarded. Returns when the loops have done so, after 5 s at the latest.
    pub fn close_connections(&self) {
        // Called by a handler, this waits for the very loop that called it.
        current::give_away();
        self.state.lifecycle.close_connections(Duration::from_secs(5));
    }

    /// Whether connections are kept after an answer; they are by default. Go's `SetKeepAlivesEnabled`.
    pub fn set_keep_alives_enabled(&self, enabled: bool) {
        self.state.lifecycle.set_keep_alives(enabled);
    }

    /// The open connections, hijacked ones left out.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state.lifecycle.connections()
    }

    /// How often a thread has taken over a loop, or a task, from a call that waited or was about to. For measurements.
    #[doc(hidden)]
    #[must_use]
    pub fn hand_overs(&self) -> u64 {
        self.state.lifecycle.hand_overs()
    }
}

/// Finds the [`ServerHandle`] in a request's context. Go's `http.ServerContextKey`.
///
/// ```
/// use nethttp_core::{Request, ResponseWriter};
/// use nethttp_server::SERVER_CONTEXT_KEY;
///
/// fn last_request(_w: &mut dyn ResponseWriter, r: &mut Request) {
///     if let Some(server) = r.context().value_of(SERVER_CONTEXT_KEY) {
///         server.set_keep_alives_enabled(false);
///     }
/// }
/// ```
pub const SERVER_CONTEXT_KEY: ContextKey<ServerHandle> = ContextKey::new();

/// Listens on `addr` and serves with `handler`. Go's `http.ListenAndServe`.
///
/// # Errors
///
/// As [`Server::listen_and_serve`].
pub fn listen_and_serve(addr: &str, handler: impl Handler + 'static) -> io::Result<()> {
    Server { addr: addr.to_owned(), handler: Some(Arc::new(handler)), ..Server::default() }.listen_and_serve()
}

/// Serves the connections of a listener with `handler`. Go's `http.Serve`.
///
/// # Errors
///
/// As [`Server::serve`].
pub fn serve(listener: impl Into<Listener>, handler: impl Handler + 'static) -> io::Result<()> {
    Server { handler: Some(Arc::new(handler)), ..Server::default() }.serve(listener)
}
