//! Which runs there are, and how long.

use mcp_engine_executor::{Error, Finish, Misuse, Run, RunId, RunLimits};

use crate::Desk;

fn finish(desk: &mut Desk, run: RunId, now: u64) {
    desk.runs.finish(run, Finish::Completed(b"ok"), &mut desk.scheduler, now).expect("it runs");
    desk.events();
}

#[test]
fn the_run_that_something_has_happened_to_last_comes_first() {
    let mut desk = Desk::new(RunLimits::default());
    let runs = ["a", "b", "c"].map(|id| desk.running(id));
    let other = Run { workflow: "other", id: "d", ..Run::default() };
    desk.runs.open(&other, &mut desk.scheduler, 1).expect("room");
    desk.runs.signal(runs[1], "go", b"", 2).expect("room");
    let all: Vec<_> = desk.runs.list().map(|view| view.id).collect();
    assert_eq!(all, ["b", "d", "c", "a"]);
    let deploys: Vec<_> = desk.runs.list_of("deploy").map(|view| view.id).collect();
    assert_eq!(deploys, ["b", "c", "a"]);
    assert_eq!(desk.runs.list_of("nothing").count(), 0);
    assert_eq!(desk.runs.find("c"), Some(runs[2]));
    assert_eq!(desk.runs.find("e"), None);
}

#[test]
fn an_id_names_one_run() {
    let mut desk = Desk::new(RunLimits { finished: 0, ..RunLimits::default() });
    let run = desk.running("a");
    assert_eq!(desk.try_open("a", 0), Err(Error::ApiMisuse(Misuse::RunExists)));
    finish(&mut desk, run, 1);
    assert!(desk.try_open("a", 2).is_ok());
    assert_eq!(desk.runs.status(run), Err(Error::ApiMisuse(Misuse::UnknownRun)));
}

#[test]
fn what_ended_first_is_forgotten_first_and_what_runs_never() {
    let mut desk = Desk::new(RunLimits { finished: 2, ..RunLimits::default() });
    let old = desk.running("old");
    let runs = ["a", "b", "c"].map(|id| desk.running(id));
    for run in [runs[2], runs[0], runs[1]] {
        finish(&mut desk, run, 1);
    }
    let kept: Vec<_> = desk.runs.list().map(|view| view.id).collect();
    assert_eq!(kept, ["b", "a", "old"]);
    assert_eq!(desk.runs.counters().forgotten, 1);
    assert!(desk.runs.status(old).is_ok());
}

#[test]
fn what_has_ended_is_forgotten_when_its_time_is_over() {
    let mut desk = Desk::new(RunLimits { finished_ns: 100, ..RunLimits::default() });
    let (first, second) = (desk.running("a"), desk.running("b"));
    finish(&mut desk, first, 10);
    finish(&mut desk, second, 20);
    assert_eq!(desk.runs.poll_timeout(), Some(110));
    desk.runs.handle_timeout(110);
    assert_eq!((desk.runs.find("a"), desk.runs.find("b")), (None, Some(second)));
    desk.runs.handle_timeout(120);
    assert!(desk.runs.is_empty());
    assert_eq!((desk.runs.poll_timeout(), desk.runs.held_bytes()), (None, 0));
    desk.runs.assert_sound();
}

#[test]
fn a_run_is_kept_until_everything_is_said_of_it() {
    let mut desk = Desk::new(RunLimits { finished: 0, finished_ns: 0, ..RunLimits::default() });
    let run = desk.running("a");
    desk.runs.cancel(run, &mut desk.scheduler, 1).expect("it is known");
    desk.runs.handle_timeout(5);
    assert_eq!((desk.runs.len(), desk.runs.poll_timeout()), (1, None));
    assert_eq!(desk.events().len(), 1);
    assert!(desk.runs.is_empty());
}
