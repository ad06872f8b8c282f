//! Messages, refused messages and events, as Python sees them.

use bytes::Bytes;
use mcp_engine::json::Raw;
use mcp_engine::{ContentBlock, Id, Kind, RequestId};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyInt, PyMemoryView, PyString};
use pyo3::{IntoPyObjectExt, intern};
use zerocopy::IntoBytes;

use crate::buffer::View;
use crate::error::raise;
use crate::load::objects;

/// A valid JSON-RPC message, as the peer wrote it. Nothing but its kind and its method is turned into Python objects before it is asked for.
#[pyclass(frozen, module = "mcp_engine", freelist = 256)]
pub(crate) struct Message {
    pub(crate) message: mcp_engine::Message,
    // Python reads these where they stand. Everybody asks for them, and a call costs more than to have them ready.
    /// "request", "notification", "response" or "error".
    #[pyo3(get)]
    kind: Py<PyString>,
    /// The method of a request or a notification, or None.
    #[pyo3(get)]
    method: Py<PyAny>,
}

#[pymethods]
impl Message {
    /// The id, or None.
    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.message.id().map(|own| id(py, own)).transpose()
    }

    /// The parameters, the result or the error as Python objects; None where there is none.
    ///
    /// Raises ValueError for a number that no float can hold.
    fn payload<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.message.payload().map(|raw| objects(py, raw)).transpose()
    }

    /// A member of the payload as Python objects, or None. Nothing else of the payload becomes an object.
    ///
    /// Raises ValueError for a number that no float can hold.
    fn member<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let member = self.message.payload().and_then(|payload| payload.get(name));
        member.map(|raw| objects(py, raw)).transpose()
    }

    /// The member `_meta` of the payload as Python objects, or None.
    fn meta<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.message.meta().map(|raw| objects(py, raw)).transpose()
    }

    /// The text of the message: a view that keeps the memory it was read into.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyMemoryView>> {
        View::memory(py, self.message.bytes().clone())
    }

    /// The text of the payload: a view, or None.
    #[getter]
    fn raw_payload<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyMemoryView>>> {
        self.view(py, self.message.payload())
    }

    /// The name of the tool or prompt that a request is about, or None.
    #[getter]
    fn name<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyString>> {
        let call = self.message.call_params()?;
        Some(PyString::new(py, &call.name.decode()))
    }

    /// The arguments of a call of a tool as Python objects; an empty dict when it has none, None when it is no such call.
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(call) = self.message.call_params() else { return Ok(None) };
        objects(py, call.arguments.unwrap_or(Raw::EMPTY_OBJECT)).map(Some)
    }

    /// Whether it is the result of a tool that has failed.
    #[getter]
    fn is_error(&self) -> bool {
        self.message.index().flags & mcp_engine::Flags::IS_ERROR != 0
    }

    /// The text of the result of a tool: that of all its blocks of text, each on a line of its own. Empty when there is none.
    fn text<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        let mut text = String::new();
        let blocks = self.message.call_tool_result().map(|result| result.blocks());
        for block in blocks.into_iter().flatten() {
            let ContentBlock::Text(part) = block else { continue };
            if !text.is_empty() {
                text.push('\n');
            }
            part.decode_into(&mut text);
        }
        PyString::new(py, &text)
    }

    /// The progress token of a request or of a progress notification, or the id that a cancellation names; or None.
    #[getter]
    fn token<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.message.token().map(|own| id(py, own)).transpose()
    }

    /// The member `resultType` of a result (MCP 2026-07-28), or None.
    #[getter]
    fn result_type<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyString>> {
        let text = self.message.as_ref().result_type()?.string()?;
        Some(PyString::new(py, &text.decode()))
    }

    /// The index of the message: 128 bytes whose layout is that of a row of `Batch.table`.
    #[getter]
    fn index<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.message.index().as_bytes())
    }

    /// A message with memory of its own, to keep for long: this one keeps all that was read together with it.
    fn detach(&self, py: Python<'_>) -> PyResult<Self> {
        Self::new(py, self.message.detach())
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.message.bytes())
    }

    fn __len__(&self) -> usize {
        self.message.bytes().len()
    }

    fn __repr__(&self) -> String {
        format!("Message({:?})", excerpt(self.message.as_str()))
    }
}

impl Message {
    pub(crate) fn new(py: Python<'_>, message: mcp_engine::Message) -> PyResult<Self> {
        let method = match message.method() {
            Some(method) => METHODS.of(py, method)?.into_any().unbind(),
            None => message.method_name().map(|name| name.decode()).into_py_any(py)?,
        };
        Ok(Self { kind: kind(py, message.kind()).unbind(), method, message })
    }

    /// A view of a value of the message.
    fn view<'py>(
        &self,
        py: Python<'py>,
        raw: Option<Raw<'_>>,
    ) -> PyResult<Option<Bound<'py, PyMemoryView>>> {
        raw.map(|raw| View::memory(py, part(self.message.bytes(), raw))).transpose()
    }
}

/// A value inside a message, sharing its memory.
fn part(whole: &Bytes, raw: Raw<'_>) -> Bytes {
    whole.slice_ref(raw.spelling().as_bytes())
}

/// A message that was refused, and why. It harmed no other.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Refusal {
    pub(crate) refusal: mcp_engine::Refusal,
}

#[pymethods]
impl Refusal {
    /// "refused", so that it can be told from a message.
    #[getter]
    fn kind<'py>(&self, py: Python<'py>) -> &Bound<'py, PyString> {
        intern!(py, "refused")
    }

    /// The id to answer with, or None when none could be read.
    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.refusal.id().map(|own| id(py, own)).transpose()
    }

    /// The exception that says whose fault it is, which rule was broken and where: for `raise refusal.error`.
    #[getter]
    fn error<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        raise(py, self.refusal.error()).into_value(py).into_bound(py).into_any()
    }

    /// The code of JSON-RPC to answer with.
    #[getter]
    fn code(&self) -> i32 {
        self.refusal.error().code()
    }

    fn __repr__(&self) -> String {
        format!("Refusal({:?})", self.refusal.error().to_string())
    }
}

/// An event of an event stream that carries no message: its type is not `message`, or its data is empty.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Event {
    pub(crate) event: mcp_engine::frame::sse::Event,
}

#[pymethods]
impl Event {
    /// "event", so that it can be told from a message.
    #[getter]
    fn kind<'py>(&self, py: Python<'py>) -> &Bound<'py, PyString> {
        intern!(py, "event")
    }

    /// The type of the event.
    #[getter]
    fn name(&self) -> &str {
        &self.event.name
    }

    /// What it carries.
    #[getter]
    fn content<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.event.data)
    }

    fn __repr__(&self) -> String {
        format!("Event({:?})", self.event.name)
    }
}

/// What a decoder found, as a Python object.
pub(crate) fn verdict(
    py: Python<'_>,
    verdict: Result<mcp_engine::Message, mcp_engine::Refusal>,
) -> PyResult<Bound<'_, PyAny>> {
    match verdict {
        Ok(message) => Ok(Bound::new(py, Message::new(py, message)?)?.into_any()),
        Err(refusal) => Ok(Bound::new(py, Refusal { refusal })?.into_any()),
    }
}

/// An id as `int` or `str`.
pub(crate) fn id<'py>(py: Python<'py>, id: Id<'_>) -> PyResult<Bound<'py, PyAny>> {
    match (id.as_i64(), id.as_string()) {
        (Some(int), _) => int.into_bound_py_any(py),
        (None, Some(text)) => text.into_bound_py_any(py),
        (None, None) => py.get_type::<PyInt>().call1((id.token(),)),
    }
}

/// An id of ours, or of the peer, as `int` or `str`.
pub(crate) fn owned_id<'py>(py: Python<'py>, own: &RequestId) -> PyResult<Bound<'py, PyAny>> {
    match own.as_i64() {
        Some(int) => int.into_bound_py_any(py),
        None => own.as_token().map_or_else(|| py.None().into_bound_py_any(py), |own| id(py, own)),
    }
}

/// The id that an `int` or `str` is.
pub(crate) fn request_id(id: &Bound<'_, PyAny>) -> PyResult<RequestId> {
    if let Ok(text) = id.cast::<PyString>() {
        return Ok(RequestId::from(text.to_str()?));
    }
    match id.cast::<PyInt>() {
        Ok(int) => Ok(RequestId::from(int.extract::<i64>()?)),
        Err(_) => Err(PyTypeError::new_err("an id is an int of 64 bits or a str")),
    }
}

fn kind(py: Python<'_>, kind: Kind) -> Bound<'_, PyString> {
    let name = match kind {
        Kind::Request => intern!(py, "request"),
        Kind::Notification => intern!(py, "notification"),
        Kind::Response => intern!(py, "response"),
        Kind::ErrorResponse => intern!(py, "error"),
    };
    name.clone()
}

/// The names of the methods of MCP, as strings that are made once.
struct Methods(PyOnceLock<Vec<Py<PyString>>>);

impl Methods {
    fn of<'py>(
        &self,
        py: Python<'py>,
        method: mcp_engine::Method,
    ) -> PyResult<Bound<'py, PyString>> {
        let all = self.0.get_or_init(py, || {
            let names = mcp_engine::Method::ALL.iter().map(|method| method.name());
            names.map(|name| PyString::intern(py, name).unbind()).collect()
        });
        // The table of the methods is that of their numbers.
        let name = all.get(method as usize);
        Ok(name.map_or_else(|| PyString::new(py, method.name()), |name| name.bind(py).clone()))
    }
}

static METHODS: Methods = Methods(PyOnceLock::new());

/// The beginning of a long text.
fn excerpt(text: &str) -> String {
    match text.char_indices().nth(LONGEST_EXCERPT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

const LONGEST_EXCERPT: usize = 120;
