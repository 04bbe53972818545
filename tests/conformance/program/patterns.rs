//! Patterns.

use http::{Request, ResponseWriter, fprintf};
use nethttp as http;

/// Those that `matched` is behind.
pub(super) const PATTERNS: &[&str] = &[
    "GET /books/{isbn}",
    "PUT /books/{isbn}",
    "POST /books",
    "/shelf/{rest...}",
    "/only/{$}",
    "/wing/",
    "/wing/east/",
    "HEAD /peek",
    "GET /gets/",
    "/row/{a}/end",
    "/row/{a}/{b}",
    "/row/first/end",
    "/deep/{a}/{b}/{rest...}",
    "/na%C3%AFve/{x}",
    "/per%2Fcent/{x}",
    "/desk/{x}",
    "lib.test/desk/{x}",
    "GET lib.test/desk/front",
    "lib.test/hall/",
    "other.test/",
    "CONNECT /pipe",
    "CONNECT /bore/{x}/end",
    "OPTIONS /choice",
    "PURGE /cache/{key}",
    "/hall//door",
    "/dots/{name}",
];

/// Shows which pattern has matched, and with what.
pub(super) fn matched(w: &mut dyn ResponseWriter, r: &mut Request) {
    w.header().set("X-Pattern", &r.pattern);
    fprintf!(w, "{} [{}]\n", r.method, r.url.path);
    for name in ["isbn", "rest", "a", "b", "x", "key", "name", "any"] {
        let value = r.path_value(name);
        if !value.is_empty() {
            fprintf!(w, "{name} [{value}]\n");
        }
    }
}
