//! Every fixture has a test that names it: a recording that nothing replays looks like a promise and is none.

use super::{Breaches, Tree};

pub(super) fn check(tree: &Tree, breaches: &mut Breaches) {
    for file in &tree.files {
        let Some((_, below)) = file.path.split_once("/fixtures/") else { continue };
        let package = tree.package_of(&file.path);
        // What explains the others need not be replayed.
        if !below.ends_with(".md") && !is_named(tree, package, below) {
            breaches.add(&file.path, 1, "no test of its package names this fixture");
        }
    }
}

/// Whether a source of the package names the fixture: by its path below `fixtures`, by its name with or without the
/// ending in quotes, or by a folder of fixtures that it is in.
fn is_named(tree: &Tree, package: &str, below: &str) -> bool {
    let name = below.rsplit('/').next().unwrap_or(below);
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let mut needles = vec![format!("fixtures/{below}"), format!("\"{name}\""), format!("\"{stem}\"")];
    let mut folder = below;
    while let Some((outer, _)) = folder.rsplit_once('/') {
        needles.extend([format!("fixtures/{outer}\""), format!("fixtures/{outer}/{{"), format!("\"{outer}\"")]);
        folder = outer;
    }
    let files = tree.files.iter().filter(|file| file.source.is_some() && tree.package_of(&file.path) == package);
    files.filter_map(|file| file.text.as_ref()).any(|text| needles.iter().any(|needle| text.contains(needle)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn fixtures_without_a_test_are_found() {
        let test = "include_str!(\"../fixtures/a.txt\"); replay(\"b\"); each(\"fixtures/set\"); open(\"d.json\");";
        expect(
            check,
            &[
                ("crates/x/Cargo.toml", ""),
                ("crates/x/src/lib.rs", test),
                ("crates/x/fixtures/a.txt", ""),
                ("crates/x/tests/fixtures/b.txt", ""),
                ("crates/x/tests/fixtures/set/c.txt", ""),
                ("crates/x/fixtures/d.json", ""),
                ("crates/x/fixtures/e.txt", ""),
                ("crates/x/fixtures/README.md", ""),
                ("crates/y/Cargo.toml", ""),
                ("crates/y/fixtures/a.txt", ""),
            ],
            &[
                "crates/x/fixtures/e.txt:1: no test of its package names this fixture",
                "crates/y/fixtures/a.txt:1: no test of its package names this fixture",
            ],
        );
    }
}
