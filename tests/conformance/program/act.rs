//! A handler that does what the request's path says.

use std::io::Read;
use std::thread::sleep;
use std::time::{Duration, Instant};

use http::io::{self, nil_or, nil_or_err};
use http::{Request, ResponseController, ResponseWriter, Text, fprintf, url};
use nethttp as http;

use super::requests::sum;

/// What a text says, or 0.
pub(super) fn number(text: &Text) -> i64 {
    text.parse().unwrap_or(0)
}

/// So many zeros; panics where Go does, when there are less than none.
pub(super) fn make(length: i64) -> Vec<u8> {
    vec![0; usize::try_from(length).expect("a length out of range")]
}

/// Does what the segments of its path say, one after the other. A segment is a verb, or a verb and what follows an equals
/// sign.
pub(super) fn act(w: &mut dyn ResponseWriter, r: &mut Request) {
    let mut said = Vec::new();
    let escaped = r.url.escaped_path().into_owned();
    let path = escaped.strip_prefix("/act/").unwrap_or(&escaped);
    for segment in path.split('/') {
        let Ok(step) = url::path_unescape(segment) else {
            continue;
        };
        let (verb, rest, _) = step.cut("=");
        if !fields(w, &verb, &rest) && !output(w, &mut said, &verb, &rest) && !input(w, r, &mut said, &verb, &rest) {
            end(w, &verb, &rest);
        }
    }
}

/// Has the verbs that change the header.
fn fields(w: &mut dyn ResponseWriter, verb: &str, rest: &Text) -> bool {
    let (name, value, _) = rest.cut("=");
    match verb {
        "set" => w.header().set(&name, value),
        "add" => w.header().add(&name, value),
        "del" => w.header().del(&name),
        "nil" => w.header().suppress_raw(&name),
        "raw" => w.header().append_raw(&name, value),
        _ => return false,
    }
    true
}

/// Has the verbs that write.
fn output(w: &mut dyn ResponseWriter, said: &mut Vec<u8>, verb: &str, rest: &Text) -> bool {
    match verb {
        "code" => w.write_header(http::status_code(number(rest))),
        "text" => {
            let (n, err) = io::write_string(w, rest);
            fprintf!(said, "text {n} {}\n", nil_or(&err));
        }
        "bytes" => {
            let (n, err) = io::write(w, rest.as_bytes());
            fprintf!(said, "bytes {n} {}\n", nil_or(&err));
        }
        "fill" => {
            let mut full = make(number(rest));
            full.fill(b'a');
            let (n, err) = io::write(w, &full);
            fprintf!(said, "fill {n} {}\n", nil_or(&err));
        }
        "pipe" => {
            let (n, err) = io::copy(w, &mut io::limit_reader(Letters, number(rest)));
            fprintf!(said, "pipe {n} {}\n", nil_or(&err));
        }
        "flush" => {
            let err = ResponseController::new(w).flush();
            fprintf!(said, "flush {}\n", nil_or_err(&err));
        }
        "say" => {
            io::write(w, said);
            said.clear();
        }
        _ => return false,
    }
    true
}

/// Has the verbs that are about the request's body and about deadlines.
fn input(w: &mut dyn ResponseWriter, r: &mut Request, said: &mut Vec<u8>, verb: &str, rest: &Text) -> bool {
    let mut rc = ResponseController::new(w);
    match verb {
        "take" => {
            let mut piece = make(number(rest));
            let (n, err) = io::read_full(&mut r.body, &mut piece);
            fprintf!(said, "take {n} [{}] {}\n", Text::from(&piece[..n]), nil_or(&err));
        }
        "slurp" => {
            let (body, err) = io::read_all(&mut r.body);
            let err = match err {
                Some(err) if http::ERR_DEADLINE_EXCEEDED.is(&err) => Some(http::ERR_DEADLINE_EXCEEDED.into()),
                err => err,
            };
            fprintf!(said, "slurp {} {} {}\n", body.len(), sum(&body), nil_or(&err));
        }
        "shut" => fprintf!(said, "shut {}\n", nil_or_err(&r.body.close())),
        "duplex" => fprintf!(said, "duplex {}\n", nil_or_err(&rc.enable_full_duplex())),
        "read-by" => fprintf!(said, "read-by {}\n", nil_or_err(&rc.set_read_deadline(Some(after(rest))))),
        "write-by" => fprintf!(said, "write-by {}\n", nil_or_err(&rc.set_write_deadline(Some(after(rest))))),
        _ => return false,
    }
    true
}

/// Has the verbs that end something.
fn end(w: &mut dyn ResponseWriter, verb: &str, rest: &Text) {
    match verb {
        "nap" => sleep(milliseconds(rest)),
        "error" => {
            let (code, text, _) = rest.cut("=");
            http::error(w, text, http::status_code(number(&code)));
        }
        "panic" => panic!("{rest}"),
        "abort" => http::abort_handler(),
        _ => {}
    }
}

pub(super) fn milliseconds(text: &Text) -> Duration {
    Duration::from_millis(number(text).try_into().unwrap_or(0))
}

fn after(text: &Text) -> Instant {
    Instant::now() + milliseconds(text)
}

/// An endless reader of the letter b.
struct Letters;

impl Read for Letters {
    fn read(&mut self, p: &mut [u8]) -> std::io::Result<usize> {
        p.fill(b'b');
        Ok(p.len())
    }
}
