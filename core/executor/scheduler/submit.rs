//! The way in: keys, quotas, scopes, tasks.

use super::Scheduler;
use super::event::Ready;
use super::gate::{Gate, QuotaConfig};
use super::key::{Key, KeyConfig, Place, QUOTAS_OF_A_KEY, Turns};
use super::task::{Entry, Flags, Outcome, Scope, State, Task};
use crate::counters::add;
use crate::error::{Error, Misuse};
use crate::id::{KeyId, QuotaId, TaskId};
use crate::limits::Limit;
use crate::slots::NONE;
use crate::wheel::NEVER;

impl Scheduler {
    /// Opens a quota.
    ///
    /// # Errors
    ///
    /// [`Limit::Quotas`].
    pub fn open_quota(&mut self, config: &QuotaConfig) -> Result<QuotaId, Error> {
        let slot = self.gates.insert(Gate::new(config));
        let slot = slot.ok_or(Error::limit(Limit::Quotas));
        let slot = slot.inspect_err(|error| self.counters.refuse(error))?;
        Ok(QuotaId::new(slot, self.gates.generation(slot)))
    }

    /// Removes a quota that no key counts against.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownQuota`], [`Misuse::InUse`].
    pub fn close_quota(&mut self, quota: QuotaId) -> Result<(), Error> {
        let slot = self.gate_of(quota)?;
        if self.gates[slot].keys > 0 {
            return Err(Misuse::InUse.into());
        }
        self.gate_timers.stop(slot);
        self.gates.remove(slot);
        Ok(())
    }

    /// Opens a key.
    ///
    /// # Errors
    ///
    /// [`Limit::Keys`], [`Misuse::UnknownQuota`], [`Misuse::TooManyQuotas`].
    pub fn open_key(&mut self, config: &KeyConfig<'_>) -> Result<KeyId, Error> {
        self.try_open_key(config).inspect_err(|error| self.counters.refuse(error))
    }

    fn try_open_key(&mut self, config: &KeyConfig<'_>) -> Result<KeyId, Error> {
        let turns = self.turns_of(config.quotas)?;
        let key = Key::new(config, turns);
        let slot = self.keys.insert(key).ok_or(Error::limit(Limit::Keys))?;
        for gate in turns.quotas() {
            let gate = &mut self.gates[gate];
            gate.keys = gate.keys.saturating_add(1);
        }
        Ok(KeyId::new(slot, self.keys.generation(slot)))
    }

    /// The quotas by their places. All keys pass them in the same order, so that none waits for another in a circle.
    fn turns_of(&self, quotas: &[QuotaId]) -> Result<Turns, Error> {
        let mut gates = [NONE; QUOTAS_OF_A_KEY];
        for (at, quota) in quotas.iter().enumerate() {
            let slot = self.gate_of(*quota)?;
            if gates.contains(&slot) {
                return Err(Misuse::TooManyQuotas.into());
            }
            *gates.get_mut(at).ok_or(Misuse::TooManyQuotas)? = slot;
        }
        gates.sort_unstable();
        Ok(Turns::new(gates.into_iter().filter(|slot| *slot != NONE)))
    }

    /// Removes a key that no task names any more.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownKey`], [`Misuse::InUse`].
    pub fn close_key(&mut self, key: KeyId) -> Result<(), Error> {
        let slot = self.key_of(key)?;
        let Key { waiting, running, turns, .. } = self.keys[slot];
        if waiting > 0 || running > 0 {
            return Err(Misuse::InUse.into());
        }
        for gate in turns.quotas() {
            let gate = &mut self.gates[gate];
            gate.keys = gate.keys.saturating_sub(1);
        }
        self.keys.remove(slot);
        Ok(())
    }

    /// How many tasks of a key wait, and how many run.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownKey`].
    pub fn load(&self, key: KeyId) -> Result<(u32, u32), Error> {
        let key = &self.keys[self.key_of(key)?];
        Ok((key.waiting, key.running))
    }

    /// Opens a scope: a parent for tasks that belong together.
    ///
    /// # Errors
    ///
    /// [`Limit::Tasks`], [`Misuse::UnknownTask`], [`Misuse::ParentEnded`].
    pub fn open_scope(&mut self, scope: &Scope) -> Result<TaskId, Error> {
        self.try_open_scope(scope).inspect_err(|error| self.counters.refuse(error))
    }

    fn try_open_scope(&mut self, scope: &Scope) -> Result<TaskId, Error> {
        let parent = self.parent_of(scope.parent)?;
        let entry = Entry {
            tag: scope.tag,
            deadline: scope.deadline_ns.unwrap_or(NEVER),
            state: State::Open,
            flags: Flags { scope: true, ..Flags::default() },
            ..Entry::default()
        };
        let slot = self.admit(entry, parent)?;
        self.set_timer(slot);
        Ok(self.id_of(slot))
    }

    /// Takes no more children into a scope. It ends, with success, when the last one is gone; at once where there is none.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownTask`], [`Misuse::NotAScope`].
    pub fn close_scope(&mut self, scope: TaskId, now: u64) -> Result<(), Error> {
        let slot = self.slot_of(scope)?;
        if !self.tasks[slot].flags.scope {
            return Err(Misuse::NotAScope.into());
        }
        self.tick(now);
        self.decide(slot, Outcome::Succeeded);
        self.settle();
        Ok(())
    }

    /// Takes a task in.
    ///
    /// Linear in the number of tasks that it waits for; where it waits for scopes, also in the number of its ancestors.
    ///
    /// # Errors
    ///
    /// [`Limit::Tasks`], [`Limit::Queued`], [`Limit::Dependencies`]; [`Misuse::UnknownKey`], [`Misuse::UnknownPolicy`],
    /// [`Misuse::UnknownTask`], [`Misuse::ParentEnded`] and [`Misuse::WaitsForItself`] for what it names.
    pub fn submit(&mut self, task: &Task<'_>, now: u64) -> Result<TaskId, Error> {
        self.tick(now);
        let taken = self.take_in(task);
        let slot = taken.inspect_err(|error| self.counters.refuse(error))?;
        if self.tasks[slot].deadline <= self.now {
            self.decide(slot, Outcome::TimedOut);
        }
        self.settle();
        Ok(self.id_of(slot))
    }

    /// Takes a task in and hands it out at once, if nothing has to wait for it and it for nothing. This is the way for work that is done
    /// inline: `None` means that it has to be submitted, and nothing has changed.
    ///
    /// # Errors
    ///
    /// Those of [`submit`](Self::submit).
    pub fn try_start(&mut self, task: &Task<'_>, now: u64) -> Result<Option<Ready>, Error> {
        self.tick(now);
        let key = self.key_of(task.key)?;
        let parent = self.parent_of(task.parent)?;
        let is_held = parent != NONE && self.tasks[parent].flags.paused;
        let is_late = task.deadline_ns.is_some_and(|deadline| deadline <= self.now);
        if is_held || is_late || !task.after.is_empty() || !self.is_clear(key) {
            return Ok(None);
        }
        let id = self.submit(task, now)?;
        let ready = self.poll_ready(now);
        debug_assert!(ready.is_none_or(|ready| ready.id == id));
        Ok(ready)
    }

    /// Whether a task of a key would be handed out at once, before any other.
    fn is_clear(&self, slot: u32) -> bool {
        let key = &self.keys[slot];
        let mut gates = key.turns.quotas().chain([0]).map(|gate| &self.gates[gate]);
        key.place == Place::Idle
            && !key.is_full()
            && key.pace.ready_at() <= self.now
            && gates.all(|gate| gate.line.is_empty() && gate.is_open(self.now))
    }

    /// The task as an entry of the table, in the queue unless it has something to wait for.
    fn take_in(&mut self, task: &Task<'_>) -> Result<u32, Error> {
        let key = self.key_of(task.key)?;
        let parent = self.parent_of(task.parent)?;
        if !self.policies.knows(task.policy) {
            return Err(Misuse::UnknownPolicy.into());
        }
        for dependency in task.after {
            self.assert_may_wait(parent, self.slot_of(*dependency)?)?;
        }
        if self.keys[key].waiting >= self.keys[key].waiting_limit {
            return Err(Error::limit(Limit::Queued));
        }
        if self.edges.room() < task.after.len() {
            return Err(Error::limit(Limit::Dependencies));
        }
        let slot = self.admit(entry_of(task, key), parent)?;
        let key = &mut self.keys[key];
        key.waiting = key.waiting.saturating_add(1);
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
    #[inline]
    fn admit(&mut self, mut entry: Entry, parent: u32) -> Result<u32, Error> {
        entry.parent = parent;
        if parent != NONE {
            entry.flags.paused = self.tasks[parent].flags.paused;
        }
        let slot = self.tasks.insert(entry).ok_or(Error::limit(Limit::Tasks))?;
        if parent != NONE {
            let mut children = core::mem::take(&mut self.tasks[parent].children);
            children.push_back(&mut self.tasks, slot);
            self.tasks[parent].children = children;
        }
        Ok(slot)
    }

    fn parent_of(&self, parent: Option<TaskId>) -> Result<u32, Error> {
        let Some(parent) = parent else { return Ok(NONE) };
        let slot = self.slot_of(parent)?;
        if self.tasks[slot].is_over() { Err(Misuse::ParentEnded.into()) } else { Ok(slot) }
    }

    fn key_of(&self, key: KeyId) -> Result<u32, Error> {
        let (slot, generation) = (key.slot(), key.generation());
        if self.keys.holds(slot, generation) { Ok(slot) } else { Err(Misuse::UnknownKey.into()) }
    }

    fn gate_of(&self, quota: QuotaId) -> Result<u32, Error> {
        let (slot, generation) = (quota.slot(), quota.generation());
        // Place 0 is no quota.
        if slot > 0 && self.gates.holds(slot, generation) {
            Ok(slot)
        } else {
            Err(Misuse::UnknownQuota.into())
        }
    }
}

fn entry_of(task: &Task<'_>, key: u32) -> Entry {
    Entry {
        tag: task.tag,
        deadline: task.deadline_ns.unwrap_or(NEVER),
        attempt_ns: task.attempt_ns.unwrap_or(NEVER),
        key,
        policy: task.policy,
        priority: task.priority,
        needs: task.needs,
        state: State::Blocked,
        ..Entry::default()
    }
}
