//! When what has failed is tried again.

use mcp_engine_executor::{
    Completion, Failure, Outcome, Policy, PolicyId, Settled, State, Task, TaskId,
};

use crate::stage::Stage;

#[test]
fn attempts_are_tried_again_after_waits_that_grow() {
    let (mut stage, task) = tried(Policy { attempts: 4, initial_ns: 100, ..Policy::default() });
    for (attempt, wait) in [(1, 100), (2, 200), (3, 400)] {
        assert_eq!(stage.next().map(|ready| ready.attempt), Some(attempt));
        let at_ns = stage.now + wait;
        assert_eq!(stage.fail(task), Settled::Retries { at_ns });
        assert_eq!(stage.scheduler.state(task), Ok(State::Waiting));
        assert_eq!(stage.scheduler.poll_timeout(), Some(at_ns));
        stage.at(at_ns - 1);
        assert_eq!(stage.next(), None, "too early");
        stage.at(at_ns);
    }
    assert_eq!(stage.next().map(|ready| ready.attempt), Some(4));
    assert_eq!(stage.fail(task), Settled::Ended(Outcome::Failed));
    let counters = stage.scheduler.counters();
    assert_eq!((counters.started, counters.retried, counters.failed), (4, 3, 1));
}

#[test]
fn without_a_wait_the_next_attempt_is_ready_at_once() {
    let (mut stage, task) = tried(Policy { initial_ns: 0, ..Policy::default() });
    stage.start();
    assert_eq!(stage.fail(task), Settled::Retries { at_ns: 0 });
    assert_eq!(stage.next().map(|ready| ready.attempt), Some(2));
}

#[test]
fn once_is_once_where_no_policy_says_more() {
    for policy in [Policy::ONCE, Policy { attempts: 0, ..Policy::default() }] {
        let (mut stage, task) = tried(policy);
        stage.start();
        assert_eq!(stage.fail(task), Settled::Ended(Outcome::Failed));
    }
}

#[test]
fn the_other_side_may_ask_for_time() {
    let (mut stage, task) = tried(Policy::default());
    stage.start();
    let failure = Failure { retry_after_ns: Some(777), ..Failure::default() };
    let settled = stage.complete(task, Completion::Failed(failure));
    assert_eq!(settled, Settled::Retries { at_ns: 777 });
}

#[test]
fn the_other_side_may_not_ask_for_another_attempt() {
    let (mut stage, task) = tried(Policy { attempts: 1, ..Policy::default() });
    stage.start();
    let failure = Failure { retry_after_ns: Some(0), ..Failure::default() };
    let settled = stage.complete(task, Completion::Failed(failure));
    assert_eq!(settled, Settled::Ended(Outcome::Failed));
}

#[test]
fn after_a_final_kind_of_failure_there_is_no_other_attempt() {
    let policy = || Policy { final_kinds: vec!["denied".into()], ..Policy::default() };
    for (kind, is_final) in [("denied", true), ("Denied", false), ("denied.", false), ("", false)] {
        let (mut stage, task) = tried(policy());
        stage.start();
        let failure = Failure { kind, retry_after_ns: Some(5), random: 0 };
        let settled = stage.complete(task, Completion::Failed(failure));
        assert_eq!(settled == Settled::Ended(Outcome::Failed), is_final, "{kind:?}");
    }
}

#[test]
fn what_was_abandoned_is_not_tried_again() {
    let (mut stage, task) = tried(Policy::default());
    stage.start();
    let settled = stage.complete(task, Completion::Abandoned);
    assert_eq!(settled, Settled::Ended(Outcome::Failed));
}

#[test]
fn jitter_is_what_the_driver_draws() {
    for (random, wait) in [(0, 1_000), (1 << 63, 750), (u64::MAX, 500)] {
        let (mut stage, task) =
            tried(Policy { initial_ns: 1_000, jitter: 0.5, ..Policy::default() });
        stage.start();
        let failure = Failure { random, ..Failure::default() };
        let settled = stage.complete(task, Completion::Failed(failure));
        assert_eq!(settled, Settled::Retries { at_ns: wait });
    }
}

#[test]
fn the_closest_name_has_the_policy() {
    let mut stage = Stage::new();
    let patterns = ["*", "tools.*", "tools.web.*", "search", "web.search", "tools.search", "list"];
    for (attempts, pattern) in (10..).zip(patterns) {
        let policy = Policy { attempts, ..Policy::default() };
        stage.scheduler.set_policy(pattern, policy).expect("room");
    }
    let expected = [
        ("tools.search", "tools.search"),
        ("tools.web.search", "web.search"),
        ("files.search", "search"),
        ("search", "search"),
        ("tools.web.fetch", "tools.web.*"),
        ("tools.read", "tools.*"),
        ("research", "*"),
        ("list.all", "*"),
        ("", "*"),
    ];
    for (name, pattern) in expected {
        let attempts = 10 + patterns.iter().position(|known| *known == pattern).expect("known");
        assert_eq!(attempts_of(&mut stage, name), attempts as u32, "{name} is like {pattern}");
    }
}

#[test]
fn a_policy_that_is_set_again_holds_for_what_was_submitted_before() {
    let (mut stage, task) = tried(Policy::ONCE);
    stage.start();
    stage.policy(Policy { initial_ns: 30, ..Policy::default() });
    assert_eq!(stage.fail(task), Settled::Retries { at_ns: 30 });
}

#[test]
fn without_any_policy_a_name_has_one_attempt() {
    let stage = Stage::new();
    assert_eq!(stage.scheduler.policy_of("tools.search"), PolicyId::ONCE);
}

/// A task under a policy.
fn tried(policy: Policy) -> (Stage, TaskId) {
    let mut stage = Stage::new();
    let (policy, key) = (stage.policy(policy), stage.key());
    let task = stage.submit(Task { policy, ..Task::new(key) });
    (stage, task)
}

/// How often a task of this name is tried.
fn attempts_of(stage: &mut Stage, name: &str) -> u32 {
    let (policy, key) = (stage.scheduler.policy_of(name), stage.key());
    let task = stage.submit(Task { policy, ..Task::new(key) });
    let failure = Failure { retry_after_ns: Some(0), ..Failure::default() };
    loop {
        let attempt = stage.next().expect("it is tried").attempt;
        if stage.complete(task, Completion::Failed(failure)) == Settled::Ended(Outcome::Failed) {
            return attempt;
        }
    }
}
