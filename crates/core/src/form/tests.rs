//! Forms against what Go answers, and their limits.

use std::io::Read;

use super::*;
use crate::fixture::{self, meant, shown};
use crate::{Header, MaxBytesError, ResponseWriter, StatusCode, max_bytes_reader};

const MULTIPART: &str = "multipart/form-data; boundary=X";

const PARTS: &str = "--X\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n\
    --X\r\nContent-Disposition: form-data; name=f; filename=g.txt\r\n\r\ndata\r\n--X--\r\n";

fn request(method: &str, query: &[u8], kind: &[u8], body: Vec<u8>) -> Request {
    let mut request = Request::new();
    request.method = Method::from_bytes(method.as_bytes()).unwrap();
    request.url.raw_query.assign(query);
    if !kind.is_empty() {
        request.header.set("Content-Type", kind);
    }
    request.body = Body::from(body);
    request
}

fn post(kind: &str, body: impl Into<Vec<u8>>) -> Request {
    request("POST", b"", kind.as_bytes(), body.into())
}

#[test]
fn as_go_answers() {
    let mut count = 0;
    for (call, expected) in fixture::lines(include_str!("fixtures/go.txt")) {
        let [kind, method, query, content_type, body] = call.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{call}")
        };
        let mut request = request(method, &meant(query), &meant(content_type), meant(body));
        let mut found = String::new();
        let result = match kind {
            "form" => request.parse_form(),
            "multipart" => request.parse_multipart_form(1),
            _ => {
                let (any, posted) = (request.form_value("a"), request.post_form_value("a"));
                found = format!("[{}|{}]\t", shown(any), shown(posted));
                request.form_file("f").map(|_| ())
            }
        };
        found += &result.map_or_else(|error| shown(error.to_string()), |()| "-".to_owned());
        found += &format!("\t{}\t{}", request.form.encode(), request.post_form.encode());
        assert_eq!(found.trim_end_matches('\t'), expected, "{call}");
        count += 1;
    }
    assert!(count > 100, "{count}");
}

#[test]
fn a_form_is_parsed_once() {
    let mut request = post("application/x-www-form-urlencoded", "a=%zz&b=1");
    assert!(request.parse_form().is_err());
    assert!(request.parse_form().is_ok());
    request.url.raw_query.assign("c=2");
    assert!(request.parse_form().is_ok());
    assert_eq!(request.form.encode(), "b=1");

    let mut by_hand = post("application/x-www-form-urlencoded", "a=1");
    by_hand.form.set("a", "2");
    assert_eq!(by_hand.form_value("a"), "2");
    assert_eq!(by_hand.post_form_value("a"), "");
    by_hand.parse_form().unwrap();
    assert_eq!(by_hand.post_form_value("a"), "1");
}

#[test]
fn values_may_be_any_bytes() {
    let mut request = request("GET", b"a=%FF&b=\xfe", b"", Vec::new());
    assert_eq!(request.form_value("a").as_bytes(), b"\xff");
    assert_eq!(request.form_value("b").as_bytes(), b"\xfe");
}

#[test]
fn a_body_of_parameters_is_bounded() {
    let kind = "application/x-www-form-urlencoded";
    let value = |length: usize| [&b"a="[..], &vec![b'v'; length]].concat();
    let most = usize::try_from(MAX_BODY).unwrap();
    let mut whole = post(kind, value(most - 2));
    whole.parse_form().unwrap();
    assert_eq!(whole.form.get("a").len(), most - 2);
    let mut longer = post(kind, value(most - 1));
    assert_eq!(longer.parse_form().unwrap_err().to_string(), "http: POST too large");
    assert!(longer.form.is_empty());

    // Who sets a limit of his own, sets it: be it higher or lower.
    let mut limited = post(kind, value(most - 1));
    limited.body = max_bytes_reader(&mut Sink(Header::new()), Body::take(&mut limited.body), 1 << 30);
    limited.parse_form().unwrap();
    assert_eq!(limited.form.get("a").len(), most - 1);
    let mut short = post(kind, "a=12345");
    short.body = max_bytes_reader(&mut Sink(Header::new()), Body::take(&mut short.body), 5);
    let error = short.parse_form().unwrap_err();
    assert_eq!(MaxBytesError::of(&error), Some(MaxBytesError { limit: 5 }));
}

#[test]
fn a_multipart_form_passes_on_that_a_limit_was_met() {
    let mut request = post(MULTIPART, PARTS);
    request.body = max_bytes_reader(
        &mut Sink(Header::new()),
        Body::take(&mut request.body),
        PARTS.find("data").unwrap() as i64 + 2,
    );
    let error = request.parse_multipart_form(1000).unwrap_err();
    assert!(MaxBytesError::of(&error).is_some(), "{error}");
    assert!(request.multipart_form.is_none());
}

#[test]
fn parameters_are_counted() {
    let mut request = post("application/x-www-form-urlencoded", "a&".repeat(10_000));
    let error = request.parse_form().unwrap_err();
    assert_eq!(error.to_string(), "number of URL query parameters exceeded limit");
    assert!(request.form.is_empty());
}

#[test]
fn a_file_and_what_was_said_of_it() {
    let mut request = post(MULTIPART, PARTS);
    let (mut file, header) = request.form_file("f").unwrap();
    let mut data = String::new();
    file.read_to_string(&mut data).unwrap();
    assert_eq!((&*data, &*header.filename, header.size), ("data", "g.txt", 4));
    assert_eq!(request.form_value("a"), "1");
    assert_eq!(request.multipart_form.as_ref().unwrap().value.get("a"), "1");
    assert!(Error::MissingFile.is(&request.form_file("a").unwrap_err()));
    // A copy has the files too, and keeps them.
    let mut copy = request.clone();
    drop(request);
    assert_eq!(copy.form_file("f").unwrap().0.size(), 4);
}

#[test]
fn a_reader_is_had_once_and_alone() {
    let mut request = post(MULTIPART, PARTS);
    let mut reader = request.multipart_reader().unwrap();
    assert_eq!(reader.next_part().unwrap().unwrap().form_name(), "a");
    let text = |result: io::Result<()>| result.unwrap_err().to_string();
    assert_eq!(text(request.multipart_reader().map(|_| ())), "http: MultipartReader called twice");
    assert_eq!(text(request.parse_multipart_form(1)), "http: multipart handled by MultipartReader");
    assert_eq!(text(request.form_file("f").map(|_| ())), "http: multipart handled by MultipartReader");
    assert_eq!(request.form_value("a"), "");

    let mut parsed = post(MULTIPART, PARTS);
    parsed.parse_multipart_form(1).unwrap();
    assert_eq!(text(parsed.multipart_reader().map(|_| ())), "http: multipart handled by ParseMultipartForm");
    parsed.parse_multipart_form(1).unwrap();
    assert_eq!(parsed.form.values("a").len(), 1);

    let mut mixed = post("multipart/mixed; boundary=X", PARTS);
    assert!(mixed.multipart_reader().unwrap().next_part().unwrap().is_some());
    assert!(Error::NotMultipart.is(&post("text/plain", "").multipart_reader().unwrap_err()));
    assert!(Error::MissingBoundary.is(&post("multipart/mixed", "").multipart_reader().unwrap_err()));
}

#[test]
fn bad_parameters_of_the_type_have_a_name() {
    let error = post("a/b; c", "").parse_form().unwrap_err();
    assert!(Error::InvalidMediaParameter.is(&error), "{error}");
}

/// A response that goes nowhere.
struct Sink(Header);

impl io::Write for Sink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ResponseWriter for Sink {
    fn header(&mut self) -> &mut Header {
        &mut self.0
    }

    fn write_header(&mut self, _: StatusCode) {}
}
