//! What was handed out comes back.

use super::Scheduler;
use super::task::{Outcome, State};
use crate::counters::add;
use crate::error::{Error, Misuse};
use crate::id::TaskId;
use crate::policy::Failure;

/// How an attempt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion<'a> {
    /// Well.
    Succeeded,
    /// Not well; the task's policy says whether there is another.
    Failed(Failure<'a>),
    /// The driver gave up: there is no other attempt.
    Abandoned,
}

/// What a completion has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The task has ended so.
    Ended(Outcome),
    /// There is another attempt at this time.
    Retries {
        /// Nanoseconds of the driver's clock.
        at_ns: u64,
    },
    /// The outcome was decided before, and this changed nothing but that the permit is free.
    Late(Outcome),
}

impl Scheduler {
    /// Takes back what was handed out, and with it the permit.
    ///
    /// The first word counts: what was cancelled or timed out stays so, whatever it has come to since.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownTask`], [`Misuse::NotRunning`].
    pub fn complete(
        &mut self,
        task: TaskId,
        completion: Completion<'_>,
        now: u64,
    ) -> Result<Settled, Error> {
        let slot = self.slot_of(task)?;
        self.tick(now);
        let entry = &mut self.tasks[slot];
        if !entry.flags.runs {
            return Err(Misuse::NotRunning.into());
        }
        entry.flags.runs = false;
        if core::mem::take(&mut entry.flags.stop) {
            self.stops.remove(&mut self.tasks, slot);
        }
        let settled = self.conclude(slot, completion);
        self.free(slot);
        self.settle();
        if matches!(settled, Settled::Late(_)) {
            self.let_go(slot);
        }
        Ok(settled)
    }

    fn conclude(&mut self, slot: u32, completion: Completion<'_>) -> Settled {
        let entry = &self.tasks[slot];
        if entry.state == State::Ended {
            add(&mut self.counters.late);
            return Settled::Late(entry.outcome);
        }
        let timed_out = entry.state == State::Stopping;
        let failed = if timed_out { Outcome::TimedOut } else { Outcome::Failed };
        let outcome = match completion {
            Completion::Succeeded => Outcome::Succeeded,
            Completion::Abandoned => failed,
            Completion::Failed(failure) => match self.next_attempt(slot, &failure) {
                Some(at_ns) => return self.wait_until(slot, at_ns),
                None => failed,
            },
        };
        self.decide(slot, outcome);
        Settled::Ended(outcome)
    }

    /// When a task is tried again. Not if its deadline comes first.
    fn next_attempt(&self, slot: u32, failure: &Failure<'_>) -> Option<u64> {
        let entry = &self.tasks[slot];
        let policy = self.policies.get(entry.policy).ok()?;
        let at = self.now.saturating_add(policy.wait_ns(entry.attempt, failure)?);
        (at < entry.deadline).then_some(at)
    }

    fn wait_until(&mut self, slot: u32, at_ns: u64) -> Settled {
        add(&mut self.counters.retried);
        let entry = &mut self.tasks[slot];
        (entry.state, entry.phase_due) = (State::Waiting, at_ns);
        let key = &mut self.keys[entry.key];
        key.waiting = key.waiting.wrapping_add(1);
        if at_ns <= self.now {
            self.enqueue(slot);
        }
        self.set_timer(slot);
        Settled::Retries { at_ns }
    }
}
