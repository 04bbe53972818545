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

    /// As [`set`](Self::set), for what is known to be UTF-8.
    pub fn set_str(&mut self, name: &str, value: &str) {
        self.place(name).assign_str(value);
    }

    /// Where the value of `name` is or will be.
    fn place(&mut self, name: &str) -> &mut Text {
        let at = self.position(name).unwrap_or_else(|| {
            if self.live == self.values.len() {
                self.values.push((Text::EMPTY, Text::EMPTY));
            }
            self.values[self.live].0.assign_str(name);
            self.live += 1;
            self.live - 1
        });
        &mut self.values[at].1
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
        values.set_str("b", "3");
        assert_eq!(values.get("b"), "3");
        values.set_str("b", "4");
        assert_eq!(values.iter().count(), 1);
        assert_eq!(values.get("b"), "4");
    }
}
