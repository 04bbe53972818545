//! `cargo xtask ci`: what has to hold before a change is taken in.

use std::fs;

use xshell::{Shell, cmd};

use crate::steps::{Steps, cargo, require};
use crate::test::{self, Closing};
use crate::tidy::{self, manifest::Manifest};
use crate::{Outcome, no_arguments, root};

pub(crate) fn run(arguments: lexopt::Parser) -> Outcome {
    no_arguments(arguments)?;
    let shell = Shell::new()?;
    shell.change_dir(root());
    let cargo = cargo();
    let mut steps = Steps::new();
    let mut closing = Closing::default();
    steps.run("format", || {
        require(&shell, "fmt", "rustup component add rustfmt")?;
        Ok(cmd!(shell, "{cargo} fmt --all --check").run()?)
    });
    steps.run("tidy", || tidy::check(&root()));
    steps.run("lock file", || Ok(cmd!(shell, "{cargo} metadata --locked --format-version 1").ignore_stdout().run()?));
    steps.run("lints", || {
        require(&shell, "clippy", "rustup component add clippy")?;
        Ok(cmd!(shell, "{cargo} clippy --workspace --all-targets -- --deny warnings").run()?)
    });
    steps.run("documentation", || {
        let docs = cmd!(shell, "{cargo} doc --workspace --no-deps");
        Ok(docs.env("RUSTDOCFLAGS", "--deny warnings").run()?)
    });
    steps.run("each crate and feature alone", || each_alone(&shell));
    test::all(&shell, &mut steps, &mut closing);
    closing.print();
    steps.end("ci")
}

/// A crate that only builds beside others, whose features it needs, is of no use by itself.
fn each_alone(shell: &Shell) -> Outcome {
    let cargo = cargo();
    let mut folders: Vec<_> = fs::read_dir(root().join("crates"))?.collect::<Result<_, _>>()?;
    folders.sort_by_key(fs::DirEntry::path);
    for folder in folders {
        let path = folder.path().join("Cargo.toml");
        if !path.is_file() {
            continue;
        }
        let manifest = Manifest::parse(&fs::read_to_string(path)?);
        let package = &manifest.name;
        cmd!(shell, "{cargo} check --quiet --package {package}").run()?;
        if manifest.features.is_empty() {
            continue;
        }
        cmd!(shell, "{cargo} check --quiet --package {package} --no-default-features").run()?;
        for feature in manifest.features.iter().filter(|feature| *feature != "default") {
            cmd!(shell, "{cargo} check --quiet --package {package} --no-default-features --features {feature}")
                .run()?;
        }
    }
    Ok(())
}
