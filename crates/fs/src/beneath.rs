//! Opening files below a directory without ever leaving it, whatever the links in it say.
//!
//! Never opens anything outside the tree, not even for a moment; never blocks on a pipe.
//!
//! Go's `os.Root` is the nearest relative. Differences: parts that begin with a period are not found.

use std::io::{self, ErrorKind};

use crate::OsFile;

#[cfg(not(unix))]
mod canonical;
#[cfg(unix)]
mod descriptor;

#[cfg(not(unix))]
pub(crate) use canonical::Beneath;
#[cfg(unix)]
pub(crate) use descriptor::Beneath;

impl Beneath {
    /// Opens a regular file or a directory for reading.
    ///
    /// `relative` is cleaned: parts divided by single slashes, none of them `.` or `..`; empty for the root.
    pub(crate) fn open(&self, relative: &str) -> io::Result<OsFile> {
        if relative.split('/').any(|part| part.starts_with('.')) {
            return Err(ErrorKind::NotFound.into());
        }
        let file = self.open_confined(relative)?;
        let kind = crate::File::stat(&file)?;
        if !kind.is_dir && !kind.is_regular {
            return Err(ErrorKind::NotFound.into());
        }
        Ok(file.without_dotfiles())
    }
}
