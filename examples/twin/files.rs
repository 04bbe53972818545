//! Files.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use http::{Request, ResponseWriter, mime};
use nethttp as http;

use crate::{MOD_TIME, ROOT, fatal, strconv};

/// Has 62 distinct bytes, so that a range can be told by its bytes.
const CONTENT_TEXT: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

pub(crate) fn content(w: &mut dyn ResponseWriter, r: &mut Request) {
    let q = r.url.query();
    let etag = q.get("etag");
    if etag != "" {
        w.header().set("Etag", etag);
    }
    let ce = q.get("ce");
    if ce != "" {
        w.header().set("Content-Encoding", ce);
    }
    let ct = q.get("ct");
    if ct != "" {
        w.header().set("Content-Type", ct);
    }
    let cc = q.get("cc");
    if cc != "" {
        w.header().set("Cache-Control", cc);
    }
    let mut when = Some(*MOD_TIME);
    if q.get("time") == "zero" {
        when = None;
    }
    let mut text = CONTENT_TEXT;
    if q.get("empty") != "" {
        text = "";
    }
    http::serve_content(w, r, r.path_value("name"), when, Cursor::new(text));
}

pub(crate) fn serve_file(w: &mut dyn ResponseWriter, r: &mut Request) {
    http::serve_file(w, r, strconv::join_path(&ROOT, r.path_value("name")));
}

/// Makes the types of the served files independent of what the program registered before.
pub(crate) fn pin_mime_types() {
    for (ext, typ) in [
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
        if let Err(err) = mime::add_extension_type(ext, typ) {
            fatal(&err);
        }
    }
}

/// Gives every file below dir the same modification time.
pub(crate) fn pin_times(dir: impl AsRef<Path>) -> std::io::Result<()> {
    let dir = dir.as_ref();
    if fs::symlink_metadata(dir)?.is_dir() {
        for d in fs::read_dir(dir)? {
            pin_times(d?.path())?;
        }
    }
    fs::File::open(dir)?.set_modified(*MOD_TIME)
}
