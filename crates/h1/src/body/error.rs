//! What can be wrong with a request body. `Display` is the text that Go's `Request.Body.Read` reports.

use std::fmt;

use nethttp_grammar::quote::quote;

/// Why a request body cannot be read further.
///
/// The connection is of no use for another request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyError {
    /// The input ended within the body. Go's `io.ErrUnexpectedEOF`.
    UnexpectedEof,
    /// A size line ends with LF alone.
    BareLineFeed,
    /// A size line has a CR that is not followed by LF.
    StrayCarriageReturn,
    /// A size line is longer than [`MAX_CHUNK_LINE`](crate::limits::MAX_CHUNK_LINE).
    LineTooLong,
    /// A size line has no digits.
    EmptySize,
    /// A size line has something else than digits before the extensions.
    InvalidSize,
    /// A size has more than 16 digits.
    SizeTooLarge,
    /// White space stands behind a size. Only here an error.
    SpaceAfterSize,
    /// A chunk extension is outside the grammar. Only here an error.
    InvalidExtension,
    /// Extensions outweigh payload by more than [`MAX_CHUNK_OVERHEAD`](crate::limits::MAX_CHUNK_OVERHEAD).
    TooMuchOverhead,
    /// No CRLF behind the payload of a chunk.
    MalformedChunk,
    /// The input ended, or was cut off, where a trailer section could begin.
    TrailerEof,
    /// A trailer section is longer than [`MAX_TRAILER_BYTES`](crate::limits::MAX_TRAILER_BYTES), or was cut off.
    TrailerTooLong,
    /// A trailer section has more fields than a head may have, or a first line that Go does not read to its end.
    TrailerTooLarge,
    /// The first line of a trailer section begins with white space.
    TrailerInitialSpace(Box<[u8]>),
    /// A trailer line without colon.
    TrailerWithoutColon(Box<[u8]>),
    /// A trailer line with a bad name or control bytes.
    MalformedTrailer(Box<[u8]>),
    /// A trailer line that is folded, ends with LF alone or has a space in its name. Only here an error.
    StrictTrailer(Box<[u8]>),
    /// A trailer field that frames the message, by its canonical name. Only here an error.
    ForbiddenTrailer(Box<[u8]>),
}

impl BodyError {
    /// Whether Go would have read on. An answer that has not begun then becomes 400; where Go fails, too, it stands.
    #[must_use]
    pub const fn is_strict_only(&self) -> bool {
        matches!(
            self,
            Self::SpaceAfterSize | Self::InvalidExtension | Self::StrictTrailer(_) | Self::ForbiddenTrailer(_)
        )
    }

    /// Whether the fault lies in the trailer section. Go then closes the body: later reads fail as those of a closed one.
    #[must_use]
    pub const fn is_in_trailer(&self) -> bool {
        matches!(
            self,
            Self::TrailerEof
                | Self::TrailerTooLong
                | Self::TrailerTooLarge
                | Self::TrailerInitialSpace(_)
                | Self::TrailerWithoutColon(_)
                | Self::MalformedTrailer(_)
                | Self::StrictTrailer(_)
                | Self::ForbiddenTrailer(_)
        )
    }

    /// Whether the peer stopped sending, rather than sent something wrong.
    #[must_use]
    pub const fn is_end_of_input(&self) -> bool {
        matches!(self, Self::UnexpectedEof | Self::TrailerEof)
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::UnexpectedEof => "unexpected EOF",
            Self::BareLineFeed => "chunked line ends with bare LF",
            Self::StrayCarriageReturn => "invalid CR in chunked line",
            Self::LineTooLong => "header line too long",
            Self::EmptySize => "empty hex number for chunk length",
            Self::InvalidSize | Self::SpaceAfterSize => "invalid byte in chunk length",
            Self::SizeTooLarge => "http chunk length too large",
            Self::TooMuchOverhead => "chunked encoding contains too much non-data",
            Self::MalformedChunk | Self::InvalidExtension => "malformed chunked encoding",
            Self::TrailerEof => "http: unexpected EOF reading trailer",
            Self::TrailerTooLong => "http: suspiciously long trailer after chunked body",
            Self::TrailerTooLarge => "message too large",
            Self::TrailerInitialSpace(line) => {
                return write!(f, "malformed MIME header initial line: {}", quote(line));
            }
            Self::TrailerWithoutColon(line) => {
                return write!(f, "malformed MIME header: missing colon: {}", quote(line));
            }
            Self::MalformedTrailer(line) | Self::StrictTrailer(line) => {
                return write!(f, "malformed MIME header line: {}", quote(line));
            }
            Self::ForbiddenTrailer(name) => return write!(f, "bad trailer key {}", quote(name)),
        };
        f.write_str(text)
    }
}

impl std::error::Error for BodyError {}
