//! Rows 5, 6, 9 and 10: line ends, blank lines, cut lines, and more than one message on a line.

use mcp_engine_proto::internal;

use crate::stream::read;
use crate::verdict::{
    INVALID_REQUEST, NEXT, PARSE_ERROR, accept, all_faults, cut, json, message, place, refuse,
};
use mcp_engine::{
    Decoder, Duplicates, Error, EventDecoder, FrameRule, JsonRule, Limits, MessageRule, Pool,
};

#[test]
fn row_05_the_carriage_return_of_a_line_end_is_no_part_of_the_message() {
    let line = br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    accept([&line[..], b"\r"].concat(), |message| {
        assert_eq!(message.as_str().as_bytes(), line);
    });
}

#[test]
fn row_05_a_carriage_return_inside_is_white_space() {
    let line = b"\r{\"jsonrpc\"\r:\r\"2.0\",\r\"id\":1,\"method\":\"ping\"\r}\r\r";
    let stream = [&line[..], b"\n", NEXT].concat();
    for backend in internal::backends() {
        for at in 0..=stream.len() {
            let limits = Limits::default();
            let mut decoder =
                internal::decoder(backend, &limits, Duplicates::Deep, Pool::default());
            let verdicts = read(&mut decoder, cut(&stream, at));
            let message = verdicts[0].as_ref().expect("valid");
            assert_eq!(message.id().expect("an id").as_i64(), Some(1));
            assert_eq!(message.index().base, 1);
            assert_eq!(verdicts.len(), 2);
        }
    }
}

#[test]
fn row_05_a_carriage_return_in_a_string_is_refused() {
    let line = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pi\rng\"}\n";
    for backend in internal::backends() {
        let limits = Limits::default();
        let mut decoder = internal::decoder(backend, &limits, Duplicates::Deep, Pool::default());
        let verdicts = read(&mut decoder, [&line[..], NEXT]);
        let error = verdicts[0].as_ref().expect_err("refused").error();
        let at = place(line, "\r");
        assert_eq!(error, json(JsonRule::ControlCharacter, at), "{backend}");
        assert!(verdicts[1].is_ok());
    }
}

#[test]
fn row_06_a_million_blank_lines_give_nothing() {
    let backends = internal::backends();
    let fastest = backends.last().expect("a backend");
    for backend in &backends {
        let lines = if backend == fastest { 1_000_000 } else { 12_000 };
        let limits = Limits::default();
        let mut decoder = internal::decoder(backend, &limits, Duplicates::Deep, Pool::default());
        let blanks: Vec<u8> = b"\n  \n \t\r\n\r\n".repeat(1000);
        for _ in 0..lines / 4000 {
            assert!(read(&mut decoder, [&blanks[..]]).is_empty());
        }
        assert_eq!(decoder.counters().blank, lines);
        assert_eq!(all_faults(decoder.counters()), 0);
        assert_eq!(read(&mut decoder, [NEXT]).len(), 1);
    }
}

#[test]
fn row_06_blank_lines_hold_no_arena() {
    let pool = Pool::default();
    let mut decoder = Decoder::new(&Limits::default(), Duplicates::Deep, pool.clone());
    assert!(read(&mut decoder, [&b" \n\n\r\n"[..]]).is_empty());
    assert_eq!((pool.idle_arenas(), pool.pinned_bytes()), (1, 0));
}

#[test]
fn row_06_blank_lines_are_counted_and_so_are_their_bytes() {
    let mut decoder = Decoder::default();
    let blank = b"\n   \n\r\n";
    assert_eq!(read(&mut decoder, [&blank[..], NEXT]).len(), 1);
    assert_eq!(decoder.counters().blank, 3);
    assert_eq!(decoder.counters().bytes, (blank.len() + NEXT.len()) as u64);
}

#[test]
fn row_09_a_line_that_the_end_of_the_stream_cuts_is_dropped_and_counted() {
    let partial = NEXT.trim_ascii_end();
    for backend in internal::backends() {
        for length in 1..=partial.len() {
            let limits = Limits::default();
            let mut decoder =
                internal::decoder(backend, &limits, Duplicates::Deep, Pool::default());
            assert_eq!(read(&mut decoder, [NEXT, &partial[..length]]).len(), 1);
            let error =
                Error::InvalidFrame { rule: FrameRule::Truncated, offset: NEXT.len() as u64 };
            assert_eq!(error.code(), PARSE_ERROR);
            assert_eq!(decoder.end(), Err(error));
            assert!(decoder.poll().is_none());
            assert_eq!(decoder.counters().refusals(error), 1);
            assert_eq!(decoder.counters().all_messages(), 1);
        }
    }
}

#[test]
fn row_09_messages_before_the_end_can_still_be_polled() {
    let mut decoder = Decoder::default();
    decoder.feed(NEXT).expect("room");
    decoder.feed(b"{\"jsonrpc\":").expect("room");
    assert!(decoder.end().is_err());
    assert!(decoder.poll().expect("a message").is_ok());
    assert!(decoder.poll().is_none());
}

#[test]
fn row_09_white_space_before_the_end_is_no_cut_line() {
    let mut decoder = Decoder::default();
    assert_eq!(read(&mut decoder, [NEXT, b" \t\r"]).len(), 1);
    assert_eq!(decoder.end(), Ok(()));
    assert_eq!(all_faults(decoder.counters()), 0);
}

#[test]
fn row_09_an_event_that_the_end_of_the_stream_cuts_is_dropped_and_counted() {
    let stream = b"data: {\"jsonrpc\":\"2.0\",\"method\":\"a\"}\n\ndata: {\"jsonrpc\":\"2.0\"\n";
    let whole = place(stream, "\n\n") + 2;
    for length in whole + 1..=stream.len() {
        let mut decoder = EventDecoder::default();
        decoder.feed(&stream[..length]).expect("room");
        assert!(decoder.poll().expect("an event").is_ok());
        assert!(decoder.poll().is_none());
        let error = Error::InvalidFrame { rule: FrameRule::Truncated, offset: whole as u64 };
        assert_eq!(decoder.end(), Err(error));
        assert!(decoder.poll().is_none());
        assert_eq!(decoder.counters().refusals(error), 1);
    }
}

#[test]
fn row_10_a_line_holds_one_message() {
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    for between in ["", " ", ",", "\t \t"] {
        let line = [ping, between, ping].concat();
        let at = ping.len() + if between == "," { 0 } else { between.len() };
        let error = json(JsonRule::TrailingBytes, at);
        refuse(line, error, PARSE_ERROR, None);
    }
    for garbage in ["}", "]", "x", "null", "\"", "\0", "\\", "//"] {
        let line = [ping, garbage].concat();
        let error = json(JsonRule::TrailingBytes, ping.len());
        refuse(line, error, PARSE_ERROR, None);
    }
}

#[test]
fn row_10_a_line_that_is_no_object_is_refused_without_a_message() {
    for line in ["42", "\"text\"", "null", "-0.5e3", "true"] {
        let error = message(MessageRule::NotAnObject, 0);
        refuse(line, error, INVALID_REQUEST, None);
        let verdicts = read(&mut Decoder::default(), [line.as_bytes(), b"\n"]);
        let refusal = verdicts[0].as_ref().expect_err("no object");
        assert!(refusal.message().is_none());
    }
}
