//! A permit is held from `poll_ready` to `complete`, whatever happens in between.

use mcp_engine_executor::{
    Completion, KeyConfig, Outcome, Policy, QuotaConfig, Settled, StopReason, Task,
};

use crate::stage::{Stage, Told};

#[test]
fn a_cancelled_task_that_runs_holds_its_permit_until_it_is_given_back() {
    let mut stage = Stage::narrow();
    let key = stage.key();
    let task = stage.submit(Task { tag: 1, ..Task::new(key) });
    stage.submit(Task { tag: 2, ..Task::new(key) });
    assert_eq!(stage.next().map(|ready| ready.tag), Some(1));
    assert_eq!(stage.cancel(task), Outcome::Cancelled);
    let told =
        [Told::Stop(1, StopReason::Ended(Outcome::Cancelled)), Told::Ended(1, Outcome::Cancelled)];
    assert_eq!(stage.told(), told);
    assert_eq!((stage.next(), stage.scheduler.running()), (None, 1));
    assert_eq!(stage.succeed(task), Settled::Late(Outcome::Cancelled));
    assert_eq!(stage.scheduler.counters().late, 1);
    assert_eq!(stage.next().map(|ready| ready.tag), Some(2));
}

#[test]
fn permits_of_the_key_and_of_its_quotas_come_back_together() {
    let mut stage = Stage::new();
    let quota = stage.quota(QuotaConfig { concurrency: Some(1), rate: None });
    let one = KeyConfig { concurrency: Some(1), quotas: &[quota], ..KeyConfig::default() };
    let (first, second) = (stage.key_with(one), stage.key_with(one));
    let task = stage.submit(Task { tag: 1, ..Task::new(first) });
    stage.submit(Task { tag: 2, ..Task::new(first) });
    stage.submit(Task { tag: 3, ..Task::new(second) });
    stage.start();
    stage.cancel(task);
    assert_eq!(stage.next(), None);
    stage.complete(task, Completion::Abandoned);
    assert_eq!(stage.turns(), [3, 2]);
}

#[test]
fn whoever_waits_for_another_attempt_holds_no_permit() {
    let mut stage = Stage::narrow();
    let (policy, key) = (stage.policy(Policy::default()), stage.key());
    let task = stage.submit(Task { tag: 1, policy, ..Task::new(key) });
    stage.submit(Task { tag: 2, ..Task::new(key) });
    assert_eq!(stage.next().map(|ready| ready.id), Some(task));
    stage.fail(task);
    assert_eq!(stage.turn(), Some(2));
}

#[test]
fn what_was_given_back_before_the_driver_heard_of_it_is_not_told_to_stop() {
    let mut stage = Stage::new();
    let key = stage.key();
    let task = stage.submit(Task { tag: 1, ..Task::new(key) });
    stage.start();
    stage.cancel(task);
    stage.succeed(task);
    assert_eq!(stage.told(), [Told::Ended(1, Outcome::Cancelled)]);
}

#[test]
fn a_key_that_gives_up_its_turn_at_the_last_gate_gives_back_what_it_holds() {
    let mut stage = Stage::narrow();
    let (other, blocker) = (stage.key(), Task::new);
    let blocker = stage.submit(blocker(other));
    stage.start();
    let quota = stage.quota(QuotaConfig { concurrency: Some(1), rate: None });
    let of_quota = KeyConfig { quotas: &[quota], ..KeyConfig::default() };
    let (first, second) = (stage.key_with(of_quota), stage.key_with(of_quota));
    let given_up = stage.submit(Task { tag: 1, ..Task::new(first) });
    stage.submit(Task { tag: 2, ..Task::new(second) });
    stage.cancel(given_up);
    stage.succeed(blocker);
    assert_eq!(stage.turns(), [2]);
}
