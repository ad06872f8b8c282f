//! How many run at the same time: of a key, of what keys share, of all.

use mcp_engine_executor::{KeyConfig, KeyId, Limits, QuotaConfig, Task};

use crate::stage::Stage;

#[test]
fn no_more_run_than_all_may() {
    let mut stage = Stage::with(Limits { running: 2, ..Limits::default() });
    let keys = [(); 3].map(|()| stage.key());
    fill(&mut stage, &keys);
    assert_eq!(stage.start_all(), [0, 1]);
    assert_eq!(stage.scheduler.running(), 2);
}

#[test]
fn no_more_run_than_a_key_may_and_the_others_go_on() {
    let mut stage = Stage::new();
    let narrow = stage.key_with(KeyConfig { concurrency: Some(1), ..KeyConfig::default() });
    let wide = stage.key();
    fill(&mut stage, &[narrow, wide]);
    assert_eq!(stage.start_all(), [0, 1, 1, 1]);
    assert_eq!(stage.scheduler.load(narrow), Ok((2, 1)));
    assert_eq!(stage.scheduler.load(wide), Ok((0, 3)));
}

#[test]
fn no_more_run_than_a_quota_allows_its_keys_together() {
    let mut stage = Stage::new();
    let quota = stage.quota(QuotaConfig { concurrency: Some(2), rate: None });
    let shared =
        [(); 2].map(|()| stage.key_with(KeyConfig { quotas: &[quota], ..KeyConfig::default() }));
    let other = stage.key();
    fill(&mut stage, &[shared[0], shared[1], other]);
    let mut started = stage.start_all();
    started.sort_unstable();
    assert_eq!(started, [0, 1, 2, 2, 2]);
}

#[test]
fn a_key_that_may_run_nothing_waits_for_ever_and_hinders_nobody() {
    let mut stage = Stage::new();
    let none = stage.quota(QuotaConfig { concurrency: Some(0), rate: None });
    let keys = [
        stage.key_with(KeyConfig { concurrency: Some(0), ..KeyConfig::default() }),
        stage.key_with(KeyConfig { quotas: &[none], ..KeyConfig::default() }),
        stage.key(),
    ];
    fill(&mut stage, &keys);
    assert_eq!(stage.turns(), [2, 2, 2]);
    assert_eq!(stage.scheduler.poll_timeout(), None);
}

#[test]
fn what_is_done_inline_does_not_go_past_those_who_wait() {
    let mut stage = Stage::narrow();
    let (first, second) = (stage.key(), stage.key());
    stage.submit(Task::new(first));
    for key in [first, second] {
        assert_eq!(stage.scheduler.try_start(&Task::new(key), 0), Ok(None));
    }
    let running = stage.start();
    assert_eq!(stage.scheduler.try_start(&Task::new(second), 0), Ok(None), "there is no room");
    stage.succeed(running);
    let started = stage.scheduler.try_start(&Task { tag: 7, ..Task::new(second) }, 0);
    assert_eq!(
        started.map(|ready| ready.map(|ready| (ready.tag, ready.attempt))),
        Ok(Some((7, 1)))
    );
}

#[test]
fn what_is_asked_to_start_at_once_and_does_not_leaves_no_trace() {
    let mut stage = Stage::new();
    let key = stage.key_with(KeyConfig { concurrency: Some(0), ..KeyConfig::default() });
    let counters = *stage.scheduler.counters();
    assert_eq!(stage.scheduler.try_start(&Task::new(key), 0), Ok(None));
    assert!(stage.scheduler.is_empty() && *stage.scheduler.counters() == counters);
}

#[test]
fn what_has_to_wait_for_something_is_not_started_at_once() {
    let mut stage = Stage::new();
    let key = stage.key();
    let first = stage.submit(Task::new(key));
    stage.start();
    let after = Task { after: &[first], ..Task::new(key) };
    assert_eq!(stage.scheduler.try_start(&after, 0), Ok(None));
    let late = Task { deadline_ns: Some(0), ..Task::new(key) };
    assert_eq!(stage.scheduler.try_start(&late, 0), Ok(None));
    let scope = stage.scope(None);
    stage.pause(scope);
    let held = Task { parent: Some(scope), ..Task::new(key) };
    assert_eq!(stage.scheduler.try_start(&held, 0), Ok(None));
}

/// Three tasks for each key, with the place of the key for a tag.
fn fill(stage: &mut Stage, keys: &[KeyId]) {
    for (tag, key) in (0..).zip(keys) {
        (0..3).for_each(|_| _ = stage.submit(Task { tag, ..Task::new(*key) }));
    }
}
