//! `BodySide`: the request body of an exchange: how far it has been read, skipped or given up, and what was wrong with it.

use std::io;

use nethttp_core::{Error, FramingError, Header};
use nethttp_h1::limits::MAX_DRAIN;
use nethttp_h1::plan::RequestBody;
use nethttp_h1::{BodyDecoder, BodyError, BodyKind, BodyStep};

use super::input::Input;

/// The state of the request body.
#[derive(Debug)]
pub(crate) struct BodySide {
    pub(super) decoder: BodyDecoder,
    has_body: bool,
    /// Closed by the handler, or by the server because the answer has begun.
    pub(super) is_closed: bool,
    /// Kept from the handler, because the client was answered before it was asked to send it.
    pub(super) is_withheld: bool,
    /// Given up before its end: the connection cannot be used again.
    is_abandoned: bool,
    /// The client waits for `100 Continue`.
    pub(crate) awaits_continue: bool,
    /// Whether the client waits or waited for it.
    pub(crate) expects_continue: bool,
    /// The client asked for the connection to be closed: a body of known length need not be skipped for its sake.
    pub(crate) is_last: bool,
    fault: Option<Fault>,
    /// The input ended within a body of known length. Go tells a reader so once, and then takes it for the body's end.
    pub(super) is_cut: bool,
    trailer: Option<Header>,
    drained: u64,
}

/// What a read of the body ended with; it ends every later one too.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    Framing(BodyError),
    Io(io::ErrorKind),
    TimedOut,
}

impl Fault {
    fn error(&self) -> io::Error {
        match self {
            Self::Framing(BodyError::UnexpectedEof) => Error::UnexpectedEof.into(),
            Self::Framing(BodyError::LineTooLong) => Error::LineTooLong.into(),
            Self::Framing(error) => FramingError::new(error.to_string()).into(),
            Self::Io(kind) => (*kind).into(),
            Self::TimedOut => Error::DeadlineExceeded.into(),
        }
    }

    /// Whether later reads find the body closed, instead of the same fault.
    const fn closes(&self) -> bool {
        matches!(self, Self::Framing(error) if error.is_in_trailer())
    }
}

impl Default for BodySide {
    fn default() -> Self {
        Self {
            decoder: BodyDecoder::new(BodyKind::None),
            has_body: false,
            is_closed: true,
            is_withheld: false,
            is_abandoned: false,
            awaits_continue: false,
            expects_continue: false,
            is_last: false,
            fault: None,
            is_cut: false,
            trailer: None,
            drained: 0,
        }
    }
}

impl BodySide {
    /// A request without a body has just been read.
    pub(crate) fn begin_none(&mut self, limits: &nethttp_h1::Limits) {
        // Of one without a body nothing is left that could be in the way.
        if self.has_body || self.fault.is_some() || self.is_withheld {
            self.begin(BodyKind::None, limits, false);
        }
        self.is_closed = false;
    }

    /// The body of a request that has just been read.
    pub(crate) fn begin(&mut self, kind: BodyKind, limits: &nethttp_h1::Limits, expects_continue: bool) {
        self.has_body = kind != BodyKind::None;
        if self.has_body {
            self.decoder = BodyDecoder::with_limits(kind, limits);
        }
        self.is_closed = false;
        self.is_withheld = false;
        self.is_abandoned = false;
        self.awaits_continue = expects_continue;
        self.expects_continue = expects_continue;
        self.is_last = false;
        self.fault = None;
        self.is_cut = false;
        self.trailer = None;
        self.drained = 0;
    }

    /// Whether reads might give more.
    pub(crate) const fn remains(&self) -> bool {
        self.has_body && !self.is_cut && (!self.decoder.is_done() || self.fault.is_some())
    }

    /// A fault that only this server sees, so that the answer becomes 400 if it has not begun.
    pub(crate) fn has_strict_fault(&self) -> bool {
        matches!(&self.fault, Some(Fault::Framing(error)) if error.is_strict_only())
    }

    /// How far the body has been read, as the answer's plan wants to know it.
    pub(crate) fn progress(&self) -> RequestBody {
        if !self.has_body {
            RequestBody::Absent
        } else if self.fault.is_none() && self.decoder.is_done() || self.is_cut && !self.is_abandoned {
            RequestBody::Ended
        } else if self.fault.is_some() || self.is_closed || self.is_abandoned {
            RequestBody::Abandoned
        } else {
            RequestBody::Open(self.decoder.remaining_hint())
        }
    }

    /// Whether there is a body of which something may still be read.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.progress(), RequestBody::Open(_))
    }

    /// Gives up what is left of the body.
    pub(crate) fn give_up(&mut self) {
        self.is_abandoned |= self.is_open();
    }

    /// The client has been answered without having been asked for the body.
    pub(crate) const fn withhold(&mut self) {
        self.awaits_continue = false;
        self.is_withheld = true;
    }

    /// Whether the client was answered, or is to be, without having been asked for the body: then the connection closes.
    pub(crate) const fn is_withheld(&self) -> bool {
        self.is_withheld
    }

    /// Closes the body after it has been skipped for the handler; says what was wrong with it.
    pub(super) fn close_skipped(&mut self) -> io::Result<()> {
        self.is_closed = true;
        // The end of the input is the end of the body, too: nothing follows that could be taken for part of it.
        self.is_abandoned &= !self.is_cut;
        self.fault.as_ref().map_or(Ok(()), |fault| Err(fault.error()))
    }

    /// Gives the body up where it stands.
    pub(crate) const fn close(&mut self) {
        self.is_closed = true;
    }

    /// No more input will come, or none in time.
    pub(crate) fn cut_off(&mut self) {
        if self.fault.is_none() {
            self.is_cut = self.decoder.remaining_hint().is_some();
            let error = self.decoder.end_of_input();
            self.fault = Some(Fault::Framing(error));
        }
    }

    /// The connection has failed, or its deadline has passed. Within the trailer section Go tells of the section instead.
    pub(super) fn fail(&mut self, fault: Fault) {
        if self.fault.is_none() {
            self.fault = Some(self.decoder.interrupted().map_or(fault, Fault::Framing));
        }
    }

    /// The body takes too long.
    pub(crate) fn give_up_waiting(&mut self) {
        self.fail(Fault::TimedOut);
    }

    pub(crate) fn take_trailer(&mut self) -> Option<Header> {
        self.trailer.take()
    }

    /// The bytes that are announced and not read, if the framing tells.
    pub(crate) fn announced_rest(&self) -> Option<u64> {
        if self.has_body { self.decoder.remaining_hint() } else { Some(0) }
    }

    /// Takes payload from `input` into `buf`; `None` when more input is needed.
    pub(super) fn take(&mut self, input: &mut Input, buf: &mut [u8]) -> Option<Result<usize, io::Error>> {
        if let Some(fault) = &self.fault {
            let error = fault.error();
            self.is_closed |= fault.closes();
            if self.is_cut {
                self.fault = None;
            }
            return Some(Err(error));
        }
        if self.is_cut {
            return Some(Ok(0));
        }
        match self.decoder.next_up_to(input.unread(), buf.len()) {
            Ok(BodyStep::Data { start, len }) => {
                buf[..len].copy_from_slice(&input.unread()[start..start + len]);
                input.consume(start + len);
                self.look_ahead(input);
                Some(Ok(len))
            }
            Ok(BodyStep::NeedMore { consumed }) => {
                input.consume(consumed);
                None
            }
            Ok(BodyStep::End { consumed }) => {
                self.note_end(input, consumed);
                Some(Ok(0))
            }
            Err(error) => {
                let fault = Fault::Framing(error);
                let error = fault.error();
                self.is_closed |= fault.closes();
                self.fault = Some(fault);
                Some(Err(error))
            }
        }
    }

    /// Takes the framing behind payload as far as it has come: whoever has read all payload need not read once more for the
    /// body to be over. As Go's `chunkedReader.Read`.
    fn look_ahead(&mut self, input: &mut Input) {
        match self.decoder.next_up_to(input.unread(), 0) {
            Ok(BodyStep::End { consumed }) => self.note_end(input, consumed),
            Ok(BodyStep::NeedMore { consumed } | BodyStep::Data { start: consumed, .. }) => input.consume(consumed),
            Err(error) => self.fault = Some(Fault::Framing(error)),
        }
    }

    fn note_end(&mut self, input: &mut Input, consumed: usize) {
        input.consume(consumed);
        let trailers = self.decoder.take_trailers();
        if !trailers.is_empty() {
            self.trailer = Some(trailers.iter().map(|(name, value)| (text(name), value)).collect());
        }
    }

    /// The bytes that have been skipped.
    pub(crate) const fn drained(&self) -> u64 {
        self.drained
    }

    /// Skips payload in `input`; says whether the end of skipping is reached: of the body, of patience, or by a fault.
    pub(crate) fn skip(&mut self, input: &mut Input) -> bool {
        loop {
            let too_much =
                self.drained > MAX_DRAIN || self.decoder.remaining_hint().is_some_and(|rest| rest > MAX_DRAIN);
            if !self.has_body || self.fault.is_some() || too_much {
                self.is_abandoned |= self.has_body;
                return true;
            }
            match self.decoder.next(input.unread()) {
                Ok(BodyStep::Data { start, len }) => {
                    input.consume(start + len);
                    self.drained += len as u64;
                }
                Ok(BodyStep::NeedMore { consumed }) => {
                    input.consume(consumed);
                    return false;
                }
                Ok(BodyStep::End { consumed }) => {
                    input.consume(consumed);
                    return true;
                }
                Err(error) => self.fault = Some(Fault::Framing(error)),
            }
        }
    }
}

/// Names of trailer fields are tokens, so that nothing is lost.
fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}
