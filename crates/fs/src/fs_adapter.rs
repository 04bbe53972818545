//! `Fs`: a read-only file system with unrooted names, `fs` that makes a `FileSystem` of it, and `DirFs`. Go's `fs.FS`,
//! `http.FS`, `os.DirFS`.

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;

use nethttp_core::Text;

use crate::dir::{localize, open_os};
use crate::refusal::better_error;
use crate::{File, FileInfo, FileSystem};

/// A read-only tree of files. Go's `fs.FS`.
///
/// Names are parts divided by single slashes, without a slash at either end and without `.` and `..` among the parts;
/// the root is `.`. Other names should give an `InvalidInput` error (a file server asks for such when it is asked to).
///
/// See [`MemFile`](crate::MemFile) for an example.
pub trait Fs: Send + Sync {
    /// Opens a file or directory for reading.
    ///
    /// # Errors
    ///
    /// As [`FileSystem::open`].
    fn open(&self, name: &str) -> io::Result<Box<dyn File>>;

    /// What is known of a file or directory. The default opens it. Go's `fs.Stat`.
    ///
    /// # Errors
    ///
    /// As [`FileSystem::open`].
    fn stat(&self, name: &str) -> io::Result<FileInfo> {
        self.open(name)?.stat()
    }
}

impl<F: Fs + ?Sized> Fs for &F {
    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        (**self).open(name)
    }

    fn stat(&self, name: &str) -> io::Result<FileInfo> {
        (**self).stat(name)
    }
}

impl<F: Fs + ?Sized> Fs for Arc<F> {
    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        (**self).open(name)
    }

    fn stat(&self, name: &str) -> io::Result<FileInfo> {
        (**self).stat(name)
    }
}

impl<F: Fs + ?Sized> Fs for Box<F> {
    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        (**self).open(name)
    }

    fn stat(&self, name: &str) -> io::Result<FileInfo> {
        (**self).stat(name)
    }
}

/// A read-only tree as a [`FileSystem`]. Go's `http.FS`.
///
/// ```
/// use nethttp_fs::{DirFs, file_server, fs};
///
/// let handler = file_server(fs(DirFs::new("public")));
/// ```
pub const fn fs<F: Fs>(fsys: F) -> FsAdapter<F> {
    FsAdapter { fsys }
}

/// A read-only tree as a [`FileSystem`]; made by [`fs`].
#[derive(Clone, Debug)]
pub struct FsAdapter<F> {
    fsys: F,
}

impl<F: Fs> FileSystem for FsAdapter<F> {
    fn open(&self, name: &Text) -> io::Result<Box<dyn File>> {
        if !name.is_utf8() {
            return Err(ErrorKind::InvalidInput.into());
        }
        let name = match name.as_str() {
            "/" => ".",
            name => name.strip_prefix('/').unwrap_or(name),
        };
        self.fsys.open(name).map_err(|reason| {
            let ends = name.match_indices('/').map(|(slash, _)| slash).chain([name.len()]);
            let prefixes = ends.map(|end| &name[..end]).filter(|prefix| !prefix.is_empty() && !prefix.ends_with('/'));
            better_error(reason, prefixes.map(|prefix| Ok(self.fsys.stat(prefix)?.is_dir())))
        })
    }
}

/// A directory of the operating system as an [`Fs`]. Go's `os.DirFS`.
///
/// Follows symbolic links, also out of the directory; [`Dir::confined`](crate::Dir::confined) does not.
///
/// ```
/// use nethttp_fs::{DirFs, file_server_fs};
///
/// let handler = file_server_fs(DirFs::new("public"));
/// ```
#[derive(Clone, Debug)]
pub struct DirFs {
    root: PathBuf,
}

impl DirFs {
    /// The tree below `root`. Nothing can be opened in a tree whose root is empty.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn path(&self, name: &str) -> io::Result<PathBuf> {
        let is_valid = name == "." || name.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if self.root.as_os_str().is_empty() || !is_valid || localize(name.as_bytes()).is_err() {
            return Err(ErrorKind::InvalidInput.into());
        }
        Ok(self.root.join(name))
    }
}

impl Fs for DirFs {
    fn open(&self, name: &str) -> io::Result<Box<dyn File>> {
        let file: Box<dyn File> = Box::new(open_os(&self.path(name)?)?);
        Ok(file)
    }

    fn stat(&self, name: &str) -> io::Result<FileInfo> {
        Ok(FileInfo::of(Text::EMPTY, &std::fs::metadata(self.path(name)?)?))
    }
}
