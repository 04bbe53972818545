//! What tests are made of: servers in this process, gates that hold handlers, conditions, processes of their own.

use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{io, thread};

use nethttp_core::{Context, Error, Handler, HandlerFunc, Request, ResponseWriter};
use nethttp_server::{Server, ServerHandle};

use crate::client::Client;

/// Longer than anything that a test waits for may take, on a machine that is busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What counts as prompt where a stuck handler must not be felt: a loop changes hands within a few milliseconds, a busy
/// machine is forgiven the rest.
pub(crate) const PROMPT: Duration = Duration::from_millis(500);

/// A server that runs until it is dropped.
pub(crate) struct TestServer {
    pub(crate) addr: SocketAddr,
    pub(crate) handle: ServerHandle,
    pub(crate) log: Log,
    thread: Option<JoinHandle<io::Result<()>>>,
}

/// Lines for the operator, as a test sees them.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        self.lines().iter().any(|line| line.contains(text))
    }

    pub(crate) fn push(&self, line: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
    }
}

/// A closure as a handler, its arguments inferred.
pub(crate) fn handler<F>(function: F) -> Option<Arc<dyn Handler>>
where
    F: Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync + 'static,
{
    Some(Arc::new(HandlerFunc(function)))
}

/// One loop, so that what holds it up holds everything up, and no limits that a test does not set.
pub(crate) fn one_loop() -> Server {
    Server { loops: 1, ..Server::go_defaults() }
}

impl TestServer {
    /// A server with these settings on a free port.
    pub(crate) fn start(server: Server) -> Self {
        Self::start_on(server, TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// A server of one loop with this handler.
    pub(crate) fn of<F>(function: F) -> Self
    where
        F: Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync + 'static,
    {
        Self::start(Server { handler: handler(function), ..one_loop() })
    }

    /// A server whose sockets take so little that it soon finds them full.
    pub(crate) fn start_narrow(server: Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        // Accepted sockets inherit it.
        socket2::SockRef::from(&listener).set_send_buffer_size(16 << 10).unwrap();
        Self::start_on(server, listener)
    }

    /// As [`of`](Self::of) and [`start_narrow`](Self::start_narrow).
    pub(crate) fn of_narrow<F>(function: F) -> Self
    where
        F: Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync + 'static,
    {
        Self::start_narrow(Server { handler: handler(function), ..one_loop() })
    }

    pub(crate) fn start_on(mut server: Server, listener: TcpListener) -> Self {
        let log = Log::default();
        if server.error_log.is_none() {
            let log = log.clone();
            server.error_log = Some(Arc::new(move |line| log.push(line)));
        }
        let addr = listener.local_addr().unwrap();
        let handle = server.handle();
        let thread = thread::spawn(move || server.serve(listener));
        Self { addr, handle, log, thread: Some(thread) }
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.addr)
    }

    /// Waits for `serve` to return; gives what it returned.
    pub(crate) fn served(&mut self) -> io::Result<()> {
        let thread = self.thread.take().expect("asked once");
        until("serve returns", || thread.is_finished());
        thread.join().unwrap()
    }

    /// Shuts down with a time limit that only a fault reaches.
    #[track_caller]
    pub(crate) fn shut_down(&self) {
        let (ctx, _cancel) = Context::background().with_timeout(PATIENCE);
        self.handle.shutdown(&ctx).expect("the server comes to rest");
    }

    #[track_caller]
    pub(crate) fn wait_for_connections(&self, count: usize) {
        until(&format!("{count} connections"), || self.handle.connections() == count);
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take()
            && !thread::panicking()
        {
            let outcome = thread.join().expect("serve does not panic");
            let error = outcome.expect_err("serve ends with an error");
            assert!(Error::ServerClosed.is(&error), "serve ended with {error}");
        }
    }
}

/// Holds threads up until it is opened.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<GateState>);

#[derive(Default)]
struct GateState {
    state: Mutex<(bool, usize)>,
    changed: Condvar,
}

impl Gate {
    /// Waits until the gate is open; blocks the thread as any system call would.
    pub(crate) fn pass(&self) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.1 += 1;
        self.0.changed.notify_all();
        let (mut state, outcome) = self
            .0
            .changed
            .wait_timeout_while(state, 2 * PATIENCE, |state| !state.0)
            .unwrap_or_else(PoisonError::into_inner);
        state.1 -= 1;
        assert!(!outcome.timed_out(), "a gate stayed closed");
    }

    pub(crate) fn open(&self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).0 = true;
        self.0.changed.notify_all();
    }

    /// Waits until that many threads are held.
    #[track_caller]
    pub(crate) fn wait_for(&self, held: usize) {
        until(&format!("{held} at the gate"), || self.held() == held);
    }

    pub(crate) fn held(&self) -> usize {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    /// Opens the gate when dropped, so that a test that fails leaves nobody behind it.
    pub(crate) fn open_at_end(&self) -> OpenAtEnd {
        OpenAtEnd(self.clone())
    }
}

pub(crate) struct OpenAtEnd(Gate);

impl Drop for OpenAtEnd {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// Waits for a condition that something else brings about.
#[track_caller]
pub(crate) fn until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Runs `act` and gives its result with the time it took.
pub(crate) fn timed<R>(act: impl FnOnce() -> R) -> (R, Duration) {
    let start = Instant::now();
    let result = act();
    (result, start.elapsed())
}

/// Runs `body` in a process in which nothing else runs: `test` is the path of the test that calls this.
pub(crate) fn alone(test: &str, body: impl FnOnce()) {
    const MARK: &str = "NETHTTP_TEST_ALONE";
    if std::env::var_os(MARK).is_some_and(|marked| marked == test) {
        return body();
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(MARK, test)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let killer = child.id();
    let end = Instant::now() + 3 * PATIENCE;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            child.kill().unwrap();
            panic!("process {killer} of {test} did not end: {}", said(&child.wait_with_output().unwrap()));
        }
        thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    let is_ok = output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed");
    assert!(is_ok, "the process of {test} failed:\n{}", said(&output));
}

fn said(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A panic whose message the panic hook does not print: the tests mean it.
pub(crate) fn quiet_panic(text: &'static str) -> ! {
    std::panic::resume_unwind(Box::new(text))
}
