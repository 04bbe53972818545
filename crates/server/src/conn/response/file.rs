//! Sources that the response reads by itself: Go's `ReadFrom`, and files that go out without being copied.
//!
//! A file range is sent at once as far as the socket takes it, behind the header, and the rest is queued for the loop. It
//! takes this way only where its bytes go out as they are: not for HEAD, not for a status without body, not in chunks.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;

use nethttp_core::{Error, ResponseWriter, StatusCode};
use nethttp_h1::plan::OutFraming;
use nethttp_h1::status;
use nethttp_sendfile::{Progress, Transfer};

use super::Response;
use crate::conn::output::{Output, TURN_BUDGET, buffers, file_ended};
use crate::conn::socket::Socket;
use crate::conn::wire;
use crate::engine::current;

/// Go sniffs this much before it lets the kernel copy; so that the source is read before the header goes out.
const SNIFFED: u64 = 512;

/// A range shorter than this is copied if it is in memory: two calls less, which cost more than the copying.
const SMALL: u64 = 32 * 1024;

/// Go's copy buffer.
const COPY: usize = 32 * 1024;

impl Response {
    /// Go's `response.ReadFrom`.
    pub(super) fn copy_from(&mut self, source: &mut dyn Read) -> (u64, Option<io::Error>) {
        let mut copied = 0;
        if self.answer.plan.is_none() {
            let (count, error) = self.copy_pieces(&mut source.take(SNIFFED));
            copied = count;
            if error.is_some() || count < SNIFFED {
                return (copied, error);
            }
        }
        if let Err(error) = self.flush_for_copy() {
            return (copied, Some(error));
        }
        let is_plain =
            matches!(self.answer.plan.map(|plan| plan.body), Some(OutFraming::Length(_) | OutFraming::UntilClose));
        if !is_plain {
            let (count, error) = self.copy_pieces(source);
            return (copied + count, error);
        }
        let Some(declared) = self.answer.declared else {
            let (count, error) = self.copy_plain(source);
            return (copied + count, error);
        };
        let left = declared.saturating_sub(self.answer.written);
        let (count, error) = self.copy_plain(&mut source.take(left));
        copied += count;
        if error.is_none() && count == left && matches!(source.read(&mut [0]), Ok(1..)) {
            return (copied, Some(Error::ContentLength.into()));
        }
        (copied, error)
    }

    /// Copies past the bytes that are held back: there are none, and the header has gone. As the kernel's copying in Go,
    /// this is on its way whatever the handler does next.
    fn copy_plain(&mut self, source: &mut dyn Read) -> (u64, Option<io::Error>) {
        let mut buf = vec![0; COPY];
        let mut copied = 0;
        loop {
            match source.read(&mut buf) {
                Ok(0) => return (copied, None),
                Ok(count) => {
                    let outcome = self.hand_over(&buf[..count]);
                    wire::lock(&self.wire).output.release();
                    if let Err(error) = outcome {
                        return (copied, Some(error));
                    }
                    self.answer.written += count as u64;
                    copied += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (copied, Some(error)),
            }
        }
    }

    fn copy_pieces(&mut self, source: &mut dyn Read) -> (u64, Option<io::Error>) {
        let mut buf = vec![0; COPY];
        let mut copied = 0;
        loop {
            match source.read(&mut buf) {
                Ok(0) => return (copied, None),
                Ok(count) => match io::Write::write(self, &buf[..count]) {
                    Ok(written) => copied += written as u64,
                    Err(error) => return (copied, Some(error)),
                },
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (copied, Some(error)),
            }
        }
    }

    /// Puts what is held back, and the header, on their way.
    fn flush_for_copy(&mut self) -> io::Result<()> {
        self.flush_held()?;
        if self.answer.plan.is_none() {
            self.hand_over(b"")?;
        }
        wire::lock(&self.wire).output.release();
        Ok(())
    }

    /// Puts a range of a file on its way. Needs a declared length: without one the answer would be chunked.
    pub(super) fn queue_file(&mut self, file: &File, offset: u64, length: u64) -> io::Result<u64> {
        if self.is_hijacked {
            return Err(Error::Hijacked.into());
        }
        if self.answer.request.is_head || length == 0 {
            return Err(Error::NotSupported.into());
        }
        self.stop_awaiting_continue(true);
        if self.answer.plan.is_none() {
            self.commit_for_file(file, offset)?;
        } else {
            // What was written since goes before the range.
            self.flush_held()?;
        }
        if !matches!(self.answer.plan.map(|plan| plan.body), Some(OutFraming::Length(_) | OutFraming::UntilClose)) {
            return Err(Error::NotSupported.into());
        }
        let left = self.answer.declared.map_or(u64::MAX, |declared| declared.saturating_sub(self.answer.written));
        if length > left {
            return Err(Error::NotSupported.into());
        }
        if length < SMALL && self.copy_range(file, offset, length as usize)? {
            self.answer.written += length;
            return Ok(length);
        }
        if length < nethttp_sendfile::MIN_SENDFILE_SIZE {
            return Err(Error::NotSupported.into());
        }
        self.answer.written += length;
        self.send_range(file, Transfer::new(offset, length))?;
        Ok(length)
    }

    /// Writes the header that goes before a file, if the file may follow it as it is.
    fn commit_for_file(&mut self, file: &File, offset: u64) -> io::Result<()> {
        let has_length = match self.answer.status {
            0 => !self.answer.header.get("Content-Length").is_empty(),
            _ => self.answer.declared.is_some(),
        };
        if !has_length {
            return Err(Error::NotSupported.into());
        }
        if self.answer.status == 0 {
            self.write_header(StatusCode::OK);
        }
        if !status::is_body_allowed(self.answer.status) {
            return Err(Error::NotSupported.into());
        }
        if !self.answer.held.is_empty() {
            return self.flush_held();
        }
        if self.answer.header.contains("Content-Type") || self.answer.header.contains("Content-Encoding") {
            return self.commit(b"");
        }
        // The first bytes are looked at where they lie; the file's position stays (pitfall A12).
        let mut first = [0; SNIFFED as usize];
        let count = rustix::io::pread(file, &mut first, offset)?;
        self.commit(&first[..count])
    }

    /// Writes the header alone, for payload that begins with these bytes.
    fn commit(&mut self, first: &[u8]) -> io::Result<()> {
        if self.is_refused(first.len()) {
            return Ok(());
        }
        self.answer.commit(&mut wire::lock(&self.wire), first, false).map(drop)
    }

    /// Puts a range that is in memory behind the header, so that both go out in one call; `false` if it is not, or not all
    /// of it.
    fn copy_range(&self, file: &File, offset: u64, length: usize) -> io::Result<bool> {
        let large = {
            let mut wire = wire::lock(&self.wire);
            if let Some(kind) = wire.write_error {
                return Err(kind.into());
            }
            // Under the lock, which must not wait: nor does this.
            if !nethttp_sendfile::read_resident(file.as_fd(), offset, length, wire.output.bytes()) {
                return Ok(false);
            }
            wire.output.release();
            wire.output.has_gathered()
        };
        if large {
            wire::send_some(&self.wire)?;
        }
        Ok(true)
    }

    fn send_range(&self, file: &File, transfer: Transfer) -> io::Result<()> {
        let piece = transfer.remaining().min(TURN_BUDGET);
        if nethttp_sendfile::is_resident(file.as_fd(), transfer.offset(), piece) == Some(false) {
            // The disk is slow: the loop must not wait for it.
            current::give_away();
        }
        let mut guard = wire::lock(&self.wire);
        let this = &mut *guard;
        if let Some(kind) = this.write_error {
            return Err(kind.into());
        }
        let Some(socket) = this.socket.clone() else { return Err(Error::Hijacked.into()) };
        let has_deadline = this.write_deadline.is_some();
        if let Err(error) = begin_range(&mut this.output, &socket, file, transfer, !has_deadline) {
            // The client counts the bytes that it was promised (pitfall A5): nothing may follow in their place.
            let error = wire::fail(this, &socket, error);
            drop(guard);
            if error.kind() == io::ErrorKind::UnexpectedEof {
                self.answer.core.log(&format!("http: {error}"));
            }
            return Err(error);
        }
        let may_leave = this.output.may_wait();
        drop(guard);
        if may_leave { Ok(()) } else { wire::send_some(&self.wire) }
    }
}

/// Sends of a range what the socket takes, if it may be sent at once, and queues the rest.
fn begin_range(
    output: &mut Output,
    socket: &Socket,
    file: &File,
    mut transfer: Transfer,
    at_once: bool,
) -> io::Result<()> {
    output.release();
    if at_once && output.has_only_bytes() && send_head(output.bytes(), socket)? {
        let before = transfer.remaining();
        let progress = transfer.send(file.as_fd(), socket.as_fd(), TURN_BUDGET, buffers())?;
        output.total += before - transfer.remaining();
        match progress {
            Progress::Done => return Ok(()),
            Progress::FileEnded { missing, .. } => return Err(file_ended(missing)),
            Progress::Sent(_) | Progress::WouldBlock { .. } => {}
        }
    }
    output.push_file(file.try_clone()?, transfer);
    Ok(())
}

/// Sends the bytes that go before a file; says whether all of them are out.
fn send_head(bytes: &mut Vec<u8>, socket: &Socket) -> io::Result<bool> {
    match nethttp_sendfile::send_with_more(socket.as_fd(), bytes) {
        Ok(count) => {
            bytes.drain(..count);
            Ok(bytes.is_empty())
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error),
    }
}
