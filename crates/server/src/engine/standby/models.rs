//! Models of the protocol between waiting threads and those that give them jobs.

use loom::thread;

use super::*;

/// A pool in which threads wait, and their seats.
fn pool(threads: usize) -> (Arc<Standby<u32>>, Vec<Arc<Seat<u32>>>) {
    let pool = Arc::new(Standby::new(0, Duration::ZERO, |_: u32| ()));
    let seats: Vec<_> = (0..threads).map(|_| Seat::new()).collect();
    lock(&pool.stack).seats.extend(seats.iter().cloned());
    (pool, seats)
}

fn attend(pool: &Arc<Standby<u32>>, seat: &Arc<Seat<u32>>) -> thread::JoinHandle<u32> {
    let (pool, seat) = (Arc::clone(pool), Arc::clone(seat));
    thread::spawn(move || pool.attend(&seat).expect("waits until there is a job"))
}

/// The time of a waiting thread is up just when `give` gives a job: it is run or given back, never lost.
fn time_out_against(give: fn(&Standby<u32>) -> bool) {
    loom::model(move || {
        let (pool, seats) = pool(1);
        let giver = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || give(&pool))
        };
        let got = !pool.leave(&seats[0]) && pool.attend(&seats[0]) == Some(1);
        assert_eq!(giver.join().unwrap(), got);
    });
}

#[test]
fn a_job_is_not_lost_to_a_time_out() {
    time_out_against(|pool| pool.give_waiting(1).is_ok());
}

#[test]
fn a_queued_job_is_not_lost_to_a_time_out() {
    time_out_against(|pool| pool.queue_waiting(1).is_ok());
}

/// The time of a thread is up while another one has been woken for two jobs: it is needed for the second.
#[test]
fn who_is_needed_for_the_queue_does_not_leave() {
    loom::model(|| {
        let (pool, seats) = pool(2);
        let woken_first = attend(&pool, &seats[1]);
        let impatient = {
            let (pool, seat) = (Arc::clone(&pool), Arc::clone(&seats[0]));
            thread::spawn(move || if pool.leave(&seat) { None } else { pool.attend(&seat) })
        };
        assert!(pool.queue_waiting(1).is_ok());
        let second = pool.queue_waiting(2).map_or(None, |_| Some(2));
        assert_eq!(woken_first.join().unwrap(), 1);
        assert_eq!(impatient.join().unwrap(), second);
    });
}

/// One thread is woken for two jobs: it wakes the other.
#[test]
fn each_of_two_queued_jobs_is_taken() {
    loom::model(|| {
        let (pool, seats) = pool(2);
        let threads = [attend(&pool, &seats[0]), attend(&pool, &seats[1])];
        assert!(pool.queue_waiting(1).is_ok() && pool.queue_waiting(2).is_ok());
        assert!(pool.queue_waiting(4).is_err(), "both are spoken for");
        assert_eq!(threads.map(|thread| thread.join().unwrap()).iter().sum::<u32>(), 3);
    });
}

/// A thread that comes from its last job takes what is queued before the one that was woken for it does: that one waits
/// again, and can be given something else.
#[test]
fn a_job_is_taken_once_and_the_thread_that_missed_it_is_not_lost() {
    loom::model(|| {
        let (pool, seats) = pool(1);
        let waiting = attend(&pool, &seats[0]);
        let busy = {
            let pool = Arc::clone(&pool);
            thread::spawn(move || lock(&pool.stack).queue.pop_front())
        };
        assert!(pool.queue_waiting(1).is_ok());
        if busy.join().unwrap().is_some() {
            // It has been woken, or not even that: whichever comes first.
            assert!(pool.queue_waiting(2).is_ok());
            assert_eq!(waiting.join().unwrap(), 2);
        } else {
            assert_eq!(waiting.join().unwrap(), 1);
        }
    });
}
