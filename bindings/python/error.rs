//! Errors of the engine as exceptions of `mcp_engine.errors`, in one place.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io;

use mcp_engine::connection::Closing;
use mcp_engine::executor::Error as Refused;
use mcp_engine::http::Status;
use mcp_engine::http_client::HttpError;
use mcp_engine::{Error, Misuse};
use pyo3::exceptions::{PyTimeoutError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The exception for an error of the engine.
pub(crate) fn raise(py: Python<'_>, error: Error) -> PyErr {
    let class = match error {
        Error::LimitExceeded { .. } => &LIMIT,
        Error::ApiMisuse(Misuse::Closed) => &CLOSED,
        Error::ApiMisuse(_) => &MISUSE,
        _ => &PROTOCOL,
    };
    broken(py, class, error, error.fault().name())
}

/// The exception for what a connection refuses. Once it is over, it is the doing of whoever has closed it.
pub(crate) fn refused(py: Python<'_>, error: Error, closing: Option<Closing>) -> PyErr {
    match (error, closing) {
        (Error::ApiMisuse(Misuse::Closed), Some(closing)) => closed(py, closing),
        (error, _) => raise(py, error),
    }
}

/// The exception for a connection that is closed.
pub(crate) fn closed(py: Python<'_>, closing: Closing) -> PyErr {
    let fault = if closing == Closing::Local { "caller" } else { "peer" };
    broken(py, &CLOSED, Error::ApiMisuse(Misuse::Closed), fault)
}

fn broken(py: Python<'_>, class: &'static Class, error: Error, fault: &'static str) -> PyErr {
    match class.of(py) {
        Ok(class) => PyErr::from_type(
            class.clone(),
            (
                spelled(&error.to_string()),
                fault,
                error.rule(),
                spelled(error.reason()),
                error.offset(),
                error.code(),
            ),
        ),
        Err(error) => error,
    }
}

/// What an error says, with names as Python has them.
fn spelled(text: &str) -> String {
    text.replace("Limits::", "Limits.")
}

/// The exception for what the executor refuses.
pub(crate) fn refuse(py: Python<'_>, error: Refused) -> PyErr {
    let text = error.to_string();
    let (class, fault, rule) = match error {
        Refused::LimitExceeded { limit } => (&LIMIT, "limit", limit.name()),
        _ => (&MISUSE, "misuse", "executor"),
    };
    let reason = text.split_once(": ").map_or(text.as_str(), |(_, reason)| reason).to_owned();
    match class.of(py) {
        Ok(class) => {
            let more = (text, fault, rule, reason, None::<u64>, INTERNAL_ERROR);
            PyErr::from_type(class.clone(), more)
        }
        Err(error) => error,
    }
}

/// The exception for a value that JSON cannot say, or a number that no float can hold.
pub(crate) fn refuse_value(reason: &str) -> PyErr {
    PyValueError::new_err(reason.to_owned())
}

/// The exception for an error that the other side answered with.
pub(crate) fn peer_error(
    py: Python<'_>,
    code: i64,
    message: &str,
    more: Option<Bound<'_, PyAny>>,
) -> PyErr {
    match PEER.of(py) {
        Ok(class) => {
            PyErr::from_type(class.clone(), (code, message.to_owned(), more.map(Bound::unbind)))
        }
        Err(error) => error,
    }
}

/// The exception for a way to the server, or to an answer of it, that is lost.
pub(crate) fn lost(py: Python<'_>, cause: &io::Error) -> PyErr {
    let http = cause.get_ref().and_then(<dyn StdError + Send + Sync>::downcast_ref::<HttpError>);
    let mut text = reasons(cause);
    if let Some(HttpError::Message(error)) = http {
        return raise(py, *error);
    }
    let status = http.and_then(HttpError::status).map(Status::code);
    let (rule, is_limit) = http.map_or(("transport", false), |it| (it.name(), it.is_limit()));
    let challenge = match http {
        Some(HttpError::Unauthorized { challenge, .. }) => challenge.as_deref(),
        _ => None,
    };
    if let Some(wanted) = challenge {
        // Writing to a string does not fail.
        let _ = write!(text, "; WWW-Authenticate: {wanted}");
    }
    if status.is_none() && cause.kind() == io::ErrorKind::TimedOut {
        return PyTimeoutError::new_err(text);
    }
    let fault = if is_limit { "limit" } else { "transport" };
    let more = (text, rule, status, challenge.map(str::to_owned), fault);
    match TRANSPORT.of(py) {
        Ok(class) => PyErr::from_type(class.clone(), more),
        Err(error) => error,
    }
}

/// What an error says, and what those below it add.
fn reasons(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        let said = error.to_string();
        if !text.contains(&said) {
            // Writing to a string does not fail.
            let _ = write!(text, ": {said}");
        }
        below = error.source();
    }
    text
}

/// The exception for a value that does not match its schema, or a schema that cannot be used.
pub(crate) fn refuse_schema(py: Python<'_>, class: &'static Class, reason: String) -> PyErr {
    match class.of(py) {
        Ok(class) => PyErr::from_type(class.clone(), (spelled(&reason),)),
        Err(error) => error,
    }
}

/// A class of `mcp_engine.errors`, looked up once.
pub(crate) struct Class {
    name: &'static str,
    class: PyOnceLock<Py<PyType>>,
}

impl Class {
    const fn new(name: &'static str) -> Self {
        Self { name, class: PyOnceLock::new() }
    }

    /// Whether an exception is one of the class.
    pub(crate) fn is(&self, py: Python<'_>, error: &PyErr) -> PyResult<bool> {
        Ok(error.is_instance(py, self.of(py)?))
    }

    fn of<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyType>> {
        self.class.import(py, "mcp_engine.errors", self.name)
    }
}

/// The code of JSON-RPC for what is no fault of the peer's.
const INTERNAL_ERROR: i32 = -32603;

static PROTOCOL: Class = Class::new("ProtocolError");
static LIMIT: Class = Class::new("LimitError");
static PEER: Class = Class::new("PeerError");
static CLOSED: Class = Class::new("ClosedError");
static TRANSPORT: Class = Class::new("TransportError");
static MISUSE: Class = Class::new("MisuseError");
pub(crate) static SCHEMA: Class = Class::new("SchemaError");
pub(crate) static VALIDATION: Class = Class::new("ValidationError");
