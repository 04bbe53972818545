//! `allow_query_semicolons`: takes `;` as a separator in queries. Go's `http.AllowQuerySemicolons`.

use nethttp_core::{Handler, HandlerFunc, Request, ResponseWriter, Text};

use crate::inner_request::InnerRequest;

/// Calls `handler` with each `;` in the URL's query replaced by `&`. Go's `http.AllowQuerySemicolons`.
///
/// Without it a pair with an unescaped semicolon is an error of the query and is left out. Caches and proxies that read
/// the query in the one way and handlers that read it in the other can be played off against each other, so this
/// belongs behind front ends that are known to do as this handler does.
///
/// ```
/// use nethttp_core::{Handler, fprintf, handler_func};
/// use nethttp_handlers::allow_query_semicolons;
/// use nethttp_httptest::{new_recorder, new_request};
///
/// let handler = allow_query_semicolons(handler_func(|w, r| fprintf!(w, "{}", r.url.query().get("b"))));
///
/// let mut w = new_recorder();
/// handler.serve_http(&mut w, &mut new_request("GET", "/?a=1;b=2", ()));
/// assert_eq!(w.body, "2");
/// ```
pub fn allow_query_semicolons(handler: impl Handler + 'static) -> impl Handler {
    HandlerFunc(move |w: &mut dyn ResponseWriter, r: &mut Request| {
        let query = r.url.raw_query.as_bytes();
        if !query.contains(&b';') {
            return handler.serve_http(w, r);
        }
        let query: Vec<u8> = query.iter().map(|&byte| if byte == b';' { b'&' } else { byte }).collect();
        let mut url = r.url.clone();
        url.raw_query = Text::from(query);
        handler.serve_http(w, InnerRequest::with_url(r, url).request());
    })
}

#[cfg(test)]
mod tests {
    use nethttp_core::{fprintf, handler_func};
    use nethttp_httptest::{new_recorder, new_request};

    use super::*;

    #[test]
    fn semicolons_separate_inside_and_stay_outside() {
        for (target, expected) in
            [("/x", "/x"), ("/x?a=1&b", "/x?a=1&b"), ("/x?a=1;b=2&c=%3B", "/x?a=1&b=2&c=%3B"), ("/;?;", "/;?&")]
        {
            let (mut w, mut r) = (new_recorder(), new_request("GET", target, ()));
            let handler = allow_query_semicolons(handler_func(|w, r| fprintf!(w, "{}", r.url)));
            handler.serve_http(&mut w, &mut r);
            assert_eq!(w.body, expected);
            assert_eq!(r.url.to_string(), target);
        }
    }
}
