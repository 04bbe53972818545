//! `file_server` and `serve_file`: files of a tree by their names. Go's `http.FileServer`, `http.ServeFile` and their
//! `FS` variants.
//!
//! Never shows an error's own text to a client.
//!
//! Differences: [`FileServer::precompressed`] has no counterpart in Go; without it the answers are Go's.

use std::borrow::Cow;
use std::path::Path;

use nethttp_core::{
    Handler, Request, ResponseWriter, STATUS_BAD_REQUEST, STATUS_INTERNAL_SERVER_ERROR, STATUS_MOVED_PERMANENTLY,
    STATUS_NOT_FOUND, Text, error,
};
use nethttp_grammar::path;

use crate::content::{self, Facts};
use crate::precompressed::choose;
use crate::refusal::{NOT_FOUND, refuse, serve_error};
use crate::{Dir, File, FileInfo, FileSystem, Fs, FsAdapter, OsFile, conditions, fs, listing};

/// A handler that answers with the files of `root`, by the path of the URL. Go's `http.FileServer`.
///
/// A directory is answered with its `index.html`, or with a list of its names if there is none. Paths that end in
/// `/index.html` are redirected to the directory, directories without a slash at the end to the same with one, files
/// with a slash to the same without.
///
/// ```
/// use nethttp_core::Handler;
/// use nethttp_fs::{Dir, file_server};
///
/// let plain: Box<dyn Handler> = Box::new(file_server(Dir::new("public")));
/// let tuned: Box<dyn Handler> = Box::new(file_server(Dir::confined("public")).precompressed(true));
/// ```
pub const fn file_server<F: FileSystem>(root: F) -> FileServer<F> {
    FileServer { root, precompressed: false }
}

/// As [`file_server`], for a read-only tree with unrooted names. Go's `http.FileServerFS`.
///
/// ```
/// use nethttp_fs::{DirFs, file_server_fs};
///
/// let handler = file_server_fs(DirFs::new("public"));
/// ```
pub const fn file_server_fs<F: Fs>(fsys: F) -> FileServer<FsAdapter<F>> {
    file_server(fs(fsys))
}

/// Answers with the files of a tree; made by [`file_server`].
#[derive(Clone, Debug)]
#[must_use]
pub struct FileServer<F> {
    root: F,
    precompressed: bool,
}

impl<F: FileSystem> FileServer<F> {
    /// Whether `name.gz` is sent in place of `name` to clients that take gzip, with the type of `name`.
    ///
    /// The sibling counts if it is not older than the file. All answers with a file then carry `Vary: Accept-Encoding`
    /// and an `Etag` (from time and size, unless one is set; the sibling's is another), so that caches and resumed
    /// downloads keep the two apart. Nothing is compressed or written. Default: false.
    ///
    /// ```
    /// use nethttp_fs::{Dir, file_server};
    ///
    /// let handler = file_server(Dir::new("public")).precompressed(true);
    /// ```
    pub fn precompressed(mut self, enabled: bool) -> Self {
        self.precompressed = enabled;
        self
    }
}

impl<F: FileSystem> Handler for FileServer<F> {
    fn serve_http(&self, w: &mut dyn ResponseWriter, r: &mut Request) {
        if !r.url.path.as_bytes().starts_with(b"/") {
            r.url.path = Text::from([b"/", r.url.path.as_bytes()].concat());
        }
        let name = match path::clean_posix(r.url.path.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(&r.url.path),
            Cow::Owned(cleaned) => Cow::Owned(Text::from(cleaned)),
        };
        Serving { root: &self.root, precompressed: self.precompressed, redirects: true }.serve(w, r, &name);
    }
}

/// Answers with a file or directory of the operating system. Go's `http.ServeFile`.
///
/// `name` is a path relative to the current directory, and may lead anywhere: one that is made from a request must have
/// been looked at. As a precaution a request whose URL has a `..` in its path is refused. A URL that ends in
/// `/index.html` is redirected to the directory; apart from these the URL does not matter.
///
/// ```no_run
/// use nethttp_core::{Request, ResponseWriter};
/// use nethttp_fs::serve_file;
///
/// fn favicon(w: &mut dyn ResponseWriter, r: &mut Request) {
///     serve_file(w, r, "assets/favicon.ico");
/// }
/// ```
pub fn serve_file(w: &mut dyn ResponseWriter, r: &Request, name: impl AsRef<Path>) {
    if has_dot_dot(&r.url.path) {
        return serve_error(w, "invalid URL path", STATUS_BAD_REQUEST);
    }
    let (directory, file) = split(name.as_ref());
    Serving { root: &Dir::new(directory), precompressed: false, redirects: false }.serve(w, r, &file);
}

/// Answers with a file or directory of a read-only tree. Go's `http.ServeFileFS`; see [`serve_file`].
///
/// ```no_run
/// use nethttp_core::{Request, ResponseWriter};
/// use nethttp_fs::{DirFs, serve_file_fs};
///
/// fn favicon(w: &mut dyn ResponseWriter, r: &mut Request) {
///     serve_file_fs(w, r, DirFs::new("assets"), "favicon.ico");
/// }
/// ```
pub fn serve_file_fs(w: &mut dyn ResponseWriter, r: &Request, fsys: impl Fs, name: impl AsRef<[u8]>) {
    if has_dot_dot(&r.url.path) {
        return serve_error(w, "invalid URL path", STATUS_BAD_REQUEST);
    }
    Serving { root: &fs(fsys), precompressed: false, redirects: false }.serve(w, r, &Text::from(name.as_ref()));
}

/// How one request is answered.
struct Serving<'a> {
    root: &'a dyn FileSystem,
    precompressed: bool,
    /// The URL is made to end in a slash for directories alone.
    redirects: bool,
}

/// A file that may not need a box.
enum Opened {
    Os(OsFile),
    Boxed(Box<dyn File>),
}

impl Opened {
    fn file(&mut self) -> &mut dyn File {
        match self {
            Self::Os(file) => file,
            Self::Boxed(file) => &mut **file,
        }
    }
}

impl Serving<'_> {
    fn serve(&self, w: &mut dyn ResponseWriter, r: &Request, name: &Text) {
        let path = r.url.path.as_bytes();
        if path.ends_with(INDEX_PAGE) {
            return local_redirect(w, r, b"./");
        }
        let (mut opened, mut info) = match self.open(name) {
            Ok(opened) => opened,
            Err(reason) => return refuse(w, &reason),
        };
        if self.redirects && !info.is_dir && path.ends_with(b"/") {
            return match base(path) {
                // The file system has a file where a directory should be.
                b"/" | b"." => serve_error(w, NO_DIRECTORY, STATUS_INTERNAL_SERVER_ERROR),
                base => local_redirect(w, r, &[b"../", base].concat()),
            };
        }
        let mut index = None;
        if info.is_dir {
            if !path.ends_with(b"/") {
                return local_redirect(w, r, &[base(path), b"/"].concat());
            }
            let directory = name.as_bytes().strip_suffix(b"/").unwrap_or(name.as_bytes());
            let page = Text::from([directory, INDEX_PAGE].concat());
            if let Ok((page_opened, page_info)) = self.open(&page) {
                (opened, info) = (page_opened, page_info);
                index = Some(page);
            }
        }
        if info.is_dir {
            if conditions::is_modified_since(r, info.mod_time) == Some(false) {
                return conditions::write_not_modified(w);
            }
            conditions::set_last_modified(w.header(), info.mod_time);
            return listing::list(w, opened.file());
        }
        self.serve_opened(w, r, index.as_ref().unwrap_or(name), opened.file(), &info);
    }

    fn open(&self, name: &Text) -> std::io::Result<(Opened, FileInfo)> {
        let mut opened = match self.root.open_os(name) {
            Some(opened) => Opened::Os(opened?),
            None => Opened::Boxed(self.root.open(name)?),
        };
        let info = opened.file().stat()?;
        Ok((opened, info))
    }

    fn serve_opened(
        &self,
        w: &mut dyn ResponseWriter,
        r: &Request,
        name: &Text,
        mut file: &mut dyn File,
        info: &FileInfo,
    ) {
        let own_name = info.name.as_bytes();
        let own_name = if own_name.is_empty() { base(name.as_bytes()) } else { own_name };
        let facts = Facts { name: own_name, modified: info.mod_time, size: Some(info.size), is_length_certain: false };
        let sibling = if self.precompressed { choose(self.root, name, info, w.header(), r) } else { None };
        let Some((mut sibling, info)) = sibling else {
            return content::serve(w, r, &facts, &mut file);
        };
        if !w.header().contains_raw("Content-Type") {
            let Some(content_type) = content::decide_type(own_name, &mut file) else {
                return serve_error(w, "500 Internal Server Error", STATUS_INTERNAL_SERVER_ERROR);
            };
            w.header().set("Content-Type", &*content_type);
        }
        w.header().set("Content-Encoding", "gzip");
        let facts = Facts { modified: info.mod_time, size: Some(info.size), is_length_certain: true, ..facts };
        let mut sibling: &mut dyn File = &mut *sibling;
        content::serve(w, r, &facts, &mut sibling);
    }
}

/// Redirects to a path relative to the request's, which also holds below a
/// prefix that was stripped. The query is kept.
// pitfall H5: Go's rules. Below a stripped prefix a path with escaped slashes has no dependable relative form.
fn local_redirect(w: &mut dyn ResponseWriter, r: &Request, target: &[u8]) {
    let escaped = r.url.escaped_path();
    if escaped.contains("%2f") || escaped.contains("%2F") {
        return error(w, NOT_FOUND, STATUS_NOT_FOUND);
    }
    let query = r.url.raw_query.as_bytes();
    let mark: &[u8] = if query.is_empty() { b"" } else { b"?" };
    w.header().set("Location", [target, mark, query].concat());
    w.write_header(STATUS_MOVED_PERMANENTLY);
}

/// The last part of a path: `.` of nothing, `/` of nothing but slashes. Go's `path.Base`.
fn base(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    match (&path[..end], path) {
        (b"", b"") => b".",
        (b"", _) => b"/",
        (rest, _) => rest.rsplit(|&byte| byte == b'/').next().unwrap_or(rest),
    }
}

/// Whether a path has a part `..`, a backslash being a slash.
fn has_dot_dot(path: &Text) -> bool {
    path.as_bytes().split(|byte| matches!(byte, b'/' | b'\\')).any(|part| part == b"..")
}

/// The directory of a path, and the name in it.
#[cfg(unix)]
fn split(path: &Path) -> (&Path, Text) {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let bytes = path.as_os_str().as_bytes();
    let end = bytes.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    (Path::new(OsStr::from_bytes(&bytes[..end])), Text::from(&bytes[end..]))
}

#[cfg(not(unix))]
fn split(path: &Path) -> (&Path, Text) {
    match (path.parent(), path.file_name()) {
        (Some(directory), Some(file)) => (directory, Text::from(&*file.to_string_lossy())),
        _ => (path, Text::EMPTY),
    }
}

const INDEX_PAGE: &[u8] = b"/index.html";
const NO_DIRECTORY: &str = "http: attempting to traverse a non-directory";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases() {
        for (path, expected) in
            [("", "."), ("/", "/"), ("//", "/"), ("a", "a"), ("/a", "a"), ("/a/b/", "b"), ("/a//", "a"), (".", ".")]
        {
            assert_eq!(base(path.as_bytes()), expected.as_bytes(), "{path}");
        }
    }

    #[test]
    fn dot_dots() {
        for (path, expected) in [
            ("", false),
            ("/a..b/..c/d..", false),
            ("..", true),
            ("/a/../b", true),
            ("/a/..", true),
            ("/a\\..\\b", true),
            ("/...", false),
        ] {
            assert_eq!(has_dot_dot(&Text::from(path)), expected, "{path}");
        }
    }
}
