//! Line to tool result with its content blocks, texts unescaped or left as they are (row 9).

use super::Bench;
use crate::corpus::Kind;
use crate::peers::{self, OURS, OURS_EAGER, SERDE};
use crate::stream::Stream;

pub(super) fn run(bench: &mut Bench<'_>) {
    for kind in
        [Kind::Result, Kind::Code4k, Kind::Utf84k, Kind::Code64k, Kind::Plain64k, Kind::Base641m]
    {
        let stream = Stream::hot(kind);
        let race = bench.race(kind.name(), stream.len(), peers::typed(&stream));
        bench.metric(kind.name(), "vs_serde", race.ratio(SERDE, OURS));
        bench.metric(kind.name(), "unescaped_vs_serde", race.ratio(SERDE, OURS_EAGER));
    }
}
