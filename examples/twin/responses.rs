//! Responses of many sizes and shapes.

use std::thread::sleep;
use std::time::Duration;

use http::io::{self, nil_or, nil_or_err};
use http::{Request, ResponseController, ResponseWriter, fprintf};
use nethttp as http;

use crate::MOD_TIME;
use crate::requests::checksum;
use crate::strconv;

pub(crate) fn size(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (n, err) = strconv::atoi(r.path_value("n"));
    if err.is_some() || !(0..=4 << 20).contains(&n) {
        http::error(w, "bad size", http::STATUS_BAD_REQUEST);
        return;
    }
    io::write(w, &strconv::repeat(b"x", n));
}

pub(crate) fn pieces(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (n, err1) = strconv::atoi(r.path_value("n"));
    let (count, err2) = strconv::atoi(r.path_value("count"));
    if err1.is_some() || err2.is_some() || n < 0 || count < 0 || n.wrapping_mul(count) > 4 << 20 {
        http::error(w, "bad size", http::STATUS_BAD_REQUEST);
        return;
    }
    let piece = strconv::repeat(b"p", n);
    for _ in 0..count {
        io::write(w, &piece);
    }
}

pub(crate) fn length(w: &mut dyn ResponseWriter, r: &mut Request) {
    w.header().set("Content-Length", r.path_value("declared"));
    w.header().set("Content-Type", "text/plain");
    let (n, _) = strconv::atoi(r.path_value("written"));
    for _ in 0..n {
        if let (_, Some(err)) = io::write_string(w, "z") {
            eprintln!("length: {err}");
            return;
        }
    }
}

pub(crate) fn flush(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (count, _) = strconv::atoi(r.path_value("count"));
    if !w.can_flush() {
        http::error(w, "no flusher", http::STATUS_INTERNAL_SERVER_ERROR);
        return;
    }
    for i in 0..count {
        fprintf!(w, "line {i}\n");
        let _ = w.flush();
    }
}

pub(crate) fn status(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (code, err) = strconv::atoi(r.path_value("code"));
    if err.is_some() {
        http::error(w, "bad code", http::STATUS_BAD_REQUEST);
        return;
    }
    w.write_header(http::status_code(code));
    let (n, err) = io::write_string(w, r.url.query().get("body"));
    if let Some(err) = err {
        eprintln!("status: wrote {n}: {err}");
    }
}

pub(crate) fn superfluous(w: &mut dyn ResponseWriter, _r: &mut Request) {
    w.write_header(http::STATUS_ACCEPTED);
    w.write_header(http::STATUS_TEAPOT);
    io::write_string(w, "accepted\n");
    w.write_header(http::STATUS_TEAPOT);
}

pub(crate) fn mutate(w: &mut dyn ResponseWriter, _r: &mut Request) {
    w.header().set("X-Before", "yes");
    w.write_header(http::STATUS_OK);
    w.header().set("X-After", "no");
    w.header().set("X-Before", "changed");
    io::write_string(w, "body\n");
    w.header().del("X-Before");
}

pub(crate) fn nil_date(w: &mut dyn ResponseWriter, _r: &mut Request) {
    w.header().suppress("Date");
    io::write_string(w, "no date\n");
}

pub(crate) fn nil_type(w: &mut dyn ResponseWriter, _r: &mut Request) {
    w.header().suppress("Content-Type");
    io::write_string(w, "<html>no type\n");
}

pub(crate) fn own_date(w: &mut dyn ResponseWriter, _r: &mut Request) {
    w.header().set("Date", http::format_time(*MOD_TIME));
    w.header().set("Server", "twin");
    io::write_string(w, "own date\n");
}

pub(crate) fn identity(w: &mut dyn ResponseWriter, _r: &mut Request) {
    w.header().set("Transfer-Encoding", "identity");
    io::write_string(w, "until the connection closes\n");
}

pub(crate) fn encoded(w: &mut dyn ResponseWriter, _r: &mut Request) {
    w.header().set("Content-Encoding", "br");
    io::write_string(w, "<html>not sniffed");
}

pub(crate) fn close_me(w: &mut dyn ResponseWriter, _r: &mut Request) {
    w.header().set("Connection", "close");
    io::write_string(w, "bye\n");
}

/// Sends the request body back in one write and sets no Content-Type.
pub(crate) fn sniff(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (body, err) = io::read_all(&mut r.body);
    if err.is_some() {
        http::abort_handler();
    }
    io::write(w, &body);
}

/// Lets `io::copy` find the response writer's `read_from`.
pub(crate) fn copy_n(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (n, _) = strconv::atoi(r.path_value("n"));
    let query = r.url.query();
    let cl = query.get("length");
    if cl != "" {
        w.header().set("Content-Length", cl);
    }
    let (written, err) = io::copy(w, &mut io::limit_reader(Zeros, n));
    eprintln!("copy: {} {}", written, nil_or(&err));
}

/// An endless reader of the digit 0.
struct Zeros;

impl std::io::Read for Zeros {
    fn read(&mut self, p: &mut [u8]) -> std::io::Result<usize> {
        p.fill(b'0');
        Ok(p.len())
    }
}

/// Runs the operations named in the query, in order: /do?op=set:X:1&op=write:hi
pub(crate) fn do_(w: &mut dyn ResponseWriter, r: &mut Request) {
    let mut notes = Vec::new();
    for op in r.url.query().values("op") {
        let (name, arg, _) = op.cut(":");
        let (key, value, _) = arg.cut(":");
        let (n, _) = strconv::atoi(&arg);
        match &*name {
            "set" => w.header().set(&key, value),
            "add" => w.header().add(&key, value),
            "del" => w.header().del(&arg),
            "nil" => w.header().suppress_raw(&arg),
            "raw" => w.header().append_raw(&key, value),
            "status" => w.write_header(http::status_code(n)),
            "write" => {
                let (got, err) = io::write(w, arg.as_bytes());
                fprintf!(&mut notes, "write {} {}\n", got, nil_or(&err));
            }
            "string" => {
                let (got, err) = io::write_string(w, arg);
                fprintf!(&mut notes, "string {} {}\n", got, nil_or(&err));
            }
            "fill" => {
                let (got, err) = io::write(w, &strconv::repeat(b"f", n));
                fprintf!(&mut notes, "fill {} {}\n", got, nil_or(&err));
            }
            "copy" => {
                let (got, err) = io::copy(w, &mut io::limit_reader(Zeros, n));
                fprintf!(&mut notes, "copy {} {}\n", got, nil_or(&err));
            }
            "flush" => fprintf!(&mut notes, "flush {}\n", nil_or_err(&ResponseController::new(w).flush())),
            "read" => {
                let (got, err) = io::read_full(&mut r.body, &mut strconv::make(n));
                fprintf!(&mut notes, "read {} {}\n", got, nil_or(&err));
            }
            "readall" => {
                let (body, err) = io::read_all(&mut r.body);
                fprintf!(&mut notes, "readall {} {:08x} {}\n", body.len(), checksum(&body), nil_or(&err));
            }
            "closebody" => fprintf!(&mut notes, "closebody {}\n", nil_or_err(&r.body.close())),
            "duplex" => fprintf!(&mut notes, "duplex {}\n", nil_or_err(&w.enable_full_duplex())),
            "sleep" => sleep(Duration::from_millis(n.try_into().unwrap_or(0))),
            "panic" => panic!("{arg}"),
            "abort" => http::abort_handler(),
            "error" => {
                let (code, _) = strconv::atoi(&key);
                http::error(w, value, http::status_code(code));
            }
            "notes" => {
                io::write(w, &notes);
                notes.clear();
            }
            _ => {}
        }
    }
}

pub(crate) fn trailer_declared(w: &mut dyn ResponseWriter, _r: &mut Request) {
    w.header().set("Trailer", "X-Sum, x-count");
    w.header().add("Trailer", "X-Unset");
    io::write_string(w, "body with trailers\n");
    w.header().set("X-Sum", "cafe");
    w.header().set("X-Count", "19");
    w.header().set("X-Undeclared", "dropped");
}

pub(crate) fn trailer_prefix(w: &mut dyn ResponseWriter, _r: &mut Request) {
    io::write(w, b"body, ");
    let _ = w.flush();
    io::write_string(w, "flushed\n");
    w.header().set(&format!("{}X-Late", http::TRAILER_PREFIX), "one");
    w.header().add(&format!("{}X-Late", http::TRAILER_PREFIX), "two");
}

pub(crate) fn hints(w: &mut dyn ResponseWriter, _r: &mut Request) {
    w.header().set("Link", "</style.css>; rel=preload; as=style");
    w.write_header(http::STATUS_EARLY_HINTS);
    w.header().add("Link", "</script.js>; rel=preload; as=script");
    w.write_header(http::STATUS_EARLY_HINTS);
    io::write_string(w, "hinted\n");
}

pub(crate) fn processing(w: &mut dyn ResponseWriter, _r: &mut Request) {
    w.header().set("X-Progress", "50%");
    w.write_header(http::STATUS_PROCESSING);
    w.header().del("X-Progress");
    w.write_header(http::STATUS_NO_CONTENT);
}

pub(crate) fn switch_protocols(w: &mut dyn ResponseWriter, _r: &mut Request) {
    w.header().set("Connection", "Upgrade");
    w.header().set("Upgrade", "twin/1");
    w.write_header(http::STATUS_SWITCHING_PROTOCOLS);
    let (_, err) = io::write_string(w, "not allowed");
    eprintln!("switch: {}", nil_or(&err));
}
