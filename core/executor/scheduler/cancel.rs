//! Cancellation: of a task and of what is below it, and of nothing else.

use super::Scheduler;
use super::task::{Outcome, State};
use crate::error::Error;
use crate::id::TaskId;

impl Scheduler {
    /// Cancels a task or a scope with everything below it.
    ///
    /// What runs keeps its permit until its driver, which is told to stop, gives it back. Linear in the number of tasks below.
    ///
    /// Returns how the task ends: as it had ended before, or [`Outcome::Cancelled`].
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownTask`](crate::Misuse::UnknownTask).
    pub fn cancel(&mut self, task: TaskId, now: u64) -> Result<Outcome, Error> {
        let slot = self.slot_of(task)?;
        self.tick(now);
        if self.tasks[slot].state == State::Ended {
            // It has ended well; its children go on, and may be cancelled through it.
            self.sweep(slot);
        } else {
            self.decide(slot, Outcome::Cancelled);
        }
        let outcome = self.tasks[slot].outcome;
        self.settle();
        Ok(outcome)
    }
}
