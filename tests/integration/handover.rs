//! Loops that change hands: a handler that is stuck holds up nobody else.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use nethttp_core::{BodyStream, Request, ResponseWriter, RouteCost, fprintf};
use nethttp_server::Server;

use crate::client::{Client, get};
use crate::fixture::{Gate, PATIENCE, PROMPT, TestServer, alone, handler, one_loop, timed, until};

/// `/stuck` waits at the gate, everything else is answered at once.
fn gated(gate: &Gate) -> impl Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync + use<> {
    let gate = gate.clone();
    move |w, r| {
        if &*r.url.path == "/stuck" {
            gate.pass();
        }
        fprintf!(w, "{}", r.url.path);
    }
}

#[track_caller]
fn is_prompt(client: &mut Client) {
    let (answer, took) = timed(|| client.get("/hello"));
    assert_eq!(answer.text(), "/hello");
    assert!(took < PROMPT, "{took:?}");
}

#[test]
fn a_stuck_handler_holds_up_nobody_else() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let server = TestServer::of(gated(&gate));
    let mut other = server.client();
    other.get("/hello");
    let mut stuck = Vec::new();
    for held in 1..=8 {
        let mut client = server.client();
        client.send(get("/stuck"));
        stuck.push(client);
        gate.wait_for(held);
        is_prompt(&mut other);
        is_prompt(&mut server.client());
    }
    assert!(server.handle.hand_overs() >= 8, "{}", server.handle.hand_overs());
    gate.open();
    for client in &mut stuck {
        assert_eq!(client.answer().text(), "/stuck");
        is_prompt(client);
    }
}

#[test]
fn handlers_that_wait_for_one_another_on_one_loop() {
    let barrier = Arc::new(Barrier::new(5));
    let server = TestServer::of(move |w, _| {
        barrier.wait();
        fprintf!(w, "met");
    });
    let mut clients: Vec<_> = (0..5).map(|_| server.client()).collect();
    for _ in 0..3 {
        for client in &mut clients {
            client.send(get("/"));
        }
        for client in &mut clients {
            assert_eq!(client.answer().text(), "met");
        }
    }
}

#[test]
fn a_loop_that_was_quiet_for_long_can_still_change_hands() {
    // The threads that wait for a loop end after a while; one that is needed must be there all the same.
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let idle = Duration::from_millis(20);
    let server =
        TestServer::start(Server { max_idle_worker_duration: idle, handler: handler(gated(&gate)), ..one_loop() });
    let mut other = server.client();
    for held in 1..=3 {
        is_prompt(&mut other);
        thread::sleep(10 * idle);
        server.client().send(get("/stuck"));
        gate.wait_for(held);
        is_prompt(&mut other);
    }
}

#[test]
fn two_loops_that_get_stuck_together() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let server = TestServer::start(Server { loops: 2, handler: handler(gated(&gate)), ..Server::go_defaults() });
    let mut clients: Vec<_> = (0..8).map(|_| server.client()).collect();
    for client in &mut clients {
        client.send(get("/stuck"));
    }
    gate.wait_for(8);
    for _ in 0..8 {
        is_prompt(&mut server.client());
    }
}

#[test]
fn input_that_came_while_its_connection_was_out_is_not_forgotten() {
    // pitfall F7: the event for it is long gone when the handler returns.
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let server = TestServer::of(gated(&gate));
    let mut client = server.client();
    client.send(get("/stuck"));
    gate.wait_for(1);
    client.send(get("/second"));
    is_prompt(&mut server.client());
    gate.open();
    assert_eq!(client.answer().text(), "/stuck");
    assert_eq!(client.answer().text(), "/second");
}

/// Has `others` connections do something all the time, and measures `/hello` beside them.
fn hello_beside(server: &TestServer, others: usize, act: impl Fn(&mut Client) + Sync) -> Duration {
    let gate = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..others {
            scope.spawn(|| {
                let mut client = server.client();
                while gate.load(Ordering::Relaxed) == 0 {
                    act(&mut client);
                }
            });
        }
        let mut client = server.client();
        // Long enough for the route to be learned.
        let warm = Instant::now() + Duration::from_millis(300);
        while Instant::now() < warm {
            client.get("/hello");
        }
        let mut best = Duration::MAX;
        for _ in 0..3 {
            let mut took: Vec<_> = (0..100).map(|_| timed(|| client.get("/hello")).1).collect();
            took.sort();
            best = best.min(took[50]);
        }
        gate.store(1, Ordering::Relaxed);
        best
    })
}

fn sleep(client: &mut Client) {
    client.get("/sleep");
}

#[test]
fn what_a_waiting_handler_has_written_reaches_the_client() {
    // Go's server sends what is beyond its buffer of 4 KiB as it is written; a client that watches progress relies on it.
    let gates = [Gate::default(), Gate::default()];
    let _open = gates.each_ref().map(Gate::open_at_end);
    let inner = gates.clone();
    let server = TestServer::of_narrow(move |w, r| {
        if &*r.url.path == "/progress" {
            for gate in &inner {
                w.write_all(&[b'x'; 5000]).unwrap();
                gate.pass();
            }
        }
        fprintf!(w, "end");
    });
    let mut client = server.client();
    client.send(get("/progress"));
    for (n, gate) in gates.iter().enumerate() {
        let (_, took) = timed(|| client.read_exact(4096));
        assert!(took < PROMPT, "{n}: {took:?}");
        gate.wait_for(1);
        assert_eq!(server.client().get("/other").text(), "end");
        gate.open();
    }
    client.read_until(b"end\r\n0\r\n\r\n");
}

#[test]
fn a_wait_that_the_server_sees_coming_costs_the_others_nothing() {
    // Nothing has to be found out, and nothing learned: the loop is given away before the wait, not a millisecond later by
    // the monitor. The best of many tries tells the one from the other, on a busy machine too.
    let (enter, entered) = mpsc::channel();
    let enter = Mutex::new(enter);
    let server = TestServer::of_narrow(move |w, r| {
        let enter = enter.lock().unwrap().clone();
        match &*r.url.path {
            "/read" => {
                enter.send(()).unwrap();
                let _ = nethttp_core::io::read_all(&mut r.body);
            }
            "/flush" => {
                let _ = w.write_all(&vec![0; 200_000]);
                enter.send(()).unwrap();
                let _ = w.flush();
            }
            "/hijack" => {
                enter.send(()).unwrap();
                let (_conn, mut rw) = w.hijack().unwrap();
                let _ = rw.read_string(b'\n');
            }
            path => fprintf!(w, "{path}"),
        }
    });
    let mut other = server.client();
    for path in ["/read", "/flush", "/hijack"] {
        let mut best = Duration::MAX;
        for _ in 0..40 {
            let mut waiting = server.client();
            let body = if path == "/read" { "Content-Length: 70000\r\n" } else { "" };
            waiting.send(format!("POST {path} HTTP/1.1\r\nHost: t\r\n{body}\r\n"));
            entered.recv_timeout(PATIENCE).unwrap();
            best = best.min(timed(|| other.get("/hello")).1);
            waiting.reset();
        }
        assert!(best < Duration::from_micros(700), "{path}: {best:?}");
    }
}

/// Announces the route of each call, as a mux does: `/hello`, and whatever else there is.
fn routed(
    slow: impl Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync + 'static,
) -> impl Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync {
    let costs = [const { RouteCost::new() }; 2];
    move |w, r| {
        let is_hello = &*r.url.path == "/hello";
        let _route = r.enter_route(&costs[usize::from(is_hello)]);
        if is_hello {
            fprintf!(w, "/hello");
        } else {
            slow(w, r);
        }
    }
}

#[test]
fn a_route_that_sleeps_is_learned() {
    // Once it is, a sleeper does not even cost the others the monitor's millisecond: of sixteen, each would.
    let server = TestServer::of(routed(|w, _| {
        thread::sleep(Duration::from_millis(10));
        fprintf!(w, "slept");
    }));
    let median = hello_beside(&server, 16, sleep);
    assert!(median < Duration::from_millis(4), "{median:?}");
}

#[test]
fn the_calls_of_a_connection_that_sleeps_leave_the_loop_where_it_is() {
    // Its next call is given to another thread: whoever calls hello finds the loop's thread to be the same as before.
    let server = TestServer::of(|w, r| {
        if &*r.url.path == "/sleep" {
            r.schedule().unwrap().will_block();
            thread::sleep(Duration::from_millis(2));
        }
        fprintf!(w, "{:?}", thread::current().id());
    });
    let (mut sleeper, mut other) = (server.client(), server.client());
    sleeper.get("/sleep");
    let stays = (0..40).filter(|_| {
        let before = other.get("/hello").text().to_owned();
        sleeper.get("/sleep");
        other.get("/hello").text() == before
    });
    // On a busy machine the monitor may find hello itself waiting, for a processor.
    assert!(stays.count() > 20);
    // And when it sleeps no more, it is called where the others are.
    let end = Instant::now() + PATIENCE;
    while sleeper.get("/hello").text() != other.get("/hello").text() {
        assert!(Instant::now() < end, "it is never on the loop's thread again");
    }
}

#[test]
fn a_route_in_which_a_call_is_stuck_does_not_stop_the_loop_again() {
    // What a call waits for is learned when it is over. These are not, and the connections are known as quick ones: the
    // monitor would need its millisecond for each.
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let (enter, entered) = mpsc::channel();
    let enter = Mutex::new(enter);
    let server = TestServer::of(routed(move |_, _| {
        enter.lock().unwrap().send(()).unwrap();
        gate.pass();
    }));
    let mut other = server.client();
    let mut clients: Vec<_> = (0..40).map(|_| server.client()).collect();
    for client in &mut clients {
        client.get("/hello");
    }
    let mut best = Duration::MAX;
    for client in &mut clients {
        client.send(get("/stuck"));
        entered.recv_timeout(PATIENCE).unwrap();
        best = best.min(timed(|| is_prompt(&mut other)).1);
    }
    assert!(best < Duration::from_micros(700), "{best:?}");
}

#[test]
fn a_waiting_handler_may_say_so() {
    let server = TestServer::of(|w, r| {
        if &*r.url.path == "/sleep" {
            r.schedule().unwrap().will_block();
            thread::sleep(Duration::from_millis(10));
        }
        fprintf!(w, "{}", r.url.path);
    });
    let median = hello_beside(&server, 8, sleep);
    assert!(median < Duration::from_millis(4), "{median:?}");
}

#[test]
fn handlers_that_compute_are_bounded_by_the_processors() {
    let processors = thread::available_parallelism().unwrap().get();
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, peak) = (Arc::clone(&running), Arc::clone(&most));
    let server = TestServer::of(routed(move |w, _| {
        peak.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        let start = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        let start = Duration::new(start.tv_sec as u64, start.tv_nsec as u32);
        loop {
            let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
            if Duration::new(time.tv_sec as u64, time.tv_nsec as u32) - start > Duration::from_millis(5) {
                break;
            }
        }
        now.fetch_sub(1, Ordering::Relaxed);
        fprintf!(w, "burnt");
    }));
    let burn = |rounds: usize| {
        thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    let mut client = server.client();
                    for _ in 0..rounds {
                        assert_eq!(client.get("/burn").text(), "burnt");
                    }
                });
            }
            let mut other = server.client();
            for _ in 0..20 {
                is_prompt(&mut other);
            }
        });
    };
    burn(4);
    // Whoever has waited for long is let through, so that a machine that is busy with other things shows more: the best of
    // some rounds counts. All twelve it would be in every round.
    let best = (0..4).map(|_| {
        most.store(0, Ordering::Relaxed);
        burn(4);
        most.load(Ordering::Relaxed)
    });
    let best = best.min().unwrap();
    assert!(best <= processors + 2, "{best} at once on {processors} processors");
}

#[test]
fn a_timeout_handler_waits_beside_the_loop() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let held = gate.clone();
    let slow = move |w: &mut dyn ResponseWriter, r: &mut Request| {
        if &*r.url.path == "/stuck" {
            held.pass();
        }
        fprintf!(w, "{}", r.url.path);
    };
    let limited = nethttp_handlers::timeout_handler(slow, Duration::from_millis(100), "too late");
    let server = TestServer::start(Server { handler: Some(Arc::new(limited)), ..one_loop() });
    let mut clients: Vec<_> = (0..6).map(|_| server.client()).collect();
    for client in &mut clients {
        client.send(get("/stuck"));
    }
    is_prompt(&mut server.client());
    for client in &mut clients {
        let answer = client.answer();
        assert_eq!((answer.status, answer.text()), (503, "too late"));
        is_prompt(client);
    }
    gate.open();
    until("all are through", || gate.held() == 0);
}

#[test]
fn handlers_within_time_limits_within_time_limits_are_bounded() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let held = gate.clone();
    let stuck = move |_: &mut dyn ResponseWriter, _: &mut Request| held.pass();
    let limit = Duration::from_millis(20);
    let inner = nethttp_handlers::timeout_handler(stuck, limit, "inner");
    let outer = nethttp_handlers::timeout_handler(inner, limit, "outer");
    let server = TestServer::start(Server { max_workers: 4, handler: Some(Arc::new(outer)), ..one_loop() });
    let mut client = server.client();
    for _ in 0..12 {
        assert_eq!(client.get("/").status, 503);
    }
    assert!(gate.held() <= 4, "{} are stuck", gate.held());
}

#[test]
fn a_hook_or_a_log_that_is_stuck_holds_up_nobody_else() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let (hooked, logged) = (gate.clone(), gate.clone());
    let stuck_keys = Arc::new(AtomicUsize::new(0));
    let keys = Arc::clone(&stuck_keys);
    let server = TestServer::start(Server {
        conn_state: Some(Arc::new(move |_, state| {
            if state == nethttp_server::STATE_NEW && keys.fetch_add(1, Ordering::Relaxed) == 1 {
                hooked.pass();
            }
        })),
        error_log: Some(Arc::new(move |_| logged.pass())),
        handler: handler(|w, r| fprintf!(w, "{}", r.url.path)),
        ..one_loop()
    });
    let mut other = server.client();
    is_prompt(&mut other);
    let _stuck = server.client();
    gate.wait_for(1);
    is_prompt(&mut other);
    server.client().send("nonsense\r\n\r\n");
    gate.wait_for(2);
    is_prompt(&mut other);
    is_prompt(&mut server.client());
}

/// Waits at its gate when it is dropped.
struct Slow(Gate);

impl Drop for Slow {
    fn drop(&mut self) {
        self.0.pass();
    }
}

impl BodyStream for Slow {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Ok(0)
    }
}

#[test]
fn a_destructor_that_is_stuck_holds_up_nobody_else() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let (of_connection, of_request) = (gate.clone(), gate.clone());
    let first = std::sync::atomic::AtomicBool::new(true);
    let server = TestServer::start(Server {
        conn_context: Some(Arc::new(move |context, _| {
            if first.swap(false, Ordering::Relaxed) { context.with_value(Slow(of_connection.clone())) } else { context }
        })),
        handler: handler(move |w, r| {
            if &*r.url.path == "/body" {
                r.body = nethttp_core::Body::new(Slow(of_request.clone()));
            }
            fprintf!(w, "{}", r.url.path);
        }),
        ..one_loop()
    });
    let mut first = server.client();
    is_prompt(&mut first);
    let mut other = server.client();
    is_prompt(&mut other);
    drop(first);
    gate.wait_for(1);
    is_prompt(&mut other);
    let mut body = server.client();
    body.send(get("/body"));
    gate.wait_for(2);
    is_prompt(&mut other);
    is_prompt(&mut server.client());
    gate.open();
    assert_eq!(body.answer().text(), "/body");
}

#[test]
fn on_a_processor_that_is_fought_for() {
    alone("handover::on_a_processor_that_is_fought_for", || {
        let mut one = rustix::thread::CpuSet::new();
        one.set(first_processor());
        rustix::thread::sched_setaffinity(None, &one).unwrap();
        let stop = Arc::new(AtomicUsize::new(0));
        for _ in 0..8 {
            let stop = Arc::clone(&stop);
            thread::spawn(move || while stop.load(Ordering::Relaxed) == 0 {});
        }
        let gate = Gate::default();
        let _open = gate.open_at_end();
        let server = TestServer::of(gated(&gate));
        let mut other = server.client();
        other.get("/hello");
        for held in 1..=6 {
            server.client().send(get("/stuck"));
            gate.wait_for(held);
            let (answer, took) = timed(|| other.get("/hello"));
            assert_eq!(answer.text(), "/hello");
            assert!(took < 2 * PROMPT, "{took:?}");
        }
        stop.store(1, Ordering::Relaxed);
        gate.open();
    });
}

fn first_processor() -> usize {
    let mine = rustix::thread::sched_getaffinity(None).unwrap();
    (0..rustix::thread::CpuSet::MAX_CPU).find(|&cpu| mine.is_set(cpu)).unwrap()
}
