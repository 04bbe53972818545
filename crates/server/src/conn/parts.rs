//! `Parts`: what the connections of a loop use of it while one of them is looked at: pools, clock, timers, settings.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::event::Source;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use nethttp_h1::Limits;

use super::connection::Connection;
use super::exchange::Exchange;
use super::input::Input;
use super::output::Output;
use super::rate::WINDOW;
use super::socket::Socket;
use crate::core::ServerCore;
use crate::engine::registry::slot_of;
use crate::engine::timers::{Millis, NEVER, Timers};
use std::os::fd::{AsFd, AsRawFd};

/// The parts of a loop that its connections share.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) core: Arc<ServerCore>,
    pub(crate) timers: Timers,
    pub(crate) registry: Registry,
    /// The moment at which the loop last looked at the clock, in milliseconds since `start`.
    pub(crate) now: Millis,
    start: Instant,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    /// Outputs with large buffers: few, and used first.
    large_outputs: Vec<Output>,
    // Boxed all their life: they move between threads and tables.
    #[expect(clippy::vec_box, reason = "an exchange is large and travels")]
    exchanges: Vec<Box<Exchange>>,
    /// Fetches under way, and connections that wait to make theirs.
    pub(crate) fetches: usize,
    pub(crate) to_fetch: VecDeque<Token>,
    /// Lines for the operator, to be logged in a call.
    pub(crate) lines: Vec<String>,
}

/// Things of each kind that a pool keeps.
const POOLED: usize = 64;

/// An output with a larger buffer than this, in bytes, counts as large.
const ORDINARY: usize = 64 * 1024;

/// Large outputs that a pool keeps.
const POOLED_LARGE: usize = 2;

/// Lines that wait to be logged; more are dropped, so that a flood of bad requests cannot fill the memory.
const MAX_LINES: usize = 64;

impl Parts {
    pub(crate) fn new(core: Arc<ServerCore>, registry: Registry) -> Self {
        Self {
            core,
            timers: Timers::default(),
            registry,
            now: 0,
            start: Instant::now(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            large_outputs: Vec::new(),
            exchanges: Vec::new(),
            fetches: 0,
            to_fetch: VecDeque::new(),
            lines: Vec::new(),
        }
    }

    /// Looks at the clock.
    pub(crate) fn tick(&mut self) {
        self.now = self.since_start(self.start.elapsed());
    }

    /// An instant on the loop's clock; `NEVER` for none.
    pub(crate) fn millis(&self, instant: Option<Instant>) -> Millis {
        // Rounded up: a deadline is never early.
        instant.map_or(NEVER, |instant| self.since_start(instant.saturating_duration_since(self.start)) + 1)
    }

    pub(crate) fn limits(&self) -> Limits {
        self.core.config.limits
    }

    pub(crate) fn head_deadline(&self) -> Millis {
        self.after(self.core.config.read_header_timeout)
    }

    pub(crate) fn idle_deadline(&self) -> Millis {
        self.after(self.core.config.idle_timeout)
    }

    /// When to look whether a transfer keeps the least rate.
    pub(crate) fn rate_window(&self) -> Millis {
        if self.core.config.min_rate == 0 { NEVER } else { self.now + WINDOW }
    }

    /// Makes sure that the connection is looked at by its deadline.
    pub(crate) fn arm(&mut self, connection: &Connection) {
        if connection.deadline != NEVER {
            self.timers.arm(slot_of(connection.token), connection.deadline);
        }
    }

    /// Asks to be told when the connection's socket takes more.
    pub(crate) fn watch_write(&self, connection: &mut Connection) {
        if !connection.watches_write {
            let fd = connection.socket.as_fd().as_raw_fd();
            let both = Interest::READABLE | Interest::WRITABLE;
            connection.watches_write = SourceFd(&fd).reregister(&self.registry, connection.token, both).is_ok();
        }
    }

    /// Keeps a line about a client, to be logged.
    pub(crate) fn log_refusal(&mut self, socket: &Socket, what: &str) {
        if self.lines.len() < MAX_LINES {
            self.log(format!("http: {}: {what}", socket.remote_addr()));
        }
    }

    /// Keeps a line to be logged.
    pub(crate) fn log(&mut self, line: String) {
        if self.lines.len() < MAX_LINES {
            self.lines.push(line);
        }
    }

    pub(crate) fn take_input(&mut self) -> Input {
        self.inputs.pop().unwrap_or_else(Input::with_buffer)
    }

    pub(crate) fn put_input(&mut self, mut input: Input) {
        if input.is_ordinary() && self.inputs.len() < POOLED {
            input.consume(input.len());
            self.inputs.push(input);
        }
    }

    pub(crate) fn take_output(&mut self) -> Output {
        self.large_outputs.pop().or_else(|| self.outputs.pop()).unwrap_or_default()
    }

    pub(crate) fn put_output(&mut self, mut output: Output) {
        output.clear();
        output.total = 0;
        let (pool, most) = if output.capacity() > ORDINARY {
            (&mut self.large_outputs, POOLED_LARGE)
        } else {
            (&mut self.outputs, POOLED)
        };
        if output.capacity() > 0 && pool.len() < most {
            pool.push(output);
        }
    }

    pub(crate) fn take_exchange(&mut self) -> Box<Exchange> {
        self.exchanges.pop().unwrap_or_else(|| Box::new(Exchange::new(&self.core)))
    }

    pub(crate) fn put_exchange(&mut self, mut exchange: Box<Exchange>) {
        exchange.recycle();
        if let Some(output) = exchange.take_large_buffer(ORDINARY) {
            self.put_output(output);
        }
        if self.exchanges.len() < POOLED {
            self.exchanges.push(exchange);
        }
    }

    fn after(&self, timeout: Option<Duration>) -> Millis {
        timeout.map_or(NEVER, |timeout| self.now.saturating_add(self.since_start(timeout)))
    }

    fn since_start(&self, duration: Duration) -> Millis {
        Millis::try_from(duration.as_millis()).unwrap_or(NEVER - 1)
    }
}
