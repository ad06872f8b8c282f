//! Deadlines in every state, and attempts that take too long.

use mcp_engine_executor::{
    Completion, Outcome, Policy, Scope, Settled, State, StopReason, Task, TaskId,
};

use crate::stage::{Stage, Told};

const DUE: u64 = 100;

#[test]
fn what_comes_too_late_is_timed_out_and_never_runs() {
    let mut stage = Stage::new();
    stage.at(DUE);
    let key = stage.key();
    stage.submit(Task { tag: 1, deadline_ns: Some(DUE), ..Task::new(key) });
    assert_eq!(stage.next(), None);
    assert_eq!(stage.ends(), [(1, Outcome::TimedOut)]);
    assert!(stage.scheduler.is_empty());
}

#[test]
fn what_is_queued_is_timed_out() {
    let (mut stage, task) = due(Policy::ONCE);
    assert_ended_at_its_time(&mut stage, task, State::Queued);
    assert_eq!(stage.next(), None);
}

#[test]
fn what_is_blocked_is_timed_out_and_waits_for_nothing_any_more() {
    let mut stage = Stage::new();
    let key = stage.key();
    let first = stage.submit(Task::new(key));
    let task = Task { tag: 1, after: &[first], deadline_ns: Some(DUE), ..Task::new(key) };
    let task = stage.submit(task);
    assert_ended_at_its_time(&mut stage, task, State::Blocked);
    assert_eq!(stage.turns(), [0]);
    assert_eq!(stage.ends(), [(0, Outcome::Succeeded)]);
}

#[test]
fn what_is_held_is_timed_out_for_deadlines_stand() {
    let (mut stage, task) = due(Policy::ONCE);
    stage.pause(task);
    assert_ended_at_its_time(&mut stage, task, State::Held);
}

#[test]
fn what_waits_for_its_next_attempt_is_timed_out() {
    let (mut stage, task) = due(Policy { initial_ns: DUE - 1, ..Policy::default() });
    stage.start();
    assert_eq!(stage.fail(task), Settled::Retries { at_ns: DUE - 1 });
    stage.pause(task);
    stage.at(DUE - 1);
    assert_eq!(stage.scheduler.state(task), Ok(State::Held));
    stage.resume(task);
    assert_ended_at_its_time(&mut stage, task, State::Queued);
}

#[test]
fn an_attempt_that_would_come_after_the_deadline_is_not_waited_for() {
    let (mut stage, task) = due(Policy { initial_ns: DUE, ..Policy::default() });
    stage.start();
    assert_eq!(stage.fail(task), Settled::Ended(Outcome::Failed));
}

#[test]
fn what_runs_is_told_to_stop_and_its_end_does_not_wait_for_it() {
    let (mut stage, task) = due(Policy::default());
    stage.start();
    stage.at(DUE);
    let told =
        [Told::Stop(1, StopReason::Ended(Outcome::TimedOut)), Told::Ended(1, Outcome::TimedOut)];
    assert_eq!(stage.told(), told);
    assert_eq!(stage.scheduler.running(), 1);
    assert_eq!(stage.succeed(task), Settled::Late(Outcome::TimedOut));
    assert_eq!((stage.scheduler.running(), stage.told()), (0, vec![]));
}

#[test]
fn what_was_asked_to_stop_for_its_attempt_is_told_again_when_its_deadline_comes() {
    let mut stage = Stage::new();
    let key = stage.key();
    let timed = Task { attempt_ns: Some(10), deadline_ns: Some(DUE), ..Task::new(key) };
    let task = stage.submit(Task { tag: 1, ..timed });
    stage.start();
    stage.at(10);
    assert_eq!(stage.told(), [Told::Stop(1, StopReason::AttemptTimedOut)]);
    assert_eq!(stage.scheduler.state(task), Ok(State::Stopping));
    stage.at(DUE);
    let told =
        [Told::Stop(1, StopReason::Ended(Outcome::TimedOut)), Told::Ended(1, Outcome::TimedOut)];
    assert_eq!(stage.told(), told);
    assert_eq!(stage.fail(task), Settled::Late(Outcome::TimedOut));
}

#[test]
fn an_open_scope_is_timed_out_with_everything_below_it() {
    let (mut stage, scope, task) = due_scope();
    stage.at(DUE);
    assert_eq!(stage.scheduler.state(scope), Ok(State::Closing));
    assert_eq!(stage.ends(), [(2, Outcome::Cancelled), (1, Outcome::TimedOut)]);
    assert!(stage.scheduler.state(task).is_err() && stage.scheduler.is_empty());
}

#[test]
fn a_closing_scope_is_timed_out_with_what_it_waits_for() {
    let (mut stage, scope, task) = due_scope();
    stage.close(scope);
    stage.start();
    stage.at(DUE);
    let told =
        [Told::Stop(2, StopReason::Ended(Outcome::Cancelled)), Told::Ended(2, Outcome::Cancelled)];
    assert_eq!(stage.told(), told);
    assert_eq!(stage.succeed(task), Settled::Late(Outcome::Cancelled));
    assert_eq!(stage.ends(), [(1, Outcome::TimedOut)]);
}

#[test]
fn what_has_ended_is_not_timed_out() {
    let (mut stage, task) = due(Policy::ONCE);
    stage.start();
    stage.succeed(task);
    stage.at(DUE);
    assert_eq!(stage.ends(), [(1, Outcome::Succeeded)]);
}

#[test]
fn an_attempt_that_took_too_long_is_tried_again_when_it_was_given_back() {
    let mut stage = Stage::new();
    let policy = stage.policy(Policy { attempts: 2, initial_ns: 5, ..Policy::default() });
    let key = stage.key();
    let task = stage.submit(Task { tag: 1, attempt_ns: Some(10), policy, ..Task::new(key) });
    stage.start();
    stage.at(10);
    assert_eq!(stage.told(), [Told::Stop(1, StopReason::AttemptTimedOut)]);
    assert_eq!(stage.next(), None, "its first attempt still runs");
    stage.at(12);
    assert_eq!(stage.fail(task), Settled::Retries { at_ns: 17 });
    stage.at(17);
    assert_eq!(stage.next().map(|ready| ready.attempt), Some(2));
    stage.at(27);
    assert_eq!(stage.told(), [Told::Stop(1, StopReason::AttemptTimedOut)]);
    assert_eq!(stage.fail(task), Settled::Ended(Outcome::TimedOut), "it was the last");
}

#[test]
fn an_attempt_that_took_too_long_may_still_have_gone_well() {
    let (mut stage, task) = long_attempt();
    assert_eq!(stage.succeed(task), Settled::Ended(Outcome::Succeeded));
}

#[test]
fn an_attempt_that_took_too_long_and_was_abandoned_is_timed_out() {
    let (mut stage, task) = long_attempt();
    let settled = stage.complete(task, Completion::Abandoned);
    assert_eq!(settled, Settled::Ended(Outcome::TimedOut));
}

#[test]
fn an_attempt_that_ends_in_time_is_not_told_to_stop() {
    let mut stage = Stage::new();
    let policy = stage.policy(Policy { initial_ns: 0, ..Policy::default() });
    let key = stage.key();
    let task = stage.submit(Task { attempt_ns: Some(10), policy, ..Task::new(key) });
    stage.start();
    stage.at(9);
    assert_eq!(stage.fail(task), Settled::Retries { at_ns: 9 });
    stage.at(10);
    assert_eq!((stage.told(), stage.scheduler.poll_timeout()), (vec![], None));
}

/// A task whose deadline is `DUE`.
fn due(policy: Policy) -> (Stage, TaskId) {
    let mut stage = Stage::new();
    let (policy, key) = (stage.policy(policy), stage.key());
    let task = stage.submit(Task { tag: 1, deadline_ns: Some(DUE), policy, ..Task::new(key) });
    (stage, task)
}

/// A scope whose deadline is `DUE`, and a task below.
fn due_scope() -> (Stage, TaskId, TaskId) {
    let mut stage = Stage::new();
    let key = stage.key();
    let scope = Scope { tag: 1, deadline_ns: Some(DUE), parent: None };
    let scope = stage.scheduler.open_scope(&scope).expect("room");
    let task = stage.submit(Task { tag: 2, parent: Some(scope), ..Task::new(key) });
    (stage, scope, task)
}

/// A task whose first attempt of many runs for too long.
fn long_attempt() -> (Stage, TaskId) {
    let mut stage = Stage::new();
    let (policy, key) = (stage.policy(Policy::default()), stage.key());
    let task = stage.submit(Task { attempt_ns: Some(10), policy, ..Task::new(key) });
    stage.start();
    stage.at(10);
    (stage, task)
}

fn assert_ended_at_its_time(stage: &mut Stage, task: TaskId, state: State) {
    stage.at(DUE - 1);
    assert_eq!(stage.scheduler.state(task), Ok(state));
    assert_eq!(stage.ends(), []);
    assert_eq!(stage.scheduler.poll_timeout(), Some(DUE));
    stage.at(DUE);
    assert_eq!(stage.ends(), [(1, Outcome::TimedOut)]);
    assert!(stage.scheduler.state(task).is_err(), "its end was told");
}
