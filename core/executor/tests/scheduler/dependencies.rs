//! What waits for others, and what becomes of it when they end.

use mcp_engine_executor::{Needs, Outcome, State, Task};

use crate::stage::Stage;

#[test]
fn a_task_starts_when_all_that_it_waits_for_have_succeeded() {
    let mut stage = Stage::new();
    let key = stage.key();
    let tasks = [1, 2, 3].map(|tag| stage.submit(Task { tag, ..Task::new(key) }));
    let last = stage.submit(Task { tag: 4, after: &tasks, ..Task::new(key) });
    assert_eq!(stage.start_all(), [1, 2, 3]);
    for task in tasks {
        assert_eq!(stage.scheduler.state(last), Ok(State::Blocked));
        stage.succeed(task);
    }
    assert_eq!(stage.start_all(), [4]);
}

#[test]
fn one_that_fails_skips_all_behind_it() {
    let mut stage = Stage::new();
    let key = stage.key();
    let first = stage.submit(Task { tag: 1, ..Task::new(key) });
    let second = stage.submit(Task { tag: 2, after: &[first], ..Task::new(key) });
    stage.submit(Task { tag: 3, after: &[second], ..Task::new(key) });
    stage.start();
    stage.fail(first);
    let skipped = Outcome::Skipped;
    assert_eq!(stage.ends(), [(1, Outcome::Failed), (2, skipped), (3, skipped)]);
    assert!(stage.scheduler.is_empty());
}

#[test]
fn who_needs_only_ends_goes_on_after_whatever_comes() {
    let mut stage = Stage::new();
    let key = stage.key();
    let good = stage.submit(Task { tag: 1, ..Task::new(key) });
    let bad = stage.submit(Task { tag: 2, ..Task::new(key) });
    let after = &[good, bad];
    stage.submit(Task { tag: 3, after, needs: Needs::End, ..Task::new(key) });
    assert_eq!(stage.start_all(), [1, 2]);
    stage.cancel(bad);
    assert_eq!(stage.next(), None);
    stage.succeed(good);
    assert_eq!(stage.next().map(|ready| ready.tag), Some(3));
}

#[test]
fn what_waits_for_something_that_has_failed_already_is_skipped_at_once() {
    let mut stage = Stage::new();
    let key = stage.key();
    let first = stage.submit(Task { tag: 1, ..Task::new(key) });
    stage.cancel(first);
    stage.submit(Task { tag: 2, after: &[first], ..Task::new(key) });
    assert_eq!(stage.ends(), [(1, Outcome::Cancelled), (2, Outcome::Skipped)]);
}

#[test]
fn one_that_is_named_twice_is_waited_for_once() {
    let mut stage = Stage::new();
    let key = stage.key();
    let first = stage.submit(Task { tag: 1, ..Task::new(key) });
    stage.submit(Task { tag: 2, after: &[first, first], ..Task::new(key) });
    assert_eq!(stage.turns(), [1, 2]);
}

#[test]
fn a_scope_is_waited_for_until_its_last_child_is_gone() {
    let mut stage = Stage::new();
    let key = stage.key();
    let scope = stage.scope(None);
    stage.submit(Task { tag: 2, after: &[scope], ..Task::new(key) });
    stage.submit(Task { tag: 1, parent: Some(scope), ..Task::new(key) });
    stage.close(scope);
    assert_eq!(stage.turn(), Some(1));
    assert_eq!(stage.ends().first(), Some(&(1, Outcome::Succeeded)));
    assert_eq!(stage.turn(), Some(2));
}
