//! Handlers, and the functions that answer for them.

use std::time::Duration;

use nethttp as http;

use http::httptest::{new_recorder, new_request};
use http::{Handler, Request, ResponseWriter};

use crate::given::{answer, get};

fn hello(w: &mut dyn ResponseWriter, _r: &mut Request) {
    http::fprintf!(w, "hello");
}

/// Answers with the path that it sees.
fn path(w: &mut dyn ResponseWriter, r: &mut Request) {
    http::fprintf!(w, "{}", r.url.path);
}

/// Reads the body and answers with what came of it.
fn read(w: &mut dyn ResponseWriter, r: &mut Request) {
    let (body, error) = http::io::read_all(&mut r.body);
    http::fprintf!(w, "{} {}", body.len(), http::io::nil_or(&error));
}

rows! {
    "http.Handler" => "http::Handler" {
        struct Greeter;
        impl http::Handler for Greeter {
            fn serve_http(&self, w: &mut dyn ResponseWriter, r: &mut Request) {
                hello(w, r);
            }
        }
        assert_eq!(get(Greeter, "/").body, "hello");
    }
    "http.Handler.ServeHTTP" => "handler.serve_http(w, r)" {
        let handler: Box<dyn Handler> = Box::new(hello);
        let (w, r) = (&mut new_recorder(), &mut new_request("GET", "/", ()));
        handler.serve_http(w, r);
        assert_eq!(w.body, "hello");
    }
    "http.HandlerFunc" => "http::HandlerFunc(|w, r| …)" {
        let handler = http::HandlerFunc(|w, r| http::fprintf!(w, "{}", r.method));
        assert_eq!(get(handler, "/").body, "GET");
    }
    "http.HandlerFunc.ServeHTTP" => "http::HandlerFunc(f).serve_http(w, r)" {
        let f = hello;
        let (w, r) = (&mut new_recorder(), &mut new_request("GET", "/", ()));
        http::HandlerFunc(f).serve_http(w, r);
        assert_eq!(w.body, "hello");
    }
    "http.Error" => "http::error(w, text, code)" {
        let (text, code) = ("no", http::STATUS_GONE);
        let w = &mut new_recorder();
        http::error(w, text, code);
        assert_eq!((w.code.as_u16(), w.body.string().as_str()), (410, "no\n"));
    }
    "http.NotFound" => "http::not_found(w, r)" {
        let (w, r) = (&mut new_recorder(), &mut new_request("GET", "/", ()));
        http::not_found(w, r);
        assert_eq!(w.body, "404 page not found\n");
    }
    "http.NotFoundHandler" => "http::not_found_handler()" {
        assert_eq!(get(http::not_found_handler(), "/").code, 404);
    }
    "http.Redirect" => "http::redirect(w, r, url, code)" {
        let (w, r) = (&mut new_recorder(), &mut new_request("GET", "/a/b", ()));
        let (url, code) = ("c", http::STATUS_SEE_OTHER);
        http::redirect(w, r, url, code);
        assert_eq!((w.code.as_u16(), w.header().get("Location").as_str()), (303, "/a/c"));
    }
    "http.RedirectHandler" => "http::redirect_handler(url, code)" {
        let (url, code) = ("/b", http::STATUS_FOUND);
        let mut w = get(http::redirect_handler(url, code), "/a");
        assert_eq!((w.code.as_u16(), w.header().get("Location").as_str()), (302, "/b"));
    }
    "http.StripPrefix" => "http::strip_prefix(prefix, handler)" {
        let (prefix, handler) = ("/a", path);
        assert_eq!(get(http::strip_prefix(prefix, handler), "/a/b").body, "/b");
        assert_eq!(get(http::strip_prefix("/a", path), "/b").code, 404);
    }
    "http.TimeoutHandler" => "http::timeout_handler(handler, timeout, message)" {
        let handler = |_: &mut dyn ResponseWriter, r: &mut Request| r.context().wait_done();
        let (timeout, message) = (Duration::from_millis(1), "slow");
        let w = get(http::timeout_handler(handler, timeout, message), "/");
        assert_eq!((w.code.as_u16(), w.body.string().as_str()), (503, "slow"));
    }
    "http.MaxBytesHandler" => "http::max_bytes_handler(handler, limit)" {
        let (handler, limit) = (read, 2);
        let w = answer(http::max_bytes_handler(handler, limit), &mut new_request("POST", "/", "abc"));
        assert_eq!(w.body, "2 http: request body too large");
    }
    "http.MaxBytesReader" => "http::max_bytes_reader(w, r.body.take(), limit)" {
        let limit = 2;
        let (w, r) = (&mut new_recorder(), &mut new_request("POST", "/", "abc"));
        r.body = http::max_bytes_reader(w, r.body.take(), limit);
        read(w, r);
        assert_eq!(w.body, "2 http: request body too large");
    }
    "http.MaxBytesError" => "http::MaxBytesError::of(&err)" {
        let err = std::io::Error::from(http::MaxBytesError { limit: 7 });
        assert_eq!(http::MaxBytesError::of(&err), Some(http::MaxBytesError { limit: 7 }));
        assert_eq!(http::MaxBytesError::of(&std::io::Error::other("else")), None);
    }
    "http.MaxBytesError.Limit" => "error.limit" {
        let (w, r) = (&mut new_recorder(), &mut new_request("POST", "/", "abc"));
        r.body = http::max_bytes_reader(w, r.body.take(), 2);
        let err = http::io::read_all(&mut r.body).1.unwrap();
        let error = http::MaxBytesError::of(&err).unwrap();
        assert_eq!(error.limit, 2);
    }
    "http.MaxBytesError.Error" => "error.to_string()" {
        let error = http::MaxBytesError { limit: 1 };
        assert_eq!(error.to_string(), "http: request body too large");
    }
    "http.AllowQuerySemicolons" => "http::allow_query_semicolons(handler)" {
        let handler = |w: &mut dyn ResponseWriter, r: &mut Request| http::fprintf!(w, "{}", r.form_value("b"));
        assert_eq!(get(handler, "/?a=1;b=2").body, "");
        assert_eq!(get(http::allow_query_semicolons(handler), "/?a=1;b=2").body, "2");
    }
    "http.CanonicalHeaderKey" => "http::canonical_header_key(name)" {
        let name = "accept-encoding";
        assert_eq!(http::canonical_header_key(name), "Accept-Encoding");
    }
    "http.DetectContentType" => "http::detect_content_type(data)" {
        let data = b"<html>";
        assert_eq!(http::detect_content_type(data), "text/html; charset=utf-8");
    }
    "http.ParseHTTPVersion" => "http::parse_http_version(text)" {
        let text = "HTTP/1.0";
        assert_eq!(http::parse_http_version(text), Some((1, 0)));
        assert_eq!(http::parse_http_version("HTTP/1"), None);
    }
    "http.ParseTime" => "http::parse_time(text)" {
        let text = "Sun, 06 Nov 1994 08:49:37 GMT";
        let time = http::parse_time(text).unwrap();
        assert_eq!(time.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(), 784_111_777);
    }
    "http.StatusText" => "http::status_text(code)" {
        let code = http::STATUS_TEAPOT;
        assert_eq!(http::status_text(code), "I'm a teapot");
        assert_eq!(http::status_text(http::status_code(299)), "");
    }
}
