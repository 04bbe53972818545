//! The floor: what the system calls alone cost. It looks for the end of a head and at the path, and parses nothing else;
//! its answers are ready-made, the date in them too. Not a server that anybody should use.

use std::fs::File;
use std::io::Write as _;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::PathBuf;

use peers::{HELLO, Options, PIECE, PIECES};
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, accept_with, bind, ipproto, listen, recv, send,
    socket_with, sockopt,
};

const FIELDS: &str = "Date: Sat, 21 Nov 2026 00:00:00 GMT\r\n";

/// What a connection is still owed: bytes, then the ready-made stream, then a file.
#[derive(Default)]
struct Owed {
    bytes: Vec<u8>,
    sent: usize,
    stream: Option<usize>,
    file: Option<(File, u64, u64)>,
}

impl Owed {
    fn is_nothing(&self) -> bool {
        self.sent == self.bytes.len() && self.stream.is_none() && self.file.is_none()
    }
}

struct Connection {
    socket: OwnedFd,
    /// The part of a request that has come.
    begun: Vec<u8>,
    owed: Owed,
    closes: bool,
    waits_to_write: bool,
}

struct Worker {
    poll: OwnedFd,
    data: PathBuf,
    stream: Vec<u8>,
    hello: [Vec<u8>; 2],
    connections: Vec<Option<Box<Connection>>>,
}

/// Sends what is owed; whether that was all. An error ends the connection.
fn send_owed(socket: &OwnedFd, owed: &mut Owed, stream: &[u8]) -> Result<bool, Errno> {
    let sent = |result: Result<usize, Errno>| match result {
        Ok(count) => Ok(Some(count)),
        Err(Errno::AGAIN) => Ok(None),
        Err(error) => Err(error),
    };
    while owed.sent < owed.bytes.len() {
        let more = owed.stream.is_some() || owed.file.is_some();
        let flags = if more { SendFlags::NOSIGNAL | SendFlags::MORE } else { SendFlags::NOSIGNAL };
        let Some(count) = sent(send(socket, &owed.bytes[owed.sent..], flags))? else { return Ok(false) };
        owed.sent += count;
    }
    owed.bytes.clear();
    owed.sent = 0;
    while let Some(at) = owed.stream {
        let Some(count) = sent(send(socket, &stream[at..], SendFlags::NOSIGNAL))? else { return Ok(false) };
        owed.stream = (at + count < stream.len()).then_some(at + count);
    }
    while let Some((file, at, end)) = &mut owed.file {
        let left = usize::try_from(*end - *at).expect("files fit into memory");
        let Some(count) = sent(rustix::fs::sendfile(socket, &*file, Some(at), left))? else { return Ok(false) };
        if count == 0 || *at >= *end {
            owed.file = None;
        }
    }
    Ok(true)
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// Where the head ends; looks at four bytes at a time only where there is a line end.
fn head_end(bytes: &[u8]) -> Option<usize> {
    let mut from = 3;
    while let Some(&byte) = bytes.get(from) {
        match byte {
            b'\n' if bytes[from - 3..from] == *b"\r\n\r" => return Some(from + 1),
            b'\n' => from += 2,
            b'\r' => from += 1,
            _ => from += 4,
        }
    }
    None
}

impl Worker {
    /// Answers the complete requests in `input` into `owed`; returns how many bytes they took.
    fn answer(&self, input: &[u8], owed: &mut Owed, closes: &mut bool) -> usize {
        let mut taken = 0;
        while owed.stream.is_none() && owed.file.is_none() && !*closes {
            let rest = &input[taken..];
            let Some(end) = head_end(rest) else { break };
            let head = &rest[..end];
            let path = &head[head.iter().position(|byte| *byte == b' ').map_or(end, |at| at + 1)..];
            let mut used = end;
            if let Some(name) = path.strip_prefix(b"/static/") {
                let name = &name[..name.iter().position(|byte| *byte == b' ').unwrap_or(0)];
                let file = File::open(self.data.join(String::from_utf8_lossy(name).as_ref())).expect("a file");
                let length = file.metadata().expect("a length").len();
                let _ = write!(
                    owed.bytes,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\n\
                     Last-Modified: Sat, 21 Nov 2026 00:00:00 GMT\r\n{FIELDS}\r\n"
                );
                owed.file = Some((file, 0, length));
            } else if path.starts_with(b"/stream") {
                let _ = write!(
                    owed.bytes,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n{FIELDS}\r\n"
                );
                owed.stream = Some(0);
            } else if path.starts_with(b"/echo") {
                let length = position(head, b"Content-Length: ").map_or(0, |at| digits(&head[at + 16..]));
                if rest.len() < end + length {
                    break;
                }
                let _ = write!(
                    owed.bytes,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\n\
                     {FIELDS}\r\n"
                );
                owed.bytes.extend_from_slice(&rest[end..end + length]);
                used += length;
            } else {
                // A head as short as this has no room for `Connection: close`.
                *closes = head.len() > 60 && position(head, b"Connection: close").is_some();
                owed.bytes.extend_from_slice(&self.hello[usize::from(*closes)]);
            }
            taken += used;
        }
        taken
    }

    /// Reads once, answers, sends. Whether the connection stays.
    fn drive(&self, connection: &mut Connection, buffer: &mut [u8], spare: &mut Owed) -> Result<bool, Errno> {
        let Connection { socket, begun, owed, closes, .. } = connection;
        if owed.is_nothing() {
            let (count, _) = match recv(&*socket, &mut *buffer, RecvFlags::empty()) {
                Err(Errno::AGAIN) => return Ok(true),
                other => other?,
            };
            if count == 0 {
                return Ok(false);
            }
            let input = &buffer[..count];
            if begun.is_empty() {
                let taken = self.answer(input, spare, closes);
                begun.extend_from_slice(&input[taken..]);
            } else {
                begun.extend_from_slice(input);
                let taken = self.answer(begun, spare, closes);
                begun.drain(..taken);
                if begun.is_empty() {
                    *begun = Vec::new();
                }
            }
            if send_owed(socket, spare, &self.stream)? {
                return Ok(!*closes);
            }
            *owed = std::mem::take(spare);
        } else if send_owed(socket, owed, &self.stream)? {
            *owed = Owed::default();
            return Ok(!*closes);
        }
        Ok(true)
    }

    fn accept(&mut self, listener: &OwnedFd) -> Result<(), Errno> {
        for _ in 0..64 {
            let socket = match accept_with(listener, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC) {
                Err(Errno::AGAIN) => break,
                other => other?,
            };
            sockopt::set_tcp_nodelay(&socket, true)?;
            let token = usize::try_from(socket.as_raw_fd()).expect("descriptors are not negative");
            epoll::add(&self.poll, &socket, EventData::new_u64(token as u64), EventFlags::IN)?;
            if self.connections.len() <= token {
                self.connections.resize_with(token + 1024, || None);
            }
            self.connections[token] = Some(Box::new(Connection {
                socket,
                begun: Vec::new(),
                owed: Owed::default(),
                closes: false,
                waits_to_write: false,
            }));
        }
        Ok(())
    }

    fn run(mut self, listener: &OwnedFd) -> Result<(), Errno> {
        let listening = u64::try_from(listener.as_raw_fd()).expect("descriptors are not negative");
        epoll::add(&self.poll, listener, EventData::new_u64(listening), EventFlags::IN)?;
        let mut events = [MaybeUninit::uninit(); 1024];
        let mut buffer = vec![0; 64 << 10];
        let mut spare = Owed::default();
        loop {
            let (events, _) = epoll::wait(&self.poll, &mut events[..], None)?;
            for event in events {
                let token = event.data.u64();
                if token == listening {
                    self.accept(listener)?;
                    continue;
                }
                let token = usize::try_from(token).expect("tokens are descriptors");
                let Some(mut connection) = self.connections[token].take() else { continue };
                if !self.drive(&mut connection, &mut buffer, &mut spare).unwrap_or(false) {
                    continue;
                }
                let waits_to_write = !connection.owed.is_nothing();
                if waits_to_write != connection.waits_to_write {
                    connection.waits_to_write = waits_to_write;
                    let interest = if waits_to_write { EventFlags::OUT } else { EventFlags::IN };
                    epoll::modify(&self.poll, &connection.socket, EventData::new_u64(token as u64), interest)?;
                }
                self.connections[token] = Some(connection);
            }
        }
    }
}

fn digits(bytes: &[u8]) -> usize {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))
}

fn listener(address: SocketAddr) -> Result<OwnedFd, Errno> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, Some(ipproto::TCP))?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    sockopt::set_socket_reuseport(&socket, true)?;
    bind(&socket, &address)?;
    listen(&socket, 4096)?;
    Ok(socket)
}

fn hello(fields: &str) -> Vec<u8> {
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n{fields}{FIELDS}\r\n",
        HELLO.len()
    )
    .into_bytes();
    answer.extend_from_slice(HELLO);
    answer
}

fn stream() -> Vec<u8> {
    let chunk = [format!("{:x}\r\n", PIECE.len()).as_bytes(), PIECE, b"\r\n"].concat();
    let mut stream = chunk.repeat(PIECES);
    stream.extend_from_slice(b"0\r\n\r\n");
    stream
}

fn main() {
    let options = Options::of_process();
    let workers: Vec<_> = (0..options.workers)
        .map(|_| {
            let listener = listener(options.address()).expect("the port is free");
            let worker = Worker {
                poll: epoll::create(epoll::CreateFlags::CLOEXEC).expect("a poller"),
                data: options.data.clone(),
                stream: stream(),
                hello: [hello(""), hello("Connection: close\r\n")],
                connections: Vec::new(),
            };
            std::thread::spawn(move || worker.run(&listener))
        })
        .collect();
    for worker in workers {
        worker.join().expect("a worker does not panic").expect("no system call fails");
    }
}
