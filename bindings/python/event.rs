//! What a connection tells, as Python sees it.

use mcp_engine::connection::{Ending, Event, Failure};
use mcp_engine::{Error, Kind, RequestId};
use pyo3::exceptions::PyTimeoutError;
use pyo3::prelude::*;

use crate::error::{peer_error, raise};
use crate::load::objects;
use crate::message::{Message, owned_id};

/// Something that whoever has a connection should know.
///
/// `kind` is one of "ready", "request", "notification", "response", "input_required", "progress", "failed", "cancelled", "listening",
/// "listening_ended", "subscribed", "unsubscribed" and "closed".
#[pyclass(frozen, module = "mcp_engine", name = "ConnectionEvent")]
pub(crate) struct ConnectionEvent {
    kind: &'static str,
    id: Option<RequestId>,
    message: Option<mcp_engine::Message>,
    note: Note,
}

/// What an event says beside its message.
enum Note {
    Nothing,
    Text(String),
    Failure(Failure),
}

impl ConnectionEvent {
    /// `None` for an event that this version of the binding has no name for.
    pub(crate) fn new(event: Event) -> Option<Self> {
        let (kind, id, message, note) = match event {
            Event::Ready(version) => ("ready", None, None, Note::Text(version.name().to_owned())),
            Event::Request { id, message, context } => {
                let version = context.version.name().to_owned();
                ("request", Some(id), Some(message), Note::Text(version))
            }
            Event::Notification { message, subscription } => {
                ("notification", subscription, Some(message), Note::Nothing)
            }
            Event::Response { id, message } => ("response", Some(id), Some(message), Note::Nothing),
            Event::InputRequired { id, message } => {
                ("input_required", Some(id), Some(message), Note::Nothing)
            }
            Event::Progress { id, message } => ("progress", Some(id), Some(message), Note::Nothing),
            Event::Failed { id, failure } => ("failed", Some(id), None, Note::Failure(failure)),
            Event::Cancelled { id, message } => ("cancelled", Some(id), message, Note::Nothing),
            Event::Listening { id, message } => {
                ("listening", Some(id), Some(message), Note::Nothing)
            }
            Event::ListeningEnded { id, ending: Ending::Failed(failure) } => {
                ("listening_ended", Some(id), None, Note::Failure(failure))
            }
            Event::ListeningEnded { id, ending: Ending::Server(message) } => {
                ("listening_ended", Some(id), Some(message), Note::Nothing)
            }
            Event::Subscribed { id, message } => {
                ("subscribed", Some(id), Some(message), Note::Nothing)
            }
            Event::Unsubscribed { id, message } => {
                ("unsubscribed", Some(id), message, Note::Nothing)
            }
            Event::Closed(closing) => ("closed", None, None, Note::Text(closing.to_string())),
            _ => return None,
        };
        Some(Self { kind, id, message, note })
    }
}

#[pymethods]
impl ConnectionEvent {
    /// What has happened.
    #[getter]
    fn kind(&self) -> &'static str {
        self.kind
    }

    /// The request or the subscription that it is about, or None.
    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.id.as_ref().map(|id| owned_id(py, id)).transpose()
    }

    /// The message that it came by, or None.
    #[getter]
    fn message(&self, py: Python<'_>) -> PyResult<Option<Message>> {
        self.message.clone().map(|message| Message::new(py, message)).transpose()
    }

    /// The revision for "ready" and "request", the reason for "closed"; else None.
    #[getter]
    fn text(&self) -> Option<&str> {
        match &self.note {
            Note::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The exception for "failed" and "listening_ended", or None.
    #[getter]
    fn error(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        match &self.note {
            Note::Failure(failure) => Some(exception(py, failure).into_value(py).into_any()),
            _ => None,
        }
    }

    fn __repr__(&self) -> String {
        format!("ConnectionEvent({:?})", self.kind)
    }
}

/// The exception for a request that has no answer.
pub(crate) fn exception(py: Python<'_>, failure: &Failure) -> PyErr {
    match failure {
        Failure::Invalid(error) => raise(py, *error),
        Failure::Closed => raise(py, CLOSED),
        other => PyTimeoutError::new_err(other.to_string()),
    }
}

/// What an answer is to whoever waits for it: a message, or the exception for the error that it is.
pub(crate) fn answer(
    py: Python<'_>,
    message: mcp_engine::Message,
) -> PyResult<Result<Message, PyErr>> {
    if message.kind() != Kind::ErrorResponse {
        return Message::new(py, message).map(Ok);
    }
    let Some(error) = message.error() else { return Message::new(py, message).map(Ok) };
    let more = error.data.map(|raw| objects(py, raw)).transpose()?;
    Ok(Err(peer_error(py, error.code, &error.message.decode(), more)))
}

/// The other side went away before it answered.
pub(crate) const CLOSED: Error = Error::ApiMisuse(mcp_engine::Misuse::Closed);
