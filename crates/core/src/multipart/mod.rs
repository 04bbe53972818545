//! Multipart messages: reading them part by part or as a form, and writing them. Go's package `mime/multipart`.
//!
//! Everything works on any `Read` and `Write`; a server is not needed. What a message can make the program hold is
//! bounded: the number of its parts and header fields, the size of each header, and of what [`Reader::read_form`] keeps
//! in memory; larger files go to a temporary file that vanishes with the form.
//!
//! RFC 2046 section 5.1, RFC 7578.
//!
//! ```
//! use std::io::Read;
//! use nethttp_core::multipart;
//!
//! let mut writer = multipart::new_writer(Vec::new());
//! writer.write_field("name", "Ava")?;
//! writer.close()?;
//!
//! let boundary = writer.boundary().to_owned();
//! let message = writer.into_inner();
//! let mut reader = multipart::new_reader(&message[..], boundary);
//! while let Some(mut part) = reader.next_part()? {
//!     let mut text = String::new();
//!     part.read_to_string(&mut text)?;
//!     assert_eq!((&*part.form_name(), &*text), ("name", "Ava"));
//! }
//! # Ok::<(), std::io::Error>(())
//! ```

use std::io::{Read, Write};

pub use self::form::{File, FileHeader, Files, Form};
pub use self::part::Part;
pub use self::reader::Reader;
pub use crate::ERR_MESSAGE_TOO_LARGE;

pub use self::writer::{PartWriter, Writer, file_content_disposition};

mod boundary;
mod form;
mod header;
mod part;
mod quoted_printable;
mod reader;
mod source;
#[cfg(test)]
mod tests;
mod writer;

/// A reader of the multipart message in `source`, whose parts the boundary divides. Go's `multipart.NewReader`.
pub fn new_reader<R: Read>(source: R, boundary: impl AsRef<[u8]>) -> Reader<R> {
    Reader::new(source, boundary)
}

/// A writer of a multipart message to `target`, with a random boundary. Go's `multipart.NewWriter`.
pub fn new_writer<W: Write>(target: W) -> Writer<W> {
    Writer::new(target)
}
