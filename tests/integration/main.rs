//! The server as a whole, over real sockets: one binary, a module for each theme.
//!
//! Servers run in this process on free ports, clients are raw sockets. A test that counts threads or descriptors, or that
//! changes limits of the process, runs in a process of its own (`fixture::alone`). Whatever a test waits for has a bound
//! in time; what it waits for is a condition, never a while.

mod admission;
mod bodies;
mod client;
mod cold_files;
mod contexts;
mod deadlines;
mod fixture;
mod framing;
mod handover;
mod hijacking;
mod keep_alive;
mod leaks;
mod listeners;
mod panics;
mod pipelining;
mod review;
mod shutting_down;
mod simulation;
mod slow_readers;
mod states;
