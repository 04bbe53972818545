//! `PatternError`: why a pattern was not registered. Texts are those with which Go's `ServeMux.Handle` panics.

use std::error::Error;
use std::fmt;
use std::panic::Location;

use nethttp_grammar::quote::quote;

use crate::Pattern;
use crate::conflict;
use crate::syntax::{Fault, Invalid};

/// Why a pattern was refused: it is not valid, or it conflicts with one that is registered.
///
/// ```
/// use nethttp_mux::ServeMux;
///
/// let mux = ServeMux::new();
/// let error = mux.try_handle_func("GET /{id", |_, _| {}).unwrap_err();
/// assert!(error.is_invalid());
/// assert_eq!(error.to_string(), r#"parsing "GET /{id": at offset 5: bad wildcard segment (must end with '}')"#);
///
/// mux.handle_func("/{id}", |_, _| {});
/// let error = mux.try_handle_func("/{name}", |_, _| {}).unwrap_err();
/// assert_eq!(error.conflict().unwrap().with, "/{id}");
/// assert_eq!(error.conflict().unwrap().reason, "/{name} matches the same requests as /{id}");
/// ```
pub struct PatternError {
    kind: Kind,
}

enum Kind {
    Invalid {
        pattern: String,
        invalid: Invalid,
    },
    Conflict(Box<Conflict>),
    /// Of the classic mux, where the same pattern was registered before.
    Repeated {
        pattern: String,
    },
}

/// Two patterns that cannot both be registered, since some requests match both and neither is more specific.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Conflict {
    /// The pattern that was refused.
    pub pattern: String,
    /// Where it would have been registered.
    pub location: &'static Location<'static>,
    /// The registered pattern that it conflicts with; the earliest, if there are several.
    pub with: String,
    /// Where that one was registered.
    pub with_location: &'static Location<'static>,
    /// Why they conflict, in words; with paths as examples if the paths overlap.
    pub reason: String,
}

impl PatternError {
    pub(crate) fn invalid(pattern: &str, invalid: Invalid) -> Self {
        Self { kind: Kind::Invalid { pattern: pattern.to_owned(), invalid } }
    }

    pub(crate) fn conflicting(pattern: &Pattern, with: &Pattern) -> Self {
        Self {
            kind: Kind::Conflict(Box::new(Conflict {
                pattern: pattern.as_str().to_owned(),
                location: pattern.location(),
                with: with.as_str().to_owned(),
                with_location: with.location(),
                reason: conflict::describe(pattern, with),
            })),
        }
    }

    pub(crate) fn repeated(pattern: &str) -> Self {
        Self { kind: Kind::Repeated { pattern: pattern.to_owned() } }
    }

    /// Whether the pattern could never be registered, on any mux of this kind.
    #[must_use]
    pub const fn is_invalid(&self) -> bool {
        matches!(self.kind, Kind::Invalid { .. })
    }

    /// Whether the pattern conflicts with a registered one, or on a classic mux is registered.
    #[must_use]
    pub const fn is_conflict(&self) -> bool {
        !self.is_invalid()
    }

    /// The conflict, if it is one. `None` on a classic mux, where only equal patterns conflict.
    #[must_use]
    pub fn conflict(&self) -> Option<&Conflict> {
        match &self.kind {
            Kind::Conflict(conflict) => Some(conflict),
            _ => None,
        }
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Invalid { invalid: Invalid { fault: Fault::EmptyPattern, .. }, .. } => {
                f.write_str("http: invalid pattern")
            }
            Kind::Invalid { pattern, invalid: Invalid { fault, offset, piece } } => {
                write!(f, "parsing {}: at offset {offset}: {}", quote(pattern.as_bytes()), fault.reason())?;
                if fault.quotes() {
                    write!(f, " {}", quote(piece.of(pattern).as_bytes()))?;
                }
                Ok(())
            }
            Kind::Conflict(conflict) => write!(
                f,
                "pattern {} (registered at {}:{}) conflicts with pattern {} (registered at {}:{}):\n{}",
                quote(conflict.pattern.as_bytes()),
                conflict.location.file(),
                conflict.location.line(),
                quote(conflict.with.as_bytes()),
                conflict.with_location.file(),
                conflict.with_location.line(),
                conflict.reason,
            ),
            Kind::Repeated { pattern } => write!(f, "http: multiple registrations for {pattern}"),
        }
    }
}

impl fmt::Debug for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.kind {
            Kind::Invalid { .. } => "Invalid",
            Kind::Conflict(_) => "Conflict",
            Kind::Repeated { .. } => "Repeated",
        };
        f.debug_tuple(name).field(&self.to_string()).finish()
    }
}

impl Error for PatternError {}
