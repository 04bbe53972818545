//! Hooks about connections: Go's `ConnState` and `ConnContext`. They are user code, so they run as calls, and a connection
//! is out for the time of its hook: its states come in order, one at a time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mio::Token;
use nethttp_core::{Context, Text};

use super::socket::Socket;
use crate::contained::contained;
use crate::core::ServerCore;

/// The state of a client's connection. Go's `http.ConnState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnState {
    /// Accepted; expected to send a request.
    New,
    /// Has sent a byte of a request, and is until that is answered.
    Active,
    /// Has been answered, and is kept for the next request.
    Idle,
    /// Taken over by a handler. Nothing follows.
    Hijacked,
    /// Closed. Nothing follows.
    Closed,
}

/// [`ConnState::New`] under Go's word.
pub const STATE_NEW: ConnState = ConnState::New;
/// [`ConnState::Active`] under Go's word.
pub const STATE_ACTIVE: ConnState = ConnState::Active;
/// [`ConnState::Idle`] under Go's word.
pub const STATE_IDLE: ConnState = ConnState::Idle;
/// [`ConnState::Hijacked`] under Go's word.
pub const STATE_HIJACKED: ConnState = ConnState::Hijacked;
/// [`ConnState::Closed`] under Go's word.
pub const STATE_CLOSED: ConnState = ConnState::Closed;

impl fmt::Display for ConnState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Active => "active",
            Self::Idle => "idle",
            Self::Hijacked => "hijacked",
            Self::Closed => "closed",
        })
    }
}

/// A connection, as hooks see it: a key that no other connection of the process has, and its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnInfo {
    /// Unique in the process.
    pub key: u64,
    /// The client's address, as in `Request::remote_addr`.
    pub remote_addr: Text,
    /// The server's address.
    pub local_addr: Text,
}

impl ConnInfo {
    pub(crate) fn of(socket: &Socket) -> Self {
        static KEYS: AtomicU64 = AtomicU64::new(1);
        let key = KEYS.fetch_add(1, Ordering::Relaxed);
        Self { key, remote_addr: socket.remote_addr().clone(), local_addr: socket.local_addr() }
    }
}

/// A hook to be called before a connection's first request, or after its end.
#[derive(Debug)]
pub(crate) struct HookCall {
    /// The connection that waits for it; `None` when it is closed already.
    pub(crate) token: Option<Token>,
    pub(crate) info: Arc<ConnInfo>,
    /// Told in this order.
    pub(crate) states: &'static [ConnState],
    pub(crate) core: Arc<ServerCore>,
    /// The connection's context: at first that of its listener, if a hook made one, then what the connection's own made.
    pub(crate) context: Option<Context>,
}

impl HookCall {
    pub(crate) fn run(&mut self) {
        if let (&[ConnState::New], Some(make)) = (self.states, &self.core.hooks.conn_context) {
            let base = self.context.as_ref().unwrap_or(&self.core.base).clone();
            match contained(|| make(base, &self.info)) {
                Some(context) => self.context = Some(context),
                None => log_panic(&self.core, &self.info),
            }
        }
        for &state in self.states {
            tell(&self.core, &self.info, state);
        }
        if self.token.is_none() && contained(|| self.context = None).is_none() {
            log_panic(&self.core, &self.info);
        }
    }
}

/// Tells the hook about a state, if there is one. A panic of the hook is logged and goes no further.
pub(crate) fn tell(core: &ServerCore, info: &ConnInfo, state: ConnState) {
    if let Some(hook) = &core.hooks.conn_state
        && contained(|| hook(info, state)).is_none()
    {
        log_panic(core, info);
    }
}

fn log_panic(core: &ServerCore, info: &ConnInfo) {
    core.log(&format!("http: panic in a connection hook of {}", info.remote_addr));
}
