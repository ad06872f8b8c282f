//! Authorization by Python: the thread of the engine asks, and a loop answers.
//!
//! What is asked waits at a desk until the loop takes it, which one descriptor tells it; no thread of the engine ever calls Python. Each request on
//! its way has at most one question there, so that there are no more of them than `HttpClientLimits` allows requests.

use std::collections::{HashMap, VecDeque};
use std::mem::take;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::HeaderMap;
use mcp_engine::http::Url;
use mcp_engine::http_client::{
    AuthorizationFlow, Authorizing, Credentials, Responded, Unauthorized,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};
use rustix::event::{EventfdFlags, eventfd};
use tokio::sync::oneshot;

/// Authorizes the requests of a `Remote` by whatever `take` is answered with: a flow for each of them.
#[pyclass(frozen, module = "mcp_engine")]
pub(crate) struct Authorizer {
    desk: Arc<Desk>,
    /// The process whose thread asks.
    process: u32,
}

struct Desk {
    state: Mutex<State>,
    /// Can be read when something was asked.
    signal: OwnedFd,
}

#[derive(Default)]
struct State {
    questions: VecDeque<Question>,
    waiting: HashMap<u64, oneshot::Sender<Decision>>,
    last: u64,
    is_signalled: bool,
    is_closed: bool,
}

struct Question {
    flow: u64,
    what: What,
}

enum What {
    Request {
        verb: String,
        url: String,
        headers: Headers,
        body: Option<Bytes>,
    },
    Response {
        status: u16,
        headers: Headers,
    },
    /// Nobody wants an answer any more.
    Gone,
}

enum Decision {
    Send(Credentials),
    Take,
    Refuse(String),
}

type Headers = Vec<(String, String)>;

#[pymethods]
impl Authorizer {
    #[new]
    fn new() -> PyResult<Self> {
        let signal = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
        let signal = signal.map_err(std::io::Error::from)?;
        let desk = Arc::new(Desk { state: Mutex::default(), signal });
        Ok(Self { desk, process: std::process::id() })
    }

    /// A descriptor that can be read when there is something to `take`.
    #[getter]
    fn descriptor(&self) -> i32 {
        self.desk.signal.as_raw_fd()
    }

    /// What was asked since the last time, as pairs of the number of a flow and: a new request, `(verb, url, headers, body)`; a response to it,
    /// `(status, headers)`; or None when the flow is over, whatever it is at.
    ///
    /// A request waits for `send` or `refuse`, a response for these or for `accept`.
    fn take<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let taken = PyList::empty(py);
        for Question { flow, what } in self.desk.take() {
            taken.append((flow, what.into_object(py)?))?;
        }
        Ok(taken)
    }

    /// Has a request sent, for the first time or once more, with headers in place of others of the same names, and to another URL of the same server.
    ///
    /// Raises ValueError for a header that cannot be given, and for what is no URL.
    #[pyo3(signature = (flow, headers, url = None))]
    fn send(&self, flow: u64, headers: Vec<(String, String)>, url: Option<&str>) -> PyResult<()> {
        let mut credentials = Credentials::default();
        for (name, value) in headers {
            let added = credentials.headers.add(&name, &value);
            added.map_err(|error| PyValueError::new_err(error.to_string()))?;
        }
        if let Some(url) = url {
            let parsed = Url::parse(url);
            credentials.url = Some(parsed.ok_or_else(|| PyValueError::new_err("this is no URL"))?);
        }
        self.desk.decide(flow, Decision::Send(credentials));
        Ok(())
    }

    /// Takes the response for the answer.
    fn accept(&self, flow: u64) {
        self.desk.decide(flow, Decision::Take);
    }

    /// Fails the request, for a reason.
    fn refuse(&self, flow: u64, reason: String) {
        self.desk.decide(flow, Decision::Refuse(reason));
    }

    /// Fails all requests, now and later. Closing again changes nothing.
    fn close(&self) {
        self.desk.close();
    }
}

impl Authorizer {
    /// What makes a flow for each request.
    pub(crate) fn flows(&self) -> impl Fn() -> Box<dyn AuthorizationFlow> + Send + Sync + 'static {
        let desk = Arc::clone(&self.desk);
        move || Box::new(Flow { own: desk.open(), desk: Arc::clone(&desk) })
    }
}

impl Drop for Authorizer {
    fn drop(&mut self) {
        // A fork has left the thread behind, and with it whatever lock it was just holding.
        if std::process::id() == self.process {
            self.desk.close();
        }
    }
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> u64 {
        let mut state = self.state();
        state.last = state.last.wrapping_add(1);
        state.last
    }

    fn take(&self) -> VecDeque<Question> {
        let mut state = self.state();
        state.is_signalled = false;
        // It counts how often it was written, which is of no interest, and has nothing to read when it was not.
        let _ = rustix::io::read(&self.signal, &mut [0; 8]);
        take(&mut state.questions)
    }

    /// Asks, and waits for what is decided.
    async fn ask(&self, flow: u64, what: What) -> Result<Decision, Reason> {
        let (sender, decided) = oneshot::channel();
        {
            let mut state = self.state();
            if state.is_closed {
                return Err(CLOSED.into());
            }
            state.waiting.insert(flow, sender);
            self.put(&mut state, Question { flow, what });
        }
        match decided.await {
            Ok(Decision::Refuse(reason)) => Err(reason.into()),
            Ok(decision) => Ok(decision),
            Err(_) => Err(CLOSED.into()),
        }
    }

    fn decide(&self, flow: u64, decision: Decision) {
        let waiting = self.state().waiting.remove(&flow);
        if let Some(waiting) = waiting {
            // Nobody waits any more for what was given up just now.
            let _ = waiting.send(decision);
        }
    }

    /// A flow is over. Whoever has not heard of it need not.
    fn forget(&self, flow: u64) {
        let mut state = self.state();
        state.waiting.remove(&flow);
        let is_unheard = |question: &Question| {
            question.flow == flow && matches!(question.what, What::Request { .. })
        };
        let was_heard_of = !state.questions.iter().any(is_unheard);
        state.questions.retain(|question| question.flow != flow);
        if was_heard_of && !state.is_closed {
            self.put(&mut state, Question { flow, what: What::Gone });
        }
    }

    fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        state.questions.clear();
        state.waiting.clear();
    }

    fn put(&self, state: &mut State, question: Question) {
        state.questions.push_back(question);
        if !state.is_signalled {
            state.is_signalled = true;
            // There is room for 2^64 - 2 of them.
            let _ = rustix::io::write(&self.signal, &1u64.to_ne_bytes());
        }
    }
}

/// One request.
struct Flow {
    desk: Arc<Desk>,
    own: u64,
}

type Reason = Box<dyn std::error::Error + Send + Sync>;

impl AuthorizationFlow for Flow {
    fn begin<'a>(&'a mut self, request: Unauthorized<'a>) -> Authorizing<'a, Credentials> {
        let what = What::Request {
            verb: request.verb.to_owned(),
            url: request.url.to_string(),
            headers: texts(request.headers),
            body: request.body.cloned(),
        };
        Box::pin(async {
            match self.desk.ask(self.own, what).await? {
                Decision::Send(credentials) => Ok(credentials),
                _ => Err("the authorization has ended before the request was sent".into()),
            }
        })
    }

    fn answered<'a>(&'a mut self, response: Responded<'a>) -> Authorizing<'a, Option<Credentials>> {
        let status = response.status.code();
        let what = What::Response { status, headers: texts(response.headers) };
        Box::pin(async {
            match self.desk.ask(self.own, what).await? {
                Decision::Send(credentials) => Ok(Some(credentials)),
                _ => Ok(None),
            }
        })
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.desk.forget(self.own);
    }
}

impl What {
    fn into_object(self, py: Python<'_>) -> PyResult<Option<Bound<'_, PyTuple>>> {
        match self {
            Self::Request { verb, url, headers, body } => {
                let body = body.map(|body| PyBytes::new(py, &body));
                (verb, url, headers, body).into_pyobject(py).map(Some)
            }
            Self::Response { status, headers } => (status, headers).into_pyobject(py).map(Some),
            Self::Gone => Ok(None),
        }
    }
}

/// Headers as text, in which each byte is a character.
fn texts(headers: &HeaderMap) -> Headers {
    let text = |value: &[u8]| value.iter().map(|byte| char::from(*byte)).collect();
    headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
}

const CLOSED: &str = "nobody authorizes requests any more";
