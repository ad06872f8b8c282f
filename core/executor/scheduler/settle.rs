//! Ends: a task gets its outcome, and whoever hangs on it hears of it.
//!
//! An outcome can end others, which end others again. All of them go through one list, so that nothing here is recursive and each is dealt
//! with once.

use super::Scheduler;
use super::task::{Needs, Outcome, State};
use crate::slots::NONE;

impl Scheduler {
    /// Decides how a task ends, unless that is decided. [`settle`](Self::settle) tells the others.
    #[inline]
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

    /// A task has ended.
    #[inline(always)]
    pub(super) fn end(&mut self, slot: u32) {
        let state = core::mem::replace(&mut self.tasks[slot].state, State::Ended);
        if !matches!(state, State::Running | State::Stopping) {
            self.leave(slot, state);
        }
        let entry = &mut self.tasks[slot];
        entry.flags.unpolled = true;
        self.counters.end(entry.outcome, entry.flags.scope);
        self.task_timers.stop(slot);
        // If it is alone, nobody has to hear of it but whoever polls; that in the order of the decisions, so it passes nobody.
        let is_alone = entry.dependents.is_empty() && entry.children.is_empty();
        let runs = entry.flags.runs;
        let is_settled = is_alone && self.settling.is_empty();
        let list = if is_settled { &mut self.ended } else { &mut self.settling };
        list.push_back(&mut self.orders, slot);
        if runs {
            self.ask_to_stop(slot);
        }
    }

    /// A task that does not run leaves wherever it stands.
    #[inline(never)]
    fn leave(&mut self, slot: u32, state: State) {
        match state {
            State::Queued => self.dequeue(slot),
            State::Blocked => self.drop_edges(slot),
            State::Held | State::Waiting => {}
            _ => return,
        }
        let waiting = &mut self.keys[self.tasks[slot].key].waiting;
        *waiting = waiting.wrapping_sub(1);
    }

    /// Tells everybody who has to know of the ends that were decided, and of the ends that follow from those.
    #[inline(always)]
    pub(super) fn settle(&mut self) {
        if !self.settling.is_empty() {
            self.settle_all();
        }
    }

    #[inline(never)]
    fn settle_all(&mut self) {
        while let Some(slot) = self.settling.pop_front(&self.orders) {
            self.ended.push_back(&mut self.orders, slot);
            while let Some(dependent) = self.pop_dependent(slot) {
                self.unblock(dependent, self.tasks[slot].outcome);
            }
            let entry = &self.tasks[slot];
            if entry.outcome != Outcome::Succeeded && !entry.flags.swept {
                self.sweep(slot);
            }
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
    #[inline(always)]
    pub(super) fn let_go(&mut self, slot: u32) {
        let entry = &self.tasks[slot];
        if entry.can_go() {
            if entry.parent == NONE {
                self.tasks.remove(slot);
            } else {
                self.let_go_upwards(slot);
            }
        }
    }

    #[inline(never)]
    fn let_go_upwards(&mut self, mut slot: u32) {
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
