//! Requests, as the handler sees them.

use std::io::Write;
use std::net::SocketAddr;

use http::io::{self, nil_or, nil_or_err};
use http::{Request, ResponseWriter, Text, fprintf, url};
use nethttp as http;

use crate::strconv;

pub(crate) fn index(w: &mut dyn ResponseWriter, _r: &mut Request) {
    io::write_string(w, "twin\n");
}

/// Writes down everything a handler can know about the request.
pub(crate) fn echo(w: &mut dyn ResponseWriter, r: &mut Request) {
    w.header().set("Content-Type", "text/plain; charset=utf-8");
    fprintf!(w, "method={}\n", r.method);
    fprintf!(w, "uri={}\n", r.request_uri);
    fprintf!(w, "proto={} {}.{}\n", r.proto, r.proto_major, r.proto_minor);
    fprintf!(w, "host={}\n", r.host);
    fprintf!(w, "url.scheme={}\n", r.url.scheme);
    fprintf!(w, "url.opaque={}\n", r.url.opaque);
    fprintf!(w, "url.user={}\n", r.url.user.clone().unwrap_or_default());
    fprintf!(w, "url.host={}\n", r.url.host);
    fprintf!(w, "url.path={}\n", r.url.path);
    fprintf!(w, "url.rawpath={}\n", r.url.raw_path);
    fprintf!(w, "url.escaped={}\n", r.url.escaped_path());
    fprintf!(w, "url.rawquery={}\n", r.url.raw_query);
    fprintf!(w, "url.forcequery={}\n", r.url.force_query);
    fprintf!(w, "url.string={}\n", r.url);
    write_values(w, "query", &r.url.query());
    fprintf!(w, "length={}\n", r.content_length);
    fprintf!(w, "te={}\n", Text::join(&r.transfer_encoding, ","));
    fprintf!(w, "close={}\n", r.close);
    fprintf!(w, "pattern={}\n", r.pattern);
    write_values(w, "header", &url::Values::from(&r.header));
    write_values(w, "trailer", &url::Values::from(r.trailer()));
    let addr = r.remote_addr.parse::<SocketAddr>();
    fprintf!(w, "remote={}\n", addr.is_ok());
    fprintf!(w, "tls={}\n", r.tls.is_some());
}

pub(crate) fn write_values<W: Write + ?Sized>(w: &mut W, label: &str, v: &url::Values) {
    for k in sorted_keys(v) {
        for value in v.values(k) {
            fprintf!(w, "{label} {k}=[{value}]\n");
        }
        if v.values(k).is_empty() {
            fprintf!(w, "{label} {k}\n");
        }
    }
}

fn sorted_keys(v: &url::Values) -> Vec<&Text> {
    let mut keys = Vec::with_capacity(v.len());
    for k in v.keys() {
        keys.push(k);
    }
    keys.sort();
    keys
}

/// Reads the whole body and reports on it.
pub(crate) fn echo_body(w: &mut dyn ResponseWriter, r: &mut Request) {
    w.header().set("Content-Type", "text/plain; charset=utf-8");
    let (body, err) = io::read_all(&mut r.body);
    fprintf!(
        w,
        "length={} te={} read={} sum={:08x} err={}\n",
        r.content_length,
        Text::join(&r.transfer_encoding, ","),
        body.len(),
        checksum(&body),
        nil_or(&err)
    );
    write_values(w, "trailer", &url::Values::from(r.trailer()));
    if body.len() <= 64 {
        fprintf!(w, "body=[{}]\n", Text::from(body));
    }
}

/// 32-bit FNV-1a.
pub(crate) fn checksum(b: &[u8]) -> u32 {
    let mut h = 2166136261u32;
    for &c in b {
        h ^= u32::from(c);
        h = h.wrapping_mul(16777619);
    }
    h
}

pub(crate) fn mirror(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (body, err) = io::read_all(&mut r.body);
    if let Some(err) = err {
        http::error(w, err.to_string(), http::STATUS_BAD_REQUEST);
        return;
    }
    let ct = r.header.get("Content-Type");
    if ct != "" {
        w.header().set("Content-Type", ct);
    }
    io::write(w, &body);
}

/// Reads n bytes of the body and leaves the rest to the server.
pub(crate) fn partial(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (n, err) = strconv::atoi(r.path_value("n"));
    if err.is_some() {
        http::error(w, "bad n", http::STATUS_BAD_REQUEST);
        return;
    }
    let mut buf = strconv::make(n);
    let (got, err) = io::read_full(&mut r.body, &mut buf);
    fprintf!(w, "got={} sum={:08x} err={}\n", got, checksum(&buf[..got]), nil_or(&err));
}

pub(crate) fn close_body(w: &mut dyn ResponseWriter, r: &mut Request) {
    let err = r.body.close();
    let (n, rerr) = io::read(&mut r.body, &mut [0; 1]);
    fprintf!(w, "close={} read={} {}\n", nil_or_err(&err), n, nil_or(&rerr));
}

pub(crate) fn two_reads(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (first, err) = io::read_all(&mut r.body);
    fprintf!(w, "first={} {}\n", first.len(), nil_or(&err));
    let (n, err) = io::read(&mut r.body, &mut [0; 16]);
    fprintf!(w, "second={} {}\n", n, nil_or(&err));
}

pub(crate) fn ignore_body(w: &mut dyn ResponseWriter, _r: &mut Request) {
    io::write_string(w, "ignored\n");
}
