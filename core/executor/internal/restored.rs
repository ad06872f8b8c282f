//! What is restored from bytes that nobody vouches for, and how it comes to its end.

#![expect(clippy::expect_used, reason = "a panic is how a check reports what it found")]

use crate::snapshot::with_header;
use crate::{Completion, Event, Failure, Limits, RunEvent, RunLimits, Runs, Scheduler, restore};

/// The moment of the restoration, long after everything in the snapshot or just then.
const NOW: u64 = 1 << 50;

/// Restores bytes, with a header in front of them if they have none. What is restored is sound, and comes to its end. Returns whether it was.
///
/// # Panics
///
/// When a rule does not hold.
pub fn try_bytes(input: &[u8]) -> bool {
    let with = if input.starts_with(b"MCPESNAP") { input.to_vec() } else { with_header(input) };
    match restore(&with, Limits::default(), RunLimits::default(), NOW, 0) {
        Ok((scheduler, runs)) => {
            come_to_an_end(scheduler, runs, NOW);
            true
        }
        Err(_) => false,
    }
}

/// From the moment of the restoration on, runs what can run, waits for what has a time, cancels the rest.
///
/// # Panics
///
/// When a rule does not hold.
pub fn come_to_an_end(mut scheduler: Scheduler, mut runs: Runs, mut now: u64) {
    assert_sound(&mut scheduler, &runs);
    for step in 0..120 {
        hear(&mut scheduler, &mut runs, now);
        if let Some(ready) = scheduler.poll_ready(now) {
            let failed = Completion::Failed(Failure::default());
            let completion = if step % 3 == 0 { failed } else { Completion::Succeeded };
            scheduler.complete(ready.id, completion, now).expect("it was handed out");
        } else if let Some(due) =
            scheduler.poll_timeout().into_iter().chain(runs.poll_timeout()).min()
        {
            now = now.max(due);
            scheduler.handle_timeout(now);
            runs.handle_timeout(now);
        } else {
            break;
        }
        if step % 8 == 0 {
            assert_sound(&mut scheduler, &runs);
        }
    }
    cancel_all(&mut scheduler, &mut runs, now);
    assert!(scheduler.is_empty() && scheduler.running() == 0, "something has not ended");
    assert!(runs.list().all(|run| run.status.is_over()), "a run has not ended");
}

fn cancel_all(scheduler: &mut Scheduler, runs: &mut Runs, now: u64) {
    let all: Vec<_> = runs.list().map(|view| view.run).collect();
    for run in all {
        runs.cancel(run, scheduler, now).expect("it is known");
    }
    for task in scheduler.known() {
        // What is known may be gone with what was cancelled before.
        let _ = scheduler.cancel(task, now);
        hear(scheduler, runs, now);
    }
    hear(scheduler, runs, now);
    assert_sound(scheduler, runs);
}

fn hear(scheduler: &mut Scheduler, runs: &mut Runs, now: u64) {
    while let Some(event) = scheduler.poll_event() {
        if let Event::Ended { id, outcome, .. } = event {
            runs.scope_ended(id, outcome, now);
        }
    }
    while let Some(event) = runs.poll_event() {
        if let RunEvent::Status { run, status, .. } = event {
            assert!(runs.status(run).is_ok_and(|now| now == status) || status.is_over());
        }
    }
}

fn assert_sound(scheduler: &mut Scheduler, runs: &Runs) {
    scheduler.assert_sound();
    runs.assert_sound();
}
