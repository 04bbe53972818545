//! What the recordings cannot show: how the bytes of files travel, and file systems of one's own.

use std::fs::File as StdFile;
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};

use nethttp_core::{Error, Handler, Header, Method, Request, ResponseWriter, StatusCode, Text};
use nethttp_fs::{
    Dir, DirEntry, DirFs, File, FileInfo, FileSystem, Fs, MemFile, OsFile, file_server, file_server_fs, fs,
    serve_content, serve_file, serve_file_fs,
};

use crate::support::{Wire, get, mod_time, parse_request, put, split};

fn answer(handler: &dyn Handler, mut request: Request) -> (String, Vec<u8>) {
    let mut w = Wire::new(&request.method);
    handler.serve_http(&mut w, &mut request);
    split(&w.finish())
}

#[test]
fn ranges_of_files_are_sent_as_such() {
    let tree = tempfile::tempdir().unwrap();
    put(tree.path(), "a.txt", "0123456789");
    for (range, expected) in [
        ("", &[(0, 10)][..]),
        ("bytes=2-4", &[(2, 3)]),
        ("bytes=-1", &[(9, 1)]),
        ("bytes=0-1,4-5,9-", &[(0, 2), (4, 2), (9, 1)]),
    ] {
        let mut request = get("/a.txt", &[("Range", range)]);
        let mut w = Wire::new(&Method::GET);
        w.sends_files = true;
        file_server(Dir::new(tree.path())).serve_http(&mut w, &mut request);
        assert_eq!(w.sent_files, expected, "{range}");
    }
}

#[test]
fn offsets_may_exceed_32_bits() {
    let tree = tempfile::tempdir().unwrap();
    put(tree.path(), "big.bin", "");
    let path = tree.path().join("big.bin");
    let end = 5_000_000_000;
    let mut file = StdFile::options().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(end)).unwrap();
    file.write_all(b"the end").unwrap();
    for sends_files in [false, true] {
        let mut request = get("/big.bin", &[("Range", "bytes=5000000000-")]);
        let mut w = Wire::new(&Method::GET);
        w.sends_files = sends_files;
        file_server(Dir::new(tree.path())).serve_http(&mut w, &mut request);
        let (head, body) = split(&w.finish());
        assert!(head.contains("\r\nContent-Range: bytes 5000000000-5000000006/5000000007\r\n"), "{head}");
        assert_eq!(body, b"the end");
    }
}

// pitfall A12
#[test]
fn the_position_of_a_file_is_neither_used_nor_moved() {
    let tree = tempfile::tempdir().unwrap();
    put(tree.path(), "page", "<html>0123456789");
    let mut file = StdFile::open(tree.path().join("page")).unwrap();
    file.seek(SeekFrom::Start(5)).unwrap();
    for (range, expected) in [("", &b"<html>0123456789"[..]), ("bytes=6-7", b"01")] {
        for sends_files in [false, true] {
            let mut w = Wire::new(&Method::GET);
            w.sends_files = sends_files;
            serve_content(&mut w, &get("/", &[("Range", range)]), "page", None, file.try_clone().unwrap());
            let (head, body) = split(&w.finish());
            assert!(head.contains("\r\nContent-Type: text/html; charset=utf-8\r\n"), "{head}");
            assert_eq!(body, expected);
            assert_eq!(file.stream_position().unwrap(), 5);
        }
    }
}

#[test]
fn a_boxed_file_of_the_system_is_sent_as_such_too() {
    let tree = tempfile::tempdir().unwrap();
    put(tree.path(), "a.txt", "0123456789");
    let file = Dir::new(tree.path()).open(&Text::from("a.txt")).unwrap();
    let mut w = Wire::new(&Method::GET);
    w.sends_files = true;
    serve_content(&mut w, &get("/", &[]), "a.txt", None, file);
    assert_eq!(w.sent_files, [(0, 10)]);
}

/// A file is sent as such only where the response knows its length: a wrapper that compresses sets an encoding.
#[test]
fn without_a_length_a_file_is_read() {
    let tree = tempfile::tempdir().unwrap();
    put(tree.path(), "a.txt", "0123456789");
    let mut w = Wire::new(&Method::GET);
    w.sends_files = true;
    w.header().set("Content-Encoding", "x");
    serve_file(&mut w, &get("/", &[]), tree.path().join("a.txt"));
    assert!(w.sent_files.is_empty());
    assert_eq!(split(&w.finish()).1, b"0123456789");
}

#[test]
fn a_file_that_shrank_ends_early() {
    /// Says more than there is.
    struct Liar(MemFile<&'static str>);
    impl Read for Liar {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            self.0.read(buf)
        }
    }
    impl Seek for Liar {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    impl File for Liar {
        fn stat(&self) -> io::Result<FileInfo> {
            Ok(FileInfo::file("a.txt", 100, None))
        }
    }
    struct Liars;
    impl Fs for Liars {
        fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
            Ok(Box::new(Liar(MemFile::new(name, "short", None))))
        }
    }
    let (head, body) = answer(&file_server_fs(Liars), get("/a.txt", &[]));
    assert!(head.contains("\r\nContent-Length: 100\r\n"));
    assert_eq!(body, b"short");
    // The second part is not begun when the first came short.
    let (_, body) = answer(&file_server_fs(Liars), get("/a.txt", &[("Range", "bytes=0-9,20-29")]));
    assert!(body.ends_with(b"\r\n\r\nshort"), "{}", String::from_utf8_lossy(&body));
}

/// One way to fail for each name.
struct Failing;

impl FileSystem for Failing {
    fn open(&self, name: &Text) -> io::Result<Box<dyn File>> {
        Err(match name.as_str() {
            "/missing" => ErrorKind::NotFound.into(),
            "/forbidden" => ErrorKind::PermissionDenied.into(),
            _ => io::Error::other("a secret reason"),
        })
    }
}

// pitfall D10: an error's own text stays inside.
#[test]
fn errors_become_statuses() {
    for (target, expected, text) in [
        ("/missing", "404 Not Found", "404 page not found\n"),
        ("/forbidden", "403 Forbidden", "403 Forbidden\n"),
        ("/other", "500 Internal Server Error", "500 Internal Server Error\n"),
    ] {
        let (head, body) = answer(&file_server(Failing), get(target, &[]));
        assert!(head.starts_with(&format!("HTTP/1.1 {expected}\r\n")), "{head}");
        assert_eq!(body, text.as_bytes());
    }
}

// pitfall D12
#[test]
fn an_error_drops_what_describes_content() {
    let mut w = Wire::new(&Method::GET);
    for (name, value) in [
        ("Cache-Control", "max-age=9"),
        ("Content-Encoding", "x"),
        ("Content-Length", "7"),
        ("Etag", "\"v\""),
        ("Last-Modified", "x"),
        ("Content-Type", "a/b"),
        ("X-Kept", "yes"),
    ] {
        w.header().set(name, value);
    }
    file_server(Failing).serve_http(&mut w, &mut get("/missing", &[]));
    assert_eq!(
        split(&w.finish()).0,
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n\
         X-Content-Type-Options: nosniff\r\nX-Kept: yes\r\nDate: @DATE@\r\nContent-Length: 19\r\n"
    );
}

/// A directory that cannot be listed, and a file that cannot seek.
struct Odd;

struct NoSeek(Cursor<&'static [u8]>, bool);

impl Read for NoSeek {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Seek for NoSeek {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::Error::other("no seek"))
    }
}

impl File for NoSeek {
    fn stat(&self) -> io::Result<FileInfo> {
        Ok(if self.1 { FileInfo::dir("", None) } else { FileInfo::file("", 4, None) })
    }
}

impl Fs for Odd {
    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        match name {
            "dir" => Ok(Box::new(NoSeek(Cursor::new(b""), true))),
            "a.txt" | "b" => Ok(Box::new(NoSeek(Cursor::new(b"text"), false))),
            _ => Err(ErrorKind::NotFound.into()),
        }
    }
}

#[test]
fn what_does_not_seek_or_list() {
    for (target, range, expected, text) in [
        ("/dir/", "", "500 Internal Server Error", "500 Internal Server Error\n"),
        ("/a.txt", "", "200 OK", "text"),
        ("/a.txt", "bytes=1-1", "416 Requested Range Not Satisfiable", "no seek\n"),
        ("/b", "", "500 Internal Server Error", "seeker can't seek\n"),
    ] {
        let (head, body) = answer(&file_server_fs(Odd), get(target, &[("Range", range)]));
        let text = if target == "/dir/" { "Error reading directory\n" } else { text };
        assert!(head.starts_with(&format!("HTTP/1.1 {expected}\r\n")), "{target} {head}");
        assert_eq!(String::from_utf8_lossy(&body), text);
    }
}

#[test]
fn a_long_listing_goes_out_as_it_is_written() {
    let tree = tempfile::tempdir().unwrap();
    for number in (0..120).rev() {
        put(tree.path(), &format!("file-{number:03}.txt"), "");
    }
    let (head, body) = answer(&file_server(Dir::new(tree.path())), get("/", &[]));
    assert!(head.ends_with("\r\nTransfer-Encoding: chunked\r\n"), "{head}");
    let mut chunks = Vec::new();
    let mut page = Vec::new();
    let mut rest = &body[..];
    loop {
        let end = rest.iter().position(|&byte| byte == b'\r').unwrap();
        let size = usize::from_str_radix(str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        chunks.push(size);
        page.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 2 + size + 2..];
    }
    // As Go sends the same directory.
    assert_eq!(chunks, [2048, 2048, 785]);
    let mut expected = "<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n".to_owned();
    for number in 0..120 {
        expected.push_str(&format!("<a href=\"file-{number:03}.txt\">file-{number:03}.txt</a>\n"));
    }
    expected.push_str("</pre>\n");
    assert_eq!(String::from_utf8(page).unwrap(), expected);
}

#[test]
fn a_listing_shows_links_and_directories() {
    let tree = tempfile::tempdir().unwrap();
    put(tree.path(), "d/x", "");
    put(tree.path(), "<&>\"'", "");
    std::os::unix::fs::symlink("d", tree.path().join("link")).unwrap();
    let (_, body) = answer(&file_server(Dir::new(tree.path())), get("/", &[]));
    let page = String::from_utf8(body).unwrap();
    assert!(page.contains("<a href=\"%3C&%3E%22%27\">&lt;&amp;&gt;&#34;&#39;</a>\n<a href=\"d/\">d/</a>\n"), "{page}");
    assert!(page.contains("<a href=\"link\">link</a>\n"), "{page}");
}

#[test]
fn directories_are_read_in_portions() {
    let tree = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        put(tree.path(), name, "1");
    }
    let mut directory = Dir::new(tree.path()).open(&Text::from("/")).unwrap();
    assert_eq!(directory.readdir(2).unwrap().len(), 2);
    let last = directory.readdir(2).unwrap();
    assert_eq!((last.len(), last[0].size(), last[0].mod_time()), (1, 1, Some(mod_time())));
    assert!(Error::Eof.is(&directory.readdir(2).unwrap_err()));
    assert!(directory.readdir(0).unwrap().is_empty());
    assert!(directory.read_dir().unwrap().is_empty());
    let mut file = OsFile::new(StdFile::open(tree.path().join("a")).unwrap(), "a");
    assert_eq!(file.readdir(-1).unwrap_err().kind(), ErrorKind::NotADirectory);
    assert_eq!(MemFile::new("m", "", None).read_dir().unwrap_err().kind(), ErrorKind::NotADirectory);
}

/// A tree that is part of the program.
struct Assets;

impl File for Root {
    fn stat(&self) -> io::Result<FileInfo> {
        Ok(FileInfo::dir(".", None))
    }

    fn readdir(&mut self, _: isize) -> io::Result<Vec<FileInfo>> {
        Ok(vec![FileInfo::dir("z", None), FileInfo::file("a.css", 2, None)])
    }
}

struct Root;

impl Read for Root {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::IsADirectory.into())
    }
}

impl Seek for Root {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(ErrorKind::IsADirectory.into())
    }
}

impl Fs for Assets {
    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        match name {
            "." => Ok(Box::new(Root)),
            "a.css" => Ok(Box::new(MemFile::new(name, "p{}", Some(mod_time())))),
            "bad" => Err(io::Error::other("bad")),
            _ if name.starts_with("a.css/") => Err(io::Error::other("through a file")),
            _ => Err(ErrorKind::NotFound.into()),
        }
    }
}

#[test]
fn trees_of_ones_own() {
    let handler = file_server_fs(Assets);
    let (_, page) = answer(&handler, get("/", &[]));
    assert!(String::from_utf8(page).unwrap().contains("<a href=\"a.css\">a.css</a>\n<a href=\"z/\">z/</a>\n"));
    let (head, body) = answer(&handler, get("/a.css", &[("Range", "bytes=1-")]));
    assert!(head.contains("\r\nContent-Range: bytes 1-2/3\r\nContent-Type: text/css; charset=utf-8\r\n"), "{head}");
    assert_eq!(body, b"{}");
    for (target, status) in [("/a.css/x", 404), ("/a.css/x/y", 404), ("/bad", 500), ("/%FF", 500), ("/none/x", 404)] {
        let (head, _) = answer(&handler, get(target, &[]));
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{target} {head}");
    }
    let mut w = Wire::new(&Method::GET);
    serve_file_fs(&mut w, &get("/elsewhere", &[]), Assets, "a.css");
    assert_eq!(split(&w.finish()).1, b"p{}");
    let mut w = Wire::new(&Method::GET);
    serve_file_fs(&mut w, &get("/../x", &[]), &Assets, "a.css");
    assert!(split(&w.finish()).0.starts_with("HTTP/1.1 400 Bad Request\r\n"));
}

#[test]
fn a_wrapper_is_not_bypassed() {
    struct Closed(Dir);
    impl FileSystem for Closed {
        fn open(&self, name: &Text) -> io::Result<Box<dyn File>> {
            if name.contains("/private") { Err(ErrorKind::NotFound.into()) } else { self.0.open(name) }
        }
    }
    let tree = tempfile::tempdir().unwrap();
    put(tree.path(), "private/a", "a");
    put(tree.path(), "b", "b");
    let handler = file_server(Box::new(Closed(Dir::new(tree.path()))) as Box<dyn FileSystem>);
    assert!(answer(&handler, get("/private/a", &[])).0.starts_with("HTTP/1.1 404 "));
    assert_eq!(answer(&handler, get("/b", &[])).1, b"b");
}

#[test]
fn a_directory_for_an_index_page_is_listed() {
    let tree = tempfile::tempdir().unwrap();
    put(tree.path(), "index.html/inner", "");
    let (_, page) = answer(&file_server(Dir::new(tree.path())), get("/", &[]));
    assert!(String::from_utf8(page).unwrap().contains("<a href=\"inner\">inner</a>"));
}

#[test]
fn a_path_without_a_slash_gets_one() {
    let tree = tempfile::tempdir().unwrap();
    put(tree.path(), "a.txt", "a");
    let mut request = get("/", &[]);
    request.url.path = "a.txt".into();
    let mut w = Wire::new(&Method::GET);
    file_server(Dir::new(tree.path())).serve_http(&mut w, &mut request);
    assert_eq!(split(&w.finish()).1, b"a");
    assert_eq!(request.url.path, "/a.txt");
}

#[test]
fn roots_are_spelled_in_many_ways() {
    let tree = tempfile::tempdir().unwrap();
    put(tree.path(), "a/b.txt", "b");
    let root = tree.path().to_str().unwrap();
    for root in [root.to_owned(), format!("{root}/"), format!("{root}/a/../"), format!("{root}//./")] {
        let mut text = String::new();
        Dir::new(&root).open(&Text::from("a/../a//b.txt")).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "b", "{root}");
    }
    let long = "x/".repeat(200);
    let path = format!("{long}y.txt");
    put(tree.path(), &path, "long");
    let mut text = String::new();
    Dir::new(root).open(&Text::from(path)).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "long");
    assert!(Dir::new("").open(&Text::from("/Cargo.toml")).is_ok());
    assert!(Dir::new("/").open(&Text::from("/")).unwrap().stat().unwrap().is_dir());
    assert!(DirFs::new("").open(".").is_err());
}

#[test]
fn dotfiles_and_links_are_served_as_in_go() {
    // pitfall H9
    let outside = tempfile::tempdir().unwrap();
    put(outside.path(), "secret", "secret");
    let tree = tempfile::tempdir().unwrap();
    put(tree.path(), ".dot", "dot");
    std::os::unix::fs::symlink(outside.path().join("secret"), tree.path().join("link")).unwrap();
    let handler = file_server(Dir::new(tree.path()));
    assert_eq!(answer(&handler, get("/.dot", &[])).1, b"dot");
    assert_eq!(answer(&handler, get("/link", &[])).1, b"secret");
}

#[test]
fn a_head_reads_nothing() {
    struct Untouched;
    impl Write for Untouched {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            panic!("a body");
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    struct Bare(Header, Option<StatusCode>);
    impl Write for Bare {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Untouched.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl ResponseWriter for Bare {
        fn header(&mut self) -> &mut Header {
            &mut self.0
        }
        fn write_header(&mut self, status: StatusCode) {
            self.1 = Some(status);
        }
    }
    for range in ["", "bytes=0-1", "bytes=0-1,3-4"] {
        let mut w = Bare(Header::new(), None);
        let request = parse_request(&format!("HEAD / HTTP/1.1\r\nRange: {range}\r\n\r\n"));
        serve_content(&mut w, &request, "a.txt", None, Cursor::new("0123456789"));
        assert!(w.0.contains("Content-Length") && w.1.is_some());
    }
}

#[test]
fn types_can_be_shared() {
    const fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<Dir>();
    is_shared::<nethttp_fs::FileServer<Dir>>();
    is_shared::<FileInfo>();
    is_shared::<DirEntry>();
    assert_eq!(DirEntry::new("a", true), DirEntry::new("a", true));
    assert!(format!("{:?}", fs(DirFs::new("x"))).contains("DirFs"));
}

#[cfg(unix)]
#[test]
fn a_pipe_without_a_writer_holds_nobody() {
    let tree = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("mkfifo").arg(tree.path().join("pipe.txt")).status();
    assert!(made.unwrap().success());
    let (tell, told) = std::sync::mpsc::channel();
    let root = tree.path().to_owned();
    std::thread::spawn(move || tell.send(answer(&file_server(Dir::new(root)), get("/pipe.txt", &[])).1));
    let body = told.recv_timeout(std::time::Duration::from_secs(20)).expect("it is opened without waiting");
    assert!(body.is_empty(), "{body:?}");
}
