//! Whoever is cancelled takes its children along, and nobody else.

use mcp_engine_executor::{Needs, Outcome, Policy, State, Task, TaskId};

use crate::stage::Stage;

#[test]
fn children_are_cancelled_and_nobody_else() {
    let mut stage = Stage::new();
    let key = stage.key();
    let task = |stage: &mut Stage, tag, parent: Option<TaskId>| {
        stage.submit(Task { tag, parent, ..Task::new(key) })
    };
    let grandparent = task(&mut stage, 1, None);
    let parent = task(&mut stage, 2, Some(grandparent));
    let child = task(&mut stage, 3, Some(parent));
    task(&mut stage, 4, Some(child));
    task(&mut stage, 5, Some(grandparent));
    task(&mut stage, 6, None);
    assert_eq!(stage.cancel(parent), Outcome::Cancelled);
    assert_cancelled(&mut stage, &[2, 3, 4]);
    assert_eq!(stage.turns(), [1, 5, 6]);
}

#[test]
fn what_a_cancelled_task_waits_for_goes_on() {
    let mut stage = Stage::new();
    let key = stage.key();
    let first = stage.submit(Task { tag: 1, ..Task::new(key) });
    let second = stage.submit(Task { tag: 2, after: &[first], ..Task::new(key) });
    stage.cancel(second);
    assert_eq!(stage.turns(), [1]);
}

#[test]
fn whoever_waits_for_a_cancelled_task_is_skipped_or_goes_on_as_it_said() {
    let mut stage = Stage::new();
    let key = stage.key();
    let first = stage.submit(Task { tag: 1, ..Task::new(key) });
    stage.submit(Task { tag: 2, after: &[first], ..Task::new(key) });
    stage.submit(Task { tag: 3, after: &[first], needs: Needs::End, ..Task::new(key) });
    stage.cancel(first);
    assert_eq!(stage.ends(), [(1, Outcome::Cancelled), (2, Outcome::Skipped)]);
    assert_eq!(stage.turns(), [3]);
}

#[test]
fn a_task_is_cancelled_in_every_state() {
    for (state, reach) in STATES {
        let mut stage = Stage::new();
        let task = reach(&mut stage);
        assert_eq!(stage.scheduler.state(task), Ok(*state));
        assert_eq!(stage.cancel(task), Outcome::Cancelled, "{state:?}");
        assert_eq!(stage.cancel(task), Outcome::Cancelled, "once more");
        let ends = stage.ends();
        let own = ends.iter().filter(|end| **end == (1, Outcome::Cancelled)).count();
        assert_eq!(own, 1, "{state:?}: {ends:?}");
        assert_eq!(stage.turns().len(), usize::from(*state == State::Blocked));
        assert_eq!(stage.scheduler.poll_timeout(), None, "{state:?}");
    }
}

#[test]
fn what_has_ended_stays_so_and_its_children_can_still_be_cancelled() {
    let mut stage = Stage::new();
    let key = stage.key();
    let parent = stage.submit(Task { tag: 1, ..Task::new(key) });
    let child = stage.submit(Task { tag: 2, parent: Some(parent), ..Task::new(key) });
    assert_eq!(stage.next().map(|ready| ready.id), Some(parent));
    stage.succeed(parent);
    assert_eq!(stage.ends(), [(1, Outcome::Succeeded)]);
    assert_eq!(stage.cancel(parent), Outcome::Succeeded);
    assert_cancelled(&mut stage, &[2]);
    assert!(stage.scheduler.state(child).is_err() && stage.scheduler.is_empty());
}

#[test]
fn children_of_a_task_that_fails_are_cancelled_and_those_of_one_that_succeeds_go_on() {
    for succeeds in [true, false] {
        let mut stage = Stage::new();
        let key = stage.key();
        let parent = stage.submit(Task { tag: 1, ..Task::new(key) });
        stage.submit(Task { tag: 2, parent: Some(parent), ..Task::new(key) });
        stage.next();
        if succeeds {
            stage.succeed(parent)
        } else {
            stage.fail(parent)
        };
        assert_eq!(stage.turns().len(), usize::from(succeeds));
    }
}

#[test]
fn a_scope_that_closes_is_cancelled_with_what_is_left() {
    let mut stage = Stage::new();
    let key = stage.key();
    let scope = stage.scope(None);
    let task = |tag| Task { tag, parent: Some(scope), ..Task::new(key) };
    stage.submit(task(1));
    stage.submit(task(2));
    stage.close(scope);
    assert_eq!(stage.turn(), Some(1));
    assert_eq!(stage.cancel(scope), Outcome::Cancelled);
    let ends = [(1, Outcome::Succeeded), (2, Outcome::Cancelled), (0, Outcome::Cancelled)];
    assert_eq!(stage.ends(), ends);
}

fn assert_cancelled(stage: &mut Stage, tags: &[u64]) {
    let mut ends = stage.ends();
    ends.sort_unstable_by_key(|(tag, _)| *tag);
    let expected: Vec<_> = tags.iter().map(|tag| (*tag, Outcome::Cancelled)).collect();
    assert_eq!(ends, expected);
}

/// A state, and how to bring a task into it.
type Way = (State, fn(&mut Stage) -> TaskId);

/// The states of tasks that have not ended, and how to get there with one that has the tag 1.
const STATES: &[Way] = &[
    (State::Blocked, |stage| {
        let key = stage.key();
        let first = stage.submit(Task::new(key));
        stage.submit(Task { tag: 1, after: &[first], ..Task::new(key) })
    }),
    (State::Held, |stage| {
        let task = queued(stage);
        stage.pause(task);
        task
    }),
    (State::Queued, queued),
    (State::Waiting, |stage| {
        let task = queued(stage);
        stage.start();
        stage.fail(task);
        task
    }),
    (State::Running, |stage| {
        let task = queued(stage);
        stage.start();
        task
    }),
    (State::Stopping, |stage| {
        let task = queued(stage);
        stage.start();
        stage.at(50);
        task
    }),
];

fn queued(stage: &mut Stage) -> TaskId {
    let (policy, key) = (stage.policy(Policy::default()), stage.key());
    let timed = Task { attempt_ns: Some(50), deadline_ns: Some(1_000_000_000), ..Task::new(key) };
    stage.submit(Task { tag: 1, policy, ..timed })
}
