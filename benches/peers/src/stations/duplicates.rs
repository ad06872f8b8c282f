//! The engine against itself: the check for duplicate keys at every depth, on and off, on cold
//! streams (row 8).

use super::Bench;
use crate::corpus::Kind;
use crate::peers::{self, OURS, OURS_LENIENT};
use crate::stream::Stream;

pub(super) fn run(bench: &mut Bench<'_>) {
    let kinds = [
        Kind::Progress,
        Kind::Call,
        Kind::CallMeta,
        Kind::Result,
        Kind::Deep,
        Kind::Struct,
        Kind::Tools,
        Kind::Mixed,
    ];
    for kind in kinds {
        let stream = Stream::cold(kind);
        let race = bench.race(kind.name(), stream.len(), peers::duplicates(&stream));
        bench.metric(kind.name(), "on_over_off", race.ratio(OURS, OURS_LENIENT));
    }
}
