//! `Registry`: a loop's table of connections, with tokens that never name a later one.
//!
//! A token is a slot and a generation. An event that was queued before a connection closed carries the old generation and
//! finds nothing, though slot and descriptor may belong to somebody else by now.

use mio::Token;

/// Connections by token.
#[derive(Debug)]
pub(crate) struct Registry<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    len: usize,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

/// Slots below `SLOTS`; generations in the bits above, also where a word has 32 of them.
const SLOT_BITS: u32 = if usize::BITS >= 64 { 32 } else { 20 };

impl<T> Registry<T> {
    pub(crate) const fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new(), len: 0 }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Enters a connection; `None` when every slot is taken.
    pub(crate) fn insert(&mut self, value: T) -> Option<Token> {
        let slot = match self.free.pop() {
            Some(slot) => slot as usize,
            None if self.slots.len() < (1 << SLOT_BITS) - 1 => {
                self.slots.push(Slot { generation: 0, value: None });
                self.slots.len() - 1
            }
            None => return None,
        };
        self.len += 1;
        self.slots[slot].value = Some(value);
        Some(self.token(slot))
    }

    pub(crate) fn get_mut(&mut self, token: Token) -> Option<&mut T> {
        let (slot, generation) = split(token);
        let slot = self.slots.get_mut(slot)?;
        if slot.generation & GENERATION_MASK == generation { slot.value.as_mut() } else { None }
    }

    pub(crate) fn remove(&mut self, token: Token) -> Option<T> {
        let (index, generation) = split(token);
        let slot = self.slots.get_mut(index)?;
        if slot.generation & GENERATION_MASK != generation {
            return None;
        }
        let value = slot.value.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(u32::try_from(index).expect("slots are counted in 32 bits"));
        self.len -= 1;
        Some(value)
    }

    /// The token of whoever is in a slot.
    pub(crate) fn at(&self, slot: usize) -> Option<Token> {
        self.slots.get(slot)?.value.as_ref().map(|_| self.token(slot))
    }

    /// The tokens of all.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        (0..self.slots.len()).filter_map(|slot| self.at(slot)).collect()
    }

    fn token(&self, slot: usize) -> Token {
        Token(((self.slots[slot].generation & GENERATION_MASK) as usize) << SLOT_BITS | slot)
    }
}

/// The slot that a token names.
pub(crate) const fn slot_of(token: Token) -> usize {
    token.0 & ((1 << SLOT_BITS) - 1)
}

fn split(token: Token) -> (usize, u32) {
    (slot_of(token), u32::try_from(token.0 >> SLOT_BITS).unwrap_or(u32::MAX))
}

/// One bit short, so that the tokens of the loop itself (its waker, its listeners) lie above all others.
const GENERATION_MASK: u32 = if usize::BITS >= 64 { 0x7fff_ffff } else { 0x7ff };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_token_finds_nothing() {
        // pitfall F8
        let mut table = Registry::new();
        let first = table.insert("a").unwrap();
        assert_eq!(table.remove(first), Some("a"));
        let second = table.insert("b").unwrap();
        assert_eq!(slot_of(first), slot_of(second));
        assert_ne!(first, second);
        assert_eq!(table.get_mut(first), None);
        assert_eq!(table.remove(first), None);
        assert_eq!(table.get_mut(second), Some(&mut "b"));
        assert_eq!(table.len(), 1);
        assert_eq!(table.tokens(), [second]);
        assert_eq!(table.at(slot_of(second)), Some(second));
    }
}
