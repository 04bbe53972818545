//! Requests outside of a server.

use std::io::Write;

use nethttp as http;

use http::httptest::new_request;
use http::httputil;

rows! {
    "httputil.DumpRequest" => "httputil::dump_request(r, body)" {
        let (r, body) = (&mut new_request("POST", "/a", "hello"), true);
        assert_eq!(httputil::dump_request(r, body).unwrap(), b"POST /a HTTP/1.1\r\nHost: example.com\r\n\r\nhello");
        assert_eq!(http::io::read_all(&mut r.body).0, b"hello");
    }
    "httputil.NewChunkedReader" => "httputil::new_chunked_reader(reader)" {
        let reader = &b"3\r\nabc\r\n0\r\n\r\n"[..];
        assert_eq!(http::io::read_all(&mut httputil::new_chunked_reader(reader)).0, b"abc");
    }
    "httputil.NewChunkedWriter" => "httputil::new_chunked_writer(writer)" {
        let writer = Vec::new();
        let mut chunked = httputil::new_chunked_writer(writer);
        chunked.write_all(b"abc").unwrap();
        chunked.close().unwrap();
        assert_eq!(chunked.into_inner(), b"3\r\nabc\r\n0\r\n");
    }
    "httputil.ErrLineTooLong" => "httputil::ERR_LINE_TOO_LONG" {
        let long = [b'1'; 5000];
        let error = http::io::read_all(&mut httputil::new_chunked_reader(&long[..])).1.unwrap();
        assert!(httputil::ERR_LINE_TOO_LONG.is(&error));
    }
}
