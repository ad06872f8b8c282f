//! Pausing: what is below a task does not start before it is resumed.

use super::Scheduler;
use super::task::State;
use crate::error::Error;
use crate::id::TaskId;
use crate::slots::NONE;

impl Scheduler {
    /// Holds back a task or a scope with everything below it, also what is submitted later.
    ///
    /// What runs goes on, and deadlines stand. Linear in the number of tasks below.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownTask`](crate::Misuse::UnknownTask).
    pub fn pause(&mut self, task: TaskId, now: u64) -> Result<(), Error> {
        let root = self.slot_of(task)?;
        self.tick(now);
        self.tasks[root].flags.paused_itself = true;
        let mut at = Some(root).filter(|root| !self.tasks[*root].flags.paused);
        while let Some(slot) = at {
            let was_paused = core::mem::replace(&mut self.tasks[slot].flags.paused, true);
            if self.tasks[slot].state == State::Queued {
                self.dequeue(slot);
                self.tasks[slot].state = State::Held;
            }
            at = if was_paused { self.beside(root, slot) } else { self.below(root, slot) };
        }
        Ok(())
    }

    /// Lets go on what was paused, but not what is below a task that is paused itself, and nothing as long as something above is.
    ///
    /// What was held joins the queues at their ends. Linear in the number of tasks below.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownTask`](crate::Misuse::UnknownTask).
    pub fn resume(&mut self, task: TaskId, now: u64) -> Result<(), Error> {
        let root = self.slot_of(task)?;
        self.tick(now);
        self.tasks[root].flags.paused_itself = false;
        let parent = self.tasks[root].parent;
        let mut at = Some(root).filter(|_| parent == NONE || !self.tasks[parent].flags.paused);
        while let Some(slot) = at {
            let entry = &mut self.tasks[slot];
            if entry.flags.paused_itself {
                at = self.beside(root, slot);
                continue;
            }
            entry.flags.paused = false;
            if entry.state == State::Held {
                self.enqueue(slot);
            }
            at = self.below(root, slot);
        }
        Ok(())
    }
}
