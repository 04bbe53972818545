//! What the connection hooks are told, and in which order.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;

use nethttp_core::{Request, ResponseWriter, fprintf};
use nethttp_server::ConnState::{self, Active, Closed, Hijacked, Idle, New};
use nethttp_server::Server;

use crate::client::{Client, get};
use crate::fixture::{TestServer, handler, one_loop, quiet_panic, until};

/// The states of each connection, by the client's address.
#[derive(Clone, Default)]
struct States(Arc<Mutex<HashMap<String, Vec<ConnState>>>>);

impl States {
    fn of(&self, address: &str) -> Vec<ConnState> {
        self.0.lock().unwrap().get(address).cloned().unwrap_or_default()
    }

    #[track_caller]
    fn become_those(&self, address: &str, expected: &[ConnState]) {
        until(&format!("{expected:?}"), || {
            let seen = self.of(address);
            assert!(expected.starts_with(&seen), "{seen:?}, expected {expected:?}");
            seen == expected
        });
    }
}

fn routes(w: &mut dyn ResponseWriter, r: &mut Request) {
    match &*r.url.path {
        "/hijack" => drop(w.hijack()),
        "/panic" => quiet_panic("x"),
        "/close" => w.header().set("Connection", "close"),
        "/abort" => nethttp_core::abort_handler(),
        path => fprintf!(w, "{path}"),
    }
}

fn watched(server: Server) -> (TestServer, States) {
    let states = States::default();
    let noted = states.clone();
    let server = TestServer::start(Server {
        conn_state: Some(Arc::new(move |conn, state| {
            noted.0.lock().unwrap().entry(conn.remote_addr.to_string()).or_default().push(state);
        })),
        handler: handler(routes),
        ..server
    });
    (server, states)
}

#[test]
fn the_states_of_a_connection_come_in_order() {
    let (server, states) = watched(one_loop());
    let post = "POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello".to_owned();
    for (requests, expected) in [
        (vec![], vec![New, Closed]),
        (vec![get("/x")], vec![New, Active, Idle, Closed]),
        (vec![get("/x"), get("/x")], vec![New, Active, Idle, Active, Idle, Closed]),
        (vec![get("/x"), post, get("/close")], vec![New, Active, Idle, Active, Idle, Active, Closed]),
        (vec![get("/close")], vec![New, Active, Closed]),
        (vec![get("/hijack")], vec![New, Active, Hijacked]),
        (vec![get("/x"), get("/hijack")], vec![New, Active, Idle, Active, Hijacked]),
        (vec![get("/panic")], vec![New, Active, Closed]),
        (vec![get("/abort")], vec![New, Active, Closed]),
        (vec!["nonsense\r\n\r\n".to_owned()], vec![New, Active, Closed]),
        (vec![get("/x"), "nonsense\r\n\r\n".to_owned()], vec![New, Active, Idle, Active, Closed]),
        (vec!["GET /x HTTP/1.1\r\n".to_owned()], vec![New, Active, Closed]),
    ] {
        let mut client = server.client();
        let address = client.local_addr().to_string();
        let last = requests.len().saturating_sub(1);
        for (n, request) in requests.iter().enumerate() {
            client.send(request);
            if n < last {
                client.answer();
            }
        }
        if !requests.is_empty() {
            // Whatever the answer is: what comes after it is the end.
            client.close_write();
            client.rest_or_reset();
        }
        drop(client);
        states.become_those(&address, &expected);
    }
    server.wait_for_connections(0);
}

#[test]
fn pipelined_requests_are_told_one_by_one() {
    let (server, states) = watched(one_loop());
    let mut client = server.client();
    let address = client.local_addr().to_string();
    client.send(get("/x").repeat(3));
    for _ in 0..3 {
        client.answer();
    }
    states.become_those(&address, &[New, Active, Idle, Active, Idle, Active, Idle]);
}

#[test]
fn every_connection_of_a_crowd_has_its_own_order_and_its_end() {
    let (server, states) = watched(Server { loops: 3, ..Server::go_defaults() });
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for round in 0..10 {
                    let mut client = server.client();
                    for _ in 0..round {
                        client.get("/x");
                    }
                    if round % 2 == 0 {
                        client.reset();
                    }
                }
            });
        }
    });
    server.wait_for_connections(0);
    until("all are closed", || {
        let states = states.0.lock().unwrap();
        states.len() == 80 && states.values().all(|states| states.last() == Some(&Closed))
    });
    for states in states.0.lock().unwrap().values() {
        assert_eq!(states.first(), Some(&New));
        assert_eq!(states.iter().filter(|&&state| state == Closed).count(), 1);
        for pair in states.windows(2) {
            let is_order = matches!(pair, [New | Idle, Active | Closed] | [Active, Idle | Closed | Hijacked]);
            assert!(is_order, "{states:?}");
        }
    }
}

#[test]
fn a_server_that_ends_tells_of_every_connection() {
    for close in [false, true] {
        let (server, states) = watched(one_loop());
        let mut clients: Vec<Client> = (0..5).map(|_| server.client()).collect();
        clients[..3].iter_mut().for_each(|client| drop(client.get("/x")));
        server.wait_for_connections(5);
        until("all are new", || states.0.lock().unwrap().len() == 5);
        if close {
            server.handle.close();
        } else {
            server.shut_down();
        }
        for (n, client) in clients.iter_mut().enumerate() {
            let address = client.local_addr().to_string();
            client.expect_end();
            let expected: &[_] = if n < 3 { &[New, Active, Idle, Closed] } else { &[New, Closed] };
            states.become_those(&address, expected);
        }
    }
}
