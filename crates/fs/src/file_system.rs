//! `FileSystem` and `File`: what a file server reads from. Go's `http.FileSystem`, `http.File`, `fs.FileInfo`.

use std::io::{self, ErrorKind, Read, Seek};
use std::sync::Arc;
use std::time::SystemTime;

use nethttp_core::Text;

use crate::OsFile;

/// A collection of named files. Go's `http.FileSystem`.
///
/// Names are separated by `/` on every operating system. A [file server](crate::file_server) asks for names that begin
/// with a slash and hold no `.`, `..` or empty part.
///
/// A file system that hides the files whose names begin with a period:
///
/// ```
/// use std::io::{Error, ErrorKind, Result};
/// use nethttp_core::Text;
/// use nethttp_fs::{Dir, File, FileSystem, file_server};
///
/// struct NoDotFiles(Dir);
///
/// impl FileSystem for NoDotFiles {
///     fn open(&self, name: &Text) -> Result<Box<dyn File>> {
///         if name.split('/').any(|part| part.starts_with('.')) {
///             return Err(Error::from(ErrorKind::PermissionDenied));
///         }
///         self.0.open(name)
///     }
/// }
///
/// let handler = file_server(NoDotFiles(Dir::new("public")));
/// ```
pub trait FileSystem: Send + Sync {
    /// Opens a file or directory for reading.
    ///
    /// # Errors
    ///
    /// `NotFound` becomes the answer 404, `PermissionDenied` 403, everything else 500; the error's text is never shown
    /// to a client.
    fn open(&self, name: &Text) -> io::Result<Box<dyn File>>;

    /// As [`open`](Self::open), for file systems whose files are the operating system's: saves the box. `None`, the
    /// default, means that `open` is to be called; a wrapper that changes `open` must leave it so.
    fn open_os(&self, name: &Text) -> Option<io::Result<OsFile>> {
        let _ = name;
        None
    }
}

impl<F: FileSystem + ?Sized> FileSystem for &F {
    fn open(&self, name: &Text) -> io::Result<Box<dyn File>> {
        (**self).open(name)
    }

    fn open_os(&self, name: &Text) -> Option<io::Result<OsFile>> {
        (**self).open_os(name)
    }
}

impl<F: FileSystem + ?Sized> FileSystem for Arc<F> {
    fn open(&self, name: &Text) -> io::Result<Box<dyn File>> {
        (**self).open(name)
    }

    fn open_os(&self, name: &Text) -> Option<io::Result<OsFile>> {
        (**self).open_os(name)
    }
}

impl<F: FileSystem + ?Sized> FileSystem for Box<F> {
    fn open(&self, name: &Text) -> io::Result<Box<dyn File>> {
        (**self).open(name)
    }

    fn open_os(&self, name: &Text) -> Option<io::Result<OsFile>> {
        (**self).open_os(name)
    }
}

/// An open file or directory. Go's `http.File`; it is closed by being dropped.
pub trait File: Read + Seek + Send {
    /// What the file is.
    ///
    /// # Errors
    ///
    /// Those of the file system; the answer is chosen as for [`FileSystem::open`].
    fn stat(&self) -> io::Result<FileInfo>;

    /// The next entries of a directory, in no order: `count` of them at the most, or all that are left when it is not
    /// positive. Go's `Readdir`.
    ///
    /// # Errors
    ///
    /// [`Error::Eof`](nethttp_core::Error::Eof) when `count` is positive and none are left; `NotADirectory`, which is
    /// what the default gives; those of the file system.
    fn readdir(&mut self, count: isize) -> io::Result<Vec<FileInfo>> {
        let _ = count;
        Err(ErrorKind::NotADirectory.into())
    }

    /// All entries that are left of a directory, by name and kind alone: for listings. The default takes them from
    /// [`readdir`](Self::readdir). Go's `ReadDir(-1)`.
    ///
    /// # Errors
    ///
    /// As `readdir`.
    fn read_dir(&mut self) -> io::Result<Vec<DirEntry>> {
        let infos = self.readdir(-1)?;
        Ok(infos.into_iter().map(|info| DirEntry { is_dir: info.is_dir, name: info.name }).collect())
    }

    /// The file of the operating system behind this one, if its content is that file's: it is then sent without being
    /// read. The default has none.
    fn as_file(&self) -> Option<&std::fs::File> {
        None
    }
}

/// What is known of a file or directory. Go's `fs.FileInfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    pub(crate) name: Text,
    pub(crate) size: u64,
    pub(crate) mod_time: Option<SystemTime>,
    pub(crate) is_dir: bool,
    pub(crate) is_regular: bool,
}

impl FileInfo {
    /// A regular file of `size` bytes; `name` is the last part of its path.
    pub fn file(name: impl Into<Text>, size: u64, mod_time: Option<SystemTime>) -> Self {
        Self { name: name.into(), size, mod_time, is_dir: false, is_regular: true }
    }

    /// A directory; `name` is the last part of its path.
    pub fn dir(name: impl Into<Text>, mod_time: Option<SystemTime>) -> Self {
        Self { name: name.into(), size: 0, mod_time, is_dir: true, is_regular: false }
    }

    pub(crate) fn of(name: Text, metadata: &std::fs::Metadata) -> Self {
        Self {
            name,
            size: metadata.len(),
            mod_time: metadata.modified().ok(),
            is_dir: metadata.is_dir(),
            is_regular: metadata.is_file(),
        }
    }

    /// The last part of the path. May be empty for what was just opened by its name.
    #[must_use]
    pub const fn name(&self) -> &Text {
        &self.name
    }

    /// The length in bytes; 0 or anything for a directory.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// When the content last changed, if that is known.
    #[must_use]
    pub const fn mod_time(&self) -> Option<SystemTime> {
        self.mod_time
    }

    /// Whether this is a directory.
    #[must_use]
    pub const fn is_dir(&self) -> bool {
        self.is_dir
    }
}

/// An entry of a directory: its name and whether it is a directory (a symbolic link to one is not). Go's
/// `fs.DirEntry`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    pub(crate) name: Text,
    pub(crate) is_dir: bool,
}

impl DirEntry {
    /// An entry called `name`.
    pub fn new(name: impl Into<Text>, is_dir: bool) -> Self {
        Self { name: name.into(), is_dir }
    }

    /// The name, without a slash.
    #[must_use]
    pub const fn name(&self) -> &Text {
        &self.name
    }

    /// Whether this is a directory.
    #[must_use]
    pub const fn is_dir(&self) -> bool {
        self.is_dir
    }
}
