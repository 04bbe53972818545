//! What the handler's header says about the framing of its answer, as facts: the text itself does not matter to the plan.
//!
//! Go's `chunkWriter.writeHeader`, the part that looks at the header.

use nethttp_grammar::token;

use crate::connection::has_word;
use crate::trailer::TRAILER_PREFIX;

/// What of the handler's header matters, as it was when the handler wrote it.
///
/// [`FieldFacts::note`] collects it in one pass. Names count in their canonical spelling only, as the keys of Go's map; of a
/// name with several values the first one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FieldFacts {
    /// The `Content-Length`.
    pub content_length: Presence,
    /// The `Transfer-Encoding`.
    pub transfer_encoding: Coding,
    /// The `Connection`.
    pub connection: Presence,
    /// Whether `Connection` is `close`, and nothing else.
    pub is_close: bool,
    /// Whether `close` is one of the words of `Connection`.
    pub has_close: bool,
    /// Whether `Connection` is `keep-alive`, and nothing else.
    pub is_keep_alive: bool,
    /// Whether any `Connection` names `upgrade`.
    pub names_upgrade: bool,
    /// The `Upgrade`.
    pub upgrade: Presence,
    /// Whether `Content-Type` is there, be it without a value.
    pub has_content_type: bool,
    /// The `Content-Encoding`.
    pub content_encoding: Presence,
    /// Whether `Date` is there, be it without a value.
    pub has_date: bool,
    /// Whether `Trailer` has a value, or a name begins with [`TRAILER_PREFIX`](crate::trailer::TRAILER_PREFIX).
    pub has_trailers: bool,
}

/// Whether a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Presence {
    /// It is not.
    #[default]
    Absent,
    /// Its first line has no value, or an empty one.
    Empty,
    /// Its first line has a value.
    Given,
}

impl Presence {
    /// Takes note of a line; says whether it is the first.
    #[inline]
    fn note(&mut self, value: &[u8]) -> bool {
        let is_first = *self == Self::Absent;
        if is_first {
            *self = if value.is_empty() { Self::Empty } else { Self::Given };
        }
        is_first
    }
}

/// What a handler's `Transfer-Encoding` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Coding {
    /// It is not there.
    #[default]
    Absent,
    /// It is there and empty, which counts as if it were not.
    Empty,
    /// `identity`: no chunks.
    Identity,
    /// `chunked`, as it would be anyway.
    Chunked,
    /// A coding of the handler's own.
    Other,
}

impl Coding {
    /// Whether anything is said.
    pub(super) const fn is_given(self) -> bool {
        !matches!(self, Self::Absent | Self::Empty)
    }
}

impl FieldFacts {
    /// Takes note of one line of the header; `None` stands for a name without values (Go's nil), which suppresses what
    /// would be added under it.
    ///
    /// ```
    /// use nethttp_h1::plan::FieldFacts;
    ///
    /// let mut fields = FieldFacts::default();
    /// fields.note(b"Connection", Some(b"close"));
    /// fields.note(b"Date", None);
    /// assert!(fields.is_close && fields.has_date);
    /// ```
    #[inline]
    pub fn note(&mut self, name: &[u8], value: Option<&[u8]>) {
        let text = value.unwrap_or_default();
        match name {
            b"Content-Type" => self.has_content_type = true,
            b"Content-Length" => {
                self.content_length.note(text);
            }
            b"Date" => self.has_date = true,
            b"Content-Encoding" => {
                self.content_encoding.note(text);
            }
            b"Connection" => self.note_connection(text),
            b"Upgrade" => {
                self.upgrade.note(text);
            }
            b"Transfer-Encoding" if self.transfer_encoding == Coding::Absent => {
                self.transfer_encoding = match text {
                    b"" => Coding::Empty,
                    b"identity" => Coding::Identity,
                    b"chunked" => Coding::Chunked,
                    _ => Coding::Other,
                };
            }
            b"Trailer" => self.has_trailers |= value.is_some(),
            _ if name.starts_with(TRAILER_PREFIX.as_bytes()) => self.has_trailers = true,
            _ => {}
        }
    }

    fn note_connection(&mut self, value: &[u8]) {
        if self.connection.note(value) {
            self.is_close = value == b"close";
            self.has_close = has_word(value, "close");
            self.is_keep_alive = value == b"keep-alive";
        }
        self.names_upgrade |= token::contains_token(value, "upgrade");
    }
}
