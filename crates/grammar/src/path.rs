//! Cleaning of slash-separated paths: empty, `.` and `..` segments taken out.
//!
//! Purely lexical: nothing is unescaped and no file system is asked.
//!
//! Go's `path.Clean` and the `cleanPath` of `net/http`'s `ServeMux`.

use std::borrow::Cow;

/// The path a request path stands for: rooted, without empty, `.` and `..` segments, a trailing slash kept.
///
/// Borrowed when `path` [is clean](is_clean) already.
///
/// ```
/// use nethttp_grammar::path::clean;
///
/// assert_eq!(*clean(b"/a/../b//c/."), *b"/b/c");
/// assert_eq!(*clean(b"a/"), *b"/a/");
/// assert_eq!(*clean(b""), *b"/");
/// ```
#[must_use]
pub fn clean(path: &[u8]) -> Cow<'_, [u8]> {
    if is_clean(path) {
        return Cow::Borrowed(path);
    }
    let mut out = Vec::with_capacity(path.len() + 1);
    out.push(b'/');
    for segment in path.split(|&byte| byte == b'/') {
        push_segment(&mut out, segment, 1);
    }
    if path.ends_with(b"/") && out.len() > 1 {
        out.push(b'/');
    }
    Cow::Owned(out)
}

/// Whether [`clean`] would leave `path` as it is.
#[must_use]
#[inline]
pub fn is_clean(path: &[u8]) -> bool {
    let [b'/', rest @ ..] = path else {
        return false;
    };
    // Most paths have neither `//` nor `/.`. A loop without early exit is the quickest to see that.
    let is_suspect = path
        .iter()
        .zip(rest)
        .fold(false, |found, (&byte, &next)| found | (byte == b'/') & ((next == b'/') | (next == b'.')));
    !is_suspect || has_clean_segments(rest)
}

/// Whether no segment of a path, whose leading slash is off, is empty (but for the last), `.` or `..`.
fn has_clean_segments(mut rest: &[u8]) -> bool {
    // Each turn stands behind a slash, where alone a bad segment can begin.
    loop {
        if matches!(rest, [b'/', ..] | [b'.'] | [b'.', b'/', ..] | [b'.', b'.'] | [b'.', b'.', b'/', ..]) {
            return false;
        }
        match rest.iter().position(|&byte| byte == b'/') {
            Some(slash) => rest = &rest[slash + 1..],
            None => return true,
        }
    }
}

/// The shortest path equal to `path`: as [`clean`], but a relative path stays relative, `..` before it is kept, a
/// trailing slash goes, and nothing at all is written `.`.
///
/// Go's `path.Clean`. Borrowed when nothing changes.
///
/// ```
/// use nethttp_grammar::path::clean_posix;
///
/// assert_eq!(*clean_posix(b"../a/b/../c/"), *b"../a/c");
/// assert_eq!(*clean_posix(b"a/.."), *b".");
/// ```
#[must_use]
pub fn clean_posix(path: &[u8]) -> Cow<'_, [u8]> {
    if path == b"/" || is_clean(path) && !path.ends_with(b"/") {
        return Cow::Borrowed(path);
    }
    let is_rooted = path.starts_with(b"/");
    let mut out = Vec::with_capacity(path.len().max(1));
    if is_rooted {
        out.push(b'/');
    }
    // What comes before this index is never taken back: the root, or the leading `..` of a relative path.
    let mut floor = out.len();
    for segment in path.split(|&byte| byte == b'/') {
        if segment == b".." && !is_rooted && out.len() == floor {
            if floor > 0 {
                out.push(b'/');
            }
            out.extend_from_slice(b"..");
            floor = out.len();
        } else {
            push_segment(&mut out, segment, floor);
        }
    }
    if out.is_empty() {
        out.push(b'.');
    }
    if out == path { Cow::Borrowed(path) } else { Cow::Owned(out) }
}

/// Adds one segment to a cleaned path that must not become shorter than `floor`.
fn push_segment(out: &mut Vec<u8>, segment: &[u8], floor: usize) {
    match segment {
        b"" | b"." => {}
        b".." => {
            let parent = out[floor..].iter().rposition(|&byte| byte == b'/').unwrap_or(0);
            out.truncate(floor + parent);
        }
        _ => {
            if !out.is_empty() && out != b"/" {
                out.push(b'/');
            }
            out.extend_from_slice(segment);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_clean(path: &str, expected: &str) {
        let cleaned = clean(path.as_bytes());
        assert_eq!(String::from_utf8_lossy(&cleaned), expected, "clean {path:?}");
        assert_eq!(matches!(cleaned, Cow::Borrowed(_)), path == expected, "{path:?}");
        assert_eq!(is_clean(path.as_bytes()), path == expected, "{path:?}");
        assert!(is_clean(&cleaned), "{path:?}");
    }

    #[test]
    fn request_paths() {
        for (path, expected) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("a", "/a"),
            ("/a", "/a"),
            ("/a/", "/a/"),
            ("/a//", "/a/"),
            ("//a", "/a"),
            ("/.", "/"),
            ("/./", "/"),
            ("/..", "/"),
            ("/../", "/"),
            ("/../../a", "/a"),
            ("/a/..", "/"),
            ("/a/../", "/"),
            ("/a/b/..", "/a"),
            ("/a/b/../", "/a/"),
            ("/a/./b", "/a/b"),
            ("/a/.", "/a"),
            ("/a/.b/..c/...", "/a/.b/..c/..."),
            ("/a/...", "/a/..."),
            ("..", "/"),
            ("*", "/*"),
            ("/%2e%2e/a", "/%2e%2e/a"),
        ] {
            check_clean(path, expected);
        }
        assert_eq!(*clean(b"/\xff/../\xfe"), *b"/\xfe");
    }

    #[test]
    fn posix_paths() {
        for (path, expected) in [
            ("", "."),
            (".", "."),
            ("/", "/"),
            ("//", "/"),
            ("a", "a"),
            ("a/", "a"),
            ("/a/", "/a"),
            ("a/b", "a/b"),
            ("a//b", "a/b"),
            ("./a", "a"),
            ("..", ".."),
            ("../..", "../.."),
            ("../../a", "../../a"),
            ("../a/..", ".."),
            ("a/..", "."),
            ("a/../..", ".."),
            ("a/../../b", "../b"),
            ("a/b/../../../c", "../c"),
            ("/..", "/"),
            ("/../a", "/a"),
            ("/a/../..", "/"),
            ("..a/..b", "..a/..b"),
            (".../a", ".../a"),
        ] {
            let cleaned = clean_posix(path.as_bytes());
            assert_eq!(String::from_utf8_lossy(&cleaned), expected, "clean_posix {path:?}");
            assert_eq!(matches!(cleaned, Cow::Borrowed(_)), path == expected, "{path:?}");
        }
    }
}
