//! Taking a connection over: its loop forgets it, and the handler gets a blocking one with what had been read.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use nethttp_core::{Conn, Error, RawConn, ReadWriter, Text};

use super::Response;
use super::waits::Waits;
use crate::conn::hooks::{self, ConnState};
use crate::conn::socket::{Readiness, Socket};
use crate::conn::wire;
use crate::engine::{Message, current};

impl Response {
    /// Go's `response.Hijack`: the header goes out first if it was written. Payload that is held back never does.
    pub(super) fn take_over(&mut self) -> io::Result<(Conn, ReadWriter)> {
        if self.is_hijacked {
            return Err(Error::Hijacked.into());
        }
        self.stop_awaiting_continue(false);
        if self.answer.status != 0 && self.answer.plan.is_none() {
            self.hand_over(b"")?;
        }
        current::give_away();
        wire::send_all(&self.wire)?;
        let mut guard = wire::lock(&self.wire);
        // Nobody else holds it when the loop has forgotten it, so that whoever drops the connection closes it.
        let Some(socket) = guard.socket.take() else { return Err(Error::Hijacked.into()) };
        self.is_hijacked = true;
        let buffered = guard.input.take_unread();
        guard.body.close();
        drop(guard);
        // The loop forgets the connection now: a handler may keep it for hours.
        current::tell_loop(Message::Hijacked(self.token));
        if let Some(info) = &self.info {
            hooks::tell(&self.answer.core, info, ConnState::Hijacked);
        }
        let conn = Conn::new(Arc::new(Hijacked { socket, waits: Waits::default() }));
        let pair = ReadWriter::new(&conn, buffered);
        Ok((conn, pair))
    }
}

/// A socket that belongs to a handler. Dropping the last handle closes it.
#[derive(Debug)]
struct Hijacked {
    socket: Arc<Socket>,
    waits: Waits,
}

impl Hijacked {
    fn retry<R>(&self, readiness: Readiness, mut act: impl FnMut() -> io::Result<R>) -> io::Result<R> {
        loop {
            if self.waits.deadline(readiness).is_some_and(|deadline| deadline <= Instant::now()) {
                return Err(Error::DeadlineExceeded.into());
            }
            match act() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.waits.wait(&self.socket, readiness)?,
                outcome => return outcome,
            }
        }
    }
}

impl RawConn for Hijacked {
    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.retry(Readiness::Readable, || self.socket.read(buf))
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.retry(Readiness::Writable, || self.socket.write(bytes))
    }

    fn set_read_deadline(&self, deadline: Option<Instant>) {
        self.waits.set_deadline(Readiness::Readable, deadline);
    }

    fn set_write_deadline(&self, deadline: Option<Instant>) {
        self.waits.set_deadline(Readiness::Writable, deadline);
    }

    fn close_write(&self) -> io::Result<()> {
        self.socket.close_write()
    }

    fn close(&self) -> io::Result<()> {
        self.socket.shutdown();
        Ok(())
    }

    fn remote_addr(&self) -> Text {
        self.socket.remote_addr().clone()
    }

    fn local_addr(&self) -> Text {
        self.socket.local_addr()
    }
}
