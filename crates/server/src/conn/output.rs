//! `Output`: what a connection has still to send: bytes, and ranges of files between them.
//!
//! Filled by responses, in order; drained by whoever may write: the thread of a handler, and after that the loop as the
//! socket takes more. A connection whose output is not empty starts no further request beyond a bound, so that a client
//! that does not read cannot make it grow.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use mio::Token;
use nethttp_sendfile::{BufferPool, Progress, Transfer, is_resident};

use super::fetch::{FETCHED, Fetch};
use super::gather::Gather;
use super::socket::Socket;

/// Bytes and file ranges, first to be sent first.
#[derive(Debug, Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    /// How many of `bytes` have been sent.
    sent: usize,
    /// How many of `bytes` belong to answers before the one that is being made.
    earlier: usize,
    /// File ranges and before which of `bytes` each goes; in order.
    files: Vec<(usize, Arc<File>, Transfer)>,
    /// Bytes that ever went out; for the least rate of a connection.
    pub(crate) total: u64,
    /// The permission to hold much, while it does.
    large: Option<Large>,
    /// What comes next of a file has just been fetched: it is sent, even if it should be gone from memory again.
    is_fetched: bool,
    /// The last of `bytes`, which stay until more gather or the answer is flushed.
    gather: Gather,
}

/// Outputs of the process that may hold more than [`KEEP_WAITING`] bytes in memory, at the same time.
const MAX_LARGE: usize = 32;

/// What such an output may hold, in bytes.
const LARGE: usize = 2 << 20;

/// As much output may wait in memory for a client that reads slowly, before its handler has to wait, too; and as much gathers
/// before it is sent, for each call wakes the client. While few outputs do, one may hold and gather [`LARGE`].
const KEEP_WAITING: usize = 256 * 1024;

/// Output in memory beyond which a connection first sends (the size of one write).
const SEND_AT: usize = 64 * 1024;

/// File ranges that may wait, for each has a descriptor, before a handler that adds more has to wait, too.
const MAX_FILES: usize = 4;

static LARGE_OUTPUTS: AtomicUsize = AtomicUsize::new(0);

/// One of the places for large outputs; given back when dropped.
#[derive(Debug)]
struct Large;

impl Large {
    fn take() -> Option<Self> {
        let is_free = |taken: usize| (taken < MAX_LARGE).then_some(taken + 1);
        LARGE_OUTPUTS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_free).ok().map(|_| Self)
    }
}

impl Drop for Large {
    fn drop(&mut self) {
        LARGE_OUTPUTS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How sending went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Nothing is left that is due.
    All,
    /// The socket takes no more for now.
    Blocked,
    /// The socket may take more, but others should have their turn.
    Budget,
    /// A file comes next that is not in memory: sending it would wait for the disk.
    Cold,
}

/// Whether sending may wait for the disk: handlers' threads may, the loop may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disk {
    Wait,
    Never,
}

/// What one turn may send of a connection (pitfall A9).
pub(crate) const TURN_BUDGET: u64 = 2 << 20;

/// A buffer that grew beyond this is not kept for the next response. (One that grows by doubling ends below it.)
const KEEP: usize = 2 * LARGE;

impl Output {
    pub(crate) const fn is_empty(&self) -> bool {
        self.bytes.len() == self.sent && self.files.is_empty()
    }

    /// Bytes in memory that wait to be sent.
    pub(crate) const fn buffered(&self) -> usize {
        self.bytes.len() - self.sent
    }

    /// Whether so much waits that it has to go out before another request is answered. A file counts, for its descriptor.
    pub(crate) const fn is_crowded(&self) -> bool {
        self.buffered() >= SEND_AT || !self.files.is_empty()
    }

    /// Whether what waits may stay, so that the handler can go on.
    pub(crate) fn may_wait(&mut self) -> bool {
        if self.files.len() > MAX_FILES {
            return false;
        }
        self.buffered() <= KEEP_WAITING || self.may_be_large() && self.buffered() <= LARGE
    }

    /// Whether so much has gathered that it is to be sent. What a handler that takes its time has written is sent by the loop.
    pub(crate) fn has_gathered(&mut self) -> bool {
        self.buffered() >= KEEP_WAITING && (self.buffered() >= LARGE || !self.may_be_large())
    }

    fn may_be_large(&mut self) -> bool {
        if self.large.is_none() {
            self.large = Large::take();
        }
        self.large.is_some()
    }

    /// Forgets bytes that have been sent, once they are half of all: a large output that goes out in small pieces is not
    /// moved for each.
    fn compact(&mut self) {
        if self.sent < self.bytes.len() / 2 {
            return;
        }
        self.bytes.drain(..self.sent);
        for (before, ..) in &mut self.files {
            *before -= self.sent;
        }
        self.earlier = self.earlier.saturating_sub(self.sent);
        self.sent = 0;
    }

    /// How many bytes have arrived at the client, of all that ever went out; counted round, for more may be on their way
    /// than went out from here.
    pub(crate) fn arrived(&self, socket: &Socket) -> u64 {
        self.total.wrapping_sub(socket.unacknowledged())
    }

    /// Another answer begins behind what is there.
    pub(crate) const fn begin_answer(&mut self) {
        self.earlier = self.bytes.len();
    }

    /// Whether some of the answer that began last is still here.
    pub(crate) fn has_latest(&self) -> bool {
        self.bytes.len() > self.sent.max(self.earlier) || self.files.iter().any(|(before, ..)| *before > self.earlier)
    }

    /// Forgets what is left of the answer that began last.
    pub(crate) fn drop_latest(&mut self) {
        self.bytes.truncate(self.sent.max(self.earlier));
        self.files.retain(|(before, ..)| *before <= self.earlier);
    }

    /// Whether there is nothing but bytes, none of them sent.
    pub(crate) const fn has_only_bytes(&self) -> bool {
        self.files.is_empty() && self.sent == 0
    }

    /// The size of the buffer.
    pub(crate) const fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Where bytes are added.
    pub(crate) const fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// `length` of the bytes were added in small pieces, and may gather with others.
    pub(crate) const fn gather_pieces(&mut self, length: usize) {
        self.gather.add_pieces(length);
    }

    /// `length` of the bytes were added at once, and may gather with others.
    pub(crate) const fn gather_one(&mut self, length: usize) {
        self.gather.add_one(length);
    }

    /// Everything that is there is to go out.
    pub(crate) fn release(&mut self) {
        self.gather = Gather::default();
    }

    /// Whether something is to go out, rather than to gather with what comes.
    pub(crate) const fn is_due(&self) -> bool {
        self.due() > self.sent || !self.files.is_empty()
    }

    const fn due(&self) -> usize {
        self.bytes.len().saturating_sub(self.gather.held())
    }

    /// Adds a range of a file behind what is there.
    pub(crate) fn push_file(&mut self, file: File, transfer: Transfer) {
        self.release();
        self.files.push((self.bytes.len(), Arc::new(file), transfer));
    }

    /// Forgets everything and keeps the buffer, unless it is large.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        if self.bytes.capacity() > KEEP {
            self.bytes = Vec::new();
        }
        (self.sent, self.earlier) = (0, 0);
        self.large = None;
        self.is_fetched = false;
        self.files.clear();
        self.release();
    }

    /// What comes next of a file is in memory now, or was a moment ago.
    pub(crate) const fn set_fetched(&mut self) {
        self.is_fetched = true;
    }

    /// The part of a file that comes next, to be fetched into memory by a thread that may wait.
    pub(crate) fn next_fetch(&self, token: Token) -> Option<Fetch> {
        let (_, file, transfer) = self.files.first()?;
        Some(Fetch { token, file: Arc::clone(file), offset: transfer.offset(), remaining: transfer.remaining() })
    }

    /// Sends what the socket takes, but for what still gathers.
    ///
    /// # Errors
    ///
    /// Of the socket; `UnexpectedEof` where a file was shorter than the range that was promised: the connection has to be
    /// closed, for the client counts the bytes (pitfall A5).
    pub(crate) fn send(&mut self, socket: &Socket, disk: Disk) -> io::Result<Sent> {
        let mut budget = TURN_BUDGET;
        loop {
            let until = self.files.first().map_or(self.due(), |(before, ..)| *before);
            while self.sent < until {
                match self.send_bytes(socket, until) {
                    Ok(count) => {
                        self.sent += count;
                        self.total += count as u64;
                        budget = budget.saturating_sub(count as u64);
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        self.compact();
                        return Ok(Sent::Blocked);
                    }
                    Err(error) => return Err(error),
                }
            }
            let Some((_, file, transfer)) = self.files.first_mut() else {
                if self.gather.held() == 0 {
                    self.clear();
                }
                return Ok(Sent::All);
            };
            if budget == 0 {
                return Ok(Sent::Budget);
            }
            let before = transfer.remaining();
            let mut piece = budget;
            if disk == Disk::Never {
                // No more than what has just been asked about (pitfall A11).
                piece = piece.min(FETCHED);
                if !std::mem::take(&mut self.is_fetched)
                    && is_resident(file.as_fd(), transfer.offset(), piece.min(before)) == Some(false)
                {
                    return Ok(Sent::Cold);
                }
            }
            let progress = transfer.send(file.as_fd(), socket.as_fd(), piece, buffers())?;
            let count = before - transfer.remaining();
            self.total += count;
            budget = budget.saturating_sub(count);
            match progress {
                Progress::Done => drop(self.files.remove(0)),
                Progress::Sent(_) => {}
                Progress::WouldBlock { .. } => return Ok(Sent::Blocked),
                Progress::FileEnded { missing, .. } => return Err(file_ended(missing)),
            }
        }
    }

    fn send_bytes(&self, socket: &Socket, until: usize) -> io::Result<usize> {
        let bytes = &self.bytes[self.sent..until];
        if self.files.is_empty() {
            socket.write(bytes)
        } else {
            nethttp_sendfile::send_with_more(socket.as_fd(), bytes)
        }
    }
}

/// The error of a file that is shorter than it was when its length was promised.
pub(crate) fn file_ended(missing: u64) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, format!("file ended {missing} bytes before its announced length"))
}

/// The buffers of the copying path; they are used only where the system cannot send files.
pub(crate) fn buffers() -> &'static BufferPool {
    static BUFFERS: OnceLock<BufferPool> = OnceLock::new();
    BUFFERS.get_or_init(BufferPool::default)
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn only_few_outputs_gather_much() {
        let mut outputs: Vec<_> =
            (0..MAX_LARGE + 8).map(|_| Output { bytes: vec![0; KEEP_WAITING], ..Output::default() }).collect();
        let sent = outputs.iter_mut().filter_map(|output| output.has_gathered().then_some(())).count();
        assert!((8..outputs.len()).contains(&sent), "{sent} are to be sent at once");
        let large = outputs.iter_mut().find(|output| output.large.is_some()).unwrap();
        large.bytes.resize(LARGE, 0);
        assert!(large.has_gathered());
        outputs.iter_mut().for_each(Output::clear);
        outputs[0].bytes.resize(KEEP_WAITING, 0);
        assert!(!outputs[0].has_gathered(), "the places are given back");
    }

    #[test]
    fn a_large_output_that_goes_out_in_small_pieces_is_not_moved_for_each() {
        let whole: Vec<u8> = (0..16_u32 << 20).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect();
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        let socket = Socket::adopt(theirs.into()).unwrap();
        let mut output = Output::default();
        output.bytes().extend_from_slice(&whole);
        let (mut moves, mut got, mut buf) = (0, Vec::new(), vec![0; 1 << 20]);
        while got.len() < whole.len() {
            let held = output.bytes.len();
            let outcome = output.send(&socket, Disk::Never).unwrap();
            moves += usize::from(output.bytes.len() < held);
            assert!(outcome == Sent::All || output.buffered() + output.sent == output.bytes.len());
            let count = ours.read(&mut buf).unwrap();
            got.extend_from_slice(&buf[..count]);
        }
        assert!(got == whole);
        assert!(moves <= 20, "{moves} moves");
    }
}
