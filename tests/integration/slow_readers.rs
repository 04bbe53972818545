//! Clients that do not read: handlers are not held up within a bound, memory is not filled beyond it, nobody else waits.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use nethttp_core::fprintf;
use nethttp_server::Server;

use crate::client::get;
use crate::fixture::{PATIENCE, PROMPT, TestServer, alone, handler, timed, until};

/// Bytes that tell where they belong.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from((at / 251 + at) % 253).unwrap()).collect()
}

#[test]
fn a_handler_within_the_bound_is_not_held_up() {
    let (tell, told) = mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let server = TestServer::of_narrow(move |w, r| {
        if &*r.url.path == "/" {
            let (_, took) = timed(|| w.write_all(&pattern(200_000)).unwrap());
            tell.lock().unwrap().send(took).unwrap();
        }
    });
    let mut client = server.client();
    client.send(get("/"));
    assert!(told.recv_timeout(crate::fixture::PATIENCE).unwrap() < PROMPT);
    server.client().get("/other");
    assert!(client.answer().body == pattern(200_000));
    client.get("/other");
}

/// An answer that is more than any client is granted in memory.
const LONG: usize = 5 << 19;

#[test]
fn a_handler_beyond_the_bound_waits_and_nobody_else_does() {
    let done = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&done);
    let server = TestServer::of_narrow(move |w, r| {
        if &*r.url.path == "/" {
            for piece in pattern(LONG).chunks(10_000) {
                w.write_all(piece).unwrap();
            }
            counted.fetch_add(1, Ordering::Relaxed);
        } else {
            fprintf!(w, "other");
        }
    });
    let mut clients: Vec<_> = (0..2).map(|_| server.client()).collect();
    for client in &mut clients {
        client.send(get("/"));
    }
    let mut other = server.client();
    for _ in 0..20 {
        let (answer, took) = timed(|| other.get("/other"));
        assert_eq!(answer.text(), "other");
        assert!(took < PROMPT, "{took:?}");
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(done.load(Ordering::Relaxed), 0, "so much is not kept in memory");
    for client in &mut clients {
        assert!(client.answer().body == pattern(LONG));
        client.get("/other");
    }
}

#[test]
fn a_pipelining_client_that_does_not_read_is_not_served_beyond_a_bound() {
    // pitfall F6
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let server = TestServer::of_narrow(move |w, _| {
        let call = counted.fetch_add(1, Ordering::Relaxed);
        fprintf!(w, "{call:01000}");
    });
    let total = 6_000;
    let stream = TcpStream::connect(server.addr).unwrap();
    let mut sending = stream.try_clone().unwrap();
    let sender = thread::spawn(move || sending.write_all(get("/").repeat(total).as_bytes()).unwrap());
    // As many as fit into the sockets and the bound, and no more.
    until("the server stops", || {
        let before = calls.load(Ordering::Relaxed);
        thread::sleep(Duration::from_millis(100));
        before > 0 && before == calls.load(Ordering::Relaxed)
    });
    let served = calls.load(Ordering::Relaxed);
    assert!(served < total - 1000, "{served} of {total} were served");
    let mut reader = std::io::BufReader::new(stream);
    let (mut seen, mut buf) = (0, vec![0; 1 << 16]);
    let expected = "HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: 1000\r\n\
        Content-Type: text/plain; charset=utf-8\r\n\r\n"
        .len()
        + 1000;
    while seen < total * expected {
        let count = reader.read(&mut buf).unwrap();
        assert!(count > 0, "the connection ended after {seen} bytes");
        seen += count;
    }
    sender.join().unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), total);
}

/// What a steady reader takes between two pauses.
const SIP: usize = 256 << 10;

/// The most memory that this process ever had, in KiB.
fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_long_answer_to_a_steady_reader_takes_no_more_memory_than_a_short_one() {
    // pitfall F6
    alone("slow_readers::a_long_answer_to_a_steady_reader_takes_no_more_memory_than_a_short_one", || {
        let total: usize = 192 << 20;
        let server = TestServer::of(move |w, _| {
            let piece = vec![b'x'; 64 << 10];
            w.header().set("Content-Length", total.to_string());
            for _ in 0..total / piece.len() {
                w.write_all(&piece).unwrap();
            }
        });
        let mut stream = TcpStream::connect(server.addr).unwrap();
        let before = peak_memory();
        stream.write_all(get("/").as_bytes()).unwrap();
        let (mut seen, mut buf) = (0, vec![0; 32 << 10]);
        while seen < total {
            let count = stream.read(&mut buf).unwrap();
            assert!(count > 0);
            if seen / SIP != (seen + count) / SIP {
                // Never so quick that the server comes to the end of what it has to send.
                thread::sleep(Duration::from_micros(300));
            }
            seen += count;
        }
        let grown = peak_memory() - before;
        assert!(grown < 32 << 10, "{grown} KiB more for an answer of {} KiB", total >> 10);
    });
}

/// A number of the process's status.
fn status_of(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn many_slow_readers_of_a_large_file_take_no_thread_and_little_memory_each() {
    // pitfall A4
    alone("slow_readers::many_slow_readers_of_a_large_file_take_no_thread_and_little_memory_each", || {
        let length = 100 << 20;
        let file = tempfile::tempfile().unwrap();
        file.set_len(length).unwrap();
        let server = TestServer::start(Server {
            max_idle_worker_duration: Duration::from_millis(100),
            handler: handler(move |w, _| {
                w.header().set("Content-Length", length.to_string());
                assert_eq!(w.send_file(&file, 0, length).unwrap(), length);
            }),
            ..Server::default()
        });
        let mut first = server.client();
        first.send(get("/"));
        first.read_exact(1000);
        let (threads, memory) = (status_of("Threads:"), status_of("VmRSS:"));
        let mut streams: Vec<_> = (0..200).map(|_| TcpStream::connect(server.addr).unwrap()).collect();
        for stream in &mut streams {
            stream.write_all(get("/").as_bytes()).unwrap();
        }
        // The threads that a burst took are gone soon, and the readers are still there.
        let start = Instant::now();
        let mut sip = vec![0; 4096];
        while start.elapsed() < Duration::from_secs(2) || status_of("Threads:") > threads + 2 {
            assert!(start.elapsed() < PATIENCE, "{} threads, {threads} before", status_of("Threads:"));
            for stream in &mut streams {
                stream.read_exact(&mut sip).unwrap();
            }
            thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(server.handle.connections(), streams.len() + 1);
        let grown = status_of("VmRSS:").saturating_sub(memory);
        assert!(grown < 32 * streams.len(), "{grown} KiB for {} readers", streams.len());
    });
}

fn file_of(length: usize) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&pattern(length)).unwrap();
    file
}

#[test]
fn a_file_goes_out_behind_the_handler_s_back() {
    // pitfalls A1, A4, A6, A9: one open file for all, each at its own place.
    let length = 1 << 20;
    let file = Arc::new(file_of(length));
    let (tell, told) = mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let server = TestServer::of_narrow(move |w, r| {
        if &*r.url.path == "/small" {
            fprintf!(w, "small");
            return;
        }
        let offset: usize = r.url.query().get("offset").parse().unwrap();
        w.header().set("Content-Type", "text/x");
        w.header().set("Content-Length", (length - offset).to_string());
        fprintf!(w, "");
        let (sent, took) = timed(|| w.send_file(&file, offset as u64, (length - offset) as u64).unwrap());
        assert_eq!(sent, (length - offset) as u64);
        tell.lock().unwrap().send(took).unwrap();
    });
    let offsets = [0, 1, 4095, length / 2, length - 100_000];
    let mut clients: Vec<_> = offsets.iter().map(|_| server.client()).collect();
    for (client, offset) in clients.iter_mut().zip(offsets) {
        client.send(format!("{}{}", get(&format!("/?offset={offset}")), get("/small")));
    }
    for _ in offsets {
        assert!(told.recv_timeout(crate::fixture::PATIENCE).unwrap() < PROMPT, "no handler waits for its client");
    }
    assert_eq!(server.client().get("/small").text(), "small");
    let whole = pattern(length);
    for (client, offset) in clients.iter_mut().zip(offsets) {
        assert!(client.answer().body == whole[offset..], "from {offset}");
        assert_eq!(client.answer().text(), "small");
    }
}

#[test]
fn a_file_that_shrinks_ends_the_connection_and_one_that_grows_does_not_show() {
    // pitfalls A5, A7
    let length = 1 << 20;
    for (change, whole) in [(length / 2, false), (length * 2, true)] {
        let file = Arc::new(file_of(length));
        let sent = Arc::clone(&file);
        let server = TestServer::of_narrow(move |w, r| {
            if &*r.url.path == "/" {
                w.header().set("Content-Length", length.to_string());
                w.send_file(&sent, 0, length as u64).unwrap();
            }
        });
        let mut client = server.client();
        client.send(get("/"));
        client.read_until(b"\r\n\r\n");
        file.set_len(change as u64).unwrap();
        if whole {
            assert!(client.read_exact(length) == pattern(length));
            client.get("/next");
        } else {
            let got = client.rest_or_reset().len();
            assert!(got <= length / 2, "{got}");
            until("it is logged", || server.log.contains("file ended"));
        }
    }
}

#[test]
fn a_reader_that_goes_away_frees_its_handler() {
    let (tell, told) = mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let server = TestServer::of_narrow(move |w, r| {
        let start = Instant::now();
        let outcome = w.write_all(&vec![0; 64 << 20]);
        tell.lock().unwrap().send((outcome.is_err(), r.context().done(), start.elapsed())).unwrap();
    });
    for is_reset in [true, false] {
        let mut client = server.client();
        client.send(get("/"));
        client.read_exact(100_000);
        if is_reset {
            client.reset();
        } else {
            drop(client);
        }
        let (failed, _, took) = told.recv_timeout(crate::fixture::PATIENCE).expect("the handler comes back");
        assert!(failed && took < 4 * PROMPT, "{took:?}");
    }
    server.wait_for_connections(0);
}
