//! may_minihttp: coroutines with stacks. It knows neither chunked answers nor `Connection: close`, and no files.

use std::io::{self, Read as _};
use std::time::Duration;

use may_minihttp::{HttpServer, HttpService, Request, Response};
use peers::Options;

#[derive(Clone)]
struct Service;

fn hello(answer: &mut Response) {
    answer.header("Content-Type: text/plain; charset=utf-8");
    answer.body("Hello, World!");
}

impl HttpService for Service {
    fn call(&mut self, request: Request, answer: &mut Response) -> io::Result<()> {
        match request.path() {
            "/hello" => hello(answer),
            "/echo" => {
                let mut body = Vec::with_capacity(16 << 10);
                request.body().read_to_end(&mut body)?;
                answer.header("Content-Type: application/octet-stream");
                answer.body_vec(body);
            }
            "/sleep10" => {
                may::coroutine::sleep(Duration::from_millis(10));
                hello(answer);
            }
            _ => {
                answer.status_code(404, "Not Found");
            }
        }
        Ok(())
    }
}

fn main() -> io::Result<()> {
    let options = Options::of_process();
    may::config().set_workers(options.workers);
    let server = HttpServer(Service).start(options.address())?;
    server.join().expect("the server does not panic");
    Ok(())
}
