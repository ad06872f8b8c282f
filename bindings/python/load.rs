//! Valid JSON as Python objects, in one pass over the text.

use std::sync::Mutex;

use mcp_engine::json::{Raw, Str, Token, Tokens};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList, PyString};

use crate::buffer::with_bytes;
use crate::error::refuse_value;

/// Python objects for a JSON text, which is validated first: `json.loads` with the bounds of the engine.
///
/// Raises ProtocolError when it is not JSON, LimitError when it is too deep or has too many values, ValueError for a number that
/// no float can hold.
#[pyfunction]
pub(crate) fn loads<'py>(text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = text.py();
    if let Ok(text) = text.cast::<PyString>() {
        let raw = Raw::parse(text.to_str()?).map_err(|error| crate::error::raise(py, error))?;
        return objects(py, raw);
    }
    with_bytes(text, |bytes| Raw::parse_bytes(bytes).map(|raw| objects(py, raw)))?
}

/// The Python objects of a value.
pub(crate) fn objects<'py>(py: Python<'py>, raw: Raw<'_>) -> PyResult<Bound<'py, PyAny>> {
    let mut keys = KEYS.try_lock().ok();
    let mut loader = Loader { py, tokens: raw.tokens(), keys: keys.as_deref_mut() };
    let first = loader.tokens.next();
    loader.value(first)
}

/// Builds objects from tokens. As deep as the nesting of a valid value, which is bounded.
struct Loader<'py, 'a> {
    py: Python<'py>,
    tokens: Tokens<'a>,
    /// `None` when somebody else is just using them.
    keys: Option<&'a mut Keys>,
}

impl<'py> Loader<'py, '_> {
    fn value(&mut self, token: Option<Token<'_>>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        match token.ok_or_else(cut)? {
            Token::BeginObject => self.object(),
            Token::BeginArray => self.array(),
            Token::String(text) => Ok(string(py, text).into_any()),
            Token::Number(number) => self.number(number),
            Token::Boolean(truth) => Ok(truth.into_pyobject(py)?.to_owned().into_any()),
            Token::Null => Ok(py.None().into_bound(py)),
            Token::EndObject | Token::EndArray => Err(cut()),
        }
    }

    fn object(&mut self) -> PyResult<Bound<'py, PyAny>> {
        let object = PyDict::new(self.py);
        while let Some(Token::String(key)) = self.tokens.next() {
            let key = self.key(key);
            let token = self.tokens.next();
            object.set_item(key, self.value(token)?)?;
        }
        Ok(object.into_any())
    }

    fn array(&mut self) -> PyResult<Bound<'py, PyAny>> {
        let array = PyList::empty(self.py);
        loop {
            match self.tokens.next() {
                Some(Token::EndArray) => return Ok(array.into_any()),
                token => array.append(self.value(token)?)?,
            }
        }
    }

    fn number(&self, number: Raw<'_>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        if let Some(integer) = number.as_i64() {
            return Ok(integer.into_pyobject(py)?.into_any());
        }
        let text = number.spelling();
        if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            return py.get_type::<PyInt>().call1((text,));
        }
        match number.as_f64() {
            Some(float) => Ok(PyFloat::new(py, float).into_any()),
            None => Err(refuse_value("no float can hold a number of the text")),
        }
    }

    /// The key of a member, shared with other objects when it is short.
    fn key(&mut self, key: Str<'_>) -> Bound<'py, PyString> {
        match &mut self.keys {
            Some(keys) if key.spelling().len() <= SHORT => keys.find(self.py, key),
            _ => string(self.py, key),
        }
    }
}

fn string<'py>(py: Python<'py>, text: Str<'_>) -> Bound<'py, PyString> {
    PyString::new(py, &text.decode())
}

fn cut() -> PyErr {
    PyRuntimeError::new_err("the text of a valid value ended early")
}

/// The keys that were seen last. The keys of messages are few, and come again and again.
struct Keys {
    slots: Vec<Option<Slot>>,
}

struct Slot {
    spelling: [u8; SHORT],
    len: usize,
    key: Py<PyString>,
}

impl Keys {
    fn find<'py>(&mut self, py: Python<'py>, key: Str<'_>) -> Bound<'py, PyString> {
        let bytes = key.spelling().as_bytes();
        let place = place_of(bytes);
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        let Some(slot) = self.slots.get_mut(place) else { return string(py, key) };
        if let Some(own) = slot
            && own.spelling.get(..own.len) == Some(bytes)
        {
            return own.key.bind(py).clone();
        }
        let object = string(py, key);
        let mut spelling = [0; SHORT];
        if let Some(room) = spelling.get_mut(..bytes.len()) {
            room.copy_from_slice(bytes);
            *slot = Some(Slot { spelling, len: bytes.len(), key: object.clone().unbind() });
        }
        object
    }
}

/// Whoever chooses keys that share a place makes them miss, which costs what it costs without the places.
fn place_of(key: &[u8]) -> usize {
    let mix = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    let hash = key.iter().fold(0x811c_9dc5, mix);
    (hash ^ (hash >> 15)) as usize % SLOTS
}

static KEYS: Mutex<Keys> = Mutex::new(Keys { slots: Vec::new() });

const SLOTS: usize = 1024;
/// Longest key that is shared, in bytes.
const SHORT: usize = 24;
