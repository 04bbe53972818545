//! A scripted exchange in one process, for `cargo xtask bench instructions` to count under callgrind what it costs.
//!
//! `instructions CASE COUNT`: a server of one loop, and a client that makes COUNT requests one after the other, over one
//! connection or each over its own. It ends in an orderly way, every thread of the exchange joined, since callgrind writes what it counted of a
//! thread when that ends. (The engine's idle threads go on; nobody waits for them.)

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::{env, io, thread};

use nethttp::{Dir, file_server, strip_prefix};
use nethttp_core::{Request, ResponseWriter, handler_func};
use nethttp_mux::ServeMux;
use nethttp_server::Server;
use tempfile::TempDir;

fn hello(w: &mut dyn ResponseWriter, _r: &mut Request) -> io::Result<()> {
    w.header().set("Content-Type", "text/plain; charset=utf-8");
    w.write_all(b"Hello, World!")
}

/// The routes of a large REST API; each answers the value of its last wildcard.
fn routes() -> ServeMux {
    let mux = ServeMux::new();
    for line in include_str!("../bench/data/github_routes.json").lines() {
        let mut words = line.split('"');
        let (Some(method), Some(path)) = (words.nth(3), words.nth(3)) else { continue };
        let name = path.rsplit_once('{').map_or("", |(_, rest)| rest.trim_end_matches('}')).to_owned();
        mux.handle_func(&format!("{method} {path}"), move |w, r| {
            w.header().set("Content-Type", "text/plain; charset=utf-8");
            w.write_all(r.path_value(&name).as_bytes())
        });
    }
    mux
}

const HELLO: &str = "GET /hello HTTP/1.1\r\nHost: localhost:8080\r\n\r\n";

/// What a browser sends: twelve fields.
const BROWSER: &str = "GET /hello HTTP/1.1\r\nHost: localhost:8080\r\nConnection: keep-alive\r\n\
Cache-Control: max-age=0\r\nUpgrade-Insecure-Requests: 1\r\n\
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n\
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n\
Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\
Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\n\
Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n\r\n";

const ISSUE: &str = "GET /repos/some-owner/some-repo/issues/4711 HTTP/1.1\r\nHost: localhost:8080\r\n\r\n";

const FILE: &str = "GET /static/10k.bin HTTP/1.1\r\nHost: localhost:8080\r\n\r\n";

/// A folder with a file of 10 KiB; beside this program, since not every file system is read from in the same way, and the one
/// of temporary files may be of another kind on each machine.
fn files() -> io::Result<(TempDir, ServeMux)> {
    let program = env::current_exe()?;
    let folder = tempfile::tempdir_in(program.parent().unwrap_or(&program))?;
    std::fs::write(folder.path().join("10k.bin"), vec![b'x'; 10 << 10])?;
    let mux = ServeMux::new();
    mux.handle("GET /static/", strip_prefix("/static/", file_server(Dir::new(folder.path()))));
    Ok((folder, mux))
}

const PIPELINED: usize = 16;

/// The last request of a connection: the client makes a new one for the next.
const CLOSE: &str = "GET /hello HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n\r\n";

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let case = arguments.next().unwrap_or_default();
    let count: usize = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(1000);
    // Of the file case; it goes when all is done.
    let mut folder = None;
    let (mux, request) = match case.as_str() {
        "hello" => (None, HELLO.to_owned()),
        "browser" => (None, BROWSER.to_owned()),
        "mux" => (Some(routes()), ISSUE.to_owned()),
        "file" => {
            let (temporary, mux) = files()?;
            folder = Some(temporary);
            (Some(mux), FILE.to_owned())
        }
        "close" => (None, CLOSE.to_owned()),
        "pipelined" => (None, HELLO.repeat(PIPELINED)),
        _ => return Err(io::Error::other(format!("there is no case {case:?}"))),
    };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let addr = listener.local_addr()?;
    let handler = match mux {
        Some(mux) => {
            // The first search makes the tables: that is none of the requests' costs.
            drop(mux.handler(&Request::new()));
            Arc::new(mux) as Arc<_>
        }
        None => Arc::new(handler_func(hello)) as Arc<_>,
    };
    let server = Server { handler: Some(handler), loops: 1, ..Server::default() };
    let handle = server.handle();
    let serving = thread::spawn(move || server.serve(listener));
    if request == CLOSE {
        for _ in 0..count {
            exchange(TcpStream::connect(addr)?, request.as_bytes(), 1)?;
        }
    } else {
        exchange(TcpStream::connect(addr)?, request.as_bytes(), count)?;
    }
    handle.close();
    // It ends with the error that says that the server was closed.
    drop(serving.join());
    folder.map_or(Ok(()), TempDir::close)
}

/// One request after the other; each answer is as long as the first one.
fn exchange(mut client: TcpStream, request: &[u8], count: usize) -> io::Result<()> {
    let mut answer = [0; 16 << 10];
    client.write_all(request)?;
    let mut length = 0;
    while length == 0 || length < whole(&answer[..length]) * heads(request) {
        match client.read(&mut answer[length..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => length += count,
        }
    }
    for _ in 1..count {
        client.write_all(request)?;
        client.read_exact(&mut answer[..length])?;
    }
    Ok(())
}

/// The heads in `bytes`.
fn heads(bytes: &[u8]) -> usize {
    bytes.windows(4).filter(|window| *window == b"\r\n\r\n").count()
}

/// The length of the answer that begins here; the head of each comes in one piece.
fn whole(answer: &[u8]) -> usize {
    let text = String::from_utf8_lossy(answer);
    let head = text.find("\r\n\r\n").expect("a head") + 4;
    let line = text.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("a length");
    head + line.parse::<usize>().expect("a number")
}
