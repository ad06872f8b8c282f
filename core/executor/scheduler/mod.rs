//! The scheduler: tasks go in, and come out when they may run.
//!
//! It stands between whoever wants something done and whoever does it, and knows neither: a driver hands out what is ready to threads, to an
//! event loop or to a caller in another language, and says when it is done. It holds that no limit is ever exceeded, that every task ends in
//! exactly one way, and that whoever waits gets a turn.

mod cancel;
mod complete;
mod edges;
mod event;
mod gate;
mod image;
mod key;
mod open;
mod pause;
mod queue;
mod restore;
mod settle;
#[cfg(any(test, feature = "internal"))]
mod sound;
mod submit;
pub(crate) mod task;
mod timers;

pub use complete::{Completion, Settled};
pub use event::{Event, Ready, StopReason};
pub use gate::QuotaConfig;
pub use key::{HEAVIEST, KeyConfig, QUOTAS_OF_A_KEY};
pub use task::{Needs, Outcome, Priority, Scope, State, Task};

use gate::Gate;
use key::Key;
use task::{Edge, Entry, Order, Stops};

use crate::chain::{Chain, Links};
use crate::counters::Counters;
use crate::error::{Error, Misuse};
use crate::id::TaskId;
use crate::limits::Limits;
use crate::line::Places;
use crate::policy::{Policies, Policy, PolicyId};
use crate::slots::Slots;
use crate::wheel::Wheel;

/// What may run, and what runs next.
///
/// ```text
///   submit ──▶ ┌───────────────┐ ──▶ poll_ready    a task to run, with a permit
///   cancel ──▶ │   Scheduler   │ ──▶ poll_event    stop this one; that one has ended
/// complete ──▶ └───────────────┘ ──▶ poll_timeout  when to call handle_timeout
/// ```
///
/// **The rule for every driver:** after each call that changes something, poll `poll_event` and `poll_ready` until they have nothing left,
/// then wait for the next call or for `poll_timeout`. Times are nanoseconds of a clock of the driver's that never goes back.
///
/// Every verb takes constant time but for what it says itself; nothing is allocated once the scheduler was as full as it gets. A task that was
/// handed out keeps its permit until the driver calls [`complete`](Self::complete), also when its outcome was decided long before: limits
/// count what really runs.
///
/// ```
/// use mcp_engine_executor::{Completion, Event, KeyConfig, Limits, Outcome, Scheduler, Task};
///
/// let mut scheduler = Scheduler::new(Limits::default());
/// let key = scheduler.open_key(&KeyConfig { concurrency: Some(1), ..KeyConfig::default() })?;
/// let first = scheduler.submit(&Task::new(key), 0)?;
/// let second = scheduler.submit(&Task { after: &[first], ..Task::new(key) }, 0)?;
///
/// let mut order = Vec::new();
/// while let Some(ready) = scheduler.poll_ready(0) {
///     order.push(ready.id); // run it here, or on a thread, or wherever
///     scheduler.complete(ready.id, Completion::Succeeded, 0)?;
///     while let Some(event) = scheduler.poll_event() {
///         assert!(matches!(event, Event::Ended { outcome: Outcome::Succeeded, .. }));
///     }
/// }
/// assert_eq!(order, [first, second]);
/// # Ok::<(), mcp_engine_executor::Error>(())
/// ```
///
/// # Invariants
///
/// A key stands in a line or rests only while tasks of it are queued. No key waits at a gate that is open, but at that of all keys, which
/// only `poll_ready` opens. A gate has as many permits out as tasks that run and keys that have passed it.
#[derive(Debug)]
pub struct Scheduler {
    limits: Limits,
    /// The latest time that the driver has named.
    now: u64,
    tasks: Slots<Entry>,
    /// The places of tasks in the queues of their keys, or among those that have ended.
    orders: Links,
    edges: Slots<Edge>,
    keys: Slots<Key>,
    /// The gate of all keys in place 0, then the quotas.
    gates: Slots<Gate>,
    places: Places,
    policies: Policies,
    task_timers: Wheel,
    key_timers: Wheel,
    gate_timers: Wheel,
    /// Whose drivers have to be told to stop.
    stops: Chain<Stops>,
    /// Ended, and others may have to hear of it.
    settling: Chain<Order>,
    /// Ended, in this order, and not polled yet.
    ended: Chain<Order>,
    counters: Counters,
}

impl Scheduler {
    /// A scheduler without keys.
    pub fn new(limits: Limits) -> Self {
        let mut gates = Slots::new(limits.quotas.saturating_add(1));
        let all = QuotaConfig { concurrency: Some(limits.running), rate: None };
        gates.insert(Gate::new(&all));
        Self {
            limits,
            now: 0,
            tasks: Slots::new(limits.tasks),
            orders: Links::default(),
            edges: Slots::new(limits.dependencies),
            keys: Slots::new(limits.keys),
            gates,
            places: Places::default(),
            policies: Policies::new(limits.policies),
            task_timers: Wheel::new(),
            key_timers: Wheel::new(),
            gate_timers: Wheel::new(),
            stops: Chain::default(),
            settling: Chain::default(),
            ended: Chain::default(),
            counters: Counters::default(),
        }
    }

    /// What it may hold and run.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What has happened so far, and how often.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many tasks hold a permit.
    pub fn running(&self) -> u32 {
        self.gates[0].taken
    }

    /// How many tasks and scopes are known.
    pub fn len(&self) -> u32 {
        self.tasks.len()
    }

    /// Whether there is nothing to do and nothing to say.
    pub fn is_empty(&self) -> bool {
        self.tasks.len() == 0
    }

    /// Where a task stands.
    ///
    /// # Errors
    ///
    /// [`Misuse::UnknownTask`] when its end was polled.
    pub fn state(&self, task: TaskId) -> Result<State, Error> {
        Ok(self.tasks[self.slot_of(task)?].state)
    }

    /// Adds a retry policy for the names that a pattern stands for: a name, the end of a dotted name, a prefix with `*` behind it, or `*`.
    ///
    /// ```
    /// use mcp_engine_executor::{Limits, Policy, Scheduler};
    ///
    /// let mut scheduler = Scheduler::new(Limits::default());
    /// scheduler.set_policy("*", Policy::default())?;
    /// let search = scheduler.set_policy("tools.*", Policy { attempts: 5, ..Policy::default() })?;
    /// assert_eq!(scheduler.policy_of("tools.search"), search);
    /// # Ok::<(), mcp_engine_executor::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Limit::Policies`](crate::Limit::Policies).
    pub fn set_policy(&mut self, pattern: &str, policy: Policy) -> Result<PolicyId, Error> {
        self.policies.add(pattern, policy).inspect_err(|error| self.counters.refuse(error))
    }

    /// The policy for a name: that of the same pattern, else of the longest one that it ends with, else of the longest prefix, else of `*`, else
    /// [`PolicyId::ONCE`]. Linear in the number of policies, so ask once for each name.
    pub fn policy_of(&self, name: &str) -> PolicyId {
        self.policies.find(name)
    }

    fn slot_of(&self, task: TaskId) -> Result<u32, Error> {
        let (slot, generation) = (task.slot(), task.generation());
        if self.tasks.holds(slot, generation) { Ok(slot) } else { Err(Misuse::UnknownTask.into()) }
    }

    fn id_of(&self, slot: u32) -> TaskId {
        TaskId::new(slot, self.tasks.generation(slot))
    }
}
