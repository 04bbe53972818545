//! The head of an answer, and how its body is framed. Go's `http.ReadResponse`.

use std::io;

use nethttp_core::{Header, Method, Request, StatusCode, Text};
use nethttp_grammar::token;

use super::link::Link;
use crate::Response;

/// An answer whose body is still to come.
pub(super) struct Head {
    pub(super) response: Response,
    pub(super) framing: Framing,
    /// Whether another request may follow on the connection.
    pub(super) is_kept: bool,
}

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
    UntilClose,
}

/// Reads the head of the final answer to `request`.
pub(super) fn receive(link: &mut Link, request: &Request) -> io::Result<Head> {
    loop {
        let (status_line, header) = read_head(link)?;
        let response = begin(&status_line, header)?;
        let status = response.status_code;
        if !status.is_informational() || status == StatusCode::SWITCHING_PROTOCOLS {
            return frame(response, request);
        }
    }
}

fn read_head(link: &mut Link) -> io::Result<(Vec<u8>, Header)> {
    let mut budget = Link::budget();
    let status_line = link.line(&mut budget)?;
    Ok((status_line, fields(link, &mut budget)?))
}

/// The fields up to an empty line: of a head, or of a trailer.
pub(super) fn fields(link: &mut Link, budget: &mut usize) -> io::Result<Header> {
    let mut header = Header::new();
    loop {
        let line = link.line(budget)?;
        if line.is_empty() {
            return Ok(header);
        }
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { return Err(malformed("field", &line)) };
        let name = std::str::from_utf8(&line[..colon]).map_err(|_| malformed("field", &line))?;
        header.add(name, token::trim_space(&line[colon + 1..]));
    }
}

fn begin(status_line: &[u8], header: Header) -> io::Result<Response> {
    let bad = || malformed("status line", status_line);
    let line = std::str::from_utf8(status_line).map_err(|_| bad())?;
    let (proto, status) = line.split_once(' ').ok_or_else(bad)?;
    let proto_minor = match proto {
        "HTTP/1.1" => 1,
        "HTTP/1.0" => 0,
        _ => return Err(bad()),
    };
    let code = status.get(..3).filter(|_| matches!(status.as_bytes().get(3), None | Some(b' '))).ok_or_else(bad)?;
    let status_code = StatusCode::from_bytes(code.as_bytes()).map_err(|_| bad())?;
    Ok(Response {
        status: status.to_owned(),
        status_code,
        proto: Text::from(proto.to_owned()),
        proto_minor,
        header,
        ..Response::default()
    })
}

fn frame(mut response: Response, request: &Request) -> io::Result<Head> {
    let status = response.status_code;
    response.close = wants_close(&response);
    for name in take_field(&mut response.header, "Trailer") {
        response.trailer.suppress(&name);
    }
    let is_chunked = take_field(&mut response.header, "Transfer-Encoding").iter().any(|coding| coding == "chunked");
    let length = content_length(&response.header)?;
    let has_body = request.method != Method::HEAD
        && !(request.method == Method::CONNECT && status.is_success())
        && !status.is_informational()
        && status != StatusCode::NO_CONTENT
        && status != StatusCode::NOT_MODIFIED;
    let framing = match length {
        _ if !has_body => Framing::Length(0),
        _ if is_chunked => Framing::Chunked,
        Some(length) => Framing::Length(length),
        None => Framing::UntilClose,
    };
    if is_chunked {
        response.transfer_encoding.push(Text::from_static("chunked"));
    }
    response.content_length = match (framing, length) {
        (Framing::Length(0), None) if request.method != Method::HEAD => 0,
        (Framing::Length(_), Some(length)) => i64::try_from(length).unwrap_or(i64::MAX),
        _ => -1,
    };
    let belongs_to_connection = status.is_informational() || request.method == Method::CONNECT;
    let is_kept = !(response.close || request.close || framing == Framing::UntilClose || belongs_to_connection);
    Ok(Head { response, framing, is_kept })
}

/// Whether the server says that it closes the connection.
fn wants_close(response: &Response) -> bool {
    let says = |word: &str| {
        let values = response.header.values("Connection");
        values
            .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
            .any(|option| token::trim_space(option).eq_ignore_ascii_case(word.as_bytes()))
    };
    says("close") || response.proto_minor == 0 && !says("keep-alive")
}

/// Takes a list out of the header: those that frame the message are told apart from it, as Go's client does.
fn take_field(header: &mut Header, name: &str) -> Vec<String> {
    let items = |value: &Text| {
        let list = String::from_utf8_lossy(value.as_bytes()).into_owned();
        list.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect::<Vec<_>>()
    };
    let found = header.values(name).flat_map(items).collect();
    header.del(name);
    found
}

fn content_length(header: &Header) -> io::Result<Option<u64>> {
    let value = header.get("Content-Length").as_bytes();
    if value.is_empty() {
        return Ok(None);
    }
    let number = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    number.and_then(|text| text.parse().ok()).map(Some).ok_or_else(|| malformed("Content-Length", value))
}

pub(super) fn malformed(what: &str, text: &[u8]) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed {what} in an answer: \"{}\"", text.escape_ascii()))
}
