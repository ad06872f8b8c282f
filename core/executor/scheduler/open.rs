//! Keys, quotas and scopes: opened and closed.

use super::Scheduler;
use super::gate::{Gate, QuotaConfig};
use super::key::{Key, KeyConfig, QUOTAS_OF_A_KEY, Turns};
use super::task::{Entry, Flags, Outcome, Scope, State};
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
    /// [`Limit::Quotas`], [`Limit::Memory`].
    pub fn open_quota(&mut self, config: &QuotaConfig) -> Result<QuotaId, Error> {
        self.try_open_quota(config).inspect_err(|error| self.counters.refuse(error))
    }

    fn try_open_quota(&mut self, config: &QuotaConfig) -> Result<QuotaId, Error> {
        self.gates.reserve(1)?;
        self.gate_timers.reserve(self.gates.capacity())?;
        let slot = self.gates.insert(Gate::new(config)).ok_or(Error::limit(Limit::Quotas))?;
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
    /// [`Limit::Keys`], [`Limit::Memory`], [`Misuse::UnknownQuota`], [`Misuse::TooManyQuotas`].
    pub fn open_key(&mut self, config: &KeyConfig<'_>) -> Result<KeyId, Error> {
        self.try_open_key(config).inspect_err(|error| self.counters.refuse(error))
    }

    fn try_open_key(&mut self, config: &KeyConfig<'_>) -> Result<KeyId, Error> {
        let turns = self.turns_of(config.quotas)?;
        let key = Key::new(config, turns);
        self.make_room_for_key(&turns)?;
        let slot = self.keys.insert(key).ok_or(Error::limit(Limit::Keys))?;
        for gate in turns.quotas() {
            let gate = &mut self.gates[gate];
            gate.keys = gate.keys.wrapping_add(1);
        }
        Ok(KeyId::new(slot, self.keys.generation(slot)))
    }

    /// Makes room wherever a key may come to stand, so that nothing it does allocates.
    fn make_room_for_key(&mut self, turns: &Turns) -> Result<(), Error> {
        self.keys.reserve(1)?;
        self.key_timers.reserve(self.keys.capacity())?;
        self.places.reserve(self.keys.capacity())?;
        self.gates[0].line.reserve(self.keys.capacity())?;
        for gate in turns.quotas() {
            let gate = &mut self.gates[gate];
            gate.line.reserve((gate.keys as usize).saturating_add(1))?;
        }
        Ok(())
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
            gate.keys = gate.keys.wrapping_sub(1);
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
        let entry = || Entry {
            tag: scope.tag,
            parent,
            deadline: scope.deadline_ns.unwrap_or(NEVER),
            state: State::Open,
            flags: Flags { scope: true, ..Flags::default() },
            ..Entry::default()
        };
        let slot = self.admit(parent, entry)?;
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

    pub(super) fn key_of(&self, key: KeyId) -> Result<u32, Error> {
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
