//! Why work has not come to a result.

use std::fmt;
use std::io;
use std::time::Duration;

use mcp_engine_executor::{self as executor, Misuse, Outcome, PoolError};

/// Why a task has no result.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    kind: Kind,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Kind {
    #[error("there is no tokio runtime here")]
    NoRuntime,
    #[error("threads could not be started")]
    NoThreads,
    #[error("the workers are closed")]
    Closed,
    #[error("the task was refused: {0}")]
    Refused(executor::Error),
    #[error("the task has ended without success: {0:?}")]
    Ended(Outcome),
}

impl Error {
    /// Whether the workers or the scope were closed.
    pub fn is_closed(&self) -> bool {
        self.kind == Kind::Closed
    }

    /// Whether its time was up.
    pub fn is_timeout(&self) -> bool {
        self.kind == Kind::Ended(Outcome::TimedOut)
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.kind == Kind::Ended(Outcome::Cancelled)
    }

    /// Whether a limit of the executor was reached.
    pub fn is_limit(&self) -> bool {
        matches!(self.kind, Kind::Refused(executor::Error::LimitExceeded { .. }))
    }

    /// How the task has ended, if it was taken in.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.kind {
            Kind::Ended(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// Why the scheduler has refused it, if it has.
    pub fn refusal(&self) -> Option<executor::Error> {
        match self.kind {
            Kind::Refused(error) => Some(error),
            _ => None,
        }
    }

    pub(super) fn ended(outcome: Outcome, last: Option<Failed>) -> Self {
        Self { kind: Kind::Ended(outcome), source: last.map(|failed| failed.source) }
    }

    pub(super) fn no_runtime() -> Self {
        Self { kind: Kind::NoRuntime, source: None }
    }

    pub(super) fn closed() -> Self {
        Self { kind: Kind::Closed, source: None }
    }
}

impl From<executor::Error> for Error {
    fn from(error: executor::Error) -> Self {
        match error {
            executor::Error::ApiMisuse(Misuse::ParentEnded) => Self::closed(),
            error => Self { kind: Kind::Refused(error), source: None },
        }
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        Self { kind: Kind::NoThreads, source: Some(Box::new(error)) }
    }
}

/// How an attempt has failed.
///
/// Every error converts into one of the kind `error`; retry policies name other kinds.
#[derive(Debug)]
pub struct Failed {
    pub(super) kind: Box<str>,
    pub(super) retry_after: Option<Duration>,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Failed {
    /// A failure of some kind, which the `final_kinds` of retry policies may name.
    pub fn new(kind: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind: kind.into(), retry_after: None, source: source.into() }
    }

    /// The other side asked for this time before the next attempt.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Something panicked.
    pub(super) fn panicked() -> Self {
        Self::new("panic", io::Error::other("the work has panicked or was given up"))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.source)
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::new("error", error)
    }
}
