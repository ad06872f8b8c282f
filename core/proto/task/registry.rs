//! The registry of tasks: what comes in, and what may be polled.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::answer::Answer;
use super::book::Book;
use super::entry::{State, Task};
use super::id::TaskId;
use super::limits::TaskLimits;
use super::notice::Notice;
use super::request::NewTask;
use super::rule::{TaskCounters, TaskRule};
use super::status::Status;
use super::waiting::Waiting;
use super::wire;

use crate::Now;
use crate::json::Seed;
use crate::message::{Method, RequestId};

/// The tasks of the side that runs them.
///
/// `W` names a request that waits for a result: its id, and where several connections share their tasks, which one it came by.
/// Whatever comes from a peer goes through [`handle`](Self::handle); whoever does the work uses the other verbs. See the
/// [module](super) for the whole.
///
/// ```
/// use mcp_engine_proto::connection::{Capabilities, Context, Reply};
/// use mcp_engine_proto::task::{NewTask, Tasks, Ttl};
/// use mcp_engine_proto::{Method, Now, version::Version};
///
/// let context = Context {
///     version: Version::V2025_11_25,
///     capabilities: Capabilities::NONE,
///     level: None,
/// };
/// let (mut tasks, now) = (Tasks::<u32>::default(), Now::default());
/// let new = NewTask::new(Method::CallTool, context, b"alice").ttl(Ttl::Milliseconds(60_000));
/// let (id, answer) = tasks.create(new, [7; 16], now)?;
/// assert!(answer.result().unwrap().get("task").is_some());
///
/// tasks.finish(id, Reply::error(-32603, "out of paper"), now)?;
/// assert_eq!(tasks.poll_timeout(), Some(60_000_000_000));
/// # Ok::<(), mcp_engine_proto::task::TaskRule>(())
/// ```
#[derive(Debug)]
pub struct Tasks<W = RequestId> {
    pub(super) limits: TaskLimits,
    pub(super) book: Book,
    /// Bytes of text that tasks and unpolled events hold.
    pub(super) used: usize,
    /// Tasks whose change was not polled, in the order in which they changed.
    pub(super) changes: BTreeMap<u64, TaskId>,
    pub(super) next_change: u64,
    pub(super) waiting: Waiting<W>,
    pub(super) events: VecDeque<TaskEvent>,
    pub(super) counters: TaskCounters,
}

/// Something that whoever works on a task has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskEvent {
    /// Its owner does not want it any more: stop. In MCP 2025-11-25 it is cancelled already; in the extension
    /// [`cancel`](Tasks::cancel) it, or finish it all the same.
    CancelRequested(TaskId),
    /// Its owner has answered some of what [`require_input`](Tasks::require_input) asked for (extension).
    InputProvided {
        /// The task. When nothing else was asked for, it is working again.
        id: TaskId,
        /// The answers: an object with a result for each key.
        responses: Box<str>,
    },
    /// Its time to live is over and it is gone: stop.
    Expired(TaskId),
}

impl<W> Tasks<W> {
    /// No tasks, with these limits. `seed` should be random and secret: cursors are sealed with it.
    pub fn new(limits: TaskLimits, seed: Seed) -> Self {
        Self {
            limits,
            book: Book::new(seed),
            used: 0,
            changes: BTreeMap::new(),
            next_change: 0,
            waiting: Waiting::default(),
            events: VecDeque::new(),
            counters: TaskCounters::default(),
        }
    }

    /// Creates a task that is [working](Status::Working), and yields its id with the answer to the request that it runs
    /// (`CreateTaskResult`). `entropy` is 16 secret random bytes, fresh each time: who knows them knows the id.
    ///
    /// # Errors
    ///
    /// [`TaskRule::MethodNotHere`] for a revision without tasks; [`TaskRule::CapabilityRequired`] when the client has not declared the
    /// extension; [`TaskRule::Method`]; [`TaskRule::Entropy`]; a limit: [`TaskRule::Tasks`], [`TaskRule::OwnTasks`],
    /// [`TaskRule::Bytes`], [`TaskRule::MessageBytes`], [`TaskRule::Events`].
    pub fn create(
        &mut self,
        new: NewTask<'_>,
        entropy: [u8; 16],
        now: Now,
    ) -> Result<(TaskId, Answer), TaskRule> {
        self.handle_timeout(now);
        let created = self.try_create(&new, TaskId::new(entropy), now);
        self.counted(created)
    }

    fn try_create(
        &mut self,
        new: &NewTask<'_>,
        id: TaskId,
        now: Now,
    ) -> Result<(TaskId, Answer), TaskRule> {
        let form = new.form()?;
        self.room_for(new)?;
        if self.book.find(id).is_some() {
            return Err(TaskRule::Entropy);
        }
        let task = Task {
            id,
            principal: self.book.principal(new.principal),
            number: 0,
            form,
            method: new.method,
            context: new.context,
            state: State::Working,
            message: new.message.map(Into::into),
            created: now,
            updated_ms: now.unix_ms,
            ttl_ms: new.ttl.granted(&self.limits),
            poll_ms: new.poll_interval_ms.unwrap_or(self.limits.poll_interval_ms),
            keys: BTreeSet::new(),
            change: None,
            is_unwanted: false,
        };
        let mut answer = Vec::new();
        wire::create_result(&mut answer, &task, new.immediate);
        self.used = self.used.saturating_add(task.weight());
        self.book.insert(task);
        self.counters.created = self.counters.created.wrapping_add(1);
        Ok((id, Answer::of_text(answer)))
    }

    /// Whether one more task is within the limits.
    fn room_for(&self, new: &NewTask<'_>) -> Result<(), TaskRule> {
        if self.book.len() >= self.limits.tasks as usize {
            return Err(TaskRule::Tasks);
        }
        if self.book.owned(new.principal) >= self.limits.tasks_per_principal as usize {
            return Err(TaskRule::OwnTasks);
        }
        let message = self.short(new.message)?;
        self.room(new.principal.len().saturating_add(message))?;
        self.event_room()
    }

    /// Forgets the tasks whose time to live is over. Whoever waits for one is told that there is none.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some(id) = self.book.due(now) {
            self.remove(id);
            self.counters.expired = self.counters.expired.wrapping_add(1);
            self.events.push_back(TaskEvent::Expired(id));
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has to be called next, in nanoseconds of the monotonic clock.
    pub fn poll_timeout(&self) -> Option<u64> {
        self.book.deadline()
    }

    /// The next event for whoever does the work.
    pub fn poll_event(&mut self) -> Option<TaskEvent> {
        let event = self.events.pop_front()?;
        if let TaskEvent::InputProvided { responses, .. } = &event {
            self.used = self.used.saturating_sub(responses.len());
        }
        Some(event)
    }

    /// The next request that has waited long enough, and its answer.
    pub fn poll_answer(&mut self) -> Option<(W, Answer)> {
        self.waiting.poll()
    }

    /// The next task that has changed, as its owner may be told. Of several changes the last one is told.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        let (_, id) = self.changes.pop_first()?;
        let task = self.book.find_mut(id)?;
        task.change = None;
        Some(Notice::of(task))
    }

    /// How many tasks there are.
    pub fn len(&self) -> usize {
        self.book.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of text that are held, as [`TaskLimits::bytes`] counts them.
    pub fn held_bytes(&self) -> usize {
        self.used
    }

    /// What a task is doing; `None` when there is none of that id.
    pub fn status(&self, id: TaskId) -> Option<Status> {
        self.book.find(id).map(Task::status)
    }

    /// The method of the request that a task runs.
    pub fn method(&self, id: TaskId) -> Option<Method> {
        self.book.find(id).map(|task| task.method)
    }

    /// The limits.
    pub fn limits(&self) -> &TaskLimits {
        &self.limits
    }

    /// What was seen so far.
    pub fn counters(&self) -> &TaskCounters {
        &self.counters
    }

    /// Forgets a task at once. Whoever waits for it is told that there is none. `false` when there was none.
    pub fn remove(&mut self, id: TaskId) -> bool {
        let Some(task) = self.book.remove(id) else { return false };
        self.used = self.used.saturating_sub(task.weight());
        if let Some(change) = task.change {
            self.changes.remove(&change);
        }
        self.waiting.answer(id, &TaskRule::Unknown.into());
        true
    }

    /// Whether so much more text may be held.
    pub(super) fn room(&self, more: usize) -> Result<(), TaskRule> {
        let sum = self.used.saturating_add(more) as u64;
        if sum > self.limits.bytes { Err(TaskRule::Bytes) } else { Ok(()) }
    }

    pub(super) fn event_room(&self) -> Result<(), TaskRule> {
        let is_full = self.events.len() >= self.limits.events as usize;
        if is_full { Err(TaskRule::Events) } else { Ok(()) }
    }

    /// The length of a status message that is short enough.
    pub(super) fn short(&self, message: Option<&str>) -> Result<usize, TaskRule> {
        let len = message.map_or(0, str::len);
        let is_long = len > self.limits.message_bytes as usize;
        if is_long { Err(TaskRule::MessageBytes) } else { Ok(len) }
    }

    pub(super) fn counted<T>(&mut self, done: Result<T, TaskRule>) -> Result<T, TaskRule> {
        if let Err(rule) = &done {
            self.counters.refuse(*rule);
        }
        done
    }
}

impl<W> Default for Tasks<W> {
    /// With the default limits and a random seed: no other registry knows its cursors.
    fn default() -> Self {
        Self::new(TaskLimits::default(), Seed::default())
    }
}
