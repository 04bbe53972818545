//! The program that the conversations are held with: the oracle's, ported file by file and line by line.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{panic, thread};

use http::{Context, Server};
use nethttp as http;
use tempfile::TempDir;

use act::act;
use connections::{
    journal, last_words, late_write, note, slow_body, tag, take_over, take_over_late, take_over_left, take_over_lines,
    talk, wait, with_journal,
};
use files::{clip, furnish, one_file};
use patterns::{PATTERNS, matched};
use ready::{hurried, most, most_form, own_site, redirect};
use requests::{after_close, count, front, ignore, mirror, parts, seen};
use values::{bake, cookies, form, form_file, form_parts, form_stream, form_value, who};
use wrapped::{loud, nested};

mod act;
mod connections;
mod files;
mod patterns;
mod ready;
mod requests;
mod values;
mod wrapped;

/// The program while it runs.
#[derive(Debug)]
pub struct Program {
    servers: Vec<(&'static str, SocketAddr, http::ServerHandle)>,
    _dir: TempDir,
}

impl Program {
    /// Starts its servers, each on a free port.
    ///
    /// # Errors
    ///
    /// Those of making files and of listening.
    pub fn start() -> io::Result<Self> {
        let dir = tempfile::tempdir()?;
        furnish(dir.path())?;
        let mut running = Vec::new();
        for (name, server) in servers(dir.path()) {
            let ln = TcpListener::bind("127.0.0.1:0")?;
            let server = Server { error_log: Some(Arc::new(|_| {})), ..server };
            running.push((name, ln.local_addr()?, server.handle()));
            thread::spawn(move || server.serve(ln));
        }
        Ok(Self { servers: running, _dir: dir })
    }

    /// The names of the servers and where they listen.
    #[must_use]
    pub fn addresses(&self) -> Vec<(String, SocketAddr)> {
        self.servers.iter().map(|(name, addr, _)| ((*name).to_owned(), *addr)).collect()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        for (_, _, server) in &self.servers {
            server.close();
        }
    }
}

/// Keeps what handlers panic with, as many conversations want, out of the output of this process.
pub fn silence_handlers() {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::current().name().is_none_or(|name| !name.starts_with("nethttp")) {
            hook(info);
        }
    }));
}

/// One server for each way of setting the limits.
fn servers(dir: &Path) -> Vec<(&'static str, Server)> {
    let h: Arc<dyn http::Handler> = Arc::new(routes(dir));
    let of = || Server { handler: Some(Arc::clone(&h)), ..Server::go_defaults() };
    let ms = Duration::from_millis;
    let single = of();
    single.set_keep_alives_enabled(false);
    vec![
        (
            "plain",
            Server {
                conn_state: Some(Arc::new(note)),
                conn_context: Some(Arc::new(with_journal)),
                base_context: Some(Arc::new(with_tag)),
                ..of()
            },
        ),
        ("tight", Server { max_header_bytes: 4096, max_header_value_count: 20, ..of() }),
        ("heads", Server { read_header_timeout: ms(600), idle_timeout: ms(2000), ..of() }),
        ("bodies", Server { read_timeout: ms(600), ..of() }),
        ("writes", Server { write_timeout: ms(500), ..of() }),
        ("single", single),
        (
            "bare",
            Server {
                handler: Some(Arc::new(http::HandlerFunc(seen))),
                disable_general_options_handler: true,
                ..Server::go_defaults()
            },
        ),
        // Go's zero value, and here the one that has limits.
        ("zero", Server { handler: Some(Arc::clone(&h)), ..Server::default() }),
    ]
}

struct Tag(&'static str);

fn with_tag(_ln: &http::Text) -> Context {
    Context::background().with_value(Tag("from the listener"))
}

fn routes(dir: &Path) -> http::ServeMux {
    let mux = http::ServeMux::new();

    // What a handler sees, and a handler that does what its path says.
    mux.handle_func("/{$}", front);
    mux.handle_func("/seen", seen);
    mux.handle_func("/seen/", seen);
    mux.handle_func("/act/", act);
    mux.handle_func("/ignore", ignore);
    mux.handle_func("/count", count);
    mux.handle_func("/mirror", mirror);
    mux.handle_func("/parts/{n}", parts);
    mux.handle_func("/after-close", after_close);

    // Connections.
    mux.handle_func("/journal", journal);
    mux.handle_func("/journal/{id}", last_words);
    mux.handle_func("/tag", tag);
    mux.handle_func("/wait/{id}", wait);
    mux.handle_func("/take-over", take_over);
    mux.handle_func("/take-over/lines", take_over_lines);
    mux.handle_func("/take-over/late", take_over_late);
    mux.handle_func("/take-over/left", take_over_left);
    mux.handle_func("/talk", talk);
    mux.handle_func("/slow-body", slow_body);
    mux.handle_func("/late-write", late_write);

    // Forms and fields.
    mux.handle_func("/form", form);
    mux.handle_func("/form/value", form_value);
    mux.handle_func("/form/parts", form_parts);
    mux.handle_func("/form/file", form_file);
    mux.handle_func("/form/stream", form_stream);
    mux.handle_func("/cookies", cookies);
    mux.handle_func("/bake", bake);
    mux.handle_func("/who", who);

    // Ready-made handlers.
    let brief = Duration::from_millis(400);
    mux.handle("/gone", http::not_found_handler());
    mux.handle("/old", http::redirect_handler("/seen?new=1", http::STATUS_PERMANENT_REDIRECT));
    mux.handle_func("/go/", redirect);
    mux.handle("/inner/", http::strip_prefix("/inner", http::HandlerFunc(seen)));
    mux.handle("/in%20ner/", http::strip_prefix("/in ner", http::HandlerFunc(seen)));
    mux.handle("/semi", http::allow_query_semicolons(http::HandlerFunc(form)));
    mux.handle("/most/20", http::max_bytes_handler(http::HandlerFunc(count), 20));
    mux.handle_func("/most", most);
    mux.handle_func("/most/form", most_form);
    mux.handle("/hurry/", http::strip_prefix("/hurry", http::timeout_handler(hurried(), brief, "")));
    mux.handle(
        "/hurry-text/",
        http::strip_prefix("/hurry-text", http::timeout_handler(hurried(), brief, "<h1>late</h1>")),
    );
    mux.handle("/own-site/", own_site());

    // Files.
    mux.handle("/disk/", http::strip_prefix("/disk", http::file_server(http::Dir::new(dir))));
    mux.handle("/fsys/", http::strip_prefix("/fsys", http::file_server_fs(http::DirFs::new(dir))));
    mux.handle("/one/{name...}", one_file(dir));
    mux.handle_func("/clip/{name}", clip);

    // Wrappers.
    mux.handle("/loud/", http::strip_prefix("/loud", loud(http::HandlerFunc(act))));
    mux.handle("/loud-lines", loud(http::HandlerFunc(take_over_lines)));
    mux.handle("/loud-late", loud(http::HandlerFunc(late_write)));
    mux.handle("/loud-disk/", http::strip_prefix("/loud-disk", loud(http::file_server(http::Dir::new(dir)))));
    mux.handle("/nested/{b}/", nested());

    // Patterns.
    for pattern in PATTERNS {
        mux.handle_func(pattern, matched);
    }
    mux
}
