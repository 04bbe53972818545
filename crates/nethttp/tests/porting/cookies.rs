//! Cookies.

use std::time::{Duration, UNIX_EPOCH};

use nethttp as http;

use crate::given::served;

/// The cookie of a `Set-Cookie` line.
fn read(line: &str) -> http::Cookie {
    http::parse_set_cookie(line).expect("a cookie")
}

/// A cookie `a=1`.
fn plain() -> http::Cookie {
    http::Cookie { name: "a".into(), value: "1".into(), ..Default::default() }
}

rows! {
    "http.Cookie" => "http::Cookie { name, value, ..Default::default() }" {
        let (name, value) = ("a".into(), "1".into());
        let cookie = http::Cookie { name, value, ..Default::default() };
        assert_eq!(cookie.to_string(), "a=1");
    }
    "http.SetCookie" => "http::set_cookie(w, &cookie)" {
        let answer = served(|w, _| {
            let cookie = plain();
            http::set_cookie(w, &cookie);
        });
        assert_eq!(answer.header.get("Set-Cookie"), "a=1");
    }
    "http.ParseCookie" => "http::parse_cookie(line)" {
        let line = "a=1; b=\"2\"";
        let cookies = http::parse_cookie(line).unwrap();
        assert_eq!((cookies.len(), cookies[1].value.as_str(), cookies[1].quoted), (2, "2", true));
        assert_eq!(http::parse_cookie("").unwrap_err().to_string(), "http: blank cookie");
    }
    "http.ParseSetCookie" => "http::parse_set_cookie(line)" {
        let line = "a=1; Path=/; Secure";
        let cookie = http::parse_set_cookie(line).unwrap();
        assert_eq!((cookie.path.as_str(), cookie.secure), ("/", true));
    }
    "http.Cookie.Name" => "cookie.name" {
        let cookie = read("a=1");
        assert_eq!(cookie.name, "a");
    }
    "http.Cookie.Value" => "cookie.value" {
        let cookie = read("a=1");
        assert_eq!(cookie.value, "1");
    }
    "http.Cookie.Quoted" => "cookie.quoted" {
        let cookie = read("a=\"1\"");
        assert!(cookie.quoted);
        assert_eq!(cookie.to_string(), "a=\"1\"");
    }
    "http.Cookie.Path" => "cookie.path" {
        let cookie = read("a=1; path=/b");
        assert_eq!(cookie.path, "/b");
    }
    "http.Cookie.Domain" => "cookie.domain" {
        let cookie = read("a=1; Domain=b.test");
        assert_eq!(cookie.domain, "b.test");
    }
    "http.Cookie.Expires" => "cookie.expires" {
        let mut cookie = plain();
        cookie.expires = Some(UNIX_EPOCH + Duration::from_secs(784_111_777));
        assert_eq!(cookie.to_string(), "a=1; Expires=Sun, 06 Nov 1994 08:49:37 GMT");
    }
    "http.Cookie.RawExpires" => "cookie.raw_expires" {
        let cookie = read("a=1; Expires=Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(cookie.raw_expires, "Sun, 06 Nov 1994 08:49:37 GMT");
    }
    "http.Cookie.MaxAge" => "cookie.max_age" {
        let mut cookie = plain();
        cookie.max_age = -1;
        assert_eq!(cookie.to_string(), "a=1; Max-Age=0");
    }
    "http.Cookie.Secure" => "cookie.secure" {
        let mut cookie = plain();
        cookie.secure = true;
        assert_eq!(cookie.to_string(), "a=1; Secure");
    }
    "http.Cookie.HttpOnly" => "cookie.http_only" {
        let mut cookie = plain();
        cookie.http_only = true;
        assert_eq!(cookie.to_string(), "a=1; HttpOnly");
    }
    "http.Cookie.SameSite" => "cookie.same_site" {
        let mut cookie = plain();
        cookie.same_site = http::SAME_SITE_LAX_MODE;
        assert_eq!(cookie.to_string(), "a=1; SameSite=Lax");
    }
    "http.Cookie.Partitioned" => "cookie.partitioned" {
        let mut cookie = plain();
        cookie.partitioned = true;
        assert_eq!(cookie.to_string(), "a=1; Partitioned");
    }
    "http.Cookie.Raw" => "cookie.raw" {
        let cookie = read("a=1; Secure");
        assert_eq!(cookie.raw, "a=1; Secure");
    }
    "http.Cookie.Unparsed" => "cookie.unparsed" {
        let cookie = read("a=1; Odd=x");
        assert_eq!(cookie.unparsed, ["Odd=x"]);
    }
    "http.Cookie.String" => "cookie.to_string()" {
        let cookie = read("a=1; HttpOnly; Path=/");
        assert_eq!(cookie.to_string(), "a=1; Path=/; HttpOnly");
    }
    "http.Cookie.Valid" => "cookie.valid()" {
        let mut cookie = plain();
        assert!(cookie.valid().is_ok());
        cookie.name = "".into();
        assert_eq!(cookie.valid().unwrap_err().to_string(), "http: invalid Cookie.Name");
    }
    "http.SameSite" => "http::SameSite" {
        let default: http::SameSite = http::SameSite::default();
        assert_eq!(plain().same_site, default);
    }
    "http.SameSiteDefaultMode" => "http::SAME_SITE_DEFAULT_MODE" {
        let cookie = http::Cookie { same_site: http::SAME_SITE_DEFAULT_MODE, ..plain() };
        assert_eq!(cookie.to_string(), "a=1");
    }
    "http.SameSiteLaxMode" => "http::SAME_SITE_LAX_MODE" {
        assert_eq!(read("a=1; SameSite=lax").same_site, http::SAME_SITE_LAX_MODE);
    }
    "http.SameSiteStrictMode" => "http::SAME_SITE_STRICT_MODE" {
        assert_eq!(read("a=1; SameSite=Strict").same_site, http::SAME_SITE_STRICT_MODE);
    }
    "http.SameSiteNoneMode" => "http::SAME_SITE_NONE_MODE" {
        assert_eq!(read("a=1; SameSite=None").same_site, http::SAME_SITE_NONE_MODE);
    }
}
