//! The scheduler as it is found again: first the tables, then what stands in lists, then what moves.

use rkyv::rend::u32_le;

use super::Scheduler;
use super::gate::{Gate, QuotaConfig};
use super::key::{Key, KeyConfig, QUOTAS_OF_A_KEY, Turns};
use super::task::{Entry, Flags, Needs, Outcome, Priority, State};
use crate::error::Error;
use crate::id::TaskId;
use crate::limits::{Limit, Limits};
use crate::pace::Pace;
use crate::policy::{Policy, PolicyId};
use crate::slots::{NONE, Slots};
use crate::snapshot::image::{
    ArchivedKeyImage, ArchivedPaceImage, ArchivedPolicyImage, ArchivedSchedulerImage,
    ArchivedTaskImage,
};
use crate::snapshot::{Named, Restored, require};
use crate::wheel::NEVER;

impl Scheduler {
    pub(crate) fn restored(
        image: &ArchivedSchedulerImage,
        limits: Limits,
        at: Restored,
    ) -> Result<Self, Error> {
        let mut scheduler = Self::new(limits);
        scheduler.now = at.now;
        scheduler.restore_policies(&image.policies)?;
        scheduler.restore_gates(image, at)?;
        scheduler.restore_keys(image, at)?;
        scheduler.restore_tasks(image, at)?;
        scheduler.restore_families(&image.children)?;
        scheduler.restore_edges(image)?;
        scheduler.restore_queues(&image.queued)?;
        scheduler.restore_ends(&image.ended)?;
        scheduler.check_tasks()?;
        scheduler.set_out();
        Ok(scheduler)
    }

    /// Whether an id names a scope, if it names anything.
    pub(crate) fn may_be_scope(&self, id: TaskId) -> bool {
        self.slot_of(id).map_or(true, |slot| self.tasks[slot].flags.scope)
    }

    fn restore_policies(&mut self, images: &[ArchivedPolicyImage]) -> Result<(), Error> {
        for (image, number) in images.iter().zip(1..) {
            let policy = Policy {
                attempts: image.attempts.to_native(),
                initial_ns: image.initial_ns.to_native(),
                factor: image.factor.to_native(),
                most_ns: image.most_ns.to_native(),
                jitter: image.jitter.to_native(),
                final_kinds: image.final_kinds.iter().map(|kind| kind.as_str().into()).collect(),
            };
            let id = self.policies.add(&image.pattern, policy)?;
            require(id == PolicyId(number), "two policies have the same pattern")?;
        }
        Ok(())
    }

    fn restore_gates(&mut self, image: &ArchivedSchedulerImage, at: Restored) -> Result<(), Error> {
        let mut gates = Vec::new();
        for gate in image.gates.iter() {
            let concurrency = gate.concurrency.as_ref().map(|limit| limit.to_native());
            let mut restored = Gate::new(&QuotaConfig { concurrency, rate: None });
            restored.pace = pace(&gate.pace, at)?;
            gates.push((gate.slot.to_native(), restored));
        }
        let cap = self.limits.quotas.saturating_add(1);
        let gates = Slots::restored(cap, natives(&image.gate_generations), gates.into_iter());
        self.gates =
            gates.map_err(|broken| broken.error(Limit::Quotas, "a quota stands nowhere"))?;
        require(self.gates.is_taken(0), "the gate of all is missing")?;
        let all = QuotaConfig { concurrency: Some(self.limits.running), rate: None };
        self.gates[0] = Gate::new(&all);
        Ok(())
    }

    fn restore_keys(&mut self, image: &ArchivedSchedulerImage, at: Restored) -> Result<(), Error> {
        let mut keys = Vec::new();
        for key in image.keys.iter() {
            let turns = self.restored_turns(&key.quotas)?;
            keys.push((key.slot.to_native(), restored_key(key, turns, at)?));
        }
        let generations = natives(&image.key_generations);
        let keys = Slots::restored(self.limits.keys, generations, keys.into_iter());
        self.keys = keys.map_err(|broken| broken.error(Limit::Keys, "a key stands nowhere"))?;
        Ok(())
    }

    fn restored_turns(&mut self, quotas: &[u32_le]) -> Result<Turns, Error> {
        require(quotas.len() <= QUOTAS_OF_A_KEY, "a key has too many quotas")?;
        let mut before = 0;
        for quota in natives(quotas) {
            require(quota > before && self.gates.is_taken(quota), "a key has a wrong quota")?;
            let gate = &mut self.gates[quota];
            gate.keys = gate.keys.saturating_add(1);
            before = quota;
        }
        Ok(Turns::new(natives(quotas)))
    }

    fn restore_tasks(&mut self, image: &ArchivedSchedulerImage, at: Restored) -> Result<(), Error> {
        let mut tasks = Vec::new();
        for task in image.tasks.iter() {
            tasks.push((task.slot.to_native(), restored_task(task, at)?));
        }
        let generations = natives(&image.task_generations);
        let tasks = Slots::restored(self.limits.tasks, generations, tasks.into_iter());
        self.tasks = tasks.map_err(|broken| broken.error(Limit::Tasks, "a task stands nowhere"))?;
        let slots: Vec<u32> = self.tasks.iter().map(|(slot, _)| slot).collect();
        for slot in slots {
            self.orders.admit(slot);
            self.restore_task(slot)?;
        }
        Ok(())
    }

    /// What one task names is there.
    fn restore_task(&mut self, slot: u32) -> Result<(), Error> {
        let task = &self.tasks[slot];
        let (scope, parent) = (task.flags.scope, task.parent);
        require(parent == NONE || self.tasks.is_taken(parent), "a parent is missing")?;
        require(self.policies.knows(task.policy), "a policy is missing")?;
        let is_paused = parent != NONE && self.tasks[parent].flags.paused;
        require(task.flags.paused == (task.flags.paused_itself || is_paused), "a pause is broken")?;
        let fits = match task.state {
            State::Ended => true,
            State::Open | State::Closing => scope,
            State::Held => !scope && task.flags.paused,
            State::Queued => !scope && !task.flags.paused,
            State::Blocked | State::Waiting => !scope,
            State::Running | State::Stopping => false,
        };
        require(fits, "a task is in a wrong state")?;
        let is_keyed = !scope && task.state != State::Ended;
        if is_keyed {
            require(self.keys.is_taken(task.key), "the key of a task is missing")?;
            let key = &mut self.keys[task.key];
            key.waiting = key.waiting.saturating_add(1);
        }
        require(is_keyed || task.key == NONE, "a task has a key in vain")?;
        require(!task.flags.unpolled || task.state == State::Ended, "an end comes early")
    }

    fn restore_families(&mut self, children: &[u32_le]) -> Result<(), Error> {
        let mut named = Named::new(self.places());
        for child in natives(children) {
            let is_child = self.tasks.is_taken(child) && self.tasks[child].parent != NONE;
            require(is_child && named.first(child), "a child is none, or is named twice")?;
            let parent = self.tasks[child].parent;
            let mut siblings = core::mem::take(&mut self.tasks[parent].children);
            siblings.push_back(&mut self.tasks, child);
            self.tasks[parent].children = siblings;
        }
        let children = self.tasks.iter().filter(|(_, task)| task.parent != NONE).count();
        require(children == named.count(), "a child is missing")?;
        require(self.in_trees() == self.tasks.len() as usize, "a task is below itself")
    }

    /// How many tasks stand below one that has no parent, or are that one.
    fn in_trees(&self) -> usize {
        let roots = self.tasks.iter().filter(|(_, task)| task.parent == NONE);
        let tree = |root| core::iter::successors(Some(root), move |at| self.below(root, *at));
        roots.map(|(root, _)| tree(root).count()).fold(0, usize::saturating_add)
    }

    fn restore_edges(&mut self, image: &ArchivedSchedulerImage) -> Result<(), Error> {
        let room = self.edges.room();
        if image.edges.len() > room {
            return Err(Error::limit(Limit::Dependencies));
        }
        for edge in image.edges.iter() {
            let (dependency, dependent) = (edge.dependency.to_native(), edge.dependent.to_native());
            let are_there = self.tasks.is_taken(dependency) && self.tasks.is_taken(dependent);
            require(are_there, "a dependency leads nowhere")?;
            let has_ended = self.tasks[dependency].state == State::Ended;
            let is_blocked = self.tasks[dependent].state == State::Blocked;
            require(!has_ended && is_blocked, "a dependency is over")?;
            self.add_edge(dependency, dependent);
        }
        require(!self.has_circle(), "tasks wait for each other")
    }

    /// Whether some tasks wait for one another. Takes away those that wait for nothing, and again.
    fn has_circle(&self) -> bool {
        let mut waits = vec![0u32; self.places()];
        for (_, edge) in self.edges.iter() {
            if let Some(count) = waits.get_mut(edge.dependent as usize) {
                *count = count.saturating_add(1);
            }
        }
        let is_free = |slot: &u32| waits.get(*slot as usize) == Some(&0);
        let mut free: Vec<u32> = self.tasks.iter().map(|(slot, _)| slot).filter(is_free).collect();
        let mut gone = 0u32;
        while let Some(slot) = free.pop() {
            gone = gone.saturating_add(1);
            for edge in self.tasks[slot].dependents.iter(&self.edges) {
                let dependent = self.edges[edge].dependent;
                let Some(count) = waits.get_mut(dependent as usize) else { continue };
                *count = count.saturating_sub(1);
                if *count == 0 {
                    free.push(dependent);
                }
            }
        }
        gone != self.tasks.len()
    }

    fn restore_queues(&mut self, queued: &[u32_le]) -> Result<(), Error> {
        let mut named = Named::new(self.places());
        for slot in natives(queued) {
            let is_queued = self.tasks.is_taken(slot) && self.tasks[slot].state == State::Queued;
            require(is_queued && named.first(slot), "a queue holds what is not queued")?;
            let key = self.tasks[slot].key;
            let priority = self.tasks[slot].priority;
            self.keys[key].push(&mut self.orders, slot, priority);
        }
        let queued = self.tasks.iter().filter(|(_, task)| task.state == State::Queued).count();
        require(queued == named.count(), "what is queued stands in no queue")
    }

    fn restore_ends(&mut self, ended: &[u32_le]) -> Result<(), Error> {
        let mut named = Named::new(self.places());
        for slot in natives(ended) {
            let is_end = self.tasks.is_taken(slot) && self.tasks[slot].flags.unpolled;
            require(is_end && named.first(slot), "an end is none, or is named twice")?;
            self.ended.push_back(&mut self.orders, slot);
        }
        let ends = self.tasks.iter().filter(|(_, task)| task.flags.unpolled).count();
        require(ends == named.count(), "an end is missing")
    }

    /// What holds among tasks when all lists are there.
    fn check_tasks(&self) -> Result<(), Error> {
        for (_, task) in self.tasks.iter() {
            let is_blocked = task.state == State::Blocked;
            require(is_blocked != task.dependencies.is_empty(), "a task waits for nothing")?;
            let has_children = !task.children.is_empty();
            let is_late = task.flags.scope && task.state == State::Ended && has_children;
            require(!is_late, "a scope has ended before its children")?;
            require(task.state != State::Closing || has_children, "a scope closes for nothing")?;
            let lives_on = task.parent != NONE && !task.is_over() && {
                let parent = &self.tasks[task.parent];
                parent.is_over() && parent.outcome != Outcome::Succeeded
            };
            require(!lives_on, "a task outlives what took it along")?;
        }
        Ok(())
    }

    /// Timers are set, keys line up, and what only a driver held that is gone is let go.
    fn set_out(&mut self) {
        let tasks: Vec<u32> = self.tasks.iter().map(|(slot, _)| slot).collect();
        for slot in &tasks {
            if self.tasks[*slot].state != State::Ended {
                self.set_timer(*slot);
            }
        }
        let keys: Vec<u32> = self.keys.iter().map(|(slot, _)| slot).collect();
        for slot in keys {
            self.line_up(slot);
        }
        for slot in tasks {
            if self.tasks.is_taken(slot) {
                self.let_go(slot);
            }
        }
    }

    fn places(&self) -> usize {
        self.tasks.places()
    }
}

fn natives(of: &[u32_le]) -> impl Iterator<Item = u32> {
    of.iter().map(|number| number.to_native())
}

fn pace(image: &ArchivedPaceImage, at: Restored) -> Result<Pace, Error> {
    let debt = image.debt.to_native();
    let pace = Pace::restored(image.interval.to_native(), image.slack.to_native(), debt);
    let mut pace = pace.ok_or(Error::InvalidSnapshot("a rate has run ahead of itself"))?;
    pace.set_debt(at.now, debt.saturating_sub(at.elapsed));
    Ok(pace)
}

fn restored_key(image: &ArchivedKeyImage, turns: Turns, at: Restored) -> Result<Key, Error> {
    let config = KeyConfig {
        concurrency: image.concurrency.as_ref().map(|limit| limit.to_native()),
        weight: image.weight.to_native(),
        queued: image.waiting_limit.to_native(),
        age_ns: image.age_ns.to_native(),
        ..KeyConfig::default()
    };
    let mut key = Key::new(&config, turns);
    key.pace = pace(&image.pace, at)?;
    Ok(key)
}

fn restored_task(image: &ArchivedTaskImage, at: Restored) -> Result<Entry, Error> {
    const WRONG: Error = Error::InvalidSnapshot("a task has no such state, outcome or priority");
    let state = STATES.iter().find(|state| **state as u8 == image.state).ok_or(WRONG)?;
    let outcome = Outcome::ALL.iter().find(|outcome| **outcome as u8 == image.outcome);
    let priority = Priority::ALL.iter().find(|priority| **priority as u8 == image.priority);
    let needs = [Needs::Success, Needs::End].into_iter().find(|it| *it as u8 == image.needs);
    Ok(Entry {
        tag: image.tag.to_native(),
        queued_at: at.time(image.queued_at.to_native()),
        deadline: at.time(image.deadline.to_native()),
        // Other states have no time of their own when nothing runs.
        phase_due: if *state == State::Waiting {
            at.time(image.phase_due.to_native())
        } else {
            NEVER
        },
        attempt_ns: image.attempt_ns.to_native(),
        key: image.key.to_native(),
        policy: PolicyId(image.policy.to_native()),
        parent: image.parent.to_native(),
        attempt: image.attempt.to_native(),
        state: *state,
        outcome: *outcome.ok_or(WRONG)?,
        priority: *priority.ok_or(WRONG)?,
        needs: needs.ok_or(WRONG)?,
        flags: Flags {
            unpolled: image.unpolled,
            paused_itself: image.paused_itself,
            paused: image.paused,
            scope: image.scope,
            ..Flags::default()
        },
        ..Entry::default()
    })
}

/// Those that may stand in a snapshot.
const STATES: [State; 7] = [
    State::Blocked,
    State::Held,
    State::Queued,
    State::Waiting,
    State::Open,
    State::Closing,
    State::Ended,
];
