//! Valid JSON as Python objects, in one pass over the text.

use std::sync::Mutex;

use mcp_engine::json::{Raw, Str, Token, Tokens};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};

use crate::buffer::with_bytes;
use crate::error::{raise, refuse_value};

/// Python objects for a JSON text, which is validated first: `json.loads` with the bounds of the engine.
///
/// Raises ProtocolError when it is not JSON, LimitError when it is too deep, has too many values or more than 1 GiB, ValueError for a number that
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
    match desk.as_deref_mut() {
        Some(desk) => {
            desk.furnish(py);
            Loader { py, tokens: raw.tokens(), desk, fault: None }.all()
        }
        // Somebody else is just using it.
        None => Loader { py, tokens: raw.tokens(), desk: &mut Desk::new(), fault: None }.all(),
    }
}

/// Builds objects from tokens. As deep as the nesting of a valid value, which is bounded.
struct Loader<'py, 'a> {
    py: Python<'py>,
    tokens: Tokens<'a>,
    desk: &'a mut Desk,
    /// Why there is no object. It stands here because an object alone comes back in a register.
    fault: Option<PyErr>,
}

impl<'py> Loader<'py, '_> {
    fn all(mut self) -> PyResult<Bound<'py, PyAny>> {
        self.value().ok_or_else(|| {
            let cut = || PyRuntimeError::new_err("the text of a valid value ended early");
            self.fault.unwrap_or_else(cut)
        })
    }

    fn value(&mut self) -> Option<Bound<'py, PyAny>> {
        if let Some(text) = self.string()? {
            Some(text)
        } else if self.tokens.step_over(b'{') {
            self.object()
        } else if self.tokens.step_over(b'[') {
            self.array()
        } else {
            self.scalar()
        }
    }

    /// The string that comes next; none if something else does.
    fn string(&mut self) -> Option<Option<Bound<'py, PyAny>>> {
        let (py, Desk { words, room, .. }) = (self.py, &mut *self.desk);
        let Some(text) = self.tokens.text(room) else { return Some(None) };
        let word = Spelling::of(text).and_then(|spelling| words.find(spelling));
        let string = match word {
            Some(word) => Ok(word.bind(py).clone()),
            None => PyString::from_bytes(py, text),
        };
        if room.capacity() > KEPT {
            *room = Vec::new();
        }
        self.check(string).map(|text| Some(text.into_any()))
    }

    fn object(&mut self) -> Option<Bound<'py, PyAny>> {
        let (py, object) = (self.py, PyDict::new(self.py));
        while let Some(key) = self.tokens.string() {
            let value = self.value()?;
            // Its key is looked up last, so that it can be used where it is kept.
            let set = match Spelling::of(key.spelling().as_bytes()) {
                Some(spelling) => {
                    let key = self.desk.keys.with(spelling, || Ok(string(py, key)));
                    key.and_then(|key| object.set_item(key.bind(py), value))
                }
                None => object.set_item(string(py, key), value),
            };
            self.check(set)?;
        }
        self.tokens.step_over(b'}').then(|| object.into_any())
    }

    fn array(&mut self) -> Option<Bound<'py, PyAny>> {
        let array = PyList::empty(self.py);
        while !self.tokens.step_over(b']') {
            let appended = array.append(self.value()?);
            self.check(appended)?;
        }
        Some(array.into_any())
    }

    fn scalar(&mut self) -> Option<Bound<'py, PyAny>> {
        let py = self.py;
        match self.tokens.next()? {
            Token::Number(number) => {
                let number = self::number(py, number);
                self.check(number)
            }
            Token::Boolean(truth) => Some(PyBool::new(py, truth).to_owned().into_any()),
            Token::Null => Some(py.None().into_bound(py)),
            _ => None,
        }
    }

    #[inline]
    fn check<T>(&mut self, made: PyResult<T>) -> Option<T> {
        made.map_err(|fault| self.fault = Some(fault)).ok()
    }
}

fn number<'py>(py: Python<'py>, number: Raw<'_>) -> PyResult<Bound<'py, PyAny>> {
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

fn string<'py>(py: Python<'py>, text: Str<'_>) -> Bound<'py, PyString> {
    PyString::new(py, &text.decode())
}

/// What is used again from value to value.
struct Desk {
    /// The keys of messages are few, and come again and again.
    keys: Shelf<KEYS>,
    /// So do the words of the protocol. No others are kept, for they may be secrets.
    words: Shelf<WORD_PLACES>,
    /// Where texts are unescaped.
    room: Vec<u8>,
}

impl Desk {
    const fn new() -> Self {
        Self { keys: Shelf::new(), words: Shelf::new(), room: Vec::new() }
    }

    /// Makes places, and fills those of the words, once.
    fn furnish(&mut self, py: Python<'_>) {
        if !self.keys.places.is_empty() {
            return;
        }
        self.keys.places.resize_with(KEYS, || None);
        self.words.places.resize_with(WORD_PLACES, || None);
        for word in WORDS.into_iter().rev() {
            if let Some(spelling) = Spelling::of(word.as_bytes()) {
                // Of two words that share a place the first one stays.
                let _ = self.words.with(spelling, || Ok(PyString::intern(py, word)));
            }
        }
    }
}

/// Short strings, which all objects share that have them.
struct Shelf<const PLACES: usize> {
    /// Or no places, and then there is one.
    places: Vec<Option<Shared>>,
    only: Option<Shared>,
}

struct Shared {
    spelling: Spelling,
    string: Py<PyString>,
}

impl<const PLACES: usize> Shelf<PLACES> {
    /// Bits of a hash that no place needs.
    const UNUSED: u32 = u64::BITS - PLACES.ilog2();

    const fn new() -> Self {
        Self { places: Vec::new(), only: None }
    }

    fn place(spelling: Spelling) -> usize {
        (spelling.hash() >> Self::UNUSED) as usize
    }

    /// The string that is spelled so, if it is kept.
    #[inline]
    fn find(&self, spelling: Spelling) -> Option<&Py<PyString>> {
        let own = self.places.get(Self::place(spelling))?.as_ref()?;
        own.spelling.is(&spelling).then_some(&own.string)
    }

    /// The string that is spelled so, where it is kept from now on.
    #[inline]
    fn with<'py>(
        &mut self,
        spelling: Spelling,
        make: impl FnOnce() -> PyResult<Bound<'py, PyString>>,
    ) -> PyResult<&Py<PyString>> {
        let slot = self.places.get_mut(Self::place(spelling)).unwrap_or(&mut self.only);
        slot.take_if(|own| !own.spelling.is(&spelling));
        let own = match slot {
            Some(own) => own,
            None => slot.insert(Shared { spelling, string: make()?.unbind() }),
        };
        Ok(&own.string)
    }
}

/// A short text as a few words, which are compared at once.
#[derive(Clone, Copy)]
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

    /// Whether they are equal. A comparison of arrays goes through memory.
    #[inline]
    fn is(&self, other: &Self) -> bool {
        let ([a, b, c], [x, y, z]) = (self.words, other.words);
        (a ^ x) | (b ^ y) | (c ^ z) | (self.len ^ other.len) as u64 == 0
    }

    /// Whoever chooses texts that share a place makes them miss, which costs what it costs without the places.
    fn hash(self) -> u64 {
        let [first, second, third] = self.words;
        let mixed = (first.rotate_left(5) ^ second).wrapping_mul(ODD).rotate_left(29) ^ third;
        mixed.wrapping_mul(ODD)
    }
}

static DESK: Mutex<Desk> = Mutex::new(Desk::new());

/// Places for keys.
const KEYS: usize = 1024;
/// Places for words.
const WORD_PLACES: usize = 256;
/// Values of MCP and of JSON Schema that come again and again, the most frequent first.
const WORDS: [&str; 40] = [
    "string",
    "number",
    "integer",
    "boolean",
    "object",
    "array",
    "null",
    "text",
    "image",
    "audio",
    "resource",
    "resource_link",
    "user",
    "assistant",
    "tool_use",
    "tool_result",
    "text/plain",
    "text/html",
    "text/markdown",
    "application/json",
    "image/png",
    "image/jpeg",
    "audio/wav",
    "debug",
    "info",
    "notice",
    "warning",
    "error",
    "critical",
    "alert",
    "emergency",
    "accept",
    "decline",
    "cancel",
    "working",
    "completed",
    "failed",
    "complete",
    "input_required",
    "2.0",
];
/// Longest text whose memory is kept for the next, in bytes.
const KEPT: usize = 1 << 20;
/// The golden ratio, as multiplicative hashing has it.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
