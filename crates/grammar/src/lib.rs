//! Text rules of HTTP and URLs as pure functions over bytes.
//!
//! Sets of bytes, tokens and lists, header spelling, dates, escapes, paths, queries, hosts, entity tags, ranges, weights, media types,
//! content sniffing, cookies. The crate knows no connection and no handler: no I/O, no clock, no threads, no unsafe
//! code. Text from a peer comes in as `&[u8]`, since it need not be UTF-8; no input makes a function panic, and what is
//! allocated is bounded by the input.
//!
//! The answers are those of Go's `net/http`, `net/url` and `mime`; where a function differs on purpose its module says
//! so.
#![forbid(unsafe_code)]

pub mod byte_set;
pub mod canonical;
pub mod cookie;
pub mod date;
pub mod escape;
pub mod etag;
pub mod host;
pub mod html;
pub mod media_type;
pub mod path;
pub mod quality;
pub mod query;
pub mod quote;
pub mod range;
pub mod sniff;
pub mod token;
pub mod version;
