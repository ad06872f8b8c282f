//! What a pool has done so far, in numbers.
//!
//! Each worker writes a [`Tally`] of its own, and [`PoolCounters`] is what comes of adding them up and asking the gate and the parking.
//! A tally is written by its worker alone, so that counting costs no more than a store. The numbers of a pool at work are from
//! slightly different moments; those of a closed one are exact.

use crate::sync::{AtomicU64, Ordering};

/// What a pool has done, from its first job on.
///
/// ```
/// use mcp_engine_executor::{Pool, PoolConfig};
///
/// let pool = Pool::new(PoolConfig::default())?;
/// pool.spawn(|| {})?;
/// pool.close();
/// let counters = pool.counters();
/// assert_eq!((counters.submitted, counters.completed, counters.panicked), (1, 1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolCounters {
    /// Jobs accepted.
    pub submitted: u64,
    /// Jobs that ran to their end.
    pub completed: u64,
    /// Jobs that panicked, while they ran or while they were dropped.
    pub panicked: u64,
    /// Jobs dropped before they ran, by [`Pool::abandon`](crate::Pool::abandon).
    pub dropped: u64,
    /// Jobs given back, since too many waited or the pool was closed.
    pub refused: u64,
    /// Jobs that wait now.
    pub waiting: u64,
    /// How often a worker took jobs from another one.
    pub stolen: u64,
    /// Workers parked now: at most all of them, exactly all of them when the pool is idle.
    pub parked: usize,
    /// How often a worker was woken. It stands still while the pool is idle.
    pub woken: u64,
}

/// What one worker has done.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Jobs that wait no more, whatever became of them.
    pub(super) taken: Count,
    pub(super) completed: Count,
    pub(super) panicked: Count,
    pub(super) dropped: Count,
    pub(super) stolen: Count,
}

/// A number that one thread writes and all read.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    /// For the thread whose count it is.
    pub(super) fn add_one(&self) {
        let before = self.0.load(Ordering::Relaxed);
        self.0.store(before.wrapping_add(1), Ordering::Release);
    }

    pub(super) fn read(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}
