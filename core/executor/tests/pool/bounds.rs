//! How much may wait, and what a pool may be made of.

use std::sync::Arc;
use std::thread;

use mcp_engine_executor::{Pool, PoolConfig, PoolError, Refused};

use super::{Running, pool, signal};

#[test]
fn job_beyond_the_bound_comes_back() {
    let pool = pool(1, 3);
    let running = Running::on(&pool);
    (0..3).for_each(|_| pool.spawn(|| {}).expect("room"));
    let text = String::from("untouched");
    let refused = pool.spawn(move || assert_eq!(text, "untouched")).expect_err("no room");
    assert!(matches!(refused, Refused::Full(_)));
    assert_eq!(refused.to_string(), "too many jobs wait for the pool");
    (refused.into_job())();
    let counters = pool.counters();
    assert_eq!((counters.submitted, counters.waiting, counters.refused), (4, 3, 1));
    running.end();
}

#[test]
fn room_is_there_again_once_a_job_runs() {
    let pool = pool(1, 1);
    for _ in 0..100 {
        let running = Running::on(&pool);
        let (job, done) = signal();
        pool.spawn(job).expect("the running job does not wait");
        assert!(pool.spawn(|| {}).is_err());
        running.end();
        done.recv().expect("a job");
    }
}

#[test]
fn jobs_of_jobs_are_bounded_too() {
    let pool = Arc::new(pool(1, 3));
    let (inside, (end, ended)) = (Arc::clone(&pool), signal());
    let parent = move || {
        (0..3).for_each(|_| inside.spawn(|| {}).expect("room"));
        assert!(matches!(inside.spawn(|| {}), Err(Refused::Full(_))));
        end();
    };
    pool.spawn(parent).expect("room");
    ended.recv().expect("a job");
    pool.close();
    let counters = pool.counters();
    assert_eq!((counters.completed, counters.panicked, counters.refused), (4, 0, 1));
}

#[test]
fn bound_holds_however_many_spawn() {
    let pool = pool(1, 10);
    let running = Running::on(&pool);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..10).filter(|_| pool.spawn(|| {}).is_ok()).count());
        }
    });
    let counters = pool.counters();
    assert_eq!((counters.submitted, counters.waiting, counters.refused), (11, 10, 30));
    running.end();
}

#[test]
fn pools_that_make_no_sense_are_refused() {
    let config = PoolConfig::default();
    let none = Pool::new(PoolConfig { threads: 0, ..config.clone() });
    assert!(matches!(none, Err(PoolError::Threads(0))));
    let many = PoolConfig::MOST_THREADS + 1;
    let many = Pool::new(PoolConfig { threads: many, ..config.clone() });
    assert!(matches!(many, Err(PoolError::Threads(1025))));
    let no_queue = Pool::new(PoolConfig { queued: 0, ..config });
    assert!(matches!(no_queue, Err(PoolError::NoQueue)));
}

#[test]
fn threads_are_named_and_numbered() {
    let name = "callbacks".to_owned();
    let pool = Pool::new(PoolConfig { threads: 1, name, ..PoolConfig::default() });
    let pool = pool.expect("threads");
    let job = || assert_eq!(thread::current().name(), Some("callbacks-0"));
    pool.spawn(job).expect("room");
    pool.close();
    assert_eq!(pool.counters().completed, 1);
}
