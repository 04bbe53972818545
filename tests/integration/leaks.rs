//! What is left behind: no connection, no thread, no descriptor. Each test has a process of its own.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nethttp_core::{Context, Request, ResponseWriter, fprintf};
use nethttp_server::Server;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::client::get;
use crate::fixture::{Gate, TestServer, alone, handler, one_loop, quiet_panic, until};

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// The threads of this process that have this name.
fn threads(name: &str) -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    tasks
        .filter(|task| fs::read_to_string(task.path().join("comm")).is_ok_and(|comm| comm.trim_end() == name))
        .map(|task| task.path().to_str().unwrap().to_owned())
        .collect()
}

/// How often a thread has waited for something.
fn waits(task: &str) -> u64 {
    let status = fs::read_to_string(format!("{task}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn everything(w: &mut dyn ResponseWriter, r: &mut Request) {
    match &*r.url.path {
        "/read" => drop(r.body.read_to_end(&mut Vec::new())),
        "/wait" => drop(r.context().wait(Duration::from_millis(50))),
        "/large" => drop(w.write_all(&vec![0; 2 << 20])),
        "/held" => drop(w.write_all(&vec![0; 200_000])),
        "/flush" => {
            for _ in 0..50 {
                fprintf!(w, "x");
                let _ = w.flush();
            }
        }
        "/panic" => quiet_panic("x"),
        "/hijack" => {
            let (conn, mut rw) = w.hijack().unwrap();
            thread::spawn(move || {
                let _ = rw.read_string(b'\n');
                drop(conn);
            });
        }
        "/keep" => {
            let (mut body, context) = (r.body.clone(), r.context());
            thread::spawn(move || {
                let _ = body.read_to_end(&mut Vec::new());
                context.wait_done();
            });
        }
        "/duplex" => {
            w.enable_full_duplex().unwrap();
            let _ = w.write_all(&vec![0; 100_000]);
        }
        _ => fprintf!(w, "hi"),
    }
}

#[test]
fn clients_that_die_in_the_middle_of_everything_leave_nothing() {
    // pitfalls C7, F10
    alone("leaks::clients_that_die_in_the_middle_of_everything_leave_nothing", || {
        let before = descriptors();
        let server = TestServer::start_narrow(Server {
            loops: 2,
            max_idle_worker_duration: Duration::from_millis(100),
            handler: handler(everything),
            ..Server::go_defaults()
        });
        let paths =
            ["/", "/read", "/wait", "/large", "/held", "/flush", "/panic", "/hijack", "/keep", "/duplex", "/ignored"];
        for round in 0..6 {
            for path in paths {
                for cut in 0..6 {
                    let whole = format!(
                        "POST {path} HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n{}",
                        "x".repeat([0, 10, 100_000][cut % 3])
                    );
                    let plain = get(path).repeat(1 + cut);
                    let mut client = server.client();
                    let _ = client.try_send(if round % 2 == 0 { whole } else { plain });
                    if cut > 2 {
                        thread::sleep(Duration::from_micros(300 * cut as u64));
                    }
                    if cut % 2 == 0 { client.reset() } else { drop(client) }
                }
            }
        }
        server.wait_for_connections(0);
        assert_eq!(server.client().get("/").text(), "hi");
        // Two that run the loops and one that waits; it may have been called away.
        until("the threads go", || threads("nethttp").len() <= 3);
        drop(server);
        until("all threads go", || threads("nethttp").is_empty());
        until("all descriptors are closed", || descriptors() <= before);
    });
}

#[test]
fn hundreds_of_servers_in_one_process() {
    alone("leaks::hundreds_of_servers_in_one_process", || {
        let before = descriptors();
        let idle = Duration::from_millis(100);
        let make = || {
            TestServer::start(Server {
                max_idle_worker_duration: idle,
                handler: handler(|w, r| {
                    if &*r.url.path == "/sleep" {
                        thread::sleep(Duration::from_millis(3));
                    }
                    fprintf!(w, "hi");
                }),
                ..one_loop()
            })
        };
        for _ in 0..2 {
            let servers: Vec<_> = (0..150).map(|_| make()).collect();
            let mut clients: Vec<_> = servers.iter().map(TestServer::client).collect();
            for client in &mut clients {
                client.send(get("/sleep"));
            }
            for client in &mut clients {
                assert_eq!(client.answer().text(), "hi");
            }
            drop(servers);
        }
        for _ in 0..100 {
            let server = make();
            assert_eq!(server.client().get("/").text(), "hi");
            server.shut_down();
        }
        until("all threads go", || threads("nethttp").is_empty());
        until("all descriptors are closed", || descriptors() <= before);
    });
}

#[test]
fn a_server_at_rest_does_nothing() {
    alone("leaks::a_server_at_rest_does_nothing", || {
        let server = TestServer::start(Server { loops: 2, handler: handler(everything), ..Server::default() });
        let mut clients: Vec<_> = (0..10).map(|_| server.client()).collect();
        clients.iter_mut().for_each(|client| drop(client.get("/")));
        thread::sleep(Duration::from_millis(200));
        let sleepers = || [threads("nethttp"), threads("nethttp-monitor")].concat();
        let rest = || sleepers().iter().map(|task| waits(task)).sum::<u64>();
        let before = rest();
        thread::sleep(Duration::from_millis(300));
        let woken = rest() - before;
        assert!(woken < 20, "{woken} wake-ups while nothing happened");
        assert!(!threads("nethttp-monitor").is_empty());

        // Nor does one that has ended and is still held by somebody.
        let handle = server.handle.clone();
        drop(server);
        until("it ends", || handle.connections() == 0);
        thread::sleep(Duration::from_millis(200));
        let before = rest();
        thread::sleep(Duration::from_millis(300));
        let woken = rest().saturating_sub(before);
        assert!(woken < 20, "{woken} wake-ups after the end");
        drop(handle);
    });
}

/// The processor time that the process takes while it waits for `time`.
fn work_in(time: Duration) -> Duration {
    let clock = || {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Duration::new(u64::try_from(now.tv_sec).unwrap(), u32::try_from(now.tv_nsec).unwrap())
    };
    let before = clock();
    thread::sleep(time);
    clock() - before
}

#[test]
fn nothing_spins_while_it_waits() {
    alone("leaks::nothing_spins_while_it_waits", || {
        let gate = Gate::default();
        let _open = gate.open_at_end();
        let held = gate.clone();
        let server = TestServer::start_narrow(Server {
            max_workers: 4,
            handler: handler(move |w, r| {
                if &*r.url.path == "/stuck" {
                    held.pass();
                }
                everything(w, r);
            }),
            ..one_loop()
        });
        let upload = |path: &str| format!("POST {path} HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\nbegin");
        let situations = [
            ("a client that is silent", String::new()),
            ("an idle client", get("/")),
            ("half a head", "GET / HT".to_owned()),
            ("half a body that is awaited", upload("/read").replace("100000", "100")),
            ("half a body that is read", upload("/read")),
            ("half a body that is skipped", upload("/ignored")),
            ("an answer that is not read", get("/held")),
            ("an answer that holds its handler", get("/large").repeat(2)),
            ("a body and an answer at once", upload("/duplex")),
            ("a handler that is stuck", get("/stuck")),
            ("another", get("/stuck")),
            ("another, at the bound", get("/stuck")),
            ("one that waits for a worker", get("/")),
            ("another one", get("/").repeat(100)),
        ];
        let mut clients = Vec::new();
        for (what, input) in situations {
            let mut client = server.client();
            client.send(input);
            clients.push(client);
            thread::sleep(Duration::from_millis(60));
            let work = work_in(Duration::from_millis(150));
            assert!(work < Duration::from_millis(30), "{what}: {work:?}");
        }
        for (n, client) in clients.drain(..).enumerate() {
            client.close_write();
            if n % 2 == 0 {
                drop(client);
            } else {
                client.reset();
            }
            let work = work_in(Duration::from_millis(60));
            assert!(work < Duration::from_millis(20), "after the end of client {n}: {work:?}");
        }
        gate.open();
        server.wait_for_connections(0);
    });
}

/// The memory of this process, in KiB.
fn memory() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn idle_connections_hold_no_buffers() {
    alone("leaks::idle_connections_hold_no_buffers", || {
        let limit = getrlimit(Resource::Nofile);
        let raised = limit.maximum.map_or(8192, |maximum| maximum.min(8192));
        setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum }).unwrap();
        let count = usize::try_from(raised / 2 - 100).unwrap().min(2000);
        let server = TestServer::of(everything);
        server.client().get("/");
        let before = memory();
        let mut streams = Vec::new();
        for n in 0..count {
            let mut stream = TcpStream::connect(server.addr).unwrap();
            stream.write_all(get("/").as_bytes()).unwrap();
            let mut buf = [0; 1000];
            let got = stream.read(&mut buf).unwrap();
            assert!(buf[..got].ends_with(b"hi"), "{n}");
            streams.push(stream);
        }
        let each = (memory() - before) * 1024 / count;
        assert!(each < 4096, "{each} bytes for an idle connection");
    });
}

#[test]
fn threads_that_cannot_be_made() {
    alone("leaks::threads_that_cannot_be_made", || {
        // Nothing to run a loop on.
        let server = Server { thread_stack_size: 1 << 46, handler: handler(everything), ..one_loop() };
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(server.serve(listener).is_err());

        // None besides those that there are, for a while.
        let gate = Gate::default();
        let _open = gate.open_at_end();
        let held = gate.clone();
        let server = TestServer::start(Server {
            thread_stack_size: 256 << 20,
            handler: handler(move |w, r| {
                if &*r.url.path == "/stuck" {
                    held.pass();
                }
                everything(w, r);
            }),
            ..one_loop()
        });
        let mut other = server.client();
        other.get("/");
        until("one waits", || threads("nethttp").len() == 2);
        let limit = getrlimit(Resource::As);
        let used = fs::read_to_string("/proc/self/statm").unwrap();
        let pages: u64 = used.split_whitespace().next().unwrap().parse().unwrap();
        setrlimit(Resource::As, Rlimit { current: Some(pages * 4096 + (128 << 20)), maximum: limit.maximum }).unwrap();
        let mut stuck: Vec<_> = (0..2).map(|_| server.client()).collect();
        stuck[0].send(get("/stuck"));
        gate.wait_for(1);
        // The thread that waited has the loop now, and there is no other.
        assert_eq!(other.get("/").text(), "hi");
        assert_eq!(threads("nethttp").len(), 2);
        stuck[1].send(get("/wait"));
        assert_eq!(other.get("/").text(), "hi", "as soon as the other handler is through");
        setrlimit(Resource::As, limit).unwrap();
        // From now on there are threads again, and a loop that gets stuck is found one.
        other.get("/");
        let mut third = server.client();
        third.send(get("/stuck"));
        gate.wait_for(2);
        assert_eq!(other.get("/").text(), "hi");
        gate.open();
    });
}

#[test]
fn threads_that_were_needed_once_end() {
    alone("leaks::threads_that_were_needed_once_end", || {
        let server = TestServer::start(Server {
            max_idle_worker_duration: Duration::from_millis(100),
            handler: handler(everything),
            ..one_loop()
        });
        let mut clients: Vec<_> = (0..40).map(|_| server.client()).collect();
        for client in &mut clients {
            client.send(get("/wait"));
        }
        for client in &mut clients {
            client.answer();
        }
        assert!(threads("nethttp").len() > 2);
        until("they end", || threads("nethttp").len() <= 2);
        // The server goes on, and has threads when it needs them again.
        for client in &mut clients {
            client.send(get("/wait"));
        }
        for client in &mut clients {
            client.answer();
        }
    });
}

#[test]
fn a_shutdown_leaves_nothing_of_connections_that_it_waited_for() {
    alone("leaks::a_shutdown_leaves_nothing_of_connections_that_it_waited_for", || {
        let before = descriptors();
        for _ in 0..20 {
            let server = TestServer::start(Server {
                loops: 2,
                max_idle_worker_duration: Duration::from_millis(50),
                handler: handler(everything),
                conn_context: Some(Arc::new(|context: Context, _| context.with_value(7_u8))),
                ..Server::go_defaults()
            });
            let mut clients: Vec<_> = (0..8).map(|_| server.client()).collect();
            for (n, client) in clients.iter_mut().enumerate() {
                client.send(get(["/wait", "/flush", "/", "/hijack"][n % 4]));
            }
            server.shut_down();
            assert_eq!(server.handle.connections(), 0);
        }
        until("all threads go", || threads("nethttp").is_empty());
        until("all descriptors are closed", || descriptors() <= before);
    });
}
