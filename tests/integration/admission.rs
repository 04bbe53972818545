//! The bound of handlers that run beside the loops: at the bound a loop does everything but call handlers.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use nethttp_core::{Request, ResponseWriter, RouteCost, fprintf};
use nethttp_server::{ConnState, Server};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::client::{Client, get};
use crate::fixture::{Gate, PROMPT, TestServer, alone, handler, one_loop, timed, until};

/// What was called, in order.
type Calls = Arc<Mutex<Vec<String>>>;

fn gated(gate: &Gate) -> (Calls, impl Fn(&mut dyn ResponseWriter, &mut Request) + Send + Sync + use<>) {
    let (gate, calls) = (gate.clone(), Calls::default());
    let noted = Arc::clone(&calls);
    let costs = [const { RouteCost::new() }; 2];
    let handler = move |w: &mut dyn ResponseWriter, r: &mut Request| {
        let is_stuck = r.url.path.starts_with("/stuck");
        // Routes of their own: that the one is slow is no reason to hand the others over, which would make them race.
        let _route = r.enter_route(&costs[usize::from(is_stuck)]);
        noted.lock().unwrap().push(r.url.path.to_string());
        if is_stuck {
            gate.pass();
        }
        fprintf!(w, "{}", r.url.path);
    };
    (calls, handler)
}

#[test]
fn at_the_bound_requests_wait_in_order() {
    // pitfall F11
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let (calls, function) = gated(&gate);
    let server = TestServer::start(Server { max_workers: 2, handler: handler(function), ..one_loop() });
    let mut stuck: Vec<_> = (0..2).map(|_| server.client()).collect();
    for (held, client) in stuck.iter_mut().enumerate() {
        client.send(get("/stuck"));
        gate.wait_for(held + 1);
    }
    let mut waiting = Vec::new();
    for n in 0..10 {
        let mut client = server.client();
        client.send(get(&format!("/{n}")));
        client.expect_silence(Duration::from_millis(20));
        waiting.push(client);
    }
    assert_eq!(calls.lock().unwrap().len(), 2);
    gate.open();
    for (n, client) in waiting.iter_mut().enumerate() {
        assert_eq!(client.answer().text(), format!("/{n}"));
    }
    let mut order: Vec<_> = (0..10).map(|n| format!("/{n}")).collect();
    order.splice(0..0, ["/stuck".to_owned(), "/stuck".to_owned()]);
    assert_eq!(*calls.lock().unwrap(), order);
    for client in &mut stuck {
        assert_eq!(client.answer().text(), "/stuck");
    }
}

/// The only worker is taken; then clients ask one after the other, and it comes free. Gives what is called from there on,
/// in order.
fn order_at_the_bound(
    server: &TestServer,
    gate: &Gate,
    calls: &Calls,
    clients: &mut [(&mut Client, &str)],
) -> Vec<String> {
    let mut stuck = server.client();
    stuck.send(get("/stuck"));
    gate.wait_for(1);
    let before = calls.lock().unwrap().len();
    for (client, path) in &mut *clients {
        client.send(get(path));
        client.expect_silence(Duration::from_millis(5));
    }
    gate.open();
    for (client, _) in clients {
        assert_eq!(client.answer().status, 200);
    }
    let calls = calls.lock().unwrap();
    calls[before..].to_vec()
}

#[test]
fn at_the_bound_those_that_were_quick_come_first_but_not_for_ever() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let (calls, function) = gated(&gate);
    let server = TestServer::start(Server { max_workers: 1, handler: handler(function), ..one_loop() });
    let mut quick: Vec<_> = (0..20).map(|_| server.client()).collect();
    quick.iter_mut().for_each(|client| drop(client.get("/first")));
    // Nothing is known of these.
    let mut others: Vec<_> = (0..2).map(|_| server.client()).collect();
    let mut clients: Vec<_> = others.iter_mut().zip(["/0", "/1"]).collect();
    clients.extend(quick.iter_mut().map(|client| (client, "/quick")));
    let order = order_at_the_bound(&server, &gate, &calls, &mut clients);
    let expected: Vec<_> = [vec!["/quick"; 16], vec!["/0"], vec!["/quick"; 4], vec!["/1"]].concat();
    assert_eq!(order, expected);
}

#[test]
fn who_held_a_worker_does_not_count_as_quick() {
    for (body_comes, path) in [("while the handler waits for it", "/reads"), ("when the handler has slept", "/sleeps")]
    {
        let gate = Gate::default();
        let _open = gate.open_at_end();
        let (calls, function) = gated(&gate);
        let function = move |w: &mut dyn ResponseWriter, r: &mut Request| {
            match &*r.url.path {
                "/reads" => drop(std::io::copy(&mut r.body, &mut std::io::sink())),
                "/sleeps" => thread::sleep(Duration::from_millis(50)),
                _ => {}
            }
            function(w, r);
        };
        let server = TestServer::start(Server { max_workers: 1, handler: handler(function), ..one_loop() });
        let (mut holder, mut stranger) = (server.client(), server.client());
        holder.send(format!("POST {path} HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\nx"));
        holder.expect_silence(Duration::from_millis(100));
        holder.send(vec![b'x'; 99_999]);
        assert_eq!(holder.answer().status, 200);
        let mut clients = [(&mut stranger, "/stranger"), (&mut holder, "/again")];
        let order = order_at_the_bound(&server, &gate, &calls, &mut clients);
        assert_eq!(order, ["/stranger", "/again"], "the body comes {body_comes}");
    }
}

#[test]
fn at_the_bound_the_loop_goes_on() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let (_, function) = gated(&gate);
    let server = TestServer::start(Server {
        max_workers: 1,
        idle_timeout: Duration::from_millis(300),
        handler: handler(function),
        ..one_loop()
    });
    let mut idle = server.client();
    idle.get("/");
    server.client().send(get("/stuck"));
    gate.wait_for(1);
    // Refuses what is no request, ends idle connections, accepts.
    let (_, took) = timed(|| {
        let mut bad = server.client();
        bad.send("nonsense\r\n\r\n");
        assert_eq!(bad.answer().status, 400);
    });
    assert!(took < PROMPT, "{took:?}");
    idle.expect_end();
    let _new = server.client();
    until("it is accepted", || server.handle.connections() >= 2);
}

#[test]
fn a_worker_that_comes_free_is_heard_of_by_every_loop() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let (_, function) = gated(&gate);
    let server =
        TestServer::start(Server { loops: 4, max_workers: 1, handler: handler(function), ..Server::go_defaults() });
    let mut clients: Vec<_> = (0..8).map(|_| server.client()).collect();
    server.wait_for_connections(8);
    clients[0].send(get("/stuck"));
    gate.wait_for(1);
    // The call has to be seen to be stuck before it counts.
    until("the bound is reached", || {
        let mut probe = server.client();
        probe.send(get("/probe"));
        thread::sleep(Duration::from_millis(20));
        probe.drain_for(Duration::from_millis(20)) == 0
    });
    for client in &mut clients[1..] {
        client.send(get("/waiting"));
    }
    clients[1].expect_silence(Duration::from_millis(20));
    gate.open();
    for client in &mut clients[1..] {
        let (answer, took) = timed(|| client.answer());
        assert_eq!(answer.text(), "/waiting");
        assert!(took < 2 * PROMPT, "{took:?}");
    }
}

#[test]
fn hooks_count_and_none_is_left_out() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let (entered, noted) = (gate.clone(), Arc::new(Mutex::new((0, 0))));
    let counts = Arc::clone(&noted);
    let server = TestServer::start(Server {
        max_workers: 2,
        handler: handler(|w, _| fprintf!(w, "x")),
        conn_state: Some(Arc::new(move |_, state| match state {
            ConnState::New => {
                counts.lock().unwrap().0 += 1;
                entered.pass();
            }
            ConnState::Closed => counts.lock().unwrap().1 += 1,
            _ => {}
        })),
        ..one_loop()
    });
    let mut clients: Vec<_> = (0..6).map(|_| server.client()).collect();
    for client in &mut clients {
        client.send(get("/"));
    }
    gate.wait_for(2);
    clients[5].expect_silence(Duration::from_millis(50));
    assert_eq!(*noted.lock().unwrap(), (2, 0), "two may wait, and the loop calls no more");
    gate.open();
    for client in &mut clients {
        assert_eq!(client.answer().text(), "x");
    }
    drop(clients);
    server.wait_for_connections(0);
    until("all have ended", || *noted.lock().unwrap() == (6, 6));
}

#[test]
fn a_server_that_closes_does_not_call_what_waits() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let (calls, function) = gated(&gate);
    let server = TestServer::start(Server { max_workers: 1, handler: handler(function), ..one_loop() });
    server.client().send(get("/stuck"));
    gate.wait_for(1);
    let mut waiting: Vec<_> = (0..5).map(|_| server.client()).collect();
    for client in &mut waiting {
        client.send(get("/waiting"));
        client.expect_silence(Duration::from_millis(20));
    }
    server.handle.close();
    for client in &mut waiting {
        client.expect_cut();
    }
    // Only what is stuck is left.
    server.wait_for_connections(1);
    gate.open();
    server.wait_for_connections(0);
    assert_eq!(*calls.lock().unwrap(), ["/stuck"]);
}

#[test]
fn a_client_that_goes_away_while_it_waits() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let (calls, function) = gated(&gate);
    let server = TestServer::start(Server { max_workers: 1, handler: handler(function), ..one_loop() });
    let mut stuck = server.client();
    stuck.send(get("/stuck"));
    gate.wait_for(1);
    for n in 0..6 {
        let mut client = server.client();
        client.send(get("/waiting"));
        client.expect_silence(Duration::from_millis(10));
        if n % 2 == 0 { client.reset() } else { drop(client) }
    }
    // So that the last of them, too, is seen to have gone.
    thread::sleep(Duration::from_millis(50));
    gate.open();
    assert_eq!(stuck.answer().text(), "/stuck");
    server.wait_for_connections(1);
    assert_eq!(server.client().get("/").text(), "/");
    let called = calls.lock().unwrap().iter().filter(|path| **path == "/waiting").count();
    assert!(called < 6, "handlers are not called for those who have gone");
}

#[test]
fn beyond_the_queue_the_answer_is_503() {
    // pitfall F11
    alone("admission::beyond_the_queue_the_answer_is_503", || {
        let wanted = 4096;
        let limit = getrlimit(Resource::Nofile);
        let raised = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted));
        setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum }).unwrap();
        let gate = Gate::default();
        let _open = gate.open_at_end();
        let (_, function) = gated(&gate);
        let server = TestServer::start(Server { max_workers: 1, handler: handler(function), ..one_loop() });
        server.client().send(get("/stuck"));
        gate.wait_for(1);
        until("the bound is reached", || {
            let mut probe = server.client();
            probe.send(get("/probe"));
            probe.drain_for(Duration::from_millis(20)) == 0
        });
        let mut waiting: Vec<Client> = (0..1024).map(|_| server.client()).collect();
        for client in &mut waiting {
            client.send(get("/waiting"));
        }
        let mut refused = server.client();
        refused.send(get("/one-too-many"));
        let (answer, took) = timed(|| refused.answer());
        assert_eq!((answer.status, answer.field("Retry-After")), (503, "1"));
        assert!(answer.says_close() && took < 4 * PROMPT, "{took:?}");
        refused.expect_end();
        let mut refused = server.client();
        refused.send(get("/no-body").replacen("GET", "HEAD", 1));
        assert_eq!(refused.answer_to_head().status, 503);
        refused.expect_end();
        gate.open();
        // The probe took a place of the 1,024.
        let answers = waiting.iter_mut().map(|client| client.answer().status);
        assert!(answers.filter(|&status| status == 200).count() >= 1020);
    });
}
