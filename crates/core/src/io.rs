//! Go's `io` idioms that handlers are written with: `ReadAll`, `ReadFull`, `Copy`, `LimitReader`, `WriteString`.
//!
//! Where Go returns a result *and* an error, so do these: what was read before a failure is not lost. [`nil_or`] prints
//! such an error as Go's `%v` does.

use std::any::Any;
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use crate::{Error, ResponseWriter};

/// All that is left in `reader`, and the error that ended it, if it was not its end. Go's `io.ReadAll`.
///
/// ```
/// let (data, err) = nethttp_core::io::read_all(&mut &b"abc"[..]);
/// assert_eq!(data, b"abc");
/// assert!(err.is_none());
/// ```
pub fn read_all<R: Read + ?Sized>(reader: &mut R) -> (Vec<u8>, Option<io::Error>) {
    let mut data = Vec::new();
    let error = reader.read_to_end(&mut data).err();
    (data, error)
}

/// Fills `buf`. Gives the bytes read, with [`Error::Eof`] when there were none and [`Error::UnexpectedEof`] when there
/// were too few. Go's `io.ReadFull`.
///
/// ```
/// let mut buf = [0; 4];
/// let (n, err) = nethttp_core::io::read_full(&mut &b"abc"[..], &mut buf);
/// assert_eq!((n, err.unwrap().to_string().as_str()), (3, "unexpected EOF"));
/// ```
pub fn read_full<R: Read + ?Sized>(reader: &mut R, buf: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut filled = 0;
    while filled < buf.len() {
        match reader.read(&mut buf[filled..]) {
            Ok(0) if filled == 0 => return (0, Some(Error::Eof.into())),
            Ok(0) => return (filled, Some(Error::UnexpectedEof.into())),
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (filled, Some(error)),
        }
    }
    (filled, None)
}

/// One read as Go's `Read` gives it: [`Error::Eof`] at the end, where Rust's `read` gives 0.
pub fn read<R: Read + ?Sized>(reader: &mut R, buf: &mut [u8]) -> (usize, Option<io::Error>) {
    match reader.read(buf) {
        Ok(0) if !buf.is_empty() => (0, Some(Error::Eof.into())),
        Ok(count) => (count, None),
        Err(error) => (0, Some(error)),
    }
}

/// One write as Go's `Write` gives it: the bytes written (none where it failed) and the error.
///
/// ```
/// let (n, err) = nethttp_core::io::write(&mut std::io::sink(), b"abc");
/// assert_eq!((n, err.is_none()), (3, true));
/// ```
pub fn write<W: Write + ?Sized>(w: &mut W, bytes: &[u8]) -> (usize, Option<io::Error>) {
    both(w.write(bytes))
}

/// A reader of the first `limit` bytes of `reader`; of none where the limit is negative. Go's `io.LimitReader`.
pub fn limit_reader<R: Read>(reader: R, limit: impl TryInto<u64>) -> io::Take<R> {
    reader.take(limit.try_into().unwrap_or(0))
}

/// Writes a string. Go's `io.WriteString`, which on a response makes other chunks of a long string than `write` does.
///
/// ```
/// use nethttp_core::{Request, ResponseWriter, io};
///
/// fn greet(w: &mut dyn ResponseWriter, _r: &mut Request) {
///     io::write_string(w, "hello\n");
/// }
/// ```
pub fn write_string<W: Target + ?Sized>(w: &mut W, text: impl AsRef<[u8]>) -> (usize, Option<io::Error>) {
    both(w.put_string(text.as_ref()))
}

fn both(result: io::Result<usize>) -> (usize, Option<io::Error>) {
    match result {
        Ok(count) => (count, None),
        Err(error) => (0, Some(error)),
    }
}

/// Copies all of `source` to `w`. Gives the bytes copied and the error that ended it early. Go's `io.Copy`: a response
/// takes part (Go's `ReadFrom`), and a file on a plain response goes out without being copied through the program.
///
/// ```
/// use nethttp_core::{Request, ResponseWriter, io};
///
/// fn dump(w: &mut dyn ResponseWriter, r: &mut Request) {
///     let (_n, _err) = io::copy(w, &mut r.body);
/// }
/// ```
///
/// The source owns what it reads from (it is asked whether it is a file), so that a borrowed slice is no source: write
/// it with `write_all`.
pub fn copy<W: Target + ?Sized, S: Read + 'static>(w: &mut W, source: &mut S) -> (u64, Option<io::Error>) {
    let any: &mut dyn Any = source;
    if let Some(file) = any.downcast_mut::<File>() {
        return copy_file(w, file, u64::MAX);
    }
    if let Some(part) = any.downcast_mut::<io::Take<File>>() {
        let limit = part.limit();
        let (count, error) = copy_file(w, part.get_mut(), limit);
        part.set_limit(limit.saturating_sub(count));
        return (count, error);
    }
    w.put_all(source)
}

/// Copies from the file's position on, `limit` bytes at the most, and leaves the position behind what was copied.
fn copy_file<W: Target + ?Sized>(w: &mut W, file: &mut File, limit: u64) -> (u64, Option<io::Error>) {
    let rest = || -> io::Result<(u64, u64)> {
        let mut handle = &*file;
        let offset = handle.stream_position()?;
        let metadata = handle.metadata()?;
        let length = if metadata.is_file() { metadata.len().saturating_sub(offset) } else { 0 };
        Ok((offset, length.min(limit)))
    };
    if let Ok((offset, length)) = rest()
        && length > 0
    {
        match w.put_file(file, offset, length) {
            Ok(count) => {
                let moved = file.seek(SeekFrom::Start(offset + count));
                return (count, moved.err());
            }
            Err(error) if Error::NotSupported.is(&error) => {}
            Err(error) => return (0, Some(error)),
        }
    }
    w.put_all(&mut file.take(limit))
}

/// Where [`copy`] and [`write_string`] write to: any writer, and a response, which does it in its own way. Sealed.
pub trait Target: sealed::Sealed {
    #[doc(hidden)]
    fn put_string(&mut self, text: &[u8]) -> io::Result<usize>;
    #[doc(hidden)]
    fn put_all(&mut self, source: &mut dyn Read) -> (u64, Option<io::Error>);
    #[doc(hidden)]
    fn put_file(&mut self, file: &File, offset: u64, length: u64) -> io::Result<u64>;
}

mod sealed {
    pub trait Sealed {}
    impl<W: std::io::Write> Sealed for W {}
    impl Sealed for dyn crate::ResponseWriter + '_ {}
}

impl<W: Write> Target for W {
    fn put_string(&mut self, text: &[u8]) -> io::Result<usize> {
        self.write_all(text).map(|()| text.len())
    }

    fn put_all(&mut self, source: &mut dyn Read) -> (u64, Option<io::Error>) {
        copy_through(self, source)
    }

    fn put_file(&mut self, _: &File, _: u64, _: u64) -> io::Result<u64> {
        Err(Error::NotSupported.into())
    }
}

impl Target for dyn ResponseWriter + '_ {
    fn put_string(&mut self, text: &[u8]) -> io::Result<usize> {
        self.write_string(text)
    }

    fn put_all(&mut self, source: &mut dyn Read) -> (u64, Option<io::Error>) {
        self.read_from(source)
    }

    fn put_file(&mut self, file: &File, offset: u64, length: u64) -> io::Result<u64> {
        self.send_file(file, offset, length)
    }
}

/// Copies through a buffer of Go's size, a write for each read.
pub(crate) fn copy_through<W: Write + ?Sized>(w: &mut W, source: &mut dyn Read) -> (u64, Option<io::Error>) {
    let mut buf = vec![0; COPY_BUFFER];
    let mut copied = 0;
    loop {
        match source.read(&mut buf) {
            Ok(0) => return (copied, None),
            Ok(count) => match w.write_all(&buf[..count]) {
                Ok(()) => copied += count as u64,
                Err(error) => return (copied, Some(error)),
            },
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (copied, Some(error)),
        }
    }
}

/// Go's `io.Copy` reads this much at a time; it shows in the chunks of a response.
const COPY_BUFFER: usize = 32 * 1024;

/// Prints an error that may be none as Go's `%v` does: its text, or `<nil>`.
///
/// ```
/// let (_, err) = nethttp_core::io::read_all(&mut &b"abc"[..]);
/// assert_eq!(nethttp_core::io::nil_or(&err).to_string(), "<nil>");
/// ```
pub fn nil_or<E: fmt::Display>(error: &Option<E>) -> NilOr<'_, E> {
    NilOr(error.as_ref())
}

/// As [`nil_or`], for a `Result`.
pub fn nil_or_err<T, E: fmt::Display>(result: &Result<T, E>) -> NilOr<'_, E> {
    NilOr(result.as_ref().err())
}

/// Displays an error or `<nil>`; made by [`nil_or`].
#[derive(Debug)]
pub struct NilOr<'a, E>(Option<&'a E>);

impl<E: fmt::Display> fmt::Display for NilOr<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(error) => error.fmt(f),
            None => f.write_str("<nil>"),
        }
    }
}
