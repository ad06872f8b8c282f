//! What a job throws stays in the job.

use std::panic::{panic_any, resume_unwind};

use super::{pool, signal};

#[test]
fn job_that_panics_harms_nothing() {
    let pool = pool(1, 16);
    for _ in 0..5 {
        // Unwinds as a panic does, and prints nothing.
        pool.spawn(|| resume_unwind(Box::new("thrown"))).expect("room");
    }
    let (job, done) = signal();
    pool.spawn(job).expect("room");
    done.recv().expect("the worker is alive");
    pool.close();
    let counters = pool.counters();
    assert_eq!((counters.panicked, counters.completed), (5, 1));
}

#[test]
fn what_is_thrown_may_panic_when_it_is_dropped() {
    let pool = pool(1, 16);
    pool.spawn(|| resume_unwind(Box::new(Thrower))).expect("room");
    let (job, done) = signal();
    pool.spawn(job).expect("room");
    done.recv().expect("the worker is alive");
    pool.close();
    assert_eq!(pool.counters().panicked, 1);
}

#[test]
fn what_a_job_holds_may_panic_when_it_is_dropped() {
    let pool = pool(1, 16);
    let held = Thrower;
    pool.spawn(move || drop(held)).expect("room");
    let running = super::Running::on(&pool);
    let held = Thrower;
    pool.spawn(move || drop(held)).expect("room");
    running.end();
    pool.abandon();
    let counters = pool.counters();
    assert_eq!((counters.panicked, counters.completed), (2, 1));
}

/// Throws when it is dropped.
struct Thrower;

impl Drop for Thrower {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic_any(0);
        }
    }
}
