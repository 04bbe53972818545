//! The page that lists a directory. Go's `dirList` in `net/http`'s `fs.go`.
//!
//! Differences: Go logs why a directory could not be read; here nobody is told.

use nethttp_core::{ResponseWriter, STATUS_INTERNAL_SERVER_ERROR, Text, Url, error};
use nethttp_grammar::html;

use crate::File;

/// Writes the names of a directory as links, sorted by their bytes.
///
/// One write a line, as in Go: that shows in the chunks of a long listing.
pub(crate) fn list(w: &mut dyn ResponseWriter, directory: &mut dyn File) {
    let Ok(mut entries) = directory.read_dir() else {
        return error(w, "Error reading directory", STATUS_INTERNAL_SERVER_ERROR);
    };
    entries.sort_by(|a, b| a.name().cmp(b.name()));
    w.header().set("Content-Type", "text/html; charset=utf-8");
    // A client that has gone is no fault of the handler.
    let _ = write_page(w, entries.iter().map(|entry| (entry.name(), entry.is_dir())));
}

fn write_page<'e>(w: &mut dyn ResponseWriter, entries: impl Iterator<Item = (&'e Text, bool)>) -> std::io::Result<()> {
    w.write_all(b"<!doctype html>\n")?;
    w.write_all(b"<meta name=\"viewport\" content=\"width=device-width\">\n")?;
    w.write_all(b"<pre>\n")?;
    let mut line = Vec::new();
    for (name, is_dir) in entries {
        let mut name = name.as_bytes().to_vec();
        if is_dir {
            name.push(b'/');
        }
        line.clear();
        line.extend_from_slice(b"<a href=\"");
        // A URL with nothing but a path escapes what would begin a query, and puts `./` before what looks like a scheme.
        line.extend_from_slice(Url { path: Text::from(&*name), ..Url::default() }.to_text().as_bytes());
        line.extend_from_slice(b"\">");
        line.extend_from_slice(&html::escape_bytes(&name));
        line.extend_from_slice(b"</a>\n");
        w.write_all(&line)?;
    }
    w.write_all(b"</pre>\n")
}
