//! `MemFile`: bytes in memory as a file, for file systems that are part of the program.

use std::fmt;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::time::SystemTime;

use nethttp_core::Text;

use crate::{File, FileInfo};

/// A file whose content lies in memory.
///
/// ```
/// use std::io::{ErrorKind, Result};
/// use nethttp_fs::{File, Fs, MemFile, file_server_fs};
///
/// struct Assets;
///
/// impl Fs for Assets {
///     fn open(&self, name: &str) -> Result<Box<dyn File>> {
///         match name {
///             "robots.txt" => Ok(Box::new(MemFile::new(name, "User-agent: *\n", None))),
///             _ => Err(ErrorKind::NotFound.into()),
///         }
///     }
/// }
///
/// let handler = file_server_fs(Assets);
/// ```
pub struct MemFile<D> {
    data: Cursor<D>,
    info: FileInfo,
}

impl<D: AsRef<[u8]>> MemFile<D> {
    /// A file with this content; `name` is the last part of its path.
    pub fn new(name: impl Into<Text>, data: D, mod_time: Option<SystemTime>) -> Self {
        let info = FileInfo::file(name, data.as_ref().len() as u64, mod_time);
        Self { data: Cursor::new(data), info }
    }
}

impl<D: AsRef<[u8]> + Send> File for MemFile<D> {
    fn stat(&self) -> io::Result<FileInfo> {
        Ok(self.info.clone())
    }
}

impl<D: AsRef<[u8]>> Read for MemFile<D> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.data.read(buf)
    }
}

impl<D: AsRef<[u8]>> Seek for MemFile<D> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.data.seek(to)
    }
}

impl<D> fmt::Debug for MemFile<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemFile").field("info", &self.info).finish_non_exhaustive()
    }
}
