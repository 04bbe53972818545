//! The accounting against a system that returns every awkward combination.
//!
//! Tables are in words. A script says what the system does call by call (then it does all that is
//! asked): `7` takes up to seven bytes, `7!AGAIN` takes up to seven and reports an error beside
//! them (copying: takes none), `boast` takes all and claims more. Turns say what is to come of
//! each limit: `30>sent:30`, `*>done` (no limit), `*>full:7`, `*>short:60:40`, `*>PIPE`.

use std::collections::VecDeque;

use super::*;
use crate::pool::BUFFER_SIZE;
use crate::sys::Moved;
use Path::{Copying, ZeroCopy};

const BOTH: &[Path] = &[ZeroCopy, Copying];
const BOAST: usize = usize::MAX;

const ERRORS: [(&str, i32); 11] = [
    ("AGAIN", libc::EAGAIN),
    ("INTR", libc::EINTR),
    ("INVAL", libc::EINVAL),
    ("NOSYS", libc::ENOSYS),
    ("OPNOTSUPP", libc::EOPNOTSUPP),
    ("NOTSUP", libc::ENOTSUP),
    ("PIPE", libc::EPIPE),
    ("CONNRESET", libc::ECONNRESET),
    ("IO", libc::EIO),
    ("PERM", libc::EPERM),
    ("NOBUFS", libc::ENOBUFS),
];

/// Up to how many bytes the next call takes, and the error it reports.
type Act = (usize, Option<i32>);

fn acts(script: &str) -> VecDeque<Act> {
    let act = |word: &str| {
        let (count, error) = word.split_once('!').unwrap_or((word, ""));
        let number = ERRORS.iter().find(|e| e.0 == error).map(|e| e.1);
        assert_eq!(number.is_none(), error.is_empty(), "{word}");
        (count.parse().unwrap_or(BOAST), number)
    };
    script.split_whitespace().map(act).collect()
}

fn outcome(got: &io::Result<Progress>) -> String {
    match got {
        Ok(Progress::Done) => "done".to_owned(),
        Ok(Progress::Sent(n)) => format!("sent:{n}"),
        Ok(Progress::WouldBlock { sent }) => format!("full:{sent}"),
        Ok(Progress::FileEnded { sent, missing }) => format!("short:{sent}:{missing}"),
        Err(e) => ERRORS.iter().find(|n| Some(n.1) == e.raw_os_error()).unwrap().0.to_owned(),
    }
}

/// A file of known bytes, a socket that remembers, and a script.
struct Fake {
    file: Vec<u8>,
    out: Vec<u8>,
    script: VecDeque<Act>,
    /// Every zero-copy request and every read: offset and count.
    asked: Vec<(u64, usize)>,
    reads: Vec<(u64, usize)>,
}

impl Fake {
    fn new(length: usize, script: VecDeque<Act>) -> Self {
        let file = (0..length).map(|i| (i % 251) as u8).collect();
        Self { file, out: Vec::new(), script, asked: Vec::new(), reads: Vec::new() }
    }

    /// The file's bytes from `offset`, at most `count`.
    fn part(&self, offset: u64, count: usize) -> &[u8] {
        let rest = &self.file[self.file.len().min(offset as usize)..];
        &rest[..rest.len().min(count)]
    }
}

impl Calls for Fake {
    fn send_file(&mut self, offset: u64, count: NonZeroUsize) -> Moved {
        self.asked.push((offset, count.get()));
        let (most, error) = self.script.pop_front().unwrap_or((count.get(), None));
        let part = self.part(offset, most.min(count.get())).to_vec();
        self.out.extend_from_slice(&part);
        Moved { bytes: part.len() as u64 + if most == BOAST { 1000 } else { 0 }, error }
    }

    /// Of the script only `0!IO` and `0!INTR` apply to reads, so that either call can fail.
    fn read_at(&mut self, buffer: &mut [u8], offset: u64) -> Result<usize, i32> {
        self.reads.push((offset, buffer.len()));
        if let Some(&(0, Some(e @ (libc::EIO | libc::EINTR)))) = self.script.front() {
            self.script.pop_front();
            return Err(e);
        }
        let part = self.part(offset, buffer.len());
        buffer[..part.len()].copy_from_slice(part);
        Ok(part.len())
    }

    fn send(&mut self, bytes: &[u8]) -> Result<usize, i32> {
        assert!(!bytes.is_empty());
        let (most, error) = self.script.pop_front().unwrap_or((bytes.len(), None));
        if let Some(e) = error {
            return Err(e);
        }
        let sent = most.min(bytes.len());
        self.out.extend_from_slice(&bytes[..sent]);
        Ok(if most == BOAST { sent + 1000 } else { sent })
    }
}

fn transfer(path: Path, offset: u64, length: u64) -> Transfer {
    Transfer { offset, remaining: length, path }
}

/// Drives one turn and holds the accounting against what the socket really got.
fn turn(t: &mut Transfer, fake: &mut Fake, limit: u64) -> io::Result<Progress> {
    let (offset, owed, before) = (t.offset(), t.remaining(), fake.out.len());
    let got = t.drive(fake, limit, &BufferPool::new(0));
    let moved = owed - t.remaining();
    assert!(moved <= limit);
    assert_eq!(t.offset() - offset, moved);
    assert_eq!(&fake.out[before..], fake.part(offset, moved as usize));
    got
}

/// Runs a script on a file of `file` bytes, on each path from the start; the last one is returned.
#[track_caller]
fn check(paths: &[Path], file: usize, range: (u64, u64), script: &str, turns: &str) -> (Transfer, Fake) {
    let mut last = None;
    for &path in paths {
        let mut fake = Fake::new(file, acts(script));
        let mut t = transfer(path, range.0, range.1);
        for expected in turns.split_whitespace() {
            let (limit, _) = expected.split_once('>').unwrap();
            let got = turn(&mut t, &mut fake, limit.parse().unwrap_or(u64::MAX));
            assert_eq!(format!("{limit}>{}", outcome(&got)), expected, "{path:?} {script} {turns}");
        }
        last = Some((t, fake));
    }
    last.unwrap()
}

#[test]
fn both_paths_finish_and_count() {
    check(BOTH, 100, (0, 100), "", "*>done *>done");
    check(BOTH, 100, (30, 40), "", "*>done");
    check(BOTH, 100, (30, 0), "", "*>done 0>done");
    check(BOTH, 100, (200, 0), "", "*>done");
    check(BOTH, 100, (30, 40), "1 2 3", "*>done");
    check(BOTH, 100, (30, 40), "7 0!AGAIN", "*>full:7 *>done");
    check(BOTH, 100, (0, 9), "0!AGAIN 0!AGAIN", "*>full:0 *>full:0 *>done");
    check(BOTH, 100, (0, 9), "0!INTR 0!INTR 4 0!INTR 1 0!AGAIN", "*>full:5 *>done");
}

// pitfall A9
#[test]
fn a_turn_sends_no_more_than_its_limit() {
    let turns = "30>sent:30 0>sent:0 1>sent:1 50>sent:50 19>done";
    check(BOTH, 200, (10, 100), "", turns);
    check(BOTH, 200, (10, 100), "10 5 0!AGAIN 3", "20>full:15 20>sent:20 65>done");
}

// pitfall A8
#[test]
fn bytes_beside_an_error_count() {
    let z = &[ZeroCopy];
    check(z, 100, (0, 100), "40!AGAIN 0!AGAIN", "*>full:40 *>full:0 *>done");
    check(z, 100, (0, 100), "40!INTR 20!INTR", "*>done");
    // All was taken: that the socket is full now is no reason to wait for it.
    check(z, 100, (0, 100), "100!AGAIN", "*>done");
    check(z, 100, (0, 100), "60 40!AGAIN", "*>done");
    // The limit was taken, but the socket has said that it is full: only its room helps now.
    check(z, 100, (0, 100), "50!AGAIN", "50>full:50 *>done");
    let (t, _) = check(z, 100, (0, 100), "30!PIPE", "*>PIPE");
    assert_eq!(t.remaining(), 70);
}

// pitfall A3
#[test]
fn the_fallback_goes_on_where_the_call_stopped() {
    for error in ["INVAL", "NOSYS", "OPNOTSUPP", "NOTSUP"] {
        for (script, read) in [
            (format!("0!{error}"), (10, 80)),
            (format!("25 0!{error}"), (35, 55)),
            (format!("25 5!{error}"), (40, 50)),
            (format!("25 0!{error} 1 2"), (35, 55)),
        ] {
            let (t, fake) = check(&[ZeroCopy], 100, (10, 80), &script, "*>done");
            assert_eq!(fake.reads, [read], "{script}");
            assert!(!t.is_zero_copy());
        }
    }
    let script = "20!INVAL 0!AGAIN 7 0!AGAIN";
    let turns = "30>full:20 30>full:7 30>sent:30 30>done";
    let (_, fake) = check(&[ZeroCopy], 100, (10, 80), script, turns);
    assert_eq!(fake.asked.len(), 1, "refused once, never asked again");
}

// pitfall A3
#[test]
fn other_errors_are_errors() {
    for error in ["PIPE", "CONNRESET", "IO", "PERM", "NOBUFS"] {
        let script = format!("10 0!{error}");
        check(BOTH, 100, (0, 100), &script, &format!("*>{error} *>done"));
        let (t, fake) = check(&[ZeroCopy], 100, (0, 100), &script, &format!("*>{error}"));
        assert_eq!((t.is_zero_copy(), fake.reads.len()), (true, 0));
    }
    // From the file this time: nothing was sent.
    check(&[Copying], 100, (0, 100), "0!IO", "*>IO *>done");
}

// pitfall A5
#[test]
fn a_short_file_is_reported_and_not_padded() {
    check(BOTH, 60, (0, 100), "", "*>short:60:40 *>short:0:40");
    check(BOTH, 60, (60, 1), "", "*>short:0:1");
    check(BOTH, 60, (99, 1), "", "*>short:0:1");
    check(BOTH, 60, (10, 60), "20", "20>sent:20 *>short:30:10");
    check(&[ZeroCopy], 60, (0, 60), "20 0", "*>short:20:40");
    check(&[ZeroCopy], 60, (0, 70), "20 0!INVAL", "*>short:60:10");
}

// pitfall A7
#[test]
fn nothing_beyond_the_range_is_asked_for_or_counted() {
    for &path in BOTH {
        let (_, fake) = check(&[path], 1000, (10, 80), "30 boast", "*>done");
        let asked = [fake.asked, fake.reads].concat();
        assert!(asked.iter().all(|&(at, n)| at + n as u64 == 90), "{asked:?}");
    }
    check(BOTH, 1000, (10, 80), "boast boast", "40>sent:40 40>done");
}

#[test]
fn copying_goes_by_buffers_and_keeps_nothing() {
    let (_, fake) = check(&[Copying], 100_000, (1, 80_000), "", "*>done");
    let size = BUFFER_SIZE;
    assert_eq!(fake.reads, [(1, size), (32_769, size), (65_537, 80_000 - 2 * size)]);
    let (_, fake) = check(&[Copying], 100, (0, 100), "10 0!AGAIN", "*>full:10 *>done");
    assert_eq!(fake.reads, [(0, 100), (10, 90)]);
    // A socket that takes nothing and reports nothing is full, lest this never end.
    check(&[Copying], 100, (0, 100), "9 0", "*>full:9 *>done");
}

#[test]
fn a_huge_range_is_asked_for_in_pieces_that_fit() {
    struct Vast(Vec<(u64, u64)>);
    impl Calls for Vast {
        fn send_file(&mut self, offset: u64, count: NonZeroUsize) -> Moved {
            let bytes = count.get() as u64;
            self.0.push((offset, bytes));
            Moved { bytes, error: None }
        }
        fn read_at(&mut self, _: &mut [u8], _: u64) -> Result<usize, i32> {
            unreachable!("zero-copy only")
        }
        fn send(&mut self, _: &[u8]) -> Result<usize, i32> {
            unreachable!("zero-copy only")
        }
    }
    let mut vast = Vast(Vec::new());
    let mut t = transfer(ZeroCopy, 5 << 30, (5 << 30) + 1);
    let got = t.drive(&mut vast, u64::MAX, &BufferPool::new(0)).unwrap();
    assert_eq!((got, t.offset(), t.remaining()), (Progress::Done, (10 << 30) + 1, 0));
    let asked = vast.0;
    assert!(asked.iter().all(|&(_, n)| n <= 0x7fff_f000), "{asked:?}");
    assert!(asked.windows(2).all(|w| w[0].0 + w[0].1 == w[1].0), "{asked:?}");
    assert_eq!(asked.iter().map(|&(_, n)| n).sum::<u64>(), (5 << 30) + 1);
}

#[test]
fn the_path_is_chosen_by_length() {
    for (length, long) in [(0, false), (8191, false), (8192, true), (u64::MAX, true)] {
        assert_eq!(Transfer::new(3, length).is_zero_copy(), long && sys::ZERO_COPY, "{length}");
    }
}

#[test]
fn one_buffer_is_borrowed_and_comes_back() {
    let pool = BufferPool::new(1);
    let mut marked = pool.get();
    marked[BUFFER_SIZE - 1] = 77;
    pool.put(marked);
    for script in ["", "0!AGAIN", "0!PIPE", "0!IO", "5"] {
        let mut fake = Fake::new(100, acts(script));
        let _ = transfer(Copying, 0, 200).drive(&mut fake, u64::MAX, &pool);
        let buffer = pool.get();
        assert_eq!(buffer[BUFFER_SIZE - 1], 77, "{script}");
        pool.put(buffer);
    }
}

/// Random scripts, limits and ranges from a seed; `turn` says what must always hold.
#[test]
fn whatever_the_system_does_the_bytes_are_right() {
    fn check_one(seed: u64) {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut below = |bound: u64| {
            // xorshift64
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % bound
        };
        let (file, offset, length) = (below(3000) as usize, below(1000), below(3000));
        let count = below(30);
        let mut act = || match (below(300) as usize, below(12)) {
            (n, 0..=4) => (n + 1, None),
            (n, 5..=6) => (n, Some(libc::EAGAIN)),
            (n, 7..=8) => (n, Some(libc::EINTR)),
            (_, 9) => (0, Some(libc::EAGAIN)),
            (_, 10) => (0, Some(libc::EINTR)),
            (n, _) => (n, Some([libc::EINVAL, libc::ENOSYS][n % 2])),
        };
        let script = (0..count).map(|_| act()).collect();
        let mut fake = Fake::new(file, script);
        let mut t = transfer(BOTH[(seed % 2) as usize], offset, length);
        loop {
            let (limit, owed) = (below(500), t.remaining());
            let got = turn(&mut t, &mut fake, limit);
            let moved = owed - t.remaining();
            match got {
                Ok(Progress::Done) => break assert_eq!(t.remaining(), 0),
                Ok(Progress::Sent(n)) => assert_eq!((n, n), (moved, limit)),
                Ok(Progress::WouldBlock { sent }) => assert_eq!(sent, moved),
                Ok(Progress::FileEnded { sent, missing }) => {
                    assert_eq!((sent, missing), (moved, t.remaining()));
                    break assert!(t.offset() >= file as u64);
                }
                // Copying has nothing to fall back on.
                Err(e) => assert!(!t.is_zero_copy(), "{e}"),
            }
        }
    }
    for seed in 0..4000 {
        let ran = std::panic::catch_unwind(|| check_one(seed));
        assert!(ran.is_ok(), "seed {seed}");
    }
}

#[test]
fn types_cross_threads() {
    fn check<T: Send + Sync>() {}
    check::<Transfer>();
    check::<Progress>();
    check::<BufferPool>();
}
