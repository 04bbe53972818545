//! `cargo xtask bench mux`: our search and our mux beside other matchers, on the same routes in one run.
//!
//! The program is a package of its own, in `tests/bench/mux`, so that the project does not depend on what it compares with.

use xshell::cmd;

use super::{shell, target_dir};
use crate::steps::cargo;
use crate::{Outcome, no_arguments};

pub(super) fn run(arguments: lexopt::Parser) -> Outcome {
    no_arguments(arguments)?;
    let (shell, cargo) = (shell()?, cargo());
    // A folder of its own for what is built with other dependencies.
    let target = target_dir().join("bench-mux");
    cmd!(shell, "{cargo} build --quiet --release --manifest-path tests/bench/mux/Cargo.toml --target-dir {target}")
        .run()?;
    let program = target.join("release/nethttp-bench-mux");
    Ok(cmd!(shell, "{program}").quiet().run()?)
}
