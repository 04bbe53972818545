//! Rules for single files: size, header, white space, leftovers, paths of somebody's machine.

use super::source::{Source, names};
use super::{Breaches, Tree};

/// Lines of a Rust file, tests included.
const MAX_LINES: usize = 600;

/// Kinds of files that are written by hand and have no use for tabs or trailing space.
const WRITTEN: &[&str] = &[".rs", ".toml", ".md"];

/// Macros that stand for code to come, or for a look at a value.
const LEFTOVERS: &[&str] = &["todo", "unimplemented", "dbg"];

/// Words that put something off.
const PUT_OFF: &[&str] = &["TODO", concat!("FIX", "ME")];

/// What keeps a test from being run, or an example from being compiled.
const IGNORED: &str = "ignore";

pub(super) fn check(tree: &Tree, breaches: &mut Breaches) {
    for file in &tree.files {
        let Some(text) = &file.text else { continue };
        if let Some(source) = &file.source {
            check_rust(&file.path, text, source, breaches);
        }
        if WRITTEN.iter().any(|end| file.path.ends_with(end)) && file.path != "Cargo.lock" {
            check_space(&file.path, text, breaches);
        }
        for (at, line) in text.lines().enumerate() {
            if let Some(path) = machine_path(line) {
                breaches.add(&file.path, at + 1, format!("a path of somebody's machine: {path}"));
            }
        }
    }
}

fn check_rust(path: &str, text: &str, source: &Source, breaches: &mut Breaches) {
    let count = text.lines().count();
    if count > MAX_LINES {
        breaches.add(path, count, format!("{count} lines; {MAX_LINES} are the most"));
    }
    if !text.starts_with("//! ") {
        breaches.add(path, 1, "no `//!` header that says what the file is for");
    }
    for (at, line) in source.lines.iter().enumerate() {
        let mut add = |what: String| breaches.add(path, at + 1, what);
        for leftover in LEFTOVERS.iter().filter(|name| names(&line.code, name)) {
            if line.code.contains(&format!("{leftover}!")) {
                add(format!("`{leftover}!` is left over"));
            }
        }
        for word in PUT_OFF.iter().filter(|word| names(&line.comment, word)) {
            add(format!("{word}: do it, or leave the comment out"));
        }
        if line.code.contains(&format!("#[{IGNORED}")) {
            add("a test that is ignored tests nothing".to_owned());
        }
        if line.comment.contains("```") && line.comment.contains(IGNORED) {
            add("an example that is not compiled; `no_run` is for those that cannot run".to_owned());
        }
    }
}

fn check_space(path: &str, text: &str, breaches: &mut Breaches) {
    for (at, line) in text.lines().enumerate() {
        if line.ends_with([' ', '\t', '\r']) {
            breaches.add(path, at + 1, "space at the end of the line");
        }
        if line.contains('\t') {
            breaches.add(path, at + 1, "a tab");
        }
    }
    if !text.is_empty() && (!text.ends_with('\n') || text.ends_with("\n\n")) {
        breaches.add(path, text.lines().count(), "a file ends with one line end");
    }
}

/// Folders that no server serves: a path below them is one of the machine it was written on.
const MACHINES: &[&str] = &["root", "work", "farm"];

/// Folders that hold people's own, and that URLs may name as well.
const HOMES: &[&str] = &["home", "Users", "builds"];

/// An absolute path of a machine: below one of [`MACHINES`], or from one of [`HOMES`] into a checkout or a registry.
fn machine_path(line: &str) -> Option<&str> {
    let is_path = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    line.match_indices('/').find_map(|(at, _)| {
        if line[..at].chars().next_back().is_some_and(|c| is_path(c) || c == '<') {
            return None;
        }
        let path = &line[at..];
        let path = &path[..path.find(|c| !is_path(c)).unwrap_or(path.len())];
        let mut parts = path.split('/').skip(1);
        let first = parts.next()?;
        let tells = |part: &str| matches!(part, "src" | "crates" | "target") || part.starts_with('.');
        let is_machine = MACHINES.contains(&first) && parts.next().is_some();
        (is_machine || HOMES.contains(&first) && parts.any(tells)).then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn breaches_in_rust_files_are_found() {
        let long = format!("//! Long.\n{}", "x\n".repeat(600));
        let [todo, unimplemented, _] = LEFTOVERS else { panic!("three leftovers") };
        let left_over = format!(
            "//! C.\n#[{IGNORED}]\nfn f() {{\n    {unimplemented}!();\n    a.{todo}();\n    s(\"{todo}!\");\n}}\n"
        );
        let put_off = format!("//! D.\n// {}: later\n/// ```{IGNORED}\nfn f() {{}}\n", PUT_OFF[0]);
        expect(
            check,
            &[("a.rs", "fn f() {}\n"), ("b.rs", &long), ("c.rs", &left_over), ("d.rs", &put_off)],
            &[
                "a.rs:1: no `//!` header that says what the file is for",
                "b.rs:601: 601 lines; 600 are the most",
                "c.rs:2: a test that is ignored tests nothing",
                &format!("c.rs:4: `{unimplemented}!` is left over"),
                &format!("d.rs:2: {}: do it, or leave the comment out", PUT_OFF[0]),
                "d.rs:3: an example that is not compiled; `no_run` is for those that cannot run",
            ],
        );
    }

    #[test]
    fn white_space_is_found_in_written_files_only() {
        expect(
            check,
            &[("a.md", "a \nb\n"), ("b.toml", "a\tb"), ("c.txt", "a \n\t\n"), ("d.md", "a\n\n")],
            &[
                "a.md:1: space at the end of the line",
                "b.toml:1: a tab",
                "b.toml:1: a file ends with one line end",
                "d.md:2: a file ends with one line end",
            ],
        );
    }

    #[test]
    fn paths_of_machines_are_told_from_paths_of_urls() {
        let home = ["/home", "ann", "src", "x.rs"].join("/");
        assert_eq!(machine_path(&format!("see {home}, line 3")), Some(home.as_str()));
        let registry = ["", MACHINES[0], ".cargo", "registry"].join("/");
        assert_eq!(machine_path(&format!("\"{registry}\"")), Some(registry.as_str()));
        let element = ["<", MACHINES[0], "src>"].join("/");
        for line in ["GET /home/index.html", "http://x/home/src/a", "crates/work/src", "/work", &element] {
            assert_eq!(machine_path(line), None, "{line}");
        }
    }
}
