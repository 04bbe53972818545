//! The commands of this workspace, one file each: `cargo xtask help` lists them.
//!
//! What a command needs besides Rust itself it says in words when that is missing.

#![forbid(unsafe_code)]

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::prelude::*;

mod bench;
mod ci;
mod record;
mod steps;
mod test;
mod tidy;

/// What a command ends with.
type Outcome = Result<(), Box<dyn Error>>;

struct Command {
    name: &'static str,
    summary: &'static str,
    run: fn(lexopt::Parser) -> Outcome,
}

const COMMANDS: &[Command] = &[
    Command { name: "test", summary: "run everything that the project tests", run: test::run },
    Command { name: "tidy", summary: "check the rules that compilers do not know", run: tidy::run },
    Command { name: "ci", summary: "format, tidy, lints, docs, each crate alone, tests", run: ci::run },
    Command { name: "bench", summary: "measure: `cargo xtask bench` says what", run: bench::run },
    Command { name: "record", summary: "record Go's answers for the conformance suite anew", run: record::run },
];

fn main() -> ExitCode {
    match dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch() -> Outcome {
    let mut arguments = lexopt::Parser::from_env();
    let name = match arguments.next()? {
        None | Some(Short('h') | Long("help")) => return help(),
        Some(Value(name)) => name.string()?,
        Some(other) => return Err(other.unexpected().into()),
    };
    if name == "help" {
        return help();
    }
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(arguments),
        None => {
            help()?;
            Err(format!("there is no command {name:?}").into())
        }
    }
}

fn help() -> Outcome {
    println!("usage: cargo xtask <command>\n");
    for Command { name, summary, .. } in COMMANDS {
        println!("  {name:<8}{summary}");
    }
    Ok(())
}

/// For commands that take no arguments: refuses any.
fn no_arguments(mut arguments: lexopt::Parser) -> Outcome {
    match arguments.next()? {
        None => Ok(()),
        Some(argument) => Err(argument.unexpected().into()),
    }
}

/// The top folder of the workspace.
fn root() -> PathBuf {
    // Cargo says where this package lies now; what was compiled in may be where it lay once.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.parent().map_or_else(|| ".".into(), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_names_of_their_own() {
        let mut names: Vec<_> = COMMANDS.iter().map(|command| command.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COMMANDS.len());
        assert!(!names.contains(&"help"));
    }

    #[test]
    fn the_root_is_the_workspace() {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.starts_with("[workspace]"));
    }
}
