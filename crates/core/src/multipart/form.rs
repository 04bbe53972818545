//! `Form`: a whole `multipart/form-data` message, small files in memory and large ones in a temporary file. Go's
//! `Reader.ReadForm`, `multipart.Form`, `multipart.FileHeader` and `multipart.File`.
//!
//! The temporary file has no name (or, where the system knows none such, loses it when closed): it is gone when the
//! last form, file header and file that use it are.
//!
//! RFC 7578; limits are Go's.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::Part;
use super::header::{self, Budget, ENTRY_OVERHEAD};
use super::reader::{MAX_FIELDS, Reader};
use crate::{Error, Header, Text, Values};

/// How many parts a form may have.
const MAX_PARTS: usize = 1000;

/// What the values of a form may take up, beside what its files may.
const VALUE_BYTES: i64 = 10 << 20;

/// What Go counts for a file header, beside the fields in it.
const FILE_HEADER_OVERHEAD: i64 = 100;

impl<R: Read> Reader<R> {
    /// Reads the rest of the message as a form: of its files `max_memory` bytes are kept in memory, and the rest in a
    /// temporary file. Values may take up 10 MiB more. Go's `Reader.ReadForm`.
    ///
    /// # Errors
    ///
    /// Those of [`next_part`](Self::next_part) and of the temporary file; [`Error::MessageTooLarge`] for a form with
    /// more than 1,000 parts or 10,000 header lines, or with values that take up too much.
    ///
    /// ```
    /// use nethttp_core::multipart;
    ///
    /// let message = b"--X\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--X--\r\n";
    /// let form = multipart::new_reader(&message[..], "X").read_form(1 << 20)?;
    /// assert_eq!(form.value.get("a"), "1");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read_form(&mut self, max_memory: i64) -> io::Result<Form> {
        let max_memory = max_memory.max(0);
        let mut form = Form::default();
        let mut spill = Spill::default();
        let mut files_left = max_memory.min(i64::MAX - 1);
        let mut left = Budget { bytes: max_memory.saturating_add(VALUE_BYTES), fields: MAX_FIELDS };
        let mut count = 0;
        while let Some(mut part) = self.part(true, left)? {
            count += 1;
            if count > MAX_PARTS {
                return Err(Error::MessageTooLarge.into());
            }
            let name = part.form_name();
            if name.as_bytes().is_empty() {
                continue;
            }
            let filename = part.file_name();
            charge(&mut left.bytes, header::size(name.as_bytes()) + ENTRY_OVERHEAD)?;
            if filename.as_bytes().is_empty() {
                let value = take(&mut part, left.bytes + 1)?;
                charge(&mut left.bytes, header::size(&value))?;
                form.value.push(name.as_bytes().into(), value.into());
                continue;
            }
            charge(&mut left.bytes, header::cost(&part.header) + ENTRY_OVERHEAD + FILE_HEADER_OVERHEAD)?;
            left.fields -= i64::try_from(part.header.len()).unwrap_or(i64::MAX);
            let data = take(&mut part, files_left + 1)?;
            let (content, size) = if header::size(&data) > files_left {
                spill.store(&data, &mut part)?
            } else {
                let size = header::size(&data);
                files_left -= size;
                left.bytes -= size;
                (Content::Memory(Arc::new(data)), size)
            };
            let header = std::mem::take(&mut part.header);
            form.file.0.entry(name).or_default().push(FileHeader { filename, header, size, content });
        }
        Ok(form)
    }
}

/// Takes `cost` off what is left.
fn charge(left: &mut i64, cost: i64) -> io::Result<()> {
    *left -= cost;
    if *left < 0 { Err(Error::MessageTooLarge.into()) } else { Ok(()) }
}

/// The data of a part up to `limit` bytes.
fn take<R: Read>(part: &mut Part<'_, R>, limit: i64) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    part.take(limit.unsigned_abs()).read_to_end(&mut data)?;
    Ok(data)
}

/// The one temporary file that all large files of a form share.
#[derive(Default)]
struct Spill {
    file: Option<Arc<Mutex<fs::File>>>,
    length: u64,
}

impl Spill {
    /// Puts a part into the file: `start` and what is left to be read of it.
    fn store<R: Read>(&mut self, start: &[u8], part: &mut Part<'_, R>) -> io::Result<(Content, i64)> {
        let shared = match &self.file {
            Some(shared) => Arc::clone(shared),
            None => Arc::clone(self.file.insert(Arc::new(Mutex::new(tempfile::tempfile()?)))),
        };
        // Nobody reads before the whole form is there, so the file stands at its end.
        let mut file = shared.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(start)?;
        let size = start.len() as u64 + io::copy(part, &mut *file)?;
        drop(file);
        let content = Content::Disk { file: shared, offset: self.length };
        self.length += size;
        Ok((content, i64::try_from(size).unwrap_or(i64::MAX)))
    }
}

/// The values and files of a multipart form. Copies share the files' contents. Go's `multipart.Form`.
///
/// ```
/// use std::io::Read;
/// use nethttp_core::{Request, ResponseWriter, fprintf};
///
/// fn upload(w: &mut dyn ResponseWriter, r: &mut Request) -> std::io::Result<()> {
///     r.parse_multipart_form(1 << 20)?;
///     let form = r.multipart_form.as_ref().unwrap();
///     for (name, files) in form.file.iter() {
///         for file in files {
///             fprintf!(w, "{}: {} of {} bytes\n", name, file.filename, file.size);
///         }
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Form {
    /// The fields that are no files.
    pub value: Values,
    /// The files.
    pub file: Files,
}

impl Form {
    /// Gives up the contents of the files that are in the temporary file, which happens anyway when the form is dropped.
    /// They can no longer be opened through this form. Go's `Form.RemoveAll`.
    pub fn remove_all(&mut self) {
        for file in self.file.0.values_mut().flatten() {
            if matches!(file.content, Content::Disk { .. }) {
                file.content = Content::Removed;
            }
        }
    }
}

/// Lists of files by the name of their form field.
#[derive(Clone, Debug, Default)]
pub struct Files(BTreeMap<Text, Vec<FileHeader>>);

impl Files {
    /// The first file of this field.
    #[must_use]
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<&FileHeader> {
        self.values(name).first()
    }

    /// All files of this field, in the order they came. Go's `form.File[name]`.
    #[must_use]
    pub fn values(&self, name: impl AsRef<[u8]>) -> &[FileHeader] {
        self.0.get(name.as_ref()).map_or(&[], Vec::as_slice)
    }

    /// Fields with their files, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &[FileHeader])> {
        self.0.iter().map(|(name, files)| (name, files.as_slice()))
    }

    /// The names of the fields, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &Text> {
        self.0.keys()
    }

    /// The number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A file of a form: what the client said of it, and the way to its contents. Go's `multipart.FileHeader`.
#[derive(Clone)]
#[non_exhaustive]
pub struct FileHeader {
    /// The name, without directories; the client's word.
    pub filename: Text,
    /// The header fields of the part.
    pub header: Header,
    /// The length of the contents in bytes.
    pub size: i64,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Memory(Arc<Vec<u8>>),
    Disk { file: Arc<Mutex<fs::File>>, offset: u64 },
    Removed,
}

impl FileHeader {
    /// Opens the contents, at their beginning; may be done again and again. Go's `FileHeader.Open`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] after [`Form::remove_all`], where the contents were in the temporary file.
    pub fn open(&self) -> io::Result<File> {
        if matches!(self.content, Content::Removed) {
            return Err(io::Error::new(ErrorKind::NotFound, "multipart: file has been removed"));
        }
        Ok(File { content: self.content.clone(), size: self.size.unsigned_abs(), position: 0 })
    }
}

impl fmt::Debug for FileHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileHeader")
            .field("filename", &self.filename)
            .field("header", &self.header)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// The contents of a file of a form, with a position of its own. Go's `multipart.File`.
///
/// ```
/// use std::io::{Read, Seek, SeekFrom};
/// use nethttp_core::multipart;
///
/// let message =
///     b"--X\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\nhello\r\n--X--\r\n";
/// let form = multipart::new_reader(&message[..], "X").read_form(0)?;
/// let mut file = form.file.get("f").unwrap().open()?;
/// file.seek(SeekFrom::Start(1))?;
/// let mut text = String::new();
/// file.read_to_string(&mut text)?;
/// assert_eq!(text, "ello");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct File {
    content: Content,
    size: u64,
    position: u64,
}

impl File {
    /// The length in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Reads at an offset and leaves the position alone; 0 at the end. Go's `ReadAt`, which fills the buffer or fails.
    ///
    /// # Errors
    ///
    /// Those of the temporary file.
    pub fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.size.saturating_sub(offset);
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        if count == 0 {
            return Ok(0);
        }
        match &self.content {
            Content::Memory(data) => {
                // The offset lies within the data, whose length is the size.
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                buf[..count].copy_from_slice(&data[start..start + count]);
                Ok(count)
            }
            Content::Disk { file, offset: start } => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(start + offset))?;
                file.read(&mut buf[..count])
            }
            Content::Removed => Ok(0),
        }
    }
}

impl Read for File {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.read_at(buf, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for File {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let position = match target {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(distance) => self.size.checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
        };
        self.position = position.ok_or_else(|| io::Error::from(ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("size", &self.size).field("position", &self.position).finish_non_exhaustive()
    }
}
