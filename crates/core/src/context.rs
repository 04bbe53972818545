//! `Context`: cancellation, deadline and values that travel with a request. Go's package `context`.
//!
//! A context is a tree node: cancelling one cancels what was derived from it. There is no timer thread: a deadline is
//! compared with the clock when it is asked for, and waiting ends at it by itself. Go's `select` on `Done` and a timer is
//! [`Context::wait`].

use std::any::{Any, TypeId};
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::local_addr::{ContextKey, LocalAddr, Origin};

/// Why a context ended. Go's `context.Canceled` and `context.DeadlineExceeded`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContextError {
    /// Somebody called cancel, the client went away, or the server closed.
    Canceled,
    /// The deadline has passed.
    DeadlineExceeded,
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Canceled => "context canceled",
            Self::DeadlineExceeded => "context deadline exceeded",
        })
    }
}

impl Error for ContextError {}

/// What ended a context, as given to [`Canceler::cancel_with`]: Go's `context.Cause`.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Carries cancellation, a deadline and typed values; cheap to clone.
///
/// ```
/// use std::time::Duration;
/// use nethttp_core::Context;
///
/// struct User(&'static str);
///
/// let (ctx, cancel) = Context::background().with_value(User("gopher")).with_cancel();
/// assert_eq!(ctx.value::<User>().unwrap().0, "gopher");
/// assert!(!ctx.wait(Duration::ZERO));
/// cancel.cancel();
/// assert_eq!(ctx.err().unwrap().to_string(), "context canceled");
/// ```
#[derive(Clone)]
pub struct Context {
    node: Arc<Node>,
}

struct Node {
    parent: Option<Context>,
    deadline: Option<Instant>,
    value: Option<Value>,
    /// Whether this is the context of a request, which knows its connection.
    has_origin: bool,
    local_addr: OnceLock<LocalAddr>,
    done: AtomicBool,
    /// Whether contexts have been derived from this one.
    has_children: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

/// A value and the type it is found by.
type Value = (TypeId, Arc<dyn Any + Send + Sync>);

#[derive(Default)]
struct State {
    error: Option<ContextError>,
    cause: Option<Cause>,
    children: Vec<Weak<Node>>,
    /// The connection, for contexts of requests. Weak: a context that is kept must not keep the connection open.
    origin: Option<Weak<dyn Origin>>,
}

impl Context {
    /// A context that never ends by itself and carries nothing. Go's `context.Background`.
    #[must_use]
    pub fn background() -> Self {
        Self::node(None, None, None)
    }

    /// A context that ends when `self` does or when its [`Canceler`] is used. Go's `context.WithCancel`.
    ///
    /// Dropping the canceler does not cancel.
    #[must_use]
    pub fn with_cancel(&self) -> (Self, Canceler) {
        let child = Self::node(Some(self.clone()), self.deadline(), None);
        (child.clone(), Canceler { context: child })
    }

    /// As [`with_cancel`](Self::with_cancel), ending also when `timeout` has passed. Go's `context.WithTimeout`.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> (Self, Canceler) {
        let end = Instant::now().checked_add(timeout);
        let deadline = match (self.deadline(), end) {
            (Some(own), Some(new)) => Some(own.min(new)),
            (own, new) => own.or(new),
        };
        let child = Self::node(Some(self.clone()), deadline, None);
        (child.clone(), Canceler { context: child })
    }

    /// As [`with_timeout`](Self::with_timeout) with the moment given. Go's `context.WithDeadline`.
    #[must_use]
    pub fn with_deadline(&self, deadline: Instant) -> (Self, Canceler) {
        self.with_timeout(deadline.saturating_duration_since(Instant::now()))
    }

    /// A context that also carries `value`, found by its type. Go's `context.WithValue` with the type as the key.
    #[must_use]
    pub fn with_value<T: Send + Sync + 'static>(&self, value: T) -> Self {
        Self::node(Some(self.clone()), self.deadline(), Some((TypeId::of::<T>(), Arc::new(value))))
    }

    /// The innermost value of type `T`. Go's `Context.Value`.
    #[must_use]
    pub fn value<T: Send + Sync + 'static>(&self) -> Option<&T> {
        let mut context = Some(self);
        while let Some(Self { node }) = context {
            match &node.value {
                Some((key, value)) if *key == TypeId::of::<T>() => return value.downcast_ref(),
                _ if node.has_origin && TypeId::of::<T>() == TypeId::of::<LocalAddr>() => {
                    return node.local_addr().and_then(|address| (address as &dyn Any).downcast_ref());
                }
                _ => context = node.parent.as_ref(),
            }
        }
        None
    }

    /// The value that `key` stands for, which is the innermost of its type.
    #[must_use]
    pub fn value_of<T: Send + Sync + 'static>(&self, key: ContextKey<T>) -> Option<&T> {
        let _ = key;
        self.value()
    }

    /// Whether the context has ended.
    #[must_use]
    pub fn done(&self) -> bool {
        self.err().is_some()
    }

    /// Why the context has ended; `None` while it has not. Go's `Context.Err`.
    #[must_use]
    pub fn err(&self) -> Option<ContextError> {
        if self.node.done.load(Ordering::Acquire) {
            return self.node.lock().error;
        }
        match self.node.deadline {
            Some(deadline) if Instant::now() >= deadline => {
                self.end(ContextError::DeadlineExceeded, None);
                self.node.lock().error
            }
            _ => None,
        }
    }

    /// What ended the context: the cause given on cancelling, else the same as [`err`](Self::err). Go's `context.Cause`.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        let error = self.err()?;
        Some(self.node.lock().cause.clone().unwrap_or_else(|| Arc::new(error)))
    }

    /// The moment at which the context ends at the latest. Go's `Context.Deadline`.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.node.deadline
    }

    /// Waits until the context ends, `timeout` at the most; says whether it has ended.
    ///
    /// Go's `select` on `ctx.Done()` and `time.After(timeout)`.
    #[must_use]
    pub fn wait(&self, timeout: Duration) -> bool {
        let end = Instant::now().checked_add(timeout);
        loop {
            if self.done() {
                return true;
            }
            let until = match (end, self.node.deadline) {
                (Some(end), Some(deadline)) => Some(end.min(deadline)),
                (end, deadline) => end.or(deadline),
            };
            let now = Instant::now();
            if end.is_some_and(|end| now >= end) {
                return false;
            }
            let state = self.node.lock();
            if state.error.is_some() {
                return true;
            }
            match until {
                Some(until) => drop(self.node.changed.wait_timeout(state, until.saturating_duration_since(now))),
                None => drop(self.node.changed.wait(state)),
            }
        }
    }

    /// Waits until the context ends, however long that takes. Go's `<-ctx.Done()`.
    pub fn wait_done(&self) {
        while !self.wait(Duration::from_secs(3600)) {}
    }

    /// Ends this context and all that were derived from it. For those who made it: servers and [`Canceler`].
    #[doc(hidden)]
    pub fn end(&self, error: ContextError, cause: Option<&Cause>) {
        let mut ending = vec![Arc::clone(&self.node)];
        while let Some(node) = ending.pop() {
            let mut state = node.lock();
            if state.error.is_some() {
                continue;
            }
            state.error = Some(error);
            state.cause = cause.cloned();
            node.done.store(true, Ordering::Release);
            ending.extend(state.children.drain(..).filter_map(|child| child.upgrade()));
            drop(state);
            node.changed.notify_all();
        }
    }

    /// A context with the values of `parent` that ends on its own: for the requests of a server whose base context
    /// nobody can cancel.
    #[doc(hidden)]
    #[must_use]
    pub fn with_values_of(parent: &Self) -> Self {
        let mut node = Node::new(Some(parent.clone()), parent.deadline(), None);
        node.has_origin = true;
        Self { node: Arc::new(node) }
    }

    /// A context that ends when `self` does and knows its connection: for the requests of a connection that has a context
    /// of its own.
    #[doc(hidden)]
    #[must_use]
    pub fn with_origin(&self, origin: Weak<dyn Origin>) -> Self {
        let mut node = Node::new(Some(self.clone()), self.deadline(), None);
        node.has_origin = true;
        let child = Self { node: Arc::new(node) };
        child.set_origin(origin);
        self.adopt(&child);
        child
    }

    /// Says which connection the context's request came over.
    #[doc(hidden)]
    pub fn set_origin(&self, origin: Weak<dyn Origin>) {
        self.node.lock().origin = Some(origin);
    }

    /// Makes the context ready for another request, so that a server need not allocate one for each; `false` when that
    /// cannot be: it has ended, somebody beside `holders` known ones holds it, or it has told its connection's address. For
    /// contexts made by [`with_values_of`](Self::with_values_of).
    ///
    /// Takes no lock and writes to nothing unless contexts were derived from it.
    #[doc(hidden)]
    #[must_use]
    pub fn renew(&self, holders: usize) -> bool {
        let node = &*self.node;
        if self.is_held_beyond(holders) || node.done.load(Ordering::Relaxed) || node.local_addr.get().is_some() {
            return false;
        }
        if node.has_children.load(Ordering::Relaxed) {
            // They have gone, or they would hold this one.
            node.lock().children.clear();
            node.has_children.store(false, Ordering::Relaxed);
        }
        true
    }

    /// Whether the two are handles of the same context.
    #[doc(hidden)]
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.node, &other.node)
    }

    /// Whether anybody holds this context beside `holders` known ones.
    #[doc(hidden)]
    #[must_use]
    pub fn is_held_beyond(&self, holders: usize) -> bool {
        let is_held = Arc::strong_count(&self.node) > holders;
        // Whoever has let go of it did so before: what they did to it is seen.
        fence(Ordering::Acquire);
        is_held
    }

    fn node(parent: Option<Self>, deadline: Option<Instant>, value: Option<Value>) -> Self {
        let child = Self { node: Arc::new(Node::new(parent, deadline, value)) };
        if let Some(parent) = &child.node.parent {
            parent.adopt(&child);
        }
        child
    }

    fn adopt(&self, child: &Self) {
        let mut state = self.node.lock();
        if let Some(error) = state.error {
            let cause = state.cause.clone();
            drop(state);
            child.end(error, cause.as_ref());
            return;
        }
        // Children that are gone are swept when the list would grow, so that a long-lived parent does not collect them.
        if state.children.len() == state.children.capacity() {
            state.children.retain(|child| child.strong_count() > 0);
        }
        state.children.push(Arc::downgrade(&child.node));
        self.node.has_children.store(true, Ordering::Relaxed);
    }
}

impl Node {
    fn new(parent: Option<Context>, deadline: Option<Instant>, value: Option<Value>) -> Self {
        Self {
            parent,
            deadline,
            value,
            has_origin: false,
            local_addr: OnceLock::new(),
            done: AtomicBool::new(false),
            has_children: AtomicBool::new(false),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// The server's address of the connection; `None` where it is gone and nobody had asked before.
    fn local_addr(&self) -> Option<&LocalAddr> {
        if self.local_addr.get().is_none() {
            let origin = self.lock().origin.as_ref()?.upgrade()?;
            // Whoever was quicker has set the same.
            let _ = self.local_addr.set(LocalAddr::new(origin.local_addr()));
        }
        self.local_addr.get()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Context {
    fn default() -> Self {
        Self::background()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("err", &self.err()).field("deadline", &self.deadline()).finish_non_exhaustive()
    }
}

/// Ends the context it was made with. Go's `CancelFunc` and `CancelCauseFunc`.
#[derive(Clone, Debug)]
pub struct Canceler {
    context: Context,
}

impl Canceler {
    /// Ends the context with [`ContextError::Canceled`]; does nothing when it has already ended.
    pub fn cancel(&self) {
        self.context.end(ContextError::Canceled, None);
    }

    /// As [`cancel`](Self::cancel), with what [`Context::cause`] then gives.
    pub fn cancel_with(&self, cause: impl Error + Send + Sync + 'static) {
        let cause: Cause = Arc::new(cause);
        self.context.end(ContextError::Canceled, Some(&cause));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelling_reaches_descendants_and_not_the_parent() {
        let root = Context::background();
        let (middle, cancel) = root.with_cancel();
        let leaf = middle.with_value(7_u32);
        cancel.cancel_with(std::io::Error::other("gone"));
        assert!(!root.done());
        assert_eq!(leaf.err(), Some(ContextError::Canceled));
        assert_eq!(leaf.cause().unwrap().to_string(), "gone");
        assert!(middle.with_value(1_u8).done(), "a child made later has ended too");
    }

    #[test]
    fn a_deadline_ends_a_wait() {
        let (ctx, _cancel) = Context::background().with_timeout(Duration::from_millis(5));
        assert!(ctx.wait(Duration::from_secs(60)));
        assert_eq!(ctx.err(), Some(ContextError::DeadlineExceeded));
        assert_eq!(ctx.cause().unwrap().to_string(), "context deadline exceeded");
    }

    #[test]
    fn a_wait_is_woken_by_cancelling_from_another_thread() {
        let (ctx, cancel) = Context::background().with_cancel();
        let child = ctx.with_value(());
        let waiting = std::thread::spawn(move || child.wait(Duration::from_secs(60)));
        cancel.cancel();
        assert!(waiting.join().unwrap());
    }

    #[test]
    fn the_innermost_value_of_a_type_wins() {
        let ctx = Context::background().with_value(1_u32).with_value("x").with_value(2_u32);
        assert_eq!(ctx.value::<u32>(), Some(&2));
        assert_eq!(ctx.value::<&str>(), Some(&"x"));
        assert_eq!(ctx.value::<u64>(), None);
    }

    #[test]
    fn a_context_is_renewed_unless_it_has_been_used_up() {
        let base = Context::background().with_value(5_u8);
        let ctx = Context::with_values_of(&base);
        assert!(ctx.renew(1) && ctx.value::<u8>() == Some(&5));
        let kept = ctx.clone();
        assert!(!ctx.renew(1) && ctx.renew(2));
        drop(kept);
        let child = ctx.with_value(1_u8);
        assert!(!ctx.renew(1), "a derived context holds it");
        drop(child);
        assert!(ctx.renew(1) && ctx.node.lock().children.is_empty());
        ctx.end(ContextError::Canceled, None);
        assert!(!ctx.renew(1));
    }

    struct Somewhere(&'static str);

    impl Origin for Somewhere {
        fn local_addr(&self) -> crate::Text {
            crate::Text::from_static(self.0)
        }
    }

    #[test]
    fn the_address_is_that_of_the_latest_connection() {
        let first: Arc<dyn Origin> = Arc::new(Somewhere("a:1"));
        let second: Arc<dyn Origin> = Arc::new(Somewhere("b:2"));
        let ctx = Context::with_values_of(&Context::background());
        assert_eq!(ctx.value::<LocalAddr>(), None);
        ctx.set_origin(Arc::downgrade(&second));
        ctx.set_origin(Arc::downgrade(&first));
        let child = ctx.with_value(1_u8);
        assert_eq!(child.value::<LocalAddr>().unwrap().as_str(), "a:1");
        drop((first, child));
        assert_eq!(ctx.value::<LocalAddr>().unwrap().as_str(), "a:1", "it was asked for while there was a connection");
        assert!(!ctx.renew(1), "another connection has another address");
        let (base, cancel) = Context::background().with_cancel();
        let own = base.with_origin(Arc::downgrade(&second));
        cancel.cancel();
        assert!(own.done());
        assert_eq!(own.value_of(crate::LOCAL_ADDR_CONTEXT_KEY).unwrap().to_string(), "b:2");
        drop(second);
        let late = Context::with_values_of(&Context::background());
        late.set_origin(Weak::<Somewhere>::new() as Weak<dyn Origin>);
        assert_eq!(late.value::<LocalAddr>(), None);
    }
}
