//! `Reader`: a multipart message, part by part. Go's `multipart.Reader`.
//!
//! Holds a buffer of 4 KiB and the header of the part at hand; the data of the parts streams through.
//!
//! Differences: quoted-printable data that is passed over need not be well-formed; Go loses its place in it.

use std::fmt;
use std::io::{self, ErrorKind, Read};

use nethttp_grammar::quote::quote;

use super::boundary::{Boundary, Then};
use super::header::{self, Budget};
use super::part::Part;
use super::source::{self, Line, Pulled, Source};
use crate::{Error, Header};

/// How many field lines the headers of a form's files, and the header of one part, may have.
pub(super) const MAX_FIELDS: i64 = 10_000;

/// How large the header of one part may be.
const MAX_HEADER_BYTES: i64 = 10 << 20;

/// Reads a multipart message from `R`.
///
/// Made by [`new_reader`](super::new_reader) and [`Request::multipart_reader`](crate::Request::multipart_reader).
///
/// ```
/// use nethttp_core::multipart;
///
/// let message = b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X--\r\n";
/// let mut reader = multipart::new_reader(&message[..], "X");
/// let part = reader.next_part()?.unwrap();
/// assert_eq!(part.form_name(), "a");
/// assert!(reader.next_part()?.is_none());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Reader<R> {
    source: Source<R>,
    boundary: Boundary,
    has_begun: bool,
    data: Option<Data>,
}

/// How far the data of the current part is known.
#[derive(Default)]
struct Data {
    /// Bytes of the part that wait in the buffer.
    known: usize,
    /// Whether data was read before.
    is_moving: bool,
    /// What comes behind them.
    then: Option<Then>,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(source: R, boundary: impl AsRef<[u8]>) -> Self {
        Self { source: Source::new(source), boundary: Boundary::new(boundary.as_ref()), has_begun: false, data: None }
    }

    /// The next part, or nothing behind the last; what was not read of the one before is passed over.
    ///
    /// Data that is `quoted-printable` is decoded, and the field that says so taken out. Go's `Reader.NextPart`.
    ///
    /// # Errors
    ///
    /// Those of the source, and of a malformed message, in Go's words; [`Error::MessageTooLarge`] for a header of more
    /// than 10,000 lines or 10 MiB.
    pub fn next_part(&mut self) -> io::Result<Option<Part<'_, R>>> {
        self.part(true, Budget { bytes: MAX_HEADER_BYTES, fields: MAX_FIELDS })
    }

    /// As [`next_part`](Self::next_part), with the data as it came. Go's `Reader.NextRawPart`.
    ///
    /// # Errors
    ///
    /// Those of [`next_part`](Self::next_part).
    pub fn next_raw_part(&mut self) -> io::Result<Option<Part<'_, R>>> {
        self.part(false, Budget { bytes: MAX_HEADER_BYTES, fields: MAX_FIELDS })
    }

    pub(super) fn part(&mut self, decodes: bool, budget: Budget) -> io::Result<Option<Part<'_, R>>> {
        let header = self.next_header(budget)?;
        Ok(header.map(|header| Part::new(self, header, decodes)))
    }

    fn next_header(&mut self, budget: Budget) -> io::Result<Option<Header>> {
        self.skip_data();
        if self.boundary.is_empty() {
            return Err(malformed("multipart: boundary is empty".to_owned()));
        }
        let mut expects_part = false;
        loop {
            let line = match self.source.line() {
                Ok(Line::Whole(line)) => line,
                Ok(Line::Cut(line)) if self.boundary.is_final(&line) => return Ok(None),
                Ok(Line::Cut(_)) => return Err(NextPartError::wrap(Error::Eof.into())),
                Err(error) => return Err(NextPartError::wrap(error)),
            };
            if self.boundary.is_delimiter(&line, !self.has_begun) {
                self.has_begun = true;
                let header = header::read(&mut self.source, budget)?;
                self.data = header.is_some().then(Data::default);
                return Ok(header);
            }
            if self.boundary.is_final(&line) {
                return Ok(None);
            }
            if expects_part {
                return Err(malformed(format!("multipart: expecting a new Part; got line {}", quote(&line))));
            }
            if !self.has_begun {
                continue;
            }
            if !self.boundary.is_line_end(&line) {
                return Err(malformed(format!("multipart: unexpected line in Next(): {}", quote(&line))));
            }
            expects_part = true;
        }
    }

    /// Reads data of the current part; 0 at its end.
    pub(super) fn read_data(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.known_data()?.min(buf.len());
        buf[..count].copy_from_slice(&self.source.buffered()[..count]);
        self.consume_data(count);
        Ok(count)
    }

    pub(super) fn skip_data(&mut self) {
        // Where the part ends badly the search for the next one tells.
        while let Ok(known @ 1..) = self.known_data() {
            self.consume_data(known);
        }
        self.data = None;
    }

    /// How many bytes of the current part are in the buffer: some, unless the part is at its end.
    fn known_data(&mut self) -> io::Result<usize> {
        let Some(data) = &mut self.data else {
            return Ok(0);
        };
        while data.known == 0 {
            match data.then {
                None | Some(Then::Unknown) => {}
                Some(Then::Boundary) => return Ok(0),
                Some(Then::SourceEnd) => {
                    self.source.check()?;
                    return Err(Error::UnexpectedEof.into());
                }
            }
            let (known, then) = self.boundary.scan(self.source.buffered(), !data.is_moving, self.source.has_ended());
            data.known = known;
            data.then = Some(then);
            if known == 0 && then == Then::Unknown && self.source.pull() == Pulled::Full {
                return Err(source::full());
            }
        }
        Ok(data.known)
    }

    fn consume_data(&mut self, count: usize) {
        if let Some(data) = &mut self.data {
            data.known -= count;
            data.is_moving |= count > 0;
            self.source.consume(count);
        }
    }
}

impl<R> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("has_begun", &self.has_begun).finish_non_exhaustive()
    }
}

fn malformed(text: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, text)
}

/// An error between two parts: what the source said, with Go's words before it.
#[derive(Debug)]
struct NextPartError(io::Error);

impl NextPartError {
    fn wrap(error: io::Error) -> io::Error {
        io::Error::new(error.kind(), Self(error))
    }
}

impl fmt::Display for NextPartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "multipart: NextPart: {}", self.0)
    }
}

impl std::error::Error for NextPartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.get_ref().map(|inner| inner as _)
    }
}
