//! Bytes as visible text and back: `\r`, `\n`, `\t`, `\\` and `\xHH` stand for what does not show.

use std::fmt::Write as _;

/// Adds bytes to a text. A space at the end is written so that it shows.
pub fn escape(bytes: &[u8], text: &mut String) {
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\\' => text.push_str("\\\\"),
            b' ' if at + 1 == bytes.len() => text.push_str("\\x20"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
}

/// The bytes that a text stands for; what is not ASCII stands for its UTF-8.
///
/// # Errors
///
/// For what follows a backslash and means nothing.
pub fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let (byte, used) = match behind {
            [b'r', ..] => (b'\r', 1),
            [b'n', ..] => (b'\n', 1),
            [b't', ..] => (b'\t', 1),
            [b'\\', ..] => (b'\\', 1),
            [b'x', high, low, ..] => (hex(*high, *low).ok_or_else(|| format!("no hexadecimal digits in {text:?}"))?, 3),
            _ => return Err(format!("an escape without a meaning in {text:?}")),
        };
        bytes.push(byte);
        rest = &behind[used..];
    }
    Ok(bytes)
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |c: u8| char::from(c).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_survive() {
        let bytes: Vec<u8> = (0..=255).chain(*b"a b ").collect();
        let mut text = String::new();
        escape(&bytes, &mut text);
        assert_eq!(unescape(&text).unwrap(), bytes);
        assert!(text.ends_with("a b\\x20") && text.is_ascii());
    }

    #[test]
    fn escapes_without_a_meaning_are_refused() {
        for text in ["\\", "\\q", "\\x1", "\\xg0"] {
            assert!(unescape(text).is_err(), "{text}");
        }
    }
}
