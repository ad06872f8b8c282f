//! The registry as it is found again.

use std::sync::Arc;

use rkyv::rend::u32_le;

use super::Runs;
use super::mailbox::Signal;
use super::run::{Entry, Payload, Status};
use super::wait::{Entry as Waiting, Kind, WaitOutcome};
use crate::error::Error;
use crate::id::TaskId;
use crate::limits::{Limit, RunLimits};
use crate::scheduler::Scheduler;
use crate::slots::Slots;
use crate::snapshot::image::{
    ArchivedKindImage, ArchivedOutcomeImage, ArchivedRunImage, ArchivedRunsImage, ArchivedWaitImage,
};
use crate::snapshot::{Named, Restored, require};
use crate::wheel::NEVER;

impl Runs {
    pub(crate) fn restored(
        image: &ArchivedRunsImage,
        limits: RunLimits,
        at: Restored,
        scheduler: &Scheduler,
    ) -> Result<Self, Error> {
        let mut runs = Self::new(limits);
        runs.now = at.now;
        runs.restore_runs(image, at, scheduler)?;
        runs.restore_lists(image)?;
        runs.restore_waits(image, at)?;
        runs.restore_outcomes(image)?;
        let held = runs.held;
        // Now that everything is counted, those that have ended may have to make room.
        runs.charge(0)?;
        debug_assert!(runs.held <= held);
        runs.retain();
        Ok(runs)
    }

    fn restore_runs(
        &mut self,
        image: &ArchivedRunsImage,
        at: Restored,
        scheduler: &Scheduler,
    ) -> Result<(), Error> {
        let mut runs = Vec::new();
        for run in image.runs.iter() {
            runs.push((run.slot.to_native(), self.restored_run(run, at, scheduler)?));
        }
        let generations = natives(&image.run_generations);
        let runs = Slots::restored(self.limits.runs, generations, runs.into_iter());
        self.runs = runs.map_err(|broken| broken.error(Limit::Runs, "a run stands nowhere"))?;
        Ok(())
    }

    fn restored_run(
        &mut self,
        image: &ArchivedRunImage,
        at: Restored,
        scheduler: &Scheduler,
    ) -> Result<Entry, Error> {
        self.assert_name(&image.id)?;
        self.assert_name(&image.workflow)?;
        let slot = image.slot.to_native();
        let id: Arc<str> = image.id.as_str().into();
        require(self.ids.insert(id.clone(), slot).is_none(), "two runs have the same id")?;
        let (status, before) = (status(image.status)?, status(image.before)?);
        let was_live = matches!(before, Status::Initialized | Status::Scheduled | Status::Running);
        require(was_live, "a run was paused that had ended")?;
        let scope = TaskId::from_bits(image.scope.to_native());
        if !status.is_over() {
            require(scheduler.may_be_scope(scope), "the scope of a run is none")?;
            require(self.scopes.insert(scope, slot).is_none(), "two runs share a scope")?;
        }
        let result = image.result.as_ref().map(|result| Payload::from(result.as_slice()));
        require(result.is_none() || status.is_over(), "a run has a result that has not ended")?;
        self.assert_payload(result.as_deref().unwrap_or_default())?;
        let names = self.names.len();
        let workflow = self.workflow(&image.workflow).ok_or(Error::limit(Limit::Runs))?;
        let is_new = self.names.len() > names;
        let mut entry = Entry {
            id,
            workflow,
            tag: image.tag.to_native(),
            scope,
            status,
            before,
            opened: at.time(image.opened.to_native()),
            updated: at.time(image.updated.to_native()),
            finished: at.time(image.finished.to_native()),
            result,
            unpolled: image.unpolled,
            ..Entry::default()
        };
        self.restore_mailbox(&mut entry, image)?;
        self.hold(entry.bytes());
        self.hold(if is_new { image.workflow.len() } else { 0 });
        Ok(entry)
    }

    fn restore_mailbox(&self, run: &mut Entry, image: &ArchivedRunImage) -> Result<(), Error> {
        let is_over = run.status.is_over();
        require(!is_over || image.signals.is_empty(), "a run has signals that has ended")?;
        let mut before = 0;
        for signal in image.signals.iter() {
            let version = signal.version.to_native();
            require(version > before, "signals are out of order")?;
            before = version;
            self.assert_name(&signal.name)?;
            self.assert_payload(&signal.payload)?;
            let bytes = signal.name.len().saturating_add(signal.payload.len());
            run.mailbox.admits(bytes, &self.limits).map_err(Error::limit)?;
            let (name, payload) = (signal.name.as_str().into(), signal.payload.as_slice().into());
            run.mailbox.keep(Signal { name, version, payload });
        }
        let version = image.version.to_native();
        require(before <= version, "a signal is newer than the last one")?;
        run.mailbox.set_version(version);
        Ok(())
    }

    fn restore_lists(&mut self, image: &ArchivedRunsImage) -> Result<(), Error> {
        let all = self.named(&image.recent, |_| true)?;
        for slot in all {
            self.recent.push_back(&mut self.runs, slot);
            let workflow = self.runs[slot].workflow;
            self.workflows[workflow].runs.push_back(&mut self.runs, slot);
        }
        for slot in self.named(&image.finished, |run| run.status.is_over())? {
            self.finished.push_back(&mut self.runs, slot);
            self.ended = self.ended.saturating_add(1);
        }
        for slot in self.named(&image.telling, |run| run.unpolled)? {
            self.telling.push_back(&mut self.runs, slot);
        }
        Ok(())
    }

    /// The runs of a list, which are all that it is for, each once.
    fn named(&self, list: &[u32_le], belongs: fn(&Entry) -> bool) -> Result<Vec<u32>, Error> {
        let mut named = Named::new(self.runs.places());
        for slot in natives(list) {
            let fits = self.runs.is_taken(slot) && belongs(&self.runs[slot]);
            require(fits && named.first(slot), "a list names a run in vain, or twice")?;
        }
        let all = self.runs.iter().filter(|(_, run)| belongs(run)).count();
        require(named.count() == all, "a list misses a run")?;
        Ok(natives(list).collect())
    }

    fn restore_waits(&mut self, image: &ArchivedRunsImage, at: Restored) -> Result<(), Error> {
        let mut waits = Vec::new();
        for wait in image.waits.iter() {
            let restored = self.restored_wait(wait, at)?;
            self.hold(restored.bytes());
            waits.push((wait.slot.to_native(), restored));
        }
        let generations = natives(&image.wait_generations);
        let waits = Slots::restored(self.limits.waits, generations, waits.into_iter());
        self.waits = waits.map_err(|broken| broken.error(Limit::Waits, "a wait stands nowhere"))?;
        Ok(())
    }

    fn restored_wait(&self, image: &ArchivedWaitImage, at: Restored) -> Result<Waiting, Error> {
        let run = image.run.to_native();
        require(self.runs.is_taken(run), "a wait belongs to no run")?;
        let kind = match &image.kind {
            ArchivedKindImage::Signal { name, after } => {
                self.assert_name(name)?;
                Kind::Signal { name: name.as_str().into(), after: after.to_native() }
            }
            ArchivedKindImage::Question { prompt } => {
                Kind::Question { prompt: self.payload(prompt)? }
            }
        };
        let outcome = image.outcome.as_ref().map(|outcome| self.restored_outcome(outcome));
        Ok(Waiting {
            run,
            tag: image.tag.to_native(),
            deadline: at.time(image.deadline.to_native()),
            kind,
            outcome: outcome.transpose()?,
            ..Waiting::default()
        })
    }

    fn restored_outcome(&self, image: &ArchivedOutcomeImage) -> Result<WaitOutcome, Error> {
        Ok(match image {
            ArchivedOutcomeImage::Signal { version, payload } => WaitOutcome::Signal {
                version: version.to_native(),
                payload: self.payload(payload)?,
            },
            ArchivedOutcomeImage::Answered(payload) => {
                WaitOutcome::Answered(self.payload(payload)?)
            }
            ArchivedOutcomeImage::Refused(reason) => {
                self.assert_payload(reason.as_bytes())?;
                WaitOutcome::Refused(reason.as_str().into())
            }
            ArchivedOutcomeImage::TimedOut => WaitOutcome::TimedOut,
            ArchivedOutcomeImage::RunEnded => WaitOutcome::RunEnded,
            ArchivedOutcomeImage::Withdrawn => WaitOutcome::Withdrawn,
        })
    }

    /// Every wait stands where it belongs.
    fn restore_outcomes(&mut self, image: &ArchivedRunsImage) -> Result<(), Error> {
        let mut named = Named::new(self.waits.places());
        for slot in natives(&image.open) {
            let is_open = self.waits.is_taken(slot) && self.waits[slot].outcome.is_none();
            require(is_open && named.first(slot), "what is over stands among open waits")?;
            self.restore_open_wait(slot)?;
        }
        for slot in natives(&image.outcomes) {
            let is_over = self.waits.is_taken(slot) && self.waits[slot].outcome.is_some();
            require(is_over && named.first(slot), "what is open stands among outcomes")?;
            let outcomes = &mut self.runs[self.waits[slot].run].outcomes;
            *outcomes = outcomes.saturating_add(1);
            self.outcomes.push_back(&mut self.waits, slot);
        }
        require(named.count() == self.waits.len() as usize, "a wait stands in no list")
    }

    fn restore_open_wait(&mut self, slot: u32) -> Result<(), Error> {
        let Waiting { run, deadline, ref kind, .. } = self.waits[slot];
        let entry = &mut self.runs[run];
        require(!entry.status.is_over(), "a run waits that has ended")?;
        if let Kind::Signal { name, after } = kind {
            let there = entry.mailbox.first(name, *after);
            require(there.is_none(), "a run waits for what is there")?;
        }
        entry.waits.push_back(&mut self.waits, slot);
        if deadline != NEVER {
            self.timers.set(slot, deadline);
        }
        Ok(())
    }

    fn payload(&self, bytes: &[u8]) -> Result<Payload, Error> {
        self.assert_payload(bytes)?;
        Ok(bytes.into())
    }

    fn hold(&mut self, bytes: usize) {
        self.held = self.held.saturating_add(bytes as u64);
    }
}

fn natives(of: &[u32_le]) -> impl Iterator<Item = u32> {
    of.iter().map(|number| number.to_native())
}

fn status(number: u8) -> Result<Status, Error> {
    let known = Status::ALL.iter().find(|status| **status as u8 == number);
    known.copied().ok_or(Error::InvalidSnapshot("a run has no such status"))
}
