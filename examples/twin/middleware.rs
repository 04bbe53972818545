//! Middleware.

use http::{DEFAULT_COMPRESSION, EncoderPool, Handler, Header, PooledEncoder, Request, ResponseWriter, StatusCode};
use nethttp as http;

use crate::connections::hijack;
use crate::files::content;
use crate::responses::{do_, flush, pieces, size, sniff, status};
use crate::{ROOT, fatal};

pub(crate) fn gz_routes() -> impl Handler {
    let mux = http::ServeMux::new();
    mux.handle_func("/do", do_);
    mux.handle_func("/size/{n}", size);
    mux.handle_func("/pieces/{n}/{count}", pieces);
    mux.handle_func("/status/{code}", status);
    mux.handle_func("/sniff", sniff);
    mux.handle_func("/flush/{count}", flush);
    mux.handle_func("/hijack", hijack);
    mux.handle_func("/content/{name}", content);
    mux.handle("/files/", http::strip_prefix("/files", http::file_server(http::Dir::new(&*ROOT))));
    mux
}

static GZIP_POOL: EncoderPool = EncoderPool::new(DEFAULT_COMPRESSION);

/// Compresses what next writes, for clients that accept it.
pub(crate) fn gzipped(next: impl Handler) -> impl Handler {
    http::HandlerFunc(move |w: &mut dyn ResponseWriter, r: &mut Request| {
        if !r.header.get("Accept-Encoding").contains("gzip") || r.header.get("Sec-WebSocket-Key") != "" {
            next.serve_http(w, r);
            return;
        }
        let gz = GZIP_POOL.get();
        let mut gw = GzipWriter { inner: w, gz, wrote_header: false, plain: false, used: false };
        next.serve_http(&mut gw, r);
        gw.close();
    })
}

/// Decides when the header is written whether to compress.
struct GzipWriter<'a> {
    inner: &'a mut dyn ResponseWriter,
    gz: PooledEncoder<'a>,
    wrote_header: bool,
    plain: bool,
    used: bool,
}

impl ResponseWriter for GzipWriter<'_> {
    fn header(&mut self) -> &mut Header {
        self.inner.header()
    }

    fn write_header(&mut self, code: StatusCode) {
        if code.is_informational() {
            self.inner.write_header(code);
            return;
        }
        if !self.wrote_header {
            self.wrote_header = true;
            let h = self.inner.header();
            if h.get("Content-Encoding") != "" || code == http::STATUS_NO_CONTENT || code == http::STATUS_NOT_MODIFIED {
                self.plain = true;
            } else {
                h.set("Content-Encoding", "gzip");
                h.add("Vary", "Accept-Encoding");
            }
            if !self.plain {
                h.del("Content-Length");
            }
        }
        self.inner.write_header(code);
    }

    fn can_hijack(&mut self) -> bool {
        false
    }

    fn unwrap(&mut self) -> Option<&mut dyn ResponseWriter> {
        Some(self.inner)
    }
}

impl std::io::Write for GzipWriter<'_> {
    fn write(&mut self, p: &[u8]) -> std::io::Result<usize> {
        if !self.wrote_header {
            if !self.header().contains_raw("Content-Type") && self.header().get("Content-Encoding") == "" {
                self.header().set("Content-Type", http::detect_content_type(p));
            }
            self.write_header(http::STATUS_OK);
        }
        if self.plain {
            return self.inner.write(p);
        }
        self.used = true;
        self.gz.write_to(self.inner, p).map(|()| p.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if self.used {
            let _ = self.gz.flush_to(self.inner);
        }
        self.inner.flush()
    }
}

impl GzipWriter<'_> {
    fn close(&mut self) {
        if self.used {
            let _ = self.gz.finish_to(self.inner);
        }
    }
}

pub(crate) fn cross_origin(next: impl Handler + 'static) -> impl Handler {
    let protection = http::new_cross_origin_protection();
    if let Err(err) = protection.add_trusted_origin("https://trusted.example") {
        fatal(&err);
    }
    protection.add_insecure_bypass_pattern("/cop/bypass/");
    protection.add_insecure_bypass_pattern("POST /cop/hook/{x}");
    protection.handler(next)
}
