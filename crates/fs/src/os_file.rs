//! `OsFile`: an open file or directory of the operating system. Go's `os.File` as an `http.File`.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
#[cfg(not(unix))]
use std::path::PathBuf;

use nethttp_core::{Error, Text};

use crate::{DirEntry, File, FileInfo};

/// An open file or directory of the operating system.
///
/// ```no_run
/// use nethttp_core::Text;
/// use nethttp_fs::{Dir, File, FileSystem};
///
/// let file = Dir::new("public").open(&Text::from("/index.html"))?;
/// assert!(file.as_file().is_some());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct OsFile {
    file: std::fs::File,
    name: Text,
    /// Only where directories are not listed through their handle.
    #[cfg(not(unix))]
    path: PathBuf,
    hides_dotfiles: bool,
    /// What is left of a directory, once it has been read.
    entries: Option<VecDeque<DirEntry>>,
}

impl OsFile {
    /// What `file` gives, under this name; `file` must not be a directory on systems other than Unix.
    pub fn new(file: std::fs::File, name: impl Into<Text>) -> Self {
        Self {
            file,
            name: name.into(),
            #[cfg(not(unix))]
            path: PathBuf::new(),
            hides_dotfiles: false,
            entries: None,
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn at(mut self, path: PathBuf) -> Self {
        self.path = path;
        self
    }

    pub(crate) const fn without_dotfiles(mut self) -> Self {
        self.hides_dotfiles = true;
        self
    }

    fn entries(&mut self) -> io::Result<&mut VecDeque<DirEntry>> {
        if self.entries.is_none() {
            let mut entries = self.list()?;
            if self.hides_dotfiles {
                entries.retain(|entry| !entry.name.as_bytes().starts_with(b"."));
            }
            self.entries = Some(entries);
        }
        Ok(self.entries.get_or_insert_default())
    }

    #[cfg(unix)]
    fn list(&self) -> io::Result<VecDeque<DirEntry>> {
        use rustix::fs::{AtFlags, Dir, FileType, statat};

        let mut entries = VecDeque::new();
        for entry in Dir::read_from(&self.file)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            // Not every file system keeps the kind with the name, nor every operating system.
            #[cfg(any(target_os = "illumos", target_os = "solaris"))]
            let kind = FileType::Unknown;
            #[cfg(not(any(target_os = "illumos", target_os = "solaris")))]
            let kind = entry.file_type();
            let kind = match kind {
                FileType::Unknown => match statat(&self.file, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                    Err(_) => continue,
                },
                kind => kind,
            };
            entries.push_back(DirEntry { name: Text::from(name), is_dir: kind == FileType::Directory });
        }
        Ok(entries)
    }

    #[cfg(not(unix))]
    fn list(&self) -> io::Result<VecDeque<DirEntry>> {
        let mut entries = VecDeque::new();
        for entry in std::fs::read_dir(&self.path)? {
            let entry = entry?;
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            entries.push_back(DirEntry { name: Text::from(&*entry.file_name().to_string_lossy()), is_dir });
        }
        Ok(entries)
    }

    /// What is known of an entry; `None` when it is gone meanwhile.
    #[cfg(unix)]
    fn stat_entry(&self, name: &Text) -> Option<FileInfo> {
        use rustix::fs::{AtFlags, statat};

        let stat = statat(&self.file, name.as_bytes(), AtFlags::SYMLINK_NOFOLLOW).ok()?;
        Some(info_of(name.clone(), &stat))
    }

    #[cfg(not(unix))]
    fn stat_entry(&self, name: &Text) -> Option<FileInfo> {
        let metadata = std::fs::symlink_metadata(self.path.join(name.as_str())).ok()?;
        Some(FileInfo::of(name.clone(), &metadata))
    }
}

/// What the system knows of a file. (The standard library asks for more, which takes longer.)
#[cfg(unix)]
#[allow(
    clippy::unnecessary_cast,
    clippy::useless_conversion,
    clippy::unnecessary_fallible_conversions,
    reason = "the types of the fields differ between systems"
)]
fn info_of(name: Text, stat: &rustix::fs::Stat) -> FileInfo {
    use std::time::{Duration, UNIX_EPOCH};

    use rustix::fs::FileType;

    let kind = FileType::from_raw_mode(stat.st_mode);
    let seconds = i64::from(stat.st_mtime);
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let whole = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
    let nanoseconds = stat.st_mtime_nsec as u64;
    FileInfo {
        name,
        size: u64::try_from(stat.st_size).unwrap_or_default(),
        mod_time: whole.and_then(|whole| whole.checked_add(Duration::from_nanos(nanoseconds))),
        is_dir: kind == FileType::Directory,
        is_regular: kind == FileType::RegularFile,
    }
}

impl File for OsFile {
    #[cfg(unix)]
    fn stat(&self) -> io::Result<FileInfo> {
        Ok(info_of(self.name.clone(), &rustix::fs::fstat(&self.file)?))
    }

    #[cfg(not(unix))]
    fn stat(&self) -> io::Result<FileInfo> {
        Ok(FileInfo::of(self.name.clone(), &self.file.metadata()?))
    }

    fn readdir(&mut self, count: isize) -> io::Result<Vec<FileInfo>> {
        let wanted = usize::try_from(count).ok().filter(|&count| count > 0);
        let mut infos = Vec::new();
        while wanted.is_none_or(|wanted| infos.len() < wanted) {
            let Some(entry) = self.entries()?.pop_front() else {
                break;
            };
            infos.extend(self.stat_entry(&entry.name));
        }
        if wanted.is_some() && infos.is_empty() {
            return Err(Error::Eof.into());
        }
        Ok(infos)
    }

    fn read_dir(&mut self) -> io::Result<Vec<DirEntry>> {
        Ok(std::mem::take(self.entries()?).into())
    }

    fn as_file(&self) -> Option<&std::fs::File> {
        Some(&self.file)
    }
}

impl Read for OsFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.file.read(buf)
    }
}

impl Seek for OsFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl fmt::Debug for OsFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OsFile").field("file", &self.file).field("name", &self.name).finish_non_exhaustive()
    }
}
