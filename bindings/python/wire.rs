//! Messages to and from a program, without a conversation above them: for sessions that are somebody else's.
//!
//! Lines become messages, and answers go to the futures that wait for them by id; whatever else comes is handed out in its order. It is read
//! and written here, and waited for by Python's event loop. Futures are called without the lock, since a loop may run any code of Python's
//! then.

use std::collections::HashMap;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_engine::json::{Seed, write};
use mcp_engine::transport::{Child, ChildPipes};
use mcp_engine::{Decoder, Duplicates, Error, Id, Kind, Pool};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};
use pyo3::{PyTraverseError, PyVisit, intern};
use rustix::io::Errno;

use crate::conversation::object_text;
use crate::dump::append_object;
use crate::error::{raise, refuse_value};
use crate::event::CLOSED;
use crate::limits::{Limits, bounds};
use crate::message::{Message, verdict};
use crate::program::{Program, Started, returncode};
use crate::unsent::Unsent;

/// The messages of a program. Every method may be called from any thread.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Wire {
    state: Mutex<State>,
    child: Child,
    ended: OwnedFd,
}

struct State {
    decoder: Decoder,
    /// Gone once it is closed.
    pipes: Option<ChildPipes>,
    /// Futures of requests, by id.
    waiting: HashMap<i64, Py<PyAny>>,
    unsent: Unsent,
    /// Most bytes that may wait to be sent.
    outbox: usize,
}

/// What was read under the lock and is handed out without it.
#[derive(Default)]
struct Incoming {
    answers: Vec<(Py<PyAny>, mcp_engine::Message)>,
    others: Vec<Other>,
}

enum Other {
    Verdict(Result<mcp_engine::Message, mcp_engine::Refusal>),
    /// A line that is no JSON: its beginning, and why.
    Line(Box<[u8]>, mcp_engine::Refusal),
    End,
}

#[pymethods]
impl Wire {
    /// Starts a program.
    ///
    /// Raises OSError when it cannot be started, RuntimeError in a process that was forked.
    #[staticmethod]
    #[pyo3(signature = (program, limits = None))]
    fn open(program: &Program, limits: Option<&Limits>) -> PyResult<Self> {
        let bounds = bounds(limits);
        let mut decoder =
            Decoder::new(&bounds, Duplicates::Reserved, Pool::new(&bounds, Seed::default()));
        decoder.keep_refused(EXCERPT);
        let Started { pipes, child, ended } = program.start()?;
        let state = State {
            decoder,
            pipes: Some(pipes),
            waiting: HashMap::new(),
            unsent: Unsent::default(),
            outbox: bounds.outbox_bytes as usize,
        };
        Ok(Self { state: Mutex::new(state), child, ended })
    }

    /// The descriptors to wait for: that of what the program writes, and that of what it reads. None once it is closed.
    fn descriptors(&self) -> Option<(i32, i32)> {
        let state = self.state();
        let pipes = state.pipes.as_ref()?;
        Some((pipes.output().as_raw_fd(), pipes.input()?.as_raw_fd()))
    }

    /// Reads all there is and gives answers to their futures. Returns what else came, in its order, or None: messages, refusals, lines that
    /// are no JSON as pairs of their beginning and a refusal, and at the end None.
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
        line.extend_from_slice(b"}\n");
        self.send_line(py, &line, Some((id, future)))
    }

    /// Asks something: `request` is an object of JSON, as text or as `dumps` takes it, that becomes one of JSON-RPC with that id. See
    /// `call_tool`.
    fn ask(&self, future: Py<PyAny>, id: i64, request: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut line = br#"{"jsonrpc":"2.0","id":"#.to_vec();
        line.extend_from_slice(id.to_string().as_bytes());
        append_members(request, &mut line)?;
        self.send_line(request.py(), &line, Some((id, future)))
    }

    /// Says something: as `ask`, without an id and an answer.
    fn tell(&self, notification: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut line = br#"{"jsonrpc":"2.0""#.to_vec();
        append_members(notification, &mut line)?;
        self.send_line(notification.py(), &line, None)
    }

    /// Sends a message as it is. See `call_tool`.
    fn send(&self, message: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut line = text_of(message)?;
        line.push(b'\n');
        self.send_line(message.py(), &line, None)
    }

    /// Does without the answer to a request.
    fn forget(&self, id: i64) {
        let future = self.state().waiting.remove(&id);
        // Dropping it may run code of Python's.
        drop(future);
    }

    /// Does without all answers. Returns the futures that wait.
    fn abandon(&self) -> Vec<Py<PyAny>> {
        let waiting = std::mem::take(&mut self.state().waiting);
        waiting.into_values().collect()
    }

    /// Writes what waits to be sent. Returns whether something is left, for when the program reads again.
    fn flush(&self) -> bool {
        self.state().flush()
    }

    /// Writes what the program takes at once, and closes its input, which tells it to end; it is ended when it does not. Closing again
    /// changes nothing.
    fn close(&self) {
        let mut state = self.state();
        state.flush();
        let pipes = state.pipes.take();
        drop(state);
        drop(pipes);
    }

    /// Whether it is closed.
    #[getter]
    fn is_closed(&self) -> bool {
        self.state().pipes.is_none()
    }

    /// Bytes that wait to be sent.
    #[getter]
    fn unsent_bytes(&self) -> usize {
        let state = self.state();
        state.unsent.waiting()
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
        returncode(&self.child)
    }

    /// A descriptor that can be read once the program has ended and nothing is left of it.
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

impl Wire {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a line, and notes who waits for its answer.
    fn send_line(
        &self,
        py: Python<'_>,
        line: &[u8],
        asks: Option<(i64, Py<PyAny>)>,
    ) -> PyResult<()> {
        let mut state = self.state();
        if state.pipes.is_none() {
            return Err(raise(py, CLOSED));
        }
        let waits = state.unsent.waiting();
        if waits > 0 && waits.saturating_add(line.len()) > state.outbox {
            let limit = mcp_engine::Limit::Outbox;
            return Err(raise(py, Error::LimitExceeded { limit, offset: 0 }));
        }
        state.unsent.bytes.extend_from_slice(line);
        let replaced = asks.and_then(|(id, future)| state.waiting.insert(id, future));
        drop(state);
        // Dropping it may run code of Python's.
        drop(replaced);
        Ok(())
    }
}

impl State {
    /// Reads until nothing is left, or enough was read for one turn of the loop.
    fn read(&mut self, in_order: bool, incoming: &mut Incoming) -> Result<(), Error> {
        for _ in 0..READS {
            let Some(pipes) = &self.pipes else { break };
            let spare = self.decoder.spare()?;
            let room = spare.len();
            match rustix::io::read(pipes.output(), spare) {
                Ok(n @ 1..) => {
                    self.decoder.commit(n)?;
                    self.sort(in_order, incoming);
                    if n < room {
                        break;
                    }
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Ok(_) | Err(_) => {
                    // A line that was cut off never was a message.
                    let _ = self.decoder.end();
                    incoming.others.push(Other::End);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Tells answers that somebody waits for from whatever else came.
    fn sort(&mut self, in_order: bool, incoming: &mut Incoming) {
        while let Some(verdict) = self.decoder.poll() {
            let message = match verdict {
                Ok(message) => message,
                Err(refusal) => {
                    incoming.others.push(self.refused(refusal));
                    continue;
                }
            };
            let direct = !in_order && incoming.others.is_empty();
            let own = if direct { answered(&message) } else { None };
            match own.and_then(|own| self.waiting.remove(&own)) {
                Some(future) => incoming.answers.push((future, message)),
                None => incoming.others.push(Other::Verdict(Ok(message))),
            }
        }
    }

    fn refused(&mut self, refusal: mcp_engine::Refusal) -> Other {
        let sound = refusal.message().map(|message| Box::from(message.as_str().as_bytes()));
        match sound.or_else(|| self.decoder.take_refused()) {
            Some(line) => Other::Line(line, refusal),
            None => Other::Verdict(Err(refusal)),
        }
    }

    /// Writes as much as the program takes. Whether something is left.
    fn flush(&mut self) -> bool {
        let Some(input) = self.pipes.as_ref().and_then(ChildPipes::input) else { return false };
        self.unsent.write(input)
    }
}

impl Incoming {
    fn hand_out(self, py: Python<'_>) -> PyResult<Option<Bound<'_, PyList>>> {
        for (future, message) in self.answers {
            settle(future.bind(py), Bound::new(py, Message { message })?)?;
        }
        if self.others.is_empty() {
            return Ok(None);
        }
        let others = PyList::empty(py);
        for other in self.others {
            match other {
                Other::Verdict(one) => others.append(verdict(py, one)?)?,
                Other::Line(line, refusal) => {
                    others.append((PyBytes::new(py, &line), verdict(py, Err(refusal))?))?;
                }
                Other::End => others.append(py.None())?,
            }
        }
        Ok(Some(others))
    }
}

fn settle<'py>(future: &Bound<'py, PyAny>, message: Bound<'py, Message>) -> PyResult<()> {
    let py = future.py();
    let given = future.call_method1(intern!(py, "set_result"), (message,));
    match given {
        // Whoever waited has gone: the future is cancelled, which is told by its state and not by what it raises.
        Err(error) if !future.call_method0(intern!(py, "done"))?.is_truthy()? => Err(error),
        _ => Ok(()),
    }
}

/// The id of ours that a response answers. There are peers that make a string of a number.
fn answered(message: &mcp_engine::Message) -> Option<i64> {
    if !matches!(message.kind(), Kind::Response | Kind::ErrorResponse) {
        return None;
    }
    let id: Id<'_> = message.id()?;
    id.as_i64().or_else(|| id.as_string()?.trim().parse().ok())
}

/// Appends the members of an object behind those of another that has begun, its end, and that of the line.
fn append_members(value: &Bound<'_, PyAny>, line: &mut Vec<u8>) -> PyResult<()> {
    let text = text_of(value)?;
    let members = text.get(1..).unwrap_or_default();
    if members != b"}" {
        line.push(b',');
    }
    line.extend_from_slice(members);
    line.push(b'\n');
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

/// Reads in one turn of the loop, each of an arena at most.
const READS: usize = 16;
/// Bytes of a line that is no JSON which are kept.
const EXCERPT: usize = 64 << 10;
