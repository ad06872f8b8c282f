//! A `tools/list` result of forty tools: tokens, not text, in cache and out of it (row 7).

use super::Bench;
use crate::corpus::Kind;
use crate::peers::{self, OURS};
use crate::stream::Stream;

pub(super) fn run(bench: &mut Bench<'_>) {
    for (name, stream) in [("hot", Stream::hot(Kind::Tools)), ("cold", Stream::cold(Kind::Tools))] {
        let race = bench.race(name, stream.len(), peers::envelopes(&stream));
        bench.rivals(name, &race, OURS);
    }
}
