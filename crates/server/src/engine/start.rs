//! Starting the loops of a server, on threads that all servers of the process share.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::event_loop::EventLoop;
use super::shared::LoopShared;
use super::standby::Standby;
use super::{Job, monitor, runner};
use crate::core::ServerCore;

/// Makes `count` loops and lets them run.
pub(crate) fn start(
    core: &Arc<ServerCore>,
    count: usize,
    stack_size: usize,
    idle: Duration,
) -> io::Result<Vec<Arc<LoopShared>>> {
    let standby = standby(stack_size, idle);
    let mut loops = Vec::new();
    for _ in 0..count {
        loops.push(EventLoop::new(Arc::clone(core), Arc::clone(&standby))?);
    }
    let shared: Vec<_> = loops.iter().map(|event_loop| Arc::clone(&event_loop.shared)).collect();
    core.lifecycle.set_loops(&shared);
    for (index, mut event_loop) in loops.into_iter().enumerate() {
        event_loop.join(&shared);
        monitor::watch(&event_loop.shared);
        standby.loop_began();
        if standby.give(Job::Run(event_loop)).is_err() {
            // Those before it run, and end with the server.
            let never_run = &shared[index..];
            never_run[1..].iter().for_each(|_| standby.loop_began());
            never_run.iter().for_each(LoopShared::retire);
            return Err(io::Error::other("no thread can be made for a loop"));
        }
    }
    Ok(shared)
}

/// The waiting threads with this stack size and patience.
fn standby(stack_size: usize, idle: Duration) -> Arc<Standby<Job>> {
    type Pools = Vec<(usize, Duration, Arc<Standby<Job>>)>;
    static POOLS: Mutex<Pools> = Mutex::new(Vec::new());
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((.., pool)) = pools.iter().find(|(size, patience, _)| (*size, *patience) == (stack_size, idle)) {
        return Arc::clone(pool);
    }
    let pool = Arc::new(Standby::new(stack_size, idle, runner::run));
    pools.push((stack_size, idle, Arc::clone(&pool)));
    pool
}
