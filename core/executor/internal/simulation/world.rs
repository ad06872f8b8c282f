//! A schedule: the scheduler, the oracle, and who calls the verbs.

use super::choices::Choices;
use super::oracle::Oracle;
use super::{Report, Trace, plan};
use crate::{Event, Outcome, Ready, Scheduler, StopReason};

/// How many verbs are called before everything comes to its end.
const ACTS: usize = 120;

pub(super) struct World<'a> {
    pub(super) choices: Choices<'a>,
    pub(super) scheduler: Scheduler,
    pub(super) oracle: Oracle,
    pub(super) report: Report,
    /// Ends that were told before the last restart: counters begin anew.
    pub(super) told_before: u64,
    trace: Trace<'a>,
}

impl<'a> World<'a> {
    pub(super) fn new(mut choices: Choices<'a>, trace: Trace<'a>) -> Self {
        let (scheduler, oracle) = plan::begin(&mut choices);
        Self { choices, scheduler, oracle, report: Report::default(), told_before: 0, trace }
    }

    /// Plays to the end. Everything is cancelled after so many acts.
    pub(super) fn play(mut self, cancel_after: usize) -> Report {
        for act in 0..ACTS {
            if self.choices.are_over() || act == cancel_after {
                break;
            }
            self.act();
            self.drain();
        }
        self.come_to_an_end(cancel_after < ACTS);
        self.report
    }

    /// Begins a verb.
    pub(super) fn verb(&mut self, name: &'static str) {
        self.oracle.verb += 1;
        self.report.acts += 1;
        self.report.see(name);
    }

    pub(super) fn tell(&mut self, line: impl FnOnce() -> String) {
        if let Some(tell) = &mut self.trace {
            tell(&line());
        }
    }

    /// Polls until nothing is left, and checks what was said and that nothing was forgotten.
    pub(super) fn drain(&mut self) {
        loop {
            self.scheduler.assert_sound();
            if let Some(event) = self.scheduler.poll_event() {
                self.hear(event);
            } else if let Some(ready) = self.scheduler.poll_ready(self.oracle.now) {
                self.start(ready);
            } else {
                break;
            }
        }
        self.assert_nothing_is_kept_waiting();
        let holds = (0..self.oracle.tasks.len()).filter(|at| self.oracle.exists(*at)).count();
        assert_eq!(self.scheduler.len() as usize, holds, "tasks that are known");
        let counters = self.scheduler.counters();
        let ended = |known: &&super::oracle::Known| known.key.is_some() && known.reported.is_some();
        let ended = self.oracle.tasks.iter().filter(ended).count();
        assert_eq!(self.told_before + counters.ended(), ended as u64, "ends that were counted");
    }

    fn hear(&mut self, event: Event) {
        self.tell(|| format!("    {event:?}"));
        match event {
            Event::Stop { id, tag, reason } => self.stop(self.oracle.place_of(id), tag, reason),
            Event::Ended { id, tag, outcome } => self.end(self.oracle.place_of(id), tag, outcome),
        }
    }

    fn stop(&mut self, at: usize, tag: u64, reason: StopReason) {
        let task = &self.oracle.tasks[at];
        assert_eq!(tag, at as u64);
        assert!(task.running.is_some(), "what does not run was told to stop");
        match reason {
            StopReason::Ended(outcome) => {
                let (_, outcomes) = task.decided.as_ref().expect("a task that has ended");
                assert!(outcomes.contains(&outcome));
            }
            StopReason::AttemptTimedOut => assert!(task.attempt_is_late && task.decided.is_none()),
        }
        self.report.see("stop");
    }

    fn end(&mut self, at: usize, tag: u64, outcome: Outcome) {
        let has_children = self.oracle.has_children(at);
        let task = &mut self.oracle.tasks[at];
        assert_eq!(tag, at as u64);
        assert_eq!(task.reported, None, "a task has ended twice");
        let Some((_, outcomes)) = &task.decided else {
            unreachable!("task {at} has ended for no reason: {outcome:?}");
        };
        assert!(outcomes.contains(&outcome), "task {at} is {outcome:?}, not one of {outcomes:?}");
        task.reported = Some(outcome);
        assert!(task.key.is_some() || !has_children, "a scope has ended before its children");
        self.oracle.end_scopes();
        self.report.see(match outcome {
            Outcome::Succeeded => "succeeded",
            Outcome::Failed => "failed",
            Outcome::Cancelled => "cancelled",
            Outcome::TimedOut => "timed out",
            Outcome::Skipped => "skipped",
        });
    }

    fn start(&mut self, ready: Ready) {
        self.tell(|| format!("    {ready:?}"));
        let at = self.oracle.place_of(ready.id);
        assert_eq!(ready.tag, at as u64);
        self.started(at);
        assert_eq!(ready.attempt, self.oracle.tasks[at].attempts);
    }

    /// A task was handed out.
    pub(super) fn started(&mut self, at: usize) {
        assert!(self.oracle.is_runnable(at), "task {at} may not start");
        assert!(self.oracle.has_room(at), "a limit is exceeded by task {at}");
        let now = self.oracle.now;
        let task = &mut self.oracle.tasks[at];
        (task.running, task.attempts, task.attempt_is_late) = (Some(now), task.attempts + 1, false);
        let key = task.key.expect("a task has a key");
        for capacity in &self.oracle.keys[key].capacities {
            let capacity = &mut self.oracle.capacities[*capacity];
            capacity.running += 1;
            capacity.starts.push(now);
        }
        self.report.see("start");
    }

    /// Where no key counts against two quotas, whatever may start has started.
    fn assert_nothing_is_kept_waiting(&self) {
        let oracle = &self.oracle;
        if oracle.keys.iter().any(|key| key.capacities.len() > 3) {
            return;
        }
        let waiting = (0..oracle.tasks.len()).filter(|at| oracle.is_runnable(*at));
        for at in waiting {
            assert!(!oracle.has_room(at), "task {at} is kept waiting");
        }
    }

    /// Everything that runs is completed, time passes, and nothing is left.
    fn come_to_an_end(&mut self, cancel: bool) {
        for at in 0..self.oracle.tasks.len() {
            self.resume_at(at);
            if cancel && self.oracle.tasks[at].parent.is_none() {
                self.cancel_at(at);
            }
            if self.oracle.tasks[at].key.is_none() {
                self.close_at(at);
            }
            self.drain();
        }
        for _ in 0..100_000 {
            let running = self.oracle.tasks.iter().position(|task| task.running.is_some());
            if let Some(at) = running {
                self.complete_at(at);
            } else if let Some(at) = self.scheduler.poll_timeout() {
                self.wait_until(at.max(self.oracle.now));
            } else {
                break;
            }
            self.drain();
        }
        let left = self.oracle.tasks.iter().position(|task| task.reported.is_none());
        assert_eq!(left, None, "a task has not ended");
        assert!(self.scheduler.is_empty() && self.scheduler.running() == 0);
    }
}
