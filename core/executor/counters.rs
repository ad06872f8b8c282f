//! What has happened, and how often.

use crate::error::Error;
use crate::limits::Limit;
use crate::runs::Status;
use crate::scheduler::Outcome;

/// Counts since the scheduler was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Tasks that were taken in.
    pub submitted: u64,
    /// Attempts that were handed out.
    pub started: u64,
    /// Attempts that failed and were followed by another.
    pub retried: u64,
    /// Completions that came after the outcome was decided.
    pub late: u64,
    /// Tasks that ended with success.
    pub succeeded: u64,
    /// Tasks whose last attempt failed.
    pub failed: u64,
    /// Tasks that were cancelled.
    pub cancelled: u64,
    /// Tasks whose time was up.
    pub timed_out: u64,
    /// Tasks that were skipped, for what they wait for had failed.
    pub skipped: u64,
    /// Refused: too many tasks.
    pub refused_tasks: u64,
    /// Refused: too many tasks of a key wait.
    pub refused_queued: u64,
    /// Refused: too many keys.
    pub refused_keys: u64,
    /// Refused: too many quotas.
    pub refused_quotas: u64,
    /// Refused: too many dependencies.
    pub refused_dependencies: u64,
    /// Refused: too many policies.
    pub refused_policies: u64,
    /// Refused: a rule was broken by the caller.
    pub misused: u64,
}

impl Counters {
    /// Counts the end of a task; those of scopes are not counted.
    #[inline]
    pub(crate) fn end(&mut self, outcome: Outcome, is_scope: bool) {
        if is_scope {
            return;
        }
        add(match outcome {
            Outcome::Succeeded => &mut self.succeeded,
            Outcome::Failed => &mut self.failed,
            Outcome::Cancelled => &mut self.cancelled,
            Outcome::TimedOut => &mut self.timed_out,
            Outcome::Skipped => &mut self.skipped,
        });
    }

    pub(crate) fn refuse(&mut self, error: &Error) {
        let Error::LimitExceeded { limit } = error else {
            return add(&mut self.misused);
        };
        add(match limit {
            Limit::Tasks => &mut self.refused_tasks,
            Limit::Queued => &mut self.refused_queued,
            Limit::Keys => &mut self.refused_keys,
            Limit::Quotas => &mut self.refused_quotas,
            Limit::Dependencies => &mut self.refused_dependencies,
            Limit::Policies => &mut self.refused_policies,
            // Those of runs have counters of their own.
            _ => return,
        });
    }

    /// Tasks that have ended in any way.
    pub fn ended(&self) -> u64 {
        let ends = [self.succeeded, self.failed, self.cancelled, self.timed_out, self.skipped];
        ends.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// Counts since the registry of runs was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunCounters {
    /// Runs that were opened.
    pub opened: u64,
    /// Runs that ended well.
    pub completed: u64,
    /// Runs that ended with an error.
    pub errors: u64,
    /// Runs that were cancelled.
    pub cancelled: u64,
    /// Runs that had ended and were forgotten, to keep the limits or because their time was over.
    pub forgotten: u64,
    /// Signals that were taken in.
    pub signals: u64,
    /// Waits and questions that had to wait.
    pub waits: u64,
    /// Waits and questions whose deadline came first.
    pub timed_out: u64,
    /// Refused: too many runs.
    pub refused_runs: u64,
    /// Refused: too many waits.
    pub refused_waits: u64,
    /// Refused: a run keeps too many signals.
    pub refused_signals: u64,
    /// Refused: the signals that a run keeps are too long together.
    pub refused_signal_bytes: u64,
    /// Refused: a name is too long.
    pub refused_names: u64,
    /// Refused: a payload is too long.
    pub refused_payloads: u64,
    /// Refused: names and payloads are too long together.
    pub refused_bytes: u64,
    /// Refused: a rule was broken by the caller.
    pub misused: u64,
}

impl RunCounters {
    pub(crate) fn end(&mut self, status: Status) {
        add(match status {
            Status::Completed => &mut self.completed,
            Status::Error => &mut self.errors,
            _ => &mut self.cancelled,
        });
    }

    pub(crate) fn refuse(&mut self, error: &Error) {
        let Error::LimitExceeded { limit } = error else {
            return add(&mut self.misused);
        };
        add(match limit {
            Limit::Runs => &mut self.refused_runs,
            Limit::Waits => &mut self.refused_waits,
            Limit::Signals => &mut self.refused_signals,
            Limit::SignalBytes => &mut self.refused_signal_bytes,
            Limit::NameBytes => &mut self.refused_names,
            Limit::PayloadBytes => &mut self.refused_payloads,
            Limit::Bytes => &mut self.refused_bytes,
            // Those of the scheduler have counters of their own.
            _ => return,
        });
    }
}

pub(crate) fn add(count: &mut u64) {
    *count = count.wrapping_add(1);
}
