//! wrk, the program that makes the requests.

use std::error::Error;
use std::fs;
use std::process::{Child, Command, Stdio};

use xshell::{Shell, TempDir, cmd};

use crate::Outcome;

/// What one run of it is.
#[derive(Clone, Debug)]
pub(super) struct Load<'a> {
    pub(super) port: u16,
    pub(super) path: &'a str,
    pub(super) connections: usize,
    pub(super) seconds: u64,
    /// The processor that it is bound to; with none it takes two threads.
    pub(super) processor: Option<usize>,
    /// Field lines that each request carries.
    pub(super) fields: &'a [&'a str],
    /// Lua that changes what the requests are.
    pub(super) script: &'a str,
}

/// What it saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) requests: f64,
    /// Requests a second.
    pub(super) rate: f64,
    /// Microseconds below which half, 99 % and 99.9 % of the answers came.
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) p999: f64,
    /// Answers with a status that tells of failure, and connections that failed.
    pub(super) failed: f64,
}

/// Makes sure that wrk is here.
pub(super) fn require(shell: &Shell) -> Outcome {
    // It has no option that does nothing and succeeds.
    let found = cmd!(shell, "wrk --version").quiet().ignore_status().ignore_stdout().ignore_stderr().run();
    found.map_err(|_| {
        "wrk is missing, which makes the requests; most systems have it as a package: `apt install wrk`, `brew install wrk`"
            .into()
    })
}

/// A run that has been started.
#[derive(Debug)]
pub(super) struct Begun {
    child: Child,
    /// Where its script lies.
    _folder: TempDir,
}

/// Prints what was seen in one line, exactly; wrk itself rounds.
const REPORT: &str = r#"
done = function(summary, latency, requests)
   local e = summary.errors
   io.write(string.format("SEEN %d %d %d %d %d %d\n", summary.requests, summary.duration,
      latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
      e.connect + e.read + e.write + e.status + e.timeout))
end
"#;

/// Starts it.
pub(super) fn begin(shell: &Shell, load: &Load<'_>) -> Result<Begun, Box<dyn Error>> {
    let folder = shell.create_temp_dir()?;
    let script = folder.path().join("load.lua");
    fs::write(&script, format!("{}{REPORT}", load.script))?;
    let mut command = match load.processor {
        Some(processor) => {
            let mut command = Command::new("taskset");
            command.args(["-c", &processor.to_string(), "wrk", "-t1"]);
            command
        }
        None => {
            let mut command = Command::new("wrk");
            command.arg("-t2");
            command
        }
    };
    // It refuses fewer connections than threads.
    command.args(["-c", &load.connections.max(if load.processor.is_some() { 1 } else { 2 }).to_string()]);
    command.args(["-d", &format!("{}s", load.seconds), "--timeout", "10s", "--script"]).arg(script);
    for field in load.fields {
        command.args(["-H", field]);
    }
    command.arg(format!("http://127.0.0.1:{}{}", load.port, load.path));
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    Ok(Begun { child, _folder: folder })
}

impl Begun {
    /// Waits for its end.
    pub(super) fn seen(self) -> Result<Seen, Box<dyn Error>> {
        let output = self.child.wait_with_output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        parse(&text).ok_or_else(|| format!("wrk ended with {}: {text}", output.status).into())
    }
}

/// Runs it to its end.
pub(super) fn run(shell: &Shell, load: &Load<'_>) -> Result<Seen, Box<dyn Error>> {
    begin(shell, load)?.seen()
}

fn parse(text: &str) -> Option<Seen> {
    let line = text.lines().find_map(|line| line.strip_prefix("SEEN "))?;
    let mut numbers = line.split(' ').map(|number| number.parse::<f64>().ok());
    let mut next = || numbers.next().flatten();
    let (requests, duration) = (next()?, next()?);
    let (p50, p99, p999, failed) = (next()?, next()?, next()?, next()?);
    Some(Seen { requests, rate: requests / duration * 1e6, p50, p99, p999, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_line_is_read() {
        let seen = parse("Running 2s test\nSEEN 3000 2000000 210 480 970 0\nRequests/sec: 1500\n");
        let expected = Seen { requests: 3000.0, rate: 1500.0, p50: 210.0, p99: 480.0, p999: 970.0, failed: 0.0 };
        assert_eq!(seen, Some(expected));
        assert_eq!(parse("unable to connect"), None);
    }
}
