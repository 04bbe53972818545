//! `EncoderPool`: encoders kept for the next response. Go's `sync.Pool` of `gzip.Writer`s.
//!
//! An encoder comes back when its guard is dropped, also by a panic, and is made new when it is taken: nothing of one
//! response reaches another.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Encoder, Level};

/// Keeps encoders of one level; up to 32 of them while they are not used (each holds some hundred KiB).
///
/// ```
/// use std::io;
/// use nethttp_gzip::{DEFAULT_COMPRESSION, EncoderPool};
///
/// static POOL: EncoderPool = EncoderPool::new(DEFAULT_COMPRESSION);
///
/// fn pack(text: &str) -> io::Result<Vec<u8>> {
///     let mut packed = Vec::new();
///     let mut encoder = POOL.get();
///     encoder.write_to(&mut packed, text.as_bytes())?;
///     encoder.finish_to(&mut packed)?;
///     Ok(packed)
/// }
/// # assert!(pack("text").unwrap().starts_with(b"\x1f\x8b"));
/// ```
pub struct EncoderPool {
    level: Level,
    /// The encoder that was used last is taken first: its memory is warm.
    idle: Mutex<Vec<Encoder>>,
}

impl EncoderPool {
    /// An empty pool.
    #[must_use]
    pub const fn new(level: Level) -> Self {
        Self { level, idle: Mutex::new(Vec::new()) }
    }

    /// The level of its encoders.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// An encoder that has encoded nothing yet.
    pub fn get(&self) -> PooledEncoder<'_> {
        let kept = self.idle().pop();
        let encoder = match kept {
            Some(mut encoder) => {
                encoder.reset();
                encoder
            }
            None => Encoder::new(self.level),
        };
        PooledEncoder { encoder: Some(encoder), pool: self }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Encoder>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for EncoderPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncoderPool").field("level", &self.level).field("idle", &self.idle().len()).finish()
    }
}

/// An encoder that goes back to its pool when dropped; made by [`EncoderPool::get`].
#[derive(Debug)]
#[must_use]
pub struct PooledEncoder<'p> {
    /// Invariant: there until dropped.
    encoder: Option<Encoder>,
    pool: &'p EncoderPool,
}

impl Deref for PooledEncoder<'_> {
    type Target = Encoder;

    fn deref(&self) -> &Encoder {
        self.encoder.as_ref().expect("only drop takes the encoder")
    }
}

impl DerefMut for PooledEncoder<'_> {
    fn deref_mut(&mut self) -> &mut Encoder {
        self.encoder.as_mut().expect("only drop takes the encoder")
    }
}

// pitfall C7: the guard alone gives back.
impl Drop for PooledEncoder<'_> {
    fn drop(&mut self) {
        let mut idle = self.pool.idle();
        if idle.len() < MOST_IDLE {
            idle.extend(self.encoder.take());
        }
    }
}

const MOST_IDLE: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BEST_SPEED;

    #[test]
    fn encoders_come_back() {
        let pool = EncoderPool::new(BEST_SPEED);
        let (first, second) = (pool.get(), pool.get());
        drop(first);
        assert_eq!(pool.idle().len(), 1);
        drop(pool.get());
        assert_eq!(pool.idle().len(), 1);
        drop(second);
        assert_eq!(pool.idle().len(), 2);
    }

    #[test]
    fn only_so_many_are_kept() {
        let pool = EncoderPool::new(BEST_SPEED);
        let taken: Vec<_> = (0..MOST_IDLE + 3).map(|_| pool.get()).collect();
        drop(taken);
        assert_eq!(pool.idle().len(), MOST_IDLE);
    }

    #[test]
    fn a_panic_gives_back_too() {
        let pool = EncoderPool::new(BEST_SPEED);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _encoder = pool.get();
            std::panic::resume_unwind(Box::new(()));
        }));
        assert!(panicked.is_err());
        assert_eq!(pool.idle().len(), 1);
    }

    // pitfall C6
    #[test]
    fn nothing_of_one_stream_is_in_the_next() {
        let pool = EncoderPool::new(BEST_SPEED);
        let pack = |text: &[u8], is_finished: bool| {
            let mut packed = Vec::new();
            let mut encoder = pool.get();
            encoder.write_to(&mut packed, text).unwrap();
            if is_finished {
                encoder.finish_to(&mut packed).unwrap();
            }
            packed
        };
        let fresh = pack(b"public public", true);
        pack(&b"secret canary ".repeat(1000), false);
        assert_eq!(pack(b"public public", true), fresh);
    }
}
