//! URLs and their parts.

use nethttp as http;

use http::url;

/// A URL that has everything.
fn whole() -> url::Url {
    url::parse("http://me:secret@a.test:81/b%2Fc/d?e=f#g%2Fh").expect("a URL")
}

/// The error of a URL with a bad port.
fn bad() -> url::Error {
    url::parse("http://a:x/").expect_err("no URL")
}

rows! {
    "url.URL" => "http::Url" {
        let url = http::Url { path: "/a b".into(), ..Default::default() };
        assert_eq!(url.to_string(), "/a%20b");
    }
    "url.Parse" => "url::parse(text)" {
        let text = "http://a.test/b?c#d";
        assert_eq!(url::parse(text).unwrap().host, "a.test");
        assert!(url::parse("http://[::1").is_err());
    }
    "url.ParseRequestURI" => "url::parse_request_uri(text)" {
        let text = "/a?b";
        assert_eq!(url::parse_request_uri(text).unwrap().raw_query, "b");
        assert!(url::parse_request_uri("a").is_err());
    }
    "url.JoinPath" => "url::join_path(base, elements)" {
        let (base, elements) = ("http://a.test/b/", ["../c", "d"]);
        assert_eq!(url::join_path(base, elements).unwrap(), "http://a.test/c/d");
    }
    "url.PathEscape" => "url::path_escape(segment)" {
        let segment = "a/b c";
        assert_eq!(url::path_escape(segment), "a%2Fb%20c");
    }
    "url.PathUnescape" => "url::path_unescape(segment)" {
        let segment = "a%2Fb+c";
        assert_eq!(url::path_unescape(segment).unwrap(), "a/b+c");
    }
    "url.QueryEscape" => "url::query_escape(text)" {
        let text = "a&b c";
        assert_eq!(url::query_escape(text), "a%26b+c");
    }
    "url.QueryUnescape" => "url::query_unescape(text)" {
        let text = "a%26b+c";
        assert_eq!(url::query_unescape(text).unwrap(), "a&b c");
    }
    "url.Error" => "url::Error" {
        let error: url::Error = bad();
        assert_eq!(error.to_string(), "parse \"http://a:x/\": invalid port \":x\" after host");
    }
    "url.Error.Op" => "error.op" {
        let error = bad();
        assert_eq!(error.op, "parse");
    }
    "url.Error.URL" => "error.url" {
        let error = bad();
        assert_eq!(error.url, "http://a:x/");
    }
    "url.Error.Err" => "error.err" {
        let error = bad();
        assert_eq!(error.err.to_string(), "invalid port \":x\" after host");
    }
    "url.Error.Error" => "error.to_string()" {
        let error = url::parse(":").unwrap_err();
        assert_eq!(error.to_string(), "parse \":\": missing protocol scheme");
    }
    "url.Error.Unwrap" => "error.unwrap()" {
        let error = bad();
        assert_eq!(error.unwrap(), &url::Reason::InvalidPort(":x".into()));
    }
    "url.EscapeError" => "url::EscapeError" {
        let error: url::EscapeError = url::path_unescape("%zz").unwrap_err();
        assert_eq!(error.bytes(), b"%zz");
    }
    "url.EscapeError.Error" => "error.to_string()" {
        let error = url::query_unescape("a%").unwrap_err();
        assert_eq!(error.to_string(), "invalid URL escape \"%\"");
    }
    "url.InvalidHostError" => "url::InvalidHostError" {
        let url::Reason::InvalidHost(error) = url::parse("http://a b/").unwrap_err().err else { panic!() };
        let error: url::InvalidHostError = error;
        assert_eq!(error.byte(), b' ');
    }
    "url.InvalidHostError.Error" => "error.to_string()" {
        let url::Reason::InvalidHost(error) = url::parse("http://a b/").unwrap_err().err else { panic!() };
        assert_eq!(error.to_string(), "invalid character \" \" in host name");
    }
    "url.URL.Scheme" => "url.scheme" {
        let url = whole();
        assert_eq!(url.scheme, "http");
    }
    "url.URL.Opaque" => "url.opaque" {
        let url = url::parse("mailto:a@b.test").unwrap();
        assert_eq!(url.opaque, "a@b.test");
    }
    "url.URL.User" => "url.user" {
        let url = whole();
        assert_eq!(url.user.unwrap().username(), "me");
    }
    "url.URL.Host" => "url.host" {
        let url = whole();
        assert_eq!(url.host, "a.test:81");
    }
    "url.URL.Path" => "url.path" {
        let url = whole();
        assert_eq!(url.path, "/b/c/d");
    }
    "url.URL.RawPath" => "url.raw_path" {
        let url = whole();
        assert_eq!(url.raw_path, "/b%2Fc/d");
    }
    "url.URL.RawQuery" => "url.raw_query" {
        let url = whole();
        assert_eq!(url.raw_query, "e=f");
    }
    "url.URL.Fragment" => "url.fragment" {
        let url = whole();
        assert_eq!(url.fragment, "g/h");
    }
    "url.URL.RawFragment" => "url.raw_fragment" {
        let url = whole();
        assert_eq!(url.raw_fragment, "g%2Fh");
    }
    "url.URL.ForceQuery" => "url.force_query" {
        let url = url::parse("/a?").unwrap();
        assert!(url.force_query);
        assert_eq!(url.to_string(), "/a?");
    }
    "url.URL.OmitHost" => "url.omit_host" {
        let url = url::parse("file:/a").unwrap();
        assert!(url.omit_host);
        assert_eq!(url.to_string(), "file:/a");
    }
    "url.URL.Clone" => "url.clone()" {
        let url = whole();
        assert_eq!(url.clone(), url);
    }
    "url.URL.EscapedPath" => "url.escaped_path()" {
        let url = http::Url { path: "/a b/".into(), ..Default::default() };
        assert_eq!(url.escaped_path(), "/a%20b/");
        assert_eq!(whole().escaped_path(), "/b%2Fc/d");
    }
    "url.URL.EscapedFragment" => "url.escaped_fragment()" {
        let url = whole();
        assert_eq!(url.escaped_fragment(), "g%2Fh");
    }
    "url.URL.Hostname" => "url.hostname()" {
        let url = whole();
        assert_eq!(url.hostname(), "a.test");
    }
    "url.URL.Port" => "url.port()" {
        let url = whole();
        assert_eq!(url.port(), "81");
    }
    "url.URL.IsAbs" => "url.is_abs()" {
        let url = whole();
        assert!(url.is_abs() && !url::parse("/a").unwrap().is_abs());
    }
    "url.URL.JoinPath" => "url.join_path(elements)" {
        let url = url::parse("http://a.test/b").unwrap();
        let elements = ["../c"];
        assert_eq!(url.join_path(elements).to_string(), "http://a.test/c");
    }
    "url.URL.Parse" => "url.parse(reference)" {
        let url = whole();
        let reference = "../x";
        assert_eq!(url.parse(reference).unwrap().to_string(), "http://me:secret@a.test:81/x");
    }
    "url.URL.Query" => "url.query()" {
        let url = whole();
        assert_eq!(url.query().get("e"), "f");
    }
    "url.URL.Redacted" => "url.redacted()" {
        let url = url::parse("http://me:secret@a.test/").unwrap();
        assert_eq!(url.redacted(), "http://me:xxxxx@a.test/");
    }
    "url.URL.RequestURI" => "url.request_uri()" {
        let url = whole();
        assert_eq!(url.request_uri(), "/b%2Fc/d?e=f");
    }
    "url.URL.ResolveReference" => "url.resolve_reference(&reference)" {
        let url = url::parse("http://a.test/b/c").unwrap();
        let reference = url::parse("../d?e").unwrap();
        assert_eq!(url.resolve_reference(&reference).to_string(), "http://a.test/d?e");
    }
    "url.URL.String" => "url.to_string()" {
        let url = whole();
        assert_eq!(url.to_string(), "http://me:secret@a.test:81/b%2Fc/d?e=f#g%2Fh");
    }
    "url.Userinfo" => "url::Userinfo" {
        let user: url::Userinfo = url::user("me");
        assert_eq!(whole().user.unwrap().username(), user.username());
    }
    "url.User" => "url::user(username)" {
        let username = "me";
        assert_eq!(url::user(username).password(), None);
    }
    "url.UserPassword" => "url::user_password(username, password)" {
        let (username, password) = ("me", "secret");
        assert_eq!(Some(url::user_password(username, password)), whole().user);
    }
    "url.Userinfo.Username" => "user.username()" {
        let user = url::user("me");
        assert_eq!(user.username(), "me");
    }
    "url.Userinfo.Password" => "user.password()" {
        let user = url::user_password("me", "secret");
        assert_eq!(user.password(), Some(&"secret".into()));
    }
    "url.Userinfo.String" => "user.to_string()" {
        let user = url::user_password("me", "s:t");
        assert_eq!(user.to_string(), "me:s%3At");
    }
    "url.Values" => "http::Values" {
        let values = http::Values::from([("a", "1")]);
        assert_eq!(values.encode(), "a=1");
    }
    "url.ParseQuery" => "url::parse_query(query)" {
        let query = "a=1&b=2;&a=3";
        let (values, error) = url::parse_query(query);
        assert_eq!(values.values("a"), ["1", "3"]);
        assert_eq!(error.unwrap().to_string(), "invalid semicolon separator in query");
    }
    "url.Values.Add" => "values.add(key, value)" {
        let mut values = http::Values::from([("a", "1")]);
        let (key, value) = ("a", "2");
        values.add(key, value);
        assert_eq!(values.values("a"), ["1", "2"]);
    }
    "url.Values.Clone" => "values.clone()" {
        let values = http::Values::from([("a", "1")]);
        values.clone().set("a", "2");
        assert_eq!(values.get("a"), "1");
    }
    "url.Values.Del" => "values.del(key)" {
        let mut values = http::Values::from([("a", "1")]);
        let key = "a";
        values.del(key);
        assert!(values.is_empty());
    }
    "url.Values.Encode" => "values.encode()" {
        let values = http::Values::from([("b", "x y"), ("a", "1")]);
        assert_eq!(values.encode(), "a=1&b=x+y");
    }
    "url.Values.Get" => "values.get(key)" {
        let values = http::Values::from([("a", "1"), ("a", "2")]);
        let key = "a";
        assert_eq!((values.get(key).as_str(), values.get("b").as_str()), ("1", ""));
    }
    "url.Values.Has" => "values.has(key)" {
        let values = http::Values::from([("a", "")]);
        let key = "a";
        assert!(values.has(key) && !values.has("b"));
    }
    "url.Values.Set" => "values.set(key, value)" {
        let mut values = http::Values::from([("a", "1"), ("a", "2")]);
        let (key, value) = ("a", "3");
        values.set(key, value);
        assert_eq!(values.encode(), "a=3");
    }
}
