//! One task, as its registry keeps it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::answer::{Answer, Ending, ErrorText};
use super::id::TaskId;
use super::rule::TaskRule;
use super::status::{Form, Status};
use crate::Now;
use crate::connection::{Additions, Context, splice_object};
use crate::json::Raw;
use crate::message::Method;

/// One task.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) id: TaskId,
    pub(super) principal: Arc<[u8]>,
    /// Which one of its principal.
    pub(super) number: u64,
    pub(super) form: Form,
    pub(super) method: Method,
    /// Of the request that it runs.
    pub(super) context: Context,
    pub(super) state: State,
    pub(super) message: Option<Box<str>>,
    pub(super) created: Now,
    pub(super) updated_ms: i64,
    /// From its creation on; `None` for ever.
    pub(super) ttl_ms: Option<u64>,
    pub(super) poll_ms: u64,
    /// Every key that input was ever asked for by.
    pub(super) keys: BTreeSet<Box<str>>,
    /// Its place among those whose change was not polled.
    pub(super) change: Option<u64>,
    /// Whether its client wants it to be cancelled (extension).
    pub(super) is_unwanted: bool,
}

/// What a task is doing, with what it has to show; see [`Status`] for the machine.
#[derive(Debug)]
pub(super) enum State {
    Working,
    /// With the requests that were not answered, by key. In MCP 2025-11-25 they are messages of their own, and none are here.
    InputRequired(Requests),
    Completed(Arc<str>),
    Failed(Failing),
    Cancelled,
}

pub(super) type Requests = BTreeMap<Box<str>, Box<str>>;

/// How a task has failed.
#[derive(Debug)]
pub(super) enum Failing {
    /// With a tool's result that says `isError` (MCP 2025-11-25).
    Tool(Arc<str>),
    Error(Arc<ErrorText>),
}

impl Task {
    pub(super) fn status(&self) -> Status {
        match self.state {
            State::Working => Status::Working,
            State::InputRequired(_) => Status::InputRequired,
            State::Completed(_) => Status::Completed,
            State::Failed(_) => Status::Failed,
            State::Cancelled => Status::Cancelled,
        }
    }

    /// When it is to be forgotten, by the monotonic clock.
    pub(super) fn deadline(&self) -> Option<u64> {
        let ttl_ns = self.ttl_ms?.saturating_mul(NS_OF_MS);
        Some(self.created.mono_ns.saturating_add(ttl_ns))
    }

    /// What `tasks/result` answers; `None` as long as it has to wait.
    pub(super) fn payload(&self) -> Option<Answer> {
        match &self.state {
            State::Working | State::InputRequired(_) => None,
            State::Completed(result) | State::Failed(Failing::Tool(result)) => {
                Some(result.clone().into())
            }
            State::Failed(Failing::Error(error)) => Some(error.clone().into()),
            State::Cancelled => Some(TaskRule::Cancelled.into()),
        }
    }

    /// The last state, and what is to be said about it in at most so many bytes.
    pub(super) fn ended(&self, ending: Ending, longest: usize) -> (State, Option<Box<str>>) {
        let text = match ending {
            Ending::Error(error) => {
                let message = cut(error.message(), longest).into();
                return (State::Failed(Failing::Error(error.into())), Some(message));
            }
            Ending::Result(text) => text,
        };
        let is_core = self.form == Form::Core;
        let is_error = is_core && self.method == Method::CallTool && is_error(Raw::new(&text));
        let message = is_error.then(|| said(Raw::new(&text), longest));
        let result = if is_core { self.related(&text) } else { text.into() };
        match is_error {
            true => (State::Failed(Failing::Tool(result)), message),
            false => (State::Completed(result), message),
        }
    }

    /// A result as `tasks/result` gives it (MCP 2025-11-25): as it is, and with the id of the task in its `_meta`.
    fn related(&self, result: &str) -> Arc<str> {
        let meta = self.id.related_member();
        let mut out =
            Vec::with_capacity(result.len().saturating_add(meta.len()).saturating_add(16));
        let add = Additions { meta: meta.as_bytes(), ..Additions::default() };
        splice_object(&mut out, Raw::new(result), add);
        String::from_utf8(out).unwrap_or_default().into()
    }

    /// Bytes of text that it holds.
    pub(super) fn weight(&self) -> usize {
        let message = self.message.as_ref().map_or(0, |message| message.len());
        let keys: usize = self.keys.iter().map(|key| key.len()).sum();
        let state = match &self.state {
            State::Working | State::Cancelled => 0,
            State::InputRequired(requests) => {
                requests.iter().map(|(key, request)| key.len().saturating_add(request.len())).sum()
            }
            State::Completed(result) | State::Failed(Failing::Tool(result)) => result.len(),
            State::Failed(Failing::Error(error)) => error.len(),
        };
        [self.principal.len(), message, keys, state].into_iter().fold(0, usize::saturating_add)
    }
}

fn is_error(result: Raw<'_>) -> bool {
    result.get("isError").and_then(Raw::as_bool) == Some(true)
}

/// The first text of a tool's result, which says what went wrong.
fn said(result: Raw<'_>, longest: usize) -> Box<str> {
    let first = result.get("content").and_then(|content| content.elements()?.next());
    let text = first.and_then(|block| block.get("text")?.string()).map(|text| text.decode());
    cut(text.as_deref().unwrap_or("the tool reported an error"), longest).into()
}

/// The beginning of a text, in at most so many bytes.
pub(super) fn cut(text: &str, longest: usize) -> &str {
    let longest = longest.min(text.len());
    let end = (0..=longest).rev().find(|at| text.is_char_boundary(*at));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

pub(super) const NS_OF_MS: u64 = 1_000_000;
