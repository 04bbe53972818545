//! Media types with parameters, `text/html; charset=utf-8`. Go's `mime.ParseMediaType` and `mime.FormatMediaType`.
//!
//! The rules are in `nethttp_grammar::media_type`.

use std::collections::BTreeMap;
use std::io;

use nethttp_grammar::media_type::{self as grammar, MediaTypeError};

use crate::{Error, Text};

/// Takes a media type (or a disposition, as in `Content-Disposition`) apart: the type in small letters, and its
/// parameters by their names in small letters. Go's `mime.ParseMediaType`.
///
/// # Errors
///
/// In Go's words. Where only the parameters are bad, [`MediaTypeError::InvalidParameter`] still has the type.
///
/// ```
/// use nethttp_core::mime;
///
/// let (kind, parameters) = mime::parse_media_type("Multipart/Form-Data; boundary=\"a b\"")?;
/// assert_eq!(kind, "multipart/form-data");
/// assert_eq!(parameters["boundary"], "a b");
/// # Ok::<(), mime::MediaTypeError>(())
/// ```
pub fn parse_media_type(text: impl AsRef<[u8]>) -> Result<(String, BTreeMap<String, Text>), MediaTypeError> {
    let parsed = grammar::parse(text.as_ref())?;
    let parameters = parsed.parameters.into_iter().map(|(name, value)| (name, value.into())).collect();
    Ok((parsed.essence, parameters))
}

/// Writes a media type with parameters, sorted by name; empty when the type or a name is no token. Go's
/// `mime.FormatMediaType`.
///
/// ```
/// use nethttp_core::mime;
///
/// assert_eq!(mime::format_media_type("Text/HTML", [("Charset", "utf-8")]), "text/html; charset=utf-8");
/// assert_eq!(mime::format_media_type("a b", [("c", "d")]), "");
/// ```
#[must_use]
pub fn format_media_type<N: AsRef<[u8]>, V: AsRef<[u8]>>(
    kind: &str,
    parameters: impl IntoIterator<Item = (N, V)>,
) -> String {
    let parameters: Vec<(N, V)> = parameters.into_iter().collect();
    let parts = parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
    grammar::format(kind.as_bytes(), parts).unwrap_or_default()
}

/// The error as a handler returns it; bad parameters become [`Error::InvalidMediaParameter`].
pub(crate) fn io_error(error: MediaTypeError) -> io::Error {
    match error {
        MediaTypeError::InvalidParameter { .. } => Error::InvalidMediaParameter.into(),
        other => io::Error::new(io::ErrorKind::InvalidData, other),
    }
}
