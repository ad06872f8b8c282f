//! All tasks, by id, by owner and by the time at which they are forgotten.

use core::hash::{BuildHasher, Hasher};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::HashMap;
use siphasher::sip::SipHasher13;

use super::entry::Task;
use super::id::TaskId;
use super::status::Form;
use crate::Now;
use crate::json::Seed;

/// All tasks.
///
/// # Invariant
///
/// Each task stands once among those of its owner, and once among the deadlines when it has one. An owner without tasks is
/// forgotten.
#[derive(Debug)]
pub(super) struct Book {
    tasks: HashMap<TaskId, Task, Seeded>,
    owners: BTreeMap<Arc<[u8]>, Owner>,
    deadlines: BTreeSet<(u64, TaskId)>,
    seed: Seed,
}

/// A principal that has tasks.
#[derive(Debug, Default)]
struct Owner {
    tasks: BTreeMap<u64, TaskId>,
    next: u64,
}

/// Keeps lookups from telling which ids there are by the time they take.
#[derive(Clone, Copy, Debug)]
struct Seeded(Seed);

impl BuildHasher for Seeded {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_keys(self.0.0[0], self.0.0[1])
    }
}

impl Book {
    pub(super) fn new(seed: Seed) -> Self {
        Self {
            tasks: HashMap::with_hasher(Seeded(seed)),
            owners: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            seed,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(super) fn find(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(&id)
    }

    pub(super) fn find_mut(&mut self, id: TaskId) -> Option<&mut Task> {
        self.tasks.get_mut(&id)
    }

    /// How many tasks a principal has.
    pub(super) fn owned(&self, principal: &[u8]) -> usize {
        self.owners.get(principal).map_or(0, |owner| owner.tasks.len())
    }

    /// The principal as it is spelled already, when it has tasks.
    pub(super) fn principal(&self, principal: &[u8]) -> Arc<[u8]> {
        self.owners
            .get_key_value(principal)
            .map_or_else(|| principal.into(), |(key, _)| key.clone())
    }

    /// Adds a task, and gives it its number.
    pub(super) fn insert(&mut self, mut task: Task) {
        let owner = self.owners.entry(task.principal.clone()).or_default();
        task.number = owner.next;
        owner.next = owner.next.wrapping_add(1);
        owner.tasks.insert(task.number, task.id);
        self.deadlines.extend(task.deadline().map(|at| (at, task.id)));
        self.tasks.insert(task.id, task);
    }

    pub(super) fn remove(&mut self, id: TaskId) -> Option<Task> {
        let task = self.tasks.remove(&id)?;
        if let Some(at) = task.deadline() {
            self.deadlines.remove(&(at, id));
        }
        if let Some(owner) = self.owners.get_mut(&task.principal) {
            owner.tasks.remove(&task.number);
            if owner.tasks.is_empty() {
                self.owners.remove(&task.principal);
            }
        }
        Some(task)
    }

    /// Has a task live that long from its creation on.
    pub(super) fn set_ttl(&mut self, id: TaskId, ttl_ms: Option<u64>) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        if let Some(at) = task.deadline() {
            self.deadlines.remove(&(at, id));
        }
        task.ttl_ms = ttl_ms;
        self.deadlines.extend(task.deadline().map(|at| (at, id)));
    }

    /// When the first task is to be forgotten.
    pub(super) fn deadline(&self) -> Option<u64> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// A task that is to be forgotten by now.
    pub(super) fn due(&self, now: Now) -> Option<TaskId> {
        self.deadlines.first().filter(|(at, _)| *at <= now.mono_ns).map(|(_, id)| *id)
    }

    /// The tasks of a principal in MCP 2025-11-25, oldest first, from that number on.
    pub(super) fn listed(&self, principal: &[u8], from: u64) -> impl Iterator<Item = &Task> {
        let owner = self.owners.get(principal);
        let ids = owner.into_iter().flat_map(move |owner| owner.tasks.range(from..));
        let tasks = ids.filter_map(|(_, id)| self.tasks.get(id));
        tasks.filter(|task| task.form == Form::Core)
    }

    /// A cursor that makes sense to us and to its principal alone.
    pub(super) fn cursor(&self, principal: &[u8], number: u64) -> String {
        format!("{number:016x}{:016x}", self.seal(principal, number))
    }

    /// The number in a cursor of that principal.
    pub(super) fn read_cursor(&self, principal: &[u8], cursor: &str) -> Option<u64> {
        let number = u64::from_str_radix(cursor.get(..16)?, 16).ok()?;
        (self.cursor(principal, number) == cursor).then_some(number)
    }

    fn seal(&self, principal: &[u8], number: u64) -> u64 {
        let mut hasher = Seeded(self.seed).build_hasher();
        hasher.write(b"cursor");
        hasher.write_u64(number);
        hasher.write(principal);
        hasher.finish()
    }
}
