//! Python objects as JSON.

use mcp_engine::json::{Raw, write};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use crate::error::refuse_value;
use crate::message::Message;

/// The JSON text of an object, in UTF-8 and without spaces.
///
/// Takes None, bool, int, float, str, list, tuple, dict with keys of str, whatever has a method `model_dump` as the models of pydantic have, and
/// views of JSON that the engine has validated, which are copied as they are.
///
/// Raises ValueError for what JSON cannot say: other types, NaN, infinities, lone surrogates, nesting deeper than 128.
#[pyfunction]
pub(crate) fn dumps<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let mut out = Vec::new();
    append(value, &mut out)?;
    Ok(PyBytes::new(value.py(), &out))
}

/// Appends the JSON text of an object.
pub(crate) fn append(value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    let mut dumper = Dumper { out, place: Vec::new() };
    dumper.value(value, 0).map_err(|error| located(value.py(), error, &dumper.place))
}

/// A refusal that says where the value is, by the names and numbers that lead there, the innermost first.
fn located(py: Python<'_>, error: PyErr, place: &[String]) -> PyErr {
    if place.is_empty() || !error.get_type(py).is(py.get_type::<PyValueError>()) {
        return error;
    }
    let from = place.len().saturating_sub(LONGEST_PLACE);
    let names = place.get(from..).unwrap_or_default().iter().rev();
    let place: String = names.flat_map(|name| ["/", name]).collect();
    refuse_value(&format!("{place}: {}", error.value(py)))
}

/// Appends the JSON text of what has to be an object in JSON.
pub(crate) fn append_object(value: &Bound<'_, PyAny>, out: &mut Vec<u8>) -> PyResult<()> {
    let start = out.len();
    append(value, out)?;
    match out.get(start) {
        Some(b'{') => Ok(()),
        _ => Err(refuse_value("it must be an object of JSON: a dict")),
    }
}

struct Dumper<'o> {
    out: &'o mut Vec<u8>,
    /// Where what cannot be said is: known once it was met, on the way back from it.
    place: Vec<String>,
}

impl Dumper<'_> {
    /// As deep as JSON may be nested.
    fn value(&mut self, value: &Bound<'_, PyAny>, depth: u32) -> PyResult<()> {
        if let Ok(text) = value.cast::<PyString>() {
            return self.string(text);
        }
        if let Ok(object) = value.cast::<PyDict>() {
            return self.object(object, deeper(depth)?);
        }
        if value.is_none() {
            self.out.extend_from_slice(b"null");
            return Ok(());
        }
        if let Ok(truth) = value.cast::<PyBool>() {
            self.out.extend_from_slice(if truth.is_true() { b"true" } else { b"false" });
            return Ok(());
        }
        if value.is_instance_of::<PyInt>() {
            return self.integer(value);
        }
        if let Ok(float) = value.cast::<PyFloat>() {
            return self.float(float);
        }
        if let Ok(list) = value.cast::<PyList>() {
            return self.array(list.iter(), deeper(depth)?);
        }
        if let Ok(tuple) = value.cast::<PyTuple>() {
            return self.array(tuple.iter(), deeper(depth)?);
        }
        self.other(value, depth)
    }

    fn string(&mut self, text: &Bound<'_, PyString>) -> PyResult<()> {
        let lone =
            |_| refuse_value("a text has half of a surrogate pair, and JSON only whole ones");
        write::string(self.out, text.to_str().map_err(lone)?);
        Ok(())
    }

    fn object(&mut self, object: &Bound<'_, PyDict>, depth: u32) -> PyResult<()> {
        self.out.push(b'{');
        // A copy of the list: what is called on the way may change the dict.
        for (at, member) in object.items().iter().enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            let (key, value) = member.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
            let wrong = |_| refuse_value("the keys of an object are strings");
            let key = key.cast::<PyString>().map_err(wrong)?;
            self.string(key)?;
            self.out.push(b':');
            self.value(&value, depth).inspect_err(|_| self.place.push(key.to_string()))?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn array<'py>(
        &mut self,
        values: impl Iterator<Item = Bound<'py, PyAny>>,
        depth: u32,
    ) -> PyResult<()> {
        self.out.push(b'[');
        for (at, value) in values.enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            self.value(&value, depth).inspect_err(|_| self.place.push(at.to_string()))?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn integer(&mut self, integer: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = integer.py();
        let text = match integer.extract::<i64>() {
            Ok(small) => small.to_string(),
            // `int` itself, since a class derived from it may print itself as it likes.
            Err(_) => py
                .get_type::<PyInt>()
                .call_method1(intern!(py, "__repr__"), (integer,))?
                .to_string(),
        };
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn float(&mut self, float: &Bound<'_, PyFloat>) -> PyResult<()> {
        let py = float.py();
        if !float.value().is_finite() {
            return Err(refuse_value("JSON has neither NaN nor infinities"));
        }
        let text = py.get_type::<PyFloat>().call_method1(intern!(py, "__repr__"), (float,))?;
        self.out.extend_from_slice(text.cast::<PyString>()?.to_str()?.as_bytes());
        Ok(())
    }

    fn other(&mut self, value: &Bound<'_, PyAny>, depth: u32) -> PyResult<()> {
        let py = value.py();
        if let Ok(message) = value.cast::<Message>() {
            let text = message.get().message.as_str();
            self.out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        if let Some(bytes) = raw_json(value)? {
            let raw = Raw::parse_bytes(&bytes).map_err(|error| crate::error::raise(py, error))?;
            self.out.extend_from_slice(raw.spelling().as_bytes());
            return Ok(());
        }
        if let Some(dump) = value.getattr_opt(intern!(py, "model_dump"))? {
            let options = PyDict::new(py);
            options.set_item("mode", "json")?;
            options.set_item("by_alias", true)?;
            options.set_item("exclude_none", true)?;
            return self.value(&dump.call((), Some(&options))?, deeper(depth)?);
        }
        let class = value.get_type().name()?;
        Err(refuse_value(&format!("JSON has nothing for a {class}")))
    }
}

/// The bytes of a `memoryview`, which is how JSON is passed on as it is.
fn raw_json(value: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    if !value.is_instance_of::<pyo3::types::PyMemoryView>() {
        return Ok(None);
    }
    let bytes = pyo3::buffer::PyBuffer::<u8>::get(value)?.to_vec(value.py())?;
    Ok(Some(bytes))
}

fn deeper(depth: u32) -> PyResult<u32> {
    let depth = depth.saturating_add(1);
    if depth > DEEPEST {
        return Err(refuse_value(&format!("it is nested deeper than {DEEPEST}, or in itself")));
    }
    Ok(depth)
}

/// Names and numbers that an exception has of the place of a value.
const LONGEST_PLACE: usize = 16;
/// What the engine reads at most.
const DEEPEST: u32 = mcp_engine::Limits::MAX_DEPTH as u32;
