//! From one status to the next.

use std::sync::Arc;

use super::Runs;
use super::run::{Entry, Finish, Payload, Run, Status, Workflow};
use super::wait::WaitOutcome;
use crate::counters::add;
use crate::error::{Error, Misuse};
use crate::id::{RunId, TaskId};
use crate::limits::Limit;
use crate::scheduler::{Outcome, Scheduler, Scope};

impl Runs {
    /// Opens a run, and a scope for it in the scheduler: the run's tasks are submitted [below it](Self::scope).
    ///
    /// # Errors
    ///
    /// [`Limit::Runs`], [`Limit::NameBytes`], [`Limit::Bytes`], [`Misuse::RunExists`], and those of [`Scheduler::open_scope`].
    pub fn open(
        &mut self,
        run: &Run<'_>,
        scheduler: &mut Scheduler,
        now: u64,
    ) -> Result<RunId, Error> {
        self.tick(now);
        let opened = self.try_open(run, scheduler);
        opened.inspect_err(|error| self.counters.refuse(error))
    }

    fn try_open(&mut self, run: &Run<'_>, scheduler: &mut Scheduler) -> Result<RunId, Error> {
        self.assert_name(run.id)?;
        self.assert_name(run.workflow)?;
        if self.ids.contains_key(run.id) {
            return Err(Misuse::RunExists.into());
        }
        if self.runs.room() == 0 && !self.forget_oldest() {
            return Err(Error::limit(Limit::Runs));
        }
        self.charge(run.id.len().saturating_add(run.workflow.len()))?;
        // The name of a workflow is held once for all its runs, of which that may have been the last.
        let named = if self.names.contains_key(run.workflow) { run.workflow.len() } else { 0 };
        self.release(named);
        let scope = Scope { tag: run.tag, parent: run.parent, deadline_ns: None };
        let scope = scheduler.open_scope(&scope).inspect_err(|_| {
            self.release(run.id.len().saturating_add(run.workflow.len()).saturating_sub(named));
        })?;
        let Some(slot) = self.admit_run(run, scope) else {
            return Err(Error::limit(Limit::Runs));
        };
        add(&mut self.counters.opened);
        self.say(slot);
        Ok(self.id_of(slot))
    }

    fn admit_run(&mut self, run: &Run<'_>, scope: TaskId) -> Option<u32> {
        let id: Arc<str> = run.id.into();
        let workflow = self.workflow(run.workflow)?;
        let entry = Entry {
            id: id.clone(),
            workflow,
            tag: run.tag,
            scope,
            status: Status::Initialized,
            opened: self.now,
            updated: self.now,
            ..Entry::default()
        };
        let slot = self.runs.insert(entry)?;
        self.ids.insert(id, slot);
        self.scopes.insert(scope, slot);
        self.recent.push_front(&mut self.runs, slot);
        self.workflows[workflow].runs.push_front(&mut self.runs, slot);
        Some(slot)
    }

    /// The place of a workflow, which is known from now on.
    pub(super) fn workflow(&mut self, name: &str) -> Option<u32> {
        if let Some(known) = self.names.get(name) {
            return Some(*known);
        }
        let name: Arc<str> = name.into();
        let slot = self.workflows.insert(Workflow { name: name.clone(), ..Workflow::default() })?;
        self.names.insert(name, slot);
        Some(slot)
    }

    /// The run will be started.
    ///
    /// # Errors
    ///
    /// [`Misuse::WrongState`] unless it is [`Initialized`](Status::Initialized); [`Misuse::UnknownRun`], [`Misuse::RunEnded`].
    pub fn schedule(&mut self, run: RunId, now: u64) -> Result<(), Error> {
        self.tick(now);
        self.step(run, &[Status::Initialized], Status::Scheduled).map(drop)
    }

    /// The run has been started.
    ///
    /// # Errors
    ///
    /// [`Misuse::WrongState`] unless it is [`Initialized`](Status::Initialized) or [`Scheduled`](Status::Scheduled);
    /// [`Misuse::UnknownRun`], [`Misuse::RunEnded`].
    pub fn start(&mut self, run: RunId, now: u64) -> Result<(), Error> {
        self.tick(now);
        self.step(run, &[Status::Initialized, Status::Scheduled], Status::Running).map(drop)
    }

    /// Holds back what is below the run: see [`Scheduler::pause`]. Signals and waits go on.
    ///
    /// # Errors
    ///
    /// [`Misuse::WrongState`] when it is paused; [`Misuse::UnknownRun`], [`Misuse::RunEnded`].
    pub fn pause(&mut self, run: RunId, scheduler: &mut Scheduler, now: u64) -> Result<(), Error> {
        self.tick(now);
        let live = [Status::Initialized, Status::Scheduled, Status::Running];
        let (slot, before) = self.step(run, &live, Status::Paused)?;
        self.runs[slot].before = before;
        // The scope may have ended, and then there is nothing to hold back.
        let _ = scheduler.pause(self.runs[slot].scope, now);
        Ok(())
    }

    /// Lets go on what was paused: see [`Scheduler::resume`].
    ///
    /// # Errors
    ///
    /// [`Misuse::WrongState`] unless it is paused; [`Misuse::UnknownRun`], [`Misuse::RunEnded`].
    pub fn resume(&mut self, run: RunId, scheduler: &mut Scheduler, now: u64) -> Result<(), Error> {
        self.tick(now);
        let before = self.slot_of(run).map_or(Status::Running, |slot| self.runs[slot].before);
        let (slot, _) = self.step(run, &[Status::Paused], before)?;
        let _ = scheduler.resume(self.runs[slot].scope, now);
        Ok(())
    }

    /// The run has ended by itself. What it waits for is over. Its scope is closed when it has ended well, else cancelled.
    ///
    /// # Errors
    ///
    /// [`Misuse::WrongState`] when what was never started has completed; [`Misuse::UnknownRun`], [`Misuse::RunEnded`];
    /// [`Limit::PayloadBytes`], [`Limit::Bytes`], and then the run has not ended.
    pub fn finish(
        &mut self,
        run: RunId,
        finish: Finish<'_>,
        scheduler: &mut Scheduler,
        now: u64,
    ) -> Result<(), Error> {
        self.tick(now);
        let result = self.try_finish(run, finish);
        let slot = result.inspect_err(|error| self.counters.refuse(error))?;
        let scope = self.runs[slot].scope;
        // The scope may have ended before.
        let _ = match finish {
            Finish::Completed(_) => scheduler.close_scope(scope, now),
            Finish::Error(_) => scheduler.cancel(scope, now).map(drop),
        };
        Ok(())
    }

    fn try_finish(&mut self, run: RunId, finish: Finish<'_>) -> Result<u32, Error> {
        let slot = self.live(run)?;
        let Entry { status, before, .. } = self.runs[slot];
        let status = if status == Status::Paused { before } else { status };
        let (end, payload) = match finish {
            Finish::Completed(_) if status != Status::Running => {
                return Err(Misuse::WrongState.into());
            }
            Finish::Completed(result) => (Status::Completed, result),
            Finish::Error(message) => (Status::Error, message),
        };
        self.assert_payload(payload)?;
        self.charge(payload.len())?;
        self.end(slot, end, Some(payload.into()));
        Ok(slot)
    }

    /// Cancels a run and what is below it, and no other run. It is [`Cancelled`](Status::Cancelled) at once.
    ///
    /// Returns how it ends: as it had ended before, or cancelled.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownRun`].
    pub fn cancel(
        &mut self,
        run: RunId,
        scheduler: &mut Scheduler,
        now: u64,
    ) -> Result<Status, Error> {
        self.tick(now);
        let slot = self.slot_of(run).inspect_err(|error| self.counters.refuse(error))?;
        if !self.runs[slot].status.is_over() {
            self.end(slot, Status::Cancelled, None);
            // It may have ended before.
            let _ = scheduler.cancel(self.runs[slot].scope, now);
        }
        Ok(self.runs[slot].status)
    }

    /// Has to be told of every scope that has ended: when that of a run was cancelled from above, so is the run. Returns which one.
    pub fn scope_ended(&mut self, scope: TaskId, outcome: Outcome, now: u64) -> Option<RunId> {
        self.tick(now);
        let slot = self.scopes.remove(&scope)?;
        let run = self.id_of(slot);
        if outcome != Outcome::Succeeded {
            self.end(slot, Status::Cancelled, None);
        }
        Some(run)
    }

    /// Goes to a status from one of several. Returns the place of the run, and which one it was.
    fn step(&mut self, run: RunId, from: &[Status], to: Status) -> Result<(u32, Status), Error> {
        let stepped = self.live(run).and_then(|slot| {
            let status = self.runs[slot].status;
            if from.contains(&status) { Ok((slot, status)) } else { Err(Misuse::WrongState.into()) }
        });
        let (slot, status) = stepped.inspect_err(|error| self.counters.refuse(error))?;
        self.runs[slot].status = to;
        self.touch(slot);
        self.say(slot);
        Ok((slot, status))
    }

    fn end(&mut self, slot: u32, status: Status, result: Option<Payload>) {
        let entry = &mut self.runs[slot];
        (entry.status, entry.result, entry.finished) = (status, result, self.now);
        let bytes = entry.mailbox.clear();
        self.scopes.remove(&entry.scope);
        self.release(bytes);
        while let Some(wait) = self.runs[slot].waits.first() {
            self.decide(wait, WaitOutcome::RunEnded);
        }
        self.finished.push_back(&mut self.runs, slot);
        self.ended = self.ended.saturating_add(1);
        self.counters.end(status);
        self.touch(slot);
        self.say(slot);
    }

    /// The driver has to be told of the status.
    fn say(&mut self, slot: u32) {
        if !core::mem::replace(&mut self.runs[slot].unpolled, true) {
            self.telling.push_back(&mut self.runs, slot);
        }
    }

    /// Something has happened to a run.
    pub(super) fn touch(&mut self, slot: u32) {
        let Entry { workflow, .. } = self.runs[slot];
        self.runs[slot].updated = self.now;
        self.recent.remove(&mut self.runs, slot);
        self.recent.push_front(&mut self.runs, slot);
        let siblings = &mut self.workflows[workflow].runs;
        siblings.remove(&mut self.runs, slot);
        siblings.push_front(&mut self.runs, slot);
    }
}
