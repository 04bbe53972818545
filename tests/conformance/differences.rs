//! The table of differences, as far as tests look at it.
//!
//! Each row of `crates/nethttp/DIFFERENCES.md` begins with its id and ends with what shows it, both in backticks: a test by
//! the name of its function, or a conversation as `topic/name`, where `topic/start*` is any that begins so.

use std::fs;
use std::io;
use std::path::Path;

use crate::workspace;

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What conversations call it.
    pub id: String,
    /// What shows it.
    pub shown_by: Vec<String>,
}

/// All rows.
///
/// # Errors
///
/// Those of reading the file.
pub fn read() -> io::Result<Vec<Difference>> {
    Ok(parse(&fs::read_to_string(workspace().join("crates/nethttp/DIFFERENCES.md"))?))
}

fn parse(text: &str) -> Vec<Difference> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    let rows = rows.filter_map(|row| {
        let (id, rest) = row.split_once('`')?;
        let shown_by = rest.rsplit('|').next()?.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Some(Difference { id: id.to_owned(), shown_by })
    });
    rows.collect()
}

/// The names of all test functions below `crates` and `tests`.
///
/// # Errors
///
/// Those of reading.
pub fn test_functions() -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for folder in ["crates", "tests"] {
        collect(&workspace().join(folder), &mut names)?;
    }
    Ok(names)
}

fn collect(folder: &Path, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, names)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            names.extend(tests_in(&fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// The functions behind `#[test]`, and behind attributes that follow it.
fn tests_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line == "#[test]" {
            is_test = true;
        } else if let Some(rest) = line.strip_prefix("fn ").filter(|_| is_test) {
            names.extend(rest.split_once('(').map(|(name, _)| name.to_owned()));
            is_test = false;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_an_id_and_what_shows_them() {
        let text = "| id | Go | here | shown by |\n|---|---|---|---|\n| `a-b` | `x` | y | `t/a*`, `f` |\n| c | d |\n";
        assert_eq!(
            parse(text),
            [Difference { id: "a-b".to_owned(), shown_by: vec!["t/a*".to_owned(), "f".to_owned()] }]
        );
    }

    #[test]
    fn test_functions_are_found() {
        let text = "#[test]\nfn one() {}\nfn two() {}\n  #[test]\n  #[cfg(unix)]\n  fn three() {}\n";
        assert_eq!(tests_in(text), ["one", "three"]);
    }
}
