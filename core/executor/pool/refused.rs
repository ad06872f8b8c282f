//! Why a pool did not come to be, and why it gave a job back.
//!
//! Both are values for the caller of [`Pool`](crate::Pool) and nothing else looks at them. A refusal always carries the job, so
//! that the caller can run it, keep it or drop it; it never was in a queue.

use std::error::Error;
use std::fmt;
use std::io;

/// A job that a [`Pool`](crate::Pool) did not accept.
///
/// ```
/// use mcp_engine_executor::{Pool, PoolConfig, Refused};
///
/// let pool = Pool::new(PoolConfig::default())?;
/// pool.close();
/// let refused = pool.spawn(|| println!("late")).unwrap_err();
/// assert!(matches!(refused, Refused::Closed(_)));
/// (refused.into_job())();
/// # Ok::<(), mcp_engine_executor::PoolError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Refused<F> {
    /// As many jobs wait as may: [`PoolConfig::queued`](crate::PoolConfig::queued).
    Full(F),
    /// The pool was closed or abandoned.
    Closed(F),
}

/// Why there is no pool.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// A pool has between one and [`PoolConfig::MOST_THREADS`](crate::PoolConfig::MOST_THREADS) threads.
    #[error("a pool cannot have {0} threads")]
    Threads(usize),
    /// At least one job has to be able to wait.
    #[error("a pool in which no job may wait accepts none")]
    NoQueue,
    /// The system gave no thread. Those that had been started are gone again.
    #[error("the system gave no thread")]
    System(#[source] io::Error),
}

impl<F> Refused<F> {
    /// The job, to be run elsewhere or later.
    pub fn into_job(self) -> F {
        match self {
            Self::Full(job) | Self::Closed(job) => job,
        }
    }

    fn why(&self) -> &'static str {
        match self {
            Self::Full(_) => "too many jobs wait for the pool",
            Self::Closed(_) => "the pool is closed",
        }
    }
}

impl<F> fmt::Debug for Refused<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Full(_) => "Full",
            Self::Closed(_) => "Closed",
        };
        f.debug_tuple(name).finish_non_exhaustive()
    }
}

impl<F> fmt::Display for Refused<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why())
    }
}

impl<F> Error for Refused<F> {}
