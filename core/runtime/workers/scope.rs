//! Scopes: tasks that belong together.

use std::fmt;
use std::sync::Arc;

use mcp_engine_executor::{Task, TaskId};

use super::error::{Error, Failed};
use super::job::{self, Attempt, Outlet, Parts};
use super::shared::{Guard, Shared};

/// Tasks that belong together, with results of one type, which come in the order in which they are ready.
///
/// Dropping a scope cancels what is left of it: futures are dropped, work that blocks is [asked to stop](Attempt::is_cancelled), and each one
/// keeps its permit until it is really gone. [`finish`](Self::finish) and [`cancel`](Self::cancel) also wait for that.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_engine_executor::{KeyConfig, Task};
/// use mcp_engine_runtime::workers::{Workers, WorkersConfig};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let workers = Workers::new(WorkersConfig::default())?;
/// let key = workers.open_key(&KeyConfig::default())?;
/// let mut scope = workers.scope()?;
/// for ms in [30, 10, 20] {
///     scope.spawn(Task { tag: ms, ..Task::new(key) }, move |_| async move {
///         tokio::time::sleep(Duration::from_millis(ms)).await;
///         Ok(ms)
///     })?;
/// }
/// let first = scope.next().await.expect("three tasks");
/// assert_eq!(first.result?, 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Scope<T> {
    shared: Arc<Shared>,
    outlet: Arc<Outlet<T>>,
    guard: Guard,
    /// Tasks whose results were not handed over yet.
    left: usize,
}

/// What has become of a task.
#[derive(Debug)]
pub struct Done<T> {
    /// Which task.
    pub id: TaskId,
    /// What the submitter gave it.
    pub tag: u64,
    /// Its result, or why there is none.
    pub result: Result<T, Error>,
}

impl<T: Send + 'static> Scope<T> {
    pub(super) fn open(shared: &Arc<Shared>) -> Result<Self, Error> {
        let outlet = Outlet::new();
        let id = shared.open_scope(Box::new(Arc::clone(&outlet)))?;
        Ok(Self { shared: Arc::clone(shared), outlet, guard: shared.guard(id), left: 0 })
    }

    /// The scope as a parent, for tasks and scopes below it.
    pub fn id(&self) -> TaskId {
        self.guard.task()
    }

    /// Adds a task. Its parent is the scope, unless it names another one.
    ///
    /// `work` is called for each attempt, on tokio's runtime, once the task has a permit.
    ///
    /// # Errors
    ///
    /// The task was refused.
    pub fn spawn<F, W>(&mut self, task: Task<'_>, work: F) -> Result<TaskId, Error>
    where
        F: Fn(Attempt) -> W + Send + Sync + 'static,
        W: Future<Output = Result<T, Failed>> + Send + 'static,
    {
        self.submit(task, job::asynchronous(work, &self.outlet))
    }

    /// The same for work that blocks its thread, which runs on threads of its own.
    ///
    /// # Errors
    ///
    /// The task was refused, or there are no threads.
    pub fn spawn_blocking<F>(&mut self, task: Task<'_>, work: F) -> Result<TaskId, Error>
    where
        F: Fn(&Attempt) -> Result<T, Failed> + Send + Sync + 'static,
    {
        self.shared.start_pool()?;
        self.submit(task, job::blocking(work, &self.outlet))
    }

    fn submit(&mut self, task: Task<'_>, parts: Parts) -> Result<TaskId, Error> {
        let task = Task { parent: task.parent.or(Some(self.id())), ..task };
        let id = self.shared.submit(&task, parts)?;
        self.left = self.left.saturating_add(1);
        Ok(id)
    }

    /// The next result, in the order in which they are ready; `None` when there was one for every task.
    pub async fn next(&mut self) -> Option<Done<T>> {
        if self.left == 0 {
            return None;
        }
        let done = self.outlet.next().await?;
        self.left = self.left.saturating_sub(1);
        Some(done)
    }

    /// Takes no more tasks, and waits for those that are left and for everything below them.
    pub async fn finish(self) -> Vec<Done<T>> {
        self.shared.close_scope(self.id());
        self.rest().await
    }

    /// Cancels what is left, and waits until it is gone.
    pub async fn cancel(self) -> Vec<Done<T>> {
        self.shared.cancel(self.id());
        self.rest().await
    }

    async fn rest(&self) -> Vec<Done<T>> {
        let mut rest = Vec::new();
        while let Some(done) = self.outlet.next().await {
            rest.push(done);
        }
        rest
    }
}

impl<T> fmt::Debug for Scope<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("left", &self.left).finish_non_exhaustive()
    }
}
