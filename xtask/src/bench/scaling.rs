//! `cargo xtask bench scaling [--secs N]`: the same load on 1, 2 and 4 loops, and how the connections lie on these.

use std::error::Error;
use std::fs;
use std::thread;
use std::time::Duration;

use lexopt::prelude::*;
use xshell::cmd;

use super::process::{Running, Start, free_port};
use super::wrk::{self, Load};
use super::{shell, target_dir};
use crate::Outcome;
use crate::steps::cargo;

const LOOPS: &[usize] = &[1, 2, 4];
const CONNECTIONS: usize = 256;

pub(super) fn run(mut arguments: lexopt::Parser) -> Outcome {
    let mut seconds = 3;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("secs") => seconds = arguments.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    let (shell, cargo) = (shell()?, cargo());
    wrk::require(&shell)?;
    cmd!(shell, "{cargo} build --quiet --release --package nethttp-tests --bin handoff").run()?;
    let program = target_dir().join("release/handoff");
    println!("\n{CONNECTIONS} connections on hello; client and server share the processors\n");
    println!("| loops | hello/s | µs a request | p50 µs | p99 µs | switches a request | connections of each loop |");
    println!("|--:|--:|--:|--:|--:|--:|---|");
    for loops in LOOPS {
        let port = free_port()?;
        let arguments = vec![port.to_string(), loops.to_string(), "0".to_owned()];
        let running = Running::start(&Start { program: &program, arguments, port, processor: None })?;
        let load =
            Load { port, path: "/hello", connections: CONNECTIONS, seconds, processor: None, fields: &[], script: "" };
        wrk::run(&shell, &Load { seconds: 1, ..load.clone() })?;
        let before = running.usage();
        let begun = wrk::begin(&shell, &load)?;
        thread::sleep(Duration::from_millis(seconds * 500));
        let distribution = distribution(&running)?;
        let seen = begun.seen()?;
        let used = running.usage().since(before);
        println!(
            "| {loops} | {:.0} | {:.2} | {:.0} | {:.0} | {:.3} | {distribution:?} |",
            seen.rate,
            used.processor_time() / seen.requests,
            seen.p50,
            seen.p99,
            f64::from(u32::try_from(used.switches)?) / seen.requests,
        );
    }
    Ok(())
}

/// How many sockets each poller of the process watches, as the kernel tells; with each loop's own, a waker and perhaps a
/// listener.
fn distribution(running: &Running) -> Result<Vec<usize>, Box<dyn Error>> {
    let process = format!("/proc/{}", running.id());
    let mut pollers = Vec::new();
    for entry in fs::read_dir(format!("{process}/fd"))? {
        let entry = entry?;
        let is_poller = fs::read_link(entry.path()).is_ok_and(|to| to.to_string_lossy() == "anon_inode:[eventpoll]");
        if is_poller {
            let about = fs::read_to_string(format!("{process}/fdinfo/{}", entry.file_name().to_string_lossy()))?;
            pollers.push(watched(&about));
        }
    }
    // A poller has several descriptors; a monitor's or a waiting handler's watches next to nothing.
    pollers.sort();
    pollers.dedup();
    let mut counts: Vec<_> = pollers.iter().map(Vec::len).filter(|count| *count > 2).collect();
    counts.sort_unstable();
    Ok(counts)
}

/// The descriptors that a poller watches.
fn watched(about: &str) -> Vec<u32> {
    let lines = about.lines().filter_map(|line| line.strip_prefix("tfd:"));
    let mut watched: Vec<_> = lines.filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect();
    watched.sort_unstable();
    watched
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_poller_watches_is_listed() {
        let about = "pos:\t0\nflags:\t02\ntfd:       12 events: 1 data: 5\ntfd:        5 events: 80000019 data: 7\n";
        assert_eq!(watched(about), [5, 12]);
        assert_eq!(watched("pos:\t0\n"), []);
    }
}
