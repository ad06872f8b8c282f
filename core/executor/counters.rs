//! What has happened, and how often.

use crate::error::Error;
use crate::limits::Limit;
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
        });
    }

    /// Tasks that have ended in any way.
    pub fn ended(&self) -> u64 {
        let ends = [self.succeeded, self.failed, self.cancelled, self.timed_out, self.skipped];
        ends.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}

pub(crate) fn add(count: &mut u64) {
    *count = count.wrapping_add(1);
}
