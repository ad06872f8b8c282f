//! Runs of workflows: where each stands, the signals that are sent to it, the questions that it asks.
//!
//! A registry beside the [`Scheduler`](crate::Scheduler), of the same shape: a run has a scope there, which its tasks stand below, and here
//! its status, its mailbox and its waits. It holds that a signal reaches the run that it is addressed to and no other, that none is lost
//! because it came early, and that every wait ends in exactly one way.

mod event;
mod image;
mod mailbox;
mod registry;
mod restore;
mod run;
#[cfg(any(test, feature = "internal"))]
mod sound;
mod verbs;
mod wait;

pub use event::RunEvent;
pub use run::{Finish, Payload, Run, RunView, Status};
pub use wait::{Ask, Question, Wait, WaitOutcome, Waited};

use std::collections::BTreeMap;
use std::sync::Arc;

use run::{Age, Recency, Telling, Workflow};
use wait::Order;

use crate::chain::Chain;
use crate::counters::RunCounters;
use crate::id::TaskId;
use crate::limits::RunLimits;
use crate::slots::Slots;
use crate::wheel::Wheel;

/// Runs, their signals and their questions.
///
/// ```text
///   open, start, finish, cancel ──▶ ┌──────────┐ ──▶ poll_event    a run has another status; a wait is over
///  signal, wait, ask, answer    ──▶ │   Runs   │ ──▶ poll_timeout  when to call handle_timeout
///                   scope_ended ──▶ └──────────┘ ──▶ find, list, questions
/// ```
///
/// **The rule for every driver:** after each call that changes something, poll `poll_event` until nothing is left, and tell
/// [`scope_ended`](Self::scope_ended) of every scope that the scheduler says has ended. Times are those of the scheduler's clock.
///
/// ```
/// use mcp_engine_executor::{
///     Finish, Limits, Run, RunEvent, RunLimits, Runs, Scheduler, Status, Wait, WaitOutcome, Waited,
/// };
///
/// let mut scheduler = Scheduler::new(Limits::default());
/// let mut runs = Runs::new(RunLimits::default());
/// let run = Run { workflow: "deploy", id: "4f1c", ..Run::default() };
/// let run = runs.open(&run, &mut scheduler, 0)?;
/// runs.start(run, 0)?;
///
/// // What was sent before the wait is not lost …
/// let first = runs.signal(run, "approved", b"by Ada", 1)?;
/// let waited = runs.wait(run, &Wait { name: "approved", ..Wait::default() }, 2)?;
/// assert!(matches!(waited, Waited::Signal { version, .. } if version == first));
/// // … and after it, the next one is waited for.
/// let next = Wait { name: "approved", after: first, deadline_ns: Some(500), tag: 7 };
/// assert!(matches!(runs.wait(run, &next, 3)?, Waited::Waits(_)));
/// runs.handle_timeout(500);
/// runs.finish(run, Finish::Completed(b"done"), &mut scheduler, 501)?;
///
/// let status = RunEvent::Status { run, tag: 0, status: Status::Completed };
/// assert_eq!(runs.poll_event(), Some(status));
/// assert!(matches!(runs.poll_event(), Some(RunEvent::Wait { tag: 7, outcome: WaitOutcome::TimedOut, .. })));
/// assert_eq!(runs.poll_event(), None);
/// assert_eq!(runs.find("4f1c"), Some(run));
/// # Ok::<(), mcp_engine_executor::Error>(())
/// ```
///
/// # Invariants
///
/// A wait is open and stands in the list of its run, or is over and stands in that of outcomes. A run that has ended has no signals and no
/// open waits. The bytes that are counted are those that are held.
#[derive(Debug)]
pub struct Runs {
    limits: RunLimits,
    /// The latest time that the driver has named.
    now: u64,
    runs: Slots<run::Entry>,
    waits: Slots<wait::Entry>,
    workflows: Slots<Workflow>,
    ids: BTreeMap<Arc<str>, u32>,
    names: BTreeMap<Arc<str>, u32>,
    /// The scopes of runs that have not ended.
    scopes: BTreeMap<TaskId, u32>,
    timers: Wheel,
    /// Whose status was not polled.
    telling: Chain<Telling>,
    /// Waits that are over, in this order, and were not polled.
    outcomes: Chain<Order>,
    /// All runs, those that something has happened to last first.
    recent: Chain<Recency>,
    /// Those that have ended, in this order.
    finished: Chain<Age>,
    /// How many those are.
    ended: u32,
    /// Bytes of names and payloads.
    held: u64,
    counters: RunCounters,
}

impl Runs {
    /// A registry without runs.
    pub fn new(limits: RunLimits) -> Self {
        Self {
            limits,
            now: 0,
            runs: Slots::new(limits.runs),
            waits: Slots::new(limits.waits),
            workflows: Slots::new(limits.runs),
            ids: BTreeMap::new(),
            names: BTreeMap::new(),
            scopes: BTreeMap::new(),
            timers: Wheel::new(),
            telling: Chain::default(),
            outcomes: Chain::default(),
            recent: Chain::default(),
            finished: Chain::default(),
            ended: 0,
            held: 0,
            counters: RunCounters::default(),
        }
    }

    /// What it may hold.
    pub fn limits(&self) -> &RunLimits {
        &self.limits
    }

    /// What has happened so far, and how often.
    pub fn counters(&self) -> &RunCounters {
        &self.counters
    }

    /// How many runs are known, those that have ended among them.
    pub fn len(&self) -> u32 {
        self.runs.len()
    }

    /// Whether no run is known.
    pub fn is_empty(&self) -> bool {
        self.runs.len() == 0
    }

    /// Bytes of names and payloads that are held.
    pub fn held_bytes(&self) -> u64 {
        self.held
    }
}
