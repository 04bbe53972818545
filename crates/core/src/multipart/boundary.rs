//! The boundary between parts: which lines are it, and where in a buffer a part ends.
//!
//! Pure functions. RFC 2046 section 5.1.1; Go's `mime/multipart` in what it lets pass (spaces behind the boundary, bare
//! line feeds throughout a message that begins with them).

pub(super) struct Boundary {
    /// Line end, two hyphens, the boundary, two hyphens.
    text: Vec<u8>,
    /// Lines end in a bare line feed in this message.
    is_bare: bool,
}

/// What follows the data found in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// That shows with more bytes.
    Unknown,
    /// The boundary: the part is complete.
    Boundary,
    /// The end of the source, in the middle of the part.
    SourceEnd,
}

impl Boundary {
    pub(super) fn new(boundary: &[u8]) -> Self {
        Self { text: [b"\r\n--", boundary, b"--"].concat(), is_bare: false }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.text.len() == b"\r\n----".len()
    }

    fn line_end(&self) -> &'static [u8] {
        if self.is_bare { b"\n" } else { b"\r\n" }
    }

    /// `--boundary`
    fn dashed(&self) -> &[u8] {
        &self.text[2..self.text.len() - 2]
    }

    /// Line end and `--boundary`, which is not part of the data before it.
    fn dashed_line(&self) -> &[u8] {
        &self.text[usize::from(self.is_bare)..self.text.len() - 2]
    }

    /// Whether this line separates two parts. `is_first` says that no boundary was seen before: then a bare line feed
    /// behind it settles the line ends of the message.
    pub(super) fn is_delimiter(&mut self, line: &[u8], is_first: bool) -> bool {
        let Some(rest) = line.strip_prefix(self.dashed()) else {
            return false;
        };
        let rest = skip_blanks(rest);
        if is_first && rest == b"\n" {
            self.is_bare = true;
        }
        rest == self.line_end()
    }

    /// Whether this line ends the message.
    pub(super) fn is_final(&self, line: &[u8]) -> bool {
        let Some(rest) = line.strip_prefix(&self.text[2..]) else {
            return false;
        };
        let rest = skip_blanks(rest);
        rest.is_empty() || rest == self.line_end()
    }

    /// Whether this line is but the line end that belongs to the boundary behind it.
    pub(super) fn is_line_end(&self, line: &[u8]) -> bool {
        line == self.line_end()
    }

    /// How much at the start of `buffer` is data of the part, and what follows it.
    ///
    /// `is_start` says that the part begins here, `has_ended` that nothing comes behind the buffer.
    pub(super) fn scan(&self, buffer: &[u8], is_start: bool, has_ended: bool) -> (usize, Then) {
        let at_end = if has_ended { Then::SourceEnd } else { Then::Unknown };
        if is_start {
            // An empty part: the line end before the boundary is that of the header.
            if let Some(rest) = buffer.strip_prefix(self.dashed()) {
                return after_boundary(rest, 0, self.dashed().len(), has_ended);
            }
            if self.dashed().starts_with(buffer) {
                return (0, at_end);
            }
        }
        let line = self.dashed_line();
        // The last place where the boundary may begin and not be complete yet.
        let mut partial = None;
        let mut from = 0;
        while let Some(found) = buffer[from..].iter().position(|&byte| byte == line[0]) {
            let at = from + found;
            if let Some(rest) = buffer[at..].strip_prefix(line) {
                return after_boundary(rest, at, at + line.len(), has_ended);
            }
            if line.starts_with(&buffer[at..]) {
                partial = Some(at);
                break;
            }
            from = at + 1;
        }
        match partial {
            Some(0) => (0, at_end),
            Some(at) => (at, Then::Unknown),
            None => (buffer.len(), at_end),
        }
    }
}

/// What stands at `start`, up to `end`, looks like the boundary; what follows tells whether it is.
fn after_boundary(rest: &[u8], start: usize, end: usize, has_ended: bool) -> (usize, Then) {
    match rest {
        [b' ' | b'\t' | b'\r' | b'\n', ..] | [b'-', b'-', ..] => (start, Then::Boundary),
        [] if has_ended => (start, Then::Boundary),
        [] => (start, Then::Unknown),
        [b'-'] if !has_ended => (start, Then::Unknown),
        _ => (end, Then::Unknown),
    }
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &text[blanks..]
}
