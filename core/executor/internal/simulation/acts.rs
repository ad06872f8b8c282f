//! What happens in a schedule, one verb at a time.

use super::oracle::Known;
use super::world::World;
use crate::{
    Completion, Error, Failure, Limit, Misuse, Needs, Outcome, Priority, Scope, Settled, Task,
    TaskId,
};

impl World<'_> {
    pub(super) fn act(&mut self) {
        match self.choices.below(17) {
            0..=4 => self.submit(),
            5 => self.try_start(),
            6 => self.open_scope(),
            7..=10 => {
                self.on_one(|at, world| world.oracle.tasks[at].running.is_some(), Self::complete_at)
            }
            11 => self.on_one(|at, world| world.oracle.exists(at), Self::cancel_at),
            12 => self.on_one(|at, world| world.oracle.exists(at), Self::pause_at),
            13 => self.on_one(|at, world| world.oracle.tasks[at].paused, Self::resume_at),
            14 => self.on_one(|at, world| world.oracle.tasks[at].key.is_none(), Self::close_at),
            15 if self.choices.one_in(3) => self.restart(),
            _ => self.pass_time(),
        }
    }

    /// Does something to one of the tasks that fit.
    pub(super) fn on_one(&mut self, fits: fn(usize, &Self) -> bool, what: fn(&mut Self, usize)) {
        let fitting: Vec<usize> =
            (0..self.oracle.tasks.len()).filter(|at| fits(*at, self)).collect();
        if !fitting.is_empty() {
            let at = self.choices.pick(&fitting);
            what(self, at);
        }
    }

    /// A task that the dice describe, and what it is known by.
    fn describe(&mut self) -> Known {
        let count = self.oracle.tasks.len();
        let mut some = |one_in| {
            let chosen = count > 0 && self.choices.one_in(one_in);
            chosen.then(|| count - 1 - self.choices.below(count.min(12)))
        };
        let parent = some(2);
        let mut after: Vec<usize> = [some(4), some(8), some(8)].into_iter().flatten().collect();
        after.retain(|at| self.oracle.exists(*at) || self.choices.one_in(20));
        let parent = parent.filter(|at| self.oracle.exists(*at) || self.choices.one_in(20));
        after.retain(|at| parent.is_none_or(|parent| !self.oracle.is_circle(parent, *at)));
        let now = self.oracle.now;
        Known {
            id: TaskId::from_bits(0),
            key: Some(self.choices.below(self.oracle.keys.len())),
            parent,
            after,
            needs: self.choices.pick(&[Needs::Success, Needs::End]),
            policy: self.choices.below(2),
            deadline: self.choices.pick(&[None, None, Some(now + 30), Some(now + 200), Some(now)]),
            attempt_ns: self.choices.pick(&[None, None, Some(25)]),
            attempts: 0,
            not_before: 0,
            running: None,
            attempt_is_late: false,
            paused: false,
            decided: None,
            told: false,
            reported: None,
        }
    }

    fn submit(&mut self) {
        self.verb("submit");
        let known = self.describe();
        let priority = self.choices.pick(&Priority::ALL);
        let (after, task) = self.task(&known, priority);
        let submitted = self.scheduler.submit(&Task { after: &after, ..task }, self.oracle.now);
        self.tell(|| format!("submit {known:?}: {submitted:?}"));
        match submitted {
            Ok(id) => self.remember(known, id),
            Err(error) => self.assert_refused(&known, error),
        }
    }

    /// The ids of what it waits for, and the rest of it.
    fn task(&self, known: &Known, priority: Priority) -> (Vec<TaskId>, Task<'static>) {
        let id_of = |at: usize| self.oracle.tasks[at].id;
        let after = known.after.iter().map(|at| id_of(*at)).collect();
        let key = self.oracle.keys[known.key.expect("a task has a key")].id;
        let task = Task {
            tag: self.oracle.tasks.len() as u64,
            parent: known.parent.map(id_of),
            needs: known.needs,
            priority,
            deadline_ns: known.deadline,
            attempt_ns: known.attempt_ns,
            policy: self.oracle.policies[known.policy].0,
            ..Task::new(key)
        };
        (after, task)
    }

    /// Takes down what was submitted; some of it has ended already.
    fn remember(&mut self, known: Known, id: TaskId) {
        let is_known = |at: &usize| self.oracle.exists(*at);
        assert!(known.after.iter().chain(&known.parent).all(is_known));
        assert!(known.parent.is_none_or(|parent| self.oracle.tasks[parent].decided.is_none()));
        let at = self.oracle.tasks.len();
        let (now, is_late) = (self.oracle.now, known.deadline);
        let failed = |at: &usize| {
            let task = &self.oracle.tasks[*at];
            let reported = task.key.is_some() || task.reported.is_some();
            reported
                && task.decided.as_ref().is_some_and(|(_, how)| !how.contains(&Outcome::Succeeded))
        };
        let is_skipped = known.needs == Needs::Success && known.after.iter().any(failed);
        self.oracle.tasks.push(Known { id, ..known });
        if is_skipped {
            self.oracle.decide(at, Outcome::Skipped);
        } else if is_late.is_some_and(|deadline| deadline <= now) {
            self.oracle.decide(at, Outcome::TimedOut);
        }
    }

    /// A refusal has a reason.
    fn assert_refused(&mut self, known: &Known, error: Error) {
        let oracle = &self.oracle;
        match error {
            Error::LimitExceeded { limit: Limit::Tasks } => {
                assert_eq!(self.scheduler.len(), oracle.limits.tasks);
            }
            Error::LimitExceeded { limit: Limit::Queued } => {
                let key = known.key.expect("a task has a key");
                assert!(oracle.waiting(key) >= oracle.keys[key].queued as usize);
            }
            Error::LimitExceeded { limit: Limit::Dependencies } => {
                assert!(oracle.limits.dependencies < 12);
            }
            Error::ApiMisuse(Misuse::UnknownTask) => {
                let mut named = known.after.iter().chain(&known.parent);
                assert!(named.any(|at| !oracle.exists(*at)));
            }
            Error::ApiMisuse(Misuse::WaitsForItself) => {
                let parent = known.parent.expect("an ancestor");
                assert!(known.after.iter().any(|at| oracle.is_below(parent, *at)));
            }
            Error::ApiMisuse(Misuse::ParentEnded) => {
                assert!(known.parent.is_some_and(|at| oracle.tasks[at].decided.is_some()));
            }
            other => unreachable!("{other:?}"),
        }
        self.report.see("refused");
    }

    fn try_start(&mut self) {
        self.verb("try start");
        let known = self.describe();
        let (after, task) = self.task(&known, Priority::Normal);
        let started = self.scheduler.try_start(&Task { after: &after, ..task }, self.oracle.now);
        self.tell(|| format!("try_start {known:?}: {started:?}"));
        match started {
            Ok(Some(ready)) => {
                let at = self.oracle.tasks.len();
                self.remember(known, ready.id);
                self.started(at);
                self.report.see("started at once");
            }
            Ok(None) => {}
            Err(error) => self.assert_refused(&known, error),
        }
    }

    fn open_scope(&mut self) {
        self.verb("open scope");
        let known = Known { key: None, after: Vec::new(), attempt_ns: None, ..self.describe() };
        let parent = known.parent.map(|at| self.oracle.tasks[at].id);
        let tag = self.oracle.tasks.len() as u64;
        let scope = Scope { tag, parent, deadline_ns: known.deadline };
        let opened = self.scheduler.open_scope(&scope);
        self.tell(|| format!("open_scope {known:?}: {opened:?}"));
        match opened {
            Ok(id) => {
                assert!(known.parent.is_none_or(|at| self.oracle.tasks[at].decided.is_none()));
                self.oracle.tasks.push(Known { id, ..known });
            }
            Err(error) => self.assert_refused(&known, error),
        }
    }

    pub(super) fn complete_at(&mut self, at: usize) {
        self.verb("complete");
        let random = self.choices.below(256) as u64 * (u64::MAX / 255);
        let kind = self.choices.pick(&["transient", "fatal"]);
        let failure =
            Failure { kind, retry_after_ns: self.choices.pick(&[None, Some(40)]), random };
        let failed = Completion::Failed(failure);
        let how =
            [Completion::Succeeded, Completion::Succeeded, failed, failed, Completion::Abandoned];
        let completion = self.choices.pick(&how);
        let id = self.oracle.tasks[at].id;
        let settled = self.scheduler.complete(id, completion, self.oracle.now);
        self.tell(|| format!("complete {at} {completion:?}: {settled:?}"));
        self.gave_back(at);
        let expected = self.expected(at, completion);
        assert_eq!(settled, Ok(expected));
        match expected {
            Settled::Ended(outcome) => self.oracle.decide(at, outcome),
            Settled::Retries { at_ns } => {
                self.oracle.tasks[at].not_before = at_ns;
                self.report.see("retry");
            }
            Settled::Late(_) => self.report.see("late"),
        }
        let again = self.scheduler.complete(id, completion, self.oracle.now);
        assert!(matches!(again, Err(Error::ApiMisuse(_))), "a permit was given back twice");
    }

    fn gave_back(&mut self, at: usize) {
        let task = &mut self.oracle.tasks[at];
        assert!(task.running.take().is_some());
        let key = task.key.expect("a task has a key");
        for capacity in &self.oracle.keys[key].capacities {
            self.oracle.capacities[*capacity].running -= 1;
        }
        self.oracle.end_scopes();
    }

    fn expected(&self, at: usize, completion: Completion<'_>) -> Settled {
        let task = &self.oracle.tasks[at];
        if let Some(outcome) = task.reported {
            return Settled::Late(outcome);
        }
        let bad = if task.attempt_is_late { Outcome::TimedOut } else { Outcome::Failed };
        match completion {
            Completion::Succeeded => Settled::Ended(Outcome::Succeeded),
            Completion::Abandoned => Settled::Ended(bad),
            Completion::Failed(failure) => {
                let policy = &self.oracle.policies[task.policy].1;
                let wait = policy.wait_ns(task.attempts, &failure);
                let at_ns = wait.map(|wait| self.oracle.now + wait);
                let in_time = |at: &u64| task.deadline.is_none_or(|deadline| *at < deadline);
                at_ns
                    .filter(in_time)
                    .map_or(Settled::Ended(bad), |at_ns| Settled::Retries { at_ns })
            }
        }
    }

    pub(super) fn cancel_at(&mut self, at: usize) {
        self.verb("cancel");
        let existed = self.oracle.exists(at);
        let cancelled = self.scheduler.cancel(self.oracle.tasks[at].id, self.oracle.now);
        self.tell(|| format!("cancel {at}: {cancelled:?}"));
        assert_eq!(cancelled.is_ok(), existed);
        if !existed {
            return;
        }
        if self.oracle.tasks[at].reported.is_some() {
            self.oracle.cancel_below(at);
        } else {
            self.oracle.decide(at, Outcome::Cancelled);
        }
    }

    fn pause_at(&mut self, at: usize) {
        self.verb("pause");
        self.tell(|| format!("pause {at}"));
        self.scheduler.pause(self.oracle.tasks[at].id, self.oracle.now).expect("it exists");
        self.oracle.tasks[at].paused = true;
    }

    pub(super) fn resume_at(&mut self, at: usize) {
        self.verb("resume");
        self.tell(|| format!("resume {at}"));
        let resumed = self.scheduler.resume(self.oracle.tasks[at].id, self.oracle.now);
        assert_eq!(resumed.is_ok(), self.oracle.exists(at));
        self.oracle.tasks[at].paused = false;
    }

    pub(super) fn close_at(&mut self, at: usize) {
        self.verb("close scope");
        let existed = self.oracle.exists(at);
        let closed = self.scheduler.close_scope(self.oracle.tasks[at].id, self.oracle.now);
        self.tell(|| format!("close_scope {at}: {closed:?}"));
        assert_eq!(closed.is_ok(), existed);
        if existed && self.oracle.tasks[at].decided.is_none() {
            self.oracle.decide(at, Outcome::Succeeded);
        }
    }

    pub(super) fn pass_time(&mut self) {
        let ns = self.choices.pick(&[1, 5, 20, 100]);
        self.wait_until(self.oracle.now + ns);
    }

    pub(super) fn wait_until(&mut self, now: u64) {
        self.verb("time");
        self.oracle.now = now;
        self.tell(|| format!("it is {now}"));
        self.scheduler.handle_timeout(now);
        for at in 0..self.oracle.tasks.len() {
            let task = &mut self.oracle.tasks[at];
            let is_over = task.reported.is_some();
            let takes = task.attempt_ns.zip(task.running).map(|(most, since)| since + most);
            task.attempt_is_late |= takes.is_some_and(|end| end <= now);
            if !is_over && task.deadline.is_some_and(|deadline| deadline <= now) {
                self.oracle.decide(at, Outcome::TimedOut);
            }
        }
    }
}
