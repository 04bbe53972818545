//! `RequestBody`: the body that a handler reads, over the wire it shares with the response.

use std::io;
use std::sync::{Arc, Mutex};

use nethttp_core::{BodyStream, Header};

use super::wire::{self, Wire};

/// A handle to the body of the request whose wire this is.
#[derive(Debug)]
pub(crate) struct RequestBody {
    pub(crate) wire: Arc<Mutex<Wire>>,
}

impl BodyStream for RequestBody {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        wire::read_body(&self.wire, buf)
    }

    /// Skips what is left, as Go does, unless the client waits to be asked for it; later reads fail.
    fn close(&mut self) -> io::Result<()> {
        {
            let mut wire = wire::lock(&self.wire);
            if wire.socket.is_none() {
                return Ok(());
            }
            // A client that was not asked for the body, and is not going to be, may never send it.
            if wire.body.awaits_continue || wire.body.is_withheld() {
                wire.body.withhold();
                return Ok(());
            }
        }
        wire::close_body(&self.wire)
    }

    fn take_trailer(&mut self) -> Option<Header> {
        wire::lock(&self.wire).body.take_trailer()
    }
}
