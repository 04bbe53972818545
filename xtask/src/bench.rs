//! `cargo xtask bench …`: measurements, each a command of its own. They need a quiet machine and tools that are not
//! Rust's; what is missing is said in words.

use std::ffi::OsStr;
use std::path::PathBuf;

use xshell::Shell;

use crate::{Outcome, root};

mod handoff;
mod instructions;
mod mux;
mod process;
mod scaling;
mod side_by_side;
mod wrk;

/// A measurement that is called by name: `cargo xtask bench NAME`.
struct Measurement {
    name: &'static str,
    summary: &'static str,
    run: fn(lexopt::Parser) -> Outcome,
}

const MEASUREMENTS: &[Measurement] = &[
    Measurement {
        name: "handoff",
        summary: "quick answers beside handlers that sleep or compute, with hand-overs, without, and Go",
        run: handoff::run,
    },
    Measurement {
        name: "instructions",
        summary: "instructions a request, counted by callgrind, beside those recorded",
        run: instructions::run,
    },
    Measurement { name: "mux", summary: "the mux beside other matchers, on the same routes", run: mux::run },
    Measurement { name: "scaling", summary: "the same load on 1, 2 and 4 loops", run: scaling::run },
];

pub(crate) fn run(mut arguments: lexopt::Parser) -> Outcome {
    let first = arguments.raw_args()?.peek().map(OsStr::to_owned);
    let Some(first) = first.filter(|first| !first.as_encoded_bytes().starts_with(b"-")) else {
        return side_by_side::run(arguments);
    };
    if first == "help" {
        return help();
    }
    match MEASUREMENTS.iter().find(|measurement| first == measurement.name) {
        Some(measurement) => {
            arguments.next()?;
            (measurement.run)(arguments)
        }
        None => {
            help()?;
            Err(format!("there is no measurement {first:?}").into())
        }
    }
}

fn help() -> Outcome {
    println!("usage: cargo xtask bench [--workload A,B] [--servers A,B] [--secs N] [--reps N] [--add] [--print]");
    println!("         our server beside others; --add keeps the results of other workloads, --print changes no files");
    println!("       cargo xtask bench <measurement>\n");
    for Measurement { name, summary, .. } in MEASUREMENTS {
        println!("  {name:<14}{summary}");
    }
    Ok(())
}

/// A shell at the top of the workspace.
fn shell() -> Result<Shell, xshell::Error> {
    let shell = Shell::new()?;
    shell.change_dir(root());
    Ok(shell)
}

/// Where cargo puts what it builds.
fn target_dir() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    root().join(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measurements_have_names_of_their_own() {
        let mut names: Vec<_> = MEASUREMENTS.iter().map(|measurement| measurement.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), MEASUREMENTS.len());
    }
}
