//! What was read under the lock of a wire and is handed out without it.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use mcp_engine::{Id, Kind, RequestId};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};

use crate::error::lost;
use crate::message::{Message, owned_id, verdict};

/// Futures of requests, by id.
pub(super) type Waiting = HashMap<i64, Py<PyAny>>;

#[derive(Default)]
pub(super) struct Incoming {
    answers: Vec<(Py<PyAny>, Outcome)>,
    others: Vec<Other>,
}

enum Outcome {
    Answer(mcp_engine::Message),
    /// There will be no answer, and this is why.
    Lost(Arc<io::Error>),
}

pub(super) enum Other {
    Verdict(Result<mcp_engine::Message, mcp_engine::Refusal>),
    /// A line that is no JSON: its beginning, and why.
    Line(Box<[u8]>, mcp_engine::Refusal),
    /// There will be no answer to a request that no future waits for.
    Lost(RequestId, Arc<io::Error>),
    /// What was said without wanting an answer has not arrived.
    Unsaid(io::Error),
    End,
}

/// Tells answers that somebody waits for from whatever else comes.
pub(super) struct Sorter<'a> {
    pub(super) waiting: &'a mut Waiting,
    /// Whether answers, too, are handed out in their order.
    pub(super) in_order: bool,
    pub(super) incoming: &'a mut Incoming,
}

impl Sorter<'_> {
    pub(super) fn message(&mut self, message: mcp_engine::Message) {
        let direct = !self.in_order && self.incoming.others.is_empty();
        let own = if direct { answered(&message) } else { None };
        match own.and_then(|own| self.waiting.remove(&own)) {
            Some(future) => self.incoming.answers.push((future, Outcome::Answer(message))),
            None => self.other(Other::Verdict(Ok(message))),
        }
    }

    /// Takes in what was refused. `line` is its text where that is no message at all.
    pub(super) fn refused(
        &mut self,
        refusal: mcp_engine::Refusal,
        line: impl FnOnce() -> Option<Box<[u8]>>,
    ) {
        let sound = refusal.message().map(|message| Box::from(message.as_str().as_bytes()));
        self.other(match sound.or_else(line) {
            Some(line) => Other::Line(line, refusal),
            None => Other::Verdict(Err(refusal)),
        });
    }

    /// Nothing comes any more for a request.
    pub(super) fn lost(&mut self, id: RequestId, cause: Arc<io::Error>) {
        match id.as_i64().and_then(|id| self.waiting.remove(&id)) {
            Some(future) => self.incoming.answers.push((future, Outcome::Lost(cause))),
            None => self.other(Other::Lost(id, cause)),
        }
    }

    pub(super) fn other(&mut self, other: Other) {
        self.incoming.others.push(other);
    }
}

impl Incoming {
    pub(super) fn hand_out(self, py: Python<'_>) -> PyResult<Option<Bound<'_, PyList>>> {
        for (future, outcome) in self.answers {
            match outcome {
                Outcome::Answer(message) => {
                    settle(future.bind(py), Bound::new(py, Message::new(py, message)?)?)?;
                }
                Outcome::Lost(cause) => {
                    let error = lost(py, &cause).into_value(py).into_bound(py);
                    give(future.bind(py), intern!(py, "set_exception"), error.into_any())?;
                }
            }
        }
        if self.others.is_empty() {
            return Ok(None);
        }
        let others = PyList::empty(py);
        for other in self.others {
            other.append_to(&others)?;
        }
        Ok(Some(others))
    }
}

impl Other {
    fn append_to(self, others: &Bound<'_, PyList>) -> PyResult<()> {
        let py = others.py();
        match self {
            Self::Verdict(one) => others.append(verdict(py, one)?),
            Self::Line(line, refusal) => {
                others.append((PyBytes::new(py, &line), verdict(py, Err(refusal))?))
            }
            Self::Lost(id, cause) => {
                others.append((owned_id(py, &id)?, lost(py, &cause).into_value(py)))
            }
            Self::Unsaid(cause) => others.append(lost(py, &cause).into_value(py)),
            Self::End => others.append(py.None()),
        }
    }
}

/// Gives an answer to the future that waits for it.
pub(super) fn settle<'py>(
    future: &Bound<'py, PyAny>,
    message: Bound<'py, Message>,
) -> PyResult<()> {
    give(future, intern!(future.py(), "set_result"), message.into_any())
}

fn give<'py>(
    future: &Bound<'py, PyAny>,
    how: &Bound<'py, PyString>,
    what: Bound<'py, PyAny>,
) -> PyResult<()> {
    match future.call_method1(how, (what,)) {
        // Whoever waited has gone: the future is cancelled, which is told by its state and not by what it raises.
        Err(error) if !future.call_method0(intern!(future.py(), "done"))?.is_truthy()? => {
            Err(error)
        }
        _ => Ok(()),
    }
}

/// The id of ours that a response answers. There are peers that make a string of a number.
pub(super) fn answered(message: &mcp_engine::Message) -> Option<i64> {
    if !matches!(message.kind(), Kind::Response | Kind::ErrorResponse) {
        return None;
    }
    let id: Id<'_> = message.id()?;
    id.as_i64().or_else(|| id.as_string()?.trim().parse().ok())
}
