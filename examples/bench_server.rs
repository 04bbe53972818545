//! The server that load benchmarks call, beside servers of other libraries that answer the same:
//! `bench_server --port 8080 --workers 2 --data FOLDER [--routes FILE]`.
//!
//! `/hello`, `/echo` (a POST that is sent back), `/stream` (256 writes of 4 KiB), `/gzip` (`page.html` of the data folder,
//! compressed at each request), `/static/` (its files), `/sleep10` and `/sleep10b` (10 ms of sleep). `--routes` adds those
//! of a JSON file, a list of `{"method": …, "pattern": …}`: each answers the value of its last wildcard. `--workers` is
//! the number of event loops.
//!
//! It is written as any program would be: nothing of an answer is kept between requests.

use std::error::Error;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, ResponseWriter};
use nethttp as http;

fn hello(w: &mut dyn ResponseWriter, _r: &mut Request) -> io::Result<()> {
    w.header().set("Content-Type", "text/plain; charset=utf-8");
    w.write_all(b"Hello, World!")
}

fn echo(w: &mut dyn ResponseWriter, r: &mut Request) -> io::Result<()> {
    r.body = http::max_bytes_reader(w, http::Body::take(&mut r.body), MAX_ECHO);
    let mut body = Vec::with_capacity(usize::try_from(r.content_length.clamp(0, MAX_ECHO)).unwrap_or_default());
    r.body.read_to_end(&mut body)?;
    w.header().set("Content-Type", "application/octet-stream");
    w.header().set("Content-Length", body.len().to_string());
    w.write_all(&body)
}

const MAX_ECHO: i64 = 1 << 20;

fn stream(w: &mut dyn ResponseWriter, _r: &mut Request) -> io::Result<()> {
    w.header().set("Content-Type", "text/plain");
    for _ in 0..256 {
        w.write_all(&[b'x'; 4096])?;
    }
    Ok(())
}

/// Holds its thread up, as a program does that waits for a database.
fn sleep(w: &mut dyn ResponseWriter, r: &mut Request) -> io::Result<()> {
    std::thread::sleep(Duration::from_millis(10));
    hello(w, r)
}

/// Answers the value of the pattern's last wildcard.
fn route(pattern: &str) -> impl Fn(&mut dyn ResponseWriter, &mut Request) -> io::Result<()> + use<> {
    let name = pattern.rsplit_once('{').map(|(_, rest)| rest.split('}').next().unwrap_or_default().to_owned());
    move |w, r| match &name {
        Some(name) => {
            w.header().set("Content-Type", "text/plain; charset=utf-8");
            w.write_all(r.path_value(name).as_bytes())
        }
        None => hello(w, r),
    }
}

fn add_routes(mux: &http::ServeMux, file: &PathBuf) -> Result<(), Box<dyn Error>> {
    let routes: serde_json::Value = serde_json::from_slice(&std::fs::read(file)?)?;
    for entry in routes.as_array().ok_or("the routes are no list")? {
        let field = |name: &str| entry[name].as_str().ok_or_else(|| format!("a route has no {name}"));
        let (method, pattern) = (field("method")?, field("pattern")?);
        mux.handle_func(&format!("{method} {pattern}"), route(pattern));
    }
    Ok(())
}

#[derive(Default)]
struct Options {
    port: u16,
    workers: usize,
    data: PathBuf,
    routes: Option<PathBuf>,
}

impl Options {
    fn parse() -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;
        let mut options = Self { port: 8080, data: ".".into(), ..Self::default() };
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("port") => options.port = arguments.value()?.parse()?,
                Long("workers") => options.workers = arguments.value()?.parse()?,
                Long("data") => options.data = arguments.value()?.into(),
                Long("routes") => options.routes = Some(arguments.value()?.into()),
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(options)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse()?;
    let page = std::fs::read(options.data.join("page.html"))?;
    let mux = http::ServeMux::new();
    mux.handle_func("GET /hello", hello);
    mux.handle_func("POST /echo", echo);
    mux.handle_func("GET /stream", stream);
    mux.handle_func("GET /sleep10", sleep);
    mux.handle_func("GET /sleep10b", sleep);
    mux.handle("GET /static/", http::strip_prefix("/static/", http::file_server(http::Dir::new(&options.data))));
    mux.handle(
        "GET /gzip",
        http::Gzip::new(http::handler_func(move |w, _r| {
            w.header().set("Content-Type", "text/html; charset=utf-8");
            w.write_all(&page)
        })),
    );
    if let Some(file) = &options.routes {
        add_routes(&mux, file)?;
    }
    let server = http::Server {
        addr: format!("127.0.0.1:{}", options.port),
        handler: Some(Arc::new(mux)),
        loops: options.workers,
        ..Default::default()
    };
    server.listen_and_serve()?;
    Ok(())
}
