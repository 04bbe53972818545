//! Conversion from and to `http::HeaderMap`, the header type of the wider ecosystem.
//!
//! `HeaderMap` lower-cases names and refuses what is no field name or value; a field that it cannot hold, and one that
//! would exceed its bound of 32,768 entries, is left out. A suppressed name has no counterpart there.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::Header;

impl From<&HeaderMap> for Header {
    fn from(map: &HeaderMap) -> Self {
        let mut header = Self::new();
        for (name, value) in map {
            header.push_wire(name.as_str().as_bytes(), value.as_bytes());
        }
        header
    }
}

impl From<HeaderMap> for Header {
    fn from(map: HeaderMap) -> Self {
        Self::from(&map)
    }
}

impl From<&Header> for HeaderMap {
    fn from(header: &Header) -> Self {
        let mut map = Self::with_capacity(header.len().min(1024));
        for (name, value) in header.unsorted() {
            let Some(value) = value else { continue };
            let name = HeaderName::from_bytes(name.as_bytes());
            let value = HeaderValue::from_bytes(value.as_bytes());
            if let (Ok(name), Ok(value)) = (name, value) {
                let _ = map.try_append(name, value);
            }
        }
        map
    }
}

impl From<Header> for HeaderMap {
    fn from(header: Header) -> Self {
        Self::from(&header)
    }
}
