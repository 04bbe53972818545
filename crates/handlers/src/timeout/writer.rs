//! `BufferedWriter`: the response writer that a timed inner handler gets.
//!
//! Never reaches the connection: it cannot flush, hijack or be unwrapped.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use nethttp_core::{Header, ResponseWriter, StatusCode};

use super::exchange::{Answer, Ending, Exchange, Failure};

/// Keeps what is written, up to a limit, while the exchange is open.
pub(super) struct BufferedWriter {
    exchange: Arc<Exchange>,
    limit: usize,
    header: Header,
    status: Option<StatusCode>,
    body: Vec<u8>,
    failure: Option<io::Error>,
}

impl BufferedWriter {
    pub(super) fn new(exchange: Arc<Exchange>, limit: usize) -> Self {
        Self { exchange, limit, header: Header::new(), status: None, body: Vec::new(), failure: None }
    }

    /// What the handler, which has returned, leaves.
    pub(super) fn into_ending(self) -> Ending {
        match self.failure {
            Some(error) => Ending::Failed(Failure { header: self.status.is_none().then_some(self.header), error }),
            None => Ending::Returned(Answer {
                header: self.header,
                status: self.status.unwrap_or(StatusCode::OK),
                body: self.body,
            }),
        }
    }
}

impl Write for BufferedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(closed) = self.exchange.check_open() {
            // Nobody will read it, and the handler may go on for long.
            self.body = Vec::new();
            return Err(closed);
        }
        self.status.get_or_insert(StatusCode::OK);
        if bytes.len() > self.limit.saturating_sub(self.body.len()) {
            let error = BufferLimitError { limit: self.limit };
            self.failure.get_or_insert_with(|| error.into());
            return Err(error.into());
        }
        self.body.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.exchange.check_open()
    }
}

impl ResponseWriter for BufferedWriter {
    fn header(&mut self) -> &mut Header {
        &mut self.header
    }

    fn write_header(&mut self, status: StatusCode) {
        self.status.get_or_insert(status);
    }

    fn fail(&mut self, error: io::Error) {
        self.failure.get_or_insert(error);
    }
}

/// A handler behind [`timeout_handler`](crate::timeout_handler) wrote more than
/// [`buffer_limit`](crate::TimeoutHandler::buffer_limit) allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferLimitError {
    /// The limit, in bytes.
    pub limit: usize,
}

impl BufferLimitError {
    /// The error inside an `io::Error`, if it is one.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref::<Self>().copied()
    }
}

impl fmt::Display for BufferLimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http: response exceeds the {} bytes that timeout_handler keeps", self.limit)
    }
}

impl std::error::Error for BufferLimitError {}

impl From<BufferLimitError> for io::Error {
    fn from(error: BufferLimitError) -> Self {
        Self::other(error)
    }
}
