//! The connection of a client with a program that it has started: read and written here, waited for by Python's event loop.
//!
//! One call for each time that there is something to read: it reads, parses, and gives every answer to the future that waits for it. Futures
//! are called without the lock of the channel, since a loop may run any code of Python's then.
//!
//! ```text
//! loop ─readable──▶ read ─▶ decode ─▶ connection ─▶ set_result of futures, events to the caller
//! call ─▶ connection ─▶ unsent ◀─ flush ─ loop
//! ```

use std::collections::HashMap;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_engine::Error;
use mcp_engine::connection::{Config, Event};
use mcp_engine::json::write;
use mcp_engine::transport::{Child, ChildPipes};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3::{PyTraverseError, PyVisit, intern};
use rustix::io::Errno;

use crate::clock::Clock;
use crate::connection::era_name;
use crate::conversation::{Asking, Conversation, Options, object, object_text, patience};
use crate::error::raise;
use crate::event::{ConnectionEvent, answer, exception};
use crate::load::objects;
use crate::message::{Message, request_id};
use crate::program::{Program, Started};

/// The connection with a program. Every method may be called from any thread.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Channel {
    state: Mutex<State>,
    child: Child,
    ended: OwnedFd,
    clock: Clock,
}

struct State {
    talk: Conversation,
    /// Gone once it is closed.
    pipes: Option<ChildPipes>,
    /// Futures of requests, by id.
    waiting: HashMap<i64, Py<PyAny>>,
    unsent: Vec<u8>,
    /// Bytes of `unsent` that were written.
    written: usize,
}

/// What was decided under the lock and is done without it.
#[derive(Default)]
struct Decided {
    answers: Vec<(Py<PyAny>, Outcome)>,
    events: Vec<Event>,
}

enum Outcome {
    Message(mcp_engine::Message),
    Failure(mcp_engine::connection::Failure),
}

#[pymethods]
impl Channel {
    /// Starts a program and a conversation with it. Options are those of `Connection.client`.
    ///
    /// Raises OSError when the program cannot be started, TypeError and ValueError as `Connection.client` does.
    #[staticmethod]
    #[pyo3(signature = (program, name, version, **options))]
    fn open(
        py: Python<'_>,
        program: &Program,
        name: &str,
        version: &str,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let config = Options::of(options)?.apply(Config::client(name, version))?;
        let clock = Clock::new();
        let mut talk = Conversation::new(config).map_err(|error| raise(py, error))?;
        talk.connection.start(clock.now()).map_err(|error| raise(py, error))?;
        let Started { pipes, child, ended } = program.start()?;
        let state = State {
            talk,
            pipes: Some(pipes),
            waiting: HashMap::new(),
            unsent: Vec::new(),
            written: 0,
        };
        Ok(Self { state: Mutex::new(state), child, ended, clock })
    }

    /// The descriptors to wait for: that of what the program writes, and that of what it reads. None once it is closed.
    fn descriptors(&self) -> Option<(i32, i32)> {
        let state = self.state();
        let pipes = state.pipes.as_ref()?;
        Some((pipes.output().as_raw_fd(), pipes.input()?.as_raw_fd()))
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
        let id = id.map_err(|error| raise(py, error))?;
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
        let reply = mcp_engine::connection::Reply::Result(object(&text)?);
        let answered = self.state().talk.connection.respond(&own, reply, self.clock.now());
        answered.map(drop).map_err(|error| raise(id.py(), error))
    }

    /// Answers a request of the server with an error.
    ///
    /// Raises as `Connection.respond` does.
    fn respond_error(&self, id: &Bound<'_, PyAny>, code: i64, message: &str) -> PyResult<()> {
        let own = request_id(id)?;
        let reply = mcp_engine::connection::Reply::error(code, message);
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
        let said = self.state().talk.connection.notify(method, params, None);
        said.map_err(|error| raise(py, error))
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
        let pipes = state.pipes.take();
        drop(state);
        drop(pipes);
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

    /// The number of the process.
    #[getter]
    fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The last that the program wrote to its standard error. Control characters in it are the program's.
    fn stderr_tail(&self) -> Vec<u8> {
        self.child.stderr_tail().bytes
    }

    /// How the program has ended, as `subprocess` says it; None while it runs.
    #[getter]
    fn returncode(&self) -> Option<i32> {
        use std::os::unix::process::ExitStatusExt;
        let status = self.child.status()?;
        status.code().or_else(|| status.signal().map(|signal| signal.saturating_neg()))
    }

    /// A descriptor that can be read once the program has ended and nothing is left of it. No thread of the engine's ever calls Python.
    #[getter]
    fn ended(&self) -> i32 {
        self.ended.as_raw_fd()
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

    fn ask(&self, py: Python<'_>, asking: &Asking<'_>, future: Py<PyAny>) -> PyResult<i64> {
        let mut state = self.state();
        let id = state.talk.ask(asking, self.clock.now())?;
        let id = id.map_err(|error| raise(py, error))?;
        state.waiting.insert(id, future);
        Ok(id)
    }
}

impl State {
    /// Reads until nothing is left, or enough was read for one turn of the loop.
    fn read(&mut self, clock: Clock, decided: &mut Decided) -> Result<(), Error> {
        let mut events = Vec::new();
        for _ in 0..READS {
            let Some(pipes) = &self.pipes else { break };
            let spare = self.talk.decoder.spare()?;
            let room = spare.len();
            match rustix::io::read(pipes.output(), spare) {
                Ok(0) => {
                    self.talk.end(&mut events);
                    break;
                }
                Ok(n) => {
                    self.talk.decoder.commit(n)?;
                    self.talk.take_in(clock.now(), &mut events);
                    if n < room {
                        break;
                    }
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => {
                    self.talk.end(&mut events);
                    break;
                }
            }
        }
        self.sort(events, decided);
        // What is said without the application, such as the answer to a ping.
        self.flush();
        Ok(())
    }

    /// Writes as much as the program takes. Whether something is left.
    fn flush(&mut self) -> bool {
        self.talk.transmit(&mut self.unsent);
        let Some(input) = self.pipes.as_ref().and_then(ChildPipes::input) else { return false };
        while let Some(rest) = self.unsent.get(self.written..).filter(|rest| !rest.is_empty()) {
            match rustix::io::write(input, rest) {
                Ok(n) => self.written = self.written.saturating_add(n),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return true,
                // Nobody reads any more: the end of what the program writes will say so.
                Err(_) => break,
            }
        }
        self.unsent.clear();
        self.written = 0;
        false
    }

    fn decide(&mut self, decided: &mut Decided) {
        let mut events = Vec::new();
        self.talk.drain(&mut events);
        self.sort(events, decided);
    }

    /// Tells answers to futures from other events.
    fn sort(&mut self, events: Vec<Event>, decided: &mut Decided) {
        for event in events {
            let (id, outcome) = match event {
                Event::Response { id, message } | Event::InputRequired { id, message } => {
                    (id, Outcome::Message(message))
                }
                Event::Failed { id, failure } => (id, Outcome::Failure(failure)),
                other => {
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

impl Decided {
    /// Gives the answers to their futures; returns the other events.
    fn carry_out(self, py: Python<'_>) -> PyResult<Option<Vec<ConnectionEvent>>> {
        for (future, outcome) in self.answers {
            let future = future.bind(py);
            let given = match outcome {
                Outcome::Message(message) => match answer(py, message)? {
                    Ok(message) => future.call_method1(intern!(py, "set_result"), (message,)),
                    Err(error) => fail(future, error),
                },
                Outcome::Failure(failure) => fail(future, exception(py, &failure)),
            };
            // Whoever waited has gone: the future is cancelled, which is told by its state and not by what it raises.
            if let Err(error) = given
                && !future.call_method0(intern!(py, "done"))?.is_truthy()?
            {
                return Err(error);
            }
        }
        if self.events.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.events.into_iter().filter_map(ConnectionEvent::new).collect()))
    }
}

fn fail<'py>(future: &Bound<'py, PyAny>, error: PyErr) -> PyResult<Bound<'py, PyAny>> {
    let py = future.py();
    future.call_method1(intern!(py, "set_exception"), (error.into_value(py),))
}

fn told(py: Python<'_>, text: Option<String>) -> PyResult<Option<Bound<'_, PyAny>>> {
    let Some(text) = text else { return Ok(None) };
    objects(py, object(text.as_bytes())?).map(Some)
}

/// Reads in one turn of the loop, each of an arena at most.
const READS: usize = 16;
