//! The top function of the engine's threads. No frame of the loop is alive while a handler runs: the loop *returns* the
//! call, this function parks the loop, runs the call, and takes the loop back if nobody else has.

use std::sync::Arc;

use super::event_loop::{EventLoop, Step};
use super::shared::LoopShared;
use super::turn::Parked;
use super::{Job, Message, current};
use crate::conn::call::Call;
use crate::contained::contained;

/// Does a job; afterwards the thread waits for the next one.
pub(crate) fn run(job: Job) {
    match job {
        Job::Run(event_loop) => {
            run_loop(event_loop);
            current::clear_loop();
        }
        Job::Call(mut call, shared) => {
            current::set_loop(&shared);
            current::begin_beside();
            run_call(&mut call);
            return_call(call, &shared);
            current::clear_loop();
        }
        Job::Task(task, shared) => {
            // What the task gives to further threads counts with it.
            current::set_loop(&shared);
            // Whoever gave the task has arranged to learn of its panic; the thread goes on (pitfall F10).
            contained(task);
            current::clear_loop();
        }
    }
}

fn run_loop(mut event_loop: Box<EventLoop>) {
    let shared = Arc::clone(&event_loop.shared);
    shared.standby.keep_one_waiting();
    shared.set_runner();
    current::set_loop(&shared);
    event_loop.taken_over();
    loop {
        let mut call = match event_loop.next_guarded() {
            Step::Call(call) => call,
            Step::Stop => return shared.retire(),
        };
        shared.set_route(0);
        let parked = shared.turn.park(event_loop);
        current::begin(parked);
        let parked = run_call(&mut call).unwrap_or(parked);
        match shared.turn.claim(parked) {
            Some(mine) => {
                event_loop = mine;
                event_loop.give_back(call);
            }
            None => return return_call(call, &shared),
        }
    }
}

/// Runs the call; says where its loop was parked last.
fn run_call(call: &mut Call) -> Option<Parked> {
    let is_handler = call.needs_worker();
    // It contains the panics of users; whatever else panics must not take the thread and the loop with it.
    contained(|| call.run());
    let (conduct, parked) = current::end();
    if is_handler {
        call.note(conduct);
    }
    parked
}

/// The loop has gone on without this call: the thread does what is left of it.
fn return_call(mut call: Call, shared: &Arc<LoopShared>) {
    call.finish_alone();
    shared.reattached();
    // A loop that has ended has no use for the call.
    drop(shared.post(Message::Returned(call)));
}
