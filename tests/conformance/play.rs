//! Plays conversations over sockets of 127.0.0.1 and takes down what is answered.
//!
//! With an expectation a wait ends as soon as what is expected has come, so that a busy machine is waited for and an idle one
//! does not wait. Without one, for recording, it ends when nothing has come for a while.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::answers::{Exchange, Side, mask};
use crate::script::{Conversation, Step};

/// How long what is expected may take: longer than anything does on a busy machine.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long a connection that should stay open is looked at.
const LOOK: Duration = Duration::from_millis(40);

/// When recording: the silence that ends a wait.
const SILENCE: Duration = Duration::from_millis(350);

/// Between pieces.
const BREATH: Duration = Duration::from_micros(300);

/// Conversations that are held at once: most of the time each of them waits.
const AT_ONCE: usize = 24;

/// Plays conversations, several at once. The answers are in their order.
///
/// # Panics
///
/// When a thread of it has panicked.
#[must_use]
pub fn play_all(parts: &[Part<'_>]) -> Vec<io::Result<Exchange>> {
    let next = AtomicUsize::new(0);
    let played = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(part) = parts.get(at) else { return };
                    let exchange = play(part);
                    played.lock().unwrap_or_else(PoisonError::into_inner).push((at, exchange));
                }
            });
        }
    });
    let mut played = played.into_inner().unwrap_or_else(PoisonError::into_inner);
    played.sort_by_key(|(at, _)| *at);
    played.into_iter().map(|(_, exchange)| exchange).collect()
}

/// A conversation that is to be played.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// What the client does.
    pub conversation: &'a Conversation,
    /// With whom.
    pub server: SocketAddr,
    /// What is expected; nothing when it is recorded.
    pub expected: Option<&'a Exchange>,
}

/// Plays one conversation.
///
/// # Errors
///
/// Those of connecting. That a server closes is no error.
pub fn play(part: &Part<'_>) -> io::Result<Exchange> {
    let mut lines: BTreeMap<usize, Line> = BTreeMap::new();
    let mut at = 0;
    for step in &part.conversation.steps {
        if let Step::Conn(number) = step {
            at = *number;
            continue;
        }
        let line = match lines.entry(at) {
            Entry::Occupied(line) => line.into_mut(),
            Entry::Vacant(place) => place.insert(Line::connect(part.server)?),
        };
        let patience = Patience::of(part, at);
        match step {
            Step::Send(bytes) => line.send(bytes),
            Step::SendPieces(bytes, size) => {
                for piece in bytes.chunks(*size) {
                    line.send(piece);
                    thread::sleep(BREATH);
                }
            }
            Step::Wait => line.wait(&patience),
            Step::Pause(milliseconds) => thread::sleep(Duration::from_millis(*milliseconds)),
            Step::HalfClose => drop(line.stream.shutdown(Shutdown::Write)),
            Step::Close => drop(line.stream.shutdown(Shutdown::Both)),
            Step::Conn(_) => {}
        }
    }
    for (number, line) in &mut lines {
        line.settle(&Patience::of(part, *number));
    }
    let sides = lines.into_iter().map(|(number, line)| (number, line.side())).collect();
    Ok(Exchange { sides })
}

/// How long to wait, and for what.
#[derive(Debug)]
struct Patience<'a> {
    expected: Option<&'a Side>,
    silence: Duration,
}

impl<'a> Patience<'a> {
    fn of(part: &Part<'a>, conn: usize) -> Self {
        let silence = SILENCE + Duration::from_millis(part.conversation.slow);
        Self { expected: part.expected.and_then(|expected| expected.sides.get(&conn)), silence }
    }
}

/// A connection and what has come over it.
#[derive(Debug)]
struct Line {
    stream: TcpStream,
    side: Side,
}

impl Line {
    fn connect(server: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, side: Side::default() })
    }

    /// Sends. A server that takes nothing any more is seen when it is read from.
    fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Reads until as much has come as is expected, or nothing comes any more.
    fn wait(&mut self, patience: &Patience<'_>) {
        match patience.expected {
            None => while !self.side.closed && self.read(patience.silence) {},
            Some(expected) => {
                let mark = expected.marks.get(self.side.marks.len()).copied().unwrap_or(expected.bytes.len());
                self.read_to(mark);
            }
        }
        self.side.marks.push(self.side.bytes.len());
    }

    /// Reads all that is still to come.
    fn settle(&mut self, patience: &Patience<'_>) {
        let Some(expected) = patience.expected else {
            while !self.side.closed && self.read(patience.silence) {}
            return;
        };
        self.read_to(expected.bytes.len());
        if expected.closed {
            self.read_to(usize::MAX);
        } else {
            while !self.side.closed && self.read(LOOK) {}
        }
    }

    /// Reads until so much has come, or the end, or patience is at an end.
    fn read_to(&mut self, length: usize) {
        let end = Instant::now() + PATIENCE;
        while !self.side.closed && self.side.bytes.len() < length {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.read(left) {
                return;
            }
        }
    }

    /// Reads once. Whether anything happened in the time.
    fn read(&mut self, time: Duration) -> bool {
        let mut piece = [0; 16 << 10];
        let _ = self.stream.set_read_timeout(Some(time));
        match self.stream.read(&mut piece) {
            Ok(0) => self.side.closed = true,
            Ok(length) => self.side.bytes.extend_from_slice(&piece[..length]),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => return false,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // A connection that was reset is closed as well.
            Err(_) => self.side.closed = true,
        }
        true
    }

    fn side(mut self) -> Side {
        mask(&mut self.side.bytes);
        self.side
    }
}
