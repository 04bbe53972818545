//! `cargo xtask tidy`: the rules of this workspace that compilers do not know. Also a test.
//!
//! It reads; it changes nothing. Every breach is told with its file and line.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use crate::{Outcome, no_arguments, root};

mod files;
mod fixtures;
mod foreign;
mod layers;
mod layout;
pub(crate) mod manifest;
mod source;

use manifest::Manifest;
use source::Source;

pub(crate) fn run(arguments: lexopt::Parser) -> Outcome {
    no_arguments(arguments)?;
    check(&root())
}

/// Checks everything below `root`.
pub(crate) fn check(root: &Path) -> Outcome {
    let tree = Tree::read(root)?;
    let mut breaches = Breaches::default();
    layout::check(root, &mut breaches)?;
    files::check(&tree, &mut breaches);
    layers::check(&tree, &mut breaches);
    fixtures::check(&tree, &mut breaches);
    foreign::check(&tree, &mut breaches);
    if breaches.told.is_empty() {
        println!("tidy: {} files in {} packages keep the rules", tree.files.len(), tree.packages.len());
        return Ok(());
    }
    Err(breaches.text().into())
}

/// What is wrong.
#[derive(Debug, Default)]
struct Breaches {
    told: Vec<String>,
}

impl Breaches {
    fn add(&mut self, path: &str, line: usize, what: impl AsRef<str>) {
        self.told.push(format!("{path}:{line}: {}", what.as_ref()));
    }

    fn text(&self) -> String {
        let mut text = format!("tidy: {} breaches", self.told.len());
        for breach in &self.told {
            let _ = write!(text, "\n  {breach}");
        }
        text
    }
}

/// The files of the workspace, with paths relative to it.
#[derive(Debug, Default)]
struct Tree {
    files: Vec<File>,
    packages: Vec<Package>,
}

/// A file; `text` only where it is one.
#[derive(Debug)]
struct File {
    path: String,
    text: Option<String>,
    /// The text as Rust, for `.rs` files.
    source: Option<Source>,
}

/// A package: its folder and what its manifest says.
#[derive(Debug)]
struct Package {
    folder: String,
    manifest: Manifest,
}

/// Folders that hold what tools made.
const MADE: &[&str] = &["target", "corpus", "artifacts"];

impl Tree {
    fn read(root: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.add(root, "")?;
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        tree.packages.sort_by(|a, b| a.folder.cmp(&b.folder));
        Ok(tree)
    }

    fn add(&mut self, folder: &Path, relative: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if relative.is_empty() { name.clone() } else { format!("{relative}/{name}") };
            let kind = entry.file_type()?;
            // A folder, or in a second work tree a file that says where the first one is.
            if name == ".git" {
                continue;
            }
            if kind.is_dir() {
                if !MADE.contains(&name.as_str()) {
                    self.add(&entry.path(), &path)?;
                }
            } else if kind.is_file() {
                self.add_file(&entry.path(), path)?;
            }
        }
        Ok(())
    }

    fn add_file(&mut self, file: &Path, path: String) -> io::Result<()> {
        let text = String::from_utf8(fs::read(file)?).ok();
        if let (Some(folder), Some(text)) = (path.strip_suffix("/Cargo.toml"), &text) {
            self.packages.push(Package { folder: folder.to_owned(), manifest: Manifest::parse(text) });
        }
        let source = text.as_deref().filter(|_| path.ends_with(".rs")).map(Source::parse);
        self.files.push(File { path, text, source });
        Ok(())
    }

    /// The Rust files below a folder.
    fn sources<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a Source)> {
        let below = move |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let sources = self.files.iter().filter_map(|file| Some((file.path.as_str(), file.source.as_ref()?)));
        sources.filter(move |(path, _)| below(path))
    }

    /// The folder of the package that a file belongs to; empty for files above all packages.
    fn package_of(&self, path: &str) -> &str {
        let owners = self.packages.iter().map(|package| package.folder.as_str());
        let owners = owners.filter(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
        owners.max_by_key(|folder| folder.len()).unwrap_or_default()
    }
}

#[cfg(test)]
impl Tree {
    /// A tree of these files.
    fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for &(path, text) in files {
            if let Some(folder) = path.strip_suffix("/Cargo.toml") {
                tree.packages.push(Package { folder: folder.to_owned(), manifest: Manifest::parse(text) });
            }
            let source = path.ends_with(".rs").then(|| Source::parse(text));
            tree.files.push(File { path: path.to_owned(), text: Some(text.to_owned()), source });
        }
        tree
    }
}

/// Compares what a check says of some files with what it should say.
#[cfg(test)]
#[track_caller]
fn expect(check: fn(&Tree, &mut Breaches), files: &[(&str, &str)], expected: &[&str]) {
    let mut breaches = Breaches::default();
    check(&Tree::of(files), &mut breaches);
    let found: Vec<_> = breaches.told.iter().map(String::as_str).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_workspace_keeps_its_rules() {
    if let Err(breaches) = check(&root()) {
        panic!("{breaches}");
    }
}
