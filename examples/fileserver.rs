//! A static file server with an access log: `fileserver --addr :8080 --root public [--gzip]`.
//!
//! Serves the regular files and directories below the root, none whose name begins with a period and none that a symbolic
//! link finds outside of it. `--gzip` sends `name.gz` in place of `name` to clients that take it, if it is there and not
//! older, and compresses what else is worth it. Each request leaves a line on standard output, also when its handler
//! panics. SIGINT or SIGTERM stops the server when the downloads under way are done, or after 30 seconds.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use http::{
    Context, Dir, Gzip, Handler, Header, Listener, Request, ResponseWriter, Server, ServerHandle, StatusCode, Text,
};
use lexopt::prelude::*;
use nethttp as http;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse()?;
    if !options.root.is_dir() {
        return Err(format!("{} is no directory", options.root.display()).into());
    }
    let files = http::file_server(Dir::confined(&options.root)).precompressed(options.gzip);
    let handler: Arc<dyn Handler> =
        if options.gzip { Arc::new(logged(Gzip::new(files))) } else { Arc::new(logged(files)) };

    let listener = Listener::bind(&options.addr)?;
    let signals = Signals::new([SIGINT, SIGTERM])?;
    let server = Server { handler: Some(handler), ..Default::default() };
    let handle = server.handle();
    let stopping = thread::spawn(move || stop_at(signals, &handle));
    match server.serve(listener) {
        Err(error) if http::Error::ServerClosed.is(&error) => stopping.join().expect("nothing to panic about"),
        outcome => outcome?,
    }
    Ok(())
}

struct Options {
    addr: String,
    root: PathBuf,
    gzip: bool,
}

impl Options {
    fn parse() -> Result<Self, lexopt::Error> {
        let mut options = Self { addr: ":8080".to_owned(), root: ".".into(), gzip: false };
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("addr") => options.addr = arguments.value()?.string()?,
                Long("root") => options.root = arguments.value()?.into(),
                Long("gzip") => options.gzip = true,
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(options)
    }
}

/// Waits for a signal, then for the requests under way.
fn stop_at(mut signals: Signals, server: &ServerHandle) {
    if signals.forever().next().is_some() {
        let (patience, _) = Context::background().with_timeout(Duration::from_secs(30));
        // What is not done by then is cut.
        let _ = server.shutdown(&patience);
    }
}

/// Writes a line for each request that `next` answers.
fn logged(next: impl Handler) -> impl Handler {
    http::handler_func(move |w, r: &mut Request| {
        let mut line = Line {
            start: Instant::now(),
            remote_addr: r.remote_addr.clone(),
            method: r.method.clone(),
            uri: r.request_uri.clone(),
            proto: r.proto.clone(),
            status: None,
            bytes: 0,
        };
        next.serve_http(&mut Watched { inner: w, line: &mut line }, r);
        // A handler that wrote nothing has answered 200.
        line.status.get_or_insert(StatusCode::OK);
    })
}

/// What the log says of a request; written when it is dropped, and so in any case.
struct Line {
    start: Instant,
    remote_addr: Text,
    method: http::Method,
    uri: Text,
    proto: Text,
    status: Option<StatusCode>,
    /// Of the body, as handed to the server.
    bytes: u64,
}

impl Drop for Line {
    fn drop(&mut self) {
        let status = self.status.as_ref().map_or("-", StatusCode::as_str);
        // Quotes and control characters of a client are escaped: it must not be able to forge a line.
        let request = format!("{} {} {}", self.method, self.uri, self.proto);
        // A log that nobody reads any more is no reason to panic.
        let _ = writeln!(
            io::stdout().lock(),
            "{} {request:?} {status} {} {:.3}ms",
            self.remote_addr,
            self.bytes,
            self.start.elapsed().as_secs_f64() * 1e3
        );
    }
}

/// Notes the status and counts the body. All the rest is passed on, so that files are still sent without being copied.
struct Watched<'a> {
    inner: &'a mut dyn ResponseWriter,
    line: &'a mut Line,
}

impl Watched<'_> {
    fn count(&mut self, bytes: u64) {
        self.line.status.get_or_insert(StatusCode::OK);
        self.line.bytes += bytes;
    }
}

impl Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.count(count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.count(0);
        self.inner.flush()
    }
}

impl ResponseWriter for Watched<'_> {
    fn header(&mut self) -> &mut Header {
        self.inner.header()
    }

    fn write_header(&mut self, status: StatusCode) {
        if !status.is_informational() {
            self.line.status.get_or_insert(status);
        }
        self.inner.write_header(status);
    }

    fn read_from(&mut self, source: &mut dyn Read) -> (u64, Option<io::Error>) {
        let (count, error) = self.inner.read_from(source);
        self.count(count);
        (count, error)
    }

    fn send_file(&mut self, file: &File, offset: u64, length: u64) -> io::Result<u64> {
        let count = self.inner.send_file(file, offset, length)?;
        self.count(count);
        Ok(count)
    }

    fn unwrap(&mut self) -> Option<&mut dyn ResponseWriter> {
        Some(self.inner)
    }
}
