//! The three ways in: lines, event streams, whole bodies.

use mcp_engine::{Duplicates, Incoming, Pool};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::batch::Batch;
use crate::buffer::with_bytes;
use crate::error::raise;
use crate::limits::{Limits, bounds};
use crate::message::{Event, verdict};

/// Decodes a stream of lines: standard input and output, and sockets.
///
/// Give it what was read, in pieces of any size; it yields what is complete. A refused message harms no other.
#[pyclass(module = "mcp_engine")]
pub(crate) struct Decoder {
    decoder: mcp_engine::Decoder,
}

#[pymethods]
impl Decoder {
    /// A decoder. With `strict=False` a key may come twice in an object that the protocol does not read.
    #[new]
    #[pyo3(signature = (limits = None, *, strict = true))]
    fn new(limits: Option<&Limits>, strict: bool) -> Self {
        let decoder =
            mcp_engine::Decoder::new(&bounds(limits), duplicates(strict), Pool::default());
        Self { decoder }
    }

    /// Takes bytes in and returns the messages that are complete, and refusals, in their order.
    ///
    /// Raises BufferError or TypeError for what has no buffer of bytes.
    fn feed<'py>(&mut self, chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let found = PyList::empty(chunk.py());
        self.take(chunk, |one| found.append(verdict(found.py(), one)?))?;
        Ok(found)
    }

    /// As `feed`, with one object for all messages: see Batch.
    fn feed_batch(&mut self, chunk: &Bound<'_, PyAny>) -> PyResult<Batch> {
        let mut batch = Batch::default();
        self.take(chunk, |one| {
            batch.push(one);
            Ok(())
        })?;
        Ok(batch)
    }

    /// Declares the end of the stream.
    ///
    /// Raises ProtocolError when it ended inside of a line.
    fn end(&mut self, py: Python<'_>) -> PyResult<()> {
        self.decoder.end().map_err(|error| raise(py, error))
    }
}

impl Decoder {
    /// Feeds a chunk, and hands out what is complete.
    fn take(
        &mut self,
        chunk: &Bound<'_, PyAny>,
        found: impl FnMut(Verdict) -> PyResult<()>,
    ) -> PyResult<()> {
        with_bytes(chunk, |bytes| feed(&mut self.decoder, bytes, found))?
    }
}

/// A message, or why it is none.
pub(crate) type Verdict = Result<mcp_engine::Message, mcp_engine::Refusal>;

/// Copies bytes in, in pieces that have room, and hands out what each of them completes. The inner error is that of `found`.
pub(crate) fn feed<E>(
    decoder: &mut mcp_engine::Decoder,
    bytes: &[u8],
    mut found: impl FnMut(Verdict) -> Result<(), E>,
) -> Result<Result<(), E>, mcp_engine::Error> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let spare = decoder.spare()?;
        let (piece, later) = rest.split_at(spare.len().min(rest.len()));
        if let Some(room) = spare.get_mut(..piece.len()) {
            room.copy_from_slice(piece);
        }
        decoder.commit(piece.len())?;
        rest = later;
        while let Some(one) = decoder.poll() {
            if let Err(error) = found(one) {
                return Ok(Err(error));
            }
        }
    }
    Ok(Ok(()))
}

/// Decodes a stream of server-sent events: the replies of Streamable HTTP.
#[pyclass(module = "mcp_engine")]
pub(crate) struct EventDecoder {
    decoder: mcp_engine::EventDecoder,
}

#[pymethods]
impl EventDecoder {
    /// A decoder; see Decoder.
    #[new]
    #[pyo3(signature = (limits = None, *, strict = true))]
    fn new(limits: Option<&Limits>, strict: bool) -> Self {
        let decoder =
            mcp_engine::EventDecoder::new(&bounds(limits), duplicates(strict), Pool::default());
        Self { decoder }
    }

    /// Takes bytes in and returns messages, other events and refusals, in their order.
    fn feed<'py>(&mut self, chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let found = PyList::empty(chunk.py());
        with_bytes(chunk, |bytes| self.decoder.feed(bytes))?;
        while let Some(incoming) = self.decoder.poll() {
            let one = match incoming {
                Ok(Incoming::Event(event)) => Bound::new(found.py(), Event { event })?.into_any(),
                Ok(Incoming::Message(message)) => verdict(found.py(), Ok(message))?,
                Err(refusal) => verdict(found.py(), Err(refusal))?,
            };
            found.append(one)?;
        }
        Ok(found)
    }

    /// The id of the last event that had one, to resume the stream with.
    #[getter]
    fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// How many milliseconds the server asked to wait before a reconnection, or None.
    #[getter]
    fn retry_ms(&self) -> Option<u64> {
        self.decoder.retry_ms()
    }

    /// Declares the end of the stream.
    ///
    /// Raises ProtocolError when it ended inside of an event.
    fn end(&mut self, py: Python<'_>) -> PyResult<()> {
        self.decoder.end().map_err(|error| raise(py, error))
    }
}

/// Decodes one body: a request or a reply of HTTP that is JSON.
#[pyclass(module = "mcp_engine")]
pub(crate) struct BodyDecoder {
    decoder: mcp_engine::BodyDecoder,
}

#[pymethods]
impl BodyDecoder {
    /// A decoder for one body; see Decoder.
    #[new]
    #[pyo3(signature = (limits = None, *, strict = true))]
    fn new(limits: Option<&Limits>, strict: bool) -> Self {
        let decoder =
            mcp_engine::BodyDecoder::new(&bounds(limits), duplicates(strict), Pool::default());
        Self { decoder }
    }

    /// Takes bytes in.
    ///
    /// Raises LimitError when the body is too long.
    fn feed(&mut self, chunk: &Bound<'_, PyAny>) -> PyResult<()> {
        with_bytes(chunk, |bytes| self.decoder.feed(bytes))
    }

    /// Declares the end of the body and returns its message, or what its batch holds, and refusals.
    fn end<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.decoder.end();
        let found = PyList::empty(py);
        while let Some(one) = self.decoder.poll() {
            found.append(verdict(py, one)?)?;
        }
        Ok(found)
    }
}

fn duplicates(strict: bool) -> Duplicates {
    if strict { Duplicates::Deep } else { Duplicates::Reserved }
}
