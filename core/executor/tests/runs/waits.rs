//! Signals and questions.

use mcp_engine_executor::{
    Ask, Error, Misuse, RunEvent, RunId, RunLimits, Wait, WaitId, WaitOutcome, Waited,
};

use crate::Desk;

fn wait(name: &str, after: u64) -> Wait<'_> {
    Wait { name, after, ..Wait::default() }
}

fn waits(waited: Waited) -> WaitId {
    match waited {
        Waited::Waits(wait) => wait,
        Waited::Signal { .. } => panic!("there is no such signal yet"),
    }
}

fn over(run: RunId, wait: WaitId, outcome: WaitOutcome) -> RunEvent {
    RunEvent::Wait { run, wait, tag: 0, outcome }
}

#[test]
fn a_signal_that_comes_before_the_wait_is_not_lost() {
    let mut desk = Desk::new(RunLimits::default());
    let run = desk.running("a");
    let version = desk.runs.signal(run, "go", b"now", 1).expect("room");
    let signal = Waited::Signal { version, payload: b"now"[..].into() };
    assert_eq!(desk.runs.wait(run, &wait("go", 0), 2), Ok(signal.clone()));
    // It stays until it is acknowledged.
    assert_eq!(desk.runs.wait(run, &wait("go", 0), 2), Ok(signal));
    assert!(matches!(desk.runs.wait(run, &wait("go", version), 2), Ok(Waited::Waits(_))));
    assert!(matches!(desk.runs.wait(run, &wait("go", 0), 2), Ok(Waited::Waits(_))));
}

#[test]
fn two_signals_are_two() {
    let mut desk = Desk::new(RunLimits::default());
    let run = desk.running("a");
    let first = waits(desk.runs.wait(run, &wait("go", 0), 0).expect("room"));
    let versions = [1, 2].map(|now| desk.runs.signal(run, "go", b"", now).expect("room"));
    let signal = WaitOutcome::Signal { version: versions[0], payload: b""[..].into() };
    assert_eq!(desk.events().last(), Some(&over(run, first, signal)));
    let second = desk.runs.wait(run, &wait("go", versions[0]), 3);
    assert!(matches!(second, Ok(Waited::Signal { version, .. }) if version == versions[1]));
}

#[test]
fn all_that_wait_for_a_name_get_it_and_nobody_else_does() {
    let mut desk = Desk::new(RunLimits::default());
    let (run, other) = (desk.running("a"), desk.running("b"));
    let go = [(); 2].map(|()| waits(desk.runs.wait(run, &wait("go", 0), 0).expect("room")));
    waits(desk.runs.wait(run, &wait("stop", 0), 0).expect("room"));
    waits(desk.runs.wait(other, &wait("go", 0), 0).expect("room"));
    desk.runs.signal(run, "go", b"x", 1).expect("room");
    let signal = WaitOutcome::Signal { version: 1, payload: b"x"[..].into() };
    assert_eq!(desk.events(), go.map(|wait| over(run, wait, signal.clone())));
}

#[test]
fn the_version_of_a_run_stands_for_everything_up_to_now() {
    let mut desk = Desk::new(RunLimits::default());
    let run = desk.running("a");
    desk.runs.signal(run, "go", b"old", 1).expect("room");
    let version = desk.runs.view(run).expect("it is kept").version;
    let wait = waits(desk.runs.wait(run, &wait("go", version), 2).expect("room"));
    let version = desk.runs.signal(run, "go", b"new", 3).expect("room");
    let signal = WaitOutcome::Signal { version, payload: b"new"[..].into() };
    assert_eq!(desk.events(), [over(run, wait, signal)]);
}

#[test]
fn a_wait_ends_with_its_deadline() {
    let mut desk = Desk::new(RunLimits::default());
    let run = desk.running("a");
    let until = |deadline| Wait { deadline_ns: Some(deadline), ..wait("go", 0) };
    let late = waits(desk.runs.wait(run, &until(5), 10).expect("room"));
    assert_eq!(desk.events(), [over(run, late, WaitOutcome::TimedOut)]);
    let soon = waits(desk.runs.wait(run, &until(20), 10).expect("room"));
    assert_eq!(desk.runs.poll_timeout(), Some(20));
    desk.runs.handle_timeout(19);
    assert_eq!(desk.events(), []);
    desk.runs.handle_timeout(20);
    assert_eq!(desk.events(), [over(run, soon, WaitOutcome::TimedOut)]);
    assert_eq!(desk.runs.counters().timed_out, 2);
}

#[test]
fn a_question_is_open_until_it_is_answered() {
    let mut desk = Desk::new(RunLimits::default());
    let run = desk.running("a");
    let ask = |prompt| Ask { prompt, ..Ask::default() };
    let [first, second] =
        [&b"name?"[..], b"age?"].map(|text| desk.runs.ask(run, &ask(text), 0).expect("room"));
    let open = |desk: &Desk| {
        let questions = desk.runs.questions(run).expect("it is kept");
        questions.map(|question| (question.wait, question.prompt.to_vec())).collect::<Vec<_>>()
    };
    assert_eq!(open(&desk), [(first, b"name?".to_vec()), (second, b"age?".to_vec())]);
    desk.runs.answer(first, Ok(b"Ada"), 1).expect("it is open");
    assert_eq!(open(&desk), [(second, b"age?".to_vec())]);
    let answered = WaitOutcome::Answered(b"Ada"[..].into());
    assert_eq!(desk.events(), [over(run, first, answered)]);
    assert_eq!(desk.runs.answer(first, Ok(b"Bob"), 1), Err(Misuse::UnknownWait.into()));
}

#[test]
fn a_question_that_cannot_be_answered_says_why_and_has_no_answer() {
    let mut desk = Desk::new(RunLimits::default());
    let run = desk.running("a");
    let asked = desk.runs.ask(run, &Ask::default(), 0).expect("room");
    desk.runs.answer(asked, Err("nobody is there"), 1).expect("it is open");
    let refused = WaitOutcome::Refused("nobody is there".into());
    assert_eq!(desk.events(), [over(run, asked, refused)]);
}

#[test]
fn a_signal_does_not_answer_a_question_nor_an_answer_a_wait() {
    let mut desk = Desk::new(RunLimits::default());
    let run = desk.running("a");
    let asked = desk.runs.ask(run, &Ask::default(), 0).expect("room");
    let waiting = waits(desk.runs.wait(run, &wait("", 0), 0).expect("room"));
    desk.runs.signal(run, "", b"", 1).expect("room");
    let misuse = |misuse: Misuse| Err(Error::from(misuse));
    assert_eq!(desk.runs.answer(waiting, Ok(b""), 1), misuse(Misuse::UnknownWait));
    let other = waits(desk.runs.wait(run, &wait("other", 0), 0).expect("room"));
    assert_eq!(desk.runs.answer(other, Ok(b""), 1), misuse(Misuse::NotAsked));
    assert_eq!(desk.events().len(), 1);
    assert_eq!(desk.runs.withdraw(asked, 2), Ok(()));
    assert_eq!(desk.events(), [over(run, asked, WaitOutcome::Withdrawn)]);
}

#[test]
fn signals_reach_a_run_that_is_paused() {
    let mut desk = Desk::new(RunLimits::default());
    let run = desk.running("a");
    desk.runs.pause(run, &mut desk.scheduler, 0).expect("it runs");
    let wait = waits(desk.runs.wait(run, &wait("go", 0), 0).expect("room"));
    desk.runs.signal(run, "go", b"", 1).expect("room");
    let signal = WaitOutcome::Signal { version: 1, payload: b""[..].into() };
    assert_eq!(desk.events().last(), Some(&over(run, wait, signal)));
}
