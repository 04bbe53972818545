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
//! This crate holds no logic: it re-exports the crates of the workspace under Go's names. Each of them can be used by
//! itself.

#![forbid(unsafe_code)]

pub use nethttp_core::*;
pub use nethttp_core::{fprintf, fprintln};
pub use nethttp_fs::*;
pub use nethttp_gzip::*;
pub use nethttp_handlers::*;
pub use nethttp_httptest as httptest;
pub use nethttp_httputil as httputil;
pub use nethttp_mux::*;
pub use nethttp_server::*;

/// The README's program is compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
