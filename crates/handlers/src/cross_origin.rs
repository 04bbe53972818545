//! `CrossOriginProtection`: refuses requests that a page of another site made a browser send. Go's
//! `http.CrossOriginProtection`.
//!
//! Judges by `Sec-Fetch-Site`, which browsers send since 2023, else by `Origin` against `Host`. A request with neither
//! comes from the same origin or from no browser, and passes. GET, HEAD and OPTIONS always pass: handlers must not
//! change anything for them.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use nethttp_core::{
    Handler, HandlerFunc, METHOD_GET, METHOD_HEAD, METHOD_OPTIONS, Request, ResponseWriter, StatusCode, error, url,
};
use nethttp_mux::PatternError;

use self::bypass::Bypass;

mod bypass;
mod faults;
#[cfg(test)]
mod tests;

pub use self::faults::{CrossOriginError, OriginError};

/// Refuses requests that a page of another site made a browser send (CSRF).
///
/// A handle: clones, and the handlers made of it, share what is trusted, and changes reach the requests that come
/// after them.
///
/// ```
/// use nethttp_core::{Handler, Request, ResponseWriter};
/// use nethttp_handlers::CrossOriginProtection;
/// use nethttp_httptest::{new_recorder, new_request};
///
/// fn transfer(w: &mut dyn ResponseWriter, _r: &mut Request) {
///     nethttp_core::fprintf!(w, "done\n");
/// }
///
/// let handler = CrossOriginProtection::new().handler(transfer);
///
/// for (site, code) in [("same-origin", 200), ("cross-site", 403)] {
///     let (mut w, mut r) = (new_recorder(), new_request("POST", "/transfer", ()));
///     r.header.set("Sec-Fetch-Site", site);
///     handler.serve_http(&mut w, &mut r);
///     assert_eq!(w.code, code);
/// }
/// ```
///
/// With exceptions and an answer of its own:
///
/// ```
/// use nethttp_core::{STATUS_BAD_REQUEST, error, handler_func};
/// use nethttp_handlers::CrossOriginProtection;
/// use nethttp_httptest::new_request;
///
/// let protection = CrossOriginProtection::new();
/// protection.add_trusted_origin("https://partner.example")?;
/// protection.add_insecure_bypass_pattern("POST /webhook/{sender}");
/// protection.set_deny_handler(handler_func(|w, _r| error(w, "not from there", STATUS_BAD_REQUEST)));
///
/// let mut r = new_request("POST", "/transfer", ());
/// r.header.set("Origin", "https://partner.example");
/// assert!(protection.check(&r).is_ok());
/// r.header.set("Origin", "https://other.example");
/// assert!(protection.check(&r).is_err());
/// r = new_request("POST", "/webhook/7", ());
/// r.header.set("Sec-Fetch-Site", "cross-site");
/// assert!(protection.check(&r).is_ok());
/// # Ok::<(), nethttp_handlers::OriginError>(())
/// ```
#[derive(Clone, Default)]
pub struct CrossOriginProtection {
    rules: Arc<RwLock<Rules>>,
}

#[derive(Default)]
struct Rules {
    trusted: BTreeSet<Vec<u8>>,
    bypass: Bypass,
    deny: Option<Arc<dyn Handler>>,
}

/// A protection without exceptions. Go's `http.NewCrossOriginProtection`.
#[must_use]
pub fn new_cross_origin_protection() -> CrossOriginProtection {
    CrossOriginProtection::new()
}

impl CrossOriginProtection {
    /// A protection without exceptions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets requests pass whose `Origin` is exactly this text, `scheme://host` or `scheme://host:port`. Go's
    /// `AddTrustedOrigin`.
    ///
    /// # Errors
    ///
    /// [`OriginError`] for a text that has not this form.
    pub fn add_trusted_origin(&self, origin: impl AsRef<[u8]>) -> Result<(), OriginError> {
        let origin = origin.as_ref();
        faults::check_origin(origin)?;
        self.write().trusted.insert(origin.to_vec());
        Ok(())
    }

    /// Lets requests pass that match a pattern of the mux. Go's `AddInsecureBypassPattern`.
    ///
    /// They have to match as they are: what a mux would redirect to the pattern (an unclean path, a missing slash) does
    /// not pass. What is behind such a pattern has to protect itself.
    ///
    /// # Panics
    ///
    /// Where the pattern is not valid or conflicts with one that was added before.
    #[track_caller]
    pub fn add_insecure_bypass_pattern(&self, pattern: &str) {
        if let Err(error) = self.try_add_insecure_bypass_pattern(pattern) {
            panic!("{error}");
        }
    }

    /// As [`add_insecure_bypass_pattern`](Self::add_insecure_bypass_pattern), without the panic.
    ///
    /// # Errors
    ///
    /// [`PatternError`] where the pattern is not valid or conflicts with one that was added before.
    #[track_caller]
    pub fn try_add_insecure_bypass_pattern(&self, pattern: &str) -> Result<(), PatternError> {
        self.write().bypass.add(pattern)
    }

    /// Has refused requests answered by `handler`; without it the answer is a 403 with the error's text. Go's
    /// `SetDenyHandler`.
    pub fn set_deny_handler(&self, handler: impl Handler + 'static) {
        self.write().deny = Some(Arc::new(handler));
    }

    /// Has refused requests answered with a 403 again. Go's `SetDenyHandler(nil)`.
    pub fn unset_deny_handler(&self) {
        self.write().deny = None;
    }

    /// Whether a request may pass. Go's `Check`, which does not call the deny handler either.
    ///
    /// # Errors
    ///
    /// [`CrossOriginError`], the reason for which it may not.
    pub fn check(&self, r: &Request) -> Result<(), CrossOriginError> {
        if [METHOD_GET, METHOD_HEAD, METHOD_OPTIONS].contains(&r.method) {
            return Ok(());
        }
        let fault = match r.header.get("Sec-Fetch-Site").as_bytes() {
            b"same-origin" | b"none" => return Ok(()),
            b"" => CrossOriginError::OriginIsNotHost,
            _ => CrossOriginError::SecFetchSite,
        };
        let origin = r.header.get("Origin").as_bytes();
        if fault == CrossOriginError::OriginIsNotHost && (origin.is_empty() || is_of_host(origin, r)) {
            return Ok(());
        }
        if self.read().exempts(r, origin) { Ok(()) } else { Err(fault) }
    }

    /// A handler that calls `handler` for the requests that may pass. Go's `Handler`.
    pub fn handler<H: Handler + 'static>(&self, handler: H) -> impl Handler + use<H> {
        let protection = self.clone();
        HandlerFunc(move |w: &mut dyn ResponseWriter, r: &mut Request| match protection.check(r) {
            Ok(()) => handler.serve_http(w, r),
            Err(fault) => protection.deny(fault, w, r),
        })
    }

    fn deny(&self, fault: CrossOriginError, w: &mut dyn ResponseWriter, r: &mut Request) {
        // Taken out first: the lock must not be held while a handler runs.
        let deny = self.read().deny.clone();
        match deny {
            Some(handler) => handler.serve_http(w, r),
            None => error(w, fault.to_string(), StatusCode::FORBIDDEN),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Rules> {
        self.rules.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Rules> {
        self.rules.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rules {
    fn exempts(&self, r: &Request, origin: &[u8]) -> bool {
        self.bypass.matches(r) || !origin.is_empty() && self.trusted.contains(origin)
    }
}

/// Whether an origin has the host that the request asks for. The scheme is not compared: `Host` does not tell it.
fn is_of_host(origin: &[u8], r: &Request) -> bool {
    url::parse(origin).is_ok_and(|origin| origin.host == r.host)
}

impl fmt::Debug for CrossOriginProtection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = self.read();
        let trusted: Vec<_> = rules.trusted.iter().map(|origin| String::from_utf8_lossy(origin)).collect();
        f.debug_struct("CrossOriginProtection")
            .field("trusted", &trusted)
            .field("bypass", &rules.bypass)
            .field("has_deny_handler", &rules.deny.is_some())
            .finish()
    }
}
