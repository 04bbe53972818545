//! `Exchange`: what the two threads of a timed call share, namely how it ended and whether it may still write.

use std::any::Any;
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};

use nethttp_core::{ContextError, Error, Header, ResponseWriter, StatusCode};

/// How a call ended, or that nobody waits for it any more; whichever comes first.
#[derive(Default)]
pub(super) struct Exchange {
    ending: Mutex<Option<Ending>>,
    closed: OnceLock<Closed>,
}

/// How an inner handler ended.
pub(super) enum Ending {
    Returned(Answer),
    Failed(Failure),
    Panicked(Box<dyn Any + Send>),
}

/// Why nobody waits for an inner handler any more.
#[derive(Clone, Copy)]
pub(super) enum Closed {
    TimedOut,
    Canceled(ContextError),
    /// It was dropped without having run.
    Lost,
}

impl Exchange {
    /// Leaves how the call ended for the one that waits.
    pub(super) fn finish(&self, ending: Ending) {
        *self.ending.lock().unwrap_or_else(PoisonError::into_inner) = Some(ending);
    }

    /// Takes the ending, or closes the exchange where there is none yet. `ended` says how the call's context ended.
    pub(super) fn close(&self, ended: Option<ContextError>) -> Result<Ending, Closed> {
        // The lock keeps an ending from slipping in between the look and the closing.
        let mut slot = self.ending.lock().unwrap_or_else(PoisonError::into_inner);
        slot.take().ok_or_else(|| {
            *self.closed.get_or_init(|| match ended {
                Some(ContextError::DeadlineExceeded) => Closed::TimedOut,
                Some(error) => Closed::Canceled(error),
                None => Closed::Lost,
            })
        })
    }

    /// Fails once the exchange is closed, with the error that a late handler's writes get.
    pub(super) fn check_open(&self) -> io::Result<()> {
        match self.closed.get() {
            None => Ok(()),
            Some(Closed::TimedOut | Closed::Lost) => Err(Error::HandlerTimeout.into()),
            Some(Closed::Canceled(error)) => Err(io::Error::other(*error)),
        }
    }
}

/// The whole answer of a handler that has returned.
pub(super) struct Answer {
    pub(super) header: Header,
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Fields that the outer handler set stay, unless the inner one set the same.
    pub(super) fn send(self, w: &mut dyn ResponseWriter) {
        copy_fields(&self.header, w.header());
        w.write_header(self.status);
        // A client that has gone is no fault of the handler.
        let _ = w.write_all(&self.body);
    }
}

/// The end of a handler that returned an error or wrote too much.
pub(super) struct Failure {
    /// The header, where the handler had not begun to answer: then it goes with the error's answer, as it does without
    /// a timeout. What belonged to an answer that had begun must not describe another one.
    pub(super) header: Option<Header>,
    pub(super) error: io::Error,
}

impl Failure {
    pub(super) fn send(self, w: &mut dyn ResponseWriter) {
        if let Some(header) = &self.header {
            copy_fields(header, w.header());
        }
        w.fail(self.error);
    }
}

fn copy_fields(from: &Header, to: &mut Header) {
    for name in from.names() {
        to.suppress_raw(name);
        from.values_raw(name).for_each(|value| to.append_raw(name, value));
    }
}
