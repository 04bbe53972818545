//! `cargo xtask bench handoff [--scenario A,B] [--secs N]`: quick answers beside handlers that sleep, compute, or sleep now
//! and then; ours, ours without hand-overs, and Go.
//!
//! Each has two loops (in Go, two processors), bound to no processor; two clients run at once: sixteen connections on
//! `/hello`, whose latency tells what the others cost them, and those of the scenario.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use lexopt::prelude::*;
use xshell::{Shell, cmd};

use super::process::{Running, Start, free_port};
use super::wrk::{self, Load};
use super::{shell, target_dir};
use crate::Outcome;
use crate::steps::cargo;

/// What goes on beside the quick answers.
#[derive(Clone, Copy, Debug)]
struct Scenario {
    name: &'static str,
    path: &'static str,
    connections: usize,
    max_workers: usize,
    /// Whether the requests of the scenario begin only when the measurement does: its route is new to the server.
    is_new: bool,
}

const fn beside(name: &'static str, path: &'static str, connections: usize) -> Scenario {
    Scenario { name, path, connections, max_workers: 0, is_new: false }
}

const SCENARIOS: &[Scenario] = &[
    beside("nothing", "", 0),
    beside("sleep-1", "/sleep/10", 1),
    beside("sleep-16", "/sleep/10", 16),
    beside("sleep-256", "/sleep/10", 256),
    beside("sleep-2000", "/sleep/100", 2000),
    beside("spin-50us", "/spin/50", 8),
    beside("spin-500us", "/spin/500", 8),
    beside("spin-5ms", "/spin/5000", 8),
    Scenario { is_new: true, ..beside("new-route", "/sleep/10", 256) },
    beside("rare", "/rare/10", 16),
    Scenario { max_workers: 64, ..beside("max-workers", "/sleep/10", 256) },
];

/// The servers that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    Ours,
    /// Built so that no loop changes hands.
    Inline,
    Go,
}

impl Variant {
    fn name(self) -> &'static str {
        match self {
            Self::Ours => "nethttp",
            Self::Inline => "no hand-over",
            Self::Go => "Go",
        }
    }

    fn program(self) -> PathBuf {
        match self {
            Self::Ours => target_dir().join("release/handoff"),
            Self::Inline => target_dir().join("no-hand-over/release/handoff"),
            Self::Go => target_dir().join("bench-peers/go-peer"),
        }
    }
}

/// What one run came to.
#[derive(Clone, Copy, Debug)]
struct Figures {
    hello: wrk::Seen,
    others: Option<wrk::Seen>,
    threads: u64,
    hand_overs: f64,
    switches: f64,
    /// MiB resident.
    resident: f64,
    /// Processors in use by the server.
    busy: f64,
}

pub(super) fn run(mut arguments: lexopt::Parser) -> Outcome {
    let (mut scenarios, mut seconds) = (SCENARIOS.to_vec(), 3);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("scenario") => {
                let names = arguments.value()?.string()?;
                scenarios.retain(|scenario| names.split(',').any(|name| name == scenario.name));
            }
            Long("secs") => seconds = arguments.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    let shell = shell()?;
    wrk::require(&shell)?;
    let variants = build(&shell)?;
    println!(
        "\n| beside hello | server | hello/s | p50 µs | p99 µs | p99.9 µs | others/s | p99 µs | threads | hand-overs/s | \
         switches/s | processors | MiB |\n|---|---|{}",
        "--:|".repeat(11)
    );
    for scenario in scenarios {
        for &variant in &variants {
            let figures = measure(&shell, scenario, variant, seconds)
                .map_err(|error| format!("{}, {}: {error}", scenario.name, variant.name()))?;
            print(scenario, variant, &figures);
        }
    }
    Ok(())
}

/// Builds the servers; those that can be had here.
fn build(shell: &Shell) -> Result<Vec<Variant>, Box<dyn Error>> {
    let cargo = cargo();
    cmd!(shell, "{cargo} build --quiet --release --package nethttp-tests --bin handoff").run()?;
    cmd!(shell, "{cargo} build --quiet --release --package nethttp-tests --bin handoff")
        .env("RUSTFLAGS", "--cfg nethttp_no_hand_over")
        .env("CARGO_TARGET_DIR", target_dir().join("no-hand-over"))
        .run()?;
    let mut variants = vec![Variant::Ours, Variant::Inline];
    let go = Variant::Go.program();
    std::fs::create_dir_all(go.parent().ok_or("a program lies in a folder")?)?;
    match cmd!(shell, "go build -C tests/bench/peers/go -o {go} .").quiet().run() {
        Ok(()) => variants.push(Variant::Go),
        Err(_) => println!("Go is left out: `go build` failed; go.dev/dl has it"),
    }
    Ok(variants)
}

fn measure(shell: &Shell, scenario: Scenario, variant: Variant, seconds: u64) -> Result<Figures, Box<dyn Error>> {
    let port = free_port()?;
    let last = if variant == Variant::Go { ".".to_owned() } else { scenario.max_workers.to_string() };
    let program = variant.program();
    let start = Start { program: &program, arguments: vec![port.to_string(), "2".into(), last], port, processor: None };
    let running = Running::start(&start)?;
    check(port, scenario)?;
    let seconds = if scenario.is_new { 1 } else { seconds };
    let hello = Load { port, path: "/hello", connections: 16, seconds, processor: None, fields: &[], script: "" };
    let others = Load { path: scenario.path, connections: scenario.connections, ..hello.clone() };
    wrk::run(shell, &Load { seconds: 1, ..hello.clone() })?;
    if scenario.connections > 0 && !scenario.is_new {
        wrk::run(shell, &Load { seconds: 1, ..others.clone() })?;
    }
    let (before, counted) = (running.usage(), hand_overs(port, variant)?);
    let others = if scenario.connections > 0 { Some(wrk::begin(shell, &others)?) } else { None };
    let hello = wrk::begin(shell, &hello)?;
    // Looked at while both go on: threads that have gone cannot be counted.
    let looked = Duration::from_millis(seconds * 900);
    thread::sleep(looked);
    let used = running.usage().since(before);
    let counted = hand_overs(port, variant)? - counted;
    let (hello, others) = (hello.seen()?, others.map(wrk::Begun::seen).transpose()?);
    Ok(Figures {
        hello,
        others,
        threads: used.threads,
        hand_overs: counted / looked.as_secs_f64(),
        switches: f64::from(u32::try_from(used.switches)?) / looked.as_secs_f64(),
        resident: f64::from(u32::try_from(used.resident)?) / 1024.0,
        busy: used.processor_time() / 1e6 / looked.as_secs_f64(),
    })
}

/// The scenario's answer is the right one.
fn check(port: u16, scenario: Scenario) -> Outcome {
    let paths = ["/hello", scenario.path];
    for path in paths.into_iter().filter(|path| !path.is_empty() && !scenario.is_new) {
        let answer = ask(port, path)?;
        if !answer.starts_with("HTTP/1.1 200 OK\r\n") || !answer.ends_with("\r\n\r\nHello, World!") {
            return Err(format!("{path}: {answer}").into());
        }
    }
    Ok(())
}

/// How often loops have changed hands. In the others they do not, and one whose loops are all stuck would not answer.
fn hand_overs(port: u16, variant: Variant) -> Result<f64, Box<dyn Error>> {
    if variant != Variant::Ours {
        return Ok(0.0);
    }
    let answer = ask(port, "/counts")?;
    Ok(answer.rsplit("\r\n\r\n").next().unwrap_or_default().parse()?)
}

/// An answer, by a connection of its own.
fn ask(port: u16, path: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn print(scenario: Scenario, variant: Variant, figures: &Figures) {
    let Figures { hello, others, threads, hand_overs, switches, resident, busy } = figures;
    let others = others.map_or_else(|| "– | –".to_owned(), |others| format!("{:.0} | {:.0}", others.rate, others.p99));
    let failed = if hello.failed > 0.0 { format!(" ({} failed)", hello.failed) } else { String::new() };
    println!(
        "| {} | {} | {:.0}{failed} | {:.0} | {:.0} | {:.0} | {others} | {threads} | {hand_overs:.0} | {switches:.0} | \
         {busy:.2} | {resident:.1} |",
        scenario.name,
        variant.name(),
        hello.rate,
        hello.p50,
        hello.p99,
        hello.p999
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_have_names_of_their_own() {
        let mut names: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SCENARIOS.len());
    }
}
