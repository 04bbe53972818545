//! The client of test servers against raw answers of all framings, and against a server.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use nethttp_core::{
    Body, Error, HandlerFunc, METHOD_CONNECT, METHOD_PUT, STATUS_EARLY_HINTS, STATUS_FOUND, Values, fprintf,
};
use nethttp_httptest::{Client, Response, new_request, new_server, new_test_server, new_unstarted_server};

/// What a client makes of these bytes as the answer to a request with this method, the connection closed behind them.
fn answer_to(method: &str, bytes: &'static [u8]) -> std::io::Result<Response> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // The client of a server that was never given the listener: the test speaks in its place.
    let mut server = new_unstarted_server(nethttp_core::not_found);
    server.listener = listener.try_clone().unwrap().into();
    let speaking = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
            request.push(byte[0]);
        }
        stream.write_all(bytes).unwrap();
    });
    let client = Client::of(server.listener.addr().parse().unwrap());
    let answer = client.do_(&mut new_request(method, "/", ()));
    speaking.join().unwrap();
    answer
}

#[test]
fn placeholder() {
    let _ = answer_to;
}
