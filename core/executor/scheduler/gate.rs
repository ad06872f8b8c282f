//! A gate: how much may run of what passes it, how fast, and whose turn it is.
//!
//! There is one for all keys, in place 0, and one for each quota. Who waits at it stands in a line that is ordered by virtual time
//! (start-time fair queueing): passing a gate moves the next turn of a key ahead by the inverse of its weight, and no turn is earlier than
//! that of the key that passed last, so that nobody saves up turns while there is nothing to do.

use crate::line::{Line, Places};
use crate::pace::{Pace, Rate};

/// What keys share: how many of their tasks run at the same time, and how fast they start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuotaConfig {
    /// How many tasks run at the same time; `None` for as many as there is room for.
    pub concurrency: Option<u32>,
    /// How fast tasks start.
    pub rate: Option<Rate>,
}

/// A gate as the scheduler keeps it.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// Permits that are held by tasks that run, or by keys that have passed and wait for the next gate.
    pub(crate) taken: u32,
    pub(crate) concurrency: Option<u32>,
    pub(crate) pace: Pace,
    pub(crate) line: Line,
    virtual_time: u64,
    /// How many keys count against it.
    pub(crate) keys: u32,
}

/// Where a key stands at a gate: its next turn in virtual time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Turn {
    pub(crate) gate: u32,
    pub(crate) next: u64,
}

impl Gate {
    pub(crate) fn new(config: &QuotaConfig) -> Self {
        let (concurrency, pace) = (config.concurrency, Pace::new(config.rate));
        Self { concurrency, pace, ..Self::default() }
    }

    pub(crate) fn has_room(&self) -> bool {
        self.concurrency.is_none_or(|limit| self.taken < limit)
    }

    /// Whether a key may pass now.
    pub(crate) fn is_open(&self, now: u64) -> bool {
        self.has_room() && self.pace.ready_at() <= now
    }

    /// A key joins the line.
    #[inline(always)]
    pub(crate) fn wait(&mut self, places: &mut Places, key: u32, turn: &Turn) {
        self.line.push(places, key, turn.next.max(self.virtual_time));
    }

    /// A key takes a permit, and the promise of a start.
    pub(crate) fn pass(&mut self, turn: &mut Turn, step: u64) {
        let begin = turn.next.max(self.virtual_time);
        self.virtual_time = begin;
        turn.next = begin.saturating_add(step);
        self.taken = self.taken.wrapping_add(1);
        self.pace.promise();
    }

    /// A permit comes back.
    pub(crate) fn give_back(&mut self) {
        self.taken = self.taken.wrapping_sub(1);
    }
}
