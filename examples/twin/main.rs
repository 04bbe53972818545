//! A small HTTP service that touches every server-side corner of `nethttp`: a Go program of some ninety routes, ported line
//! by line.
//!
//! Each route is a few lines long and behaves the same on every run, so that its answers can be compared with those of
//! Go's `net/http` byte for byte. The sections of the Go program are modules here.
//!
//! `cargo run --example twin -- -addr 127.0.0.1:8081 -root DIRECTORY`

#![allow(clippy::comparison_to_empty, reason = "the text stands beside Go's, which compares so")]

use std::process::exit;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime};

use flag::Flag;
use http::Handler;
use nethttp as http;

mod connections;
mod files;
mod flag;
mod forms;
mod middleware;
mod patterns;
mod ready_made;
mod requests;
mod responses;
mod strconv;

use connections::*;
use files::*;
use forms::*;
use middleware::*;
use patterns::*;
use ready_made::*;
use requests::*;
use responses::*;

static ADDR: Flag<String> = flag::string("addr", "127.0.0.1:8081", "address to listen on");
static ROOT: Flag<String> = flag::string("root", "testdata", "directory served under /files/");
static READ_HEADER_TIMEOUT: Flag<Duration> =
    flag::duration("read-header-timeout", Duration::from_secs(2), "Server::read_header_timeout");
static IDLE_TIMEOUT: Flag<Duration> = flag::duration("idle-timeout", Duration::from_secs(3), "Server::idle_timeout");
static READ_TIMEOUT: Flag<Duration> = flag::duration("read-timeout", Duration::ZERO, "Server::read_timeout");
static WRITE_TIMEOUT: Flag<Duration> = flag::duration("write-timeout", Duration::ZERO, "Server::write_timeout");
static MAX_HEADER_BYTES: Flag<usize> = flag::int("max-header-bytes", 8192, "Server::max_header_bytes");

/// The modification time of everything this service serves.
static MOD_TIME: LazyLock<SystemTime> =
    LazyLock::new(|| http::parse_time("Tue, 02 Jan 2024 03:04:05 GMT").expect("a date"));

fn main() {
    flag::parse(&[&ADDR, &ROOT, &READ_HEADER_TIMEOUT, &IDLE_TIMEOUT, &READ_TIMEOUT, &WRITE_TIMEOUT, &MAX_HEADER_BYTES]);
    pin_mime_types();
    if let Err(err) = pin_times(&*ROOT) {
        fatal(&err);
    }

    let srv = http::Server {
        addr: ADDR.clone(),
        handler: Some(Arc::new(by_host(routes(), http::file_server(http::Dir::new(&*ROOT))))),
        read_header_timeout: *READ_HEADER_TIMEOUT,
        idle_timeout: *IDLE_TIMEOUT,
        read_timeout: *READ_TIMEOUT,
        write_timeout: *WRITE_TIMEOUT,
        max_header_bytes: *MAX_HEADER_BYTES,
        ..Default::default()
    };
    eprintln!("listening on {}", *ADDR);
    if let Err(err) = srv.listen_and_serve() {
        fatal(&err);
    }
}

/// Sends the virtual hosts bare.test and echo.test to handlers that are not behind a `ServeMux`, and everything else to
/// `mux`.
fn by_host(mux: impl Handler, bare: impl Handler) -> impl Handler {
    http::HandlerFunc(move |w, r| match &*r.host {
        "bare.test" => bare.serve_http(w, r),
        "echo.test" => echo(w, r),
        _ => mux.serve_http(w, r),
    })
}

#[allow(clippy::too_many_lines, reason = "one line for each route, as in the Go program")]
fn routes() -> http::ServeMux {
    let mux = http::ServeMux::new();

    // Requests, as the handler sees them.
    mux.handle_func("/{$}", index);
    mux.handle_func("/echo", echo);
    mux.handle_func("/echo/", echo);
    mux.handle_func("/echo-body", echo_body);
    mux.handle_func("/mirror", mirror);
    mux.handle_func("/partial/{n}", partial);
    mux.handle_func("/close-body", close_body);
    mux.handle_func("/two-reads", two_reads);
    mux.handle_func("/ignore-body", ignore_body);

    // Patterns.
    mux.handle_func("GET /items/{id}", show_pattern);
    mux.handle_func("DELETE /items/{id}", show_pattern);
    mux.handle_func("POST /items", show_pattern);
    mux.handle_func("/tree/{path...}", show_pattern);
    mux.handle_func("/exact/{$}", show_pattern);
    mux.handle_func("/subtree/", show_pattern);
    mux.handle_func("GET /getonly/", show_pattern);
    mux.handle_func("HEAD /headonly", show_pattern);
    mux.handle_func("/seg/{x}/tail", show_pattern);
    mux.handle_func("/seg/{x}/{y}", show_pattern);
    mux.handle_func("/seg/fixed/tail", show_pattern);
    mux.handle_func("/multi/{a}/{b}/{rest...}", show_pattern);
    mux.handle_func("/caf%C3%A9/{x}", show_pattern);
    mux.handle_func("api.test/v1/{x}", show_pattern);
    mux.handle_func("GET api.test/v1/special", show_pattern);
    mux.handle_func("/v1/{x}", show_pattern);
    mux.handle_func("CONNECT /tunnel", show_pattern);

    // Responses of many sizes and shapes.
    mux.handle_func("/size/{n}", size);
    mux.handle_func("/pieces/{n}/{count}", pieces);
    mux.handle_func("/length/{declared}/{written}", length);
    mux.handle_func("/flush/{count}", flush);
    mux.handle_func("/status/{code}", status);
    mux.handle_func("/superfluous", superfluous);
    mux.handle_func("/mutate", mutate);
    mux.handle_func("/nil-date", nil_date);
    mux.handle_func("/nil-type", nil_type);
    mux.handle_func("/own-date", own_date);
    mux.handle_func("/identity", identity);
    mux.handle_func("/encoded", encoded);
    mux.handle_func("/close-me", close_me);
    mux.handle_func("/sniff", sniff);
    mux.handle_func("/copy/{n}", copy_n);
    mux.handle_func("/do", do_);
    mux.handle_func("/trailer/declared", trailer_declared);
    mux.handle_func("/trailer/prefix", trailer_prefix);
    mux.handle_func("/hints", hints);
    mux.handle_func("/processing", processing);
    mux.handle_func("/switch", switch_protocols);

    // Helpers of the package.
    mux.handle_func("/error/{code}", fail);
    mux.handle("/notfound", http::not_found_handler());
    mux.handle_func("/redirect/", redirect);
    mux.handle("/moved", http::redirect_handler("/echo?from=moved", http::STATUS_MOVED_PERMANENTLY));
    mux.handle("/strip/", http::strip_prefix("/strip", http::HandlerFunc(echo)));
    mux.handle("/strip-deep/a%20b/", http::strip_prefix("/strip-deep/a b", http::HandlerFunc(echo)));
    mux.handle("/semicolons", http::allow_query_semicolons(http::HandlerFunc(echo)));
    mux.handle("/limit/handler", http::max_bytes_handler(http::HandlerFunc(limited), 10));
    mux.handle_func("/limit/reader", limit_reader);
    mux.handle("/timeout/", http::timeout_handler(timeouts(), Duration::from_millis(250), ""));
    mux.handle(
        "/timeout-msg/",
        http::strip_prefix(
            "/timeout-msg",
            http::timeout_handler(http::HandlerFunc(sleepy), Duration::from_millis(250), "too slow\n"),
        ),
    );

    // Failures and connections.
    mux.handle_func("/panic/before", |_w, _r| -> () { panic!("before") });
    mux.handle_func("/panic/after", panic_after);
    mux.handle_func("/panic/flushed", panic_flushed);
    mux.handle_func("/panic/abort", |_w, _r| -> () { http::abort_handler() });
    mux.handle_func("/hijack", hijack);
    mux.handle_func("/hijack-echo", hijack_echo);
    mux.handle_func("/hijack-late", hijack_late);
    mux.handle_func("/expect/read", echo_body);
    mux.handle_func("/expect/ignore", ignore_body);
    mux.handle_func("/expect/explicit", expect_explicit);
    mux.handle_func("/rc/read-deadline", read_deadline);
    mux.handle_func("/rc/write-deadline", write_deadline);
    mux.handle_func("/rc/duplex", full_duplex);
    mux.handle_func("/rc/half-duplex", half_duplex);
    mux.handle_func("/ctx/wait/{id}", context_wait);
    mux.handle_func("/ctx/status/{id}", context_status);

    // Forms, cookies and credentials.
    mux.handle_func("/form", form);
    mux.handle_func("/form-value", form_value);
    mux.handle_func("/multipart", multipart_form);
    mux.handle_func("/upload", upload);
    mux.handle_func("/cookie/set", cookie_set);
    mux.handle_func("/cookie/get", cookie_get);
    mux.handle_func("/auth", auth);
    mux.handle_func("/agent", agent);

    // Files.
    mux.handle("/files/", http::strip_prefix("/files", http::file_server(http::Dir::new(&*ROOT))));
    mux.handle("/fsys/", http::strip_prefix("/fsys", http::file_server_fs(http::DirFs::new(&*ROOT))));
    mux.handle_func("/content/{name}", content);
    mux.handle_func("/serve-file/{name...}", serve_file);

    // Middleware.
    mux.handle("/gz/", http::strip_prefix("/gz", gzipped(gz_routes())));
    mux.handle("/cop/", cross_origin(http::HandlerFunc(show_pattern)));

    mux
}

/// Go's `log.Fatal`.
fn fatal(err: &dyn std::error::Error) -> ! {
    eprintln!("{err}");
    exit(1)
}
