//! The shortest program: one route on port 8080.

use http::{Request, ResponseWriter};
use nethttp as http;

fn hello(w: &mut dyn ResponseWriter, r: &mut Request) {
    http::fprintf!(w, "hello, {}\n", r.path_value("name"));
}

fn main() -> std::io::Result<()> {
    let mux = http::ServeMux::new();
    mux.handle_func("GET /hello/{name}", hello);
    http::listen_and_serve(":8080", mux)
}
