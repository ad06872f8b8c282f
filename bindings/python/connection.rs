//! One side of a conversation without any I/O, for event loops of Python's own.

use mcp_engine::connection::{Config, Event, Reply};
use mcp_engine::encode::Outcome;
use mcp_engine::json::Raw;
use mcp_engine::model::Json;
use mcp_engine::version::{Era, Role};
use mcp_engine::{Now, RequestId};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::buffer::with_bytes;
use crate::clock::wall;
use crate::conversation::{Asking, Conversation, Options, json, object, object_text, patience};
use crate::error::raise;
use crate::event::ConnectionEvent;
use crate::load::objects;
use crate::message::request_id;
use crate::scheduler::words::time;

/// One side of a conversation over a stream of lines, in any revision of MCP. It does no I/O and asks no clock: `now` is
/// `time.monotonic()`, or what a test wants it to be; what is no time raises ValueError.
///
/// Give it what was read (`receive`), send what it has to say (`transmit`), and call `handle_timeout` when it is time (`deadline`). Options
/// are capabilities, versions, instructions, limits, and in seconds idle_timeout, total_timeout, probe_timeout, handshake_timeout.
#[pyclass(module = "mcp_engine")]
pub(crate) struct Connection {
    talk: Conversation,
}

#[pymethods]
impl Connection {
    /// The side of a client.
    ///
    /// Raises TypeError for an option that there is not, ValueError for a value that it cannot have.
    #[staticmethod]
    #[pyo3(signature = (name, version, **options))]
    fn client(
        py: Python<'_>,
        name: &str,
        version: &str,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        Self::open(py, Options::of(options)?.apply(Config::client(name, version))?)
    }

    /// The side of a server; see `client`.
    #[staticmethod]
    #[pyo3(signature = (name, version, **options))]
    fn server(
        py: Python<'_>,
        name: &str,
        version: &str,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        Self::open(py, Options::of(options)?.apply(Config::server(name, version))?)
    }

    /// Opens the conversation of a client. The event "ready" says when it is open.
    ///
    /// Raises MisuseError on a server, and the second time.
    fn start(&mut self, py: Python<'_>, now: f64) -> PyResult<()> {
        let started = self.talk.connection.start(moment(now)?);
        started.map_err(|error| self.talk.refused(py, error))
    }

    /// Takes bytes in and returns what they told.
    ///
    /// Raises ClosedError after the end.
    fn receive(&mut self, chunk: &Bound<'_, PyAny>, now: f64) -> PyResult<Vec<ConnectionEvent>> {
        let (now, mut events) = (moment(now)?, Vec::new());
        with_bytes(chunk, |bytes| self.talk.feed(bytes, now, &mut events))?;
        Ok(named(events))
    }

    /// Declares that the peer is gone, and returns what that ended.
    fn end(&mut self) -> Vec<ConnectionEvent> {
        let mut events = Vec::new();
        self.talk.end(&mut events);
        named(events)
    }

    /// Ends the conversation: requests that wait fail, and nothing is sent any more.
    fn close(&mut self) -> Vec<ConnectionEvent> {
        self.talk.connection.close();
        self.events()
    }

    /// What waits to be sent: lines.
    fn transmit<'py>(&mut self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let mut unsent = Vec::new();
        self.talk.transmit(&mut unsent);
        PyBytes::new(py, &unsent)
    }

    /// When `handle_timeout` has to be called, by the clock of `now`; None for never.
    fn deadline(&self) -> Option<f64> {
        self.talk.connection.poll_timeout().map(|ns| ns as f64 / 1e9)
    }

    /// Lets time pass, and returns what that ended.
    fn handle_timeout(&mut self, now: f64) -> PyResult<Vec<ConnectionEvent>> {
        self.talk.connection.handle_timeout(moment(now)?);
        Ok(self.events())
    }

    /// Asks the peer something and returns the id that the answer will have.
    ///
    /// Raises ProtocolError when the peer or the revision does not allow it, LimitError when too much waits, MisuseError before "ready",
    /// ClosedError after the end, ValueError for what JSON cannot say.
    #[pyo3(signature = (method, params = None, *, now, progress = false, idle_timeout = None, total_timeout = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn request(
        &mut self,
        py: Python<'_>,
        method: &str,
        params: Option<&Bound<'_, PyAny>>,
        now: f64,
        progress: bool,
        idle_timeout: Option<f64>,
        total_timeout: Option<f64>,
    ) -> PyResult<i64> {
        let params = params.map(object_text).transpose()?;
        let asking = Asking {
            method,
            params: params.as_deref(),
            wants_progress: progress,
            patience: patience(idle_timeout, total_timeout)?,
        };
        let id = self.talk.ask(&asking, moment(now)?)?;
        id.map_err(|error| self.talk.refused(py, error))
    }

    /// Does without the answer to a request. It may have come already.
    #[pyo3(signature = (id, reason = None, *, now))]
    fn cancel(&mut self, id: i64, reason: Option<&str>, now: f64) -> PyResult<()> {
        self.talk.withdraw(id, reason, moment(now)?);
        Ok(())
    }

    /// Answers a request of the peer with a result: a dict, a model, or a view of JSON.
    ///
    /// Raises MisuseError for a request that there is not, ProtocolError when the revision does not allow the answer, ValueError for what JSON
    /// cannot say.
    fn respond(
        &mut self,
        id: &Bound<'_, PyAny>,
        result: &Bound<'_, PyAny>,
        now: f64,
    ) -> PyResult<()> {
        let text = object_text(result)?;
        self.reply(id, Reply::Result(object(&text)?), now)
    }

    /// Answers a call of a tool with one text.
    ///
    /// Raises as `respond` does.
    #[pyo3(signature = (id, text, now, *, is_error = false))]
    fn respond_text(
        &mut self,
        id: &Bound<'_, PyAny>,
        text: &str,
        now: f64,
        is_error: bool,
    ) -> PyResult<()> {
        let outcome = if is_error { Outcome::Failure } else { Outcome::Success };
        self.reply(id, Reply::Text(text, outcome), now)
    }

    /// Answers a request of the peer with an error. `data` is anything that JSON can say.
    ///
    /// Raises as `respond` does.
    #[pyo3(signature = (id, code, message, now, data = None))]
    fn respond_error(
        &mut self,
        id: &Bound<'_, PyAny>,
        code: i64,
        message: &str,
        now: f64,
        data: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let data = data.map(json).transpose()?;
        self.reply(id, Reply::Error { code, message, data: data.as_ref().map(Json::raw) }, now)
    }

    /// Says something to the peer. `related` is the request of the peer that it belongs to.
    ///
    /// Raises ProtocolError when the revision does not allow it, MisuseError before "ready", ClosedError after the end.
    #[pyo3(signature = (method, params = None, related = None))]
    fn notify(
        &mut self,
        py: Python<'_>,
        method: &str,
        params: Option<&Bound<'_, PyAny>>,
        related: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let params = params.map(object_text).transpose()?;
        let params = params.as_deref().map(object).transpose()?;
        let related = related.map(request_id).transpose()?;
        let said = self.talk.connection.notify(method, params, related.as_ref());
        said.map_err(|error| self.talk.refused(py, error))
    }

    /// Tells how far a request of the peer is. What was told before and not sent yet is replaced.
    ///
    /// Raises MisuseError for a request that there is not, and for a value that does not increase.
    #[pyo3(signature = (id, value, total = None, message = None))]
    fn progress(
        &mut self,
        id: &Bound<'_, PyAny>,
        value: f64,
        total: Option<f64>,
        message: Option<&str>,
    ) -> PyResult<()> {
        let own: RequestId = request_id(id)?;
        let told = self.talk.connection.progress(&own, value, total, message);
        told.map(drop).map_err(|error| raise(id.py(), error))
    }

    /// The revision that was agreed on, or None.
    #[getter]
    fn version(&self) -> Option<&'static str> {
        self.talk.connection.version().map(|version| version.name())
    }

    /// "modern" or "legacy", or None before it is known.
    #[getter]
    fn era(&self) -> Option<&'static str> {
        self.talk.connection.era().map(era_name)
    }

    /// "client" or "server".
    #[getter]
    fn role(&self) -> &'static str {
        match self.talk.connection.config().role {
            Role::Client => "client",
            Role::Server => "server",
        }
    }

    /// What the peer has declared, as Python objects, or None.
    #[getter]
    fn peer_capabilities<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.told(py, self.talk.connection.peer_declared())
    }

    /// The name and version of the peer, as Python objects, or None.
    #[getter]
    fn peer_implementation<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.told(py, self.talk.connection.peer_implementation())
    }

    /// How the server wants to be used, or None.
    #[getter]
    fn instructions(&self) -> Option<&str> {
        self.talk.connection.instructions()
    }

    /// Why the conversation is over, or None.
    #[getter]
    fn closing(&self) -> Option<String> {
        self.talk.connection.closing().map(|closing| closing.to_string())
    }

    /// How often each rule was broken and each limit reached, by name.
    #[getter]
    fn refusals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let refusals = PyDict::new(py);
        for counters in [self.talk.connection.counters(), self.talk.decoder.counters()] {
            for (_, rule, count) in counters.rules() {
                refusals.set_item(rule, count)?;
            }
        }
        Ok(refusals)
    }
}

impl Connection {
    fn open(py: Python<'_>, config: Config) -> PyResult<Self> {
        let talk = Conversation::new(config).map_err(|error| raise(py, error))?;
        Ok(Self { talk })
    }

    fn events(&mut self) -> Vec<ConnectionEvent> {
        let mut events = Vec::new();
        self.talk.drain(&mut events);
        named(events)
    }

    fn reply(&mut self, id: &Bound<'_, PyAny>, reply: Reply<'_>, now: f64) -> PyResult<()> {
        let own = request_id(id)?;
        let answered = self.talk.connection.respond(&own, reply, moment(now)?);
        answered.map(drop).map_err(|error| raise(id.py(), error))
    }

    fn told<'py>(
        &self,
        py: Python<'py>,
        raw: Option<Raw<'_>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        raw.map(|raw| objects(py, raw)).transpose()
    }
}

pub(crate) fn era_name(era: Era) -> &'static str {
    match era {
        Era::Modern => "modern",
        Era::Legacy => "legacy",
    }
}

fn named(events: Vec<Event>) -> Vec<ConnectionEvent> {
    events.into_iter().filter_map(ConnectionEvent::new).collect()
}

/// The moment at so many seconds. What is no time counts as the beginning.
fn moment(now: f64) -> PyResult<Now> {
    Ok(Now { mono_ns: time("now", now)?, unix_ms: wall() })
}
