//! Pools of threads for callbacks: ours, rayon's, and tokio's for blocking work.
//!
//! Each is given the same number of tiny callbacks, that count themselves and nothing more, and a pass ends when all have run. They
//! count in groups, so that no cache line that all threads write hides what a pool costs; a callback holds two references, which
//! costs every pool the same; and no pool may refuse one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, Thread};

use mcp_engine_executor::{Pool, PoolConfig};
use rayon_core::{ThreadPool, ThreadPoolBuilder};
use tokio::runtime::{Builder, Runtime};

use super::OURS;
use crate::contender::Contender;

pub(crate) const RAYON: &str = "rayon spawn";
pub(crate) const TOKIO: &str = "tokio spawn_blocking";

/// All callbacks from one thread that is none of the pool's.
pub(crate) fn outside(callbacks: u64) -> Vec<Contender<'static>> {
    let (ours, rayon, tokio) = (ours(callbacks), rayon(), tokio());
    let groups = callbacks / GROUP;
    vec![
        Contender::whole(OURS, move || {
            Done::all(groups, |done, group| {
                (0..GROUP).for_each(|_| ours.spawn(|| done.one(group)).expect("room"));
            })
        }),
        Contender::whole(RAYON, move || {
            Done::all(groups, |done, group| {
                (0..GROUP).for_each(|_| rayon.spawn(|| done.one(group)));
            })
        }),
        Contender::whole(TOKIO, move || {
            Done::all(groups, |done, group| {
                (0..GROUP).for_each(|_| drop(tokio.spawn_blocking(|| done.one(group))));
            })
        }),
    ]
}

/// A callback for each group from outside, and from that the callbacks of the group.
pub(crate) fn inside(callbacks: u64) -> Vec<Contender<'static>> {
    let (ours, rayon, tokio) = (Arc::new(ours(callbacks)), rayon(), tokio());
    let groups = callbacks / GROUP;
    vec![
        Contender::whole(OURS, move || {
            Done::all(groups, |done, group| {
                let pool = Arc::clone(&ours);
                let parent =
                    move || (0..GROUP).for_each(|_| pool.spawn(|| done.one(group)).expect("room"));
                ours.spawn(parent).expect("room");
            })
        }),
        Contender::whole(RAYON, move || {
            Done::all(groups, |done, group| {
                rayon.spawn(|| (0..GROUP).for_each(|_| rayon_core::spawn(|| done.one(group))));
            })
        }),
        Contender::whole(TOKIO, move || {
            Done::all(groups, |done, group| {
                let pool = tokio.handle().clone();
                tokio.spawn_blocking(move || {
                    (0..GROUP).for_each(|_| drop(pool.spawn_blocking(|| done.one(group))));
                });
            })
        }),
    ]
}

fn ours(callbacks: u64) -> Pool {
    let queued = usize::try_from(2 * callbacks).expect("a small number");
    Pool::new(PoolConfig { threads: THREADS, queued, ..PoolConfig::default() }).expect("threads")
}

fn rayon() -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(THREADS).build().expect("threads")
}

fn tokio() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(THREADS)
        .build()
        .expect("threads")
}

/// Counts callbacks and wakes who waits for the last.
struct Done {
    groups: Vec<Group>,
    left: AtomicU64,
    waiter: Thread,
}

/// What one group has left to do, on cache lines of its own.
#[repr(align(128))]
struct Group(AtomicU64);

impl Done {
    /// Has the callbacks of all groups spawned and waits until they have run.
    fn all(groups: u64, spawn: impl Fn(&'static Self, &'static Group)) -> u64 {
        // A leak, so that callbacks need no count of references.
        let done: &'static Self = Box::leak(Box::new(Self {
            groups: (0..groups).map(|_| Group(AtomicU64::new(GROUP))).collect(),
            left: AtomicU64::new(groups),
            waiter: thread::current(),
        }));
        done.groups.iter().for_each(|group| spawn(done, group));
        while done.left.load(Ordering::Acquire) != 0 {
            thread::park();
        }
        groups * GROUP
    }

    fn one(&self, group: &Group) {
        let last = |left: &AtomicU64| left.fetch_sub(1, Ordering::AcqRel) == 1;
        if last(&group.0) && last(&self.left) {
            self.waiter.unpark();
        }
    }
}

const THREADS: usize = 2;
const GROUP: u64 = 100;
