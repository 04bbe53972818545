//! Writing the header: facts are gathered, the plan is made, the lines are put out in Go's order.

use std::io;

use nethttp_core::Header;
use nethttp_grammar::sniff::detect_content_type;
use nethttp_h1::plan::{FieldFacts, Plan, RequestBody, ResponseFacts};
use nethttp_h1::trailer::{TRAILER_PREFIX, announced};
use nethttp_h1::{encode, plan};

use super::answer::{Answer, put};
use crate::conn::body_side::BodySide;
use crate::conn::wire::Wire;
use crate::date_cache;

impl Answer {
    /// Decides how the answer goes out and writes its header; `payload` is what is handed over with it, and put behind it
    /// if it `is_sent`. Says whether enough has gathered to be sent.
    pub(super) fn commit(&mut self, wire: &mut Wire, payload: &[u8], is_sent: bool) -> io::Result<bool> {
        let facts = self.facts(&wire.body, payload.len());
        let plan = *self.plan.insert(plan::plan(&facts));
        // From here on the body is closed to the handler, as far as it has been skipped for the header's sake.
        if matches!(facts.request_body, RequestBody::Ended | RequestBody::Abandoned)
            && plan::must_drain_first(&ResponseFacts { request_body: RequestBody::Open(None), ..facts })
        {
            wire.body.close();
        }
        let out = wire.output.bytes();
        let before = out.len();
        encode::status_line(out, self.request.is_11, self.status);
        write_fields(out, self.sent_header(), &plan);
        let content_type = if plan.added.content_type { detect_content_type(payload) } else { "" };
        encode::additions(out, &plan.added, &date_cache::now(), content_type.as_bytes());
        out.extend_from_slice(b"\r\n");
        let header = out.len() - before;
        wire.output.gather_pieces(header);
        self.was_large |= header > ORDINARY_HEADER;
        let outcome = if is_sent { put(wire, &plan, payload, self.request.is_head) } else { Ok(false) };
        if facts.fields.has_trailers {
            self.trailers = self.announced_trailers();
        }
        outcome
    }

    /// Everything that the plan depends on.
    #[inline]
    pub(super) fn facts(&self, body: &BodySide, first_bytes: usize) -> ResponseFacts {
        let mut facts = ResponseFacts {
            request: self.request,
            fields: FieldFacts::default(),
            status: self.status,
            is_handler_done: self.is_done,
            first_bytes,
            declared_length: self.declared,
            is_keep_alive_enabled: self.core.keeps_alive(),
            is_closing: self.is_closing || self.is_too_large() || body.is_withheld(),
            is_expecting: body.expects_continue && body.remains(),
            is_full_duplex: self.is_full_duplex,
            request_body: body.progress(),
        };
        for (name, value) in self.sent_header().unsorted() {
            facts.fields.note(name.as_bytes(), value.map(|value| value.as_bytes()));
        }
        facts
    }

    /// The header as it was when it was written.
    fn sent_header(&self) -> &Header {
        self.frozen.as_ref().unwrap_or(&self.header)
    }

    fn announced_trailers(&self) -> Vec<String> {
        let mut names = Vec::new();
        for value in self.sent_header().values_raw("Trailer") {
            names.extend(announced(value.as_bytes()).map(std::borrow::Cow::into_owned));
        }
        names
    }

    /// The end of a chunked answer: trailers that were announced, and those under Go's prefix, as the header has them now.
    pub(super) fn write_last_chunk(&self, wire: &mut Wire) {
        let mut trailers = Header::new();
        for (name, value) in self.header.unsorted() {
            if let (Some(name), Some(value)) = (name.strip_prefix(TRAILER_PREFIX), value) {
                trailers.append_raw(name, value);
            }
        }
        for name in &self.trailers {
            for value in self.header.values_raw(name) {
                trailers.add(name, value);
            }
        }
        let fields = trailers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        encode::last_chunk(wire.output.bytes(), fields);
    }
}

/// The handler's fields, sorted by name, but for those that the plan drops and those that are trailers.
fn write_fields(out: &mut Vec<u8>, header: &Header, plan: &Plan) {
    for (name, is_common, value) in header.lines() {
        if plan.dropped.contains(name.as_bytes()) {
            continue;
        }
        if is_common {
            encode::field_line(out, name.as_bytes(), value.as_bytes());
        } else if !name.starts_with(TRAILER_PREFIX) {
            encode::field(out, name.as_bytes(), value.as_bytes());
        }
    }
}

/// A larger header, in bytes, leaves no buffers behind: it may hold what a client has sent.
const ORDINARY_HEADER: usize = 8 * 1024;
