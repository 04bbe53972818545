//! Servers as processes: started, pinned to a processor, looked at through `/proc`, and ended.

use std::error::Error;
use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server that runs; it is ended when this is dropped.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    pub(super) port: u16,
}

/// What is started.
#[derive(Debug)]
pub(super) struct Start<'a> {
    pub(super) program: &'a Path,
    pub(super) arguments: Vec<String>,
    pub(super) port: u16,
    /// The processor that it is bound to.
    pub(super) processor: Option<usize>,
}

/// What the system has counted of a process so far, its children and threads included.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usage {
    /// Microseconds in user space, and in the kernel.
    pub(super) user: f64,
    pub(super) system: f64,
    /// Context switches, of threads that waited and of threads that were made to wait; threads that have ended are not
    /// counted.
    pub(super) switches: u64,
    pub(super) threads: u64,
    /// KiB that are resident.
    pub(super) resident: u64,
}

impl Usage {
    /// What came to it since an earlier look; of threads and memory, what there is now.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            user: self.user - before.user,
            system: self.system - before.system,
            switches: self.switches.saturating_sub(before.switches),
            ..self
        }
    }

    pub(super) fn processor_time(self) -> f64 {
        self.user + self.system
    }
}

/// A port that is free now.
pub(super) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

impl Running {
    /// Starts a server and waits until it accepts connections.
    pub(super) fn start(start: &Start<'_>) -> Result<Self, Box<dyn Error>> {
        // As many descriptors as may be had: thousands of connections are opened.
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n $(ulimit -Hn); exec \"$@\"", "sh"]);
        if let Some(processor) = start.processor {
            command.args(["taskset", "-c", &processor.to_string()]);
        }
        command.arg(start.program).args(&start.arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut running = Self { child: command.spawn()?, port: start.port };
        let name = start.program.display();
        let until = Instant::now() + Duration::from_secs(5);
        while TcpStream::connect(("127.0.0.1", start.port)).is_err() {
            if let Some(status) = running.child.try_wait()? {
                return Err(format!("{name} ended: {status}").into());
            }
            if Instant::now() > until {
                return Err(format!("{name} does not listen").into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(running)
    }

    /// The number of its process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What the system has counted of it so far.
    pub(super) fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        let mut pending = vec![self.child.id()];
        while let Some(pid) = pending.pop() {
            add_process(pid, &mut usage, &mut pending);
        }
        usage
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Asked first: nginx ends its workers only then.
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").arg(&pid).status();
        let until = Instant::now() + Duration::from_secs(1);
        while asked.is_ok() && Instant::now() < until {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        // It is gone already, or this ends it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Adds what a process has used; notes its children.
fn add_process(pid: u32, usage: &mut Usage, children: &mut Vec<u32>) {
    let read = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
    if let Some((user, system)) = times(&read("stat")) {
        usage.user += user;
        usage.system += system;
    }
    usage.resident += field(&read("status"), "VmRSS:");
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return };
    for thread in threads.flatten() {
        let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        usage.threads += 1;
        usage.switches += field(&status, "voluntary_ctxt_switches:") + field(&status, "nonvoluntary_ctxt_switches:");
        let of_thread = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        children.extend(of_thread.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
    }
}

/// Linux counts the times of `/proc` in hundredths of a second on every machine.
const MICROSECONDS_PER_TICK: f64 = 10_000.0;

/// User and system time in microseconds, from the text of `/proc/PID/stat`. The name in it may hold spaces and parentheses.
fn times(stat: &str) -> Option<(f64, f64)> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11).map(|field| field.parse::<f64>().ok());
    Some((fields.next()?? * MICROSECONDS_PER_TICK, fields.next()?? * MICROSECONDS_PER_TICK))
}

/// The number behind a name, in the text of `/proc/PID/status`.
fn field(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "17 (a) b (c) S 1 17 17 0 -1 4194304 100 0 0 0 25 7 0 0 20 0 3 0 1000 0 0";
        assert_eq!(times(stat), Some((250_000.0, 70_000.0)));
        assert_eq!(times("17"), None);
    }

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let status = "VmRSS:\t    1234 kB\nvoluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t7\n";
        assert_eq!(field(status, "VmRSS:"), 1234);
        assert_eq!(field(status, "voluntary_ctxt_switches:"), 5);
        assert_eq!(field(status, "nonvoluntary_ctxt_switches:"), 7);
        assert_eq!(field(status, "VmHWM:"), 0);
    }
}
