//! Why something is refused.

use crate::limits::Limit;

/// Why the executor refuses something. What was refused has changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no room; it may be tried again when something has ended.
    #[error("limit exceeded: {limit}")]
    LimitExceeded {
        /// The limit that was reached.
        limit: Limit,
    },
    /// The caller broke a rule.
    #[error("misuse: {0}")]
    ApiMisuse(Misuse),
    /// What was to be restored is not a snapshot, or not one of this program.
    #[error("invalid snapshot: {0}")]
    InvalidSnapshot(&'static str),
}

/// Which rule a caller broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// No task has this id, or its end was polled.
    #[error("no such task")]
    UnknownTask,
    /// No key has this id.
    #[error("no such key")]
    UnknownKey,
    /// No quota has this id.
    #[error("no such quota")]
    UnknownQuota,
    /// No retry policy has this id.
    #[error("no such retry policy")]
    UnknownPolicy,
    /// No run has this id, or it is no longer kept.
    #[error("no such run")]
    UnknownRun,
    /// Another run that is kept has the same id of the caller's.
    #[error("there is a run of this id")]
    RunExists,
    /// No wait has this id, or it has its outcome.
    #[error("no such wait, or it is over")]
    UnknownWait,
    /// It waits for a signal; only what was asked can be answered.
    #[error("nobody was asked")]
    NotAsked,
    /// The parent has ended or is closing, so it takes no children.
    #[error("the parent has ended")]
    ParentEnded,
    /// A task waits for a scope that it is below, which ends only after it.
    #[error("a task cannot wait for a scope it belongs to")]
    WaitsForItself,
    /// Only a scope can be closed.
    #[error("not a scope")]
    NotAScope,
    /// The task was not handed out by `poll_ready`, or was given back already.
    #[error("the task is not running")]
    NotRunning,
    /// Tasks still name the key, or keys the quota.
    #[error("still in use")]
    InUse,
    /// A key counts against at most [`QUOTAS_OF_A_KEY`](crate::QUOTAS_OF_A_KEY) quotas, each named once.
    #[error("too many quotas, or one of them twice")]
    TooManyQuotas,
    /// The run has ended.
    #[error("the run has ended")]
    RunEnded,
    /// The run is not in the state that this asks for.
    #[error("the run is not in that state")]
    WrongState,
}

impl Error {
    pub(crate) const fn limit(limit: Limit) -> Self {
        Self::LimitExceeded { limit }
    }
}

impl From<Misuse> for Error {
    fn from(misuse: Misuse) -> Self {
        Self::ApiMisuse(misuse)
    }
}
