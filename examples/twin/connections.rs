//! Failures and connections.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use http::io::{self, nil_or};
use http::{Request, ResponseController, ResponseWriter, fprintf};
use nethttp as http;

pub(crate) fn panic_after(w: &mut dyn ResponseWriter, _r: &mut Request) {
    io::write_string(w, "this is buffered and lost\n");
    panic!("after");
}

pub(crate) fn panic_flushed(w: &mut dyn ResponseWriter, _r: &mut Request) {
    io::write_string(w, "this is sent\n");
    let _ = w.flush();
    panic!("flushed");
}

pub(crate) fn hijack(w: &mut dyn ResponseWriter, _r: &mut Request) {
    assert!(w.can_hijack(), "the writer is no hijacker");
    let (_conn, mut rw) = match w.hijack() {
        Ok(pair) => pair,
        Err(err) => {
            http::error(w, err.to_string(), http::STATUS_INTERNAL_SERVER_ERROR);
            return;
        }
    };
    let (_, werr) = io::write(w, b"lost");
    fprintf!(
        &mut rw,
        "HTTP/1.1 299 Hijacked\r\nX-Write-Error: {}\r\nConnection: close\r\n\r\nraw bytes",
        nil_or(&werr)
    );
    let _ = rw.flush();
}

/// Switches to a line protocol: every line comes back upper-cased.
pub(crate) fn hijack_echo(w: &mut dyn ResponseWriter, _r: &mut Request) {
    let (conn, mut rw) = match ResponseController::new(w).hijack() {
        Ok(pair) => pair,
        Err(err) => {
            http::error(w, err.to_string(), http::STATUS_INTERNAL_SERVER_ERROR);
            return;
        }
    };
    conn.set_deadline(Some(Instant::now() + Duration::from_secs(2)));
    io::write_string(&mut rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: lines\r\n\r\n");
    let _ = rw.flush();
    loop {
        let (line, err) = rw.read_string(b'\n');
        if err.is_some() || line == "quit\n" {
            return;
        }
        let _ = rw.write_string(line.to_uppercase());
        let _ = rw.flush();
    }
}

pub(crate) fn hijack_late(w: &mut dyn ResponseWriter, _r: &mut Request) {
    w.header().set("Content-Length", "9");
    io::write_string(w, "half");
    assert!(w.can_hijack(), "the writer is no hijacker");
    let Ok((conn, mut rw)) = w.hijack() else {
        return;
    };
    let _ = rw.write_string("+more");
    let _ = rw.flush();
    let _ = conn.close();
}

pub(crate) fn expect_explicit(w: &mut dyn ResponseWriter, r: &mut Request) {
    w.write_header(http::STATUS_CONTINUE);
    let (body, err) = io::read_all(&mut r.body);
    fprintf!(w, "read {} {}\n", body.len(), nil_or(&err));
}

pub(crate) fn read_deadline(w: &mut dyn ResponseWriter, r: &mut Request) {
    let mut rc = ResponseController::new(w);
    if let Err(err) = rc.set_read_deadline(Some(Instant::now() + Duration::from_millis(150))) {
        http::error(w, err.to_string(), http::STATUS_INTERNAL_SERVER_ERROR);
        return;
    }
    let (body, err) = io::read_all(&mut r.body);
    fprintf!(w, "read {} timeout={}\n", body.len(), err.is_some_and(|err| http::ERR_DEADLINE_EXCEEDED.is(&err)));
}

pub(crate) fn write_deadline(w: &mut dyn ResponseWriter, _r: &mut Request) {
    let mut rc = ResponseController::new(w);
    if let Err(err) = rc.set_write_deadline(Some(Instant::now() - Duration::from_secs(1))) {
        http::error(w, err.to_string(), http::STATUS_INTERNAL_SERVER_ERROR);
        return;
    }
    io::write_string(w, "never sent\n");
}

/// Answers each line of the body before it reads the next.
pub(crate) fn full_duplex(w: &mut dyn ResponseWriter, r: &mut Request) {
    if let Err(err) = w.enable_full_duplex() {
        http::error(w, err.to_string(), http::STATUS_INTERNAL_SERVER_ERROR);
        return;
    }
    w.write_header(http::STATUS_OK);
    let _ = w.flush();
    let mut line = [0; 4];
    loop {
        let (n, err) = io::read_full(&mut r.body, &mut line);
        if n > 0 {
            fprintf!(w, "got {}", http::Text::from(&line[..n]));
            let _ = w.flush();
        }
        if let Some(err) = err {
            fprintf!(w, "end {err}\n");
            return;
        }
    }
}

/// Reads the body only after it has started to answer.
pub(crate) fn half_duplex(w: &mut dyn ResponseWriter, r: &mut Request) {
    io::write_string(w, "early\n");
    let _ = w.flush();
    let (body, err) = io::read_all(&mut r.body);
    fprintf!(w, "late {} {}\n", body.len(), nil_or(&err));
}

static WAITS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

fn set_wait(id: &str, state: &str) {
    let mut waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
    waits.insert(id.to_owned(), state.to_owned());
}

fn get_wait(id: &str) -> String {
    let waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
    waits.get(id).cloned().unwrap_or_default()
}

/// Blocks until its client goes away, and remembers why it woke.
pub(crate) fn context_wait(w: &mut dyn ResponseWriter, r: &mut Request) {
    let id = r.path_value("id");
    set_wait(id, "waiting");
    if r.context().wait(Duration::from_millis(1500)) {
        set_wait(id, &nil_or(&r.context().err()).to_string());
    } else {
        set_wait(id, "timed out");
    }
    fprintf!(w, "{}\n", get_wait(id));
}

/// Waits a little for the state named in the query.
pub(crate) fn context_status(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (ctx, _cancel) = r.context().with_timeout(Duration::from_secs(1));
    let (id, query) = (r.path_value("id"), r.url.query());
    let want = query.get("want");
    while get_wait(id) != **want && ctx.err().is_none() {
        sleep(Duration::from_millis(5));
    }
    fprintf!(w, "{}\n", get_wait(id));
}
