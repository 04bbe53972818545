//! Go's `net/http` server side for Rust.
//!
//! Synchronous handlers, no `async`, Go's names, Go's bytes on the wire. A Go handler is ported line by line:
//!
//! ```no_run
//! use nethttp as http;
//! use http::{Request, ResponseWriter};
//!
//! fn hello(w: &mut dyn ResponseWriter, r: &mut Request) {
//!     w.header().set("Content-Type", "text/plain; charset=utf-8");
//!     http::fprintf!(w, "hello, {}\n", r.path_value("name"));
//! }
//!
//! fn main() -> std::io::Result<()> {
//!     let mux = http::ServeMux::new();
//!     mux.handle_func("GET /hello/{name}", hello);
//!     http::listen_and_serve(":8080", mux)
//! }
//! ```
//!
//! The [porting guide](porting) has every name, Go's on the left and the one here on the right, and what differs.
//!
//! This crate holds no logic: it re-exports the crates of the workspace under Go's names. Each of them can be used by
//! itself.
//!
//! # Features
//!
//! Both are on by default.
//!
//! - `gzip`: the module `gzip`, whose handler is `Gzip`.
//! - `httptest`: the module `httptest`, whose answers are `Response`s.

#![forbid(unsafe_code)]

// What handlers are written with. Among it the modules `io`, `mime`, `multipart` and `url`.
pub use nethttp_core::*;

pub use nethttp_fs::*;
pub use nethttp_handlers::*;
pub use nethttp_mux::{
    Conflict, Explanation, Miss, Pattern, PatternError, RouteInfo, ServeMux, default_serve_mux, handle, handle_func,
    new_serve_mux,
};
pub use nethttp_server::*;

/// Requests outside of a server: dumping them, and the chunked coding. Go's package `net/http/httputil`.
pub use nethttp_httputil as httputil;
pub use nethttp_httputil::{RequestError, RequestReader, read_request};

/// Routing in its parts: patterns, tables of them without handlers.
pub use nethttp_mux as mux;

#[cfg(feature = "gzip")]
pub use nethttp_gzip as gzip;
#[cfg(feature = "gzip")]
pub use nethttp_gzip::{
    BEST_COMPRESSION, BEST_SPEED, DEFAULT_COMPRESSION, EncoderPool, Gzip, GzipOptions, GzipResponseWriter,
    NO_COMPRESSION, PooledEncoder,
};

#[cfg(feature = "httptest")]
pub use nethttp_httptest as httptest;
#[cfg(feature = "httptest")]
pub use nethttp_httptest::Response;

#[cfg_attr(feature = "httptest", doc = include_str!("../PORTING.md"))]
#[cfg_attr(not(feature = "httptest"), doc = "The porting guide, whose examples need the feature `httptest`.")]
pub mod porting {}

/// The README's program is compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
