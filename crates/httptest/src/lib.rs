//! Testing handlers: [`new_request`] makes a request and [`ResponseRecorder`] takes the answer, without a server;
//! [`new_test_server`] is one without ports, and [`new_server`] one with.
//!
//! Go's package `net/http/httptest`.
//!
//! ```
//! use nethttp_core::{Request, ResponseWriter, STATUS_OK, fprintf};
//! use nethttp_httptest::{new_recorder, new_request, new_test_server};
//!
//! fn hello(w: &mut dyn ResponseWriter, r: &mut Request) {
//!     fprintf!(w, "hello, {}\n", r.url.query().get("name"));
//! }
//!
//! let mut w = new_recorder();
//! hello(&mut w, &mut new_request("GET", "/?name=gopher", ()));
//! assert_eq!(w.code, STATUS_OK);
//! assert_eq!(w.body, "hello, gopher\n");
//!
//! let server = new_test_server(hello);
//! assert_eq!(server.client().get("/?name=gopher")?.read_all()?, "hello, gopher\n");
//! # Ok::<(), std::io::Error>(())
//! ```

#![forbid(unsafe_code)]
#![cfg(unix)]

mod buffer;
mod client;
mod conn;
mod recorder;
mod request;
mod response;
mod server;

pub use buffer::Buffer;
pub use client::Client;
pub use recorder::{ResponseRecorder, new_recorder};
pub use request::{DEFAULT_REMOTE_ADDR, IntoBody, new_request, new_request_with_context};
pub use response::Response;
pub use server::{Listener, Server, new_server, new_test_server, new_unstarted_server};
