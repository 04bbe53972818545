//! What a request says about compression.
//!
//! RFC 9110 sections 12.5.3 and 7.8.

use nethttp_core::{Header, Method, Request};
use nethttp_grammar::quality::accepts;
use nethttp_grammar::token::contains_token;

/// What the client takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Bytes as they are.
    Plain,
    /// Gzip, or bytes as they are.
    Packed,
    /// Gzip, and bytes as they are not at all.
    OnlyPacked,
}

impl Wish {
    /// Gzip wins where it is as welcome as anything.
    // pitfalls B1, B2, B3: all lines, whole tokens, weights, `*` and `identity`.
    pub(crate) fn of(header: &Header) -> Self {
        let lines = || header.values_raw("Accept-Encoding").map(|line| line.as_bytes());
        let gzip = accepts(lines(), "gzip").unwrap_or(0);
        match accepts(lines(), "identity") {
            _ if gzip == 0 => Self::Plain,
            Some(0) => Self::OnlyPacked,
            Some(identity) if identity > gzip => Self::Plain,
            _ => Self::Packed,
        }
    }
}

/// Whether the connection is about to become something else than HTTP.
pub(crate) fn is_leaving_http(r: &Request) -> bool {
    let names_upgrade = |value: &nethttp_core::Text| contains_token(value.as_bytes(), "upgrade");
    r.method == Method::CONNECT
        || r.header.contains_raw("Sec-Websocket-Key")
        || r.header.contains_raw("Upgrade") && r.header.values_raw("Connection").any(names_upgrade)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes() {
        use Wish::{OnlyPacked, Packed, Plain};
        for (lines, expected) in [
            (&[][..], Plain),
            (&[""], Plain),
            (&["gzip"], Packed),
            (&["GZIP"], Packed),
            (&["x-gzip"], Packed),
            (&["br,gzip"], Packed),
            (&["br", "deflate, gzip;q=0.5"], Packed),
            (&["gzip;q=1.0"], Packed),
            (&["*"], Packed),
            (&["gzip;q=0"], Plain),
            (&["gzip;q=0, *"], Plain),
            (&["*;q=0"], Plain),
            (&["x-gzipped"], Plain),
            (&["gzipped, agzip"], Plain),
            (&["gzip;q=0.5, identity"], Plain),
            (&["gzip;q=0.5, identity;q=0.5"], Packed),
            (&["gzip, identity;q=0"], OnlyPacked),
            (&["gzip;q=0.1, *;q=0"], OnlyPacked),
            (&["identity;q=0"], Plain),
        ] {
            let header: Header = lines.iter().map(|line| ("Accept-Encoding", line)).collect();
            assert_eq!(Wish::of(&header), expected, "{lines:?}");
        }
    }

    #[test]
    fn leaving() {
        for (method, fields, expected) in [
            (Method::GET, &[][..], false),
            (Method::CONNECT, &[], true),
            (Method::GET, &[("Sec-WebSocket-Key", "x")], true),
            (Method::GET, &[("Connection", "keep-alive, Upgrade"), ("Upgrade", "websocket")], true),
            (Method::GET, &[("Connection", "keep-alive"), ("Upgrade", "websocket")], false),
            (Method::GET, &[("Connection", "upgrade")], false),
        ] {
            let mut request = Request::new();
            request.method = method;
            request.header = fields.iter().copied().collect();
            assert_eq!(is_leaving_http(&request), expected, "{fields:?}");
        }
    }
}
