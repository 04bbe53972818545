//! `Link`: a client's connection with what has been read ahead, and a time limit for each read and write.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::time::{Duration, Instant};

use nethttp_core::{Conn, Error};

use super::unexpected_eof;

/// A connection to a test server.
#[derive(Debug)]
pub(super) struct Link {
    reader: BufReader<Limited>,
}

/// A connection that is read and written with a time limit.
#[derive(Debug)]
struct Limited {
    conn: Conn,
    limit: Duration,
}

/// Bytes of one line of an answer, and of all lines of a head.
const MAX_HEAD: usize = 1 << 20;

impl Link {
    pub(super) fn new(conn: Conn, limit: Duration) -> Self {
        Self { reader: BufReader::new(Limited { conn, limit }) }
    }

    /// The link for another request, unless the server has closed it or sent what nobody asked for.
    pub(super) fn reuse(mut self, limit: Duration) -> Option<Self> {
        let conn = &mut self.reader.get_mut().conn;
        conn.set_read_deadline(Some(Instant::now() + LOOK));
        let outcome = conn.read(&mut [0]);
        self.reader.get_mut().limit = limit;
        outcome.is_err_and(|error| Error::DeadlineExceeded.is(&error)).then_some(self)
    }

    /// The next line without its end, of `budget` bytes at the most, which it lowers.
    pub(super) fn line(&mut self, budget: &mut usize) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let limit = u64::try_from(*budget).unwrap_or(u64::MAX);
        self.reader.by_ref().take(limit).read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(if line.len() + 1 >= *budget { Error::LineTooLong.into() } else { unexpected_eof() });
        }
        *budget -= line.len() + 1;
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(line)
    }

    /// What a head may take.
    pub(super) const fn budget() -> usize {
        MAX_HEAD
    }

    /// Whether bytes lie here that were read and not used.
    pub(super) fn has_unread(&self) -> bool {
        !self.reader.buffer().is_empty()
    }
}

/// How long the kernel is asked whether a kept connection has ended: it knows.
const LOOK: Duration = Duration::from_micros(1);

impl Read for Link {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buf)
    }
}

impl Write for Link {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Limited { conn, limit } = self.reader.get_mut();
        conn.set_write_deadline(Instant::now().checked_add(*limit));
        conn.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Limited {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.conn.set_read_deadline(Instant::now().checked_add(self.limit));
        self.conn.read(buf)
    }
}
