//! Media types: taking them apart, writing them, and finding them by file name extension. Go's package `mime`.
//!
//! The table of extensions is Go's built-in one; a program adds its own with [`add_extension_type`].
//!
//! Differences: the type tables of the machine (`/etc/mime.types` and the like) are not read, so that an answer does not
//! depend on where the program runs.

pub use nethttp_grammar::media_type::MediaTypeError;

pub use crate::ERR_INVALID_MEDIA_PARAMETER;

pub use self::extension::{ExtensionError, add_extension_type, extensions_by_type, type_by_extension};
pub(crate) use self::media_type::io_error;
pub use self::media_type::{format_media_type, parse_media_type};

mod builtin;
mod extension;
mod media_type;
