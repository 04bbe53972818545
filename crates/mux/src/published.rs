//! `Published`: what many threads read while it is now and then made new.
//!
//! Usually all routes are registered before the first request. Then a reader takes one reference to a value that never
//! changes: two loads, no lock, no counter, nothing written. After a change during service readers go through
//! [`ArcSwap`], which writes only to memory of their own thread either, and gives what a lock or a counter in an `Arc`
//! would not: readers that never wait for each other. Only the first reader after a change builds the new value, and
//! those that come while it does wait for it.

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwapOption, Guard};

/// A value that is built when it is first read, and again after it has been marked as out of date.
#[derive(Debug)]
pub(crate) struct Published<T> {
    first: OnceLock<T>,
    later: ArcSwapOption<T>,
    /// Set for good once `first` is out of date.
    is_late: AtomicBool,
    is_stale: AtomicBool,
}

/// What [`Published::read`] gives.
pub(crate) enum Current<'a, T> {
    First(&'a T),
    Later(Guard<Option<Arc<T>>>),
}

impl<T> Published<T> {
    pub(crate) fn new() -> Self {
        Self {
            first: OnceLock::new(),
            later: ArcSwapOption::empty(),
            is_late: AtomicBool::new(false),
            is_stale: AtomicBool::new(false),
        }
    }

    /// The value as of now. `lock` takes the lock under which [`mark_stale`](Self::mark_stale) is called; `build` makes a
    /// value of what is behind it.
    #[inline]
    pub(crate) fn read<L>(&self, lock: impl Fn() -> L, build: impl Fn(&mut L) -> T) -> Current<'_, T> {
        if self.is_late.load(Ordering::Acquire) {
            return self.read_later(lock, build);
        }
        match self.first.get() {
            Some(first) => Current::First(first),
            None => Current::First(self.first.get_or_init(|| build(&mut lock()))),
        }
    }

    #[cold]
    fn read_later<L>(&self, lock: impl Fn() -> L, build: impl Fn(&mut L) -> T) -> Current<'_, T> {
        if self.is_stale.load(Ordering::Acquire) {
            let mut held = lock();
            if self.is_stale.load(Ordering::Relaxed) {
                self.later.store(Some(Arc::new(build(&mut held))));
                self.is_stale.store(false, Ordering::Release);
            }
        }
        Current::Later(self.later.load())
    }

    /// Says that a value which has been built is out of date. To be called with the lock held.
    pub(crate) fn mark_stale(&self) {
        self.is_stale.store(true, Ordering::Release);
        self.is_late.store(true, Ordering::Release);
    }
}

impl<T> Deref for Current<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        match self {
            Self::First(first) => first,
            Self::Later(later) => match &**later {
                Some(value) => value,
                None => unreachable!("it is stored before it is read"),
            },
        }
    }
}
