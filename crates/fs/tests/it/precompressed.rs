//! `FileServer::precompressed`.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use nethttp_core::{Handler, Header, Request, ResponseWriter};
use nethttp_fs::{Dir, file_server};

use crate::support::{Wire, get, mod_time, parse_request, put, split};

const SECOND: Duration = Duration::from_secs(1);

fn tree() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    put(tree.path(), "a.js", "plain text");
    put(tree.path(), "a.js.gz", "gz");
    put(tree.path(), "alone.js", "alone");
    put(tree.path(), "page", "<html>");
    put(tree.path(), "page.gz", "gzpage");
    put(tree.path(), "index.html", "<p>index");
    put(tree.path(), "index.html.gz", "gzindex");
    tree
}

fn ask(root: &Path, request: Request) -> (String, Header, String) {
    ask_with(root, request, &[])
}

fn ask_with(root: &Path, mut request: Request, fields: &[(&str, &str)]) -> (String, Header, String) {
    let mut w = Wire::new(&request.method);
    w.sends_files = true;
    for (name, value) in fields {
        w.header().set(name, value);
    }
    file_server(Dir::new(root)).precompressed(true).serve_http(&mut w, &mut request);
    let (head, body) = split(&w.finish());
    let mut lines = head.lines();
    let status = lines.next().unwrap().strip_prefix("HTTP/1.1 ").unwrap().to_owned();
    let header = lines.map(|line| line.split_once(": ").unwrap()).collect();
    (status, header, String::from_utf8(body).unwrap())
}

const GZIP: (&str, &str) = ("Accept-Encoding", "br, gzip");

#[test]
fn the_sibling_goes_to_those_who_take_it() {
    let tree = tree();
    for (target, accept, expected, kind) in [
        ("/a.js", "gzip", "gz", "text/javascript; charset=utf-8"),
        ("/a.js", "gzip;q=0.5", "gz", "text/javascript; charset=utf-8"),
        ("/a.js", "*", "gz", "text/javascript; charset=utf-8"),
        ("/a.js", "", "plain text", "text/javascript; charset=utf-8"),
        ("/a.js", "gzip;q=0", "plain text", "text/javascript; charset=utf-8"),
        ("/a.js", "x-gzipped, br", "plain text", "text/javascript; charset=utf-8"),
        ("/a.js", "identity, gzip;q=0.9", "plain text", "text/javascript; charset=utf-8"),
        ("/alone.js", "gzip", "alone", "text/javascript; charset=utf-8"),
        // The type of what is packed, not of the packing.
        ("/page", "gzip", "gzpage", "text/html; charset=utf-8"),
        ("/", "gzip", "gzindex", "text/html; charset=utf-8"),
        ("/", "", "<p>index", "text/html; charset=utf-8"),
    ] {
        let (status, header, body) = ask(tree.path(), get(target, &[("Accept-Encoding", accept)]));
        assert_eq!((&*status, &*body), ("200 OK", expected), "{target} {accept}");
        let is_sibling = expected.starts_with("gz");
        assert_eq!(header.get("Content-Encoding"), if is_sibling { "gzip" } else { "" });
        assert_eq!(header.get("Content-Length"), &*expected.len().to_string());
        assert_eq!(header.get("Content-Type"), kind);
        // pitfall B10
        assert_eq!(header.get("Vary"), "Accept-Encoding", "{target} {accept}");
    }
    // pitfall B14: nothing is left behind.
    assert_eq!(std::fs::read_dir(tree.path()).unwrap().count(), 7);
}

// pitfall B11
#[test]
fn each_variant_has_its_tag() {
    let tree = tree();
    let (_, plain, _) = ask(tree.path(), get("/a.js", &[]));
    let (_, packed, _) = ask(tree.path(), get("/a.js", &[GZIP]));
    let (plain, packed) = (plain.get("Etag").as_str(), packed.get("Etag").as_str());
    assert!(plain.starts_with('"') && packed.ends_with("-gz\"") && plain != packed, "{plain} {packed}");
    for (tag, fields, expected) in [
        (plain, &[][..], "304 Not Modified"),
        (packed, &[GZIP], "304 Not Modified"),
        (plain, &[GZIP], "200 OK"),
        (packed, &[], "200 OK"),
    ] {
        let mut request = get("/a.js", fields);
        request.header.set("If-None-Match", tag);
        let (status, header, _) = ask(tree.path(), request);
        assert_eq!(status, expected, "{tag} {fields:?}");
        assert_eq!(header.get("Vary"), "Accept-Encoding");
        if status.starts_with("304") {
            assert_eq!(header.get("Etag"), tag);
            assert!(!header.contains("Content-Encoding"));
        }
    }
    // A tag that was set is kept, with a mark for the sibling.
    let own = [("Etag", "\"v1\"")];
    assert_eq!(ask_with(tree.path(), get("/a.js", &[]), &own).1.get("Etag"), "\"v1\"");
    assert_eq!(ask_with(tree.path(), get("/a.js", &[GZIP]), &own).1.get("Etag"), "\"v1-gz\"");
}

#[test]
fn ranges_are_of_the_variant() {
    let tree = tree();
    let (_, packed, _) = ask(tree.path(), get("/a.js", &[GZIP]));
    let tag = packed.get("Etag").as_str();
    let range = ("Range", "bytes=1-");
    let (status, header, body) = ask(tree.path(), get("/a.js", &[GZIP, range, ("If-Range", tag)]));
    assert_eq!((&*status, &*body), ("206 Partial Content", "z"));
    assert_eq!(header.get("Content-Range"), "bytes 1-1/2");
    assert_eq!(header.get("Content-Encoding"), "gzip");
    // Somebody who began with the other variant starts over.
    let (status, _, body) = ask(tree.path(), get("/a.js", &[range, ("If-Range", tag)]));
    assert_eq!((&*status, &*body), ("200 OK", "plain text"));
    let (status, header, _) = ask(tree.path(), get("/a.js", &[GZIP, ("Range", "bytes=9-")]));
    assert!(status.starts_with("416") && !header.contains("Content-Encoding"));
    assert_eq!(header.get("Content-Range"), "bytes */2");
}

// pitfall H8: what is there now counts.
#[test]
fn siblings_come_go_and_age() {
    let tree = tree();
    let path = tree.path().join("a.js.gz");
    let body = || ask(tree.path(), get("/a.js", &[GZIP])).2;
    let set_time = |time| File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    set_time(mod_time() - SECOND);
    assert_eq!(body(), "plain text");
    set_time(mod_time() + SECOND);
    assert_eq!(body(), "gz");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(body(), "plain text");
    std::fs::create_dir(&path).unwrap();
    assert_eq!(body(), "plain text");
}

#[test]
fn what_is_not_concerned() {
    let tree = tree();
    put(tree.path(), "list/x", "");
    for request in
        [get("/list/", &[GZIP]), get("/none", &[GZIP]), parse_request("POST /a.js HTTP/1.1\r\nAccept-Encoding: gzip")]
    {
        let (_, header, _) = ask(tree.path(), request);
        assert!(!header.contains("Vary") && !header.contains("Content-Encoding"));
    }
    let (_, header, body) = ask_with(tree.path(), get("/a.js", &[GZIP]), &[("Content-Encoding", "br")]);
    assert_eq!((header.get("Content-Encoding").as_str(), &*body), ("br", "plain text"));
    let (_, header, _) = ask_with(tree.path(), get("/a.js", &[GZIP]), &[("Vary", "accept-encoding, Origin")]);
    assert_eq!(header.get("Vary"), "accept-encoding, Origin");
    let (status, header, body) = ask(tree.path(), parse_request("HEAD /a.js HTTP/1.1\r\nAccept-Encoding: gzip"));
    assert_eq!((&*status, header.get("Content-Length").as_str(), &*body), ("200 OK", "2", ""));
}
