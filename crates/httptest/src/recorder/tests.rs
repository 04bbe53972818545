//! What Go's recorder gives for the same calls, and what this one adds.

use std::io::Read;

use nethttp_core::{FramingError, Handler, MaxBytesError, handler_func, status_code};

use super::*;

/// Each line of calls (`write text`, `set Name=value`, …) and, behind it, what Go's recorder then held.
const RECORDED: &str = include_str!("../../fixtures/recorder.txt");

#[test]
fn calls_give_what_they_give_in_go() {
    let mut lines = RECORDED.lines().filter(|line| !line.starts_with('#'));
    let mut count = 0;
    while let (Some(calls), Some(expected)) = (lines.next(), lines.next()) {
        let calls = calls.strip_prefix("calls: [").and_then(|calls| calls.strip_suffix(']')).unwrap();
        assert_eq!(format!("gives: [{}]", run(calls)), expected, "after {calls}");
        count += 1;
    }
    assert_eq!(count, 43);
}

fn run(calls: &str) -> String {
    let mut w = new_recorder();
    let mut results = Vec::new();
    for call in calls.split(';').filter(|call| !call.is_empty()) {
        let (call, argument) = call.split_once(' ').unwrap_or((call, ""));
        let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
        match call {
            "set" => w.header().set(name, value),
            "add" => w.header().add(name, value),
            "nil" => w.header().suppress_raw(name),
            "write" => results.push(w.write(argument.as_bytes())),
            "string" => results.push(w.write_string(argument.as_bytes())),
            "status" => w.write_header(status_code(argument.parse().unwrap())),
            "flush" => w.flush().unwrap(),
            "result" => drop(w.result()),
            other => panic!("{other}"),
        }
    }
    let results: Vec<String> = results
        .into_iter()
        .map(|result| result.map_or_else(|error| format!("0 {error}"), |count| format!("{count} <nil>")))
        .collect();
    let live = fields(w.header());
    let mut result = w.result();
    let mut body = String::new();
    result.body.read_to_string(&mut body).unwrap();
    format!(
        "{} / code {} flushed {} live {} / {} / {} body {} length {} trailer {}",
        results.join(", "),
        w.code.as_u16(),
        w.flushed,
        live,
        result.status,
        fields(&result.header),
        body,
        result.content_length,
        fields(&result.trailer),
    )
}

fn fields(header: &Header) -> String {
    let field = |name: &&str| {
        let values: Vec<&str> = header.values_raw(name).map(|value| &**value).collect();
        format!("{name}={}", values.join("|"))
    };
    header.names().iter().map(field).collect::<Vec<_>>().join(",")
}

#[test]
fn the_result_stays_the_same_and_shares_its_body() {
    let mut w = new_recorder();
    w.write_all(b"ab").unwrap();
    let mut first = w.result();
    w.write_all(b"c").unwrap();
    let mut byte = [0];
    first.body.read_exact(&mut byte).unwrap();
    let (rest, error) = nethttp_core::io::read_all(&mut w.result().body);
    assert_eq!((byte, rest.as_slice(), error.is_none()), (*b"a", &b"b"[..], true));
    assert_eq!(w.body, "abc");
}

#[test]
fn a_handler_that_fails_first_is_answered_as_a_server_would() {
    let too_large = || MaxBytesError { limit: 1 }.into();
    let cases: [(fn() -> io::Error, u16); 4] = [
        (too_large, 413),
        (|| FramingError::new("bad").into(), 400),
        (|| Error::DeadlineExceeded.into(), 408),
        (|| io::Error::other("secret"), 500),
    ];
    for (make, status) in cases {
        let handler = handler_func(move |_w, _r| -> io::Result<()> { Err(make()) });
        let mut w = new_recorder();
        handler.serve_http(&mut w, &mut crate::new_request("GET", "/", ()));
        assert_eq!(w.code, status);
        // pitfall D10: the error's text is for whoever reads logs, not for the client.
        assert!(!w.body.string().contains("secret"));
        assert_eq!(w.error().unwrap().to_string(), make().to_string());
    }
}

#[test]
fn a_handler_that_fails_late_leaves_what_it_wrote() {
    let handler = handler_func(|w, _r| -> io::Result<()> {
        w.write_all(b"half")?;
        Err(Error::UnexpectedEof.into())
    });
    let mut w = new_recorder();
    handler.serve_http(&mut w, &mut crate::new_request("GET", "/", ()));
    assert_eq!((w.code.as_u16(), w.body.bytes()), (200, &b"half"[..]));
    assert!(Error::UnexpectedEof.is(w.error().unwrap()));
}

#[test]
fn powers_are_those_of_go() {
    // Go's recorder is a Flusher and an io.StringWriter, and nothing else.
    let mut w = new_recorder();
    assert!(w.can_flush() && !w.can_hijack() && w.unwrap().is_none());
    assert!(Error::NotSupported.is(&w.set_read_deadline(None).unwrap_err()));
    assert!(Error::NotSupported.is(&w.enable_full_duplex().unwrap_err()));
    let (count, error) = w.read_from(&mut &b"copied"[..]);
    assert_eq!((count, error.is_none(), w.body.bytes()), (6, true, &b"copied"[..]));
}
