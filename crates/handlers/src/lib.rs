//! Ready-made handlers, most of which wrap another one.
//!
//! | handler | what it does |
//! |---|---|
//! | [`not_found_handler`] | answers 404 |
//! | [`redirect_handler`] | redirects to one URL |
//! | [`strip_prefix`] | takes a prefix off the path |
//! | [`timeout_handler`] | answers 503 where the inner handler takes too long |
//! | [`max_bytes_handler`] | limits the request body |
//! | [`allow_query_semicolons`] | reads `;` in a query as `&` |
//! | [`CrossOriginProtection`] | refuses requests that another site's page made |
//!
//! All are those of Go's `net/http`. What they need of a connection is on the request and on the response writer; none
//! sees a socket.

#![forbid(unsafe_code)]

mod cross_origin;
mod inner_request;
mod max_bytes;
mod not_found;
mod query_semicolons;
mod redirect;
mod strip_prefix;
mod timeout;

pub use cross_origin::{CrossOriginError, CrossOriginProtection, OriginError, new_cross_origin_protection};
pub use max_bytes::max_bytes_handler;
pub use not_found::not_found_handler;
pub use query_semicolons::allow_query_semicolons;
pub use redirect::redirect_handler;
pub use strip_prefix::strip_prefix;
pub use timeout::{BufferLimitError, DEFAULT_BUFFER_LIMIT, TimeoutHandler, timeout_handler};
