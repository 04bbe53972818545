//! The mux, and the one that is there already.

use std::sync::Arc;

use nethttp as http;

use http::httptest::{new_recorder, new_request};
use http::{Handler, Request, ResponseWriter};

use crate::given::{get, panic_of};

/// Answers with the pattern and the wildcard `name`.
fn matched(w: &mut dyn ResponseWriter, r: &mut Request) {
    http::fprintf!(w, "{} {}", r.pattern, r.path_value("name"));
}

rows! {
    "http.ServeMux" => "http::ServeMux" {
        let mux: http::ServeMux = http::ServeMux::default();
        assert_eq!(get(mux, "/").code, 404);
    }
    "http.NewServeMux" => "http::ServeMux::new()" {
        assert_eq!(get(http::ServeMux::new(), "/").code, 404);
        assert_eq!(get(http::new_serve_mux(), "/").code, 404);
    }
    "http.ServeMux.Handle" => "mux.handle(pattern, handler)" {
        let mux = http::ServeMux::new();
        let (pattern, handler) = ("GET /{name}", matched);
        mux.handle(pattern, handler);
        assert_eq!(get(mux.clone(), "/x").body, "GET /{name} x");
        let text = panic_of(|| mux.handle("GET /{other}", matched));
        assert!(text.contains("conflicts with pattern"), "{text}");
    }
    "http.ServeMux.HandleFunc" => "mux.handle_func(pattern, function)" {
        let mux = http::ServeMux::new();
        let (pattern, function) = ("/a/", matched);
        mux.handle_func(pattern, function);
        mux.handle_func("/b", |w, _| w.write_all(b"result"));
        assert_eq!(get(mux.clone(), "/a/b").body, "/a/ ");
        assert_eq!(get(mux, "/b").body, "result");
    }
    "http.ServeMux.Handler" => "mux.handler(r)" {
        let mux = http::ServeMux::new();
        mux.handle("/a", matched);
        let r = &mut new_request("GET", "/a", ());
        let (handler, pattern): (Arc<dyn Handler>, http::Text) = mux.handler(r);
        assert_eq!(pattern, "/a");
        let w = &mut new_recorder();
        handler.serve_http(w, r);
        assert_eq!(w.code, 200);
        assert_eq!(mux.handler(&new_request("GET", "/b", ())).1, "");
    }
    "http.ServeMux.ServeHTTP" => "mux.serve_http(w, r)" {
        let mux = http::ServeMux::new();
        mux.handle("/a/", matched);
        let (w, r) = (&mut new_recorder(), &mut new_request("GET", "/a", ()));
        mux.serve_http(w, r);
        assert_eq!((w.code.as_u16(), w.header().get("Location").as_str()), (307, "/a/"));
    }
    "http.DefaultServeMux" => "http::default_serve_mux()" {
        http::default_serve_mux().handle("/of/the/default/mux", matched);
        assert_eq!(get(http::default_serve_mux(), "/of/the/default/mux").code, 200);
    }
    "http.Handle" => "http::handle(pattern, handler)" {
        let (pattern, handler) = ("/handled", matched);
        http::handle(pattern, handler);
        assert_eq!(get(http::default_serve_mux(), "/handled").body, "/handled ");
    }
    "http.HandleFunc" => "http::handle_func(pattern, function)" {
        let (pattern, function) = ("/handled/{name}", matched);
        http::handle_func(pattern, function);
        // A server without a handler of its own uses it.
        let mut server = http::httptest::new_test_server(http::not_found);
        server.config.handler = None;
        let mut answer = server.client().get("/handled/x").unwrap();
        assert_eq!(answer.read_all().unwrap(), "/handled/{name} x");
    }
}
