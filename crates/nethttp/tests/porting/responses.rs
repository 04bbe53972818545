//! Answers as clients see them: those of recorders and of test servers.

use nethttp as http;

use http::httptest::new_recorder;
use http::{Request, Response, ResponseWriter};

use crate::given::{get, served};

/// Answers in chunks, with a trailer.
fn chunked(w: &mut dyn ResponseWriter, _r: &mut Request) {
    w.header().set("Trailer", "X-T");
    w.header().set("Connection", "close");
    http::fprintf!(w, "hello");
    w.flush().expect("a client that listens");
    w.header().set("X-T", "late");
}

fn answer() -> Response {
    served(chunked)
}

rows! {
    "http.Response" => "http::Response" {
        let answer: http::Response = new_recorder().result();
        assert_eq!(answer.status_code, 200);
    }
    "http.Response.Status" => "answer.status" {
        let answer = answer();
        assert_eq!(answer.status, "200 OK");
    }
    "http.Response.StatusCode" => "answer.status_code" {
        let answer = answer();
        assert_eq!(answer.status_code, http::STATUS_OK);
    }
    "http.Response.Proto" => "answer.proto" {
        let answer = answer();
        assert_eq!(answer.proto, "HTTP/1.1");
    }
    "http.Response.ProtoMajor" => "answer.proto_major" {
        let answer = answer();
        assert_eq!(answer.proto_major, 1);
    }
    "http.Response.ProtoMinor" => "answer.proto_minor" {
        let answer = answer();
        assert_eq!(answer.proto_minor, 1);
    }
    "http.Response.ProtoAtLeast" => "answer.proto_at_least(major, minor)" {
        let answer = answer();
        let (major, minor) = (1, 1);
        assert!(answer.proto_at_least(major, minor) && !answer.proto_at_least(2, 0));
    }
    "http.Response.Header" => "answer.header" {
        let answer = answer();
        assert_eq!(answer.header.get("Content-Type"), "text/plain; charset=utf-8");
    }
    "http.Response.Body" => "answer.body" {
        let mut answer = answer();
        assert_eq!(http::io::read_all(&mut answer.body).0, b"hello");
    }
    "http.Response.ContentLength" => "answer.content_length" {
        let answer = answer();
        assert_eq!(answer.content_length, -1);
        assert_eq!(served(http::not_found).content_length, 19);
    }
    "http.Response.TransferEncoding" => "answer.transfer_encoding" {
        let answer = answer();
        assert_eq!(answer.transfer_encoding, ["chunked"]);
    }
    "http.Response.Close" => "answer.close" {
        let answer = answer();
        assert!(answer.close && !served(http::not_found).close);
    }
    "http.Response.Trailer" => "answer.trailer" {
        let answer = answer();
        assert_eq!(answer.trailer.get("X-T"), "late");
    }
    "http.Response.Cookies" => "answer.cookies()" {
        let answer = served(|w, _| {
            let cookie = http::Cookie { name: "a".into(), value: "1".into(), ..Default::default() };
            http::set_cookie(w, &cookie);
        });
        assert_eq!(answer.cookies()[0].value, "1");
    }
    "http.Response.Location" => "answer.location()" {
        let answer = get(http::redirect_handler("/b", http::STATUS_FOUND), "/a").result();
        assert_eq!(answer.location().unwrap().path, "/b");
    }
}
