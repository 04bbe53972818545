//! What the peers share: their arguments, and the routes that some of them are given.

use std::path::PathBuf;

/// `PORT WORKERS DATA [ROUTES]`.
pub struct Options {
    pub port: u16,
    pub workers: usize,
    pub data: PathBuf,
    pub routes: Vec<Route>,
}

/// A route; it answers the value of its last wildcard.
pub struct Route {
    pub method: String,
    pub pattern: String,
}

impl Route {
    /// The name of the last wildcard.
    pub fn last(&self) -> Option<String> {
        let (_, rest) = self.pattern.rsplit_once('{')?;
        Some(rest.split('}').next()?.to_owned())
    }
}

impl Options {
    /// The arguments of the process; it ends here when they are wrong.
    pub fn of_process() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [port, workers, data, routes @ ..] = arguments.as_slice() else { panic!("PORT WORKERS DATA [ROUTES]") };
        let routes = routes.first().map(|file| routes_of(&std::fs::read(file).expect("the routes are readable")));
        Self {
            port: port.parse().expect("a port"),
            workers: workers.parse().expect("a number of workers"),
            data: data.into(),
            routes: routes.unwrap_or_default(),
        }
    }

    /// The page that is compressed at each request.
    pub fn page(&self) -> bytes::Bytes {
        std::fs::read(self.data.join("page.html")).expect("the page is readable").into()
    }

    pub fn address(&self) -> std::net::SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }
}

fn routes_of(json: &[u8]) -> Vec<Route> {
    let list: serde_json::Value = serde_json::from_slice(json).expect("the routes are JSON");
    let field = |route: &serde_json::Value, name: &str| route[name].as_str().expect("a string").to_owned();
    let list = list.as_array().expect("a list of routes").iter();
    list.map(|route| Route { method: field(route, "method"), pattern: field(route, "pattern") }).collect()
}

pub const HELLO: &[u8] = b"Hello, World!";
pub const TEXT: &str = "text/plain; charset=utf-8";
pub const BYTES: &str = "application/octet-stream";

/// The pieces that `/stream` writes, and how many of them.
pub const PIECE: &[u8] = &[b'x'; 4096];
pub const PIECES: usize = 256;
