//! Media types by file name extension, and back. Go's `mime.TypeByExtension`, `mime.ExtensionsByType` and
//! `mime.AddExtensionType`.
//!
//! One table for the whole process: the built-in one, and what the program registers.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use nethttp_grammar::quote::quote;

use super::builtin::BUILTIN;
use super::media_type::io_error;
use super::{MediaTypeError, format_media_type, parse_media_type};
use crate::Text;

/// The media type of files with this extension, with its charset where it has one; empty when none is known.
///
/// The extension begins with its dot. It is looked up as it is spelled, then in small letters. Go's
/// `mime.TypeByExtension`.
///
/// ```
/// use nethttp_core::mime;
///
/// assert_eq!(mime::type_by_extension(".html"), "text/html; charset=utf-8");
/// assert_eq!(mime::type_by_extension(".PNG"), "image/png");
/// assert_eq!(mime::type_by_extension("png"), "");
/// ```
#[must_use]
pub fn type_by_extension(extension: &str) -> Cow<'static, str> {
    let registered = registered();
    if let Some(kind) = registered.exact.get(extension) {
        return Cow::Owned(kind.clone());
    }
    if let Some(kind) = builtin(extension) {
        return Cow::Borrowed(kind);
    }
    let lower = extension.to_lowercase();
    if let Some(kind) = registered.lower.get(&lower) {
        return Cow::Owned(kind.clone());
    }
    Cow::Borrowed(builtin(&lower).unwrap_or_default())
}

/// The extensions known for a media type, in small letters with their dots, sorted. Go's `mime.ExtensionsByType`.
///
/// # Errors
///
/// When `kind` is no media type, in Go's words.
///
/// ```
/// use nethttp_core::mime;
///
/// assert_eq!(mime::extensions_by_type("image/jpeg").unwrap(), [".jfif", ".jpeg", ".jpg", ".pjp", ".pjpeg"]);
/// assert!(mime::extensions_by_type("no/such").unwrap().is_empty());
/// ```
pub fn extensions_by_type(kind: &str) -> Result<Vec<String>, MediaTypeError> {
    let (kind, _) = parse_media_type(kind)?;
    let mut found: BTreeSet<String> = BUILTIN
        .iter()
        .filter(|(_, known)| known.as_str().split(';').next() == Some(&kind))
        .map(|(extension, _)| (*extension).to_owned())
        .collect();
    if let Some(extensions) = registered().extensions.get(&kind) {
        found.extend(extensions.iter().cloned());
    }
    Ok(found.into_iter().collect())
}

/// Sets the media type of files with this extension, for the whole process. A text type without a charset gets UTF-8.
/// Go's `mime.AddExtensionType`.
///
/// # Errors
///
/// When the extension does not begin with a dot, or `kind` is no media type.
///
/// ```
/// use nethttp_core::mime;
///
/// mime::add_extension_type(".recipe", "text/x-recipe").unwrap();
/// assert_eq!(mime::type_by_extension(".Recipe"), "text/x-recipe; charset=utf-8");
/// let error = mime::add_extension_type("recipe", "text/x-recipe").unwrap_err();
/// assert_eq!(error.to_string(), r#"mime: extension "recipe" missing leading dot"#);
/// ```
pub fn add_extension_type(extension: &str, kind: &str) -> Result<(), ExtensionError> {
    if !extension.starts_with('.') {
        return Err(ExtensionError::MissingDot(extension.to_owned()));
    }
    let (essence, mut parameters) = parse_media_type(kind)?;
    let mut kind = Cow::Borrowed(kind);
    if kind.starts_with("text/") && parameters.get("charset").is_none_or(|charset| charset.is_empty()) {
        parameters.insert("charset".to_owned(), Text::from_static("utf-8"));
        kind = Cow::Owned(format_media_type(&essence, parameters));
    }
    let lower = extension.to_lowercase();
    let mut registered = REGISTERED.write().unwrap_or_else(PoisonError::into_inner);
    registered.exact.insert(extension.to_owned(), kind.clone().into_owned());
    registered.lower.insert(lower.clone(), kind.into_owned());
    registered.extensions.entry(essence).or_default().insert(lower);
    Ok(())
}

/// Why an extension was not registered. `Display` is Go's text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtensionError {
    /// The extension, this one, does not begin with a dot.
    MissingDot(String),
    /// The media type is none.
    MediaType(MediaTypeError),
}

impl fmt::Display for ExtensionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingDot(extension) => {
                write!(f, "mime: extension {} missing leading dot", quote(extension.as_bytes()))
            }
            Self::MediaType(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ExtensionError {}

impl From<MediaTypeError> for ExtensionError {
    fn from(error: MediaTypeError) -> Self {
        Self::MediaType(error)
    }
}

impl From<ExtensionError> for io::Error {
    fn from(error: ExtensionError) -> Self {
        match error {
            ExtensionError::MediaType(error) => io_error(error),
            other => Self::new(io::ErrorKind::InvalidInput, other),
        }
    }
}

/// What the program added.
struct Registered {
    /// Types by extension as spelled.
    exact: BTreeMap<String, String>,
    /// Types by extension in small letters.
    lower: BTreeMap<String, String>,
    /// Extensions in small letters by type; only ever added to.
    extensions: BTreeMap<String, BTreeSet<String>>,
}

static REGISTERED: RwLock<Registered> =
    RwLock::new(Registered { exact: BTreeMap::new(), lower: BTreeMap::new(), extensions: BTreeMap::new() });

fn registered() -> RwLockReadGuard<'static, Registered> {
    REGISTERED.read().unwrap_or_else(PoisonError::into_inner)
}

fn builtin(extension: &str) -> Option<&'static str> {
    let at = BUILTIN.binary_search_by_key(&extension, |(extension, _)| extension).ok()?;
    Some(BUILTIN[at].1.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_made_of_media_types() {
        assert!(BUILTIN.is_sorted_by(|(left, _), (right, _)| left < right));
        for (extension, known) in &BUILTIN {
            assert!(extension.starts_with('.') && *extension == extension.to_lowercase(), "{extension}");
            let (essence, parameters) = parse_media_type(known.as_str()).unwrap();
            assert_eq!(format_media_type(&essence, &parameters), known.as_str());
            assert_eq!(parameters.contains_key("charset"), essence.starts_with("text/"), "{extension}");
            assert_eq!(type_by_extension(extension), known.as_str());
        }
    }

    /// Types that the tables of most machines have and the table here has not.
    #[test]
    fn tables_of_the_machine_are_not_read() {
        for extension in [".deb", ".torrent", ".tex", ".dvi"] {
            assert_eq!(type_by_extension(extension), "", "{extension}");
        }
    }

    #[test]
    fn as_go_answers() {
        for (extension, expected) in [
            ("", ""),
            (".", ""),
            ("html", ""),
            (".html", "text/html; charset=utf-8"),
            (".hTmL", "text/html; charset=utf-8"),
            (".js", "text/javascript; charset=utf-8"),
            (".json", "application/json"),
            (".svg", "image/svg+xml"),
            (".csv", "text/csv; charset=utf-8"),
            (".ico", "image/vnd.microsoft.icon"),
            (".wasm", "application/wasm"),
            (".unknown", ""),
            (".\u{c9}", ""),
            (".html.", ""),
        ] {
            assert_eq!(type_by_extension(extension), expected, "{extension}");
        }
        assert_eq!(extensions_by_type("Text/HTML; charset=x").unwrap(), [".ehtml", ".htm", ".html", ".shtml"]);
        assert_eq!(extensions_by_type("").unwrap_err().to_string(), "mime: no media type");
    }

    #[test]
    fn a_spelling_of_its_own() {
        add_extension_type(".TEST-1", "Test/One").unwrap();
        add_extension_type(".test-1", "test/two; q=1").unwrap();
        assert_eq!(type_by_extension(".TEST-1"), "Test/One");
        assert_eq!(type_by_extension(".test-1"), "test/two; q=1");
        assert_eq!(type_by_extension(".Test-1"), "test/two; q=1");
        assert_eq!(extensions_by_type("test/one").unwrap(), [".test-1"]);
        assert_eq!(extensions_by_type("test/two").unwrap(), [".test-1"]);
    }

    #[test]
    fn a_text_type_gets_a_charset() {
        add_extension_type(".test-2", "text/x-test; A=b").unwrap();
        assert_eq!(type_by_extension(".test-2"), "text/x-test; a=b; charset=utf-8");
        add_extension_type(".test-2", "text/x-test; charset=latin1").unwrap();
        assert_eq!(type_by_extension(".test-2"), "text/x-test; charset=latin1");
    }

    #[test]
    fn what_is_refused() {
        let error = add_extension_type(".test-3", "a/b; c").unwrap_err();
        assert_eq!(error.to_string(), "mime: invalid media parameter");
        assert!(crate::Error::InvalidMediaParameter.is(&error.into()));
        assert_eq!(add_extension_type(".test-3", "").unwrap_err().to_string(), "mime: no media type");
        let error = io::Error::from(add_extension_type("x", "a/b").unwrap_err());
        assert_eq!(error.to_string(), r#"mime: extension "x" missing leading dot"#);
        assert_eq!(type_by_extension(".test-3"), "");
    }
}
