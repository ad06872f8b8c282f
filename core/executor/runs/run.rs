//! A run: as its caller describes it, as the registry keeps it, and as it is shown.

use std::sync::Arc;

use super::mailbox::Mailbox;
use super::wait::Order;
use crate::chain::{Chain, Link, linked};
use crate::id::{RunId, TaskId};
use crate::slots::NONE;

/// Bytes that are shared, not copied, by all who get them.
pub type Payload = Arc<[u8]>;

/// A run of a workflow as its caller describes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run<'a> {
    /// What is run.
    pub workflow: &'a str,
    /// Which run it is: unique among those that are kept, for instance a UUID of the caller's.
    pub id: &'a str,
    /// Yours: it comes back with everything that is said of the run.
    pub tag: u64,
    /// The task or scope whose end takes it along.
    pub parent: Option<TaskId>,
}

/// Where a run stands.
///
/// ```text
///                       ┌──────────── start ────────────┐
///                       │                               ▼                 Completed
///  open ──▶ Initialized ┴─ schedule ─▶ Scheduled ─ start ─▶ Running ─ finish ─▶ or Error
///               │  ▲                    │  ▲            │  ▲                 ▲
///         pause ▼  │ resume       pause ▼  │     pause  ▼  │ resume          │ finish
///              Paused                  Paused          Paused ───────────────┘
///
///  any but Completed, Error and Cancelled ── cancel ──▶ Cancelled
///                                         ── finish with an error ──▶ Error
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Status {
    /// It is known.
    #[default]
    Initialized,
    /// It will be started.
    Scheduled,
    /// It runs.
    Running,
    /// It was running, or about to, and nothing below it starts before it is resumed.
    Paused,
    /// It has ended well.
    Completed,
    /// It has failed.
    Error,
    /// It was cancelled.
    Cancelled,
}

impl Status {
    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::Initialized,
        Self::Scheduled,
        Self::Running,
        Self::Paused,
        Self::Completed,
        Self::Error,
        Self::Cancelled,
    ];

    /// Whether nothing comes after it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Error | Self::Cancelled)
    }
}

/// How a run ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish<'a> {
    /// Well, with a result.
    Completed(&'a [u8]),
    /// Not well, with a message. What is still below it is cancelled.
    Error(&'a [u8]),
}

/// What is known of a run.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RunView<'a> {
    /// Which run.
    pub run: RunId,
    /// What the caller calls it.
    pub id: &'a str,
    /// What is run.
    pub workflow: &'a str,
    /// What the caller gave it.
    pub tag: u64,
    /// Where it stands.
    pub status: Status,
    /// The parent of its tasks. It names nothing once the scheduler has told of its end.
    pub scope: TaskId,
    /// When it was opened.
    pub opened_ns: u64,
    /// When something last happened to it.
    pub updated_ns: u64,
    /// The version of the last signal that it got, 0 if it got none.
    pub version: u64,
    /// The result or the message with which it has ended.
    pub result: Option<&'a Payload>,
}

/// A run as the registry keeps it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: Arc<str>,
    pub(crate) workflow: u32,
    pub(crate) tag: u64,
    pub(crate) scope: TaskId,
    pub(crate) status: Status,
    /// What it is resumed to.
    pub(crate) before: Status,
    pub(crate) opened: u64,
    pub(crate) updated: u64,
    pub(crate) finished: u64,
    pub(crate) mailbox: Mailbox,
    pub(crate) result: Option<Payload>,
    /// Its waits that are open.
    pub(crate) waits: Chain<Order>,
    /// How many of its waits are over and were not polled.
    pub(crate) outcomes: u32,
    /// Its status was not polled yet.
    pub(crate) unpolled: bool,
    /// Its place among those whose status was not polled.
    pub(crate) telling: Link,
    /// Its place among all runs.
    pub(crate) recency: Link,
    /// Its place among those of its workflow.
    pub(crate) sibling: Link,
    /// Its place among those that have ended.
    pub(crate) age: Link,
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            id: Arc::default(),
            workflow: NONE,
            tag: 0,
            scope: TaskId::from_bits(0),
            status: Status::Cancelled,
            before: Status::Initialized,
            opened: 0,
            updated: 0,
            finished: 0,
            mailbox: Mailbox::default(),
            result: None,
            waits: Chain::default(),
            outcomes: 0,
            unpolled: false,
            telling: Link::default(),
            recency: Link::default(),
            sibling: Link::default(),
            age: Link::default(),
        }
    }
}

impl Entry {
    /// Whether it has ended and nothing is left to say of it.
    pub(crate) fn can_go(&self) -> bool {
        self.status.is_over() && !self.unpolled && self.outcomes == 0
    }

    /// The bytes that it holds, beside the name of its workflow.
    pub(crate) fn bytes(&self) -> usize {
        let result = self.result.as_ref().map_or(0, |result| result.len());
        self.id.len().saturating_add(self.mailbox.bytes()).saturating_add(result)
    }
}

/// What runs have in common that have the same name.
#[derive(Debug, Default)]
pub(crate) struct Workflow {
    pub(crate) name: Arc<str>,
    pub(crate) runs: Chain<Siblings>,
}

/// The kind of list that untold statuses are.
#[derive(Debug)]
pub(crate) enum Telling {}
/// The kind of list that all runs are.
#[derive(Debug)]
pub(crate) enum Recency {}
/// The kind of list that the runs of a workflow are.
#[derive(Debug)]
pub(crate) enum Siblings {}
/// The kind of list that ended runs are.
#[derive(Debug)]
pub(crate) enum Age {}

linked! {
    Telling: Entry { telling }
    Recency: Entry { recency }
    Siblings: Entry { sibling }
    Age: Entry { age }
}
