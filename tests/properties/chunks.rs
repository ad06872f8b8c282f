//! A stream of lines gives the same, however its bytes arrive.

use mcp_engine::{Counters, Duplicates, Error, Limits, Pool};
use mcp_engine_proto::internal::{backends, decoder};
use proptest::prelude::*;

use crate::inputs::{cases, cuts, line, pieces};
use crate::stream::{Outcome, read};

type Result = (Vec<Outcome>, std::result::Result<(), Error>, Counters);

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn lines_give_the_same_messages_and_errors_in_any_pieces(
        lines in prop::collection::vec((line(), any::<bool>()), 0..8),
        tail in line(),
        limits in limits(),
        cuts in cuts(),
        duplicates in prop_oneof![Just(Duplicates::Deep), Just(Duplicates::Reserved)],
    ) {
        let ends = |(line, crlf): &(Vec<u8>, bool)| {
            [&line[..], if *crlf { b"\r\n" } else { b"\n" }].concat()
        };
        let mut stream: Vec<u8> = lines.iter().flat_map(ends).collect();
        stream.extend_from_slice(&tail);
        let whole = decode("portable", &limits, duplicates, &[&stream]);
        for backend in backends() {
            prop_assert_eq!(&decode(backend, &limits, duplicates, &[&stream]), &whole, "{}", backend);
            let in_pieces = decode(backend, &limits, duplicates, &pieces(&stream, &cuts));
            prop_assert_eq!(&in_pieces, &whole, "{} in pieces", backend);
        }
        let bytes: Vec<_> = stream.chunks(1).collect();
        prop_assert_eq!(&decode("portable", &limits, duplicates, &bytes), &whole, "byte by byte");
    }

    #[test]
    fn messages_can_be_kept_while_others_are_read(
        lines in prop::collection::vec(line(), 1..40),
        retained in prop_oneof![Just(0u32), Just(16 << 20)],
        cuts in cuts(),
    ) {
        let stream: Vec<u8> = lines.iter().flat_map(|line| [&line[..], b"\n"].concat()).collect();
        let limits = Limits { retained, ..Limits::default() };
        let pool = Pool::new(&limits, mcp_engine::Seed([1, 2]));
        let mut decoder = decoder("portable", &limits, Duplicates::Deep, pool);
        let mut kept = Vec::new();
        for _ in 0..20 {
            kept.extend(read(&mut decoder, pieces(&stream, &cuts)));
        }
        let outcomes: Vec<_> = kept.iter().filter_map(|verdict| verdict.as_ref().ok()).collect();
        let once = outcomes.len() / 20;
        for (at, message) in outcomes.iter().enumerate() {
            prop_assert_eq!(message.as_str(), outcomes[at % once].as_str());
        }
    }
}

fn decode(backend: &str, limits: &Limits, duplicates: Duplicates, pieces: &[&[u8]]) -> Result {
    let mut decoder = decoder(backend, limits, duplicates, Pool::default());
    let verdicts = read(&mut decoder, pieces.iter().copied());
    let ended = decoder.end();
    let outcomes = verdicts.iter().map(Outcome::from).collect();
    (outcomes, ended, decoder.counters().clone())
}

/// Limits that these streams reach now and then.
fn limits() -> impl Strategy<Value = Limits> {
    let limit = |most: u32| prop_oneof![2 => Just(most), 1 => 0..=most];
    let bounds = (limit(400), 0..=6u8, limit(40), limit(3), limit(24));
    let tight = bounds.prop_map(|(message_bytes, depth, items, batch, id_bytes)| Limits {
        message_bytes,
        depth,
        items,
        batch,
        id_bytes,
        ..Limits::default()
    });
    prop_oneof![Just(Limits::default()), tight]
}
