//! What a program in C pays: against parsers that are libraries for C, and against the same loop in Rust (row 15).

use super::Bench;
use crate::corpus::Kind;
use crate::peers::c::{self, CJSON, DRAIN, NEXT, RUST, SIMDJSON, TABLES};
use crate::stream::Stream;

pub(super) fn run(bench: &mut Bench<'_>) {
    for kind in [Kind::Progress, Kind::Call, Kind::CallMeta, Kind::Result] {
        race(bench, kind, &Stream::hot(kind));
    }
    race(bench, Kind::Mixed, &Stream::cold(Kind::Mixed));
}

fn race(bench: &mut Bench<'_>, kind: Kind, stream: &Stream) {
    let race = bench.race(kind.name(), stream.len(), c::contenders(stream));
    for (what, rival) in [("vs_simdjson", SIMDJSON), ("vs_cjson", CJSON)] {
        if race.has(rival) {
            bench.metric(kind.name(), what, race.ratio(rival, DRAIN));
        }
    }
    bench.metric(kind.name(), "drain_over_rust", race.ratio(DRAIN, RUST));
    bench.metric(kind.name(), "drain_over_tables", race.ratio(DRAIN, TABLES));
    bench.metric(kind.name(), "next_over_rust", race.ratio(NEXT, RUST));
}
