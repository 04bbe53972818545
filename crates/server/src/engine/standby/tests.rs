//! Waiting threads as they are used.

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
fn what_is_queued_is_taken_by_whoever_has_time() {
    let pool = pool(Duration::from_secs(60));
    let (tell, told) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    // Busy, and back when it is let go.
    assert!(pool.queue(Box::new(move || gate.recv().unwrap())).is_ok());
    until(|| pool.has_waiting());
    // For each queued job there is a thread, so that it does not have to wait for the busy one.
    for number in 0..100 {
        let tell = tell.clone();
        assert!(pool.queue(Box::new(move || tell.send(number).unwrap())).is_ok());
    }
    let mut seen: Vec<i32> = told.iter().take(100).collect();
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..100));
    go.send(()).unwrap();
    until(|| {
        let stack = lock(&pool.stack);
        stack.queue.is_empty() && stack.woken == 0 && stack.has_waiting()
    });
}

#[test]
fn threads_that_are_queued_for_are_not_given_away() {
    let pool = pool(Duration::from_secs(60));
    pool.keep_one_waiting();
    until(|| pool.has_waiting());
    // Queued, with nobody woken for it yet.
    lock(&pool.stack).queue.push_back(Box::new(|| ()));
    assert!(!pool.has_waiting());
    assert!(pool.give_waiting(Box::new(|| ())).is_err());
    assert!(pool.queue_waiting(Box::new(|| ())).is_err());
    let seat = lock(&pool.stack).seats.last().cloned().unwrap();
    assert!(!pool.leave(&seat));
    lock(&pool.stack).queue.clear();
    assert!(pool.give_waiting(Box::new(|| ())).is_ok());
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
