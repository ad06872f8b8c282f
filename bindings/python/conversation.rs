//! A connection with its decoder: bytes in, events and bytes out.
//!
//! What both faces of it share: the `Connection` that leaves all I/O to Python, and the `Channel` that reads and writes by itself.

use std::convert::Infallible;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use mcp_engine::connection::{
    Call, Config, Connection, Event, Extend, Framing, Patience, StreamId, Transmit, TransmitBuf,
};
use mcp_engine::json::Raw;
use mcp_engine::model::Json;
use mcp_engine::transport::Arrival;
use mcp_engine::version::Version;
use mcp_engine::{Decoder, Duplicates, Error, Message, Now, Pool, RequestId};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::clock::nanoseconds;
use crate::decoder::{Verdict, feed};
use crate::dump::{append, append_object};
use crate::error::{raise, refused};
use crate::limits::{Limits, bounds};

/// One side of a conversation: over a stream of lines, or over a transport that has frames of its own.
pub(crate) struct Conversation {
    pub(crate) connection: Connection,
    pub(crate) decoder: Decoder,
    out: TransmitBuf,
}

impl Conversation {
    pub(crate) fn new(config: Config) -> Result<Self, Error> {
        Self::framed(config, Framing::Line)
    }

    pub(crate) fn framed(config: Config, framing: Framing) -> Result<Self, Error> {
        let decoder = Decoder::new(&config.limits, Duplicates::Deep, Pool::default());
        let out = TransmitBuf::new(framing);
        Ok(Self { connection: Connection::new(config)?, decoder, out })
    }

    /// Takes in what the decoder has complete.
    pub(crate) fn take_in(&mut self, now: Now, events: &mut Vec<Event>) {
        while let Some(verdict) = self.decoder.poll() {
            take(&mut self.connection, StreamId::MAIN, verdict, now, events);
        }
    }

    /// Copies bytes in, and takes in what they complete.
    pub(crate) fn feed(
        &mut self,
        bytes: &[u8],
        now: Now,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        let Self { connection, decoder, .. } = self;
        let fed = feed(decoder, bytes, |verdict| {
            take(connection, StreamId::MAIN, verdict, now, events);
            Ok::<(), Infallible>(())
        });
        fed.map(drop)
    }

    /// Takes in what a transport has brought. Says why a request has no answer, when the transport has said so.
    pub(crate) fn arrive(
        &mut self,
        arrival: Arrival,
        now: Now,
        events: &mut Vec<Event>,
    ) -> Option<Arc<io::Error>> {
        let connection = &mut self.connection;
        let mut cause = None;
        match arrival {
            Arrival::Message(stream, verdict) => take(connection, stream, verdict, now, events),
            Arrival::StreamClosed(stream) => connection.stream_closed(stream, now),
            Arrival::StreamFailed(stream, error) => {
                cause = Some(Arc::new(error));
                connection.stream_closed(stream, now);
            }
            Arrival::Standalone(stream) => connection.set_standalone(stream),
            // It has gone further already, and what had to be counted was.
            Arrival::FallBack => drop(connection.fall_back(now)),
            _ => {}
        }
        self.drain(events);
        cause
    }

    /// The exception for what the connection has refused.
    pub(crate) fn refused(&self, py: Python<'_>, error: Error) -> PyErr {
        refused(py, error, self.connection.closing())
    }

    /// The peer is gone.
    pub(crate) fn end(&mut self, events: &mut Vec<Event>) {
        // A line that was cut off is in the counters.
        let _ = self.decoder.end();
        self.connection.peer_closed();
        self.drain(events);
    }

    pub(crate) fn drain(&mut self, events: &mut Vec<Event>) {
        drain(&mut self.connection, events);
    }

    /// Appends what waits to be sent, as lines.
    pub(crate) fn transmit(&mut self, unsent: &mut Vec<u8>) {
        while let Some(transmit) = self.connection.poll_transmit(&mut self.out) {
            let Some(body) = transmit.body else { continue };
            // What comes before it is already there, what comes behind it follows.
            let tail = self.out.bytes.split_off(transmit.tail.start.min(self.out.bytes.len()));
            self.out.bytes.extend_from_slice(&body);
            self.out.bytes.extend_from_slice(&tail);
        }
        unsent.append(&mut self.out.bytes);
        self.out.clear();
    }

    /// The next message for a transport, all of it in its body.
    pub(crate) fn poll_transmit(&mut self) -> Option<Transmit> {
        let transmit = self.connection.poll_transmit(&mut self.out)?;
        let part = |range: &Range<usize>| self.out.bytes.get(range.clone()).unwrap_or_default();
        let body = transmit.body.as_deref().unwrap_or_default();
        let message = [part(&transmit.head), body, part(&transmit.tail)].concat();
        self.out.clear();
        let body = (!message.is_empty()).then(|| Bytes::from(message));
        Some(Transmit { head: 0..0, body, tail: 0..0, ..transmit })
    }
}

/// Takes one message in. One that breaks a rule was counted, answered where it can be, and harms nothing else.
fn take(
    connection: &mut Connection,
    stream: StreamId,
    verdict: Verdict,
    now: Now,
    events: &mut Vec<Event>,
) {
    // The errors are in the counters of the connection, and whoever waits hears of them by events.
    let _ = match verdict {
        Ok(message) => connection.receive(stream, message, now),
        Err(refusal) => connection.refuse(stream, &refusal, now),
    };
    drain(connection, events);
}

fn drain(connection: &mut Connection, events: &mut Vec<Event>) {
    while let Some(event) = connection.poll_event() {
        events.push(event);
    }
}

/// What an application decides before it opens a connection, as keywords of Python.
#[derive(Default)]
pub(crate) struct Options<'py> {
    capabilities: Option<Bound<'py, PyAny>>,
    versions: Option<Vec<String>>,
    instructions: Option<String>,
    limits: Option<Bound<'py, Limits>>,
    idle_timeout: Option<f64>,
    total_timeout: Option<f64>,
    probe_timeout: Option<f64>,
    handshake_timeout: Option<f64>,
}

impl<'py> Options<'py> {
    /// The keywords of a call.
    pub(crate) fn of(keywords: Option<&Bound<'py, PyDict>>) -> PyResult<Self> {
        let mut options = Self::default();
        let Some(keywords) = keywords else { return Ok(options) };
        for (name, value) in keywords.iter() {
            options.set(&name.extract::<String>()?, &value)?;
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &Bound<'py, PyAny>) -> PyResult<()> {
        match name {
            "capabilities" => self.capabilities = named(name, value)?,
            "versions" => self.versions = named(name, value)?,
            "instructions" => self.instructions = named(name, value)?,
            "limits" => self.limits = named(name, value)?,
            "idle_timeout" => self.idle_timeout = named(name, value)?,
            "total_timeout" => self.total_timeout = named(name, value)?,
            "probe_timeout" => self.probe_timeout = named(name, value)?,
            "handshake_timeout" => self.handshake_timeout = named(name, value)?,
            _ => return Err(PyTypeError::new_err(format!("there is no option {name:?}"))),
        }
        Ok(())
    }

    /// The configuration of one side.
    pub(crate) fn apply(&self, mut config: Config) -> PyResult<Config> {
        if let Some(capabilities) = &self.capabilities {
            let text = object_text(capabilities)?;
            config = config.capabilities(object(&text)?);
        }
        if let Some(versions) = &self.versions {
            config = config.versions(named_versions(versions)?);
        }
        if let Some(instructions) = &self.instructions {
            config = config.instructions(instructions);
        }
        config.limits = bounds(self.limits.as_ref().map(|limits| limits.get()));
        config.patience =
            patience(self.idle_timeout, self.total_timeout)?.unwrap_or(config.patience);
        config.probe_ns = duration(self.probe_timeout)?.unwrap_or(config.probe_ns);
        config.handshake_ns = duration(self.handshake_timeout)?.unwrap_or(config.handshake_ns);
        Ok(config)
    }
}

/// The value of an option. Raises TypeError, which names it, for one of another type.
fn named<'a, 'py, T: FromPyObject<'a, 'py>>(
    name: &str,
    value: &'a Bound<'py, PyAny>,
) -> PyResult<T> {
    value.extract().map_err(|error: T::Error| {
        let error: PyErr = error.into();
        PyTypeError::new_err(format!("the option {name:?}: {}", error.value(value.py())))
    })
}

pub(crate) fn named_versions(names: &[String]) -> PyResult<Vec<Version>> {
    let unknown = |name: &String| PyValueError::new_err(format!("there is no revision {name:?}"));
    names.iter().map(|name| Version::from_name(name).ok_or_else(|| unknown(name))).collect()
}

/// How long a request may take: without a sign of life, and in all, which is no less. `None` when neither is said.
pub(crate) fn patience(idle: Option<f64>, total: Option<f64>) -> PyResult<Option<Patience>> {
    if idle.is_none() && total.is_none() {
        return Ok(None);
    }
    let default = Patience::default();
    let idle_ns = duration(idle)?.unwrap_or(default.idle_ns);
    let longest = if idle_ns == UNLIMITED { UNLIMITED } else { default.total_ns.max(idle_ns) };
    let total_ns = duration(total)?.unwrap_or(longest);
    Ok(Some(Patience { idle_ns, progress: Extend::OnProgress, total_ns }))
}

fn duration(seconds: Option<f64>) -> PyResult<Option<u64>> {
    let Some(seconds) = seconds else { return Ok(None) };
    if seconds == f64::INFINITY {
        return Ok(Some(UNLIMITED));
    }
    // 0 stands for no limit below; whoever asks for no time wants none.
    let ns = nanoseconds(seconds).map(|ns| ns.max(1));
    ns.map(Some).ok_or_else(|| {
        let reason = "a timeout is a number of seconds from 0 to 1e9, or infinite, and not";
        PyValueError::new_err(format!("{reason} {seconds}"))
    })
}

/// What stands for no limit below.
const UNLIMITED: u64 = 0;

/// The text of an object of JSON.
pub(crate) fn object_text(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let mut text = Vec::new();
    append_object(value, &mut text)?;
    Ok(text)
}

/// What `object_text` has written, to be handed on.
pub(crate) fn object(text: &[u8]) -> PyResult<Raw<'_>> {
    Raw::parse_bytes(text).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// A value of Python as JSON.
pub(crate) fn json(value: &Bound<'_, PyAny>) -> PyResult<Json<'static>> {
    let mut text = Vec::new();
    append(value, &mut text)?;
    let text = String::from_utf8(text).map_err(|error| PyValueError::new_err(error.to_string()))?;
    Json::parse(text).map_err(|error| raise(value.py(), error))
}

/// What a request says beside its method.
pub(crate) struct Asking<'a> {
    pub(crate) method: &'a str,
    pub(crate) params: Option<&'a [u8]>,
    pub(crate) wants_progress: bool,
    pub(crate) patience: Option<Patience>,
}

impl Asking<'_> {
    fn call(&self) -> PyResult<Call<'_>> {
        let mut call = Call::named(self.method);
        if let Some(params) = self.params {
            call = call.params(object(params)?);
        }
        if self.wants_progress {
            call = call.with_progress();
        }
        if let Some(patience) = self.patience {
            call = call.patience(patience);
        }
        Ok(call)
    }
}

impl Conversation {
    /// Asks the peer something.
    pub(crate) fn ask(&mut self, asking: &Asking<'_>, now: Now) -> PyResult<Result<i64, Error>> {
        let id = self.connection.request(asking.call()?, now);
        Ok(id.map(|id| id.as_i64().unwrap_or_default()))
    }

    /// Asks again, with the input that the server wanted.
    pub(crate) fn ask_again(
        &mut self,
        asking: &Asking<'_>,
        input: &Message,
        responses: Raw<'_>,
        now: Now,
    ) -> PyResult<Result<i64, Error>> {
        let id = self.connection.retry(asking.call()?, input, Some(responses), now);
        Ok(id.map(|id| id.as_i64().unwrap_or_default()))
    }

    /// Does without an answer. It may have come already.
    pub(crate) fn withdraw(&mut self, id: i64, reason: Option<&str>, now: Now) {
        let _ = self.connection.cancel(&RequestId::from(id), reason, now);
    }
}
