//! The decision as a table.

use super::*;

const UNTOUCHED: Verdict = Verdict::Pass { varies: false };
const PLAIN: Verdict = Verdict::Pass { varies: true };
const PACK: Verdict = Verdict::Pack { sniffed: None };
const HTML: (&str, &str) = ("Content-Type", "text/html");
const LONG: &[u8] = &[b'a'; 2000];

/// A response that would be compressed but for `change`.
#[track_caller]
fn check(expected: Verdict, change: impl FnOnce(&mut Known<'_>, &mut Header)) {
    let mut header = Header::from([HTML]);
    let empty = Header::new();
    let mut known = Known {
        status: StatusCode::OK,
        header: &empty,
        wish: Wish::Packed,
        has_range: false,
        is_head: false,
        body: LONG,
        moment: Moment::During,
    };
    change(&mut known, &mut header);
    let known = Known { header: &header, ..known };
    assert_eq!(decide(&known, &GzipOptions::new()), expected, "{known:?}");
}

#[test]
fn by_status() {
    check(PACK, |_, _| {});
    for (status, expected) in [
        (100, UNTOUCHED),
        (101, UNTOUCHED),
        (201, PACK),
        (204, UNTOUCHED),
        (205, UNTOUCHED),
        (206, PLAIN),
        (304, PLAIN),
        (404, PACK),
        (500, PACK),
    ] {
        check(expected, |known, _| known.status = StatusCode::from_u16(status).unwrap());
    }
}

#[test]
fn by_request() {
    check(PLAIN, |known, _| known.wish = Wish::Plain);
    check(PLAIN, |known, _| known.has_range = true);
    check(PACK, |known, _| known.is_head = true);
}

#[test]
fn by_header() {
    for (name, value, expected) in [
        ("Content-Encoding", "br", UNTOUCHED),
        ("Content-Encoding", "", PACK),
        ("Content-Range", "bytes 0-1/2", PLAIN),
        ("Cache-Control", "public, No-Transform", UNTOUCHED),
        ("Cache-Control", "public", PACK),
        ("Content-Type", "image/png", UNTOUCHED),
        ("Content-Type", "Application/JSON; x=y", PACK),
        ("Content-Length", "1023", PLAIN),
        ("Content-Length", "1024", PACK),
        ("Content-Length", "x", PACK),
    ] {
        check(expected, |_, header| header.set(name, value));
    }
}

#[test]
fn by_type_of_the_bytes() {
    let sniffed = Verdict::Pack { sniffed: Some("text/plain; charset=utf-8") };
    check(sniffed, |_, header| header.del("Content-Type"));
    check(PACK, |_, header| header.suppress("Content-Type"));
    check(UNTOUCHED, |known, header| {
        header.del("Content-Type");
        known.body = b"\x89PNG\r\n\x1a\n";
    });
    for (moment, expected) in [(Moment::During, Verdict::Wait), (Moment::Flush, UNTOUCHED), (Moment::End, UNTOUCHED)] {
        check(expected, |known, header| {
            header.del("Content-Type");
            (known.body, known.moment) = (b"", moment);
        });
    }
}

#[test]
fn by_length() {
    for (length, moment, expected) in [
        (0, Moment::During, Verdict::Wait),
        (1, Moment::During, Verdict::Wait),
        (1023, Moment::During, Verdict::Wait),
        (1024, Moment::During, PACK),
        (0, Moment::Flush, PACK),
        (1, Moment::Flush, PACK),
        (0, Moment::End, UNTOUCHED),
        (1, Moment::End, PLAIN),
        (1023, Moment::End, PLAIN),
        (1024, Moment::End, PACK),
    ] {
        check(expected, |known, _| (known.body, known.moment) = (&LONG[..length], moment));
    }
}

#[test]
fn by_declared_length() {
    for (declared, length, moment, is_head, expected) in [
        ("5000", 0, Moment::During, false, Verdict::Wait),
        ("5000", 1, Moment::During, false, PACK),
        ("5000", 0, Moment::Flush, false, PACK),
        ("5000", 0, Moment::End, false, UNTOUCHED),
        ("5000", 0, Moment::End, true, PACK),
        ("50", 0, Moment::During, false, PLAIN),
        ("50", 0, Moment::End, true, PLAIN),
        ("0", 0, Moment::End, true, PLAIN),
    ] {
        check(expected, |known, header| {
            header.set("Content-Length", declared);
            (known.body, known.moment, known.is_head) = (&LONG[..length], moment, is_head);
        });
    }
}

#[test]
fn a_client_that_refuses_plain_bytes_gets_none() {
    for (content_type, length, expected) in
        [("text/html", 1, PACK), ("image/png", 1, PACK), ("text/html", 0, Verdict::Wait)]
    {
        check(expected, |known, header| {
            known.wish = Wish::OnlyPacked;
            known.body = &LONG[..length];
            header.set("Content-Type", content_type);
        });
    }
    check(UNTOUCHED, |known, header| {
        known.wish = Wish::OnlyPacked;
        header.set("Content-Encoding", "br");
    });
}
