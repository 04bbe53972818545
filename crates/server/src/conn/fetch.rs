//! `Fetch`: a part of a file that is read into the page cache by a thread that may wait for the disk, so that the loop,
//! which sends it afterwards, need not (pitfall A11).

use std::fs::File;
use std::os::fd::AsFd;
use std::sync::Arc;

use mio::Token;
use nethttp_sendfile::read_ahead;

use super::output::buffers;
use crate::engine::current;

/// What is fetched, and what the loop then sends without asking again, in bytes.
pub(crate) const FETCHED: u64 = 512 * 1024;

/// Fetches of a loop that may be under way: each has a thread, and a disk gains nothing from more.
pub(crate) const MAX_FETCHES: usize = 8;

/// The connection that waits, and what for.
#[derive(Debug)]
pub(crate) struct Fetch {
    pub(crate) token: Token,
    pub(super) file: Arc<File>,
    /// What is left of the range to be sent.
    pub(super) offset: u64,
    pub(super) remaining: u64,
}

impl Fetch {
    /// Waits until the part is in memory. What goes wrong shows again when it is sent.
    pub(crate) fn run(&self) {
        current::give_away();
        let length = self.remaining.min(FETCHED);
        // The disk goes on with what comes after this part while this part goes out.
        read_ahead(self.file.as_fd(), self.offset, (2 * FETCHED).min(self.remaining));
        let mut buffer = buffers().get();
        let mut done = 0;
        while done < length {
            let wanted = usize::try_from(length - done).map_or(buffer.len(), |left| left.min(buffer.len()));
            match rustix::io::pread(&*self.file, &mut buffer[..wanted], self.offset + done) {
                Ok(0) => break,
                Ok(count) => done += count as u64,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => break,
            }
        }
        buffers().put(buffer);
    }
}
