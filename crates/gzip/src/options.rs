//! `GzipOptions`: which responses are compressed, and how much.

use std::fmt;
use std::sync::Arc;

use crate::level::{DEFAULT_COMPRESSION, Level};
use crate::pool::EncoderPool;
use crate::{is_compressible, media};

/// Which responses are compressed, and how much. Encoders are kept in it for the next response.
///
/// ```
/// use nethttp_gzip::{BEST_SPEED, Gzip, GzipOptions, is_compressible};
///
/// let options = GzipOptions::new()
///     .level(BEST_SPEED)
///     .min_size(256)
///     .content_types(|media_type| is_compressible(media_type) || media_type == "application/x-report");
/// ```
#[must_use]
pub struct GzipOptions {
    pub(crate) min_size: usize,
    pub(crate) padding: usize,
    filter: Option<Arc<Filter>>,
    pub(crate) pool: EncoderPool,
}

/// Says of a media type whether it is to be compressed.
type Filter = dyn Fn(&str) -> bool + Send + Sync;

impl GzipOptions {
    /// The defaults.
    pub const fn new() -> Self {
        Self { min_size: 1024, padding: 0, filter: None, pool: EncoderPool::new(DEFAULT_COMPRESSION) }
    }

    /// How much is compressed. Default: [`DEFAULT_COMPRESSION`].
    pub fn level(mut self, level: Level) -> Self {
        self.pool = EncoderPool::new(level);
        self
    }

    /// The length in bytes from which a response is compressed; so many are held back to see whether there are more.
    /// With 0 every response is that has a byte. A client that refuses uncompressed bytes gets none, whatever the
    /// length. Default: 1024.
    // pitfall B7
    pub const fn min_size(mut self, bytes: usize) -> Self {
        self.min_size = bytes;
        self
    }

    /// Which media types are compressed: asked with `type/subtype` in small letters. Default: [`is_compressible`].
    pub fn content_types(mut self, filter: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.filter = Some(Arc::new(filter));
        self
    }

    /// Adds a random number of bytes, up to this many, to each compressed response, as a comment in its header.
    ///
    /// Where a response holds both a secret and what a client sent, its compressed length tells of the secret
    /// to somebody who can try many times (the BREACH attack); this makes that take more tries, it does not end it.
    /// At most 4,096. Default: 0.
    pub const fn padding(mut self, most: usize) -> Self {
        self.padding = if most > MOST_PADDING { MOST_PADDING } else { most };
        self
    }

    /// Whether content of this `Content-Type` is compressed.
    pub(crate) fn takes(&self, content_type: &[u8]) -> bool {
        let mut buf = [0; 128];
        let filter = self.filter.as_deref();
        media::essence(content_type, &mut buf)
            .is_some_and(|essence| filter.map_or_else(|| is_compressible(essence), |filter| filter(essence)))
    }
}

const MOST_PADDING: usize = 4096;

impl Default for GzipOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for GzipOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GzipOptions")
            .field("level", &self.pool.level())
            .field("min_size", &self.min_size)
            .field("padding", &self.padding)
            .finish_non_exhaustive()
    }
}
