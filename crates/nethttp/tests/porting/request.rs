//! Requests: fields, forms, cookies, client facts, contexts.

use std::io::Write;

use nethttp as http;

use http::httptest::{new_request, new_test_server};

use crate::given::{form, get, multipart, served, text};

/// What a server's handler sees of a raw request: what `look` answers.
fn seen(raw: &str, look: fn(&mut http::Request) -> String) -> String {
    let server = new_test_server(http::HandlerFunc(move |w, r| http::fprintf!(w, "{}", look(r))));
    let mut conn = server.client().dial().unwrap();
    conn.write_all(raw.as_bytes()).unwrap();
    conn.close_write().unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut conn, &mut answer).unwrap();
    answer.split_once("\r\n\r\n").expect("an answer").1.to_owned()
}

rows! {
    "http.Request" => "http::Request" {
        let r: http::Request = http::Request::new();
        assert_eq!((r.method.as_str(), r.proto.as_str()), ("GET", "HTTP/1.1"));
    }
    "http.ReadRequest" => "http::read_request(&mut reader)" {
        let mut reader = &b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n"[..];
        let r = http::read_request(&mut reader).unwrap();
        assert_eq!((r.url.path.as_str(), r.host.as_str()), ("/a", "b"));
    }
    "http.Request.Method" => "r.method" {
        let r = new_request("PUT", "/", ());
        assert_eq!(r.method, http::METHOD_PUT);
    }
    "http.Request.URL" => "r.url" {
        let r = new_request("GET", "/a%2Fb?c=d", ());
        assert_eq!((r.url.path.as_str(), r.url.raw_path.as_str(), r.url.raw_query.as_str()), ("/a/b", "/a%2Fb", "c=d"));
    }
    "http.Request.Proto" => "r.proto" {
        assert_eq!(seen("GET / HTTP/1.0\r\n\r\n", |r| r.proto.to_string()), "HTTP/1.0");
    }
    "http.Request.ProtoMajor" => "r.proto_major" {
        assert_eq!(seen("GET / HTTP/1.0\r\n\r\n", |r| r.proto_major.to_string()), "1");
    }
    "http.Request.ProtoMinor" => "r.proto_minor" {
        assert_eq!(seen("GET / HTTP/1.0\r\n\r\n", |r| r.proto_minor.to_string()), "0");
    }
    "http.Request.ProtoAtLeast" => "r.proto_at_least(major, minor)" {
        let r = new_request("GET", "/", ());
        let (major, minor) = (1, 1);
        assert!(r.proto_at_least(major, minor) && !r.proto_at_least(2, 0));
    }
    "http.Request.Header" => "r.header" {
        assert_eq!(seen("GET / HTTP/1.0\r\nx-a:  1 \r\n\r\n", |r| r.header.get("X-A").to_string()), "1");
    }
    "http.Request.Body" => "r.body" {
        let mut r = new_request("POST", "/", "abc");
        assert_eq!(http::io::read_all(&mut r.body).0, b"abc");
    }
    "http.NoBody" => "http::NO_BODY" {
        assert!(http::NO_BODY.is_none() && http::Body::none().is_none());
        assert!(new_request("GET", "/", http::NO_BODY).body.is_none());
    }
    "http.Request.ContentLength" => "r.content_length" {
        let raw = "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab";
        assert_eq!(seen(raw, |r| r.content_length.to_string()), "2");
    }
    "http.Request.TransferEncoding" => "r.transfer_encoding" {
        let raw = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        assert_eq!(seen(raw, |r| format!("{:?}", r.transfer_encoding)), "[\"chunked\"]");
    }
    "http.Request.Close" => "r.close" {
        assert_eq!(seen("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", |r| r.close.to_string()), "true");
    }
    "http.Request.Host" => "r.host" {
        let r = new_request("GET", "http://a.test:81/", ());
        assert_eq!(r.host, "a.test:81");
    }
    "http.Request.Form" => "r.form" {
        let mut r = form();
        assert!(r.form.is_empty());
        r.parse_form().unwrap();
        assert_eq!(r.form.values("a"), ["body", "query"]);
    }
    "http.Request.PostForm" => "r.post_form" {
        let mut r = form();
        r.parse_form().unwrap();
        assert_eq!(r.post_form.values("a"), ["body"]);
    }
    "http.Request.MultipartForm" => "r.multipart_form" {
        let mut r = multipart();
        assert!(r.multipart_form.is_none());
        r.parse_multipart_form(1 << 20).unwrap();
        assert_eq!(r.multipart_form.unwrap().value.get("a"), "1");
    }
    "http.Request.Trailer" => "r.trailer()" {
        let raw = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n\
                   1\r\na\r\n0\r\nX-T: late\r\n\r\n";
        let look = |r: &mut http::Request| {
            assert!(r.trailer().contains("X-T") && r.trailer().get("X-T").is_empty());
            assert_eq!(http::io::read_all(&mut r.body).0, b"a");
            r.trailer().get("X-T").to_string()
        };
        assert_eq!(seen(raw, look), "late");
    }
    "http.Request.RemoteAddr" => "r.remote_addr" {
        assert_eq!(new_request("GET", "/", ()).remote_addr, "192.0.2.1:1234");
        let answer = served(|w, r| http::fprintf!(w, "{}", r.remote_addr));
        assert_eq!(text(answer), "@");
    }
    "http.Request.RequestURI" => "r.request_uri" {
        let r = new_request("GET", "/a%2Fb?c", ());
        assert_eq!(r.request_uri, "/a%2Fb?c");
    }
    "http.Request.TLS" => "r.tls" {
        let r = new_request("GET", "/", ());
        assert!(r.tls.is_none());
    }
    "http.Request.Pattern" => "r.pattern" {
        let mux = http::ServeMux::new();
        mux.handle_func("GET /{name}", |w, r| http::fprintf!(w, "{}", r.pattern));
        assert_eq!(get(mux, "/x").body, "GET /{name}");
    }
    "http.Request.PathValue" => "r.path_value(name)" {
        let mux = http::ServeMux::new();
        mux.handle_func("GET /{name}", |w, r| {
            let name = "name";
            http::fprintf!(w, "{}", r.path_value(name));
        });
        assert_eq!(get(mux, "/x%20y").body, "x y");
    }
    "http.Request.SetPathValue" => "r.set_path_value(name, value)" {
        let mut r = new_request("GET", "/", ());
        let (name, value) = ("a", "1");
        r.set_path_value(name, value);
        assert_eq!(r.path_value("a"), "1");
    }
    "http.Request.ParseForm" => "r.parse_form()" {
        let mut r = form();
        r.parse_form().unwrap();
        assert_eq!(r.form.encode(), "a=body&a=query&b=2");
        let error = new_request("GET", "/?a;b", ()).parse_form().unwrap_err();
        assert_eq!(error.to_string(), "invalid semicolon separator in query");
    }
    "http.Request.FormValue" => "r.form_value(key)" {
        let key = "a";
        let mut r = form();
        assert_eq!(r.form_value(key), "body");
    }
    "http.Request.PostFormValue" => "r.post_form_value(key)" {
        let key = "b";
        let mut r = form();
        assert_eq!((r.post_form_value(key).as_str(), r.post_form_value("c").as_str()), ("2", ""));
    }
    "http.Request.ParseMultipartForm" => "r.parse_multipart_form(max_memory)" {
        let max_memory = 32 << 20;
        let mut r = multipart();
        r.parse_multipart_form(max_memory).unwrap();
        assert_eq!(r.form.values("a"), ["query", "1"]);
        let error = form().parse_multipart_form(1).unwrap_err();
        assert_eq!(http::Error::of(&error), Some(http::ERR_NOT_MULTIPART));
    }
    "http.Request.FormFile" => "r.form_file(key)" {
        let key = "f";
        let mut r = multipart();
        let (mut file, header) = r.form_file(key).unwrap();
        assert_eq!((http::io::read_all(&mut file).0.as_slice(), header.filename.as_str()), (&b"file"[..], "f.txt"));
    }
    "http.Request.MultipartReader" => "r.multipart_reader()" {
        let mut r = multipart();
        let mut reader = r.multipart_reader().unwrap();
        assert_eq!(reader.next_part().unwrap().unwrap().form_name(), "a");
    }
    "http.Request.Cookie" => "r.cookie(name)" {
        let mut r = new_request("GET", "/", ());
        r.header.set("Cookie", "a=1; b=2; a=3");
        let name = "a";
        assert_eq!(r.cookie(name).unwrap().value, "1");
        assert_eq!(r.cookie("c").unwrap_err(), http::ERR_NO_COOKIE);
    }
    "http.Request.Cookies" => "r.cookies()" {
        let mut r = new_request("GET", "/", ());
        r.header.set("Cookie", "a=1; b=2; a=3");
        assert_eq!(r.cookies().len(), 3);
    }
    "http.Request.CookiesNamed" => "r.cookies_named(name)" {
        let mut r = new_request("GET", "/", ());
        r.header.set("Cookie", "a=1; b=2; a=3");
        let name = "a";
        assert_eq!(r.cookies_named(name).iter().map(|cookie| &*cookie.value).collect::<Vec<_>>(), ["1", "3"]);
    }
    "http.Request.AddCookie" => "r.add_cookie(&cookie)" {
        let mut r = new_request("GET", "/", ());
        let cookie = http::Cookie { name: "a".into(), value: "1".into(), ..Default::default() };
        r.add_cookie(&cookie);
        assert_eq!(r.header.get("Cookie"), "a=1");
    }
    "http.Request.BasicAuth" => "r.basic_auth()" {
        let mut r = new_request("GET", "/", ());
        assert_eq!(r.basic_auth(), None);
        r.header.set("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(r.basic_auth(), Some(("Aladdin".into(), "open sesame".into())));
    }
    "http.Request.SetBasicAuth" => "r.set_basic_auth(username, password)" {
        let mut r = new_request("GET", "/", ());
        let (username, password) = ("Aladdin", "open sesame");
        r.set_basic_auth(username, password);
        assert_eq!(r.header.get("Authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
    "http.Request.Referer" => "r.referer()" {
        let mut r = new_request("GET", "/", ());
        r.header.set("Referer", "http://a.test/");
        assert_eq!(r.referer(), "http://a.test/");
    }
    "http.Request.UserAgent" => "r.user_agent()" {
        let mut r = new_request("GET", "/", ());
        r.header.set("User-Agent", "x/1");
        assert_eq!(r.user_agent(), "x/1");
    }
    "http.Request.Context" => "r.context()" {
        let r = new_request("GET", "/", ());
        assert!(!r.context().done());
    }
    "http.Request.WithContext" => "r.with_context(ctx)" {
        let r = new_request("GET", "/a", "body");
        let ctx = r.context().with_value(7_u8);
        let mut copy = r.with_context(ctx);
        assert_eq!((copy.context().value::<u8>(), copy.url.path.as_str()), (Some(&7), "/a"));
        assert_eq!(http::io::read_all(&mut copy.body).0, b"body");
        assert_eq!(r.context().value::<u8>(), None);
    }
    "http.Request.Clone" => "r.clone()" {
        let r = new_request("GET", "/a", ());
        let mut copy = r.clone();
        copy.header.set("X-A", "1");
        assert_eq!((r.header.is_empty(), copy.url.path.as_str()), (true, "/a"));
    }
}
