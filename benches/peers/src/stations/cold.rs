//! Small messages and a mixed session out of streams that do not fit in cache: nothing is memorised
//! (row 3).

use super::Bench;
use crate::corpus::Kind;
use crate::peers::{self, OURS, OURS_OWNING, RAW_VALUE};
use crate::stream::Stream;

pub(super) fn run(bench: &mut Bench<'_>) {
    for kind in [Kind::Progress, Kind::Call, Kind::CallMeta, Kind::Result, Kind::Mixed] {
        let stream = Stream::cold(kind);
        let race = bench.race(kind.name(), stream.len(), peers::envelopes(&stream));
        bench.rivals(kind.name(), &race, OURS);
        bench.metric(kind.name(), "owning_vs_rawvalue", race.ratio(RAW_VALUE, OURS_OWNING));
    }
}
