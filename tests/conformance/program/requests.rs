//! Requests, as handlers see them.

use std::io::Write;
use std::net::SocketAddr;

use http::io::{self, nil_or, nil_or_err};
use http::{Request, ResponseWriter, Text, fprintf, url};
use nethttp as http;

use super::act::{make, number};

pub(super) fn front(w: &mut dyn ResponseWriter, _r: &mut Request) {
    io::write_string(w, "front\n");
}

/// Tells all that there is to know about a request.
pub(super) fn seen(w: &mut dyn ResponseWriter, r: &mut Request) {
    w.header().set("Content-Type", "text/plain");
    fprintf!(w, "{} [{}] {} {} {}\n", r.method, r.request_uri, r.proto, r.proto_major, r.proto_minor);
    fprintf!(w, "host [{}] pattern [{}]\n", r.host, r.pattern);
    let u = &r.url;
    let user = u.user.clone().unwrap_or_default();
    fprintf!(w, "url [{}] [{}] [{user}] [{}]\n", u.scheme, u.opaque, u.host);
    fprintf!(w, "path [{}] raw [{}] escaped [{}]\n", u.path, u.raw_path, u.escaped_path());
    fprintf!(w, "query [{}] {} fragment [{}]\n", u.raw_query, u.force_query, u.fragment);
    fprintf!(w, "whole [{u}]\n");
    table(w, "q", &u.query());
    let coding = Text::join(&r.transfer_encoding, ",");
    fprintf!(w, "length {} coding {coding} close {}\n", r.content_length, r.close);
    table(w, "h", &url::Values::from(&r.header));
    table(w, "t", &url::Values::from(r.trailer()));
    let addr = r.remote_addr.parse::<SocketAddr>();
    let host = addr.as_ref().map(|addr| addr.ip().to_string()).unwrap_or_default();
    fprintf!(w, "from {host} {} tls {}\n", nil_or_err(&addr), r.tls.is_some());
}

pub(super) fn table<W: Write + ?Sized>(w: &mut W, label: &str, v: &url::Values) {
    let mut names: Vec<_> = v.keys().collect();
    names.sort();
    for name in names {
        fprintf!(w, "{label} {name}");
        for value in v.values(name) {
            fprintf!(w, " [{value}]");
        }
        fprintf!(w, "\n");
    }
}

pub(super) fn ignore(w: &mut dyn ResponseWriter, _r: &mut Request) {
    io::write_string(w, "not read\n");
}

/// Reads all of the body and says what it was.
pub(super) fn count(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (body, err) = io::read_all(&mut r.body);
    fprintf!(w, "announced {} coding {}\n", r.content_length, Text::join(&r.transfer_encoding, ","));
    fprintf!(w, "read {} sum {} error {}\n", body.len(), sum(&body), nil_or(&err));
    if body.len() < 100 {
        fprintf!(w, "body [{}]\n", Text::from(body));
    }
    table(w, "t", &url::Values::from(r.trailer()));
}

/// Fletcher's checksum of 32 bits, a byte at a time.
pub(super) fn sum(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (0, 0);
    for &c in bytes {
        a = (a + u32::from(c)) % 65535;
        b = (b + a) % 65535;
    }
    b << 16 | a
}

pub(super) fn mirror(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (body, err) = io::read_all(&mut r.body);
    if let Some(err) = err {
        http::error(w, err.to_string(), http::STATUS_BAD_REQUEST);
        return;
    }
    for kind in r.header.values("Content-Type") {
        w.header().add("Content-Type", kind);
    }
    io::write(w, &body);
}

/// Reads the body in pieces of n bytes.
pub(super) fn parts(w: &mut dyn ResponseWriter, r: &mut Request) {
    let n = number(r.path_value("n"));
    let mut piece = make(n);
    loop {
        let (got, err) = io::read_full(&mut r.body, &mut piece);
        fprintf!(w, "{got} [{}] {}\n", Text::from(&piece[..got]), nil_or(&err));
        if err.is_some() {
            return;
        }
    }
}

pub(super) fn after_close(w: &mut dyn ResponseWriter, r: &mut Request) {
    let err = r.body.close();
    let (n, read_err) = io::read(&mut r.body, &mut [0; 8]);
    fprintf!(w, "close {}, then {n} {}\n", nil_or_err(&err), nil_or(&read_err));
    let err = r.body.close();
    fprintf!(w, "again {}\n", nil_or_err(&err));
}
