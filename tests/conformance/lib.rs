//! Conversations over raw sockets, what Go answered in them, and a player that compares.
//!
//! - `conversations/*.talk` say what the client sends, a file for each topic ([`script`] has the format);
//! - `answers/*.txt` beside them are what Go's `net/http` answered, byte for byte, and where we differ on purpose what we
//!   answer ([`answers`] has the format);
//! - `oracle/` is the Go program that gave the answers, and [`program`] the same in Rust;
//! - [`play`] plays a conversation with either;
//! - [`differences`] reads the table of differences, whose rows name conversations and tests.
//!
//! The test plays all of them with [`program`] and needs no Go. `cargo xtask record` plays them with the oracle and writes
//! the answers anew.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use answers::Recorded;
use script::Conversation;

pub mod answers;
pub mod differences;
pub mod escape;
pub mod play;
pub mod program;
pub mod script;

/// What belongs to one topic: its conversations and what was answered in them.
#[derive(Debug)]
pub struct Topic {
    /// The name of its files.
    pub name: String,
    /// In the order of the file.
    pub conversations: Vec<Conversation>,
    /// By the name of the conversation.
    pub recorded: BTreeMap<String, Recorded>,
}

impl Topic {
    /// Where its answers are kept.
    #[must_use]
    pub fn answers_path(&self) -> PathBuf {
        here().join("answers").join(format!("{}.txt", self.name))
    }

    /// Writes the answers, in the order of the conversations.
    ///
    /// # Errors
    ///
    /// Those of writing the file.
    pub fn write_answers(&self) -> io::Result<()> {
        let mut text = String::new();
        for conversation in &self.conversations {
            if let Some(recorded) = self.recorded.get(&conversation.name) {
                recorded.print(&conversation.name, &mut text);
            }
        }
        fs::create_dir_all(here().join("answers"))?;
        fs::write(self.answers_path(), text)
    }
}

/// Reads all topics, in the order of their names.
///
/// # Errors
///
/// Those of reading, and what is wrong with a file.
pub fn topics() -> io::Result<Vec<Topic>> {
    let mut topics = Vec::new();
    for entry in fs::read_dir(here().join("conversations"))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let conversations = script::parse(&name, &fs::read_to_string(&path)?).map_err(io::Error::other)?;
        let mut topic = Topic { name, conversations, recorded: BTreeMap::new() };
        match fs::read_to_string(topic.answers_path()) {
            Ok(text) => topic.recorded = answers::parse(&topic.name, &text).map_err(io::Error::other)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        topics.push(topic);
    }
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(topics)
}

/// The folder of this suite.
#[must_use]
pub fn here() -> PathBuf {
    workspace().join("tests/conformance")
}

/// The top folder of the workspace.
#[must_use]
pub fn workspace() -> PathBuf {
    let package =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    package.parent().map_or_else(PathBuf::new, Path::to_owned)
}
