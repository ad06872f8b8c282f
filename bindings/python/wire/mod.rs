//! Messages to and from a server, without a conversation above them: for sessions that are somebody else's.
//!
//! What comes becomes messages, and answers go to the futures that wait for them by id; whatever else comes is handed out in its order. Programs
//! are read and written here, and waited for by Python's event loop; a connection is driven by the thread of the engine. Futures are called
//! without the lock, since a loop may run any code of Python's then.

mod asked;
mod ferried;
mod incoming;
mod lines;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_engine::connection::Closing;
use mcp_engine::http_client::HttpSession;
use mcp_engine::json::write;
use mcp_engine::{Error, Misuse, RequestId};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};
use pyo3::{PyTraverseError, PyVisit};

use self::ferried::{Ferried, News};
use self::incoming::{Incoming, Sorter, Waiting, answered, settle};
use self::lines::Lines;
use crate::conversation::object_text;
use crate::dump::append_object;
use crate::error::{lost, raise, refuse_value, refused};
use crate::limits::{Limits, bounds};
use crate::message::Message;
use crate::program::{Program, Started};
use crate::remains::Remains;
use crate::remote::Remote;

/// The messages of a server. Every method may be called from any thread.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Wire {
    state: Mutex<State>,
    remains: Remains,
    session: Option<HttpSession>,
}

struct State {
    /// Gone once it is closed.
    road: Option<Road>,
    /// Futures of requests, by id.
    waiting: Waiting,
    /// Most bytes that may wait to be sent.
    outbox: usize,
    is_open: bool,
    /// Why nothing comes any more, as far as the transport knows.
    cause: Option<Arc<io::Error>>,
}

enum Road {
    Lines(Box<Lines>),
    Ferried(Box<Ferried>),
}

/// What a message is.
#[derive(Clone, Copy)]
enum Says {
    Request(i64),
    Notice,
    /// Somebody else has made it.
    Anything,
}

#[pymethods]
impl Wire {
    /// Starts a program, or begins to connect.
    ///
    /// Raises OSError when a program cannot be started, TransportError for a server that cannot be connected to whatever it says, RuntimeError in a
    /// process that was forked.
    #[staticmethod]
    #[pyo3(signature = (server, limits = None))]
    fn open(server: &Bound<'_, PyAny>, limits: Option<&Limits>) -> PyResult<Self> {
        let bounds = bounds(limits);
        if let Ok(program) = server.cast::<Program>() {
            let Started { pipes, remains } = program.get().start(server.py())?;
            let road = Road::Lines(Box::new(Lines::new(pipes, &bounds)));
            let state = State { is_open: true, ..State::new(road, bounds.outbox_bytes) };
            return Ok(Self { state: Mutex::new(state), remains, session: None });
        }
        let Ok(remote) = server.cast::<Remote>() else {
            return Err(PyTypeError::new_err("a server is a Program or a Remote"));
        };
        let remote = remote.get();
        let (reached, session) = remote.reach_told(server.py(), &bounds)?;
        let ferried = Ferried::new(reached.ferry, remote.topology(), remote.framing(), &bounds);
        let state = State::new(Road::Ferried(Box::new(ferried)), bounds.outbox_bytes);
        Ok(Self { state: Mutex::new(state), remains: Remains::new(None, reached.ended), session })
    }

    /// The descriptors to wait for: that of what comes, and that of what is sent, which is waited for after `flush` has left something. When both
    /// are the same, it is for `readable` alone, and what was left is sent by that. None once it is closed.
    fn descriptors(&self) -> Option<(i32, i32)> {
        self.state().road.as_ref()?.descriptors()
    }

    /// Reads all there is and gives answers to their futures, or an exception when there will be none. Returns what else came, in its order, or
    /// None: messages, refusals, lines that are no JSON as pairs of their beginning and a refusal, pairs of an id that no future waits for and the
    /// exception why it has no answer, exceptions for what was said and has not arrived, and at the end None.
    ///
    /// Answers behind something else are returned with it, and all of them with `in_order`; see `answer`.
    #[pyo3(signature = (*, in_order = false))]
    fn readable<'py>(
        &self,
        py: Python<'py>,
        in_order: bool,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        let mut incoming = Incoming::default();
        let read = self.state().read(in_order, &mut incoming);
        let others = incoming.hand_out(py)?;
        read.map_err(|error| raise(py, error))?;
        Ok(others)
    }

    /// Gives a response to the future that waits for it. Returns whether there was one.
    fn answer(&self, message: &Bound<'_, Message>) -> PyResult<bool> {
        let own = answered(&message.get().message);
        let future = own.and_then(|own| self.state().waiting.remove(&own));
        let Some(future) = future else { return Ok(false) };
        settle(future.bind(message.py()), message.clone())?;
        Ok(true)
    }

    /// Calls a tool: the future gets the answer, a Message.
    ///
    /// Raises ValueError for what JSON cannot say, LimitError when too much waits to be sent, ClosedError once it is closed.
    #[pyo3(signature = (future, id, name, arguments = None))]
    fn call_tool(
        &self,
        py: Python<'_>,
        future: Py<PyAny>,
        id: i64,
        name: &Bound<'_, PyString>,
        arguments: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let mut line = br#"{"method":"tools/call","params":{"name":"#.to_vec();
        write::string(&mut line, name.to_str()?);
        if let Some(arguments) = arguments {
            line.extend_from_slice(br#","arguments":"#);
            append_object(arguments, &mut line)?;
        }
        line.extend_from_slice(br#"},"jsonrpc":"2.0","id":"#);
        line.extend_from_slice(id.to_string().as_bytes());
        line.push(b'}');
        self.send_text(py, line, Says::Request(id), Some(future))
    }

    /// Asks something: `request` is an object of JSON, as text or as `dumps` takes it, that becomes one of JSON-RPC with that id. See
    /// `call_tool`.
    fn ask(&self, future: Py<PyAny>, id: i64, request: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut line = br#"{"jsonrpc":"2.0","id":"#.to_vec();
        line.extend_from_slice(id.to_string().as_bytes());
        append_members(request, &mut line)?;
        self.send_text(request.py(), line, Says::Request(id), Some(future))
    }

    /// Says something: as `ask`, without an id and an answer.
    fn tell(&self, notification: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut line = br#"{"jsonrpc":"2.0""#.to_vec();
        append_members(notification, &mut line)?;
        self.send_text(notification.py(), line, Says::Notice, None)
    }

    /// Sends a message as it is. See `call_tool`.
    fn send(&self, message: &Bound<'_, PyAny>) -> PyResult<()> {
        self.send_text(message.py(), text_of(message)?, Says::Anything, None)
    }

    /// Does without the answer to a request.
    fn forget(&self, id: i64) {
        let mut state = self.state();
        let future = state.waiting.remove(&id);
        if let Some(Road::Ferried(ferried)) = &mut state.road {
            ferried.forget(&RequestId::from(id));
        }
        drop(state);
        // Dropping it may run code of Python's.
        drop(future);
    }

    /// Does without all answers. Returns the futures that wait.
    fn abandon(&self) -> Vec<Py<PyAny>> {
        let waiting = std::mem::take(&mut self.state().waiting);
        waiting.into_values().collect()
    }

    /// Writes what waits to be sent. Returns whether something is left, for when the server reads again.
    fn flush(&self) -> bool {
        self.state().flush()
    }

    /// Writes what the server takes at once, and closes the way to it. A program is told so to end, and is ended when it does not. Closing again
    /// changes nothing.
    fn close(&self) {
        let mut state = self.state();
        state.flush();
        let road = state.road.take();
        drop(state);
        drop(road);
    }

    /// Whether it is closed.
    #[getter]
    fn is_closed(&self) -> bool {
        self.state().road.is_none()
    }

    /// Whether there was a way to the server. A program has one at once.
    #[getter]
    fn is_open(&self) -> bool {
        self.state().is_open
    }

    /// Why nothing comes any more, as an exception, or None when nobody knows.
    #[getter]
    fn failure(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let cause = self.state().cause.clone()?;
        Some(lost(py, &cause).into_value(py).into_any())
    }

    /// The id of the session, once a server of Streamable HTTP has given one.
    #[getter]
    fn session_id(&self) -> Option<String> {
        Some(self.session.as_ref()?.id()?.as_ref().to_owned())
    }

    /// Where messages go, once a server of HTTP+SSE has said so.
    #[getter]
    fn endpoint(&self) -> Option<String> {
        Some(self.session.as_ref()?.endpoint()?.to_string())
    }

    /// Bytes that wait to be sent.
    #[getter]
    fn unsent_bytes(&self) -> usize {
        self.state().road.as_ref().map_or(0, Road::waiting)
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

impl Wire {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a message, and notes who waits for its answer.
    fn send_text(
        &self,
        py: Python<'_>,
        text: Vec<u8>,
        says: Says,
        future: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let replaced = self.state().push(text, says, future);
        // Dropping it may run code of Python's.
        replaced.map(drop).map_err(|error| refused(py, error, Some(Closing::Local)))
    }
}

impl State {
    fn new(road: Road, outbox: u32) -> Self {
        Self {
            road: Some(road),
            waiting: Waiting::new(),
            outbox: outbox as usize,
            is_open: false,
            cause: None,
        }
    }

    /// Adds a message to those that wait. Returns the future whose place another one has taken.
    fn push(
        &mut self,
        text: Vec<u8>,
        says: Says,
        future: Option<Py<PyAny>>,
    ) -> Result<Option<Py<PyAny>>, Error> {
        let Some(road) = &mut self.road else { return Err(Error::ApiMisuse(Misuse::Closed)) };
        let waits = road.waiting();
        if waits > 0 && waits.saturating_add(text.len()) > self.outbox {
            let limit = mcp_engine::Limit::Outbox;
            return Err(Error::LimitExceeded { limit, offset: 0 });
        }
        match road {
            Road::Lines(lines) => lines.push(&text),
            Road::Ferried(ferried) => ferried.push(text, says)?,
        }
        let (Says::Request(id), Some(future)) = (says, future) else { return Ok(None) };
        Ok(self.waiting.insert(id, future))
    }

    /// Takes in all that has come.
    fn read(&mut self, in_order: bool, incoming: &mut Incoming) -> Result<(), Error> {
        let mut sorter = Sorter { waiting: &mut self.waiting, in_order, incoming };
        match &mut self.road {
            Some(Road::Lines(lines)) => lines.read(&mut sorter),
            Some(Road::Ferried(ferried)) => {
                let News { is_connected, cause } = ferried.read(&mut sorter);
                self.is_open |= is_connected;
                self.cause = cause.or(self.cause.take());
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Sends what the server takes. Whether something is left.
    fn flush(&mut self) -> bool {
        self.road.as_mut().is_some_and(Road::flush)
    }
}

impl Road {
    fn descriptors(&self) -> Option<(i32, i32)> {
        match self {
            Self::Lines(lines) => lines.descriptors(),
            Self::Ferried(ferried) => Some(ferried.descriptors()),
        }
    }

    fn waiting(&self) -> usize {
        match self {
            Self::Lines(lines) => lines.waiting(),
            Self::Ferried(ferried) => ferried.waiting(),
        }
    }

    fn flush(&mut self) -> bool {
        match self {
            Self::Lines(lines) => lines.flush(),
            Self::Ferried(ferried) => ferried.flush(),
        }
    }
}

/// Appends the members of an object behind those of another that has begun, and its end.
fn append_members(value: &Bound<'_, PyAny>, line: &mut Vec<u8>) -> PyResult<()> {
    let text = text_of(value)?;
    let members = text.get(1..).unwrap_or_default();
    if members != b"}" {
        line.push(b',');
    }
    line.extend_from_slice(members);
    Ok(())
}

/// An object of JSON on one line. What is text already is sent as it is.
fn text_of(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let Ok(text) = value.cast::<PyString>() else { return object_text(value) };
    let text = text.to_str()?;
    let is_object = text.starts_with('{') && text.ends_with('}');
    if is_object && !text.contains('\n') {
        Ok(text.as_bytes().to_vec())
    } else {
        Err(refuse_value("it must be an object of JSON, on one line"))
    }
}
