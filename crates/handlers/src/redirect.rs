//! `redirect_handler`: sends clients elsewhere. Go's `http.RedirectHandler`.

use nethttp_core::{Handler, HandlerFunc, Request, ResponseWriter, StatusCode, Text, redirect};

/// A handler that redirects every request to `url`, which may be relative to the request's path. Go's
/// `http.RedirectHandler`.
///
/// `code` should be one of 300 to 308, most often `STATUS_MOVED_PERMANENTLY`, `STATUS_FOUND` or `STATUS_SEE_OTHER`; it
/// is not checked. See [`redirect`] for what goes out.
///
/// ```
/// use nethttp_core::{Handler, STATUS_MOVED_PERMANENTLY};
/// use nethttp_handlers::redirect_handler;
/// use nethttp_httptest::{new_recorder, new_request};
///
/// let handler = redirect_handler("../new/", STATUS_MOVED_PERMANENTLY);
///
/// let mut w = new_recorder();
/// handler.serve_http(&mut w, &mut new_request("GET", "/old/page", ()));
/// assert_eq!(w.code, 301);
/// assert_eq!(w.header().get("Location"), "/new/");
/// ```
pub fn redirect_handler(url: impl Into<Text>, code: StatusCode) -> impl Handler {
    let url = url.into();
    HandlerFunc(move |w: &mut dyn ResponseWriter, r: &mut Request| redirect(w, r, &url, code))
}

#[cfg(test)]
mod tests {
    use nethttp_core::status_code;
    use nethttp_httptest::{new_recorder, new_request};

    use super::*;

    /// Method, target, URL, status, and what Go's handler answered: `Location` and body.
    type Case = (&'static str, &'static str, &'static [u8], i64, &'static [u8], &'static [u8]);

    const RECORDED: &[Case] = &[
        ("GET", "/a/b", b"c", 302, b"/a/c", b"<a href=\"/a/c\">Found</a>.\n\n"),
        ("GET", "/a/b/", b"c", 302, b"/a/b/c", b"<a href=\"/a/b/c\">Found</a>.\n\n"),
        ("GET", "/a/b", b"../c", 301, b"/c", b"<a href=\"/c\">Moved Permanently</a>.\n\n"),
        ("GET", "/a/b", b"../../../c", 302, b"/c", b"<a href=\"/c\">Found</a>.\n\n"),
        ("GET", "/a/b", b".", 302, b"/a", b"<a href=\"/a\">Found</a>.\n\n"),
        ("GET", "/a/b", b"./", 302, b"/a/", b"<a href=\"/a/\">Found</a>.\n\n"),
        ("GET", "/a/b", b"..", 302, b"/", b"<a href=\"/\">Found</a>.\n\n"),
        ("GET", "/a/b", b"", 302, b"/a/", b"<a href=\"/a/\">Found</a>.\n\n"),
        ("GET", "/a/b", b"/", 302, b"/", b"<a href=\"/\">Found</a>.\n\n"),
        ("GET", "/a/b", b"/x/../y/", 302, b"/y/", b"<a href=\"/y/\">Found</a>.\n\n"),
        ("GET", "/a/b", b"//x", 302, b"//x", b"<a href=\"//x\">Found</a>.\n\n"),
        ("GET", "/a/b", b"///x", 302, b"/x", b"<a href=\"/x\">Found</a>.\n\n"),
        ("GET", "/a/b", b"/x//y", 302, b"/x/y", b"<a href=\"/x/y\">Found</a>.\n\n"),
        (
            "GET",
            "/a/b",
            b"http://h.test/x/../y",
            303,
            b"http://h.test/x/../y",
            b"<a href=\"http://h.test/x/../y\">See Other</a>.\n\n",
        ),
        ("GET", "/a/b", b"//h.test/x/..", 303, b"//h.test/x/..", b"<a href=\"//h.test/x/..\">See Other</a>.\n\n"),
        ("GET", "/a/b", b"mailto:a@b", 307, b"mailto:a@b", b"<a href=\"mailto:a@b\">Temporary Redirect</a>.\n\n"),
        ("GET", "/a/b", b"?q=1", 302, b"/a/?q=1", b"<a href=\"/a/?q=1\">Found</a>.\n\n"),
        ("GET", "/a/b", b"c?u=/x/../y", 302, b"/a/c?u=/x/../y", b"<a href=\"/a/c?u=/x/../y\">Found</a>.\n\n"),
        ("GET", "/a/b", b"#frag", 302, b"/a/#frag", b"<a href=\"/a/#frag\">Found</a>.\n\n"),
        ("GET", "/a/b", b"caf\xc3\xa9", 302, b"/a/caf%c3%a9", b"<a href=\"/a/caf\xc3\xa9\">Found</a>.\n\n"),
        ("GET", "/a/b", b"/\xff", 302, b"/%ff", b"<a href=\"/\xff\">Found</a>.\n\n"),
        ("GET", "/a/b", b"/<&>\"'", 302, b"/<&>\"'", b"<a href=\"/&lt;&amp;&gt;&#34;&#39;\">Found</a>.\n\n"),
        ("GET", "/a/b", b"/%zz/../x", 302, b"/%zz/../x", b"<a href=\"/%zz/../x\">Found</a>.\n\n"),
        ("GET", "/a/b", b":x", 302, b":x", b"<a href=\":x\">Found</a>.\n\n"),
        ("GET", "/a/b", b"x:y", 302, b"x:y", b"<a href=\"x:y\">Found</a>.\n\n"),
        ("GET", "/a%2Fb/c", b"d", 302, b"/a%2Fb/d", b"<a href=\"/a%2Fb/d\">Found</a>.\n\n"),
        ("GET", "/a%2Fb/c", b"../d", 302, b"/d", b"<a href=\"/d\">Found</a>.\n\n"),
        ("GET", "*", b"x", 302, b"x", b"<a href=\"x\">Found</a>.\n\n"),
        ("HEAD", "/a/b", b"c", 302, b"/a/c", b""),
        ("POST", "/a/b", b"c", 308, b"/a/c", b""),
        ("OPTIONS", "/a", b"/b", 302, b"/b", b""),
        ("GET", "/", b"/b", 404, b"/b", b"<a href=\"/b\">Not Found</a>.\n\n"),
        ("GET", "/", b"/b", 299, b"/b", b"<a href=\"/b\"></a>.\n\n"),
        ("GET", "/", b"/a b", 302, b"/a b", b"<a href=\"/a b\">Found</a>.\n\n"),
        ("GET", "/", b"/a\tb", 302, b"/a\tb", b"<a href=\"/a\tb\">Found</a>.\n\n"),
        ("GET", "/", b"/a\x7f/../b", 302, b"/a\x7f/../b", b"<a href=\"/a\x7f/../b\">Found</a>.\n\n"),
    ];

    #[test]
    fn answers_are_those_of_go() {
        for &(method, target, url, code, location, body) in RECORDED {
            let mut w = new_recorder();
            redirect_handler(url, status_code(code)).serve_http(&mut w, &mut new_request(method, target, ()));
            let case = format!("{method} {target} to {}", url.escape_ascii());
            assert_eq!(i64::from(w.code.as_u16()), code, "{case}");
            assert_eq!(w.header().get("Location").as_bytes(), location, "{case}");
            assert_eq!(w.body, body, "{case}");
            let has_page = method == "GET" || method == "HEAD";
            let content_type = if has_page { "text/html; charset=utf-8" } else { "" };
            assert_eq!(w.header().get("Content-Type"), content_type, "{case}");
        }
    }

    #[test]
    fn a_type_that_is_already_set_means_no_page() {
        let mut w = new_recorder();
        w.header().suppress("Content-Type");
        redirect_handler("/x", StatusCode::FOUND).serve_http(&mut w, &mut new_request("GET", "/", ()));
        assert_eq!(w.header().get("Location"), "/x");
        assert_eq!(w.body, "");
    }
}
