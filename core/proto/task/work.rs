//! The verbs of whoever works on a task.

use super::answer::Ending;
use super::entry::{NS_OF_MS, Requests, State, Task};
use super::id::TaskId;
use super::registry::Tasks;
use super::request::Ttl;
use super::rule::{TaskCounters, TaskRule};
use super::status::{Form, Status};
use crate::Now;
use crate::connection::{Reply, check_input_requests};
use crate::json::Raw;

impl<W> Tasks<W> {
    /// Says how a task is getting on; `None` takes back what was said.
    ///
    /// # Errors
    ///
    /// [`TaskRule::Unknown`]; [`TaskRule::Transition`] when it has ended; [`TaskRule::MessageBytes`]; [`TaskRule::Bytes`].
    pub fn describe(
        &mut self,
        id: TaskId,
        message: Option<&str>,
        now: Now,
    ) -> Result<(), TaskRule> {
        let done = self.try_describe(id, message, now);
        self.counted(done)
    }

    fn try_describe(
        &mut self,
        id: TaskId,
        message: Option<&str>,
        now: Now,
    ) -> Result<(), TaskRule> {
        if self.live(id, now)?.status().is_terminal() {
            return Err(TaskRule::Transition);
        }
        let len = self.short(message)?;
        self.room(len)?;
        self.change(id, now, |task| task.message = message.map(Into::into));
        Ok(())
    }

    /// Asks the owner of a task for input, also while it waits for other input.
    ///
    /// In the extension `requests` is an object with a request (`method`, `params`) for each key; the answers come as
    /// [`InputProvided`](super::TaskEvent::InputProvided), and with the last one the task works again. In MCP 2025-11-25 there are none
    /// here: each request is a message of its own with [`related_meta`](TaskId::related_meta), and
    /// [`resume`](Self::resume) ends the wait.
    ///
    /// # Errors
    ///
    /// [`TaskRule::Unknown`]; [`TaskRule::Transition`] when it has ended; [`TaskRule::InputRequest`] for a request that is none or needs
    /// what the client has not declared; [`TaskRule::InputKey`] for a key that the task has used before; a limit:
    /// [`TaskRule::InputKeys`], [`TaskRule::ResultBytes`], [`TaskRule::Bytes`].
    pub fn require_input(
        &mut self,
        id: TaskId,
        requests: Option<Raw<'_>>,
        now: Now,
    ) -> Result<(), TaskRule> {
        let done = self.try_require_input(id, requests, now);
        self.counted(done)
    }

    fn try_require_input(
        &mut self,
        id: TaskId,
        requests: Option<Raw<'_>>,
        now: Now,
    ) -> Result<(), TaskRule> {
        let limits = self.limits;
        let task = self.live(id, now)?;
        let new = match (task.form, requests) {
            _ if task.status().is_terminal() => return Err(TaskRule::Transition),
            (Form::Core, None) => Requests::new(),
            (Form::Extension, Some(requests)) => {
                if requests.spelling().len() > limits.result_bytes as usize {
                    return Err(TaskRule::ResultBytes);
                }
                read_requests(task, requests, limits.input_keys as usize)?
            }
            _ => return Err(TaskRule::InputRequest),
        };
        // A key is held twice: for the request, and for the life of the task.
        let spelled = requests.map_or(0, |requests| requests.spelling().len());
        self.room(spelled.saturating_mul(2))?;
        self.change(id, now, |task| {
            task.keys.extend(new.keys().cloned());
            match &mut task.state {
                State::InputRequired(open) => open.extend(new),
                state => *state = State::InputRequired(new),
            }
        });
        Ok(())
    }

    /// Works on without the input that was asked for, or, in MCP 2025-11-25, with it. What the client says to it later is ignored.
    ///
    /// # Errors
    ///
    /// [`TaskRule::Unknown`]; [`TaskRule::Transition`] when the task does not wait for input.
    pub fn resume(&mut self, id: TaskId, now: Now) -> Result<(), TaskRule> {
        let done = self.allow(id, Status::Working, now);
        self.counted(done)?;
        self.change(id, now, |task| task.state = State::Working);
        Ok(())
    }

    /// Ends a task with the answer that its request would have had without it. Whoever waits gets that answer.
    ///
    /// Errors have it fail; results complete it, but for those of tools that say `isError`, with which it fails in MCP 2025-11-25.
    ///
    /// # Errors
    ///
    /// [`TaskRule::Unknown`]; [`TaskRule::Transition`] when it has ended, as by a cancellation; [`TaskRule::Answer`] for what is no final
    /// answer; [`TaskRule::ResultBytes`] and [`TaskRule::Bytes`]: the task has not ended then, and a shorter answer may do.
    pub fn finish(&mut self, id: TaskId, reply: Reply<'_>, now: Now) -> Result<(), TaskRule> {
        let done = self.try_finish(id, reply, now);
        self.counted(done)
    }

    fn try_finish(&mut self, id: TaskId, reply: Reply<'_>, now: Now) -> Result<(), TaskRule> {
        self.allow(id, Status::Completed, now)?;
        let ending = Ending::of(reply)?;
        if ending.len() > self.limits.result_bytes as usize {
            return Err(TaskRule::ResultBytes);
        }
        let longest = self.limits.message_bytes as usize;
        self.room(ending.len().saturating_add(longest).saturating_add(META))?;
        let task = self.book.find(id).ok_or(TaskRule::Unknown)?;
        let (state, message) = task.ended(ending, longest);
        self.end(id, state, message, now);
        Ok(())
    }

    /// Ends a task without an answer: it is cancelled. Whoever waits for it is told so.
    ///
    /// # Errors
    ///
    /// [`TaskRule::Unknown`]; [`TaskRule::Transition`] when it has ended; [`TaskRule::MessageBytes`].
    pub fn cancel(&mut self, id: TaskId, reason: Option<&str>, now: Now) -> Result<(), TaskRule> {
        let done = self.try_cancel(id, reason, now);
        self.counted(done)
    }

    fn try_cancel(&mut self, id: TaskId, reason: Option<&str>, now: Now) -> Result<(), TaskRule> {
        self.allow(id, Status::Cancelled, now)?;
        let len = self.short(reason)?;
        self.room(len)?;
        self.end(id, State::Cancelled, reason.map(Into::into), now);
        Ok(())
    }

    /// Keeps a task that much longer from now on, or shorter. Its owner sees it as a changed time to live.
    ///
    /// # Errors
    ///
    /// [`TaskRule::Unknown`].
    pub fn keep(&mut self, id: TaskId, ttl: Ttl, now: Now) -> Result<(), TaskRule> {
        let created = self.live(id, now).map(|task| task.created);
        let created = self.counted(created)?;
        let age_ms = now.mono_ns.saturating_sub(created.mono_ns).div_ceil(NS_OF_MS);
        let ttl_ms = ttl.granted(&self.limits).map(|granted| granted.saturating_add(age_ms));
        self.book.set_ttl(id, ttl_ms);
        self.change(id, now, |_| ());
        Ok(())
    }

    /// A task that has not expired.
    pub(super) fn live(&mut self, id: TaskId, now: Now) -> Result<&Task, TaskRule> {
        self.handle_timeout(now);
        self.book.find(id).ok_or(TaskRule::Unknown)
    }

    /// Whether a task may take a status.
    fn allow(&mut self, id: TaskId, next: Status, now: Now) -> Result<(), TaskRule> {
        let is_allowed = self.live(id, now)?.status().may_become(next);
        if is_allowed { Ok(()) } else { Err(TaskRule::Transition) }
    }

    /// Gives a task its last state, and those who wait their answer.
    pub(super) fn end(&mut self, id: TaskId, state: State, message: Option<Box<str>>, now: Now) {
        self.change(id, now, |task| (task.state, task.message) = (state, message));
        let Some(task) = self.book.find(id) else { return };
        let status = task.status();
        if let Some(answer) = task.payload() {
            self.waiting.answer(id, &answer);
        }
        if let Some(count) = count_of(&mut self.counters, status) {
            *count = count.wrapping_add(1);
        }
    }

    /// Changes a task, and keeps account of what it holds and that it has changed.
    pub(super) fn change(&mut self, id: TaskId, now: Now, change: impl FnOnce(&mut Task)) {
        let Some(task) = self.book.find_mut(id) else { return };
        let before = task.weight();
        change(task);
        task.updated_ms = task.updated_ms.max(now.unix_ms);
        self.used = self.used.saturating_sub(before).saturating_add(task.weight());
        if task.change.is_none() {
            task.change = Some(self.next_change);
            self.changes.insert(self.next_change, id);
            self.next_change = self.next_change.wrapping_add(1);
        }
    }
}

/// Reads what input is asked for.
fn read_requests(task: &Task, requests: Raw<'_>, most: usize) -> Result<Requests, TaskRule> {
    let (declared, version) = (task.context.capabilities, task.context.version);
    check_input_requests(requests, declared, version).map_err(|_| TaskRule::InputRequest)?;
    let mut new = Requests::new();
    for (key, request) in requests.members().into_iter().flatten() {
        let key = Box::from(key.decode());
        if task.keys.contains(&key) || new.insert(key, request.spelling().into()).is_some() {
            return Err(TaskRule::InputKey);
        }
    }
    match new.len() {
        0 => Err(TaskRule::InputRequest),
        n if n.saturating_add(task.keys.len()) > most => Err(TaskRule::InputKeys),
        _ => Ok(new),
    }
}

fn count_of(counters: &mut TaskCounters, status: Status) -> Option<&mut u64> {
    match status {
        Status::Working | Status::InputRequired => None,
        Status::Completed => Some(&mut counters.completed),
        Status::Failed => Some(&mut counters.failed),
        Status::Cancelled => Some(&mut counters.cancelled),
    }
}

/// More than the member of `_meta` that results get.
const META: usize = 128;
