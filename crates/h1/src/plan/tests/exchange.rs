//! Whole exchanges, played with plan and encoder and compared with what a recorded server sent.

use std::collections::BTreeMap;

use nethttp_grammar::canonical::canonical_header_key;
use nethttp_grammar::quote::quote;

use super::super::*;
use crate::{encode, trailer};

/// Requests, what the handler did, and what a server sent and did with the connection.
///
/// A line has method, version, `Connection`, body and whether the server keeps connections; the handler's steps; `open`
/// or `closed`; the bytes. A body is `-` for none, a length (with `!` when it is announced and not sent), `c` for chunks,
/// `bad` for broken chunks, `x` when the client waits for 100. Runs of `f` are counted, and the date is cut out.
const RECORDED: &str = include_str!("../../../fixtures/answers.txt");

/// The size of the buffer before the header (Go's `bufferBeforeChunkingSize`).
const BUFFER: usize = 2048;

const DATE: &[u8; 29] = b"Thu, 01 Jan 1970 00:00:00 GMT";

type Header = BTreeMap<String, Vec<String>>;

/// Go's `response` and the writers below it, as far as bytes depend on them.
struct Exchange {
    request: RequestFacts,
    keeps: bool,
    body: RequestBody,
    is_body_broken: bool,
    is_body_unsent: bool,
    is_close_requested: bool,
    is_expecting: bool,
    is_closing: bool,
    is_duplex: bool,
    header: Header,
    written_header: Option<Header>,
    status: u16,
    declared: Option<u64>,
    written: u64,
    buffer: Vec<u8>,
    plan: Option<Plan>,
    is_done: bool,
    out: Vec<u8>,
}

impl Exchange {
    fn new(request: &str) -> Self {
        let mut words = request.split(' ');
        let mut word = || words.next().unwrap();
        let (method, version, connection, body, server) = (word(), word(), word(), word(), word());
        let (is_11, keep_alive_10) = (version == "1.1", version == "1.0" && connection == "keep-alive");
        Self {
            request: RequestFacts {
                is_head: method == "HEAD",
                is_connect: method == "CONNECT",
                is_11,
                keep_alive_10,
                wants_close: connection == "close" || !is_11 && !keep_alive_10,
            },
            keeps: server == "on",
            body: match body {
                "-" => RequestBody::Absent,
                "c" | "bad" => RequestBody::Open(None),
                "x" => RequestBody::Open(Some(5)),
                length => RequestBody::Open(Some(length.trim_end_matches('!').parse().unwrap())),
            },
            is_body_broken: body == "bad",
            is_body_unsent: body == "x" || body.ends_with('!'),
            is_close_requested: connection == "close" || !is_11 && !keep_alive_10,
            is_expecting: body == "x" && is_11,
            is_closing: false,
            is_duplex: false,
            header: Header::new(),
            written_header: None,
            status: 0,
            declared: None,
            written: 0,
            buffer: Vec::new(),
            plan: None,
            is_done: false,
            out: Vec::new(),
        }
    }

    fn step(&mut self, step: &str) {
        let (name, argument) = step.split_once(' ').unwrap_or((step, ""));
        let (key, value) = argument.split_once(' ').unwrap_or((argument, ""));
        let canonical = canonical_header_key(key).into_owned();
        match name {
            "" => {}
            "set" => drop(self.header.insert(canonical, vec![value.into()])),
            "add" => self.header.entry(canonical).or_default().push(value.into()),
            "raw" => self.header.entry(key.into()).or_default().push(value.into()),
            "del" => drop(self.header.remove(&canonical)),
            "nil" => drop(self.header.insert(argument.into(), Vec::new())),
            "status" => self.write_header(argument.parse().unwrap()),
            "write" => self.write(argument.as_bytes()),
            "fill" => self.write(&vec![b'f'; argument.parse().unwrap()]),
            "flush" => self.flush(),
            "read" => self.drain(),
            "read1" => {
                if let RequestBody::Open(Some(left)) = &mut self.body {
                    *left -= 1;
                }
            }
            "close" if self.is_expecting => self.is_closing = true,
            "close" => self.drain(),
            "duplex" => self.is_duplex = true,
            _ => panic!("{step}"),
        }
    }

    /// Reads the request body to its end, as far as it goes.
    fn drain(&mut self) {
        self.body = match self.body {
            RequestBody::Absent => RequestBody::Absent,
            RequestBody::Ended => RequestBody::Ended,
            _ if self.is_body_broken => RequestBody::Abandoned,
            RequestBody::Open(left) if left.unwrap_or_default() <= MAX_DRAIN => RequestBody::Ended,
            _ => RequestBody::Abandoned,
        };
    }

    fn write_header(&mut self, status: u16) {
        if self.written_header.is_some() {
            return;
        }
        if status >= 200 {
            self.is_closing |= self.is_expecting;
        }
        if (100..200).contains(&status) && status != 101 {
            let fields = self.header.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
            let fields = fields.map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            encode::informational(&mut self.out, self.request.is_11, status, fields);
            return;
        }
        self.status = status;
        self.written_header = Some(self.header.clone());
        if let Some(value) = self.header.get("Content-Length").and_then(|values| values.first())
            && !value.is_empty()
        {
            self.declared = declared_length(value.as_bytes());
            if self.declared.is_none() {
                self.header.remove("Content-Length");
            }
        }
    }

    fn write(&mut self, payload: &[u8]) {
        self.write_header(200);
        if payload.is_empty() || !is_body_allowed(self.status) {
            return;
        }
        self.written += payload.len() as u64;
        if self.declared.is_some_and(|declared| self.written > declared) {
            return;
        }
        let mut rest = payload;
        while rest.len() > BUFFER - self.buffer.len() {
            if self.buffer.is_empty() {
                self.hand_over(rest);
                rest = &[];
            } else {
                let (now, later) = rest.split_at(BUFFER - self.buffer.len());
                self.buffer.extend_from_slice(now);
                self.flush_buffer();
                rest = later;
            }
        }
        self.buffer.extend_from_slice(rest);
    }

    fn flush(&mut self) {
        self.write_header(200);
        self.flush_buffer();
        self.send_header(0);
    }

    fn flush_buffer(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        if !buffer.is_empty() {
            self.hand_over(&buffer);
        }
    }

    fn hand_over(&mut self, payload: &[u8]) {
        self.send_header(payload.len());
        match self.plan.unwrap().body {
            OutFraming::NoBody => {}
            OutFraming::Chunked => encode::chunk(&mut self.out, payload),
            OutFraming::Length(_) | OutFraming::UntilClose => self.out.extend_from_slice(payload),
        }
    }

    fn send_header(&mut self, first_bytes: usize) {
        if self.plan.is_some() {
            return;
        }
        let header = self.written_header.clone().unwrap();
        let mut fields = FieldFacts::default();
        for (name, values) in &header {
            if values.is_empty() {
                fields.note(name.as_bytes(), None);
            }
            for value in values {
                fields.note(name.as_bytes(), Some(value.as_bytes()));
            }
        }
        let mut facts = ResponseFacts {
            request: self.request,
            fields,
            status: self.status,
            is_handler_done: self.is_done,
            first_bytes,
            declared_length: self.declared,
            is_keep_alive_enabled: self.keeps,
            is_closing: self.is_closing,
            is_expecting: self.is_expecting,
            is_full_duplex: self.is_duplex,
            request_body: self.body,
        };
        if must_drain_first(&facts) {
            self.drain();
            facts.request_body = self.body;
        }
        let plan = plan(&facts);
        encode::status_line(&mut self.out, self.request.is_11, self.status);
        for (name, values) in &header {
            for value in values.iter().filter(|_| !plan.dropped.contains(name.as_bytes())) {
                encode::field(&mut self.out, name.as_bytes(), value.as_bytes());
            }
        }
        encode::additions(&mut self.out, &plan.added, DATE, b"text/plain; charset=utf-8");
        self.out.extend_from_slice(encode::CRLF);
        self.plan = Some(plan);
    }

    /// The trailers, sorted by name.
    fn trailers(&self) -> Vec<(String, String)> {
        let announced = self.written_header.iter().flat_map(|header| header.get("Trailer")).flatten();
        let announced = announced.flat_map(|value| trailer::announced(value.as_bytes()));
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, values) in &self.header {
            if let Some(name) = name.strip_prefix(trailer::TRAILER_PREFIX) {
                found.insert(name.into(), values.clone());
            }
        }
        for name in announced {
            let values = self.header.get(&*name).cloned().unwrap_or_default();
            found.entry(name.into_owned()).or_default().extend(values);
        }
        found
            .into_iter()
            .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)))
            .collect()
    }

    /// Ends the handler; returns whether the connection is kept, or waits for the rest of the request.
    fn finish(&mut self) -> bool {
        self.is_done = true;
        self.write_header(200);
        self.flush_buffer();
        self.send_header(0);
        let plan = self.plan.unwrap();
        if plan.body == OutFraming::Chunked {
            let trailers = self.trailers();
            let trailers = trailers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            encode::last_chunk(&mut self.out, trailers);
        }
        if must_drain_last(self.body, self.is_close_requested) {
            if self.is_body_unsent {
                return true;
            }
            self.drain();
        }
        may_reuse(&Finish {
            is_closing: plan.close_after,
            is_head: self.request.is_head,
            status: self.status,
            expected_length: plan.expected_length,
            written: self.written,
            has_write_failed: false,
            is_body_abandoned: matches!(self.body, RequestBody::Abandoned | RequestBody::Open(_)),
        })
    }
}

/// The answer in the form in which it was recorded.
fn shown(answer: &[u8]) -> String {
    let text = String::from_utf8(answer.to_vec()).unwrap().replace(std::str::from_utf8(DATE).unwrap(), "@");
    let (mut out, mut run) = (String::new(), 0);
    for c in text.chars().chain(['\0']) {
        if c == 'f' {
            run += 1;
            continue;
        }
        out += &if run < 20 { "f".repeat(run) } else { format!("{{f*{run}}}") };
        run = 0;
        out.push(c);
    }
    out.pop();
    quote(out.as_bytes())
}

#[test]
fn answers_are_those_of_go() {
    let mut count = 0;
    for line in RECORDED.lines() {
        let mut parts = line.split('\t');
        let (case, end, bytes) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let (request, steps) = case.split_once(" | ").unwrap();
        let mut exchange = Exchange::new(request);
        for step in steps.replace("\\r", "\r").replace("\\n", "\n").split(';') {
            exchange.step(step);
        }
        let found = if exchange.finish() { "open" } else { "closed" };
        assert_eq!((shown(&exchange.out).as_str(), found), (bytes, end), "{case}");
        count += 1;
    }
    assert!(count > 690, "{count}");
}
