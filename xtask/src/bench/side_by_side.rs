//! `cargo xtask bench [--workload A,B] [--servers A,B] [--secs N] [--reps N] [--add] [--print]`: our server beside others.
//!
//! `--add` keeps the results of earlier calls for other workloads, so that a long measurement can be made in parts; with
//! `--reps 0` nothing is measured, and the report is written anew from them.
//!
//! One server runs at a time, all of them in turn, one repetition after the other, so that a machine that is slow for a
//! while is so for all. Server and client have a processor each, where there are two and `taskset` is there.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;
use std::{fs, thread};

use lexopt::prelude::*;
use xshell::{Shell, cmd};

use super::process::Running;
use super::wrk::{self, Load};
use super::{shell, target_dir};
use crate::Outcome;

mod chart;
mod data;
mod report;
mod results;
mod servers;
mod workload;

use results::{Figures, Results, Run};
use servers::{Places, SERVERS, Server};
use workload::{Kind, WORKLOADS, Workload};

#[derive(Debug)]
struct Options {
    workloads: Vec<&'static Workload>,
    servers: Vec<&'static Server>,
    seconds: u64,
    repetitions: usize,
    /// Whether the results of earlier calls stay, but for those of the workloads that are measured now.
    add: bool,
    /// Whether the tables are printed only.
    print: bool,
}

impl Options {
    fn parse(mut arguments: lexopt::Parser) -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            workloads: WORKLOADS.iter().collect(),
            servers: SERVERS.iter().collect(),
            seconds: 3,
            repetitions: 5,
            add: false,
            print: false,
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("workload") => options.workloads = each(&arguments.value()?.string()?, Workload::named)?,
                Long("servers") => options.servers = each(&arguments.value()?.string()?, Server::named)?,
                Long("secs") => options.seconds = arguments.value()?.parse()?,
                Long("reps") => options.repetitions = arguments.value()?.parse()?,
                Long("add") => options.add = true,
                Long("print") => options.print = true,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}

/// The things of a list of names.
fn each<T>(names: &str, find: fn(&str) -> Option<&'static T>) -> Result<Vec<&'static T>, String> {
    names.split(',').map(|name| find(name).ok_or_else(|| format!("{name:?} is unknown"))).collect()
}

pub(super) fn run(arguments: lexopt::Parser) -> Outcome {
    let mut options = Options::parse(arguments)?;
    let shell = shell()?;
    wrk::require(&shell)?;
    servers::build(&shell, &mut options.servers)?;
    let data = data::prepare(&target_dir().join("bench-data"))?;
    let bench = Bench { places: Places::new(&shell, data)?, pins: has_processors_to_bind(&shell), shell, options };
    let file = target_dir().join("bench-scratch/results.txt");
    let mut results = if bench.options.add { Results::read(&file) } else { Results::default() };
    for workload in &bench.options.workloads {
        if bench.options.repetitions > 0 {
            results.forget(workload.name);
            bench.measure(workload, &mut results)?;
            results.write(&file)?;
        }
    }
    println!("\n{}", report::tables(&results));
    if bench.options.print { Ok(()) } else { report::write(&results, &report::Circumstances::ask(&bench.shell)?) }
}

/// Whether server and client can have a processor each.
fn has_processors_to_bind(shell: &Shell) -> bool {
    let several = thread::available_parallelism().is_ok_and(|count| count.get() > 1);
    several && cmd!(shell, "taskset -c 1 true").quiet().ignore_stderr().run().is_ok()
}

#[derive(Debug)]
struct Bench {
    shell: Shell,
    options: Options,
    places: Places,
    pins: bool,
}

impl Bench {
    fn measure(&self, workload: &Workload, results: &mut Results) -> Outcome {
        println!("\n{} ({})", workload.title, workload.name);
        for repetition in 0..self.options.repetitions {
            for server in self.options.servers.iter().filter(|server| server.can(workload)) {
                let figures = self.run(server, workload)?;
                println!(
                    "  {repetition} {:<8} {:>10.2} µs ({:.2} user), {:>8.0} a second, p50 {:.0} µs, p99 {:.0} µs; {:.2}",
                    server.name, figures.cost, figures.user, figures.rate, figures.p50, figures.p99, figures.other
                );
                let (workload, server) = (workload.name.to_owned(), server.name.to_owned());
                results.runs.push(Run { workload, server, repetition, figures });
            }
        }
        Ok(())
    }

    /// Starts a server, checks its answer, warms it up and measures it.
    fn run(&self, server: &Server, workload: &Workload) -> Result<Figures, Box<dyn Error>> {
        let pins = self.pins && workload.kind != Kind::Blocked;
        let running = server.start(workload, &self.places, pins.then_some(0))?;
        let length =
            workload.check(running.port, &self.places.data).map_err(|error| format!("{}: {error}", server.name))?;
        let routes = fs::read_to_string(&self.places.routes)?;
        let script = workload.script(&routes);
        let load = Load {
            port: running.port,
            path: workload.path,
            connections: workload.connections,
            seconds: self.options.seconds,
            processor: pins.then_some(1),
            fields: workload.fields,
            script: &script,
        };
        match workload.kind {
            Kind::Idle => idle(&running, workload.connections),
            Kind::Blocked => self.blocked(server, &load),
            _ => {
                let warm = wrk::run(&self.shell, &Load { seconds: 1, connections: load.connections.min(16), ..load })?;
                refuse_failures(warm.failed, warm.requests)?;
                let before = running.usage();
                let seen = wrk::run(&self.shell, &load)?;
                let used = running.usage().since(before);
                refuse_failures(seen.failed, seen.requests)?;
                Ok(Figures {
                    cost: used.processor_time() / seen.requests,
                    user: used.user / seen.requests,
                    rate: seen.rate,
                    p50: seen.p50,
                    p99: seen.p99,
                    // Without its headers, as it went over the wire.
                    other: approximate(length),
                })
            }
        }
    }

    /// Two clients at once: many on sleeping handlers, few on quick ones.
    fn blocked(&self, server: &Server, load: &Load<'_>) -> Result<Figures, Box<dyn Error>> {
        wrk::run(&self.shell, &Load { seconds: 1, ..load.clone() })?;
        let sleepers =
            wrk::begin(&self.shell, &Load { path: server.sleeping_path(), connections: 256, ..load.clone() })?;
        let quick = wrk::run(&self.shell, load)?;
        let sleepers = sleepers.seen()?;
        let (rate, p50, p99) = (quick.rate, quick.p50, quick.p99);
        Ok(Figures { rate, p50, p99, other: sleepers.rate, ..Figures::default() })
    }
}

/// A share of failures that says that something else than the server's speed was measured.
fn refuse_failures(failed: f64, requests: f64) -> Outcome {
    if failed > requests / 1000.0 {
        return Err(format!("{failed} of {requests} requests failed").into());
    }
    Ok(())
}

fn approximate(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What a connection takes of memory that has made a request and waits: the growth over many of them.
fn idle(running: &Running, wanted: usize) -> Result<Figures, Box<dyn Error>> {
    let count = wanted.min(descriptors().saturating_sub(100));
    let mut streams = Vec::with_capacity(count);
    open(running.port, 64, &mut streams)?;
    thread::sleep(Duration::from_millis(300));
    let before = running.usage().resident;
    open(running.port, count - 64, &mut streams)?;
    thread::sleep(Duration::from_millis(500));
    let grown = running.usage().resident.saturating_sub(before);
    let other = approximate(usize::try_from(grown)?) / approximate(count - 64);
    Ok(Figures { other, ..Figures::default() })
}

fn open(port: u16, count: usize, streams: &mut Vec<TcpStream>) -> Outcome {
    for _ in 0..count {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let mut answer = [0; 1024];
        let length = stream.read(&mut answer)?;
        if !answer[..length].starts_with(b"HTTP/1.1 200") {
            return Err("a connection got no answer".into());
        }
        streams.push(stream);
    }
    Ok(())
}

/// How many descriptors this process may have.
fn descriptors() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(1024)
}
