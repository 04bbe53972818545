//! Bodies behind a head that was read here: from the reader itself, or from memory.

use std::io::{self, BufRead, ErrorKind, Read};
use std::sync::{Arc, Mutex, PoisonError};

use nethttp_core::{BodyStream, Error, Header};
use nethttp_h1::{BodyDecoder, BodyError, BodyStep};

use crate::faults::body_fault;

/// Why a body could not be read on.
pub(crate) enum Fault {
    Body(BodyError),
    Reader(io::Error),
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Body(error) => body_fault(error),
            Fault::Reader(error) => error,
        }
    }
}

/// Reads payload of the message that `decoder` stands in; 0 at its end. Takes nothing behind it.
pub(crate) fn read_payload<R: BufRead + ?Sized>(
    reader: &mut R,
    decoder: &mut BodyDecoder,
    buf: &mut [u8],
) -> Result<usize, Fault> {
    while !decoder.is_done() && !buf.is_empty() {
        let input = match reader.fill_buf() {
            Ok([]) => return Err(Fault::Body(decoder.end_of_input())),
            Ok(input) => input,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(decoder.interrupted().map_or(Fault::Reader(error), Fault::Body)),
        };
        match decoder.next_up_to(input, buf.len()).map_err(Fault::Body)? {
            BodyStep::Data { start, len } => {
                buf[..len].copy_from_slice(&input[start..start + len]);
                reader.consume(start + len);
                return Ok(len);
            }
            BodyStep::NeedMore { consumed } | BodyStep::End { consumed } => reader.consume(consumed),
        }
    }
    Ok(0)
}

/// The trailer that `decoder` has found.
pub(crate) fn trailer_of(decoder: &mut BodyDecoder) -> Option<Header> {
    if !decoder.is_done() {
        return None;
    }
    let fields = decoder.take_trailers();
    let mut trailer = Header::new();
    fields.iter().for_each(|(name, value)| trailer.push_wire(name, value));
    (!trailer.is_empty()).then_some(trailer)
}

/// A body that is read from where its head was read.
pub(crate) struct Streamed<R> {
    reader: Arc<Mutex<R>>,
    decoder: BodyDecoder,
    is_closed: bool,
}

impl<R> Streamed<R> {
    pub(crate) const fn new(reader: Arc<Mutex<R>>, decoder: BodyDecoder) -> Self {
        Self { reader, decoder, is_closed: false }
    }
}

impl<R: BufRead + Send> BodyStream for Streamed<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.is_closed {
            return Err(Error::BodyReadAfterClose.into());
        }
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(read_payload(&mut *reader, &mut self.decoder, buf)?)
    }

    /// Reads on to the end, so that the next request can be read.
    fn close(&mut self) -> io::Result<()> {
        let mut discarded = [0; 4096];
        while !self.is_closed && self.read(&mut discarded)? > 0 {}
        self.is_closed = true;
        Ok(())
    }

    fn take_trailer(&mut self) -> Option<Header> {
        trailer_of(&mut self.decoder)
    }
}

/// A body that is held in memory, with what ended it: a trailer, or an error.
#[derive(Default)]
pub(crate) struct Buffered {
    pub(crate) payload: io::Cursor<Vec<u8>>,
    pub(crate) trailer: Option<Header>,
    pub(crate) fault: Option<BodyError>,
}

impl BodyStream for Buffered {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match (self.payload.read(buf)?, &self.fault) {
            (0, Some(fault)) if !buf.is_empty() => Err(body_fault(fault.clone())),
            (count, _) => Ok(count),
        }
    }

    fn take_trailer(&mut self) -> Option<Header> {
        let is_at_end = self.payload.position() == self.payload.get_ref().len() as u64;
        if is_at_end { self.trailer.take() } else { None }
    }
}
