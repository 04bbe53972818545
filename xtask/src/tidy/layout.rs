//! The top level: few entries, each known.

use std::fs;
use std::io;
use std::path::Path;

use super::Breaches;

/// What lies there, and nothing else but dotfiles and what builds make.
const ENTRIES: &[&str] =
    &["Cargo.lock", "Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "crates", "examples", "tests", "xtask"];

/// What need not be there: builds make the one, and the other comes with its first package.
const OPTIONAL: &[&str] = &["target", "tests"];

pub(super) fn check(root: &Path, breaches: &mut Breaches) -> io::Result<()> {
    let entries = fs::read_dir(root)?.collect::<Result<Vec<_>, _>>()?;
    let mut names: Vec<_> = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    compare(&names, breaches);
    Ok(())
}

fn compare(names: &[String], breaches: &mut Breaches) {
    for name in names.iter().filter(|name| !name.starts_with('.')) {
        if !ENTRIES.contains(&name.as_str()) && !OPTIONAL.contains(&name.as_str()) {
            breaches.add(name, 1, "has no place at the top level");
        }
    }
    for entry in ENTRIES.iter().filter(|entry| !OPTIONAL.contains(entry)) {
        if !names.iter().any(|name| name == entry) {
            breaches.add(entry, 1, "is missing at the top level");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_and_gaps_are_told() {
        let mut names: Vec<_> =
            ENTRIES.iter().chain(&[".ci", "target", "notes.txt"]).map(|&name| name.to_owned()).collect();
        names.retain(|name| name != "README.md" && name != "tests");
        let mut breaches = Breaches::default();
        compare(&names, &mut breaches);
        assert_eq!(
            breaches.told,
            ["notes.txt:1: has no place at the top level", "README.md:1: is missing at the top level"]
        );
    }
}
