//! What stands before a piece of work that does nothing: our scheduler, and tokio's way, an owned permit of a semaphore that a spawned
//! task holds.
//!
//! Each works on one task after the other, so that nothing waits; the loads of the second race keep their queues as long as they were.

use std::sync::Arc;

use mcp_engine_executor::{Completion, KeyConfig, KeyId, Limits, Ready, Scheduler, Task};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use super::OURS;
use crate::contender::Contender;

pub(crate) const INLINE: &str = "ours, inline";
pub(crate) const TOKIO: &str = "tokio permit + spawn";
pub(crate) const TOKIO_TASK: &str = "tokio permit + spawn, from a task";
pub(crate) const TOKIO_MANY: &str = "tokio permit + spawn, 2 workers";
pub(crate) const FEW: &str = "10³ tasks, 10 keys";
pub(crate) const MANY: &str = "10⁶ tasks, 10⁴ keys";

/// Tasks that do nothing, on one thread.
pub(crate) fn alone(tasks: u64) -> Vec<Contender<'static>> {
    let runtime = || Builder::new_current_thread().build().expect("a runtime");
    let (main, task) = (runtime(), runtime());
    let (mut queued, mut inline) = (One::new(), One::new());
    vec![
        Contender::whole(OURS, move || (0..tasks).map(|_| queued.submitted()).sum()),
        Contender::whole(INLINE, move || (0..tasks).map(|_| inline.started()).sum()),
        Contender::whole(TOKIO, move || main.block_on(permits(semaphore(), tasks))),
        Contender::whole(TOKIO_TASK, move || spawned(&task, tasks)),
    ]
}

/// The same, where tokio has two threads. All processors count.
pub(crate) fn shared(tasks: u64) -> Vec<Contender<'static>> {
    let runtime = Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    let mut queued = One::new();
    vec![
        Contender::whole(OURS, move || (0..tasks).map(|_| queued.submitted()).sum()),
        Contender::whole(TOKIO_MANY, move || spawned(&runtime, tasks)),
    ]
}

/// So many operations on few tasks that wait, and on many.
pub(crate) fn loads(operations: u64) -> Vec<Contender<'static>> {
    let (mut few, mut many) = (Load::new(1_000, 10), Load::new(1_000_000, 10_000));
    vec![
        Contender::whole(FEW, move || (0..operations).map(|_| few.replace()).sum()),
        Contender::whole(MANY, move || (0..operations).map(|_| many.replace()).sum()),
    ]
}

/// One permit after the other, each held by a task that is waited for.
async fn permits(semaphore: Arc<Semaphore>, tasks: u64) -> u64 {
    for _ in 0..tasks {
        let permit = Arc::clone(&semaphore).acquire_owned().await.expect("open");
        tokio::spawn(async move { drop(permit) }).await.expect("no panic");
    }
    tasks
}

/// The same from a task of the runtime, which it wakes faster than who blocks on it.
fn spawned(runtime: &Runtime, tasks: u64) -> u64 {
    let all = permits(semaphore(), tasks);
    runtime.block_on(async { tokio::spawn(all).await.expect("no panic") })
}

fn semaphore() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(RUNNING))
}

/// A scheduler with one key.
pub(crate) struct One {
    scheduler: Scheduler,
    key: KeyId,
    now: u64,
}

impl One {
    pub(crate) fn new() -> Self {
        let mut scheduler = Scheduler::new(Limits::default());
        let key = scheduler.open_key(&KeyConfig::default()).expect("room");
        Self { scheduler, key, now: 0 }
    }

    /// Submits a task that does nothing, and sees it through.
    fn submitted(&mut self) -> u64 {
        self.now += 1;
        let task = Task { tag: self.now, ..Task::new(self.key) };
        self.scheduler.submit(&task, self.now).expect("room");
        let ready = self.scheduler.poll_ready(self.now).expect("nothing else runs");
        self.done(ready)
    }

    /// The same past the queues.
    fn started(&mut self) -> u64 {
        let ready = self.start();
        self.done(ready)
    }

    /// Takes a permit for something that is done here and now.
    pub(crate) fn start(&mut self) -> Ready {
        self.now += 1;
        let task = Task { tag: self.now, ..Task::new(self.key) };
        let started = self.scheduler.try_start(&task, self.now).expect("room");
        started.expect("nothing else runs")
    }

    /// Gives it back.
    pub(crate) fn done(&mut self, ready: Ready) -> u64 {
        complete(&mut self.scheduler, ready, self.now)
    }
}

/// A scheduler under load.
struct Load {
    scheduler: Scheduler,
    /// Each key as often as it weighs, so that tasks come as they go.
    keys: Vec<KeyId>,
    seed: u64,
    now: u64,
}

impl Load {
    fn new(tasks: u32, keys: u32) -> Self {
        let limits =
            Limits { tasks: tasks + 1, keys, running: RUNNING as u32, ..Limits::default() };
        let mut load = Self { scheduler: Scheduler::new(limits), keys: vec![], seed: 1, now: 0 };
        for weight in (1..=7).cycle().take(keys as usize) {
            let config = KeyConfig { weight, queued: tasks, ..KeyConfig::default() };
            let key = load.scheduler.open_key(&config).expect("room");
            load.keys.extend((0..weight).map(|_| key));
        }
        (0..tasks).for_each(|_| load.submit());
        load
    }

    /// Sees a task through and submits another.
    fn replace(&mut self) -> u64 {
        self.now += 1;
        let ready = self.scheduler.poll_ready(self.now).expect("a task waits");
        let ended = complete(&mut self.scheduler, ready, self.now);
        self.submit();
        ended
    }

    fn submit(&mut self) {
        let constants = (6_364_136_223_846_793_005, 1_442_695_040_888_963_407);
        self.seed = self.seed.wrapping_mul(constants.0).wrapping_add(constants.1);
        let key = self.keys[(self.seed >> 33) as usize % self.keys.len()];
        self.scheduler.submit(&Task { tag: self.seed, ..Task::new(key) }, self.now).expect("room");
    }
}

fn complete(scheduler: &mut Scheduler, ready: Ready, now: u64) -> u64 {
    scheduler.complete(ready.id, Completion::Succeeded, now).expect("it runs");
    std::iter::from_fn(|| scheduler.poll_event()).count() as u64
}

const RUNNING: usize = 64;
