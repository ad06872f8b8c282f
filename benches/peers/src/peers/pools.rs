//! Pools of threads for callbacks: ours, rayon's, and tokio's for blocking work.
//!
//! Each is given the same number of tiny callbacks, that count themselves and nothing more, and a pass ends when all have run. A
//! callback holds one reference, so that it costs every pool the same to keep; no pool may refuse one.

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
    vec![
        Contender::whole(OURS, move || {
            let done = Done::after(callbacks);
            for _ in 0..callbacks {
                ours.spawn(|| done.one()).expect("room");
            }
            done.wait()
        }),
        Contender::whole(RAYON, move || {
            let done = Done::after(callbacks);
            for _ in 0..callbacks {
                rayon.spawn(|| done.one());
            }
            done.wait()
        }),
        Contender::whole(TOKIO, move || {
            let done = Done::after(callbacks);
            for _ in 0..callbacks {
                tokio.spawn_blocking(|| done.one());
            }
            done.wait()
        }),
    ]
}

/// Callbacks from callbacks: `callbacks / WIDTH` of them, each of which spawns `WIDTH`.
pub(crate) fn inside(callbacks: u64) -> Vec<Contender<'static>> {
    let (ours, rayon, tokio) = (Arc::new(ours(callbacks)), rayon(), tokio());
    let parents = callbacks / WIDTH;
    vec![
        Contender::whole(OURS, move || {
            let done = Done::after(parents * WIDTH);
            for _ in 0..parents {
                let pool = Arc::clone(&ours);
                let parent = move || {
                    for _ in 0..WIDTH {
                        pool.spawn(|| done.one()).expect("room");
                    }
                };
                ours.spawn(parent).expect("room");
            }
            done.wait()
        }),
        Contender::whole(RAYON, move || {
            let done = Done::after(parents * WIDTH);
            for _ in 0..parents {
                rayon.spawn(|| (0..WIDTH).for_each(|_| rayon_core::spawn(|| done.one())));
            }
            done.wait()
        }),
        Contender::whole(TOKIO, move || {
            let done = Done::after(parents * WIDTH);
            for _ in 0..parents {
                let handle = tokio.handle().clone();
                tokio.spawn_blocking(move || {
                    for _ in 0..WIDTH {
                        handle.spawn_blocking(|| done.one());
                    }
                });
            }
            done.wait()
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
    left: AtomicU64,
    all: u64,
    waiter: Thread,
}

impl Done {
    /// Lives as long as the program, some bytes per pass, so that callbacks need no count of references.
    fn after(all: u64) -> &'static Self {
        Box::leak(Box::new(Self { left: AtomicU64::new(all), all, waiter: thread::current() }))
    }

    fn one(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.waiter.unpark();
        }
    }

    fn wait(&self) -> u64 {
        while self.left.load(Ordering::Acquire) != 0 {
            thread::park();
        }
        self.all
    }
}

const THREADS: usize = 2;
const WIDTH: u64 = 1000;
