//! Records answers: those of the oracle, or our own where we differ on purpose. `cargo xtask record` runs it.
//!
//! `record oracle PROGRAM` plays all conversations with a built oracle; `record ours` plays those that have a row in the
//! table of differences with the program here. It says what is new, what has changed and what is gone.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};

use nethttp_tests::answers::{Exchange, Recorded};
use nethttp_tests::play::{Part, play_all};
use nethttp_tests::program::{self, Program};
use nethttp_tests::topics;

type Servers = BTreeMap<String, SocketAddr>;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["oracle", program] => oracle(program),
        ["ours"] => ours(),
        _ => Err("usage: record oracle PROGRAM, or record ours".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("record: {error}");
            ExitCode::FAILURE
        }
    }
}

fn oracle(program: &str) -> Result<(), Box<dyn Error>> {
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let outcome = addresses(&mut child).and_then(|servers| record(&servers, Whose::Go));
    // It ends with its input.
    drop(child.stdin.take());
    child.wait()?;
    outcome
}

fn addresses(child: &mut Child) -> Result<Servers, Box<dyn Error>> {
    let mut servers = Servers::new();
    for line in BufReader::new(child.stdout.take().ok_or("no output")?).lines() {
        let line = line?;
        if line == "ready" {
            return Ok(servers);
        }
        let (name, addr) = line.split_once(' ').ok_or_else(|| format!("the oracle says {line:?}"))?;
        servers.insert(name.to_owned(), addr.parse()?);
    }
    Err("the oracle has ended".into())
}

fn ours() -> Result<(), Box<dyn Error>> {
    program::silence_handlers();
    let program = Program::start()?;
    record(&program.addresses().into_iter().collect(), Whose::Ours)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Go,
    Ours,
}

impl Whose {
    fn of(self, recorded: &mut Recorded) -> &mut Option<Exchange> {
        match self {
            Self::Go => &mut recorded.go,
            Self::Ours => &mut recorded.ours,
        }
    }
}

fn record(servers: &Servers, whose: Whose) -> Result<(), Box<dyn Error>> {
    let mut topics = topics()?;
    let mut parts = Vec::new();
    for conversation in topics.iter().flat_map(|topic| &topic.conversations) {
        let server = *servers.get(&conversation.server).ok_or_else(|| format!("no server {}", conversation.server))?;
        if whose == Whose::Go || conversation.difference.is_some() {
            parts.push(Part { conversation, server, expected: None });
        }
    }
    let mut played = play_all(&parts).into_iter();
    let count = parts.len();
    let mut changes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for topic in &mut topics {
        let mut before = std::mem::take(&mut topic.recorded);
        for conversation in &topic.conversations {
            let name = format!("{}/{}", topic.name, conversation.name);
            let old = before.remove(&conversation.name);
            let mut recorded = old.unwrap_or_default();
            if whose == Whose::Go || conversation.difference.is_some() {
                let place = whose.of(&mut recorded);
                let new = played.next().ok_or("a conversation was not played")??;
                match place.replace(new) {
                    None => changes.entry("new").or_default().push(name),
                    Some(old) if place.as_ref() != Some(&old) => changes.entry("changed").or_default().push(name),
                    Some(_) => {}
                }
            }
            if conversation.difference.is_none() {
                recorded.ours = None;
            }
            topic.recorded.insert(conversation.name.clone(), recorded);
        }
        let gone = before.into_keys().map(|name| format!("{}/{name}", topic.name));
        changes.entry("gone").or_default().extend(gone);
        topic.write_answers()?;
    }
    println!("{count} conversations of {} topics played", topics.len());
    for (what, names) in changes {
        println!("{what}: {}", names.len());
        for name in names {
            println!("  {name}");
        }
    }
    Ok(())
}
