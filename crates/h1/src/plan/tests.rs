//! What each fact about an answer does to its framing and its fields.

use super::*;

mod exchange;

/// A GET of HTTP/1.1 whose handler has returned, having written 5 bytes.
fn get() -> ResponseFacts {
    ResponseFacts {
        request: RequestFacts { is_11: true, ..RequestFacts::default() },
        status: 200,
        is_handler_done: true,
        first_bytes: 5,
        is_keep_alive_enabled: true,
        ..ResponseFacts::default()
    }
}

fn head() -> ResponseFacts {
    ResponseFacts { request: RequestFacts { is_head: true, ..get().request }, ..get() }
}

// pitfall D1: a length is computed from the one hand-over of a handler that has returned, and at no other time.
#[test]
fn computed_lengths() {
    for bytes in [0, 1, 2047, 2048, 2049, 4096] {
        let done = plan(&ResponseFacts { first_bytes: bytes, ..get() });
        assert_eq!(done.body, OutFraming::Length(bytes as u64));
        assert_eq!(done.added.content_length, Some(bytes as u64));
        let running = plan(&ResponseFacts { first_bytes: bytes, is_handler_done: false, ..get() });
        assert_eq!(running.body, OutFraming::Chunked);
        assert_eq!(running.added.content_length, None);
    }
}

// pitfall D2: HEAD has the fields of GET and no body.
// pitfall D11: HEAD without payload has no length.
#[test]
fn heads() {
    let none = plan(&ResponseFacts { first_bytes: 0, ..head() });
    assert_eq!((none.body, none.added.content_length, none.added.chunked), (OutFraming::NoBody, None, false));
    let some = plan(&head());
    assert_eq!((some.body, some.added.content_length), (OutFraming::NoBody, Some(5)));
    assert!(some.added.content_type);
    let running = plan(&ResponseFacts { is_handler_done: false, ..head() });
    assert_eq!((running.body, running.added.content_length, running.added.chunked), (OutFraming::NoBody, None, false));
    assert!(running.added.content_type);
}

// pitfall D3: HTTP/1.0 is never sent chunks.
#[test]
fn old_versions() {
    let request = RequestFacts::default();
    let running = ResponseFacts { request, is_handler_done: false, ..get() };
    assert_eq!(plan(&running).body, OutFraming::UntilClose);
    assert!(plan(&running).close_after);
    assert_eq!(plan(&running).added.connection, None);
    let kept = RequestFacts { keep_alive_10: true, ..request };
    assert!(plan(&ResponseFacts { request: kept, ..running }).close_after);
    let done = plan(&ResponseFacts { request: kept, ..get() });
    assert!(!done.close_after);
    assert_eq!(done.added.connection, Some(Connection::KeepAlive));
}

// pitfall D6: answers that have no body have no framing.
// pitfall D7: HEAD, 204 and 304 have no body.
#[test]
fn statuses_without_body() {
    let mut fields = FieldFacts::default();
    fields.note(b"Content-Length", Some(b"5"));
    fields.note(b"Transfer-Encoding", Some(b"chunked"));
    for status in [101, 204, 304] {
        let found = plan(&ResponseFacts { status, fields, declared_length: Some(5), first_bytes: 0, ..get() });
        assert_eq!(found.body, OutFraming::NoBody, "{status}");
        assert!(found.dropped.contains(b"Content-Length") && found.dropped.contains(b"Transfer-Encoding"));
        assert_eq!(found.dropped.contains(b"Content-Type"), status == 304);
        assert_eq!((found.added.content_length, found.added.chunked), (None, false));
        assert!(!found.added.content_type && found.added.date && !found.close_after);
    }
    let reset = plan(&ResponseFacts { status: 205, first_bytes: 0, ..get() });
    assert_eq!(reset.added.content_length, Some(0));
}

// pitfall D5: a length that is not kept closes the connection.
#[test]
fn lengths_that_are_not_kept() {
    let finish = Finish {
        is_closing: false,
        is_head: false,
        status: 200,
        expected_length: Some(5),
        written: 5,
        has_write_failed: false,
        is_body_abandoned: false,
    };
    assert!(may_reuse(&finish));
    assert!(!may_reuse(&Finish { written: 4, ..finish }));
    assert!(!may_reuse(&Finish { written: 6, ..finish }));
    assert!(may_reuse(&Finish { written: 4, is_head: true, ..finish }));
    assert!(may_reuse(&Finish { written: 0, status: 304, ..finish }));
    assert!(may_reuse(&Finish { written: 9, expected_length: None, ..finish }));
    assert!(!may_reuse(&Finish { is_closing: true, ..finish }));
    assert!(!may_reuse(&Finish { has_write_failed: true, ..finish }));
    assert!(!may_reuse(&Finish { is_body_abandoned: true, ..finish }));
}

// pitfall E10: an answer before the 100 that the client waits for closes, and waits for no body.
#[test]
fn unanswered_expectations() {
    let facts = ResponseFacts { is_expecting: true, request_body: RequestBody::Open(Some(5)), ..get() };
    assert!(!must_drain_first(&facts));
    assert!(plan(&facts).close_after);
    assert_eq!(plan(&facts).added.connection, Some(Connection::Close));
}

// pitfall E2: the rest of a request is read up to a bound, or the connection closes.
#[test]
fn unread_request_bodies() {
    let with = |request_body| ResponseFacts { request_body, ..get() };
    for body in [RequestBody::Absent, RequestBody::Ended] {
        assert!(!must_drain_first(&with(body)));
        assert!(!plan(&with(body)).close_after);
    }
    assert!(!must_drain_first(&with(RequestBody::Abandoned)));
    assert!(plan(&with(RequestBody::Abandoned)).close_after);
    for small in [Some(0), Some(1), Some(MAX_DRAIN - 1), None] {
        assert!(must_drain_first(&with(RequestBody::Open(small))), "{small:?}");
    }
    for large in [MAX_DRAIN, MAX_DRAIN + 1, i64::MAX as u64] {
        let facts = with(RequestBody::Open(Some(large)));
        assert!(!must_drain_first(&facts));
        let found = plan(&facts);
        assert!(found.close_after && found.is_request_too_large && found.dropped.connection);
        assert_eq!(found.added.connection, Some(Connection::Close));
    }
    // A connection that closes anyway waits for nothing, and full duplex reads on.
    let open = with(RequestBody::Open(Some(5)));
    assert!(!must_drain_first(&ResponseFacts { is_closing: true, ..open }));
    assert!(!must_drain_first(&ResponseFacts { is_keep_alive_enabled: false, ..open }));
    assert!(!must_drain_first(&ResponseFacts { request: RequestFacts { wants_close: true, ..open.request }, ..open }));
    let duplex = ResponseFacts { is_full_duplex: true, ..open };
    assert!(!must_drain_first(&duplex) && !plan(&duplex).close_after);
}

#[test]
fn rest_of_the_request_behind_the_answer() {
    for (body, expected, when_asked_to_close) in [
        (RequestBody::Absent, false, false),
        (RequestBody::Ended, false, false),
        (RequestBody::Abandoned, false, false),
        (RequestBody::Open(Some(1)), true, false),
        (RequestBody::Open(Some(MAX_DRAIN)), true, false),
        (RequestBody::Open(Some(MAX_DRAIN + 1)), false, false),
        (RequestBody::Open(None), true, true),
    ] {
        assert_eq!(must_drain_last(body, false), expected, "{body:?}");
        assert_eq!(must_drain_last(body, true), when_asked_to_close, "{body:?}");
    }
}

#[test]
fn tunnels() {
    let request = RequestFacts { is_connect: true, ..get().request };
    let open = plan(&ResponseFacts { request, ..get() });
    assert_eq!((open.body, open.added.content_length), (OutFraming::UntilClose, None));
    assert!(open.close_after && open.added.connection.is_none());
    let refused = plan(&ResponseFacts { request, status: 404, ..get() });
    assert_eq!((refused.body, refused.added.connection), (OutFraming::Length(5), Some(Connection::Close)));
}

#[test]
fn switched_protocols_keep_their_connection_field() {
    let mut fields = FieldFacts::default();
    fields.note(b"Connection", Some(b"Upgrade"));
    fields.note(b"Upgrade", Some(b"x"));
    let facts = ResponseFacts { status: 101, fields, is_closing: true, first_bytes: 0, ..get() };
    let found = plan(&facts);
    assert!(found.close_after && !found.dropped.connection && found.added.connection.is_none());
}

#[test]
fn fields_are_noted_by_their_first_line() {
    let mut fields = FieldFacts::default();
    for (name, value) in [
        ("Connection", Some("x")),
        ("Connection", Some("close, Upgrade")),
        ("Upgrade", Some("")),
        ("Upgrade", Some("x")),
        ("Content-Length", None),
        ("Content-Length", Some("5")),
        ("Transfer-Encoding", Some("")),
        ("Transfer-Encoding", Some("chunked")),
        ("Content-Encoding", None),
        ("Content-Encoding", Some("br")),
        ("content-type", Some("a/b")),
        ("Trailer", None),
        ("Trailers", Some("x")),
    ] {
        fields.note(name.as_bytes(), value.map(str::as_bytes));
    }
    let expected = FieldFacts {
        content_length: Presence::Empty,
        transfer_encoding: Coding::Empty,
        connection: Presence::Given,
        names_upgrade: true,
        upgrade: Presence::Empty,
        content_encoding: Presence::Empty,
        ..FieldFacts::default()
    };
    assert_eq!(fields, expected);
    fields.note(b"Trailer:X", None);
    assert!(fields.has_trailers);
}

#[test]
fn declared_lengths() {
    for (value, expected) in [
        ("0", Some(0)),
        ("5", Some(5)),
        ("005", Some(5)),
        ("+5", Some(5)),
        ("-0", Some(0)),
        ("9223372036854775807", Some(i64::MAX as u64)),
        ("9223372036854775808", None),
        ("-1", None),
        ("", None),
        ("+", None),
        (" 5", None),
        ("5 ", None),
        ("x", None),
        ("0x5", None),
        ("1_0", None),
    ] {
        assert_eq!(declared_length(value.as_bytes()), expected, "{value:?}");
    }
    assert_eq!(declared_length(b"\xff"), None);
}
