//! `RequestError`: why a request could not be read, in the words of Go's `http.ReadRequest`.
//!
//! Which rule was broken is found elsewhere, by the machine that servers read with; here is said on what.

use std::fmt;
use std::io::{self, ErrorKind};

use nethttp_core::Error;
use nethttp_core::url::Url;
use nethttp_grammar::canonical::canonical_header_key;
use nethttp_grammar::quote::quote;
use nethttp_grammar::token;
use nethttp_h1::trailer::is_framing_field;
use nethttp_h1::{BodyError, HeadError};

/// A request whose head is bad. Prints Go's text, which quotes what is at fault; made by
/// [`read_request`](crate::read_request) and [`RequestReader`](crate::RequestReader).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    fault: HeadError,
    text: String,
}

impl RequestError {
    /// The error inside an `io::Error`, if it is one.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// The status with which a server answers such a request: 400, 431, 501 or 505.
    ///
    /// ```
    /// use nethttp_httputil::{RequestError, read_request};
    ///
    /// let error = read_request(&mut &b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"[..]).unwrap_err();
    /// assert_eq!(error.to_string(), "too many Host headers");
    /// assert_eq!(RequestError::of(&error).unwrap().status(), 400);
    /// ```
    #[must_use]
    pub fn status(&self) -> u16 {
        self.fault.response().map_or(400, |response| response.status)
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for RequestError {}

impl From<RequestError> for io::Error {
    fn from(error: RequestError) -> Self {
        Self::new(ErrorKind::InvalidData, error)
    }
}

/// What to report for `fault`, which was found in `head`.
pub(crate) fn head_fault(fault: HeadError, head: &[u8]) -> io::Error {
    if matches!(fault, HeadError::Incomplete | HeadError::Closed) {
        return Error::UnexpectedEof.into();
    }
    RequestError { fault, text: describe(fault, &Head(head)) }.into()
}

/// What a read of a body reports.
pub(crate) fn body_fault(error: BodyError) -> io::Error {
    match error {
        BodyError::UnexpectedEof => Error::UnexpectedEof.into(),
        BodyError::LineTooLong => Error::LineTooLong.into(),
        BodyError::TrailerEof => io::Error::new(ErrorKind::UnexpectedEof, error),
        _ => io::Error::new(ErrorKind::InvalidData, error),
    }
}

/// Parses a request target into `url`, whose error is then the text.
pub(crate) fn parse_target(url: &mut Url, method: &[u8], target: &[u8]) -> Result<(), String> {
    let is_authority = method == b"CONNECT" && !target.starts_with(b"/");
    let parsed = if is_authority { url.assign_authority(target) } else { url.assign_request_uri(target) };
    parsed.map_err(|error| error.to_string())
}

fn describe(fault: HeadError, head: &Head<'_>) -> String {
    let line = head.request_line();
    let mut words = line.splitn(3, |&byte| byte == b' ');
    let [method, target, version] = [(); 3].map(|()| words.next().unwrap_or_default());
    match fault {
        HeadError::MalformedRequestLine => return format!("malformed HTTP request {}", quote(line)),
        HeadError::InvalidMethod => return format!("invalid method {}", quote(method)),
        HeadError::MalformedVersion => return format!("malformed HTTP version {}", quote(version)),
        _ => {}
    }
    // Go looks at the target before it reads on.
    if let Err(text) = parse_target(&mut Url::default(), method, target) {
        return text;
    }
    match fault {
        HeadError::MalformedField => head.bad_field(),
        HeadError::RepeatedHost => "too many Host headers".to_owned(),
        HeadError::TooLarge | HeadError::TooManyFields => "http: request too large".to_owned(),
        HeadError::InvalidContentLength => match *head.values("content-length") {
            [first, ref others @ ..] if others.iter().any(|&other| other != first) => format!(
                "http: message cannot contain multiple Content-Length headers; got {}",
                quote_list(&head.values("content-length"))
            ),
            [b"", ..] | [] => r#"invalid empty Content-Length """#.to_owned(),
            [first, ..] => format!("bad Content-Length {}", quote(first)),
        },
        HeadError::UnsupportedTransferEncoding | HeadError::AmbiguousTransferEncoding => {
            match *head.values("transfer-encoding") {
                [coding] => format!("unsupported transfer encoding: {}", quote(coding)),
                ref codings => format!("too many transfer encodings: {}", quote_list(codings)),
            }
        }
        HeadError::ForbiddenTrailer => {
            let trailers = head.values("trailer");
            let name = trailers.iter().flat_map(|names| token::elements(names)).find(|name| is_framing_field(name));
            format!("bad trailer key {}", quote(&canonical(name.unwrap_or_default())))
        }
        _ => fault.to_string(),
    }
}

/// The text of a request's head, which need not be complete.
struct Head<'b>(&'b [u8]);

impl<'b> Head<'b> {
    fn lines(&self) -> impl Iterator<Item = &'b [u8]> + use<'b> {
        self.0.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
    }

    fn request_line(&self) -> &'b [u8] {
        self.lines().next().unwrap_or_default()
    }

    fn field_lines(&self) -> impl Iterator<Item = &'b [u8]> + use<'b> {
        self.lines().skip(1).take_while(|line| !line.is_empty())
    }

    /// The values of a field, in the order they came.
    fn values(&self, name: &str) -> Box<[&'b [u8]]> {
        self.field_lines()
            .filter_map(|line| Some(line.split_at(line.iter().position(|&byte| byte == b':')?)))
            .filter(|(field, _)| field.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| token::trim_ows(&value[1..]))
            .collect()
    }

    /// What Go says of the first field line that it cannot read.
    fn bad_field(&self) -> String {
        if let Some(line @ [b' ' | b'\t', ..]) = self.field_lines().next() {
            return format!("malformed MIME header initial line: {}", quote(line));
        }
        for line in self.field_lines() {
            let Some(colon) = line.iter().position(|&byte| byte == b':') else {
                return format!("malformed MIME header: missing colon: {}", quote(line));
            };
            let (name, value) = (&line[..colon], &line[colon + 1..]);
            let trimmed = token::trim_ows(line);
            if name.is_empty() || !name.iter().all(|&byte| token::is_tchar(byte) || byte == b' ') {
                return format!("malformed MIME header line: {}", quote(trimmed));
            }
            if !token::is_field_value(value) {
                // By then the name has got its canonical spelling.
                let line = [&canonical(name)[..], &trimmed[colon..]].concat();
                return format!("malformed MIME header line: {}", quote(&line));
            }
        }
        HeadError::MalformedField.to_string()
    }
}

fn canonical(name: &[u8]) -> Vec<u8> {
    canonical_header_key(&String::from_utf8_lossy(name)).into_owned().into_bytes()
}

fn quote_list(values: &[&[u8]]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| quote(value)).collect();
    format!("[{}]", quoted.join(" "))
}
