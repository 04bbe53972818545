//! The conversations with Go, held with the same program in Rust.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use nethttp::Server;
use nethttp_tests::answers::{Exchange, Recorded};
use nethttp_tests::differences;
use nethttp_tests::play::{Part, play_all};
use nethttp_tests::program::{self, Program};
use nethttp_tests::script::Conversation;
use nethttp_tests::{Topic, topics};

/// Conversations that are shown in full when they differ.
const SHOWN: usize = 8;

#[test]
fn conversations_are_as_recorded() {
    program::silence_handlers();
    let program = Program::start().unwrap();
    let servers: BTreeMap<_, _> = program.addresses().into_iter().collect();
    let topics = topics().unwrap();
    let all = conversations(&topics);
    let parts: Vec<_> = all
        .iter()
        .map(|(_, conversation, recorded)| Part {
            conversation,
            server: servers[&conversation.server],
            expected: recorded.ours.as_ref().or(recorded.go.as_ref()),
        })
        .collect();
    assert!(parts.len() >= 600, "only {} conversations", parts.len());
    let played = play_all(&parts);
    let differing: Vec<_> =
        parts.iter().zip(&all).zip(&played).filter(|((part, _), got)| !is_equal(part, got)).collect();
    for ((part, (topic, ..)), got) in differing.iter().take(SHOWN) {
        println!("{}", both(topic, part, got));
    }
    let names: Vec<_> =
        differing.iter().map(|((part, (topic, ..)), _)| format!("{topic}/{}", part.conversation.name)).collect();
    assert!(names.is_empty(), "{} of {} conversations differ:\n{}", names.len(), parts.len(), names.join("\n"));
    println!("{} conversations of {} topics are as recorded", parts.len(), topics.len());
}

#[test]
fn every_conversation_has_an_answer_of_go_and_every_answer_a_conversation() {
    for topic in topics().unwrap() {
        for conversation in &topic.conversations {
            let name = format!("{}/{}", topic.name, conversation.name);
            let recorded = topic.recorded.get(&conversation.name).unwrap_or_else(|| panic!("{name} is not recorded"));
            assert!(recorded.go.is_some(), "{name}: Go's answer is not recorded");
            assert_eq!(
                recorded.ours.is_some(),
                conversation.difference.is_some(),
                "{name}: an answer of our own goes with a difference"
            );
            assert!(recorded.ours != recorded.go, "{name}: is no difference any more");
        }
        for name in topic.recorded.keys() {
            let is_there = topic.conversations.iter().any(|conversation| conversation.name == *name);
            assert!(is_there, "{}: there is an answer to {name}, but no conversation", topic.name);
        }
    }
}

#[test]
fn every_difference_has_a_row_and_every_row_is_shown() {
    let rows = differences::read().unwrap();
    let topics = topics().unwrap();
    let all = conversations(&topics);
    for (topic, conversation, _) in &all {
        if let Some(difference) = &conversation.difference {
            let row = rows.iter().find(|row| row.id == *difference);
            assert!(row.is_some(), "{topic}/{}: there is no row {difference}", conversation.name);
        }
    }
    let tests = differences::test_functions().unwrap();
    for row in &rows {
        assert!(!row.shown_by.is_empty(), "{}: nothing shows it", row.id);
        assert_eq!(rows.iter().filter(|other| other.id == row.id).count(), 1, "{}: two rows", row.id);
        for shown_by in &row.shown_by {
            let is_there = match shown_by.split_once('/') {
                None => tests.contains(shown_by),
                Some((topic, name)) => all.iter().any(|(of, conversation, _)| {
                    *of == topic
                        && conversation.difference.as_ref() == Some(&row.id)
                        && name
                            .strip_suffix('*')
                            .map_or(conversation.name == name, |name| conversation.name.starts_with(name))
                }),
            };
            assert!(is_there, "{}: {shown_by} is no test and no conversation that shows it", row.id);
        }
    }
}

/// The values of the table's section about defaults.
#[test]
fn defaults_are_those_of_the_table() {
    let (ours, go) = (Server::default(), Server::go_defaults());
    let seconds = Duration::from_secs;
    assert_eq!((ours.read_header_timeout, go.read_header_timeout), (seconds(10), Duration::ZERO));
    assert_eq!((ours.idle_timeout, go.idle_timeout), (seconds(120), Duration::ZERO));
    assert_eq!((ours.max_header_bytes, go.max_header_bytes), (64 << 10, 0));
    assert_eq!((ours.min_rate, go.min_rate), (240, 0));
    assert_eq!((ours.read_timeout, ours.write_timeout), (go.read_timeout, go.write_timeout));
    assert_eq!(ours.max_header_value_count, go.max_header_value_count);
    assert_eq!((ours.max_workers, go.max_workers), (0, 0));
}

fn conversations(topics: &[Topic]) -> Vec<(&str, &Conversation, Recorded)> {
    let all = topics.iter().flat_map(|topic| {
        topic.conversations.iter().map(|conversation| {
            let recorded = topic.recorded.get(&conversation.name).cloned().unwrap_or_default();
            (&*topic.name, conversation, recorded)
        })
    });
    all.collect()
}

fn is_equal(part: &Part<'_>, got: &io::Result<Exchange>) -> bool {
    matches!((part.expected, got), (Some(expected), Ok(got)) if expected == got)
}

/// Both transcripts, and where they part.
fn both(topic: &str, part: &Part<'_>, got: &io::Result<Exchange>) -> String {
    let mut text = format!("=== {topic}/{} (server {})\n", part.conversation.name, part.conversation.server);
    for step in &part.conversation.steps {
        text += &format!("{step}\n");
    }
    text += "--- expected\n";
    if let Some(expected) = part.expected {
        expected.print(&mut text);
    }
    text += "--- got\n";
    match got {
        Ok(got) => got.print(&mut text),
        Err(error) => text += &format!("{error}\n"),
    }
    text
}
