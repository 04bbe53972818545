//! Writers around writers, and a mux inside a mux.

use std::io::{self, Write};

use http::{Handler, Header, ResponseWriter, StatusCode};
use nethttp as http;

use super::patterns::matched;

/// Has what `next` writes in capital letters.
pub(super) fn loud(next: impl Handler) -> impl Handler {
    http::HandlerFunc(move |w, r| {
        let mut lw = LoudWriter { inner: w, code: 0 };
        next.serve_http(&mut lw, r);
        if lw.code >= 400 {
            http::io::write(&mut lw, b"(an error)\n");
        }
    })
}

/// Forwards what it does not change, and can be unwrapped.
struct LoudWriter<'w> {
    inner: &'w mut dyn ResponseWriter,
    code: u16,
}

impl ResponseWriter for LoudWriter<'_> {
    fn header(&mut self) -> &mut Header {
        self.inner.header()
    }

    fn write_header(&mut self, code: StatusCode) {
        if self.code == 0 && code.as_u16() >= 200 {
            self.code = code.as_u16();
            self.header().set("X-Loud", "yes");
        }
        self.inner.write_header(code);
    }

    fn unwrap(&mut self) -> Option<&mut dyn ResponseWriter> {
        Some(&mut *self.inner)
    }
}

impl Write for LoudWriter<'_> {
    fn write(&mut self, p: &[u8]) -> io::Result<usize> {
        if self.code == 0 {
            self.write_header(http::STATUS_OK);
        }
        self.inner.write(&p.to_ascii_uppercase())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A mux inside a mux.
pub(super) fn nested() -> impl Handler {
    let inner = http::ServeMux::new();
    inner.handle_func("/nested/{a}/{x}", matched);
    inner.handle_func("GET /nested/{a}/only", matched);
    inner.handle("/nested/{a}/loud/", loud(http::HandlerFunc(matched)));
    inner
}
