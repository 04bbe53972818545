//! `serve_content`: an answer made of anything that can be read and sought, with ranges and conditions.
//!
//! Never moves the position of a file of the operating system: it is read and sent at offsets.
//!
//! Go's `http.ServeContent`. Differences: the pieces of a multi-range answer are written one after the other here, where
//! Go pipes them through a goroutine; the bytes are the same.

use std::any::Any;
use std::borrow::Cow;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::time::SystemTime;

use nethttp_core::{
    Error, Method, Request, ResponseWriter, STATUS_INTERNAL_SERVER_ERROR, STATUS_OK, STATUS_PARTIAL_CONTENT,
    STATUS_REQUESTED_RANGE_NOT_SATISFIABLE, mime,
};
use nethttp_grammar::range::{ByteRange, RangeError, parse};
use nethttp_grammar::sniff::{SNIFF_LENGTH, detect_content_type};

use crate::File;
use crate::conditions::{self, Outcome, field};
use crate::ranges::{Parts, are_wasteful, content_range};
use crate::refusal::serve_error;

/// Answers with `content`, or the part of it that the request asks for. Go's `http.ServeContent`.
///
/// The `Content-Type` is the one already set, else that of the extension of `name`, else guessed from the first bytes.
/// `name` is used for nothing else and may be empty. With `modtime` (other than the epoch) goes a `Last-Modified`, and
/// `If-Modified-Since` and its kin are heeded. An `Etag` that is already set is what `If-Match`, `If-None-Match` and
/// `If-Range` are compared with. A `Content-Encoding` that is already set keeps the `Content-Length` from being set,
/// except for ranges.
///
/// An error takes `Cache-Control`, `Content-Encoding`, `Etag` and `Last-Modified` off the answer.
///
/// The size of the content is found by seeking to its end. A [`std::fs::File`] (and a [`File`] that is one) is sent
/// whole, whatever its position, and without its bytes passing through the program where the response can do that.
///
/// ```
/// use std::io::Cursor;
/// use nethttp_core::{Request, ResponseWriter};
/// use nethttp_fs::serve_content;
///
/// fn report(w: &mut dyn ResponseWriter, r: &mut Request) {
///     w.header().set("Etag", "\"v1\"");
///     serve_content(w, r, "report.csv", None, Cursor::new("a,b\n1,2\n"));
/// }
/// ```
pub fn serve_content<C: Read + Seek + 'static>(
    w: &mut dyn ResponseWriter,
    r: &Request,
    name: impl AsRef<[u8]>,
    modtime: Option<SystemTime>,
    content: C,
) {
    let facts = Facts { name: name.as_ref(), modified: modtime, size: None, is_length_certain: false };
    serve(w, r, &facts, &mut Owned(content));
}

/// What is known of the content before it is looked at.
pub(crate) struct Facts<'a> {
    /// Its file name, for the extension.
    pub(crate) name: &'a [u8],
    pub(crate) modified: Option<SystemTime>,
    /// Its length, unless it has to be found by seeking.
    pub(crate) size: Option<u64>,
    /// The `Content-Length` is right although there is a `Content-Encoding`.
    pub(crate) is_length_certain: bool,
}

/// Something to be served.
pub(crate) trait Content: Read + Seek {
    /// The file of the operating system that the content is.
    fn as_os(&self) -> Option<&std::fs::File>;
}

struct Owned<C>(C);

impl<C: Read> Read for Owned<C> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl<C: Seek> Seek for Owned<C> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl<C: Read + Seek + 'static> Content for Owned<C> {
    fn as_os(&self) -> Option<&std::fs::File> {
        let content: &dyn Any = &self.0;
        content
            .downcast_ref::<std::fs::File>()
            .or_else(|| content.downcast_ref::<Box<dyn File>>().and_then(|file| file.as_file()))
    }
}

impl Content for &mut dyn File {
    fn as_os(&self) -> Option<&std::fs::File> {
        (**self).as_file()
    }
}

/// What [`serve_content`] does.
pub(crate) fn serve(w: &mut dyn ResponseWriter, r: &Request, facts: &Facts<'_>, content: &mut dyn Content) {
    conditions::set_last_modified(w.header(), facts.modified);
    let Outcome::Serve { range } = conditions::check(w, r, facts.modified) else {
        return;
    };
    if !w.header().contains_raw("Content-Type") {
        // A type that is suppressed stays so.
        let Some(content_type) = decide_type(facts.name, content) else {
            return serve_error(w, CANNOT_SEEK, STATUS_INTERNAL_SERVER_ERROR);
        };
        w.header().set("Content-Type", &*content_type);
    }
    let Ok(size) = facts.size.map_or_else(|| measure(content), Ok) else {
        return serve_error(w, CANNOT_SEEK, STATUS_INTERNAL_SERVER_ERROR);
    };
    let Some(ranges) = decide_ranges(w, range, size) else {
        return;
    };
    let is_plain = facts.is_length_certain || field(w.header(), "Content-Encoding").is_empty();
    match *ranges {
        [] => {
            start(w, is_plain.then_some(size), STATUS_OK);
            if r.method != Method::HEAD {
                send_part(w, content, ByteRange { start: 0, length: size }, is_plain);
            }
        }
        [range] => {
            if let Err(reason) = go_to(content, range.start) {
                return serve_error(w, &reason.to_string(), STATUS_REQUESTED_RANGE_NOT_SATISFIABLE);
            }
            w.header().set("Content-Range", content_range(range, size));
            start(w, Some(range.length), STATUS_PARTIAL_CONTENT);
            if r.method != Method::HEAD {
                send_part(w, content, range, true);
            }
        }
        _ => send_parts(w, r, content, &ranges, size),
    }
}

/// Sends several ranges, each in its part.
// pitfall H7: several ranges are served.
fn send_parts(w: &mut dyn ResponseWriter, r: &Request, content: &mut dyn Content, ranges: &[ByteRange], size: u64) {
    let content_type = field(w.header(), "Content-Type").to_vec();
    let parts = Parts::new(&content_type, size);
    w.header().set("Content-Type", parts.media_type());
    start(w, Some(parts.length(ranges)), STATUS_PARTIAL_CONTENT);
    if r.method == Method::HEAD {
        return;
    }
    let mut head = Vec::new();
    for (index, &range) in ranges.iter().enumerate() {
        parts.write_head(&mut head, range, index == 0);
        if w.write_all(&head).is_err() || go_to(content, range.start).is_err() || !send_part(w, content, range, true) {
            return;
        }
    }
    // A client that has gone is no fault of the handler.
    let _ = w.write_all(parts.tail().as_bytes());
}

/// Writes the header.
fn start(w: &mut dyn ResponseWriter, length: Option<u64>, status: nethttp_core::StatusCode) {
    let header = w.header();
    header.set("Accept-Ranges", "bytes");
    if let Some(length) = length {
        header.set("Content-Length", decimal(length, &mut [0; 20]));
    }
    w.write_header(status);
}

/// Makes `offset` the place from which content that has to be read is sent.
fn go_to(content: &mut dyn Content, offset: u64) -> io::Result<()> {
    if content.as_os().is_none() {
        content.seek(SeekFrom::Start(offset))?;
    }
    Ok(())
}

/// Sends a stretch of the content, whose start has been gone to; false when that did not succeed.
///
/// With `is_declared` the response knows its length, without which a file cannot be sent as such.
fn send_part(w: &mut dyn ResponseWriter, content: &mut dyn Content, range: ByteRange, is_declared: bool) -> bool {
    if range.length == 0 {
        return true;
    }
    if let Some(file) = content.as_os() {
        if is_declared {
            match w.send_file(file, range.start, range.length) {
                Err(reason) if Error::NotSupported.is(&reason) => {}
                sent => return sent.is_ok_and(|count| count == range.length),
            }
        }
        let mut source = At { file, offset: range.start, left: range.length };
        let (count, failure) = w.read_from(&mut source);
        return failure.is_none() && count == range.length;
    }
    let (count, failure) = w.read_from(&mut content.take(range.length));
    failure.is_none() && count == range.length
}

/// The type of content that has none yet; `None` when the content cannot be sought.
// pitfall A12: a file of the operating system is sniffed at an offset, so that its position stays where it is.
pub(crate) fn decide_type(name: &[u8], content: &mut dyn Content) -> Option<Cow<'static, str>> {
    match type_of_name(name) {
        by_name if !by_name.is_empty() => Some(by_name),
        _ => sniff(content).map(Cow::Borrowed),
    }
}

/// The type that goes with the extension of a file name; empty when none is known.
fn type_of_name(name: &[u8]) -> Cow<'static, str> {
    let Some(at) = name.iter().rposition(|&byte| byte == b'.' || std::path::is_separator(byte.into())) else {
        return Cow::Borrowed("");
    };
    match str::from_utf8(&name[at..]) {
        Ok(extension) if extension.starts_with('.') => mime::type_by_extension(extension),
        _ => Cow::Borrowed(""),
    }
}

/// The type that the first bytes look like; `None` when the content does not go back to its start after that.
fn sniff(content: &mut dyn Content) -> Option<&'static str> {
    let mut buf = [0; SNIFF_LENGTH];
    if let Some(file) = content.as_os() {
        let count = fill(&mut At { file, offset: 0, left: SNIFF_LENGTH as u64 }, &mut buf);
        return Some(detect_content_type(&buf[..count]));
    }
    let count = fill(content, &mut buf);
    content.seek(SeekFrom::Start(0)).ok()?;
    Some(detect_content_type(&buf[..count]))
}

/// Reads until `buf` is full or there is no more; an error counts as the end.
fn fill(source: &mut dyn Read, buf: &mut [u8]) -> usize {
    let mut count = 0;
    while count < buf.len() {
        match source.read(&mut buf[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(reason) if reason.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    count
}

/// The length of the content. A regular file is asked, so that its position stays where it is.
fn measure(content: &mut dyn Content) -> io::Result<u64> {
    if let Some(metadata) = content.as_os().and_then(|file| file.metadata().ok())
        && metadata.is_file()
    {
        return Ok(metadata.len());
    }
    let size = content.seek(SeekFrom::End(0))?;
    content.seek(SeekFrom::Start(0))?;
    Ok(size)
}

/// The ranges to be sent, none of them for the whole; `None` when the request was refused for them.
fn decide_ranges(w: &mut dyn ResponseWriter, header: &[u8], size: u64) -> Option<Vec<ByteRange>> {
    match parse(header, size) {
        Ok(ranges) if are_wasteful(&ranges, size) => Some(Vec::new()),
        Ok(ranges) => Some(ranges),
        // Some clients ask for the first so many bytes of everything; of nothing they get all.
        Err(RangeError::OutsideContent) if size == 0 => Some(Vec::new()),
        Err(reason) => {
            if reason == RangeError::OutsideContent {
                w.header().set("Content-Range", format!("bytes */{size}"));
            }
            serve_error(w, &reason.to_string(), STATUS_REQUESTED_RANGE_NOT_SATISFIABLE);
            None
        }
    }
}

/// A stretch of a file, read at its offset.
struct At<'a> {
    file: &'a std::fs::File,
    offset: u64,
    left: u64,
}

impl Read for At<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        let count = read_at(self.file, &mut buf[..want], self.offset)?;
        self.offset += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}

#[cfg(unix)]
fn read_at(file: &std::fs::File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buf, offset)
}

#[cfg(windows)]
fn read_at(file: &std::fs::File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buf, offset)
}

#[cfg(not(any(unix, windows)))]
fn read_at(mut file: &std::fs::File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek(SeekFrom::Start(offset))?;
    file.read(buf)
}

/// The number in decimal, at the end of `digits`.
fn decimal(number: u64, digits: &mut [u8; 20]) -> &[u8] {
    let (mut start, mut rest) = (digits.len(), number);
    loop {
        start -= 1;
        // One digit; twenty hold every number.
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            return &digits[start..];
        }
    }
}

const CANNOT_SEEK: &str = "seeker can't seek";

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn lengths_are_decimal() {
        for number in [0, 9, 10, 10_240, u64::MAX] {
            assert_eq!(decimal(number, &mut [0; 20]), number.to_string().as_bytes());
        }
    }
}
