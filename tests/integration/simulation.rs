//! Random clients against handlers of all kinds, from a seed: input in random pieces, stalls, pipelining, resets in the
//! middle, servers that end while all this goes on; every answer that arrives whole must be the right one, and nothing may
//! be left at the end.
//!
//! `NETHTTP_SEED=n` plays one seed again.

use std::fs::File;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use nethttp_core::{Request, ResponseWriter, fprintf};
use nethttp_server::Server;

use crate::client::Client;
use crate::fixture::{TestServer, handler, quiet_panic};

/// A small generator of random numbers (xorshift).
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Once in `n` times.
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Small numbers often, large ones now and then.
    fn size(&mut self) -> usize {
        match self.below(8) {
            0 => 0,
            1..=3 => self.below(100),
            4 => 2040 + self.below(20),
            5 => self.below(20_000),
            6 => self.below(120_000),
            _ => self.below(400_000),
        }
    }
}

fn payload(tag: usize, length: usize) -> Vec<u8> {
    (0..length).map(|at| b'a' + ((at + tag) % 26) as u8).collect()
}

/// Adler-32, to answer for a body that was read.
fn checksum(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for &byte in bytes {
        a = (a + u32::from(byte)) % 65521;
        b = (b + a) % 65521;
    }
    b << 16 | a
}

/// A file with the payload of tag 0: from some offset on, that of the offset.
fn file() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    FILE.get_or_init(|| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&payload(0, 500_000)).unwrap();
        file
    })
}

/// The handlers: what a path does.
fn serve(w: &mut dyn ResponseWriter, r: &mut Request) {
    let path = r.url.path.to_string();
    let mut parts = path.split('/').skip(1);
    let verb = parts.next().unwrap_or_default().to_owned();
    let mut number = || parts.next().and_then(|part| part.parse::<usize>().ok()).unwrap_or(0);
    let (tag, length) = (number(), number());
    match verb.as_str() {
        "plain" => drop(w.write_all(&payload(tag, length))),
        "declared" => {
            w.header().set("Content-Length", length.to_string());
            drop(w.write_all(&payload(tag, length)));
        }
        "pieces" => payload(tag, length).chunks(1 + tag * 37 % 5000).for_each(|piece| drop(w.write_all(piece))),
        "flush" => {
            for piece in payload(tag, length).chunks(1 + length / 5) {
                let _ = w.write_all(piece);
                let _ = w.flush();
            }
        }
        "sleep" => {
            thread::sleep(Duration::from_millis((length % 8) as u64));
            fprintf!(w, "slept {tag}");
        }
        "sum" => {
            let (body, error) = nethttp_core::io::read_all(&mut r.body);
            if error.is_none() {
                fprintf!(w, "sum {tag} {} {:08x}", body.len(), checksum(&body));
            }
        }
        "ignore" => fprintf!(w, "ignored {tag}"),
        "file" => {
            w.header().set("Content-Length", length.to_string());
            if w.send_file(file(), tag as u64, length as u64).is_err() {
                drop(w.write_all(&payload(tag, length)));
            }
        }
        "hijack" => {
            let Ok((mut conn, _)) = w.hijack() else { return };
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            let _ = conn.write_all(head.as_bytes()).and_then(|()| conn.write_all(&payload(tag, length)));
        }
        "panic" => quiet_panic("simulated"),
        _ => w.write_header(nethttp_core::STATUS_NOT_FOUND),
    }
}

/// A request, and what its answer has to be: `None` if the connection ends instead.
struct Exchange {
    request: Vec<u8>,
    is_head: bool,
    expected: Option<Vec<u8>>,
    /// The answer comes behind a `100 Continue`.
    is_asked_for: bool,
    closes: bool,
}

fn exchange(random: &mut Random, tag: usize) -> Exchange {
    let length = random.size();
    let verbs = ["plain", "declared", "pieces", "flush", "sleep", "file", "sum", "sum", "ignore", "hijack", "panic"];
    let may_end = random.one_in(5);
    let verb = verbs[random.below(verbs.len() - if may_end { 0 } else { 2 })];
    let has_body = matches!(verb, "sum" | "ignore");
    let is_head = !has_body && !matches!(verb, "panic" | "hijack") && random.one_in(8);
    let is_asked_for = verb == "sum" && length > 0 && random.one_in(4);
    let closes = random.one_in(12);
    let body = if has_body { payload(tag + 1, length) } else { Vec::new() };
    let method = if is_head {
        "HEAD"
    } else if has_body {
        "POST"
    } else {
        "GET"
    };
    let mut request = format!("{method} /{verb}/{tag}/{length} HTTP/1.1\r\nHost: t\r\n").into_bytes();
    if closes {
        request.extend_from_slice(b"Connection: close\r\n");
    }
    if is_asked_for {
        request.extend_from_slice(b"Expect: 100-continue\r\n");
    }
    if has_body && random.one_in(2) {
        request.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
        let piece = 1 + random.below(30_000);
        for chunk in body.chunks(piece) {
            request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            request.extend_from_slice(chunk);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"0\r\n\r\n");
    } else {
        if has_body {
            request.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(&body);
    }
    let expected = match verb {
        "panic" => None,
        "sleep" => Some(format!("slept {tag}").into_bytes()),
        "sum" => Some(format!("sum {tag} {length} {:08x}", checksum(&body)).into_bytes()),
        "ignore" => Some(format!("ignored {tag}").into_bytes()),
        _ => Some(payload(tag, length)),
    };
    // A body that is not read is read over only up to a bound.
    let closes = closes || verb == "hijack" || verb == "ignore" && length >= 256 << 10;
    Exchange { request, is_head, expected, is_asked_for, closes }
}

/// How a client behaves on one connection.
fn converse(addr: SocketAddr, mut random: Random) {
    let mut exchanges = Vec::new();
    for _ in 0..1 + random.below(6) {
        let tag = random.below(1000);
        let next = exchange(&mut random, tag);
        let ends = next.closes || next.expected.is_none();
        exchanges.push(next);
        if ends {
            break;
        }
    }
    let mut client = Client::connect(addr);
    let input: Vec<u8> = exchanges.iter().flat_map(|exchange| exchange.request.clone()).collect();
    client.note_sent(&input);
    // One in four breaks off somewhere; nothing is expected of its answers but that those before are right.
    let broken_at = random.one_in(4).then(|| random.below(input.len() + 1));
    let mut writer = client.writer();
    let (seed, end) = (random.next(), broken_at.unwrap_or(input.len()));
    let sender = thread::spawn(move || send_in_pieces(&mut writer, &input[..end], Random::new(seed)));
    if broken_at.is_some() {
        sender.join().unwrap();
        client.drain_for(Duration::from_millis(random.below(20) as u64));
        if random.one_in(2) {
            client.reset()
        } else {
            drop(client)
        }
        return;
    }
    for exchange in &exchanges {
        if random.one_in(5) {
            thread::sleep(Duration::from_millis(random.below(15) as u64));
        }
        let Some(expected) = &exchange.expected else {
            client.expect_cut();
            break;
        };
        if exchange.is_asked_for {
            assert_eq!(client.read_until(b"\r\n\r\n"), b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        let answer = if exchange.is_head { client.answer_to_head() } else { client.answer() };
        assert_eq!(answer.status, 200, "{}", answer.head);
        if !exchange.is_head {
            assert!(answer.body == *expected, "{} bytes instead of {}", answer.body.len(), expected.len());
        }
        if exchange.closes {
            client.expect_cut();
        }
    }
    sender.join().unwrap();
}

fn send_in_pieces(stream: &mut TcpStream, mut input: &[u8], mut random: Random) {
    let most = [1, 10, 1000, 40_000, usize::MAX][random.below(5)];
    // Pieces of one byte only at the beginning, or it would take for ever.
    let mut pieces = 0;
    while !input.is_empty() {
        let piece = if pieces < 200 { 1 + random.below(most.min(input.len())) } else { input.len() };
        // The server may have closed by right: the one that reads judges.
        if stream.write_all(&input[..piece]).is_err() {
            return;
        }
        input = &input[piece..];
        pieces += 1;
        if random.one_in(40) {
            thread::sleep(Duration::from_millis(random.below(8) as u64));
        }
    }
}

fn simulate(seed: u64) {
    let mut random = Random::new(seed);
    // Every other server finds its sockets full all the time.
    let start = if random.one_in(2) { TestServer::start } else { TestServer::start_narrow };
    let server = start(Server {
        loops: 1 + random.below(3),
        // Now and then so few workers that requests have to wait for one.
        max_workers: [0, 0, 3][random.below(3)],
        response_buffer_size: [2048, 2048, 0, 100][random.below(4)],
        conn_state: random.one_in(2).then(|| -> nethttp_server::ConnStateHook { Arc::new(|_, _| ()) }),
        handler: handler(serve),
        ..Server::go_defaults()
    });
    let ending = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..12)
        .map(|_| {
            let (addr, mut random) = (server.addr, Random::new(random.next()));
            let ending = Arc::clone(&ending);
            thread::spawn(move || {
                for _ in 0..8 {
                    let next = Random::new(random.next());
                    let outcome = catch_unwind(AssertUnwindSafe(|| converse(addr, next)));
                    if ending.load(Ordering::SeqCst) {
                        // Whatever it was that broke off: it had to. But nothing may hang, nor be wrong.
                        return outcome.is_ok() || !is_fault(&outcome);
                    }
                    if outcome.is_err() {
                        return false;
                    }
                }
                true
            })
        })
        .collect();
    if random.one_in(4) {
        thread::sleep(Duration::from_millis(random.below(150) as u64));
        ending.store(true, Ordering::SeqCst);
        if random.one_in(2) {
            server.handle.close();
            server.wait_for_connections(0);
        } else {
            server.shut_down();
        }
    }
    let failures = clients.into_iter().filter_map(|client| client.join().ok()).filter(|fine| !fine).count();
    assert_eq!(failures, 0, "seed {seed}: {failures} clients found a fault");
    server.shut_down();
    assert_eq!(server.handle.connections(), 0, "seed {seed}");
    let odd: Vec<_> = server.log.lines().into_iter().filter(|line| !line.contains("simulated")).collect();
    assert!(odd.iter().all(|line| !line.contains("panic")), "seed {seed}: {odd:?}");
}

/// Whether a client's panic says that an answer was wrong or did not come, rather than that the connection was cut.
fn is_fault(outcome: &thread::Result<()>) -> bool {
    let Err(payload) = outcome else { return false };
    let text = payload.downcast_ref::<String>().map_or("", String::as_str);
    !["the connection ended", "reading failed: Connection reset", "sending failed", "a connection: "]
        .iter()
        .any(|cut| text.starts_with(cut))
}

#[test]
fn random_clients_get_the_right_answers() {
    if let Ok(seed) = std::env::var("NETHTTP_SEED") {
        return simulate(seed.parse().expect("a number"));
    }
    for seed in 1..=10 {
        simulate(seed);
    }
}
