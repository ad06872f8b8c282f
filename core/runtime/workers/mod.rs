//! Workers: the scheduler under tokio.
//!
//! Work goes in with a [`Task`], waits for its turn, and is spawned on tokio's work-stealing runtime (or on a pool of threads, where it blocks)
//! only when it has a permit. It is structured: a [`Scope`] that is dropped cancels everything in it and nothing else, and a permit comes back
//! only when the work is really gone. There is no other limiter.

mod error;
mod job;
mod once;
mod scope;
mod shared;

pub use error::{Error, Failed};
pub use job::Attempt;
pub use scope::{Done, Scope};

pub(crate) use once::Once;
pub(crate) use shared::lock;

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use mcp_engine_executor::{
    Counters, KeyConfig, KeyId, Limits, Policy, PolicyId, PoolConfig, QuotaConfig, QuotaId, Task,
};
use tokio::runtime::Handle;

use job::Outlet;
use shared::Shared;

/// Runs tasks within limits.
///
/// Clones are handles of the same workers. When the last one is gone, so are the limits; [`close`](Self::close) ends the work before.
///
/// ```
/// use mcp_engine_executor::{KeyConfig, Task};
/// use mcp_engine_runtime::workers::{Workers, WorkersConfig};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let workers = Workers::new(WorkersConfig::default())?;
/// let search = workers.open_key(&KeyConfig { concurrency: Some(2), ..KeyConfig::default() })?;
/// let answer = workers.run(Task::new(search), |_| async { Ok(6 * 7) }).await?;
/// assert_eq!(answer, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Workers {
    shared: Arc<Shared>,
}

/// What workers may hold and run.
#[derive(Clone, Debug)]
pub struct WorkersConfig {
    /// The limits of their scheduler.
    pub limits: Limits,
    /// Threads for work that blocks. They are started with the first such work.
    pub blocking_threads: usize,
    /// Where the jitter of retries begins.
    pub seed: u64,
}

impl Default for WorkersConfig {
    /// The usual limits, four threads for work that blocks, a random seed.
    fn default() -> Self {
        let seed = RandomState::new().hash_one(0);
        Self { limits: Limits::default(), blocking_threads: PoolConfig::default().threads, seed }
    }
}

impl Workers {
    /// Workers on the runtime of whoever calls this.
    ///
    /// # Errors
    ///
    /// Outside of a tokio runtime.
    pub fn new(config: WorkersConfig) -> Result<Self, Error> {
        let runtime = Handle::try_current().map_err(|_| Error::no_runtime())?;
        Ok(Self { shared: Shared::new(config, runtime)? })
    }

    /// Opens a key: a queue and a share of what runs.
    ///
    /// # Errors
    ///
    /// Those of [`Scheduler::open_key`](mcp_engine_executor::Scheduler::open_key).
    pub fn open_key(&self, config: &KeyConfig<'_>) -> Result<KeyId, Error> {
        Ok(self.shared.with(|state, _| state.scheduler.open_key(config))?)
    }

    /// Closes a key, unless something waits or runs under it. Says whether it is gone.
    pub(crate) fn close_key(&self, key: KeyId) -> bool {
        let closed = self.shared.with(|state, _| state.scheduler.close_key(key));
        closed != Err(mcp_engine_executor::Misuse::InUse.into())
    }

    /// Opens a quota that keys share.
    ///
    /// # Errors
    ///
    /// Those of [`Scheduler::open_quota`](mcp_engine_executor::Scheduler::open_quota).
    pub fn open_quota(&self, config: &QuotaConfig) -> Result<QuotaId, Error> {
        Ok(self.shared.with(|state, _| state.scheduler.open_quota(config))?)
    }

    /// Adds a retry policy for a pattern of names.
    ///
    /// # Errors
    ///
    /// Those of [`Scheduler::set_policy`](mcp_engine_executor::Scheduler::set_policy).
    pub fn set_policy(&self, pattern: &str, policy: Policy) -> Result<PolicyId, Error> {
        Ok(self.shared.with(|state, _| state.scheduler.set_policy(pattern, policy))?)
    }

    /// The retry policy for a name.
    pub fn policy_of(&self, name: &str) -> PolicyId {
        self.shared.with(|state, _| state.scheduler.policy_of(name))
    }

    /// What has happened so far, and how often.
    pub fn counters(&self) -> Counters {
        self.shared.with(|state, _| *state.scheduler.counters())
    }

    /// How many tasks run.
    pub fn running(&self) -> u32 {
        self.shared.with(|state, _| state.scheduler.running())
    }

    /// Runs one task and waits for it; `work` is called for each attempt. Dropping the future cancels the task.
    ///
    /// Times of the task count from [`now_ns`](Self::now_ns).
    ///
    /// # Errors
    ///
    /// The task was refused, failed, was cancelled or timed out.
    pub async fn run<T, F, W>(&self, task: Task<'_>, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(Attempt) -> W + Send + Sync + 'static,
        W: Future<Output = Result<T, Failed>> + Send + 'static,
    {
        let outlet = Outlet::new();
        let id = self.shared.submit(&task, job::asynchronous(work, &outlet))?;
        let _cancelled_when_dropped = self.shared.guard(id);
        outlet.next().await.map_or_else(|| Err(Error::closed()), |done| done.result)
    }

    /// Opens a scope for tasks that belong together.
    ///
    /// # Errors
    ///
    /// The scheduler is full, or the workers are closed.
    pub fn scope<T: Send + 'static>(&self) -> Result<Scope<T>, Error> {
        Scope::open(&self.shared)
    }

    /// The time that deadlines are measured by: nanoseconds since the workers were made.
    pub fn now_ns(&self) -> u64 {
        self.shared.now()
    }

    /// Cancels everything and waits until nothing runs any more. From then on, tasks are refused. It may be called again.
    pub async fn close(&self) {
        self.shared.close().await;
    }
}
