//! Every limit is reached once.

use mcp_engine_executor::{Ask, Error, Finish, Limit, RunCounters, RunLimits, Wait, Waited};

use crate::Desk;

/// What is refused by a limit changes nothing and is counted.
fn assert_refused<T: std::fmt::Debug + PartialEq>(
    desk: &mut Desk,
    limit: Limit,
    counter: fn(&RunCounters) -> u64,
    what: impl FnOnce(&mut Desk) -> Result<T, Error>,
) {
    let (held, before) = (desk.runs.held_bytes(), counter(desk.runs.counters()));
    assert_eq!(what(desk), Err(Error::LimitExceeded { limit }));
    assert_eq!(counter(desk.runs.counters()), before + 1, "{limit}");
    assert_eq!(desk.runs.held_bytes(), held);
    desk.runs.assert_sound();
}

#[test]
fn runs() {
    let mut desk = Desk::new(RunLimits { runs: 2, ..RunLimits::default() });
    let first = desk.running("a");
    desk.running("b");
    assert_refused(&mut desk, Limit::Runs, |c| c.refused_runs, |desk| desk.try_open("c", 0));
    // Those that have ended make room.
    desk.runs.cancel(first, &mut desk.scheduler, 1).expect("it is known");
    assert_refused(&mut desk, Limit::Runs, |c| c.refused_runs, |desk| desk.try_open("c", 1));
    desk.events();
    assert!(desk.try_open("c", 1).is_ok());
}

#[test]
fn a_scheduler_without_room_refuses_runs() {
    let mut desk = Desk::new(RunLimits::default());
    desk.scheduler = mcp_engine_executor::Scheduler::new(mcp_engine_executor::Limits {
        tasks: 0,
        ..Default::default()
    });
    let refused = desk.try_open("a", 0);
    assert_eq!(refused, Err(Error::LimitExceeded { limit: Limit::Tasks }));
    assert_eq!((desk.runs.len(), desk.runs.held_bytes()), (0, 0));
}

#[test]
fn waits() {
    let mut desk = Desk::new(RunLimits { waits: 1, ..RunLimits::default() });
    let run = desk.running("a");
    let wait = desk.runs.wait(run, &Wait::default(), 0).expect("room");
    let Waited::Waits(wait) = wait else { panic!("nothing was sent") };
    assert_refused(
        &mut desk,
        Limit::Waits,
        |c| c.refused_waits,
        |desk| desk.runs.wait(run, &Wait::default(), 0),
    );
    desk.runs.withdraw(wait, 0).expect("it is open");
    assert_refused(
        &mut desk,
        Limit::Waits,
        |c| c.refused_waits,
        |desk| desk.runs.ask(run, &Ask::default(), 0),
    );
    desk.events();
    assert!(desk.runs.ask(run, &Ask::default(), 0).is_ok());
}

#[test]
fn signals() {
    let mut desk = Desk::new(RunLimits { signals: 2, ..RunLimits::default() });
    let run = desk.running("a");
    let version = desk.runs.signal(run, "go", b"", 0).expect("room");
    desk.runs.signal(run, "stop", b"", 0).expect("room");
    assert_refused(
        &mut desk,
        Limit::Signals,
        |c| c.refused_signals,
        |desk| desk.runs.signal(run, "go", b"", 0),
    );
    let acknowledge = Wait { name: "go", after: version, ..Wait::default() };
    desk.runs.wait(run, &acknowledge, 0).expect("room");
    assert!(desk.runs.signal(run, "go", b"", 0).is_ok());
}

#[test]
fn signal_bytes() {
    let mut desk = Desk::new(RunLimits { signal_bytes: 10, ..RunLimits::default() });
    let run = desk.running("a");
    desk.runs.signal(run, "go", b"12345", 0).expect("room");
    assert_refused(
        &mut desk,
        Limit::SignalBytes,
        |c| c.refused_signal_bytes,
        |desk| desk.runs.signal(run, "go", b"12", 0),
    );
    assert!(desk.runs.signal(run, "go", b"1", 0).is_ok());
}

#[test]
fn name_bytes() {
    let mut desk = Desk::new(RunLimits { name_bytes: 6, ..RunLimits::default() });
    let run = desk.running("a");
    let counter = |c: &RunCounters| c.refused_names;
    assert_refused(&mut desk, Limit::NameBytes, counter, |desk| desk.try_open("too long", 0));
    assert_refused(&mut desk, Limit::NameBytes, counter, |desk| {
        desk.runs.signal(run, "too long", b"", 0)
    });
    assert_refused(&mut desk, Limit::NameBytes, counter, |desk| {
        desk.runs.wait(run, &Wait { name: "too long", ..Wait::default() }, 0)
    });
}

#[test]
fn payload_bytes() {
    let mut desk = Desk::new(RunLimits { payload_bytes: 4, ..RunLimits::default() });
    let run = desk.running("a");
    let asked = desk.runs.ask(run, &Ask::default(), 0).expect("room");
    let counter = |c: &RunCounters| c.refused_payloads;
    let long = &b"12345"[..];
    assert_refused(&mut desk, Limit::PayloadBytes, counter, |desk| {
        desk.runs.signal(run, "go", long, 0)
    });
    assert_refused(&mut desk, Limit::PayloadBytes, counter, |desk| {
        desk.runs.ask(run, &Ask { prompt: long, ..Ask::default() }, 0)
    });
    assert_refused(&mut desk, Limit::PayloadBytes, counter, |desk| {
        desk.runs.answer(asked, Ok(long), 0)
    });
    assert_refused(&mut desk, Limit::PayloadBytes, counter, |desk| {
        desk.runs.answer(asked, Err("nobody"), 0)
    });
    assert_refused(&mut desk, Limit::PayloadBytes, counter, |desk| {
        desk.runs.finish(run, Finish::Completed(long), &mut desk.scheduler, 0)
    });
}

#[test]
fn bytes() {
    let mut desk = Desk::new(RunLimits { bytes: 20, ..RunLimits::default() });
    let counter = |c: &RunCounters| c.refused_bytes;
    // "deploy" and "a" are held.
    let run = desk.running("a");
    desk.runs.signal(run, "go", b"12345678", 0).expect("room");
    assert_refused(&mut desk, Limit::Bytes, counter, |desk| desk.try_open("bcde", 0));
    assert_refused(&mut desk, Limit::Bytes, counter, |desk| {
        desk.runs.ask(run, &Ask { prompt: b"how?", ..Ask::default() }, 0)
    });
    // Those that have ended make room.
    desk.runs.finish(run, Finish::Completed(b"123"), &mut desk.scheduler, 0).expect("room");
    desk.events();
    assert_eq!(desk.runs.held_bytes(), 10);
    assert!(desk.try_open("abcdefghijklmn", 0).is_ok());
    assert_eq!(desk.runs.len(), 1);
}

#[test]
fn what_is_delivered_to_many_is_counted_for_each() {
    let mut desk = Desk::new(RunLimits { bytes: 20, ..RunLimits::default() });
    let run = desk.running("a");
    for _ in 0..3 {
        desk.runs.wait(run, &Wait::default(), 0).expect("room");
    }
    assert_refused(
        &mut desk,
        Limit::Bytes,
        |c| c.refused_bytes,
        |desk| desk.runs.signal(run, "", b"1234", 0),
    );
    assert!(desk.runs.signal(run, "", b"123", 0).is_ok());
    assert_eq!(desk.runs.held_bytes(), 7 + 4 * 3);
    desk.events();
    assert_eq!(desk.runs.held_bytes(), 7 + 3);
}
