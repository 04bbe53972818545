//! Request heads: where one ends, and what stands in it.
//!
//! [`HeadScanner`] looks at each byte once however the head arrives, and refuses a bad line as soon as it is complete;
//! [`parse_head`] splits a complete head. Neither knows what a field means: see [`crate::framing`].
//!
//! RFC 9112 sections 2, 3 and 5; Go's `readRequest`, `textproto.readMIMEHeader` and the read limit of `conn.readRequest`.
//!
//! Differences: every line ends with CRLF, no line is folded, and the target is ASCII; Go takes LF alone, joins folded
//! lines and passes other bytes on. Of the line ends behind the body of a POST, Go skips up to four bytes of CR and LF;
//! here two whole CRLF are skipped.

use std::fmt;
use std::mem::MaybeUninit;

use httparse::{Header, Status};

use crate::error::HeadError;
use crate::limits::{INLINE_FIELDS, LATER_HEAD_EXTRA, Limits, MAX_SKIPPED_LINES, MIN_LATER_BYTES};
use crate::line::{FieldLine, RequestLine, take_line};

/// Finds the end of a request head in a buffer that grows.
///
/// One scanner serves a connection: [`HeadScanner::default`] for its first head, [`HeadScanner::reset`] before each
/// later one. The buffer given to it begins where the previous message ended, and only grows between two calls.
///
/// ```
/// use nethttp_h1::{HeadScanner, Limits};
///
/// let (mut scanner, limits) = (HeadScanner::default(), Limits::default());
/// assert_eq!(scanner.scan(b"GET / HTTP/1.1\r\n", &limits), Ok(None));
/// assert_eq!(scanner.scan(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nrest", &limits), Ok(Some(27)));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct HeadScanner {
    /// Where the head begins, behind skipped line ends.
    start: usize,
    /// Bytes looked at. Invariant: `start <= line <= scanned`, and no LF between `line` and `scanned`.
    scanned: usize,
    /// Where the first line begins that is not complete.
    line: usize,
    /// Complete lines so far.
    lines: usize,
    is_later: bool,
    is_after_post: bool,
}

/// What cut the input off within a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cutoff {
    /// The peer will send no more.
    EndOfInput,
    /// A deadline passed.
    Timeout,
}

impl HeadScanner {
    /// Makes ready for a later head of the same connection. `is_after_post`: the message before it was a POST.
    pub fn reset(&mut self, is_after_post: bool) {
        *self = Self { is_later: true, is_after_post, ..Self::default() };
    }

    /// Where the head begins in the buffer: 0, but for line ends that are skipped after a POST.
    ///
    /// Settled when [`scan`](Self::scan) has found the end of the head.
    #[must_use]
    pub const fn start(&self) -> usize {
        self.start
    }

    /// Looks for the end of the head in `buf`.
    ///
    /// `Some(end)`: the head is `buf[scanner.start()..end]`, blank line included. It is not checked yet: that is what
    /// [`parse_head`] does. `None`: more bytes are needed; what has come so far is well-formed.
    ///
    /// # Errors
    ///
    /// A complete line is bad, the head is larger than `limits` allow, or it has too many lines. The scanner is of no
    /// use after that.
    pub fn scan(&mut self, buf: &[u8], limits: &Limits) -> Result<Option<usize>, HeadError> {
        if self.is_later && buf.len() < MIN_LATER_BYTES {
            return Ok(None);
        }
        if self.is_after_post && self.lines == 0 {
            self.start = skipped_line_ends(buf);
            self.line = self.line.max(self.start);
        }
        let max_end = self.start.saturating_add(self.max_bytes(limits));
        // Two bytes back: what was there may be the LF of the last line and the CR of the blank one.
        let from = self.scanned.saturating_sub(2).max(self.start);
        if let Some(end) = find_head_end(buf, from)
            && end <= max_end
        {
            return Ok(Some(end));
        }
        let within = &buf[..buf.len().min(max_end)];
        self.check_lines(within, limits)?;
        if buf.len() >= max_end {
            return Err(HeadError::TooLarge);
        }
        self.scanned = buf.len().max(self.line);
        Ok(None)
    }

    /// [`scan`](Self::scan) and [`parse_head`] in one step, which saves the search when the head came in one piece.
    ///
    /// `Some((end, head))`: the message's body begins at `end`.
    ///
    /// # Errors
    ///
    /// Those of the two.
    pub fn read<'s, 'b: 's>(
        &mut self,
        buf: &'b [u8],
        limits: &Limits,
        scratch: &'s mut FieldScratch<'b>,
    ) -> Result<Option<(usize, RequestHead<'s>)>, HeadError> {
        if self.scanned > 0 {
            // It comes in pieces.
            let Some(end) = self.scan(buf, limits)? else { return Ok(None) };
            return Ok(Some((end, parse_head(&buf[self.start..end], limits, scratch)?)));
        }
        let FieldScratch { inline, spill } = scratch;
        if let Some((end, head)) = split_ordinary(buf, limits, inline)
            && end <= self.max_bytes(limits)
        {
            return Ok(Some((end, head)));
        }
        let Some(end) = self.scan(buf, limits)? else { return Ok(None) };
        Ok(Some((end, split_exactly(&buf[self.start..end], limits, spill)?)))
    }

    /// What to answer when the input is cut off before the head in `buf` is complete.
    ///
    /// Go reads what has come as if it were a line: a fragment that can be no line is answered with 400, and so is a
    /// request line whose rest the peer will not send; a deadline otherwise, or an end between two requests, closes the
    /// connection without a word.
    #[must_use]
    pub fn cut_off(&self, buf: &[u8], cutoff: Cutoff) -> HeadError {
        if self.is_later && buf.len() < MIN_LATER_BYTES {
            return HeadError::Closed;
        }
        let start = if self.is_after_post { skipped_line_ends(buf) } else { 0 };
        let head = &buf[start..];
        if head.is_empty() {
            return HeadError::Closed;
        }
        if cutoff == Cutoff::EndOfInput {
            return HeadError::Incomplete;
        }
        let lines_before = head.iter().filter(|&&byte| byte == b'\n').count();
        let fragment = head.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
        let verdict = match (fragment.is_empty(), lines_before) {
            (true, _) => Ok(()),
            (false, 0) => RequestLine::parse(fragment).map(drop),
            (false, lines) => FieldLine::parse(fragment, lines == 1).map(drop),
        };
        verdict.err().unwrap_or(HeadError::Closed)
    }

    const fn max_bytes(&self, limits: &Limits) -> usize {
        let extra = if self.is_later { LATER_HEAD_EXTRA } else { 0 };
        limits.max_head_bytes.saturating_add(extra)
    }

    /// Judges the lines of `buf` that are complete and have not been looked at.
    fn check_lines(&mut self, buf: &[u8], limits: &Limits) -> Result<(), HeadError> {
        // The rest of an incomplete line holds no LF: search behind it.
        while let Some(length) = buf.get(self.scanned.max(self.line)..).and_then(|new| new.iter().position(is_lf)) {
            let next = self.scanned.max(self.line) + length + 1;
            let (line, _) = take_line(&buf[..next], self.line).ok_or(HeadError::MalformedField)??;
            if self.lines == 0 {
                RequestLine::parse(line)?;
            } else {
                FieldLine::parse(line, self.lines == 1)?;
                if self.lines > limits.max_field_lines {
                    return Err(HeadError::TooManyFields);
                }
            }
            self.lines += 1;
            self.line = next;
        }
        Ok(())
    }
}

/// A field line as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'b> {
    /// The name, a token, in the sender's spelling.
    pub name: &'b str,
    /// The value without the white space around it; no control bytes but tab, maybe bytes outside ASCII, maybe empty.
    pub value: &'b [u8],
}

/// A request head, split.
///
/// Whether the message may be served is not known before [`examine`](crate::examine) has looked at it.
#[derive(Clone, Copy)]
pub struct RequestHead<'b> {
    /// The method, a token.
    pub method: &'b [u8],
    /// The target as it was sent: visible ASCII, not empty, not yet parsed.
    pub target: &'b str,
    /// Major and minor version, each one digit.
    pub version: (u8, u8),
    /// The whole head, where it is known to be UTF-8.
    text: Option<&'b str>,
    fields: &'b [Header<'b>],
    pub(crate) has_spaced_name: bool,
    pub(crate) max_field_lines: usize,
}

impl<'b> RequestHead<'b> {
    /// The field lines in the order they came.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = Field<'b>> + Clone + use<'b> {
        self.fields.iter().map(|header| Field { name: header.name, value: header.value })
    }

    /// The value of a field of this head as text, if it is known to be UTF-8.
    ///
    /// A head with many fields is looked at once, when it is split, so that asking for all of its values costs next to
    /// nothing. Where there are few, a look at those that are asked for costs less: nothing is known of them.
    ///
    /// ```
    /// # use nethttp_h1::{FieldScratch, Limits, parse_head};
    /// let mut scratch = FieldScratch::new();
    /// let text = b"GET / HTTP/1.0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n";
    /// let head = parse_head(text, &Limits::default(), &mut scratch)?;
    /// assert!(head.fields().map(|field| head.text_of(field.value)).eq([Some("1"), Some("2"), Some("3")]));
    /// assert_eq!(head.text_of(b"from somewhere else"), None);
    /// # Ok::<(), nethttp_h1::HeadError>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn text_of(&self, value: &[u8]) -> Option<&'b str> {
        let text = self.text?;
        let start = (value.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        text.get(start..start.checked_add(value.len())?)
    }

    /// Whether the version is `major.minor` or later.
    ///
    /// ```
    /// # use nethttp_h1::{FieldScratch, Limits, parse_head};
    /// let mut scratch = FieldScratch::new();
    /// let head = parse_head(b"GET / HTTP/1.0\r\n\r\n", &Limits::default(), &mut scratch)?;
    /// assert!(head.is_at_least(1, 0) && !head.is_at_least(1, 1));
    /// # Ok::<(), nethttp_h1::HeadError>(())
    /// ```
    #[must_use]
    pub const fn is_at_least(&self, major: u8, minor: u8) -> bool {
        self.version.0 > major || self.version.0 == major && self.version.1 >= minor
    }
}

impl fmt::Debug for RequestHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method.escape_ascii().to_string())
            .field("target", &self.target)
            .field("version", &self.version)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

/// Room for the fields of a head: 64 on the stack, not initialised, more on the heap.
///
/// ```
/// use nethttp_h1::{FieldScratch, Limits, parse_head};
///
/// let mut scratch = FieldScratch::new();
/// let head = parse_head(b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n", &Limits::default(), &mut scratch)?;
/// assert_eq!(head.target, "/a");
/// assert_eq!(head.fields().next().unwrap().value, b"b");
/// # Ok::<(), nethttp_h1::HeadError>(())
/// ```
pub struct FieldScratch<'b> {
    inline: [MaybeUninit<Header<'b>>; INLINE_FIELDS],
    spill: Vec<Header<'b>>,
}

impl FieldScratch<'_> {
    /// Empty room; costs nothing.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self { inline: [const { MaybeUninit::uninit() }; INLINE_FIELDS], spill: Vec::new() }
    }
}

impl Default for FieldScratch<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for FieldScratch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldScratch").field("spilled", &self.spill.len()).finish_non_exhaustive()
    }
}

/// The most fields of a head that is not looked at as a whole for whether it is text.
const FEW_FIELDS: usize = 2;

/// Splits `head`, which is complete: from the request line to the blank line, and not a byte more.
///
/// # Errors
///
/// The first fault in the order in which Go reads: request line, then line after line, then their number. Faults in what
/// the fields say are [`examine`](crate::examine)'s, and so is [`HeadError::InvalidFieldName`].
pub fn parse_head<'s, 'b: 's>(
    head: &'b [u8],
    limits: &Limits,
    scratch: &'s mut FieldScratch<'b>,
) -> Result<RequestHead<'s>, HeadError> {
    let FieldScratch { inline, spill } = scratch;
    match split_ordinary(head, limits, inline) {
        Some((length, parsed)) if length == head.len() => Ok(parsed),
        _ => split_exactly(head, limits, spill),
    }
}

/// The fast way: heads of HTTP/1.0 and 1.1 without fault and with no more fields than `slots`. Also says how long the
/// head is; `None` says nothing but that the slow way has to look.
fn split_ordinary<'s, 'b: 's>(
    text: &'b [u8],
    limits: &Limits,
    slots: &'s mut [MaybeUninit<Header<'b>>; INLINE_FIELDS],
) -> Option<(usize, RequestHead<'s>)> {
    // httparse skips empty lines before the request line.
    if matches!(text.first(), Some(b'\r' | b'\n')) {
        return None;
    }
    let mut request = httparse::Request::new(&mut []);
    let Ok(Status::Complete(length)) = request.parse_with_uninit_headers(text, slots) else { return None };
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version) else {
        return None;
    };
    let fields: &'s [Header<'s>] = request.headers;
    // It also takes LF for a line end, and UTF-8 in targets.
    if !ends_lines_with_crlf(&text[..length], fields) || !target.is_ascii() || fields.len() > limits.max_field_lines {
        return None;
    }
    let head = RequestHead {
        method: method.as_bytes(),
        target,
        version: (1, minor),
        text: if fields.len() > FEW_FIELDS { std::str::from_utf8(&text[..length]).ok() } else { None },
        fields,
        has_spaced_name: false,
        max_field_lines: limits.max_field_lines,
    };
    Some((length, head))
}

/// The exact way: every head that Go takes, and for every other the fault that Go names.
fn split_exactly<'s, 'b: 's>(
    head: &'b [u8],
    limits: &Limits,
    fields: &'s mut Vec<Header<'b>>,
) -> Result<RequestHead<'s>, HeadError> {
    fields.clear();
    let (line, mut at) = take_line(head, 0).ok_or(HeadError::Incomplete)??;
    let RequestLine { method, target, version } = RequestLine::parse(line)?;
    let mut has_spaced_name = false;
    let mut count = 0;
    loop {
        let (line, next) = take_line(head, at).ok_or(HeadError::Incomplete)??;
        at = next;
        if line.is_empty() {
            break;
        }
        match FieldLine::parse(line, count == 0)? {
            FieldLine::Valid(name, value) => fields.push(Header { name, value }),
            FieldLine::SpacedName => has_spaced_name = true,
        }
        count += 1;
        if count > limits.max_field_lines {
            return Err(HeadError::TooManyFields);
        }
    }
    if at != head.len() {
        return Err(HeadError::MalformedField);
    }
    let max_field_lines = limits.max_field_lines;
    Ok(RequestHead { method, target, version, text: None, fields, has_spaced_name, max_field_lines })
}

/// Whether the line before each field, and the last two lines, end with CRLF. `fields` are those of `head`, all of them.
fn ends_lines_with_crlf(head: &[u8], fields: &[Header<'_>]) -> bool {
    let start = head.as_ptr() as usize;
    head.ends_with(b"\r\n\r\n")
        && fields.iter().all(|field| {
            let at = (field.name.as_ptr() as usize).wrapping_sub(start);
            at.checked_sub(2).and_then(|before| head.get(before..at)) == Some(b"\r\n")
        })
}

/// The bytes of whole line ends at the start of `buf` that are skipped after a POST.
fn skipped_line_ends(buf: &[u8]) -> usize {
    let lines = buf.chunks_exact(2).take(MAX_SKIPPED_LINES).take_while(|pair| pair == b"\r\n").count();
    2 * lines
}

/// Where the first blank line of `buf` ends, if its line before it ends at `from` or later.
///
/// Takes `\n\r\n` for the end: a bare LF in it is found when the lines are looked at.
fn find_head_end(buf: &[u8], from: usize) -> Option<usize> {
    const BLOCK: usize = 64;
    let mut at = from;
    // Blocks without `\n?\n` are passed over; the compiler compares 16 bytes at a time here.
    while let Some(window) = buf.get(at..).and_then(|rest| rest.first_chunk::<{ BLOCK + 2 }>()) {
        let pairs = window[..BLOCK].iter().zip(&window[2..]);
        if pairs.fold(false, |any, (first, third)| any | (is_lf(first) & is_lf(third)))
            && let Some(found) = find_blank_line(window)
        {
            return Some(at + found);
        }
        at += BLOCK;
    }
    find_blank_line(buf.get(at..)?).map(|found| at + found)
}

/// Where the first `\n\r\n` of `text` ends.
fn find_blank_line(text: &[u8]) -> Option<usize> {
    text.windows(3).position(|three| three == b"\n\r\n").map(|found| found + 3)
}

#[inline]
const fn is_lf(byte: &u8) -> bool {
    *byte == b'\n'
}

#[cfg(test)]
mod tests;
