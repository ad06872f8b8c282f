//! What comes of requests, for the futures that wait for it.
//!
//! It is decided under the lock of a channel and carried out without it, since a loop may run any code of Python's when a future gets its
//! answer.

use std::io;
use std::sync::Arc;

use mcp_engine::connection::{Event, Failure};
use pyo3::intern;
use pyo3::prelude::*;

use crate::error::lost;
use crate::event::{ConnectionEvent, answer, exception};

/// What was decided under the lock and is done without it.
#[derive(Default)]
pub(crate) struct Decided {
    pub(crate) answers: Vec<(Py<PyAny>, Outcome)>,
    pub(crate) events: Vec<Event>,
}

pub(crate) enum Outcome {
    Message(mcp_engine::Message),
    Failure(Failure),
    /// The way to the answer is lost, and this is why.
    Lost(Arc<io::Error>),
}

impl Decided {
    /// Gives the answers to their futures; returns the other events.
    pub(crate) fn carry_out(self, py: Python<'_>) -> PyResult<Option<Vec<ConnectionEvent>>> {
        for (future, outcome) in self.answers {
            let future = future.bind(py);
            let given = match outcome {
                Outcome::Message(message) => match answer(py, message)? {
                    Ok(message) => future.call_method1(intern!(py, "set_result"), (message,)),
                    Err(error) => fail(future, error),
                },
                Outcome::Failure(failure) => fail(future, exception(py, &failure)),
                Outcome::Lost(cause) => fail(future, lost(py, &cause)),
            };
            // Whoever waited has gone: the future is cancelled, which is told by its state and not by what it raises.
            if let Err(error) = given
                && !future.call_method0(intern!(py, "done"))?.is_truthy()?
            {
                return Err(error);
            }
        }
        if self.events.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.events.into_iter().filter_map(ConnectionEvent::new).collect()))
    }
}

fn fail<'py>(future: &Bound<'py, PyAny>, error: PyErr) -> PyResult<Bound<'py, PyAny>> {
    let py = future.py();
    future.call_method1(intern!(py, "set_exception"), (error.into_value(py),))
}
