//! Answers recorded from Go's `net/http`, compared byte by byte: file server, `serve_file`, `serve_content`.

use std::io::{Cursor, Read};
use std::path::Path;

use nethttp_core::{Handler, Request, ResponseWriter, Text, mime};
use nethttp_fs::{Dir, DirFs, file_server, file_server_fs, serve_content, serve_file};
use serde_json::Value;

use crate::support::{Wire, mod_time, parse_request, put};

#[test]
fn files() {
    replay(include_str!("fixtures/files.jsonl"), 50);
}

#[test]
fn ranges() {
    replay(include_str!("fixtures/ranges.jsonl"), 13);
}

#[test]
fn conditional() {
    replay(include_str!("fixtures/conditional.jsonl"), 17);
}

#[test]
fn content() {
    replay(include_str!("fixtures/serve-content.jsonl"), 8);
}

// pitfalls H7, H8
#[test]
fn many_more() {
    replay(include_str!("fixtures/recorded.jsonl"), 900);
}

/// Plays each conversation, with and without files being sent as such; at least `count` of them concern this crate.
fn replay(cases: &str, count: usize) {
    let tree = tempfile::tempdir().unwrap();
    make_tree(tree.path());
    let (mut played, mut failures) = (0, Vec::new());
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let ask = case["ask"].as_str().or_else(|| case["send"][0]["text"].as_str()).unwrap();
        let expected = bytes_of(case.get("expect").unwrap_or(&case));
        // These redirects are the router's.
        if expected.starts_with(b"HTTP/1.1 307 ") {
            continue;
        }
        for sends_files in [false, true] {
            let mut request = parse_request(ask);
            let mut w = Wire::new(&request.method);
            w.sends_files = sends_files;
            route(tree.path(), &mut w, &mut request);
            let answer = with_masked_boundary(w.finish());
            if answer != expected {
                failures.push(format!(
                    "{} {ask:?}\n   expected {:?}\n   received {:?}",
                    case["id"],
                    String::from_utf8_lossy(&expected),
                    String::from_utf8_lossy(&answer)
                ));
            }
        }
        played += 1;
    }
    assert!(failures.is_empty(), "{} of {played} differ\n{}", failures.len(), failures.join("\n"));
    assert!(played >= count, "only {played} cases");
}

/// Calls the handler that the recording had at this path.
fn route(root: &Path, w: &mut Wire, r: &mut Request) {
    let path = r.url.path.clone();
    if r.host == "bare.test" {
        file_server(Dir::new(root)).serve_http(w, r);
    } else if path.starts_with("/files/") {
        strip(r, "/files");
        file_server(Dir::new(root)).serve_http(w, r);
    } else if path.starts_with("/fsys/") {
        strip(r, "/fsys");
        file_server_fs(DirFs::new(root)).serve_http(w, r);
    } else if let Some(name) = below(&path, "/serve-file/") {
        serve_file(w, r, root.join(name.trim_end_matches('/')));
    } else if let Some(name) = below(&path, "/content/") {
        content_handler(w, r, &name);
    } else {
        panic!("no handler for {path}");
    }
}

fn below(path: &Text, prefix: &str) -> Option<Text> {
    path.as_bytes().strip_prefix(prefix.as_bytes()).map(Text::from)
}

fn strip(r: &mut Request, prefix: &str) {
    r.url.path = below(&r.url.path, prefix).unwrap();
    r.url.raw_path = below(&r.url.raw_path, prefix).unwrap_or_default();
}

fn content_handler(w: &mut dyn ResponseWriter, r: &Request, name: &Text) {
    let query = r.url.query();
    for (parameter, field) in
        [("etag", "Etag"), ("ce", "Content-Encoding"), ("ct", "Content-Type"), ("cc", "Cache-Control")]
    {
        let value = query.get(parameter);
        if !value.is_empty() {
            w.header().set(field, value);
        }
    }
    let time = (query.get("time") != "zero").then(mod_time);
    let text = if query.get("empty").is_empty() { TEXT } else { "" };
    serve_content(w, r, name, time, Cursor::new(text));
}

const TEXT: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn make_tree(root: &Path) {
    for (extension, kind) in [
        (".css", "text/css; charset=utf-8"),
        (".gz", "application/gzip"),
        (".html", "text/html; charset=utf-8"),
        (".js", "text/javascript; charset=utf-8"),
        (".json", "application/json"),
        (".png", "image/png"),
        (".svg", "image/svg+xml"),
        (".txt", "text/plain; charset=utf-8"),
        (".wasm", "application/wasm"),
    ] {
        mime::add_extension_type(extension, kind).unwrap();
    }
    let large: String = (0..12_500).map(|line| format!("{line:07}\n")).collect();
    for (name, content) in [
        ("app.js", &b"console.log(\"twin\")\n"[..]),
        ("data.json", b"{\"twin\":true}\n"),
        ("dir/index.html", b"<p>dir index\n"),
        ("dir/leaf.txt", b"leaf\n"),
        ("empty.txt", b""),
        ("hello.txt", b"hello, world\n"),
        ("index.html", b"<!doctype html>\n<title>twin</title>\n<p>index of the test data\n"),
        ("large.txt", large.as_bytes()),
        ("list/a.txt", b"a\n"),
        ("list/b.txt", b"b\n"),
        ("list/sub/c.txt", b"c\n"),
        ("mark.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n"),
        ("mod.wasm", b"\0asm\x01\0\0\0"),
        ("noext", b"<html>a page without an extension"),
        ("odd/..two.txt", b"dots\n"),
        ("odd/a b.txt", b"space\n"),
        ("odd/a#b.txt", b"hash\n"),
        ("odd/a%20b.txt", b"percent\n"),
        ("odd/a&b<c>.txt", b"amp\n"),
        ("odd/na\u{ef}ve-\u{65e5}\u{672c}.txt", b"utf8\n"),
        ("odd/what?.txt", b"q\n"),
        ("odd/x:y.txt", b"colon\n"),
        ("pixel.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDRnot really an image"),
        ("report.unknownext", b"%PDF-1.4 sniffed"),
        ("style.css", b"body{color:#123}\n"),
        ("style.css.gz", b"\x1f\x8b\x08precompressed, so to speak"),
    ] {
        put(root, name, content);
    }
}

/// The recorded bytes, in whichever form they were stored.
fn bytes_of(answer: &Value) -> Vec<u8> {
    if let Some(text) = answer["text"].as_str() {
        return text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    }
    if let Some(text) = answer["bytes_b64"].as_str() {
        return from_base64(text);
    }
    let packed = from_base64(answer["z64"].as_str().unwrap());
    let mut bytes = Vec::new();
    flate2::read::ZlibDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    bytes
}

fn from_base64(text: &str) -> Vec<u8> {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in text.bytes().filter(|&byte| byte != b'=') {
        held = held << 6 | digits.iter().position(|&digit| digit == byte).unwrap() as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    bytes
}

/// The answer with its boundary, which is another one each time, as the recordings have it.
fn with_masked_boundary(answer: Vec<u8>) -> Vec<u8> {
    let mark = b"; boundary=";
    let Some(at) = answer.windows(mark.len()).position(|bytes| bytes == mark) else {
        return answer;
    };
    let boundary = answer[at + mark.len()..][..60].to_vec();
    assert!(boundary.iter().all(u8::is_ascii_hexdigit));
    let mut masked = Vec::new();
    let mut rest = &answer[..];
    while let Some(at) = rest.windows(60).position(|bytes| bytes == boundary) {
        masked.extend_from_slice(&rest[..at]);
        masked.extend_from_slice(b"@BOUNDARY@");
        rest = &rest[at + 60..];
    }
    masked.extend_from_slice(rest);
    masked
}
