//! The connection of a client with its server: read and written here, waited for by Python's event loop.
//!
//! One call for each time that there is something to read: it reads, parses, and gives every answer to the future that waits for it. Futures
//! are called without the lock of the channel, since a loop may run any code of Python's then.
//!
//! ```text
//! loop ─readable──▶ way ─▶ connection ─▶ set_result of futures, events to the caller
//! call ─▶ connection ─▶ way ◀─ flush ─ loop
//! ```

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_engine::Error;
use mcp_engine::connection::{Config, Event, Failure, Framing, Reply, UnknownMethods};
use mcp_engine::json::write;
use mcp_engine::model::Json;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3::{PyTraverseError, PyVisit};

use crate::answers::{Decided, Outcome};
use crate::clock::Clock;
use crate::connection::era_name;
use crate::conversation::{Asking, Conversation, Options, json, object, object_text, patience};
use crate::error::{lost, raise, refused};
use crate::event::ConnectionEvent;
use crate::ferry::Landed;
use crate::load::objects;
use crate::message::{Message, request_id};
use crate::program::{Program, Started};
use crate::remains::Remains;
use crate::remote::{Reached, Remote};
use crate::way::{Pipes, Way};

/// The connection with a server. Every method may be called from any thread.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Channel {
    state: Mutex<State>,
    remains: Remains,
    clock: Clock,
}

struct State {
    talk: Conversation,
    /// Gone once it is closed.
    way: Option<Way>,
    /// Futures of requests, by id.
    waiting: HashMap<i64, Py<PyAny>>,
    /// Why the conversation is over, as far as the transport knows.
    cause: Option<Arc<io::Error>>,
}

#[pymethods]
impl Channel {
    /// Starts a program, or begins to connect, and begins a conversation. Options are those of `Connection.client`.
    ///
    /// Raises OSError when the program cannot be started, TypeError and ValueError as `Connection.client` does.
    #[staticmethod]
    #[pyo3(signature = (server, name, version, **options))]
    fn open(
        server: &Bound<'_, PyAny>,
        name: &str,
        version: &str,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let py = server.py();
        let mut config = Options::of(options)?.apply(Config::client(name, version))?;
        config.unknown_methods = UnknownMethods::Deliver;
        if let Ok(program) = server.cast::<Program>() {
            let start = || {
                let Started { pipes, remains } = program.get().start(py)?;
                Ok((Way::Pipes(Pipes::new(pipes)), remains))
            };
            return Self::begin(py, config, Framing::Line, start);
        }
        let Ok(remote) = server.cast::<Remote>() else {
            return Err(PyTypeError::new_err("a server is a Program or a Remote"));
        };
        let (remote, limits) = (remote.get(), config.limits);
        config.topology = remote.topology();
        Self::begin(py, config, remote.framing(), || {
            let Reached { ferry, ended } = remote.reach(&limits)?;
            Ok((Way::Ferry(ferry), Remains::new(None, ended)))
        })
    }

    /// The descriptors to wait for: that of what comes, and that of what is sent, which is waited for after `flush` has left something. None
    /// once it is closed.
    fn descriptors(&self) -> Option<(i32, i32)> {
        self.state().way.as_ref()?.descriptors()
    }

    /// Reads all there is, answers futures, and returns other events; None when there are none.
    fn readable(&self, py: Python<'_>) -> PyResult<Option<Vec<ConnectionEvent>>> {
        let mut decided = Decided::default();
        let read = self.state().read(self.clock, &mut decided);
        let events = decided.carry_out(py)?;
        read.map_err(|error| raise(py, error))?;
        Ok(events)
    }

    /// Writes what waits to be sent. Returns whether something is left, for when the program reads again.
    fn flush(&self) -> bool {
        self.state().flush()
    }

    /// Calls a tool. The future gets the answer: a Message, or an exception.
    ///
    /// Returns the id of the request. Raises as `Connection.request` does.
    #[pyo3(signature = (future, name, arguments = None, *, progress = false, idle_timeout = None, total_timeout = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn call_tool(
        &self,
        py: Python<'_>,
        future: Py<PyAny>,
        name: &Bound<'_, PyString>,
        arguments: Option<&Bound<'_, PyAny>>,
        progress: bool,
        idle_timeout: Option<f64>,
        total_timeout: Option<f64>,
    ) -> PyResult<i64> {
        let mut params = br#"{"name":"#.to_vec();
        write::string(&mut params, name.to_str()?);
        if let Some(arguments) = arguments {
            params.extend_from_slice(br#","arguments":"#);
            crate::dump::append_object(arguments, &mut params)?;
        }
        params.push(b'}');
        let asking = Asking {
            method: "tools/call",
            params: Some(&params),
            wants_progress: progress,
            patience: patience(idle_timeout, total_timeout)?,
        };
        self.ask(py, &asking, future)
    }

    /// Asks the server something; see `call_tool`.
    #[pyo3(signature = (future, method, params = None, *, progress = false, idle_timeout = None, total_timeout = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn request(
        &self,
        py: Python<'_>,
        future: Py<PyAny>,
        method: &str,
        params: Option<&Bound<'_, PyAny>>,
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
        self.ask(py, &asking, future)
    }

    /// Asks again, with the input that the server wanted: `input` is its answer, `responses` a dict with a result for each key of its
    /// `inputRequests`, and the rest as the first time. See `request`.
    #[pyo3(signature = (future, method, params, input, responses, *, progress = false, idle_timeout = None, total_timeout = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn retry(
        &self,
        py: Python<'_>,
        future: Py<PyAny>,
        method: &str,
        params: &Bound<'_, PyAny>,
        input: &Bound<'_, Message>,
        responses: &Bound<'_, PyAny>,
        progress: bool,
        idle_timeout: Option<f64>,
        total_timeout: Option<f64>,
    ) -> PyResult<i64> {
        let (params, responses) = (object_text(params)?, object_text(responses)?);
        let asking = Asking {
            method,
            params: Some(&params),
            wants_progress: progress,
            patience: patience(idle_timeout, total_timeout)?,
        };
        let (input, responses) = (&input.get().message, object(&responses)?);
        let mut state = self.state();
        let id = state.talk.ask_again(&asking, input, responses, self.clock.now())?;
        let id = id.map_err(|error| state.talk.refused(py, error))?;
        state.waiting.insert(id, future);
        Ok(id)
    }

    /// Does without the answer to a request, and tells the server.
    #[pyo3(signature = (id, reason = None))]
    fn cancel(&self, id: i64, reason: Option<&str>) {
        let mut state = self.state();
        let future = state.waiting.remove(&id);
        state.talk.withdraw(id, reason, self.clock.now());
        drop(state);
        // Dropping it may run code of Python's.
        drop(future);
    }

    /// Answers a request of the server with a result: a dict, a model, or a view of JSON.
    ///
    /// Raises as `Connection.respond` does.
    fn respond(&self, id: &Bound<'_, PyAny>, result: &Bound<'_, PyAny>) -> PyResult<()> {
        let (own, text) = (request_id(id)?, object_text(result)?);
        let reply = Reply::Result(object(&text)?);
        let answered = self.state().talk.connection.respond(&own, reply, self.clock.now());
        answered.map(drop).map_err(|error| raise(id.py(), error))
    }

    /// Answers a request of the server with an error. `data` is anything that JSON can say.
    ///
    /// Raises as `Connection.respond` does.
    #[pyo3(signature = (id, code, message, data = None))]
    fn respond_error(
        &self,
        id: &Bound<'_, PyAny>,
        code: i64,
        message: &str,
        data: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let (own, data) = (request_id(id)?, data.map(json).transpose()?);
        let reply = Reply::Error { code, message, data: data.as_ref().map(Json::raw) };
        let answered = self.state().talk.connection.respond(&own, reply, self.clock.now());
        answered.map(drop).map_err(|error| raise(id.py(), error))
    }

    /// Says something to the server.
    ///
    /// Raises as `Connection.notify` does.
    #[pyo3(signature = (method, params = None))]
    fn notify(
        &self,
        py: Python<'_>,
        method: &str,
        params: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let params = params.map(object_text).transpose()?;
        let params = params.as_deref().map(object).transpose()?;
        let mut state = self.state();
        let said = state.talk.connection.notify(method, params, None);
        let closing = state.talk.connection.closing();
        drop(state);
        said.map_err(|error| refused(py, error, closing))
    }

    /// Seconds until `handle_timeout` has to be called; None for never.
    fn timeout(&self) -> Option<f64> {
        let due = self.state().talk.connection.poll_timeout()?;
        Some(self.clock.until(due))
    }

    /// Lets time pass: futures that are out of it get a TimeoutError. Returns other events.
    fn handle_timeout(&self, py: Python<'_>) -> PyResult<Option<Vec<ConnectionEvent>>> {
        let mut decided = Decided::default();
        let mut state = self.state();
        state.talk.connection.handle_timeout(self.clock.now());
        state.decide(&mut decided);
        drop(state);
        decided.carry_out(py)
    }

    /// Ends the conversation, and the program when it does not end by itself. Futures that wait get a ClosedError. Closing again changes
    /// nothing.
    fn close(&self, py: Python<'_>) -> PyResult<Option<Vec<ConnectionEvent>>> {
        let mut decided = Decided::default();
        let mut state = self.state();
        state.flush();
        state.talk.connection.close();
        state.decide(&mut decided);
        // Closes the input of the program, which tells it to end.
        let way = state.way.take();
        drop(state);
        drop(way);
        decided.carry_out(py)
    }

    /// The revision that was agreed on, or None.
    #[getter]
    fn version(&self) -> Option<&'static str> {
        self.state().talk.connection.version().map(|version| version.name())
    }

    /// "modern" or "legacy", or None before it is known.
    #[getter]
    fn era(&self) -> Option<&'static str> {
        self.state().talk.connection.era().map(era_name)
    }

    /// What the server has declared, as Python objects, or None.
    #[getter]
    fn server_capabilities<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let declared = self.state().talk.connection.peer_declared().map(|raw| raw.to_string());
        told(py, declared)
    }

    /// The name and version of the server, as Python objects, or None.
    #[getter]
    fn server_info<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let told_of = self.state().talk.connection.peer_implementation().map(|raw| raw.to_string());
        told(py, told_of)
    }

    /// How the server wants to be used, or None.
    #[getter]
    fn instructions(&self) -> Option<String> {
        self.state().talk.connection.instructions().map(str::to_owned)
    }

    /// Why the conversation is over, or None.
    #[getter]
    fn closing(&self) -> Option<String> {
        self.state().talk.connection.closing().map(|closing| closing.to_string())
    }

    /// Why there is no way to the server any more, as an exception, or None when nobody knows.
    #[getter]
    fn failure(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let cause = self.state().cause.clone()?;
        Some(lost(py, &cause).into_value(py).into_any())
    }

    /// The number of the process; None for a server that was not started here.
    #[getter]
    fn pid(&self) -> Option<u32> {
        self.remains.pid()
    }

    /// The last that the program wrote to its standard error. Control characters in it are the program's.
    fn stderr_tail(&self) -> Vec<u8> {
        self.remains.stderr_tail()
    }

    /// How the program has ended, as `subprocess` says it; None while it runs, and when there is none.
    #[getter]
    fn returncode(&self) -> Option<i32> {
        self.remains.returncode()
    }

    /// A descriptor that can be read once nothing is left of the program or the connection. No thread of the engine's ever calls Python.
    #[getter]
    fn ended(&self) -> i32 {
        self.remains.ended()
    }

    /// The futures, for the garbage collector. Whoever holds the lock just now keeps them alive.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(state) = self.state.try_lock() else { return Ok(()) };
        state.waiting.values().try_for_each(|future| visit.call(future))
    }
}

impl Channel {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the conversation, and then the way to the server, so that nothing is started for what cannot be said.
    fn begin(
        py: Python<'_>,
        config: Config,
        framing: Framing,
        start: impl FnOnce() -> PyResult<(Way, Remains)>,
    ) -> PyResult<Self> {
        let clock = Clock::new();
        let mut talk = Conversation::framed(config, framing).map_err(|error| raise(py, error))?;
        talk.connection.start(clock.now()).map_err(|error| raise(py, error))?;
        let (way, remains) = start()?;
        let state = State { talk, way: Some(way), waiting: HashMap::new(), cause: None };
        Ok(Self { state: Mutex::new(state), remains, clock })
    }

    fn ask(&self, py: Python<'_>, asking: &Asking<'_>, future: Py<PyAny>) -> PyResult<i64> {
        let mut state = self.state();
        let id = state.talk.ask(asking, self.clock.now())?;
        let id = id.map_err(|error| state.talk.refused(py, error))?;
        state.waiting.insert(id, future);
        Ok(id)
    }
}

impl State {
    /// Takes in all that has come.
    fn read(&mut self, clock: Clock, decided: &mut Decided) -> Result<(), Error> {
        match &self.way {
            Some(Way::Pipes(pipes)) => {
                let mut events = Vec::new();
                let read = pipes.read(&mut self.talk, clock, &mut events);
                self.sort(events, None, decided);
                read?;
            }
            Some(Way::Ferry(ferry)) => {
                let landed = ferry.fetch();
                self.land(landed, clock, decided);
            }
            None => {}
        }
        // What is said without the application, such as the answer to a ping.
        self.flush();
        Ok(())
    }

    fn land(&mut self, landed: Landed, clock: Clock, decided: &mut Decided) {
        for arrival in landed.arrivals {
            let mut events = Vec::new();
            let cause = self.talk.arrive(arrival, clock.now(), &mut events);
            self.sort(events, cause, decided);
        }
        if let Some(end) = landed.end {
            self.cause = end.err().map(Arc::new).or(self.cause.take());
            let mut events = Vec::new();
            self.talk.end(&mut events);
            self.sort(events, None, decided);
        }
    }

    /// Sends what there is room for. Whether something is left to wait for.
    fn flush(&mut self) -> bool {
        let Self { talk, way, .. } = self;
        way.as_mut().is_some_and(|way| way.flush(talk))
    }

    fn decide(&mut self, decided: &mut Decided) {
        let mut events = Vec::new();
        self.talk.drain(&mut events);
        self.sort(events, None, decided);
    }

    /// Tells answers to futures from other events. `cause` is why there is no answer to a request, if the transport knows.
    fn sort(&mut self, events: Vec<Event>, cause: Option<Arc<io::Error>>, decided: &mut Decided) {
        for event in events {
            let (id, outcome) = match (event, &cause) {
                (Event::Response { id, message } | Event::InputRequired { id, message }, _) => {
                    (id, Outcome::Message(message))
                }
                (Event::Failed { id, failure: Failure::Closed }, Some(cause)) => {
                    (id, Outcome::Lost(Arc::clone(cause)))
                }
                (Event::Failed { id, failure }, _) => (id, Outcome::Failure(failure)),
                (other, cause) => {
                    if let (Event::Closed(_), Some(cause)) = (&other, cause) {
                        self.cause = Some(Arc::clone(cause));
                    }
                    decided.events.push(other);
                    continue;
                }
            };
            let future = id.as_i64().and_then(|id| self.waiting.remove(&id));
            if let Some(future) = future {
                decided.answers.push((future, outcome));
            }
        }
    }
}

fn told(py: Python<'_>, text: Option<String>) -> PyResult<Option<Bound<'_, PyAny>>> {
    let Some(text) = text else { return Ok(None) };
    objects(py, object(text.as_bytes())?).map(Some)
}
