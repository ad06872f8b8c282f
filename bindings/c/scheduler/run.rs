//! What comes out of a scheduler, and goes back into it.

use mcp_engine::executor::{Completion, Event, Outcome, Ready, Settled, State, StopReason, TaskId};

use super::mcpe_scheduler;
use super::permit::mcpe_failure;
use crate::boundary;
use crate::boundary::DONE;
use crate::handle::Handle;
use crate::pointer::{Out, Ptr};
use crate::status::{Failure, MCPE_NOTHING, mcpe_status};

/// A task to run. It holds a permit until it is completed.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_ready {
    /// Which task.
    pub task: u64,
    /// What its submitter gave it.
    pub tag: u64,
    /// Which attempt, from 1 on.
    pub attempt: u32,
    /// 0.
    pub reserved: u32,
}

/// What the driver of a scheduler has to know of.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_task_event {
    /// One of `MCPE_TASK_EVENT_…`.
    pub kind: u32,
    /// One of `MCPE_OUTCOME_…`; 0 when an attempt took too long (`STOP`), after which there may be another.
    pub outcome: u32,
    /// Which task.
    pub task: u64,
    /// What its submitter gave it.
    pub tag: u64,
}

/// What a completion has led to.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct mcpe_settled {
    /// One of `MCPE_SETTLED_…`.
    pub kind: u32,
    /// One of `MCPE_OUTCOME_…`; 0 when there is another attempt.
    pub outcome: u32,
    /// When the other attempt is.
    pub at_ns: u64,
}

/// What was handed out should stop. It keeps its permit until it is completed.
pub const MCPE_TASK_EVENT_STOP: u32 = 1;
/// A task or a scope has its outcome.
pub const MCPE_TASK_EVENT_ENDED: u32 = 2;

/// It was completed with success.
pub const MCPE_OUTCOME_SUCCEEDED: u32 = 1;
/// Its last attempt has failed.
pub const MCPE_OUTCOME_FAILED: u32 = 2;
/// It, or what it is a child of, was cancelled.
pub const MCPE_OUTCOME_CANCELLED: u32 = 3;
/// Its deadline came first, or the time for its last attempt.
pub const MCPE_OUTCOME_TIMED_OUT: u32 = 4;
/// What it waits for has not ended with success.
pub const MCPE_OUTCOME_SKIPPED: u32 = 5;

/// It went well.
pub const MCPE_COMPLETION_SUCCEEDED: u32 = 1;
/// It did not; the policy of the task says whether there is another attempt.
pub const MCPE_COMPLETION_FAILED: u32 = 2;
/// The driver gave up: there is no other attempt.
pub const MCPE_COMPLETION_ABANDONED: u32 = 3;

/// The task has ended.
pub const MCPE_SETTLED_ENDED: u32 = 1;
/// There is another attempt.
pub const MCPE_SETTLED_RETRIES: u32 = 2;
/// The outcome was decided before.
pub const MCPE_SETTLED_LATE: u32 = 3;

/// It waits for other tasks.
pub const MCPE_STATE_BLOCKED: u32 = 0;
/// It would be queued, but is paused.
pub const MCPE_STATE_HELD: u32 = 1;
/// It waits for its turn.
pub const MCPE_STATE_QUEUED: u32 = 2;
/// It waits for its next attempt.
pub const MCPE_STATE_WAITING: u32 = 3;
/// It was handed out.
pub const MCPE_STATE_RUNNING: u32 = 4;
/// It was handed out and is asked to stop.
pub const MCPE_STATE_STOPPING: u32 = 5;
/// A scope that takes children.
pub const MCPE_STATE_OPEN: u32 = 6;
/// A scope that waits for its last child.
pub const MCPE_STATE_CLOSING: u32 = 7;
/// It has its outcome.
pub const MCPE_STATE_ENDED: u32 = 8;

const _: () = {
    assert!(MCPE_STATE_BLOCKED == State::Blocked as u32 && MCPE_STATE_HELD == State::Held as u32);
    assert!(
        MCPE_STATE_QUEUED == State::Queued as u32 && MCPE_STATE_WAITING == State::Waiting as u32
    );
    assert!(MCPE_STATE_RUNNING == State::Running as u32 && MCPE_STATE_OPEN == State::Open as u32);
    assert!(MCPE_STATE_STOPPING == State::Stopping as u32);
    assert!(MCPE_STATE_CLOSING == State::Closing as u32 && MCPE_STATE_ENDED == State::Ended as u32);
    assert!(MCPE_OUTCOME_SUCCEEDED == Outcome::Succeeded as u32);
    assert!(MCPE_OUTCOME_FAILED == Outcome::Failed as u32);
    assert!(MCPE_OUTCOME_CANCELLED == Outcome::Cancelled as u32);
    assert!(MCPE_OUTCOME_TIMED_OUT == Outcome::TimedOut as u32);
    assert!(MCPE_OUTCOME_SKIPPED == Outcome::Skipped as u32);
};

/// The next task that may run; `MCPE_NOTHING` when none may. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_poll_ready(
    scheduler: mcpe_scheduler,
    now_ns: u64,
    ready: Out<mcpe_ready>,
) -> mcpe_status {
    boundary(|| {
        let ready = ready.required("ready")?;
        let found = scheduler.change(|one| Ok(one.scheduler.poll_ready(now_ns)))?;
        let Some(found) = found else { return Ok(MCPE_NOTHING) };
        ready.put(mcpe_ready::of(found));
        DONE
    })
}

/// The next thing that the driver has to know of; `MCPE_NOTHING` when there is none. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_poll_event(
    scheduler: mcpe_scheduler,
    event: Out<mcpe_task_event>,
) -> mcpe_status {
    boundary(|| {
        let event = event.required("event")?;
        let found = scheduler.change(|one| Ok(one.scheduler.poll_event()))?;
        let Some(found) = found else { return Ok(MCPE_NOTHING) };
        event.put(match found {
            Event::Stop { id, tag, reason } => {
                let outcome = match reason {
                    StopReason::Ended(outcome) => outcome as u32,
                    StopReason::AttemptTimedOut => 0,
                };
                mcpe_task_event { kind: MCPE_TASK_EVENT_STOP, outcome, task: id.to_bits(), tag }
            }
            Event::Ended { id, tag, outcome } => mcpe_task_event {
                kind: MCPE_TASK_EVENT_ENDED,
                outcome: outcome as u32,
                task: id.to_bits(),
                tag,
            },
        });
        DONE
    })
}

/// Takes back what was handed out, and with it the permit. `completion` is one of `MCPE_COMPLETION_…`; `failure` counts for one that failed, and may
/// be `NULL`. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_complete(
    scheduler: mcpe_scheduler,
    task: u64,
    completion: u32,
    failure: Ptr<mcpe_failure>,
    now_ns: u64,
    settled: Out<mcpe_settled>,
) -> mcpe_status {
    boundary(|| {
        let settled = settled.required("settled")?;
        let failure = failure.options()?;
        let completion = match completion {
            MCPE_COMPLETION_SUCCEEDED => Completion::Succeeded,
            MCPE_COMPLETION_FAILED => Completion::Failed(failure.read()?),
            MCPE_COMPLETION_ABANDONED => Completion::Abandoned,
            _ => return Err(Failure::Value("completion")),
        };
        let task = TaskId::from_bits(task);
        let led_to =
            scheduler.change(|one| Ok(one.scheduler.complete(task, completion, now_ns)?))?;
        settled.put(match led_to {
            Settled::Ended(outcome) => {
                mcpe_settled { kind: MCPE_SETTLED_ENDED, outcome: outcome as u32, at_ns: 0 }
            }
            Settled::Retries { at_ns } => {
                mcpe_settled { kind: MCPE_SETTLED_RETRIES, outcome: 0, at_ns }
            }
            Settled::Late(outcome) => {
                mcpe_settled { kind: MCPE_SETTLED_LATE, outcome: outcome as u32, at_ns: 0 }
            }
        });
        DONE
    })
}

/// Cancels a task or a scope with everything below it. `outcome` is how it ends, one of `MCPE_OUTCOME_…`: it may have ended before. Changes the
/// scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_cancel(
    scheduler: mcpe_scheduler,
    task: u64,
    now_ns: u64,
    outcome: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let outcome = outcome.required("outcome")?;
        let task = TaskId::from_bits(task);
        outcome.put(scheduler.change(|one| Ok(one.scheduler.cancel(task, now_ns)? as u32))?);
        DONE
    })
}

/// Holds back a task or a scope with everything below it, also what is submitted later. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_pause(
    scheduler: mcpe_scheduler,
    task: u64,
    now_ns: u64,
) -> mcpe_status {
    boundary(|| {
        scheduler.change(|one| Ok(one.scheduler.pause(TaskId::from_bits(task), now_ns)?))?;
        DONE
    })
}

/// Lets go on what was paused. Changes the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_resume(
    scheduler: mcpe_scheduler,
    task: u64,
    now_ns: u64,
) -> mcpe_status {
    boundary(|| {
        scheduler.change(|one| Ok(one.scheduler.resume(TaskId::from_bits(task), now_ns)?))?;
        DONE
    })
}

/// Where a task stands, one of `MCPE_STATE_…`. Reads the scheduler.
#[unsafe(no_mangle)]
pub extern "C" fn mcpe_scheduler_state(
    scheduler: mcpe_scheduler,
    task: u64,
    state: Out<u32>,
) -> mcpe_status {
    boundary(|| {
        let state = state.required("state")?;
        let task = TaskId::from_bits(task);
        state.put(scheduler.read(|one| Ok(one.scheduler.state(task)? as u32))?);
        DONE
    })
}

impl mcpe_ready {
    pub(super) fn of(ready: Ready) -> Self {
        Self { task: ready.id.to_bits(), tag: ready.tag, attempt: ready.attempt, reserved: 0 }
    }
}
