//! The vocabulary of HTTP handlers: [`Handler`], [`ResponseWriter`], [`Request`], [`Header`], [`Url`], [`Body`],
//! [`Context`], with Go's `net/http` semantics.
//!
//! A handler written against this crate compiles and can be tested without a server. There are no sockets and no
//! threads here, and no mio.
//!
//! ```
//! use nethttp_core::{Request, ResponseWriter, fprintf};
//!
//! fn hello(w: &mut dyn ResponseWriter, r: &mut Request) {
//!     w.header().set("Content-Type", "text/plain; charset=utf-8");
//!     fprintf!(w, "hello, {}\n", r.path_value("name"));
//! }
//! ```

#![forbid(unsafe_code)]

mod body;
mod conn;
mod context;
mod error;
mod handler;
mod header;
pub mod io;
mod local_addr;
#[doc(hidden)]
pub mod print;
mod reply;
mod request;
mod route;
mod schedule;
mod status;
mod text;
mod time;
mod writer;

mod auth;
pub mod cookie;
#[cfg(test)]
mod fixture;
mod form;
pub mod mime;
pub mod multipart;
pub mod url;

pub use body::{Body, BodyStream, NO_BODY, TooLargeSignal, max_bytes_reader};
pub use conn::{Conn, RawConn, ReadWriter};
pub use context::{Canceler, Cause, Context, ContextError};
pub use cookie::{
    Cookie, SAME_SITE_DEFAULT_MODE, SAME_SITE_LAX_MODE, SAME_SITE_NONE_MODE, SAME_SITE_STRICT_MODE, SameSite,
    parse_cookie, parse_set_cookie, set_cookie,
};
pub use error::*;
pub use handler::{
    AbortHandler, Handler, HandlerFunc, Outcome, abort_handler, default_handler, handler_func, set_default_handler,
};
pub use header::{Header, Values as HeaderValues};
pub use http::{Method, StatusCode};
pub use local_addr::{ContextKey, LOCAL_ADDR_CONTEXT_KEY, LocalAddr, Origin};
pub use nethttp_grammar::canonical::canonical_header_key;
pub use nethttp_grammar::sniff::detect_content_type;
pub use reply::{error, not_found, redirect};
pub use request::{Request, TlsState};
pub use route::PathValues;
pub use schedule::{Busy, RouteCost, RouteGuard, Schedule};
pub use status::*;
pub use text::Text;
pub use time::{TimeError, format_time, parse_time};
pub use url::{Url, Values};
pub use writer::{ResponseController, ResponseWriter, new_response_controller};
