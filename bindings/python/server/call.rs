//! A call that Python serves, as Python sees it.

use std::sync::Arc;
use std::time::Duration;

use mcp_engine::connection::Capabilities;
use mcp_engine::json::Raw;
use mcp_engine::model::Json;
use mcp_engine::{Answer, LoggingLevel, StreamClosing};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::asking::{self, Question};
use super::pending::{INTERNAL_ERROR, Matter, Pending};
use crate::conversation::{json, object as parsed};
use crate::error::raise;
use crate::load::objects;
use crate::message::owned_id;

/// A request that a function of Python serves. Every method may be called from any thread; an answer leaves with `Serving.flush`.
#[pyclass(frozen, module = "mcp_engine", freelist = 256)]
pub(crate) struct Call {
    pub(crate) pending: Arc<Pending>,
}

#[pymethods]
impl Call {
    /// A number that no other call of the server has.
    #[getter]
    fn number(&self) -> u64 {
        self.pending.number
    }

    /// The number under which its function was registered.
    #[getter]
    fn entry(&self) -> u64 {
        self.pending.entry
    }

    /// The id of the request.
    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        owned_id(py, self.pending.request.context().id())
    }

    /// What it is called with: the arguments of a tool or a prompt, the values of a URI, the parameters of a completion.
    ///
    /// Raises ValueError for a number that no float can hold.
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let message = self.pending.request.message();
        let params = message.params();
        let raw = match &self.pending.matter {
            Matter::Tool(_) => message.call_params().and_then(|call| call.arguments),
            Matter::Prompt => params.and_then(|params| params.get("arguments")),
            Matter::Completion => params,
            Matter::Resource(place) => {
                let values = PyDict::new(py);
                for (name, value) in &place.values {
                    values.set_item(name, value)?;
                }
                return Ok(values.into_any());
            }
        };
        objects(py, raw.filter(|raw| !raw.is_null()).unwrap_or(Raw::EMPTY_OBJECT))
    }

    /// The URI that is read, or None.
    #[getter]
    fn uri(&self) -> Option<&str> {
        match &self.pending.matter {
            Matter::Resource(place) => Some(&place.uri),
            _ => None,
        }
    }

    /// The revision in which it was asked.
    #[getter]
    fn version(&self) -> &'static str {
        self.pending.request.context().version().name()
    }

    /// The number of the connection or session that it came on, which no other has; None for what stands alone.
    #[getter]
    fn connection(&self) -> Option<u64> {
        self.pending.request.context().connection()
    }

    /// Who asks, where the transport knows; or None.
    #[getter]
    fn principal(&self) -> Option<&str> {
        self.pending.request.context().principal()
    }

    /// The id of the task as which it runs, or None.
    #[getter]
    fn task(&self) -> Option<String> {
        self.pending.request.context().task().map(|task| task.to_string())
    }

    /// Whether nobody wants the answer any more.
    #[getter]
    fn is_cancelled(&self) -> bool {
        self.pending.request.context().is_cancelled()
    }

    /// The member `_meta` of the request as Python objects, or None.
    fn meta<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.pending.request.message().meta().map(|raw| objects(py, raw)).transpose()
    }

    /// The name and version of the client, as Python objects; None when it has not said them.
    fn client_info<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let meta = self.pending.request.message().meta();
        if let Some(own) = meta.and_then(|meta| meta.get("io.modelcontextprotocol/clientInfo")) {
            return objects(py, own).map(Some);
        }
        let peer = self.pending.request.context().peer();
        let Some(own) = peer.and_then(|peer| peer.implementation()) else { return Ok(None) };
        objects(py, parsed(own.as_bytes())?).map(Some)
    }

    /// Whether the client has declared a capability: "sampling", "elicitation", "elicitation.url" or "roots".
    ///
    /// Raises ValueError for another one.
    fn has(&self, capability: &str) -> PyResult<bool> {
        Ok(self.pending.request.context().capabilities().has(named(capability)?))
    }

    /// The same; `answer_held` says to a client that has not declared it that it would have to.
    ///
    /// Raises ValueError for another one.
    fn require(&self, capability: &str) -> PyResult<bool> {
        let needed = named(capability)?;
        let has = self.pending.request.context().capabilities().has(needed);
        if !has {
            self.pending.hold(Answer::CapabilityRequired(needed));
        }
        Ok(has)
    }

    /// Answers with a value: text, bytes of a resource, a number, an object, or a whole result of MCP for what is no tool.
    ///
    /// Raises ValueError for what JSON cannot say, TypeError for what is no answer of that kind; then it is not answered yet.
    fn answer(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let answer = self.pending.value(value)?;
        self.pending.answer(answer);
        Ok(())
    }

    /// Answers a tool with its blocks, its structured content, and what else the result has.
    ///
    /// Raises ValueError for what is no result of a tool, TypeError when it is no tool; then it is not answered yet.
    #[pyo3(signature = (blocks, structured = None, more = None))]
    fn answer_parts(
        &self,
        blocks: &Bound<'_, PyAny>,
        structured: Option<&Bound<'_, PyAny>>,
        more: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let Matter::Tool(shape) = &self.pending.matter else {
            return Err(pyo3::exceptions::PyTypeError::new_err("only tools have blocks"));
        };
        let version = self.pending.request.context().version();
        let answer = shape.parts(blocks, structured, more, version)?;
        self.pending.answer(answer);
        Ok(())
    }

    /// Answers with a failure: one of a tool, which the model reads, or an error of the protocol.
    fn fail(&self, reason: &Bound<'_, PyString>) {
        let reason = reason.to_string_lossy().into_owned();
        self.pending.answer(match self.pending.matter {
            Matter::Tool(_) => Answer::failure(reason),
            _ => Answer::error(INTERNAL_ERROR, reason),
        });
    }

    /// Answers with an error of the protocol.
    ///
    /// Raises ValueError when `data` is no JSON; then it is not answered yet.
    #[pyo3(signature = (code, message, data = None))]
    fn refuse(&self, code: i64, message: String, data: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let data = data.map(json).transpose()?;
        self.pending.answer(Answer::Error { code, message: message.into(), data });
        Ok(())
    }

    /// Answers with what the question that was refused last has to be answered with. Says whether there was one.
    fn answer_held(&self) -> bool {
        let held = self.pending.take_held();
        held.is_some_and(|held| self.pending.answer(held))
    }

    /// Tells how far it is. Says whether that was possible: not after the answer, nor when `value` does not increase.
    #[pyo3(signature = (value, total = None, message = None))]
    fn progress(&self, value: f64, total: Option<f64>, message: Option<&str>) -> bool {
        self.pending.request.context().progress(value, total, message).is_ok()
    }

    /// Sends a log message, if the client wants those of that level. Says whether that was possible.
    ///
    /// Raises ValueError for a level that there is not, and for what JSON cannot say.
    #[pyo3(signature = (level, content, logger = None))]
    fn log(&self, level: &str, content: &Bound<'_, PyAny>, logger: Option<&str>) -> PyResult<bool> {
        let unknown = || PyValueError::new_err(format!("there is no level {level:?}"));
        let level = LoggingLevel::from_name(level).ok_or_else(unknown)?;
        let content = json(content)?;
        Ok(self.pending.request.context().log(level, logger, content.raw()).is_ok())
    }

    /// Ends the response that the client reads, which comes back for the rest (Streamable HTTP, MCP 2025-11-25). Says whether it could be.
    #[pyo3(signature = (retry = None))]
    fn close_stream(&self, retry: Option<f64>) -> bool {
        let retry = retry.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        self.pending.request.context().close_stream(retry) == StreamClosing::Closed
    }

    /// Asks the client: a tuple of method and parameters for each key. What comes of it is a notice with that token. What is to be `remembered`
    /// comes back with the client, when it has to ask again.
    ///
    /// Raises ValueError for what is no question, LimitError when too many of one call wait for an answer.
    #[pyo3(signature = (token, questions, remembered = None))]
    fn ask(
        &self,
        token: u64,
        questions: &Bound<'_, PyDict>,
        remembered: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let py = questions.py();
        let all = Question::all(questions)?;
        let mut remember = Vec::new();
        for (key, value) in remembered.into_iter().flatten() {
            remember.push((key.extract::<String>()?, json(&value)?));
        }
        let asking = asking::ask(Arc::clone(&self.pending), token, all, remember);
        let task = self.pending.desk.runtime().spawn(asking);
        self.pending.add_question(task.abort_handle()).map_err(|task| {
            task.abort();
            let limit = mcp_engine::Limit::OwnRequests;
            raise(py, mcp_engine::Error::LimitExceeded { limit, offset: 0 })
        })
    }

    /// What was remembered under a key, or answered, in an earlier round; None where there is nothing.
    ///
    /// Raises ValueError when what the client has brought back is not what was sealed for it: `answer_held` says so.
    fn remembered<'py>(&self, py: Python<'py>, key: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        match asking::remembered(&self.pending, key) {
            Ok(None) => Ok(None),
            Ok(Some(text)) => {
                let json = Json::parse(text).map_err(|error| raise(py, error))?;
                objects(py, json.raw()).map(Some)
            }
            Err(answer) => {
                self.pending.hold(answer);
                Err(PyValueError::new_err("the request state is not one of this server's"))
            }
        }
    }

    fn __repr__(&self) -> String {
        format!("Call({})", self.pending.number)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // Whoever had it has forgotten it.
        let forgotten = Answer::error(INTERNAL_ERROR, "the function has not answered");
        if self.pending.answer(forgotten) {
            self.pending.desk.flush();
        }
    }
}

fn named(capability: &str) -> PyResult<Capabilities> {
    match capability {
        "sampling" => Ok(Capabilities::SAMPLING),
        "elicitation" => Ok(Capabilities::ELICITATION_FORM),
        "elicitation.url" => Ok(Capabilities::ELICITATION_URL),
        "roots" => Ok(Capabilities::ROOTS),
        _ => Err(PyValueError::new_err(format!("there is no {capability:?}"))),
    }
}
