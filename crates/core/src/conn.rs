//! `Conn` and `ReadWriter`: a connection taken over from the server. Go's `net.Conn` and `bufio.ReadWriter`.

use std::fmt;
use std::io::{self, BufRead, Read, Write};
use std::sync::Arc;
use std::time::Instant;

use crate::Text;

/// What a server puts behind a [`Conn`]: blocking reads and writes that end at their deadlines.
pub trait RawConn: Send + Sync {
    /// Reads, waiting for the first byte; 0 at the end of the stream.
    ///
    /// # Errors
    ///
    /// Of the socket; [`Error::DeadlineExceeded`](crate::Error::DeadlineExceeded) at the deadline.
    fn read(&self, buf: &mut [u8]) -> io::Result<usize>;

    /// Writes, waiting until some bytes are taken.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    fn write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Sets the moment at which reads end with an error; `None` for never.
    fn set_read_deadline(&self, deadline: Option<Instant>);

    /// Sets the moment at which writes end with an error; `None` for never.
    fn set_write_deadline(&self, deadline: Option<Instant>);

    /// Says that no more will be written (TCP FIN).
    ///
    /// # Errors
    ///
    /// Of the socket.
    fn close_write(&self) -> io::Result<()>;

    /// Ends the connection in both directions.
    ///
    /// # Errors
    ///
    /// Of the socket.
    fn close(&self) -> io::Result<()>;

    /// The client's address, as in `Request::remote_addr`.
    fn remote_addr(&self) -> Text;

    /// The server's address.
    fn local_addr(&self) -> Text;
}

/// A connection that belongs to the handler; closed when the last clone is dropped.
#[derive(Clone)]
pub struct Conn {
    raw: Arc<dyn RawConn>,
}

impl Conn {
    /// A connection over what a server provides.
    pub fn new(raw: Arc<dyn RawConn>) -> Self {
        Self { raw }
    }

    /// Sets both deadlines; `None` for never. Go's `SetDeadline`.
    pub fn set_deadline(&self, deadline: Option<Instant>) {
        self.raw.set_read_deadline(deadline);
        self.raw.set_write_deadline(deadline);
    }

    /// Sets the deadline of reads; `None` for never. Go's `SetReadDeadline`.
    ///
    /// It holds for a read that waits on another thread, too.
    pub fn set_read_deadline(&self, deadline: Option<Instant>) {
        self.raw.set_read_deadline(deadline);
    }

    /// Sets the deadline of writes; `None` for never. Go's `SetWriteDeadline`. It holds for a write that waits, too.
    pub fn set_write_deadline(&self, deadline: Option<Instant>) {
        self.raw.set_write_deadline(deadline);
    }

    /// Says that no more will be written. Go's `CloseWrite`.
    ///
    /// # Errors
    ///
    /// Of the socket.
    pub fn close_write(&self) -> io::Result<()> {
        self.raw.close_write()
    }

    /// Ends the connection in both directions. Go's `Close`.
    ///
    /// # Errors
    ///
    /// Of the socket.
    pub fn close(&self) -> io::Result<()> {
        self.raw.close()
    }

    /// The client's address.
    #[must_use]
    pub fn remote_addr(&self) -> Text {
        self.raw.remote_addr()
    }

    /// The server's address.
    #[must_use]
    pub fn local_addr(&self) -> Text {
        self.raw.local_addr()
    }
}

impl Read for Conn {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.raw.read(buf)
    }
}

impl Write for Conn {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.raw.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conn").field("remote_addr", &self.remote_addr()).finish_non_exhaustive()
    }
}

/// Buffered reading and writing on a [`Conn`]; reading begins with what the server had already read.
///
/// Written bytes go out on `flush`, or when 4 KiB have gathered. Go's `bufio.ReadWriter` as `Hijack` returns it.
#[derive(Debug)]
pub struct ReadWriter {
    reader: io::BufReader<Ahead>,
    writer: io::BufWriter<Conn>,
}

#[derive(Debug)]
struct Ahead {
    buffered: io::Cursor<Vec<u8>>,
    conn: Conn,
}

impl ReadWriter {
    /// A pair over `conn`, whose first bytes to read are `buffered`.
    #[must_use]
    pub fn new(conn: &Conn, buffered: Vec<u8>) -> Self {
        let ahead = Ahead { buffered: io::Cursor::new(buffered), conn: conn.clone() };
        Self {
            reader: io::BufReader::with_capacity(BUFFER, ahead),
            writer: io::BufWriter::with_capacity(BUFFER, conn.clone()),
        }
    }

    /// Reads up to and with the byte `delimiter`. Go's `ReadString`, whose text and error come together: what was read
    /// before an error or the end is the first part.
    pub fn read_string(&mut self, delimiter: u8) -> (Text, Option<io::Error>) {
        let mut line = Vec::new();
        let error = match self.reader.read_until(delimiter, &mut line) {
            Ok(_) if line.last() == Some(&delimiter) => None,
            Ok(_) => Some(crate::Error::Eof.into()),
            Err(error) => Some(error),
        };
        (line.into(), error)
    }

    /// Writes a string. Go's `WriteString`.
    ///
    /// # Errors
    ///
    /// Of the socket, when the buffer has to go out.
    pub fn write_string(&mut self, text: impl AsRef<[u8]>) -> io::Result<usize> {
        let text = text.as_ref();
        self.writer.write_all(text).map(|()| text.len())
    }

    /// What has been read from the socket and not yet from here.
    #[must_use]
    pub fn buffered(&self) -> usize {
        let ahead = self.reader.get_ref();
        let unread = ahead.buffered.get_ref().len() - ahead.buffered.position() as usize;
        self.reader.buffer().len() + unread
    }
}

const BUFFER: usize = 4096;

impl Read for Ahead {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.buffered.read(buf)? {
            0 => self.conn.read(buf),
            count => Ok(count),
        }
    }
}

impl Read for ReadWriter {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buf)
    }
}

impl BufRead for ReadWriter {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.reader.consume(amount);
    }
}

impl Write for ReadWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
