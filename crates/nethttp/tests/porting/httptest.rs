//! Testing handlers.

use std::io::Write;

use nethttp as http;

use http::{Request, ResponseWriter, httptest};

fn hello(w: &mut dyn ResponseWriter, _r: &mut Request) {
    http::fprintf!(w, "hello");
}

rows! {
    "httptest.NewRequest" => "httptest::new_request(method, target, body)" {
        let (method, target, body) = (http::METHOD_POST, "/a", "text");
        let r = httptest::new_request(method, target, body);
        assert_eq!((r.content_length, r.remote_addr.as_str()), (4, "192.0.2.1:1234"));
    }
    "httptest.NewRequestWithContext" => "httptest::new_request_with_context(ctx, method, target, body)" {
        let ctx = http::Context::background().with_value(7_u8);
        let (method, target, body) = ("GET", "/a", ());
        let r = httptest::new_request_with_context(ctx, method, target, body);
        assert_eq!(r.context().value::<u8>(), Some(&7));
    }
    "httptest.DefaultRemoteAddr" => "httptest::DEFAULT_REMOTE_ADDR" {
        assert_eq!(httptest::DEFAULT_REMOTE_ADDR, "1.2.3.4");
    }
    "httptest.ResponseRecorder" => "httptest::ResponseRecorder" {
        let mut w: httptest::ResponseRecorder = httptest::ResponseRecorder::default();
        hello(&mut w, &mut Request::new());
        assert_eq!(w.body, "hello");
    }
    "httptest.NewRecorder" => "httptest::new_recorder()" {
        assert_eq!(httptest::new_recorder().code, 200);
        assert_eq!(httptest::ResponseRecorder::new().code, 200);
    }
    "httptest.ResponseRecorder.Code" => "w.code" {
        let mut w = httptest::new_recorder();
        http::not_found(&mut w, &mut Request::new());
        assert_eq!(w.code, 404);
    }
    "httptest.ResponseRecorder.Body" => "w.body" {
        let mut w = httptest::new_recorder();
        hello(&mut w, &mut Request::new());
        assert_eq!(w.body, "hello");
    }
    "httptest.ResponseRecorder.Flushed" => "w.flushed" {
        let mut w = httptest::new_recorder();
        assert!(!w.flushed);
        w.flush().unwrap();
        assert!(w.flushed);
    }
    "httptest.ResponseRecorder.Flush" => "w.flush()" {
        let mut w = httptest::new_recorder();
        w.flush().unwrap();
        assert!(w.flushed);
    }
    "httptest.ResponseRecorder.Header" => "w.header()" {
        let mut w = httptest::new_recorder();
        w.header().set("X-A", "1");
        assert_eq!(w.result().header.get("X-A"), "1");
    }
    "httptest.ResponseRecorder.Result" => "w.result()" {
        let mut w = httptest::new_recorder();
        hello(&mut w, &mut Request::new());
        assert_eq!(w.result().header.get("Content-Type"), "text/plain; charset=utf-8");
    }
    "httptest.ResponseRecorder.Write" => "w.write(bytes)" {
        let bytes = b"ab";
        let mut w = httptest::new_recorder();
        assert_eq!((w.write(bytes).unwrap(), w.body.string().as_str()), (2, "ab"));
    }
    "httptest.ResponseRecorder.WriteHeader" => "w.write_header(code)" {
        let code = http::STATUS_TEAPOT;
        let mut w = httptest::new_recorder();
        w.write_header(code);
        assert_eq!(w.code, 418);
    }
    "httptest.ResponseRecorder.WriteString" => "http::io::write_string(&mut w, text)" {
        let text = "ab";
        let mut w = httptest::new_recorder();
        let written = http::io::write_string(&mut w as &mut dyn ResponseWriter, text);
        assert_eq!((written.0, w.body.string().as_str()), (2, "ab"));
    }
    "httptest.Server" => "httptest::Server" {
        let server: httptest::Server = httptest::new_test_server(hello);
        assert_eq!(server.client().get("/").unwrap().read_all().unwrap(), "hello");
    }
    "httptest.NewTestServer" => "httptest::new_test_server(handler)" {
        let handler = hello;
        let server = httptest::new_test_server(handler);
        assert_eq!(server.client().get("http://any.test/").unwrap().read_all().unwrap(), "hello");
    }
    "httptest.NewServer" => "httptest::new_server(handler)" {
        let handler = hello;
        let server = httptest::new_server(handler);
        assert_eq!(server.client().get(&server.url).unwrap().read_all().unwrap(), "hello");
    }
    "httptest.NewUnstartedServer" => "httptest::new_unstarted_server(handler)" {
        let handler = hello;
        let server = httptest::new_unstarted_server(handler);
        assert!(server.url.is_empty() && server.listener.is_set());
    }
    "httptest.Server.URL" => "server.url" {
        let server = httptest::new_server(hello);
        assert!(server.url.starts_with("http://127.0.0.1:") || server.url.starts_with("http://[::1]:"));
    }
    "httptest.Server.Listener" => "server.listener.addr()" {
        let server = httptest::new_server(hello);
        assert_eq!(server.url, format!("http://{}", server.listener.addr()));
    }
    "httptest.Server.Config" => "server.config" {
        let mut server = httptest::new_test_server(hello);
        server.config.max_header_value_count = 1;
        let mut r = httptest::new_request("GET", "/", ());
        r.header.set("X-A", "1");
        assert_eq!(server.client().do_(&mut r).unwrap().status_code, 431);
    }
    "httptest.Server.Start" => "server.start()" {
        let mut server = httptest::new_unstarted_server(hello);
        server.start();
        assert!(std::net::TcpStream::connect(server.listener.addr()).is_ok());
    }
    "httptest.Server.Client" => "server.client()" {
        let server = httptest::new_test_server(http::not_found);
        assert_eq!(server.client().get("/").unwrap().status_code, 404);
    }
    "httptest.Server.Close" => "server.close()" {
        let server = httptest::new_server(hello);
        server.close();
        assert!(std::net::TcpStream::connect(server.listener.addr()).is_err());
    }
    "httptest.Server.CloseClientConnections" => "server.close_client_connections()" {
        let server = httptest::new_test_server(hello);
        let mut conn = server.client().dial().unwrap();
        server.close_client_connections();
        assert_eq!(http::io::read_all(&mut conn).0, b"");
        assert!(server.client().get("/").is_ok());
    }
}
