//! Dependencies: which task waits for which.
//!
//! An edge stands in two lists, that of whoever waits and that of what it waits for, and goes when either of them ends.

use super::Scheduler;
use super::task::{Edge, Needs, Outcome, State};
use crate::id::TaskId;

impl Scheduler {
    /// Makes a task wait for others, all of which are known. Those that have ended already count at once.
    pub(super) fn wait_for(&mut self, dependent: u32, after: &[TaskId]) {
        for dependency in after.iter().map(|id| id.slot()) {
            let entry = &self.tasks[dependency];
            if entry.state != State::Ended {
                self.add_edge(dependency, dependent);
            } else if self.tasks[dependent].needs == Needs::Success
                && entry.outcome != Outcome::Succeeded
            {
                return self.decide(dependent, Outcome::Skipped);
            }
        }
        if self.tasks[dependent].dependencies.is_empty() {
            self.enqueue(dependent);
        }
    }

    pub(super) fn add_edge(&mut self, dependency: u32, dependent: u32) {
        let edge = Edge { dependency, dependent, ..Edge::default() };
        let Some(edge) = self.edges.insert(edge) else {
            debug_assert!(false, "room was asked for");
            return;
        };
        self.tasks[dependency].dependents.push_back(&mut self.edges, edge);
        self.tasks[dependent].dependencies.push_back(&mut self.edges, edge);
    }

    /// The first of those that wait for a task, which waits for one less from now on.
    pub(super) fn pop_dependent(&mut self, dependency: u32) -> Option<u32> {
        let edge = self.tasks[dependency].dependents.first()?;
        Some(self.unlink(edge))
    }

    /// A task that ends does not wait any more.
    pub(super) fn drop_edges(&mut self, dependent: u32) {
        while let Some(edge) = self.tasks[dependent].dependencies.first() {
            self.unlink(edge);
        }
    }

    /// Removes an edge. Returns who waited.
    fn unlink(&mut self, edge: u32) -> u32 {
        let Edge { dependency, dependent, .. } = self.edges[edge];
        self.tasks[dependency].dependents.remove(&mut self.edges, edge);
        self.tasks[dependent].dependencies.remove(&mut self.edges, edge);
        self.edges.remove(edge);
        dependent
    }
}
