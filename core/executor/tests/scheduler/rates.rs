//! How fast tasks start.

use mcp_engine_executor::{KeyConfig, KeyId, Limits, QuotaConfig, Rate, Task};

use crate::stage::Stage;

/// Three at once, then one each 100 ns.
const RATE: Rate = Rate { starts: 10, period_ns: 1_000, burst: 3 };

#[test]
fn a_key_has_its_burst_and_then_its_pace() {
    let mut stage = Stage::new();
    let key = stage.key_with(KeyConfig { rate: Some(RATE), ..KeyConfig::default() });
    fill(&mut stage, &[key], 8);
    assert_eq!(starts(&mut stage), [0, 0, 0, 100, 200, 300, 400, 500]);
}

#[test]
fn a_key_that_was_idle_has_its_burst_again_and_no_more() {
    let mut stage = Stage::new();
    let key = stage.key_with(KeyConfig { rate: Some(RATE), ..KeyConfig::default() });
    fill(&mut stage, &[key], 3);
    assert_eq!(starts(&mut stage), [0, 0, 0]);
    stage.at(10_000);
    fill(&mut stage, &[key], 5);
    assert_eq!(starts(&mut stage), [10_000, 10_000, 10_000, 10_100, 10_200]);
}

#[test]
fn attempts_count_as_starts() {
    let mut stage = Stage::new();
    let key =
        stage.key_with(KeyConfig { rate: Some(Rate { burst: 1, ..RATE }), ..KeyConfig::default() });
    let policy = mcp_engine_executor::Policy { initial_ns: 1, ..Default::default() };
    let policy = stage.policy(policy);
    let task = stage.submit(Task { policy, ..Task::new(key) });
    stage.start();
    stage.fail(task);
    stage.at(1);
    assert_eq!(stage.next(), None, "the rate forbids it");
    stage.at(100);
    assert_eq!(stage.next().map(|ready| ready.attempt), Some(2));
}

#[test]
fn what_is_done_inline_counts_as_a_start_and_keeps_the_rate() {
    let mut stage = Stage::new();
    let key =
        stage.key_with(KeyConfig { rate: Some(Rate { burst: 1, ..RATE }), ..KeyConfig::default() });
    let start = |stage: &mut Stage, now| {
        let started = stage.scheduler.try_start(&Task::new(key), now).expect("it may be asked");
        started.map(|ready| stage.succeed(ready.id)).is_some()
    };
    assert!(start(&mut stage, 0));
    assert!(!start(&mut stage, 99), "too early");
    assert!(start(&mut stage, 100));
}

#[test]
fn keys_share_the_rate_of_their_quota() {
    let mut stage = Stage::new();
    let quota = stage.quota(QuotaConfig { concurrency: None, rate: Some(RATE) });
    let keys = [(); 3].map(|()| of_quota(&mut stage, quota));
    fill(&mut stage, &keys, 3);
    assert_eq!(starts(&mut stage), [0, 0, 0, 100, 200, 300, 400, 500, 600]);
}

#[test]
fn the_rate_of_a_quota_is_kept_by_starts_though_keys_have_waited_for_the_gate_of_all() {
    let mut stage = Stage::with(Limits { running: 1, ..Limits::default() });
    let other = stage.key();
    let blocker = stage.submit(Task::new(other));
    stage.start();
    let quota = stage.quota(QuotaConfig { concurrency: None, rate: Some(RATE) });
    let keys = [(); 5].map(|()| of_quota(&mut stage, quota));
    // They pass the quota and wait behind the blocker, for as long as ten starts take.
    fill(&mut stage, &keys, 2);
    stage.at(1_000);
    assert_eq!(stage.next(), None);
    stage.succeed(blocker);
    let begun = starts(&mut stage);
    assert_eq!(begun.len(), 10);
    assert_kept(&begun);
    assert_eq!(begun[..4], [1_000, 1_000, 1_000, 1_100], "and nothing is lost by waiting");
}

#[test]
fn who_gives_up_its_turn_gives_its_start_back() {
    let mut stage = Stage::with(Limits { running: 1, ..Limits::default() });
    let other = stage.key();
    let blocker = stage.submit(Task::new(other));
    stage.start();
    let quota =
        stage.quota(QuotaConfig { concurrency: None, rate: Some(Rate { burst: 1, ..RATE }) });
    let (first, second) = (of_quota(&mut stage, quota), of_quota(&mut stage, quota));
    let given_up = stage.submit(Task { tag: 1, ..Task::new(first) });
    stage.submit(Task { tag: 2, ..Task::new(second) });
    stage.cancel(given_up);
    stage.succeed(blocker);
    assert_eq!(stage.next().map(|ready| ready.tag), Some(2));
}

#[test]
fn the_slowest_of_several_rates_holds() {
    let mut stage = Stage::new();
    let slow = Rate { starts: 1, period_ns: 250, burst: 1 };
    let quotas =
        [RATE, slow].map(|rate| stage.quota(QuotaConfig { concurrency: None, rate: Some(rate) }));
    let fast = Some(Rate { starts: 1_000, ..RATE });
    let key = stage.key_with(KeyConfig { rate: fast, quotas: &quotas, ..KeyConfig::default() });
    fill(&mut stage, &[key], 4);
    assert_eq!(starts(&mut stage), [0, 250, 500, 750]);
}

#[test]
fn a_rate_of_nothing_is_one_start_in_its_period() {
    let mut stage = Stage::new();
    let rate = Some(Rate { starts: 0, period_ns: 10, burst: 0 });
    let key = stage.key_with(KeyConfig { rate, ..KeyConfig::default() });
    fill(&mut stage, &[key], 3);
    assert_eq!(starts(&mut stage), [0, 10, 20]);
}

fn of_quota(stage: &mut Stage, quota: mcp_engine_executor::QuotaId) -> KeyId {
    stage.key_with(KeyConfig { quotas: &[quota], ..KeyConfig::default() })
}

fn fill(stage: &mut Stage, keys: &[KeyId], tasks: usize) {
    for key in keys {
        (0..tasks).for_each(|_| _ = stage.submit(Task::new(*key)));
    }
}

/// Lets time pass until nothing is left. Yields when tasks started; each is done at once.
fn starts(stage: &mut Stage) -> Vec<u64> {
    let mut starts = Vec::new();
    loop {
        let begun = stage.turns().len();
        starts.extend(std::iter::repeat_n(stage.now, begun));
        stage.events();
        let Some(due) = stage.scheduler.poll_timeout() else { return starts };
        stage.at(due);
    }
}

/// No span of time has more starts than the burst and what its length allows.
fn assert_kept(starts: &[u64]) {
    for (at, begin) in starts.iter().enumerate() {
        for (count, end) in (1..).zip(&starts[at..]) {
            let allowed = u64::from(RATE.burst) + (end - begin) / 100;
            assert!(count <= allowed, "{count} starts from {begin} to {end}");
        }
    }
}
