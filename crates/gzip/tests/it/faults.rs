//! What the usual middleware gets wrong, one test for each fault.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nethttp_core::{Handler, Request, ResponseController, StatusCode, fprintf, handler_func};
use nethttp_gzip::Gzip;

use crate::support::{Sink, get, gzip, head, page, unpack, unpack_start};

/// Answers with this body, of this type if there is one.
fn body(content_type: &'static str, body: Vec<u8>) -> impl Handler {
    handler_func(move |w, _| {
        if !content_type.is_empty() {
            w.header().set("Content-Type", content_type);
        }
        w.write_all(&body)
    })
}

fn accepting(lines: &[&str]) -> Request {
    let fields: Vec<_> = lines.iter().map(|line| ("Accept-Encoding", *line)).collect();
    get(&fields)
}

// pitfalls B1, B2, B3
#[test]
fn accept_encoding_is_parsed() {
    let handler = Gzip::new(body("text/html", page(5000)));
    for (lines, expected) in [
        (&["gzip"][..], true),
        (&["br,gzip"], true),
        (&["deflate", "GZIP;q=0.3"], true),
        (&["gzip;q=1.0"], true),
        (&["*"], true),
        (&[], false),
        (&["gzip;q=0"], false),
        (&["gzip;q=0.000, *"], false),
        (&["x-gzipped"], false),
        (&["bgzip, gzipb"], false),
        (&["gzip;q=0.2, identity;q=0.9"], false),
    ] {
        let sink = Sink::of(&handler, accepting(lines));
        assert_eq!(sink.is_packed(), expected, "{lines:?}");
        assert!(sink.text() == page(5000));
    }
}

#[test]
fn a_client_that_refuses_plain_bytes() {
    let handler = Gzip::new(body("image/png", b"tiny".to_vec()));
    assert!(!Sink::of(&handler, gzip()).is_packed());
    let sink = Sink::of(&handler, accepting(&["gzip, identity;q=0"]));
    assert!(sink.is_packed());
    assert_eq!(sink.text(), b"tiny");
}

// pitfall B3
#[test]
fn types_are_compared_without_case() {
    assert!(Sink::of(&Gzip::new(body("TEXT/Html; Charset=x", page(5000))), gzip()).is_packed());
    assert!(!Sink::of(&Gzip::new(body("Image/PNG", page(5000))), gzip()).is_packed());
}

// pitfall B4
#[test]
fn nothing_is_not_compressed() {
    let silent = Gzip::new(handler_func(|_, _| ())).min_size(0);
    let sink = Sink::of(&silent, gzip());
    assert!(sink.body.is_empty() && sink.header.is_empty() && sink.fixed.is_none());
    for write in [false, true] {
        let empty = Gzip::new(handler_func(move |w, _| {
            w.header().set("Content-Type", "text/html");
            w.write_header(StatusCode::CREATED);
            if write {
                let _ = w.write(b"");
            }
        }))
        .min_size(0);
        let sink = Sink::of(&empty, gzip());
        assert_eq!((sink.status(), sink.fixed.as_ref().unwrap().1.len()), (201, 1));
        assert!(sink.body.is_empty());
    }
}

// pitfall B5
#[test]
fn statuses_without_a_body_stay_as_they_are() {
    for status in [101, 204, 205, 304] {
        let handler = Gzip::new(handler_func(move |w, _| {
            w.header().set("Content-Type", "text/html");
            w.write_header(StatusCode::from_u16(status).unwrap());
        }))
        .min_size(0);
        let sink = Sink::of(&handler, gzip());
        assert_eq!(sink.status(), status);
        assert!(!sink.is_packed() && sink.body.is_empty(), "{status}");
        // Also when the handler writes all the same: the server has the say then.
        let handler = Gzip::new(handler_func(move |w, _| {
            w.write_header(StatusCode::from_u16(status).unwrap());
            w.write_all(&page(5000))
        }));
        assert_eq!(Sink::of(&handler, gzip()).body.len(), 5000, "{status}");
    }
    let hints = Gzip::new(handler_func(|w, _| {
        w.write_header(StatusCode::EARLY_HINTS);
        w.write_header(StatusCode::PROCESSING);
        w.write_all(&page(5000))
    }));
    let sink = Sink::of(&hints, gzip());
    assert_eq!(sink.informational, [StatusCode::EARLY_HINTS, StatusCode::PROCESSING]);
    assert!(sink.is_packed() && sink.text() == page(5000));
}

// pitfall B5: HEAD has the header that GET would have had, but for the length of what is compressed.
#[test]
fn head_is_answered_like_get() {
    for (length, declares, is_packed) in
        [(5000, true, true), (5000, false, true), (10, true, false), (10, false, false)]
    {
        let handler = Gzip::new(handler_func(move |w, r: &mut Request| {
            w.header().set("Content-Type", "text/html");
            w.header().set("Etag", "\"v\"");
            if declares {
                w.header().set("Content-Length", length.to_string());
            }
            // Some handlers leave the body out, some leave that to the server.
            if r.method != "HEAD" || !declares {
                let _ = w.write_all(&page(length));
            }
        }));
        let (got, headed) = (Sink::of(&handler, gzip()), Sink::of(&handler, head()));
        assert_eq!((got.is_packed(), headed.is_packed()), (is_packed, is_packed), "{length} {declares}");
        for name in ["Content-Type", "Vary", "Etag", "Content-Encoding"] {
            assert_eq!(got.sent(name), headed.sent(name), "{name} {length} {declares}");
        }
        if is_packed {
            assert!(headed.body.is_empty());
            assert_eq!(headed.sent("Content-Length"), "");
        } else {
            assert_eq!(headed.sent("Content-Length"), if declares { "10" } else { "" });
        }
    }
}

// pitfall B6
#[test]
fn ranges_are_not_compressed() {
    let part = Gzip::new(handler_func(|w, _| {
        w.header().set("Content-Type", "text/html");
        w.header().set("Content-Range", "bytes 0-4999/30000");
        w.header().set("Etag", "\"v\"");
        w.write_header(StatusCode::PARTIAL_CONTENT);
        w.write_all(&page(5000))
    }));
    let sink = Sink::of(&part, gzip());
    assert!(!sink.is_packed() && sink.body == page(5000));
    assert_eq!((sink.sent("Vary"), sink.sent("Etag")), ("Accept-Encoding", "\"v\""));
    // A whole response to somebody who asked for a range: the next one would be a range of these bytes.
    let whole = Gzip::new(body("text/html", page(5000)));
    let sink = Sink::of(&whole, get(&[("Accept-Encoding", "gzip"), ("Range", "bytes=0-9")]));
    assert!(!sink.is_packed());
    // What is compressed does not offer ranges.
    let offering = Gzip::new(handler_func(|w, _| {
        w.header().set("Accept-Ranges", "bytes");
        w.write_all(&page(5000))
    }));
    assert_eq!(Sink::of(&offering, gzip()).sent("Accept-Ranges"), "");
    assert_eq!(Sink::of(&offering, get(&[])).sent("Accept-Ranges"), "bytes");
}

// pitfall B7
#[test]
fn short_bodies_stay_as_they_are() {
    for (least, length, expected) in [
        (None, 2, false),
        (None, 1023, false),
        (None, 1024, true),
        (Some(0), 1, true),
        (Some(10), 9, false),
        (Some(10), 10, true),
    ] {
        for declares in [false, true] {
            for piece in [1, 7, length] {
                let mut handler = Gzip::new(handler_func(move |w, _| {
                    w.header().set("Content-Type", "text/html");
                    if declares {
                        w.header().set("Content-Length", length.to_string());
                    }
                    page(length).chunks(piece).try_for_each(|piece| w.write_all(piece))
                }));
                if let Some(least) = least {
                    handler = handler.min_size(least);
                }
                let sink = Sink::of(&handler, gzip());
                assert_eq!(sink.is_packed(), expected, "{least:?} {length} {declares} {piece}");
                assert!(sink.text() == page(length));
                let declared = sink.sent("Content-Length");
                assert!(declared.is_empty() || declared == sink.body.len().to_string());
            }
        }
    }
}

// pitfall B8
#[test]
fn a_flush_reaches_the_client() {
    let handler = Gzip::new(handler_func(|w, _| {
        w.header().set("Content-Type", "text/event-stream");
        for tick in 0..5 {
            fprintf!(w, "data: {tick}\n\n");
            assert!(ResponseController::new(w).flush().is_ok());
        }
    }));
    let sink = Sink::of(&handler, gzip());
    assert_eq!(sink.flushes.len(), 5);
    let mut expected = String::new();
    for (tick, &end) in sink.flushes.iter().enumerate() {
        expected.push_str(&format!("data: {tick}\n\n"));
        assert_eq!(String::from_utf8(unpack_start(&sink.body[..end])).unwrap(), expected);
    }
    assert_eq!(sink.text(), expected.as_bytes());
    assert_eq!(sink.sent("Content-Length"), "");
}

// pitfall B8
#[test]
fn hijacking_and_deadlines_pass_through() {
    let handler = Gzip::new(handler_func(|w, _| {
        assert!(w.can_hijack() && w.can_flush());
        w.set_read_deadline(Some(std::time::Instant::now())).unwrap();
        let (_conn, _buffered) = w.hijack().unwrap();
        let refused = w.write(b"lost").unwrap_err();
        assert!(nethttp_core::Error::Hijacked.is(&refused));
        assert!(w.write_all(&page(5000)).is_err());
    }));
    let mut sink = Sink { can_hijack: true, ..Sink::default() };
    handler.serve_http(&mut sink, &mut gzip());
    assert!(sink.is_hijacked && sink.read_deadline.is_some());
    assert!(sink.body.is_empty() && sink.header.is_empty());
    // Where it does not work, the answer is compressed as ever.
    let handler = Gzip::new(handler_func(|w, _| {
        let refused = w.hijack().unwrap_err();
        assert!(!w.can_hijack() && nethttp_core::Error::NotSupported.is(&refused));
        w.write_all(&page(5000))
    }));
    assert!(Sink::of(&handler, gzip()).text() == page(5000));
}

#[test]
fn what_was_written_before_a_hijack_goes_out() {
    let handler = Gzip::new(handler_func(|w, _| {
        w.header().set("Content-Type", "image/png");
        let _ = w.write_all(b"half");
        let _ = w.hijack();
    }));
    let mut sink = Sink { can_hijack: true, ..Sink::default() };
    handler.serve_http(&mut sink, &mut gzip());
    assert_eq!(sink.body, b"half");
    let handler = Gzip::new(handler_func(|w, _| {
        let _ = w.write_all(&page(5000));
        let _ = w.hijack();
    }));
    let mut sink = Sink { can_hijack: true, ..Sink::default() };
    handler.serve_http(&mut sink, &mut gzip());
    assert!(sink.is_packed() && unpack_start(&sink.body) == page(5000) && unpack(&sink.body).is_err());
}

// pitfall B9
#[test]
fn the_type_is_that_of_the_plain_bytes() {
    let long = [b"<html>".to_vec(), page(5000)].concat();
    let sink = Sink::of(&Gzip::new(body("", long.clone())), gzip());
    assert_eq!(sink.sent("Content-Type"), "text/html; charset=utf-8");
    assert!(sink.text() == long);
    // Told from more than the first write.
    let pieces = Gzip::new(handler_func(|w, _| {
        w.write_all(b"<ht")?;
        w.write_all(b"ml>")?;
        w.write_all(&page(5000))
    }));
    assert_eq!(Sink::of(&pieces, gzip()).sent("Content-Type"), "text/html; charset=utf-8");
    let suppressed = Gzip::new(handler_func(|w, _| {
        w.header().suppress("Content-Type");
        w.write_all(&page(5000))
    }));
    let sink = Sink::of(&suppressed, gzip());
    assert!(sink.is_packed() && sink.sent("Content-Type").is_empty());
    // Bytes that show themselves to be packed already are left alone, and their type to the server.
    let image = [b"\x89PNG\r\n\x1a\n".to_vec(), page(5000)].concat();
    let sink = Sink::of(&Gzip::new(body("", image.clone())), gzip());
    assert!(!sink.is_packed() && sink.body == image && sink.sent("Content-Type").is_empty());
}

// pitfall B10
#[test]
fn vary_is_on_every_variant() {
    let handler = |length| {
        Gzip::new(handler_func(move |w, _| {
            w.header().set("Content-Type", "text/html");
            w.header().add("Vary", "Origin");
            w.write_all(&page(length))
        }))
    };
    for request in [gzip, || get(&[]), || accepting(&["gzip;q=0"]), || get(&[("Range", "bytes=0-1")])] {
        for length in [10, 5000] {
            let sink = Sink::of(&handler(length), request());
            let vary: Vec<_> = sink.fixed.as_ref().unwrap().1.values("Vary").map(|value| value.as_str()).collect();
            assert_eq!(vary, ["Origin", "Accept-Encoding"], "{length}");
        }
    }
    // Where no request would get other bytes there is nothing to say.
    for request in [gzip, || get(&[])] {
        assert_eq!(Sink::of(&Gzip::new(body("image/png", page(5000))), request()).sent("Vary"), "");
    }
    for said in ["accept-encoding", "Origin, Accept-Encoding", "*"] {
        let handler = Gzip::new(handler_func(move |w, _| {
            w.header().set("Vary", said);
            w.write_all(&page(5000))
        }));
        assert_eq!(Sink::of(&handler, gzip()).sent("Vary"), said);
    }
}

/// Heeds `If-None-Match` and `If-Match` in the simplest way.
fn tagged() -> impl Handler {
    Gzip::new(handler_func(|w, r: &mut Request| {
        w.header().set("Content-Type", "text/html");
        w.header().set("Etag", "\"v1\"");
        let is_changed = !r.header.get("If-Match").is_empty() && r.header.get("If-Match") != "\"v1\"";
        if r.header.get("If-None-Match") == "\"v1\"" {
            w.write_header(StatusCode::NOT_MODIFIED);
        } else if is_changed {
            w.write_header(StatusCode::PRECONDITION_FAILED);
        } else {
            let _ = w.write_all(&page(5000));
        }
    }))
}

// pitfall B11
#[test]
fn tags_of_compressed_responses_are_their_own() {
    let handler = tagged();
    assert_eq!(Sink::of(&handler, gzip()).sent("Etag"), "\"v1-gzip\"");
    assert_eq!(Sink::of(&handler, get(&[])).sent("Etag"), "\"v1\"");
    for (field, tag, status, repeated) in [
        ("If-None-Match", "\"v1-gzip\"", 304, "\"v1-gzip\""),
        ("If-None-Match", "\"v1\"", 304, "\"v1\""),
        ("If-None-Match", "\"v2-gzip\"", 200, "\"v1-gzip\""),
        ("If-Match", "\"v1-gzip\"", 200, "\"v1-gzip\""),
        ("If-Match", "\"v1\"", 200, "\"v1-gzip\""),
        ("If-Match", "\"v2-gzip\"", 412, "\"v1\""),
    ] {
        let sink = Sink::of(&handler, get(&[("Accept-Encoding", "gzip"), (field, tag)]));
        assert_eq!((sink.status(), sink.sent("Etag")), (status, repeated), "{field}: {tag}");
    }
    // The client's copy is as good when it does not take gzip any more.
    let sink = Sink::of(&handler, get(&[("If-None-Match", "\"v1-gzip\"")]));
    assert_eq!((sink.status(), sink.sent("Etag"), sink.sent("Vary")), (304, "\"v1-gzip\"", "Accept-Encoding"));
    let weak = Gzip::new(handler_func(|w, _| {
        w.header().set("Etag", "W/\"v1\"");
        w.write_all(&page(5000))
    }));
    assert_eq!(Sink::of(&weak, gzip()).sent("Etag"), "W/\"v1\"");
}

// pitfall B12
#[test]
fn a_flush_before_the_first_byte_sends_the_header() {
    for (content_type, is_packed) in [("text/event-stream", true), ("image/png", false), ("", false)] {
        for length in [0, 1, 5000] {
            let handler = Gzip::new(handler_func(move |w, _| {
                if !content_type.is_empty() {
                    w.header().set("Content-Type", content_type);
                }
                w.flush()?;
                w.header().set("X-Late", "1");
                w.write_all(&page(length))
            }));
            let sink = Sink::of(&handler, gzip());
            assert_eq!(sink.flushes, [0]);
            assert_eq!((sink.is_packed(), sink.sent("X-Late")), (is_packed, ""), "{content_type} {length}");
            assert!(sink.text() == page(length));
        }
    }
}

// pitfall B15
#[test]
fn what_is_encoded_or_not_to_be_changed_stays() {
    for (name, value) in
        [("Content-Encoding", "br"), ("Content-Encoding", "gzip"), ("Cache-Control", "private, no-transform")]
    {
        let handler = Gzip::new(handler_func(move |w, _| {
            w.header().set("Content-Type", "text/html");
            w.header().set(name, value);
            w.header().set("Content-Length", "5000");
            w.header().set("Etag", "\"v\"");
            w.write_all(&page(5000))
        }));
        let sink = Sink::of(&handler, gzip());
        assert!(sink.body == page(5000));
        let sent = ["Content-Encoding", "Content-Length", "Etag", "Vary"].map(|name| sink.sent(name));
        assert_eq!(sent, [if name == "Content-Encoding" { value } else { "" }, "5000", "\"v\"", ""]);
    }
    let handler = Gzip::new(body("application/x-report", page(5000)));
    assert!(!Sink::of(&handler, gzip()).is_packed());
    let handler = Gzip::new(body("application/x-report", page(5000))).content_types(|kind| kind.ends_with("/x-report"));
    assert!(Sink::of(&handler, gzip()).is_packed());
}

// pitfall B16
#[test]
fn a_panic_leaves_no_whole_stream() {
    for (length, flushes) in [(10, false), (5000, false), (5000, true), (400_000, false)] {
        let handler = Gzip::new(handler_func(move |w, _| -> () {
            w.header().set("Content-Type", "text/html");
            let _ = w.write_all(&page(length));
            if flushes {
                let _ = w.flush();
            }
            nethttp_core::abort_handler()
        }));
        let mut sink = Sink::default();
        assert!(catch_unwind(AssertUnwindSafe(|| handler.serve_http(&mut sink, &mut gzip()))).is_err());
        if sink.body.is_empty() {
            // Nothing has gone out, so that somebody further out can still answer.
            assert!(sink.fixed.is_none() && !sink.header.contains("Content-Encoding"));
        } else {
            assert!(sink.is_packed() && unpack(&sink.body).is_err());
        }
        // The encoder is as good as new.
        let sink = Sink::of(&Gzip::new(body("text/html", page(5000))), gzip());
        assert!(sink.text() == page(5000));
    }
}
