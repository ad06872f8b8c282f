//! Ends are told once each, in the order in which they were decided.

use mcp_engine_executor::{Event, Needs, Outcome, Task};

use crate::stage::Stage;

#[test]
fn ends_come_in_the_order_of_completion() {
    let mut stage = Stage::new();
    let key = stage.key();
    let tasks = [0, 1, 2, 3, 4].map(|tag| stage.submit(Task { tag, ..Task::new(key) }));
    stage.start_all();
    for at in [3, 0, 4, 1, 2] {
        stage.succeed(tasks[at]);
    }
    let tags: Vec<_> = stage.ends().into_iter().map(|(tag, _)| tag).collect();
    assert_eq!(tags, [3, 0, 4, 1, 2]);
    assert_eq!(stage.events(), []);
}

#[test]
fn what_follows_from_an_end_comes_behind_it() {
    let mut stage = Stage::new();
    let key = stage.key();
    let first = stage.submit(Task { tag: 1, ..Task::new(key) });
    let second = stage.submit(Task { tag: 2, after: &[first], ..Task::new(key) });
    stage.submit(Task { tag: 3, after: &[second], ..Task::new(key) });
    stage.submit(Task { tag: 4, parent: Some(second), ..Task::new(key) });
    stage.cancel(first);
    let ends = [
        (1, Outcome::Cancelled),
        (2, Outcome::Skipped),
        (3, Outcome::Skipped),
        (4, Outcome::Cancelled),
    ];
    assert_eq!(stage.ends(), ends);
}

#[test]
fn who_stands_alone_does_not_pass_who_has_something_to_tell() {
    let mut stage = Stage::new();
    let key = stage.key();
    let parent = stage.submit(Task { tag: 1, ..Task::new(key) });
    let child = |tag| Task { tag, parent: Some(parent), ..Task::new(key) };
    let first = stage.submit(child(2));
    stage.submit(child(3));
    stage.submit(Task { tag: 4, after: &[first], ..Task::new(key) });
    stage.cancel(parent);
    let tags: Vec<_> = stage.ends().into_iter().map(|(tag, _)| tag).collect();
    assert_eq!(tags, [1, 2, 3, 4]);
}

#[test]
fn a_driver_is_told_to_stop_before_it_hears_of_any_end() {
    let mut stage = Stage::new();
    let key = stage.key();
    let quiet = stage.submit(Task { tag: 1, ..Task::new(key) });
    let running = stage.submit(Task { tag: 2, ..Task::new(key) });
    stage.next();
    stage.next();
    stage.succeed(quiet);
    stage.cancel(running);
    let events = stage.events();
    assert!(matches!(events[0], Event::Stop { tag: 2, .. }), "{events:?}");
    assert!(matches!(events[1], Event::Ended { tag: 1, .. }), "{events:?}");
    assert!(matches!(events[2], Event::Ended { tag: 2, .. }), "{events:?}");
}

#[test]
fn a_scope_ends_behind_its_last_child() {
    let mut stage = Stage::new();
    let key = stage.key();
    let scope = stage.scope(None);
    let inner = stage.scope(Some(scope));
    let task = stage.submit(Task { tag: 1, parent: Some(inner), ..Task::new(key) });
    stage.close(scope);
    stage.close(inner);
    stage.start();
    assert_eq!(stage.ends(), []);
    stage.succeed(task);
    assert_eq!(stage.events().len(), 3);
    assert!(stage.scheduler.is_empty());
}

#[test]
fn a_scope_that_is_closed_while_it_is_empty_ends_at_once() {
    let mut stage = Stage::new();
    let scope = stage.scope(None);
    stage.close(scope);
    let ended = Event::Ended { id: scope, tag: 0, outcome: Outcome::Succeeded };
    assert_eq!(stage.events(), [ended]);
}

#[test]
fn every_outcome_has_its_counter() {
    let mut stage = Stage::new();
    let key = stage.key();
    let tasks = [(); 4].map(|()| stage.submit(Task::new(key)));
    stage.submit(Task { after: &[tasks[1]], needs: Needs::Success, ..Task::new(key) });
    stage.submit(Task { deadline_ns: Some(5), ..Task::new(key) });
    for task in &tasks[..2] {
        assert_eq!(stage.next().map(|ready| ready.id), Some(*task));
    }
    stage.succeed(tasks[0]);
    stage.fail(tasks[1]);
    stage.cancel(tasks[2]);
    stage.at(5);
    stage.cancel(tasks[3]);
    let counters = stage.scheduler.counters();
    assert_eq!((counters.submitted, counters.started, counters.ended()), (6, 2, 6));
    assert_eq!((counters.succeeded, counters.failed, counters.cancelled), (1, 1, 2));
    assert_eq!((counters.timed_out, counters.skipped), (1, 1));
}
