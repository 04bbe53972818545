//! A server with handlers that sleep, compute, or sleep now and then: `handoff PORT LOOPS MAX_WORKERS`, for
//! `cargo xtask bench handoff` and `… scaling`. `/counts` tells how often a loop has changed hands.

use std::hint::black_box;
use std::io;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nethttp_core::{Request, ResponseWriter};
use nethttp_mux::ServeMux;
use nethttp_server::Server;

fn hello(w: &mut dyn ResponseWriter, _r: &mut Request) -> io::Result<()> {
    w.header().set("Content-Type", "text/plain; charset=utf-8");
    w.write_all(b"Hello, World!")
}

fn number(r: &Request, name: &str) -> u64 {
    r.path_value(name).parse().unwrap_or(0)
}

fn sleep(w: &mut dyn ResponseWriter, r: &mut Request) -> io::Result<()> {
    std::thread::sleep(Duration::from_millis(number(r, "ms")));
    hello(w, r)
}

/// Sleeps at one call in a hundred.
fn rare(w: &mut dyn ResponseWriter, r: &mut Request) -> io::Result<()> {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    if CALLS.fetch_add(1, Ordering::Relaxed) % 100 == 99 {
        std::thread::sleep(Duration::from_millis(number(r, "ms")));
    }
    hello(w, r)
}

/// Computes for that many microseconds of processor time, as calibrated before.
fn spin(w: &mut dyn ResponseWriter, r: &mut Request) -> io::Result<()> {
    compute(number(r, "us") * ROUNDS_IN_MICROSECOND.get_or_init(calibrate));
    hello(w, r)
}

static ROUNDS_IN_MICROSECOND: OnceLock<u64> = OnceLock::new();

fn compute(rounds: u64) {
    let mut state = 88_172_645_463_325_252_u64;
    for _ in 0..rounds {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    black_box(state);
}

fn calibrate() -> u64 {
    const ROUNDS: u64 = 20_000_000;
    let before = thread_time();
    compute(ROUNDS);
    let took = thread_time().saturating_sub(before).as_micros();
    (ROUNDS / u64::try_from(took).unwrap_or(1).max(1)).max(1)
}

fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, loops, max_workers] = arguments.as_slice() else {
        return Err(io::Error::other("PORT LOOPS MAX_WORKERS"));
    };
    ROUNDS_IN_MICROSECOND.get_or_init(calibrate);
    let mux = Arc::new(ServeMux::new());
    mux.handle_func("GET /hello", hello);
    mux.handle_func("GET /sleep/{ms}", sleep);
    mux.handle_func("GET /rare/{ms}", rare);
    mux.handle_func("GET /spin/{us}", spin);
    let server = Server {
        addr: format!("127.0.0.1:{port}"),
        handler: Some(mux.clone()),
        loops: loops.parse().map_err(io::Error::other)?,
        max_workers: max_workers.parse().map_err(io::Error::other)?,
        ..Server::default()
    };
    let handle = server.handle();
    mux.handle_func("GET /counts", move |w: &mut dyn ResponseWriter, _r: &mut Request| {
        write!(w, "{}", handle.hand_overs())
    });
    server.listen_and_serve()
}
