//! axum, with tower-http for files and compression: a thread a worker, each with an executor and a listener of its own.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, get, on, post};
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use futures_util::stream;
use peers::{BYTES, HELLO, Options, PIECE, PIECES, Route, TEXT};
use tokio::net::TcpSocket;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;

fn typed(kind: &'static str) -> [(HeaderName, &'static str); 1] {
    [(CONTENT_TYPE, kind)]
}

async fn hello() -> impl IntoResponse {
    (typed(TEXT), HELLO)
}

async fn echo(body: Bytes) -> impl IntoResponse {
    (typed(BYTES), body)
}

async fn stream() -> impl IntoResponse {
    let pieces = (0..PIECES).map(|_| Ok::<_, Infallible>(Bytes::from_static(PIECE)));
    (typed("text/plain"), Body::from_stream(stream::iter(pieces)))
}

async fn sleep() -> impl IntoResponse {
    tokio::time::sleep(Duration::from_millis(10)).await;
    hello().await
}

async fn sleep_blocking() -> impl IntoResponse {
    std::thread::sleep(Duration::from_millis(10));
    hello().await
}

async fn last_of(Path(mut values): Path<HashMap<String, String>>, name: String) -> Response {
    (typed(TEXT), values.remove(&name).unwrap_or_default()).into_response()
}

fn add(router: Router, route: &Route) -> Router {
    let method = Method::from_bytes(route.method.as_bytes()).expect("a method");
    let method = MethodFilter::try_from(method).expect("a method that axum routes");
    let handler = match route.last() {
        Some(name) => on(method, move |values| last_of(values, name.clone())),
        None => on(method, hello),
    };
    router.route(&route.pattern, handler)
}

fn router(options: &Options) -> Router {
    let page = options.page();
    let compressed = Router::new()
        .route("/gzip", get(move || async move { (typed("text/html; charset=utf-8"), page) }))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(6)));
    let router = Router::new()
        .route("/hello", get(hello))
        .route("/echo", post(echo))
        .route("/stream", get(stream))
        .route("/sleep10", get(sleep))
        .route("/sleep10b", get(sleep_blocking))
        .nest_service("/static", ServeDir::new(&options.data))
        .merge(compressed);
    options.routes.iter().fold(router, add)
}

fn main() -> std::io::Result<()> {
    let options = Options::of_process();
    let workers: Vec<_> = (0..options.workers)
        .map(|_| {
            let (address, router) = (options.address(), router(&options));
            std::thread::spawn(move || {
                let executor = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                executor.block_on(async {
                    let socket = TcpSocket::new_v4()?;
                    socket.set_reuseaddr(true)?;
                    socket.set_reuseport(true)?;
                    socket.bind(address)?;
                    let listener = socket.listen(4096)?.tap_io(|socket| {
                        // Without it small answers are slower; that is all that can go wrong.
                        let _ = socket.set_nodelay(true);
                    });
                    axum::serve(listener, router).await
                })
            })
        })
        .collect();
    workers.into_iter().try_for_each(|worker| worker.join().expect("a worker does not panic"))
}
