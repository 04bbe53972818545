//! Writing an answer: what Go keeps in `ResponseWriter`, its optional interfaces and `ResponseController`.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use nethttp as http;

use http::ResponseWriter;
use http::httptest::{new_recorder, new_test_server};

use crate::given::{served, text};

rows! {
    "http.ResponseWriter" => "http::ResponseWriter" {
        fn teapot(w: &mut dyn http::ResponseWriter) {
            w.write_header(http::STATUS_TEAPOT);
        }
        let mut w = new_recorder();
        teapot(&mut w);
        assert_eq!(w.code, 418);
    }
    "http.ResponseWriter.Header" => "w.header()" {
        let answer = served(|w, _| w.header().set("X-A", "1"));
        assert_eq!(answer.header.get("X-A"), "1");
    }
    "http.ResponseWriter.Write" => "w.write(bytes)" {
        let answer = served(|w, _| {
            let bytes = b"hello";
            assert_eq!(w.write(bytes).unwrap(), 5);
        });
        assert_eq!((answer.content_length, text(answer).as_str()), (5, "hello"));
    }
    "http.ResponseWriter.WriteHeader" => "w.write_header(code)" {
        let code = http::STATUS_CREATED;
        let answer = served(move |w, _| w.write_header(code));
        assert_eq!(answer.status, "201 Created");
    }
    "http.Flusher" => "w.can_flush()" {
        served(|w, _| assert!(w.can_flush()));
    }
    "http.Flusher.Flush" => "w.flush()" {
        let answer = served(|w, _| {
            http::fprintf!(w, "a");
            w.flush().unwrap();
            http::fprintf!(w, "b");
        });
        assert_eq!(answer.transfer_encoding, ["chunked"]);
        assert_eq!(text(answer), "ab");
    }
    "http.Hijacker" => "w.can_hijack()" {
        served(|w, _| assert!(w.can_hijack()));
        assert!(!new_recorder().can_hijack());
    }
    "http.Hijacker.Hijack" => "w.hijack()" {
        let server = new_test_server(http::HandlerFunc(|w, _| {
            let (mut conn, _pair) = w.hijack().unwrap();
            conn.write_all(b"raw").unwrap();
        }));
        let mut conn = server.client().dial().unwrap();
        conn.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut raw = String::new();
        conn.read_to_string(&mut raw).unwrap();
        assert_eq!(raw, "raw");
    }
    "http.ResponseController" => "http::ResponseController" {
        let mut w = new_recorder();
        let mut controller: http::ResponseController<'_> = http::ResponseController::new(&mut w);
        controller.flush().unwrap();
        assert!(w.flushed);
    }
    "http.NewResponseController" => "http::ResponseController::new(w)" {
        let w = &mut new_recorder();
        http::ResponseController::new(w).flush().unwrap();
        assert!(w.flushed);
        let w = &mut new_recorder();
        http::new_response_controller(w).flush().unwrap();
        assert!(w.flushed);
    }
    "http.ResponseController.Flush" => "controller.flush()" {
        let answer = served(|w, _| {
            let mut controller = http::ResponseController::new(w);
            controller.flush().unwrap();
        });
        assert_eq!(answer.transfer_encoding, ["chunked"]);
    }
    "http.ResponseController.Hijack" => "controller.hijack()" {
        let server = new_test_server(http::HandlerFunc(|w, _| {
            let mut controller = http::ResponseController::new(w);
            let (mut conn, _pair) = controller.hijack().unwrap();
            conn.write_all(b"HTTP/1.1 299 Mine\r\nContent-Length: 0\r\n\r\n").unwrap();
        }));
        assert_eq!(server.client().get("/").unwrap().status, "299 Mine");
    }
    "http.ResponseController.SetReadDeadline" => "controller.set_read_deadline(deadline)" {
        let server = new_test_server(http::HandlerFunc(|w, r| {
            let deadline = Some(Instant::now());
            let mut controller = http::ResponseController::new(w);
            controller.set_read_deadline(deadline).unwrap();
            let error = http::io::read_all(&mut r.body).1.unwrap();
            http::fprintf!(w, "{error}");
        }));
        let mut conn = server.client().dial().unwrap();
        conn.write_all(b"POST / HTTP/1.0\r\nContent-Length: 100000\r\n\r\n").unwrap();
        let mut answer = String::new();
        conn.read_to_string(&mut answer).unwrap();
        assert!(answer.ends_with("\r\n\r\ni/o timeout"), "{answer}");
    }
    "http.ResponseController.SetWriteDeadline" => "controller.set_write_deadline(deadline)" {
        let server = new_test_server(http::HandlerFunc(|w, _| {
            let deadline = Some(Instant::now());
            let mut controller = http::ResponseController::new(w);
            controller.set_write_deadline(deadline).unwrap();
            http::fprintf!(w, "too late");
        }));
        assert!(server.client().get("/").is_err());
    }
    "http.ResponseController.EnableFullDuplex" => "controller.enable_full_duplex()" {
        let server = new_test_server(http::HandlerFunc(|w, r| {
            let mut controller = http::ResponseController::new(w);
            controller.enable_full_duplex().unwrap();
            http::fprintf!(w, "first ");
            w.flush().unwrap();
            let (body, error) = http::io::read_all(&mut r.body);
            assert!(error.is_none());
            w.write_all(&body).unwrap();
        }));
        let mut conn = server.client().dial().unwrap();
        conn.set_read_deadline(Some(Instant::now() + Duration::from_secs(10)));
        conn.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n").unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"first \r\n") {
            let mut byte = [0];
            conn.read_exact(&mut byte).unwrap();
            seen.push(byte[0]);
        }
        conn.write_all(b"then").unwrap();
        while !seen.ends_with(b"then\r\n0\r\n\r\n") {
            let mut byte = [0];
            conn.read_exact(&mut byte).unwrap();
            seen.push(byte[0]);
        }
    }
}
