//! One line in the middle of a stream, read in every way in which it can arrive.

use mcp_engine_proto::internal;

use crate::stream::{Verdict, read};
use mcp_engine::{
    BodyDecoder, Counters, Duplicates, Error, EventDecoder, Fault, Incoming, JsonRule, Limit,
    Limits, Message, MessageRule, Pool, Refusal,
};

/// The message before the line in question.
pub(crate) const FIRST: &[u8] = b"{\"jsonrpc\":\"2.0\",\"id\":\"first\",\"method\":\"ping\"}\n";
/// The message behind it, which must be read whatever the line was.
pub(crate) const NEXT: &[u8] = b"{\"jsonrpc\":\"2.0\",\"id\":\"next\",\"method\":\"ping\"}\n";

pub(crate) const PARSE_ERROR: i32 = -32700;
pub(crate) const INVALID_REQUEST: i32 = -32600;
pub(crate) const INVALID_PARAMS: i32 = -32602;

/// The settings under which lines are read.
#[derive(Default)]
pub(crate) struct Streams {
    pub(crate) limits: Limits,
    pub(crate) duplicates: Duplicates,
    pool: Pool,
}

/// Checks that a line is refused, with default settings; see [`Streams::refuse`].
pub(crate) fn refuse(line: impl AsRef<[u8]>, error: Error, code: i32, id: Option<&str>) {
    Streams::default().refuse(line.as_ref(), error, code, id);
}

/// Checks that a line is accepted, with default settings; see [`Streams::accept`].
pub(crate) fn accept(line: impl AsRef<[u8]>, check: impl Fn(&Message)) {
    Streams::default().accept(line.as_ref(), check);
}

pub(crate) fn json(rule: JsonRule, at: usize) -> Error {
    Error::InvalidJson { rule, offset: at as u64 }
}

pub(crate) fn message(rule: MessageRule, at: usize) -> Error {
    Error::InvalidMessage { rule, offset: at as u64 }
}

pub(crate) fn limit(limit: Limit, at: usize) -> Error {
    Error::LimitExceeded { limit, offset: at as u64 }
}

/// Where `part` begins in `line`.
pub(crate) fn place(line: impl AsRef<[u8]>, part: impl AsRef<[u8]>) -> usize {
    let part = part.as_ref();
    let mut windows = line.as_ref().windows(part.len());
    windows.position(|window| window == part).expect("a part")
}

impl Streams {
    pub(crate) fn within(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    pub(crate) fn with(duplicates: Duplicates) -> Self {
        Self { duplicates, ..Self::default() }
    }

    /// Checks that the line is refused for `error`, whose offset counts from the start of the line, that
    /// a peer is told `code`, and that the answer can carry `id`.
    pub(crate) fn refuse(&self, line: &[u8], error: Error, code: i32, id: Option<&str>) {
        assert_eq!(error.code(), code, "code of {error}");
        let moved_error = moved(error, FIRST.len() as u64);
        self.in_every_stream(line, |verdict, counters| {
            refused(verdict, moved_error, id);
            assert_eq!(counters.refusals(error), 1, "counter of {error}");
            assert_eq!(all_faults(counters), 1);
            assert_eq!(counters.all_messages(), 2);
        });
        if !matches!(error, Error::LimitExceeded { limit, .. } if limit == Limit::MessageBytes) {
            refused(&self.body(line), error, id);
            refused(&self.event(line), moved(error, DATA.len() as u64), id);
        }
    }

    /// Checks that the line is accepted and that the message passes `check`.
    pub(crate) fn accept(&self, line: &[u8], check: impl Fn(&Message)) {
        let check = |verdict: &Verdict| match verdict {
            Ok(message) => check(message),
            Err(refusal) => panic!("{refusal}: {}", line.escape_ascii()),
        };
        self.in_every_stream(line, |verdict, counters| {
            check(verdict);
            assert_eq!(all_faults(counters), 0);
            assert_eq!(counters.all_messages(), 3);
        });
        check(&self.body(line));
        check(&self.event(line));
    }

    /// Puts the line between two messages, reads that with every backend and in many pieces, and shows
    /// what came of the line.
    fn in_every_stream(&self, line: &[u8], check: impl Fn(&Verdict, &Counters)) {
        let stream = [FIRST, line, b"\n", NEXT].concat();
        for backend in internal::backends() {
            let in_pieces = |pieces: &[&[u8]]| {
                let pool = self.pool.clone();
                let mut decoder = internal::decoder(backend, &self.limits, self.duplicates, pool);
                let verdicts = read(&mut decoder, pieces.iter().copied());
                decoder.end().expect("no partial line");
                let [Ok(first), verdict, Ok(next)] = &verdicts[..] else {
                    panic!("{backend}: {verdicts:?} of {}", line.escape_ascii());
                };
                assert_eq!(first.as_str().as_bytes(), FIRST.trim_ascii_end());
                assert_eq!(next.as_str().as_bytes(), NEXT.trim_ascii_end());
                check(verdict, decoder.counters());
            };
            in_pieces(&[&stream]);
            if stream.len() <= SHORT {
                in_pieces(&stream.chunks(1).collect::<Vec<_>>());
                let cuts = FIRST.len()..=FIRST.len() + line.len() + 1;
                cuts.for_each(|at| in_pieces(&cut(&stream, at)));
            }
        }
    }

    /// The line as the body of an HTTP request.
    fn body(&self, line: &[u8]) -> Verdict {
        let mut decoder = BodyDecoder::new(&self.limits, self.duplicates, self.pool.clone());
        decoder.feed(without_return(line)).expect("a short body");
        decoder.end();
        let verdict = decoder.poll().expect("a body gives one verdict");
        assert!(decoder.poll().is_none());
        verdict
    }

    /// The line as the data of an event.
    fn event(&self, line: &[u8]) -> Verdict {
        let mut decoder = EventDecoder::new(&self.limits, self.duplicates, self.pool.clone());
        let line = without_return(line);
        assert!(!line.contains(&b'\r'), "a carriage return ends the data");
        decoder.feed(&[DATA, line, b"\n\n", DATA, NEXT, b"\n"].concat()).expect("a short event");
        let verdict = decoder.poll().expect("an event gives one verdict");
        let next = decoder.poll().expect("the next event is read");
        assert!(matches!(next, Ok(Incoming::Message(_))));
        match verdict {
            Ok(Incoming::Message(message)) => Ok(message),
            Ok(other) => panic!("{other:?}"),
            Err(refusal) => Err(refusal),
        }
    }
}

fn refused(verdict: &Verdict, error: Error, id: Option<&str>) {
    let refusal: &Refusal = verdict.as_ref().expect_err("refused");
    assert_eq!(refusal.error(), error);
    assert_eq!(refusal.id().map(|id| id.token()), id, "id of {error}");
    if !matches!(error, Error::InvalidMessage { .. }) {
        assert!(refusal.message().is_none(), "message of {error}");
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Refusals of every kind.
pub(crate) fn all_faults(counters: &Counters) -> u64 {
    let faults = [Fault::Frame, Fault::Json, Fault::Message, Fault::Limit, Fault::Misuse];
    faults.iter().map(|fault| counters.faults(*fault)).sum()
}

/// The two parts of a stream that is cut at `at`.
pub(crate) fn cut(stream: &[u8], at: usize) -> [&[u8]; 2] {
    let (head, tail) = stream.split_at(at);
    [head, tail]
}

/// The error as it is when its line begins `by` bytes further into the stream.
pub(crate) fn moved(error: Error, by: u64) -> Error {
    match error {
        Error::InvalidFrame { rule, offset } => Error::InvalidFrame { rule, offset: offset + by },
        Error::InvalidJson { rule, offset } => Error::InvalidJson { rule, offset: offset + by },
        Error::InvalidMessage { rule, offset } => {
            Error::InvalidMessage { rule, offset: offset + by }
        }
        Error::LimitExceeded { limit, offset } => {
            Error::LimitExceeded { limit, offset: offset + by }
        }
        other => other,
    }
}

const DATA: &[u8] = b"data: ";
/// Streams up to this long are cut at every place.
const SHORT: usize = 320;
