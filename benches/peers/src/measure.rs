//! The clock: interleaved rounds of thread CPU time (or another's), and ratios paired within a round.
//!
//! All contenders of a race run in every round, each round starting with the next of them, so that
//! a slow spell of a shared machine hits all alike. A ratio is taken per round and its median
//! reported: it survives drift that would spoil a ratio of medians.

use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};
use serde::Serialize;

use crate::contender::Contender;

/// What every contender cost in every round, in nanoseconds per message.
pub(crate) struct Race {
    lanes: Vec<Lane>,
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock {
    /// The processor time of the thread that races: what else the machine does hardly disturbs it.
    Thread,
    /// The processor time of all threads.
    Process,
    /// The time on the wall, for work that is spread over threads.
    Wall,
}

struct Lane {
    name: &'static str,
    rounds: Vec<f64>,
}

/// The middle and the spread of one quantity over the rounds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Race {
    /// Runs `rounds` rounds over a stream of `messages` messages.
    pub(crate) fn run(
        clock: Clock,
        mut contenders: Vec<Contender<'_>>,
        messages: usize,
        rounds: usize,
    ) -> Self {
        let passes: Vec<u32> =
            contenders.iter_mut().map(|one| passes_per_sample(clock, one)).collect();
        let mut lanes: Vec<Lane> = contenders
            .iter()
            .map(|one| Lane { name: one.name, rounds: Vec::with_capacity(rounds) })
            .collect();
        for round in 0..rounds {
            for turn in 0..contenders.len() {
                let next = (round + turn) % contenders.len();
                let spent = sample(clock, &mut contenders[next], passes[next]);
                lanes[next]
                    .rounds
                    .push(spent.as_nanos() as f64 / f64::from(passes[next]) / messages as f64);
            }
        }
        Self { lanes }
    }

    pub(crate) fn times(&self) -> impl Iterator<Item = (&'static str, Spread)> {
        self.lanes.iter().map(|lane| (lane.name, Spread::over(lane.rounds.iter().copied())))
    }

    /// Time of `left` over time of `right`, round by round.
    pub(crate) fn ratio(&self, left: &str, right: &str) -> Spread {
        let pairs = self.lane(left).rounds.iter().zip(&self.lane(right).rounds);
        Spread::over(pairs.map(|(left, right)| left / right))
    }

    /// Whether a contender has raced.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.lanes.iter().any(|lane| lane.name == name)
    }

    fn lane(&self, name: &str) -> &Lane {
        self.lanes
            .iter()
            .find(|lane| lane.name == name)
            .unwrap_or_else(|| panic!("{name} is not in this race"))
    }
}

impl Clock {
    fn time(self, work: impl FnOnce()) -> Duration {
        let (thread, process, wall) = (ThreadTime::now(), ProcessTime::now(), Instant::now());
        work();
        match self {
            Self::Thread => thread.elapsed(),
            Self::Process => process.elapsed(),
            Self::Wall => wall.elapsed(),
        }
    }
}

impl Spread {
    fn over(values: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.collect();
        sorted.sort_by(f64::total_cmp);
        let (below, above) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        Self { median: f64::midpoint(below, above), min: sorted[0], max: sorted[sorted.len() - 1] }
    }
}

/// How many passes make a sample long enough for the clock; the first, discarded pass warms caches
/// and scratch.
fn passes_per_sample(clock: Clock, contender: &mut Contender<'_>) -> u32 {
    contender.pass();
    let mut spent = Duration::ZERO;
    let mut passes = 0;
    while spent < SAMPLE {
        spent += clock.time(|| _ = contender.pass());
        passes += 1;
    }
    passes + passes / 4
}

/// One sample, after a pass off the clock that clears away what the contender before it left in
/// caches and predictors.
fn sample(clock: Clock, contender: &mut Contender<'_>, passes: u32) -> Duration {
    contender.pass();
    clock.time(|| {
        for _ in 0..passes {
            contender.pass();
        }
    })
}

const SAMPLE: Duration = Duration::from_millis(8);

#[cfg(test)]
mod tests {
    use super::*;

    fn race(left: &[f64], right: &[f64]) -> Race {
        let lane = |name, rounds: &[f64]| Lane { name, rounds: rounds.to_vec() };
        Race { lanes: vec![lane("left", left), lane("right", right)] }
    }

    #[test]
    fn ratios_are_paired_within_a_round() {
        let ratio = race(&[10.0, 40.0, 30.0], &[5.0, 10.0, 10.0]).ratio("left", "right");
        assert_eq!((ratio.min, ratio.median, ratio.max), (2.0, 3.0, 4.0));
    }

    #[test]
    fn every_contender_runs_in_every_round() {
        let spin = |name| {
            Contender::whole(name, || (0..1000_u64).fold(0, |sum, n| sum ^ std::hint::black_box(n)))
        };
        let race = Race::run(Clock::Thread, vec![spin("one"), spin("two")], 10, 3);
        assert!(
            race.lanes
                .iter()
                .all(|lane| lane.rounds.len() == 3 && lane.rounds.iter().all(|ns| *ns > 0.0))
        );
    }
}
