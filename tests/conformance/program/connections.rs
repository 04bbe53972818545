//! Connections: their states and contexts, taking them over, deadlines.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use http::io::{self, nil_or, nil_or_err};
use http::{ConnInfo, ConnState, Context, Request, ResponseController, ResponseWriter, Text, fprintf};
use nethttp as http;

use super::Tag;
use super::act::{make, milliseconds, number};

type Texts = BTreeMap<String, String>;

/// The journals of connections by address: the states they have been in.
static BY_ADDR: Mutex<Texts> = Mutex::new(Texts::new());

/// The addresses of connections that have been given a name.
static BY_NAME: Mutex<Texts> = Mutex::new(Texts::new());

fn lock(texts: &Mutex<Texts>) -> MutexGuard<'_, Texts> {
    texts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes down a state that a connection enters.
pub(super) fn note(conn: &ConnInfo, state: ConnState) {
    let mut journals = lock(&BY_ADDR);
    let journal = journals.entry(conn.remote_addr.to_string()).or_default();
    if state == http::STATE_NEW {
        journal.clear();
    }
    *journal += &format!("{state} ");
}

struct Addr(String);

#[allow(clippy::needless_pass_by_value, reason = "as the hook has it")]
pub(super) fn with_journal(ctx: Context, conn: &ConnInfo) -> Context {
    ctx.with_value(Addr(conn.remote_addr.to_string()))
}

/// Shows the states of its own connection so far, and names the journal after the query, so that others can ask for it.
pub(super) fn journal(w: &mut dyn ResponseWriter, r: &mut Request) {
    let ctx = r.context();
    let addr = ctx.value::<Addr>().map_or("", |addr| &addr.0);
    let query = r.url.query();
    let name = query.get("name");
    if !name.is_empty() {
        lock(&BY_NAME).insert(name.to_string(), addr.to_owned());
    }
    let states = lock(&BY_ADDR).get(addr).cloned().unwrap_or_default();
    fprintf!(w, "{states} {}\n", r.remote_addr == addr);
}

/// Shows the journal of another connection once that has ended.
pub(super) fn last_words(w: &mut dyn ResponseWriter, r: &mut Request) {
    for _ in 0..400 {
        let addr = lock(&BY_NAME).get(r.path_value("id").as_str()).cloned().unwrap_or_default();
        let states = lock(&BY_ADDR).get(&addr).cloned().unwrap_or_default();
        if states.ends_with("closed ") || states.ends_with("hijacked ") {
            fprintf!(w, "{states}\n");
            return;
        }
        sleep(Duration::from_millis(10));
    }
    fprintf!(w, "has not ended\n");
}

/// Shows what the base context brought.
pub(super) fn tag(w: &mut dyn ResponseWriter, r: &mut Request) {
    let ctx = r.context();
    let text = ctx.value::<Tag>().map_or("", |tag| tag.0);
    let server = ctx.value_of(http::SERVER_CONTEXT_KEY);
    let addr = ctx.value_of(http::LOCAL_ADDR_CONTEXT_KEY);
    let here = addr.is_some_and(|addr| addr.starts_with("127.0.0.1:"));
    fprintf!(w, "[{text}] {} {} {here}\n", server.is_some(), addr.is_some());
}

static WOKEN: Mutex<Texts> = Mutex::new(Texts::new());

/// Waits for its client to go away; `told` shows how such a wait ended.
pub(super) fn wait(w: &mut dyn ResponseWriter, r: &mut Request) {
    let id = r.path_value("id");
    if !r.url.query().get("ask").is_empty() {
        told(w, id);
        return;
    }
    let mut why = "nobody left".to_owned();
    if r.context().wait(Duration::from_millis(1500)) {
        why = nil_or(&r.context().err()).to_string();
    }
    lock(&WOKEN).insert(id.to_string(), why);
}

fn told(w: &mut dyn ResponseWriter, id: &Text) {
    for _ in 0..500 {
        let why = lock(&WOKEN).get(id.as_str()).cloned().unwrap_or_default();
        if !why.is_empty() {
            fprintf!(w, "{why}\n");
            return;
        }
        sleep(Duration::from_millis(10));
    }
    fprintf!(w, "still waiting\n");
}

/// Answers by itself, over the connection.
pub(super) fn take_over(w: &mut dyn ResponseWriter, _r: &mut Request) {
    let (_conn, mut rw) = match w.hijack() {
        Ok(pair) => pair,
        Err(err) => {
            http::error(w, err.to_string(), http::STATUS_INTERNAL_SERVER_ERROR);
            return;
        }
    };
    let (n, write_err) = io::write_string(w, "by the writer");
    let again = w.hijack();
    w.write_header(http::STATUS_TEAPOT);
    fprintf!(
        &mut rw,
        "HTTP/1.1 200 Mine\r\nX-Write: {n} {}\r\nX-Again: {}\r\n\r\n",
        nil_or(&write_err),
        nil_or_err(&again)
    );
    let _ = rw.flush();
}

/// Sends lines back, the letters in reverse order.
pub(super) fn take_over_lines(w: &mut dyn ResponseWriter, _r: &mut Request) {
    let (conn, mut rw) = match ResponseController::new(w).hijack() {
        Ok(pair) => pair,
        Err(err) => {
            http::error(w, err.to_string(), http::STATUS_INTERNAL_SERVER_ERROR);
            return;
        }
    };
    conn.set_deadline(Some(Instant::now() + Duration::from_secs(5)));
    fprintf!(&mut rw, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: lines\r\nConnection: Upgrade\r\n\r\n");
    let _ = rw.flush();
    loop {
        let (line, err) = rw.read_string(b'\n');
        if let Some(err) = err {
            fprintf!(&mut rw, "({line}) {err}\n");
            let _ = rw.flush();
            return;
        }
        if line == "end\n" {
            return;
        }
        let _ = rw.write_string(reversed(&line.as_bytes()[..line.len() - 1]) + "\n");
        let _ = rw.flush();
    }
}

fn reversed(line: &[u8]) -> String {
    line.iter().rev().map(|&letter| char::from(letter)).collect()
}

/// Takes the connection over when the answer has begun.
pub(super) fn take_over_late(w: &mut dyn ResponseWriter, r: &mut Request) {
    w.header().set("Content-Length", "20");
    io::write_string(w, "begun, ");
    if !r.url.query().get("flush").is_empty() {
        let _ = w.flush();
    }
    let Ok((_conn, mut rw)) = w.hijack() else {
        return;
    };
    fprintf!(&mut rw, "taken over");
    let _ = rw.flush();
}

/// Tells what of the body has been read already.
pub(super) fn take_over_left(w: &mut dyn ResponseWriter, r: &mut Request) {
    let mut piece = make(number(r.url.query().get("take")));
    let (n, err) = io::read_full(&mut r.body, &mut piece);
    let Ok((conn, mut rw)) = w.hijack() else {
        return;
    };
    conn.set_read_deadline(Some(Instant::now() + Duration::from_millis(200)));
    let (rest, _) = io::read_all(&mut rw);
    fprintf!(&mut rw, "took {n} [{}] {}, left [{}]\n", Text::from(&piece[..n]), nil_or(&err), Text::from(rest));
    let _ = rw.flush();
}

/// Answers each five bytes of the body before it reads the next.
pub(super) fn talk(w: &mut dyn ResponseWriter, r: &mut Request) {
    if let Err(err) = w.enable_full_duplex() {
        http::error(w, err.to_string(), http::STATUS_INTERNAL_SERVER_ERROR);
        return;
    }
    let _ = w.flush();
    let mut five = [0; 5];
    loop {
        let (n, err) = io::read_full(&mut r.body, &mut five);
        fprintf!(w, "<{}>", Text::from(&five[..n]));
        if let Some(err) = err {
            fprintf!(w, " {err}\n");
            return;
        }
        let _ = w.flush();
    }
}

/// Gives the client a time for the body.
pub(super) fn slow_body(w: &mut dyn ResponseWriter, r: &mut Request) {
    let deadline = Instant::now() + milliseconds(r.url.query().get("ms"));
    let err = w.set_read_deadline(Some(deadline));
    let (body, read_err) = io::read_all(&mut r.body);
    let late = read_err.is_some_and(|err| http::ERR_DEADLINE_EXCEEDED.is(&err));
    fprintf!(w, "{}, read [{}], late {late}\n", nil_or_err(&err), Text::from(body));
}

/// Writes when its time is up.
pub(super) fn late_write(w: &mut dyn ResponseWriter, r: &mut Request) {
    if !r.url.query().get("flush").is_empty() {
        io::write_string(w, "in time\n");
        let _ = w.flush();
    }
    if let Err(err) = w.set_write_deadline(Some(Instant::now() - Duration::from_secs(1))) {
        http::error(w, err.to_string(), http::STATUS_INTERNAL_SERVER_ERROR);
        return;
    }
    io::write_string(w, "too late\n");
}
