//! What must be true: every task and every permit by lists and loops, without any of the scheduler's structures.

use crate::{KeyId, Limits, Needs, Outcome, Policy, PolicyId, Rate, TaskId};

#[derive(Debug, Default)]
pub(super) struct Oracle {
    pub(super) limits: Limits,
    pub(super) now: u64,
    /// That of all in place 0, then quotas and keys.
    pub(super) capacities: Vec<Capacity>,
    pub(super) keys: Vec<Keyed>,
    pub(super) policies: Vec<(PolicyId, Policy)>,
    pub(super) tasks: Vec<Known>,
    /// The number of the verb that is being called: what is decided by one verb is decided at once.
    pub(super) verb: u64,
}

/// What a key, a quota or everything may use.
#[derive(Debug)]
pub(super) struct Capacity {
    pub(super) running: u32,
    pub(super) limit: Option<u32>,
    pub(super) rate: Option<Rate>,
    pub(super) starts: Vec<u64>,
}

#[derive(Debug)]
pub(super) struct Keyed {
    pub(super) id: KeyId,
    /// What its tasks count against.
    pub(super) capacities: Vec<usize>,
    pub(super) queued: u32,
}

/// A task or a scope.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: TaskId,
    /// `None` for a scope.
    pub(super) key: Option<usize>,
    pub(super) parent: Option<usize>,
    pub(super) after: Vec<usize>,
    pub(super) needs: Needs,
    pub(super) policy: usize,
    pub(super) deadline: Option<u64>,
    pub(super) attempt_ns: Option<u64>,
    pub(super) attempts: u32,
    /// When it may start at the earliest.
    pub(super) not_before: u64,
    /// Since when it runs.
    pub(super) running: Option<u64>,
    pub(super) attempt_is_late: bool,
    pub(super) paused: bool,
    /// How it may have ended, and by which verb.
    pub(super) decided: Option<(u64, Vec<Outcome>)>,
    /// A scope: whether those that wait for it know of its end.
    pub(super) told: bool,
    /// How it was reported to have ended.
    pub(super) reported: Option<Outcome>,
}

impl Capacity {
    pub(super) fn new(limit: Option<u32>, rate: Option<Rate>) -> Self {
        Self { running: 0, limit, rate, starts: Vec::new() }
    }

    /// Whether one more may start, by the definition of a rate: in no stretch of time more than the burst and what the time allows.
    pub(super) fn allows(&self, now: u64) -> bool {
        let has_room = self.limit.is_none_or(|limit| self.running < limit);
        let keeps_pace = self.rate.is_none_or(|rate| {
            let interval = rate.period_ns.div_ceil(u64::from(rate.starts));
            let since = self.starts.iter().rev().zip(2..);
            since.into_iter().all(|(begin, count): (_, u64)| {
                count <= u64::from(rate.burst) + (now - begin) / interval
            })
        });
        has_room && keeps_pace
    }
}

impl Oracle {
    pub(super) fn place_of(&self, id: TaskId) -> usize {
        let found = self.tasks.iter().rposition(|task| task.id == id);
        found.expect("the scheduler speaks of tasks that were submitted")
    }

    /// A task ends, and with it whatever that takes along. What one verb brings about in several ways may be reported in any of them.
    pub(super) fn decide(&mut self, at: usize, outcome: Outcome) {
        if !self.note(at, outcome) {
            return;
        }
        if self.tasks[at].key.is_some() {
            self.tell_dependents(at, outcome);
        } else {
            self.end_scopes();
        }
        if outcome != Outcome::Succeeded {
            self.cancel_below(at);
        }
    }

    /// Writes an outcome down, unless it is known or another was decided before.
    fn note(&mut self, at: usize, outcome: Outcome) -> bool {
        let (verb, ends_later) = (self.verb, self.ends_later(at));
        match &mut self.tasks[at].decided {
            Some((when, outcomes)) if *when == verb => {
                let is_new = !outcomes.contains(&outcome);
                outcomes.push(outcome);
                return is_new;
            }
            Some((_, outcomes)) if *outcomes != [Outcome::Succeeded] || !ends_later => {
                return false;
            }
            decided => *decided = Some((verb, vec![outcome])),
        }
        true
    }

    /// Whether it is a scope, which ends with its last child.
    fn ends_later(&self, at: usize) -> bool {
        self.tasks[at].key.is_none() && self.has_children(at)
    }

    /// Scopes without children end, and those that wait for them hear of it.
    pub(super) fn end_scopes(&mut self) {
        for at in 0..self.tasks.len() {
            let task = &self.tasks[at];
            if task.key.is_none() && !task.told && !self.ends_later(at) {
                let Some((_, outcomes)) = &task.decided else { continue };
                let outcome = outcomes[0];
                self.tasks[at].told = true;
                self.tell_dependents(at, outcome);
            }
        }
    }

    /// Those that wait for a task hear how it has ended.
    fn tell_dependents(&mut self, at: usize, outcome: Outcome) {
        for other in 0..self.tasks.len() {
            let task = &self.tasks[other];
            let fails = outcome != Outcome::Succeeded && task.needs == Needs::Success;
            if fails && task.after.contains(&at) {
                self.decide(other, Outcome::Skipped);
            }
        }
    }

    pub(super) fn cancel_below(&mut self, at: usize) {
        for other in 0..self.tasks.len() {
            if self.tasks[other].parent != Some(at) {
                continue;
            }
            match &self.tasks[other].decided {
                Some((_, outcomes)) if outcomes.contains(&Outcome::Cancelled) => {}
                _ if self.tasks[other].reported.is_none() && self.may_change(other) => {
                    self.decide(other, Outcome::Cancelled);
                }
                _ => self.cancel_below(other),
            }
        }
    }

    /// Whether its outcome can be decided by this verb.
    fn may_change(&self, at: usize) -> bool {
        match &self.tasks[at].decided {
            None => true,
            Some((when, outcomes)) => {
                *when == self.verb || (self.ends_later(at) && *outcomes == [Outcome::Succeeded])
            }
        }
    }

    /// Whether something below still exists for the scheduler.
    pub(super) fn has_children(&self, at: usize) -> bool {
        (0..self.tasks.len())
            .any(|other| self.tasks[other].parent == Some(at) && self.exists(other))
    }

    /// Whether the scheduler still knows it.
    pub(super) fn exists(&self, at: usize) -> bool {
        let task = &self.tasks[at];
        task.reported.is_none() || task.running.is_some() || self.has_children(at)
    }

    /// Whether a task below a parent waits for an ancestor if it waits for this, but not for that ancestor itself.
    pub(super) fn is_circle(&self, parent: usize, after: usize) -> bool {
        !self.is_below(parent, after) && self.leads_above(parent, after)
    }

    pub(super) fn is_below(&self, at: usize, above: usize) -> bool {
        at == above || self.tasks[at].parent.is_some_and(|parent| self.is_below(parent, above))
    }

    /// Whether something waits for an ancestor, directly or by what it waits for, or what is below it does.
    fn leads_above(&self, parent: usize, at: usize) -> bool {
        let task = &self.tasks[at];
        let is_scope = task.key.is_none();
        if !self.exists(at) {
            return false;
        }
        if is_scope && self.is_below(parent, at) {
            return true;
        }
        let below = (at + 1..self.tasks.len())
            .filter(|other| is_scope && self.tasks[*other].parent == Some(at));
        task.after.iter().copied().chain(below).any(|next| self.leads_above(parent, next))
    }

    pub(super) fn is_paused(&self, at: usize) -> bool {
        self.tasks[at].paused || self.tasks[at].parent.is_some_and(|parent| self.is_paused(parent))
    }

    /// Whether a task could start if there were room.
    pub(super) fn is_runnable(&self, at: usize) -> bool {
        let task = &self.tasks[at];
        task.key.is_some()
            && task.decided.is_none()
            && task.running.is_none()
            && task.not_before <= self.now
            && !self.is_paused(at)
            && task.after.iter().all(|dependency| self.tasks[*dependency].has_ended())
    }

    /// Whether there is room for a task.
    pub(super) fn has_room(&self, at: usize) -> bool {
        let key = &self.keys[self.tasks[at].key.expect("a task has a key")];
        key.capacities.iter().all(|at| self.capacities[*at].allows(self.now))
    }

    /// How many tasks of a key wait for anything.
    pub(super) fn waiting(&self, key: usize) -> usize {
        let is_waiting = |task: &&Known| {
            task.key == Some(key) && task.decided.is_none() && task.running.is_none()
        };
        self.tasks.iter().filter(is_waiting).count()
    }
}

impl Known {
    /// Whether those that wait for it may go on.
    pub(super) fn has_ended(&self) -> bool {
        // A scope that is closed has not ended before its last child is gone.
        self.decided.is_some() && (self.key.is_some() || self.told)
    }
}
