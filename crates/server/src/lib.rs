//! An HTTP/1.x server that runs synchronous handlers on event loops that change hands.
//!
//! Handlers are ordinary blocking functions and are called right where the request was parsed: nothing is queued, no
//! thread is woken. When one of them blocks, its event loop is given to another thread.
//!
//! ```no_run
//! use nethttp_core::{Request, ResponseWriter, fprintf};
//!
//! fn hello(w: &mut dyn ResponseWriter, _r: &mut Request) {
//!     fprintf!(w, "hello\n");
//! }
//!
//! nethttp_server::listen_and_serve(":8080", hello)?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Unix systems only: what the engine needs beside mio (`accept4`, `sendfile`, `poll`) has no counterpart elsewhere.

#![deny(unsafe_code)]
#![cfg(unix)]

mod caller;
mod config;
mod conn;
mod contained;
mod core;
mod date_cache;
mod engine;
mod listener;
mod server;

pub use conn::hooks::{ConnInfo, ConnState, STATE_ACTIVE, STATE_CLOSED, STATE_HIJACKED, STATE_IDLE, STATE_NEW};
pub use core::{ConnContextHook, ConnStateHook, LogHook};
pub use listener::Listener;
pub use server::{BaseContextHook, SERVER_CONTEXT_KEY, Server, ServerHandle, ServerState, listen_and_serve, serve};
