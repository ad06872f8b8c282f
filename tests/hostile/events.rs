//! Rows 61, 63 and 64: server-sent events in every spelling.

use crate::verdict::cut;
use mcp_engine::frame::sse::{Event, Parser};
use mcp_engine::{EventDecoder, Incoming, Method};

#[test]
fn row_61_line_ends_of_all_kinds_give_one_event() {
    for end in ["\r", "\n", "\r\n"] {
        let stream =
            ["event: message", "data: one", "data: two", "id: 7", "", "data: three", "", ""]
                .join(end);
        for at in 0..=stream.len() {
            let (events, parser) = parse(&cut(stream.as_bytes(), at));
            let expected = [event("message", "one\ntwo"), event("", "three")];
            assert_eq!(events, expected, "{end:?} cut at {at}");
            assert_eq!(parser.last_event_id(), "7");
        }
        let bytes: Vec<_> = stream.as_bytes().chunks(1).collect();
        assert_eq!(parse(&bytes).0.len(), 2);
    }
}

#[test]
fn row_61_line_ends_may_be_mixed() {
    let stream = b"data: a\rdata: b\ndata: c\r\n\r\ndata: d\n\rdata: e\r\n\ndata: f\r\r\n";
    for at in 0..=stream.len() {
        let (events, _) = parse(&cut(stream, at));
        let expected = [event("", "a\nb\nc"), event("", "d"), event("", "e"), event("", "f")];
        assert_eq!(events, expected, "cut at {at}");
    }
}

#[test]
fn row_61_messages_come_out_of_events_however_they_are_cut() {
    let stream = b"event: endpoint\r\ndata: /messages\r\n\r\nid: 1\r\nevent: message\r\ndata: {\"jsonrpc\":\"2.0\",\r\ndata: \"id\":1,\"method\":\"ping\"}\r\n\r\ndata:\r\n\r\ndata: not JSON\r\n\r\ndata: {\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}\r\n\r\n";
    for at in 0..=stream.len() {
        let mut decoder = EventDecoder::default();
        let mut seen = Vec::new();
        for piece in cut(stream, at) {
            decoder.feed(piece).expect("room");
            seen.extend(std::iter::from_fn(|| decoder.poll()));
        }
        let [endpoint, ping, priming, refused, list] = &seen[..] else { panic!("{seen:?}") };
        assert!(matches!(endpoint, Ok(Incoming::Event(e)) if *e == event("endpoint", "/messages")));
        assert!(matches!(ping, Ok(Incoming::Message(m)) if m.method() == Some(Method::Ping)));
        assert!(matches!(priming, Ok(Incoming::Event(e)) if *e == event("", "")));
        assert!(refused.is_err());
        assert!(matches!(list, Ok(Incoming::Message(m)) if m.method() == Some(Method::ListTools)));
        assert_eq!(decoder.end(), Ok(()));
    }
}

#[test]
fn row_63_data_lines_are_joined_and_comments_are_ignored() {
    for (stream, data) in [
        ("data: a\ndata: b\ndata: c\n\n", "a\nb\nc"),
        ("data: a\n: comment\ndata: b\n\n", "a\nb"),
        (":\n: c\ndata: a\n:data: b\n\n", "a"),
        ("data\ndata\n\n", "\n"),
        ("data:\ndata: \ndata:  \n\n", "\n\n "),
        ("data: a\ndata\n\n", "a\n"),
        ("data:a:b: c\n\n", "a:b: c"),
        ("data:\ta\n\n", "\ta"),
        ("data: \u{feff}a\n\n", "\u{feff}a"),
        ("DATA: x\ndata : y\n data: z\nfoo: bar\ndatax: w\ndata: a\n\n", "a"),
    ] {
        for at in 0..=stream.len() {
            let (events, _) = parse(&cut(stream.as_bytes(), at));
            assert_eq!(events, [event("", data)], "{stream:?} cut at {at}");
        }
    }
}

#[test]
fn row_63_events_without_data_are_none_and_leave_no_name_behind() {
    let stream = b"event: a\n\n: comment\n\nid: 3\n\nretry: 9\n\n\n\ndata: x\n\n";
    for at in 0..=stream.len() {
        let (events, parser) = parse(&cut(stream, at));
        assert_eq!(events, [event("", "x")]);
        assert_eq!((parser.last_event_id(), parser.retry_ms()), ("3", Some(9)));
    }
}

#[test]
fn row_63_the_last_name_of_an_event_counts() {
    let (events, _) = parse(&[b"event: a\ndata: x\nevent: b\n\nevent: c\nevent\ndata: y\n\n"]);
    assert_eq!(events, [event("b", "x"), event("", "y")]);
}

#[test]
fn row_63_an_id_with_nul_is_ignored_and_an_empty_one_resets() {
    for (stream, id) in [
        ("id: 7\ndata: a\n\nid: 8\0\ndata: b\n\n", "7"),
        ("id: 7\ndata: a\n\nid: \0\ndata: b\n\n", "7"),
        ("id: 7\ndata: a\n\nid:\ndata: b\n\n", ""),
        ("id: 7\ndata: a\n\nid\ndata: b\n\n", ""),
        ("id: 7\ndata: a\n\ndata: b\n\n", "7"),
        ("id: 7\ndata: a\n\nid: 8\ndata: b\n", "7"),
        ("id:  8 \ndata: a\n\n", " 8 "),
        ("id: é\ndata: a\n\n", "é"),
    ] {
        for at in 0..=stream.len() {
            let (_, parser) = parse(&cut(stream.as_bytes(), at));
            assert_eq!(parser.last_event_id(), id, "{stream:?} cut at {at}");
        }
    }
}

#[test]
fn row_63_one_byte_order_mark_is_skipped_at_the_start_and_only_there() {
    for (stream, expected) in [
        ("\u{feff}data: a\n\n", vec![event("", "a")]),
        ("\u{feff}\u{feff}data: a\n\ndata: b\n\n", vec![event("", "b")]),
        ("\n\u{feff}data: a\n\ndata: b\n\n", vec![event("", "b")]),
        ("data: a\n\n\u{feff}data: b\n\n", vec![event("", "a")]),
    ] {
        for at in 0..=stream.len() {
            let (events, _) = parse(&cut(stream.as_bytes(), at));
            assert_eq!(events, expected, "{stream:?} cut at {at}");
        }
    }
}

#[test]
fn row_64_retry_is_clamped_or_ignored() {
    let day = 24 * 60 * 60 * 1000;
    for (value, retry) in [
        ("1e99", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("", None),
        ("1 ", None),
        (" 1", None),
        ("\u{661}", None),
        ("0", Some(0)),
        ("250", Some(250)),
        ("00250", Some(250)),
        ("86400000", Some(day)),
        ("86400001", Some(day)),
        ("18446744073709551616", Some(day)),
        ("9".repeat(5000).as_str(), Some(day)),
    ] {
        let stream = format!("retry: {value}\n\n");
        let (events, parser) = parse(&[stream.as_bytes()]);
        assert_eq!((events.len(), parser.retry_ms()), (0, retry), "{value:?}");
        let stream = format!("retry: 77\nretry: {value}\ndata: a\n\n");
        let (_, parser) = parse(&[stream.as_bytes()]);
        assert_eq!(parser.retry_ms(), retry.or(Some(77)), "{value:?}");
    }
}

fn parse(pieces: &[&[u8]]) -> (Vec<Event>, Parser) {
    let mut parser = Parser::default();
    let mut events = Vec::new();
    for piece in pieces {
        parser.feed(piece).expect("room");
        let polled = std::iter::from_fn(|| parser.poll());
        events.extend(polled.map(|event| event.expect("within the limits")));
    }
    (events, parser)
}

fn event(name: &str, data: &str) -> Event {
    Event { name: name.to_owned(), data: data.to_owned().into() }
}
