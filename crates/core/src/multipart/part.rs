//! `Part`: one part of a multipart message, its header read and its data to be read. Go's `multipart.Part`.

use std::fmt;
use std::io::{self, Read};

use nethttp_grammar::media_type::{self, MediaType};

use super::quoted_printable::Decoder;
use super::reader::Reader;
use crate::{Header, Text};

/// One part of a multipart message. Reading it gives the part's data; what is left unread is passed over.
///
/// ```
/// use std::io::Read;
/// use nethttp_core::multipart;
///
/// let message = b"--X\r\nContent-Disposition: form-data; name=f; filename=\"a/b.txt\"\r\n\r\nhi\r\n--X--\r\n";
/// let mut reader = multipart::new_reader(&message[..], "X");
/// let mut part = reader.next_part()?.unwrap();
/// assert_eq!((&*part.form_name(), &*part.file_name()), ("f", "b.txt"));
/// let mut data = String::new();
/// part.read_to_string(&mut data)?;
/// assert_eq!(data, "hi");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Part<'r, R> {
    /// The header fields of the part.
    pub header: Header,
    reader: &'r mut Reader<R>,
    decoder: Option<Decoder>,
}

impl<'r, R: Read> Part<'r, R> {
    pub(super) fn new(reader: &'r mut Reader<R>, mut header: Header, decodes: bool) -> Self {
        let is_encoded = decodes && header.get(TRANSFER_ENCODING).as_bytes().eq_ignore_ascii_case(b"quoted-printable");
        if is_encoded {
            header.del(TRANSFER_ENCODING);
        }
        Self { header, reader, decoder: is_encoded.then(Decoder::default) }
    }

    /// The name of the form field, empty where the part is none. Go's `Part.FormName`.
    #[must_use]
    pub fn form_name(&self) -> Text {
        let disposition = self.disposition();
        if disposition.essence == "form-data" { parameter(disposition, "name") } else { Text::EMPTY }
    }

    /// The name of the file, without any directories before it; empty where there is none. Go's `Part.FileName`.
    ///
    /// It is the client's word: fit to be shown, not to be opened.
    #[must_use]
    pub fn file_name(&self) -> Text {
        let name = parameter(self.disposition(), "filename");
        base_name(name.as_bytes()).into()
    }

    /// Passes over what was not read. Go's `Part.Close`; [`Reader::next_part`] does it too.
    pub fn close(self) {
        self.reader.skip_data();
    }

    fn disposition(&self) -> MediaType {
        media_type::parse(self.header.get("Content-Disposition").as_bytes()).unwrap_or_default()
    }
}

const TRANSFER_ENCODING: &str = "Content-Transfer-Encoding";

fn parameter(mut disposition: MediaType, name: &str) -> Text {
    disposition.parameters.remove(name).map_or(Text::EMPTY, Text::from)
}

/// The last element of a path; a path of nothing but slashes is one slash. RFC 7578 section 4.2 has it taken off.
fn base_name(path: &[u8]) -> &[u8] {
    let is_separator = |&byte: &u8| byte == b'/' || cfg!(windows) && byte == b'\\';
    let Some(last) = path.iter().rposition(|byte| !is_separator(byte)) else {
        return &path[..path.len().min(1)];
    };
    let start = path[..last].iter().rposition(is_separator).map_or(0, |slash| slash + 1);
    &path[start..=last]
}

impl<R: Read> Read for Part<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.decoder {
            Some(decoder) => decoder.read(buf, |encoded| self.reader.read_data(encoded)),
            None => self.reader.read_data(buf),
        }
    }
}

impl<R> fmt::Debug for Part<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("header", &self.header).finish_non_exhaustive()
    }
}
