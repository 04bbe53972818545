//! The report: tables in Markdown and a chart for each workload.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;

use xshell::{Shell, cmd};

use super::chart::{Bar, Chart, value};
use super::results::{Figures, Results, Spread};
use super::servers::{OURS, SERVERS, Server};
use super::workload::{Kind, WORKLOADS, Workload};
use crate::root;

/// Where and when, in words.
#[derive(Debug)]
pub(super) struct Circumstances {
    pub(super) date: String,
    pub(super) machine: String,
    pub(super) versions: String,
}

impl Circumstances {
    pub(super) fn ask(shell: &Shell) -> Result<Self, Box<dyn Error>> {
        let date = cmd!(shell, "date -u").arg("+%d %B %Y").env("LC_ALL", "C").quiet().read()?;
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model =
            cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name));
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let machine = format!(
            "a machine with {processors} {} ({}, Linux)",
            if processors == 1 { "processor" } else { "processors" },
            model.unwrap_or("of unknown make")
        );
        Ok(Self { date: date.trim_start_matches('0').to_owned(), machine, versions: versions(shell) })
    }
}

/// The versions of what was measured beside ours.
fn versions(shell: &Shell) -> String {
    let lock = fs::read_to_string(root().join("tests/bench/peers/Cargo.lock")).unwrap_or_default();
    let mut versions: Vec<_> =
        ["hyper", "axum", "actix-web", "may_minihttp"].iter().filter_map(|name| locked(&lock, name)).collect();
    if let Ok(go) = cmd!(shell, "go env GOVERSION").quiet().ignore_stderr().read() {
        versions.push(go.replacen("go", "Go ", 1));
    }
    if let Ok(nginx) = cmd!(shell, "nginx -v").quiet().read_stderr() {
        versions.extend(nginx.trim().rsplit_once('/').map(|(_, version)| format!("nginx {version}")));
    }
    versions.join(", ")
}

/// The version of a package in the text of a lock file.
fn locked(lock: &str, name: &str) -> Option<String> {
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    Some(format!("{name} {}", rest.split('"').next()?))
}

/// Writes `BENCHMARKS.md` and the charts.
pub(super) fn write(results: &Results, circumstances: &Circumstances) -> Result<(), Box<dyn Error>> {
    let folder = root().join("crates/nethttp");
    fs::create_dir_all(folder.join("benchmarks"))?;
    let mut charts = String::new();
    for workload in WORKLOADS {
        let Some(chart) = chart(results, workload) else { continue };
        fs::write(folder.join(format!("benchmarks/{}.svg", workload.name)), chart.svg())?;
        let _ = writeln!(charts, "\n![{}](benchmarks/{}.svg)", chart.title, workload.name);
    }
    let text = format!("{}{}{}{charts}", heading(results, circumstances), tables(results), CHARTS);
    fs::write(folder.join("BENCHMARKS.md"), text)?;
    println!("written: crates/nethttp/BENCHMARKS.md, and charts in crates/nethttp/benchmarks");
    Ok(())
}

const CHARTS: &str = "\n## Charts\n\nBars are medians; the line on each goes from the least to the greatest.\n";

fn heading(results: &Results, circumstances: &Circumstances) -> String {
    let Circumstances { date, machine, versions } = circumstances;
    let repetitions = results.repetitions();
    format!(
        "# Benchmarks

Written by `cargo xtask bench`, which builds the servers, loads them with [wrk](https://github.com/wg/wrk) over loopback, and
compares every kind of answer with the right one before it counts. Measured on {date}, on {machine}, beside {versions}.

What is compared is **processor time a request**, user and system time of the whole process as the kernel counts it, as a
multiple of what the *floor* takes: a program of some hundred lines around `epoll` that parses next to nothing and
sends ready-made answers. It is no server; it shows what the system calls cost. All servers have one worker and a processor of
their own, wrk has the other one. Each repetition has all servers in turn, and a ratio is that of two runs of one
repetition. The tables have medians of {repetitions}, with the least and the greatest behind them. Less is better unless it says otherwise.

"
    )
}

/// The tables as they are printed and written.
pub(super) fn tables(results: &Results) -> String {
    let of_kind = |idle: bool, blocked: bool| {
        WORKLOADS.iter().filter(move |workload| {
            (workload.kind == Kind::Idle) == idle && (workload.kind == Kind::Blocked) == blocked
        })
    };
    let mut text = costs(results, of_kind(false, false).collect());
    for workload in of_kind(true, false) {
        text += &memory(results, workload);
    }
    for workload in of_kind(false, true) {
        text += &blocked(results, workload);
    }
    text
}

/// Servers that have results for any of these workloads.
fn measured(results: &Results, workloads: &[&Workload]) -> Vec<&'static Server> {
    let has = |server: &Server| {
        workloads.iter().any(|workload| results.figures(workload.name, server.name, |figures| figures.cost).is_some())
    };
    SERVERS.iter().filter(|server| has(server)).collect()
}

fn header(first: &str, columns: impl Iterator<Item = String>) -> String {
    let columns: Vec<_> = columns.collect();
    format!("| {first} | {} |\n|---|{}\n", columns.join(" | "), "--:|".repeat(columns.len()))
}

fn costs(results: &Results, workloads: Vec<&Workload>) -> String {
    let workloads: Vec<_> =
        workloads.into_iter().filter(|workload| !measured(results, &[workload]).is_empty()).collect();
    if workloads.is_empty() {
        return String::new();
    }
    let servers = measured(results, &workloads);
    let mut text = header("processor time a request", servers.iter().map(|server| server.title.to_owned()));
    for workload in &workloads {
        let base = Server::named(workload.base).map_or(workload.base, |server| server.title);
        let against = if workload.base == "floor" { String::new() } else { format!(" (× {base})") };
        let _ = write!(text, "| {}{against} |", workload.title);
        for server in &servers {
            let ratio = results.ratio(workload, server.name, workload.base, |figures| figures.cost);
            let _ = write!(text, " {} |", ratio.map_or_else(|| "–".to_owned(), cell));
        }
        text.push('\n');
    }
    text.push('\n');
    for workload in workloads {
        text += &remarks(results, workload, &servers);
    }
    text
}

/// What else is to be said about a workload.
fn remarks(results: &Results, workload: &Workload, servers: &[&Server]) -> String {
    let mut text = String::new();
    if workload.name == "gzip" {
        let sizes = servers.iter().filter_map(|server| {
            let ratio = results.ratio(workload, server.name, workload.base, |figures| figures.other)?;
            Some(format!("{} {:.3}", server.title, ratio.median))
        });
        let sizes: Vec<_> = sizes.collect();
        let _ = writeln!(text, "Size of the compressed page, as a multiple of Go's: {}.\n", sizes.join(", "));
    }
    if workload.kind == Kind::Mux {
        let cost = |name: &str| results.figures(name, OURS, |figures| figures.cost);
        if let (Some(mux), Some(hello)) = (cost(workload.name), cost("hello")) {
            let _ =
                writeln!(text, "nethttp's mix over the routes is {:.2} × its own hello.\n", mux.median / hello.median);
        }
    }
    text
}

fn memory(results: &Results, workload: &Workload) -> String {
    let servers = measured(results, &[workload]);
    if servers.is_empty() {
        return String::new();
    }
    let mut text = header(workload.title, servers.iter().map(|server| server.title.to_owned()));
    text.push_str("| KiB resident |");
    for server in servers {
        let memory = results.figures(workload.name, server.name, |figures| figures.other);
        let _ = write!(text, " {} |", memory.map_or_else(|| "–".to_owned(), |memory| value(memory.median)));
    }
    text + "\n\n"
}

/// A figure of a run.
type Figure = fn(&Figures) -> f64;

const BLOCKED_ROWS: &[(&str, Figure)] = &[
    ("answers to hello a second (more is better)", |figures| figures.rate),
    ("their 99th percentile", |figures| figures.p99),
    ("sleeps a second (more is better)", |figures| figures.other),
];

fn blocked(results: &Results, workload: &Workload) -> String {
    let servers = measured(results, &[workload]);
    if servers.is_empty() {
        return String::new();
    }
    let title = format!("{}; two workers, × Go", workload.title);
    let mut text = header(&title, servers.iter().map(|server| server.title.to_owned()));
    for (name, figure) in BLOCKED_ROWS {
        let _ = write!(text, "| {name} |");
        for server in &servers {
            let ratio = results.ratio(workload, server.name, workload.base, *figure);
            let _ = write!(text, " {} |", ratio.map_or_else(|| "–".to_owned(), cell));
        }
        text.push('\n');
    }
    text + "\nThe sleep is the one that blocks the thread, `std::thread::sleep`; in Go it is `time.Sleep`.\n"
}

fn cell(ratio: Spread) -> String {
    let Spread { median, least, greatest } = ratio;
    if least == greatest {
        value(median)
    } else {
        format!("{} ({}–{})", value(median), value(least), value(greatest))
    }
}

/// The chart of a workload; none if its base was not measured.
fn chart<'a>(results: &Results, workload: &'a Workload) -> Option<Chart<'a>> {
    let length = |server: &Server| match workload.kind {
        Kind::Idle => results.figures(workload.name, server.name, |figures| figures.other),
        Kind::Blocked => results.ratio(workload, server.name, workload.base, |figures| figures.other),
        _ => results.ratio(workload, server.name, workload.base, |figures| figures.cost),
    };
    let axis = match (workload.kind, workload.base) {
        (Kind::Idle, _) => "KiB of resident memory a connection (less is better)",
        (Kind::Blocked, _) => "answers of sleeping handlers a second, as a multiple of Go's (more is better)",
        (_, "floor") => "processor time a request, as a multiple of the floor's (less is better)",
        _ => "processor time a request, as a multiple of Go's (less is better)",
    };
    let bars = SERVERS
        .iter()
        .filter_map(|server| Some(Bar { name: server.title, length: length(server)?, is_ours: server.name == OURS }));
    let bars: Vec<_> = bars.collect();
    (!bars.is_empty()).then_some(Chart { title: workload.title, axis, bars })
}

#[cfg(test)]
mod tests {
    use super::super::results::Run;
    use super::*;

    #[test]
    fn tables_have_a_row_for_each_measured_workload() {
        let run = |workload: &str, server: &str, cost: f64, other: f64| {
            let figures = Figures { cost, other, ..Figures::default() };
            Run { workload: workload.to_owned(), server: server.to_owned(), repetition: 0, figures }
        };
        let runs = vec![
            run("hello", "floor", 5.0, 0.0),
            run("hello", OURS, 5.5, 0.0),
            run("gzip", "go", 400.0, 6000.0),
            run("gzip", OURS, 300.0, 6060.0),
            run("idle", OURS, 0.0, 0.4),
        ];
        let text = tables(&Results { runs });
        assert!(text.contains("| processor time a request | floor | nethttp | Go net/http |"), "{text}");
        assert!(text.contains("| hello: keep-alive, 64 connections | 1.00 | 1.10 | – |"), "{text}");
        assert!(text.contains("(× Go net/http) | – | 0.75 | 1.00 |") && text.contains("nethttp 1.010"), "{text}");
        assert!(text.contains("| KiB resident | 0.40 |") && !text.contains("sleeps"), "{text}");
    }

    #[test]
    fn versions_are_those_of_the_lock_file() {
        let lock = "[[package]]\nname = \"hyper\"\nversion = \"1.12.0\"\n[[package]]\nname = \"hyper-util\"\n";
        assert_eq!(locked(lock, "hyper").as_deref(), Some("hyper 1.12.0"));
        assert_eq!(locked(lock, "axum"), None);
    }
}
