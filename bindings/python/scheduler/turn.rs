//! Many tasks in one call.

use mcp_engine::executor::{Completion, Error, Event, Outcome, Scheduler, Task};

use super::words::{outcome_name, stop_name};
use crate::clock::seconds;

/// The ready ones, those that should stop, those that have ended, and when to come again.
pub(super) type Turn = (Vec<(u64, u64, u32)>, Vec<Said>, Vec<Said>, Option<f64>);

/// A tag, and an outcome that may be none yet.
type Said = (u64, Option<&'static str>);

pub(super) fn turn(
    scheduler: &mut Scheduler,
    returned: &[u64],
    now: u64,
) -> Result<Option<Turn>, Error> {
    let ids = super::tasks(returned);
    let mut broken = None;
    for id in ids {
        if let Err(error) = scheduler.complete(id, Completion::Succeeded, now) {
            broken.get_or_insert(error);
        }
    }
    // What else was given back is given back nevertheless.
    if let Some(error) = broken {
        return Err(error);
    }
    scheduler.handle_timeout(now);
    let (mut ready, mut stops, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(one) = scheduler.poll_ready(now) {
        ready.push((one.id.to_bits(), one.tag, one.attempt));
    }
    while let Some(event) = scheduler.poll_event() {
        match event {
            Event::Stop { tag, reason, .. } => stops.push((tag, stop_name(reason))),
            Event::Ended { outcome: Outcome::Succeeded | Outcome::Failed, .. } => {}
            Event::Ended { tag, outcome, .. } => ended.push((tag, Some(outcome_name(outcome)))),
        }
    }
    let due = scheduler.poll_timeout().map(seconds);
    let is_quiet = ready.is_empty() && stops.is_empty() && ended.is_empty() && due.is_none();
    Ok((!is_quiet).then_some((ready, stops, ended, due)))
}

/// Takes in tasks with tags that follow one another: all of them, or none.
pub(super) fn submit_many(
    scheduler: &mut Scheduler,
    first: Task<'_>,
    count: u32,
    now: u64,
) -> Result<Vec<u64>, Error> {
    let mut ids = Vec::new();
    for more in 0..u64::from(count) {
        let tag = first.tag.wrapping_add(more);
        match scheduler.submit(&Task { tag, ..first }, now) {
            Ok(id) => ids.push(id),
            Err(error) => {
                for id in ids {
                    // It was submitted just now, and nothing was polled since.
                    let _ = scheduler.cancel(id, now);
                }
                return Err(error);
            }
        }
    }
    Ok(ids.into_iter().map(|id| id.to_bits()).collect())
}
