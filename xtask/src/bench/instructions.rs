//! `cargo xtask bench instructions [--record]`: the user-space instructions that a request costs.
//!
//! Callgrind counts a scripted exchange in one process (`tests/instructions`) at two lengths; the difference, divided,
//! is the cost of one request without that of starting. The client's thread is left out. Unlike times, these figures
//! hardly change from run to run, so a few per cent more than what is recorded is a fault; `--record` writes down what
//! was counted. They do depend on what the processor offers (`memcpy` and the search for line ends have variants).

use std::fs;
use std::path::{Path, PathBuf};

use lexopt::prelude::*;
use xshell::{Shell, cmd};

use super::{shell, target_dir};
use crate::steps::cargo;
use crate::{Outcome, root};

/// What is counted, and how many requests one exchange of it holds.
const CASES: &[(&str, u64)] = &[("hello", 1), ("browser", 1), ("mux", 1), ("file", 1), ("close", 1), ("pipelined", 16)];

/// The lengths of the two runs, in exchanges.
const LENGTHS: [u64; 2] = [1000, 3000];

/// How much more than what is recorded is still taken for the same.
const ALLOWED_PERCENT: u64 = 5;

pub(super) fn run(mut arguments: lexopt::Parser) -> Outcome {
    let mut record = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("record") => record = true,
            other => return Err(other.unexpected().into()),
        }
    }
    let shell = shell()?;
    if cmd!(shell, "valgrind --version").quiet().ignore_stdout().ignore_stderr().run().is_err() {
        return Err("valgrind is missing, which counts instructions; most systems have it as a package: \
                    `apt install valgrind`, `dnf install valgrind`, `pacman -S valgrind`"
            .into());
    }
    let cargo = cargo();
    cmd!(shell, "{cargo} build --profile bench --package nethttp-tests --bin instructions").run()?;
    let file = root().join("tests/instructions/recorded.txt");
    let recorded = parse(&fs::read_to_string(&file)?)?;
    let counted = CASES
        .iter()
        .map(|&(case, requests)| Ok((case.to_owned(), a_request(&shell, case, requests)?)))
        .collect::<Result<Vec<_>, Box<dyn std::error::Error>>>()?;
    if record {
        fs::write(&file, text(&counted))?;
    }
    compare(&counted, if record { &counted } else { &recorded })
}

/// The instructions of one request.
fn a_request(shell: &Shell, case: &str, requests: u64) -> Result<u64, Box<dyn std::error::Error>> {
    let [short, long] = LENGTHS;
    let more = count(shell, case, long)?.saturating_sub(count(shell, case, short)?);
    Ok(more / ((long - short) * requests))
}

/// The instructions of a run in all threads but the first, which is the client's.
fn count(shell: &Shell, case: &str, length: u64) -> Result<u64, Box<dyn std::error::Error>> {
    let program = target_dir().join("release/instructions");
    let folder = shell.create_temp_dir()?;
    let out = folder.path().join("counts");
    let length = length.to_string();
    cmd!(
        shell,
        "valgrind --quiet --tool=callgrind --separate-threads=yes --callgrind-out-file={out} {program} {case} {length}"
    )
    .quiet()
    .run()?;
    let mut sum = 0;
    for file in counts_of_threads(folder.path())? {
        let text = String::from_utf8_lossy(&fs::read(file)?).into_owned();
        let summary = text.lines().find_map(|line| line.strip_prefix("summary: "));
        sum += summary.and_then(|count| count.trim().parse::<u64>().ok()).ok_or("callgrind wrote no summary")?;
    }
    Ok(sum)
}

/// The files that callgrind wrote, one a thread; the name ends with the thread's number, from 01.
fn counts_of_threads(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn std::error::Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let thread = name.rsplit_once('-').and_then(|(_, thread)| thread.parse::<u32>().ok());
        if thread.is_some_and(|thread| thread > 1) {
            files.push(path);
        }
    }
    if files.is_empty() { Err("callgrind wrote no counts of threads".into()) } else { Ok(files) }
}

/// Prints both, and fails if a case costs more than it should.
fn compare(counted: &[(String, u64)], recorded: &[(String, u64)]) -> Outcome {
    let mut worse = Vec::new();
    println!("{:<12}{:>10}{:>10}", "", "counted", "recorded");
    for (case, count) in counted {
        let before = recorded.iter().find(|(name, _)| name == case).map(|(_, count)| *count);
        let before = before.ok_or_else(|| format!("nothing is recorded for {case}; `--record` does"))?;
        println!("{case:<12}{count:>10}{before:>10}");
        if count * 100 > before * (100 + ALLOWED_PERCENT) {
            worse.push(case.as_str());
        }
    }
    if worse.is_empty() {
        return Ok(());
    }
    Err(format!("more than {ALLOWED_PERCENT} % above what is recorded: {}", worse.join(", ")).into())
}

const HEADER: &str = "# User-space instructions a request, as `cargo xtask bench instructions --record` writes them.\n";

fn text(counted: &[(String, u64)]) -> String {
    let lines: String = counted.iter().map(|(case, count)| format!("{case} {count}\n")).collect();
    format!("{HEADER}{lines}")
}

fn parse(text: &str) -> Result<Vec<(String, u64)>, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (case, count) = line.split_once(' ').ok_or_else(|| format!("no count in {line:?}"))?;
            Ok((case.to_owned(), count.parse().map_err(|_| format!("no count in {line:?}"))?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_is_read_again() {
        let counted = vec![("hello".to_owned(), 6384), ("mux".to_owned(), 9100)];
        assert_eq!(parse(&text(&counted)), Ok(counted));
        assert!(parse("hello many\n").is_err());
    }

    #[test]
    fn the_file_of_this_project_has_every_case() {
        let recorded = parse(include_str!("../../../tests/instructions/recorded.txt")).unwrap();
        let names: Vec<_> = recorded.iter().map(|(case, _)| case.as_str()).collect();
        assert_eq!(names, CASES.iter().map(|(case, _)| *case).collect::<Vec<_>>());
    }

    #[test]
    fn only_clearly_more_is_a_fault() {
        let one = |count| vec![("hello".to_owned(), count)];
        assert!(compare(&one(1050), &one(1000)).is_ok());
        assert!(compare(&one(500), &one(1000)).is_ok());
        let told = compare(&one(1051), &one(1000)).unwrap_err().to_string();
        assert!(told.ends_with("recorded: hello"), "{told}");
        assert!(compare(&one(1), &[]).is_err());
    }
}
