//! Text to the line of a tool result: escaping and the envelope around it (row 10).

use super::Bench;
use crate::corpus;
use crate::peers::{self, MEMCPY, OURS, RMCP, SERDE};
use fastrand::Rng;

pub(super) fn run(bench: &mut Bench<'_>) {
    for (name, bytes, count, generate) in SIZES {
        let texts = texts(bytes, count, generate);
        let race = bench.race(name, texts.len(), peers::writers(&texts));
        bench.metric(name, "vs_serde", race.ratio(SERDE, OURS));
        bench.metric(name, "vs_rmcp", race.ratio(RMCP, OURS));
        bench.metric(name, "of_memcpy", race.ratio(MEMCPY, OURS));
    }
}

type Generate = fn(&mut Rng, usize) -> String;

fn texts(bytes: usize, count: usize, generate: Generate) -> Vec<String> {
    (0..count).map(|variant| generate(&mut Rng::with_seed(variant as u64), bytes)).collect()
}

/// Name, escaped bytes of a text, how many texts, and their author.
const SIZES: [(&str, usize, usize, Generate); 4] = [
    ("plain_200", 130, 2048, corpus::plain),
    ("code_4k", 3_800, 128, corpus::code),
    ("code_64k", 64_000, 8, corpus::code),
    ("utf8_64k", 63_000, 8, corpus::multilingual),
];
