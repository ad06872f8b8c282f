//! The executor on a loop that knows nothing of it: one thread that waits for a descriptor with a timeout, as `poll()` does, and callbacks
//! on other threads that write a byte to it. No async runtime is there.

#![cfg(unix)]

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use mcp_engine_executor::{
    Event, Failure, KeyConfig, Limits, Outcome, Policy, Pool, PoolConfig, QuotaConfig, Rate,
    Returns, Scheduler, Scope, Task,
};

/// Everything a schedule is made of, on real time: limits, a rate, retries, dependencies, a deadline, a scope.
#[test]
fn a_plain_poll_loop_drives_a_whole_schedule() {
    let mut foreign = ForeignLoop::new();
    let scheduler = &mut foreign.scheduler;
    let policy = Policy { initial_ns: 1_000_000, ..Policy::default() };
    let policy = scheduler.set_policy("flaky", policy).expect("room");
    let rate = Rate { starts: 1, period_ns: 100_000, burst: 4 };
    let quota = QuotaConfig { concurrency: Some(2), rate: Some(rate) };
    let quota = scheduler.open_quota(&quota).expect("room");
    let config = KeyConfig { quotas: &[quota], ..KeyConfig::default() };
    let keys = [1, 3]
        .map(|weight| scheduler.open_key(&KeyConfig { weight, ..config }).expect("room for a key"));
    let scope = scheduler.open_scope(&Scope::default()).expect("room");
    let mut before = Vec::new();
    for tag in 0..200 {
        // Every seventh fails at first, every fifth waits for the one before.
        let task = Task {
            tag,
            parent: Some(scope),
            policy,
            after: if tag % 5 == 4 { &before } else { &[] },
            ..Task::new(keys[tag as usize % 2])
        };
        before = vec![scheduler.submit(&task, 0).expect("room")];
    }
    scheduler.close_scope(scope, 0).expect("a scope");
    let blocked = Task { after: &[scope], deadline_ns: Some(20_000_000_000), ..Task::new(keys[0]) };
    scheduler.submit(&Task { tag: 1_000, ..blocked }, 0).expect("room");

    let ended = foreign.run();
    assert_eq!(ended.len(), 202);
    assert!(ended.iter().all(|(_, outcome)| *outcome == Outcome::Succeeded));
    assert_eq!(ended.last().map(|(tag, _)| *tag), Some(1_000));
    let counters = foreign.scheduler.counters();
    assert_eq!((counters.succeeded, counters.retried), (201, 29));
}

struct ForeignLoop {
    scheduler: Scheduler,
    returns: Returns,
    pool: Pool,
    /// What the loop waits for.
    bell: UnixStream,
    began: Instant,
}

impl ForeignLoop {
    fn new() -> Self {
        let (bell, rope) = UnixStream::pair().expect("two descriptors");
        rope.set_nonblocking(true).expect("a socket can do that");
        // When it is full of bytes already, the loop will wake all the same.
        let ring = move || drop((&rope).write(&[1]));
        let pool = Pool::new(PoolConfig { threads: 2, ..PoolConfig::default() });
        Self {
            scheduler: Scheduler::new(Limits { running: 4, ..Limits::default() }),
            returns: Returns::new(ring),
            pool: pool.expect("threads"),
            bell,
            began: Instant::now(),
        }
    }

    /// Until nothing is left; returns the ends in their order.
    fn run(&mut self) -> Vec<(u64, Outcome)> {
        let mut ended = Vec::new();
        while !self.scheduler.is_empty() {
            let now = self.began.elapsed().as_nanos() as u64;
            self.returns.collect(&mut self.scheduler, now);
            self.scheduler.handle_timeout(now);
            while let Some(event) = self.scheduler.poll_event() {
                if let Event::Ended { tag, outcome, .. } = event {
                    ended.push((tag, outcome));
                }
            }
            if !self.begin(now) && !self.scheduler.is_empty() {
                self.wait(now);
            }
        }
        ended
    }

    /// Hands out what may run. Whether there was anything.
    fn begin(&mut self, now: u64) -> bool {
        let Some(ready) = self.scheduler.poll_ready(now) else { return false };
        let permit = self.returns.permit(ready);
        let spawned = self.pool.spawn(move || {
            if permit.tag().is_multiple_of(7) && permit.attempt() == 1 && permit.tag() < 1_000 {
                permit.fail(&Failure::default());
            } else {
                permit.succeed();
            }
        });
        assert!(spawned.is_ok());
        true
    }

    /// `poll()` for the bell, with a timeout.
    fn wait(&mut self, now: u64) {
        let ns = self.scheduler.poll_timeout().map(|due| due.saturating_sub(now).max(1_000));
        self.bell.set_read_timeout(ns.map(Duration::from_nanos)).expect("a timeout");
        // However many bytes there are: it is time to look.
        if let Err(error) = self.bell.read(&mut [0; 64]).map(drop) {
            assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
        }
    }
}
