//! Whole schedules that a seed makes up, and the rules that must hold in each.
//!
//! A schedule is a scheduler with keys, quotas, rates and small limits, and somebody who submits, cancels, pauses, completes and lets time
//! pass. An oracle that shares nothing with the scheduler but its types knows how each task has to end, what may start, and that nothing
//! that may start is kept waiting. The same seed plays the same schedule.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a panic is how a simulation reports what it found"
)]

mod acts;
mod choices;
mod oracle;
mod plan;
mod restart;
mod world;

use std::collections::BTreeMap;

use choices::Choices;
use world::World;

/// What a schedule has come across.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Calls of verbs.
    pub acts: u64,
    /// How often each kind of thing was seen.
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
    World::new(Choices::Seeded(seed), trace).play(usize::MAX)
}

/// The same, and everything is cancelled after so many acts.
///
/// # Panics
///
/// When a rule does not hold.
pub fn play_and_cancel(seed: u64, after: usize) -> Report {
    World::new(Choices::Seeded(seed), None).play(after)
}

/// Plays the schedule that bytes decide.
///
/// # Panics
///
/// When a rule does not hold.
pub fn play_bytes<'a>(bytes: &'a [u8], trace: Trace<'a>) -> Report {
    World::new(Choices::Listed(bytes), trace).play(usize::MAX)
}

impl Report {
    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        self.acts += other.acts;
        for (what, times) in &other.seen {
            *self.seen.entry(what).or_default() += times;
        }
    }

    fn see(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }
}
