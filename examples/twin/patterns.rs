//! Patterns.

use http::{Request, ResponseWriter, fprintf};
use nethttp as http;

pub(crate) fn show_pattern(w: &mut dyn ResponseWriter, r: &mut Request) {
    w.header().set("X-Pattern", &r.pattern);
    fprintf!(w, "{} {}\n", r.method, r.url.path);
    for name in ["id", "path", "x", "y", "a", "b", "rest"] {
        let v = r.path_value(name);
        if v != "" {
            fprintf!(w, "{name}=[{v}]\n");
        }
    }
}
