//! hyper: a thread a worker, each with an executor and a listener of its own.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt, Either, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use peers::{BYTES, HELLO, Options, PIECE, PIECES, TEXT};
use tokio::net::{TcpListener, TcpSocket};

type Pieces = stream::Iter<std::iter::Map<std::ops::Range<usize>, fn(usize) -> Result<Frame<Bytes>, Infallible>>>;
type Answer = Response<Either<Full<Bytes>, StreamBody<Pieces>>>;

fn answer(body: impl Into<Bytes>, kind: &'static str) -> Answer {
    let mut answer = Response::new(Either::Left(Full::new(body.into())));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

fn piece(_: usize) -> Result<Frame<Bytes>, Infallible> {
    Ok(Frame::data(Bytes::from_static(PIECE)))
}

fn hello() -> Answer {
    answer(Bytes::from_static(HELLO), TEXT)
}

async fn serve(request: Request<Incoming>) -> Result<Answer, hyper::Error> {
    Ok(match (request.method(), request.uri().path()) {
        (&Method::GET, "/hello") => hello(),
        (&Method::POST, "/echo") => answer(request.into_body().collect().await?.to_bytes(), BYTES),
        (&Method::GET, "/stream") => {
            let pieces: Pieces = stream::iter((0..PIECES).map(piece as fn(usize) -> _));
            let mut answer = Response::new(Either::Right(StreamBody::new(pieces)));
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            answer
        }
        (&Method::GET, "/sleep10") => {
            tokio::time::sleep(Duration::from_millis(10)).await;
            hello()
        }
        (&Method::GET, "/sleep10b") => {
            std::thread::sleep(Duration::from_millis(10));
            hello()
        }
        _ => {
            let mut answer = answer(Bytes::new(), TEXT);
            *answer.status_mut() = StatusCode::NOT_FOUND;
            answer
        }
    })
}

async fn accept(listener: TcpListener) -> std::io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        tokio::spawn(async move {
            let mut http = http1::Builder::new();
            http.pipeline_flush(true).timer(TokioTimer::new());
            // A client that goes away is no news.
            let _ = http.serve_connection(TokioIo::new(socket), service_fn(serve)).await;
        });
    }
}

fn main() -> std::io::Result<()> {
    let options = Options::of_process();
    let workers: Vec<_> = (0..options.workers)
        .map(|_| {
            let address = options.address();
            std::thread::spawn(move || {
                let executor = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                executor.block_on(async {
                    let socket = TcpSocket::new_v4()?;
                    socket.set_reuseaddr(true)?;
                    socket.set_reuseport(true)?;
                    socket.bind(address)?;
                    accept(socket.listen(4096)?).await
                })
            })
        })
        .collect();
    workers.into_iter().try_for_each(|worker| worker.join().expect("a worker does not panic"))
}
