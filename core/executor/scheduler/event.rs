//! What the scheduler says to its driver.

use super::Scheduler;
use super::task::Outcome;
use crate::id::TaskId;

/// A task to run. The driver holds a permit for it until it calls [`Scheduler::complete`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Which task.
    pub id: TaskId,
    /// What the submitter gave it.
    pub tag: u64,
    /// Which attempt, from 1 on.
    pub attempt: u32,
}

/// What a driver has to know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// What was handed out should stop. It keeps its permit until it does and the driver calls [`Scheduler::complete`].
    Stop {
        /// Which task.
        id: TaskId,
        /// What the submitter gave it.
        tag: u64,
        /// Why.
        reason: StopReason,
    },
    /// A task or a scope has its outcome. Ends come in the order in which they were decided, each once; the id names nothing afterwards,
    /// unless children or a driver that was not done yet still hold it.
    Ended {
        /// Which task.
        id: TaskId,
        /// What the submitter gave it.
        tag: u64,
        /// How.
        outcome: Outcome,
    },
}

/// Why a running task should stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// It has ended in this way, and nobody waits for what it does.
    Ended(Outcome),
    /// The attempt took too long. There may be another when this one was given back.
    AttemptTimedOut,
}

impl Scheduler {
    /// What the driver has to know of next.
    #[inline]
    pub fn poll_event(&mut self) -> Option<Event> {
        // Every driver asks until there is nothing, so that has to be said fast.
        if self.stops.is_empty() && self.ended.is_empty() { None } else { self.next_event() }
    }

    fn next_event(&mut self) -> Option<Event> {
        if let Some(slot) = self.stops.pop_front(&self.tasks) {
            return Some(self.stop_event(slot));
        }
        let slot = self.ended.pop_front(&self.orders)?;
        let (generation, entry) = self.tasks.named(slot);
        entry.flags.unpolled = false;
        let (tag, outcome) = (entry.tag, entry.outcome);
        self.let_go(slot);
        Some(Event::Ended { id: TaskId::new(slot, generation), tag, outcome })
    }

    fn stop_event(&mut self, slot: u32) -> Event {
        let id = self.id_of(slot);
        let entry = &mut self.tasks[slot];
        entry.flags.stop = false;
        let reason = if entry.is_over() {
            StopReason::Ended(entry.outcome)
        } else {
            StopReason::AttemptTimedOut
        };
        Event::Stop { id, tag: entry.tag, reason }
    }
}
