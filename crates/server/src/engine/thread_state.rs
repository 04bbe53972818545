//! Whether a thread waits or is merely slow: asked by the monitor before it takes a loop away.
//!
//! A thread that has work to do but no processor to do it on is stuck in nothing, and another thread in its place would be
//! no better off. Linux tells the two apart; elsewhere every thread counts as waiting.

/// The number by which the system knows the calling thread; 0 where it cannot be asked about.
#[cfg(target_os = "linux")]
pub(crate) fn own() -> u32 {
    thread_local! {
        static OWN: u32 = rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs();
    }
    OWN.with(|own| *own)
}

/// The number by which the system knows the calling thread: it cannot be asked about here.
#[cfg(not(target_os = "linux"))]
pub(crate) const fn own() -> u32 {
    0
}

/// Whether the thread has something to run, be it on a processor or waiting for one.
///
/// Allocates nothing.
#[cfg(target_os = "linux")]
pub(crate) fn is_runnable(thread: u32) -> bool {
    use std::io::Write;

    use rustix::fs::{Mode, OFlags};

    let mut path = [0; 48];
    let mut rest = &mut path[..];
    if write!(rest, "/proc/self/task/{thread}/stat").is_err() {
        return false;
    }
    let length = path.iter().position(|&byte| byte == 0).unwrap_or(path.len());
    let Ok(file) = rustix::fs::open(&path[..length], OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) else {
        return false;
    };
    let mut line = [0; 128];
    let count = rustix::io::read(&file, &mut line).unwrap_or(0);
    // `1234 (name) R …`: the name may hold anything, so the last parenthesis counts.
    let end = line[..count].iter().rposition(|&byte| byte == b')');
    end.and_then(|end| line.get(end + 2)) == Some(&b'R')
}

/// Whether the thread has something to run; not known here.
#[cfg(not(target_os = "linux"))]
pub(crate) const fn is_runnable(_: u32) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_waiting_thread_is_told_from_a_running_one() {
        assert!(is_runnable(own()));
        let (tell, told) = mpsc::channel();
        let (go, gate) = mpsc::channel::<()>();
        let waiting = std::thread::spawn(move || {
            tell.send(own()).unwrap();
            gate.recv().unwrap();
        });
        let thread = told.recv().unwrap();
        let end = Instant::now() + Duration::from_secs(10);
        while is_runnable(thread) {
            assert!(Instant::now() < end, "a thread that waits is never seen to");
            std::thread::yield_now();
        }
        go.send(()).unwrap();
        waiting.join().unwrap();
        assert!(!is_runnable(thread), "a thread that has ended runs nothing");
    }
}
