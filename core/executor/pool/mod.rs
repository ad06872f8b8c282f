//! Worker threads for callbacks that block or come from elsewhere.
//!
//! [`Pool::spawn`] turns a callback into a job in a queue, and one of the pool's own threads runs it; it stands beside the scheduler,
//! which decides what may run, and is used by drivers that have to leave their own thread. Waiting jobs are bounded, an accepted
//! job is run exactly once (or dropped, when the pool is abandoned), and an idle pool sleeps without using the processor.
//!
//! ```text
//!           spawn inside ──────────────┐                        gate      tickets, and the bound on what waits
//!                                      ▼                        job       callbacks in boxes that are used again
//! spawn ──▶ gate ──▶ injector ──▶ own queue ──▶ run             queue     the deques of crossbeam
//!             └─▶ Refused              └──▶ stolen by others    parking   who sleeps, and who wakes whom
//!                                                               worker    the loop
//! ```

mod counters;
mod gate;
mod job;
#[cfg(all(test, loom))]
mod loom;
mod parking;
mod queue;
mod refused;
mod shelf;
mod worker;

pub use counters::PoolCounters;
pub use refused::{PoolError, Refused};

use std::fmt;

use crate::sync::{Arc, JoinHandle, Mutex, lock, thread};
use counters::Tally;
use gate::{Gate, Shut};
use parking::Parking;
use queue::{Injector, Worker};
use shelf::Shelf;
use worker::{Desk, Shared};

/// Threads that run callbacks.
///
/// All threads are started by [`Pool::new`]: what can fail fails there, and no callback waits for a thread to be made. Dropping
/// a pool closes it.
///
/// ```
/// use std::sync::mpsc::sync_channel;
///
/// use mcp_engine_executor::{Pool, PoolConfig};
///
/// let pool = Pool::new(PoolConfig { threads: 2, ..PoolConfig::default() })?;
/// let (answer, answers) = sync_channel(1);
/// pool.spawn(move || answer.send(6 * 7).unwrap())?;
/// assert_eq!(answers.recv()?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Pool {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// The size of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolConfig {
    /// Threads, from 1 to [`MOST_THREADS`](Self::MOST_THREADS): as many callbacks run at once.
    pub threads: usize,
    /// How many jobs may wait, in all queues together. Those that run do not count.
    pub queued: usize,
    /// What the threads are called, followed by a number.
    pub name: String,
}

impl Pool {
    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// The configuration makes no sense, or the system gives no thread.
    pub fn new(config: PoolConfig) -> Result<Self, PoolError> {
        let PoolConfig { threads, queued, name } = config.checked()?;
        let queues: Vec<Worker> = (0..threads).map(|_| Worker::new()).collect();
        let shared = Arc::new(Shared {
            gate: Gate::new(queued as u64),
            injector: Injector::new(),
            parking: Parking::new(threads),
            shelf: Shelf::default(),
            desks: queues.iter().map(Desk::new).collect(),
        });
        let pool = Self { shared, threads: Mutex::new(Vec::with_capacity(threads)) };
        for (desk, queue) in queues.into_iter().enumerate() {
            // When it fails, dropping the pool ends the threads before it.
            pool.start(format!("{name}-{desk}"), desk, queue)?;
        }
        Ok(pool)
    }

    /// Has one of the threads call `job`, some time. When it is called on one of them it goes into that worker's own queue, where
    /// the others may steal it. There is no order between jobs. A job that panics harms nothing but itself.
    ///
    /// # Errors
    ///
    /// Too many jobs wait, or the pool is closed. The job comes back.
    ///
    /// ```
    /// use mcp_engine_executor::{Pool, PoolConfig, Refused};
    /// # use std::sync::mpsc::sync_channel;
    ///
    /// let pool = Pool::new(PoolConfig { threads: 1, queued: 1, ..PoolConfig::default() })?;
    /// # let (begun, has_begun) = sync_channel(0);
    /// # let (end, may_end) = sync_channel::<()>(0);
    /// # let long = move || { begun.send(()).unwrap(); may_end.recv().unwrap() };
    /// pool.spawn(long)?;
    /// # has_begun.recv()?;
    /// pool.spawn(|| {})?;
    /// let refused = pool.spawn(|| {}).unwrap_err();
    /// assert!(matches!(refused, Refused::Full(_)));
    /// (refused.into_job())();
    /// # end.send(())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spawn<F>(&self, job: F) -> Result<(), Refused<F>>
    where
        F: FnOnce() + Send + 'static,
    {
        match self.shared.gate.admit(|| self.shared.taken()) {
            Ok(()) => self.shared.place(job),
            Err(Shut::Full) => return Err(Refused::Full(job)),
            Err(Shut::Closed) => return Err(Refused::Closed(job)),
        }
        Ok(())
    }

    /// Accepts no more jobs, not even from jobs, runs those that wait, and returns when the threads are gone.
    ///
    /// On one of the pool's own threads it does not wait, for it would wait for itself: the threads go on until nothing is left
    /// and end. It may be called again, from anywhere, to wait for that.
    pub fn close(&self) {
        self.shared.gate.close();
        self.end();
    }

    /// Like [`close`](Self::close), but drops the jobs that wait. Those that run are waited for.
    pub fn abandon(&self) {
        self.shared.gate.abandon();
        self.end();
    }

    /// What has been done so far.
    pub fn counters(&self) -> PoolCounters {
        let shared = &*self.shared;
        let sum = |count: fn(&Tally) -> u64| shared.sum(count);
        // Tickets first and taken then, so that no more ever seem to wait than may.
        let waiting = shared.gate.tickets().saturating_sub(shared.taken());
        PoolCounters {
            completed: sum(|tally| tally.completed.read()),
            panicked: sum(|tally| tally.panicked.read()),
            dropped: sum(|tally| tally.dropped.read()),
            refused: shared.gate.refused(),
            waiting,
            stolen: sum(|tally| tally.stolen.read()),
            parked: shared.parking.parked(),
            woken: shared.parking.woken(),
            // Last: what has been done was submitted.
            submitted: shared.gate.tickets(),
        }
    }

    fn start(&self, name: String, desk: usize, queue: Worker) -> Result<(), PoolError> {
        let shared = Arc::clone(&self.shared);
        let thread = thread::Builder::new().name(name);
        let thread = thread.spawn(move || worker::work(shared, desk, queue));
        lock(&self.threads).push(thread.map_err(PoolError::System)?);
        Ok(())
    }

    fn end(&self) {
        self.shared.parking.wake_all();
        if self.shared.is_here() {
            return;
        }
        // Who comes second waits for the lock, and so for the threads.
        for thread in lock(&self.threads).drain(..) {
            // A worker contains what jobs throw.
            let _ = thread.join();
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = self.shared.desks.len();
        f.debug_struct("Pool")
            .field("threads", &threads)
            .field("counters", &self.counters())
            .finish()
    }
}

impl PoolConfig {
    /// As many threads as a pool may have.
    pub const MOST_THREADS: usize = 1024;

    fn checked(self) -> Result<Self, PoolError> {
        if !(1..=Self::MOST_THREADS).contains(&self.threads) {
            return Err(PoolError::Threads(self.threads));
        }
        if self.queued == 0 {
            return Err(PoolError::NoQueue);
        }
        Ok(self)
    }
}

impl Default for PoolConfig {
    /// Four threads, whatever the machine, since callbacks that block leave the processor to others; 4096 jobs that wait.
    fn default() -> Self {
        Self { threads: 4, queued: 4096, name: "mcp-engine".to_owned() }
    }
}
