//! Compression as a client and a handler see it.

mod encoder;
mod faults;
mod handler;
mod sizes;
mod support;
