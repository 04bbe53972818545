//! `Standby`: threads that wait for something to run, the one that waited least long first.
//!
//! Last in, first out, so that the thread that is taken is warm and the others can reach their time limit: one that has
//! waited for `idle` ends. A thread whose time is up may be popped at that very moment; whoever is no longer in the stack
//! has a job on its way and waits for it.

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

/// The waiting threads, and who may need them.
#[derive(Debug)]
struct Stack<J> {
    seats: Vec<Arc<Seat<J>>>,
    /// Loops that run. While there are any, the last thread goes on waiting: a loop whose handler gets stuck after a quiet
    /// hour needs somebody at once, and the one that finds that out makes no threads.
    loops: usize,
}

#[derive(Debug)]
struct Seat<J> {
    job: Mutex<Option<J>>,
    filled: Condvar,
}

impl<J: Send + 'static> Standby<J> {
    pub(crate) fn new(stack_size: usize, idle: Duration, run: fn(J)) -> Self {
        Self {
            stack: Mutex::new(Stack { seats: Vec::new(), loops: 0 }),
            stack_size,
            idle,
            run,
            is_short: AtomicBool::new(false),
        }
    }

    /// Gives a job to a waiting thread; gives it back when none waits. Allocates nothing and makes no thread.
    pub(crate) fn give_waiting(&self, job: J) -> Result<(), J> {
        let Some(seat) = lock(&self.stack).seats.pop() else { return Err(job) };
        *lock(&seat.job) = Some(job);
        seat.filled.notify_one();
        Ok(())
    }

    /// Whether a thread waits; it may be gone by the time the answer is used.
    pub(crate) fn has_waiting(&self) -> bool {
        !lock(&self.stack).seats.is_empty()
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
        let seat = Arc::new(Seat { job: Mutex::new(None), filled: Condvar::new() });
        if let Some(job) = first {
            (self.run)(job);
        }
        loop {
            lock(&self.stack).seats.push(Arc::clone(&seat));
            match self.wait(&seat) {
                Some(job) => (self.run)(job),
                None => return,
            }
        }
    }

    fn wait(&self, seat: &Arc<Seat<J>>) -> Option<J> {
        let mut job = lock(&seat.job);
        loop {
            if let Some(job) = job.take() {
                return Some(job);
            }
            let (guard, timeout) = seat.filled.wait_timeout(job, self.idle).unwrap_or_else(PoisonError::into_inner);
            job = guard;
            if timeout.timed_out() && job.is_none() {
                drop(job);
                if self.leave(seat) {
                    return None;
                }
                job = lock(&seat.job);
            }
        }
    }

    /// Takes a seat out of the stack; `false` when it has been popped, so that a job is on its way, or is needed there.
    fn leave(&self, seat: &Arc<Seat<J>>) -> bool {
        let mut stack = lock(&self.stack);
        let before = stack.seats.len();
        if before == 1 && stack.loops > 0 {
            return false;
        }
        stack.seats.retain(|other| !Arc::ptr_eq(other, seat));
        stack.seats.len() < before
    }
}

impl<J: Send + 'static> Standby<J> {
    /// Gives a job to a waiting thread, or to a new one; gives it back when no thread can be made.
    pub(crate) fn give(self: &Arc<Self>, job: J) -> Result<(), J> {
        let job = match self.give_waiting(job) {
            Ok(()) => return Ok(()),
            Err(job) => job,
        };
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
mod tests {
    use std::sync::mpsc;

    use super::*;

    type Task = Box<dyn FnOnce() + Send>;

    fn pool(idle: Duration) -> Arc<Standby<Task>> {
        Arc::new(Standby::new(0, idle, |task: Task| task()))
    }

    fn until(condition: impl Fn() -> bool) {
        let end = std::time::Instant::now() + Duration::from_secs(10);
        while !condition() {
            assert!(std::time::Instant::now() < end, "waited too long");
            std::thread::yield_now();
        }
    }

    #[test]
    fn the_thread_that_waited_least_is_taken_first() {
        let pool = pool(Duration::from_secs(60));
        let (go, gate) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        let first = tell.clone();
        assert!(pool.give(Box::new(move || first.send(std::thread::current().id()).unwrap())).is_ok());
        let early = told.recv().unwrap();
        until(|| pool.has_waiting());
        assert!(pool.give(Box::new(move || gate.recv().unwrap())).is_ok());
        let second = tell.clone();
        assert!(pool.give(Box::new(move || second.send(std::thread::current().id()).unwrap())).is_ok());
        let late = told.recv().unwrap();
        assert_ne!(early, late);
        until(|| pool.has_waiting());
        go.send(()).unwrap();
        until(|| lock(&pool.stack).seats.len() == 2);
        assert!(pool.give(Box::new(move || tell.send(std::thread::current().id()).unwrap())).is_ok());
        assert_eq!(told.recv().unwrap(), early);
    }

    #[test]
    fn an_idle_thread_ends() {
        let pool = pool(Duration::from_millis(5));
        pool.keep_one_waiting();
        until(|| pool.has_waiting());
        until(|| !pool.has_waiting());
        assert!(pool.give_waiting(Box::new(|| ())).is_err());
        until(|| Arc::strong_count(&pool) == 1);
    }

    #[test]
    fn the_last_thread_waits_on_while_there_are_loops() {
        // Long enough that all three are there at some time, on a busy machine too.
        let pool = pool(Duration::from_millis(200));
        pool.loop_began();
        for _ in 0..3 {
            let _ = pool.spawn(|| None);
        }
        until(|| lock(&pool.stack).seats.len() == 3);
        until(|| lock(&pool.stack).seats.len() == 1);
        std::thread::sleep(Duration::from_millis(300));
        assert!(pool.has_waiting());
        pool.loop_ended();
        until(|| !pool.has_waiting());
    }
}

#[cfg(all(test, loom))]
mod models {
    use loom::thread;

    use super::*;

    /// The time of a waiting thread is up just when it is popped: the job is run or given back, never lost.
    #[test]
    fn a_job_is_not_lost_to_a_time_out() {
        loom::model(|| {
            let pool = Arc::new(Standby::new(0, Duration::ZERO, |(): ()| ()));
            let seat = Arc::new(Seat { job: Mutex::new(None), filled: Condvar::new() });
            lock(&pool.stack).seats.push(Arc::clone(&seat));
            let giver = {
                let pool = Arc::clone(&pool);
                thread::spawn(move || pool.give_waiting(()).is_ok())
            };
            let mut got = false;
            if !pool.leave(&seat) {
                let mut job = lock(&seat.job);
                while job.is_none() {
                    job = seat.filled.wait(job).unwrap_or_else(PoisonError::into_inner);
                }
                got = true;
            }
            assert_eq!(giver.join().unwrap(), got);
        });
    }
}
