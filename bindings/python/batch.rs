//! Many messages as one object.

use bytes::Bytes;
use mcp_engine::{MsgIndex, Refusal as Refused};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyMemoryView};
use zerocopy::IntoBytes;

use crate::buffer::View;
use crate::message::{Message, Refusal};

/// The messages of one chunk: a table of their indexes, and each message when it is asked for.
///
/// `table` has 128 bytes for each message, in the byte order of the machine: `struct.iter_unpack`, or `numpy.frombuffer(batch.table,
/// dtype=mcp_engine.index_dtype())`.
#[pyclass(frozen, module = "mcp_engine")]
#[derive(Default)]
pub(crate) struct Batch {
    messages: Vec<mcp_engine::Message>,
    refusals: Vec<Refused>,
}

impl Batch {
    pub(crate) fn push(&mut self, one: Result<mcp_engine::Message, Refused>) {
        match one {
            Ok(message) => self.messages.push(message),
            Err(refusal) => self.refusals.push(refusal),
        }
    }
}

#[pymethods]
impl Batch {
    /// The indexes of all messages: a view.
    #[getter]
    fn table<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyMemoryView>> {
        let mut table =
            Vec::with_capacity(self.messages.len().saturating_mul(size_of::<MsgIndex>()));
        for message in &self.messages {
            table.extend_from_slice(message.index().as_bytes());
        }
        View::memory(py, Bytes::from(table))
    }

    /// What was refused.
    #[getter]
    fn refusals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let each = self.refusals.iter().cloned();
        let each: PyResult<Vec<_>> =
            each.map(|refusal| Bound::new(py, Refusal { refusal })).collect();
        PyList::new(py, each?)
    }

    fn __len__(&self) -> usize {
        self.messages.len()
    }

    fn __getitem__(&self, py: Python<'_>, at: isize) -> PyResult<Message> {
        let from_end = if at < 0 { self.messages.len() } else { 0 };
        let place = from_end.checked_add_signed(at);
        let message = place.and_then(|place| self.messages.get(place));
        let missing = || PyIndexError::new_err("there are not so many messages");
        Message::new(py, message.cloned().ok_or_else(missing)?)
    }
}
