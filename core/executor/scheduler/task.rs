//! What is scheduled: a task as its submitter describes it, and as the scheduler keeps it.

use crate::chain::{Chain, Link, linked};
use crate::id::{KeyId, TaskId};
use crate::policy::PolicyId;
use crate::slots::NONE;
use crate::wheel::NEVER;

/// A piece of work as its submitter describes it.
///
/// ```
/// use mcp_engine_executor::{KeyConfig, Limits, Priority, Scheduler, Task};
///
/// let mut scheduler = Scheduler::new(Limits::default());
/// let key = scheduler.open_key(&KeyConfig::default())?;
/// let task = Task { tag: 7, priority: Priority::High, ..Task::new(key) };
/// let id = scheduler.submit(&task, 0)?;
/// assert_eq!(scheduler.poll_ready(0).map(|ready| (ready.id, ready.tag)), Some((id, 7)));
/// # Ok::<(), mcp_engine_executor::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// In whose queue it stands.
    pub key: KeyId,
    /// Yours: it comes back with everything that is said of the task.
    pub tag: u64,
    /// Whose end takes it along. A cancelled parent cancels its children.
    pub parent: Option<TaskId>,
    /// What has to end first. A scope ends after everything below it, so what is below it must not wait, by whatever detour, for something
    /// that waits for the scope: only the direct case is refused, and such a circle ends with a deadline or a cancellation.
    pub after: &'a [TaskId],
    /// How those have to end.
    pub needs: Needs,
    /// Who goes first within the key.
    pub priority: Priority,
    /// When it has to have ended, whatever it is doing; `None` for no such time.
    pub deadline_ns: Option<u64>,
    /// How long one attempt may take; `None` for no limit.
    pub attempt_ns: Option<u64>,
    /// What happens when an attempt fails.
    pub policy: PolicyId,
}

impl Task<'_> {
    /// A task of a key, with everything else left as usual: one attempt, no deadline, no parent.
    pub const fn new(key: KeyId) -> Self {
        Self {
            key,
            tag: 0,
            parent: None,
            after: &[],
            needs: Needs::Success,
            priority: Priority::Normal,
            deadline_ns: None,
            attempt_ns: None,
            policy: PolicyId::ONCE,
        }
    }
}

/// A node of the tree that never runs: it stands for the tasks below it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    /// Yours: it comes back with its end.
    pub tag: u64,
    /// Whose end takes it along.
    pub parent: Option<TaskId>,
    /// When everything below it has to have ended.
    pub deadline_ns: Option<u64>,
}

/// Who goes first within a key. Waiting makes up for it: see [`KeyConfig::age_ns`](crate::KeyConfig::age_ns).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Priority {
    /// After the others.
    Low,
    /// As usual.
    #[default]
    Normal,
    /// Before the others.
    High,
    /// Before all.
    Urgent,
}

impl Priority {
    /// From the least to the highest.
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Urgent];
}

/// How the tasks that one waits for have to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Needs {
    /// All of them with success; else the task is [skipped](Outcome::Skipped).
    #[default]
    Success,
    /// In any way.
    End,
}

/// How a task has ended. There is exactly one for each task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Outcome {
    /// It was completed with success.
    Succeeded = 1,
    /// Its last attempt has failed.
    Failed = 2,
    /// It, or what it is a child of, was cancelled.
    Cancelled = 3,
    /// Its deadline came first, or the time for its last attempt.
    TimedOut = 4,
    /// What it waits for has not ended with success.
    Skipped = 5,
}

impl Outcome {
    /// All there are.
    pub const ALL: [Self; 5] =
        [Self::Succeeded, Self::Failed, Self::Cancelled, Self::TimedOut, Self::Skipped];
}

/// Where a task stands. Scopes are `Open`, then `Closing`, and end when they have no children any more.
///
/// ```text
///              submit ──────────────┐
///                │ after            │ nothing to wait for
///                ▼                  ▼          poll_ready               complete
///             Blocked ──────────▶ Queued ─────────────────▶ Running ───────────────▶ Ended
///                      all ended   │  ▲                      │   │ attempt failed     ▲
///                            pause │  │ resume               │   ▼                    │
///                                  ▼  │     time has come    │ Waiting                │
///                                 Held ◀────────────────────┼───┘ (Queued if not     │
///                                                           │      paused)           │
///                                      attempt took too long│                        │
///                                                           ▼        complete        │
///                                                        Stopping ───────────────────┘
///                                                                (or Waiting)
///   any state but Ended ── cancel, deadline, a dependency that has failed ──▶ Ended
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum State {
    /// It waits for other tasks.
    Blocked,
    /// It would be queued, but is paused.
    Held,
    /// It waits for its turn.
    Queued,
    /// It waits for its next attempt.
    Waiting,
    /// It was handed out.
    Running,
    /// It was handed out and is asked to stop, because the attempt took too long.
    Stopping,
    /// A scope that takes children.
    Open,
    /// A scope that waits for its last child.
    Closing,
    /// It has its outcome.
    Ended,
}

/// A task as the scheduler keeps it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) tag: u64,
    /// When it joined the queue of its key.
    pub(crate) queued_at: u64,
    pub(crate) deadline: u64,
    /// When the state it is in ends: the next attempt, or the time for this one.
    pub(crate) phase_due: u64,
    pub(crate) attempt_ns: u64,
    pub(crate) key: u32,
    pub(crate) policy: PolicyId,
    pub(crate) parent: u32,
    pub(crate) attempt: u32,
    /// Its place among those whose driver has to be told to stop.
    pub(crate) stop: Link,
    /// Its place among the children of its parent.
    pub(crate) family: Link,
    pub(crate) children: Chain<Family>,
    /// What waits for it.
    pub(crate) dependents: Chain<Dependents>,
    /// What it waits for.
    pub(crate) dependencies: Chain<Dependencies>,
    pub(crate) state: State,
    pub(crate) outcome: Outcome,
    pub(crate) priority: Priority,
    pub(crate) needs: Needs,
    pub(crate) flags: Flags,
}

/// What else is to be remembered of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// The driver has it, and so a permit.
    pub(crate) runs: bool,
    /// The driver has to be told to stop.
    pub(crate) stop: bool,
    /// Its end was not polled yet.
    pub(crate) unpolled: bool,
    /// What is below it was dealt with when something above it ended.
    pub(crate) swept: bool,
    /// It was paused by name.
    pub(crate) paused_itself: bool,
    /// It or something above it was paused.
    pub(crate) paused: bool,
    /// It never runs.
    pub(crate) scope: bool,
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            tag: 0,
            queued_at: 0,
            deadline: NEVER,
            phase_due: NEVER,
            attempt_ns: NEVER,
            key: NONE,
            policy: PolicyId::ONCE,
            parent: NONE,
            attempt: 0,
            stop: Link::default(),
            family: Link::default(),
            children: Chain::default(),
            dependents: Chain::default(),
            dependencies: Chain::default(),
            state: State::Ended,
            outcome: Outcome::Cancelled,
            priority: Priority::Normal,
            needs: Needs::Success,
            flags: Flags::default(),
        }
    }
}

impl Entry {
    /// Whether the outcome is decided, or will be whatever happens.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Ended | State::Closing)
    }

    /// Whether nothing is to be said about it and nothing hangs on it.
    pub(crate) fn can_go(&self) -> bool {
        self.state == State::Ended
            && !self.flags.unpolled
            && !self.flags.runs
            && self.children.is_empty()
    }
}

/// That one task waits for another.
#[derive(Debug, Default)]
pub(crate) struct Edge {
    pub(crate) dependency: u32,
    pub(crate) dependent: u32,
    /// Its place among the dependents of the dependency.
    pub(crate) of_dependency: Link,
    /// Its place among the dependencies of the dependent.
    pub(crate) of_dependent: Link,
}

/// The kind of list that queues and ends are.
#[derive(Debug)]
pub(crate) enum Order {}
/// The kind of list that stops are.
#[derive(Debug)]
pub(crate) enum Stops {}
/// The kind of list that children are.
#[derive(Debug)]
pub(crate) enum Family {}
/// The kind of list that dependents are.
#[derive(Debug)]
pub(crate) enum Dependents {}
/// The kind of list that dependencies are.
#[derive(Debug)]
pub(crate) enum Dependencies {}

linked! {
    Stops: Entry { stop }
    Family: Entry { family }
    Dependents: Edge { of_dependency }
    Dependencies: Edge { of_dependent }
}
