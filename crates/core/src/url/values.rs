//! `Values`: keys with their lists of values, of a query or a form. Go's `url.Values`.
//!
//! Never holds more pairs from one query than `nethttp_grammar::query::MAX_PARAMETERS`. Keys and values are bytes; the
//! keys are kept sorted, which is the order that Go writes them in.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;
use std::fmt;

use nethttp_grammar::query::{self, QueryError};

use super::query_escape;
use crate::{Header, Text};

/// Lists of values by key. Keys count letter by letter, case included.
///
/// ```
/// use nethttp_core::url::Values;
///
/// let mut values = Values::new();
/// values.set("name", "Ava");
/// values.add("friend", "Jess & Zoe");
/// values.add("friend", "Sarah");
/// assert_eq!(values.get("friend"), "Jess & Zoe");
/// assert_eq!(values.values("friend").len(), 2);
/// assert_eq!(values.get("nobody"), "");
/// assert_eq!(values.encode(), "friend=Jess+%26+Zoe&friend=Sarah&name=Ava");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<Text, Vec<Text>>);

static EMPTY: Text = Text::EMPTY;

impl Values {
    /// No keys. Does not allocate.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The first value of `key`, or the empty text. Go's `Values.Get`.
    #[must_use]
    pub fn get(&self, key: impl AsRef<[u8]>) -> &Text {
        self.values(key).first().unwrap_or(&EMPTY)
    }

    /// All values of `key` in the order they were added; none if there is no such key. Go's `v[key]`.
    #[must_use]
    pub fn values(&self, key: impl AsRef<[u8]>) -> &[Text] {
        self.0.get(key.as_ref()).map_or(&[], Vec::as_slice)
    }

    /// Replaces all values of `key` by one. Go's `Values.Set`.
    pub fn set(&mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.0.insert(key.as_ref().into(), vec![value.as_ref().into()]);
    }

    /// Adds a value to `key`. Go's `Values.Add`.
    pub fn add(&mut self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.push(Cow::Borrowed(key.as_ref()), value.as_ref().into());
    }

    /// Removes `key` with all its values. Go's `Values.Del`.
    pub fn del(&mut self, key: impl AsRef<[u8]>) {
        self.0.remove(key.as_ref());
    }

    /// Whether there is such a key, be it without a value. Go's `Values.Has`.
    #[must_use]
    pub fn has(&self, key: impl AsRef<[u8]>) -> bool {
        self.0.contains_key(key.as_ref())
    }

    /// As a query, sorted by key: `a=1&b=2`. Go's `Values.Encode`.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut out = String::new();
        for (key, values) in &self.0 {
            let key = query_escape(key);
            for value in values {
                if !out.is_empty() {
                    out.push('&');
                }
                out.push_str(&key);
                out.push('=');
                out.push_str(&query_escape(value));
            }
        }
        out
    }

    /// Keys with their values, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &[Text])> {
        self.0.iter().map(|(key, values)| (key, values.as_slice()))
    }

    /// The keys, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &Text> {
        self.0.keys()
    }

    /// The number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes all keys.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds the pairs of a query that are good; the error is the one that Go's `url.ParseQuery` returns.
    pub(crate) fn add_query(&mut self, query: &[u8]) -> Option<QueryError> {
        let mut error = None;
        for pair in query::pairs(query) {
            match pair {
                Ok((key, value)) => self.push(key, value.into()),
                // The first bad escape is told, unless there is a semicolon, which is told in any case.
                Err(QueryError::Escape(_)) if error.is_some() => {}
                Err(new) => error = Some(new),
            }
        }
        error
    }

    /// Adds the values of `other` behind those of the same keys here.
    pub(crate) fn append(&mut self, other: &Self) {
        for (key, values) in &other.0 {
            self.0.entry(key.clone()).or_default().extend_from_slice(values);
        }
    }

    /// Takes a key from a peer: a second value of the same key allocates no second copy of it.
    pub(crate) fn push(&mut self, key: Cow<'_, [u8]>, value: Text) {
        match self.0.get_mut(&*key) {
            Some(values) => values.push(value),
            None => {
                self.0.insert(key.into(), vec![value]);
            }
        }
    }
}

/// A lookup by bytes: a `Text` compares, and so sorts, by its exact bytes.
impl Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Each name with its values, a suppressed one with none: Go's `url.Values(header)`.
impl From<&Header> for Values {
    fn from(header: &Header) -> Self {
        let mut values = Self::new();
        for (name, value) in header.unsorted() {
            match value {
                Some(value) => values.add(name, value),
                None => {
                    values.0.entry(name.into()).or_default();
                }
            }
        }
        values
    }
}

impl<K: AsRef<[u8]>, V: AsRef<[u8]>> FromIterator<(K, V)> for Values {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut values = Self::new();
        values.extend(pairs);
        values
    }
}

impl<K: AsRef<[u8]>, V: AsRef<[u8]>> Extend<(K, V)> for Values {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.add(key, value);
        }
    }
}

impl<K: AsRef<[u8]>, V: AsRef<[u8]>, const COUNT: usize> From<[(K, V); COUNT]> for Values {
    fn from(pairs: [(K, V); COUNT]) -> Self {
        pairs.into_iter().collect()
    }
}
