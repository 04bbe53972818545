//! Cookies as handlers meet them; the rules of the fields are tested where they are.

use std::time::Duration;

use super::*;
use crate::StatusCode;

fn request(lines: &[&str]) -> Request {
    let mut request = Request::new();
    for line in lines {
        request.header.add("Cookie", line);
    }
    request
}

fn seconds(unix: i64) -> Option<SystemTime> {
    system_time(unix)
}

#[test]
fn cookies_of_a_request() {
    let request = request(&["a=1; session=\"x,y\"; bad name=1; session=2", "$Path=/;a=b\"c; session=3"]);
    let shown: Vec<String> = request.cookies().iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["a=1", "session=\"x,y\"", "session=2", "$Path=/", "session=3"]);
    let cookie = request.cookie("session").unwrap();
    assert_eq!((&*cookie.value, cookie.quoted), ("x,y", true));
    assert_eq!(request.cookies_named("session").len(), 3);
    assert_eq!(request.cookies_named("").len(), 0);
    assert_eq!(request.cookie("Session"), Err(Error::NoCookie));
    assert_eq!(request.cookie(""), Err(Error::NoCookie));
    assert_eq!(Error::NoCookie.to_string(), "http: named cookie not present");
}

#[test]
fn too_many_cookies_are_none() {
    let line = vec!["a=b"; 3000].join(";");
    assert_eq!(request(&[&line]).cookies().len(), 3000);
    assert_eq!(request(&[&line, "x"]).cookies().len(), 0);
    let header: Header = vec![("Set-Cookie", "a=b"); 3000].into_iter().collect();
    assert_eq!(read_set_cookies(&header).len(), 3000);
    let header: Header = vec![("Set-Cookie", "a=b"); 3001].into_iter().collect();
    assert_eq!(read_set_cookies(&header).len(), 0);
}

#[test]
fn added_cookies_share_one_line() {
    let mut request = Request::new();
    for (name, value, quoted) in [("a\nb", "x\ry", false), ("", "q", true), ("\u{e9}", "a,b", false)] {
        request.add_cookie(&Cookie { name: name.into(), value: value.into(), quoted, ..Cookie::default() });
    }
    assert_eq!(request.header.get("Cookie"), "a-b=xy; =\"q\"; \u{e9}=\"a,b\"");
    assert_eq!(request.header.values("Cookie").count(), 1);
}

#[test]
fn written_and_judged_as_go_does() {
    let base = || Cookie { name: "a".into(), ..Cookie::default() };
    for (cookie, text, judgement) in [
        (base(), "a=", None),
        (Cookie { expires: seconds(0), ..base() }, "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", None),
        (
            Cookie { expires: seconds(-1).map(|time| time + Duration::from_millis(500)), ..base() },
            "a=; Expires=Wed, 31 Dec 1969 23:59:59 GMT",
            None,
        ),
        (Cookie { expires: seconds(-11_644_473_600), ..base() }, "a=; Expires=Mon, 01 Jan 1601 00:00:00 GMT", None),
        (Cookie { max_age: i64::MAX, ..base() }, "a=; Max-Age=9223372036854775807", None),
        (Cookie { max_age: i64::MIN, ..base() }, "a=; Max-Age=0", None),
        (
            Cookie { partitioned: true, ..base() },
            "a=; Partitioned",
            Some("http: partitioned cookies must be set with Secure"),
        ),
        (Cookie { domain: "-x".into(), ..base() }, "a=", Some("http: invalid Cookie.Domain")),
        (Cookie { path: "/\u{e9}".into(), ..base() }, "a=; Path=/", Some("http: invalid byte '\u{c3}' in Cookie.Path")),
        (Cookie { name: "a b".into(), value: "c".into(), ..base() }, "", Some("http: invalid Cookie.Name")),
        (Cookie { same_site: SAME_SITE_DEFAULT_MODE, ..base() }, "a=", None),
        (Cookie { same_site: SAME_SITE_NONE_MODE, secure: true, ..base() }, "a=; Secure; SameSite=None", None),
        (Cookie { same_site: SAME_SITE_STRICT_MODE, ..base() }, "a=; SameSite=Strict", None),
        (Cookie { same_site: SAME_SITE_LAX_MODE, raw: "raw".into(), ..base() }, "a=; SameSite=Lax", None),
    ] {
        assert_eq!(cookie.to_string(), text);
        assert_eq!(cookie.valid().err().map(|error| error.to_string()).as_deref(), judgement, "{cookie:?}");
    }
}

#[test]
#[cfg(unix)]
fn an_expiry_before_1601_is_left_out() {
    let cookie = Cookie { name: "a".into(), expires: seconds(-11_644_473_601), ..Cookie::default() };
    assert_eq!(cookie.to_string(), "a=");
    assert_eq!(cookie.valid().unwrap_err().to_string(), "http: invalid Cookie.Expires");
}

#[test]
fn what_is_written_can_be_read() {
    let cookie = Cookie {
        name: "id".into(),
        value: "a b".into(),
        quoted: true,
        path: "/x".into(),
        domain: "a.test".into(),
        expires: seconds(1_704_164_645),
        max_age: 60,
        secure: true,
        http_only: true,
        same_site: SameSite::Strict,
        partitioned: true,
        ..Cookie::default()
    };
    let text = cookie.to_string();
    assert_eq!(
        text,
        "id=\"a b\"; Path=/x; Domain=a.test; Expires=Tue, 02 Jan 2024 03:04:05 GMT; Max-Age=60; HttpOnly; Secure; \
         SameSite=Strict; Partitioned"
    );
    let mut read = parse_set_cookie(&text).unwrap();
    assert_eq!((&*read.raw, &*read.raw_expires), (&*text, "Tue, 02 Jan 2024 03:04:05 GMT"));
    (read.raw, read.raw_expires) = (Text::EMPTY, Text::EMPTY);
    assert_eq!(read, cookie);
}

#[test]
fn a_response_takes_good_cookies() {
    struct Response(Header);
    impl std::io::Write for Response {
        fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
            Ok(data.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    impl ResponseWriter for Response {
        fn header(&mut self) -> &mut Header {
            &mut self.0
        }
        fn write_header(&mut self, _: StatusCode) {}
    }
    let mut response = Response(Header::new());
    for (name, value) in [("a", "1"), ("bad name", "2"), ("b", "3;")] {
        set_cookie(&mut response, &Cookie { name: name.into(), value: value.into(), ..Cookie::default() });
    }
    assert_eq!(response.0.values("Set-Cookie").collect::<Vec<_>>(), ["a=1", "b=3"]);
}
