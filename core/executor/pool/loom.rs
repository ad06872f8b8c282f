//! The pool under the model checker, through every interleaving up to a number of preemptions: scripts/loom.sh.
//!
//! First the parking alone, with a queue that is nothing but a number, read and written without any order of its own: what is
//! seen, is seen because of the fences. Then whole pools. A wakeup that is lost is a deadlock, which loom reports.

use loom::model::Builder;

use super::parking::{Parker, Parking};
use super::{Pool, PoolConfig, Refused};
use crate::sync::{Arc, AtomicUsize, Ordering, thread};

#[test]
fn job_that_comes_while_a_worker_lies_down_is_run() {
    check(5, || {
        let room = Arc::new(Room::new(1));
        let worker = Room::worker(&room);
        room.submit();
        worker.join().expect("no panic");
        assert_eq!(room.jobs.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn two_jobs_get_two_workers() {
    // Each runs one job and never comes back from it: whoever was not woken is not replaced.
    check(3, || {
        let room = Arc::new(Room::new(2));
        let workers = [Room::worker(&room), Room::worker(&room)];
        room.submit();
        room.submit();
        workers.into_iter().for_each(|worker| worker.join().expect("no panic"));
        assert_eq!(room.jobs.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn jobs_of_two_callers_get_two_workers() {
    check(2, || {
        let room = Arc::new(Room::new(2));
        let workers = [Room::worker(&room), Room::worker(&room)];
        let other = Arc::clone(&room);
        let other = thread::spawn(move || other.submit());
        room.submit();
        other.join().expect("no panic");
        workers.into_iter().for_each(|worker| worker.join().expect("no panic"));
    });
}

#[test]
fn pool_runs_a_job_and_ends() {
    check(5, || {
        let (pool, ran) = (pool(1, 1), counter());
        pool.spawn(count(&ran)).expect("room");
        pool.close();
        assert_eq!(ran.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn two_workers_run_two_jobs_once_each() {
    check(2, || {
        let (pool, ran) = (pool(2, 2), [counter(), counter()]);
        ran.iter().for_each(|ran| pool.spawn(count(ran)).expect("room"));
        pool.close();
        assert_eq!(ran.map(|ran| ran.load(Ordering::SeqCst)), [1, 1]);
    });
}

#[test]
fn job_of_a_job_is_run() {
    check(2, || {
        let (pool, ran) = (Arc::new(pool(2, 2)), counter());
        let (inside, counted) = (Arc::clone(&pool), Arc::clone(&ran));
        let parent = move || {
            if inside.spawn(count(&counted)).is_err() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        };
        pool.spawn(parent).expect("room");
        pool.close();
        assert_eq!(ran.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn job_that_races_with_the_end_is_run_or_comes_back() {
    check(3, || {
        let (pool, ran) = (Arc::new(pool(1, 1)), counter());
        let ending = Arc::clone(&pool);
        let ending = thread::spawn(move || ending.close());
        let accepted = pool.spawn(count(&ran));
        pool.close();
        ending.join().expect("no panic");
        assert_eq!(ran.load(Ordering::SeqCst), usize::from(accepted.is_ok()));
    });
}

#[test]
fn abandoned_jobs_are_run_or_dropped() {
    check(3, || {
        let (pool, ran) = (pool(1, 2), counter());
        (0..2).for_each(|_| pool.spawn(count(&ran)).expect("room"));
        pool.abandon();
        let counters = pool.counters();
        assert_eq!(counters.completed + counters.dropped, 2);
        assert_eq!(ran.load(Ordering::SeqCst) as u64, counters.completed);
    });
}

#[test]
fn bound_is_never_exceeded() {
    check(2, || {
        let (pool, ran) = (Arc::new(pool(1, 1)), counter());
        let (other, counted) = (Arc::clone(&pool), Arc::clone(&ran));
        let other = thread::spawn(move || other.spawn(count(&counted)).is_ok());
        let mine = match pool.spawn(count(&ran)) {
            Ok(()) => true,
            Err(refused) => {
                assert!(matches!(refused, Refused::Full(_)));
                false
            }
        };
        assert!(pool.counters().waiting <= 1);
        let others = other.join().expect("no panic");
        pool.close();
        let accepted = usize::from(mine) + usize::from(others);
        assert!(accepted >= 1);
        assert_eq!(ran.load(Ordering::SeqCst), accepted);
    });
}

/// A parking with a queue that orders nothing.
struct Room {
    parking: Parking,
    jobs: AtomicUsize,
}

impl Room {
    fn new(workers: usize) -> Self {
        Self { parking: Parking::new(workers), jobs: AtomicUsize::new(0) }
    }

    fn submit(&self) {
        self.jobs.fetch_add(1, Ordering::Relaxed);
        self.parking.announce();
    }

    /// Looks and sleeps until it has one job.
    fn worker(room: &Arc<Self>) -> thread::JoinHandle<()> {
        let room = Arc::clone(room);
        thread::spawn(move || {
            let (parking, parker) = (&room.parking, Parker::here());
            parking.begin_search();
            while !room.take() {
                parking.park(&parker, || room.has_work());
            }
            parking.end_search(|| room.has_work());
        })
    }

    fn has_work(&self) -> bool {
        self.jobs.load(Ordering::Relaxed) != 0
    }

    fn take(&self) -> bool {
        let less = |jobs: usize| jobs.checked_sub(1);
        self.has_work()
            && self.jobs.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

fn pool(threads: usize, queued: usize) -> Pool {
    Pool::new(PoolConfig { threads, queued, ..PoolConfig::default() }).expect("threads")
}

fn counter() -> Arc<AtomicUsize> {
    Arc::new(AtomicUsize::new(0))
}

fn count(ran: &Arc<AtomicUsize>) -> impl FnOnce() + Send + 'static {
    let ran = Arc::clone(ran);
    move || _ = ran.fetch_add(1, Ordering::SeqCst)
}

fn check(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}
