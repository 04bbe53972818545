//! `Gzip` and `GzipResponseWriter` beyond the known faults: headers in time, lengths, files, sources, errors.

use std::fs::File;
use std::io::{self, Cursor, Read, Write};

use nethttp_core::{Error, Handler, Request, ResponseWriter, StatusCode, fprintf, handler_func};
use nethttp_gzip::{
    BEST_COMPRESSION, BEST_SPEED, DEFAULT_COMPRESSION, Gzip, GzipOptions, GzipResponseWriter, NO_COMPRESSION,
};

use crate::support::{Sink, get, gzip, head, page, unpack};

fn html(w: &mut dyn ResponseWriter) {
    w.header().set("Content-Type", "text/html");
}

#[test]
fn a_compressed_response_in_full() {
    let handler = Gzip::new(handler_func(|w, _| {
        html(w);
        w.header().set("Content-Length", "32768");
        w.header().set("X-Kept", "1");
        w.write_header(StatusCode::ACCEPTED);
        w.write_all(&page(32_768))
    }));
    let sink = Sink::of(&handler, gzip());
    assert!(sink.text() == page(32_768));
    let (status, header) = sink.fixed.as_ref().unwrap();
    let fields: Vec<String> = header.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(*status, StatusCode::ACCEPTED);
    let length = format!("Content-Length: {}", sink.body.len());
    assert_eq!(
        fields,
        ["Content-Encoding: gzip", &length, "Content-Type: text/html", "Vary: Accept-Encoding", "X-Kept: 1"]
    );
    // One write, so that the server need not gather.
    assert_eq!(sink.writes, 1);
}

#[test]
fn a_long_response_goes_out_on_the_way() {
    let handler = Gzip::new(handler_func(|w, _| {
        html(w);
        for piece in page(1_000_000).chunks(10_000) {
            w.write_all(piece)?;
        }
        Ok(())
    }))
    .level(NO_COMPRESSION);
    let sink = Sink::of(&handler, gzip());
    assert!(sink.writes > 20 && sink.text() == page(1_000_000));
    assert_eq!(sink.sent("Content-Length"), "");
}

#[test]
fn levels_differ() {
    let size = |level| {
        let handler = Gzip::new(handler_func(|w, _| w.write_all(&page(100_000)))).level(level);
        let sink = Sink::of(&handler, gzip());
        assert!(sink.text() == page(100_000));
        sink.body.len()
    };
    let sizes = [NO_COMPRESSION, BEST_SPEED, DEFAULT_COMPRESSION, BEST_COMPRESSION].map(size);
    assert!(sizes.is_sorted_by(|left, right| left > right), "{sizes:?}");
}

#[test]
fn header_changes_that_come_too_late_do_not_count() {
    // Held back, packed and not out yet, out: it makes no difference when the bytes really go.
    for length in [10, 5000, 100_000] {
        let handler = Gzip::new(handler_func(move |w, _| {
            html(w);
            w.header().set("X-Kept", "1");
            w.write_all(&page(length))?;
            w.header().set("X-Late", "1");
            w.header().del("X-Kept");
            assert_eq!(w.header().get("X-Late"), "1");
            w.write_all(b"!")
        }))
        .level(NO_COMPRESSION);
        let sink = Sink::of(&handler, gzip());
        assert_eq!((sink.sent("X-Kept"), sink.sent("X-Late")), ("1", ""), "{length}");
        assert_eq!(sink.is_packed(), length > 1000);
        assert!(sink.text() == [page(length), b"!".to_vec()].concat());
        // The server finds trailers where the handler put them.
        assert_eq!(sink.header.get("X-Late"), "1");
    }
}

#[test]
fn trailers_keep_the_length_away() {
    for name in ["Trailer", "Trailer:X-Sum"] {
        for is_late in [false, true] {
            let handler = Gzip::new(handler_func(move |w, _| {
                html(w);
                if !is_late {
                    w.header().append_raw(name, "X-Sum");
                }
                w.write_all(&page(5000))?;
                if is_late {
                    w.header().append_raw(name, "X-Sum");
                }
                Ok(())
            }));
            let sink = Sink::of(&handler, gzip());
            assert!(sink.is_packed() && sink.sent("Content-Length").is_empty(), "{name}");
        }
    }
}

#[test]
fn a_second_status_is_the_servers_business() {
    for length in [10, 5000] {
        let handler = Gzip::new(handler_func(move |w, _| {
            w.write_header(StatusCode::ACCEPTED);
            w.write_header(StatusCode::IM_A_TEAPOT);
            w.write_all(&page(length))?;
            w.write_header(StatusCode::IM_A_TEAPOT);
            w.write_header(StatusCode::EARLY_HINTS);
            Ok(())
        }));
        let sink = Sink::of(&handler, gzip());
        assert_eq!(sink.status(), 202);
        assert!(sink.text() == page(length));
    }
}

#[test]
fn requests_that_leave_http_are_not_touched() {
    let handler = Gzip::new(handler_func(|w, _| w.write_all(&page(5000))));
    for fields in [&[("Sec-WebSocket-Key", "x")][..], &[("Connection", "Upgrade"), ("Upgrade", "h2c")]] {
        let mut request = gzip();
        fields.iter().for_each(|(name, value)| request.header.add(name, value));
        let mut sink = Sink::default();
        let mut packing_request = request.clone();
        let options = GzipOptions::new();
        let mut w = GzipResponseWriter::new(&mut sink, &mut packing_request, &options);
        w.write_all(&page(5000)).unwrap();
        w.finish().unwrap();
        assert!(sink.body == page(5000));
        let sink = Sink::of(&handler, request);
        assert!(sink.body == page(5000) && sink.header.is_empty());
    }
}

fn file() -> File {
    File::open(file!().rsplit_once("crates/gzip/").map_or(file!(), |(_, path)| path)).unwrap()
}

#[test]
fn files_that_are_not_compressed_are_sent_as_such() {
    for (content_type, request, is_sent) in [
        ("image/png", gzip as fn() -> Request, true),
        ("text/html", gzip, false),
        ("text/html", || get(&[]), true),
        ("text/html", || get(&[("Accept-Encoding", "gzip"), ("Range", "bytes=0-1")]), true),
        ("", gzip, false),
    ] {
        let handler = Gzip::new(handler_func(move |w, _| {
            if !content_type.is_empty() {
                w.header().set("Content-Type", content_type);
            }
            match w.send_file(&file(), 3, 2000) {
                Err(error) if Error::NotSupported.is(&error) => w.write_all(&page(2000)),
                sent => sent.map(|count| assert_eq!(count, 2000)),
            }
        }));
        let sink = Sink::of(&handler, request());
        let expected: &[(u64, u64)] = if is_sent { &[(3, 2000)] } else { &[] };
        assert_eq!(sink.sent_files, expected, "{content_type}");
        assert_eq!(sink.is_packed(), !is_sent);
    }
}

#[test]
fn gos_copy_idiom_is_compressed_too() {
    let handler = Gzip::new(handler_func(|w, _| {
        html(w);
        let (count, error) = nethttp_core::io::copy(w, &mut file());
        assert!(error.is_none() && count > 5000);
    }));
    let sink = Sink::of(&handler, gzip());
    let mut expected = Vec::new();
    file().read_to_end(&mut expected).unwrap();
    assert!(sink.is_packed() && sink.sent_files.is_empty() && sink.text() == expected);
}

/// Gives its bytes in small pieces and then fails, if it is to.
struct Source {
    bytes: Cursor<Vec<u8>>,
    piece: usize,
    fails: bool,
}

impl Read for Source {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = buf.len().min(self.piece);
        match self.bytes.read(&mut buf[..most])? {
            0 if self.fails => Err(io::Error::other("broken source")),
            count => Ok(count),
        }
    }
}

#[test]
fn sources_are_read_to_their_end() {
    for content_type in ["text/html", "image/png"] {
        for (length, piece) in [(0, 1), (100, 7), (5000, 100), (100_000, usize::MAX)] {
            for fails in [false, true] {
                let handler = Gzip::new(handler_func(move |w, _| {
                    w.header().set("Content-Type", content_type);
                    let mut source = Source { bytes: Cursor::new(page(length)), piece, fails };
                    let (count, error) = w.read_from(&mut source);
                    assert_eq!((count, error.is_some()), (length as u64, fails));
                }));
                let sink = Sink::of(&handler, gzip());
                assert_eq!(sink.is_packed(), content_type == "text/html" && length > 1000);
                assert!(sink.text() == page(length));
            }
        }
    }
}

#[test]
fn strings_are_written_like_bytes() {
    for content_type in ["text/html", "image/png"] {
        let handler = Gzip::new(handler_func(move |w, _| {
            w.header().set("Content-Type", content_type);
            for _ in 0..1000 {
                assert_eq!(w.write_string(b"long ").unwrap(), 5);
            }
        }));
        assert!(Sink::of(&handler, gzip()).text() == b"long ".repeat(1000));
    }
}

#[test]
fn errors_of_the_connection_reach_the_handler() {
    let handler = Gzip::new(handler_func(|w, _| {
        html(w);
        let written = page(1_000_000).chunks(10_000).try_for_each(|piece| w.write_all(piece));
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }))
    .level(NO_COMPRESSION);
    let mut sink = Sink { limit: Some(100_000), ..Sink::default() };
    handler.serve_http(&mut sink, &mut gzip());
    assert!(sink.body.len() <= 100_000);
}

#[test]
fn a_handler_that_ends_with_an_error_gets_an_error_page() {
    for (length, flushes) in [(0, false), (10, false), (5000, false), (5000, true)] {
        let handler = Gzip::new(handler_func(move |w, _| {
            html(w);
            w.write_all(&page(length))?;
            if flushes {
                w.flush()?;
            }
            Err(io::Error::other("broken"))
        }));
        let sink = Sink::of(&handler, gzip());
        assert_eq!(sink.failure.as_deref(), Some("broken"));
        assert_eq!(sink.fixed.is_some(), flushes, "what was not sent is not sent any more");
        assert!(unpack(&sink.body).is_err());
    }
}

#[test]
fn padding_hides_the_length() {
    let handler = Gzip::new(handler_func(|w, _| w.write_all(&page(5000)))).padding(64);
    let plain = Sink::of(&Gzip::new(handler_func(|w, _| w.write_all(&page(5000)))), gzip()).body.len();
    let mut lengths = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let sink = Sink::of(&handler, gzip());
        assert!(sink.text() == page(5000));
        let more = sink.body.len() - plain;
        assert!((1..=64).contains(&more), "{more}");
        lengths.insert(more);
    }
    assert!(lengths.len() > 20, "{lengths:?}");
    let greedy = Gzip::new(handler_func(|w, _| w.write_all(&page(5000)))).padding(usize::MAX);
    assert!(Sink::of(&greedy, gzip()).body.len() <= plain + 4096);
    // A flush before the first byte, and none at all.
    let early = Gzip::new(handler_func(|w, _| {
        html(w);
        w.flush()
    }))
    .padding(8);
    assert!(Sink::of(&early, gzip()).text().is_empty());
}

#[test]
fn a_writer_of_its_own() {
    static OPTIONS: GzipOptions = GzipOptions::new().min_size(0);
    let mut sink = Sink::default();
    let mut request = gzip();
    let mut w = GzipResponseWriter::new(&mut sink, &mut request, &OPTIONS);
    fprintf!(&mut w, "short");
    assert!(format!("{w:?}").contains("packed"));
    w.finish().unwrap();
    assert_eq!(sink.text(), b"short");
    // Without `finish` nothing is complete.
    let mut sink = Sink::default();
    let mut request = gzip();
    let mut w = GzipResponseWriter::new(&mut sink, &mut request, &OPTIONS);
    fprintf!(&mut w, "short");
    drop(w);
    assert!(sink.body.is_empty());
}

#[test]
fn options_come_by_either_way() {
    let handler = Gzip::with_options(
        handler_func(|w, _| w.write_all(b"short")),
        GzipOptions::default().min_size(1).level(BEST_SPEED),
    );
    let sink = Sink::of(&handler, gzip());
    assert_eq!((sink.text(), sink.body[8]), (b"short".to_vec(), 4));
    assert!(format!("{handler:?}").contains("min_size: 1"));
    assert!(Sink::of(&handler, head()).is_packed());
}

#[test]
fn many_threads_share_one_handler() {
    let handler = Gzip::new(handler_func(|w, r: &mut Request| w.write_all(r.url.path.repeat(2000).as_bytes())));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let handler = &handler;
            scope.spawn(move || {
                for round in 0..20 {
                    let mut request = gzip();
                    request.url.path = format!("/{thread}/{round}").into();
                    let expected = request.url.path.repeat(2000);
                    assert!(Sink::of(handler, request).text() == expected.as_bytes());
                }
            });
        }
    });
}
