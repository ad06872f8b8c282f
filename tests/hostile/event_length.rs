//! Row 62: events of any length.

use crate::verdict::{PARSE_ERROR, cut, limit};
use mcp_engine::{Duplicates, Error, EventDecoder, Incoming, Limit, Limits, Pool};

#[test]
fn row_62_an_event_without_an_end_is_one_error_and_the_stream_goes_on() {
    let long_line = [b'x'; 64 << 10];
    let data_lines = b"data: 01234567890123456789\n".repeat(2000);
    let comments = b": 0123456789\r\n".repeat(4000);
    let default = Limits::default().event_bytes;
    for (cap, length) in [(default, 64 << 20), (4096, 4 << 20)] {
        for piece in [&long_line[..], &data_lines, &comments] {
            let mut decoder = decoder(cap);
            let mut polled = Vec::new();
            let mut read = |bytes: &[u8]| {
                for part in bytes.chunks(8 << 10) {
                    decoder.feed(part).expect("everything was polled");
                    polled.extend(std::iter::from_fn(|| decoder.poll()));
                }
            };
            read(b"id: 1\ndata: {\ndata: ");
            (0..length / piece.len()).for_each(|_| read(piece));
            read(b"\n\n");
            read(b"data: {\"jsonrpc\":\"2.0\",\"method\":\"a\"}\n\n");
            let [Err(refusal), Ok(Incoming::Message(message))] = &polled[..] else {
                panic!("{} verdicts: {:?}", polled.len(), polled.first())
            };
            let error = limit(Limit::EventBytes, b"id: 1\n".len());
            assert_eq!(refusal.error(), error);
            assert_eq!(error.code(), PARSE_ERROR);
            assert!(refusal.id().is_none() && refusal.message().is_none());
            assert_eq!(message.as_str(), r#"{"jsonrpc":"2.0","method":"a"}"#);
            assert_eq!(decoder.counters().refusals(error), 1);
        }
    }
}

#[test]
fn row_62_names_and_comments_without_an_end_are_cut_too() {
    for head in ["event: ", ": ", "id: ", "retry: ", "unknown", ""] {
        let long = format!("{head}{}\n\ndata: x\n\n", "1".repeat(5000));
        for pieces in [vec![long.as_bytes()], long.as_bytes().chunks(1).collect()] {
            let (errors, datas) = read(4096, &pieces);
            assert_eq!(errors, [limit(Limit::EventBytes, 0)], "{head}");
            assert_eq!(datas, ["x"], "{head}");
        }
    }
}

#[test]
fn row_62_an_event_at_the_cap_is_read_and_one_byte_more_is_not() {
    for lines in [
        ["event: other", "data: 0123456789012345678901"],
        ["data: 0123456789", "data: 012345678"],
        ["data: 0123456789", ": a comment ---"],
    ] {
        for end in ["\n", "\r", "\r\n"] {
            let event = lines.join(end);
            // What stands before the first data line is not kept.
            let kept = event.len() - event.find("data").expect("data");
            let stream = format!("{event}{end}{end}event: e{end}data: y{end}{end}");
            at_the_cap(&stream, kept, event.len() - kept);
        }
    }
}

fn at_the_cap(stream: &str, kept: usize, offset: usize) {
    let bytes: Vec<_> = stream.as_bytes().chunks(1).collect();
    let cuts = (0..=stream.len()).map(|at| cut(stream.as_bytes(), at).to_vec());
    for pieces in cuts.chain([bytes]) {
        let head = pieces[0].len();
        let (errors, datas) = read(kept as u32, &pieces);
        assert_eq!(errors, [], "{stream:?} cut at {head}");
        assert_eq!(datas.len(), 2, "{stream:?} cut at {head}");
        let (errors, datas) = read(kept as u32 - 1, &pieces);
        let error = limit(Limit::EventBytes, offset);
        assert_eq!(errors, [error], "{stream:?} cut at {head}");
        assert_eq!(datas, ["y"], "{stream:?} cut at {head}");
    }
}

#[test]
fn row_62_a_line_end_that_a_read_cuts_does_not_count_against_the_next_event() {
    let first = "data: 0123456789";
    let stream = format!("{first}\r\n\r\n{first}\r\n\r\n{first}\r\n\r\n");
    for at in 0..=stream.len() {
        let pieces = cut(stream.as_bytes(), at);
        let (errors, datas) = read(first.len() as u32, &pieces);
        assert_eq!((errors, datas.len()), (vec![], 3), "cut at {at}");
        let (errors, _) = read(first.len() as u32 - 1, &pieces);
        let expected = [0, 1, 2].map(|n| limit(Limit::EventBytes, n * (first.len() + 4)));
        assert_eq!(errors, expected, "cut at {at}");
    }
}

#[test]
fn row_62_the_rest_of_a_cut_line_does_not_hide_the_blank_line_behind_it() {
    for end in ["\n", "\r", "\r\n"] {
        let long = "x".repeat(50);
        let stream = format!("data: {long}{end}{end}event: e{end}data: y{end}{end}");
        let bytes: Vec<_> = stream.as_bytes().chunks(1).collect();
        let cuts = (0..=stream.len()).map(|at| cut(stream.as_bytes(), at).to_vec());
        for pieces in cuts.chain([bytes]) {
            let (errors, datas) = read(20, &pieces);
            assert_eq!(errors, [limit(Limit::EventBytes, 0)], "{pieces:?}");
            assert_eq!(datas, ["y"], "{pieces:?}");
        }
    }
}

fn decoder(event_bytes: u32) -> EventDecoder {
    let limits = Limits { event_bytes, ..Limits::default() };
    EventDecoder::new(&limits, Duplicates::Deep, Pool::default())
}

/// The errors about length, and the data of all other events.
fn read(cap: u32, pieces: &[&[u8]]) -> (Vec<Error>, Vec<String>) {
    let mut decoder = decoder(cap);
    let (mut errors, mut datas) = (Vec::new(), Vec::new());
    for piece in pieces {
        decoder.feed(piece).expect("everything was polled");
        while let Some(polled) = decoder.poll() {
            match polled {
                Ok(Incoming::Event(event)) => {
                    datas.push(String::from_utf8_lossy(&event.data).into_owned());
                }
                Ok(Incoming::Message(message)) => panic!("{message:?}"),
                Err(refusal) if refusal.error().rule() == "event-bytes" => {
                    errors.push(refusal.error());
                }
                // The data is no JSON, but it was read.
                Err(_) => datas.push("x".to_owned()),
            }
        }
    }
    (errors, datas)
}
