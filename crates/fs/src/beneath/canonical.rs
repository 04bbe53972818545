//! The tree as a path, for systems without descriptors of directories: what a path resolves to is compared with the
//! root. Somebody who changes links between the comparison and the opening can get around it.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use crate::OsFile;
use crate::dir::open_os;

/// A directory that nothing is opened outside of.
#[derive(Debug)]
pub(crate) struct Beneath {
    path: PathBuf,
}

impl Beneath {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn open_confined(&self, relative: &str) -> io::Result<OsFile> {
        let root = self.path.canonicalize()?;
        let resolved = root.join(relative).canonicalize()?;
        if !resolved.starts_with(&root) {
            return Err(ErrorKind::NotFound.into());
        }
        open_os(&resolved)
    }
}
