//! What is paused does not start, and goes on when everything above it does.

use mcp_engine_executor::{Outcome, Policy, Settled, State, Task, TaskId};

use crate::stage::Stage;

#[test]
fn nothing_below_a_paused_scope_starts_and_the_others_do() {
    let (mut stage, [outer, _, _]) = nested();
    stage.pause(outer);
    assert_eq!(stage.start_all(), [0]);
    stage.resume(outer);
    assert_eq!(stage.start_all(), [2, 3, 1], "in the order of the tree");
}

#[test]
fn what_is_submitted_later_is_held_too() {
    let (mut stage, [outer, inner, _]) = nested();
    stage.pause(outer);
    let key = stage.key();
    let task = stage.submit(Task { tag: 9, parent: Some(inner), ..Task::new(key) });
    let scope = stage.scope(Some(inner));
    let below = stage.submit(Task { tag: 10, parent: Some(scope), ..Task::new(key) });
    for task in [task, below] {
        assert_eq!(stage.scheduler.state(task), Ok(State::Held));
    }
    stage.resume(outer);
    let started = stage.start_all();
    assert!(started.contains(&9) && started.contains(&10), "{started:?}");
}

#[test]
fn what_was_paused_itself_is_not_resumed_from_above() {
    let (mut stage, [outer, inner, _]) = nested();
    stage.pause(inner);
    stage.pause(outer);
    stage.resume(outer);
    assert_eq!(stage.start_all(), [0, 1]);
    stage.resume(inner);
    assert_eq!(stage.start_all(), [2, 3]);
}

#[test]
fn what_is_resumed_below_a_pause_waits_for_that_above() {
    let (mut stage, [outer, inner, task]) = nested();
    stage.pause(outer);
    stage.pause(inner);
    stage.resume(inner);
    stage.resume(task);
    assert_eq!(stage.start_all(), [0]);
    stage.resume(outer);
    assert_eq!(stage.start_all(), [2, 3, 1], "in the order of the tree");
}

#[test]
fn to_pause_twice_is_to_pause_once() {
    let (mut stage, [outer, _, _]) = nested();
    stage.pause(outer);
    stage.pause(outer);
    stage.resume(outer);
    assert_eq!(stage.start_all().len(), 4);
}

#[test]
fn to_resume_what_is_not_paused_changes_nothing() {
    let (mut stage, [outer, inner, task]) = nested();
    for task in [outer, inner, task] {
        stage.resume(task);
    }
    assert_eq!(stage.start_all(), [1, 2, 3, 0]);
}

#[test]
fn what_runs_goes_on_and_its_next_attempt_is_held() {
    let mut stage = Stage::new();
    let policy = stage.policy(Policy { initial_ns: 0, ..Policy::default() });
    let key = stage.key();
    let task = stage.submit(Task { policy, ..Task::new(key) });
    stage.start();
    stage.pause(task);
    assert_eq!((stage.scheduler.state(task), stage.events()), (Ok(State::Running), vec![]));
    assert_eq!(stage.fail(task), Settled::Retries { at_ns: 0 });
    assert_eq!(stage.next(), None);
    assert_eq!(stage.scheduler.state(task), Ok(State::Held));
    stage.resume(task);
    assert_eq!(stage.next().map(|ready| ready.attempt), Some(2));
    assert_eq!(stage.succeed(task), Settled::Ended(Outcome::Succeeded));
}

#[test]
fn what_waits_for_others_is_held_when_they_have_ended() {
    let mut stage = Stage::new();
    let key = stage.key();
    let first = stage.submit(Task { tag: 1, ..Task::new(key) });
    let second = stage.submit(Task { tag: 2, after: &[first], ..Task::new(key) });
    stage.pause(second);
    assert_eq!(stage.turns(), [1]);
    assert_eq!(stage.scheduler.state(second), Ok(State::Held));
    stage.resume(second);
    assert_eq!(stage.turns(), [2]);
}

#[test]
fn what_was_held_joins_the_queue_at_its_end() {
    let mut stage = Stage::narrow();
    let key = stage.key();
    let first = stage.submit(Task { tag: 1, ..Task::new(key) });
    stage.pause(first);
    stage.submit(Task { tag: 2, ..Task::new(key) });
    stage.resume(first);
    assert_eq!(stage.turns(), [2, 1]);
}

#[test]
fn a_key_whose_only_task_is_paused_leaves_its_turn_to_others() {
    let mut stage = Stage::narrow();
    let (first, second) = (stage.key(), stage.key());
    let held = stage.submit(Task { tag: 1, ..Task::new(first) });
    stage.submit(Task { tag: 2, ..Task::new(second) });
    stage.pause(held);
    assert_eq!(stage.turns(), [2]);
    stage.resume(held);
    assert_eq!(stage.turns(), [1]);
}

/// A scope with a task, a scope in it with two, and a task of its own: 1, 2, 3 and 0 are their tags. Yields the scopes and task 3.
fn nested() -> (Stage, [TaskId; 3]) {
    let mut stage = Stage::new();
    let key = stage.key();
    let outer = stage.scope(None);
    let inner = stage.scope(Some(outer));
    let mut submit = |tag, parent| stage.submit(Task { tag, parent, ..Task::new(key) });
    submit(1, Some(outer));
    submit(2, Some(inner));
    let task = submit(3, Some(inner));
    submit(0, None);
    (stage, [outer, inner, task])
}
