//! The way in of a task.

use super::Scheduler;
use super::event::Ready;
use super::key::Place;
use super::task::{Entry, Outcome, State, Task};
use crate::counters::add;
use crate::error::{Error, Misuse};
use crate::id::TaskId;
use crate::limits::Limit;
use crate::slots::NONE;
use crate::wheel::NEVER;

impl Scheduler {
    /// Takes a task in.
    ///
    /// Linear in the number of tasks that it waits for; where it waits for scopes, also in the number of its ancestors.
    ///
    /// # Errors
    ///
    /// [`Limit::Tasks`], [`Limit::Queued`], [`Limit::Dependencies`], [`Limit::Memory`]; [`Misuse::UnknownKey`], [`Misuse::UnknownPolicy`],
    /// [`Misuse::UnknownTask`], [`Misuse::ParentEnded`] and [`Misuse::WaitsForItself`] for what it names.
    pub fn submit(&mut self, task: &Task<'_>, now: u64) -> Result<TaskId, Error> {
        self.tick(now);
        let taken = self.take_in(task);
        let slot = taken.inspect_err(|error| self.counters.refuse(error))?;
        if task.deadline_ns.is_some_and(|deadline| deadline <= self.now) {
            self.decide(slot, Outcome::TimedOut);
        }
        self.settle();
        Ok(self.id_of(slot))
    }

    /// Takes a task in and hands it out at once, if nothing has to wait for it and it for nothing. This is the way for work that is done
    /// inline: `None` means that it has to be submitted, and nothing has changed.
    ///
    /// ```
    /// use mcp_engine_executor::{Completion, KeyConfig, Limits, Scheduler, Task};
    ///
    /// let mut scheduler = Scheduler::new(Limits::default());
    /// let key = scheduler.open_key(&KeyConfig { concurrency: Some(1), ..KeyConfig::default() })?;
    /// let ready = scheduler.try_start(&Task::new(key), 0)?.expect("nothing else runs");
    /// assert_eq!(scheduler.try_start(&Task::new(key), 0)?, None);
    /// scheduler.complete(ready.id, Completion::Succeeded, 0)?;
    /// # Ok::<(), mcp_engine_executor::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`submit`](Self::submit).
    pub fn try_start(&mut self, task: &Task<'_>, now: u64) -> Result<Option<Ready>, Error> {
        self.tick(now);
        let checked = self.check(task);
        let (key, parent) = checked.inspect_err(|error| self.counters.refuse(error))?;
        let is_held = parent != NONE && self.tasks[parent].flags.paused;
        let is_late = task.deadline_ns.is_some_and(|deadline| deadline <= self.now);
        if is_held || is_late || !task.after.is_empty() || !self.is_clear(key) {
            return Ok(None);
        }
        let admitted = self.admit(parent, || entry_of(task, key, parent));
        let slot = admitted.inspect_err(|error| self.counters.refuse(error))?;
        add(&mut self.counters.submitted);
        if task.deadline_ns.is_some() {
            self.set_timer(slot);
        }
        self.pass_all(key);
        Ok(Some(self.hand_out(slot)))
    }

    /// Whether a task of a key would be handed out at once, before any other.
    fn is_clear(&self, slot: u32) -> bool {
        let key = &self.keys[slot];
        let mut gates = (0..=key.turns.last()).map(|stage| &self.gates[key.turns.gate(stage)]);
        key.place == Place::Idle
            && !key.is_full()
            && key.pace.ready_at() <= self.now
            && gates.all(|gate| gate.line.is_empty() && gate.is_open(self.now))
    }

    /// A key goes through all of its gates with a task that stands in no queue.
    fn pass_all(&mut self, slot: u32) {
        let key = &mut self.keys[slot];
        key.running = key.running.wrapping_add(1);
        key.pace.take(self.now);
        for stage in 0..=key.turns.last() {
            let Some(turn) = key.turns.at_mut(stage) else { return };
            let gate = &mut self.gates[turn.gate];
            gate.pass(turn, key.step);
            gate.pace.take(self.now);
        }
    }

    /// The task as an entry of the table, in the queue unless it has something to wait for.
    fn take_in(&mut self, task: &Task<'_>) -> Result<u32, Error> {
        let (key, parent) = self.check(task)?;
        let slot = self.admit(parent, || entry_of(task, key, parent))?;
        let key = &mut self.keys[key];
        key.waiting = key.waiting.wrapping_add(1);
        add(&mut self.counters.submitted);
        if task.deadline_ns.is_some() {
            self.set_timer(slot);
        }
        if task.after.is_empty() {
            self.enqueue(slot);
        } else {
            self.wait_for(slot, task.after);
        }
        Ok(slot)
    }

    /// Its key and its parent, if everything that it names exists and there is room for it.
    #[inline(always)]
    fn check(&mut self, task: &Task<'_>) -> Result<(u32, u32), Error> {
        let key = self.key_of(task.key)?;
        let parent = self.parent_of(task.parent)?;
        if !self.policies.knows(task.policy) {
            return Err(Misuse::UnknownPolicy.into());
        }
        if !task.after.is_empty() {
            self.check_dependencies(parent, task.after)?;
        }
        if self.keys[key].waiting >= self.keys[key].waiting_limit {
            return Err(Error::limit(Limit::Queued));
        }
        Ok((key, parent))
    }

    /// Whether a task may wait for these, and there is room for that.
    fn check_dependencies(&mut self, parent: u32, after: &[TaskId]) -> Result<(), Error> {
        for dependency in after {
            self.assert_may_wait(parent, self.slot_of(*dependency)?)?;
        }
        if self.edges.room() < after.len() {
            return Err(Error::limit(Limit::Dependencies));
        }
        self.edges.reserve(after.len())
    }

    /// A scope ends after its children, so none of those can wait for it.
    fn assert_may_wait(&self, mut above: u32, dependency: u32) -> Result<(), Error> {
        while self.tasks[dependency].flags.scope && above != NONE {
            if above == dependency {
                return Err(Misuse::WaitsForItself.into());
            }
            above = self.tasks[above].parent;
        }
        Ok(())
    }

    /// Gives an entry a place in the table and in the tree.
    #[inline(always)]
    pub(super) fn admit(
        &mut self,
        parent: u32,
        entry: impl FnOnce() -> Entry,
    ) -> Result<u32, Error> {
        if self.tasks.must_grow() {
            self.make_room_for_tasks()?;
        }
        let slot = self.tasks.insert_with(entry).ok_or(Error::limit(Limit::Tasks))?;
        self.orders.admit(slot);
        if parent != NONE {
            self.adopt(parent, slot);
        }
        Ok(slot)
    }

    /// Makes room wherever a task may come to stand, so that nothing that becomes of it allocates.
    #[cold]
    #[inline(never)]
    fn make_room_for_tasks(&mut self) -> Result<(), Error> {
        self.tasks.reserve(1)?;
        self.orders.reserve(self.tasks.capacity())?;
        self.task_timers.reserve(self.tasks.capacity())
    }

    fn adopt(&mut self, parent: u32, slot: u32) {
        self.tasks[slot].flags.paused = self.tasks[parent].flags.paused;
        let mut children = core::mem::take(&mut self.tasks[parent].children);
        children.push_back(&mut self.tasks, slot);
        self.tasks[parent].children = children;
    }

    pub(super) fn parent_of(&self, parent: Option<TaskId>) -> Result<u32, Error> {
        let Some(parent) = parent else { return Ok(NONE) };
        let slot = self.slot_of(parent)?;
        if self.tasks[slot].is_over() { Err(Misuse::ParentEnded.into()) } else { Ok(slot) }
    }
}

#[inline(always)]
fn entry_of(task: &Task<'_>, key: u32, parent: u32) -> Entry {
    Entry {
        tag: task.tag,
        deadline: task.deadline_ns.unwrap_or(NEVER),
        attempt_ns: task.attempt_ns.unwrap_or(NEVER),
        key,
        parent,
        policy: task.policy,
        priority: task.priority,
        needs: task.needs,
        state: State::Blocked,
        ..Entry::default()
    }
}
