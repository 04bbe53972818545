//! Heads whole, cut and byte by byte, and recorded ones.

use nethttp_grammar::canonical::canonical_header_key;

use super::*;
use crate::framing::{MessageFacts, Refusal, examine};
use crate::recorded::{arrivals, cases};

/// Requests, and what a server with `MaxHeaderBytes` 8192 made of them.
const RECORDED: &str = include_str!("../../fixtures/heads.txt");

fn limits() -> Limits {
    Limits::from_server(8192, 0)
}

/// What is known of a request, as it was recorded.
fn describe(head: &RequestHead<'_>, facts: &MessageFacts<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut trailers: Vec<_> =
        head.announced_trailers().map(|name| canonical_header_key(&text(name)).into_owned()).collect();
    if !facts.has_trailers {
        trailers.clear();
    }
    trailers.sort();
    trailers.dedup();
    let mut cache: Vec<_> = head
        .fields()
        .filter(|field| field.name.eq_ignore_ascii_case("cache-control"))
        .map(|field| text(field.value))
        .collect();
    let has_cache = !cache.is_empty() || facts.adds_no_cache;
    if facts.adds_no_cache {
        cache.push("no-cache".into());
    }
    format!(
        "{} {}.{} length={} close={} host=[{}] trailer={} cc={} fields={}",
        text(head.method),
        head.version.0,
        head.version.1,
        facts.content_length(),
        facts.close,
        text(facts.host.unwrap_or_default()),
        trailers.join(","),
        if has_cache { cache.join("|") } else { "-".into() },
        head.fields().filter(|field| !facts.hides(field.name)).count() + usize::from(facts.adds_no_cache),
    )
}

fn judge(head: &RequestHead<'_>) -> Result<String, HeadError> {
    let facts = examine(head)?;
    Ok(match facts.refusal {
        Some(Refusal::UnknownExpectation) => "417 Expectation Failed".into(),
        Some(Refusal::MisplacedAsterisk) => "asterisk".into(),
        None => format!("200 {}", describe(head, &facts)),
    })
}

/// Feeds `input` as it arrives and says what becomes of it: with `read`, or with `scan` and `parse_head`.
fn feed(input: &[u8], arrival: &[usize], reads: bool, limits: &Limits) -> Result<String, HeadError> {
    let mut scanner = HeadScanner::default();
    for &length in arrival {
        let arrived = &input[..length];
        let mut scratch = FieldScratch::new();
        if reads {
            if let Some((_, head)) = scanner.read(arrived, limits, &mut scratch)? {
                return judge(&head);
            }
        } else if let Some(end) = scanner.scan(arrived, limits)? {
            return judge(&parse_head(&arrived[scanner.start()..end], limits, &mut scratch)?);
        }
    }
    Err(scanner.cut_off(input, Cutoff::EndOfInput))
}

#[test]
fn requests_are_judged_as_go_judges_them() {
    let mut strict = 0;
    for (input, observed) in cases(RECORDED) {
        let shown = input.escape_ascii();
        match feed(&input, &[input.len()], false, &limits()) {
            // Go's host is that of the target, if it has one.
            Ok(found) if shown.to_string().contains("http://b/") => {
                assert_eq!(found.replace("host=[a]", "host=[b]"), observed, "{shown}");
            }
            Ok(found) if input.starts_with(b"CONNECT ") && found.starts_with("200") => {
                let host = found.find("host=").unwrap();
                assert_eq!(found[..host], observed[..host], "{shown}");
            }
            Ok(found) if found == "asterisk" => assert!(observed.starts_with("200 "), "{shown}: {observed}"),
            Ok(found) => assert_eq!(found, observed, "{shown}"),
            Err(HeadError::Closed) => assert_eq!(observed, "closed", "{shown}"),
            Err(error) if error.is_strict_only() => strict += 1,
            Err(error) => assert_eq!(error.response().unwrap().line, observed, "{shown}"),
        }
    }
    // Each of them has its row in a table of its own.
    assert_eq!(strict, 124);
}

#[test]
fn arrival_does_not_matter() {
    for (input, _) in cases(RECORDED) {
        let whole = feed(&input, &[input.len()], false, &limits());
        for arrival in arrivals(&input) {
            for reads in [false, true] {
                let found = feed(&input, &arrival, reads, &limits());
                assert_eq!(found, whole, "{} {arrival:?} {reads}", input.escape_ascii());
            }
        }
    }
}

#[test]
fn what_follows_a_head_does_not_matter() {
    for (input, _) in cases(RECORDED).filter(|(input, _)| input.ends_with(b"\r\n\r\n")) {
        let alone = feed(&input, &[input.len()], true, &limits());
        for rest in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\n", b"\r\n\r\n", b" x", b"\x00"] {
            let more = [&input, rest].concat();
            assert_eq!(feed(&more, &[more.len()], true, &limits()), alone, "{}", input.escape_ascii());
            assert_eq!(feed(&more, &[more.len()], false, &limits()), alone, "{}", input.escape_ascii());
        }
    }
}

#[test]
fn both_ways_of_splitting_agree() {
    let mut ordinary = 0;
    for (input, _) in cases(RECORDED).filter(|(input, _)| input.ends_with(b"\r\n\r\n")) {
        let mut scratch = FieldScratch::new();
        let FieldScratch { inline, spill } = &mut scratch;
        if let Some((length, fast)) = split_ordinary(&input, &limits(), inline)
            && length == input.len()
        {
            let slow = split_exactly(&input, &limits(), spill).unwrap();
            assert_eq!(format!("{fast:?}"), format!("{slow:?}"));
            assert!(!slow.has_spaced_name);
            ordinary += 1;
        }
    }
    assert!(ordinary > 300, "{ordinary}");
}

// pitfall D3: the version is major and minor, in this order, for every digit.
#[test]
fn versions() {
    for (version, expected, is_11, is_10) in [
        ("HTTP/0.9", (0, 9), false, false),
        ("HTTP/1.0", (1, 0), false, true),
        ("HTTP/1.1", (1, 1), true, true),
        ("HTTP/1.2", (1, 2), true, true),
        ("HTTP/2.0", (2, 0), true, true),
    ] {
        let text = format!("GET / {version}\r\nHost: a\r\n\r\n");
        let mut scratch = FieldScratch::new();
        let head = parse_head(text.as_bytes(), &limits(), &mut scratch).unwrap();
        assert_eq!(head.version, expected);
        assert_eq!((head.is_at_least(1, 1), head.is_at_least(1, 0)), (is_11, is_10), "{version}");
    }
}

// pitfall E4: the bytes of a head and its lines have bounds.
#[test]
fn bounds_on_bytes() {
    let head = |length: usize| {
        let start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
        format!("{start}{}\r\n\r\n", "p".repeat(length - start.len() - 4)).into_bytes()
    };
    let max = limits().max_head_bytes;
    for (length, is_served) in [(max - 1, true), (max, true), (max + 1, false), (max + 2, false), (max + 7000, false)] {
        let text = head(length);
        for arrival in [vec![length], vec![10, length], vec![max - 1, length], vec![max, length]] {
            for reads in [false, true] {
                let arrival: Vec<_> = arrival.iter().copied().filter(|&arrived| arrived <= length).collect();
                let found = feed(&text, &arrival, reads, &limits());
                let expected = if is_served { None } else { Some(HeadError::TooLarge) };
                assert_eq!(found.err(), expected, "{length} {arrival:?}");
            }
        }
    }
    // Refused when the last byte that could have ended it has come.
    let mut scanner = HeadScanner::default();
    let text = head(max + 100);
    assert_eq!(scanner.scan(&text[..max - 1], &limits()), Ok(None));
    assert_eq!(scanner.scan(&text[..max], &limits()), Err(HeadError::TooLarge));
    // A bad line within the bound comes first.
    let text = [b"GET / HTTP/1.1\r\nX\r\n", &text[..]].concat();
    assert_eq!(feed(&text, &[text.len()], true, &limits()), Err(HeadError::MalformedField));
    // The bound is wider on a kept connection.
    let text = head(max + LATER_HEAD_EXTRA);
    let mut scanner = HeadScanner::default();
    scanner.reset(false);
    assert_eq!(scanner.scan(&text, &limits()), Ok(Some(text.len())));
    let text = head(max + LATER_HEAD_EXTRA + 1);
    scanner.reset(false);
    assert_eq!(scanner.scan(&text, &limits()), Err(HeadError::TooLarge));
}

#[test]
fn bounds_on_lines() {
    let head = |count: usize, last: &str| {
        let lines: String = (1..count).map(|number| format!("a{number}:\r\n")).collect();
        format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}{last}\r\n").into_bytes()
    };
    for (count, last, expected) in [
        (1, "", None),
        (63, "", None),
        (64, "", None),
        (65, "", None),
        (500, "", None),
        (501, "", Some(HeadError::TooManyFields)),
        (499, "X : 1\r\n", Some(HeadError::InvalidFieldName)),
        (500, "X : 1\r\n", Some(HeadError::TooManyFields)),
        (500, "X[: 1\r\n", Some(HeadError::MalformedField)),
    ] {
        let text = head(count, last);
        for arrival in [vec![text.len()], vec![text.len() - 1, text.len()], vec![3, 20, text.len()]] {
            for reads in [false, true] {
                assert_eq!(feed(&text, &arrival, reads, &limits()).err(), expected, "{count} {last}");
            }
        }
    }
    let few = Limits { max_field_lines: 2, ..limits() };
    assert_eq!(feed(b"GET / HTTP/1.1\r\nHost: a\r\nb:\r\n\r\n", &[31], true, &few).err(), None);
    assert_eq!(
        feed(b"GET / HTTP/1.1\r\nHost: a\r\nb:\r\nc:\r\n\r\n", &[35], true, &few),
        Err(HeadError::TooManyFields)
    );
    // The fault is told before the blank line is there.
    let text = head(501, "");
    assert_eq!(HeadScanner::default().scan(&text[..text.len() - 2], &limits()), Err(HeadError::TooManyFields));
}

// pitfall E7: a bad line is answered when it is complete, not when the head is.
#[test]
fn faults_are_told_early() {
    for (text, expected) in [
        ("SSH-2.0-x\r\n", HeadError::MalformedRequestLine),
        ("\r\n", HeadError::MalformedRequestLine),
        ("\n", HeadError::BareLineFeed),
        ("GET / HTTP/1.1\n", HeadError::BareLineFeed),
        ("GET / HTTP/1.x\r\n", HeadError::MalformedVersion),
        ("GET / HTTP/1.1\r\nHost: a\r\nX\r\n", HeadError::MalformedField),
        ("GET / HTTP/1.1\r\nHost: a\r\n b\r\n", HeadError::FoldedField),
        ("GET / HTTP/1.1\r\n b\r\n", HeadError::MalformedField),
        ("GET / HTTP/1.1\r\nHost: a\n", HeadError::BareLineFeed),
    ] {
        for arrival in arrivals(text.as_bytes()) {
            for reads in [false, true] {
                assert_eq!(feed(text.as_bytes(), &arrival, reads, &limits()), Err(expected), "{text:?}");
            }
        }
    }
    // A name with a space may be followed by something that Go names before it.
    assert_eq!(HeadScanner::default().scan(b"GET / HTTP/1.1\r\nX : 1\r\n", &limits()), Ok(None));
}

#[test]
fn line_ends_behind_a_post() {
    let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let check = |before: &str, expected: Result<usize, HeadError>| {
        let text = format!("{before}{get}").into_bytes();
        for arrival in arrivals(&text) {
            let mut scanner = HeadScanner::default();
            scanner.reset(true);
            let found = arrival.iter().find_map(|&length| scanner.scan(&text[..length], &limits()).transpose());
            let found = found.unwrap().and_then(|end| {
                let mut scratch = FieldScratch::new();
                parse_head(&text[scanner.start()..end], &limits(), &mut scratch)?;
                Ok(scanner.start())
            });
            assert_eq!(found, expected, "{before:?} {arrival:?}");
        }
    };
    check("", Ok(0));
    check("\r\n", Ok(2));
    check("\r\n\r\n", Ok(4));
    check("\r\n\r\n\r\n", Err(HeadError::MalformedRequestLine));
    check("\n", Err(HeadError::BareLineFeed));
    check("\r", Err(HeadError::InvalidMethod));
    check("\r\n\n", Err(HeadError::BareLineFeed));
    // Nowhere else.
    let mut scanner = HeadScanner::default();
    scanner.reset(false);
    assert_eq!(scanner.scan(b"\r\nGE", &limits()), Err(HeadError::MalformedRequestLine));
}

#[test]
fn later_heads_begin_with_four_bytes() {
    let mut scanner = HeadScanner::default();
    scanner.reset(false);
    for text in ["", "\r", "\r\n", "\n\n\n", "G", "\x00"] {
        assert_eq!(scanner.scan(text.as_bytes(), &limits()), Ok(None), "{text:?}");
    }
    assert_eq!(scanner.scan(b"\r\n\r\n", &limits()), Ok(Some(4)));
    scanner.reset(false);
    let mut scratch = FieldScratch::new();
    let found = scanner.read(b"\n\n\n\n", &limits(), &mut scratch);
    assert_eq!(found.err(), Some(HeadError::BareLineFeed));
}

// pitfall E6: what is complete is read before the end of the input counts.
// pitfall E8: the target stays as it was sent.
#[test]
fn complete_heads_are_read_whatever_follows() {
    let text = b"GET /a%2Fb%3f%25?x=%zz HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut scratch = FieldScratch::new();
    let (end, head) = HeadScanner::default().read(text, &limits(), &mut scratch).unwrap().unwrap();
    assert_eq!((end, head.target), (text.len(), "/a%2Fb%3f%25?x=%zz"));
    let mut body = crate::BodyDecoder::new(crate::BodyKind::Length(2));
    assert_eq!(body.next(b"ab"), Ok(crate::BodyStep::Data { start: 0, len: 2 }));
    assert!(body.is_done());
}

#[test]
fn input_that_is_cut_off() {
    use Cutoff::{EndOfInput, Timeout};
    let check = |reset: Option<bool>, text: &str, cutoff: Cutoff, expected: HeadError| {
        let mut scanner = HeadScanner::default();
        if let Some(is_after_post) = reset {
            scanner.reset(is_after_post);
        }
        assert_eq!(scanner.scan(text.as_bytes(), &limits()), Ok(None), "{text:?}");
        assert_eq!(scanner.cut_off(text.as_bytes(), cutoff), expected, "{text:?} {cutoff:?}");
    };
    let line = "GET / HTTP/1.1";
    for cutoff in [EndOfInput, Timeout] {
        check(None, "", cutoff, HeadError::Closed);
        check(Some(false), "GET", cutoff, HeadError::Closed);
        check(Some(true), "\r\n", cutoff, HeadError::Closed);
        check(Some(true), "\r\n\r\n", cutoff, HeadError::Closed);
    }
    for text in ["G", "GET ", "GET / HTTP/1.1\r", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r"] {
        check(None, text, EndOfInput, HeadError::Incomplete);
    }
    check(Some(false), "GET ", EndOfInput, HeadError::Incomplete);
    check(Some(true), "\r\nGE", EndOfInput, HeadError::Incomplete);
    // At a deadline a fragment is read as a line.
    check(None, "GET /si", Timeout, HeadError::MalformedRequestLine);
    check(None, &format!("{line}\r"), Timeout, HeadError::MalformedVersion);
    check(None, line, Timeout, HeadError::Closed);
    check(None, &format!("{line}\r\n"), Timeout, HeadError::Closed);
    check(None, &format!("{line}\r\nHost"), Timeout, HeadError::MalformedField);
    check(None, &format!("{line}\r\nHost:"), Timeout, HeadError::Closed);
    check(None, &format!("{line}\r\nHost: a\r"), Timeout, HeadError::MalformedField);
    check(None, &format!("{line}\r\nHost: a\r\n"), Timeout, HeadError::Closed);
    check(None, &format!("{line}\r\nHost: a\r\n\r"), Timeout, HeadError::MalformedField);
    check(Some(false), "GET /", Timeout, HeadError::MalformedRequestLine);
}

// pitfall E1: methods and targets of any length, and nothing a peer sends is a panic.
#[test]
fn long_and_odd_texts() {
    let text = format!("{} /{} HTTP/1.1\r\nHost: a\r\n\r\n", "A".repeat(3000), "u".repeat(5000));
    assert!(feed(text.as_bytes(), &[text.len()], true, &limits()).is_ok());
    let mut state = 1u32;
    for _ in 0..2000 {
        let mut text = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n".to_vec();
        for _ in 0..3 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (state >> 8) as usize % text.len();
            text[at] = (state >> 24) as u8;
        }
        let whole = feed(&text, &[text.len()], true, &limits());
        let bytes: Vec<_> = (0..=text.len()).collect();
        assert_eq!(feed(&text, &bytes, false, &limits()), whole, "{}", text.escape_ascii());
    }
}

#[test]
fn end_of_head() {
    for length in [4, 5, 60, 61, 62, 63, 64, 65, 66, 67, 68, 127, 128, 129, 130, 131, 132, 133, 200, 1000] {
        let mut text = vec![b'a'; length];
        text[length - 4..].copy_from_slice(b"\r\n\r\n");
        for from in 0..length - 3 {
            assert_eq!(find_head_end(&text, from), Some(length), "{length} {from}");
            assert_eq!(find_head_end(&text[..length - 1], from), None);
        }
        // A line end elsewhere, and LF two bytes apart without CR between them, are passed over.
        if length > 20 {
            text[5..10].copy_from_slice(b"\r\na\n\n");
            assert_eq!(find_head_end(&text, 0), Some(length));
            text.extend_from_slice(b"more\r\n\r\n");
            assert_eq!(find_head_end(&text, 0), Some(length));
        }
    }
    assert_eq!(find_head_end(b"", 0), None);
    assert_eq!(find_head_end(b"\r\n\r\n", 5), None);
}
