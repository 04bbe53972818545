//! A request is made of the head that has been read, and the exchange made ready for its handler.

use std::mem;
use std::sync::{Arc, Mutex};

use http::Method;
use mio::Token;
use nethttp_core::{Body, Context, Header, Request, Text};
use nethttp_h1::plan::RequestFacts;
use nethttp_h1::{BodyKind, Expect, HeadError, MessageFacts, Refusal, RequestHead, examine};

use super::{Exchange, Stage};
use crate::conn::request_body::RequestBody;
use crate::conn::socket::Socket;
use crate::conn::wire;
use crate::engine::current;

impl Exchange {
    /// Fills the exchange from a head of `size` bytes. `Some`: an answer that is given without a handler.
    pub(crate) fn prepare(
        &mut self,
        head: &RequestHead<'_>,
        size: usize,
        socket: &Arc<Socket>,
        base: Option<&Context>,
        token: Token,
    ) -> Result<Option<Refusal>, HeadError> {
        (self.is_done, self.is_clean) = (false, false);
        self.was_large |= size > ORDINARY_HEAD;
        let request = &mut self.request;
        request.method = Method::from_bytes(head.method).map_err(|_| HeadError::InvalidMethod)?;
        request.assign_target_text(head.target).map_err(|_| HeadError::InvalidTarget)?;
        let facts = examine(head)?;
        if facts.refusal.is_some() {
            return Ok(facts.refusal);
        }
        set_version(request, head.version);
        if request.url.host.is_empty() {
            request.assign_host(facts.host.unwrap_or_default());
        } else {
            let host = std::mem::take(&mut request.url.host);
            request.host.assign(&host);
            request.url.host = host;
        }
        take_fields(&mut request.header, head, &facts);
        if facts.adds_no_cache {
            request.header.set("Cache-Control", "no-cache");
        }
        if facts.has_trailers {
            for name in head.announced_trailers() {
                request.announce_trailer(&String::from_utf8_lossy(name));
            }
        }
        request.close = facts.close;
        request.remote_addr.assign_str(socket.remote_addr());
        self.renew_context(socket, base);
        self.begin(head, &facts, token);
        Ok(None)
    }

    /// A context for the next request: that of the last one, if nobody else holds it.
    fn renew_context(&mut self, socket: &Arc<Socket>, base: Option<&Context>) {
        if self.is_watched {
            // In a batch: the connection has a handle of this one, which was fit for another request a moment ago. Should
            // it have ended since, the client has gone.
            return;
        }
        // That of a connection's own context goes with it, and not to another connection.
        let had_base = mem::replace(&mut self.has_base, base.is_some());
        if let Some(base) = base {
            self.watch = None;
            self.context = base.with_origin(Arc::<Socket>::downgrade(socket));
            return;
        }
        if had_base || !self.context.renew(self.holders()) {
            self.watch = None;
            self.context = Context::with_values_of(&self.core.base);
            self.origin = 0;
        }
        let origin = Arc::as_ptr(socket).addr();
        if self.origin != origin {
            self.origin = origin;
            self.context.set_origin(Arc::<Socket>::downgrade(socket));
        }
    }

    /// How many handles of the context are known of.
    pub(super) fn holders(&self) -> usize {
        1 + usize::from(self.is_watched || self.watch.is_some()) + usize::from(self.request.carries(&self.context))
    }

    fn begin(&mut self, head: &RequestHead<'_>, facts: &MessageFacts<'_>, token: Token) {
        self.token = token;
        self.response.token = token;
        self.stage = Stage::Fresh;
        self.was_post = head.method == b"POST";
        self.client_closes = facts.close;
        self.is_cut = false;
        self.response.answer.request = RequestFacts::new(head, facts);
        self.request.attach(Some(&current::SCHEDULE), &self.context);
        let expects_continue = facts.expect == Expect::Continue;
        let content_length = facts.content_length();
        self.request.content_length = content_length;
        self.awaitable_body = 0;
        self.response.may_await_continue = expects_continue;
        self.response.has_body = facts.body != BodyKind::None;
        if self.response.has_body {
            let mut wire = wire::lock(&self.response.wire);
            wire.body.begin(facts.body, &self.core.config.limits, expects_continue);
            wire.body.is_last = facts.close;
            drop(wire);
            self.request.body =
                Body::shared(Arc::new(Mutex::new(RequestBody { wire: Arc::clone(&self.response.wire) })));
            if content_length < 0 {
                self.request.transfer_encoding.push(Text::from_static("chunked"));
            } else if !expects_continue && content_length.unsigned_abs() <= AWAITABLE {
                self.awaitable_body = usize::try_from(content_length).unwrap_or(0);
            }
        }
    }
}

/// Copies what a handler may see of the fields.
// Not inlined, so that what it needs stays in registers.
#[inline(never)]
fn take_fields(header: &mut Header, head: &RequestHead<'_>, facts: &MessageFacts<'_>) {
    for field in head.fields().filter(|field| !facts.hides(field.name)) {
        match head.text_of(field.value) {
            Some(value) => header.push_wire_text(field.name, value),
            None => header.push_wire(field.name.as_bytes(), field.value),
        }
    }
}

fn set_version(request: &mut Request, (major, minor): (u8, u8)) {
    request.proto_major = major.into();
    request.proto_minor = minor.into();
    match (major, minor) {
        (1, 1) => request.proto = Text::from_static("HTTP/1.1"),
        (1, 0) => request.proto = Text::from_static("HTTP/1.0"),
        _ => request.proto.assign(format!("HTTP/{major}.{minor}")),
    }
}

/// A body of this size is awaited by the loop before the handler is called, unless the client waits for `100 Continue`.
const AWAITABLE: u64 = 64 * 1024;

/// A larger head leaves no buffers behind. As many exchanges are pooled as calls have been made at once, and each of their
/// buffers grows to the largest part that it has held.
const ORDINARY_HEAD: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use nethttp_core::ContextError;
    use nethttp_h1::{FieldScratch, Limits, parse_head};

    use super::*;
    use crate::Server;

    fn prepare(exchange: &mut Exchange, socket: &Arc<Socket>, base: Option<&Context>) {
        // As the end of a request leaves it.
        let Exchange { request, context, .. } = exchange;
        request.reset_within(context);
        let mut scratch = FieldScratch::new();
        let head = parse_head(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n", &Limits::default(), &mut scratch).unwrap();
        assert!(matches!(exchange.prepare(&head, 32, socket, base, Token(1)), Ok(None)));
    }

    fn fresh() -> (Exchange, Arc<Socket>) {
        let (ours, _) = UnixStream::pair().unwrap();
        let core = Arc::new(Server::default().core());
        (Exchange::new(&core), Arc::new(Socket::adopt(ours.into()).unwrap()))
    }

    #[test]
    fn a_context_stays_as_long_as_the_connection_watches_it() {
        let (mut exchange, socket) = fresh();
        prepare(&mut exchange, &socket, None);
        let watch = exchange.lend_watch();
        // The client goes just before the next request of a batch is prepared: its handler is to be told.
        watch.context.end(ContextError::Canceled, None);
        prepare(&mut exchange, &socket, None);
        assert!(exchange.context.is_same(&watch.context) && exchange.is_orphaned());
        exchange.return_watch(Some(watch));
        prepare(&mut exchange, &socket, None);
        assert!(!exchange.is_orphaned());
        let watch = exchange.lend_watch();
        assert!(exchange.context.is_same(&watch.context), "the one that has ended is not watched any more");
    }

    #[test]
    fn a_context_of_a_connection_s_own_is_not_used_for_another_connection() {
        let (mut exchange, socket) = fresh();
        let base = Context::background().with_value(7_u8);
        prepare(&mut exchange, &socket, Some(&base));
        assert_eq!(exchange.context.value::<u8>(), Some(&7));
        // It was never called: its client has gone.
        exchange.recycle();
        prepare(&mut exchange, &socket, None);
        assert_eq!(exchange.context.value::<u8>(), None);
        assert!(exchange.context.value::<nethttp_core::LocalAddr>().is_some(), "it knows its connection");
    }
}
