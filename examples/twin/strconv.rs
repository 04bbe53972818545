//! What the program uses of other Go packages, with their results: `strconv.Atoi`, `bytes.Repeat`, `make([]byte, n)` and
//! `filepath.Join`.

use std::ffi::OsStr;
use std::num::{IntErrorKind, ParseIntError};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use nethttp::Text;

/// The number and the error: 0 for what is none, the nearest number for one that is too large.
pub(crate) fn atoi(text: &str) -> (i64, Option<ParseIntError>) {
    match text.parse() {
        Ok(n) => (n, None),
        Err(err) => match err.kind() {
            IntErrorKind::PosOverflow => (i64::MAX, Some(err)),
            IntErrorKind::NegOverflow => (i64::MIN, Some(err)),
            _ => (0, Some(err)),
        },
    }
}

/// Panics where Go does: when `count` is negative.
pub(crate) fn repeat(bytes: &[u8], count: i64) -> Vec<u8> {
    bytes.repeat(usize::try_from(count).expect("negative repeat count"))
}

/// Panics where Go does: when `length` is negative.
pub(crate) fn make(length: i64) -> Vec<u8> {
    vec![0; usize::try_from(length).expect("length out of range")]
}

/// The path of `name` below `root`, without dots and doubled slashes.
pub(crate) fn join_path(root: &str, name: &Text) -> PathBuf {
    let mut path = PathBuf::from(root);
    for component in Path::new(OsStr::from_bytes(name.as_bytes())).components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => drop(path.pop()),
            _ => {}
        }
    }
    path
}
