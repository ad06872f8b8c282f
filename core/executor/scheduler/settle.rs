//! Ends: a task gets its outcome, and whoever hangs on it hears of it.
//!
//! An outcome can end others, which end others again. All of them go through one list, so that nothing here is recursive and each is dealt
//! with once.

use super::Scheduler;
use super::task::{Needs, Outcome, State};
use crate::slots::NONE;

impl Scheduler {
    /// Decides how a task ends, unless that is decided. [`settle`](Self::settle) tells the others.
    pub(super) fn decide(&mut self, slot: u32, outcome: Outcome) {
        let entry = &mut self.tasks[slot];
        match entry.state {
            State::Ended => {}
            State::Open | State::Closing if !entry.children.is_empty() => {
                self.close(slot, outcome);
            }
            _ => {
                entry.outcome = outcome;
                self.end(slot);
            }
        }
    }

    /// A scope ends when its last child is gone. Those below one that was closed go on, those below one that ends otherwise do not.
    fn close(&mut self, slot: u32, outcome: Outcome) {
        let entry = &mut self.tasks[slot];
        if entry.state == State::Closing && entry.outcome != Outcome::Succeeded {
            return;
        }
        (entry.state, entry.outcome) = (State::Closing, outcome);
        if outcome != Outcome::Succeeded {
            self.sweep(slot);
        }
    }

    /// A task leaves wherever it stands.
    #[inline]
    fn end(&mut self, slot: u32) {
        match self.tasks[slot].state {
            State::Queued => self.dequeue(slot),
            State::Blocked => self.drop_edges(slot),
            _ => {}
        }
        let entry = &mut self.tasks[slot];
        let waited = matches!(
            core::mem::replace(&mut entry.state, State::Ended),
            State::Blocked | State::Held | State::Queued | State::Waiting
        );
        entry.flags.unpolled = true;
        if waited {
            let waiting = &mut self.keys[entry.key].waiting;
            *waiting = waiting.saturating_sub(1);
        }
        if !entry.flags.scope {
            self.counters.end(entry.outcome);
        }
        if entry.flags.runs {
            self.ask_to_stop(slot);
        }
        self.task_timers.stop(slot);
        let entry = &self.tasks[slot];
        // Nobody has to hear of it but whoever polls.
        let is_alone = entry.dependents.is_empty() && entry.children.is_empty();
        let list = if is_alone { &mut self.ended } else { &mut self.settling };
        list.push_back(&mut self.tasks, slot);
    }

    /// Tells everybody who has to know of the ends that were decided, and of the ends that follow from those.
    #[inline]
    pub(super) fn settle(&mut self) {
        while let Some(slot) = self.settling.pop_front(&mut self.tasks) {
            while let Some(dependent) = self.pop_dependent(slot) {
                self.unblock(dependent, self.tasks[slot].outcome);
            }
            let entry = &self.tasks[slot];
            if entry.outcome != Outcome::Succeeded && !entry.flags.swept {
                self.sweep(slot);
            }
            self.ended.push_back(&mut self.tasks, slot);
        }
    }

    /// What a task waited for has ended.
    fn unblock(&mut self, dependent: u32, outcome: Outcome) {
        let entry = &self.tasks[dependent];
        if entry.needs == Needs::Success && outcome != Outcome::Succeeded {
            self.decide(dependent, Outcome::Skipped);
        } else if entry.dependencies.is_empty() {
            self.enqueue(dependent);
        }
    }

    /// Cancels everything below a task. Linear in how much that is.
    pub(super) fn sweep(&mut self, root: u32) {
        let mut at = self.below(root, root);
        while let Some(slot) = at {
            let was_swept = core::mem::replace(&mut self.tasks[slot].flags.swept, true);
            self.decide_one(slot);
            at = if was_swept { self.beside(root, slot) } else { self.below(root, slot) };
        }
    }

    /// Cancels one task whose children are dealt with by the caller.
    fn decide_one(&mut self, slot: u32) {
        let entry = &mut self.tasks[slot];
        match entry.state {
            State::Ended => {}
            State::Open | State::Closing if !entry.children.is_empty() => {
                if entry.state == State::Open || entry.outcome == Outcome::Succeeded {
                    (entry.state, entry.outcome) = (State::Closing, Outcome::Cancelled);
                }
            }
            _ => {
                entry.outcome = Outcome::Cancelled;
                self.end(slot);
            }
        }
    }

    pub(super) fn ask_to_stop(&mut self, slot: u32) {
        if !core::mem::replace(&mut self.tasks[slot].flags.stop, true) {
            self.stops.push_back(&mut self.tasks, slot);
        }
    }

    /// Forgets a task that nothing hangs on any more, and those above it that waited only for that.
    pub(super) fn let_go(&mut self, mut slot: u32) {
        while self.tasks[slot].can_go() {
            let parent = self.tasks[slot].parent;
            if parent == NONE {
                self.tasks.remove(slot);
                return;
            }
            let mut children = core::mem::take(&mut self.tasks[parent].children);
            children.remove(&mut self.tasks, slot);
            let was_last = children.is_empty();
            self.tasks[parent].children = children;
            self.tasks.remove(slot);
            if was_last && self.tasks[parent].state == State::Closing {
                self.end(parent);
                return self.settle();
            }
            slot = parent;
        }
    }

    /// The task behind another in the tree below a root, its children first.
    pub(super) fn below(&self, root: u32, slot: u32) -> Option<u32> {
        self.tasks[slot].children.first().or_else(|| self.beside(root, slot))
    }

    /// The same, without its children.
    pub(super) fn beside(&self, root: u32, mut slot: u32) -> Option<u32> {
        while slot != root {
            let entry = &self.tasks[slot];
            if entry.family.next != NONE {
                return Some(entry.family.next);
            }
            slot = entry.parent;
        }
        None
    }
}
