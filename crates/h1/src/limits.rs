//! Every bound of this crate in one place, each with its source.
//!
//! Nothing here depends on a connection; the two that a server configures are in [`Limits`].

/// The bounds of a request head that a server configures.
///
/// ```
/// use nethttp_h1::Limits;
///
/// let limits = Limits::from_server(8192, 0);
/// assert_eq!(limits.max_head_bytes, 8192 + 4096);
/// assert_eq!(limits.max_field_lines, 500);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of a head, from the request line to the blank line inclusive; one more is answered with 431.
    ///
    /// This is the figure after Go's slop has been added, see [`Limits::from_server`].
    pub max_head_bytes: usize,
    /// The field lines of a head, the names announced in `Trailer` and the lines of a trailer section, each counted by
    /// itself; one more is answered with 431 (in a trailer section: a read error).
    pub max_field_lines: usize,
}

impl Limits {
    /// The bounds for Go's `Server.MaxHeaderBytes` and `Server.MaxHeaderValueCount`; a zero means Go's default.
    #[must_use]
    pub const fn from_server(max_header_bytes: usize, max_header_value_count: usize) -> Self {
        let bytes = if max_header_bytes == 0 { DEFAULT_MAX_HEADER_BYTES } else { max_header_bytes };
        let lines = if max_header_value_count == 0 { DEFAULT_MAX_FIELD_LINES } else { max_header_value_count };
        Self { max_head_bytes: bytes.saturating_add(HEAD_SLOP), max_field_lines: lines }
    }
}

/// Go's defaults: 1 MiB (and the slop) and 500 lines.
impl Default for Limits {
    fn default() -> Self {
        Self::from_server(0, 0)
    }
}

/// Go's `http.DefaultMaxHeaderBytes`.
pub const DEFAULT_MAX_HEADER_BYTES: usize = 1 << 20;

/// Go's `http.DefaultMaxHeaderValueCount`.
pub const DEFAULT_MAX_FIELD_LINES: usize = 500;

/// What Go adds to `MaxHeaderBytes` (`Server.initialReadLimitSize`).
pub const HEAD_SLOP: usize = 4096;

/// What every head but the first of a connection may be longer.
///
/// Go counts the bytes it reads from the socket for a head, and has filled its 4,096 byte buffer before it starts to
/// count when it waited for the head on a kept connection.
pub const LATER_HEAD_EXTRA: usize = 4096;

/// The bytes that must have come before any head but the first of a connection is looked at.
///
/// Go waits for them before it counts a kept connection as active (`conn.serve`): until then the idle time runs, and an
/// end of input closes without an answer.
pub const MIN_LATER_BYTES: usize = 4;

/// The field lines of a head that are stored without an allocation. Ours: browsers send 10 to 30.
pub const INLINE_FIELDS: usize = 64;

/// The bytes of a chunk's size line with its line end (Go's `internal.maxLineLength` and the size of its read buffer).
pub const MAX_CHUNK_LINE: usize = 4096;

/// Framing bytes that each chunk may have for free before they count as overhead (Go's `chunkedReader.beginChunk`).
pub const FREE_CHUNK_OVERHEAD: i64 = 16;

/// Overhead that each byte of payload makes good (Go's `chunkedReader.beginChunk`).
pub const OVERHEAD_PER_BYTE: i64 = 2;

/// The overhead a chunked body may have run up at any moment (Go's `chunkedReader.beginChunk`).
pub const MAX_CHUNK_OVERHEAD: i64 = 16 * 1024;

/// The bytes of a trailer section with its blank line (the size of Go's read buffer, `body.readTrailer`).
pub const MAX_TRAILER_BYTES: usize = 4096;

/// The bytes of an unread request body that a server reads to keep a connection (Go's `maxPostHandlerReadBytes`).
pub const MAX_DRAIN: u64 = 256 << 10;

/// The empty lines (CRLF) that are skipped before the request line of a head that follows a POST.
///
/// Go skips up to four bytes of CR and LF there, for clients that send a line end behind a body.
pub const MAX_SKIPPED_LINES: usize = 2;
