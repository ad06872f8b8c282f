//! Which runs there are, and how long those that have ended are kept.

use super::Runs;
use super::run::{Entry, RunView, Status};
use crate::counters::add;
use crate::error::{Error, Misuse};
use crate::id::{RunId, TaskId};
use crate::limits::Limit;

impl Runs {
    /// Where a run stands.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownRun`].
    pub fn status(&self, run: RunId) -> Result<Status, Error> {
        Ok(self.runs[self.slot_of(run)?].status)
    }

    /// The parent of the tasks of a run.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownRun`].
    pub fn scope(&self, run: RunId) -> Result<TaskId, Error> {
        Ok(self.runs[self.slot_of(run)?].scope)
    }

    /// Everything that is known of a run.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownRun`].
    pub fn view(&self, run: RunId) -> Result<RunView<'_>, Error> {
        Ok(self.view_of(self.slot_of(run)?))
    }

    /// The run that its caller has given this id.
    pub fn find(&self, id: &str) -> Option<RunId> {
        self.ids.get(id).map(|slot| self.id_of(*slot))
    }

    /// All runs, those to which something has happened last first.
    pub fn list(&self) -> impl Iterator<Item = RunView<'_>> {
        self.recent.iter(&self.runs).map(|slot| self.view_of(slot))
    }

    /// The runs of a workflow, those to which something has happened last first.
    pub fn list_of(&self, workflow: &str) -> impl Iterator<Item = RunView<'_>> + use<'_> {
        let workflow = self.names.get(workflow).map(|slot| &self.workflows[*slot]);
        let slots = workflow.into_iter().flat_map(|workflow| workflow.runs.iter(&self.runs));
        slots.map(|slot| self.view_of(slot))
    }

    fn view_of(&self, slot: u32) -> RunView<'_> {
        let entry = &self.runs[slot];
        RunView {
            run: self.id_of(slot),
            id: &entry.id,
            workflow: &self.workflows[entry.workflow].name,
            tag: entry.tag,
            status: entry.status,
            scope: entry.scope,
            opened_ns: entry.opened,
            updated_ns: entry.updated,
            version: entry.mailbox.version(),
            result: entry.result.as_ref(),
        }
    }

    /// Forgets runs that have ended, as far as limits and time demand it and nothing is left to say of them.
    pub(super) fn retain(&mut self) {
        while let Some(oldest) = self.finished.first() {
            let end = self.runs[oldest].finished.saturating_add(self.limits.finished_ns);
            let is_over = self.ended > self.limits.finished || end <= self.now;
            if !is_over || !self.forget_oldest() {
                return;
            }
        }
    }

    /// Forgets the run that ended first, unless something is left to say of it.
    pub(super) fn forget_oldest(&mut self) -> bool {
        let oldest = self.finished.first();
        let Some(slot) = oldest.filter(|oldest| self.runs[*oldest].can_go()) else {
            return false;
        };
        self.finished.remove(&mut self.runs, slot);
        self.ended = self.ended.saturating_sub(1);
        self.recent.remove(&mut self.runs, slot);
        let workflow = self.runs[slot].workflow;
        self.workflows[workflow].runs.remove(&mut self.runs, slot);
        if self.workflows[workflow].runs.is_empty() {
            self.forget_workflow(workflow);
        }
        // A place that is free keeps what stood there, so it is taken out.
        let entry = core::mem::take(&mut self.runs[slot]);
        self.runs.remove(slot);
        self.ids.remove(&entry.id);
        self.release(entry.bytes());
        add(&mut self.counters.forgotten);
        true
    }

    fn forget_workflow(&mut self, slot: u32) {
        let workflow = core::mem::take(&mut self.workflows[slot]);
        self.workflows.remove(slot);
        self.names.remove(&workflow.name);
        self.release(workflow.name.len());
    }

    /// Counts bytes that will be held. Runs that have ended make room.
    pub(super) fn charge(&mut self, bytes: usize) -> Result<(), Error> {
        let bytes = bytes as u64;
        while self.held.saturating_add(bytes) > self.limits.bytes {
            if bytes > self.limits.bytes || !self.forget_oldest() {
                return Err(Error::limit(Limit::Bytes));
            }
        }
        self.held = self.held.saturating_add(bytes);
        Ok(())
    }

    pub(super) fn release(&mut self, bytes: usize) {
        self.held = self.held.saturating_sub(bytes as u64);
    }

    pub(super) fn assert_name(&self, name: &str) -> Result<(), Error> {
        let fits = name.len() <= self.limits.name_bytes as usize;
        if fits { Ok(()) } else { Err(Error::limit(Limit::NameBytes)) }
    }

    pub(super) fn assert_payload(&self, payload: &[u8]) -> Result<(), Error> {
        let fits = payload.len() <= self.limits.payload_bytes as usize;
        if fits { Ok(()) } else { Err(Error::limit(Limit::PayloadBytes)) }
    }

    /// The place of a run that has not ended.
    pub(super) fn live(&self, run: RunId) -> Result<u32, Error> {
        let slot = self.slot_of(run)?;
        let Entry { status, .. } = self.runs[slot];
        if status.is_over() { Err(Misuse::RunEnded.into()) } else { Ok(slot) }
    }

    pub(super) fn slot_of(&self, run: RunId) -> Result<u32, Error> {
        let (slot, generation) = (run.slot(), run.generation());
        if self.runs.holds(slot, generation) { Ok(slot) } else { Err(Misuse::UnknownRun.into()) }
    }

    pub(super) fn id_of(&self, slot: u32) -> RunId {
        RunId::new(slot, self.runs.generation(slot))
    }
}
