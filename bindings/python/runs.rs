//! Runs of workflows: where each stands, the signals that are sent to it, the questions that it asks.
//!
//! The registry of the engine beside a `Scheduler`, driven from Python. Locks are taken in one order, first that of the runs, and nothing
//! of Python is called below them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_engine::executor::{
    self, Ask, Error, Finish, Run, RunId, RunLimits, Status, TaskId, Wait, WaitId, WaitOutcome,
    Waited,
};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::clock::seconds;
use crate::error::refuse;
use crate::scheduler::Scheduler;
use crate::scheduler::words::{moment, optional};

/// Keeps runs of workflows: each has a scope in a scheduler, a status, a mailbox, and its place until it is forgotten.
///
/// A signal is addressed to one run, and one that is sent before the wait is not lost. Runs that have ended are kept within `finished` and
/// `finished_seconds`. Tell `scope_ended` of every scope that the scheduler says has ended.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Runs {
    scheduler: Py<Scheduler>,
    /// Boxed: its tables stand on cache lines, and Python's objects stand anywhere.
    inner: Box<Mutex<Inner>>,
}

struct Inner {
    runs: executor::Runs,
    /// Runs that have ended, in this order, with their tags.
    ended: VecDeque<(RunId, u64)>,
}

#[pymethods]
impl Runs {
    /// A registry without runs. Arguments are its bounds.
    #[new]
    #[pyo3(signature = (scheduler, *, runs = None, finished = None, finished_seconds = None, waits = None, signals = None, signal_bytes = None, name_bytes = None, payload_bytes = None, bytes = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn new(
        scheduler: Py<Scheduler>,
        runs: Option<u32>,
        finished: Option<u32>,
        finished_seconds: Option<f64>,
        waits: Option<u32>,
        signals: Option<u32>,
        signal_bytes: Option<u32>,
        name_bytes: Option<u32>,
        payload_bytes: Option<u32>,
        bytes: Option<u64>,
    ) -> PyResult<Self> {
        let usual = RunLimits::default();
        let finished_ns = optional("finished_seconds", finished_seconds)?;
        let limits = RunLimits {
            runs: runs.unwrap_or(usual.runs),
            finished: finished.unwrap_or(usual.finished),
            finished_ns: finished_ns.unwrap_or(usual.finished_ns),
            waits: waits.unwrap_or(usual.waits),
            signals: signals.unwrap_or(usual.signals),
            signal_bytes: signal_bytes.unwrap_or(usual.signal_bytes),
            name_bytes: name_bytes.unwrap_or(usual.name_bytes),
            payload_bytes: payload_bytes.unwrap_or(usual.payload_bytes),
            bytes: bytes.unwrap_or(usual.bytes),
        };
        let runs = executor::Runs::new(limits);
        let inner = Box::new(Mutex::new(Inner { runs, ended: VecDeque::new() }));
        Ok(Self { scheduler, inner })
    }

    /// Opens a run, and a scope for it in the scheduler. `id` is the caller's, and no other run that is kept has it.
    ///
    /// Raises LimitError when there is no room, MisuseError for an id that there is.
    #[pyo3(signature = (workflow, id, *, tag = 0, parent = None, now = None))]
    fn open(
        &self,
        py: Python<'_>,
        workflow: &str,
        id: &str,
        tag: u64,
        parent: Option<u64>,
        now: Option<f64>,
    ) -> PyResult<u64> {
        let run = Run { workflow, id, tag, parent: parent.map(TaskId::from_bits) };
        let now = moment(now)?;
        self.with_both(py, |inner, scheduler| Ok(inner.runs.open(&run, scheduler, now)?.to_bits()))
    }

    /// The run will be started. Raises MisuseError in any other status than "initialized".
    #[pyo3(signature = (run, now = None))]
    fn schedule(&self, py: Python<'_>, run: u64, now: Option<f64>) -> PyResult<()> {
        let now = moment(now)?;
        self.change(py, |inner| inner.runs.schedule(RunId::from_bits(run), now))
    }

    /// The run has been started. Raises MisuseError in any other status than "initialized" and "scheduled".
    #[pyo3(signature = (run, now = None))]
    fn start(&self, py: Python<'_>, run: u64, now: Option<f64>) -> PyResult<()> {
        let now = moment(now)?;
        self.change(py, |inner| inner.runs.start(RunId::from_bits(run), now))
    }

    /// Holds back the tasks of a run; signals and waits go on. Raises MisuseError when it is paused, or over.
    #[pyo3(signature = (run, now = None))]
    fn pause(&self, py: Python<'_>, run: u64, now: Option<f64>) -> PyResult<()> {
        let now = moment(now)?;
        self.with_both(py, |inner, one| inner.runs.pause(RunId::from_bits(run), one, now))
    }

    /// Lets a run go on. Raises MisuseError unless it is paused: a run that has ended stays as it is.
    #[pyo3(signature = (run, now = None))]
    fn resume(&self, py: Python<'_>, run: u64, now: Option<f64>) -> PyResult<()> {
        let now = moment(now)?;
        self.with_both(py, |inner, one| inner.runs.resume(RunId::from_bits(run), one, now))
    }

    /// The run has ended well, with a result. Raises MisuseError when it was not started, or is over; LimitError for a result that is too long.
    #[pyo3(signature = (run, result = None, now = None))]
    fn finish(
        &self,
        py: Python<'_>,
        run: u64,
        result: Option<&[u8]>,
        now: Option<f64>,
    ) -> PyResult<()> {
        self.end(py, run, Finish::Completed(result.unwrap_or_default()), now)
    }

    /// The run has failed, with a message. Raises MisuseError when it is over; LimitError for a message that is too long.
    #[pyo3(signature = (run, message = "", now = None))]
    fn fail(&self, py: Python<'_>, run: u64, message: &str, now: Option<f64>) -> PyResult<()> {
        self.end(py, run, Finish::Error(message.as_bytes()), now)
    }

    /// Cancels a run and what is below it, and no other run. Returns how it ends: as it had ended before, or "cancelled".
    ///
    /// Raises MisuseError for a run that there is not.
    #[pyo3(signature = (run, now = None))]
    fn cancel(&self, py: Python<'_>, run: u64, now: Option<f64>) -> PyResult<&'static str> {
        let (run, now) = (RunId::from_bits(run), moment(now)?);
        self.with_both(py, |inner, scheduler| {
            let was_over = inner.runs.status(run)?.is_over();
            let status = inner.runs.cancel(run, scheduler, now)?;
            if !was_over {
                inner.note(run);
            }
            Ok(status_name(status))
        })
    }

    /// Has to be told of every scope that has ended, and how. Returns the run that it belongs to, or None.
    #[pyo3(signature = (scope, outcome, now = None))]
    fn scope_ended(&self, scope: u64, outcome: &str, now: Option<f64>) -> PyResult<Option<u64>> {
        let (how, now) = (crate::scheduler::words::outcome(outcome)?, moment(now)?);
        let mut inner = self.lock();
        let Some(run) = inner.runs.scope_ended(TaskId::from_bits(scope), how, now) else {
            return Ok(None);
        };
        if inner.runs.status(run).is_ok_and(Status::is_over) {
            inner.note(run);
        }
        Ok(Some(run.to_bits()))
    }

    /// Sends a signal to a run: all that wait for its name get it, and it is kept for those that come later. Returns its version.
    ///
    /// Raises LimitError when the mailbox is full, MisuseError when the run is over.
    #[pyo3(signature = (run, name, payload = None, now = None))]
    fn signal(
        &self,
        py: Python<'_>,
        run: u64,
        name: &str,
        payload: Option<&[u8]>,
        now: Option<f64>,
    ) -> PyResult<u64> {
        let (payload, now) = (payload.unwrap_or_default(), moment(now)?);
        self.change(py, |inner| inner.runs.signal(RunId::from_bits(run), name, payload, now))
    }

    /// Waits for the first signal of a name after a version. Returns (version, payload) of one that is there, else the number of the wait, whose outcome
    /// comes by `poll_event`. Up to that version, signals of the name are dropped.
    ///
    /// Raises LimitError, and MisuseError when the run is over.
    #[pyo3(signature = (run, name, *, after = 0, deadline = None, tag = 0, now = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn wait<'py>(
        &self,
        py: Python<'py>,
        run: u64,
        name: &str,
        after: u64,
        deadline: Option<f64>,
        tag: u64,
        now: Option<f64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let wait = Wait { name, after, deadline_ns: optional("deadline", deadline)?, tag };
        let now = moment(now)?;
        match self.change(py, |inner| inner.runs.wait(RunId::from_bits(run), &wait, now))? {
            Waited::Signal { version, payload } => {
                Ok((version, PyBytes::new(py, &payload)).into_pyobject(py)?.into_any())
            }
            Waited::Waits(wait) => Ok(wait.to_bits().into_pyobject(py)?.into_any()),
        }
    }

    /// Asks somebody, and returns the number of the question, which stands in `questions` until it is answered. Raises LimitError, MisuseError.
    #[pyo3(signature = (run, prompt, *, deadline = None, tag = 0, now = None))]
    fn ask(
        &self,
        py: Python<'_>,
        run: u64,
        prompt: &[u8],
        deadline: Option<f64>,
        tag: u64,
        now: Option<f64>,
    ) -> PyResult<u64> {
        let ask = Ask { prompt, deadline_ns: optional("deadline", deadline)?, tag };
        let now = moment(now)?;
        self.change(py, |inner| Ok(inner.runs.ask(RunId::from_bits(run), &ask, now)?.to_bits()))
    }

    /// Answers a question. Raises MisuseError when it has its outcome, LimitError for an answer that is too long.
    #[pyo3(signature = (wait, answer, now = None))]
    fn answer(&self, py: Python<'_>, wait: u64, answer: &[u8], now: Option<f64>) -> PyResult<()> {
        let now = moment(now)?;
        self.change(py, |inner| inner.runs.answer(WaitId::from_bits(wait), Ok(answer), now))
    }

    /// Says why a question has no answer; see `answer`.
    #[pyo3(signature = (wait, reason, now = None))]
    fn refuse(&self, py: Python<'_>, wait: u64, reason: &str, now: Option<f64>) -> PyResult<()> {
        let now = moment(now)?;
        self.change(py, |inner| inner.runs.answer(WaitId::from_bits(wait), Err(reason), now))
    }

    /// Ends a wait that nobody is interested in any more. Raises MisuseError when it has its outcome.
    #[pyo3(signature = (wait, now = None))]
    fn withdraw(&self, py: Python<'_>, wait: u64, now: Option<f64>) -> PyResult<()> {
        let now = moment(now)?;
        self.change(py, |inner| inner.runs.withdraw(WaitId::from_bits(wait), now))
    }

    /// The questions of a run that nobody has answered yet, as (number, prompt). Raises MisuseError for a run that there is not.
    fn questions<'py>(
        &self,
        py: Python<'py>,
        run: u64,
    ) -> PyResult<Vec<(u64, Bound<'py, PyBytes>)>> {
        let all: Vec<_> = self.change(py, |inner| {
            let questions = inner.runs.questions(RunId::from_bits(run))?;
            Ok(questions.map(|one| (one.wait.to_bits(), one.prompt.clone())).collect())
        })?;
        Ok(all.into_iter().map(|(wait, prompt)| (wait, PyBytes::new(py, &prompt))).collect())
    }

    /// The run with this id, or None.
    fn find(&self, id: &str) -> Option<u64> {
        self.lock().runs.find(id).map(RunId::to_bits)
    }

    /// What is known of a run. Raises MisuseError for one that there is not.
    fn view(&self, py: Python<'_>, run: u64) -> PyResult<RunView> {
        self.change(py, |inner| Ok(RunView::of(&inner.runs.view(RunId::from_bits(run))?)))
    }

    /// Runs, those to which something has happened last first: of one workflow, or all.
    #[pyo3(signature = (workflow = None, limit = None))]
    fn list(&self, workflow: Option<&str>, limit: Option<usize>) -> Vec<RunView> {
        let (inner, most) = (self.lock(), limit.unwrap_or(usize::MAX));
        match workflow {
            Some(name) => {
                inner.runs.list_of(name).take(most).map(|view| RunView::of(&view)).collect()
            }
            None => inner.runs.list().take(most).map(|view| RunView::of(&view)).collect(),
        }
    }

    /// What the driver has to know of next, or None.
    fn poll_event(&self) -> Option<RunEvent> {
        self.lock().runs.poll_event().map(RunEvent::from)
    }

    /// The tags of runs that were forgotten since this was last asked. What has ended is forgotten only after its events were polled.
    fn forgotten(&self) -> Vec<u64> {
        let mut inner = self.lock();
        let mut tags = Vec::new();
        while let Some((run, tag)) = inner.ended.front().copied() {
            if inner.runs.status(run).is_ok() {
                break;
            }
            inner.ended.pop_front();
            tags.push(tag);
        }
        tags
    }

    /// When `handle_timeout` wants to be called; None for never.
    fn poll_timeout(&self) -> Option<f64> {
        self.lock().runs.poll_timeout().map(seconds)
    }

    /// Does what was due by now.
    #[pyo3(signature = (now = None))]
    fn handle_timeout(&self, now: Option<f64>) -> PyResult<()> {
        let now = moment(now)?;
        self.lock().runs.handle_timeout(now);
        Ok(())
    }

    /// How many runs are known.
    fn __len__(&self) -> usize {
        self.lock().runs.len() as usize
    }
}

impl Runs {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Inner) -> Result<T, Error>,
    ) -> PyResult<T> {
        let done = act(&mut self.lock());
        done.map_err(|error| refuse(py, error))
    }

    fn with_both<T>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Inner, &mut executor::Scheduler) -> Result<T, Error>,
    ) -> PyResult<T> {
        let done = act(&mut self.lock(), &mut self.scheduler.get().lock());
        done.map_err(|error| refuse(py, error))
    }

    fn end(&self, py: Python<'_>, run: u64, finish: Finish<'_>, now: Option<f64>) -> PyResult<()> {
        let (run, now) = (RunId::from_bits(run), moment(now)?);
        self.with_both(py, |inner, scheduler| {
            inner.runs.finish(run, finish, scheduler, now)?;
            inner.note(run);
            Ok(())
        })
    }
}

impl Inner {
    /// A run has ended.
    fn note(&mut self, run: RunId) {
        if let Ok(view) = self.runs.view(run) {
            self.ended.push_back((run, view.tag));
        }
    }
}

/// What is known of a run.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct RunView {
    /// Which run.
    #[pyo3(get)]
    run: u64,
    /// What the caller calls it.
    #[pyo3(get)]
    id: String,
    /// What is run.
    #[pyo3(get)]
    workflow: String,
    /// What the caller gave it.
    #[pyo3(get)]
    tag: u64,
    /// "initialized", "scheduled", "running", "paused", "completed", "error" or "cancelled".
    #[pyo3(get)]
    status: &'static str,
    /// The parent of its tasks.
    #[pyo3(get)]
    scope: u64,
    /// The version of the last signal that it got, 0 if it got none.
    #[pyo3(get)]
    version: u64,
    result: Option<executor::Payload>,
}

#[pymethods]
impl RunView {
    /// The result or the message with which it has ended, or None.
    #[getter]
    fn result<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.result.as_ref().map(|result| PyBytes::new(py, result))
    }
}

impl RunView {
    fn of(view: &executor::RunView<'_>) -> Self {
        Self {
            run: view.run.to_bits(),
            id: view.id.to_owned(),
            workflow: view.workflow.to_owned(),
            tag: view.tag,
            status: status_name(view.status),
            scope: view.scope.to_bits(),
            version: view.version,
            result: view.result.cloned(),
        }
    }
}

/// What a driver of runs has to know of: another status, or the outcome of a wait.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct RunEvent {
    /// "status", or how a wait has ended: "signal", "answered", "refused", "timed_out", "run_ended" or "withdrawn".
    #[pyo3(get)]
    kind: &'static str,
    /// Which run.
    #[pyo3(get)]
    run: u64,
    /// What the caller gave the run, or the wait.
    #[pyo3(get)]
    tag: u64,
    /// Which wait, or None.
    #[pyo3(get)]
    wait: Option<u64>,
    /// The status, or why a question was refused; else None.
    #[pyo3(get)]
    text: Option<String>,
    /// The version of the signal, or None.
    #[pyo3(get)]
    version: Option<u64>,
    payload: Option<executor::Payload>,
}

#[pymethods]
impl RunEvent {
    /// What was sent or answered, or None.
    #[getter]
    fn payload<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.payload.as_ref().map(|payload| PyBytes::new(py, payload))
    }
}

impl From<executor::RunEvent> for RunEvent {
    fn from(event: executor::RunEvent) -> Self {
        let (run, tag, wait, outcome) = match event {
            executor::RunEvent::Status { run, tag, status } => {
                let text = Some(status_name(status).to_owned());
                let (run, kind) = (run.to_bits(), "status");
                return Self { kind, run, tag, wait: None, text, version: None, payload: None };
            }
            executor::RunEvent::Wait { run, wait, tag, outcome } => (run, tag, wait, outcome),
        };
        let (mut text, mut version, mut payload) = (None, None, None);
        let kind = match outcome {
            WaitOutcome::Signal { version: at, payload: sent } => {
                (version, payload) = (Some(at), Some(sent));
                "signal"
            }
            WaitOutcome::Answered(answer) => {
                payload = Some(answer);
                "answered"
            }
            WaitOutcome::Refused(reason) => {
                text = Some((*reason).to_owned());
                "refused"
            }
            WaitOutcome::TimedOut => "timed_out",
            WaitOutcome::RunEnded => "run_ended",
            WaitOutcome::Withdrawn => "withdrawn",
        };
        let (run, wait) = (run.to_bits(), Some(wait.to_bits()));
        Self { kind, run, tag, wait, text, version, payload }
    }
}

const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Initialized => "initialized",
        Status::Scheduled => "scheduled",
        Status::Running => "running",
        Status::Paused => "paused",
        Status::Completed => "completed",
        Status::Error => "error",
        Status::Cancelled => "cancelled",
    }
}
