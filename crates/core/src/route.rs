//! `PathValues`: what the wildcards of the matched patterns stand for.
//!
//! A nested mux adds its values to those of the outer one; the same name is replaced. (Go's forgets the outer values.)

use crate::Text;

/// Named values in the order in which they were set; keeps its buffers when cleared.
#[derive(Clone, Debug, Default)]
pub struct PathValues {
    /// Values beyond `live` are spare.
    values: Vec<(Text, Text)>,
    live: usize,
}

static EMPTY: Text = Text::EMPTY;

impl PathValues {
    /// The value of `name`, or the empty text.
    #[must_use]
    pub fn get(&self, name: &str) -> &Text {
        self.position(name).map_or(&EMPTY, |at| &self.values[at].1)
    }

    /// Sets the value of `name`.
    pub fn set(&mut self, name: &str, value: &[u8]) {
        self.place(name).assign(value);
    }

    /// Whether there are no values.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Where the value of `name` is or will be.
    pub fn place(&mut self, name: &str) -> &mut Text {
        match self.position(name) {
            Some(at) => &mut self.values[at].1,
            None => self.new_place(name),
        }
    }

    /// As [`place`](Self::place), for a name that has no value.
    #[inline]
    pub fn new_place(&mut self, name: &str) -> &mut Text {
        let at = self.live;
        self.live += 1;
        if at >= self.values.len() {
            self.values.push((Text::EMPTY, Text::EMPTY));
        }
        let (held, value) = &mut self.values[at];
        held.assign_str(name);
        value
    }

    /// Removes all values and keeps the buffers.
    pub const fn clear(&mut self) {
        self.live = 0;
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Text)> {
        self.values[..self.live].iter().map(|(name, value)| (name, value))
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.values[..self.live].iter().position(|(held, _)| held.as_bytes() == name.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_values_replace_and_clear_forgets() {
        let mut values = PathValues::default();
        values.set("a", b"1");
        values.set("b", b"2");
        values.set("a", b"\xff");
        assert_eq!(values.get("a").as_bytes(), b"\xff");
        assert_eq!(values.iter().count(), 2);
        values.clear();
        assert_eq!(values.get("b"), "");
        assert!(values.is_empty());
        values.new_place("b").assign_str("3");
        assert_eq!(values.get("b"), "3");
        values.place("b").assign_str("4");
        assert_eq!(values.iter().count(), 1);
        assert_eq!(values.get("b"), "4");
    }
}
