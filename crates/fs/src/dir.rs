//! `Dir`: a directory of the operating system as a file system. Go's `http.Dir`.
//!
//! Differences: [`Dir::confined`] has no counterpart in Go.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nethttp_core::Text;
use nethttp_grammar::path;

use crate::beneath::Beneath;
use crate::refusal::better_error;
use crate::{File, FileSystem, OsFile};

/// A directory tree of the operating system. Go's `http.Dir`.
///
/// Names are cleaned, so that none leads out of the tree by `..`. Like Go's, [`Dir::new`] follows symbolic links
/// wherever they lead and serves files whose names begin with a period; [`Dir::confined`] does neither.
///
/// ```
/// use nethttp_fs::{Dir, file_server};
///
/// let as_in_go = file_server(Dir::new("public"));
/// let safer = file_server(Dir::confined("public"));
/// ```
#[derive(Clone, Debug)]
pub struct Dir {
    root: Root,
}

#[derive(Clone, Debug)]
enum Root {
    /// Cleaned, where paths are separated by slashes.
    Followed(PathBuf),
    Confined(Arc<Beneath>),
}

impl Dir {
    /// The tree below `root`; an empty path is the current directory. Go's `http.Dir(root)`.
    ///
    /// The directory is looked up anew for each file: it need not exist yet, and may be replaced.
    // pitfall H9: this is Go's; the safer variant is one word away.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: Root::Followed(clean(root.into())) }
    }

    /// The tree below `root` without what Go's `Dir` lets through: a symbolic link that leads out of the tree, or is
    /// absolute, is not found; nor is a name with a part that begins with a period, which listings do not show; nor is
    /// anything but regular files and directories.
    ///
    /// The directory itself is opened at the first use and stays open: to replace a site, change what is in the
    /// directory. The kernel sees to the links where it can (`openat2` on Linux); elsewhere each part of a path is
    /// opened by itself and links are resolved here. On systems other than Unix the resolved path is compared with
    /// the root's, which somebody who changes links at that moment can get around.
    ///
    /// A link inside the tree may lead to a file there whose name begins with a period: such a link was set up by
    /// somebody who may write to the tree.
    pub fn confined(root: impl Into<PathBuf>) -> Self {
        Self { root: Root::Confined(Arc::new(Beneath::new(clean(root.into())))) }
    }

    fn open_below(&self, name: &Text) -> io::Result<OsFile> {
        let rooted;
        let name = if name.as_bytes().starts_with(b"/") {
            name.as_bytes()
        } else {
            rooted = [b"/", name.as_bytes()].concat();
            &rooted
        };
        let cleaned = path::clean_posix(name);
        let relative = localize(&cleaned[1..])?;
        match &self.root {
            Root::Followed(root) => open_followed(root, relative),
            Root::Confined(beneath) => beneath.open(relative),
        }
    }
}

impl FileSystem for Dir {
    fn open(&self, name: &Text) -> io::Result<Box<dyn File>> {
        let file: Box<dyn File> = Box::new(self.open_below(name)?);
        Ok(file)
    }

    fn open_os(&self, name: &Text) -> Option<io::Result<OsFile>> {
        Some(self.open_below(name))
    }
}

/// A name without a leading slash as a path of this operating system; empty for the root.
///
/// Names that the system cannot have, or would take for something else, are not found.
pub(crate) fn localize(name: &[u8]) -> io::Result<&str> {
    let name = str::from_utf8(name).map_err(|_| ErrorKind::NotFound)?;
    if name.contains('\0') || cfg!(not(unix)) && name.split('/').any(is_special_elsewhere) {
        return Err(ErrorKind::NotFound.into());
    }
    Ok(name)
}

/// Whether a part of a path means more than itself on systems other than Unix: drives, streams, devices.
fn is_special_elsewhere(part: &str) -> bool {
    if part.contains(['\\', ':']) || part.ends_with(['.', ' ']) {
        return true;
    }
    let stem = part.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    match stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT")) {
        Some(number) => number.chars().count() == 1,
        None => matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$"),
    }
}

/// Opens `relative` below `root`, following links.
fn open_followed(root: &Path, relative: &str) -> io::Result<OsFile> {
    with_joined(root, relative, |full| {
        open_os(full).map_err(|reason| {
            let mut prefixes: Vec<&Path> = full.ancestors().filter(|prefix| !prefix.as_os_str().is_empty()).collect();
            prefixes.reverse();
            let are_dirs = prefixes.into_iter().filter(|prefix| *prefix != Path::new("/"));
            better_error(reason, are_dirs.map(|prefix| Ok(std::fs::metadata(prefix)?.is_dir())))
        })
    })
}

#[cfg(unix)]
pub(crate) fn open_os(path: &Path) -> io::Result<OsFile> {
    use rustix::fs::{Mode, OFlags, open};
    use rustix::io::Errno;

    /// A pipe without a writer would hold its thread for ever.
    const UNWAITING: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

    let mut flags = UNWAITING;
    loop {
        match open(path, flags, Mode::empty()) {
            Ok(file) => return Ok(OsFile::new(file.into(), Text::EMPTY)),
            Err(Errno::INTR) => {}
            // Somebody has a lease on the file, and is given the time to let go of it.
            Err(Errno::AGAIN) if flags.contains(OFlags::NONBLOCK) => flags.remove(OFlags::NONBLOCK),
            Err(reason) => return Err(reason.into()),
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn open_os(path: &Path) -> io::Result<OsFile> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    #[cfg(windows)]
    {
        /// `FILE_FLAG_BACKUP_SEMANTICS`, without which a directory cannot be opened.
        const DIRECTORIES_TOO: u32 = 0x0200_0000;
        std::os::windows::fs::OpenOptionsExt::custom_flags(&mut options, DIRECTORIES_TOO);
    }
    Ok(OsFile::new(options.open(path)?, Text::EMPTY).at(path.to_owned()))
}

/// Calls `act` with `relative` below `root`, put together without an allocation where it is short.
#[cfg(unix)]
fn with_joined<R>(root: &Path, relative: &str, act: impl FnOnce(&Path) -> R) -> R {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let root_bytes = root.as_os_str().as_bytes();
    if relative.is_empty() {
        return act(root);
    }
    let (prefix, slash): (&[u8], &[u8]) = match root_bytes {
        b"." => (b"", b""),
        [.., b'/'] => (root_bytes, b""),
        _ => (root_bytes, b"/"),
    };
    let mut short = [0_u8; SHORT_PATH];
    let mut end = 0;
    if prefix.len() + slash.len() + relative.len() > short.len() {
        return act(Path::new(OsStr::from_bytes(&[prefix, slash, relative.as_bytes()].concat())));
    }
    for part in [prefix, slash, relative.as_bytes()] {
        short[end..end + part.len()].copy_from_slice(part);
        end += part.len();
    }
    act(Path::new(OsStr::from_bytes(&short[..end])))
}

#[cfg(not(unix))]
fn with_joined<R>(root: &Path, relative: &str, act: impl FnOnce(&Path) -> R) -> R {
    act(&root.join(relative))
}

/// A longer path is put together on the heap.
#[cfg(unix)]
const SHORT_PATH: usize = 256;

/// The shortest spelling of a root, `.` for an empty one.
#[cfg(unix)]
fn clean(root: PathBuf) -> PathBuf {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};

    match path::clean_posix(root.as_os_str().as_bytes()) {
        std::borrow::Cow::Borrowed(_) => root,
        std::borrow::Cow::Owned(cleaned) => OsString::from_vec(cleaned).into(),
    }
}

#[cfg(not(unix))]
fn clean(root: PathBuf) -> PathBuf {
    if root.as_os_str().is_empty() { PathBuf::from(".") } else { root }
}
