//! The tree as an open descriptor, for Unix: `openat2` where the kernel has it, else a walk from part to part.

use std::collections::VecDeque;
use std::ffi::CString;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::OnceLock;
#[cfg(target_os = "linux")]
use std::sync::atomic::{AtomicBool, Ordering};

use nethttp_core::Text;
use rustix::fs::{CWD, Mode, OFlags, openat, readlinkat};
use rustix::io::Errno;

use crate::OsFile;

/// A directory that nothing is opened outside of.
#[derive(Debug)]
pub(crate) struct Beneath {
    path: PathBuf,
    root: OnceLock<OwnedFd>,
    /// The kernel resolves paths below a directory by itself, as far as is known yet.
    #[cfg(target_os = "linux")]
    has_openat2: AtomicBool,
}

impl Beneath {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self {
            path,
            root: OnceLock::new(),
            #[cfg(target_os = "linux")]
            has_openat2: AtomicBool::new(true),
        }
    }

    pub(super) fn open_confined(&self, relative: &str) -> io::Result<OsFile> {
        let root = self.root()?;
        let relative = if relative.is_empty() { "." } else { relative };
        #[cfg(target_os = "linux")]
        if self.has_openat2.load(Ordering::Relaxed) {
            match by_kernel(root, relative) {
                Err(Errno::NOSYS) => self.has_openat2.store(false, Ordering::Relaxed),
                // A filter of system calls that does not know this one, or a rename that got in between too often.
                Err(Errno::PERM | Errno::AGAIN) => {}
                opened => return Ok(OsFile::new(opened.map_err(hidden)?.into(), Text::EMPTY)),
            }
        }
        Ok(OsFile::new(by_walk(root, relative)?.into(), Text::EMPTY))
    }

    fn root(&self) -> io::Result<BorrowedFd<'_>> {
        if let Some(root) = self.root.get() {
            return Ok(root.as_fd());
        }
        let root = openat(CWD, &self.path, STEP, Mode::empty())?;
        Ok(self.root.get_or_init(|| root).as_fd())
    }
}

#[cfg(target_os = "linux")]
fn by_kernel(root: BorrowedFd<'_>, relative: &str) -> Result<OwnedFd, Errno> {
    use rustix::fs::{ResolveFlags, openat2};

    let mut tries = 0;
    loop {
        let within = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        match openat2(root, relative, FINAL, Mode::empty(), within) {
            // The kernel cannot tell when something was renamed meanwhile.
            Err(Errno::AGAIN) if tries < 8 => tries += 1,
            Err(Errno::INTR) => {}
            result => return result,
        }
    }
}

/// Opens a path by opening each of its parts in turn, none of them through a link; links are read and resolved here.
fn by_walk(root: BorrowedFd<'_>, relative: &str) -> io::Result<OwnedFd> {
    let mut parts: VecDeque<Vec<u8>> = relative.split('/').map(|part| part.as_bytes().to_vec()).collect();
    let mut below: Vec<OwnedFd> = Vec::new();
    let mut links = 0;
    while let Some(part) = parts.pop_front() {
        let here = below.last().map_or(root, AsFd::as_fd);
        let is_last = parts.is_empty();
        match &*part {
            b"" | b"." if !is_last => continue,
            b".." => {
                // Above the root there is nothing.
                below.pop().ok_or(ErrorKind::NotFound)?;
                if is_last {
                    parts.push_front(b".".to_vec());
                }
                continue;
            }
            _ => {}
        }
        let part = CString::new(if part.is_empty() { b".".to_vec() } else { part }).map_err(|_| ErrorKind::NotFound)?;
        let flags = if is_last { FINAL } else { STEP };
        match openat(here, &*part, flags | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(opened) if is_last => return Ok(opened),
            Ok(opened) => below.push(opened),
            Err(reason) => {
                // Systems differ in what they say of a link that must not be followed.
                let Ok(target) = readlinkat(here, &*part, Vec::new()) else {
                    return Err(hidden(reason));
                };
                links += 1;
                let target = target.as_bytes();
                if links > MAX_LINKS || target.starts_with(b"/") {
                    return Err(ErrorKind::NotFound.into());
                }
                for part in target.split(|&byte| byte == b'/').rev() {
                    parts.push_front(part.to_vec());
                }
            }
        }
    }
    Err(ErrorKind::NotFound.into())
}

/// What leads out of the tree, or in circles, or through a file, is not found.
fn hidden(reason: Errno) -> io::Error {
    match reason {
        Errno::XDEV | Errno::LOOP | Errno::NOTDIR => ErrorKind::NotFound.into(),
        other => other.into(),
    }
}

/// How the file itself is opened: without waiting for the other end of a pipe, and without a terminal becoming ours.
const FINAL: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// How a directory on the way is opened. With `O_PATH` it need not be readable.
#[cfg(target_os = "linux")]
const STEP: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const STEP: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// The number of links in a path at which Linux gives up.
const MAX_LINKS: u32 = 40;

#[cfg(test)]
mod tests {
    use std::fs::{create_dir, write};
    use std::io::Read;
    use std::os::unix::fs::symlink;

    use super::*;

    /// Both ways to open, which have to agree.
    fn check(root: &Beneath, relative: &str, expected: Option<&str>) {
        let by_walk = by_walk(root.root().unwrap(), relative).map(std::fs::File::from);
        let mut ways = vec![by_walk];
        #[cfg(target_os = "linux")]
        match by_kernel(root.root().unwrap(), relative) {
            Err(Errno::NOSYS | Errno::PERM) => {}
            opened => ways.push(opened.map(std::fs::File::from).map_err(hidden)),
        }
        for way in ways {
            let text = way.map(|mut file| {
                let mut text = String::new();
                if file.read_to_string(&mut text).is_err() {
                    text.push_str("<directory>");
                }
                text
            });
            match expected {
                Some(expected) => assert_eq!(text.unwrap(), expected, "{relative}"),
                None => assert_eq!(text.unwrap_err().kind(), ErrorKind::NotFound, "{relative}"),
            }
        }
    }

    // pitfall H8: links are judged while the path is resolved, in each of its parts, not by comparing strings.
    #[test]
    fn links_are_followed_inside_only() {
        let outside = tempfile::tempdir().unwrap();
        let tree = outside.path().join("tree");
        create_dir(&tree).unwrap();
        write(outside.path().join("secret"), "secret").unwrap();
        create_dir(tree.join("a")).unwrap();
        create_dir(tree.join("a/b")).unwrap();
        write(tree.join("a/file"), "file").unwrap();
        for (link, target) in [
            ("in", "a/file"),
            ("a/b/up", "../file"),
            ("a/b/upup", "../../in"),
            ("dots", "./a//./b/../file"),
            ("dir", "a/b/"),
            ("here", "."),
            ("back", "a/.."),
            ("out", "../secret"),
            ("a/out", "../../secret"),
            ("roundabout", "../tree/a/file"),
            ("circle", "circle"),
            ("gone", "nowhere"),
            ("through", "a/file/x"),
        ] {
            symlink(target, tree.join(link)).unwrap();
        }
        symlink(tree.join("a/file"), tree.join("absolute")).unwrap();
        symlink(outside.path(), tree.join("parent")).unwrap();

        let root = Beneath::new(tree);
        for (relative, expected) in [
            ("a/file", Some("file")),
            ("in", Some("file")),
            ("a/b/up", Some("file")),
            ("a/b/upup", Some("file")),
            ("dots", Some("file")),
            ("dir/up", Some("file")),
            ("here/here/in", Some("file")),
            ("back/in", Some("file")),
            (".", Some("<directory>")),
            ("a", Some("<directory>")),
            ("dir", Some("<directory>")),
            ("here", Some("<directory>")),
            ("back", Some("<directory>")),
            ("out", None),
            ("a/out", None),
            ("roundabout", None),
            ("absolute", None),
            ("parent/secret", None),
            ("circle", None),
            ("gone", None),
            ("through", None),
            ("a/file/x", None),
            ("nothing", None),
            ("a/nothing/x", None),
        ] {
            check(&root, relative, expected);
        }
    }

    #[test]
    fn a_pipe_does_not_block() {
        let tree = tempfile::tempdir().unwrap();
        rustix::fs::mknodat(CWD, tree.path().join("pipe"), rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
        let root = Beneath::new(tree.path().to_owned());
        assert_eq!(root.open("pipe").unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn dotfiles_are_not_found() {
        let tree = tempfile::tempdir().unwrap();
        create_dir(tree.path().join(".git")).unwrap();
        for name in [".htpasswd", ".git/config", "plain"] {
            write(tree.path().join(name), name).unwrap();
        }
        let root = Beneath::new(tree.path().to_owned());
        for name in [".htpasswd", ".git", ".git/config", "plain/.x"] {
            assert_eq!(root.open(name).unwrap_err().kind(), ErrorKind::NotFound, "{name}");
        }
        let entries = crate::File::read_dir(&mut root.open("").unwrap()).unwrap();
        assert_eq!(entries, [crate::DirEntry::new("plain", false)]);
    }

    #[test]
    fn a_root_that_comes_later_is_found_then() {
        let parent = tempfile::tempdir().unwrap();
        let root = Beneath::new(parent.path().join("later"));
        assert_eq!(root.open("").unwrap_err().kind(), ErrorKind::NotFound);
        create_dir(parent.path().join("later")).unwrap();
        assert!(root.open("").is_ok());
    }
}
