//! `new_request`: a request as a server would hand it to a handler. Go's `httptest.NewRequest`.
//!
//! Differences: the body's length is known for bytes and text of any kind; a reader is turned into a body with
//! `Body::from_reader`. A target with a line break is refused also where Go would read header fields behind it.

use nethttp_core::url::Url;
use nethttp_core::{Body, Context, Method, Request, Text, TlsState};
use nethttp_grammar::quote::quote;

#[cfg(test)]
mod tests;

/// The address that Go's recorder names as that of a client whose address is not set. Go's
/// `httptest.DefaultRemoteAddr`, which nothing uses: requests made here come from `192.0.2.1:1234`, as Go's do.
pub const DEFAULT_REMOTE_ADDR: &str = "1.2.3.4";

/// What [`new_request`] takes as a body. Go's `io.Reader`, as it is looked at there. Sealed.
///
/// `()` and [`Body::none`] stand for no body; text and bytes for one of known length; any other [`Body`] for one whose
/// length is not known (`content_length` is then -1).
pub trait IntoBody: sealed::Sealed {
    /// The body and its length in bytes, -1 where it is not known.
    #[doc(hidden)]
    fn into_body(self) -> (Body, i64);
}

mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for () {}

impl IntoBody for () {
    fn into_body(self) -> (Body, i64) {
        (Body::none(), 0)
    }
}

impl sealed::Sealed for Body {}

impl IntoBody for Body {
    fn into_body(self) -> (Body, i64) {
        let length = if self.is_none() { 0 } else { -1 };
        (self, length)
    }
}

macro_rules! known_length {
    ($($source:ty),*) => {$(
        impl sealed::Sealed for $source {}

        impl IntoBody for $source {
            fn into_body(self) -> (Body, i64) {
                let bytes: Vec<u8> = self.into();
                let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
                (Body::from(bytes), length)
            }
        }
    )*};
}

known_length!(&str, String, &[u8], Vec<u8>);

impl<const LENGTH: usize> sealed::Sealed for &[u8; LENGTH] {}

impl<const LENGTH: usize> IntoBody for &[u8; LENGTH] {
    fn into_body(self) -> (Body, i64) {
        self.as_slice().into_body()
    }
}

/// A request as a server would hand it to a handler. Go's `httptest.NewRequest`.
///
/// `target` is what stands in the request line: a path, or an absolute URL, whose host then is the request's (else it
/// is `example.com`). An empty method means GET.
///
/// ```
/// use nethttp_core::{Body, METHOD_POST};
/// use nethttp_httptest::new_request;
///
/// let r = new_request("GET", "http://a.test/search?q=go", ());
/// assert_eq!((&*r.host, &*r.url.path), ("a.test", "/search"));
///
/// let r = new_request(METHOD_POST, "/form", "q=go");
/// assert_eq!(r.content_length, 4);
///
/// let r = new_request("PUT", "/stream", Body::from_reader(std::io::repeat(b'x')));
/// assert_eq!(r.content_length, -1);
/// ```
///
/// # Panics
///
/// Where method or target could not stand in a request line.
pub fn new_request(method: impl AsRef<str>, target: impl AsRef<[u8]>, body: impl IntoBody) -> Request {
    new_request_with_context(Context::background(), method, target, body)
}

/// As [`new_request`], with a context. Go's `httptest.NewRequestWithContext`.
///
/// ```
/// use nethttp_core::Context;
/// use nethttp_httptest::new_request_with_context;
///
/// struct User(&'static str);
///
/// let ctx = Context::background().with_value(User("gopher"));
/// let r = new_request_with_context(ctx, "GET", "/", ());
/// assert_eq!(r.context().value::<User>().unwrap().0, "gopher");
/// ```
///
/// # Panics
///
/// As there.
pub fn new_request_with_context(
    ctx: Context,
    method: impl AsRef<str>,
    target: impl AsRef<[u8]>,
    body: impl IntoBody,
) -> Request {
    let target = target.as_ref();
    let (method, url) =
        read_line(method.as_ref(), target).unwrap_or_else(|error| panic!("invalid NewRequest arguments; {error}"));
    let mut request = Request::new().with_context(ctx);
    request.method = method;
    request.host = if url.host.as_bytes().is_empty() { Text::from_static("example.com") } else { url.host.clone() };
    if url.scheme == "https" {
        let tls = request.tls.insert(TlsState::default());
        tls.server_name = request.host.clone();
    }
    request.url = url;
    request.request_uri.assign(target);
    request.remote_addr = Text::from_static("192.0.2.1:1234");
    (request.body, request.content_length) = body.into_body();
    request
}

/// Reads method and target as a server would read them from the first line of a request.
fn read_line(method: &str, target: &[u8]) -> Result<(Method, Url), String> {
    let method = if method.is_empty() { "GET" } else { method };
    let line = [method.as_bytes(), b" ", target, b" HTTP/1.0"].concat();
    if let Some(end) = line.iter().position(|&byte| byte == b'\n') {
        return Err(format!("malformed HTTP request {}", quote(line[..end].trim_ascii_end())));
    }
    let mut fields = line.splitn(3, |&byte| byte == b' ');
    let (Some(method), Some(target), Some(version)) = (fields.next(), fields.next(), fields.next()) else {
        return Err(format!("malformed HTTP request {}", quote(&line)));
    };
    // The `http` crate takes as a method what RFC 9110 calls a token, as Go does.
    let Ok(parsed) = Method::from_bytes(method) else {
        return Err(format!("invalid method {}", quote(method)));
    };
    if version != b"HTTP/1.0" {
        return Err(format!("malformed HTTP version {}", quote(version)));
    }
    let mut url = Url::default();
    let is_authority = parsed == Method::CONNECT && !target.starts_with(b"/");
    let read = if is_authority { url.assign_authority(target) } else { url.assign_request_uri(target) };
    read.map_err(|error| error.to_string())?;
    Ok((parsed, url))
}
