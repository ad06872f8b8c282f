//! The scheduler as it is written down.

use super::Scheduler;
use super::key::Key;
use super::task::{Entry, State};
use crate::pace::Pace;
use crate::slots::NONE;
use crate::snapshot::Taken;
use crate::snapshot::image::{
    EdgeImage, GateImage, KeyImage, PaceImage, PolicyImage, SchedulerImage, TaskImage,
};
use crate::wheel::NEVER;

impl Scheduler {
    /// The latest time that the driver has named.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    pub(crate) fn image(&self, taken: Taken) -> SchedulerImage {
        debug_assert!(self.settling.is_empty());
        let all_children = self.tasks.iter().flat_map(|(_, task)| task.children.iter(&self.tasks));
        SchedulerImage {
            gate_generations: self.gates.generations().collect(),
            gates: self.gate_images(taken),
            key_generations: self.keys.generations().collect(),
            keys: self.keys.iter().map(|(slot, key)| key_image(slot, key, taken)).collect(),
            policies: self.policy_images(),
            task_generations: self.tasks.generations().collect(),
            tasks: self.tasks.iter().map(|(slot, task)| task_image(slot, task, taken)).collect(),
            children: all_children.collect(),
            edges: self.edge_images(),
            queued: self.all_queued(),
            ended: self.ended.iter(&self.orders).collect(),
        }
    }

    fn gate_images(&self, taken: Taken) -> Vec<GateImage> {
        let gates = self.gates.iter();
        let image = |(slot, gate): (u32, &super::gate::Gate)| GateImage {
            slot,
            concurrency: gate.concurrency,
            pace: pace_image(&gate.pace, taken),
        };
        gates.map(image).collect()
    }

    fn policy_images(&self) -> Vec<PolicyImage> {
        let image = |(pattern, policy): (&str, &crate::Policy)| PolicyImage {
            pattern: pattern.into(),
            attempts: policy.attempts,
            initial_ns: policy.initial_ns,
            factor: policy.factor,
            most_ns: policy.most_ns,
            jitter: policy.jitter,
            final_kinds: policy.final_kinds.iter().map(|kind| kind.to_string()).collect(),
        };
        self.policies.iter().map(image).collect()
    }

    fn edge_images(&self) -> Vec<EdgeImage> {
        let edges = self.tasks.iter().flat_map(|(dependency, task)| {
            let edges = task.dependents.iter(&self.edges);
            edges.map(move |edge| EdgeImage { dependency, dependent: self.edges[edge].dependent })
        });
        edges.collect()
    }

    /// What runs first, for it is queued again, in the order in which it was queued; then the queues.
    fn all_queued(&self) -> Vec<u32> {
        let runs = |(_, task): &(u32, &Entry)| runs(task) && !task.flags.paused;
        let mut queued: Vec<u32> = self.tasks.iter().filter(runs).map(|(slot, _)| slot).collect();
        queued.sort_by_key(|slot| self.tasks[*slot].queued_at);
        let chains = self.keys.iter().flat_map(|(_, key)| key.chains());
        queued.extend(chains.flat_map(|chain| chain.iter(&self.orders)));
        // So that the same state is written down in the same way.
        queued.sort_by_key(|slot| (self.tasks[*slot].key, self.tasks[*slot].priority));
        queued
    }
}

/// Whether it is to be tried again when nobody runs it any more.
fn runs(task: &Entry) -> bool {
    matches!(task.state, State::Running | State::Stopping)
}

fn task_image(slot: u32, task: &Entry, taken: Taken) -> TaskImage {
    let again = if task.flags.paused { State::Held } else { State::Queued };
    let state = if runs(task) { again } else { task.state };
    TaskImage {
        slot,
        tag: task.tag,
        queued_at: taken.distance(task.queued_at),
        deadline: taken.distance(task.deadline),
        phase_due: taken.distance(if state == State::Waiting { task.phase_due } else { NEVER }),
        attempt_ns: task.attempt_ns,
        // The key of what has ended may be gone.
        key: if task.state == State::Ended { NONE } else { task.key },
        policy: task.policy.to_bits(),
        parent: task.parent,
        attempt: task.attempt,
        state: state as u8,
        outcome: task.outcome as u8,
        priority: task.priority as u8,
        needs: task.needs as u8,
        unpolled: task.flags.unpolled,
        paused_itself: task.flags.paused_itself,
        paused: task.flags.paused,
        scope: task.flags.scope,
    }
}

fn key_image(slot: u32, key: &Key, taken: Taken) -> KeyImage {
    KeyImage {
        slot,
        concurrency: key.concurrency,
        pace: pace_image(&key.pace, taken),
        weight: key.weight,
        waiting_limit: key.waiting_limit,
        age_ns: key.age_ns,
        quotas: key.turns.quotas().collect(),
    }
}

fn pace_image(pace: &Pace, taken: Taken) -> PaceImage {
    let (interval, slack) = pace.rate();
    PaceImage { interval, slack, debt: pace.debt(taken.0) }
}
