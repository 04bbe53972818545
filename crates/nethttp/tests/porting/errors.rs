//! Go's error values: variants of `http::Error`, and constants of their old names to compare with.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nethttp as http;

use http::httptest::{new_request, new_test_server};

use crate::given::served;

/// What a handler on a server finds.
fn found<F>(look: F) -> io::Error
where
    F: Fn(&mut dyn http::ResponseWriter, &mut http::Request) -> io::Error + Send + Sync + 'static,
{
    let kept: Arc<Mutex<Option<io::Error>>> = Arc::default();
    let keep = Arc::clone(&kept);
    served(move |w, r| *keep.lock().unwrap() = Some(look(w, r)));
    let mut kept = kept.lock().unwrap();
    kept.take().expect("a handler that has looked")
}

rows! {
    "http.ErrNotSupported" => "http::ERR_NOT_SUPPORTED" {
        let mut w = http::httptest::new_recorder();
        let error = http::ResponseWriter::hijack(&mut w).unwrap_err();
        assert!(http::ERR_NOT_SUPPORTED.is(&error));
    }
    "http.ErrMissingBoundary" => "http::ERR_MISSING_BOUNDARY" {
        let mut r = new_request("POST", "/", "x");
        r.header.set("Content-Type", "multipart/form-data");
        assert!(http::ERR_MISSING_BOUNDARY.is(&r.multipart_reader().err().unwrap()));
    }
    "http.ErrNotMultipart" => "http::ERR_NOT_MULTIPART" {
        let error = new_request("POST", "/", "x").multipart_reader().err().unwrap();
        assert!(http::ERR_NOT_MULTIPART.is(&error));
    }
    "http.ErrBodyNotAllowed" => "http::ERR_BODY_NOT_ALLOWED" {
        let error = found(|w, _| {
            w.write_header(http::STATUS_NO_CONTENT);
            w.write(b"x").unwrap_err()
        });
        assert!(http::ERR_BODY_NOT_ALLOWED.is(&error));
    }
    "http.ErrHijacked" => "http::ERR_HIJACKED" {
        let kept: Arc<Mutex<Option<io::Error>>> = Arc::default();
        let keep = Arc::clone(&kept);
        let server = new_test_server(http::HandlerFunc(move |w, _| {
            let (mut conn, _pair) = w.hijack().unwrap();
            *keep.lock().unwrap() = w.write(b"x").err();
            conn.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
        }));
        server.client().get("/").unwrap();
        assert!(http::ERR_HIJACKED.is(kept.lock().unwrap().as_ref().unwrap()));
    }
    "http.ErrContentLength" => "http::ERR_CONTENT_LENGTH" {
        let error = found(|w, _| {
            w.header().set("Content-Length", "1");
            let error = w.write(b"xy").unwrap_err();
            w.write_all(b"x").unwrap();
            error
        });
        assert!(http::ERR_CONTENT_LENGTH.is(&error));
    }
    "http.ErrAbortHandler" => "http::abort_handler()" {
        let server = new_test_server(http::HandlerFunc(|_, _| -> () { http::abort_handler() }));
        assert!(server.client().get("/").is_err());
        assert_eq!(http::ERR_ABORT_HANDLER.to_string(), "net/http: abort Handler");
    }
    "http.ErrBodyReadAfterClose" => "http::ERR_BODY_READ_AFTER_CLOSE" {
        let kept: Arc<Mutex<Option<io::Error>>> = Arc::default();
        let keep = Arc::clone(&kept);
        let server = new_test_server(http::HandlerFunc(move |_, r| {
            r.body.close().unwrap();
            *keep.lock().unwrap() = r.body.read(&mut [0]).err();
        }));
        server.client().post("/", "text/plain", "body").unwrap();
        assert!(http::ERR_BODY_READ_AFTER_CLOSE.is(kept.lock().unwrap().as_ref().unwrap()));
    }
    "http.ErrHandlerTimeout" => "http::ERR_HANDLER_TIMEOUT" {
        let (tell, told) = std::sync::mpsc::channel();
        let tell = Mutex::new(tell);
        let late = http::HandlerFunc(move |w, r| {
            r.context().wait_done();
            tell.lock().unwrap().send(w.write(b"x").unwrap_err()).unwrap();
        });
        let w = crate::given::get(http::timeout_handler(late, Duration::from_millis(1), ""), "/");
        assert_eq!(w.code, 503);
        assert!(http::ERR_HANDLER_TIMEOUT.is(&told.recv_timeout(Duration::from_secs(10)).unwrap()));
    }
    "http.ErrLineTooLong" => "http::ERR_LINE_TOO_LONG" {
        let long = vec![b'1'; 5000];
        let error = http::httputil::new_chunked_reader(&long[..]).read(&mut [0]).unwrap_err();
        assert!(http::ERR_LINE_TOO_LONG.is(&error), "{error}");
    }
    "http.ErrMissingFile" => "http::ERR_MISSING_FILE" {
        let error = crate::given::multipart().form_file("x").unwrap_err();
        assert!(http::ERR_MISSING_FILE.is(&error));
    }
    "http.ErrNoCookie" => "http::ERR_NO_COOKIE" {
        assert_eq!(new_request("GET", "/", ()).cookie("a"), Err(http::ERR_NO_COOKIE));
    }
    "http.ErrNoLocation" => "http::ERR_NO_LOCATION" {
        let error = http::Response::default().location().unwrap_err();
        assert!(http::ERR_NO_LOCATION.is(&error));
    }
    "http.ErrServerClosed" => "http::ERR_SERVER_CLOSED" {
        let server = http::Server::default();
        server.close();
        let error = server.listen_and_serve().unwrap_err();
        assert!(http::ERR_SERVER_CLOSED.is(&error));
        assert_eq!(http::ERR_SERVER_CLOSED, http::Error::ServerClosed);
    }
}
