//! `InnerRequest`: a request lent to an inner handler with parts of it changed.
//!
//! Go's wrapping handlers pass a shallow copy on, so that what an inner handler or mux puts into it stays inside. Here
//! the request itself goes on, for a copy costs an allocation for each field of the header; when the inner handler is
//! done, be it by a panic, the outer one has its own URL, body and pattern again.
//!
//! Differences: parsed forms and path values that were set inside can be seen outside.

use nethttp_core::url::Url;
use nethttp_core::{Body, Request, Text};

/// A request that gets URL, body and pattern back when this is dropped.
pub(crate) struct InnerRequest<'r> {
    request: &'r mut Request,
    url: Option<Url>,
    body: Option<Body>,
    pattern: Text,
}

impl<'r> InnerRequest<'r> {
    /// `request` with another URL.
    pub(crate) fn with_url(request: &'r mut Request, url: Url) -> Self {
        let pattern = request.pattern.clone();
        let url = Some(std::mem::replace(&mut request.url, url));
        Self { request, url, body: None, pattern }
    }

    /// `request` with another body.
    pub(crate) fn with_body(request: &'r mut Request, body: Body) -> Self {
        let pattern = request.pattern.clone();
        let body = Some(std::mem::replace(&mut request.body, body));
        Self { request, url: None, body, pattern }
    }

    /// The request for the inner handler.
    pub(crate) const fn request(&mut self) -> &mut Request {
        self.request
    }
}

impl Drop for InnerRequest<'_> {
    fn drop(&mut self) {
        if let Some(url) = self.url.take() {
            self.request.url = url;
        }
        if let Some(body) = self.body.take() {
            self.request.body = body;
        }
        self.request.pattern = std::mem::take(&mut self.pattern);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use nethttp_httptest::new_request;

    use super::*;

    #[test]
    fn the_outer_request_is_whole_again_also_after_a_panic() {
        let mut request = new_request("POST", "/a?b", "body");
        request.pattern = "/a".into();
        let inside = |request: &mut Request| {
            let mut inner = InnerRequest::with_url(request, Url::default());
            inner.request().url.path = "/other".into();
            inner.request().pattern = "/inner".into();
            let mut inner = InnerRequest::with_body(inner.request(), Body::none());
            assert!(inner.request().body.is_none());
            panic!("inside");
        };
        assert!(catch_unwind(AssertUnwindSafe(|| inside(&mut request))).is_err());
        assert_eq!((&*request.url.to_string(), &*request.pattern), ("/a?b", "/a"));
        assert_eq!(nethttp_core::io::read_all(&mut request.body).0, b"body");
    }
}
