//! Whole conversations that a seed makes up, and the rules that must hold in each.
//!
//! A schedule is a client and a server with an application each, on a network that carries piece by piece in any order, under
//! virtual time, with whatever trouble the seed has chosen: loss, small limits, a hostile side. An oracle that shares no table with
//! the connection watches every call, every event and every transmit. The same seed plays the same schedule, byte for
//! byte.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a simulation reports what it found"
)]

mod asks;
mod choices;
mod ending;
mod events;
mod hostile;
mod input;
mod ledger;
mod plan;
mod races;
mod says;
mod schedule;
mod serves;
mod table;
mod talk;
mod time;
mod trouble;
mod wire;
mod world;

use std::collections::BTreeMap;

use choices::Choices;
use world::World;

/// What a schedule has come across.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Operations of applications, network, time and trouble.
    pub acts: u64,
    /// Messages that the two connections have transmitted.
    pub messages: u64,
    /// Lines that a hostile side has written.
    pub injected: u64,
    /// How often each event, and each broken rule, was seen.
    pub seen: BTreeMap<&'static str, u64>,
}

/// Is told what happens, line by line.
pub type Trace<'a> = Option<&'a mut dyn FnMut(&str)>;

/// Plays the schedule of a seed.
///
/// # Panics
///
/// When a rule does not hold.
pub fn play(seed: u64, trace: Trace<'_>) -> Report {
    run(Choices::Seeded(seed), trace)
}

/// Plays the schedule of a seed, and writes its decisions down for [`play_bytes`].
///
/// # Panics
///
/// As [`play`] does; `bytes` holds the decisions up to there.
pub fn record<'a>(seed: u64, bytes: &'a mut Vec<u8>, trace: Trace<'a>) -> Report {
    run(Choices::Recorded(seed, bytes), trace)
}

/// Plays the schedule that bytes decide: one for each decision, and lines of a hostile side as they stand.
///
/// # Panics
///
/// When a rule does not hold.
pub fn play_bytes<'a>(bytes: &'a [u8], trace: Trace<'a>) -> Report {
    run(Choices::Listed(bytes), trace)
}

fn run<'a>(choices: Choices<'a>, trace: Trace<'a>) -> Report {
    let mut world = World::new(choices, trace);
    world.play();
    world.report
}

impl Report {
    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        self.acts += other.acts;
        self.messages += other.messages;
        self.injected += other.injected;
        for (what, times) in &other.seen {
            *self.seen.entry(what).or_default() += times;
        }
    }

    fn see(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }
}
