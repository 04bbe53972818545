//! actix-web, with actix-files. Its compression knows no levels: it takes the fastest, so its answers are larger.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::ContentType;
use actix_web::middleware::Compress;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures_util::stream;
use peers::{HELLO, Options, PIECE, PIECES};

async fn hello() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::plaintext()).body(HELLO)
}

async fn echo(body: Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::octet_stream()).body(body)
}

async fn pieces() -> HttpResponse {
    let pieces = (0..PIECES).map(|_| Ok::<_, Infallible>(Bytes::from_static(PIECE)));
    HttpResponse::Ok().content_type("text/plain").streaming(stream::iter(pieces))
}

async fn sleep() -> HttpResponse {
    actix_web::rt::time::sleep(Duration::from_millis(10)).await;
    hello().await
}

async fn sleep_blocking() -> HttpResponse {
    std::thread::sleep(Duration::from_millis(10));
    hello().await
}

fn main() -> std::io::Result<()> {
    let options = Options::of_process();
    let (address, workers, data, page) = (options.address(), options.workers, options.data.clone(), options.page());
    let routes: Vec<_> =
        options.routes.iter().map(|route| (route.method.clone(), route.pattern.clone(), route.last())).collect();
    let server = move || {
        let page = page.clone();
        let compressed = web::get().to(move || {
            let page = page.clone();
            async move { HttpResponse::Ok().content_type(ContentType::html()).body(page) }
        });
        let mut app = App::new()
            .route("/hello", web::get().to(hello))
            .route("/echo", web::post().to(echo))
            .route("/stream", web::get().to(pieces))
            .route("/sleep10", web::get().to(sleep))
            .route("/sleep10b", web::get().to(sleep_blocking))
            .service(web::resource("/gzip").wrap(Compress::default()).route(compressed))
            .service(actix_files::Files::new("/static", &data));
        for (method, pattern, last) in routes.clone() {
            let route = web::method(Method::from_bytes(method.as_bytes()).expect("a method"));
            app = match last {
                Some(name) => app.route(
                    &pattern,
                    route.to(move |request: HttpRequest| {
                        let value = request.match_info().get(&name).unwrap_or_default().to_owned();
                        async move { HttpResponse::Ok().content_type(ContentType::plaintext()).body(value) }
                    }),
                ),
                None => app.route(&pattern, route.to(hello)),
            };
        }
        app
    };
    let server = HttpServer::new(server).workers(workers).backlog(4096).bind(address)?.run();
    actix_web::rt::System::new().block_on(server)
}
