//! A job: work with its results, of whatever type, as the workers keep it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use mcp_engine_executor::{Outcome, Permit, TaskId};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::error::{Error, Failed};
use super::scope::Done;
use super::shared::{Shared, lock};

/// Which attempt it is, and whether it is still wanted.
#[derive(Clone, Debug)]
pub struct Attempt {
    number: u32,
    brake: Arc<Brake>,
}

impl Attempt {
    /// From 1 on.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Whether nobody waits for the result any more. Work that blocks should ask from time to time; a future is dropped then.
    pub fn is_cancelled(&self) -> bool {
        self.brake.pulled.load(Ordering::Acquire)
    }
}

/// Stops an attempt, also before it has begun.
#[derive(Debug, Default)]
pub(super) struct Brake {
    pulled: AtomicBool,
    future: Mutex<Option<AbortHandle>>,
}

impl Brake {
    pub(super) fn pull(&self) {
        self.pulled.store(true, Ordering::Release);
        if let Some(future) = lock(&self.future).take() {
            future.abort();
        }
    }

    pub(super) fn holds(&self, future: AbortHandle) {
        *lock(&self.future) = Some(future);
        if self.pulled.load(Ordering::Acquire) {
            self.pull();
        }
    }
}

/// Work of any type.
pub(super) trait Job: Send + Sync {
    /// Begins an attempt. The permit goes where the work goes, and comes back with it.
    fn begin(&self, permit: Permit, brake: Arc<Brake>, shared: Arc<Shared>);
}

/// Who hears of the end of a job.
pub(super) trait End: Send {
    fn end(self: Box<Self>, id: TaskId, tag: u64, outcome: Outcome);
}

/// A job, and who hears of its end.
pub(super) type Parts = (Arc<dyn Job>, Box<dyn End>);

/// Work that is a future.
pub(super) fn asynchronous<T, F, W>(work: F, outlet: &Arc<Outlet<T>>) -> Parts
where
    T: Send + 'static,
    F: Fn(Attempt) -> W + Send + Sync + 'static,
    W: Future<Output = Result<T, Failed>> + Send + 'static,
{
    let result = Arc::new(Mutex::new(None));
    let end = Ending { result: Arc::clone(&result), outlet: Arc::clone(outlet) };
    (Arc::new(Asynchronous { work: Arc::new(work), result }), Box::new(end))
}

/// Work that blocks its thread.
pub(super) fn blocking<T, F>(work: F, outlet: &Arc<Outlet<T>>) -> Parts
where
    T: Send + 'static,
    F: Fn(&Attempt) -> Result<T, Failed> + Send + Sync + 'static,
{
    let result = Arc::new(Mutex::new(None));
    let end = Ending { result: Arc::clone(&result), outlet: Arc::clone(outlet) };
    (Arc::new(Blocking { work: Arc::new(work), result }), Box::new(end))
}

/// What the last attempt has come to.
pub(super) type Latest<T> = Arc<Mutex<Option<Result<T, Failed>>>>;

struct Asynchronous<F, T> {
    work: Arc<F>,
    result: Latest<T>,
}

impl<T, F, W> Job for Asynchronous<F, T>
where
    T: Send + 'static,
    F: Fn(Attempt) -> W + Send + Sync + 'static,
    W: Future<Output = Result<T, Failed>> + Send + 'static,
{
    fn begin(&self, permit: Permit, brake: Arc<Brake>, shared: Arc<Shared>) {
        let (work, result) = (Arc::clone(&self.work), Arc::clone(&self.result));
        let attempt = Attempt { number: permit.attempt(), brake: Arc::clone(&brake) };
        let runtime = shared.runtime().clone();
        let future = runtime.spawn(async move {
            let done = work(attempt).await;
            conclude(&result, done, permit, &shared);
        });
        brake.holds(future.abort_handle());
    }
}

struct Blocking<F, T> {
    work: Arc<F>,
    result: Latest<T>,
}

impl<T, F> Job for Blocking<F, T>
where
    T: Send + 'static,
    F: Fn(&Attempt) -> Result<T, Failed> + Send + Sync + 'static,
{
    fn begin(&self, permit: Permit, brake: Arc<Brake>, shared: Arc<Shared>) {
        let (work, result) = (Arc::clone(&self.work), Arc::clone(&self.result));
        let attempt = Attempt { number: permit.attempt(), brake };
        let Some(pool) = shared.pool() else { return };
        let weak = Arc::downgrade(&shared);
        // The pool has room for as many as may run; where it is closed, the permit goes back by itself.
        let _ = pool.spawn(move || {
            let done = work(&attempt);
            if let Some(shared) = weak.upgrade() {
                conclude(&result, done, permit, &shared);
            }
        });
    }
}

/// What a task has come to, by its outcome and its last attempt.
pub(super) fn outcome_of<T>(outcome: Outcome, last: Option<Result<T, Failed>>) -> Result<T, Error> {
    match (outcome, last) {
        (Outcome::Succeeded, Some(Ok(value))) => Ok(value),
        (Outcome::Failed, None) => Err(Error::ended(outcome, Some(Failed::panicked()))),
        (_, last) => Err(Error::ended(outcome, last.and_then(Result::err))),
    }
}

/// Leaves a result where the end of the job finds it, and gives back the permit.
pub(super) fn conclude<T>(
    latest: &Latest<T>,
    done: Result<T, Failed>,
    permit: Permit,
    shared: &Shared,
) {
    let failure = done.as_ref().err().map(|failed| (failed.kind.clone(), failed.retry_after));
    *lock(latest) = Some(done);
    shared.complete(permit, failure);
}

/// Brings the result of a job to whoever waits for it.
struct Ending<T> {
    result: Latest<T>,
    outlet: Arc<Outlet<T>>,
}

impl<T: Send> End for Ending<T> {
    fn end(self: Box<Self>, id: TaskId, tag: u64, outcome: Outcome) {
        let last = lock(&self.result).take();
        self.outlet.put(Done { id, tag, result: outcome_of(outcome, last) });
    }
}

/// Where results come out, in the order in which they were decided. It holds no more than tasks were submitted.
pub(super) struct Outlet<T> {
    done: Mutex<(VecDeque<Done<T>>, bool)>,
    news: Notify,
}

impl<T> Outlet<T> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { done: Mutex::new((VecDeque::new(), false)), news: Notify::new() })
    }

    fn put(&self, done: Done<T>) {
        lock(&self.done).0.push_back(done);
        self.news.notify_waiters();
    }

    /// The next result, or `None` when no more can come.
    pub(super) async fn next(&self) -> Option<Done<T>> {
        loop {
            let news = self.news.notified();
            {
                let (done, is_over) = &mut *lock(&self.done);
                if let Some(done) = done.pop_front() {
                    return Some(done);
                }
                if *is_over {
                    return None;
                }
            }
            news.await;
        }
    }
}

/// The outlet of a scope, with whose end nothing comes any more.
impl<T: Send> End for Arc<Outlet<T>> {
    fn end(self: Box<Self>, _: TaskId, _: u64, _: Outcome) {
        lock(&self.done).1 = true;
        self.news.notify_waiters();
    }
}
