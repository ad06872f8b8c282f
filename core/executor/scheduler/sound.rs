//! The invariants, checked one by one: for the simulation, the fuzz target and the tests. Linear in everything.

#![expect(clippy::arithmetic_side_effects, reason = "a panic is how a check reports what it found")]

use std::vec::Vec;

use super::Scheduler;
use super::key::{Key, Place};
use super::task::{Priority, State};
use crate::id::TaskId;

impl Scheduler {
    /// # Panics
    ///
    /// Where an invariant does not hold.
    pub fn assert_sound(&mut self) {
        assert!(self.settling.is_empty(), "somebody did not hear of an end");
        self.assert_keys();
        self.assert_gates();
        self.assert_tasks();
    }

    /// All tasks and scopes that are known.
    pub fn known(&self) -> Vec<TaskId> {
        self.tasks.iter().map(|(slot, _)| self.id_of(slot)).collect()
    }

    fn assert_keys(&mut self) {
        let slots: Vec<u32> = self.keys.iter().map(|(slot, _)| slot).collect();
        for slot in slots {
            let tasks = || self.tasks.iter().filter(|(_, entry)| entry.key == slot);
            let in_state = |state| tasks().filter(|(_, entry)| entry.state == state).count();
            let queued = in_state(State::Queued);
            let waiting = queued
                + in_state(State::Blocked)
                + in_state(State::Held)
                + in_state(State::Waiting);
            let running = tasks().filter(|(_, entry)| entry.flags.runs).count();
            let key = &mut self.keys[slot];
            assert_eq!(key.queued as usize, queued, "queued of key {slot}");
            assert_eq!(key.waiting as usize, waiting, "waiting of key {slot}");
            assert_eq!(key.running as usize, running, "running of key {slot}");
            assert!(key.concurrency.is_none_or(|limit| running <= limit as usize));
            assert_eq!(key.place == Place::Idle, queued == 0, "key {slot} is {:?}", key.place);
            let chained: usize = Priority::ALL
                .iter()
                .map(|priority| self.keys[slot].level(*priority).iter(&self.orders).count())
                .sum();
            assert_eq!(chained, queued, "the levels of key {slot}");
        }
    }

    fn assert_gates(&self) {
        for (slot, gate) in self.gates.iter() {
            let counts = |key: &Key| key.turns.quotas().chain([0]).any(|other| other == slot);
            let keys = || self.keys.iter().filter(|(_, key)| counts(key));
            let running: u32 = keys().map(|(_, key)| key.running).sum();
            let passed = keys().filter(|(_, key)| has_passed(key, slot)).count();
            assert_eq!(gate.taken as usize, running as usize + passed, "permits of gate {slot}");
            assert!(gate.concurrency.is_none_or(|limit| gate.taken <= limit), "gate {slot}");
            let stands = |key: &Key| matches!(key.place, Place::At(at) if key.turns.at(at).is_some_and(|turn| turn.gate == slot));
            let line = keys().filter(|(_, key)| stands(key)).count();
            assert_eq!(gate.line.len(), line, "the line of gate {slot}");
            let is_shut = !gate.has_room() || gate.pace.ready_at() > self.now;
            assert!(slot == 0 || line == 0 || is_shut, "keys wait at gate {slot}, which is open");
        }
    }

    fn assert_tasks(&self) {
        for (slot, entry) in self.tasks.iter() {
            assert!(!entry.can_go(), "nothing holds task {slot}");
            let is_blocked = entry.state == State::Blocked;
            assert_eq!(is_blocked, !entry.dependencies.is_empty(), "task {slot} is blocked");
            assert!(
                entry.state != State::Ended || entry.dependents.is_empty(),
                "somebody waits for task {slot}, which has ended"
            );
            for child in entry.children.iter(&self.tasks) {
                assert_eq!(self.tasks[child].parent, slot);
                assert!(self.tasks[child].flags.paused || !entry.flags.paused);
            }
            assert!(!(entry.flags.paused && entry.state == State::Queued), "task {slot} is paused");
        }
        let parents = self.tasks.iter().filter(|(_, entry)| entry.parent != crate::slots::NONE);
        let children = self.tasks.iter().map(|(_, entry)| entry.children.iter(&self.tasks).count());
        assert_eq!(parents.count(), children.sum::<usize>(), "children of parents");
    }
}

/// Whether a key holds a permit of a gate while it waits at another.
fn has_passed(key: &Key, gate: u32) -> bool {
    let Place::At(stage) = key.place else { return false };
    (0..stage).any(|stage| key.turns.at(stage).is_some_and(|turn| turn.gate == gate))
}
