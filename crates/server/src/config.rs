//! `Config`: the settings of a server, resolved from the fields of [`Server`](crate::Server): what zero means, what falls
//! back to what.
//!
//! Go: `Server.readHeaderTimeout`, `Server.idleTimeout`, `Server.maxHeaderBytes`.

use std::time::Duration;

use nethttp_h1::Limits;

/// Settings as the engine uses them; `None` stands for no time limit.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) limits: Limits,
    pub(crate) read_timeout: Option<Duration>,
    pub(crate) read_header_timeout: Option<Duration>,
    pub(crate) write_timeout: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    /// Bytes of an answer that are held back for its length to be known.
    pub(crate) response_buffer: usize,
    /// Bytes a second, 0 for none.
    pub(crate) min_rate: u64,
}

/// A time limit as Go's fields hold it: zero is none.
pub(crate) const fn limit(duration: Duration) -> Option<Duration> {
    if duration.is_zero() { None } else { Some(duration) }
}
