//! Input as bytes of which some are whole pieces of what is to be read, so that random bytes soon mean something.

/// ASCII is itself, any other byte one of `pieces`.
pub fn spelled(input: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
    let mut text = Vec::new();
    for &byte in input {
        match byte.checked_sub(0x80) {
            Some(number) => text.extend_from_slice(pieces[usize::from(number) % pieces.len()]),
            None => text.push(byte),
        }
    }
    text
}
