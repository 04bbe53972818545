//! `Request`: what a client asks for. Go's `http.Request`, server side.
//!
//! A request owns its parts and may leave the handler's thread; nothing in it borrows from a connection. It keeps its
//! buffers when a server makes it new, so that serving small requests allocates nothing.

use std::fmt;

use http::Method;

use crate::context::Context;
use crate::route::PathValues;
use crate::schedule::{RouteCost, RouteGuard, Schedule};
use crate::url::{self, Url, Values};
use crate::{Body, Header, Text, form, multipart};

/// A request as the server received it.
///
/// ```
/// use nethttp_core::{Request, ResponseWriter, fprintf};
///
/// fn show(w: &mut dyn ResponseWriter, r: &mut Request) {
///     fprintf!(w, "{} {} from {}\n", r.method, r.url.path, r.remote_addr);
///     fprintf!(w, "agent: {}\n", r.header.get("User-Agent"));
/// }
/// ```
pub struct Request {
    /// The method.
    pub method: Method,
    /// The request-target, parsed: for most requests only path and query are set.
    pub url: Url,
    /// The protocol as the client named it: `HTTP/1.1`.
    pub proto: Text,
    /// The major version: 1.
    pub proto_major: i32,
    /// The minor version: 0 or 1 (or what a client of a later 1.x said).
    pub proto_minor: i32,
    /// The header fields, without `Host`.
    pub header: Header,
    /// The body; [`Body::none`] when there is none.
    pub body: Body,
    /// The announced length of the body in bytes; -1 when unknown (chunked).
    pub content_length: i64,
    /// The transfer codings: `chunked` or nothing.
    pub transfer_encoding: Vec<Text>,
    /// Whether the client asked for the connection to be closed after the answer.
    pub close: bool,
    /// The host asked for: that of an absolute target, else the `Host` field. May carry a port.
    pub host: Text,
    /// Query and body parameters, after `parse_form`.
    pub form: Values,
    /// Body parameters, after `parse_form`.
    pub post_form: Values,
    /// Parts and files, after `parse_multipart_form`.
    pub multipart_form: Option<multipart::Form>,
    /// The client's address as `ip:port`; `@` for an unnamed Unix socket.
    pub remote_addr: Text,
    /// The request-target as it came.
    pub request_uri: Text,
    /// What is known of the connection's encryption; `None` without any. This workspace's server speaks no TLS, so that
    /// only who stands before it or a test sets this. Go's `Request.TLS`.
    pub tls: Option<TlsState>,
    /// The pattern of the mux that matched; empty before.
    pub pattern: Text,
    pub(crate) form_state: form::State,
    path_values: PathValues,
    /// The last `Host` that was assigned. The next one is often the same, and then need not be looked at again.
    last_host: Text,
    trailer: Header,
    context: Option<Context>,
    schedule: Option<&'static dyn Schedule>,
}

impl Request {
    /// A `GET /` of HTTP/1.1 without anything else.
    #[must_use]
    pub fn new() -> Self {
        Self {
            method: Method::GET,
            url: Url::default(),
            proto: Text::from_static("HTTP/1.1"),
            proto_major: 1,
            proto_minor: 1,
            header: Header::new(),
            body: Body::none(),
            content_length: 0,
            transfer_encoding: Vec::new(),
            close: false,
            host: Text::EMPTY,
            form: Values::default(),
            post_form: Values::default(),
            multipart_form: None,
            remote_addr: Text::EMPTY,
            request_uri: Text::EMPTY,
            tls: None,
            pattern: Text::EMPTY,
            form_state: form::State::default(),
            path_values: PathValues::default(),
            last_host: Text::EMPTY,
            trailer: Header::new(),
            context: None,
            schedule: None,
        }
    }

    /// The context: it ends when the client goes away, the server closes, or the handler has returned.
    #[must_use]
    pub fn context(&self) -> Context {
        self.context.clone().unwrap_or_default()
    }

    /// A copy of the request with another context; the body is shared. Go's `Request.WithContext`.
    #[must_use]
    pub fn with_context(&self, context: Context) -> Self {
        Self {
            method: self.method.clone(),
            url: self.url.clone(),
            proto: self.proto.clone(),
            proto_major: self.proto_major,
            proto_minor: self.proto_minor,
            header: self.header.clone(),
            body: self.body.clone(),
            content_length: self.content_length,
            transfer_encoding: self.transfer_encoding.clone(),
            close: self.close,
            host: self.host.clone(),
            form: self.form.clone(),
            post_form: self.post_form.clone(),
            multipart_form: self.multipart_form.clone(),
            remote_addr: self.remote_addr.clone(),
            request_uri: self.request_uri.clone(),
            tls: self.tls.clone(),
            pattern: self.pattern.clone(),
            form_state: self.form_state.clone(),
            path_values: self.path_values.clone(),
            last_host: Text::EMPTY,
            trailer: self.trailer.clone(),
            context: Some(context),
            schedule: self.schedule,
        }
    }

    /// The trailer fields. Before the end of the body has been read: the announced names, without values; after it, those
    /// that came. Go's `Request.Trailer`.
    #[must_use]
    pub fn trailer(&mut self) -> &Header {
        if let Some(received) = self.body.take_trailer() {
            for name in received.names() {
                self.trailer.del_raw(name);
                for value in received.values_raw(name) {
                    self.trailer.append_raw(name, value);
                }
            }
        }
        &self.trailer
    }

    /// Sets the announced trailer. For servers.
    #[doc(hidden)]
    pub fn announce_trailer(&mut self, name: &str) {
        self.trailer.suppress(name);
    }

    /// The value that the matched pattern's wildcard `name` stands for; empty when there is none.
    /// Go's `Request.PathValue`.
    #[must_use]
    pub fn path_value(&self, name: &str) -> &Text {
        self.path_values.get(name)
    }

    /// Sets what [`path_value`](Self::path_value) gives for `name`. Go's `Request.SetPathValue`.
    pub fn set_path_value(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.path_values.set(name, value.as_ref());
    }

    /// The URL, and the path values that are parts of it. For muxes.
    #[doc(hidden)]
    pub const fn url_and_path_values(&mut self) -> (&Url, &mut PathValues) {
        (&self.url, &mut self.path_values)
    }

    /// Whether the protocol is at least this version. Go's `Request.ProtoAtLeast`.
    #[must_use]
    pub const fn proto_at_least(&self, major: i32, minor: i32) -> bool {
        self.proto_major > major || self.proto_major == major && self.proto_minor >= minor
    }

    /// The `User-Agent` field. Go's `Request.UserAgent`.
    #[must_use]
    pub fn user_agent(&self) -> &Text {
        self.header.get("User-Agent")
    }

    /// The `Referer` field. Go's `Request.Referer`.
    #[must_use]
    pub fn referer(&self) -> &Text {
        self.header.get("Referer")
    }

    /// Says that the call belongs to the route of `cost` until the guard is dropped. For muxes; does nothing outside a
    /// server.
    pub fn enter_route<'c>(&self, cost: &'c RouteCost) -> RouteGuard<'c> {
        if let Some(schedule) = self.schedule {
            schedule.enter_route(cost);
        }
        RouteGuard { schedule: self.schedule, cost }
    }

    /// The hook to whoever runs this request, if somebody does.
    #[must_use]
    pub fn schedule(&self) -> Option<&'static dyn Schedule> {
        self.schedule
    }

    /// Sets `url` and `request_uri` from a request-target, by the rules for the method that has been set: `CONNECT` names
    /// a host and port instead of a URL. Go's `readRequest`.
    ///
    /// # Errors
    ///
    /// The target is none.
    #[doc(hidden)]
    pub fn assign_target(&mut self, target: &[u8]) -> Result<(), url::Error> {
        self.request_uri.assign(target);
        if self.method == Method::CONNECT && target.first() != Some(&b'/') {
            let whole = [b"http://", target].concat();
            self.url.assign_request_uri(&whole)?;
            self.url.scheme.clear();
            return Ok(());
        }
        self.url.assign_request_uri(target)
    }

    /// As [`assign_target`](Self::assign_target), for text, in a request that is new or was [`reset`](Self::reset).
    ///
    /// # Errors
    ///
    /// As there.
    #[doc(hidden)]
    pub fn assign_target_text(&mut self, target: &str) -> Result<(), url::Error> {
        if self.method != Method::CONNECT && self.url.read_plain_target(target) {
            self.request_uri.assign_str(target);
            return Ok(());
        }
        self.assign_target(target.as_bytes())
    }

    /// Sets `host` from a `Host` field that may stand in a request, and so is ASCII.
    #[doc(hidden)]
    pub fn assign_host(&mut self, host: &[u8]) {
        self.last_host.assign(host);
        debug_assert!(self.last_host.is_ascii(), "such a field is refused");
        self.host.assign_str(&self.last_host);
    }

    /// Puts the request under a server's care.
    #[doc(hidden)]
    pub fn attach(&mut self, schedule: Option<&'static dyn Schedule>, context: &Context) {
        self.schedule = schedule;
        if !self.carries(context) {
            self.context = Some(context.clone());
        }
    }

    /// Whether this context is the request's.
    #[doc(hidden)]
    #[must_use]
    pub fn carries(&self, context: &Context) -> bool {
        self.context.as_ref().is_some_and(|own| own.is_same(context))
    }

    /// As [`reset`](Self::reset), but the request goes on carrying `context` if it does: counting handles is not for free.
    #[doc(hidden)]
    pub fn reset_within(&mut self, context: &Context) {
        let kept = self.context.take().filter(|own| own.is_same(context));
        self.reset();
        self.context = kept;
    }

    /// Makes the request new and keeps its buffers.
    #[doc(hidden)]
    pub fn reset(&mut self) {
        self.method = Method::GET;
        self.url.clear();
        self.header.clear();
        self.body = Body::none();
        self.content_length = 0;
        self.transfer_encoding.clear();
        self.close = false;
        self.host.clear();
        // Trees are not dropped for nothing, for most requests have no form.
        if !(self.form.is_empty() && self.post_form.is_empty() && self.multipart_form.is_none()) {
            self.form = Values::default();
            self.post_form = Values::default();
            self.multipart_form = None;
        }
        self.remote_addr.clear();
        self.request_uri.clear();
        self.tls = None;
        self.pattern.clear();
        self.form_state = form::State::default();
        self.path_values.clear();
        self.trailer.clear();
        self.context = None;
    }
}

/// What is known of the encryption of a connection. Go's `tls.ConnectionState`, of which servers rarely look at more than
/// whether it is there.
///
/// ```
/// use nethttp_core::Request;
///
/// fn scheme(r: &Request) -> &'static str {
///     if r.tls.is_some() { "https" } else { "http" }
/// }
/// assert_eq!(scheme(&Request::new()), "http");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsState {
    /// The host that the client named when it connected; empty when it named none.
    pub server_name: Text,
}

impl Default for Request {
    fn default() -> Self {
        Self::new()
    }
}

/// Go's `Request.Clone` with the same context.
impl Clone for Request {
    fn clone(&self) -> Self {
        self.with_context(self.context())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("request_uri", &self.request_uri)
            .field("proto", &self.proto)
            .field("host", &self.host)
            .field("header", &self.header)
            .field("content_length", &self.content_length)
            .field("remote_addr", &self.remote_addr)
            .field("pattern", &self.pattern)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn is_portable<T: Send + 'static>() {}

    #[test]
    fn a_request_may_leave_its_thread() {
        is_portable::<Request>();
    }

    #[test]
    fn a_copy_shares_the_body_and_not_the_parts() {
        use std::io::Read;
        let mut request = Request::new();
        request.body = Body::from("ab");
        let mut copy = request.clone();
        copy.header.set("X", "1");
        let mut byte = [0];
        copy.body.read_exact(&mut byte).unwrap();
        request.body.read_exact(&mut byte).unwrap();
        assert_eq!(byte, *b"b");
        assert!(request.header.is_empty());
    }

    #[test]
    fn nothing_of_a_request_is_left_after_a_reset() {
        let mut request = Request::new();
        request.method = Method::POST;
        request.url = url::parse("http://user@a.test/b%2Fc?d#e%2Ff").unwrap();
        request.url.opaque.assign("opaque");
        (request.url.omit_host, request.url.force_query) = (true, true);
        request.header.set("X-A", "1");
        request.assign_host(b"a.test");
        request.remote_addr.assign("192.0.2.1:1");
        request.request_uri.assign(b"/b%2Fc?d");
        request.pattern.assign("/{x}");
        request.set_path_value("x", "1");
        request.announce_trailer("X-B");
        request.transfer_encoding.push("chunked".into());
        request.reset();
        assert_eq!(request.method, Method::GET);
        assert_eq!(request.url, Url::default());
        assert!(request.header.is_empty() && request.trailer().is_empty() && request.transfer_encoding.is_empty());
        for text in [&request.host, &request.remote_addr, &request.request_uri, &request.pattern] {
            assert_eq!(*text, "");
        }
        assert_eq!(request.path_value("x"), "");

        request.assign_target_text("/f").unwrap();
        assert_eq!(request.url, Url { path: "/f".into(), ..Url::default() });
        // A target that is none leaves nothing either that the next one would be mixed with.
        request.reset();
        assert!(request.assign_target_text("/g?\x7f").is_err());
        request.reset();
        request.assign_target_text("/h?").unwrap();
        assert_eq!(request.url, Url { path: "/h".into(), force_query: true, ..Url::default() });
    }

    #[test]
    fn versions_compare_by_both_numbers() {
        // pitfall D3
        let mut request = Request::new();
        for (major, minor, at_least_11, at_least_10) in
            [(1, 1, true, true), (1, 0, false, true), (1, 2, true, true), (0, 9, false, false), (2, 0, true, true)]
        {
            (request.proto_major, request.proto_minor) = (major, minor);
            assert_eq!(request.proto_at_least(1, 1), at_least_11);
            assert_eq!(request.proto_at_least(1, 0), at_least_10);
        }
    }
}
