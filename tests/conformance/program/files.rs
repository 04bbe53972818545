//! Files.

use std::fs;
use std::io::{self, Cursor};
use std::path::{Component, Path, PathBuf};

use http::{Handler, Request, ResponseWriter};
use nethttp as http;

use super::values::BIRTHDAY;

/// What is served as files.
const FURNITURE: &[(&str, &str)] = &[
    ("plain.txt", "a plain text\n"),
    ("page.html", "<!doctype html><title>page</title>\n"),
    ("style.css", "body { color: black }\n"),
    ("data.json", "{\"a\": 1}\n"),
    ("code.js", "let a = 1;\n"),
    ("picture.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n"),
    ("none", "no ending\n"),
    ("guess", "<html>guessed\n"),
    ("empty.txt", ""),
    ("odd name%.txt", "odd\n"),
    ("caf\u{e9}.txt", "coffee\n"),
    (
        "digits.txt",
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
    ),
    ("with/index.html", "<p>the index\n"),
    ("without/b.txt", "b\n"),
    ("without/a&b.txt", "ab\n"),
    ("without/c/d.txt", "d\n"),
    ("without/<x>.txt", "x\n"),
];

/// Makes the files, all of the same age.
pub(super) fn furnish(dir: &Path) -> io::Result<()> {
    for (name, text) in FURNITURE {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap_or(dir))?;
        fs::write(&path, text)?;
        fs::File::open(&path)?.set_modified(*BIRTHDAY)?;
    }
    for d in ["with", "without/c", "without", "."] {
        fs::File::open(dir.join(d))?.set_modified(*BIRTHDAY)?;
    }
    Ok(())
}

pub(super) fn one_file(dir: &Path) -> impl Handler + use<> {
    let dir = dir.to_owned();
    http::handler_func(move |w, r| http::serve_file(w, r, join(&dir, r.path_value("name").as_ref())))
}

/// Go's `filepath.Join`: dots do not lead out of what they are joined with by a slash.
fn join(dir: &Path, name: &Path) -> PathBuf {
    let mut path = dir.to_owned();
    for component in name.components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => drop(path.pop()),
            _ => {}
        }
    }
    path
}

/// Serves fifty bytes with the fields that the query asks for.
pub(super) fn clip(w: &mut dyn ResponseWriter, r: &mut Request) {
    let q = r.url.query();
    for name in ["Etag", "Content-Type", "Content-Encoding", "Cache-Control"] {
        if q.has(name) {
            w.header().set(name, q.get(name));
        }
    }
    let mut when = Some(*BIRTHDAY);
    if q.has("undated") {
        when = None;
    }
    let mut text = "The quick brown fox jumps over the lazy dog again.";
    if q.has("empty") {
        text = "";
    }
    http::serve_content(w, r, r.path_value("name"), when, Cursor::new(text));
}
