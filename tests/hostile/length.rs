//! Rows 1 to 4: lines of any length, and streams in any pieces.

use mcp_engine_proto::internal;

use crate::stream::{Outcome, read};
use crate::verdict::{FIRST, NEXT, PARSE_ERROR, Streams, cut, limit, moved};
use mcp_engine::{Decoder, Duplicates, Limit, Limits, Pool};

#[test]
fn row_01_a_line_without_an_end_is_one_error_and_the_stream_goes_on() {
    let caps = [(Limits::default().message_bytes, 64 << 20), (4096, 8 << 20)];
    for (cap, length) in caps {
        let limits = within(cap);
        for backend in internal::backends() {
            let decoder = internal::decoder(backend, &limits, Duplicates::Deep, Pool::default());
            endless_line(decoder, length);
        }
    }
}

fn endless_line(mut decoder: Decoder, length: usize) {
    let piece = [b'['; 64 << 10];
    let mut errors = Vec::new();
    for _ in 0..length / piece.len() {
        errors.extend(read(&mut decoder, [&piece[..]]));
    }
    let next = b"\n{\"jsonrpc\":\"2.0\",\"method\":\"a\"}\n";
    errors.extend(read(&mut decoder, [&next[..]]));
    let expected = limit(Limit::MessageBytes, 0);
    assert_eq!(expected.code(), PARSE_ERROR);
    let first = errors.remove(0).expect_err("too long");
    assert_eq!(first.error(), expected);
    assert!(first.id().is_none() && first.message().is_none());
    assert_eq!(decoder.counters().refusals(expected), 1);
    let [Ok(message)] = &errors[..] else { panic!("{errors:?}") };
    assert_eq!(message.index().base, length as u64 + 1);
    assert_eq!(message.as_str(), "{\"jsonrpc\":\"2.0\",\"method\":\"a\"}");
}

#[test]
fn row_01_bytes_that_are_fed_between_polls_are_taken_whole() {
    let mut decoder = Decoder::default();
    let mut errors = Vec::new();
    for piece in 0..300 {
        let fed = decoder.feed(&[b'x'; 64 << 10]);
        assert_eq!(fed, Ok(()), "after {piece} pieces");
        errors.extend(std::iter::from_fn(|| decoder.poll()));
    }
    assert_eq!(errors.len(), 1);
}

#[test]
fn row_02_lines_at_the_cap_are_read_and_one_byte_more_is_not() {
    let streams = Streams::within(within(120));
    let error = limit(Limit::MessageBytes, 0);
    for length in [119, 120] {
        streams.accept(&line_of(length), |message| {
            assert_eq!(message.as_str().len(), length);
        });
    }
    streams.refuse(&line_of(121), error, PARSE_ERROR, None);
    streams.refuse(&line_of(200), error, PARSE_ERROR, None);
}

#[test]
fn row_02_the_carriage_return_of_a_line_end_does_not_count() {
    let streams = Streams::within(within(120));
    let with_return = |length| [&line_of(length)[..], b"\r"].concat();
    streams.accept(&with_return(120), |message| {
        assert_eq!(message.as_str().trim_end().len(), 120);
    });
    let error = limit(Limit::MessageBytes, 0);
    streams.refuse(&with_return(121), error, PARSE_ERROR, None);
}

#[test]
fn row_02_the_default_cap_is_exact() {
    let cap = Limits::default().message_bytes as usize;
    for (length, accepted) in [(cap - 1, true), (cap, true), (cap + 1, false)] {
        let mut stream = line_of(length);
        stream.push(b'\n');
        stream.extend_from_slice(NEXT);
        let mut decoder = Decoder::default();
        let verdicts = read(&mut decoder, stream.chunks(1 << 20));
        assert_eq!(verdicts.len(), 2, "{length}");
        match &verdicts[0] {
            Ok(message) => assert!(accepted && message.as_str().len() == length),
            Err(refusal) => {
                assert!(!accepted);
                assert_eq!(refusal.error(), limit(Limit::MessageBytes, 0));
            }
        }
        assert!(verdicts[1].is_ok());
    }
}

#[test]
fn row_03_a_line_near_the_cap_and_the_next_one_in_one_read_are_both_read() {
    let limits = within(100_000);
    let line = line_of(99_999);
    let stream = [&line[..], b"\n", &line, b"\n", NEXT].concat();
    for backend in internal::backends() {
        let pool = Pool::default();
        let mut decoder = internal::decoder(backend, &limits, Duplicates::Deep, pool);
        let lengths: Vec<_> = read(&mut decoder, [&stream[..]])
            .iter()
            .map(|verdict| verdict.as_ref().expect("valid").as_str().len())
            .collect();
        assert_eq!(lengths, [99_999, 99_999, NEXT.len() - 1], "{backend}");
    }
}

#[test]
fn row_04_a_stream_gives_the_same_messages_however_it_is_cut() {
    let stream = include_bytes!("../data/captures/faulty.ndjson");
    let backends = internal::backends();
    let decode = |backend: &str, pieces: &[&[u8]]| {
        let pool = Pool::default();
        let mut decoder = internal::decoder(backend, &Limits::default(), Duplicates::Deep, pool);
        let verdicts = read(&mut decoder, pieces.iter().copied());
        decoder.end().expect("the stream ends with a newline");
        let outcomes: Vec<_> = verdicts.iter().map(Outcome::from).collect();
        (outcomes, decoder.counters().clone())
    };
    let whole = decode("portable", &[stream]);
    assert_eq!(whole.0.len(), 29);
    for backend in &backends {
        assert_eq!(decode(backend, &[stream]), whole, "{backend}");
        let bytes: Vec<_> = stream.chunks(1).collect();
        assert_eq!(decode(backend, &bytes), whole, "{backend}");
    }
    for (at, backend) in (0..=stream.len()).zip(backends.iter().cycle()) {
        assert_eq!(decode(backend, &cut(stream, at)), whole, "{backend}: {at}");
    }
}

#[test]
fn row_04_long_lines_are_counted_alike_however_they_are_cut() {
    let line = line_of(200);
    let stream = [FIRST, &line, b"\n", NEXT].concat();
    let error = moved(limit(Limit::MessageBytes, 0), FIRST.len() as u64);
    let counters = |pieces: &[&[u8]]| {
        let mut decoder = Decoder::new(&within(120), Duplicates::Deep, Pool::default());
        let verdicts = read(&mut decoder, pieces.iter().copied());
        assert_eq!(verdicts[1].as_ref().expect_err("too long").error(), error);
        decoder.counters().clone()
    };
    let whole = counters(&[&stream]);
    assert_eq!(whole.bytes, stream.len() as u64);
    for at in 0..=stream.len() {
        assert_eq!(counters(&cut(&stream, at)), whole, "cut at {at}");
    }
}

fn within(message_bytes: u32) -> Limits {
    Limits { message_bytes, ..Limits::default() }
}

/// A message of exactly that length.
fn line_of(length: usize) -> Vec<u8> {
    let head = br#"{"jsonrpc":"2.0","method":"m","params":{"text":""#;
    let tail = br#""}}"#;
    let mut line = head.to_vec();
    line.resize(length - tail.len(), b'x');
    line.extend_from_slice(tail);
    line
}
