//! What the tests share: a response writer whose output is the bytes that a server would send, and a tree of files.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nethttp_core::{Error, Header, Method, Request, ResponseWriter, StatusCode, status_text, url};
use nethttp_grammar::sniff::detect_content_type;

/// Frames a response as a server does: fields sorted, a date, a length where it is known in time, else chunks.
pub(crate) struct Wire {
    header: Header,
    /// Status and header, once they are fixed.
    fixed: Option<(StatusCode, Header)>,
    is_head: bool,
    /// What is not framed yet; it holds this much at the most.
    buffered: Vec<u8>,
    out: Vec<u8>,
    is_started: bool,
    is_chunked: bool,
    /// Whether files can be sent as such.
    pub(crate) sends_files: bool,
    /// Offset and length of each file that was sent as such.
    pub(crate) sent_files: Vec<(u64, u64)>,
}

const BUFFER: usize = 2048;

impl Wire {
    pub(crate) fn new(method: &Method) -> Self {
        Self {
            header: Header::new(),
            fixed: None,
            is_head: *method == Method::HEAD,
            buffered: Vec::new(),
            out: Vec::new(),
            is_started: false,
            is_chunked: false,
            sends_files: false,
            sent_files: Vec::new(),
        }
    }

    /// All that goes out, once the handler has returned.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.write_header(StatusCode::OK);
        let rest = std::mem::take(&mut self.buffered);
        self.frame(&rest, true);
        if self.is_chunked {
            self.out.extend_from_slice(b"0\r\n\r\n");
        }
        self.out
    }

    fn frame(&mut self, bytes: &[u8], is_last: bool) {
        if !self.is_started {
            self.is_started = true;
            self.start(bytes, is_last);
        }
        if self.is_head || bytes.is_empty() {
            return;
        }
        if self.is_chunked {
            write!(self.out, "{:x}\r\n", bytes.len()).unwrap();
        }
        self.out.extend_from_slice(bytes);
        if self.is_chunked {
            self.out.extend_from_slice(b"\r\n");
        }
    }

    fn start(&mut self, first: &[u8], is_last: bool) {
        let (status, mut header) = self.fixed.clone().unwrap();
        let has_body = !matches!(status.as_u16(), 204 | 304);
        if !has_body {
            header.del("Content-Type");
            header.del("Content-Length");
        }
        write!(self.out, "HTTP/1.1 {} {}\r\n", status.as_str(), status_text(status)).unwrap();
        for (name, value) in header.iter() {
            self.out.extend_from_slice(name.as_bytes());
            self.out.extend_from_slice(b": ");
            self.out
                .extend(value.as_bytes().iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }));
            self.out.extend_from_slice(b"\r\n");
        }
        self.out.extend_from_slice(b"Date: @DATE@\r\n");
        let is_known = header.contains("Content-Length");
        if has_body && !is_known && is_last && (!self.is_head || !first.is_empty()) {
            write!(self.out, "Content-Length: {}\r\n", first.len()).unwrap();
        } else if has_body && !is_known && !self.is_head {
            self.is_chunked = true;
        }
        let is_typed = header.contains("Content-Type") || header.contains("Content-Encoding");
        if has_body && !is_typed && !first.is_empty() {
            write!(self.out, "Content-Type: {}\r\n", detect_content_type(first)).unwrap();
        }
        if self.is_chunked {
            self.out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
        }
        self.out.extend_from_slice(b"\r\n");
    }

    fn flush_buffer(&mut self) {
        let bytes = std::mem::take(&mut self.buffered);
        if !bytes.is_empty() {
            self.frame(&bytes, false);
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_header(StatusCode::OK);
        let mut rest = bytes;
        while self.buffered.len() + rest.len() > BUFFER {
            if self.buffered.is_empty() {
                self.frame(rest, false);
                return Ok(bytes.len());
            }
            let (now, later) = rest.split_at(BUFFER - self.buffered.len());
            self.buffered.extend_from_slice(now);
            rest = later;
            self.flush_buffer();
        }
        self.buffered.extend_from_slice(rest);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_header(StatusCode::OK);
        let bytes = std::mem::take(&mut self.buffered);
        self.frame(&bytes, false);
        Ok(())
    }
}

impl ResponseWriter for Wire {
    fn header(&mut self) -> &mut Header {
        &mut self.header
    }

    fn write_header(&mut self, status: StatusCode) {
        if self.fixed.is_none() {
            self.fixed = Some((status, self.header.clone()));
        }
    }

    fn send_file(&mut self, file: &File, offset: u64, length: u64) -> io::Result<u64> {
        if !self.sends_files {
            return Err(Error::NotSupported.into());
        }
        let mut bytes = vec![0; usize::try_from(length).unwrap()];
        file.read_exact_at(&mut bytes, offset)?;
        self.write_all(&bytes)?;
        self.sent_files.push((offset, length));
        Ok(length)
    }
}

/// The request whose head, and nothing else, is `text`.
pub(crate) fn parse_request(text: &str) -> Request {
    let mut lines = text.split("\r\n");
    let mut words = lines.next().unwrap().split(' ');
    let mut request = Request::new();
    request.method = words.next().unwrap().parse().unwrap();
    request.url = url::parse_request_uri(words.next().unwrap()).unwrap();
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').unwrap();
        if name == "Host" {
            request.host = value.trim().into();
        } else {
            request.header.add(name, value.trim());
        }
    }
    request
}

/// A `GET` with these fields.
pub(crate) fn get(target: &str, fields: &[(&str, &str)]) -> Request {
    let mut request = parse_request(&format!("GET {target} HTTP/1.1\r\n\r\n"));
    for (name, value) in fields {
        request.header.add(name, value);
    }
    request
}

/// Head and body of an answer.
pub(crate) fn split(answer: &[u8]) -> (String, Vec<u8>) {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    (String::from_utf8_lossy(&answer[..end + 2]).into_owned(), answer[end + 4..].to_vec())
}

/// When everything in the trees of the tests was last changed: 2024-01-02 03:04:05 UTC.
pub(crate) fn mod_time() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_704_164_645)
}

/// Writes a file, and the directories it lies in, with that time.
pub(crate) fn put(root: &Path, name: &str, content: impl AsRef<[u8]>) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    let mut touched = &*path;
    loop {
        File::open(touched).unwrap().set_modified(mod_time()).unwrap();
        if touched == root {
            return;
        }
        touched = touched.parent().unwrap();
    }
}
