//! What follows from a change of the registry, dealt with when nothing is locked.

use std::sync::Arc;

use mcp_engine_proto::Now;
use mcp_engine_proto::task::{Answer, Notice, TaskEvent, TaskId};
use tokio::sync::oneshot;

use super::{State, Work, Working};
use crate::server::Changes;

/// What has come of a change.
#[derive(Default)]
pub(super) struct Outcome {
    called_off: Vec<Work>,
    inputs: Vec<(Arc<Working>, Box<str>)>,
    answers: Vec<(oneshot::Sender<Answer>, Answer)>,
    notices: Vec<Notice>,
}

impl State {
    /// Takes out of the registry what is to be dealt with.
    pub(super) fn settle(&mut self, now: Now) -> Outcome {
        let mut outcome = Outcome::default();
        while let Some(event) = self.tasks.poll_event() {
            match event {
                TaskEvent::CancelRequested(id) => {
                    // In MCP 2025-11-25 it is cancelled already.
                    let is_open = self.tasks.status(id).is_some_and(|status| !status.is_terminal());
                    if is_open {
                        let _ = self.tasks.cancel(id, Some(CANCELLED), now);
                    }
                    outcome.called_off.extend(self.works.remove(&id));
                }
                TaskEvent::Expired(id) => outcome.called_off.extend(self.works.remove(&id)),
                TaskEvent::InputProvided { id, responses } => {
                    outcome.inputs.extend(self.input(id, responses));
                }
                _ => {}
            }
        }
        while let Some((waiter, answer)) = self.tasks.poll_answer() {
            let sender = self.waiting.remove(&waiter.ticket);
            outcome.answers.extend(sender.map(|sender| (sender, answer)));
        }
        outcome.notices.extend(std::iter::from_fn(|| self.tasks.poll_notice()));
        outcome
    }

    fn input(&self, id: TaskId, responses: Box<str>) -> Option<(Arc<Working>, Box<str>)> {
        let work = self.works.get(&id)?;
        Some((Arc::clone(&work.working), responses))
    }
}

impl Outcome {
    pub(super) fn deliver(self, changes: &Changes) {
        self.called_off.into_iter().for_each(Work::call_off);
        for (working, responses) in self.inputs {
            working.inbox().put(&responses);
        }
        for (sender, answer) in self.answers {
            // Who has waited may be gone.
            let _ = sender.send(answer);
        }
        for notice in &self.notices {
            changes.tell(notice);
        }
    }
}

/// What is said about a task that its owner has cancelled.
const CANCELLED: &str = "The task was cancelled by request.";
