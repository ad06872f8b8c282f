//! Encoding messages. Each function returns one message without a line end.

use mcp_engine::encode::{self, Outcome};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::dump::{append, append_object};
use crate::message::request_id;

/// A request. `params` is a dict, a model, or a view of JSON.
///
/// Raises ValueError for what JSON cannot say, TypeError for an id that is neither int nor str.
#[pyfunction]
#[pyo3(signature = (id, method, params = None))]
pub(crate) fn encode_request<'py>(
    py: Python<'py>,
    id: &Bound<'py, PyAny>,
    method: &str,
    params: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let id = request_id(id)?;
    let Some(params) = params else {
        return message(py, |out, _| encode::request(out, &id, method, None));
    };
    message(py, |out, failed| {
        encode::request_with(out, &id, method, |out| *failed = append_object(params, out));
    })
}

/// A notification; see encode_request.
#[pyfunction]
#[pyo3(signature = (method, params = None))]
pub(crate) fn encode_notification<'py>(
    py: Python<'py>,
    method: &str,
    params: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let Some(params) = params else {
        return message(py, |out, _| encode::notification(out, method, None));
    };
    message(py, |out, failed| {
        encode::notification_with(out, method, |out| *failed = append_object(params, out));
    })
}

/// A response. `result` is a dict, a model, or a view of JSON.
///
/// Raises as encode_request does.
#[pyfunction]
pub(crate) fn encode_response<'py>(
    py: Python<'py>,
    id: &Bound<'py, PyAny>,
    result: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyBytes>> {
    let id = request_id(id)?;
    message(py, |out, failed| {
        encode::response_with(out, &id, |out| *failed = append_object(result, out));
    })
}

/// The response to tools/call whose content is one text.
///
/// Raises TypeError for an id that is neither int nor str.
#[pyfunction]
#[pyo3(signature = (id, text, *, is_error = false))]
pub(crate) fn encode_text_result<'py>(
    py: Python<'py>,
    id: &Bound<'py, PyAny>,
    text: &str,
    is_error: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    let id = request_id(id)?;
    let outcome = if is_error { Outcome::Failure } else { Outcome::Success };
    message(py, |out, _| encode::text_result(out, &id, text, outcome))
}

/// An error response. The id is None when that of the request could not be read.
///
/// Raises as encode_request does.
#[pyfunction]
#[pyo3(signature = (id, code, message, error_data = None))]
pub(crate) fn encode_error<'py>(
    py: Python<'py>,
    id: &Bound<'py, PyAny>,
    code: i64,
    message: &str,
    error_data: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let id = if id.is_none() { None } else { Some(request_id(id)?) };
    let mut extra = Vec::new();
    if let Some(value) = error_data {
        append(value, &mut extra)?;
    }
    self::message(py, |out, _| {
        encode::error_with(out, id.as_ref(), |out| write_error(out, code, message, &extra));
    })
}

fn write_error(out: &mut Vec<u8>, code: i64, message: &str, extra: &[u8]) {
    out.extend_from_slice(b"{\"code\":");
    out.extend_from_slice(code.to_string().as_bytes());
    out.extend_from_slice(b",\"message\":");
    mcp_engine::json::write::string(out, message);
    if !extra.is_empty() {
        out.extend_from_slice(b",\"data\":");
        out.extend_from_slice(extra);
    }
    out.push(b'}');
}

/// The bytes that `write` appends, unless it failed.
fn message<'py>(
    py: Python<'py>,
    write: impl FnOnce(&mut Vec<u8>, &mut PyResult<()>),
) -> PyResult<Bound<'py, PyBytes>> {
    let (mut out, mut failed) = (Vec::new(), Ok(()));
    write(&mut out, &mut failed);
    failed.map(|()| PyBytes::new(py, &out))
}
