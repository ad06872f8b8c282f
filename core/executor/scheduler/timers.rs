//! Time: deadlines, attempts that take too long, attempts that are due, rates.

use super::Scheduler;
use super::key::Place;
use super::task::{Outcome, State};
use crate::wheel::NEVER;

impl Scheduler {
    /// When [`handle_timeout`](Self::handle_timeout) wants to be called, if nothing else is before that. It may be a little early, never late.
    pub fn poll_timeout(&self) -> Option<u64> {
        let timers = [&self.task_timers, &self.key_timers, &self.gate_timers];
        timers.into_iter().filter_map(|wheel| wheel.next()).min()
    }

    /// Does what was due by now. To call it more often than [`poll_timeout`](Self::poll_timeout) asks does no harm.
    pub fn handle_timeout(&mut self, now: u64) {
        self.tick(now);
        let now = self.now;
        while let Some(slot) = self.task_timers.expire(now) {
            self.expire(slot);
        }
        while let Some(slot) = self.gate_timers.expire(now) {
            self.open(slot);
        }
        while let Some(slot) = self.key_timers.expire(now) {
            if self.keys[slot].place == Place::Resting {
                self.line_up(slot);
            }
        }
        self.settle();
    }

    /// Time does not go back.
    pub(super) fn tick(&mut self, now: u64) {
        self.now = self.now.max(now);
    }

    /// Sets the timer of a task to the next time at which something happens to it by itself.
    pub(super) fn set_timer(&mut self, slot: u32) {
        let entry = &self.tasks[slot];
        let has_phase = matches!(entry.state, State::Waiting | State::Running);
        match entry.deadline.min(if has_phase { entry.phase_due } else { NEVER }) {
            NEVER => self.task_timers.stop(slot),
            due => self.task_timers.set(slot, due),
        }
    }

    /// A time has come for a task.
    pub(super) fn expire(&mut self, slot: u32) {
        let entry = &mut self.tasks[slot];
        if entry.deadline <= self.now {
            return self.decide(slot, Outcome::TimedOut);
        }
        if entry.phase_due <= self.now {
            match entry.state {
                State::Waiting => self.enqueue(slot),
                State::Running => {
                    entry.state = State::Stopping;
                    self.ask_to_stop(slot);
                }
                _ => {}
            }
        }
        self.set_timer(slot);
    }
}
