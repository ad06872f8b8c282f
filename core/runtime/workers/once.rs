//! Work that is done once and owns what it needs.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use mcp_engine_executor::{Outcome, Permit, Task, TaskId};

use super::Workers;
use super::error::{Error, Failed};
use super::job::{Brake, End, Job, Latest, conclude, outcome_of};
use super::shared::{Shared, lock};

/// Work that cannot be tried again.
pub(crate) enum Once<T> {
    /// It waits.
    Future(Pin<Box<dyn Future<Output = T> + Send>>),
    /// It blocks its thread.
    Blocking(Box<dyn FnOnce() -> T + Send>),
}

impl Workers {
    /// Runs work, and calls `ended` with what it has come to.
    pub(crate) fn once<T: Send + 'static>(
        &self,
        task: &Task<'_>,
        work: Once<T>,
        ended: impl FnOnce(Result<T, Error>) + Send + 'static,
    ) -> Result<TaskId, Error> {
        if matches!(work, Once::Blocking(_)) {
            self.shared.start_pool()?;
        }
        let result = Latest::default();
        let job = Doing { work: Mutex::new(Some(work)), result: Arc::clone(&result) };
        self.shared.submit(task, (Arc::new(job), Box::new(Ended { result, ended })))
    }

    pub(crate) fn cancel(&self, task: TaskId) {
        self.shared.cancel(task);
    }
}

struct Doing<T> {
    work: Mutex<Option<Once<T>>>,
    result: Latest<T>,
}

impl<T: Send + 'static> Job for Doing<T> {
    fn begin(&self, permit: Permit, brake: Arc<Brake>, shared: Arc<Shared>) {
        let result = Arc::clone(&self.result);
        match lock(&self.work).take() {
            Some(Once::Future(future)) => {
                let runtime = shared.runtime().clone();
                let task = runtime.spawn(async move {
                    let done = future.await;
                    conclude(&result, Ok(done), permit, &shared);
                });
                brake.holds(task.abort_handle());
            }
            Some(Once::Blocking(work)) => {
                let Some(pool) = shared.pool() else { return };
                let weak = Arc::downgrade(&shared);
                // The pool has room for as many as may run; where it is closed, the permit goes back by itself.
                let _ = pool.spawn(move || {
                    let done = work();
                    if let Some(shared) = weak.upgrade() {
                        conclude(&result, Ok(done), permit, &shared);
                    }
                });
            }
            None => {}
        }
    }
}

struct Ended<T, F> {
    result: Latest<T>,
    ended: F,
}

impl<T: Send, F: FnOnce(Result<T, Error>) + Send> End for Ended<T, F> {
    fn end(self: Box<Self>, _: TaskId, _: u64, outcome: Outcome) {
        let last: Option<Result<T, Failed>> = lock(&self.result).take();
        (self.ended)(outcome_of(outcome, last));
    }
}
