//! In the steady state a request costs no allocation: not on the way in, not in the mux, not on the way out. And what is kept
//! for that does not grow with what clients send.
//!
//! The allocator counts for the whole process, so that this is a binary of its own with one test: a server of one loop,
//! and clients that allocate nothing either.

use std::alloc::System;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::{io, thread};

use nethttp_core::{Error, Request, ResponseWriter};
use nethttp_mux::ServeMux;
use nethttp_server::Server;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Requests before the count begins: buffers are made, pools filled, tables grown.
const WARM_UP: usize = 1000;
const COUNTED: usize = 1000;

fn hello(w: &mut dyn ResponseWriter, _r: &mut Request) -> io::Result<()> {
    w.header().set("Content-Type", "text/plain; charset=utf-8");
    w.write_all(b"Hello, World!")
}

fn several_fields(w: &mut dyn ResponseWriter, r: &mut Request) -> io::Result<()> {
    w.header().set("X-Frame-Options", "DENY");
    w.header().set("Content-Type", "text/plain; charset=utf-8");
    w.header().add("Vary", "Accept");
    w.header().add("Vary", "Origin");
    w.header().set("X-Agent", r.header.get("User-Agent"));
    w.write_all(b"Hello, World!")
}

fn routes() -> ServeMux {
    let mux = ServeMux::new();
    mux.handle_func("GET /hello", hello);
    mux.handle_func("GET /fields", several_fields);
    mux.handle_func("GET /repos/{owner}/{repo}/issues/{number}", |w, r| w.write_all(r.path_value("repo").as_bytes()));
    mux.handle_func("GET /files/{path...}", |w, r| w.write_all(r.path_value("path").as_bytes()));
    mux.handle_func("POST /echo", |w, r| {
        let mut body = [0; 4096];
        let count = r.body.read(&mut body)?;
        w.write_all(&body[..count])
    });
    mux
}

const HELLO: &str = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

const BROWSER: &str = "GET /hello?from=front HTTP/1.1\r\nHost: localhost:8080\r\nConnection: keep-alive\r\n\
Cache-Control: max-age=0\r\nsec-ch-ua-mobile: ?0\r\nUpgrade-Insecure-Requests: 1\r\n\
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36\r\n\
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n\
Sec-Fetch-Site: none\r\nX-Of-Their-Own: 1\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\
Accept-Language: en-US,en;q=0.9\r\nCookie: session=0123456789abcdef; theme=dark\r\n\r\n";

#[test]
fn a_request_allocates_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let server = Server { handler: Some(Arc::new(routes())), loops: 1, ..Server::default() };
    let handle = server.handle();
    let serving = thread::spawn(move || server.serve(listener));
    let text = |request: &str| request.as_bytes().to_vec();
    for (name, request) in [
        ("hello", text(HELLO)),
        ("a browser's header", text(BROWSER)),
        ("several fields in the answer", text("GET /fields HTTP/1.1\r\nHost: localhost\r\nUser-Agent: x\r\n\r\n")),
        ("wildcards", text("GET /repos/some-owner/some-repo/issues/4711 HTTP/1.1\r\nHost: localhost\r\n\r\n")),
        ("a rest", text("GET /files/a/b/c/d HTTP/1.1\r\nHost: localhost\r\n\r\n")),
        ("HTTP/1.0", text("GET /hello HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n")),
        ("pipelined", HELLO.repeat(8).into_bytes()),
    ] {
        check(name, addr, &request, 0);
    }
    // To undo the escapes of a target takes two, on the way in; the mux then takes none.
    let escapes = b"GET /repos/some%2Fowner/some%20repo%25/issues/%34 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    check("escapes", addr, escapes, 2 * COUNTED);
    // A body is a handle that a handler may keep: it has an allocation of its own, and nothing else has.
    let post = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello";
    check("a body", addr, post, COUNTED);
    large_heads_leave_nothing_behind(addr);
    handle.close();
    assert!(Error::ServerClosed.is(&serving.join().unwrap().unwrap_err()));
}

/// Each large field stands in another place, so that kept buffers would add up to as many.
fn large_heads_leave_nothing_behind(addr: SocketAddr) {
    const PLACES: usize = 60;
    const LARGE: usize = 40_000;
    let mut client = TcpStream::connect(addr).unwrap();
    let mut answer = [0; 8192];
    let length = first_answer(&mut client, HELLO.as_bytes(), &mut answer);
    let region = Region::new(ALLOCATOR);
    for place in 0..PLACES {
        let small = "X-Small: 1\r\n".repeat(place);
        let large = "x".repeat(LARGE);
        let request = format!("GET /hello HTTP/1.1\r\nHost: localhost\r\n{small}X-Large: {large}\r\n\r\n");
        exchange(&mut client, request.as_bytes(), &mut answer[..length]);
    }
    let Stats { bytes_allocated, bytes_deallocated, .. } = region.change();
    let kept = bytes_allocated.saturating_sub(bytes_deallocated);
    assert!(kept < 10 * LARGE, "{kept} bytes are kept");
}

/// Compares what is allocated over [`COUNTED`] exchanges on one connection.
///
/// The least of some rounds counts: on a busy machine a loop may change hands, which can make a thread.
#[track_caller]
fn check(name: &str, addr: SocketAddr, request: &[u8], expected: usize) {
    let mut counted = allocations(addr, request);
    for _ in 0..4 {
        if counted.allocations <= expected && counted.reallocations == 0 {
            return;
        }
        counted = allocations(addr, request);
    }
    panic!("{name}: {expected} allocations were expected: {counted:?}");
}

fn allocations(addr: SocketAddr, request: &[u8]) -> Stats {
    let mut client = TcpStream::connect(addr).unwrap();
    let mut answer = [0; 8192];
    // The length of an answer is that of the first one, which is all there is when the client asks for no other.
    let length = first_answer(&mut client, request, &mut answer);
    for _ in 1..WARM_UP {
        exchange(&mut client, request, &mut answer[..length]);
    }
    let region = Region::new(ALLOCATOR);
    for _ in 0..COUNTED {
        exchange(&mut client, request, &mut answer[..length]);
    }
    region.change()
}

fn exchange(client: &mut TcpStream, request: &[u8], answer: &mut [u8]) {
    client.write_all(request).unwrap();
    client.read_exact(answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1."), "an answer begins where the one before ended");
}

/// Reads answers until each of the pipelined requests has one; gives their length in all.
fn first_answer(client: &mut TcpStream, request: &[u8], answer: &mut [u8]) -> usize {
    client.write_all(request).unwrap();
    let requests = request.windows(5).filter(|window| window.starts_with(b"GET /") || *window == b"POST ").count();
    let mut length = 0;
    while whole_answers(&answer[..length]) < requests {
        let count = client.read(&mut answer[length..]).unwrap();
        assert!(count > 0, "the connection is kept");
        length += count;
    }
    length
}

/// How many answers with a `Content-Length` are complete.
fn whole_answers(mut bytes: &[u8]) -> usize {
    let mut count = 0;
    while let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
        let head = str::from_utf8(&bytes[..end]).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
        let Some(rest) = bytes.get(end + 4 + length.parse::<usize>().unwrap()..) else { break };
        bytes = rest;
        count += 1;
    }
    count
}
