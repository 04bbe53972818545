//! `cargo xtask test`: everything that the project tests.
//!
//! The tests, doc tests and examples of all packages; the models of the engine's protocols under loom; and once more what
//! sends files, with the copying that systems without `sendfile` use. Lines of the test runners pass through as they
//! come; their closing lines are repeated at the end.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use xshell::{Shell, cmd};

use crate::steps::{Steps, cargo};
use crate::{Outcome, no_arguments, root};

pub(crate) fn run(arguments: lexopt::Parser) -> Outcome {
    no_arguments(arguments)?;
    let shell = Shell::new()?;
    shell.change_dir(root());
    let mut steps = Steps::new();
    let mut closing = Closing::default();
    all(&shell, &mut steps, &mut closing);
    closing.print();
    steps.end("test")
}

/// Adds the steps of this command to those of another.
pub(crate) fn all(shell: &Shell, steps: &mut Steps, closing: &mut Closing) {
    let cargo = cargo();
    steps.run("tests of all packages", || closing.watch(cmd!(shell, "{cargo} test --workspace --no-fail-fast")));
    steps.run("models of the engine's protocols", || {
        let models = cmd!(shell, "{cargo} test --package nethttp-server --lib --release -- models");
        // Models are explored in release mode for speed; what link-time optimization costs they would not earn.
        let models = models
            .env("RUSTFLAGS", flags("--cfg loom"))
            .env("CARGO_TARGET_DIR", target(shell, "loom"))
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        closing.watch(models)
    });
    steps.run("files sent by copying", || {
        let copying = cmd!(
            shell,
            "{cargo} test --package nethttp-sendfile --package nethttp-server --lib --tests --no-fail-fast"
        );
        let copying =
            copying.env("RUSTFLAGS", flags("--cfg nethttp_force_copy")).env("CARGO_TARGET_DIR", target(shell, "copy"));
        closing.watch(copying)
    });
}

/// What test runners end with: `test result: …`.
#[derive(Debug, Default)]
pub(crate) struct Closing {
    lines: Vec<String>,
    passed: u64,
    failed: u64,
}

impl Closing {
    /// Runs tests, shows what they print, and keeps their closing lines. Fails also if no test ran.
    fn watch(&mut self, tests: xshell::Cmd<'_>) -> Outcome {
        println!("$ {}", tests.to_string().replacen(&cargo(), "cargo", 1));
        let (reader, writer) = std::io::pipe()?;
        let mut command = Command::from(tests);
        // Both into one, so that the names of the runners stand before their results.
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let mut child = command.spawn()?;
        // Its ends of the pipe have to go, or there is no end.
        drop(command);
        let before = self.passed;
        let mut runner = String::new();
        for line in BufReader::new(reader).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            println!("{line}");
            self.note(&line, &mut runner);
        }
        let status = child.wait()?;
        if !status.success() {
            return Err(format!("cargo test ended with {status}").into());
        }
        if self.passed == before {
            return Err("no test ran".into());
        }
        Ok(())
    }

    fn note(&mut self, line: &str, runner: &mut String) {
        let line = line.trim();
        if let Some(name) = line.strip_prefix("Running ").or_else(|| line.strip_prefix("Doc-tests ")) {
            *runner = if line.starts_with("Doc") { format!("doc tests of {name}") } else { binary(name).to_owned() };
        }
        if let Some(result) = line.strip_prefix("test result: ") {
            self.lines.push(format!("{line}  [{runner}]"));
            self.passed += number_before(result, " passed");
            self.failed += number_before(result, " failed");
        }
    }

    /// Repeats the closing lines of runners that had anything to do, and says what they add up to.
    pub(crate) fn print(&self) {
        println!("\n=== closing lines");
        for line in self.lines.iter().filter(|line| !line.contains(" 0 passed; 0 failed")) {
            println!("{line}");
        }
        println!("in all: {} passed; {} failed", self.passed, self.failed);
    }
}

/// The name of a test binary in what cargo says that it runs: `unittests src/lib.rs (target/debug/deps/name-hash)`.
fn binary(said: &str) -> &str {
    let path = said.rsplit_once('(').map_or(said, |(_, path)| path.trim_end_matches(')'));
    let file = path.rsplit('/').next().unwrap_or(path);
    file.rsplit_once('-').map_or(file, |(name, _)| name)
}

fn number_before(text: &str, word: &str) -> u64 {
    let before = text.split(word).next().unwrap_or_default();
    before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default().parse().unwrap_or(0)
}

/// The flags that are set already, and one more.
fn flags(more: &str) -> String {
    match std::env::var("RUSTFLAGS") {
        Ok(set) if !set.is_empty() => format!("{set} {more}"),
        _ => more.to_owned(),
    }
}

/// A folder of its own for what is built with other flags, so that it does not displace the ordinary build.
fn target(shell: &Shell, name: &str) -> std::path::PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), std::path::PathBuf::from);
    shell.current_dir().join(target).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_kept_and_counted() {
        let mut closing = Closing::default();
        let mut runner = String::new();
        for line in [
            "     Running unittests src/lib.rs (target/debug/deps/nethttp_core-0123456789abcdef)",
            "running 3 tests",
            "test io::tests::x ... ok",
            "test result: FAILED. 12 passed; 1 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.12s",
            "   Doc-tests nethttp_core",
            "test result: ok. 7 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        ] {
            closing.note(line, &mut runner);
        }
        assert_eq!((closing.passed, closing.failed), (19, 1));
        assert!(closing.lines[0].ends_with("[nethttp_core]"));
        assert!(closing.lines[1].ends_with("[doc tests of nethttp_core]"));
    }
}
