//! Steps: the parts of a command, each with a name, of which all are run and the failed ones told at the end.

use std::time::{Duration, Instant};

use xshell::Shell;

use crate::Outcome;

/// The steps of a command so far.
#[derive(Debug)]
pub(crate) struct Steps {
    start: Instant,
    count: usize,
    failed: Vec<String>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), count: 0, failed: Vec::new() }
    }

    /// Runs a step. A failure does not keep the following ones from running.
    pub(crate) fn run(&mut self, name: &str, step: impl FnOnce() -> Outcome) {
        println!("\n=== {name}");
        let start = Instant::now();
        let outcome = step();
        self.count += 1;
        let took = shown(start.elapsed());
        match outcome {
            Ok(()) => println!("=== {name}: passed ({took})"),
            Err(error) => {
                println!("=== {name}: FAILED ({took}): {error}");
                self.failed.push(name.to_owned());
            }
        }
    }

    /// The closing line, and whether all went well.
    pub(crate) fn end(self, what: &str) -> Outcome {
        let took = shown(self.start.elapsed());
        if self.failed.is_empty() {
            println!("\n{what}: all {} steps passed in {took}", self.count);
            return Ok(());
        }
        Err(format!(
            "{what}: {} of {} steps failed in {took}: {}",
            self.failed.len(),
            self.count,
            self.failed.join(", ")
        )
        .into())
    }
}

/// Makes sure that cargo has a subcommand; says how to get it if it has not.
pub(crate) fn require(shell: &Shell, subcommand: &str, install: &str) -> Outcome {
    let cargo = cargo();
    let asked = xshell::cmd!(shell, "{cargo} {subcommand} --version").quiet().ignore_stdout().ignore_stderr().run();
    asked.map_err(|_| format!("`cargo {subcommand}` is missing here; install it with `{install}`").into())
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_steps_run_and_the_failed_ones_are_named() {
        let mut steps = Steps::new();
        let mut ran = 0;
        steps.run("first", || Err("broken".into()));
        steps.run("second", || {
            ran += 1;
            Ok(())
        });
        assert_eq!(ran, 1);
        let told = steps.end("all").unwrap_err().to_string();
        assert!(told.starts_with("all: 1 of 2 steps failed") && told.ends_with(": first"), "{told}");
    }

    #[test]
    fn durations_are_short() {
        assert_eq!(shown(Duration::from_millis(1540)), "1.5 s");
        assert_eq!(shown(Duration::from_secs(125)), "2 min 5 s");
    }
}
