//! Methods, limits, formats.

use nethttp as http;

use crate::given::served;

rows! {
    "http.MethodGet" => "http::METHOD_GET" {
        assert_eq!(http::METHOD_GET, "GET");
    }
    "http.MethodHead" => "http::METHOD_HEAD" {
        assert_eq!(http::METHOD_HEAD, "HEAD");
    }
    "http.MethodPost" => "http::METHOD_POST" {
        assert_eq!(http::METHOD_POST, "POST");
    }
    "http.MethodPut" => "http::METHOD_PUT" {
        assert_eq!(http::METHOD_PUT, "PUT");
    }
    "http.MethodPatch" => "http::METHOD_PATCH" {
        assert_eq!(http::METHOD_PATCH, "PATCH");
    }
    "http.MethodDelete" => "http::METHOD_DELETE" {
        assert_eq!(http::METHOD_DELETE, "DELETE");
    }
    "http.MethodConnect" => "http::METHOD_CONNECT" {
        assert_eq!(http::METHOD_CONNECT, "CONNECT");
    }
    "http.MethodOptions" => "http::METHOD_OPTIONS" {
        assert_eq!(http::METHOD_OPTIONS, "OPTIONS");
    }
    "http.MethodTrace" => "http::METHOD_TRACE" {
        assert_eq!(http::METHOD_TRACE, "TRACE");
    }
    "http.DefaultMaxHeaderBytes" => "http::DEFAULT_MAX_HEADER_BYTES" {
        assert_eq!(http::DEFAULT_MAX_HEADER_BYTES, 1 << 20);
    }
    "http.DefaultMaxHeaderValueCount" => "http::DEFAULT_MAX_HEADER_VALUE_COUNT" {
        assert_eq!(http::DEFAULT_MAX_HEADER_VALUE_COUNT, 500);
    }
    "http.TimeFormat" => "http::TIME_FORMAT" {
        let written = http::format_time(std::time::UNIX_EPOCH);
        assert_eq!((http::TIME_FORMAT.len(), written.as_str()), (written.len(), "Thu, 01 Jan 1970 00:00:00 GMT"));
    }
    "http.TrailerPrefix" => "http::TRAILER_PREFIX" {
        let answer = served(|w, _| {
            http::fprintf!(w, "hello");
            w.flush().unwrap();
            w.header().set(&format!("{}X-T", http::TRAILER_PREFIX), "late");
        });
        assert_eq!(answer.trailer.get("X-T"), "late");
    }
}
