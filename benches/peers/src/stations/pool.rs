//! Tiny callbacks through pools of two threads, until all have run. The time on the wall counts, for the work is on several threads;
//! the time of all processors together stands beside it.

use super::Bench;
use crate::contender::Contender;
use crate::measure::Clock;
use crate::peers::{OURS, pools};

pub(super) fn run(bench: &mut Bench<'_>) {
    let kinds: [(&str, Line, Clock); 4] = [
        ("spawn", pools::outside, Clock::Wall),
        ("inside", pools::inside, Clock::Wall),
        ("spawn_cpu", pools::outside, Clock::Process),
        ("inside_cpu", pools::inside, Clock::Process),
    ];
    for (kind, line, clock) in kinds {
        let race = bench.race_by(clock, kind, CALLBACKS as usize, line(CALLBACKS));
        bench.metric(kind, "vs_rayon", race.ratio(pools::RAYON, OURS));
        bench.metric(kind, "vs_tokio", race.ratio(pools::TOKIO, OURS));
    }
}

type Line = fn(u64) -> Vec<Contender<'static>>;

const CALLBACKS: u64 = 200_000;
