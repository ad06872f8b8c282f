//! What all handles of workers share: the scheduler, and the jobs of its tasks.
//!
//! Every change goes through [`Shared::with`], which holds the lock for one verb and for polling what follows from it; what belongs to users is
//! called and dropped after that. A task of its own keeps the time and takes back permits that were dropped.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use mcp_engine_executor::{
    Completion, Event, Failure, Limits, Misuse, Outcome, Permit, Pool, PoolConfig, Returns,
    Scheduler, Scope, Task, TaskId,
};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::WorkersConfig;
use super::error::Error;
use super::job::{Brake, End, Job, Outlet, Parts};

pub(super) struct Shared {
    me: Weak<Self>,
    state: Mutex<State>,
    began: Instant,
    runtime: Handle,
    pool: OnceLock<Pool>,
    pool_config: PoolConfig,
    /// What everything stands below.
    root: TaskId,
    /// Wakes whoever keeps the time.
    bell: Arc<Notify>,
    /// Ends with the root.
    over: Arc<Outlet<()>>,
}

pub(super) struct State {
    pub(super) scheduler: Scheduler,
    returns: Returns,
    /// By the places of their tasks.
    jobs: Vec<Option<Entry>>,
    /// When whoever keeps the time will look.
    alarm: Option<u64>,
    random: u64,
}

struct Entry {
    id: TaskId,
    job: Option<Arc<dyn Job>>,
    end: Box<dyn End>,
    brake: Option<Arc<Brake>>,
}

/// What is done after the lock was given back.
#[derive(Default)]
struct After {
    begins: Vec<(Arc<dyn Job>, Permit, Arc<Brake>)>,
    brakes: Vec<Arc<Brake>>,
    ends: Vec<(Entry, u64, Outcome)>,
}

impl Shared {
    pub(super) fn new(config: WorkersConfig, runtime: Handle) -> Result<Arc<Self>, Error> {
        // The scope of all is none of the tasks that others know of.
        let tasks = config.limits.tasks.saturating_add(1);
        let mut scheduler = Scheduler::new(Limits { tasks, ..config.limits });
        let root = scheduler.open_scope(&Scope::default())?;
        let (bell, over) = (Arc::<Notify>::default(), Outlet::new());
        let rung = Arc::clone(&bell);
        let returns = Returns::new(move || rung.notify_one());
        let mut state =
            State { scheduler, returns, jobs: Vec::new(), alarm: None, random: config.seed };
        state.keep(root, None, Box::new(Arc::clone(&over)));
        let pool_config = PoolConfig {
            threads: config.blocking_threads,
            queued: config.limits.running as usize,
            ..PoolConfig::default()
        };
        let shared = Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            state: Mutex::new(state),
            began: Instant::now(),
            runtime,
            pool: OnceLock::new(),
            pool_config,
            root,
            bell,
            over,
        });
        let keeper = keep_time(Arc::downgrade(&shared), Arc::clone(&shared.bell), shared.began);
        shared.runtime.spawn(keeper);
        Ok(shared)
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    pub(super) fn pool(&self) -> Option<&Pool> {
        self.pool.get()
    }

    /// Starts the threads for work that blocks, if that was not done.
    pub(super) fn start_pool(&self) -> Result<(), Error> {
        if self.pool.get().is_none() {
            // Should another be faster, this one ends again.
            let _ = self.pool.set(Pool::new(self.pool_config.clone())?);
        }
        Ok(())
    }

    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Calls one verb, and does what follows from it.
    pub(super) fn with<R>(&self, verb: impl FnOnce(&mut State, u64) -> R) -> R {
        let mut after = After::default();
        let result = {
            let mut state = lock(&self.state);
            let now = self.now();
            let result = verb(&mut state, now);
            state.drain(now, &mut after);
            if state.sets_alarm() {
                self.bell.notify_one();
            }
            result
        };
        self.run(after);
        result
    }

    fn run(&self, after: After) {
        if let Some(me) = self.me.upgrade() {
            for (job, permit, brake) in after.begins {
                job.begin(permit, brake, Arc::clone(&me));
            }
        }
        after.brakes.iter().for_each(|brake| brake.pull());
        for (entry, tag, outcome) in after.ends {
            entry.end.end(entry.id, tag, outcome);
        }
    }

    pub(super) fn submit(&self, task: &Task<'_>, parts: Parts) -> Result<TaskId, Error> {
        let task = Task { parent: task.parent.or(Some(self.root)), ..*task };
        // Should the task be refused, its job is dropped out here.
        let mut parts = Some(parts);
        let submitted = self.with(|state, now| {
            self.assert_open(state)?;
            let id = state.scheduler.submit(&task, now)?;
            if let Some((job, end)) = parts.take() {
                state.keep(id, Some(job), end);
            }
            Ok::<_, mcp_engine_executor::Error>(id)
        });
        Ok(submitted?)
    }

    pub(super) fn open_scope(&self, end: Box<dyn End>) -> Result<TaskId, Error> {
        let scope = Scope { parent: Some(self.root), ..Scope::default() };
        let opened = self.with(|state, _| {
            self.assert_open(state)?;
            let id = state.scheduler.open_scope(&scope)?;
            state.keep(id, None, end);
            Ok::<_, mcp_engine_executor::Error>(id)
        });
        Ok(opened?)
    }

    /// Once the root is gone, everything is.
    fn assert_open(&self, state: &State) -> Result<(), mcp_engine_executor::Error> {
        let root = state.scheduler.state(self.root);
        root.map(drop).map_err(|_| Misuse::ParentEnded.into())
    }

    pub(super) fn close_scope(&self, scope: TaskId) {
        // It may have ended before.
        let _ = self.with(|state, now| state.scheduler.close_scope(scope, now));
    }

    pub(super) fn cancel(&self, task: TaskId) {
        // It may have ended before.
        let _ = self.with(|state, now| state.scheduler.cancel(task, now));
    }

    /// Cancels a task when it is dropped.
    pub(super) fn guard(&self, task: TaskId) -> Guard {
        Guard { shared: Weak::clone(&self.me), task }
    }

    /// An attempt is over.
    pub(super) fn complete(&self, permit: Permit, failure: Option<(Box<str>, Option<Duration>)>) {
        let task = permit.into_ready().id;
        let completed = self.with(|state, now| {
            let random = state.random();
            let completion = match &failure {
                None => Completion::Succeeded,
                Some((kind, retry_after)) => Completion::Failed(Failure {
                    kind,
                    retry_after_ns: retry_after.map(|wait| wait.as_nanos() as u64),
                    random,
                }),
            };
            state.scheduler.complete(task, completion, now)
        });
        debug_assert!(completed.is_ok(), "a permit came back twice");
    }

    pub(super) async fn close(&self) {
        self.cancel(self.root);
        while self.over.next().await.is_some() {}
    }
}

impl State {
    /// Keeps what belongs to a task.
    fn keep(&mut self, id: TaskId, job: Option<Arc<dyn Job>>, end: Box<dyn End>) {
        let place = id.index();
        if self.jobs.len() <= place {
            self.jobs.resize_with(place.saturating_add(1), || None);
        }
        if let Some(entry) = self.jobs.get_mut(place) {
            *entry = Some(Entry { id, job, end, brake: None });
        }
    }

    fn entry(&mut self, id: TaskId) -> Option<&mut Option<Entry>> {
        let entry = self.jobs.get_mut(id.index())?;
        entry.as_ref().is_some_and(|entry| entry.id == id).then_some(entry)
    }

    /// Polls everything, and takes down what has to be done about it.
    fn drain(&mut self, now: u64, after: &mut After) {
        loop {
            if let Some(event) = self.scheduler.poll_event() {
                self.hear(event, after);
            } else if let Some(ready) = self.scheduler.poll_ready(now) {
                let permit = self.returns.permit(ready);
                let Some(Some(entry)) = self.entry(ready.id) else { continue };
                let Some(job) = entry.job.clone() else { continue };
                let brake = Arc::<Brake>::default();
                entry.brake = Some(Arc::clone(&brake));
                after.begins.push((job, permit, brake));
            } else {
                return;
            }
        }
    }

    fn hear(&mut self, event: Event, after: &mut After) {
        match event {
            Event::Stop { id, .. } => {
                let entry = self.entry(id).and_then(Option::as_mut);
                after.brakes.extend(entry.and_then(|entry| entry.brake.take()));
            }
            Event::Ended { id, tag, outcome } => {
                let entry = self.entry(id).and_then(Option::take);
                after.ends.extend(entry.map(|entry| (entry, tag, outcome)));
            }
        }
    }

    /// Whether something is due before whoever keeps the time looks.
    fn sets_alarm(&mut self) -> bool {
        let due = self.scheduler.poll_timeout();
        let is_early = due.is_some_and(|due| self.alarm.is_none_or(|alarm| due < alarm));
        if is_early {
            self.alarm = due;
        }
        is_early
    }

    /// splitmix64
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Calls the scheduler when something is due, and takes back the permits that were dropped, as long as there are workers.
async fn keep_time(shared: Weak<Shared>, bell: Arc<Notify>, began: Instant) {
    loop {
        let Some(alarm) = shared.upgrade().map(|shared| shared.look()) else { return };
        let Some(ns) = alarm else {
            bell.notified().await;
            continue;
        };
        // Either way it is time to look.
        let _ = timeout_at(began + Duration::from_nanos(ns), bell.notified()).await;
    }
}

impl Shared {
    fn look(&self) -> Option<u64> {
        self.with(|state, now| {
            let State { scheduler, returns, .. } = state;
            returns.collect(scheduler, now);
            scheduler.handle_timeout(now);
        });
        let mut state = lock(&self.state);
        state.alarm = state.scheduler.poll_timeout();
        state.alarm
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.bell.notify_one();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// Cancels a task when it is dropped.
pub(super) struct Guard {
    shared: Weak<Shared>,
    task: TaskId,
}

impl Guard {
    pub(super) fn task(&self) -> TaskId {
        self.task
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.cancel(self.task);
        }
    }
}

/// Takes a lock. Nothing of the user's is called under it, so that a panic elsewhere spoils nothing.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
