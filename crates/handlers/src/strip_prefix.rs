//! `strip_prefix`: serves below a path what was written for the root. Go's `http.StripPrefix`.

use nethttp_core::url::Url;
use nethttp_core::{Handler, HandlerFunc, Request, ResponseWriter, Text, not_found};

use crate::inner_request::InnerRequest;

/// Calls `handler` with `prefix` taken off the URL's path, and off its raw path where there is one. Go's
/// `http.StripPrefix`.
///
/// A request whose path does not begin with the prefix gets a 404, and so does one that spells the prefix with escapes
/// that show in the raw path. An empty prefix changes nothing.
///
/// ```
/// use nethttp_core::{Handler, fprintf, handler_func};
/// use nethttp_handlers::strip_prefix;
/// use nethttp_httptest::{new_recorder, new_request};
///
/// let handler = strip_prefix("/api", handler_func(|w, r| fprintf!(w, "{}", r.url.path)));
///
/// let mut w = new_recorder();
/// handler.serve_http(&mut w, &mut new_request("GET", "/api/users", ()));
/// assert_eq!(w.body, "/users");
///
/// let mut w = new_recorder();
/// handler.serve_http(&mut w, &mut new_request("GET", "/other", ()));
/// assert_eq!(w.code, 404);
/// ```
pub fn strip_prefix(prefix: impl Into<Text>, handler: impl Handler + 'static) -> impl Handler {
    let prefix = prefix.into();
    HandlerFunc(move |w: &mut dyn ResponseWriter, r: &mut Request| {
        if prefix.as_bytes().is_empty() {
            return handler.serve_http(w, r);
        }
        match stripped(&mut r.url, prefix.as_bytes()) {
            Some(url) => handler.serve_http(w, InnerRequest::with_url(r, url).request()),
            None => not_found(w, r),
        }
    })
}

/// A copy of `url` without the prefix; `None` where it does not begin with that.
fn stripped(url: &mut Url, prefix: &[u8]) -> Option<Url> {
    let path = Text::from(url.path.as_bytes().strip_prefix(prefix)?);
    let raw_path = match url.raw_path.as_bytes() {
        b"" => Text::EMPTY,
        raw => Text::from(raw.strip_prefix(prefix)?),
    };
    // The paths, which are replaced, need not be copied: they step aside meanwhile.
    let own = (std::mem::take(&mut url.path), std::mem::take(&mut url.raw_path));
    let copy = Url { path, raw_path, ..url.clone() };
    (url.path, url.raw_path) = own;
    Some(copy)
}

#[cfg(test)]
mod tests {
    use nethttp_core::{fprintf, handler_func};
    use nethttp_httptest::{new_recorder, new_request};

    use super::*;

    /// Prefix, target, and what Go's handler made of them: status, then path, raw path and the whole URL.
    const RECORDED: &[(&[u8], &str, &str)] = &[
        (b"/a", "/a/b", "200 [/b][] /b"),
        (b"/a", "/a", "200 [][] "),
        (b"/a", "/ab", "200 [b][] b"),
        (b"/a", "/b", "404 404 page not found\n"),
        (b"", "/a/b", "200 [/a/b][] /a/b"),
        (b"/a/", "/a/b", "200 [b][] b"),
        (b"/a b", "/a%20b/c", "200 [/c][] /c"),
        (b"/a b", "/a%20b/c%2Fd", "404 404 page not found\n"),
        (b"/a", "/a/b%2Fc", "200 [/b/c][/b%2Fc] /b%2Fc"),
        (b"/a/b", "/a%2Fb/c", "404 404 page not found\n"),
        (b"/a%2Fb", "/a%2Fb/c", "404 404 page not found\n"),
        (b"/a", "/%61/b", "404 404 page not found\n"),
        (b"/a", "/%61/b%2Fc", "404 404 page not found\n"),
        (b"/", "/x", "200 [x][] x"),
        (b"/a", "/a/a/b", "200 [/a/b][] /a/b"),
        (b"/caf\xc3\xa9", "/caf%C3%A9/x", "200 [/x][] /x"),
        (b"/caf\xc3\xa9", "/café/x", "200 [/x][/x] /x"),
        (b"/\xff", "/%FF/x", "200 [/x][] /x"),
        (b"*", "*", "200 [][] "),
        (b"/a", "http://h.test/a/b?q=1", "200 [/b][] http://h.test/b?q=1"),
        (b"/a?x", "/a?x", "404 404 page not found\n"),
        (b"/A", "/a/b", "404 404 page not found\n"),
    ];

    #[test]
    fn urls_are_those_of_go() {
        for &(prefix, target, expected) in RECORDED {
            let handler = handler_func(|w, r| fprintf!(w, "[{}][{}] {}", r.url.path, r.url.raw_path, r.url));
            let (mut w, mut r) = (new_recorder(), new_request("GET", target, ()));
            let before = r.url.clone();
            strip_prefix(prefix, handler).serve_http(&mut w, &mut r);
            assert_eq!(format!("{} {}", w.code.as_u16(), w.body), expected, "{} {target}", prefix.escape_ascii());
            assert_eq!(r.url, before);
        }
    }

    #[test]
    fn what_the_inner_handler_parses_can_be_seen_outside() {
        let inner = handler_func(|_w, r| {
            r.set_path_value("name", "inner");
            assert_eq!(r.form_value("q"), "1");
        });
        let mut r = new_request("GET", "/a/b?q=1", ());
        strip_prefix("/a", inner).serve_http(&mut new_recorder(), &mut r);
        assert_eq!((&**r.path_value("name"), &**r.form.get("q")), ("inner", "1"));
    }

    #[test]
    fn what_the_inner_handler_sets_stays_inside() {
        let inner = handler_func(|_w, r| {
            assert_eq!(r.pattern, "/a/");
            r.pattern = "/inner/".into();
            r.url.raw_query = "changed".into();
        });
        let mut r = new_request("GET", "/a/b?q", ());
        r.pattern = "/a/".into();
        strip_prefix("/a", inner).serve_http(&mut new_recorder(), &mut r);
        assert_eq!((&*r.pattern, &*r.url.to_string()), ("/a/", "/a/b?q"));
    }
}
