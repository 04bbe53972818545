//! `Header`: the fields of a request or response, as Go's `http.Header`.
//!
//! A small vector of canonically spelled names and byte values, searched without hashing. Go's map gives no order, and Go
//! writes fields sorted by name; so does [`Header::iter`]. Values of one name keep the order in which they were added.
//!
//! Beyond a map of lists it can say *suppressed* (a name with no value: Go's `h["Date"] = nil`) and can hold a name as
//! it was spelled (Go's `h["x-odd"] = …`). It keeps its buffers when cleared, so that a server reuses one without
//! allocating.
//!
//! Go: `net/http` `Header`, `net/textproto` `MIMEHeader`.

use std::borrow::Cow;
use std::fmt;

use nethttp_grammar::canonical;

use crate::Text;

mod convert;
mod sorted;
#[cfg(test)]
mod tests;
mod write;

use sorted::Sorted;

/// The fields of a message: names in canonical spelling (`Content-Type`), each with any number of values.
///
/// Names given to its methods may be spelled in any case; the `raw` methods take them as they are.
///
/// ```
/// use nethttp_core::Header;
///
/// let mut header = Header::new();
/// header.set("content-type", "text/plain");
/// header.add("Vary", "Accept");
/// header.add("vary", "Origin");
/// assert_eq!(header.get("Content-Type"), "text/plain");
/// assert_eq!(header.values("VARY").count(), 2);
/// header.del("Vary");
/// assert_eq!(header.get("Vary"), "");
/// ```
#[derive(Default)]
pub struct Header {
    /// Fields beyond `live` are spare: their buffers are used again.
    fields: Vec<Field>,
    live: usize,
}

#[derive(Clone, Default)]
struct Field {
    name: Name,
    value: Text,
    /// A name without a value; at most one such field a name, and none beside values of the same name.
    suppressed: bool,
}

/// A name that is commonly met, or else one of its own; the buffer of the latter stays for the next message.
#[derive(Clone, Default)]
struct Name {
    /// Empty where `own` counts.
    known: &'static str,
    own: String,
}

impl Name {
    fn as_str(&self) -> &str {
        if self.known.is_empty() { &self.own } else { self.known }
    }

    fn spell(&mut self, name: &str) {
        self.known = "";
        self.own.clear();
        self.own.push_str(name);
    }
}

/// A name in canonical spelling, without an allocation for the names that are commonly met.
enum Canonical<'n> {
    Known(&'static str),
    Spelled(Cow<'n, str>),
}

impl<'n> Canonical<'n> {
    fn of(name: &'n str) -> Self {
        canonical::known(name.as_bytes())
            .map_or_else(|| Self::Spelled(canonical::canonical_header_key(name)), Self::Known)
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Known(name) => name,
            Self::Spelled(name) => name,
        }
    }
}

static EMPTY: Text = Text::EMPTY;

impl Header {
    /// A header without fields. Does not allocate.
    #[must_use]
    pub const fn new() -> Self {
        Self { fields: Vec::new(), live: 0 }
    }

    /// The first value of `name`, or the empty text. Go's `Header.Get`.
    #[must_use]
    pub fn get(&self, name: &str) -> &Text {
        self.values(name).next().unwrap_or(&EMPTY)
    }

    /// All values of `name`, in the order they were added. Go's `Header.Values`.
    pub fn values<'h>(&'h self, name: &str) -> Values<'h> {
        Values { fields: self.live().iter(), name: self.spelling(name) }
    }

    /// Whether there is a field `name`, be it a suppressed one: Go's `_, ok := h[CanonicalHeaderKey(name)]`.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.position(Canonical::of(name).as_str()).is_some()
    }

    /// As [`contains`](Self::contains), for a name that is already in canonical spelling or is meant as spelled:
    /// Go's `_, ok := h[name]`.
    #[must_use]
    pub fn contains_raw(&self, name: &str) -> bool {
        self.position(name).is_some()
    }

    /// Replaces all values of `name` by one. Go's `Header.Set`.
    pub fn set(&mut self, name: &str, value: impl AsRef<[u8]>) {
        let name = Canonical::of(name);
        match self.position(name.as_str()) {
            Some(first) => {
                self.fields[first].suppressed = false;
                self.fields[first].value.assign(value);
                self.remove_from(first + 1, name.as_str());
            }
            None => self.push(&name, value.as_ref()),
        }
    }

    /// Adds a value to `name`. Go's `Header.Add`.
    pub fn add(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.append(&Canonical::of(name), value.as_ref());
    }

    /// Removes all values of `name`. Go's `Header.Del`.
    pub fn del(&mut self, name: &str) {
        let name = Canonical::of(name);
        self.remove_from(0, name.as_str());
    }

    /// Gives `name` no value, which keeps the server from adding that field by itself (`Date`, `Content-Type`):
    /// Go's `h["Date"] = nil`.
    ///
    /// ```
    /// # let mut header = nethttp_core::Header::new();
    /// header.suppress("Date");
    /// assert!(header.contains("Date"));
    /// assert_eq!(header.values("Date").count(), 0);
    /// ```
    pub fn suppress(&mut self, name: &str) {
        self.suppress_named(&Canonical::of(name));
    }

    /// As [`suppress`](Self::suppress), under a name taken as it is spelled.
    pub fn suppress_raw(&mut self, name: &str) {
        self.suppress_named(&Canonical::Spelled(Cow::Borrowed(name)));
    }

    /// Adds a value under a name taken as it is spelled: Go's `h[name] = append(h[name], value)`.
    ///
    /// A name that is no token is never written to a client.
    pub fn append_raw(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.append(&Canonical::Spelled(Cow::Borrowed(name)), value.as_ref());
    }

    /// The values under a name taken as it is spelled: Go's `h[name]`.
    pub fn values_raw<'h>(&'h self, name: &str) -> Values<'h> {
        let name = self.position(name).map_or(ABSENT, |at| self.fields[at].name.as_str());
        Values { fields: self.live().iter(), name }
    }

    /// Removes the values under a name taken as it is spelled: Go's `delete(h, name)`.
    pub fn del_raw(&mut self, name: &str) {
        self.remove_from(0, name);
    }

    /// All fields in the order in which Go writes them: sorted by name, values of one name as they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Text)> {
        Sorted::new(self).map(|field| (field.name.as_str(), &field.value))
    }

    /// All fields in the order in which they were added, without sorting; a suppressed name comes with `None`.
    pub fn unsorted(&self) -> impl Iterator<Item = (&str, Option<&Text>)> {
        self.live().iter().map(|field| (field.name.as_str(), (!field.suppressed).then_some(&field.value)))
    }

    /// As [`iter`](Self::iter), and whether each name is one that is commonly met, so that it need not be checked. For
    /// servers.
    #[doc(hidden)]
    #[inline]
    pub fn lines(&self) -> impl Iterator<Item = (&str, bool, &Text)> {
        Sorted::new(self).map(|field| (field.name.as_str(), !field.name.known.is_empty(), &field.value))
    }

    /// The distinct names, sorted, suppressed ones included: the keys of Go's map.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.live().iter().map(|field| field.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The number of field lines (values, not names).
    #[must_use]
    pub fn len(&self) -> usize {
        self.live().iter().filter(|field| !field.suppressed).count()
    }

    /// Whether there is no name at all, not even a suppressed one.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Removes every field and keeps the buffers.
    pub const fn clear(&mut self) {
        self.live = 0;
    }

    /// Adds a field as it came over the wire, the name in any spelling.
    #[doc(hidden)]
    pub fn push_wire(&mut self, name: &[u8], value: &[u8]) {
        if let Some(known) = canonical::known(name) {
            self.push(&Canonical::Known(known), value);
        } else {
            let name = String::from_utf8_lossy(name);
            self.push(&Canonical::Spelled(canonical::canonical_header_key(&name)), value);
        }
    }

    /// As [`push_wire`](Self::push_wire), for text.
    #[doc(hidden)]
    #[inline]
    pub fn push_wire_text(&mut self, name: &str, value: &str) {
        let field = self.next_field();
        // Clients send the same fields again and again, and most spell them canonically.
        if field.name.known != name {
            match canonical::known(name.as_bytes()) {
                Some(known) => field.name.known = known,
                None => field.name.spell(&canonical::canonical_header_key(name)),
            }
        }
        field.value.assign_str(value);
    }

    fn live(&self) -> &[Field] {
        &self.fields[..self.live]
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.live().iter().position(|field| same(field.name.as_str(), name))
    }

    /// The spelling under which `name` is held here, or one that nothing is held under.
    fn spelling(&self, name: &str) -> &str {
        let name = Canonical::of(name);
        match name {
            Canonical::Known(known) => known,
            Canonical::Spelled(name) => self.position(&name).map_or(ABSENT, |at| self.fields[at].name.as_str()),
        }
    }

    fn append(&mut self, name: &Canonical<'_>, value: &[u8]) {
        match self.position(name.as_str()) {
            Some(at) if self.fields[at].suppressed => {
                self.fields[at].suppressed = false;
                self.fields[at].value.assign(value);
            }
            _ => self.push(name, value),
        }
    }

    fn suppress_named(&mut self, name: &Canonical<'_>) {
        self.remove_from(0, name.as_str());
        self.push(name, b"");
        self.fields[self.live - 1].suppressed = true;
    }

    fn push(&mut self, name: &Canonical<'_>, value: &[u8]) {
        let field = self.next_field();
        match name {
            Canonical::Known(known) => field.name.known = known,
            Canonical::Spelled(name) => field.name.spell(name),
        }
        field.value.assign(value);
    }

    /// Adds a field that has another's name and value as yet.
    #[inline]
    fn next_field(&mut self) -> &mut Field {
        let at = self.live;
        self.live += 1;
        if at >= self.fields.len() {
            return self.fields.push_mut(Field::default());
        }
        let field = &mut self.fields[at];
        field.suppressed = false;
        field
    }

    /// Removes the fields called `name` at or behind `start`; they become spare ones.
    fn remove_from(&mut self, start: usize, name: &str) {
        let mut at = start;
        while at < self.live {
            if same(self.fields[at].name.as_str(), name) {
                self.fields[at..self.live].rotate_left(1);
                self.live -= 1;
            } else {
                at += 1;
            }
        }
    }
}

/// Equal names: most differ in length, and the common ones are the same static string.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && (std::ptr::eq(a.as_ptr(), b.as_ptr()) || a == b)
}

/// A spelling that no field has: names never hold a line feed.
const ABSENT: &str = "\n";

/// The values of one name; made by [`Header::values`].
#[derive(Clone)]
pub struct Values<'h> {
    fields: std::slice::Iter<'h, Field>,
    name: &'h str,
}

impl<'h> Iterator for Values<'h> {
    type Item = &'h Text;

    fn next(&mut self) -> Option<&'h Text> {
        self.fields.find(|field| !field.suppressed && same(field.name.as_str(), self.name)).map(|field| &field.value)
    }
}

impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.unsorted()).finish()
    }
}

impl Clone for Header {
    fn clone(&self) -> Self {
        let fields: Vec<Field> = self.live().iter().map(Field::clone).collect();
        Self { live: fields.len(), fields }
    }
}

/// Equal when each name has the same values in the same order, and the same names are suppressed.
impl PartialEq for Header {
    fn eq(&self, other: &Self) -> bool {
        let names = self.names();
        names == other.names() && names.iter().all(|name| self.values_raw(name).eq(other.values_raw(name)))
    }
}

impl Eq for Header {}

impl<N: AsRef<str>, V: AsRef<[u8]>> FromIterator<(N, V)> for Header {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut header = Self::new();
        for (name, value) in fields {
            header.add(name.as_ref(), value);
        }
        header
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const COUNT: usize> From<[(N, V); COUNT]> for Header {
    fn from(fields: [(N, V); COUNT]) -> Self {
        fields.into_iter().collect()
    }
}
