//! What a request's context knows of its server and connection: Go's `http.LocalAddrContextKey`, and keys as such.
//!
//! The address is asked of the connection when somebody wants it: most requests never do.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::Text;

/// The server's address of the connection that a request came over: `ip:port`, or `@` for a Unix socket without a name.
///
/// ```
/// use nethttp_core::{LOCAL_ADDR_CONTEXT_KEY, LocalAddr, Request, ResponseWriter, fprintf};
///
/// fn whoami(w: &mut dyn ResponseWriter, r: &mut Request) {
///     let ctx = r.context();
///     if let Some(addr) = ctx.value::<LocalAddr>() {
///         fprintf!(w, "you have reached {addr}\n");
///     }
///     // The same, in Go's words.
///     assert_eq!(ctx.value_of(LOCAL_ADDR_CONTEXT_KEY), ctx.value::<LocalAddr>());
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalAddr(Text);

/// Finds the [`LocalAddr`] in a request's context. Go's `http.LocalAddrContextKey`.
pub const LOCAL_ADDR_CONTEXT_KEY: ContextKey<LocalAddr> = ContextKey::new();

impl LocalAddr {
    pub(crate) const fn new(address: Text) -> Self {
        Self(address)
    }
}

impl Deref for LocalAddr {
    type Target = Text;

    fn deref(&self) -> &Text {
        &self.0
    }
}

impl fmt::Display for LocalAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A name for "the value of type `T`": contexts are asked by type, programs that are ported ask by key.
///
/// ```
/// use nethttp_core::{Context, ContextKey};
///
/// struct User(&'static str);
/// const USER_KEY: ContextKey<User> = ContextKey::new();
///
/// let ctx = Context::background().with_value(User("gopher"));
/// assert_eq!(ctx.value_of(USER_KEY).unwrap().0, "gopher");
/// ```
pub struct ContextKey<T>(PhantomData<fn() -> T>);

impl<T> ContextKey<T> {
    /// The key of the type.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Clone for ContextKey<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ContextKey<T> {}

impl<T> Default for ContextKey<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for ContextKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContextKey<{}>", std::any::type_name::<T>())
    }
}

/// The connection of a request, as its context asks it. For servers.
#[doc(hidden)]
pub trait Origin: Send + Sync {
    /// The server's address.
    fn local_addr(&self) -> Text;
}
