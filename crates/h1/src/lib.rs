//! HTTP/1.x as pure state machines: bytes in, events and bytes out.
//!
//! The crate does no I/O, reads no clock and starts no thread; a server hands it what a socket gave and writes what
//! it answers. Nothing a peer sends makes it panic, and everything it keeps has a bound in [`limits`].
//!
//! A request is read in three steps, in this order, which is also the order in which Go's server finds faults:
//!
//! 1. [`head::HeadScanner`] finds the end of the head and [`head::parse_head`] splits it (or
//!    [`head::HeadScanner::read`] does both at once);
//! 2. the caller parses the target as a URL and reports [`error::HeadError::InvalidTarget`] when that fails;
//! 3. [`framing::examine`] decides what the message is: body, persistence, expectation, host.
//!
//! Then [`body::BodyDecoder`] turns the bytes behind the head into payload. For the answer, [`plan::must_drain_first`]
//! tells whether the rest of the request is to be read before the header goes out, [`plan::plan`] decides framing,
//! added and dropped fields, and [`encode`] writes bytes.
//!
//! The answers are those of Go's `net/http` server (`server.go`, `transfer.go`, `request.go`, `net/textproto`,
//! `internal/chunked.go`), except where its laxness lets one byte stream be read as two: such faults are marked
//! ([`error::HeadError::is_strict_only`], [`body::BodyError::is_strict_only`]).
#![forbid(unsafe_code)]

pub mod body;
pub mod encode;
pub mod error;
pub mod framing;
pub mod head;
pub mod limits;
pub mod plan;
pub mod status;
pub mod trailer;

mod chunked;
mod connection;
mod extension;
mod line;

#[cfg(test)]
mod recorded;

pub use body::{BodyDecoder, BodyError, BodyKind, BodyStep};
pub use error::{ErrorResponse, HeadError};
pub use framing::{Expect, MessageFacts, Refusal, examine};
pub use head::{Field, FieldScratch, HeadScanner, RequestHead, parse_head};
pub use limits::Limits;
pub use plan::{Plan, ResponseFacts};
