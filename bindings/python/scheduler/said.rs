//! What the scheduler says, as Python sees it.

use mcp_engine::executor::{self, Counters, Event};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::words::{outcome_name, stop_name};
use crate::clock::seconds;

/// A task to run.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Ready {
    /// Which task.
    #[pyo3(get)]
    id: u64,
    /// What the submitter gave it.
    #[pyo3(get)]
    tag: u64,
    /// Which attempt, from 1 on.
    #[pyo3(get)]
    attempt: u32,
}

impl From<executor::Ready> for Ready {
    fn from(ready: executor::Ready) -> Self {
        Self { id: ready.id.to_bits(), tag: ready.tag, attempt: ready.attempt }
    }
}

/// What a driver has to know of: `kind` is "stop" for what runs and should not, or "ended".
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct ScheduleEvent {
    /// "stop" or "ended".
    #[pyo3(get)]
    kind: &'static str,
    /// Which task.
    #[pyo3(get)]
    id: u64,
    /// What the submitter gave it.
    #[pyo3(get)]
    tag: u64,
    /// "succeeded", "failed", "cancelled", "timed_out" or "skipped"; None for an attempt that takes too long, after which there may be another.
    #[pyo3(get)]
    outcome: Option<&'static str>,
}

impl From<Event> for ScheduleEvent {
    fn from(event: Event) -> Self {
        match event {
            Event::Stop { id, tag, reason } => {
                Self { kind: "stop", id: id.to_bits(), tag, outcome: stop_name(reason) }
            }
            Event::Ended { id, tag, outcome } => {
                Self { kind: "ended", id: id.to_bits(), tag, outcome: Some(outcome_name(outcome)) }
            }
        }
    }
}

/// What a completion has led to: `kind` is "ended", "retries" for another attempt, or "late" where the outcome was decided before.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Settled {
    /// "ended", "retries" or "late".
    #[pyo3(get)]
    kind: &'static str,
    /// How the task has ended; None when there is another attempt.
    #[pyo3(get)]
    outcome: Option<&'static str>,
    /// When there is another attempt, or None.
    #[pyo3(get)]
    at: Option<f64>,
}

impl From<executor::Settled> for Settled {
    fn from(settled: executor::Settled) -> Self {
        let (kind, outcome, at) = match settled {
            executor::Settled::Ended(outcome) => ("ended", Some(outcome_name(outcome)), None),
            executor::Settled::Retries { at_ns } => ("retries", None, Some(seconds(at_ns))),
            executor::Settled::Late(outcome) => ("late", Some(outcome_name(outcome)), None),
        };
        Self { kind, outcome, at }
    }
}

/// The counters by their names.
pub(super) fn counters<'py>(py: Python<'py>, all: &Counters) -> PyResult<Bound<'py, PyDict>> {
    let named = PyDict::new(py);
    macro_rules! each {
        ($($name:ident)+) => { $(named.set_item(stringify!($name), all.$name)?;)+ };
    }
    each! {
        submitted started retried late succeeded failed cancelled timed_out skipped refused_tasks refused_queued refused_keys refused_quotas
        refused_dependencies refused_policies misused
    }
    Ok(named)
}
