//! A small site that shows what is there, made for looking at in a browser.
//!
//! `cargo run --release --example site -- --addr 127.0.0.1:8080`; SIGINT or SIGTERM stops it when the requests under way
//! are answered.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use http::{Context, Handler, Listener, Request, ResponseWriter, ServeMux, Server, ServerHandle};
use lexopt::prelude::*;
use nethttp as http;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

mod picture;

/// The folder of this program, which `/files/` lists.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/site");

const FRONT: &str = include_str!("pages/front.html");
const RACE: &str = include_str!("pages/race.html");
const STYLE: &str = include_str!("pages/style.css");

fn main() -> Result<(), Box<dyn Error>> {
    let listener = Listener::bind(&address()?)?;
    let signals = Signals::new([SIGINT, SIGTERM])?;
    println!("listening on http://{}", listener.local_addr().expect("a TCP address"));
    let server = Server { handler: Some(Arc::new(routes())), ..Default::default() };
    let handle = server.handle();
    let stopping = thread::spawn(move || stop_at(signals, &handle));
    match server.serve(listener) {
        Err(error) if http::Error::ServerClosed.is(&error) => stopping.join().expect("nothing to panic about"),
        outcome => outcome?,
    }
    Ok(())
}

/// The address to listen on.
fn address() -> Result<String, lexopt::Error> {
    let mut addr = "127.0.0.1:8080".to_owned();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("addr") => addr = arguments.value()?.string()?,
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(addr)
}

/// Waits for a signal, then for the requests under way.
fn stop_at(mut signals: Signals, server: &ServerHandle) {
    if signals.forever().next().is_some() {
        let open = server.connections();
        let (patience, _) = Context::background().with_timeout(Duration::from_secs(10));
        match server.shutdown(&patience) {
            Ok(()) => println!("stopped; connections drained: {open}"),
            Err(_) => println!("stopped; connections drained: {} of {open}", open.saturating_sub(server.connections())),
        }
    }
}

fn routes() -> ServeMux {
    let mux = ServeMux::new();
    mux.handle("GET /{$}", page("text/html; charset=utf-8", FRONT));
    mux.handle("GET /style.css", page("text/css; charset=utf-8", STYLE));
    mux.handle("GET /picture.png", picture());
    mux.handle_func("GET /hello/{name}", hello);
    mux.handle_func("GET /chunks", chunks);
    mux.handle("GET /packed", http::Gzip::new(http::handler_func(packed)));
    mux.handle("GET /old", http::redirect_handler("/hello/redirected", http::STATUS_FOUND));
    mux.handle("GET /docs/", http::strip_prefix("/docs", http::handler_func(docs)));
    mux.handle("GET /files/", http::strip_prefix("/files/", http::file_server(http::Dir::new(SOURCES))));
    mux.handle_func("GET /slow", slow);
    mux.handle("GET /late", http::timeout_handler(slow, Duration::from_millis(300), "It took too long.\n"));
    mux.handle("GET /race", page("text/html; charset=utf-8", RACE));
    // A mux is a handle: its copies share their routes.
    let listed = mux.clone();
    mux.handle_func("GET /routes", move |w, _r| list(&listed, w));
    mux
}

/// A text that is always the same. Short ones get their length from the server, long ones would go out in chunks.
fn page(content_type: &'static str, text: &'static str) -> impl Handler {
    http::handler_func(move |w, _r| {
        w.header().set("Content-Type", content_type);
        w.write_all(text.as_bytes())
    })
}

/// The picture is too long for that, so its length is said beforehand.
fn picture() -> impl Handler {
    let png = picture::png();
    http::handler_func(move |w, _r| {
        w.header().set("Content-Type", "image/png");
        w.header().set("Content-Length", png.len().to_string());
        w.write_all(&png)
    })
}

fn hello(w: &mut dyn ResponseWriter, r: &mut Request) {
    http::fprintf!(w, "hello, {}\n", r.path_value("name"));
}

/// A page that comes bit by bit. The handler waits in between, and gives up when the client does.
fn chunks(w: &mut dyn ResponseWriter, r: &mut Request) -> io::Result<()> {
    w.header().set("Content-Type", "text/html; charset=utf-8");
    http::fprintf!(w, "{}<ol>\n", head("In chunks"));
    let start = Instant::now();
    for _ in 0..20 {
        http::fprintf!(w, "<li>a piece of its own, {} ms after the first\n", start.elapsed().as_millis());
        w.flush()?;
        if r.context().wait(Duration::from_millis(50)) {
            return Ok(());
        }
    }
    http::fprintf!(w, "</ol>\n{BACK}");
    Ok(())
}

/// Goes out packed to clients that say that they can unpack it.
fn packed(w: &mut dyn ResponseWriter, r: &mut Request) -> io::Result<()> {
    let mut text = format!("Accept-Encoding: {}\n\n", r.header.get("Accept-Encoding"));
    for number in 1_u64..=3000 {
        text += &format!("{number} squared is {}\n", number * number);
    }
    w.header().set("Content-Type", "text/plain; charset=utf-8");
    w.write_all(text.as_bytes())
}

/// Sees the path without the prefix.
fn docs(w: &mut dyn ResponseWriter, r: &mut Request) {
    http::fprintf!(w, "asked for {}\nthe handler sees {}\n", r.request_uri, r.url.path);
}

/// Blocks its thread, as a slow database might. Nobody else has to wait for it.
fn slow(w: &mut dyn ResponseWriter, _r: &mut Request) {
    let start = Instant::now();
    thread::sleep(Duration::from_secs(1));
    http::fprintf!(w, "blocked for {} ms\n", start.elapsed().as_millis());
}

fn list(mux: &ServeMux, w: &mut dyn ResponseWriter) {
    w.header().set("Content-Type", "text/html; charset=utf-8");
    http::fprintf!(w, "{}", head("Routes"));
    http::fprintf!(w, "<table>\n<tr><th>pattern<th>registered at<th>calls\n");
    for route in mux.routes() {
        let place = route.location;
        http::fprintf!(w, "<tr><td>{}<td>{}:{}<td>{}\n", route.pattern, place.file(), place.line(), route.hits);
    }
    http::fprintf!(w, "</table>\n{BACK}");
}

/// The beginning of a page that is made up as it goes out.
fn head(title: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<title>{title}</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n\
         <h1>{title}</h1>\n"
    )
}

const BACK: &str = "<p><a href=\"/\">Back</a>\n";
