//! What the executor's enumerations are called in Python, and what Python's arguments are there.

use mcp_engine::executor::{Needs, Outcome, Policy, Priority, Rate, State, StopReason, TaskId};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::clock::{monotonic_ns, nanoseconds};

/// The time that was named, or what `time.monotonic()` shows.
pub(crate) fn moment(now: Option<f64>) -> PyResult<u64> {
    now.map_or_else(|| Ok(monotonic_ns()), |now| time("now", now))
}

/// A time or a length of time, from seconds.
pub(crate) fn time(name: &str, seconds: f64) -> PyResult<u64> {
    let ns = nanoseconds(seconds);
    ns.ok_or_else(|| PyValueError::new_err(format!("{name} is no time: {seconds}")))
}

/// A time that may be none.
pub(crate) fn optional(name: &str, seconds: Option<f64>) -> PyResult<Option<u64>> {
    seconds.map(|seconds| time(name, seconds)).transpose()
}

pub(crate) fn tasks(ids: &[u64]) -> Vec<TaskId> {
    ids.iter().map(|id| TaskId::from_bits(*id)).collect()
}

/// Starts, the seconds in which they fall, and how many may come at once.
pub(super) fn rate(rate: Option<(u32, f64, u32)>) -> PyResult<Option<Rate>> {
    let Some((starts, period, burst)) = rate else { return Ok(None) };
    Ok(Some(Rate { starts, period_ns: time("rate", period)?, burst }))
}

pub(super) fn priority(name: &str) -> PyResult<Priority> {
    match name {
        "low" => Ok(Priority::Low),
        "normal" => Ok(Priority::Normal),
        "high" => Ok(Priority::High),
        "urgent" => Ok(Priority::Urgent),
        _ => Err(no_such("priority", name)),
    }
}

pub(super) fn needs(name: &str) -> PyResult<Needs> {
    match name {
        "success" => Ok(Needs::Success),
        "end" => Ok(Needs::End),
        _ => Err(no_such("needs", name)),
    }
}

pub(crate) fn outcome(name: &str) -> PyResult<Outcome> {
    let found = Outcome::ALL.into_iter().find(|outcome| outcome_name(*outcome) == name);
    found.ok_or_else(|| no_such("outcome", name))
}

pub(crate) const fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Failed => "failed",
        Outcome::Cancelled => "cancelled",
        Outcome::TimedOut => "timed_out",
        Outcome::Skipped => "skipped",
    }
}

/// `None` where an attempt takes too long, after which there may be another.
pub(super) const fn stop_name(reason: StopReason) -> Option<&'static str> {
    match reason {
        StopReason::Ended(outcome) => Some(outcome_name(outcome)),
        StopReason::AttemptTimedOut => None,
    }
}

pub(super) const fn state_name(state: State) -> &'static str {
    match state {
        State::Blocked => "blocked",
        State::Held => "held",
        State::Queued => "queued",
        State::Waiting => "waiting",
        State::Running => "running",
        State::Stopping => "stopping",
        State::Open => "open",
        State::Closing => "closing",
        State::Ended => "ended",
    }
}

/// A policy from its numbers.
pub(super) fn policy(
    attempts: u32,
    initial: f64,
    factor: f64,
    most: f64,
    jitter: f64,
    final_kinds: Vec<String>,
) -> PyResult<Policy> {
    Ok(Policy {
        attempts,
        initial_ns: time("initial", initial)?,
        factor,
        most_ns: time("most", most)?,
        jitter,
        final_kinds: final_kinds.into_iter().map(String::into_boxed_str).collect(),
    })
}

pub(crate) fn no_such(what: &str, name: &str) -> PyErr {
    PyValueError::new_err(format!("there is no {what} {name:?}"))
}
