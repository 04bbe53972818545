//! Go's error values: variants of `http::Error`, and constants of their old names to compare with.

use std::io::{self, Read};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use nethttp as http;

use http::httptest::{new_request, new_test_server};

use crate::given::{get, multipart};

/// Longer than anything that a check waits for may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The error that a handler on a server meets when it is asked `POST /`. What the client gets is not looked at.
fn met<F>(meet: F) -> io::Error
where
    F: Fn(&mut dyn http::ResponseWriter, &mut http::Request) -> io::Error + Send + Sync + 'static,
{
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let server = new_test_server(http::HandlerFunc(move |w, r| {
        let error = meet(w, r);
        tell.lock().unwrap().send(error).unwrap();
    }));
    let _ = server.client().post("/", "text/plain", "body");
    told.recv_timeout(PATIENCE).expect("a handler that has met it")
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
        let error = met(|w, _| {
            w.write_header(http::STATUS_NO_CONTENT);
            w.write(b"x").unwrap_err()
        });
        assert!(http::ERR_BODY_NOT_ALLOWED.is(&error));
    }
    "http.ErrHijacked" => "http::ERR_HIJACKED" {
        let error = met(|w, _| {
            drop(w.hijack().unwrap());
            w.write(b"x").unwrap_err()
        });
        assert!(http::ERR_HIJACKED.is(&error));
    }
    "http.ErrContentLength" => "http::ERR_CONTENT_LENGTH" {
        let error = met(|w, _| {
            w.header().set("Content-Length", "1");
            w.write(b"xy").unwrap_err()
        });
        assert!(http::ERR_CONTENT_LENGTH.is(&error));
    }
    "http.ErrAbortHandler" => "http::abort_handler()" {
        let server = new_test_server(http::HandlerFunc(|_, _| -> () { http::abort_handler() }));
        assert!(server.client().get("/").is_err());
        assert_eq!(http::ERR_ABORT_HANDLER.to_string(), "net/http: abort Handler");
    }
    "http.ErrBodyReadAfterClose" => "http::ERR_BODY_READ_AFTER_CLOSE" {
        let error = met(|_, r| {
            r.body.close().unwrap();
            r.body.read(&mut [0]).unwrap_err()
        });
        assert!(http::ERR_BODY_READ_AFTER_CLOSE.is(&error));
    }
    "http.ErrHandlerTimeout" => "http::ERR_HANDLER_TIMEOUT" {
        let (tell, told) = mpsc::channel();
        let tell = Mutex::new(tell);
        let late = http::HandlerFunc(move |w, r| {
            r.context().wait_done();
            // The context may end a moment before the answer does.
            let error = loop {
                match w.write_all(b"x") {
                    Ok(()) => std::thread::yield_now(),
                    Err(error) => break error,
                }
            };
            tell.lock().unwrap().send(error).unwrap();
        });
        assert_eq!(get(http::timeout_handler(late, Duration::from_millis(1), ""), "/").code, 503);
        assert!(http::ERR_HANDLER_TIMEOUT.is(&told.recv_timeout(PATIENCE).unwrap()));
    }
    "http.ErrLineTooLong" => "http::ERR_LINE_TOO_LONG" {
        let long = vec![b'1'; 5000];
        let error = http::httputil::new_chunked_reader(&long[..]).read(&mut [0]).unwrap_err();
        assert!(http::ERR_LINE_TOO_LONG.is(&error), "{error}");
    }
    "http.ErrMissingFile" => "http::ERR_MISSING_FILE" {
        let error = multipart().form_file("x").unwrap_err();
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
