//! Requests that wait for a task to end.

use std::collections::VecDeque;
use std::sync::Arc;

use super::answer::Answer;
use super::id::TaskId;
use super::limits::TaskLimits;
use super::registry::Tasks;
use super::rule::TaskRule;

/// Those that wait, and the answers of those that have waited.
///
/// # Invariant
///
/// A request that was added leaves by [`poll`](Self::poll), once, unless it is [dropped](Tasks::retain_waiters).
#[derive(Debug)]
pub(super) struct Waiting<W> {
    requests: Vec<Waiter<W>>,
    answers: VecDeque<(W, Answer)>,
}

#[derive(Debug)]
struct Waiter<W> {
    request: W,
    id: TaskId,
    principal: Arc<[u8]>,
}

impl<W> Default for Waiting<W> {
    fn default() -> Self {
        Self { requests: Vec::new(), answers: VecDeque::new() }
    }
}

impl<W> Waiting<W> {
    /// Has a request wait for a task of a principal.
    pub(super) fn add(
        &mut self,
        request: W,
        id: TaskId,
        principal: Arc<[u8]>,
        limits: &TaskLimits,
    ) -> Result<(), TaskRule> {
        let all = self.requests.len().saturating_add(self.answers.len());
        if all >= limits.waiters as usize {
            return Err(TaskRule::Waiters);
        }
        let own = self.requests.iter().filter(|waiter| waiter.principal == principal).count();
        if own >= limits.waiters_per_principal as usize {
            return Err(TaskRule::OwnWaiters);
        }
        self.requests.push(Waiter { request, id, principal });
        Ok(())
    }

    pub(super) fn poll(&mut self) -> Option<(W, Answer)> {
        self.answers.pop_front()
    }

    /// Gives everyone who waits for a task the same answer.
    pub(super) fn answer(&mut self, id: TaskId, answer: &Answer) {
        let done = self.requests.extract_if(.., |waiter| waiter.id == id);
        self.answers.extend(done.map(|waiter| (waiter.request, answer.clone())));
    }
}

impl<W> Tasks<W> {
    /// The requests that wait for a task. In MCP 2025-11-25 what its owner is asked meanwhile travels on the stream of one of them
    /// ([`Call::related`](crate::connection::Call::related)).
    pub fn waiters(&self, id: TaskId) -> impl Iterator<Item = &W> {
        let waiting = self.waiting.requests.iter().filter(move |waiter| waiter.id == id);
        waiting.map(|waiter| &waiter.request)
    }

    /// A request was cancelled by its sender. If it waited, it gets an answer at once, which the connection then drops; the
    /// task goes on. `false` when it did not wait.
    pub fn withdraw(&mut self, request: &W) -> bool
    where
        W: PartialEq,
    {
        let waiting = &mut self.waiting;
        let at = waiting.requests.iter().position(|waiter| waiter.request == *request);
        let Some(at) = at else { return false };
        let waiter = waiting.requests.remove(at);
        waiting.answers.push_back((waiter.request, TaskRule::Withdrawn.into()));
        true
    }

    /// Drops the requests that `keep` does not want, without an answer: the connection that they came by is closed. The
    /// tasks go on.
    pub fn retain_waiters(&mut self, mut keep: impl FnMut(&W) -> bool) {
        self.waiting.requests.retain(|waiter| keep(&waiter.request));
        self.waiting.answers.retain(|(request, _)| keep(request));
    }
}
