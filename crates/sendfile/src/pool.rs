//! A bounded free list of equal buffers for the copying path.
//!
//! It must never hold more than its bound, nor take in a buffer of another size.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Length in bytes of every buffer of a [`BufferPool`]: 32 KiB.
pub const BUFFER_SIZE: usize = 32 * 1024;

/// A free list of [`BUFFER_SIZE`] buffers that any thread may take from and give back to.
///
/// It never waits for a buffer: when none is idle it makes one, and when enough are idle it frees
/// what comes back. So the bound is on idle memory; how many buffers are out is for the callers to
/// bound (a [`Transfer`](crate::Transfer) holds one only while it is inside `send`).
///
/// ```
/// use nethttp_sendfile::{BUFFER_SIZE, BufferPool};
///
/// static POOL: BufferPool = BufferPool::new(8); // at most 256 KiB idle
///
/// let buffer = POOL.get();
/// assert_eq!(buffer.len(), BUFFER_SIZE);
/// POOL.put(buffer);
/// ```
#[derive(Debug)]
pub struct BufferPool {
    /// Invariant: at most `max_idle` entries, each of `BUFFER_SIZE` bytes.
    idle: Mutex<Vec<Box<[u8]>>>,
    max_idle: usize,
}

impl BufferPool {
    /// A pool that keeps up to `max_idle` buffers for later; with 0 it keeps none. Allocates
    /// nothing yet.
    #[must_use]
    pub const fn new(max_idle: usize) -> Self {
        Self { idle: Mutex::new(Vec::new()), max_idle }
    }

    /// Takes an idle buffer, or makes one. Its contents are unspecified: zeros, or what an earlier
    /// user left in it.
    #[must_use]
    pub fn get(&self) -> Box<[u8]> {
        let idle = self.lock().pop();
        idle.unwrap_or_else(|| vec![0; BUFFER_SIZE].into_boxed_slice())
    }

    /// Gives a buffer back. One of another length than [`BUFFER_SIZE`], or one too many, is freed
    /// instead of kept.
    pub fn put(&self, buffer: Box<[u8]>) {
        if buffer.len() != BUFFER_SIZE {
            return;
        }
        let mut idle = self.lock();
        if idle.len() < self.max_idle {
            idle.push(buffer);
        } else {
            // Freed after the lock, since the allocator may take its time.
            drop(idle);
        }
    }

    /// The list is whole between any two statements here, so a panic elsewhere cannot have broken
    /// it.
    fn lock(&self) -> MutexGuard<'_, Vec<Box<[u8]>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for BufferPool {
    /// A pool that keeps up to 64 buffers, which is 2 MiB.
    fn default() -> Self {
        Self::new(64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle(pool: &BufferPool) -> usize {
        let idle = pool.lock();
        assert!(idle.iter().all(|b| b.len() == BUFFER_SIZE));
        idle.len()
    }

    #[test]
    fn gives_back_what_it_was_given() {
        let pool = BufferPool::new(2);
        let mut buffer = pool.get();
        buffer[7] = 42;
        pool.put(buffer);
        assert_eq!(idle(&pool), 1);
        assert_eq!(pool.get()[7], 42);
        assert_eq!(idle(&pool), 0);
        assert_eq!(pool.get()[7], 0);
    }

    #[test]
    fn keeps_no_more_than_its_bound() {
        for max in [0, 1, 3] {
            let pool = BufferPool::new(max);
            let out: Vec<_> = (0..5).map(|_| pool.get()).collect();
            for buffer in out {
                pool.put(buffer);
            }
            assert_eq!(idle(&pool), max);
        }
    }

    #[test]
    fn refuses_other_sizes() {
        let pool = BufferPool::new(8);
        for length in [0, 1, BUFFER_SIZE - 1, BUFFER_SIZE + 1, 2 * BUFFER_SIZE] {
            pool.put(vec![0; length].into_boxed_slice());
            assert_eq!(idle(&pool), 0, "{length}");
        }
    }

    #[test]
    fn two_threads_never_hold_the_same_buffer() {
        let pool = BufferPool::new(3);
        std::thread::scope(|scope| {
            for mark in 1..=4 {
                let pool = &pool;
                scope.spawn(move || {
                    for _ in 0..200 {
                        let mut buffer = pool.get();
                        buffer[..64].fill(mark);
                        std::thread::yield_now();
                        assert_eq!(buffer[..64], [mark; 64]);
                        pool.put(buffer);
                    }
                });
            }
        });
        assert!((1..=3).contains(&idle(&pool)));
    }
}
