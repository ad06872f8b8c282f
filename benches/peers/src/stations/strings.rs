//! Messages that are one long string, against what the machine can do at best (rows 4, 5 and 6).

use super::Bench;
use crate::corpus::Kind;
use crate::peers::{self, MEMCHR, OURS, OURS_FRAMED, OURS_FUSED, RAW_VALUE, SIMDUTF8};
use crate::stream::Stream;

pub(super) fn run(bench: &mut Bench<'_>) {
    for kind in
        [Kind::Code4k, Kind::Utf84k, Kind::Code64k, Kind::Utf864k, Kind::Plain64k, Kind::Base641m]
    {
        let (stream, name) = (Stream::hot(kind), kind.name());
        let race = bench.race(name, stream.len(), peers::strings(&stream));
        bench.metric(name, "vs_rawvalue", race.ratio(RAW_VALUE, OURS));
        bench.metric(name, "of_memchr", race.ratio(MEMCHR, OURS));
        bench.metric(name, "framed_of_memchr", race.ratio(MEMCHR, OURS_FRAMED));
        bench.metric(name, "fused_of_memchr", race.ratio(MEMCHR, OURS_FUSED));
        bench.metric(name, "of_simdutf8", race.ratio(SIMDUTF8, OURS));
    }
}
