//! The syntax of patterns: one checker for the program that runs and for the compiler.
//!
//! [`check`] only looks; [`Pattern`](crate::Pattern) is built from what it accepts. It is `const`, which is what
//! [`pattern!`](crate::pattern!) rests on. The rules, and the offset and reason given for a fault, are those of Go's
//! `http.ServeMux`.

use crate::letters::{is_digit, is_letter};

/// Checks a pattern while compiling, and gives it as `&'static str`.
///
/// What is wrong with it is the text of the compiler's error.
///
/// ```
/// use nethttp_mux::{ServeMux, pattern};
///
/// let mux = ServeMux::new();
/// mux.handle_func(pattern!("GET /b/{bucket}/o/{name...}"), |_, _| {});
/// ```
///
/// ```compile_fail
/// # use nethttp_mux::pattern;
/// let typo = pattern!("GET /b/{bucket/o/{name...}");
/// ```
#[macro_export]
macro_rules! pattern {
    ($pattern:expr) => {{
        const CHECKED: &str = $crate::checked($pattern);
        CHECKED
    }};
}

/// `pattern` itself, if it is valid; what [`pattern!`](crate::pattern!) calls.
///
/// # Panics
///
/// If the pattern is not valid; in a constant that is an error of compilation.
#[doc(hidden)]
#[must_use]
pub const fn checked(pattern: &'static str) -> &'static str {
    match check(pattern.as_bytes()) {
        Ok(_) => pattern,
        Err(invalid) => panic!("{}", invalid.fault.reason()),
    }
}

/// What is wrong with a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    EmptyPattern,
    BadMethod,
    MissingSlash,
    BraceInHost,
    Unclean,
    LateBrace,
    OpenBrace,
    EndNotLast,
    MultiNotLast,
    EmptyName,
    BadName,
    RepeatedName,
}

impl Fault {
    /// Go's words for it.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::EmptyPattern => "empty pattern",
            Self::BadMethod => "invalid method",
            Self::MissingSlash => "host/path missing /",
            Self::BraceInHost => "host contains '{' (missing initial '/'?)",
            Self::Unclean => "non-CONNECT pattern with unclean path can never match",
            Self::LateBrace => "bad wildcard segment (must start with '{')",
            Self::OpenBrace => "bad wildcard segment (must end with '}')",
            Self::EndNotLast => "{$} not at end",
            Self::MultiNotLast => "{...} wildcard not at end",
            Self::EmptyName => "empty wildcard",
            Self::BadName => "bad wildcard name",
            Self::RepeatedName => "duplicate wildcard name",
        }
    }

    /// Whether the message quotes the piece at fault after the reason.
    pub(crate) const fn quotes(self) -> bool {
        matches!(self, Self::BadMethod | Self::BadName | Self::RepeatedName)
    }
}

/// A fault, where it is, and the piece of the pattern that a message about it quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    pub(crate) fault: Fault,
    /// Bytes from the start of the pattern, as Go counts them.
    pub(crate) offset: usize,
    pub(crate) piece: Span,
}

/// A part of the pattern, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    pub(crate) const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    pub(crate) fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }

    const fn len(self) -> usize {
        self.end - self.start
    }
}

/// The three parts of a valid pattern; the path is never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) method: Span,
    pub(crate) host: Span,
    pub(crate) path: Span,
}

/// Checks `text`, which must be UTF-8, from left to right.
pub(crate) const fn check(text: &[u8]) -> Result<Parts, Invalid> {
    if text.is_empty() {
        return Err(fault(Fault::EmptyPattern, 0));
    }
    let method_end = find_blank(text);
    let (method, host_start, offset) = if method_end < text.len() {
        let mut start = method_end + 1;
        while start < text.len() && is_blank(text[start]) {
            start += 1;
        }
        (Span::new(0, method_end), start, method_end + 1)
    } else {
        (Span::new(0, 0), 0, 0)
    };
    let mut at = 0;
    while at < method.end {
        if !nethttp_grammar::token::is_tchar(text[at]) {
            return Err(Invalid { fault: Fault::BadMethod, offset: 0, piece: method });
        }
        at += 1;
    }
    let slash = find(text, Span::new(host_start, text.len()), b'/');
    if slash == text.len() {
        return Err(fault(Fault::MissingSlash, offset));
    }
    let host = Span::new(host_start, slash);
    let path = Span::new(slash, text.len());
    let brace = find(text, host, b'{');
    if brace < host.end {
        return Err(fault(Fault::BraceInHost, offset + (brace - host.start)));
    }
    if method.len() > 0 && !is_connect(text, method) && !is_clean(text, path) {
        return Err(fault(Fault::Unclean, offset + host.len()));
    }
    match check_path(text, path) {
        Ok(()) => Ok(Parts { method, host, path }),
        Err(invalid) => Err(invalid),
    }
}

/// Checks the segments of the path.
const fn check_path(text: &[u8], path: Span) -> Result<(), Invalid> {
    let mut start = path.start + 1;
    loop {
        let segment = Span::new(start, find(text, Span::new(start, path.end), b'/'));
        let is_last = segment.end == path.end;
        let brace = find(text, segment, b'{');
        if brace < segment.end {
            if brace != segment.start {
                return Err(fault(Fault::LateBrace, start));
            }
            if text[segment.end - 1] != b'}' {
                return Err(fault(Fault::OpenBrace, start));
            }
            if let Err(invalid) = check_wildcard(text, path, Span::new(start + 1, segment.end - 1), is_last) {
                return Err(invalid);
            }
        }
        if is_last {
            return Ok(());
        }
        start = segment.end + 1;
    }
}

/// Checks what stands between the braces of a wildcard segment.
const fn check_wildcard(text: &[u8], path: Span, inner: Span, is_last: bool) -> Result<(), Invalid> {
    let offset = inner.start - 1;
    if inner.len() == 1 && text[inner.start] == b'$' {
        return if is_last { Ok(()) } else { Err(fault(Fault::EndNotLast, offset)) };
    }
    let name = without_dots(text, inner);
    if name.end < inner.end && !is_last {
        return Err(fault(Fault::MultiNotLast, offset));
    }
    if name.len() == 0 {
        return Err(fault(Fault::EmptyName, offset));
    }
    if !is_name(text, name) {
        return Err(Invalid { fault: Fault::BadName, offset, piece: name });
    }
    if is_taken(text, path.start, name) {
        return Err(Invalid { fault: Fault::RepeatedName, offset, piece: name });
    }
    Ok(())
}

/// Whether a wildcard before that of `name` has the same name; those before are known to be valid.
const fn is_taken(text: &[u8], path_start: usize, name: Span) -> bool {
    let here = name.start - 1;
    let mut at = path_start;
    while at < here {
        if text[at] == b'{' {
            let other = Span::new(at + 1, find(text, Span::new(at, here), b'}'));
            if is_same(text, other, name) {
                return true;
            }
        }
        at += 1;
    }
    false
}

/// The name without the dots of a multi wildcard.
pub(crate) const fn without_dots(text: &[u8], inner: Span) -> Span {
    let end = inner.end;
    if inner.len() >= 3 && text[end - 1] == b'.' && text[end - 2] == b'.' && text[end - 3] == b'.' {
        Span::new(inner.start, end - 3)
    } else {
        inner
    }
}

/// A letter or `_`, then letters, digits and `_`.
const fn is_name(text: &[u8], name: Span) -> bool {
    let mut at = name.start;
    while at < name.end {
        let (code, length) = decode(text, at);
        if !(is_letter(code) || code == b'_' as u32 || at > name.start && is_digit(code)) {
            return false;
        }
        at += length;
    }
    true
}

/// The code point at `at` of UTF-8 text, and its length in bytes.
const fn decode(text: &[u8], at: usize) -> (u32, usize) {
    let first = text[at];
    let (bits, length) = match first {
        0..=0x7f => return (first as u32, 1),
        0x80..=0xdf => (first & 0x1f, 2),
        0xe0..=0xef => (first & 0x0f, 3),
        _ => (first & 0x07, 4),
    };
    let mut code = bits as u32;
    let mut next = 1;
    while next < length && at + next < text.len() {
        code = code << 6 | (text[at + next] & 0x3f) as u32;
        next += 1;
    }
    (code, next)
}

/// Whether no segment is `.`, `..` or, but for the last, empty: other paths are cleaned before they are matched.
const fn is_clean(text: &[u8], path: Span) -> bool {
    let mut start = path.start + 1;
    loop {
        let end = find(text, Span::new(start, path.end), b'/');
        let is_last = end == path.end;
        let is_bad = match end - start {
            0 => !is_last,
            1 => text[start] == b'.',
            2 => text[start] == b'.' && text[start + 1] == b'.',
            _ => false,
        };
        if is_bad || is_last {
            return !is_bad;
        }
        start = end + 1;
    }
}

const fn is_connect(text: &[u8], method: Span) -> bool {
    const CONNECT: &[u8] = b"CONNECT";
    let mut at = 0;
    while at < CONNECT.len() {
        if method.len() != CONNECT.len() || text[method.start + at] != CONNECT[at] {
            return false;
        }
        at += 1;
    }
    true
}

const fn is_same(text: &[u8], left: Span, right: Span) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if text[left.start + at] != text[right.start + at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The index of `byte` within `span`, or the span's end.
const fn find(text: &[u8], span: Span, byte: u8) -> usize {
    let mut at = span.start;
    while at < span.end && text[at] != byte {
        at += 1;
    }
    at
}

/// The index of the first space or tab, or the length.
const fn find_blank(text: &[u8]) -> usize {
    let mut at = 0;
    while at < text.len() && !is_blank(text[at]) {
        at += 1;
    }
    at
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

const fn fault(fault: Fault, offset: usize) -> Invalid {
    Invalid { fault, offset, piece: Span::new(0, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_can_be_checked_while_compiling() {
        const CHECKED: &str = crate::pattern!("GET a.test/{x}/{été}/{rest...}");
        assert_eq!(CHECKED, "GET a.test/{x}/{été}/{rest...}");
        const PARTS: Result<Parts, Invalid> = check(b"GET \t a.test/{x}");
        let parts = PARTS.unwrap();
        assert_eq!(
            [parts.method, parts.host, parts.path].map(|span| (span.start, span.end)),
            [(0, 3), (6, 12), (12, 16)]
        );
    }

    #[test]
    #[should_panic(expected = "duplicate wildcard name")]
    fn what_is_not_valid_panics() {
        let _ = checked("/{a}/{b}/{a...}");
    }

    #[test]
    fn every_fault_has_its_place() {
        let cases: [(&str, Fault, usize, &str); 14] = [
            ("", Fault::EmptyPattern, 0, ""),
            ("GET  h", Fault::MissingSlash, 4, ""),
            ("GE(T /", Fault::BadMethod, 0, "GE(T"),
            ("GET  h{/", Fault::BraceInHost, 5, ""),
            ("GET /a/../b", Fault::Unclean, 4, ""),
            ("GET /a//b", Fault::Unclean, 4, ""),
            ("/a{b}", Fault::LateBrace, 1, ""),
            ("/a/{b", Fault::OpenBrace, 3, ""),
            ("/{$}/", Fault::EndNotLast, 1, ""),
            ("/{a...}/", Fault::MultiNotLast, 1, ""),
            ("/{}", Fault::EmptyName, 1, ""),
            ("/{...}", Fault::EmptyName, 1, ""),
            ("/{1a}", Fault::BadName, 1, "1a"),
            ("/{aa}/{a}/{aa}", Fault::RepeatedName, 10, "aa"),
        ];
        for (pattern, fault, offset, piece) in cases {
            let invalid = check(pattern.as_bytes()).unwrap_err();
            assert_eq!((invalid.fault, invalid.offset, invalid.piece.of(pattern)), (fault, offset, piece), "{pattern}");
        }
        for pattern in ["/", "CONNECT /a/../b//", "/..", " /", "\t/", "/a//", "/{a}/{aa}", "GET /{_}/{a٣}", "h/}"] {
            assert!(check(pattern.as_bytes()).is_ok(), "{pattern}");
        }
    }
}
