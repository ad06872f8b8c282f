//! The pool of worker threads, from outside: what is accepted is run exactly once, and nothing that a job does harms another.
//!
//! Nothing here waits for time to pass: threads meet at barriers and channels, and a test that loses a wakeup never ends.

mod bounds;
mod end;
mod idle;
mod jobs;
mod panics;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use mcp_engine_executor::{Pool, PoolConfig};

fn pool(threads: usize, queued: usize) -> Pool {
    Pool::new(PoolConfig { threads, queued, ..PoolConfig::default() }).expect("threads")
}

/// A job that is running, until it is told to end.
struct Running {
    end: SyncSender<()>,
}

impl Running {
    fn on(pool: &Pool) -> Self {
        let (begun, has_begun) = sync_channel(0);
        let (end, may_end) = sync_channel(1);
        let job = move || {
            begun.send(()).expect("a test");
            may_end.recv().expect("a test");
        };
        pool.spawn(job).expect("room");
        has_begun.recv().expect("a job");
        Self { end }
    }

    fn end(&self) {
        self.end.send(()).expect("a job");
    }
}

/// A job to wait for.
fn signal() -> (impl FnOnce() + Send + 'static, Receiver<()>) {
    let (done, is_done) = sync_channel(1);
    (move || done.send(()).expect("a test"), is_done)
}

/// Waits until all workers sleep, which they do when nothing is left.
fn settle(pool: &Pool, threads: usize) {
    while pool.counters().parked != threads {
        thread::yield_now();
    }
}

/// Jobs that mark their own place, and whether each place was marked once.
struct Marks(Vec<AtomicUsize>);

impl Marks {
    fn new(places: usize) -> Self {
        Self((0..places).map(|_| AtomicUsize::new(0)).collect())
    }

    fn set(&self, place: usize) {
        self.0[place].fetch_add(1, Ordering::Relaxed);
    }

    fn assert_once_each(&self) {
        for (place, mark) in self.0.iter().enumerate() {
            assert_eq!(mark.load(Ordering::Relaxed), 1, "job {place}");
        }
    }
}
