//! `Client`: a raw socket that keeps both transcripts, so that a mismatch shows what was said.
//!
//! Nothing here is forgiving: an answer is compared byte for byte (but for its `Date`), and a read that takes longer than
//! ten seconds fails the test.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use socket2::SockRef;

/// A read that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection of a test to a server.
pub(crate) struct Client {
    stream: Stream,
    sent: Vec<u8>,
    received: Vec<u8>,
    /// How many of `received` a test has looked at.
    seen: usize,
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// One answer, as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The head with its blank line, without `Date`.
    pub(crate) head: String,
    /// The body as it was framed: chunk sizes are still in it.
    pub(crate) framed: Vec<u8>,
    /// The payload.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of a field; empty when there is none.
    pub(crate) fn field(&self, name: &str) -> &str {
        field(&self.head, name)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of text")
    }

    /// Whether the server says that it closes the connection.
    pub(crate) fn says_close(&self) -> bool {
        self.field("Connection") == "close"
    }
}

impl Client {
    pub(crate) fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&addr, PATIENCE).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        Self::new(Stream::Tcp(stream))
    }

    pub(crate) fn connect_unix(path: &Path) -> Self {
        Self::new(Stream::Unix(UnixStream::connect(path).expect("a connection")))
    }

    fn new(stream: Stream) -> Self {
        match &stream {
            Stream::Tcp(stream) => stream.set_read_timeout(Some(PATIENCE)).unwrap(),
            Stream::Unix(stream) => stream.set_read_timeout(Some(PATIENCE)).unwrap(),
        }
        Self { stream, sent: Vec::new(), received: Vec::new(), seen: 0 }
    }

    pub(crate) fn local_addr(&self) -> SocketAddr {
        match &self.stream {
            Stream::Tcp(stream) => stream.local_addr().unwrap(),
            Stream::Unix(_) => panic!("a Unix socket has no such address"),
        }
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.sent.extend_from_slice(bytes);
        let outcome = match &mut self.stream {
            Stream::Tcp(stream) => stream.write_all(bytes),
            Stream::Unix(stream) => stream.write_all(bytes),
        };
        if let Err(error) = outcome {
            self.fail(&format!("sending failed: {error}"));
        }
    }

    /// As [`send`](Self::send), where the server may have closed already.
    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        match &mut self.stream {
            Stream::Tcp(stream) => stream.write_all(bytes.as_ref()),
            Stream::Unix(stream) => stream.write_all(bytes.as_ref()),
        }
    }

    /// A handle to send by from another thread.
    pub(crate) fn writer(&self) -> TcpStream {
        match &self.stream {
            Stream::Tcp(stream) => stream.try_clone().unwrap(),
            Stream::Unix(_) => panic!("no test needs that"),
        }
    }

    /// Takes note of what is sent by such a handle.
    pub(crate) fn note_sent(&mut self, bytes: &[u8]) {
        self.sent.extend_from_slice(bytes);
    }

    /// A GET of `path`, with nothing more than it needs.
    #[track_caller]
    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.send(get(path));
        self.answer()
    }

    /// The next answer, whatever its method was but HEAD.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> Answer {
        self.answer_with(true)
    }

    /// The next answer, to HEAD.
    #[track_caller]
    pub(crate) fn answer_to_head(&mut self) -> Answer {
        self.answer_with(false)
    }

    #[track_caller]
    fn answer_with(&mut self, may_have_body: bool) -> Answer {
        let raw_head = self.read_until(b"\r\n\r\n");
        let raw_head = String::from_utf8(raw_head).unwrap_or_else(|_| self.fail("the head is no text"));
        let status: u16 = raw_head
            .get(9..12)
            .and_then(|status| status.parse().ok())
            .unwrap_or_else(|| self.fail(&format!("no status in {raw_head:?}")));
        let (mut framed, mut body) = (Vec::new(), Vec::new());
        if may_have_body && status >= 200 && status != 204 && status != 304 {
            if field(&raw_head, "Transfer-Encoding") == "chunked" {
                (framed, body) = self.read_chunks();
            } else if let Ok(length) = field(&raw_head, "Content-Length").parse() {
                framed = self.read_exact(length);
                body.clone_from(&framed);
            } else {
                framed = self.rest();
                body.clone_from(&framed);
            }
        }
        Answer { status, head: without_date(&raw_head), framed, body }
    }

    #[track_caller]
    fn read_chunks(&mut self) -> (Vec<u8>, Vec<u8>) {
        let (mut framed, mut body) = (Vec::new(), Vec::new());
        loop {
            let line = self.read_until(b"\r\n");
            framed.extend_from_slice(&line);
            let digits = std::str::from_utf8(&line).unwrap().trim_end();
            let Ok(size) = usize::from_str_radix(digits, 16) else { self.fail(&format!("no chunk size: {digits:?}")) };
            if size == 0 {
                loop {
                    let line = self.read_until(b"\r\n");
                    framed.extend_from_slice(&line);
                    if line == b"\r\n" {
                        return (framed, body);
                    }
                }
            }
            let chunk = self.read_exact(size + 2);
            body.extend_from_slice(&chunk[..size]);
            framed.extend_from_slice(&chunk);
        }
    }

    /// Compares the next answer with what is expected of it, `Date` left out.
    #[track_caller]
    pub(crate) fn expect(&mut self, expected: &str) {
        let answer = self.answer();
        self.compare(&answer, expected);
    }

    /// As [`expect`](Self::expect), for the answer to a HEAD.
    #[track_caller]
    pub(crate) fn expect_head(&mut self, expected: &str) {
        let answer = self.answer_to_head();
        self.compare(&answer, expected);
    }

    #[track_caller]
    fn compare(&self, answer: &Answer, expected: &str) {
        let mut whole = answer.head.clone().into_bytes();
        whole.extend_from_slice(&answer.framed);
        if whole != expected.as_bytes() {
            let whole = show(&whole);
            self.fail(&format!("expected\n{}\ngot\n{whole}", show(expected.as_bytes())));
        }
    }

    /// Reads up to and with `end`.
    #[track_caller]
    pub(crate) fn read_until(&mut self, end: &[u8]) -> Vec<u8> {
        loop {
            let unseen = &self.received[self.seen..];
            if let Some(at) = unseen.windows(end.len()).position(|window| window == end) {
                return self.take(at + end.len());
            }
            if self.fill() == 0 {
                self.fail(&format!("the connection ended where {:?} was awaited", show(end)));
            }
        }
    }

    #[track_caller]
    pub(crate) fn read_exact(&mut self, count: usize) -> Vec<u8> {
        while self.received.len() - self.seen < count {
            if self.fill() == 0 {
                let got = self.received.len() - self.seen;
                self.fail(&format!("the connection ended after {got} of {count} bytes"));
            }
        }
        self.take(count)
    }

    /// Everything up to the end of the connection.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.fill() > 0 {}
        self.take(self.received.len() - self.seen)
    }

    /// Everything up to the end of the connection, also where that is a reset.
    #[track_caller]
    pub(crate) fn rest_or_reset(&mut self) -> Vec<u8> {
        loop {
            match self.try_fill() {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    self.fail("the connection does not end")
                }
                Err(_) => break,
            }
        }
        self.take(self.received.len() - self.seen)
    }

    /// The connection ends, properly, without another byte.
    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        let rest = self.rest();
        if !rest.is_empty() {
            self.fail(&format!("more came before the end: {}", show(&rest)));
        }
    }

    /// The connection ends, be it by a reset, without another byte.
    #[track_caller]
    pub(crate) fn expect_cut(&mut self) {
        let rest = self.rest_or_reset();
        if !rest.is_empty() {
            self.fail(&format!("more came before the end: {}", show(&rest)));
        }
    }

    /// Nothing comes for `time`, and the connection is open then.
    #[track_caller]
    pub(crate) fn expect_silence(&mut self, time: Duration) {
        assert_eq!(self.seen, self.received.len(), "{}", self.transcripts());
        self.set_patience(time);
        let outcome = self.try_fill();
        self.set_patience(PATIENCE);
        match outcome {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            outcome => self.fail(&format!("expected silence, but {outcome:?}")),
        }
    }

    /// Says that no more will be sent.
    pub(crate) fn close_write(&self) {
        match &self.stream {
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Write).unwrap(),
            Stream::Unix(stream) => stream.shutdown(Shutdown::Write).unwrap(),
        }
    }

    /// Ends the connection with a reset.
    pub(crate) fn reset(self) {
        match &self.stream {
            Stream::Tcp(stream) => SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap(),
            Stream::Unix(_) => {}
        }
    }

    /// Bytes that have come, read or not, without waiting for more than a moment.
    pub(crate) fn drain_for(&mut self, time: Duration) -> usize {
        let end = Instant::now() + time;
        self.set_patience(Duration::from_millis(20));
        while Instant::now() < end && self.try_fill().is_ok_and(|count| count > 0) {}
        self.set_patience(PATIENCE);
        self.take(self.received.len() - self.seen).len()
    }

    fn set_patience(&self, time: Duration) {
        match &self.stream {
            Stream::Tcp(stream) => stream.set_read_timeout(Some(time)).unwrap(),
            Stream::Unix(stream) => stream.set_read_timeout(Some(time)).unwrap(),
        }
    }

    #[track_caller]
    fn fill(&mut self) -> usize {
        match self.try_fill() {
            Ok(count) => count,
            Err(error) => self.fail(&format!("reading failed: {error}")),
        }
    }

    fn try_fill(&mut self) -> io::Result<usize> {
        let mut buf = [0; 64 * 1024];
        let count = match &mut self.stream {
            Stream::Tcp(stream) => stream.read(&mut buf)?,
            Stream::Unix(stream) => stream.read(&mut buf)?,
        };
        self.received.extend_from_slice(&buf[..count]);
        Ok(count)
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let taken = self.received[self.seen..self.seen + count].to_vec();
        self.seen += count;
        taken
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        panic!("{what}\n{}", self.transcripts())
    }

    fn transcripts(&self) -> String {
        format!("--- sent\n{}\n--- received\n{}", show(&self.sent), show(&self.received))
    }
}

/// The bytes of a GET of `path`.
pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n")
}

/// The bytes of a POST of `body` to `path`, with its length.
pub(crate) fn post(path: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn field<'h>(head: &'h str, name: &str) -> &'h str {
    let line = head.lines().find(|line| line.split(':').next().is_some_and(|held| held.eq_ignore_ascii_case(name)));
    line.and_then(|line| line.split_once(':')).map_or("", |(_, value)| value.trim())
}

fn without_date(head: &str) -> String {
    head.split_inclusive("\r\n").filter(|line| !line.starts_with("Date: ")).collect()
}

/// Bytes as text, with line ends that can be seen, the middle of long ones left out.
fn show(bytes: &[u8]) -> String {
    const END: usize = 1500;
    let mut text = String::new();
    let line = |text: &mut String, bytes: &[u8]| {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let _ = writeln!(text, "  {}", piece.escape_ascii());
        }
    };
    if bytes.len() <= 2 * END {
        line(&mut text, bytes);
    } else {
        line(&mut text, &bytes[..END]);
        let _ = writeln!(text, "  … {} bytes …", bytes.len() - 2 * END);
        line(&mut text, &bytes[bytes.len() - END..]);
    }
    text
}
