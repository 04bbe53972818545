//! Answers when a file cannot be served: which status an error gets, and which header fields must not go with it.
//!
//! Never shows an error's own text. Go's `toHTTPError`, `serveError`, `mapOpenError` in `net/http`'s `fs.go`.

use std::io::{self, ErrorKind};

use nethttp_core::{
    ResponseWriter, STATUS_FORBIDDEN, STATUS_INTERNAL_SERVER_ERROR, STATUS_NOT_FOUND, StatusCode, error,
};

/// Answers with what belongs to an error of a file system.
pub(crate) fn refuse(w: &mut dyn ResponseWriter, reason: &io::Error) {
    match reason.kind() {
        ErrorKind::NotFound => serve_error(w, NOT_FOUND, STATUS_NOT_FOUND),
        ErrorKind::PermissionDenied => serve_error(w, "403 Forbidden", STATUS_FORBIDDEN),
        _ => serve_error(w, "500 Internal Server Error", STATUS_INTERNAL_SERVER_ERROR),
    }
}

/// Answers with an error, without the fields that describe the content which would have been sent.
// pitfall D12: these fields were set for a good answer and must not stay on an error.
pub(crate) fn serve_error(w: &mut dyn ResponseWriter, text: &str, status: StatusCode) {
    let header = w.header();
    for name in ["Cache-Control", "Content-Encoding", "Etag", "Last-Modified"] {
        header.del(name);
    }
    error(w, text, status);
}

/// The error of opening a path, made `NotFound` when the path leads through something that is no directory.
///
/// `are_dirs` tells of each part of the path, from the first on, whether it is a directory.
pub(crate) fn better_error(reason: io::Error, are_dirs: impl IntoIterator<Item = io::Result<bool>>) -> io::Error {
    if matches!(reason.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) {
        return reason;
    }
    for is_dir in are_dirs {
        match is_dir {
            Ok(true) => {}
            Ok(false) => return ErrorKind::NotFound.into(),
            Err(_) => break,
        }
    }
    reason
}

pub(crate) const NOT_FOUND: &str = "404 page not found";
