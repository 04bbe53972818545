//! A handler whose panics fail the test.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use nethttp_core::{AbortHandler, Handler, Request, ResponseWriter, abort_handler};

/// The texts of the panics so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Panics(Arc<Mutex<Vec<String>>>);

impl Panics {
    /// Panics itself, if there was one; each counts once.
    pub(super) fn raise(&self) {
        let texts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        assert!(texts.is_empty(), "httptest: panic in server handler: {}", texts.join("; "));
    }
}

/// Calls a handler and takes note of its panics. To the server each looks like that of `abort_handler`, which it does not
/// log: the panic hook has told the test already.
pub(super) struct Watched {
    handler: Box<dyn Handler>,
    panics: Panics,
}

impl Watched {
    pub(super) fn new(handler: Box<dyn Handler>, panics: Panics) -> Self {
        Self { handler, panics }
    }
}

impl Handler for Watched {
    fn serve_http(&self, w: &mut dyn ResponseWriter, r: &mut Request) {
        let outcome = catch_unwind(AssertUnwindSafe(|| self.handler.serve_http(w, r)));
        let Err(payload) = outcome else { return };
        if !payload.is::<AbortHandler>() {
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
            let text = text.unwrap_or_else(|| "(no text)".to_owned());
            self.panics.0.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        }
        abort_handler()
    }
}
