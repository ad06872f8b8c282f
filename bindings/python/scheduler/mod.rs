//! What may run, and what runs next: the scheduler of the engine, driven from Python.
//!
//! It runs nothing and asks nobody: ids and tags are numbers, times are seconds of `time.monotonic()` or of a clock of the caller's. Every verb
//! is atomic, whichever thread calls it, and none calls Python.

mod said;
mod turn;
pub(crate) mod words;

use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_engine::executor::{
    self, Completion, Failure, KeyConfig, KeyId, Limits, PolicyId, QuotaConfig, QuotaId, Scope,
    Task, TaskId,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::clock::seconds;
use crate::error::refuse;

pub(crate) use said::{Ready, ScheduleEvent, Settled};
use words::{moment, no_such, optional, outcome_name, tasks, time};

/// Says what may run, and what runs next.
///
/// Tasks go in by `submit` and come out by `poll_ready` when they may run; `complete` gives them back. After each call that changes something, poll
/// until nothing is left, then wait for the next call or for `poll_timeout`. Times are seconds of one clock that never goes back: what `now`
/// says, or `time.monotonic()` where it says nothing.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Scheduler {
    /// Boxed: its tables stand on cache lines, and Python's objects stand anywhere.
    inner: Box<Mutex<executor::Scheduler>>,
}

#[pymethods]
impl Scheduler {
    /// A scheduler without keys. Arguments are bounds on what it may hold, and run at a time.
    #[new]
    #[pyo3(signature = (*, tasks = None, running = None, keys = None, quotas = None, dependencies = None, policies = None))]
    fn new(
        tasks: Option<u32>,
        running: Option<u32>,
        keys: Option<u32>,
        quotas: Option<u32>,
        dependencies: Option<u32>,
        policies: Option<u32>,
    ) -> Self {
        let usual = Limits::default();
        let limits = Limits {
            tasks: tasks.unwrap_or(usual.tasks),
            running: running.unwrap_or(usual.running),
            keys: keys.unwrap_or(usual.keys),
            quotas: quotas.unwrap_or(usual.quotas),
            dependencies: dependencies.unwrap_or(usual.dependencies),
            policies: policies.unwrap_or(usual.policies),
        };
        Self { inner: Box::new(Mutex::new(executor::Scheduler::new(limits))) }
    }

    /// Opens a key: a queue and a share of what runs. `rate` is (starts, seconds, burst); `age` seconds of waiting are worth one priority more.
    ///
    /// Raises LimitError, MisuseError for quotas that there are not, ValueError for what is no time.
    #[pyo3(signature = (*, concurrency = None, weight = 1, rate = None, queued = 4096, age = 10.0, quotas = Vec::new()))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn open_key(
        &self,
        py: Python<'_>,
        concurrency: Option<u32>,
        weight: u16,
        rate: Option<(u32, f64, u32)>,
        queued: u32,
        age: f64,
        quotas: Vec<u64>,
    ) -> PyResult<u64> {
        let quotas: Vec<_> = quotas.into_iter().map(QuotaId::from_bits).collect();
        let config = KeyConfig {
            concurrency,
            weight,
            rate: words::rate(rate)?,
            queued,
            age_ns: time("age", age)?,
            quotas: &quotas,
        };
        self.change(py, |one| Ok(one.open_key(&config)?.to_bits()))
    }

    /// Removes a key. Raises MisuseError as long as a task names it.
    fn close_key(&self, py: Python<'_>, key: u64) -> PyResult<()> {
        self.change(py, |one| one.close_key(KeyId::from_bits(key)))
    }

    /// How many tasks of a key wait, and how many run. Raises MisuseError.
    fn load(&self, py: Python<'_>, key: u64) -> PyResult<(u32, u32)> {
        self.change(py, |one| one.load(KeyId::from_bits(key)))
    }

    /// Opens a quota that keys share; see `open_key`.
    #[pyo3(signature = (*, concurrency = None, rate = None))]
    fn open_quota(
        &self,
        py: Python<'_>,
        concurrency: Option<u32>,
        rate: Option<(u32, f64, u32)>,
    ) -> PyResult<u64> {
        let config = QuotaConfig { concurrency, rate: words::rate(rate)? };
        self.change(py, |one| Ok(one.open_quota(&config)?.to_bits()))
    }

    /// Removes a quota. Raises MisuseError as long as a key counts against it.
    fn close_quota(&self, py: Python<'_>, quota: u64) -> PyResult<()> {
        self.change(py, |one| one.close_quota(QuotaId::from_bits(quota)))
    }

    /// Says how what has failed is tried again, for a name, the end of a dotted name, a prefix with `*` behind it, or `*`. The same pattern keeps its number.
    ///
    /// Raises LimitError, ValueError for what is no time.
    #[pyo3(signature = (pattern, *, attempts = 3, initial = 0.1, factor = 2.0, most = 30.0, jitter = 0.0, final_kinds = Vec::new()))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn set_policy(
        &self,
        py: Python<'_>,
        pattern: &str,
        attempts: u32,
        initial: f64,
        factor: f64,
        most: f64,
        jitter: f64,
        final_kinds: Vec<String>,
    ) -> PyResult<u32> {
        let policy = words::policy(attempts, initial, factor, most, jitter, final_kinds)?;
        self.change(py, |one| Ok(one.set_policy(pattern, policy)?.to_bits()))
    }

    /// The policy for a name: of the same pattern, else of the longest that it ends with, else of the longest prefix, else of `*`, else 0: one attempt.
    fn policy_of(&self, name: &str) -> u32 {
        self.lock().policy_of(name).to_bits()
    }

    /// Opens a scope: a parent for tasks that belong together. Raises LimitError, MisuseError.
    #[pyo3(signature = (*, tag = 0, parent = None, deadline = None))]
    fn open_scope(
        &self,
        py: Python<'_>,
        tag: u64,
        parent: Option<u64>,
        deadline: Option<f64>,
    ) -> PyResult<u64> {
        let deadline_ns = optional("deadline", deadline)?;
        let scope = Scope { tag, parent: parent.map(TaskId::from_bits), deadline_ns };
        self.change(py, |one| Ok(one.open_scope(&scope)?.to_bits()))
    }

    /// Takes no more tasks into a scope, which ends after its last one. Raises MisuseError.
    #[pyo3(signature = (scope, now = None))]
    fn close_scope(&self, py: Python<'_>, scope: u64, now: Option<f64>) -> PyResult<()> {
        let now = moment(now)?;
        self.change(py, |one| one.close_scope(TaskId::from_bits(scope), now))
    }

    /// Takes a task in, and returns its id.
    ///
    /// `tag` comes back with everything that is said of it. `after` are tasks that have to end first, by `needs` with "success" or in any way ("end").
    /// `priority` is "low", "normal", "high" or "urgent".
    ///
    /// Raises LimitError when there is no room, MisuseError for what it names, ValueError for what is no time and no such word.
    #[pyo3(signature = (key, *, tag = 0, parent = None, after = Vec::new(), needs = "success", priority = "normal", deadline = None, attempt_timeout = None, policy = 0, now = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn submit(
        &self,
        py: Python<'_>,
        key: u64,
        tag: u64,
        parent: Option<u64>,
        after: Vec<u64>,
        needs: &str,
        priority: &str,
        deadline: Option<f64>,
        attempt_timeout: Option<f64>,
        policy: u32,
        now: Option<f64>,
    ) -> PyResult<u64> {
        let (after, now) = (tasks(&after), moment(now)?);
        let task = Task {
            after: &after,
            needs: words::needs(needs)?,
            parent: parent.map(TaskId::from_bits),
            ..described(key, tag, priority, deadline, attempt_timeout, policy)?
        };
        self.change(py, |one| Ok(one.submit(&task, now)?.to_bits()))
    }

    /// Takes in tasks that differ in nothing but their tags, which are numbers from `tag` on, and returns their ids: all of them, or none.
    ///
    /// Raises as `submit` does.
    #[pyo3(signature = (key, count, *, tag = 0, priority = "normal", deadline = None, attempt_timeout = None, policy = 0, now = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn submit_many(
        &self,
        py: Python<'_>,
        key: u64,
        count: u32,
        tag: u64,
        priority: &str,
        deadline: Option<f64>,
        attempt_timeout: Option<f64>,
        policy: u32,
        now: Option<f64>,
    ) -> PyResult<Vec<u64>> {
        let task = described(key, tag, priority, deadline, attempt_timeout, policy)?;
        let now = moment(now)?;
        self.change(py, |one| turn::submit_many(one, task, count, now))
    }

    /// Takes a task in and hands it out at once, if nothing has to wait for it; else returns None, and nothing has changed.
    ///
    /// Raises as `submit` does.
    #[pyo3(signature = (key, *, tag = 0, now = None))]
    fn try_start(
        &self,
        py: Python<'_>,
        key: u64,
        tag: u64,
        now: Option<f64>,
    ) -> PyResult<Option<Ready>> {
        let (task, now) = (Task { tag, ..Task::new(KeyId::from_bits(key)) }, moment(now)?);
        self.change(py, |one| Ok(one.try_start(&task, now)?.map(Ready::from)))
    }

    /// The next task to run, or None. It holds its permit until `complete`.
    #[pyo3(signature = (now = None))]
    fn poll_ready(&self, now: Option<f64>) -> PyResult<Option<Ready>> {
        let now = moment(now)?;
        Ok(self.lock().poll_ready(now).map(Ready::from))
    }

    /// What the driver has to know of next, or None.
    fn poll_event(&self) -> Option<ScheduleEvent> {
        self.lock().poll_event().map(ScheduleEvent::from)
    }

    /// All at once, for drivers of many tasks: `returned` are complete with success, time passes, and everything that is left is polled.
    ///
    /// Returns the ready ones as (id, tag, attempt); those that should stop as (tag, outcome), None where only the attempt takes too long; those
    /// that the scheduler has ended as (tag, outcome), which leaves out what `complete` has said; and `poll_timeout`. None when all of that is nothing.
    /// Raises MisuseError for a task that does not run.
    #[pyo3(signature = (returned = Vec::new(), now = None))]
    fn turn(
        &self,
        py: Python<'_>,
        returned: Vec<u64>,
        now: Option<f64>,
    ) -> PyResult<Option<turn::Turn>> {
        let now = moment(now)?;
        self.change(py, |one| turn::turn(one, &returned, now))
    }

    /// Gives back what was handed out: "succeeded", "failed" (the policy says whether there is another attempt) or "abandoned" (there is none).
    ///
    /// A failure has a `kind`, which is compared with the final kinds of the policy; `retry_after` seconds take the place of the policy's; `random` bits are for its
    /// jitter. Raises MisuseError for a task that does not run, ValueError for what is no time and no such word.
    #[pyo3(signature = (task, how = "succeeded", *, kind = "", retry_after = None, random = 0, now = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn complete(
        &self,
        py: Python<'_>,
        task: u64,
        how: &str,
        kind: &str,
        retry_after: Option<f64>,
        random: u64,
        now: Option<f64>,
    ) -> PyResult<Settled> {
        let retry_after_ns = optional("retry_after", retry_after)?;
        let completion = match how {
            "succeeded" => Completion::Succeeded,
            "failed" => Completion::Failed(Failure { kind, retry_after_ns, random }),
            "abandoned" => Completion::Abandoned,
            _ => return Err(no_such("completion", how)),
        };
        let now = moment(now)?;
        self.change(py, |one| {
            Ok(Settled::from(one.complete(TaskId::from_bits(task), completion, now)?))
        })
    }

    /// Cancels a task or a scope with everything below it, and returns how it ends. What runs keeps its permit until `complete`.
    ///
    /// Raises MisuseError when its end was polled.
    #[pyo3(signature = (task, now = None))]
    fn cancel(&self, py: Python<'_>, task: u64, now: Option<f64>) -> PyResult<&'static str> {
        let now = moment(now)?;
        self.change(py, |one| Ok(outcome_name(one.cancel(TaskId::from_bits(task), now)?)))
    }

    /// Holds back a task or a scope with everything below it. What runs goes on. Raises MisuseError.
    #[pyo3(signature = (task, now = None))]
    fn pause(&self, py: Python<'_>, task: u64, now: Option<f64>) -> PyResult<()> {
        let now = moment(now)?;
        self.change(py, |one| one.pause(TaskId::from_bits(task), now))
    }

    /// Lets go on what was paused. Raises MisuseError.
    #[pyo3(signature = (task, now = None))]
    fn resume(&self, py: Python<'_>, task: u64, now: Option<f64>) -> PyResult<()> {
        let now = moment(now)?;
        self.change(py, |one| one.resume(TaskId::from_bits(task), now))
    }

    /// When `handle_timeout` wants to be called, if nothing else is before that; None for never. It may be a little early, never late.
    fn poll_timeout(&self) -> Option<f64> {
        self.lock().poll_timeout().map(seconds)
    }

    /// Does what was due by now.
    #[pyo3(signature = (now = None))]
    fn handle_timeout(&self, now: Option<f64>) -> PyResult<()> {
        let now = moment(now)?;
        self.lock().handle_timeout(now);
        Ok(())
    }

    /// Where a task stands: "blocked", "held", "queued", "waiting", "running", "stopping", "open", "closing" or "ended".
    ///
    /// Raises MisuseError when its end was polled.
    fn state(&self, py: Python<'_>, task: u64) -> PyResult<&'static str> {
        self.change(py, |one| Ok(words::state_name(one.state(TaskId::from_bits(task))?)))
    }

    /// How many tasks hold a permit.
    #[getter]
    fn running(&self) -> u32 {
        self.lock().running()
    }

    /// What has happened so far, and how often.
    #[getter]
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counters = *self.lock().counters();
        said::counters(py, &counters)
    }

    /// How many tasks and scopes are known.
    fn __len__(&self) -> usize {
        self.lock().len() as usize
    }

    fn __repr__(&self) -> String {
        let one = self.lock();
        format!("Scheduler({} known, {} running)", one.len(), one.running())
    }
}

impl Scheduler {
    pub(crate) fn lock(&self) -> MutexGuard<'_, executor::Scheduler> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut executor::Scheduler) -> Result<T, executor::Error>,
    ) -> PyResult<T> {
        let done = act(&mut self.lock());
        done.map_err(|error| refuse(py, error))
    }
}

fn described(
    key: u64,
    tag: u64,
    priority: &str,
    deadline: Option<f64>,
    attempt_timeout: Option<f64>,
    policy: u32,
) -> PyResult<Task<'static>> {
    Ok(Task {
        tag,
        priority: words::priority(priority)?,
        deadline_ns: optional("deadline", deadline)?,
        attempt_ns: optional("attempt_timeout", attempt_timeout)?,
        policy: PolicyId::from_bits(policy),
        ..Task::new(KeyId::from_bits(key))
    })
}
