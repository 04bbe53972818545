//! Text for HTML pages: the five characters that mean something there, escaped.
//!
//! Go's `html.EscapeString`.

use std::borrow::Cow;

/// `text` with `<`, `>`, `&`, `'` and `"` replaced by entities, fit for text and for quoted attributes.
///
/// ```
/// use nethttp_grammar::html;
///
/// assert_eq!(html::escape("<a href='/'>"), "&lt;a href=&#39;/&#39;&gt;");
/// ```
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    let Some(first) = text.bytes().position(|byte| entity(byte).is_some()) else {
        return Cow::Borrowed(text);
    };
    let (plain, rest) = text.split_at(first);
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(plain);
    for c in rest.chars() {
        match u8::try_from(c).ok().and_then(entity) {
            Some(entity) => out.push_str(entity),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// As [`escape`], for text that need not be UTF-8 (file names, paths).
#[must_use]
pub fn escape_bytes(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.iter().any(|&byte| entity(byte).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len() + 16);
    for byte in text {
        match entity(*byte) {
            Some(entity) => out.extend_from_slice(entity.as_bytes()),
            None => out.push(*byte),
        }
    }
    Cow::Owned(out)
}

#[inline]
const fn entity(byte: u8) -> Option<&'static str> {
    match byte {
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'&' => Some("&amp;"),
        b'\'' => Some("&#39;"),
        b'"' => Some("&#34;"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_characters() {
        for (text, expected) in [
            ("", ""),
            ("abc \u{e9}", "abc \u{e9}"),
            ("\u{e9}<>&'\"\u{201c}", "\u{e9}&lt;&gt;&amp;&#39;&#34;\u{201c}"),
            ("&amp;", "&amp;amp;"),
        ] {
            assert_eq!(escape(text), expected, "{text}");
            assert_eq!(*escape_bytes(text.as_bytes()), *expected.as_bytes(), "{text}");
            assert_eq!(matches!(escape(text), Cow::Borrowed(_)), text == expected);
            assert_eq!(matches!(escape_bytes(text.as_bytes()), Cow::Borrowed(_)), text == expected);
        }
        assert_eq!(*escape_bytes(b"\xff<"), *b"\xff&lt;");
    }
}
