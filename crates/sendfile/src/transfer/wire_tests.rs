//! Both paths over real sockets: socket pairs and TCP on loopback.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;

use super::*;

const BOTH: [Path; 2] = [Path::ZeroCopy, Path::Copying];
const TURN: u64 = 256 * 1024;

fn unix() -> (OwnedFd, OwnedFd) {
    let (a, b) = UnixStream::pair().unwrap();
    a.set_nonblocking(true).unwrap();
    (a.into(), b.into())
}

fn tcp() -> (OwnedFd, OwnedFd) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    server.set_nonblocking(true).unwrap();
    (server.into(), client.into())
}

/// Neither a page's nor a buffer's period, so that bytes from a wrong place show.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8 ^ (i >> 12) as u8).collect()
}

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn range(path: Path, offset: u64, length: u64) -> Transfer {
    Transfer { offset, remaining: length, path }
}

/// Sends until the socket is full or nothing more can be sent.
fn fill(t: &mut Transfer, file: &File, socket: &OwnedFd) -> Progress {
    let pool = BufferPool::new(1);
    loop {
        match t.send(file.as_fd(), socket.as_fd(), TURN, &pool).unwrap() {
            Progress::Sent(n) => assert_eq!(n, TURN),
            other => return other,
        }
    }
}

/// Fills and drains in turn until the transfer stops; the peer's bytes, and why it stopped.
fn run(t: &mut Transfer, file: &File, socket: &OwnedFd, peer: &mut File) -> (Vec<u8>, Progress) {
    let mut got = Vec::new();
    let mut part = vec![0; 1 << 16];
    loop {
        match fill(t, file, socket) {
            Progress::WouldBlock { .. } => {
                let n = peer.read(&mut part).unwrap();
                got.extend_from_slice(&part[..n]);
            }
            end => return (got, end),
        }
    }
}

/// As `run`, with the socket closed in the end, so that nothing sent can be overlooked.
fn deliver(t: &mut Transfer, file: &File, (socket, peer): (OwnedFd, OwnedFd)) -> (Vec<u8>, Progress) {
    let mut peer = File::from(peer);
    let (mut got, end) = run(t, file, &socket, &mut peer);
    drop(socket);
    peer.read_to_end(&mut got).unwrap();
    (got, end)
}

#[track_caller]
fn assert_same(got: &[u8], expected: &[u8]) {
    assert_eq!(got.len(), expected.len());
    let at = got.iter().zip(expected).position(|(a, b)| a != b);
    assert_eq!(at, None, "first difference");
}

#[test]
fn ranges_arrive_exactly() {
    let bytes = content(3 << 20);
    let file = file_of(&bytes);
    for path in BOTH {
        for (offset, length) in [
            (0, 0),
            (5, 1),
            (0, 8191),
            (4095, 8192),
            (1, 32768),
            (7, 32769),
            (0, 3 << 20),
            (1_000_001, 2_000_000),
            ((3 << 20) - 1, 1),
        ] {
            for pair in [unix(), tcp()] {
                let mut t = range(path, offset, length);
                let (got, end) = deliver(&mut t, &file, pair);
                assert_eq!(end, Progress::Done);
                assert_same(&got, &bytes[offset as usize..][..length as usize]);
                assert_eq!(t.is_zero_copy(), path == Path::ZeroCopy && (sys::ZERO_COPY || length == 0));
            }
        }
    }
}

// pitfall A1
#[test]
fn the_position_is_neither_used_nor_moved_and_transfers_share_a_file() {
    let bytes = content(1 << 20);
    let mut file = file_of(&bytes);
    for path in BOTH {
        file.seek(SeekFrom::Start(77)).unwrap();
        let (first, second) = ((unix(), range(path, 10, 600_000)), (tcp(), range(path, 500_000, 500_000)));
        let mut parts = [first, second].map(|((socket, peer), t)| (socket, File::from(peer), t, Vec::new()));
        while parts.iter().any(|(_, _, t, _)| t.remaining() > 0) {
            for (socket, peer, t, got) in &mut parts {
                if let Progress::WouldBlock { .. } = fill(t, &file, socket) {
                    let mut part = [0; 10_000];
                    let n = peer.read(&mut part).unwrap();
                    got.extend_from_slice(&part[..n]);
                }
            }
        }
        for ((socket, mut peer, _, mut got), start) in parts.into_iter().zip([10, 500_000]) {
            drop(socket);
            peer.read_to_end(&mut got).unwrap();
            let length = got.len();
            assert_eq!(length, if start == 10 { 600_000 } else { 500_000 });
            assert_same(&got, &bytes[start..][..length]);
        }
        assert_eq!(file.stream_position().unwrap(), 77);
    }
}

// pitfall A2
#[test]
fn the_descriptors_stay_the_owners() {
    let bytes = content(20_000);
    let file = file_of(&bytes);
    for path in BOTH {
        let (socket, peer) = unix();
        let (mut socket, mut peer) = (UnixStream::from(socket), UnixStream::from(peer));
        let pool = BufferPool::new(1);
        socket.write_all(b"head").unwrap();
        let done = range(path, 0, 20_000).send(file.as_fd(), socket.as_fd(), TURN, &pool).unwrap();
        assert_eq!(done, Progress::Done);
        socket.write_all(b"next").unwrap();
        socket.shutdown(std::net::Shutdown::Write).unwrap();
        let mut got = Vec::new();
        peer.read_to_end(&mut got).unwrap();
        assert_same(&got, &[b"head", &bytes[..], b"next"].concat());
    }
}

#[test]
fn beyond_two_gibibytes() {
    let file = tempfile::tempfile().unwrap();
    let bytes = content(100_000);
    for start in [(2 << 30) - 50_000, 3 << 30, (4 << 30) - 50_000, 5 << 30] {
        file.write_all_at(&bytes, start).unwrap();
        for path in BOTH {
            let (got, end) = deliver(&mut range(path, start, 100_000), &file, unix());
            assert_eq!(end, Progress::Done);
            assert_same(&got, &bytes);
        }
    }
    // A range longer than any single call may ask for, with no limit: it stops at the full socket.
    for path in BOTH {
        let (socket, _peer) = unix();
        let mut t = range(path, 0, 4 << 30);
        let progress = t.send(file.as_fd(), socket.as_fd(), u64::MAX, &BufferPool::new(0)).unwrap();
        assert_eq!(progress, Progress::WouldBlock { sent: t.offset() });
        assert!(t.offset() > 0);
    }
}

// pitfall A5
#[test]
fn a_file_that_shrinks_is_noticed() {
    let bytes = content(8 << 20);
    for path in BOTH {
        for (cut, pair) in [(0, unix()), (4095, tcp())] {
            let file = file_of(&bytes);
            let (socket, mut peer) = (pair.0, File::from(pair.1));
            let mut t = range(path, 0, 8 << 20);
            assert!(matches!(fill(&mut t, &file, &socket), Progress::WouldBlock { .. }));
            let length = t.offset() + cut;
            assert!(length < 8 << 20);
            file.set_len(length).unwrap();
            let (mut got, end) = run(&mut t, &file, &socket, &mut peer);
            let missing = (8 << 20) - length;
            assert!(matches!(end, Progress::FileEnded { missing: m, .. } if m == missing), "{end:?}");
            assert_eq!(t.remaining(), missing);
            drop(socket);
            peer.read_to_end(&mut got).unwrap();
            assert_same(&got, &bytes[..length as usize]);
        }
    }
}

// pitfall A7
#[test]
fn a_file_that_grows_sends_only_what_was_promised() {
    let bytes = content(4 << 20);
    for path in BOTH {
        for pair in [unix(), tcp()] {
            let mut file = file_of(&bytes);
            let (socket, mut peer) = (pair.0, File::from(pair.1));
            let mut t = range(path, 0, 4 << 20);
            assert!(matches!(fill(&mut t, &file, &socket), Progress::WouldBlock { .. }));
            file.write_all(&[0xEE; 1 << 20]).unwrap();
            let (mut got, end) = run(&mut t, &file, &socket, &mut peer);
            assert_eq!(end, Progress::Done);
            drop(socket);
            peer.read_to_end(&mut got).unwrap();
            assert_same(&got, &bytes);
        }
    }
}

// pitfall A9
#[test]
fn a_turn_ends_at_its_limit() {
    let file = file_of(&content(100_000));
    let pool = BufferPool::new(1);
    for path in BOTH {
        let (socket, _peer) = unix();
        let mut t = range(path, 0, 100_000);
        let mut turn = |limit| t.send(file.as_fd(), socket.as_fd(), limit, &pool).unwrap();
        assert_eq!(turn(0), Progress::Sent(0));
        assert_eq!(turn(1), Progress::Sent(1));
        assert_eq!(turn(40_000), Progress::Sent(40_000));
        assert_eq!(turn(9_999), Progress::Sent(9_999));
        assert_eq!(turn(50_000), Progress::Done);
    }
}

#[test]
fn a_peer_that_left_is_an_error() {
    let file = file_of(&content(100_000));
    for path in BOTH {
        let (socket, peer) = unix();
        drop(peer);
        let mut t = range(path, 0, 100_000);
        let error = t.send(file.as_fd(), socket.as_fd(), TURN, &BufferPool::new(1)).unwrap_err();
        let gone = [io::ErrorKind::BrokenPipe, io::ErrorKind::NotConnected];
        assert!(gone.contains(&error.kind()), "{error}");
        assert_eq!(t.remaining(), 100_000);
    }
}

#[test]
fn what_cannot_be_sent_is_an_error() {
    let pool = BufferPool::new(1);
    let directory = tempfile::tempdir().unwrap();
    let directory = File::open(directory.path()).unwrap();
    let file = file_of(&content(10_000));
    for path in BOTH {
        let (socket, _peer) = unix();
        let error = range(path, 0, 10_000).send(directory.as_fd(), socket.as_fd(), TURN, &pool).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EISDIR), "{path:?}");
        for offset in [1 << 63, u64::MAX] {
            let mut t = range(path, offset, 10_000);
            let error = t.send(file.as_fd(), socket.as_fd(), TURN, &pool).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::EOVERFLOW), "{path:?}");
            assert_eq!((t.offset(), t.remaining()), (offset, 10_000));
        }
        let mut past = range(path, 1 << 40, 10_000);
        let end = past.send(file.as_fd(), socket.as_fd(), TURN, &pool).unwrap();
        assert_eq!(end, Progress::FileEnded { sent: 0, missing: 10_000 });
    }
}

// pitfall A3
#[cfg(target_os = "linux")]
#[test]
fn a_file_system_without_the_call_is_copied() {
    // Read-only entries of procfs refuse it on current kernels.
    let expected = std::fs::read("/proc/self/cmdline").unwrap();
    let file = File::open("/proc/self/cmdline").unwrap();
    let mut t = range(Path::ZeroCopy, 3, expected.len() as u64 - 3);
    let (got, end) = deliver(&mut t, &file, unix());
    assert_eq!(end, Progress::Done);
    assert_same(&got, &expected[3..]);
}
