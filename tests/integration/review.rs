//! Faults that were once here: each of these tests failed before its cause was mended.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nethttp_core::{Context, fprintf};
use nethttp_server::Server;

use crate::client::get;
use crate::fixture::{Gate, PROMPT, TestServer, alone, handler, one_loop, timed, until};

fn file_of(length: usize) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&vec![b'x'; length]).unwrap();
    file
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn an_answer_that_lacks_bytes_of_its_file_is_the_last() {
    // pitfall A5: the end of the file is met at once, not when the loop sends the rest.
    let (promised, there) = (200_000, 100_000);
    let file = Arc::new(file_of(there));
    let server = TestServer::of(move |w, r| {
        if &*r.url.path == "/file" {
            w.header().set("Content-Type", "text/x");
            w.header().set("Content-Length", promised.to_string());
            let error = w.send_file(&file, 0, promised as u64).expect_err("the file is shorter");
            assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
        } else {
            fprintf!(w, "never to be taken for the file");
        }
    });
    let mut client = server.client();
    client.send(format!("{}{}", get("/file"), get("/next")));
    client.read_until(b"\r\n\r\n");
    let body = client.rest_or_reset();
    assert!(body.len() <= there && body.iter().all(|&byte| byte == b'x'), "{} bytes", body.len());
    until("it is logged", || server.log.contains("file ended"));
}

#[test]
fn requests_for_files_that_nobody_reads_hold_few_descriptors() {
    // pitfall F6, counted in descriptors.
    alone("review::requests_for_files_that_nobody_reads_hold_few_descriptors", || {
        let (calls, length) = (Arc::new(AtomicUsize::new(0)), 64 * 1024);
        let (counted, file) = (Arc::clone(&calls), Arc::new(file_of(length)));
        let server = TestServer::of_narrow(move |w, _| {
            counted.fetch_add(1, Ordering::Relaxed);
            w.header().set("Content-Length", length.to_string());
            w.send_file(&file, 0, length as u64).unwrap();
        });
        let before = descriptors();
        let mut client = server.client();
        client.send(get("/").repeat(100));
        until("the first is answered", || calls.load(Ordering::Relaxed) > 0);
        std::thread::sleep(Duration::from_millis(200));
        let held = descriptors() - before;
        assert!(held <= 10, "{held} descriptors for one connection");
        for _ in 0..100 {
            assert_eq!(client.answer().body.len(), length);
        }
    });
}

#[test]
fn an_answer_of_many_file_ranges_holds_few_descriptors() {
    alone("review::an_answer_of_many_file_ranges_holds_few_descriptors", || {
        let (parts, length) = (200, 64 * 1024);
        let file = Arc::new(file_of(length));
        let server = TestServer::of_narrow(move |w, _| {
            w.header().set("Content-Length", (parts * length).to_string());
            for _ in 0..parts {
                w.send_file(&file, 0, length as u64).unwrap();
            }
        });
        let before = descriptors();
        let mut client = server.client();
        client.send(get("/"));
        std::thread::sleep(Duration::from_millis(200));
        let held = descriptors() - before;
        assert!(held <= 20, "{held} descriptors for one connection");
        assert_eq!(client.answer().body.len(), parts * length);
    });
}

#[test]
fn a_long_answer_goes_out_before_the_body_that_nobody_read_has_come() {
    let length = 64 << 20;
    let file = Arc::new(file_of(length));
    let server = TestServer::of(move |w, r| {
        if &*r.url.path == "/" {
            w.enable_full_duplex().unwrap();
            w.header().set("Content-Length", length.to_string());
            w.send_file(&file, 0, length as u64).unwrap();
        }
    });
    let mut client = server.client();
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
    client.read_until(b"\r\n\r\n");
    assert_eq!(client.read_exact(length).len(), length);
    client.send("y".repeat(100));
    client.get("/next");
}

#[test]
fn an_answer_that_waits_for_its_body_needs_no_worker() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let stuck = gate.clone();
    let server = TestServer::start(Server {
        max_workers: 1,
        handler: handler(move |w, r| {
            if &*r.url.path == "/stuck" {
                stuck.pass();
            }
            fprintf!(w, "{}", r.url.path);
        }),
        ..one_loop()
    });
    let mut client = server.client();
    client.send("POST /answered HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n");
    client.expect_silence(Duration::from_millis(100));
    server.client().send(get("/stuck"));
    gate.wait_for(1);
    // The call has to be seen to be stuck before it counts.
    let mut probe = server.client();
    probe.send(get("/probe"));
    probe.expect_silence(Duration::from_millis(100));
    client.send("0123456789");
    let (answer, took) = timed(|| client.answer());
    assert_eq!(answer.text(), "/answered");
    assert!(took < PROMPT, "{took:?}");
}

#[test]
fn a_log_that_is_stuck_holds_one_thread() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let (logged, lines) = (gate.clone(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&lines);
    let server = TestServer::start(Server {
        error_log: Some(Arc::new(move |_| {
            logged.pass();
            counted.fetch_add(1, Ordering::Relaxed);
        })),
        handler: handler(|_, _| ()),
        ..one_loop()
    });
    for _ in 0..20 {
        let mut client = server.client();
        client.send("nonsense\r\n\r\n");
        assert_eq!(client.answer().status, 400);
        gate.wait_for(1);
    }
    gate.open();
    until("all are logged", || lines.load(Ordering::Relaxed) == 20);
}

#[test]
fn a_function_that_takes_its_time_does_not_outlast_the_limit_of_a_shutdown() {
    let gate = Gate::default();
    let _open = gate.open_at_end();
    let server = TestServer::of(|_, _| ());
    let slow = gate.clone();
    server.handle.register_on_shutdown(move || slow.pass());
    let (ctx, _cancel) = Context::background().with_timeout(PROMPT);
    let (outcome, took) = timed(|| server.handle.shutdown(&ctx));
    assert_eq!(outcome, Ok(()), "nothing is under way");
    assert!(took < 4 * PROMPT, "{took:?}");
    gate.wait_for(1);
}
