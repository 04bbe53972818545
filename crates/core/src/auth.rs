//! Basic authentication: name and password in the `Authorization` field.
//!
//! Checks nobody's password; a handler compares what comes out of here, best in constant time.
//!
//! RFC 7617; Go's `Request.BasicAuth` and `Request.SetBasicAuth`, base64 as its `encoding/base64` reads it.

use crate::{Request, Text};

impl Request {
    /// User name and password of the request's basic authentication, if it has any. Go's `Request.BasicAuth`.
    ///
    /// Only the first `Authorization` field counts. Both parts are bytes that need not be UTF-8; the name holds no colon.
    ///
    /// ```
    /// use nethttp_core::Request;
    ///
    /// let mut request = Request::new();
    /// request.header.set("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    /// let (user, password) = request.basic_auth().unwrap();
    /// assert_eq!((&*user, &*password), ("Aladdin", "open sesame"));
    /// ```
    #[must_use]
    pub fn basic_auth(&self) -> Option<(Text, Text)> {
        let (scheme, credentials) = self.header.get("Authorization").as_bytes().split_at_checked(SCHEME.len())?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return None;
        }
        let decoded = decode(credentials)?;
        let colon = decoded.iter().position(|&byte| byte == b':')?;
        Some((decoded[..colon].into(), decoded[colon + 1..].into()))
    }

    /// Sets the `Authorization` field to basic authentication, for tests and for requests that are passed on.
    /// Go's `Request.SetBasicAuth`.
    ///
    /// ```
    /// use nethttp_core::Request;
    ///
    /// let mut request = Request::new();
    /// request.set_basic_auth("Aladdin", "open sesame");
    /// assert_eq!(request.header.get("Authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    /// ```
    pub fn set_basic_auth(&mut self, username: impl AsRef<[u8]>, password: impl AsRef<[u8]>) {
        let credentials = [username.as_ref(), password.as_ref()].join(&b':');
        self.header.set("Authorization", ["Basic ".to_owned(), encode(&credentials)].concat());
    }
}

const SCHEME: &[u8] = b"basic ";

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Reads padded base64; line ends anywhere are passed over, and the bits that padding leaves unused may be set.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let digits = match &text[..] {
        [digits @ .., b'=', b'='] | [digits @ .., b'='] => digits,
        digits => digits,
    };
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for quantum in digits.chunks(4) {
        let mut bits = 0u32;
        for &digit in quantum {
            bits = bits << 6 | digit_value(digit)?;
        }
        let bytes = (bits << (6 * (4 - quantum.len()))).to_be_bytes();
        out.extend_from_slice(&bytes[1..quantum.len()]);
    }
    Some(out)
}

fn digit_value(digit: u8) -> Option<u32> {
    Some(match digit {
        b'A'..=b'Z' => u32::from(digit - b'A'),
        b'a'..=b'z' => u32::from(digit - b'a') + 26,
        b'0'..=b'9' => u32::from(digit - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place <= chunk.len() {
                out.push(char::from(ALPHABET[(bits >> (18 - 6 * place)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(field: &str) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut request = Request::new();
        request.header.set("Authorization", field);
        request.basic_auth().map(|(user, password)| (user.into_bytes(), password.into_bytes()))
    }

    #[test]
    fn as_go_answers() {
        let check = |field: &str, expected: Option<(&[u8], &[u8])>| {
            assert_eq!(found(field), expected.map(|(user, password)| (user.to_vec(), password.to_vec())), "{field}");
        };
        check("Basic dXNlcjpwYXNz", Some((b"user", b"pass")));
        check("bAsIc dXNlcjpwYXNz", Some((b"user", b"pass")));
        check("Basic w6k6/w==", Some(("\u{e9}".as_bytes(), b"\xff")));
        check("Basic dTpwOnE=", Some((b"u", b"p:q")));
        check("Basic Og==", Some((b"", b"")));
        check("Basic dTpx", Some((b"u", b"q")));
        // The unused bits of the last digit are not looked at.
        check("Basic Oh==", Some((b"", b"")));
        check("Basic dTp\r\nw", Some((b"u", b"p")));
        for field in [
            "",
            "Basic",
            "Basic ",
            "Basic  dTpw",
            "Basic dXNlcg==",
            "Basic !!!",
            "Basic dTpw x",
            "Basic dTpw=",
            "Basic dTpwOg",
            "Basic dTpwOg=",
            "Basic dTpwOg==x",
            "Basic dTpwOg==dTpw",
            "Basic O===",
            "Basic ====",
            "Basic dT-_",
            "Bearer dTpw",
        ] {
            check(field, None);
        }
        assert_eq!(Request::new().basic_auth(), None);
    }

    #[test]
    fn only_the_first_field_counts() {
        let mut request = Request::new();
        request.header.add("Authorization", "Bearer x");
        request.header.add("Authorization", "Basic dXNlcjpwYXNz");
        assert_eq!(request.basic_auth(), None);
    }

    #[test]
    fn what_is_set_is_found() {
        let all: Vec<u8> = (0..=255).collect();
        for length in 0..all.len() {
            let mut request = Request::new();
            request.set_basic_auth("u", &all[..length]);
            let (user, password) = request.basic_auth().unwrap();
            assert_eq!((user.as_bytes(), password.as_bytes()), (&b"u"[..], &all[..length]));
        }
    }
}
