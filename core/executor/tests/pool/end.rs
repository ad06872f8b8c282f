//! How a pool ends.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier};
use std::thread;

use mcp_engine_executor::{Pool, Refused};

use super::{Marks, Running, pool, signal};

#[test]
fn close_runs_what_waits_and_joins() {
    let (pool, marks) = (pool(2, 200), Arc::new(Marks::new(100)));
    let running = Running::on(&pool);
    for place in 0..100 {
        let marks = Arc::clone(&marks);
        pool.spawn(move || marks.set(place)).expect("room");
    }
    running.end();
    pool.close();
    marks.assert_once_each();
    // No job and no worker holds it any more.
    assert_eq!(Arc::strong_count(&marks), 1);
    let counters = pool.counters();
    assert_eq!((counters.completed, counters.waiting, counters.parked), (101, 0, 0));
}

#[test]
fn dropping_a_pool_closes_it() {
    let marks = Arc::new(Marks::new(10));
    let pool = pool(2, 16);
    for place in 0..10 {
        let marks = Arc::clone(&marks);
        pool.spawn(move || marks.set(place)).expect("room");
    }
    drop(pool);
    marks.assert_once_each();
}

#[test]
fn abandon_drops_what_waits_and_waits_for_what_runs() {
    let pool = Arc::new(pool(1, 16));
    let (ran, held) = (Arc::new(AtomicUsize::new(0)), Arc::new(()));
    let running = Running::on(&pool);
    for _ in 0..10 {
        let (ran, held) = (Arc::clone(&ran), Arc::clone(&held));
        let job = move || {
            let _held = held;
            ran.fetch_add(1, Ordering::Relaxed);
        };
        pool.spawn(job).expect("room");
    }
    let ending = Arc::clone(&pool);
    let abandoning = thread::spawn(move || ending.abandon());
    while !matches!(pool.spawn(|| {}), Err(Refused::Closed(_))) {
        thread::yield_now();
    }
    running.end();
    abandoning.join().expect("no panic");
    assert_eq!((ran.load(Ordering::Relaxed), Arc::strong_count(&held)), (0, 1));
    let counters = pool.counters();
    assert_eq!(counters.completed + counters.dropped, counters.submitted);
    assert!(counters.dropped >= 10);
}

#[test]
fn closed_pool_gives_jobs_back() {
    let pool = pool(1, 4);
    pool.close();
    let refused = pool.spawn(|| {}).expect_err("it is closed");
    assert!(matches!(refused, Refused::Closed(_)));
    assert_eq!(refused.to_string(), "the pool is closed");
    assert_eq!(pool.counters().refused, 1);
}

#[test]
fn job_closes_its_own_pool_without_waiting_for_itself() {
    let pool = Arc::new(pool(2, 16));
    let marks = Arc::new(Marks::new(8));
    let inside = Arc::clone(&pool);
    let (counted, (end, ended)) = (Arc::clone(&marks), signal());
    let closing = move || {
        for place in 0..8 {
            let marks = Arc::clone(&counted);
            inside.spawn(move || marks.set(place)).expect("room");
        }
        inside.close();
        assert!(matches!(inside.spawn(|| {}), Err(Refused::Closed(_))));
        end();
    };
    pool.spawn(closing).expect("room");
    ended.recv().expect("it does not wait for itself");
    // From outside it waits.
    pool.close();
    marks.assert_once_each();
    assert_eq!(pool.counters().panicked, 0);
}

#[test]
fn last_handle_may_go_in_a_job() {
    let (gone, is_gone) = sync_channel(1);
    let pool = Arc::new(pool(2, 16));
    let meeting = Arc::new(Barrier::new(2));
    let (inside, here) = (Arc::clone(&pool), Arc::clone(&meeting));
    let job = move || {
        here.wait();
        let last: Pool = Arc::into_inner(inside).expect("the other handle is gone");
        drop(last);
        gone.send(()).expect("a test");
    };
    pool.spawn(job).expect("room");
    drop(pool);
    meeting.wait();
    is_gone.recv().expect("it does not wait for itself");
}

#[test]
fn whoever_closes_waits_for_the_end() {
    for _ in 0..100 {
        let pool = pool(2, 16);
        let marks = Arc::new(Marks::new(4));
        for place in 0..4 {
            let marks = Arc::clone(&marks);
            pool.spawn(move || marks.set(place)).expect("room");
        }
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    pool.close();
                    marks.assert_once_each();
                });
            }
        });
    }
}
