//! The stage of the scenes: a scheduler, a clock, and what its driver would do.

use mcp_engine_executor::{
    Completion, Event, Failure, KeyConfig, KeyId, Limits, Outcome, Policy, PolicyId, QuotaConfig,
    QuotaId, Ready, Scheduler, Scope, Settled, StopReason, Task, TaskId,
};

pub(crate) struct Stage {
    pub(crate) scheduler: Scheduler,
    pub(crate) now: u64,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        Self { scheduler: Scheduler::new(limits), now: 0 }
    }

    /// Where one task runs at a time.
    pub(crate) fn narrow() -> Self {
        Self::with(Limits { running: 1, ..Limits::default() })
    }

    pub(crate) fn key(&mut self) -> KeyId {
        self.key_with(KeyConfig::default())
    }

    pub(crate) fn key_with(&mut self, config: KeyConfig<'_>) -> KeyId {
        self.scheduler.open_key(&config).expect("room for a key")
    }

    pub(crate) fn quota(&mut self, config: QuotaConfig) -> QuotaId {
        self.scheduler.open_quota(&config).expect("room for a quota")
    }

    pub(crate) fn policy(&mut self, policy: Policy) -> PolicyId {
        self.scheduler.set_policy("*", policy).expect("room for a policy")
    }

    pub(crate) fn submit(&mut self, task: Task<'_>) -> TaskId {
        self.scheduler.submit(&task, self.now).expect("it is taken in")
    }

    pub(crate) fn scope(&mut self, parent: Option<TaskId>) -> TaskId {
        self.scheduler.open_scope(&Scope { parent, ..Scope::default() }).expect("room for a scope")
    }

    pub(crate) fn close(&mut self, scope: TaskId) {
        self.scheduler.close_scope(scope, self.now).expect("a scope");
    }

    pub(crate) fn next(&mut self) -> Option<Ready> {
        self.scheduler.poll_ready(self.now)
    }

    /// Hands out whatever may run. Yields the tags.
    pub(crate) fn start_all(&mut self) -> Vec<u64> {
        std::iter::from_fn(|| self.next()).map(|ready| ready.tag).collect()
    }

    /// Hands out the only task that may run.
    pub(crate) fn start(&mut self) -> TaskId {
        let ready = self.next().expect("a task may run");
        assert_eq!(self.next(), None, "no other may run");
        ready.id
    }

    /// Sees the next task through. Yields its tag.
    pub(crate) fn turn(&mut self) -> Option<u64> {
        let ready = self.next()?;
        self.succeed(ready.id);
        Some(ready.tag)
    }

    /// Sees tasks through, one by one, until nothing may run.
    pub(crate) fn turns(&mut self) -> Vec<u64> {
        std::iter::from_fn(|| self.turn()).collect()
    }

    pub(crate) fn complete(&mut self, task: TaskId, completion: Completion<'_>) -> Settled {
        self.scheduler.complete(task, completion, self.now).expect("it runs")
    }

    pub(crate) fn succeed(&mut self, task: TaskId) -> Settled {
        self.complete(task, Completion::Succeeded)
    }

    pub(crate) fn fail(&mut self, task: TaskId) -> Settled {
        self.complete(task, Completion::Failed(Failure::default()))
    }

    pub(crate) fn cancel(&mut self, task: TaskId) -> Outcome {
        self.scheduler.cancel(task, self.now).expect("it is known")
    }

    pub(crate) fn pause(&mut self, task: TaskId) {
        self.scheduler.pause(task, self.now).expect("it is known");
    }

    pub(crate) fn resume(&mut self, task: TaskId) {
        self.scheduler.resume(task, self.now).expect("it is known");
    }

    /// Lets time pass, and calls when the scheduler asks for it.
    pub(crate) fn at(&mut self, now: u64) {
        while let Some(due) = self.scheduler.poll_timeout().filter(|due| *due <= now) {
            self.now = self.now.max(due);
            self.scheduler.handle_timeout(self.now);
        }
        self.now = now;
        self.scheduler.handle_timeout(now);
    }

    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.scheduler.poll_event()).collect()
    }

    /// The ends that are still to be told, by their tags.
    pub(crate) fn ends(&mut self) -> Vec<(u64, Outcome)> {
        let ended = |event| match event {
            Event::Ended { tag, outcome, .. } => Some((tag, outcome)),
            Event::Stop { .. } => None,
        };
        self.events().into_iter().filter_map(ended).collect()
    }

    /// What is still to be told.
    pub(crate) fn told(&mut self) -> Vec<Told> {
        let told = |event| match event {
            Event::Stop { tag, reason, .. } => Told::Stop(tag, reason),
            Event::Ended { tag, outcome, .. } => Told::Ended(tag, outcome),
        };
        self.events().into_iter().map(told).collect()
    }
}

/// An event without its id.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Stop(u64, StopReason),
    Ended(u64, Outcome),
}
