//! Every kind, hot: what a message costs when it lies in cache (rows 1 and 2).

use super::Bench;
use crate::corpus::Kind;
use crate::peers::{self, OURS, OURS_OWNING, RAW_VALUE};
use crate::stream::Stream;

pub(super) fn run(bench: &mut Bench<'_>) {
    for kind in Kind::ALL {
        let stream = Stream::hot(kind);
        let race = bench.race(kind.name(), stream.len(), peers::envelopes(&stream));
        bench.rivals(kind.name(), &race, OURS);
        bench.metric(kind.name(), "owning_vs_rawvalue", race.ratio(RAW_VALUE, OURS_OWNING));
    }
}
