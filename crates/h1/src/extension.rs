//! The grammar of chunk extensions, a byte at a time.
//!
//! Keeps nothing of the text: an extension is checked and forgotten.
//!
//! RFC 9112 section 7.1.1. Go cuts extensions off without a look, so whatever this refuses, Go takes.

use nethttp_grammar::token;

/// Where in an extension the last byte was. Begins behind the first semicolon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Extension {
    /// Behind a semicolon; white space may follow.
    #[default]
    Start,
    Name,
    SpaceAfterName,
    /// Behind the equals sign; white space may follow.
    ValueStart,
    Token,
    Quoted,
    Escaped,
    /// Behind the closing quote.
    QuoteEnd,
    SpaceAfterValue,
    Malformed,
}

impl Extension {
    /// Where the next byte leads.
    pub(crate) fn push(self, byte: u8) -> Self {
        let is_space = matches!(byte, b' ' | b'\t');
        match (self, byte) {
            (Self::Start, _) if is_space => Self::Start,
            (Self::Start | Self::Name, _) if token::is_tchar(byte) => Self::Name,
            (Self::Name | Self::SpaceAfterName, b'=') => Self::ValueStart,
            (Self::Name | Self::SpaceAfterName, _) if is_space => Self::SpaceAfterName,
            (Self::ValueStart, _) if is_space => Self::ValueStart,
            (Self::ValueStart, b'"') => Self::Quoted,
            (Self::ValueStart | Self::Token, _) if token::is_tchar(byte) => Self::Token,
            (Self::Token | Self::QuoteEnd | Self::SpaceAfterValue, _) if is_space => Self::SpaceAfterValue,
            (Self::Name | Self::SpaceAfterName | Self::Token | Self::QuoteEnd | Self::SpaceAfterValue, b';') => {
                Self::Start
            }
            (Self::Quoted, b'"') => Self::QuoteEnd,
            (Self::Quoted, b'\\') => Self::Escaped,
            (Self::Quoted | Self::Escaped, b'\t' | b' '..=b'~' | 0x80..) => Self::Quoted,
            _ => Self::Malformed,
        }
    }

    /// Whether the line may end here.
    pub(crate) const fn is_complete(self) -> bool {
        matches!(self, Self::Name | Self::Token | Self::QuoteEnd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar() {
        let check = |text: &[u8], expected: bool| {
            let state = text.iter().fold(Extension::default(), |state, &byte| state.push(byte));
            assert_eq!(state.is_complete(), expected, "{}", text.escape_ascii());
        };
        for text in [
            &b"a"[..],
            b" a",
            b"a=b",
            b"a = b",
            b"a\t=\t\"b\"",
            b"a=\"\"",
            b"a=\"b \\\" ; = \\\\ \xff\t\"",
            b"a;b;c",
            b"a ; b = c ;\td=\"e\" ; f",
            b"!#$%&'*+-.^_`|~09=x",
        ] {
            check(text, true);
        }
        for text in [
            &b""[..],
            b" ",
            b";",
            b"a;",
            b"a ",
            b"a=b ",
            b"a=",
            b"=b",
            b"a=b=c",
            b"a b",
            b"a=\"",
            b"a=\"b",
            b"a=\"b\\",
            b"a=\"b\\\"",
            b"a=\"b\"c",
            b"a=\"\x01\"",
            b"a=\"\x7f\"",
            b"a=\"\\\x01\"",
            b"\x01",
            b"a\x00",
            b"a,b",
            b"\xff",
            b"a=b\xff",
            b"a=\"b\" ",
        ] {
            check(text, false);
        }
    }
}
