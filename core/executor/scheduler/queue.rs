//! From the queue of a key to `poll_ready`: the gates on the way, and what wakes those that wait at them.

use super::Scheduler;
use super::event::Ready;
use super::key::Place;
use super::task::{Entry, State};
use crate::counters::add;
use crate::id::TaskId;
use crate::wheel::{NEVER, Wheel};

impl Scheduler {
    /// The next task to run. `None` says that nothing may run before another call, or before [`poll_timeout`](Self::poll_timeout).
    pub fn poll_ready(&mut self, now: u64) -> Option<Ready> {
        self.tick(now);
        let all = &mut self.gates[0];
        if !all.has_room() {
            return None;
        }
        let slot = all.line.first()?;
        // A task that has waited long is far away in memory. It comes while the line closes up, so it goes first.
        let task = self.keys[slot].pop(&self.tasks, &self.orders)?;
        let ready = self.hand_out(task);
        self.begin(slot);
        Some(ready)
    }

    /// The key passes the gate of all and has handed out a task: its permits are the task's now, and it lines up again.
    #[inline(always)]
    fn begin(&mut self, slot: u32) {
        let (all, key) = (&mut self.gates[0], &mut self.keys[slot]);
        all.line.pop(&mut self.places);
        let last = key.turns.last();
        if let Some(turn) = key.turns.at_mut(last) {
            all.pass(turn, key.step);
        }
        key.running = key.running.wrapping_add(1);
        key.waiting = key.waiting.wrapping_sub(1);
        key.pace.take(self.now);
        if key.queued == 0 {
            key.place = Place::Idle;
        } else {
            self.line_up(slot);
        }
        for stage in 0..last {
            let gate = self.keys[slot].turns.gate(stage);
            self.gates[gate].pace.take(self.now);
            self.open(gate);
        }
    }

    #[inline(always)]
    pub(super) fn hand_out(&mut self, task: u32) -> Ready {
        add(&mut self.counters.started);
        let (generation, entry) = self.tasks.named(task);
        entry.state = State::Running;
        entry.flags.runs = true;
        entry.attempt = entry.attempt.wrapping_add(1);
        let id = TaskId::new(task, generation);
        let ready = Ready { id, tag: entry.tag, attempt: entry.attempt };
        if entry.attempt_ns != NEVER {
            entry.phase_due = self.now.saturating_add(entry.attempt_ns);
            self.set_timer(task);
        }
        ready
    }

    /// Puts a task into the queue of its key, or aside while it is paused.
    #[inline(always)]
    pub(super) fn enqueue(&mut self, task: u32) {
        let entry = &mut self.tasks[task];
        if entry.flags.paused {
            entry.state = State::Held;
            return;
        }
        (entry.state, entry.queued_at, entry.phase_due) = (State::Queued, self.now, NEVER);
        let (slot, priority) = (entry.key, entry.priority);
        let key = &mut self.keys[slot];
        key.push(&mut self.orders, task, priority);
        if key.place == Place::Idle {
            self.line_up(slot);
        }
    }

    /// Takes a task out of the queue of its key, which gives up its turn when that was the last.
    pub(super) fn dequeue(&mut self, task: u32) {
        let Entry { key: slot, priority, .. } = self.tasks[task];
        let key = &mut self.keys[slot];
        key.remove(&mut self.orders, task, priority);
        if key.queued == 0 {
            self.step_back(slot);
        }
    }

    /// A key that is in no line starts on its way, if it has something queued and its own limits allow it.
    pub(super) fn line_up(&mut self, slot: u32) {
        let key = &mut self.keys[slot];
        let resting_until = key.pace.ready_at();
        key.place = if key.queued == 0 {
            Place::Idle
        } else if key.is_full() {
            Place::Full
        } else if resting_until > self.now {
            self.key_timers.set(slot, resting_until);
            Place::Resting
        } else {
            return self.go_on(slot, 0);
        };
    }

    /// A key goes through its gates, from a stage on, until one is not open or only that of all keys is left.
    #[inline(always)]
    fn go_on(&mut self, slot: u32, mut stage: u8) {
        let now = self.now;
        let key = &mut self.keys[slot];
        while let Some(turn) = key.turns.at_mut(stage) {
            let gate = &mut self.gates[turn.gate];
            let is_last = turn.gate == 0;
            if is_last || !gate.line.is_empty() || !gate.is_open(now) {
                gate.wait(&mut self.places, slot, turn);
                key.place = Place::At(stage);
                if !is_last && gate.has_room() {
                    set_timer(&mut self.gate_timers, turn.gate, gate.pace.ready_at());
                }
                return;
            }
            gate.pass(turn, key.step);
            stage = stage.wrapping_add(1);
        }
    }

    /// Lets keys through a gate, in their order, as long as it is open.
    pub(super) fn open(&mut self, slot: u32) {
        let now = self.now;
        loop {
            let gate = &mut self.gates[slot];
            if gate.line.is_empty() || !gate.has_room() {
                return;
            }
            if !gate.is_open(now) {
                return set_timer(&mut self.gate_timers, slot, gate.pace.ready_at());
            }
            let Some((waiting, _)) = gate.line.pop(&mut self.places) else { return };
            let key = &mut self.keys[waiting];
            let Place::At(stage) = key.place else { return };
            if let Some(turn) = key.turns.at_mut(stage) {
                gate.pass(turn, key.step);
            }
            self.go_on(waiting, stage.wrapping_add(1));
        }
    }

    /// A key without anything to do leaves the line it stands in and gives back the permits it holds.
    fn step_back(&mut self, slot: u32) {
        let place = core::mem::take(&mut self.keys[slot].place);
        self.key_timers.stop(slot);
        let Place::At(stage) = place else { return };
        let gate = self.keys[slot].turns.gate(stage);
        self.gates[gate].line.remove(&mut self.places, slot);
        for stage in 0..stage {
            let gate = self.keys[slot].turns.gate(stage);
            self.gates[gate].pace.release();
            self.give_back(gate);
        }
    }

    /// A permit of a gate comes back.
    #[inline]
    fn give_back(&mut self, gate: u32) {
        self.gates[gate].give_back();
        self.open(gate);
    }

    /// A task stops running: its permits come back.
    #[inline]
    pub(super) fn free(&mut self, task: u32) {
        let slot = self.tasks[task].key;
        let key = &mut self.keys[slot];
        key.running = key.running.wrapping_sub(1);
        let last = key.turns.last();
        if key.place == Place::Full {
            self.line_up(slot);
        }
        for stage in 0..last {
            self.give_back(self.keys[slot].turns.gate(stage));
        }
        // That of all keys is opened by `poll_ready`.
        self.gates[0].give_back();
    }
}

/// Sets a timer, unless something else has to happen first.
fn set_timer(timers: &mut Wheel, slot: u32, due: u64) {
    if due != NEVER {
        timers.set(slot, due);
    }
}
