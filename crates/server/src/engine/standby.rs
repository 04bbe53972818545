//! `Standby`: threads that wait for something to run, the one that waited least long first.
//!
//! Last in, first out, so that the thread that is taken is warm and the others can reach their time limit: one that has
//! waited for `idle` ends. A thread whose time is up may be popped at that very moment; whoever is no longer in the stack
//! has been told so, or is about to be, and waits for that.
//!
//! A job is put before a certain thread, or into a queue. What is queued is taken by whoever has time first: mostly by a
//! thread that comes from its last job and would have had to sleep, and to be woken again. So that nothing lies there for
//! long, a thread is woken for it, too, but not one for each: a few at a time look, and one that finds more than it can
//! take wakes the next. Threads that have work thus do not crowd out, on a busy machine, those that run the loops.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::sync::{Condvar, Mutex, MutexGuard};

/// A stack of waiting threads and how to make more of them.
#[derive(Debug)]
pub(crate) struct Standby<J> {
    stack: Mutex<Stack<J>>,
    /// Bytes of stack of a new thread; 0 for the standard library's default.
    stack_size: usize,
    /// How long a thread waits before it ends.
    idle: Duration,
    run: fn(J),
    /// A thread that was to wait could not be made.
    is_short: AtomicBool,
}

/// The waiting threads, what waits for them, and who may need them.
///
/// Invariant: there are no more queued jobs than seats and woken threads; while a job is queued, a thread is woken.
#[derive(Debug)]
struct Stack<J> {
    seats: Vec<Arc<Seat<J>>>,
    /// Jobs for whoever has time.
    queue: VecDeque<J>,
    /// Threads that have been woken for the queue, and have not looked into it yet.
    woken: usize,
    /// Loops that run. While there are any, the last thread goes on waiting: a loop whose handler gets stuck after a quiet
    /// hour needs somebody at once, and the one that finds that out makes no threads.
    loops: usize,
}

/// Where a thread waits.
#[derive(Debug)]
struct Seat<J> {
    news: Mutex<Option<News<J>>>,
    told: Condvar,
}

/// What a thread that was popped is told.
#[derive(Debug)]
enum News<J> {
    /// To do this.
    Job(J),
    /// To look into the queue.
    Queued,
}

impl<J> Seat<J> {
    fn new() -> Arc<Self> {
        Arc::new(Self { news: Mutex::new(None), told: Condvar::new() })
    }

    fn tell(&self, news: News<J>) {
        *lock(&self.news) = Some(news);
        self.told.notify_one();
    }
}

impl<J> Stack<J> {
    /// Threads that wait and have nothing coming.
    fn spare(&self) -> usize {
        (self.seats.len() + self.woken).saturating_sub(self.queue.len())
    }

    /// Whether a thread can be told to do something at once.
    fn has_waiting(&self) -> bool {
        self.spare() > 0 && !self.seats.is_empty()
    }

    /// The seat of the thread that is to be told that something is queued, if it takes one more.
    fn next_to_wake(&mut self) -> Option<Arc<Seat<J>>> {
        // Half as many as there are loops, which want to run as well.
        let most = self.loops.div_ceil(2).max(1);
        if self.woken >= self.queue.len().min(most) {
            return None;
        }
        let seat = self.seats.pop();
        self.woken += usize::from(seat.is_some());
        seat
    }
}

impl<J: Send + 'static> Standby<J> {
    pub(crate) fn new(stack_size: usize, idle: Duration, run: fn(J)) -> Self {
        let stack = Stack { seats: Vec::new(), queue: VecDeque::new(), woken: 0, loops: 0 };
        Self { stack: Mutex::new(stack), stack_size, idle, run, is_short: AtomicBool::new(false) }
    }

    /// Gives a job to a waiting thread; gives it back when none waits. Allocates nothing and makes no thread.
    pub(crate) fn give_waiting(&self, job: J) -> Result<(), J> {
        let mut stack = lock(&self.stack);
        if !stack.has_waiting() {
            return Err(job);
        }
        let Some(seat) = stack.seats.pop() else { return Err(job) };
        drop(stack);
        seat.tell(News::Job(job));
        Ok(())
    }

    /// Whether a thread waits; it may be gone by the time the answer is used.
    pub(crate) fn has_waiting(&self) -> bool {
        lock(&self.stack).has_waiting()
    }

    /// Queues a job if a thread waits for it; gives it back when none does. Says whether another one waits still.
    fn queue_waiting(&self, job: J) -> Result<bool, J> {
        let mut stack = lock(&self.stack);
        if stack.spare() == 0 {
            return Err(job);
        }
        stack.queue.push_back(job);
        let seat = stack.next_to_wake();
        let has_waiting = stack.has_waiting();
        drop(stack);
        if let Some(seat) = seat {
            seat.tell(News::Queued);
        }
        Ok(has_waiting)
    }

    /// One more loop may need a waiting thread.
    pub(crate) fn loop_began(&self) {
        lock(&self.stack).loops += 1;
    }

    /// A loop has ended.
    pub(crate) fn loop_ended(&self) {
        lock(&self.stack).loops -= 1;
    }

    /// Waits for jobs and runs them, until none has come for `idle`.
    fn serve(&self, first: Option<J>) {
        let seat = Seat::new();
        let mut next = first.or_else(|| self.next(&seat));
        while let Some(job) = next {
            (self.run)(job);
            next = self.next(&seat);
        }
    }

    /// The next job of a thread that has none; `None` when it has waited long enough.
    fn next(&self, seat: &Arc<Seat<J>>) -> Option<J> {
        self.look(seat, false).or_else(|| self.attend(seat))
    }

    /// Takes what is queued; sits down if there is nothing.
    fn look(&self, seat: &Arc<Seat<J>>, was_woken: bool) -> Option<J> {
        let mut stack = lock(&self.stack);
        stack.woken -= usize::from(was_woken);
        let Some(job) = stack.queue.pop_front() else {
            stack.seats.push(Arc::clone(seat));
            return None;
        };
        let next = stack.next_to_wake();
        drop(stack);
        if let Some(next) = next {
            next.tell(News::Queued);
        }
        Some(job)
    }

    /// Waits in the seat, which is in the stack or has been popped from it.
    fn attend(&self, seat: &Arc<Seat<J>>) -> Option<J> {
        loop {
            match self.wait(seat)? {
                News::Job(job) => return Some(job),
                News::Queued => {
                    if let Some(job) = self.look(seat, true) {
                        return Some(job);
                    }
                }
            }
        }
    }

    fn wait(&self, seat: &Arc<Seat<J>>) -> Option<News<J>> {
        let mut news = lock(&seat.news);
        loop {
            if let Some(news) = news.take() {
                return Some(news);
            }
            let (guard, timeout) = seat.told.wait_timeout(news, self.idle).unwrap_or_else(PoisonError::into_inner);
            news = guard;
            if timeout.timed_out() && news.is_none() {
                drop(news);
                if self.leave(seat) {
                    return None;
                }
                news = lock(&seat.news);
            }
        }
    }

    /// Takes a seat out of the stack; `false` when it has been popped, so that it is going to be told why, or is needed
    /// there.
    fn leave(&self, seat: &Arc<Seat<J>>) -> bool {
        let mut stack = lock(&self.stack);
        let before = stack.seats.len();
        if stack.spare() == 0 || (before == 1 && stack.loops > 0) {
            return false;
        }
        stack.seats.retain(|other| !Arc::ptr_eq(other, seat));
        stack.seats.len() < before
    }
}

impl<J: Send + 'static> Standby<J> {
    /// Gives a job to a waiting thread, or to a new one; gives it back when no thread can be made.
    pub(crate) fn give(self: &Arc<Self>, job: J) -> Result<(), J> {
        self.give_waiting(job).or_else(|job| self.give_new(job))
    }

    /// Gives a job to whoever has time first, a waiting thread or one that comes from its last job, or to a new thread;
    /// gives it back when none waits and none can be made. Sees to it that one more waits, for whoever needs it at once.
    pub(crate) fn queue(self: &Arc<Self>, job: J) -> Result<(), J> {
        match self.queue_waiting(job) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(job) => self.give_new(job)?,
        }
        self.keep_one_waiting();
        Ok(())
    }

    fn give_new(self: &Arc<Self>, job: J) -> Result<(), J> {
        // The job travels in a cell, for it has to come back when the thread cannot be made.
        let cell = Arc::new(Mutex::new(Some(job)));
        let taken = Arc::clone(&cell);
        match self.spawn(move || lock(&taken).take()) {
            Ok(()) => Ok(()),
            Err(_) => lock(&cell).take().map_or(Ok(()), Err),
        }
    }

    /// Makes a thread that waits, if none does. For a runner, so that the monitor finds one when it needs it.
    pub(crate) fn keep_one_waiting(self: &Arc<Self>) {
        if !self.has_waiting() {
            // Without it the loop is stuck as long as its handler is: no reason to give up what runs.
            let outcome = self.spawn(|| None);
            self.is_short.store(outcome.is_err(), Ordering::Relaxed);
        }
    }

    /// Tries once more where no thread could be made the last time.
    pub(crate) fn try_again_if_short(self: &Arc<Self>) {
        if self.is_short.load(Ordering::Relaxed) {
            self.is_short.store(false, Ordering::Relaxed);
            self.keep_one_waiting();
        }
    }

    fn spawn(self: &Arc<Self>, first: impl FnOnce() -> Option<J> + Send + 'static) -> std::io::Result<()> {
        let mut builder = std::thread::Builder::new().name("nethttp".to_owned());
        if self.stack_size > 0 {
            builder = builder.stack_size(self.stack_size);
        }
        let standby = Arc::clone(self);
        builder.spawn(move || standby.serve(first())).map(drop)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod models;
