//! Testing handlers without a network: [`new_request`] makes a request, [`ResponseRecorder`] takes the answer.
//!
//! Go's package `net/http/httptest`.
//!
//! ```
//! use nethttp_core::{Request, ResponseWriter, STATUS_OK, fprintf};
//! use nethttp_httptest::{new_recorder, new_request};
//!
//! fn hello(w: &mut dyn ResponseWriter, r: &mut Request) {
//!     fprintf!(w, "hello, {}\n", r.url.query().get("name"));
//! }
//!
//! let mut w = new_recorder();
//! hello(&mut w, &mut new_request("GET", "/?name=gopher", ()));
//! assert_eq!(w.code, STATUS_OK);
//! assert_eq!(w.body, "hello, gopher\n");
//! ```

#![forbid(unsafe_code)]

mod buffer;
mod recorder;
mod request;
mod response;

pub use buffer::Buffer;
pub use recorder::{ResponseRecorder, new_recorder};
pub use request::{DEFAULT_REMOTE_ADDR, IntoBody, new_request, new_request_with_context};
pub use response::Response;
