//! A stream of events gives the same, however its bytes arrive and its lines end; and what is written
//! as an event is read as that event.

use mcp_engine::frame::sse::{self, Event, Outgoing, Parser};
use mcp_engine::{Counters, Duplicates, Error, EventDecoder, Incoming, Limits, Pool};
use proptest::prelude::*;

use crate::inputs::{cases, cuts, line, pieces, text};
use crate::stream::Outcome;

#[derive(Debug, PartialEq)]
enum Seen {
    Message(Outcome),
    Event(Event),
}

#[derive(Debug, PartialEq)]
struct Reading {
    seen: Vec<Seen>,
    ended: Result<(), Error>,
    counters: Counters,
    last_id: String,
    retry_ms: Option<u64>,
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn events_give_the_same_messages_and_errors_in_any_pieces(
        lines in prop::collection::vec((field(), line_end()), 0..24),
        mark in any::<bool>(),
        event_bytes in prop_oneof![Just(16 << 20), 0..400u32],
        cuts in cuts(),
    ) {
        let mut stream = if mark { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
        for (field, end) in &lines {
            stream.extend_from_slice(field);
            stream.extend_from_slice(end.as_bytes());
        }
        let limits = Limits { event_bytes, ..Limits::default() };
        let whole = decode(&limits, &[&stream]);
        prop_assert_eq!(&decode(&limits, &pieces(&stream, &cuts)), &whole, "in pieces");
        let bytes: Vec<_> = stream.chunks(1).collect();
        prop_assert_eq!(&decode(&limits, &bytes), &whole, "byte by byte");
    }

    #[test]
    fn events_are_the_same_for_every_kind_of_line_end(
        lines in prop::collection::vec(field(), 0..24),
    ) {
        let lines: Vec<Vec<u8>> = lines.into_iter()
            .map(|line| line.into_iter().filter(|byte| !b"\r\n".contains(byte)).collect())
            .collect();
        let [lf, cr, crlf] = [&b"\n"[..], b"\r", b"\r\n"].map(|end| {
            let stream: Vec<u8> = lines.iter().flat_map(|line| [line, end].concat()).collect();
            parse(&[&stream])
        });
        prop_assert_eq!(&lf, &cr);
        prop_assert_eq!(&lf, &crlf);
    }

    #[test]
    fn what_is_written_as_an_event_is_read_as_that_event(
        events in prop::collection::vec(outgoing(), 0..6),
        cuts in cuts(),
    ) {
        let mut stream = Vec::new();
        for (name, id, retry_ms, data) in &events {
            let event = Outgoing { name: name.as_deref(), id: id.as_deref(), retry_ms: *retry_ms, data };
            sse::write(&mut stream, &event).expect("no line break in name and id");
            sse::comment(&mut stream);
        }
        let (read, last_id, retry_ms) = parse(&pieces(&stream, &cuts));
        let expected: Vec<_> = events.iter().map(|(name, _, _, data)| Event {
            name: name.clone().unwrap_or_default(),
            data: one_kind_of_line_end(data).into(),
        }).collect();
        prop_assert_eq!(read, expected);
        let id = events.iter().rev().find_map(|(_, id, _, _)| id.clone());
        prop_assert_eq!(last_id, id.unwrap_or_default());
        let retry = events.iter().rev().find_map(|(_, _, retry, _)| *retry);
        prop_assert_eq!(retry_ms, retry.map(|ms| ms.min(86_400_000)));
    }

    #[test]
    fn a_name_or_id_that_would_break_its_line_is_not_written(text in text()) {
        let breaks = text.contains(['\n', '\r', '\0']);
        for event in [
            Outgoing { name: Some(&text), ..Outgoing::default() },
            Outgoing { id: Some(&text), ..Outgoing::default() },
        ] {
            let mut out = Vec::new();
            prop_assert_eq!(sse::write(&mut out, &event).is_err(), breaks);
            prop_assert_eq!(out.is_empty(), breaks);
        }
    }
}

fn decode(limits: &Limits, pieces: &[&[u8]]) -> Reading {
    let mut decoder = EventDecoder::new(limits, Duplicates::Deep, Pool::default());
    let mut seen = Vec::new();
    for piece in pieces {
        decoder.feed(piece).expect("everything was polled");
        while let Some(polled) = decoder.poll() {
            seen.push(match polled {
                Ok(Incoming::Message(message)) => Seen::Message(Outcome::from(&Ok(message))),
                Ok(Incoming::Event(event)) => Seen::Event(event),
                Err(refusal) => Seen::Message(Outcome::from(&Err(refusal))),
            });
        }
    }
    Reading {
        seen,
        ended: decoder.end(),
        counters: decoder.counters().clone(),
        last_id: decoder.last_event_id().to_owned(),
        retry_ms: decoder.retry_ms(),
    }
}

fn parse(pieces: &[&[u8]]) -> (Vec<Event>, String, Option<u64>) {
    let mut parser = Parser::default();
    let mut events = Vec::new();
    for piece in pieces {
        parser.feed(piece).expect("everything was polled");
        let polled = std::iter::from_fn(|| parser.poll());
        events.extend(polled.map(|event| event.expect("within the limits")));
    }
    (events, parser.last_event_id().to_owned(), parser.retry_ms())
}

/// One line of an event stream, most often one that means something.
fn field() -> impl Strategy<Value = Vec<u8>> {
    let data = line().prop_map(|line| [&b"data: "[..], &line].concat());
    prop_oneof![
        4 => Just(Vec::new()),
        4 => data,
        1 => "data:? ?[a-z]{0,30}".prop_map(String::into_bytes),
        1 => "(event|id|retry|:)(:|: )[a-z0-9\u{0}é]{0,9}".prop_map(String::into_bytes),
        1 => Just(b"event: message".to_vec()),
        1 => "retry: [0-9]{1,25}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..30),
    ]
}

fn line_end() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("\n"), Just("\r"), Just("\r\n")]
}

type Parts = (Option<String>, Option<String>, Option<u64>, Vec<u8>);

fn outgoing() -> impl Strategy<Value = Parts> {
    let word = || prop::option::of(text().prop_map(|text| text.replace(['\n', '\r', '\0'], "")));
    let data =
        prop_oneof![text().prop_map(String::into_bytes), prop::collection::vec(any::<u8>(), 0..60)];
    (word(), word(), prop::option::of(any::<u64>()), data)
}

fn one_kind_of_line_end(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = data.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\r' {
            bytes.next_if_eq(&b'\n');
        }
        out.push(if byte == b'\r' { b'\n' } else { byte });
    }
    out
}
