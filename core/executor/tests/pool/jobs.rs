//! Every job runs, once, wherever it comes from.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier};
use std::thread;

use super::{Marks, pool, signal};

#[test]
fn jobs_from_many_threads_run_once_each() {
    let (pool, marks) = (Arc::new(pool(4, MANY)), Arc::new(Marks::new(MANY)));
    thread::scope(|scope| {
        for producer in 0..4 {
            let (pool, marks) = (&pool, &marks);
            scope.spawn(move || {
                for place in (producer..MANY).step_by(4) {
                    let marks = Arc::clone(marks);
                    pool.spawn(move || marks.set(place)).expect("room");
                }
            });
        }
    });
    pool.close();
    marks.assert_once_each();
    assert_eq!(pool.counters().completed, MANY as u64);
}

#[test]
fn jobs_of_a_worker_that_is_busy_are_stolen() {
    let (pool, marks) = (Arc::new(pool(4, MANY + 1)), Arc::new(Marks::new(MANY)));
    let (done, all_done) = sync_channel(MANY);
    let (inside, counted) = (Arc::clone(&pool), Arc::clone(&marks));
    let (end, ended) = signal();
    let busy = move || {
        for place in 0..MANY {
            let (marks, done) = (Arc::clone(&counted), done.clone());
            let job = move || {
                marks.set(place);
                done.send(()).expect("the busy job waits");
            };
            inside.spawn(job).expect("room");
        }
        // From here on this worker runs nothing: the others have to take all of it.
        (0..MANY).for_each(|_| all_done.recv().expect("a job"));
        end();
    };
    pool.spawn(busy).expect("room");
    ended.recv().expect("a job");
    pool.close();
    marks.assert_once_each();
    assert!(pool.counters().stolen > 0);
}

#[test]
fn jobs_spawn_jobs_that_spawn_jobs() {
    fn tree(pool: &Arc<mcp_engine_executor::Pool>, marks: &Arc<Marks>, place: usize) {
        marks.set(place);
        for child in [2 * place + 1, 2 * place + 2] {
            if child < marks.0.len() {
                let (pool_, marks) = (Arc::clone(pool), Arc::clone(marks));
                pool.spawn(move || tree(&pool_, &marks, child)).expect("room");
            }
        }
    }
    let (pool, marks) = (Arc::new(pool(3, MANY)), Arc::new(Marks::new(1023)));
    let (root, counted) = (Arc::clone(&pool), Arc::clone(&marks));
    pool.spawn(move || tree(&root, &counted, 0)).expect("room");
    while pool.counters().completed != 1023 {
        thread::yield_now();
    }
    marks.assert_once_each();
}

#[test]
fn as_many_jobs_run_at_once_as_there_are_threads() {
    let pool = pool(4, 8);
    for _ in 0..500 {
        let meeting = Arc::new(Barrier::new(5));
        for _ in 0..4 {
            let meeting = Arc::clone(&meeting);
            pool.spawn(move || _ = meeting.wait()).expect("room");
        }
        meeting.wait();
    }
}

#[test]
fn children_of_one_job_run_at_once() {
    let pool = Arc::new(pool(4, 8));
    for _ in 0..500 {
        let meeting = Arc::new(Barrier::new(5));
        let (inside, here) = (Arc::clone(&pool), Arc::clone(&meeting));
        let parent = move || {
            for _ in 0..3 {
                let meeting = Arc::clone(&here);
                inside.spawn(move || _ = meeting.wait()).expect("room");
            }
            here.wait();
        };
        pool.spawn(parent).expect("room");
        meeting.wait();
    }
}

#[test]
fn job_that_spawns_itself_forever_lets_others_pass() {
    fn again(pool: &Arc<mcp_engine_executor::Pool>, stop: &Arc<AtomicBool>) {
        if !stop.load(Ordering::Relaxed) {
            let (pool_, stop) = (Arc::clone(pool), Arc::clone(stop));
            pool.spawn(move || again(&pool_, &stop)).expect("room");
        }
    }
    let (pool, stop) = (Arc::new(pool(1, 8)), Arc::new(AtomicBool::new(false)));
    let (inside, flag) = (Arc::clone(&pool), Arc::clone(&stop));
    pool.spawn(move || again(&inside, &flag)).expect("room");
    pool.spawn(move || stop.store(true, Ordering::Relaxed)).expect("room");
    pool.close();
}

#[test]
fn job_for_another_pool_goes_there() {
    let (near, far) = (pool(1, 8), Arc::new(pool(1, 8)));
    let (job, done) = signal();
    let other = Arc::clone(&far);
    near.spawn(move || other.spawn(job).expect("room")).expect("room");
    done.recv().expect("a job");
    far.close();
    assert_eq!(far.counters().completed, 1);
}

#[test]
fn job_may_use_the_parking_of_its_thread() {
    let pool = pool(1, 8);
    for _ in 0..100 {
        let (job, done) = signal();
        let odd = || {
            thread::current().unpark();
            thread::current().unpark();
        };
        pool.spawn(odd).expect("room");
        pool.spawn(job).expect("room");
        done.recv().expect("a job");
    }
}

const MANY: usize = 2000;
