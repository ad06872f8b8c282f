//! From one status to the next.

use mcp_engine_executor::{
    Error, Event, Finish, Misuse, Outcome, Run, RunEvent, RunLimits, Scope, State, Status,
};

use crate::Desk;

#[test]
fn a_run_goes_from_one_status_to_the_next() {
    let mut desk = Desk::new(RunLimits::default());
    let run = desk.try_open("a", 0).expect("room");
    assert_eq!(desk.runs.status(run), Ok(Status::Initialized));
    desk.runs.schedule(run, 1).expect("it is new");
    assert_eq!(desk.runs.status(run), Ok(Status::Scheduled));
    desk.runs.start(run, 2).expect("it is scheduled");
    assert_eq!(desk.runs.status(run), Ok(Status::Running));
    let finish = Finish::Completed(b"42");
    desk.runs.finish(run, finish, &mut desk.scheduler, 3).expect("it runs");
    let view = desk.runs.view(run).expect("it is kept");
    assert_eq!((view.status, view.opened_ns, view.updated_ns), (Status::Completed, 0, 3));
    assert_eq!(view.result.map(|result| &result[..]), Some(&b"42"[..]));
    // What was not polled in between is told once.
    let status = RunEvent::Status { run, tag: 1, status: Status::Completed };
    assert_eq!(desk.events(), [status]);
}

#[test]
fn a_status_that_does_not_follow_is_refused() {
    let mut desk = Desk::new(RunLimits::default());
    let run = desk.try_open("a", 0).expect("room");
    let wrong = Err(Error::ApiMisuse(Misuse::WrongState));
    let complete = Finish::Completed(b"");
    assert_eq!(desk.runs.finish(run, complete, &mut desk.scheduler, 0), wrong);
    assert_eq!(desk.runs.resume(run, &mut desk.scheduler, 0), wrong);
    desk.runs.start(run, 0).expect("it is new");
    assert_eq!(desk.runs.start(run, 0), wrong);
    assert_eq!(desk.runs.schedule(run, 0), wrong);
    desk.runs.pause(run, &mut desk.scheduler, 0).expect("it runs");
    assert_eq!(desk.runs.pause(run, &mut desk.scheduler, 0), wrong);
    assert_eq!(desk.runs.counters().misused, 5);
}

#[test]
fn nothing_is_done_to_a_run_that_has_ended() {
    let mut desk = Desk::new(RunLimits::default());
    let run = desk.running("a");
    desk.runs.finish(run, Finish::Error(b"no disk"), &mut desk.scheduler, 1).expect("it runs");
    let ended = Err(Error::ApiMisuse(Misuse::RunEnded));
    assert_eq!(desk.runs.resume(run, &mut desk.scheduler, 2), ended);
    assert_eq!(desk.runs.pause(run, &mut desk.scheduler, 2), ended);
    assert_eq!(desk.runs.start(run, 2), ended);
    assert_eq!(desk.runs.finish(run, Finish::Completed(b""), &mut desk.scheduler, 2), ended);
    assert_eq!(desk.runs.signal(run, "go", b"", 2).map(drop), ended);
    assert_eq!(desk.runs.cancel(run, &mut desk.scheduler, 2), Ok(Status::Error));
    let view = desk.runs.view(run).expect("it is kept");
    assert_eq!(view.result.map(|result| &result[..]), Some(&b"no disk"[..]));
}

#[test]
fn what_is_below_a_paused_run_does_not_start() {
    let mut desk = Desk::new(RunLimits::default());
    let (one, other) = (desk.running("one"), desk.running("other"));
    desk.runs.pause(one, &mut desk.scheduler, 1).expect("it runs");
    let (held, free) = (desk.submit(one), desk.submit(other));
    assert_eq!(desk.scheduler.poll_ready(1).map(|ready| ready.id), Some(free));
    assert_eq!(desk.scheduler.poll_ready(1), None);
    desk.runs.resume(one, &mut desk.scheduler, 2).expect("it is paused");
    assert_eq!(desk.runs.status(one), Ok(Status::Running));
    assert_eq!(desk.scheduler.poll_ready(2).map(|ready| ready.id), Some(held));
}

#[test]
fn a_run_is_resumed_to_what_it_was() {
    let mut desk = Desk::new(RunLimits::default());
    let run = desk.try_open("a", 0).expect("room");
    desk.runs.schedule(run, 0).expect("it is new");
    desk.runs.pause(run, &mut desk.scheduler, 0).expect("it is scheduled");
    desk.runs.resume(run, &mut desk.scheduler, 0).expect("it is paused");
    assert_eq!(desk.runs.status(run), Ok(Status::Scheduled));
}

#[test]
fn a_run_that_is_cancelled_takes_nobody_of_its_name_along() {
    let mut desk = Desk::new(RunLimits::default());
    let (one, other) = (desk.running("one"), desk.running("other"));
    let (below_one, below_other) = (desk.submit(one), desk.submit(other));
    assert_eq!(desk.runs.cancel(one, &mut desk.scheduler, 1), Ok(Status::Cancelled));
    assert_eq!(desk.scheduler.state(below_one), Ok(State::Ended));
    assert_eq!(desk.scheduler.state(below_other), Ok(State::Queued));
    assert_eq!(desk.runs.status(other), Ok(Status::Running));
    assert_eq!(desk.runs.cancel(one, &mut desk.scheduler, 2), Ok(Status::Cancelled));
    assert_eq!(desk.runs.counters().cancelled, 1);
}

#[test]
fn what_is_below_a_completed_run_may_end_and_what_is_below_a_failed_one_is_cancelled() {
    let mut desk = Desk::new(RunLimits::default());
    let (good, bad) = (desk.running("good"), desk.running("bad"));
    let (below_good, below_bad) = (desk.submit(good), desk.submit(bad));
    desk.runs.finish(good, Finish::Completed(b""), &mut desk.scheduler, 1).expect("it runs");
    desk.runs.finish(bad, Finish::Error(b""), &mut desk.scheduler, 1).expect("it runs");
    assert_eq!(desk.scheduler.state(below_good), Ok(State::Queued));
    assert_eq!(desk.scheduler.state(below_bad), Ok(State::Ended));
}

#[test]
fn a_run_ends_with_what_it_is_below() {
    let mut desk = Desk::new(RunLimits::default());
    let above = desk.scheduler.open_scope(&Scope::default()).expect("room for a scope");
    let run = Run { id: "below", parent: Some(above), ..Run::default() };
    let run = desk.runs.open(&run, &mut desk.scheduler, 0).expect("room");
    let bystander = desk.running("bystander");
    desk.scheduler.cancel(above, 1).expect("it is there");
    while let Some(event) = desk.scheduler.poll_event() {
        let Event::Ended { id, outcome, .. } = event else { continue };
        assert_eq!(outcome, Outcome::Cancelled);
        let ended = desk.runs.scope_ended(id, outcome, 1);
        assert_eq!(ended, (id != above).then_some(run));
    }
    assert_eq!(desk.runs.status(run), Ok(Status::Cancelled));
    assert_eq!(desk.runs.status(bystander), Ok(Status::Running));
    desk.runs.assert_sound();
}
