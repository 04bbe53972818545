//! `timeout_handler`: answers for an inner handler that takes too long. Go's `http.TimeoutHandler`.
//!
//! The inner handler runs on another thread, with a request of its own and a writer that keeps what it writes until it
//! has returned. Its thread comes from the server that runs the request, or is made where there is none; the one that
//! waits tells the server so beforehand. Nothing here keeps a thread: the one of a handler that comes too late ends
//! with it.
//!
//! Differences: what a handler may write is bounded (Go keeps any amount), see [`TimeoutHandler::buffer_limit`]; a
//! second status is ignored without a line in the log; where no thread is to be had the answer is a 503 at once.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nethttp_core::{Canceler, Context, Handler, Request, ResponseWriter, Schedule, StatusCode, error};

use self::exchange::{Closed, Ending, Exchange};
use self::writer::BufferedWriter;

mod exchange;
#[cfg(test)]
mod tests;
mod writer;

pub use self::writer::BufferLimitError;

/// Calls `handler`, and answers 503 with `message` if it has not returned after `timeout`. Go's `http.TimeoutHandler`.
///
/// The inner handler's request has a context that ends at the deadline, and when the handler has returned. What it
/// writes goes out when it has returned; after the deadline its writes fail with
/// [`Error::HandlerTimeout`](nethttp_core::Error::HandlerTimeout). It should then return, for until it does it holds a
/// thread. If the request's own context is cancelled first (the client went away), the answer is a 503 without a body.
/// A panic of the inner handler goes on in the calling one, that of [`abort_handler`](nethttp_core::abort_handler) too.
///
/// An empty `message` stands for a short HTML page. The writer that the inner handler gets can neither flush nor
/// hijack.
///
/// ```
/// use std::time::Duration;
/// use nethttp_core::{Handler, fprintf, handler_func};
/// use nethttp_handlers::timeout_handler;
/// use nethttp_httptest::{new_recorder, new_request};
///
/// let slow = handler_func(|w, r| {
///     if r.url.path == "/slow" {
///         r.context().wait_done();
///     }
///     fprintf!(w, "done\n");
/// });
/// let handler = timeout_handler(slow, Duration::from_millis(500), "too slow\n");
///
/// for (target, code, body) in [("/", 200, "done\n"), ("/slow", 503, "too slow\n")] {
///     let mut w = new_recorder();
///     handler.serve_http(&mut w, &mut new_request("GET", target, ()));
///     assert_eq!(w.code, code);
///     assert_eq!(w.body, body);
/// }
/// ```
pub fn timeout_handler(
    handler: impl Handler + 'static,
    timeout: Duration,
    message: impl Into<String>,
) -> TimeoutHandler {
    TimeoutHandler { handler: Arc::new(handler), timeout, message: message.into(), buffer_limit: DEFAULT_BUFFER_LIMIT }
}

/// Answers for an inner handler that takes too long; made by [`timeout_handler`].
#[derive(Clone)]
#[must_use]
pub struct TimeoutHandler {
    handler: Arc<dyn Handler>,
    timeout: Duration,
    message: String,
    buffer_limit: usize,
}

impl TimeoutHandler {
    /// Sets how many body bytes the inner handler may write. The write that would exceed it fails with
    /// [`BufferLimitError`], and the request is answered as if the handler had ended with that error: a 500 in place of
    /// half a body. Default: [`DEFAULT_BUFFER_LIMIT`]; `usize::MAX` is no limit, as in Go.
    ///
    /// ```
    /// use std::time::Duration;
    /// use nethttp_core::{Handler, handler_func};
    /// use nethttp_handlers::timeout_handler;
    /// use nethttp_httptest::{new_recorder, new_request};
    ///
    /// let report = handler_func(|w, _r| w.write_all(&[b'x'; 2000]));
    /// let handler = timeout_handler(report, Duration::from_secs(5), "").buffer_limit(1 << 10);
    ///
    /// let mut w = new_recorder();
    /// handler.serve_http(&mut w, &mut new_request("GET", "/report", ()));
    /// assert_eq!(w.code, 500);
    /// ```
    pub const fn buffer_limit(mut self, bytes: usize) -> Self {
        self.buffer_limit = bytes;
        self
    }

    fn message(&self) -> &str {
        if self.message.is_empty() { DEFAULT_PAGE } else { &self.message }
    }
}

/// The number of body bytes that an inner handler may write where [`TimeoutHandler::buffer_limit`] does not say
/// otherwise: 64 MiB.
pub const DEFAULT_BUFFER_LIMIT: usize = 64 << 20;

const DEFAULT_PAGE: &str = "<html><head><title>Timeout</title></head><body><h1>Timeout</h1></body></html>";

impl Handler for TimeoutHandler {
    fn serve_http(&self, w: &mut dyn ResponseWriter, r: &mut Request) {
        let (ctx, cancel) = r.context().with_timeout(self.timeout);
        let _ends_with_the_call = CancelOnDrop(cancel);
        // Ends with the context, and when the inner handler has: one thing to wait for instead of two.
        let (ended, end) = ctx.with_cancel();
        let exchange = Arc::new(Exchange::default());
        let call = InnerCall {
            handler: Arc::clone(&self.handler),
            request: r.with_context(ctx.clone()),
            ctx: ctx.clone(),
            exchange: Arc::clone(&exchange),
            buffer_limit: self.buffer_limit,
            _end: CancelOnDrop(end),
        };
        if !call.spawn(r.schedule()) {
            return answer_busy(w);
        }
        if let Some(schedule) = r.schedule() {
            schedule.will_block();
        }
        ended.wait_done();
        match exchange.close(ctx.err()) {
            Ok(Ending::Returned(answer)) => answer.send(w),
            Ok(Ending::Failed(failure)) => failure.send(w),
            Ok(Ending::Panicked(payload)) => resume_unwind(payload),
            Err(Closed::TimedOut) => {
                w.write_header(StatusCode::SERVICE_UNAVAILABLE);
                // A client that has gone is no fault of the handler.
                let _ = w.write_string(self.message().as_bytes());
            }
            Err(Closed::Canceled(_)) => w.write_header(StatusCode::SERVICE_UNAVAILABLE),
            Err(Closed::Lost) => answer_busy(w),
        }
    }
}

impl fmt::Debug for TimeoutHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimeoutHandler")
            .field("timeout", &self.timeout)
            .field("message", &self.message)
            .field("buffer_limit", &self.buffer_limit)
            .finish_non_exhaustive()
    }
}

/// The inner handler's side. Whether it runs to its end, panics or is dropped without having run: the one that waits is
/// told.
struct InnerCall {
    handler: Arc<dyn Handler>,
    request: Request,
    ctx: Context,
    exchange: Arc<Exchange>,
    buffer_limit: usize,
    _end: CancelOnDrop,
}

impl InnerCall {
    /// Runs on another thread; says whether there is one.
    fn spawn(self, schedule: Option<&'static dyn Schedule>) -> bool {
        let job = Box::new(move || self.run());
        match schedule {
            Some(schedule) => schedule.spawn(job).is_ok(),
            None => thread::Builder::new().name(THREAD_NAME.to_owned()).spawn(job).is_ok(),
        }
    }

    fn run(self) {
        let Self { handler, mut request, ctx, exchange, buffer_limit, _end } = self;
        let mut writer = BufferedWriter::new(Arc::clone(&exchange), buffer_limit);
        // Whatever a panic leaves half done is dropped here: the request's copy and the writer are this thread's own.
        let ending = catch_unwind(AssertUnwindSafe(move || {
            handler.serve_http(&mut writer, &mut request);
            drop(request);
            writer.into_ending()
        }));
        // A handler that returns because its context has ended comes too late, even if it is quicker than the one that
        // waits for both of them.
        if !ctx.done() {
            exchange.finish(ending.unwrap_or_else(Ending::Panicked));
        }
    }
}

/// What tools show as the name of a thread that no server lends.
const THREAD_NAME: &str = "timeout_handler";

/// Cancels a context when it is dropped, also by a panic.
struct CancelOnDrop(Canceler);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

fn answer_busy(w: &mut dyn ResponseWriter) {
    w.header().set("Retry-After", "1");
    error(w, "Service Unavailable", StatusCode::SERVICE_UNAVAILABLE);
}
