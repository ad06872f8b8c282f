//! Valid JSON as Python objects, in one pass over the text.

use std::sync::Mutex;

use mcp_engine::json::{Raw, Str, Token, Tokens};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList, PyString};

use crate::buffer::with_bytes;
use crate::error::{raise, refuse_value};

/// Python objects for a JSON text, which is validated first: `json.loads` with the bounds of the engine.
///
/// Raises ProtocolError when it is not JSON, LimitError when it is too deep or has too many values, ValueError for a number that
/// no float can hold.
#[pyfunction]
pub(crate) fn loads<'py>(text: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = text.py();
    if let Ok(text) = text.cast::<PyString>() {
        let raw = Raw::parse(text.to_str()?).map_err(|error| raise(py, error))?;
        return objects(py, raw);
    }
    with_bytes(text, |bytes| Raw::parse_bytes(bytes).map(|raw| objects(py, raw)))?
}

/// The Python objects of a value.
pub(crate) fn objects<'py>(py: Python<'py>, raw: Raw<'_>) -> PyResult<Bound<'py, PyAny>> {
    let mut desk = DESK.try_lock().ok();
    let Some(desk) = desk.as_deref_mut() else {
        // Somebody else is just using it.
        return Loader { py, tokens: raw.tokens(), desk: &mut Desk::default() }.value();
    };
    if desk.keys.is_empty() {
        desk.keys.resize_with(KEYS, || None);
    }
    Loader { py, tokens: raw.tokens(), desk }.value()
}

/// Builds objects from tokens. As deep as the nesting of a valid value, which is bounded.
struct Loader<'py, 'a> {
    py: Python<'py>,
    tokens: Tokens<'a>,
    desk: &'a mut Desk,
}

impl<'py> Loader<'py, '_> {
    fn value(&mut self) -> PyResult<Bound<'py, PyAny>> {
        if let Some(text) = self.string() {
            return Ok(text?.into_any());
        }
        let token = self.tokens.next().ok_or_else(cut)?;
        self.other(token)
    }

    /// The string that comes next, if one does.
    fn string(&mut self) -> Option<PyResult<Bound<'py, PyString>>> {
        let string = PyString::from_bytes(self.py, self.tokens.text(&mut self.desk.text)?);
        if self.desk.text.capacity() > KEPT {
            self.desk.text = Vec::new();
        }
        Some(string)
    }

    /// A value whose first token was taken.
    fn other(&mut self, token: Token<'_>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        match token {
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
            let value = self.value()?;
            // Its key is looked up last, so that it can be used where it is kept.
            self.desk.with_key(self.py, key, |key| object.set_item(key, value))?;
        }
        Ok(object.into_any())
    }

    fn array(&mut self) -> PyResult<Bound<'py, PyAny>> {
        let array = PyList::empty(self.py);
        loop {
            if let Some(text) = self.string() {
                array.append(text?)?;
                continue;
            }
            match self.tokens.next() {
                Some(Token::EndArray) => return Ok(array.into_any()),
                token => array.append(self.other(token.ok_or_else(cut)?)?)?,
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
}

fn string<'py>(py: Python<'py>, text: Str<'_>) -> Bound<'py, PyString> {
    PyString::new(py, &text.decode())
}

fn cut() -> PyErr {
    PyRuntimeError::new_err("the text of a valid value ended early")
}

/// What is used again from value to value.
#[derive(Default)]
struct Desk {
    /// The keys that were seen last, or no places for them. The keys of messages are few, and come again and again.
    keys: Vec<Option<Key>>,
    /// Where texts are unescaped.
    text: Vec<u8>,
}

/// A key that is shared with other objects, since it is short.
struct Key {
    spelling: Spelling,
    key: Py<PyString>,
}

impl Desk {
    fn with_key<'py>(
        &mut self,
        py: Python<'py>,
        key: Str<'_>,
        take: impl FnOnce(&Bound<'py, PyString>) -> PyResult<()>,
    ) -> PyResult<()> {
        let Some(spelling) = Spelling::of(key.spelling().as_bytes()) else {
            return take(&string(py, key));
        };
        let place = spelling.place();
        if let Some(Some(own)) = self.keys.get(place)
            && own.spelling == spelling
        {
            return take(own.key.bind(py));
        }
        let key = string(py, key);
        if let Some(slot) = self.keys.get_mut(place) {
            *slot = Some(Key { spelling, key: key.clone().unbind() });
        }
        take(&key)
    }
}

/// A short text as a few words, which are compared at once.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Spelling {
    words: [u64; 3],
    len: usize,
}

impl Spelling {
    /// Up to 24 bytes. Words overlap where there are fewer bytes, so that with the length each byte is in one.
    fn of(text: &[u8]) -> Option<Self> {
        let len = text.len();
        let last = || text.last_chunk().map(|word| u64::from_le_bytes(*word));
        let at = |from: usize| Some(u64::from_le_bytes(*text.get(from..)?.first_chunk()?));
        let half = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
        let words = match len {
            0..4 => [text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0, 0],
            4..8 => [half(text.first_chunk()?) << 32 | half(text.last_chunk()?), 0, 0],
            8..16 => [at(0)?, last()?, 0],
            16..=24 => [at(0)?, at(8)?, last()?],
            _ => return None,
        };
        Some(Self { words, len })
    }

    /// Whoever chooses keys that share a place makes them miss, which costs what it costs without the places.
    fn place(self) -> usize {
        let [first, second, third] = self.words;
        let mixed = (first.rotate_left(5) ^ second).wrapping_mul(ODD).rotate_left(29) ^ third;
        (mixed.wrapping_mul(ODD) >> BITS_BESIDE_PLACE) as usize
    }
}

static DESK: Mutex<Desk> = Mutex::new(Desk { keys: Vec::new(), text: Vec::new() });

const KEYS: usize = 1024;
const BITS_BESIDE_PLACE: u32 = u64::BITS - KEYS.ilog2();
/// Longest text whose memory is kept for the next, in bytes.
const KEPT: usize = 1 << 20;
/// The golden ratio, as multiplicative hashing has it.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
