//! What the registry says to its driver, and when it wants to be called.

use super::Runs;
use super::run::Status;
use super::wait::WaitOutcome;
use crate::id::{RunId, WaitId};
use crate::wheel::NEVER;

/// What a driver has to know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunEvent {
    /// A run has another status. What happens between two polls is told once, with the last one.
    Status {
        /// Which run.
        run: RunId,
        /// What its caller gave it.
        tag: u64,
        /// Where it stands now.
        status: Status,
    },
    /// A wait or a question is over. The id of the wait names nothing afterwards.
    Wait {
        /// Of which run.
        run: RunId,
        /// Which wait.
        wait: WaitId,
        /// What its caller gave it.
        tag: u64,
        /// How it has ended.
        outcome: WaitOutcome,
    },
}

impl Runs {
    /// What the driver has to know of next: first the statuses, then the outcomes of waits, in their order.
    ///
    /// A run that has ended is kept at least until everything is said of it.
    pub fn poll_event(&mut self) -> Option<RunEvent> {
        let event = self.poll_status().or_else(|| self.poll_outcome());
        self.retain();
        event
    }

    fn poll_status(&mut self) -> Option<RunEvent> {
        let slot = self.telling.pop_front(&self.runs)?;
        let run = self.id_of(slot);
        let entry = &mut self.runs[slot];
        entry.unpolled = false;
        Some(RunEvent::Status { run, tag: entry.tag, status: entry.status })
    }

    fn poll_outcome(&mut self) -> Option<RunEvent> {
        let slot = self.outcomes.pop_front(&self.waits)?;
        let wait = self.wait_id(slot);
        let entry = core::mem::take(&mut self.waits[slot]);
        self.waits.remove(slot);
        self.release(entry.bytes());
        let run = self.id_of(entry.run);
        let outcomes = &mut self.runs[entry.run].outcomes;
        *outcomes = outcomes.saturating_sub(1);
        Some(RunEvent::Wait { run, wait, tag: entry.tag, outcome: entry.outcome? })
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called, if nothing else is before that. It may be a little early, never late.
    pub fn poll_timeout(&self) -> Option<u64> {
        let oldest = self.finished.first().map(|slot| &self.runs[slot]);
        // One that has something left to say goes when that was polled.
        let oldest = oldest.filter(|entry| entry.can_go());
        let end = oldest.map(|entry| entry.finished.saturating_add(self.limits.finished_ns));
        [self.timers.next(), end.filter(|end| *end != NEVER)].into_iter().flatten().min()
    }

    /// Does what was due by now. To call it more often than [`poll_timeout`](Self::poll_timeout) asks does no harm.
    pub fn handle_timeout(&mut self, now: u64) {
        self.tick(now);
        while let Some(wait) = self.timers.expire(self.now) {
            self.decide(wait, WaitOutcome::TimedOut);
        }
        self.retain();
    }

    /// Time does not go back.
    pub(super) fn tick(&mut self, now: u64) {
        self.now = self.now.max(now);
    }
}
