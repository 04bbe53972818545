//! `Writer`: writing a multipart message. Go's `multipart.Writer`.
//!
//! Keeps nothing of the parts. RFC 2046 section 5.1.1, RFC 7578; names are quoted as browsers do.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Write};

use super::source::again;
use crate::{Header, Text};

/// Writes a multipart message to `W`: parts one after the other, then [`close`](Self::close).
///
/// ```
/// use std::io::Write;
/// use nethttp_core::multipart;
///
/// let mut message = Vec::new();
/// let mut writer = multipart::new_writer(&mut message);
/// writer.set_boundary("X")?;
/// writer.create_form_file("photo", "me.png")?.write_all(b"...")?;
/// writer.close()?;
/// assert!(message.starts_with(b"--X\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"me.png\"\r\n"));
/// assert!(message.ends_with(b"...\r\n--X--\r\n"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Writer<W> {
    target: W,
    boundary: String,
    has_begun: bool,
    /// Why writing the last part failed.
    failed: Option<io::Error>,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(target: W) -> Self {
        Self { target, boundary: random_boundary(), has_begun: false, failed: None }
    }

    /// The boundary: 60 random hexadecimal digits, if it was not set. Go's `Writer.Boundary`.
    #[must_use]
    pub fn boundary(&self) -> &str {
        &self.boundary
    }

    /// Sets the boundary: 1 to 70 of the characters that RFC 2046 allows. Go's `Writer.SetBoundary`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for another boundary, and after the first part was made.
    pub fn set_boundary(&mut self, boundary: &str) -> io::Result<()> {
        let refused = |text| Err(io::Error::new(ErrorKind::InvalidInput, text));
        if self.has_begun {
            return refused("mime: SetBoundary called after write");
        }
        if !(1..=70).contains(&boundary.len()) {
            return refused("mime: invalid boundary length");
        }
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&byte);
        let (before, last) = boundary.as_bytes().split_at(boundary.len() - 1);
        if !before.iter().all(|&byte| is_allowed(byte) || byte == b' ') || !is_allowed(last[0]) {
            return refused("mime: invalid boundary character");
        }
        boundary.clone_into(&mut self.boundary);
        Ok(())
    }

    /// The `Content-Type` of the message as a form. Go's `Writer.FormDataContentType`.
    #[must_use]
    pub fn form_data_content_type(&self) -> String {
        let quotes = if self.boundary.bytes().any(|byte| b"()<>@,;:\\\"/[]?= ".contains(&byte)) { "\"" } else { "" };
        format!("multipart/form-data; boundary={quotes}{}{quotes}", self.boundary)
    }

    /// Begins a part with these header fields; its data is what is written to the result. Go's `Writer.CreatePart`.
    ///
    /// # Errors
    ///
    /// Those of the target, also the one that writing the last part met.
    pub fn create_part(&mut self, header: &Header) -> io::Result<PartWriter<'_, W>> {
        self.check()?;
        let line_end = if self.has_begun { "\r\n" } else { "" };
        let mut head = format!("{line_end}--{}\r\n", self.boundary).into_bytes();
        for (name, value) in header.iter() {
            head.extend_from_slice(&[name.as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        head.extend_from_slice(b"\r\n");
        self.target.write_all(&head)?;
        self.has_begun = true;
        Ok(PartWriter { writer: self })
    }

    /// Begins a part that is a file of a form. Go's `Writer.CreateFormFile`.
    ///
    /// # Errors
    ///
    /// Those of [`create_part`](Self::create_part).
    pub fn create_form_file(
        &mut self,
        field: impl AsRef<[u8]>,
        filename: impl AsRef<[u8]>,
    ) -> io::Result<PartWriter<'_, W>> {
        self.create_part(&Header::from([
            ("Content-Disposition", file_content_disposition(field, filename)),
            ("Content-Type", Text::from_static("application/octet-stream")),
        ]))
    }

    /// Begins a part that is a value of a form. Go's `Writer.CreateFormField`.
    ///
    /// # Errors
    ///
    /// Those of [`create_part`](Self::create_part).
    pub fn create_form_field(&mut self, field: impl AsRef<[u8]>) -> io::Result<PartWriter<'_, W>> {
        let disposition = [&b"form-data; name=\""[..], &escape_quotes(field.as_ref()), b"\""].concat();
        self.create_part(&Header::from([("Content-Disposition", disposition)]))
    }

    /// Writes a value of a form. Go's `Writer.WriteField`.
    ///
    /// # Errors
    ///
    /// Those of [`create_part`](Self::create_part).
    pub fn write_field(&mut self, field: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> io::Result<()> {
        self.create_form_field(field)?.write_all(value.as_ref())
    }

    /// Ends the message. Go's `Writer.Close`.
    ///
    /// # Errors
    ///
    /// Those of the target, also the one that writing the last part met.
    pub fn close(&mut self) -> io::Result<()> {
        self.check()?;
        write!(self.target, "\r\n--{}--\r\n", self.boundary)
    }

    /// What the message was written to.
    #[must_use]
    pub fn into_inner(self) -> W {
        self.target
    }

    fn check(&self) -> io::Result<()> {
        self.failed.as_ref().map_or(Ok(()), |error| Err(again(error)))
    }
}

impl<W> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("boundary", &self.boundary).finish_non_exhaustive()
    }
}

/// Takes the data of a part; made by [`Writer::create_part`].
pub struct PartWriter<'w, W> {
    writer: &'w mut Writer<W>,
}

impl<W: Write> Write for PartWriter<'_, W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.writer.target.write(data).inspect_err(|error| {
            if error.kind() != ErrorKind::Interrupted {
                self.writer.failed = Some(again(error));
            }
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.target.flush()
    }
}

impl<W> fmt::Debug for PartWriter<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartWriter").finish_non_exhaustive()
    }
}

/// The `Content-Disposition` of a file of a form. Go's `multipart.FileContentDisposition`.
///
/// ```
/// use nethttp_core::multipart::file_content_disposition;
///
/// assert_eq!(file_content_disposition("f", "a\".txt"), r#"form-data; name="f"; filename="a\".txt""#);
/// ```
#[must_use]
pub fn file_content_disposition(field: impl AsRef<[u8]>, filename: impl AsRef<[u8]>) -> Text {
    let (field, filename) = (escape_quotes(field.as_ref()), escape_quotes(filename.as_ref()));
    Text::from([&b"form-data; name=\""[..], &field, b"\"; filename=\"", &filename, b"\""].concat())
}

fn escape_quotes(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'"' => out.extend_from_slice(b"\\\""),
            b'\r' => out.extend_from_slice(b"%0D"),
            b'\n' => out.extend_from_slice(b"%0A"),
            _ => out.push(*byte),
        }
    }
    out
}

/// The standard library's only source of randomness is the keys of its hasher, drawn from the system; what they hash is
/// as good as random to those who do not know them.
fn random_boundary() -> String {
    let digits: String = (0..4u8).map(|block| format!("{:016x}", RandomState::new().hash_one(block))).collect();
    digits[..60].to_owned()
}
